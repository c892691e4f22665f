/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Errors of arguments in Go's words, and numbers.
 * Source: Go encoding/json decode.go literalStore, strconv quote.go
 */
#include "rpc_call_impl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc_json.h"

/* Longest path of members: "escrow.currency". */
#define PATH_MAX_SIZE 64

/*
 * Errors.
 */

/* The name of a type in Go; those of structs come from their tables. */
static const char *
kind_name(enum rpc_kind kind)
{
	static const char *const names[] = {
		[RPC_INT] = "int", [RPC_U64] = "uint64",
		[RPC_QUOTED] = "uint64", [RPC_QUOTED_0_16] = "uint64",
		[RPC_BOOL] = "bool", [RPC_STRING] = "string",
		[RPC_BYTES] = "[]uint8", [RPC_DIGEST] = "merkle.Digest",
		[RPC_ASSET_ID] = "transactionrecord.AssetIdentifier",
		[RPC_PAY_ID] = "pay.PayId",
		[RPC_SIGNATURE] = "account.Signature",
		[RPC_ACCOUNT] = "*account.Account",
		[RPC_CURRENCY] = "currency.Currency",
		[RPC_ADDRESSES] = "currency.Map",
		[RPC_STRINGS] = "[]string", [RPC_OBJECT] = "",
		[RPC_OBJECTS] = "[]*",
	};

	return names[kind];
}

/* Remember the first error of a type: ${what} was found where ${type} is wanted,
 * of which ${star} stands in front. */
void
rpc_walk_wrong(struct rpc_walk *w, const char *key, const char *what, const char *star,
    const char *type)
{
	char path[PATH_MAX_SIZE];

	if (w->call->error != NULL)
		return;
	snprintf(path, sizeof path, "%s%s%s", w->outer != NULL ? w->outer : "",
	    w->outer != NULL ? "." : "", key);
	(void)rpc_unreadable(w->call, "json: cannot unmarshal %s into Go "
	    "struct field %s.%s of type %s%s", what, w->type, path, star,
	    type);
}

void
rpc_walk_wrong_kind(struct rpc_walk *w, const struct rpc_member *m, const json_t *value)
{
	rpc_walk_wrong(w, m->key, rpc_kind(value), kind_name(m->kind), m->of == NULL ?
	    "" : m->of->name[w->call->from->form]);
}

/* Go tells the number that an integer cannot be. */
void
rpc_walk_wrong_digits(struct rpc_walk *w, const struct rpc_member *m, const char *digits,
    const char *type)
{
	char what[RPC_LITERAL_SIZE + sizeof "number "];

	snprintf(what, sizeof what, "number %s", digits);
	rpc_walk_wrong(w, m->key, what, "", type);
}

static void
wrong_number(struct rpc_walk *w, const struct rpc_member *m, const char *digits)
{
	rpc_walk_wrong_digits(w, m, digits, kind_name(m->kind));
}

/* Characters that are not ASCII and that Go's %q escapes: controls, spaces and
 * marks that have no picture.  The many code points without a meaning are left
 * out, as no client reads these texts. */
static bool
is_unprintable(uint32_t rune)
{
	static const uint32_t ranges[][2] = { { 0x7f, 0xa0 }, { 0xad, 0xad },
		{ 0x2000, 0x200f }, { 0x2028, 0x202f }, { 0x205f, 0x206f },
		{ 0x3000, 0x3000 }, { 0xe000, 0xf8ff }, { 0xfeff, 0xfeff } };

	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
		if (rune >= ranges[i][0] && rune <= ranges[i][1])
			return true;
	return false;
}

/* One character between quotes, as Go's %q writes it: what cannot be printed is
 * escaped.  Returns the room that it took. */
static size_t
quote(char *out, size_t room, struct bitmark_span text, size_t *used)
{
	static const char controls[] = "\a\b\t\n\v\f\r";
	static const char names[] = "abtnvfr";  /* of these */
	const uint8_t c = text.data[0];
	const char *control = c != 0 ? strchr(controls, c) : NULL;
	uint32_t rune;

	*used = 0;
	rune = bitmark_utf8_next(text, used);
	if (c == '"' || c == '\\')
		return (size_t)snprintf(out, room, "\\%c", c);
	if (control != NULL)
		return (size_t)snprintf(out, room, "\\%c",
		    names[control - controls]);
	if (c < 0x20 || c == 0x7f)
		return (size_t)snprintf(out, room, "\\x%02x", c);
	if (is_unprintable(rune))
		return (size_t)snprintf(out, room, "\\u%04x", rune);
	return (size_t)snprintf(out, room, "%.*s", (int)*used,
	    (const char *)text.data);
}

/* A text that is no number, where one in quotes is wanted; NULL: it is no text at
 * all. */
