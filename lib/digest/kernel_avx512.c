/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The kernel for AVX-512: eight words in a register, and an instruction that
 * rotates.  Only AVX-512F is needed, which all processors with AVX-512 have.
 */
#include "digest/kernel.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define KERNEL BM_UNTRACED __attribute__((target("avx512f")))
#define INLINE static inline __attribute__((always_inline)) KERNEL
#define VECTOR __m512i
#define WORDS 8
#define LOAD(words) _mm512_load_si512(words)
#define STORE(words, vector) _mm512_store_si512(words, vector)
#define PERMUTE(vector, order) _mm512_permutex_epi64(vector, order)
#define ROTATE_RIGHT(vector, n) _mm512_ror_epi64(vector, n)

INLINE __m512i
multiply_add(__m512i x, __m512i y)
{
	const __m512i product = _mm512_mul_epu32(x, y);

	return _mm512_add_epi64(_mm512_add_epi64(x, y),
	    _mm512_add_epi64(product, product));
}

/* In each quarter of a register: the second word of x, the first of y.  The
 * instruction is one for doubles; the casts cost nothing. */
INLINE __m512i
second_first(__m512i x, __m512i y)
{
	return _mm512_castpd_si512(_mm512_shuffle_pd(_mm512_castsi512_pd(x),
	    _mm512_castsi512_pd(y), 0x55));
}

/* A column is two words wide, so a register has halves of rows of four
 * matrices. */
INLINE void
turn_1(__m512i x[2])
{
	const __m512i left = x[0];

	x[0] = second_first(left, x[1]);
	x[1] = second_first(x[1], left);
}

#include "digest/vector.h"

/* A register is half a row of the block.  Halves of two rows are put together,
 * so that P works on both rows at once, and taken apart afterwards. */
#define LOWER_HALVES(x, y) _mm512_shuffle_i64x2(x, y, _MM_SHUFFLE(1, 0, 1, 0))
#define UPPER_HALVES(x, y) _mm512_shuffle_i64x2(x, y, _MM_SHUFFLE(3, 2, 3, 2))

/* Two rows of the block as the matrices [at]. */
INLINE void
gather(struct matrix *m, unsigned at, VECTOR left, VECTOR right,
    VECTOR next_left, VECTOR next_right)
{
	m->a[at] = LOWER_HALVES(left, next_left);
	m->b[at] = UPPER_HALVES(left, next_left);
	m->c[at] = LOWER_HALVES(right, next_right);
	m->d[at] = UPPER_HALVES(right, next_right);
}

INLINE void
scatter(VECTOR *x, const struct matrix *m, unsigned at)
{
	x[0] = LOWER_HALVES(m->a[at], m->b[at]);
	x[1] = LOWER_HALVES(m->c[at], m->d[at]);
	x[2] = UPPER_HALVES(m->a[at], m->b[at]);
	x[3] = UPPER_HALVES(m->c[at], m->d[at]);
}

INLINE void
mix_rows(struct state *s, const struct bm_block *previous,
    const struct bm_block *reference, struct bm_block *block,
    enum bm_pass pass)
{
	for (unsigned i = 0; i < PARTS; i += 8) {
		struct matrix m;

		gather(&m, 0, JOIN(i), JOIN(i + 1), JOIN(i + 2), JOIN(i + 3));
		gather(&m, 1, JOIN(i + 4), JOIN(i + 5), JOIN(i + 6),
		    JOIN(i + 7));
		permute_rows(&m);
		scatter(&s->part[i], &m, 0);
		scatter(&s->part[i + 4], &m, 1);
	}
}

#include "digest/fill.h"

static bool
usable(void)
{
	return __builtin_cpu_supports("avx512f");
}

const struct bm_kernel bm_kernel_avx512 = {
	.name = "AVX-512", .usable = usable, .fill = fill,
};

#endif
