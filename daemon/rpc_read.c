/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * JSON as Go reads it. Jansson's own parser is not used, because it differs
 * from Go: it refuses texts that Go accepts, and errors must be the same.
 * Source: Go encoding/json scanner
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <bitmarkpeer/codec.h>

#include "rpc_bounds.h"
#include "rpc_json_impl.h"

/* Room behind a key for the mark and number of a repeated one, with NUL. */
#define KEY_MORE 12

static json_t *read_value(struct rpc_reader *r);

/* ${value} is NULL when memory ran out; then the text is not to blame, and the
 * caller must not answer that it is. */
static json_t *
made(struct rpc_reader *r, json_t *value)
{
	if (value == NULL) {
		r->read->no_memory = true;
		r->failed = true;
	}
	return value;
}

static json_t *
read_word(struct rpc_reader *r, const char *word, json_t *value)
{
	size_t size = strlen(word);

	if ((size_t)(r->end - r->at) < size ||
	    memcmp(r->at, word, size) != 0) {
		json_decref(value);
		return rpc_reader_fail(r);
	}
	r->at += size;
	return made(r, value);
}

/*
 * Numbers.
 */

static size_t
skip_digits(struct rpc_reader *r)
{
	const char *start = r->at;

	while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
		r->at++;
	return (size_t)(r->at - start);
}

/* Move behind a number; *${whole} is true when it has neither a fraction nor an
 * exponent. */
static bool
skip_number(struct rpc_reader *r, bool *whole)
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
make_real(struct rpc_reader *r, const char *start)
{
	return made(r, json_real((double)(start - r->text) + 0.5));
}

/* Numbers above INT64_MAX become text, as Jansson's integers are signed;
 * rpc_u64 reads both. */
static json_t *
read_number(struct rpc_reader *r)
{
	const char *start = r->at;
	char digits[24];                /* 2^64 has 20 */
	long long small;
	bool whole;
	size_t size;

	if (!skip_number(r, &whole))
		return rpc_reader_fail(r);
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

static json_t *
read_string(struct rpc_reader *r)
{
	size_t size = 0;
	char *text = rpc_reader_text(r, 0, &size);
	json_t *value = text == NULL ? NULL :
	    made(r, json_stringn_nocheck(text, size));

	free(text);
	return value;
}

/*
 * Arrays and objects.
 */

static json_t *
read_array(struct rpc_reader *r)
{
	json_t *array = made(r, json_array());
	bool more = !rpc_reader_take(r, ']');

	while (!r->failed && more) {
		json_t *value = read_value(r);

		if (value != NULL && json_array_append_new(array, value) != 0)
			(void)made(r, NULL);
		more = !r->failed && rpc_reader_take(r, ',');
		if (!r->failed && !more && !rpc_reader_take(r, ']'))
			(void)rpc_reader_fail(r);
	}
	return array;
}

/* Go stores each member as it reads it, into the same place when a key is
 * repeated, so the order of all of them counts.  An object of Jansson has a key
 * once: each further one gets a mark and a number, which rpc_json_is takes for
 * the end of the key. */
static void
put_member(struct rpc_reader *r, json_t *object, char *key, size_t size,
    json_t *value)
{
	if (json_object_get(object, key) != NULL)
		snprintf(key + size, KEY_MORE, "%c%u", RPC_RAW, r->values);
	if (json_object_set_new_nocheck(object, key, value) != 0)
		(void)made(r, NULL);
}

/* Go takes the long s and the Kelvin sign for the other case of s and k.  A NUL
 * becomes another character: no name that is looked for has either. */
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
			*to++ = *at == '\0' ? '\1' : *at;
			at++;
		}
	}
	*to = '\0';
	*size = (size_t)(to - key);
}

static void
read_member(struct rpc_reader *r, json_t *object)
{
	const char *start;
	size_t size = 0;
	json_t *value;
	char *key;

	rpc_reader_space(r);
	key = rpc_reader_text(r, KEY_MORE, &size);
	if (key == NULL)
		return;
	if (!rpc_reader_take(r, ':')) {
		(void)rpc_reader_fail(r);
		free(key);
		return;
	}
	fold_key(key, &size);
	rpc_reader_space(r);
	start = r->at;
	value = read_value(r);
	if (r->depth == 1 && strcasecmp(key, "id") == 0)
		r->read->id = (struct rpc_part){ start,
		    (size_t)(r->at - start) };
	if (value != NULL)
		put_member(r, object, key, size, value);
	free(key);
}

static json_t *
read_object(struct rpc_reader *r)
{
	json_t *object = made(r, json_object());
	bool more = !rpc_reader_take(r, '}');

	while (!r->failed && more) {
		read_member(r, object);
		more = !r->failed && rpc_reader_take(r, ',');
		if (!r->failed && !more && !rpc_reader_take(r, '}'))
			(void)rpc_reader_fail(r);
	}
	return object;
}

/* RPC_DEPTH_MAX bounds the recursion, and so the stack. */
static json_t *
read_bracket(struct rpc_reader *r)
{
	json_t *value;

	if (r->depth == RPC_DEPTH_MAX)
		return rpc_reader_fail(r);
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
read_value(struct rpc_reader *r)
{
	rpc_reader_space(r);
	if (r->failed || r->at == r->end || ++r->values > RPC_VALUES_MAX)
		return rpc_reader_fail(r);
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
	struct rpc_reader r = { .text = text, .at = text, .end = text + size, .read = read };

	*read = (struct rpc_read){ 0 };
	read->value = read_value(&r);
	rpc_reader_space(&r);
	if (!r.failed && r.at != r.end)
		(void)rpc_reader_fail(&r);
	if (r.failed) {
		json_decref(read->value);
		read->value = NULL;
	}
}

bool
rpc_json_is(const char *key, const char *name)
{
	const size_t size = strlen(name);

	return strncasecmp(key, name, size) == 0 &&
	    (key[size] == '\0' || key[size] == RPC_RAW);
}

/* A null behind a text, number or truth leaves that as it was. */
json_t *
rpc_json_get(const json_t *object, const char *key)
{
	json_t *all = (json_t *)object;         /* iterating changes nothing */
	json_t *found = NULL, *value;

	for (void *at = json_object_iter(all); at != NULL;
	    at = json_object_iter_next(all, at)) {
		value = json_object_iter_value(at);
		if (rpc_json_is(json_object_iter_key(at), key) &&
		    (!json_is_null(value) || json_is_array(found) ||
		    json_is_object(found)))
			found = value;
	}
	return found;
}
