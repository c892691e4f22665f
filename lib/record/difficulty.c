/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Difficulty: 256 bit targets, their 64 bit short form ("bits"), and their
 * value as a double ("reciprocal": how many times harder than difficulty 1).
 *
 * Bits are a floating-point number: an exponent e of 8 bits, and a mantissa of
 * 56 bits with a hidden one in front of it.  The target is that integer of 57
 * bits, shifted left by 191 - e.  A larger exponent is thus a smaller target,
 * and more work.  Difficulty 1 has e = 0 and a mantissa of ones only:
 *
 *   bits    00 ffffffffffffff
 *   target  00ffffffffffffff8000...00       (8 zero bits, 57 ones, 191 zeros)
 *
 * Nodes must agree on every bit of a target, and v8.2 computes with numbers of
 * any size.  The arithmetic below gets the same bits out of 64 bit integers.
 *
 * Source: bitmarkd v8.2 difficulty/difficulty.go
 */
#include <bitmarkpeer/block.h>

#include <math.h>

#include "codec/codec.h"

#define MANTISSA_BITS 56
#define HIDDEN_ONE (UINT64_C(1) << MANTISSA_BITS)
#define MANTISSA_MASK (HIDDEN_ONE - 1)
#define EXPONENT_MAX 0xbf               /* the target is the mantissa   */
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

	/* The shift is done in two parts.  Whole bytes move the place at which
	 * the mantissa ends; the 7 bits at most that are left over keep its 57
	 * bits within the 8 bytes that are written there. */
	shift = EXPONENT_MAX - exponent_of(bits);
	end = BITMARK_TARGET_SIZE - shift / 8;
	memset(target, 0, BITMARK_TARGET_SIZE);
	bm_put_u64be(target + end - 8, mantissa_of(bits) << shift % 8);
	return BITMARK_OK;
}

/* ${bit} counts from the lowest one; targets are big endian. */
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
 * Divide the target of difficulty 1 by ${divisor} * 2^${exponent}.
 *
 * v8.2 divides with numbers that keep 256 significant bits, rounded towards
 * infinity, and then cuts off the fraction.  The result is usually the plain
 * integer quotient, and this is long division for it: one bit of the numerator
 * after the other.  A negative exponent means more zeros behind the numerator,
 * a positive one fewer of its digits.
 *
 * The rounding shows itself only when it carries the fraction up to the next
 * integer.  A quotient of ${width} bits keeps ${spare} bits of its fraction,
 * so that happens when 1 - fraction is less than the last of these bits, that
 * is, when (divisor - rest) / divisor < 1 / 2^spare.
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

	/* The divisor has at most DOUBLE_BITS bits, so with as many spare bits
	 * no fraction is that close to the next integer.  The test also keeps
	 * the shift below from being one of 64 or more, which C does not
	 * define. */
	spare = TARGET_BITS - width;
	if (spare < DOUBLE_BITS && divisor - rest <= (divisor - 1) >> spare)
		add_one(target);
}

/*
 * The short form of a target, as v8.2 shows it.
 *
 * The mantissa takes 57 bits, beginning with the first one; of the rest, those
 * in the same 8 bytes are dropped.  v8.2 then adds one when more than four of
 * the dropped bits are ones.  That is no rounding, since it counts the ones and
 * not their value, but blocks hold the result, so it is done in the same way.
 *
 * The added one never carries into the exponent.  It would for a mantissa of
 * ones only, which difficulty 1 has; but divided by any double above a power
 * of two that mantissa loses more than its last five bits.
 */
static uint64_t
bits_of_target(const uint8_t target[BITMARK_TARGET_SIZE])
{
	uint8_t top[BITMARK_TARGET_SIZE + 8] = { 0 };
	size_t zeros = 0;
	uint64_t u, ones = 0;
	unsigned e;

	/* Eight more zeros behind the target let 8 bytes be read from the last
	 * of its bytes that can be the first non-zero one. */
	memcpy(top, target, BITMARK_TARGET_SIZE);
	while (zeros < BITMARK_TARGET_SIZE && top[zeros] == 0)
		zeros++;
	if (zeros == BITMARK_TARGET_SIZE)
		return BITS_HARDEST;

	/* The 8 bytes from the first that is not zero hold 57 bits or more.
	 * With each bit that is dropped behind them, the mantissa ends one
	 * place further to the left: that is an exponent of one less. */
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

	/* A double is an integer of 53 bits times a power of two, so the
	 * division is exact: nothing of the value is lost on the way. */
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
 * The target of difficulty 1 divided by that of ${bits}.
 *
 * Both mantissas are in [2^56, 2^57) and that of difficulty 1 is the largest,
 * so the quotient begins with a one.  Long division gives 62 more bits.  When
 * something is left after that, the last bit is set: a double has 53 bits, so
 * this bit only tells the conversion on which side of a tie the exact quotient
 * lies, and it then rounds as if it had all of its digits.
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

/* Larger bundles of issues get a discount: one proof covers them all.
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

	/* Products of doubles are rounded one by one, so that another order
	 * could give another last bit, and another target than v8.2's. */
	return (double)count * base * discount(count);
}
