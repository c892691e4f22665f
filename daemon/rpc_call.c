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

#include <errno.h>
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

/* Text that holds a number out of range is reported as a number, as Go does. */
static bool
wrong_number(struct rpc_call *call, const char *key, const json_t *text)
{
	json_t *number = json_loads(json_string_value(text), JSON_DECODE_ANY |
	    JSON_DECODE_INT_AS_REAL, NULL);

	(void)rpc_wrong_type(call, key, json_is_number(number) ? number :
	    text);
	json_decref(number);
	return false;
}

/* A number may be written as text: JavaScript cannot write numbers above 2^53.
 */
bool
rpc_u64(struct rpc_call *call, const char *key, uint64_t *value)
{
	const json_t *given = rpc_get(call->arguments, key);
	const char *text = json_string_value(given);
	unsigned long long number;
	char *end;

	if (given == NULL)
		return true;
	if (json_is_integer(given) && json_integer_value(given) >= 0) {
		*value = (uint64_t)json_integer_value(given);
		return true;
	}
	if (text == NULL)
		return rpc_wrong_type(call, key, given);
	/* strtoull takes signs and spaces, which are no digits. */
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno != 0 || text[0] < '0' || text[0] > '9' ||
	    end != text + json_string_length(given))
		return wrong_number(call, key, given);
	*value = number;
	return true;
}

/* As rpc_u64, for a number that may be below 0. */
bool
rpc_i64(struct rpc_call *call, const char *key, int64_t *value)
{
	const json_t *given = rpc_get(call->arguments, key);
	const char *text = json_string_value(given), *digits;
	long long number;
	char *end;

	if (given == NULL)
		return true;
	if (json_is_integer(given)) {
		*value = json_integer_value(given);
		return true;
	}
	if (text == NULL)
		return rpc_wrong_type(call, key, given);
	digits = text[0] == '-' ? text + 1 : text;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno != 0 || digits[0] < '0' || digits[0] > '9' ||
	    end != text + json_string_length(given))
		return wrong_number(call, key, given);
	*value = number;
	return true;
}

/* Only true and false are accepted; Go has no other form. */
bool
rpc_bool(struct rpc_call *call, const char *key, bool *value)
{
	const json_t *given = rpc_get(call->arguments, key);

	if (given == NULL)
		return true;
	if (!json_is_boolean(given))
		return rpc_wrong_type(call, key, given);
	*value = json_is_true(given);
	return true;
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
	/* Go names the byte as a character, even when it is a part of one. */
	if (bad >= 0x20 && bad < 0x7f)
		return rpc_unreadable(call,
		    "encoding/hex: invalid byte: U+%04X '%c'", bad, bad);
	return rpc_unreadable(call, "encoding/hex: invalid byte: U+%04X", bad);
}

/* A wrong length is reported before a wrong character, as in bitmarkd. */
bool
rpc_hex(struct rpc_call *call, const char *key, uint8_t *value, size_t size,
    const char *error)
{
	const json_t *given = rpc_get(call->arguments, key);
	size_t decoded;

	if (given == NULL)
		return true;
	if (!json_is_string(given))
		return rpc_wrong_type(call, key, given);
	if (json_string_length(given) / 2 != size)
		return rpc_unreadable(call, "%s", error);
	if (bitmark_hex_decode(json_string_value(given),
	    json_string_length(given), value, size, &decoded) != BITMARK_OK)
		return rpc_bad_hex(call, given);
	return true;
}

/* ${found} tells whether the argument is there, because not every method needs
 * it. */
bool
rpc_account(struct rpc_call *call, const char *key,
    struct bitmark_account *value, bool *found)
{
	const json_t *given = rpc_get(call->arguments, key);
	bitmark_status status;

	*found = given != NULL;
	if (given == NULL)
		return true;
	if (!json_is_string(given))
		return rpc_wrong_type(call, key, given);
	status = bitmark_account_from_text(json_string_value(given),
	    json_string_length(given), value);
	return status == BITMARK_OK ||
	    rpc_unreadable(call, "%s", bitmark_strerror(status));
}
