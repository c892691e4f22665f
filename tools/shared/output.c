/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Output for people. Names, versions and metadata come from strangers, so all
 * of them go through print_text.
 */
#include "shared/output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bitmarkpeer/codec.h>

/* Hex goes out in pieces of this many bytes. */
#define HEX_STEP 4096
/* Longest UTF-8 sequence.  Bytes.  Source: RFC 3629. */
#define UTF8_MAX 4

/* The time of a block may be any 64 bit number; one that is no date is printed
 * as a number. */
void
time_text(uint64_t seconds, char text[TIME_TEXT_MAX])
{
	time_t when = (time_t)seconds;
	struct tm utc;

	if (seconds > INT64_MAX || (uint64_t)when != seconds ||
	    gmtime_r(&when, &utc) == NULL || strftime(text, TIME_TEXT_MAX,
	    "%Y-%m-%d %H:%M:%S UTC", &utc) == 0)
		snprintf(text, TIME_TEXT_MAX, "time %" PRIu64, seconds);
}

/* Hex is printed in pieces, so that a block of some megabytes needs no second
 * buffer of twice its size. */
void
print_hex(const uint8_t *data, size_t size)
{
	char text[2 * HEX_STEP + 1];
	size_t n;

	for (size_t i = 0; i < size; i += n) {
		n = size - i < HEX_STEP ? size - i : HEX_STEP;
		bitmark_hex_encode(data + i, n, text);
		fputs(text, stdout);
	}
	putchar('\n');
}

/*
 * Bytes of the UTF-8 sequence at ${text}, 0 when it is none, is overlong or
 * a surrogate, or stands for a control character.  Source: RFC 3629 section 4
 */
static size_t
printable_utf8(const uint8_t *text, size_t size)
{
	static const uint32_t smallest[UTF8_MAX + 1] = { 0, 0x20, 0xa0, 0x800,
	    0x10000 };
	uint8_t c = text[0];
	size_t n = c < 0x80 ? 1 : c < 0xc0 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 :
	    c < 0xf8 ? 4 : 0;
	uint32_t point = n == 1 ? c : n == 0 ? 0 : c & (0x7fU >> n);

	if (n == 0 || n > size)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text[i] & 0x3f);
	}
	if (point < smallest[n] || point == 0x7f || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return 0;
	/* Direction overrides and line separators also change what is seen. */
	if (point == 0x2028 || point == 0x2029 ||
	    (point >= 0x202a && point <= 0x202e) ||
	    (point >= 0x2066 && point <= 0x2069))
		return 0;
	return n;
}

/* Bytes that cannot be shown are shown as numbers, so that nothing is lost
 * and no terminal obeys them. */
void
print_text(FILE *out, const void *text, size_t size)
{
	const uint8_t *data = text;
	size_t n;

	for (size_t i = 0; i < size; i += n) {
		n = printable_utf8(data + i, size - i);
		if (n > 0) {
			fwrite(data + i, 1, n, out);
		} else {
			fprintf(out, "\\x%02x", data[i]);
			n = 1;
		}
	}
}

/* A stream in memory grows as it needs to. */
char *
printable_text(const char *text)
{
	char *printable = NULL;
	size_t size;
	FILE *out = open_memstream(&printable, &size);

	if (out == NULL)
		return NULL;
	print_text(out, text, strlen(text));
	if (fclose(out) == 0)
		return printable;
	free(printable);
	return NULL;
}
