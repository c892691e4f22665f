/*
 * Difficulty: 256 bit targets, their 64 bit short form ("bits"), and their
 * value as a double ("reciprocal": how many times harder than difficulty 1).
 *
 * bits = exponent (8) | mantissa (56);  target = (1.mantissa) << (191 - e),
 * where 1.mantissa is the integer of 57 bits with the hidden one in front.
 *
 * Source: bitmarkd v8.2 difficulty/difficulty.go
 */
#include <bitmarkpeer/block.h>

#include <math.h>

#include "codec/codec.h"

#define MANTISSA_BITS 56
#define HIDDEN_ONE (UINT64_C(1) << MANTISSA_BITS)
#define MANTISSA_MASK (HIDDEN_ONE - 1)
#define EXPONENT_MAX 0xbf               /* shifts by nothing            */
#define TARGET_BITS (BITMARK_TARGET_SIZE * 8)

/* The target of difficulty 1 is ONE_MANTISSA << ONE_SHIFT. */
#define ONE_MANTISSA (HIDDEN_ONE | MANTISSA_MASK)
#define ONE_MANTISSA_BITS (MANTISSA_BITS + 1)
#define ONE_SHIFT EXPONENT_MAX

/* The smallest target that bits can say. */
#define BITS_HARDEST ((uint64_t)EXPONENT_MAX << MANTISSA_BITS)

#define DOUBLE_BITS 53                  /* mantissa of a double, IEEE 754 */

static unsigned
exponent_of(uint64_t bits)
{
	return (unsigned)(bits >> MANTISSA_BITS);
}

static uint64_t
mantissa_of(uint64_t bits)
{
	return (bits & MANTISSA_MASK) | HIDDEN_ONE;
}

bitmark_status
bitmark_target_from_bits(uint64_t bits, uint8_t target[BITMARK_TARGET_SIZE])
{
	unsigned shift, end;

	if (exponent_of(bits) > EXPONENT_MAX)
		return BITMARK_E_HEADER_DIFFICULTY;

	/* 57 bits moved by at most 7 still fit in the 8 bytes before end */
	shift = EXPONENT_MAX - exponent_of(bits);
	end = BITMARK_TARGET_SIZE - shift / 8;
	memset(target, 0, BITMARK_TARGET_SIZE);
	bm_put_u64be(target + end - 8, mantissa_of(bits) << shift % 8);
	return BITMARK_OK;
}

static void
set_bit(uint8_t target[BITMARK_TARGET_SIZE], int bit)
{
	target[BITMARK_TARGET_SIZE - 1 - bit / 8] |= (uint8_t)(1u << bit % 8);
}

static void
add_one(uint8_t target[BITMARK_TARGET_SIZE])
{
	for (int i = BITMARK_TARGET_SIZE - 1; i >= 0; i--) {
		if (++target[i] != 0)
			return;
	}
}

/*
 * target = floor(roundup256(difficulty 1 / (divisor << exponent))), where
 * roundup256 rounds towards infinity to 256 significant bits.  Long division,
 * one bit of the numerator after the other; a negative exponent only means
 * more zeros behind the numerator, a positive one less of its digits.
 *
 * The quotient keeps 256 - width bits of its fraction; rounding them up
 * reaches the next integer when 1 - fraction is less than the last of them.
 */
static void
divide_one(uint64_t divisor, int exponent, uint8_t target[BITMARK_TARGET_SIZE])
{
	int digits = ONE_MANTISSA_BITS + ONE_SHIFT - exponent;
	uint64_t rest = 0;
	int width = 0, spare;

	memset(target, 0, BITMARK_TARGET_SIZE);
	for (int i = 0; i < digits; i++) {
		rest = rest << 1 | (i < ONE_MANTISSA_BITS);
		if (rest < divisor)
			continue;
		rest -= divisor;
		if (width == 0)
			width = digits - i;
		set_bit(target, digits - i - 1);
	}

	spare = TARGET_BITS - width;
	if (spare < DOUBLE_BITS && divisor - rest <= (divisor - 1) >> spare)
		add_one(target);
}

/*
 * The short form.  It adds one when more than four of the bits it drops are
 * ones: the count decides and not their value, as in the reference.  (That
 * one never carries into another exponent: difficulty 1 has a mantissa of
 * ones only, and divided by any double above a power of two it loses more
 * than its last five bits.)
 */
static uint64_t
bits_of_target(const uint8_t target[BITMARK_TARGET_SIZE])
{
	uint8_t top[BITMARK_TARGET_SIZE + 8] = { 0 };
	size_t zeros = 0;
	uint64_t u, ones = 0;
	unsigned e;

	memcpy(top, target, BITMARK_TARGET_SIZE);
	while (zeros < BITMARK_TARGET_SIZE && top[zeros] == 0)
		zeros++;
	if (zeros == BITMARK_TARGET_SIZE)
		return BITS_HARDEST;

	u = bm_get_u64be(top + zeros);
	e = (unsigned)zeros * 8 - 1;
	for (; u >> MANTISSA_BITS != 1; u >>= 1, e--)
		ones += u & 1;
	if (e > EXPONENT_MAX)
		return BITS_HARDEST;
	if (ones > 4)
		u++;
	return (u & MANTISSA_MASK) | (uint64_t)e << MANTISSA_BITS;
}

void
bitmark_target_from_reciprocal(double reciprocal,
    uint8_t target[BITMARK_TARGET_SIZE], uint64_t *bits)
{
	uint64_t divisor = 1;
	int exponent = 0;

	if (isinf(reciprocal) && reciprocal > 0) {
		memset(target, 0, BITMARK_TARGET_SIZE);
	} else {
		if (reciprocal >= 1.0) {        /* false for NaN */
			double fraction = frexp(reciprocal, &exponent);

			divisor = (uint64_t)ldexp(fraction, DOUBLE_BITS);
			exponent -= DOUBLE_BITS;
		}
		divide_one(divisor, exponent, target);
	}
	if (bits != NULL)
		*bits = bits_of_target(target);
}

/*
 * Both mantissas are in [2^56, 2^57) and that of difficulty 1 is the largest,
 * so the quotient begins with a one.  62 further bits and "something is left"
 * as the last: converting that to double rounds the exact quotient.
 */
double
bitmark_bits_reciprocal(uint64_t bits)
{
	const int places = 62;
	uint64_t divisor = mantissa_of(bits);
	uint64_t quotient = 1, rest = ONE_MANTISSA - divisor;

	if (exponent_of(bits) > EXPONENT_MAX)
		return 0;
	for (int i = 0; i < places; i++) {
		rest <<= 1;
		quotient <<= 1;
		if (rest >= divisor) {
			rest -= divisor;
			quotient |= 1;
		}
	}
	quotient |= rest != 0;
	return ldexp((double)quotient, (int)exponent_of(bits) - places);
}

/* Larger bundles of issues get a discount.
 * Source: bitmarkd v8.2 reservoir/difficulty.go ScaledDifficulty */
static double
discount(size_t count)
{
	if (count <= 1)
		return 1.00;
	if (count <= 10)
		return 0.95;
	if (count <= 50)
		return 0.90;
	return 0.85;
}

double
bitmark_issue_difficulty(enum bitmark_network network, size_t count)
{
	double base = network == BITMARK_NETWORK_TEST ? 256.0 : 2048.0;

	/* in this order: each product is rounded */
	return (double)count * base * discount(count);
}
