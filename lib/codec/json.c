/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * UTF-8 as Go reads it, and JSON as Go's json.Marshal writes it.
 * Source: Go unicode/utf8 DecodeRune, encoding/json encodeState.string
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec/codec.h"

/*
 * Go accepts exactly the shortest form of each code point up to U+10FFFF,
 * without the halves of surrogate pairs.  In any other sequence it takes the
 * first byte alone for an invalid character and goes on at the next byte, so
 * ${at} moves by one before anything else is known.  The limits of a record's
 * texts count these characters: to count otherwise would be to accept other
 * records than v8.2.
 */
uint32_t
bitmark_utf8_next(struct bitmark_span text, size_t *at)
{
	const uint8_t *p = text.data + *at;
	size_t left = text.size - *at;
	uint32_t lowest, rune;
	size_t more;

	*at += 1;
	if (p[0] < 0x80)
		return p[0];
	/* The first byte tells the length.  0xc0 and 0xc1 could only begin a
	 * longer form of an ASCII character, 0x80 to 0xbf continue one. */
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		more = 1, lowest = 0x80, rune = p[0] & 0x1fu;
	} else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		more = 2, lowest = 0x800, rune = p[0] & 0x0fu;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		more = 3, lowest = 0x10000, rune = p[0] & 0x07u;
	} else {
		return BITMARK_UTF8_INVALID;
	}
	if (left <= more)
		return BITMARK_UTF8_INVALID;
	for (size_t i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return BITMARK_UTF8_INVALID;
		rune = rune << 6 | (p[i] & 0x3fu);
	}
	/* ${lowest}: the least number that needs this many bytes. */
	if (rune < lowest || rune > 0x10ffff ||
	    (rune >= 0xd800 && rune <= 0xdfff))
		return BITMARK_UTF8_INVALID;
	*at += more;
	return rune;
}

size_t
bm_utf8_count(struct bitmark_span text)
{
	size_t count = 0;

	for (size_t at = 0; at < text.size; count++)
		(void)bitmark_utf8_next(text, &at);
	return count;
}

/* Room for a record of the usual size.  Bytes. */
#define FIRST_ROOM 1024

/* Doubling the room makes the cost of a text proportional to its length. */
static bool
grow(struct bm_json *j, size_t more)
{
	size_t capacity = (j->size + more + 1) * 2;
	char *grown;

	if (capacity < FIRST_ROOM)
		capacity = FIRST_ROOM;
	grown = realloc(j->text, capacity);
	if (grown == NULL) {
		j->failed = true;
		return false;
	}
	j->text = grown;
	j->capacity = capacity;
	return true;
}

/* Room for so many bytes and a NUL; false: there is none. */
static inline bool
has_room(struct bm_json *j, size_t more)
{
	/* "<" and not "<=": one byte is always kept for the NUL. */
	return !j->failed && (more < j->capacity - j->size || grow(j, more));
}

static inline void
add(struct bm_json *j, const void *text, size_t size)
{
	if (size == 0 || !has_room(j, size))
		return;
	memcpy(j->text + j->size, text, size);
	j->size += size;
	j->text[j->size] = '\0';
}

static void
add_text(struct bm_json *j, const char *text)
{
	add(j, text, strlen(text));
}

static void
add_number_escape(struct bm_json *j, uint32_t rune)
{
	char escape[sizeof "\\u0000"];

	snprintf(escape, sizeof escape, "\\u%04x", (unsigned)rune);
	add_text(j, escape);
}

/* The escape that has a text of its own, or NULL. */
static const char *
short_escape(uint32_t rune)
{
	switch (rune) {
	case '"': return "\\\"";
	case '\\': return "\\\\";
	case '\n': return "\\n";
	case '\r': return "\\r";
	case '\t': return "\\t";
	case BITMARK_UTF8_INVALID: return "\\ufffd";
	}
	return NULL;
}

/* One character, escaped when it has to be. */
static void
add_character(struct bm_json *j, struct bitmark_span value, size_t *at)
{
	const size_t start = *at;
	const uint32_t rune = bitmark_utf8_next(value, at);
	const char *escape = short_escape(rune);

	if (escape != NULL)
		add_text(j, escape);
	else if (rune < 0x20 || rune == '<' || rune == '>' ||
	    rune == '&' || rune == 0x2028 || rune == 0x2029)
		add_number_escape(j, rune);
	else
		add(j, value.data + start, *at - start);
}

