/*
 * Varint64: base-128 groups, lowest first, at most nine bytes; the ninth
 * carries eight bits.  Source: bitmarkd v8.2 util/varint.go
 */
#include <bitmarkpeer/codec.h>

size_t
bitmark_varint_encode(uint64_t value, uint8_t out[BITMARK_VARINT_MAX])
{
	size_t n = 0;

	while (value >= 0x80 && n < BITMARK_VARINT_MAX - 1) {
		out[n++] = (uint8_t)(0x80 | (value & 0x7f));
		value >>= 7;
	}
	out[n++] = (uint8_t)value;
	return n;
}

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
