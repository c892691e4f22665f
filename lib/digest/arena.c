/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The 128 MiB that one digest works in.
 *
 * Argon2d jumps to a place that depends on the data with each block of 1 KiB.
 * With pages of 4 KiB nearly every jump misses the processor's cache of page
 * addresses (TLB), which has some 2000 entries where 32768 pages are in use;
 * with huge pages of 2 MiB 64 entries cover all of an arena.
 *
 * An arena is a mapping and not memory of malloc, because munmap gives it back
 * to the system at once and as a whole, which free() need not do.
 */
#include <sys/mman.h>

#include "digest/digest.h"

#ifndef MAP_ALIGNED_SUPER               /* FreeBSD: fit for huge pages */
#define MAP_ALIGNED_SUPER 0
#endif

/* 2 MiB.  The system's default may be 1 GiB: an arena would take a whole page
 * of that size, and munmap of 128 MiB would fail, as it takes whole pages. */
#define HUGE_PAGE_LOG2 21

static void *
map(int flags)
{
	void *arena = mmap(NULL, BM_ARENA_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	return arena == MAP_FAILED ? NULL : arena;
}

/*
 * Huge pages that an administrator has set aside (vm.nr_hugepages).  mmap may
 * succeed although too few of them are free, for example because another
 * process takes them first, and a write to a missing one ends the program with
 * SIGBUS.  So all pages are populated now; when that fails, ordinary pages are
 * used.
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
	/* Ask for transparent huge pages.  A kernel without them refuses,
	 * and the digest is slower, but right. */
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
