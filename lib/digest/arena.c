/*
 * The 128 MiB that one digest works in.  Each block that Argon2d chooses lies
 * somewhere else: huge pages, where the system has them, spare the processor
 * most of its address look-ups.  A mapping of its own is given back to the
 * system in whole, which free() need not do.
 */
#include <sys/mman.h>

#include "digest/digest.h"

#ifndef MAP_ALIGNED_SUPER               /* FreeBSD: fit for huge pages */
#define MAP_ALIGNED_SUPER 0
#endif

/* 2 MiB: of larger pages, which may be the system's default, an arena would take
 * a whole one, and could not be given back by its own size. */
#define HUGE_PAGE_LOG2 21

static void *
map(int flags)
{
	void *arena = mmap(NULL, BM_ARENA_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	return arena == MAP_FAILED ? NULL : arena;
}

/*
 * Pages that were set aside for this (vm.nr_hugepages).  There may be fewer
 * than the mapping promised, and a write to one that is missing would end the
 * program: so all of them are taken now, or none.
 */
static void *
map_huge(void)
{
	void *arena = NULL;

#if defined(MAP_HUGETLB) && defined(MAP_HUGE_SHIFT) && \
    defined(MADV_POPULATE_WRITE)
	arena = map(MAP_HUGETLB | HUGE_PAGE_LOG2 << MAP_HUGE_SHIFT);
	if (arena != NULL &&
	    madvise(arena, BM_ARENA_SIZE, MADV_POPULATE_WRITE) != 0) {
		bm_arena_unmap(arena);
		arena = NULL;
	}
#endif
	return arena;
}

void *
bm_arena_map(void)
{
	void *arena = map_huge();

	if (arena != NULL)
		return arena;
	arena = map(MAP_ALIGNED_SUPER);
#ifdef MADV_HUGEPAGE
	/* a wish: nothing depends on it */
	if (arena != NULL)
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
