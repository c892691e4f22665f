/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Base64 as Go's encoding/json reads and writes byte strings: the standard
 * alphabet, with padding.
 * Source: Go encoding/base64 StdEncoding
 */
#include "codec/codec.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
bitmark_base64_encode(const uint8_t *data, size_t size, char *text)
{
	for (size_t i = 0; i < size; i += 3) {
		const uint32_t group = (uint32_t)data[i] << 16 |
		    (i + 1 < size ? (uint32_t)data[i + 1] << 8 : 0) |
		    (i + 2 < size ? data[i + 2] : 0);

		*text++ = alphabet[group >> 18];
		*text++ = alphabet[group >> 12 & 63];
		*text++ = i + 1 < size ? alphabet[group >> 6 & 63] : '=';
		*text++ = i + 2 < size ? alphabet[group & 63] : '=';
	}
	*text = '\0';
}

/* The next character that is no line end, or NUL at the end. */
static char
next_character(struct bitmark_span text, size_t *at)
{
	while (*at < text.size) {
		const char c = (char)text.data[(*at)++];

		if (c != '\r' && c != '\n')
			return c;
	}
	return '\0';
}

/* Read one group of four.  Returns its bytes, 1 to 3, 0 at the end of the text,
 * or -1.  Behind padding the text must end. */
static int
read_group(struct bitmark_span text, size_t *at, uint8_t out[3])
{
	uint32_t group = 0;
	int digits = 0, padding = 0;

	for (int i = 0; i < 4; i++) {
		const char c = next_character(text, at);
		const char *found = c == '\0' ? NULL : strchr(alphabet, c);

		if (c == '\0' && i == 0 && *at == text.size)
			return 0;
		if (c == '=' && i >= 2)
			padding++;
		else if (found == NULL || padding > 0)
			return -1;
		else
			digits++;
		group = group << 6 | (found == NULL ? 0 :
		    (uint32_t)(found - alphabet));
	}
	if (padding > 0 && next_character(text, at) != '\0')
		return -1;
	out[0] = (uint8_t)(group >> 16);
	out[1] = (uint8_t)(group >> 8);
	out[2] = (uint8_t)group;
	return digits - 1;
}

bool
bitmark_base64_decode(struct bitmark_span text, uint8_t *out, size_t capacity,
    size_t *size)
{
	uint8_t bytes[3];
	size_t at = 0;
	int count;

	*size = 0;
	while ((count = read_group(text, &at, bytes)) > 0) {
		if ((size_t)count > capacity - *size)
			return false;
		memcpy(out + *size, bytes, (size_t)count);
		*size += (size_t)count;
	}
	return count == 0;
}
