/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The kernel for AVX2: four words in a register.
 *
 * The compiler is told to use AVX2 by an attribute of each function, and not
 * for the file: the rest of the library must run on processors without it.
 */
#include "digest/kernel.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define KERNEL BM_UNTRACED __attribute__((target("avx2")))
#define INLINE static inline __attribute__((always_inline)) KERNEL
#define VECTOR __m256i
#define WORDS 4
#define LOAD(words) _mm256_load_si256((const __m256i *)(words))
#define STORE(words, vector) _mm256_store_si256((__m256i *)(words), vector)
#define PERMUTE(vector, order) _mm256_permute4x64_epi64(vector, order)
#define ROTATE_RIGHT(vector, n) rotate_right_ ## n(vector)

/*
 * AVX2 has no rotation.  By 24, 16 and 32 bits whole bytes move, which one
 * shuffle does; the numbers say from which byte each one comes.  By 63 bits is
 * the same as to the left by 1, which is x + x and the highest bit.
 */
INLINE __m256i
rotate_right_24(__m256i x)
{
	return _mm256_shuffle_epi8(x, _mm256_setr_epi8(
	    3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10,
	    3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10));
}

INLINE __m256i
rotate_right_16(__m256i x)
{
	return _mm256_shuffle_epi8(x, _mm256_setr_epi8(
	    2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9,
	    2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9));
}

INLINE __m256i
rotate_right_32(__m256i x)
{
	return _mm256_shuffle_epi32(x, _MM_SHUFFLE(2, 3, 0, 1));
}

INLINE __m256i
rotate_right_63(__m256i x)
{
	return _mm256_srli_epi64(x, 63) ^ _mm256_add_epi64(x, x);
}

INLINE __m256i
multiply_add(__m256i x, __m256i y)
{
	const __m256i product = _mm256_mul_epu32(x, y);

	return _mm256_add_epi64(_mm256_add_epi64(x, y),
	    _mm256_add_epi64(product, product));
}

/* A column is two words wide, so a register has halves of rows of two matrices:
 * one in its lower half, one in its upper half.  alignr takes the upper word of
 * one register and the lower one of another, in both halves at once. */
INLINE void
turn_1(__m256i x[2])
{
	const __m256i left = x[0];

	x[0] = _mm256_alignr_epi8(x[1], left, 8);
	x[1] = _mm256_alignr_epi8(left, x[1], 8);
}

#include "digest/vector.h"

/* Two rows of the block at a time, four registers each. */
INLINE void
mix_rows(struct state *s, const struct bm_block *previous,
    const struct bm_block *reference, struct bm_block *block,
    enum bm_pass pass)
{
	for (unsigned i = 0; i < PARTS; i += 8) {
		VECTOR *x = &s->part[i];
		struct matrix m = {
			{ JOIN(i), JOIN(i + 4) }, { JOIN(i + 1), JOIN(i + 5) },
			{ JOIN(i + 2), JOIN(i + 6) },
			{ JOIN(i + 3), JOIN(i + 7) },
		};

		permute_rows(&m);
		x[0] = m.a[0], x[4] = m.a[1];
		x[1] = m.b[0], x[5] = m.b[1];
		x[2] = m.c[0], x[6] = m.c[1];
		x[3] = m.d[0], x[7] = m.d[1];
	}
}

#include "digest/fill.h"

static bool
usable(void)
{
	return __builtin_cpu_supports("avx2");
}

const struct bm_kernel bm_kernel_avx2 = {
	.name = "AVX2", .usable = usable, .fill = fill,
};

#endif
