/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Headers as Go prints them: counts are numbers, 64 bit numbers are decimal
 * text, difficulty and nonce are the hex of their bytes in the header.
 * Source: bitmarkd v8.2 blockrecord/header.go Header
 */
#include "record/header_json.h"

#include <inttypes.h>

/* Go prints these two as the bytes that stand in the header, so that the hex
 * of difficulty 1 begins with its lowest byte: "ffffffffffffff00". */
static void
write_le_hex(struct bm_json *j, const char *key, uint64_t value)
{
	uint8_t bytes[8];
	struct bm_writer w = bm_writer(bytes, sizeof bytes);

	bm_write_u64le(&w, value);
	bm_json_hex(j, key, bytes, sizeof bytes);
}

/* The order is that of the Go struct, because Go writes members in it. */
void
bm_header_json(struct bm_json *j, const char *key,
    const struct bitmark_header *header)
{
	bm_json_object(j, key);
	bm_json_number(j, "version", header->version);
	bm_json_number(j, "transactionCount", header->count);
	bm_json_number_text(j, "number", header->number);
	bm_json_hex(j, "previousBlock", header->previous,
	    sizeof header->previous);
	bm_json_hex(j, "merkleRoot", header->merkle, sizeof header->merkle);
	bm_json_number_text(j, "timestamp", header->timestamp);
	write_le_hex(j, "difficulty", header->bits);
	write_le_hex(j, "nonce", header->nonce);
	bm_json_object_end(j);
}

bitmark_status
bitmark_header_to_json(const struct bitmark_header *header, char **text,
    size_t *size)
{
	struct bm_json j = { 0 };

	bm_header_json(&j, NULL, header);
	return bm_json_take(&j, text, size);
}

/* Read a number of at most ${maximum}, written as a number or as text. */
static uint64_t
read_number(const json_t *object, const char *key, uint64_t maximum,
    struct bm_fault *fault)
{
	const json_t *field = json_object_get(object, key);
	uint64_t value = 0;

	if (field == NULL)
		bm_fault_set(fault, BITMARK_E_JSON, "%s: missing", key);
	else if (!bm_json_u64(field, &value) || value > maximum)
		bm_fault_set(fault, BITMARK_E_JSON,
		    "%s: must be a whole number from 0 to %" PRIu64, key,
		    maximum);
	return value;
}

/* Read the hex of exactly ${size} bytes. */
static void
read_hex(const json_t *object, const char *key, uint8_t *out, size_t size,
    struct bm_fault *fault)
{
	const json_t *field = json_object_get(object, key);
	size_t used;

	if (field == NULL)
		bm_fault_set(fault, BITMARK_E_JSON, "%s: missing", key);
	else if (!json_is_string(field))
		bm_fault_set(fault, BITMARK_E_JSON, "%s: must be text", key);
	else if (bitmark_hex_decode(json_string_value(field),
	    json_string_length(field), out, size, &used) != BITMARK_OK ||
	    used != size)
		bm_fault_set(fault, BITMARK_E_HEX,
		    "%s: must have %zu hex digits", key, 2 * size);
}

static uint64_t
read_le_hex(const json_t *object, const char *key, struct bm_fault *fault)
{
	uint8_t bytes[8] = { 0 };
	struct bm_reader r = bm_reader(bytes, sizeof bytes);

	read_hex(object, key, bytes, sizeof bytes, fault);
	return bm_read_u64le(&r);
}

/* Other members are not looked at: bitmarkd adds some in its blocks. */
void
bm_header_from_object(const json_t *o, struct bitmark_header *h,
    struct bm_fault *fault)
{
	h->version = (uint16_t)read_number(o, "version", UINT16_MAX, fault);
	h->count = (uint16_t)read_number(o, "transactionCount", UINT16_MAX,
	    fault);
	h->number = read_number(o, "number", UINT64_MAX, fault);
	read_hex(o, "previousBlock", h->previous, sizeof h->previous, fault);
	read_hex(o, "merkleRoot", h->merkle, sizeof h->merkle, fault);
	h->timestamp = read_number(o, "timestamp", UINT64_MAX, fault);
	h->bits = read_le_hex(o, "difficulty", fault);
	h->nonce = read_le_hex(o, "nonce", fault);
}

/* The header is read into a copy, so that a fault leaves ${header} as it was. */
bitmark_status
bitmark_header_from_json(const char *text, size_t size,
    struct bitmark_header *header)
{
	struct bitmark_header h = { 0 };
	struct bm_fault fault = { .status = BITMARK_OK };
	json_t *object = bm_json_load(text, size, &fault);

	if (object == NULL)
		return fault.status;
	bm_header_from_object(object, &h, &fault);
	json_decref(object);
	if (fault.status == BITMARK_OK)
		*header = h;
	return fault.status;
}
