/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Strings of JSON as Go reads them: bytes that are no UTF-8, and halves of
 * surrogate pairs, become U+FFFD and are no error.
 * Source: Go encoding/json decode.go unquoteBytes
 */
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/codec.h>

#include "rpc_json_impl.h"

void *
rpc_reader_fail(struct rpc_reader *r)
{
	r->failed = true;
	return NULL;
}

void
rpc_reader_space(struct rpc_reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' ||
	    *r->at == '\r' || *r->at == '\n'))
		r->at++;
}

bool
rpc_reader_take(struct rpc_reader *r, char c)
{
	rpc_reader_space(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

/* Write a code point as UTF-8. */
static size_t
put_utf8(char *out, uint32_t rune)
{
	if (rune < 0x80) {
		out[0] = (char)rune;
		return 1;
	}
	if (rune < 0x800) {
		out[0] = (char)(0xc0 | rune >> 6);
		out[1] = (char)(0x80 | (rune & 0x3f));
		return 2;
	}
	if (rune < 0x10000) {
		out[0] = (char)(0xe0 | rune >> 12);
		out[1] = (char)(0x80 | (rune >> 6 & 0x3f));
		out[2] = (char)(0x80 | (rune & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | rune >> 18);
	out[1] = (char)(0x80 | (rune >> 12 & 0x3f));
	out[2] = (char)(0x80 | (rune >> 6 & 0x3f));
	out[3] = (char)(0x80 | (rune & 0x3f));
	return 4;
}

/* Four hex digits at ${at}; UINT32_MAX: they are not. */
static uint32_t
four_digits(const char *at, const char *end)
{
	uint8_t bytes[2];
	size_t size;

	if (end - at < 4 || bitmark_hex_decode(at, 4, bytes, 2, &size) !=
	    BITMARK_OK)
		return UINT32_MAX;
	return (uint32_t)bytes[0] << 8 | bytes[1];
}

/* The code point of \u, with r->at behind the u. Characters above U+FFFF are
 * written as two surrogates; a single surrogate becomes U+FFFD, and what
 * follows it stands for itself. */
static uint32_t
read_escaped(struct rpc_reader *r)
{
	uint32_t rune = four_digits(r->at, r->end), low = 0;

	if (rune == UINT32_MAX) {
		(void)rpc_reader_fail(r);
		return 0;
	}
	r->at += 4;
	if (rune < 0xd800 || rune > 0xdfff)
		return rune;
	if (rune < 0xdc00 && r->end - r->at >= 6 && r->at[0] == '\\' &&
	    r->at[1] == 'u')
		low = four_digits(r->at + 2, r->end);
	if (low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	r->at += 6;
	return 0x10000 + ((rune - 0xd800) << 10) + (low - 0xdc00);
}

/* The escape whose backslash was read. */
static uint32_t
read_escape(struct rpc_reader *r)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *name;

	if (r->at == r->end) {
		(void)rpc_reader_fail(r);
		return 0;
	}
	if (*r->at == 'u') {
		r->at++;
		return read_escaped(r);
	}
	name = *r->at == '\0' ? NULL : strchr(names, *r->at);
	if (name == NULL) {
		(void)rpc_reader_fail(r);
		return 0;
	}
	r->at++;
	return (uint8_t)means[name - names];
}

/* One character, as itself. */
static uint32_t
read_plain(struct rpc_reader *r)
{
	struct bitmark_span rest = { (const uint8_t *)r->at,
	    (size_t)(r->end - r->at) };
	size_t used = 0;
	uint32_t rune = bitmark_utf8_next(rest, &used);

	if (rune < 0x20)
		(void)rpc_reader_fail(r);
	r->at += used;
	return rune == BITMARK_UTF8_INVALID ? 0xfffd : rune;
}

/* Most texts are plain ASCII without escapes and are copied as a whole. */
static bool
is_plain(const char *at, const char *end)
{
	while (at < end && *at >= 0x20 && *at < 0x7f && *at != '\\')
		at++;
	return at == end;
}

/* Read a string that begins at r->at; the caller frees it. The room is three
 * bytes for each byte of the text: a byte that is no UTF-8 becomes U+FFFD,
 * which has three, and escapes get shorter. */
char *
rpc_reader_text(struct rpc_reader *r, size_t more, size_t *size)
{
	const char *quote;
	char *text;

	if (!rpc_reader_take(r, '"'))
		return rpc_reader_fail(r);
	quote = r->at;
	while (quote < r->end && *quote != '"')
		quote += *quote == '\\' && r->end - quote > 1 ? 2 : 1;
	text = malloc(3 * (size_t)(quote - r->at) + 1 + more);
	if (text == NULL) {
		r->read->no_memory = true;
		return rpc_reader_fail(r);
	}
	*size = 0;
	if (is_plain(r->at, quote)) {
		*size = (size_t)(quote - r->at);
		memcpy(text, r->at, *size);
		r->at = quote;
	}
	while (!r->failed && r->at < r->end && *r->at != '"') {
		uint32_t rune;

		if (*r->at == '\\') {
			r->at++;
			rune = read_escape(r);
		} else {
			rune = read_plain(r);
		}
		if (!r->failed)
			*size += put_utf8(text + *size, rune);
	}
	if (!r->failed && !rpc_reader_take(r, '"'))
		(void)rpc_reader_fail(r);
	if (!r->failed) {
		text[*size] = '\0';
		return text;
	}
	free(text);
	return NULL;
}
