/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Any bytes as a record, by every set of rules and on both networks.  What
 * parses must encode to bytes that parse to the same encoding, be judged
 * without harm, and survive JSON; any bytes are read as JSON too.
 */
#include <bitmarkpeer/record.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every field of a record at its longest, and then some.  Bytes. */
#define ENCODED_MAX (8 * (BITMARK_FIELD_MAX + BITMARK_VARINT_MAX))

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
try_json(const struct bitmark_record *record, enum bitmark_json_style style)
{
	struct bitmark_record_owned *owned;
	char *text;
	size_t size;

	if (bitmark_record_to_json(record, style, &text, &size) != BITMARK_OK)
		return;
	/* Text that is not UTF-8 becomes longer, so that bytes may differ. */
	require(bitmark_record_from_json(text, size, &owned) == BITMARK_OK);
	require(bitmark_record_owned_get(owned)->tag == record->tag);
	bitmark_record_owned_free(owned);
	bitmark_free(text);
}

static void
try_encoding(const struct bitmark_rules *rules,
    enum bitmark_network network, const struct bitmark_record *record)
{
	static uint8_t once[ENCODED_MAX], twice[ENCODED_MAX];
	struct bitmark_record again;
	size_t size, again_size, used;

	require(bitmark_record_encode(record, once, sizeof once, &size) ==
	    BITMARK_OK);
	require(bitmark_record_parse(rules, once, size, network, &again,
	    &used) == BITMARK_OK);
	require(used == size);
	require(bitmark_record_encode(&again, twice, sizeof twice,
	    &again_size) == BITMARK_OK);
	require(again_size == size && memcmp(once, twice, size) == 0);
}

/* The account that must have signed, where the record names one. */
static const struct bitmark_account *
signer_of(const struct bitmark_record *record)
{
	if (record->tag == BITMARK_RECORD_GRANT)
		return &record->grant.owner;
	if (record->tag == BITMARK_RECORD_SWAP)
		return &record->swap.owner_one;
	return bitmark_record_owner(record);
}

static void
try_record(const struct bitmark_rules *rules, enum bitmark_network network,
    const uint8_t *data, size_t size)
{
	struct bitmark_record record, again;
	size_t used;
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	size_t packed_size;

	if (bitmark_record_parse(rules, data, size, network, &record,
	    &used) != BITMARK_OK)
		return;
	require(used > 0 && used <= size);
	try_encoding(rules, network, &record);
	if (bitmark_record_pack(rules, &record, signer_of(&record), packed,
	    sizeof packed, &packed_size) == BITMARK_OK) {
		require(packed_size <= used);
		require(bitmark_record_parse(rules, packed, packed_size,
		    network, &again, &used) == BITMARK_OK);
		require(used == packed_size);
	}
	try_json(&record, BITMARK_JSON_SAFE);
	try_json(&record, BITMARK_JSON_8_2);
	try_json(&record, BITMARK_JSON_0_16);
}

/* Any text: each record of it can be written as JSON again. */
static void
try_list(const uint8_t *data, size_t size)
{
	char fault[BITMARK_JSON_FAULT_MAX];
	struct bitmark_record_list *list;
	bitmark_status status = bitmark_record_list_from_json(
	    (const char *)data, size, &list, fault);

	require((status == BITMARK_OK) == (list != NULL));
	require((status == BITMARK_OK || status == BITMARK_E_NOMEM) ==
	    (fault[0] == '\0'));
	for (size_t i = 0; list != NULL &&
	    i < bitmark_record_list_count(list); i++) {
		char *text;

		require(bitmark_record_to_json(bitmark_record_list_get(list,
		    i), BITMARK_JSON_SAFE, &text, NULL) == BITMARK_OK);
		bitmark_free(text);
	}
	bitmark_record_list_free(list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bitmark_rules *const rules[] = {
		bitmark_rules_8_2(), bitmark_rules_0_16(),
		bitmark_rules_decode(),
	};
	struct bitmark_record_owned *owned;

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		try_record(rules[i], BITMARK_NETWORK_LIVE, data, size);
		try_record(rules[i], BITMARK_NETWORK_TEST, data, size);
	}
	try_list(data, size);
	if (bitmark_record_from_json((const char *)data, size, &owned) ==
	    BITMARK_OK)
		bitmark_record_owned_free(owned);
	return 0;
}
