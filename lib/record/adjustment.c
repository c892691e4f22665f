/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The difficulty adjustment: every 200 blocks the difficulty follows the speed
 * at which the last 200 blocks came.
 *
 * The new value must be the same double on every machine, down to its last bit,
 * because a block is refused when its own value is another one.  The rule is
 * one division and one product of doubles, each rounded to nearest.  C does not
 * promise that for its own operators: with FLT_EVAL_METHOD 2 (the x87 unit of
 * 32-bit x86) a result is rounded to 64 bits first and to 53 bits later, which
 * gives a neighbouring double four times in ten thousand.  So the digits are
 * computed here with integers, and rounded once.  No option of a compiler
 * (-ffp-contract, -m387) and no rounding mode changes the result.
 *
 * Source: bitmarkd v0.16.0 difficulty/difficulty.go
 * NextDifficultyByPreviousTimespan, PrevTimespanBlockBeginAndEnd
 */
#include <bitmarkpeer/block.h>

#include <math.h>

#define WINDOW BITMARK_DIFFICULTY_WINDOW
#define EXPECTED_S (UINT64_C(120) * WINDOW)     /* for a whole window       */
#define RATIO_MAX 4.0
#define RATIO_MIN 0.25
#define FIRST_STORED 2                  /* the genesis block is built in    */
#define FIRST_BASE 3                    /* gives the value at the beginning */

#define DOUBLE_BITS 53                  /* mantissa of a double, IEEE 754   */

void
bitmark_difficulty_window(uint64_t number, uint64_t *begin, uint64_t *end)
{
	uint64_t adjusted = number - number % WINDOW;

	if (adjusted < 2 * WINDOW) {
		*begin = FIRST_STORED;
		*end = WINDOW - 1;
	} else {
		*begin = adjusted - 1 - WINDOW;
		*end = adjusted - 1;
	}
}

uint64_t
bitmark_difficulty_base(uint64_t number)
{
	uint64_t base;

	if (number <= WINDOW)
		return FIRST_BASE;
	base = number % WINDOW == 0 ? number - 1 : number - WINDOW;
	return base <= FIRST_STORED ? FIRST_BASE : base;
}

/*
 * ${digits} * 2^${exponent}, rounded to nearest, ties to even, as IEEE 754
 * says.  The lowest bit of ${digits} stands for itself and for all smaller
 * digits, of which at least one is not 0: with 55 bits or more it only says on
 * which side of a tie the exact value lies.
 *
 * After the rounding 53 bits are left (or a power of two), which a double
 * holds, so neither the cast nor ldexp rounds again.
 */
static double
rounded(uint64_t digits, int exponent)
{
	int extra = 0;
	uint64_t dropped, half;

	while (digits >> extra >> DOUBLE_BITS != 0)
		extra++;
	half = UINT64_C(1) << extra >> 1;
	dropped = digits & ((UINT64_C(1) << extra) - 1);
	digits >>= extra;
	if (dropped > half || (dropped == half && extra > 0 && digits & 1))
		digits++;
	return ldexp((double)digits, exponent + extra);
}

/* EXPECTED_S / ${span_s} as a double.  It lies between 1/4 and 4, so with 61
 * places behind the point, long division gives 60 to 63 bits. */
static double
quotient(uint64_t span_s)
{
	const int places = 61;
	uint64_t result = EXPECTED_S / span_s, rest = EXPECTED_S % span_s;

	for (int i = 0; i < places; i++) {
		rest <<= 1;
		result <<= 1;
		if (rest >= span_s) {
			rest -= span_s;
			result |= 1;
		}
	}
	return rounded(result | (rest != 0), -places);
}

/* The mantissa of a positive double, as an integer of exactly 53 bits. */
static uint64_t
mantissa(double value, int *exponent)
{
	uint64_t digits = (uint64_t)ldexp(frexp(value, exponent), DOUBLE_BITS);

	*exponent -= DOUBLE_BITS;
	return digits;
}

/*
 * The product of two positive doubles.
 *
 * The mantissas have 53 bits, so their product has 106 at most.  It is summed
 * up from products of halves: ${a} and ${b} are split at bit 32, which leaves
 * 21 bits above, and no sum below reaches 64 bits.  The product is top * 2^64 +
 * middle * 2^32 + low (their low 32 bits); the part below 2^48 goes into the
 * last bit, which leaves 57 bits or more.
 */
static double
product(double x, double y)
{
	int ex, ey;
	uint64_t a = mantissa(x, &ex), b = mantissa(y, &ey);
	uint64_t a1 = a >> 32, a0 = a & UINT32_MAX;
	uint64_t b1 = b >> 32, b0 = b & UINT32_MAX;
	uint64_t low = a0 * b0;
	uint64_t middle = a1 * b0 + a0 * b1 + (low >> 32);
	uint64_t top = a1 * b1 + (middle >> 32);
	uint64_t below = (middle & 0xffff) << 32 | (low & UINT32_MAX);
	uint64_t high = top << 16 | (middle >> 16 & 0xffff);

	return rounded(high | (below != 0), ex + ey + 48);
}

bitmark_status
bitmark_difficulty_next(double previous, uint64_t begin_s, uint64_t end_s,
    double *next)
{
	uint64_t span_s;
	double ratio, value;

	if (end_s <= begin_s)
		return BITMARK_E_BLOCK_END;
	span_s = end_s - begin_s;
	if (span_s <= EXPECTED_S / 4)
		ratio = RATIO_MAX;
	else if (span_s >= EXPECTED_S * 4)
		ratio = RATIO_MIN;
	else
		ratio = quotient(span_s);

	/* Not "previous < 1.0", which is false for NaN. */
	if (!(previous >= 1.0))
		previous = 1.0;
	value = isinf(previous) ? previous : product(ratio, previous);
	*next = value < 1.0 ? 1.0 : value;
	return BITMARK_OK;
}
