/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Go's quoting.  Source: Go strconv/quote.go appendEscapedRune, IsPrint */
#include "protocol/quote.h"

#include <stdio.h>

/*
 * Code points from U+0080 that Go does not print: blanks, controls, format
 * characters, surrogates, private use, non-characters, and the planes
 * without characters.
 * Code points that Unicode has not assigned inside the other ranges are
 * printed; which ones these are depends on the Go release, and the text only
 * tells a person what went wrong.
 * Source: Unicode categories Z and C; Go strconv/isprint.go
 */
static const struct range {
	uint32_t first, last;
} unprintable[] = {
	{ 0x0080, 0x00a0 },   { 0x00ad, 0x00ad },   { 0x0600, 0x0605 },
	{ 0x061c, 0x061c },   { 0x06dd, 0x06dd },   { 0x070f, 0x070f },
	{ 0x0890, 0x0891 },   { 0x08e2, 0x08e2 },   { 0x1680, 0x1680 },
	{ 0x180e, 0x180e },   { 0x2000, 0x200f },   { 0x2028, 0x202f },
	{ 0x205f, 0x206f },   { 0x3000, 0x3000 },   { 0xd800, 0xf8ff },
	{ 0xfdd0, 0xfdef },   { 0xfeff, 0xfeff },   { 0xfff0, 0xfffb },
	{ 0xfffe, 0xffff },   { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd },
	{ 0x13430, 0x13438 }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
	{ 0x1fffe, 0x1ffff }, { 0x2fffe, 0x2ffff }, { 0x323b0, 0xe00ff },
	{ 0xe01f0, 0x10ffff },
};

static bool
is_printable(uint32_t rune)
{
	if (rune < 0x80)
		return rune >= 0x20 && rune < 0x7f;
	for (size_t i = 0; i < sizeof unprintable / sizeof unprintable[0]; i++)
		if (rune <= unprintable[i].last)
			return rune < unprintable[i].first;
	return true;
}

/* The letter after the backslash for characters that have one, else 0. */
static char
short_escape(uint32_t rune)
{
	static const char letters[] = "abtnvfr";        /* from 0x07 up */

	if (rune == '"' || rune == '\\')
		return (char)rune;
	if (rune >= '\a' && rune <= '\r')
		return letters[rune - '\a'];
	return 0;
}

static void
write_escape(struct bm_writer *w, uint32_t rune, uint8_t first_byte)
{
	char text[sizeof "\\U0010ffff"];

	if (rune == BITMARK_UTF8_INVALID || rune < 0x80)
		snprintf(text, sizeof text, "\\x%02x", (unsigned)first_byte);
	else if (rune < 0x10000)
		snprintf(text, sizeof text, "\\u%04x", (unsigned)rune);
	else
		snprintf(text, sizeof text, "\\U%08x", (unsigned)rune);
	bm_write_bytes(w, text, strlen(text));
}

void
bm_quote(struct bm_writer *w, struct bitmark_span text)
{
	for (size_t at = 0; at < text.size;) {
		const size_t start = at;
		const uint32_t rune = bitmark_utf8_next(text, &at);
		const char letter = short_escape(rune);

		if (letter != 0) {
			bm_write_u8(w, '\\');
			bm_write_u8(w, (uint8_t)letter);
		} else if (rune != BITMARK_UTF8_INVALID && is_printable(rune)) {
			bm_write_bytes(w, text.data + start, at - start);
		} else {
			write_escape(w, rune, text.data[start]);
		}
	}
}
