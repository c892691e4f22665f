/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Varint64: groups of seven bits, the lowest first, with the top bit set on
 * all but the last.
 *
 * Eight such bytes carry 56 bits.  A ninth byte is always the last one, so its
 * top bit need not say so: it carries eight bits of the number, and 64 bits
 * fit in nine bytes where plain base 128 would take ten.
 *
 *   number        bytes
 *   127           7f
 *   128           80 01
 *   2^56 - 1      ff ff ff ff ff ff ff 7f
 *   2^56          80 80 80 80 80 80 80 80 01
 *   2^64 - 1      ff ff ff ff ff ff ff ff ff
 *
 * Source: bitmarkd v8.2 util/varint.go
 */
#include <bitmarkpeer/codec.h>

size_t
bitmark_varint_encode(uint64_t value, uint8_t out[BITMARK_VARINT_MAX])
{
	size_t n = 0;

	/* After eight groups of seven at most eight bits are left. */
	while (value >= 0x80 && n < BITMARK_VARINT_MAX - 1) {
		out[n++] = (uint8_t)(0x80 | (value & 0x7f));
		value >>= 7;
	}
	out[n++] = (uint8_t)value;
	return n;
}

/* Longer forms than needed ("80 00" is 0) are read, because v8.2 reads them.
 * A record that holds one is packed anew with the shortest form before its
 * signature is checked, so only its transaction id sees the difference. */
size_t
bitmark_varint_decode(const uint8_t *data, size_t size, uint64_t *value)
{
	uint64_t v = 0;

	*value = 0;
	for (size_t i = 0; i < size && i < BITMARK_VARINT_MAX; i++) {
		if (i == BITMARK_VARINT_MAX - 1 || data[i] < 0x80) {
			*value = v | (uint64_t)data[i] << (7 * i);
			return i + 1;
		}
		v |= (uint64_t)(data[i] & 0x7f) << (7 * i);
	}
	return 0;
}

size_t
bitmark_varint_clipped(const uint8_t *data, size_t size, int64_t minimum,
    int64_t maximum, uint64_t *value)
{
	size_t used;

	/* The limits are Go's ints; v8.2 refuses an empty range, and one of a
	 * single number, whatever the bytes say. */
	*value = 0;
	if (minimum < 0 || maximum < 0 || minimum >= maximum)
		return 0;
	used = bitmark_varint_decode(data, size, value);
	if (used != 0 &&
	    (*value < (uint64_t)minimum || *value > (uint64_t)maximum)) {
		*value = 0;
		return 0;
	}
	return used;
}
