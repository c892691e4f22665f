/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * kernel - what fills the memory of Argon2d: one contract, several ways to
 * meet it, each for another kind of processor.
 *
 * Source: RFC 9106, 3.2 to 3.6, for one lane, version 0x13.
 */
#ifndef BM_KERNEL_H
#define BM_KERNEL_H

#include <bitmarkpeer/digest.h>

/* For functions of kernels: the thread sanitizer would follow each access to
 * memory that only one thread knows, and take a hundred times as long. */
#define BM_UNTRACED __attribute__((no_sanitize("thread")))

#define BM_BLOCK_WORDS 128
/* Least number of blocks, and what the number must be a multiple of. */
#define BM_FILL_LENGTH_MIN 8
#define BM_FILL_LENGTH_STEP 4

/* A block, its words as numbers of this machine. */
struct bm_block {
	uint64_t word[BM_BLOCK_WORDS];
};

/* The first pass overwrites what is in the memory, later ones add to it. */
enum bm_pass { BM_PASS_FIRST, BM_PASS_LATER };

struct bm_kernel {
	const char *name;
	/* Can this processor and system run the kernel? */
	bool (*usable)(void);
	/*
	 * All BITMARK_DIGEST_PASSES passes over ${count} (1 or 2) arenas of
	 * ${length} blocks each, in turn; blocks 0 and 1 of each are made,
	 * the others are anything.  Arenas are aligned to 64 bytes.
	 */
	void (*fill)(struct bm_block *const *arenas, unsigned count,
	    uint32_t length);
};

/* All kernels that were compiled, the best first; ended by NULL.  The last
 * one is usable everywhere. */
extern const struct bm_kernel *const bm_kernels[];

extern const struct bm_kernel bm_kernel_avx512;
extern const struct bm_kernel bm_kernel_avx2;
extern const struct bm_kernel bm_kernel_neon;
extern const struct bm_kernel bm_kernel_portable;

/* The best that is usable here. */
const struct bm_kernel *bm_kernel_best(void);

#endif
