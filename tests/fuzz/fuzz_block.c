/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Any bytes as a header, as a packed block and as the JSON of a header.  The
 * properties that must hold for each input are checked; a breach aborts.
 */
#include <bitmarkpeer/block.h>

#include <stdlib.h>
#include <string.h>

#define NOW_S UINT64_C(1600000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* Packing is the inverse of parsing, and so is the way through JSON. */
static void
try_header(const struct bitmark_header *header, const uint8_t *data)
{
	uint8_t packed[BITMARK_HEADER_SIZE];
	struct bitmark_header back;
	char *text;
	size_t size;

	bitmark_header_pack(header, packed);
	require(memcmp(packed, data, sizeof packed) == 0);
	if (bitmark_header_to_json(header, &text, &size) != BITMARK_OK)
		return;
	require(bitmark_header_from_json(text, size, &back) == BITMARK_OK);
	bitmark_header_pack(&back, packed);
	require(memcmp(packed, data, sizeof packed) == 0);
	bitmark_free(text);
}

/* A header that is accepted has a target, and its difficulty is at least 1. */
static void
try_checks(const struct bitmark_rules *rules,
    const struct bitmark_header *header)
{
	uint8_t target[BITMARK_TARGET_SIZE];
	bitmark_status status = bitmark_header_check(rules, header, NOW_S);

	if (status == BITMARK_OK) {
		require(bitmark_target_from_bits(header->bits, target) ==
		    BITMARK_OK);
		require(bitmark_bits_reciprocal(header->bits) >= 1.0);
	}
	(void)!bitmark_header_check_work(rules, header, header->previous);
}

/* A window that ends after it began gives a difficulty of 1 or more, and not
 * more than four times the one before. */
static void
try_adjustment(const struct bitmark_header *header)
{
	double previous = bitmark_bits_reciprocal(header->bits), next;
	uint64_t begin, end;
	bitmark_status status = bitmark_difficulty_next(previous,
	    header->timestamp, header->nonce, &next);

	require((status == BITMARK_OK) == (header->nonce > header->timestamp));
	if (previous == 0)              /* bits without a target count as 1 */
		previous = 1;
	require(status != BITMARK_OK || (next >= 1 && next <= 4 * previous));
	bitmark_difficulty_window(header->number, &begin, &end);
	require(begin < end);
	require(bitmark_difficulty_base(header->number) >= 3);
}

/* Any bit pattern is a difficulty value. */
static void
try_value(uint64_t ieee)
{
	uint8_t target[BITMARK_TARGET_SIZE], again[BITMARK_TARGET_SIZE];
	uint64_t bits;
	double value;

	memcpy(&value, &ieee, sizeof value);
	bitmark_target_from_reciprocal(value, target, &bits);
	require(bitmark_target_from_bits(bits, again) == BITMARK_OK);
}

/* The records lie one behind the other inside the block. */
static bitmark_status
try_walk(const struct bitmark_rules *rules, const uint8_t *data, size_t size,
    enum bitmark_network network)
{
	struct bitmark_block_walk w;
	size_t end = BITMARK_HEADER_SIZE;
	bitmark_status status = bitmark_block_walk_start(&w, rules, data,
	    size, network);

	while (status == BITMARK_OK && w.index < w.header.count) {
		status = bitmark_block_walk_next(&w);
		if (status != BITMARK_OK)
			break;
		require(w.packed.data == data + end && w.packed.size != 0);
		end += w.packed.size;
		require(end <= size && w.offset == end);
	}
	return status;
}

/* A block can be printed exactly when it can be walked to its end. */
static void
try_json(const struct bitmark_rules *rules, const uint8_t *data, size_t size,
    enum bitmark_json_style style)
{
	enum bitmark_network network = BITMARK_NETWORK_TEST;
	bitmark_status walked = try_walk(rules, data, size, network);
	struct bitmark_block_walk w;
	char *text = NULL;
	bitmark_status printed = bitmark_block_walk_start(&w, rules, data,
	    size, network);

	if (printed == BITMARK_OK)
		printed = bitmark_block_to_json(&w, data, style, &text, NULL);
	require(printed == walked || printed == BITMARK_E_NOMEM);
	bitmark_free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bitmark_header header;

	if (bitmark_header_parse(data, size, &header) != BITMARK_OK) {
		(void)!bitmark_header_from_json((const char *)data, size,
		    &header);
		return 0;
	}
	try_header(&header, data);
	try_checks(bitmark_rules_8_2(), &header);
	try_checks(bitmark_rules_0_16(), &header);
	try_adjustment(&header);
	try_value(header.nonce);
	(void)try_walk(bitmark_rules_8_2(), data, size, BITMARK_NETWORK_LIVE);
	try_json(bitmark_rules_8_2(), data, size, BITMARK_JSON_8_2);
	try_json(bitmark_rules_0_16(), data, size, BITMARK_JSON_0_16);
	try_json(bitmark_rules_decode(), data, size, BITMARK_JSON_SAFE);
	(void)!bitmark_header_from_json((const char *)data, size, &header);
	return 0;
}