/* A character by itself that needs no escape. */
static bool
is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\' &&
	    byte != '<' && byte != '>' && byte != '&';
}

static size_t
plain_length(struct bitmark_span value, size_t at)
{
	size_t end = at;

	while (end < value.size && is_plain(value.data[end]))
		end++;
	return end - at;
}

/*
 * A string as Go's json.Marshal writes it, byte for byte, so that a client
 * cannot tell which node answers.  Go differs from a plain JSON writer in four
 * ways: "<", ">" and "&" are escaped, so that the text can stand inside HTML;
 * so are U+2028 and U+2029, which end a line in JavaScript; an invalid byte
 * becomes U+FFFD, written as an escape; and backspace and form feed have no
 * short escape (Go gave them one in 1.22, long after v8.2).
 *
 * Most texts are plain, and are added at once.
 */
static void
add_escaped(struct bm_json *j, struct bitmark_span value)
{
	size_t plain;

	add(j, "\"", 1);
	for (size_t at = 0; at < value.size;) {
		plain = plain_length(value, at);
		add(j, value.data + at, plain);
		at += plain;
		if (at < value.size)
			add_character(j, value, &at);
	}
	add(j, "\"", 1);
}

/* Write what stands before a value: a comma unless it is the first of its
 * object or array, and the key of a member, which is a plain word of ours. */
static void
begin(struct bm_json *j, const char *key)
{
	if (j->comma)
		add(j, ",", 1);
	j->comma = true;
	if (key != NULL) {
		add(j, "\"", 1);
		add_text(j, key);
		add(j, "\":", 2);
	}
}

static void
open_bracket(struct bm_json *j, const char *key, const char *bracket)
{
	begin(j, key);
	add(j, bracket, 1);
	j->comma = false;
}

/* One flag serves all levels: behind a bracket that closes, the level around
 * it has at least one value, so a comma is due there. */
static void
close_bracket(struct bm_json *j, const char *bracket)
{
	add(j, bracket, 1);
	j->comma = true;
}

void
bm_json_object(struct bm_json *j, const char *key)
{
	open_bracket(j, key, "{");
}

void
bm_json_object_end(struct bm_json *j)
{
	close_bracket(j, "}");
}

void
bm_json_array(struct bm_json *j, const char *key)
{
	open_bracket(j, key, "[");
}

void
bm_json_array_end(struct bm_json *j)
{
	close_bracket(j, "]");
}

void
bm_json_string(struct bm_json *j, const char *key, struct bitmark_span value)
{
	begin(j, key);
	add_escaped(j, value);
}

void
bm_json_text(struct bm_json *j, const char *key, const char *value)
{
	bm_json_string(j, key, bm_span_of(value));
}

void
bm_json_hex(struct bm_json *j, const char *key, const uint8_t *data,
    size_t size)
{
	begin(j, key);
	add(j, "\"", 1);
	if (has_room(j, 2 * size)) {
		bitmark_hex_encode(data, size, j->text + j->size);
		j->size += 2 * size;
	}
	add(j, "\"", 1);
}

void
bm_json_number(struct bm_json *j, const char *key, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRIu64, value);
	bm_json_raw(j, key, digits);
}

void
bm_json_number_text(struct bm_json *j, const char *key, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof digits, "\"%" PRIu64 "\"", value);
	bm_json_raw(j, key, digits);
}

void
bm_json_bool(struct bm_json *j, const char *key, bool value)
{
	bm_json_raw(j, key, value ? "true" : "false");
}

void
bm_json_null(struct bm_json *j, const char *key)
{
	bm_json_raw(j, key, "null");
}

void
bm_json_raw(struct bm_json *j, const char *key, const char *value)
{
	begin(j, key);
	add_text(j, value);
}

bitmark_status
bm_json_take(struct bm_json *j, char **text, size_t *size)
{
	if (j->failed || j->text == NULL) {
		free(j->text);
		*j = (struct bm_json){ 0 };
		return BITMARK_E_NOMEM;
	}
	*text = j->text;
	if (size != NULL)
		*size = j->size;
	*j = (struct bm_json){ 0 };
	return BITMARK_OK;
}
