/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The arguments of a call against the types that bitmarkd reads them into.
 *
 * Go reads the members in the order in which they are written.  A value of a wrong
 * type is remembered, and the first of these is told when all were read; a text
 * that its type cannot read ends the reading, and is told in place of them.
 *
 * Numbers may be in quotes or not here, whichever the release wants.  They are
 * made plain, so that the methods find integers, or texts of digits where those of
 * Jansson end.
 *
 * Source: Go encoding/json decode.go array, object, literalStore
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rpc_call.h"
#include "rpc_json.h"
#include "rpc_schema.h"

/* Longest path of members: "escrow.currency". */
#define PATH_MAX_SIZE 64

/* The walk through the arguments. */
struct walk {
	struct rpc_call *call;
	const char *type;               /* the struct around the value, without
	                                   its package                      */
	const char *outer;              /* the member around the struct; NULL */
	bool stopped;                   /* nothing more is read             */
};

static void check_members(struct walk *w, const struct rpc_type *type,
    json_t *object);

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
static void
wrong(struct walk *w, const char *key, const char *what, const char *star,
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

static void
wrong_kind(struct walk *w, const struct rpc_member *m, const json_t *value)
{
	wrong(w, m->key, rpc_kind(value), kind_name(m->kind), m->of == NULL ?
	    "" : m->of->name[w->call->from->form]);
}

/* Go tells the number that an integer cannot be. */
static void
wrong_number(struct walk *w, const struct rpc_member *m, const char *digits)
{
	char what[RPC_LITERAL_SIZE + sizeof "number "];

	snprintf(what, sizeof what, "number %s", digits);
	wrong(w, m->key, what, "", kind_name(m->kind));
}

/* A text that is no number, where one in quotes is wanted. */
static void
wrong_quoted(struct walk *w, const char *text)
{
	if (w->call->error == NULL)
		(void)rpc_unreadable(w->call, "json: invalid use of ,string "
		    "struct tag, trying to unmarshal %s%s%s into uint64",
		    text != NULL ? "\"" : "", text != NULL ? text :
		    "unquoted value", text != NULL ? "\"" : "");
}

/* An error that Go tells at once. */
static void
stop(struct walk *w, const char *error)
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
static json_t *
bare_number(struct walk *w, enum rpc_kind kind, const json_t *value,
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

/* A text where a number in quotes is wanted: what begins as a number is told as
 * one, and what begins as no JSON does ends the reading. */
static void
refuse_quoted(struct walk *w, const struct rpc_member *m, const char *text)
{
	const bool number = text[0] == '-' || (text[0] >= '0' &&
	    text[0] <= '9');

	if (number) {
		wrong_number(w, m, text);
		return;
	}
	if (text[0] != '\0' && strchr("tfn\"", text[0]) == NULL) {
		w->call->error = NULL;
		w->stopped = true;
	}
	wrong_quoted(w, text);
}

/* The plain value; NULL: the walk has an error.  "null" in quotes is null. */
static json_t *
check_number(struct walk *w, const struct rpc_member *m, const json_t *value)
{
	const bool quoted = m->kind == RPC_QUOTED ||
	    (m->kind == RPC_QUOTED_0_16 &&
	    w->call->from->form == RPC_FORM_0_16);
	char digits[RPC_LITERAL_SIZE] = "";
	json_t *plain = NULL;

	if (json_is_number(value))
		plain = bare_number(w, m->kind, value, digits);
	else if (json_is_string(value))
		plain = quoted_number(m->kind, value);
	if (plain == NULL && quoted && json_is_string(value) &&
	    strcmp(json_string_value(value), "null") == 0)
		plain = json_null();
	if (plain != NULL)
		return plain;
	if (quoted && json_is_string(value))
		refuse_quoted(w, m, json_string_value(value));
	else if (quoted)
		wrong_quoted(w, NULL);
	else if (json_is_number(value))
		wrong_number(w, m, digits);
	else
		wrong_kind(w, m, value);
	return NULL;
}

/*
 * Texts.
 */

/* Hex of exactly ${size} bytes; another length is told as ${error}, and comes
 * first. */
static void
check_hex(struct walk *w, const json_t *text, size_t size,
    const char *error)
{
	const size_t digits = json_string_length(text);

	if (digits / 2 != size)
		stop(w, error);
	else if (digits % 2 != 0 || strspn(json_string_value(text),
	    "0123456789abcdefABCDEF") != digits)
		w->stopped = !rpc_bad_hex(w->call, text);
}

static void
check_status(struct walk *w, bitmark_status status)
{
	if (status != BITMARK_OK)
		stop(w, bitmark_strerror(status));
}

static void
check_text(struct walk *w, const struct rpc_member *m, const json_t *value)
{
	const char *text = json_string_value(value);
	const size_t size = json_string_length(value);
	struct bitmark_account account;
	enum bitmark_currency currency;

	if (text == NULL)
		wrong_kind(w, m, value);
	else if (m->kind == RPC_DIGEST)
		check_hex(w, value, BITMARK_DIGEST_SIZE,
		    bitmark_strerror(BITMARK_E_NOT_LINK));
	else if (m->kind == RPC_ASSET_ID)
		check_hex(w, value, BITMARK_ASSET_ID_SIZE,
		    bitmark_strerror(BITMARK_E_NOT_LINK));
	else if (m->kind == RPC_PAY_ID)
		check_hex(w, value, BITMARK_PAY_ID_SIZE, "not a pay id");
	else if (m->kind == RPC_SIGNATURE)
		check_hex(w, value, size / 2, "");
	else if (m->kind == RPC_ACCOUNT)
		check_status(w, bitmark_account_from_text(text, size,
		    &account));
	else if (m->kind == RPC_CURRENCY)
		check_status(w, bitmark_currency_from_text(text, size,
		    &currency));
}

/*
 * Lists and objects.
 */

/* Go reads the address before the currency. */
static void
check_addresses(struct walk *w, const struct rpc_member *m, json_t *value)
{
	enum bitmark_currency currency;

	if (!json_is_object(value)) {
		wrong_kind(w, m, value);
		return;
	}
	for (void *at = json_object_iter(value); at != NULL && !w->stopped;
	    at = json_object_iter_next(value, at)) {
		const json_t *address = json_object_iter_value(at);
		const char *key = json_object_iter_key(at);

		if (!json_is_string(address) && !json_is_null(address))
			wrong(w, m->key, rpc_kind(address), "", "string");
		check_status(w, bitmark_currency_from_text(key, strlen(key),
		    &currency));
	}
}

static void
check_inner(struct walk *w, const struct rpc_member *m, json_t *value)
{
	struct walk inner = { .call = w->call, .outer = m->key };

	if (json_is_object(value)) {
		check_members(&inner, m->of, value);
		w->stopped = inner.stopped;
	} else if (!json_is_null(value)) {
		wrong(w, m->key, rpc_kind(value), "",
		    m->of->name[w->call->from->form]);
	}
}

static void
check_list(struct walk *w, const struct rpc_member *m, json_t *list)
{
	json_t *value;
	size_t i;

	if (!json_is_array(list)) {
		wrong_kind(w, m, list);
		return;
	}
	json_array_foreach(list, i, value) {
		if (w->stopped)
			return;
		if (m->kind == RPC_OBJECTS)
			check_inner(w, m, value);
		else if (!json_is_string(value) && !json_is_null(value))
			wrong(w, m->key, rpc_kind(value), "", "string");
	}
}

/* NULL: the value stays as it is. */
static json_t *
check_value(struct walk *w, const struct rpc_member *m, json_t *value)
{
	switch (m->kind) {
	case RPC_INT:
	case RPC_U64:
	case RPC_QUOTED:
	case RPC_QUOTED_0_16:
		return check_number(w, m, value);
	case RPC_BOOL:
		if (!json_is_boolean(value))
			wrong_kind(w, m, value);
		break;
	case RPC_ADDRESSES:
		check_addresses(w, m, value);
		break;
	case RPC_OBJECT:
		check_inner(w, m, value);
		break;
	case RPC_STRINGS:
	case RPC_OBJECTS:
		check_list(w, m, value);
		break;
	case RPC_BYTES:         /* an array may have them, too: here none */
		if (json_is_array(value) && json_array_size(value) == 0)
			return json_string("");
		check_text(w, m, value);
		break;
	case RPC_STRING:
	case RPC_DIGEST:
	case RPC_ASSET_ID:
	case RPC_PAY_ID:
	case RPC_SIGNATURE:
	case RPC_ACCOUNT:
	case RPC_CURRENCY:
		check_text(w, m, value);
		break;
	}
	return NULL;
}

static const struct rpc_member *
find_member(const struct rpc_type *type, const char *key)
{
	for (const struct rpc_member *m = type->members; m->key != NULL; m++)
		if (strcasecmp(m->key, key) == 0)
			return m;
	return NULL;
}

/* Members that are not known are passed over. */
static void
check_members(struct walk *w, const struct rpc_type *type, json_t *object)
{
	w->type = strchr(type->name[w->call->from->form], '.') + 1;
	for (void *at = json_object_iter(object); at != NULL && !w->stopped;
	    at = json_object_iter_next(object, at)) {
		const struct rpc_member *m = find_member(type,
		    json_object_iter_key(at));
		json_t *value = json_object_iter_value(at), *plain = NULL;

		if (m != NULL && !json_is_null(value))
			plain = check_value(w, m, value);
		if (plain != NULL)
			(void)json_object_iter_set_new(object, at, plain);
	}
}

bool
rpc_check_arguments(struct rpc_call *call)
{
	const struct rpc_type *type = rpc_arguments_of(call->method,
	    call->from->form);
	struct walk walk = { .call = call };

	if (!json_is_object(call->arguments))
		return rpc_unreadable(call, "json: cannot unmarshal %s into "
		    "Go value of type %s", rpc_kind(call->arguments),
		    type->name[call->from->form]);
	check_members(&walk, type, call->arguments);
	return call->error == NULL;
}
