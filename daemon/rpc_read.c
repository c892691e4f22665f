/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * JSON as Go reads it. Jansson's own parser is not used, because it differs
 * from Go: it refuses texts that Go accepts, and errors must be the same.
 * Source: Go encoding/json scanner, decode.go unquoteBytes
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <bitmarkpeer/codec.h>

#include "rpc_bounds.h"
#include "rpc_json.h"

struct reader {
	const char *text, *at, *end;
	unsigned depth;                 /* arrays and objects around        */
	unsigned values;                /* that were begun                  */
	struct rpc_read *read;
	bool failed;
};

static json_t *read_value(struct reader *r);

static json_t *
fail(struct reader *r)
{
	r->failed = true;
	return NULL;
}

/* ${value} is NULL when memory ran out; then the text is not to blame, and the
 * caller must not answer that it is. */
static json_t *
made(struct reader *r, json_t *value)
{
	if (value == NULL) {
		r->read->no_memory = true;
		r->failed = true;
	}
	return value;
}

static void
skip_space(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' ||
	    *r->at == '\r' || *r->at == '\n'))
		r->at++;
}

/* Take the character when it is the next one. */
static bool
take(struct reader *r, char c)
{
	skip_space(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static json_t *
read_word(struct reader *r, const char *word, json_t *value)
{
	size_t size = strlen(word);

	if ((size_t)(r->end - r->at) < size ||
	    memcmp(r->at, word, size) != 0) {
		json_decref(value);
		return fail(r);
	}
	r->at += size;
	return made(r, value);
}

/*
 * Numbers.
 */

static size_t
skip_digits(struct reader *r)
{
	const char *start = r->at;

	while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
		r->at++;
	return (size_t)(r->at - start);
}

/* Move behind a number; *${whole} is true when it has neither a fraction nor an
 * exponent. */
static bool
skip_number(struct reader *r, bool *whole)
{
	const char *start;
	size_t digits;

	*whole = true;
	if (*r->at == '-')
		r->at++;
	start = r->at;
	digits = skip_digits(r);
	if (digits == 0 || (digits > 1 && *start == '0'))
		return false;
	if (r->at < r->end && *r->at == '.') {
		r->at++;
		*whole = false;
		if (skip_digits(r) == 0)
			return false;
	}
	if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
		r->at++;
		*whole = false;
		if (r->at < r->end && (*r->at == '+' || *r->at == '-'))
			r->at++;
		if (skip_digits(r) == 0)
			return false;
	}
	return true;
}

/* A number that Jansson has no integer for.  Most are no argument, but errors show
 * them as they are written, which no double can.  So the value is where it stands;
 * the half keeps it a real number wherever it is written. */
static json_t *
make_real(struct reader *r, const char *start)
{
	return made(r, json_real((double)(start - r->text) + 0.5));
}

/* Numbers above INT64_MAX become text, as Jansson's integers are signed;
 * rpc_u64 reads both. */
static json_t *
read_number(struct reader *r)
{
	const char *start = r->at;
	char digits[24];                /* 2^64 has 20 */
	long long small;
	bool whole;
	size_t size;

	if (!skip_number(r, &whole))
		return fail(r);
	size = (size_t)(r->at - start);
	if (!whole || size >= sizeof digits)
		return make_real(r, start);
	memcpy(digits, start, size);
	digits[size] = '\0';
	errno = 0;
	small = strtoll(digits, NULL, 10);
	/* "-0" is no number without sign. */
	return errno != 0 || (small == 0 && digits[0] == '-') ?
	    make_real(r, start) : made(r, json_integer(small));
}

/*
 * Strings.
 */

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
read_escaped(struct reader *r)
{
	uint32_t rune = four_digits(r->at, r->end), low = 0;

	if (rune == UINT32_MAX) {
		(void)fail(r);
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
read_escape(struct reader *r)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *name;

	if (r->at == r->end) {
		(void)fail(r);
		return 0;
	}
	if (*r->at == 'u') {
		r->at++;
		return read_escaped(r);
	}
	name = *r->at == '\0' ? NULL : strchr(names, *r->at);
	if (name == NULL) {
		(void)fail(r);
		return 0;
	}
	r->at++;
	return (uint8_t)means[name - names];
}

/* One character, as itself. */
static uint32_t
read_plain(struct reader *r)
{
	struct bitmark_span rest = { (const uint8_t *)r->at,
	    (size_t)(r->end - r->at) };
	size_t used = 0;
	uint32_t rune = bitmark_utf8_next(rest, &used);

	if (rune < 0x20)
		(void)fail(r);
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
static char *
read_text(struct reader *r, size_t *size)
{
	const char *quote;
	char *text;

	if (!take(r, '"'))
		return (char *)fail(r);
	quote = r->at;
	while (quote < r->end && *quote != '"')
		quote += *quote == '\\' && r->end - quote > 1 ? 2 : 1;
	text = malloc(3 * (size_t)(quote - r->at) + 1);
	if (text == NULL)
		return (char *)made(r, NULL);
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
	if (!r->failed && !take(r, '"'))
		(void)fail(r);
	if (!r->failed) {
		text[*size] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

static json_t *
read_string(struct reader *r)
{
	size_t size = 0;
	char *text = read_text(r, &size);
	json_t *value = text == NULL ? NULL :
	    made(r, json_stringn_nocheck(text, size));

	free(text);
	return value;
}

/*
 * Arrays and objects.
 */

static json_t *
read_array(struct reader *r)
{
	json_t *array = made(r, json_array());
	bool more = !take(r, ']');

	while (!r->failed && more) {
		json_t *value = read_value(r);

		if (value != NULL && json_array_append_new(array, value) != 0)
			(void)made(r, NULL);
		more = !r->failed && take(r, ',');
		if (!r->failed && !more && !take(r, ']'))
			(void)fail(r);
	}
	return array;
}

/* A null behind a number or truth of the same key leaves that as it was.  Go does
 * the same with texts, but for accounts; here these are gone. */
static bool
is_passed_over(const json_t *before, const json_t *value)
{
	return json_is_null(value) && (json_is_number(before) ||
	    json_is_boolean(before));
}

/* A key with NUL in it is none that any method knows. */
static void
put_member(struct reader *r, json_t *object, const char *key, json_t *value)
{
	if (is_passed_over(json_object_get(object, key), value)) {
		json_decref(value);
		return;
	}
	(void)json_object_del(object, key);
	if (json_object_set_new_nocheck(object, key, value) != 0)
		(void)made(r, NULL);
}

/* Go takes the long s and the Kelvin sign for the other case of s and k. */
static void
fold_key(char *key, size_t *size)
{
	char *to = key;

	for (const char *at = key; at < key + *size;) {
		if (strncmp(at, "\xc5\xbf", 2) == 0) {
			*to++ = 's';
			at += 2;
		} else if (strncmp(at, "\xe2\x84\xaa", 3) == 0) {
			*to++ = 'k';
			at += 3;
		} else {
			*to++ = *at++;
		}
	}
	*to = '\0';
	*size = (size_t)(to - key);
}

static void
read_member(struct reader *r, json_t *object)
{
	const char *start;
	size_t size = 0;
	json_t *value;
	char *key;

	skip_space(r);
	key = read_text(r, &size);
	if (key == NULL)
		return;
	if (!take(r, ':')) {
		(void)fail(r);
		free(key);
		return;
	}
	fold_key(key, &size);
	skip_space(r);
	start = r->at;
	value = read_value(r);
	if (value != NULL && strlen(key) == size) {
		if (r->depth == 1 && strcasecmp(key, "id") == 0)
			r->read->id = (struct rpc_part){ start,
			    (size_t)(r->at - start) };
		put_member(r, object, key, value);
	} else {
		json_decref(value);
	}
	free(key);
}

static json_t *
read_object(struct reader *r)
{
	json_t *object = made(r, json_object());
	bool more = !take(r, '}');

	while (!r->failed && more) {
		read_member(r, object);
		more = !r->failed && take(r, ',');
		if (!r->failed && !more && !take(r, '}'))
			(void)fail(r);
	}
	return object;
}

/* RPC_DEPTH_MAX bounds the recursion, and so the stack. */
static json_t *
read_bracket(struct reader *r)
{
	json_t *value;

	if (r->depth == RPC_DEPTH_MAX)
		return fail(r);
	r->depth++;
	value = *r->at++ == '[' ? read_array(r) : read_object(r);
	r->depth--;
	if (!r->failed)
		return value;
	json_decref(value);
	return NULL;
}

/* RPC_VALUES_MAX bounds the memory: each value costs far more than the two
 * bytes that it may be written in. */
static json_t *
read_value(struct reader *r)
{
	skip_space(r);
	if (r->failed || r->at == r->end || ++r->values > RPC_VALUES_MAX)
		return fail(r);
	switch (*r->at) {
	case '{':
	case '[':
		return read_bracket(r);
	case '"':
		return read_string(r);
	case 't':
		return read_word(r, "true", json_true());
	case 'f':
		return read_word(r, "false", json_false());
	case 'n':
		return read_word(r, "null", json_null());
	default:
		return read_number(r);
	}
}

void
rpc_json_read(const char *text, size_t size, struct rpc_read *read)
{
	struct reader r = { .text = text, .at = text, .end = text + size, .read = read };

	*read = (struct rpc_read){ 0 };
	read->value = read_value(&r);
	skip_space(&r);
	if (!r.failed && r.at != r.end)
		(void)fail(&r);
	if (r.failed) {
		json_decref(read->value);
		read->value = NULL;
	}
}

/* Go compares keys without regard to case, and the last one that matches
 * counts. */
json_t *
rpc_json_get(const json_t *object, const char *key)
{
	json_t *all = (json_t *)object;         /* iterating changes nothing */
	json_t *found = NULL;

	for (void *at = json_object_iter(all); at != NULL;
	    at = json_object_iter_next(all, at))
		if (strcasecmp(json_object_iter_key(at), key) == 0 &&
		    !is_passed_over(found, json_object_iter_value(at)))
			found = json_object_iter_value(at);
	return found;
}
