/*
 * The kernel for NEON, which every 64 bit ARM has: two words in a register, so
 * that a row of the matrix of P is two registers.
 */
#include "digest/kernel.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#define KERNEL BM_UNTRACED
#define INLINE static inline __attribute__((always_inline)) KERNEL
#define COLUMN_GROUPS 8

/* Eight registers are a row of the block. */
struct state {
	uint64x2_t part[64];
};

/* The matrix of P: two registers are a row of it. */
struct matrix {
	uint64x2_t a[2], b[2], c[2], d[2];
};

INLINE uint64x2_t
load(const struct bm_block *block, unsigned part)
{
	return vld1q_u64(&block->word[2 * part]);
}

INLINE void
store(struct bm_block *block, unsigned part, uint64x2_t value)
{
	vst1q_u64(&block->word[2 * part], value);
}

/* NEON has no rotation of 64 bit words.  By 24, 16 and 32 bits whole bytes
 * move: the table says from which byte each one comes.  By 63 bits is to the
 * left by one: x + x, and the highest bit inserted at the bottom. */
INLINE uint64x2_t
rotate_right_24(uint64x2_t x)
{
	static const uint8_t from[16] = {
		3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10,
	};

	return vreinterpretq_u64_u8(vqtbl1q_u8(vreinterpretq_u8_u64(x),
	    vld1q_u8(from)));
}

INLINE uint64x2_t
rotate_right_16(uint64x2_t x)
{
	static const uint8_t from[16] = {
		2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9,
	};

	return vreinterpretq_u64_u8(vqtbl1q_u8(vreinterpretq_u8_u64(x),
	    vld1q_u8(from)));
}

INLINE uint64x2_t
rotate_right_32(uint64x2_t x)
{
	return vreinterpretq_u64_u32(vrev64q_u32(vreinterpretq_u32_u64(x)));
}

INLINE uint64x2_t
rotate_right_63(uint64x2_t x)
{
	return vsriq_n_u64(vaddq_u64(x, x), x, 63);
}

/* x + y + twice the product of their lower halves */
INLINE uint64x2_t
multiply_add(uint64x2_t x, uint64x2_t y)
{
	const uint64x2_t product = vmull_u32(vmovn_u64(x), vmovn_u64(y));

	return vaddq_u64(vaddq_u64(x, y), vaddq_u64(product, product));
}

/* GB of RFC 9106, 3.6, four times: on all columns of the matrix. */
INLINE void
mix(struct matrix *m)
{
	for (unsigned i = 0; i < 2; i++) {
		m->a[i] = multiply_add(m->a[i], m->b[i]);
		m->d[i] = rotate_right_32(veorq_u64(m->d[i], m->a[i]));
		m->c[i] = multiply_add(m->c[i], m->d[i]);
		m->b[i] = rotate_right_24(veorq_u64(m->b[i], m->c[i]));
		m->a[i] = multiply_add(m->a[i], m->b[i]);
		m->d[i] = rotate_right_16(veorq_u64(m->d[i], m->a[i]));
		m->c[i] = multiply_add(m->c[i], m->d[i]);
		m->b[i] = rotate_right_63(veorq_u64(m->b[i], m->c[i]));
	}
}

/* The row of four words turned left by one, two and three places.  ext takes
 * the end of one register and the beginning of the next. */
INLINE void
turn_1(uint64x2_t x[2])
{
	const uint64x2_t first = x[0];

	x[0] = vextq_u64(x[0], x[1], 1);
	x[1] = vextq_u64(x[1], first, 1);
}

INLINE void
turn_2(uint64x2_t x[2])
{
	const uint64x2_t first = x[0];

	x[0] = x[1];
	x[1] = first;
}

INLINE void
turn_3(uint64x2_t x[2])
{
	const uint64x2_t first = x[0];

	x[0] = vextq_u64(x[1], x[0], 1);
	x[1] = vextq_u64(first, x[1], 1);
}

/* P: columns, then diagonals turned into columns and back. */
INLINE void
permute(struct matrix *m)
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

/* previous ^ reference: the input of the permutation, which is returned, and
 * what the result is added to, which is left in the block. */
INLINE uint64x2_t
join(const struct bm_block *previous, const struct bm_block *reference,
    struct bm_block *block, enum bm_pass pass, unsigned part)
{
	const uint64x2_t x = veorq_u64(load(previous, part),
	    load(reference, part));

	store(block, part, pass == BM_PASS_FIRST ?
	    x : veorq_u64(x, load(block, part)));
	return x;
}

/* Eight registers from ${first} on, ${step} apart, are a matrix. */
INLINE void
permute_at(struct state *s, unsigned first, unsigned step)
{
	uint64x2_t *x = &s->part[first];
	struct matrix m = {
		{ x[0], x[step] }, { x[2 * step], x[3 * step] },
		{ x[4 * step], x[5 * step] }, { x[6 * step], x[7 * step] },
	};

	permute(&m);
	for (unsigned i = 0; i < 2; i++) {
		x[i * step] = m.a[i];
		x[(2 + i) * step] = m.b[i];
		x[(4 + i) * step] = m.c[i];
		x[(6 + i) * step] = m.d[i];
	}
}

INLINE void
mix_rows(struct state *s, const struct bm_block *previous,
    const struct bm_block *reference, struct bm_block *block,
    enum bm_pass pass)
{
	for (unsigned row = 0; row < 8; row++) {
		for (unsigned i = 8 * row; i < 8 * row + 8; i++)
			s->part[i] = join(previous, reference, block, pass,
			    i);
		permute_at(s, 8 * row, 1);
	}
}

/* A column is one register wide: its eight registers are eight apart. */
INLINE void
mix_columns(struct state *s, unsigned group, struct bm_block *block)
{
	permute_at(s, group, 8);
	for (unsigned i = group; i < 64; i += 8)
		store(block, i, veorq_u64(load(block, i), s->part[i]));
}

#include "digest/fill.h"

static bool
usable(void)
{
	return true;
}

const struct bm_kernel bm_kernel_neon = {
	.name = "NEON", .usable = usable, .fill = fill,
};

#endif
