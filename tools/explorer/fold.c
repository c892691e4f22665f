/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Lower case by the C library's tables. Programs run in the "C" locale, which
 * knows ASCII only, so a locale object with all of Unicode is made here and
 * used by towlower_l: it does not change the locale of the process, which other
 * threads read. On a system that has none of the two locales only ASCII letters
 * are folded.
 */
#include "explorer/fold.h"

#include <locale.h>
#include <pthread.h>
#include <wctype.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t unicode;                /* 0: there is none */

/* Run once by pthread_once, because several threads search at a time. The
 * object is never freed: it is needed as long as the program runs. */
static void
find_locale(void)
{
	unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (unicode == (locale_t)0)
		unicode = newlocale(LC_CTYPE_MASK, "en_US.UTF-8", (locale_t)0);
}

static uint32_t
lower(uint32_t point)
{
	if (point < 0x80)
		return point >= 'A' && point <= 'Z' ? point + 32 : point;
	return unicode != (locale_t)0 ?
	    (uint32_t)towlower_l((wint_t)point, unicode) : point;
}

static size_t
encode(uint32_t point, char *out)
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xc0 | point >> 6);
		out[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xe0 | point >> 12);
		out[1] = (char)(0x80 | (point >> 6 & 0x3f));
		out[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | point >> 18);
	out[1] = (char)(0x80 | (point >> 12 & 0x3f));
	out[2] = (char)(0x80 | (point >> 6 & 0x3f));
	out[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

/* No letter becomes more than one byte longer, which FOLD_ROOM relies on. */
size_t
fold(struct bitmark_span text, char *out)
{
	size_t size = 0, at = 0, from;
	uint32_t point;

	pthread_once(&once, find_locale);
	while (at < text.size) {
		from = at;
		point = bitmark_utf8_next(text, &at);
		if (point == BITMARK_UTF8_INVALID)
			out[size++] = (char)text.data[from];
		else
			size += encode(lower(point), out + size);
	}
	return size;
}
