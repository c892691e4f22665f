/*
 * The 128 MiB that one digest works in.  Huge pages, where the system has
 * them, spare the kernel most of its address look-ups; and a mapping of its
 * own is given back to the system in whole, which free() need not do.
 */
#include <sys/mman.h>

#include "digest/digest.h"

void *
bm_arena_map(void)
{
	void *arena = mmap(NULL, BM_ARENA_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (arena == MAP_FAILED)
		return NULL;
#ifdef MADV_HUGEPAGE
	/* a wish: nothing depends on it */
	(void)madvise(arena, BM_ARENA_SIZE, MADV_HUGEPAGE);
#endif
	return arena;
}

void
bm_arena_unmap(void *arena)
{
	if (arena != NULL)
		(void)munmap(arena, BM_ARENA_SIZE);
}
