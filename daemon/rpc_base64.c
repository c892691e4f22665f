/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Base64 in the arguments of a call.
 * Source: Go encoding/base64 base64.go decodeQuantum
 */
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/codec.h>

#include "rpc_call.h"

#define NEWLINES "\r\n"

static size_t
skip_newlines(const char *text, size_t at)
{
	return at + strspn(text + at, NEWLINES);
}

/* The place that Go names: the first character that does not belong there, the
 * incomplete last group of four, or where padding is wrong: one "=" alone, or
 * anything behind the padding. */
static size_t
bad_place(const char *text, size_t size)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/" NEWLINES;
	const size_t plain = strspn(text, alphabet);
	size_t in_group = 0, at;

	for (size_t i = 0; i < plain; i++)
		in_group += strchr(NEWLINES, text[i]) == NULL;
	in_group %= 4;
	if (plain == size)
		return size - in_group;
	if (text[plain] != '=' || in_group < 2)
		return plain;
	at = skip_newlines(text, plain + 1);
	if (in_group == 3 || at == size)
		return at;
	return text[at] != '=' ? at - 1 : skip_newlines(text, at + 1);
}

json_t *
rpc_base64(const json_t *text, size_t *bad)
{
	const struct bitmark_span span = {
		(const uint8_t *)json_string_value(text),
		json_string_length(text) };
	const size_t room = span.size / 4 * 3;
	uint8_t *bytes = malloc(room + 1);
	json_t *value = NULL;
	size_t size = 0;

	*bad = SIZE_MAX;
	if (bytes == NULL)
		return NULL;
	if (span.size == 0 || bitmark_base64_decode(span, bytes, room, &size))
		value = json_stringn_nocheck((const char *)bytes, size);
	else
		*bad = bad_place((const char *)span.data, span.size);
	free(bytes);
	return value;
}
