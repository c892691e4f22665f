/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A JSON writer with one buffer that doubles, up to ${max}. The first failure
 * is remembered in ${failed} and later calls do nothing, so that callers check
 * once, at the end.
 */
#include "explorer/out.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/codec.h>

#define FIRST_ROOM 4096
/* U+FFFD, in place of a byte that is no UTF-8. */
#define REPLACEMENT "\xef\xbf\xbd"
/* A number as text, of whatever kind. */
#define NUMBER_MAX 32

/* Make room for ${more} bytes. ${size} never exceeds ${max}, so the subtraction
 * cannot wrap, and as ${max} is far below SIZE_MAX the doubling ends. */
static bool
grow(struct out *out, size_t more)
{
	size_t capacity = out->capacity > 0 ? out->capacity : FIRST_ROOM;
	char *data;

	if (out->failed || more > out->max - out->size) {
		out->failed = true;
		return false;
	}
	while (capacity - out->size < more)
		capacity *= 2;
	if (capacity == out->capacity)
		return true;
	data = realloc(out->data, capacity);
	if (data == NULL) {
		out->failed = true;
		return false;
	}
	out->data = data;
	out->capacity = capacity;
	return true;
}

void
out_raw(struct out *out, const char *data, size_t size)
{
	if (size == 0 || !grow(out, size))
		return;
	memcpy(out->data + out->size, data, size);
	out->size += size;
}

/* The comma belongs to the value behind it, because a value does not know
 * whether it is the last one. */
static void
begin_value(struct out *out)
{
	if (out->comma)
		out_raw(out, ",", 1);
	out->comma = true;
}

void
out_value(struct out *out, const char *json, size_t size)
{
	begin_value(out);
	out_raw(out, json, size);
}

/* --- objects and arrays --------------------------------------------------- */

/* No comma follows an opening bracket, and one may follow a closing bracket: so
 * one flag is enough for all levels. */
static void
open_with(struct out *out, const char *bracket)
{
	out_value(out, bracket, 1);
	out->comma = false;
}

static void
close_with(struct out *out, const char *bracket)
{
	out_raw(out, bracket, 1);
	out->comma = true;
}

void
out_object(struct out *out)
{
	open_with(out, "{");
}

void
out_object_end(struct out *out)
{
	close_with(out, "}");
}

void
out_array(struct out *out)
{
	open_with(out, "[");
}

void
out_array_end(struct out *out)
{
	close_with(out, "]");
}

void
out_key(struct out *out, const char *key)
{
	out_text(out, key);
	out_raw(out, ":", 1);
	out->comma = false;
}

/* --- values --------------------------------------------------------------- */

void
out_null(struct out *out)
{
	out_value(out, "null", 4);
}

void
out_bool(struct out *out, bool value)
{
	out_value(out, value ? "true" : "false", value ? 4 : 5);
}

void
out_number(struct out *out, uint64_t value)
{
	char text[NUMBER_MAX];
	int size = snprintf(text, sizeof text, "%" PRIu64, value);

	out_value(out, text, (size_t)size);
}

/* JSON has no infinity and no NaN; both become 0. */
void
out_real(struct out *out, double value)
{
	char text[NUMBER_MAX];
	int size = snprintf(text, sizeof text, "%.12g",
	    isfinite(value) ? value : 0.0);

	out_value(out, text, (size_t)size);
}

/* A text, because JavaScript reads numbers as doubles and loses digits above
 * 2^53. */
void
out_big(struct out *out, uint64_t value)
{
	char text[NUMBER_MAX];
	int size = snprintf(text, sizeof text, "\"%" PRIu64 "\"", value);

	out_value(out, text, (size_t)size);
}

void
out_text(struct out *out, const char *text)
{
	out_span(out, (struct bitmark_span){ (const uint8_t *)text,
	    strlen(text) });
}

/* Put one character. JSON demands escapes for quotes, backslashes and control
 * characters; a byte that is no UTF-8 becomes U+FFFD, so that the document
 * stays valid whatever is in a record. */
static void
put_character(struct out *out, uint32_t point, const char *bytes, size_t size)
{
	char escaped[8];
	int length;

	if (point == BITMARK_UTF8_INVALID)
		out_raw(out, REPLACEMENT, strlen(REPLACEMENT));
	else if (point == '"' || point == '\\')
		out_raw(out, point == '"' ? "\\\"" : "\\\\", 2);
	else if (point < 0x20 || point == 0x7f) {
		length = snprintf(escaped, sizeof escaped, "\\u%04x",
		    (unsigned)point);
		out_raw(out, escaped, (size_t)length);
	} else
		out_raw(out, bytes, size);
}

void
out_span(struct out *out, struct bitmark_span text)
{
	size_t at = 0, from;
	uint32_t point;

	out_value(out, "\"", 1);
	while (at < text.size) {
		from = at;
		point = bitmark_utf8_next(text, &at);
		put_character(out, point, (const char *)text.data + from,
		    at - from);
	}
	out_raw(out, "\"", 1);
}

/* The encoder writes straight into the buffer, with a NUL at the end, which the
 * closing quote overwrites. */
static void
put_hex(struct out *out, void (*encode)(const uint8_t *data, size_t size,
    char *text), const uint8_t *data, size_t size)
{
	out_value(out, "\"", 1);
	if (grow(out, 2 * size + 1)) {
		encode(data, size, out->data + out->size);
		out->size += 2 * size;
	}
	out_raw(out, "\"", 1);
}

void
out_hex(struct out *out, const uint8_t *data, size_t size)
{
	put_hex(out, bitmark_hex_encode, data, size);
}

void
out_hex_reversed(struct out *out, const uint8_t *data, size_t size)
{
	put_hex(out, bitmark_hex_encode_reversed, data, size);
}

/* --- members -------------------------------------------------------------- */

void
out_key_number(struct out *out, const char *key, uint64_t value)
{
	out_key(out, key);
	out_number(out, value);
}

void
out_key_text(struct out *out, const char *key, const char *text)
{
	out_key(out, key);
	out_text(out, text);
}

void
out_key_hex(struct out *out, const char *key, const uint8_t *data,
    size_t size)
{
	out_key(out, key);
	out_hex(out, data, size);
}

/* bitmarkd shows ids from their last byte on. People compare with that form
 * ("Display"), programs use the other one. */
void
out_key_id(struct out *out, const char *key, const uint8_t *id)
{
	char display[NUMBER_MAX];

	out_key_hex(out, key, id, BITMARK_SHA3_256_SIZE);
	snprintf(display, sizeof display, "%sDisplay", key);
	out_key(out, display);
	out_hex_reversed(out, id, BITMARK_SHA3_256_SIZE);
}
