/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * vector - what the kernels for processors with vector registers share.  Like
 * fill.h it is included, once in each kernel, which has defined before
 *
 *   KERNEL, INLINE          see fill.h
 *   VECTOR                  a register of numbers
 *   WORDS                   how many: 2, 4 or 8
 *   LOAD(words)             read a register from the memory
 *   STORE(words, vector)    write it
 *   ROTATE_RIGHT(vector, n) each word by n bits: 16, 24, 32 or 63
 *   multiply_add(x, y)      x + y + twice the product of their lower halves
 *   turn_1(vector[2])       turn a row of a matrix to the left by one place
 *   PERMUTE(vector, order)  move words; only when a register holds a row
 *
 * and defines mix_rows itself, with the parts that it gets here.
 */
#include "digest/kernel.h"

/* Registers of a row of the block, and of the whole block.  A column of the
 * block is two words wide; it is worked on in groups, one register wide. */
#define ROW (16 / WORDS)
#define PARTS (BM_BLOCK_WORDS / WORDS)
#define COLUMN_GROUPS ROW

struct state {
	VECTOR part[PARTS];
};

/*
 * The 4 x 4 matrix of P, or several of them.  A matrix that is a column of the
 * block has the left halves of its rows in [0] and the right halves in [1].  Of
 * rows of the block [0] and [1] may be two matrices: see permute_rows.
 */
struct matrix {
	VECTOR a[2], b[2], c[2], d[2];
};

INLINE VECTOR
load(const struct bm_block *block, unsigned part)
{
	return LOAD(&block->word[WORDS * part]);
}

INLINE void
store(struct bm_block *block, unsigned part, VECTOR value)
{
	STORE(&block->word[WORDS * part], value);
}

/*
 * GB of RFC 9106, 3.6, on each word of the registers.  Each line of GB needs
 * the result of the one before, and a multiplication takes several cycles.  [0]
 * and [1] do not depend on each other, so their steps take turns, and one fills
 * the waits of the other.
 */
INLINE void
mix(struct matrix *m)
{
	m->a[0] = multiply_add(m->a[0], m->b[0]);
	m->a[1] = multiply_add(m->a[1], m->b[1]);
	m->d[0] = ROTATE_RIGHT(m->d[0] ^ m->a[0], 32);
	m->d[1] = ROTATE_RIGHT(m->d[1] ^ m->a[1], 32);
	m->c[0] = multiply_add(m->c[0], m->d[0]);
	m->c[1] = multiply_add(m->c[1], m->d[1]);
	m->b[0] = ROTATE_RIGHT(m->b[0] ^ m->c[0], 24);
	m->b[1] = ROTATE_RIGHT(m->b[1] ^ m->c[1], 24);
	m->a[0] = multiply_add(m->a[0], m->b[0]);
	m->a[1] = multiply_add(m->a[1], m->b[1]);
	m->d[0] = ROTATE_RIGHT(m->d[0] ^ m->a[0], 16);
	m->d[1] = ROTATE_RIGHT(m->d[1] ^ m->a[1], 16);
	m->c[0] = multiply_add(m->c[0], m->d[0]);
	m->c[1] = multiply_add(m->c[1], m->d[1]);
	m->b[0] = ROTATE_RIGHT(m->b[0] ^ m->c[0], 63);
	m->b[1] = ROTATE_RIGHT(m->b[1] ^ m->c[1], 63);
}

INLINE void
turn_2(VECTOR x[2])
{
	const VECTOR left = x[0];

	x[0] = x[1];
	x[1] = left;
}

INLINE void
turn_3(VECTOR x[2])
{
	turn_1(x);
	turn_2(x);
}

/* P of matrices whose rows have two halves: GB on the columns, then on the
 * diagonals, which are turned into columns and back. */
INLINE void
permute_halves(struct matrix *m)
{
	mix(m);
	turn_1(m->b);
	turn_2(m->c);
	turn_3(m->d);
	mix(m);
	turn_3(m->b);
	turn_2(m->c);
	turn_1(m->d);
}

#ifdef PERMUTE
#define TURN(row, order) \
	(row[0] = PERMUTE(row[0], order), row[1] = PERMUTE(row[1], order))
#define BY_1 _MM_SHUFFLE(0, 3, 2, 1)
#define BY_2 _MM_SHUFFLE(1, 0, 3, 2)
#define BY_3 _MM_SHUFFLE(2, 1, 0, 3)

/*
 * P of two matrices, each register a row.  The textbook turns b, c and d by 1,
 * 2 and 3 words.  Here all rows are turned by one word less, which gives the
 * same columns in another order: then b stays, which GB finishes last, and the
 * permutations of the others are done while b is computed.
 */
INLINE void
permute_rows(struct matrix *m)
{
	mix(m);
	TURN(m->a, BY_3);
	TURN(m->c, BY_1);
	TURN(m->d, BY_2);
	mix(m);
	TURN(m->a, BY_1);
	TURN(m->c, BY_3);
	TURN(m->d, BY_2);
}
#endif

/* previous ^ reference: the input of the permutation, which is returned, and
 * what the result is added to, which is left in the block. */
INLINE VECTOR
join(const struct bm_block *previous, const struct bm_block *reference,
    struct bm_block *block, enum bm_pass pass, unsigned part)
{
	const VECTOR x = load(previous, part) ^ load(reference, part);
	VECTOR sum = x;

	if (pass == BM_PASS_LATER)
		sum ^= load(block, part);
	store(block, part, sum);
	return x;
}

/* For mix_rows, with the names of its parameters. */
#define JOIN(part) join(previous, reference, block, pass, part)

INLINE void
add(struct bm_block *block, unsigned part, VECTOR value)
{
	store(block, part, load(block, part) ^ value);
}

INLINE void
mix_columns(struct state *s, unsigned group, struct bm_block *block)
{
	const VECTOR *x = &s->part[group];
	struct matrix m = {
		{ x[0], x[ROW] }, { x[2 * ROW], x[3 * ROW] },
		{ x[4 * ROW], x[5 * ROW] }, { x[6 * ROW], x[7 * ROW] },
	};

	permute_halves(&m);
	add(block, group, m.a[0]);
	add(block, group + ROW, m.a[1]);
	add(block, group + 2 * ROW, m.b[0]);
	add(block, group + 3 * ROW, m.b[1]);
	add(block, group + 4 * ROW, m.c[0]);
	add(block, group + 5 * ROW, m.c[1]);
	add(block, group + 6 * ROW, m.d[0]);
	add(block, group + 7 * ROW, m.d[1]);
}