static void
wrong_quoted(struct rpc_walk *w, const json_t *text)
{
	struct bitmark_span rest = {
		(const uint8_t *)json_string_value(text),
		json_string_length(text) };
	char shown[RPC_LITERAL_SIZE] = "unquoted value";
	size_t at = 0;

	if (w->call->error != NULL)
		return;
	if (text != NULL)
		shown[at++] = '"';
	while (text != NULL && rest.size > 0 && at < sizeof shown - 16) {
		size_t used;

		at += quote(shown + at, sizeof shown - at, rest, &used);
		rest.data += used;
		rest.size -= used;
	}
	if (text != NULL)
		memcpy(shown + at, "\"", 2);
	(void)rpc_unreadable(w->call, "json: invalid use of ,string struct "
	    "tag, trying to unmarshal %s into uint64", shown);
}

/* An error that Go tells at once. */
void
rpc_walk_stop(struct rpc_walk *w, const char *error)
{
	(void)rpc_unreadable(w->call, "%s", error);
	w->stopped = true;
}

/*
 * Numbers.
 */

/* Digits as a value; NULL: they are no number of the kind. */
static json_t *
plain_number(enum rpc_kind kind, const char *digits)
{
	const bool minus = kind == RPC_INT && digits[0] == '-';
	const size_t count = strspn(digits + minus, "0123456789");
	unsigned long long large;
	long long small;

	if (count == 0 || digits[minus + count] != '\0')
		return NULL;
	errno = 0;
	small = strtoll(digits, NULL, 10);
	if (errno == 0)
		return json_integer(small);
	errno = 0;
	large = strtoull(digits, NULL, 10);
	return kind == RPC_INT || errno != 0 ? NULL :
	    json_sprintf("%llu", large);
}

/* A number that was written without quotes; NULL: it is none of the kind. */
json_t *
rpc_walk_bare(struct rpc_walk *w, enum rpc_kind kind, const json_t *value,
    char digits[RPC_LITERAL_SIZE])
{
	rpc_literal(w->call, value, digits);
	return plain_number(kind, digits);
}

/* A text has no NUL in front of its end if it is a number. */
static json_t *
quoted_number(enum rpc_kind kind, const json_t *value)
{
	const char *text = json_string_value(value);

	return strlen(text) == json_string_length(value) ?
	    plain_number(kind, text) : NULL;
}

/* A text that begins as a number is told as one, with all that is behind. */
static void
refuse_digits(struct rpc_walk *w, const struct rpc_member *m, const json_t *value)
{
	const size_t all = json_string_length(value);
	const size_t size = all < RPC_LITERAL_SIZE ? all :
	    RPC_LITERAL_SIZE - 1;
	char digits[RPC_LITERAL_SIZE];

	for (size_t i = 0; i < size; i++) {
		const char c = json_string_value(value)[i];

		digits[i] = c != '\0' ? c : RPC_RAW;
	}
	digits[size] = '\0';
	wrong_number(w, m, digits);
}

/* A text in quotes within the quotes is a text, if it is one as a whole. */
static bool
is_quoted_text(const json_t *value)
{
	const char *text = json_string_value(value);
	const size_t size = json_string_length(value);
	struct rpc_read read;
	bool is_text;

	rpc_json_read(text, size, &read);
	is_text = json_is_string(read.value) && text[size - 1] == '"';
	json_decref(read.value);
	return is_text;
}

/* A text where a number in quotes is wanted.  Go reads it as JSON: what begins as
 * none ends the reading. */
static void
refuse_quoted(struct rpc_walk *w, const struct rpc_member *m, const json_t *value)
{
	const char first = json_string_value(value)[0];

	if (first == '-' || (first >= '0' && first <= '9')) {
		refuse_digits(w, m, value);
		return;
	}
	if (first == '"' && is_quoted_text(value)) {
		rpc_walk_wrong_kind(w, m, value);
		return;
	}
	if (json_string_length(value) > 0 && (first == '\0' ||
	    strchr("tfn", first) == NULL)) {
		w->call->error = NULL;
		w->stopped = true;
	}
	wrong_quoted(w, value);
}

/* The plain value; NULL: the walk has an error.  "null" in quotes is null. */
json_t *
rpc_walk_number(struct rpc_walk *w, const struct rpc_member *m,
    const json_t *value)
{
	const bool quoted = m->kind == RPC_QUOTED ||
	    (m->kind == RPC_QUOTED_0_16 &&
	    w->call->from->form == RPC_FORM_0_16);
	char digits[RPC_LITERAL_SIZE] = "";
	json_t *plain = NULL;

	if (json_is_number(value))
		plain = rpc_walk_bare(w, m->kind, value, digits);
	else if (json_is_string(value))
		plain = quoted_number(m->kind, value);
	if (plain == NULL && quoted && json_is_string(value) &&
	    strcmp(json_string_value(value), "null") == 0)
		plain = json_null();
	if (plain != NULL)
		return plain;
	if (quoted && json_is_string(value))
		refuse_quoted(w, m, value);
	else if (quoted && isinf(strtod(digits, NULL)))
		rpc_walk_wrong_digits(w, m, digits, "float64");
	else if (quoted)
		wrong_quoted(w, NULL);
	else if (json_is_number(value))
		wrong_number(w, m, digits);
	else
		rpc_walk_wrong_kind(w, m, value);
	return NULL;
}
