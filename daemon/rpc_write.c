/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * JSON as Go writes it, byte for byte: clients of bitmarkd may compare texts.
 * Source: Go encoding/json encode.go encodeState.string, indent.go compact
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc_json.h"

/* Append bytes. A failure is remembered, so that callers check it once at the
 * end. Doubling the room makes the cost proportional to the length of the text.
 */
void
rpc_text_add(struct rpc_text *text, const void *data, size_t size)
{
	if (text->failed)
		return;
	/* One byte is always kept for the NUL. */
	if (size >= text->capacity - text->size) {
		size_t capacity = (text->size + size + 64) * 2;
		char *grown = realloc(text->data, capacity);

		if (grown == NULL) {
			text->failed = true;
			return;
		}
		text->data = grown;
		text->capacity = capacity;
	}
	memcpy(text->data + text->size, data, size);
	text->size += size;
	text->data[text->size] = '\0';
}

void
rpc_text_add_string(struct rpc_text *text, const char *string)
{
	rpc_text_add(text, string, strlen(string));
}

/* U+2028 and U+2029 end a line in JavaScript, so Go escapes them. */
static bool
is_line_end(const char *at, size_t left)
{
	return left >= 3 && (uint8_t)at[0] == 0xe2 && (uint8_t)at[1] == 0x80 &&
	    ((uint8_t)at[2] == 0xa8 || (uint8_t)at[2] == 0xa9);
}

/* Escapes that Go makes everywhere, also in JSON that it only passes on.
 * Returns the number of bytes that were taken, or 0. */
static size_t
escape_html(struct rpc_text *text, const char *at, size_t left)
{
	char escape[sizeof "\\u0000"];

	if (*at == '<' || *at == '>' || *at == '&') {
		snprintf(escape, sizeof escape, "\\u%04x", (unsigned)*at);
		rpc_text_add_string(text, escape);
		return 1;
	}
	if (!is_line_end(at, left))
		return 0;
	rpc_text_add_string(text, (uint8_t)at[2] == 0xa8 ? "\\u2028" :
	    "\\u2029");
	return 3;
}

/* Go of both releases has no short form for backspace and form feed. */
static const char *
short_escape(char c)
{
	switch (c) {
	case '"': return "\\\"";
	case '\\': return "\\\\";
	case '\n': return "\\n";
	case '\r': return "\\r";
	case '\t': return "\\t";
	}
	return NULL;
}

/* Escape one character of a string. Returns the number of bytes that were
 * taken; 0: it needs no escape. */
static size_t
escape(struct rpc_text *text, const char *at, size_t left)
{
	char number[sizeof "\\u0000"];
	const char *named = short_escape(*at);

	if (named != NULL) {
		rpc_text_add_string(text, named);
		return 1;
	}
	if ((uint8_t)*at >= 0x20)
		return escape_html(text, at, left);
	snprintf(number, sizeof number, "\\u%04x", (unsigned)*at);
	rpc_text_add_string(text, number);
	return 1;
}

/* JSON that is written as it is. Jansson has no type for that, so it is a
 * string with a mark in front, which no text from outside can have. */
json_t *
rpc_json_raw(const char *text, size_t size)
{
	char *marked = malloc(size + 1);
	json_t *value = NULL;

	if (marked != NULL) {
		marked[0] = RPC_RAW;
		memcpy(marked + 1, text, size);
		value = json_stringn_nocheck(marked, size + 1);
	}
	free(marked);
	return value;
}

/* May the byte need an escape? 0xe2 begins U+2028, and many characters that
 * need none. */
static bool
may_escape(char c)
{
	return (uint8_t)c < 0x20 || (uint8_t)c == 0xe2 || c == '"' ||
	    c == '\\' || c == '<' || c == '>' || c == '&';
}

