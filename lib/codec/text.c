/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Bytes as text: hex and base58.
 *
 * Base58 writes the bytes as one large number in a system of 58 digits, which
 * has no letters that are easily confused (0 and O, I and l).  A number has no
 * leading zeros, so each zero byte in front is written as one more "1", the
 * digit of value 0.
 */
#include <bitmarkpeer/codec.h>

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

void
bitmark_hex_encode(const uint8_t *data, size_t size, char *text)
{
	for (size_t i = 0; i < size; i++) {
		text[2 * i] = hex_digits[data[i] >> 4];
		text[2 * i + 1] = hex_digits[data[i] & 0x0f];
	}
	text[2 * size] = '\0';
}

void
bitmark_hex_encode_reversed(const uint8_t *data, size_t size, char *text)
{
	for (size_t i = 0; i < size; i++) {
		text[2 * i] = hex_digits[data[size - 1 - i] >> 4];
		text[2 * i + 1] = hex_digits[data[size - 1 - i] & 0x0f];
	}
	text[2 * size] = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bitmark_status
bitmark_hex_decode(const char *text, size_t text_size, uint8_t *out,
    size_t capacity, size_t *size)
{
	if (text_size % 2 != 0)
		return BITMARK_E_HEX;
	/* All digits are looked at before the first byte is written, so that
	 * ${out} is unchanged after an error, and so that text which is no hex
	 * is called that even when it is too long as well. */
	for (size_t i = 0; i < text_size; i++)
		if (hex_value(text[i]) < 0)
			return BITMARK_E_HEX;
	if (text_size / 2 > capacity)
		return BITMARK_E_SPACE;
	for (size_t i = 0; i < text_size / 2; i++)
		out[i] = (uint8_t)(hex_value(text[2 * i]) << 4 |
		    hex_value(text[2 * i + 1]));
	*size = text_size / 2;
	return BITMARK_OK;
}

static const char base58_digits[] =
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* Room for the digits of the largest number that is converted: a byte needs
 * log(256) / log(58) digits, which is a little below 1.366. */
#define BASE58_DIGITS_MAX (BITMARK_BASE58_BYTES_MAX * 1366 / 1000 + 1)

/*
 * Multiply ${number} by ${factor} and add ${carry}.  The number has ${count}
 * digits in ${base}, the lowest first.  Returns its new count of digits.
 *
 * Base conversion is this step once for each input digit, and so takes the
 * square of the length in time: the bounds of codec.h keep it short.  No sum
 * overflows: a digit is below 256, the factor is at most 256, and a carry is
 * then below 256 * 256.
 */
static size_t
multiply_add(uint8_t *number, size_t count, unsigned base, unsigned factor,
    unsigned carry)
{
	for (size_t i = 0; i < count; i++) {
		carry += number[i] * factor;
		number[i] = (uint8_t)(carry % base);
		carry /= base;
	}
	for (; carry != 0; carry /= base)
		number[count++] = (uint8_t)(carry % base);
	return count;
}

/* Five digits at a time: so many fit into a limb of 32 bits, and a step over the
 * limbs takes in four bytes.  An account is told in a quarter of the time. */
#define LIMB_DIGITS 5
#define LIMB (58u * 58u * 58u * 58u * 58u)
#define LIMBS_MAX (BASE58_DIGITS_MAX / LIMB_DIGITS + 1)

/* The limbs of the bytes as a number, the lowest first; gives how many.  No sum
 * overflows: a limb is below 2^30, the factor at most 2^32. */
static size_t
make_limbs(const uint8_t *data, size_t size, uint32_t limbs[LIMBS_MAX])
{
	size_t count = 0;

	for (size_t at = 0; at < size;) {
		uint64_t carry = 0, factor = 1;

		for (int i = 0; i < 4 && at < size; i++, factor <<= 8)
			carry = carry << 8 | data[at++];
		for (size_t i = 0; i < count; i++) {
			carry += limbs[i] * factor;
			limbs[i] = (uint32_t)(carry % LIMB);
			carry /= LIMB;
		}
		for (; carry != 0; carry /= LIMB)
			limbs[count++] = (uint32_t)(carry % LIMB);
	}
	return count;
}

/* The digits of the limbs, the lowest first; gives how many. */
static size_t
make_digits(const uint32_t *limbs, size_t limb_count, uint8_t *digits)
{
	size_t count = 0;

	for (size_t i = 0; i < limb_count; i++) {
		uint32_t limb = limbs[i];

		for (int k = 0; k < LIMB_DIGITS; k++, limb /= 58)
			digits[count++] = (uint8_t)(limb % 58);
	}
	while (count > 0 && digits[count - 1] == 0)
		count--;
	return count;
}

/* The bytes may be those of a private key, so the digits on the stack are
 * wiped. */
bitmark_status
bitmark_base58_encode(const uint8_t *data, size_t size, char *text,
    size_t capacity)
{
	uint8_t digits[LIMBS_MAX * LIMB_DIGITS];
	uint32_t limbs[LIMBS_MAX];
	size_t count, zeros = 0;
	bitmark_status status = BITMARK_E_SPACE;

	if (size > BITMARK_BASE58_BYTES_MAX)
		return BITMARK_E_LENGTH;
	/* Zeros in front have no digits of their own: they become "1"s. */
	while (zeros < size && data[zeros] == 0)
		zeros++;
	count = make_digits(limbs, make_limbs(data + zeros, size - zeros,
	    limbs), digits);
	if (zeros + count < capacity) {
		memset(text, '1', zeros);
		for (size_t i = 0; i < count; i++)
			text[zeros + i] = base58_digits[digits[count - 1 - i]];
		text[zeros + count] = '\0';
		status = BITMARK_OK;
	}
	explicit_bzero(digits, sizeof digits);
	explicit_bzero(limbs, sizeof limbs);
	return status;
}

/* Read the digits of ${text} as a number, its lowest byte first.  Returns false
 * at a character that is no digit. */
static bool
read_digits(const char *text, size_t size, uint8_t *number, size_t *count)
{
	*count = 0;
	for (size_t i = 0; i < size; i++) {
		/* strchr would find the NUL that ends the alphabet, and take
		 * it for digit 58. */
		const char *digit = text[i] == '\0' ? NULL :
		    strchr(base58_digits, text[i]);

		if (digit == NULL)
			return false;
		*count = multiply_add(number, *count, 256, 58,
		    (unsigned)(digit - base58_digits));
	}
	return true;
}

/*
 * v8.2 has no error for text that is no base58: its decoder returns no bytes,
 * and the caller then finds that they are too few.  The errors that users see
 * come from those callers, so this does the same: ${size} is 0.
 *
 * The text may be a private key, so the number on the stack is wiped.
 */
bitmark_status
bitmark_base58_decode(const char *text, size_t text_size, uint8_t *out,
    size_t capacity, size_t *size)
{
	uint8_t number[BITMARK_BASE58_TEXT_MAX];
	size_t count, zeros = 0;
	bitmark_status status = BITMARK_OK;

	*size = 0;
	if (text_size > BITMARK_BASE58_TEXT_MAX)
		return BITMARK_OK;
	while (zeros < text_size && text[zeros] == '1')
		zeros++;
	if (!read_digits(text + zeros, text_size - zeros, number, &count))
		goto wipe;
	if (zeros + count > capacity) {
		status = BITMARK_E_SPACE;
		goto wipe;
	}
	for (size_t i = 0; i < zeros; i++)
		out[i] = 0;
	for (size_t i = 0; i < count; i++)
		out[zeros + i] = number[count - 1 - i];
	*size = zeros + count;
wipe:
	explicit_bzero(number, sizeof number);
	return status;
}
