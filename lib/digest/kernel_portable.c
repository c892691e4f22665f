/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The kernel for any processor: plain C.  It is also the text to read first:
 * the others do the same with several words in a register.
 */
#include "digest/kernel.h"

#define KERNEL BM_UNTRACED
#define INLINE static inline __attribute__((always_inline)) KERNEL
#define COLUMN_GROUPS 8

struct state {
	uint64_t word[BM_BLOCK_WORDS];
};

#define ROTATE_RIGHT(x, n) ((x) >> (n) | (x) << (64 - (n)))

/* a + b + twice the product of their lower halves.  The multiplication is what
 * Argon2 adds to BLAKE2b: it takes a processor several cycles, and hardware
 * that is built for hashing not much less. */
INLINE uint64_t
multiply_add(uint64_t a, uint64_t b)
{
	return a + b + 2 * (a & UINT32_MAX) * (b & UINT32_MAX);
}

/* GB of RFC 9106, 3.6: the quarter round of BLAKE2b with multiplications.
 * Each line needs the one before it. */
INLINE void
mix(uint64_t *a, uint64_t *b, uint64_t *c, uint64_t *d)
{
	*a = multiply_add(*a, *b);
	*d = ROTATE_RIGHT(*d ^ *a, 32);
	*c = multiply_add(*c, *d);
	*b = ROTATE_RIGHT(*b ^ *c, 24);
	*a = multiply_add(*a, *b);
	*d = ROTATE_RIGHT(*d ^ *a, 16);
	*c = multiply_add(*c, *d);
	*b = ROTATE_RIGHT(*b ^ *c, 63);
}

/*
 * P of RFC 9106, 3.6: GB on the columns, then on the diagonals, of a matrix of
 * 4 x 4 words.  It is made of eight pairs of words that are ${step} words
 * apart: 2 in a row of the block, 16 in a column.  The words are copied to an
 * array that the compiler keeps in registers as far as it has them.
 */
INLINE void
permute(uint64_t *x, size_t step)
{
	uint64_t *y = x + 4 * step;
	uint64_t v[16] = {
		x[0], x[1], x[step], x[step + 1],
		x[2 * step], x[2 * step + 1], x[3 * step], x[3 * step + 1],
		y[0], y[1], y[step], y[step + 1],
		y[2 * step], y[2 * step + 1], y[3 * step], y[3 * step + 1],
	};

	mix(&v[0], &v[4], &v[8], &v[12]);
	mix(&v[1], &v[5], &v[9], &v[13]);
	mix(&v[2], &v[6], &v[10], &v[14]);
	mix(&v[3], &v[7], &v[11], &v[15]);
	mix(&v[0], &v[5], &v[10], &v[15]);
	mix(&v[1], &v[6], &v[11], &v[12]);
	mix(&v[2], &v[7], &v[8], &v[13]);
	mix(&v[3], &v[4], &v[9], &v[14]);
	x[0] = v[0], x[1] = v[1];
	x[step] = v[2], x[step + 1] = v[3];
	x[2 * step] = v[4], x[2 * step + 1] = v[5];
	x[3 * step] = v[6], x[3 * step + 1] = v[7];
	y[0] = v[8], y[1] = v[9];
	y[step] = v[10], y[step + 1] = v[11];
	y[2 * step] = v[12], y[2 * step + 1] = v[13];
	y[3 * step] = v[14], y[3 * step + 1] = v[15];
}

INLINE void
mix_rows(struct state *s, const struct bm_block *previous,
    const struct bm_block *reference, struct bm_block *block,
    enum bm_pass pass)
{
	for (unsigned i = 0; i < BM_BLOCK_WORDS; i++) {
		const uint64_t word = previous->word[i] ^ reference->word[i];

		s->word[i] = word;
		block->word[i] = pass == BM_PASS_FIRST ?
		    word : block->word[i] ^ word;
	}
	for (unsigned row = 0; row < 8; row++)
		permute(&s->word[16 * row], 2);
}

/* A column is two words wide.  The block already holds what went into the
 * permutation, so that the result is added to it (XOR), as the compression
 * function G demands. */
INLINE void
mix_columns(struct state *s, unsigned group, struct bm_block *block)
{
	permute(&s->word[2 * group], 16);
	for (unsigned i = 2 * group; i < BM_BLOCK_WORDS; i += 16) {
		block->word[i] ^= s->word[i];
		block->word[i + 1] ^= s->word[i + 1];
	}
}

#include "digest/fill.h"

static bool
usable(void)
{
	return true;
}

const struct bm_kernel bm_kernel_portable = {
	.name = "portable", .usable = usable, .fill = fill,
};
