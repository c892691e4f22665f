/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The arguments of a call as Go reads them, with Go's errors. Source: Go
 * encoding/json decode.go; bitmarkd v8.2 merkle/merkle.go, account/account.go
 *
 * In all of these functions a missing argument is no error: ${value} keeps its
 * default, as in Go.
 */
#include "rpc_call.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "rpc_json.h"

/* ${error} is a constant or call->text: it must live as long as the call.
 * Returns NULL, so that a method can end with it. */
json_t *
rpc_fail(struct rpc_call *call, const char *error)
{
	call->error = error;
	call->error_size = strlen(error);
	return NULL;
}

json_t *
rpc_fail_status(struct rpc_call *call, bitmark_status status)
{
	return rpc_fail(call, bitmark_strerror(status));
}

/* The request could not be read, which Go reports differently from a method
 * that fails. The text is kept in the call. */
bool
rpc_unreadable(struct rpc_call *call, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(call->text, sizeof call->text, format, arguments);
	va_end(arguments);
	call->unreadable = true;
	(void)rpc_fail(call, call->text);
	for (size_t i = 0; i < call->error_size; i++)
		if (call->text[i] == RPC_RAW)
			call->text[i] = '\0';
	return false;
}

/* The name of a JSON type in Go's errors. */
const char *
rpc_kind(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT: return "object";
	case JSON_ARRAY: return "array";
	case JSON_STRING: return "string";
	case JSON_INTEGER:
	case JSON_REAL: return "number";
	case JSON_TRUE:
	case JSON_FALSE: return "bool";
	case JSON_NULL: return "null";
	}
	return "value";
}

/* A member that is null counts as missing, as in Go. */
json_t *
rpc_get(const json_t *object, const char *key)
{
	json_t *value = rpc_json_get(object, key);

	return json_is_null(value) ? NULL : value;
}

/* A real number is the place of its text in the request (rpc_json_read). */
void
rpc_literal(const struct rpc_call *call, const json_t *number,
    char text[RPC_LITERAL_SIZE])
{
	const char *from;
	size_t size;

	if (json_is_integer(number)) {
		snprintf(text, RPC_LITERAL_SIZE, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(number));
		return;
	}
	from = call->request + (size_t)json_real_value(number);
	size = strspn(from, "+-.0123456789Ee");
	snprintf(text, RPC_LITERAL_SIZE, "%.*s", (int)(size <
	    RPC_LITERAL_SIZE ? size : RPC_LITERAL_SIZE), from);
}

void
rpc_u64(const struct rpc_call *call, const char *key, uint64_t *value)
{
	const json_t *given = rpc_get(call->arguments, key);

	if (json_is_integer(given))
		*value = (uint64_t)json_integer_value(given);
	else if (given != NULL)
		*value = strtoull(json_string_value(given), NULL, 10);
}

void
rpc_i64(const struct rpc_call *call, const char *key, int64_t *value)
{
	const json_t *given = rpc_get(call->arguments, key);

	if (given != NULL)
		*value = json_integer_value(given);
}

void
rpc_bool(const struct rpc_call *call, const char *key, bool *value)
{
	const json_t *given = rpc_get(call->arguments, key);

	if (given != NULL)
		*value = json_is_true(given);
}

/* Report the first character that is no hex digit, in Go's words; when there is
 * none, the number of digits is odd. */
bool
rpc_bad_hex(struct rpc_call *call, const json_t *text)
{
	const char *digits = json_string_value(text);
	const size_t size = json_string_length(text);
	const size_t plain = strspn(digits, "0123456789abcdefABCDEF");
	const uint8_t bad = (uint8_t)digits[plain];

	if (plain == size)
		return rpc_unreadable(call,
		    "encoding/hex: odd length hex string");
	/* Go takes the byte for a character, whatever it belongs to. */
	if (bad >= 0xa1 && bad != 0xad)
		return rpc_unreadable(call, "encoding/hex: invalid byte: "
		    "U+%04X '%c%c'", bad, 0xc0 | bad >> 6, 0x80 | (bad & 0x3f));
	if (bad >= 0x20 && bad < 0x7f)
		return rpc_unreadable(call,
		    "encoding/hex: invalid byte: U+%04X '%c'", bad, bad);
	return rpc_unreadable(call, "encoding/hex: invalid byte: U+%04X", bad);
}

void
rpc_hex(const struct rpc_call *call, const char *key, uint8_t *value,
    size_t size)
{
	const json_t *given = rpc_get(call->arguments, key);
	size_t decoded;

	if (given != NULL && bitmark_hex_decode(json_string_value(given),
	    json_string_length(given), value, size, &decoded) != BITMARK_OK)
		memset(value, 0, size);
}

/* ${found} tells whether the argument is there, because not every method needs
 * it. */
bool
rpc_account(const struct rpc_call *call, const char *key,
    struct bitmark_account *value)
{
	const json_t *given = rpc_get(call->arguments, key);

	return given != NULL && bitmark_account_from_text(
	    json_string_value(given), json_string_length(given), value) ==
	    BITMARK_OK;
}
