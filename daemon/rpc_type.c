/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The arguments of a call, read into the types that bitmarkd reads them into.
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
#include <stdlib.h>
#include <string.h>

#include "rpc_json.h"
#include "rpc_call_impl.h"

static void read_members(struct rpc_walk *w, const struct rpc_type *type,
    json_t *given, json_t *into);

/*
 * Texts.
 */

/* Hex of exactly ${size} bytes; another length is told as ${error}, and comes
 * first. */
static void
check_hex(struct rpc_walk *w, const json_t *text, size_t size,
    const char *error)
{
	const size_t digits = json_string_length(text);

	if (digits / 2 != size)
		rpc_walk_stop(w, error);
	else if (digits % 2 != 0 || strspn(json_string_value(text),
	    "0123456789abcdefABCDEF") != digits)
		w->stopped = !rpc_bad_hex(w->call, text);
}

static void
check_status(struct rpc_walk *w, bitmark_status status)
{
	if (status != BITMARK_OK)
		rpc_walk_stop(w, bitmark_strerror(status));
}

/* The one name of a currency. */
static const char *
currency_key(struct rpc_walk *w, const char *text, size_t size)
{
	enum bitmark_currency currency = BITMARK_CURRENCY_NOTHING;

	check_status(w, bitmark_currency_from_text(text, size, &currency));
	return bitmark_currency_name(currency);
}

static void
check_text(struct rpc_walk *w, const struct rpc_member *m, const json_t *value)
{
	const char *text = json_string_value(value);
	const size_t size = json_string_length(value);
	struct bitmark_account account;

	if (m->kind == RPC_DIGEST)
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
		(void)currency_key(w, text, size);
}

/* ${value} is taken; NULL: no memory. */
static void
put(struct rpc_walk *w, json_t *into, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(into, key, value) == 0)
		return;
	w->call->error = NULL;
	w->stopped = w->no_memory = true;
}

static void
read_text(struct rpc_walk *w, const struct rpc_member *m, json_t *value,
    json_t *into)
{
	if (json_is_string(value))
		check_text(w, m, value);
	else
		rpc_walk_wrong_kind(w, m, value);
	if (json_is_string(value))
		put(w, into, m->key, json_incref(value));
}

/*
 * Bytes.
 */

static void
read_base64(struct rpc_walk *w, const struct rpc_member *m, const json_t *text,
    json_t *into)
{
	size_t bad;
	json_t *bytes = rpc_base64(text, &bad);

	if (bytes != NULL || bad == SIZE_MAX)
		put(w, into, m->key, bytes);
	else if (w->call->error == NULL)
		(void)rpc_unreadable(w->call,
		    "illegal base64 data at input byte %zu", bad);
}

/* A number of an array of bytes; a null leaves what was there. */
static void
read_byte(struct rpc_walk *w, const struct rpc_member *m, const json_t *value,
    char *byte)
{
	char digits[RPC_LITERAL_SIZE];
	json_t *number;

	if (json_is_null(value))
		return;
	if (!json_is_number(value)) {
		rpc_walk_wrong(w, m->key, rpc_kind(value), "", "uint8");
		return;
	}
	number = rpc_walk_bare(w, RPC_U64, value, digits);
	if (json_is_integer(number) && json_integer_value(number) >= 0 &&
	    json_integer_value(number) <= UINT8_MAX)
		*byte = (char)json_integer_value(number);
	else
		rpc_walk_wrong_digits(w, m, digits, "uint8");
	json_decref(number);
}

/* Bytes may also be an array of numbers. */
static void
read_bytes(struct rpc_walk *w, const struct rpc_member *m, json_t *value,
    json_t *into)
{
	const size_t size = json_array_size(value);
	const json_t *before = json_object_get(into, m->key);
	const size_t old = json_string_length(before);
	char *bytes;

	if (json_is_string(value)) {
		read_base64(w, m, value, into);
		return;
	}
	if (!json_is_array(value)) {
		rpc_walk_wrong_kind(w, m, value);
		return;
	}
	bytes = calloc(1, size + 1);
	if (bytes != NULL && old > 0)
		memcpy(bytes, json_string_value(before), old < size ? old :
		    size);
	for (size_t i = 0; bytes != NULL && i < size; i++)
		read_byte(w, m, json_array_get(value, i), bytes + i);
	put(w, into, m->key, bytes != NULL ? json_stringn_nocheck(bytes,
	    size) : NULL);
	free(bytes);
}

/*
 * Lists and objects.
 */

/* Go reads the address before the currency.  The two names of a currency are
 * one. */
static void
read_addresses(struct rpc_walk *w, const struct rpc_member *m, json_t *value,
    json_t *into)
{
	json_t *map = json_object_get(into, m->key);

	if (!json_is_object(value)) {
		rpc_walk_wrong_kind(w, m, value);
		return;
	}
	if (map == NULL) {
		map = json_object();
		put(w, into, m->key, map);
	}
	for (void *at = json_object_iter(value); at != NULL && !w->stopped;
	    at = json_object_iter_next(value, at)) {
		json_t *address = json_object_iter_value(at);
		const char *key = json_object_iter_key(at);
		const char *end = strchr(key, (unsigned char)RPC_RAW);

		if (!json_is_string(address) && !json_is_null(address))
			rpc_walk_wrong(w, m->key, rpc_kind(address), "", "string");
		key = currency_key(w, key, end != NULL ?
		    (size_t)(end - key) : strlen(key));
		if (!w->stopped)
			put(w, map, key, json_is_string(address) ?
			    json_incref(address) : json_string(""));
	}
}

