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
#define COLUMN_GROUPS 4

/* Four registers are a row of the block. */
struct state {
	__m256i part[32];
};

/* Four registers of a matrix of P: all rows of one matrix, or half of the rows
 * of two. */
struct quarters {
	__m256i a, b, c, d;
};

INLINE __m256i
load(const struct bm_block *block, unsigned part)
{
	return _mm256_load_si256((const __m256i *)&block->word[4 * part]);
}

INLINE void
store(struct bm_block *block, unsigned part, __m256i value)
{
	_mm256_store_si256((__m256i *)&block->word[4 * part], value);
}

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
	return _mm256_xor_si256(_mm256_srli_epi64(x, 63),
	    _mm256_add_epi64(x, x));
}

/* x + y + twice the product of their lower halves */
INLINE __m256i
multiply_add(__m256i x, __m256i y)
{
	const __m256i product = _mm256_mul_epu32(x, y);

	return _mm256_add_epi64(_mm256_add_epi64(x, y),
	    _mm256_add_epi64(product, product));
}

/*
 * GB of RFC 9106, 3.6, eight times: on the four words of each register of p
 * and of q.  Each line of GB needs the result of the one before, and a
 * multiplication takes several cycles.  p and q do not depend on each other, so
 * their steps take turns, and one fills the waits of the other.
 */
INLINE void
mix(struct quarters *p, struct quarters *q)
{
	p->a = multiply_add(p->a, p->b);
	q->a = multiply_add(q->a, q->b);
	p->d = rotate_right_32(_mm256_xor_si256(p->d, p->a));
	q->d = rotate_right_32(_mm256_xor_si256(q->d, q->a));
	p->c = multiply_add(p->c, p->d);
	q->c = multiply_add(q->c, q->d);
	p->b = rotate_right_24(_mm256_xor_si256(p->b, p->c));
	q->b = rotate_right_24(_mm256_xor_si256(q->b, q->c));
	p->a = multiply_add(p->a, p->b);
	q->a = multiply_add(q->a, q->b);
	p->d = rotate_right_16(_mm256_xor_si256(p->d, p->a));
	q->d = rotate_right_16(_mm256_xor_si256(q->d, q->a));
	p->c = multiply_add(p->c, p->d);
	q->c = multiply_add(q->c, q->d);
	p->b = rotate_right_63(_mm256_xor_si256(p->b, p->c));
	q->b = rotate_right_63(_mm256_xor_si256(q->b, q->c));
}

/*
 * Each register is a row of the 4 x 4 matrix of P, so that GB on registers is
 * GB on the columns.  For the diagonals rows are rotated until each diagonal
 * stands as a column.  The textbook rotates b, c and d by 1, 2 and 3 words.
 * Here all are rotated by one word less, which gives the same columns in
 * another order: then b stays, which GB finishes last, and the permutations
 * of the others are done while b is computed.
 */
INLINE void
to_diagonals(struct quarters *q)
{
	q->a = _mm256_permute4x64_epi64(q->a, _MM_SHUFFLE(2, 1, 0, 3));
	q->c = _mm256_permute4x64_epi64(q->c, _MM_SHUFFLE(0, 3, 2, 1));
	q->d = _mm256_permute4x64_epi64(q->d, _MM_SHUFFLE(1, 0, 3, 2));
}

INLINE void
to_columns(struct quarters *q)
{
	q->a = _mm256_permute4x64_epi64(q->a, _MM_SHUFFLE(0, 3, 2, 1));
	q->c = _mm256_permute4x64_epi64(q->c, _MM_SHUFFLE(2, 1, 0, 3));
	q->d = _mm256_permute4x64_epi64(q->d, _MM_SHUFFLE(1, 0, 3, 2));
}

/* P of two rows of the block. */
INLINE void
permute_rows(struct quarters *p, struct quarters *q)
{
	mix(p, q);
	to_diagonals(p);
	to_diagonals(q);
	mix(p, q);
	to_columns(p);
	to_columns(q);
}

/*
 * P of two columns of the block.  A column is two words wide, so a register
 * holds those words of two neighbouring columns: half a row of one matrix in
 * its lower half, of the other matrix in its upper half.  The other halves of
 * the rows are in q.  Rotating a row by one word then moves words between p and
 * q: alignr takes the upper word of one register and the lower one of the
 * other, in both halves at once.  Rotating by two words swaps p and q.
 */
INLINE void
permute_columns(struct quarters *p, struct quarters *q)
{
	__m256i x;

	mix(p, q);
	x = p->b;
	p->b = _mm256_alignr_epi8(q->b, p->b, 8);
	q->b = _mm256_alignr_epi8(x, q->b, 8);
	x = p->c;
	p->c = q->c;
	q->c = x;
	x = p->d;
	p->d = _mm256_alignr_epi8(p->d, q->d, 8);
	q->d = _mm256_alignr_epi8(q->d, x, 8);
	mix(p, q);
	x = p->b;
	p->b = _mm256_alignr_epi8(p->b, q->b, 8);
	q->b = _mm256_alignr_epi8(q->b, x, 8);
	x = p->c;
	p->c = q->c;
	q->c = x;
	x = p->d;
	p->d = _mm256_alignr_epi8(q->d, p->d, 8);
	q->d = _mm256_alignr_epi8(x, q->d, 8);
}

/* previous ^ reference: the input of the permutation, which is returned, and
 * what the result is added to, which is left in the block. */
INLINE __m256i
join(const struct bm_block *previous, const struct bm_block *reference,
    struct bm_block *block, enum bm_pass pass, unsigned part)
{
	const __m256i x = _mm256_xor_si256(load(previous, part),
	    load(reference, part));

	store(block, part, pass == BM_PASS_FIRST ?
	    x : _mm256_xor_si256(x, load(block, part)));
	return x;
}

INLINE void
mix_rows(struct state *s, const struct bm_block *previous,
    const struct bm_block *reference, struct bm_block *block,
    enum bm_pass pass)
{
	for (unsigned part = 0; part < 32; part += 8) {
		struct quarters p = {
			join(previous, reference, block, pass, part),
			join(previous, reference, block, pass, part + 1),
			join(previous, reference, block, pass, part + 2),
			join(previous, reference, block, pass, part + 3),
		}, q = {
			join(previous, reference, block, pass, part + 4),
			join(previous, reference, block, pass, part + 5),
			join(previous, reference, block, pass, part + 6),
			join(previous, reference, block, pass, part + 7),
		};

		permute_rows(&p, &q);
		s->part[part] = p.a;
		s->part[part + 1] = p.b;
		s->part[part + 2] = p.c;
		s->part[part + 3] = p.d;
		s->part[part + 4] = q.a;
		s->part[part + 5] = q.b;
		s->part[part + 6] = q.c;
		s->part[part + 7] = q.d;
	}
}

INLINE void
add(struct bm_block *block, unsigned part, __m256i value)
{
	store(block, part, _mm256_xor_si256(load(block, part), value));
}

INLINE void
mix_columns(struct state *s, unsigned group, struct bm_block *block)
{
	const __m256i *x = &s->part[group];
	struct quarters p = { x[0], x[8], x[16], x[24] };
	struct quarters q = { x[4], x[12], x[20], x[28] };

	permute_columns(&p, &q);
	add(block, group, p.a);
	add(block, group + 4, q.a);
	add(block, group + 8, p.b);
	add(block, group + 12, q.b);
	add(block, group + 16, p.c);
	add(block, group + 20, q.c);
	add(block, group + 24, p.d);
	add(block, group + 28, q.d);
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
