/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The kernel for NEON, which every 64 bit ARM has: two words in a register, so
 * that a row of the matrix of P is two registers.
 */
#include "digest/kernel.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#define KERNEL BM_UNTRACED
#define INLINE static inline __attribute__((always_inline)) KERNEL
#define VECTOR uint64x2_t
#define WORDS 2
#define LOAD(words) vld1q_u64(words)
#define STORE(words, vector) vst1q_u64(words, vector)
#define ROTATE_RIGHT(vector, n) rotate_right_ ## n(vector)

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

INLINE uint64x2_t
multiply_add(uint64x2_t x, uint64x2_t y)
{
	const uint64x2_t product = vmull_u32(vmovn_u64(x), vmovn_u64(y));

	return vaddq_u64(vaddq_u64(x, y), vaddq_u64(product, product));
}

/* A row of a matrix is two registers; ext takes the end of one and the beginning
 * of the next. */
INLINE void
turn_1(uint64x2_t x[2])
{
	const uint64x2_t left = x[0];

	x[0] = vextq_u64(left, x[1], 1);
	x[1] = vextq_u64(x[1], left, 1);
}

#include "digest/vector.h"

/* A row of the block is eight registers, and those are a matrix. */
INLINE void
mix_rows(struct state *s, const struct bm_block *previous,
    const struct bm_block *reference, struct bm_block *block,
    enum bm_pass pass)
{
	for (unsigned i = 0; i < PARTS; i += ROW) {
		VECTOR *x = &s->part[i];
		struct matrix m = {
			{ JOIN(i), JOIN(i + 1) }, { JOIN(i + 2), JOIN(i + 3) },
			{ JOIN(i + 4), JOIN(i + 5) },
			{ JOIN(i + 6), JOIN(i + 7) },
		};

		permute_halves(&m);
		x[0] = m.a[0], x[1] = m.a[1];
		x[2] = m.b[0], x[3] = m.b[1];
		x[4] = m.c[0], x[5] = m.c[1];
		x[6] = m.d[0], x[7] = m.d[1];
	}
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