/* The object that ${given} gives, read into ${old} when there is one.  Owned by
 * the caller; null: none. */
static json_t *
read_inner(struct rpc_walk *w, const struct rpc_member *m, json_t *given,
    json_t *old)
{
	struct rpc_walk inner = { .call = w->call, .outer = m->key };
	json_t *into;

	if (!json_is_object(given)) {
		if (!json_is_null(given))
			rpc_walk_wrong(w, m->key, rpc_kind(given), "",
			    m->of->name[w->call->from->form]);
		return json_null();
	}
	into = json_is_object(old) ? json_incref(old) : json_object();
	if (into != NULL)
		read_members(&inner, m->of, given, into);
	w->stopped = inner.stopped;
	w->no_memory = inner.no_memory;
	return into;
}

static json_t *
read_element(struct rpc_walk *w, const struct rpc_member *m, json_t *given,
    json_t *old)
{
	if (m->kind == RPC_OBJECTS)
		return read_inner(w, m, given, old);
	if (json_is_string(given))
		return json_incref(given);
	if (!json_is_null(given))
		rpc_walk_wrong(w, m->key, rpc_kind(given), "", "string");
	return json_is_string(old) ? json_incref(old) : json_string("");
}

/* An element is read into the one that an array before had in its place. */
static void
read_list(struct rpc_walk *w, const struct rpc_member *m, json_t *given,
    json_t *into)
{
	json_t *old = json_object_get(into, m->key), *list, *value;
	size_t i;

	if (!json_is_array(given)) {
		rpc_walk_wrong_kind(w, m, given);
		return;
	}
	list = json_array();
	json_array_foreach(given, i, value) {
		if (w->stopped || list == NULL)
			break;
		if (json_array_append_new(list, read_element(w, m, value,
		    json_array_get(old, i))) != 0) {
			json_decref(list);
			list = NULL;
		}
	}
	put(w, into, m->key, list);
}

static void
read_object(struct rpc_walk *w, const struct rpc_member *m, json_t *given,
    json_t *into)
{
	json_t *inner = read_inner(w, m, given, json_object_get(into, m->key));

	if (json_is_null(inner))
		json_decref(inner);
	else
		put(w, into, m->key, inner);
}

static void
read_number(struct rpc_walk *w, const struct rpc_member *m, json_t *given,
    json_t *into)
{
	json_t *plain = rpc_walk_number(w, m, given);

	if (plain != NULL && !json_is_null(plain))
		put(w, into, m->key, plain);
	else
		json_decref(plain);
}

/* A null empties what Go has a pointer, a list or a map for, and leaves the
 * rest. */
static void
read_null(const struct rpc_member *m, json_t *into)
{
	static const bool empties[] = { [RPC_SIGNATURE] = true,
		[RPC_BYTES] = true, [RPC_ACCOUNT] = true,
		[RPC_ADDRESSES] = true, [RPC_STRINGS] = true,
		[RPC_OBJECT] = true, [RPC_OBJECTS] = true };

	if (empties[m->kind])
		(void)json_object_del(into, m->key);
}

static void
read_value(struct rpc_walk *w, const struct rpc_member *m, json_t *value,
    json_t *into)
{
	switch (m->kind) {
	case RPC_INT:
	case RPC_U64:
	case RPC_QUOTED:
	case RPC_QUOTED_0_16:
		read_number(w, m, value, into);
		break;
	case RPC_BOOL:
		if (json_is_boolean(value))
			put(w, into, m->key, json_incref(value));
		else
			rpc_walk_wrong_kind(w, m, value);
		break;
	case RPC_ADDRESSES:
		read_addresses(w, m, value, into);
		break;
	case RPC_OBJECT:
		read_object(w, m, value, into);
		break;
	case RPC_STRINGS:
	case RPC_OBJECTS:
		read_list(w, m, value, into);
		break;
	case RPC_BYTES:
		read_bytes(w, m, value, into);
		break;
	case RPC_STRING:
	case RPC_DIGEST:
	case RPC_ASSET_ID:
	case RPC_PAY_ID:
	case RPC_SIGNATURE:
	case RPC_ACCOUNT:
	case RPC_CURRENCY:
		read_text(w, m, value, into);
		break;
	}
}

static const struct rpc_member *
find_member(const struct rpc_type *type, const char *key)
{
	for (const struct rpc_member *m = type->members; m->key != NULL; m++)
		if (rpc_json_is(key, m->key))
			return m;
	return NULL;
}

/* Members that are not known are passed over. */
static void
read_members(struct rpc_walk *w, const struct rpc_type *type, json_t *given,
    json_t *into)
{
	w->type = strchr(type->name[w->call->from->form], '.') + 1;
	for (void *at = json_object_iter(given); at != NULL && !w->stopped;
	    at = json_object_iter_next(given, at)) {
		const struct rpc_member *m = find_member(type,
		    json_object_iter_key(at));
		json_t *value = json_object_iter_value(at);

		if (m != NULL && json_is_null(value))
			read_null(m, into);
		else if (m != NULL)
			read_value(w, m, value, into);
	}
}

bool
rpc_read_arguments(struct rpc_call *call, json_t *given)
{
	const struct rpc_type *type = rpc_arguments_of(call->method,
	    call->from->form);
	struct rpc_walk walk = { .call = call };

	if (!json_is_object(given))
		return rpc_unreadable(call, "json: cannot unmarshal %s into "
		    "Go value of type %s", rpc_kind(given),
		    type->name[call->from->form]);
	read_members(&walk, type, given, call->arguments);
	return call->error == NULL && !walk.no_memory;
}
