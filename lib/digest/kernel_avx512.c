/*
 * The kernel for AVX-512: eight words in a register, and an instruction that
 * rotates.  Only AVX-512F is needed, which all processors with AVX-512 have.
 */
#include "digest/kernel.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define KERNEL BM_UNTRACED __attribute__((target("avx512f")))
#define INLINE static inline __attribute__((always_inline)) KERNEL
#define COLUMN_GROUPS 2

/* Two registers are a row of the block. */
struct state {
	__m512i part[16];
};

/* Two matrices of P, or two quarters of four. */
struct quarters {
	__m512i a, b, c, d;
};

INLINE __m512i
load(const struct bm_block *block, unsigned part)
{
	return _mm512_load_si512(&block->word[8 * part]);
}

INLINE void
store(struct bm_block *block, unsigned part, __m512i value)
{
	_mm512_store_si512(&block->word[8 * part], value);
}

/* x + y + twice the product of their lower halves */
INLINE __m512i
multiply_add(__m512i x, __m512i y)
{
	const __m512i product = _mm512_mul_epu32(x, y);

	return _mm512_add_epi64(_mm512_add_epi64(x, y),
	    _mm512_add_epi64(product, product));
}

/* GB of RFC 9106, 3.6, eight times: on each word of the registers. */
INLINE void
mix(struct quarters *q)
{
	q->a = multiply_add(q->a, q->b);
	q->d = _mm512_ror_epi64(_mm512_xor_si512(q->d, q->a), 32);
	q->c = multiply_add(q->c, q->d);
	q->b = _mm512_ror_epi64(_mm512_xor_si512(q->b, q->c), 24);
	q->a = multiply_add(q->a, q->b);
	q->d = _mm512_ror_epi64(_mm512_xor_si512(q->d, q->a), 16);
	q->c = multiply_add(q->c, q->d);
	q->b = _mm512_ror_epi64(_mm512_xor_si512(q->b, q->c), 63);
}

/*
 * P of two rows of the block: each register is a row of the 4 x 4 matrix of
 * one of them in its lower half, of the other in its upper half.  For the
 * diagonals the rows are rotated, in both halves at once.  b stays and the
 * others move, as in the kernel for AVX2: GB finishes b last.
 */
INLINE void
permute_rows(struct quarters *q)
{
	mix(q);
	q->a = _mm512_permutex_epi64(q->a, _MM_SHUFFLE(2, 1, 0, 3));
	q->c = _mm512_permutex_epi64(q->c, _MM_SHUFFLE(0, 3, 2, 1));
	q->d = _mm512_permutex_epi64(q->d, _MM_SHUFFLE(1, 0, 3, 2));
	mix(q);
	q->a = _mm512_permutex_epi64(q->a, _MM_SHUFFLE(0, 3, 2, 1));
	q->c = _mm512_permutex_epi64(q->c, _MM_SHUFFLE(2, 1, 0, 3));
	q->d = _mm512_permutex_epi64(q->d, _MM_SHUFFLE(1, 0, 3, 2));
}

/* In each quarter of a register: the second word of x, the first of y.  The
 * instruction is one for doubles; the casts cost nothing. */
INLINE __m512i
second_first(__m512i x, __m512i y)
{
	return _mm512_castpd_si512(_mm512_shuffle_pd(_mm512_castsi512_pd(x),
	    _mm512_castsi512_pd(y), 0x55));
}

/*
 * P of four columns of the block: each quarter of a register is half a row of
 * the matrix of one of them; p has the left halves, q the right ones.
 * Rotating a row by one word moves words between p and q, by two words swaps
 * them.
 */
INLINE void
permute_columns(struct quarters *p, struct quarters *q)
{
	__m512i x;

	mix(p);
	mix(q);
	x = p->b;
	p->b = second_first(p->b, q->b);
	q->b = second_first(q->b, x);
	x = p->c;
	p->c = q->c;
	q->c = x;
	x = p->d;
	p->d = second_first(q->d, p->d);
	q->d = second_first(x, q->d);
	mix(p);
	mix(q);
	x = p->b;
	p->b = second_first(q->b, p->b);
	q->b = second_first(x, q->b);
	x = p->c;
	p->c = q->c;
	q->c = x;
	x = p->d;
	p->d = second_first(p->d, q->d);
	q->d = second_first(q->d, x);
}

/* previous ^ reference: the input of the permutation, which is returned, and
 * what the result is added to, which is left in the block. */
INLINE __m512i
join(const struct bm_block *previous, const struct bm_block *reference,
    struct bm_block *block, enum bm_pass pass, unsigned part)
{
	const __m512i x = _mm512_xor_si512(load(previous, part),
	    load(reference, part));

	store(block, part, pass == BM_PASS_FIRST ?
	    x : _mm512_xor_si512(x, load(block, part)));
	return x;
}

/* A register is half a row of the block.  Halves of two rows are put together,
 * so that P works on both rows at once, and taken apart afterwards. */
#define LOWER_HALVES(x, y) _mm512_shuffle_i64x2(x, y, _MM_SHUFFLE(1, 0, 1, 0))
#define UPPER_HALVES(x, y) _mm512_shuffle_i64x2(x, y, _MM_SHUFFLE(3, 2, 3, 2))

INLINE void
mix_rows(struct state *s, const struct bm_block *previous,
    const struct bm_block *reference, struct bm_block *block,
    enum bm_pass pass)
{
	for (unsigned part = 0; part < 16; part += 4) {
		__m512i x[4];
		struct quarters q;

		for (unsigned i = 0; i < 4; i++)
			x[i] = join(previous, reference, block, pass,
			    part + i);
		q.a = LOWER_HALVES(x[0], x[2]);
		q.b = UPPER_HALVES(x[0], x[2]);
		q.c = LOWER_HALVES(x[1], x[3]);
		q.d = UPPER_HALVES(x[1], x[3]);
		permute_rows(&q);
		s->part[part] = LOWER_HALVES(q.a, q.b);
		s->part[part + 1] = LOWER_HALVES(q.c, q.d);
		s->part[part + 2] = UPPER_HALVES(q.a, q.b);
		s->part[part + 3] = UPPER_HALVES(q.c, q.d);
	}
}

INLINE void
add(struct bm_block *block, unsigned part, __m512i value)
{
	store(block, part, _mm512_xor_si512(load(block, part), value));
}

INLINE void
mix_columns(struct state *s, unsigned group, struct bm_block *block)
{
	const __m512i *x = &s->part[group];
	struct quarters p = { x[0], x[4], x[8], x[12] };
	struct quarters q = { x[2], x[6], x[10], x[14] };

	permute_columns(&p, &q);
	add(block, group, p.a);
	add(block, group + 2, q.a);
	add(block, group + 4, p.b);
	add(block, group + 6, q.b);
	add(block, group + 8, p.c);
	add(block, group + 10, q.c);
	add(block, group + 12, p.d);
	add(block, group + 14, q.d);
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
