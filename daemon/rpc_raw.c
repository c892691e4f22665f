/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Results that are written as text, without building JSON values first: a page
 * of records is long, and each value of Jansson costs an allocation.
 *
 * No state tells whether a comma is needed. The byte before does: no comma
 * belongs behind an opening bracket, or behind the mark at the beginning.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/codec.h>

#include "rpc_json.h"

/* Bytes whose hex is made at a time. */
#define HEX_PART 64

static void
begin_member(struct rpc_text *text, const char *key)
{
	const char before = text->size > 0 ? text->data[text->size - 1] : '{';

	if (before != '{' && before != '[' && before != RPC_RAW)
		rpc_text_add(text, ",", 1);
	if (key == NULL)
		return;
	rpc_text_add(text, "\"", 1);
	rpc_text_add_string(text, key);
	rpc_text_add(text, "\":", 2);
}

/* The text begins with the mark that makes rpc_json_write copy it as it is. */
void
rpc_raw_begin(struct rpc_text *text)
{
	const char mark = RPC_RAW;

	*text = (struct rpc_text){ 0 };
	rpc_text_add(text, &mark, 1);
}

void
rpc_raw_open(struct rpc_text *text, const char *key, char bracket)
{
	begin_member(text, key);
	rpc_text_add(text, &bracket, 1);
}

void
rpc_raw_close(struct rpc_text *text, char bracket)
{
	rpc_text_add(text, &bracket, 1);
}

void
rpc_raw_string(struct rpc_text *text, const char *key, const char *string)
{
	begin_member(text, key);
	rpc_text_add_quoted(text, string, strlen(string));
}

/* Hex is encoded HEX_PART bytes at a time, through a small buffer on the stack.
 */
void
rpc_raw_hex(struct rpc_text *text, const char *key, const uint8_t *data,
    size_t size)
{
	char hex[2 * HEX_PART + 1];

	begin_member(text, key);
	rpc_text_add(text, "\"", 1);
	for (size_t at = 0, part; at < size; at += part) {
		part = size - at < HEX_PART ? size - at : HEX_PART;
		bitmark_hex_encode(data + at, part, hex);
		rpc_text_add(text, hex, 2 * part);
	}
	rpc_text_add(text, "\"", 1);
}

void
rpc_raw_number(struct rpc_text *text, const char *key, uint64_t number)
{
	char digits[24];                /* 2^64 has 20 */

	begin_member(text, key);
	snprintf(digits, sizeof digits, "%" PRIu64, number);
	rpc_text_add_string(text, digits);
}

void
rpc_raw_number_text(struct rpc_text *text, const char *key, uint64_t number)
{
	char digits[24];

	begin_member(text, key);
	snprintf(digits, sizeof digits, "\"%" PRIu64 "\"", number);
	rpc_text_add_string(text, digits);
}

void
rpc_raw_bool(struct rpc_text *text, const char *key, bool value)
{
	begin_member(text, key);
	rpc_text_add_string(text, value ? "true" : "false");
}

void
rpc_raw_json(struct rpc_text *text, const char *key, const char *json,
    size_t size)
{
	begin_member(text, key);
	rpc_text_add(text, json, size);
}

/* The text becomes a Jansson string, and its buffer is freed. NULL: no memory.
 */
json_t *
rpc_raw_end(struct rpc_text *text)
{
	json_t *value = text->failed ? NULL :
	    json_stringn_nocheck(text->data, text->size);

	free(text->data);
	*text = (struct rpc_text){ 0 };
	return value;
}
