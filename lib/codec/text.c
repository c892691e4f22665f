/* Bytes as text: hex and base58. */
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

/* Room for the digits of the largest number that is converted:
 * log(256) / log(58) is below 1.366. */
#define BASE58_DIGITS_MAX (BITMARK_BASE58_BYTES_MAX * 1366 / 1000 + 1)

bitmark_status
bitmark_base58_encode(const uint8_t *data, size_t size, char *text,
    size_t capacity)
{
	uint8_t digits[BASE58_DIGITS_MAX];      /* lowest first */
	size_t count = 0, zeros = 0;

	if (size > BITMARK_BASE58_BYTES_MAX)
		return BITMARK_E_LENGTH;
	while (zeros < size && data[zeros] == 0)
		zeros++;
	for (size_t i = zeros; i < size; i++) {
		unsigned carry = data[i];

		for (size_t j = 0; j < count; j++) {
			carry += (unsigned)digits[j] << 8;
			digits[j] = (uint8_t)(carry % 58);
			carry /= 58;
		}
		for (; carry != 0; carry /= 58)
			digits[count++] = (uint8_t)(carry % 58);
	}
	if (zeros + count + 1 > capacity)
		return BITMARK_E_SPACE;
	memset(text, '1', zeros);
	for (size_t i = 0; i < count; i++)
		text[zeros + i] = base58_digits[digits[count - 1 - i]];
	text[zeros + count] = '\0';
	return BITMARK_OK;
}

bitmark_status
bitmark_base58_decode(const char *text, size_t text_size, uint8_t *out,
    size_t capacity, size_t *size)
{
	uint8_t bytes[BITMARK_BASE58_TEXT_MAX]; /* lowest first */
	size_t count = 0, zeros = 0;

	*size = 0;
	if (text_size > BITMARK_BASE58_TEXT_MAX)
		return BITMARK_OK;
	while (zeros < text_size && text[zeros] == '1')
		zeros++;
	for (size_t i = zeros; i < text_size; i++) {
		const char *digit = text[i] == '\0' ? NULL :
		    strchr(base58_digits, text[i]);
		unsigned carry;

		if (digit == NULL)
			return BITMARK_OK;
		carry = (unsigned)(digit - base58_digits);
		for (size_t j = 0; j < count; j++) {
			carry += bytes[j] * 58u;
			bytes[j] = (uint8_t)carry;
			carry >>= 8;
		}
		for (; carry != 0; carry >>= 8)
			bytes[count++] = (uint8_t)carry;
	}
	if (zeros + count > capacity)
		return BITMARK_E_SPACE;
	if (zeros + count == 0)
		return BITMARK_OK;
	memset(out, 0, zeros);
	for (size_t i = 0; i < count; i++)
		out[zeros + i] = bytes[count - 1 - i];
	*size = zeros + count;
	return BITMARK_OK;
}