/* Runs of bytes that need no escape are copied in one piece. */
void
rpc_text_add_quoted(struct rpc_text *text, const char *string, size_t size)
{
	size_t plain = 0;

	rpc_text_add(text, "\"", 1);
	for (size_t at = 0; at < size;) {
		size_t used;

		if (!may_escape(string[at])) {
			at++;
			continue;
		}
		rpc_text_add(text, string + plain, at - plain);
		used = escape(text, string + at, size - at);
		plain = at + used;
		at += used == 0 ? 1 : used;
	}
	rpc_text_add(text, string + plain, size - plain);
	rpc_text_add(text, "\"", 1);
}

/* A string with the mark of rpc_json_raw is JSON already. */
static void
write_string(struct rpc_text *text, const char *string, size_t size)
{
	if (size > 0 && string[0] == RPC_RAW)
		rpc_text_add(text, string + 1, size - 1);
	else
		rpc_text_add_quoted(text, string, size);
}

/* Go writes the shortest digits that read back as the same number; they are
 * found by trying one precision after the other. */
static void
write_real(struct rpc_text *text, double value)
{
	char digits[32];

	for (int precision = 1; precision <= 17; precision++) {
		snprintf(digits, sizeof digits, "%.*g", precision, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	/* C switches to an exponent sooner than Go, which does at 1e21. */
	if (strchr(digits, 'e') != NULL && value < 1e21 && value >= 1)
		snprintf(digits, sizeof digits, "%.0f", value);
	rpc_text_add_string(text, digits);
}

/* The recursion is as deep as the values of our own replies, or as a request's,
 * which RPC_DEPTH_MAX bounds. */
static void
write_array(struct rpc_text *text, const json_t *array)
{
	rpc_text_add(text, "[", 1);
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (i > 0)
			rpc_text_add(text, ",", 1);
		rpc_json_write(text, json_array_get(array, i));
	}
	rpc_text_add(text, "]", 1);
}

/* Members keep the order in which they were put in. Jansson's iterator takes no
 * const pointer, but does not change the object. */
static void
write_object(struct rpc_text *text, const json_t *object)
{
	json_t *all = (json_t *)object;         /* iterating changes nothing */
	void *at = json_object_iter(all);

	rpc_text_add(text, "{", 1);
	while (at != NULL) {
		const char *key = json_object_iter_key(at);

		write_string(text, key, strlen(key));
		rpc_text_add(text, ":", 1);
		rpc_json_write(text, json_object_iter_value(at));
		at = json_object_iter_next(all, at);
		if (at != NULL)
			rpc_text_add(text, ",", 1);
	}
	rpc_text_add(text, "}", 1);
}

/* Integers are written as unsigned, because all numbers of replies are; Jansson
 * keeps them signed. */
void
rpc_json_write(struct rpc_text *text, const json_t *value)
{
	char digits[24];

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		write_object(text, value);
		break;
	case JSON_ARRAY:
		write_array(text, value);
		break;
	case JSON_STRING:
		write_string(text, json_string_value(value),
		    json_string_length(value));
		break;
	case JSON_INTEGER:
		snprintf(digits, sizeof digits, "%" PRIu64,
		    (uint64_t)json_integer_value(value));
		rpc_text_add_string(text, digits);
		break;
	case JSON_REAL:
		write_real(text, json_real_value(value));
		break;
	case JSON_TRUE:
		rpc_text_add_string(text, "true");
		break;
	case JSON_FALSE:
		rpc_text_add_string(text, "false");
		break;
	case JSON_NULL:
		rpc_text_add_string(text, "null");
		break;
	}
}

/* Copy JSON of a request without its white space, as Go does with an id that it
 * passes on. A backslash inside quotes takes the next byte along, so an escaped
 * quote does not end the string. */
void
rpc_json_compact(struct rpc_text *text, struct rpc_part json)
{
	bool quoted = false;

	for (size_t at = 0; at < json.size;) {
		const char *c = json.data + at;
		size_t used = escape_html(text, c, json.size - at);

		if (used == 0 && !quoted && strchr(" \t\r\n", *c) != NULL) {
			used = 1;
		} else if (used == 0) {
			used = quoted && *c == '\\' ? 2 : 1;
			quoted ^= *c == '"';
			rpc_text_add(text, c, used);
		}
		at += used;
	}
}
