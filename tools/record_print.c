/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Records as JSON and as lines.  The library makes the JSON of the fields;
 * here the facts are added that follow from the bytes: what the record is
 * called, its ids and its network.
 */
#include "record_print.h"

#include <stdlib.h>

#include "shared/output.h"

/* Adds ${key}; nonzero: no memory. */
static int
set_hex(json_t *object, const char *key, const uint8_t *data, size_t size)
{
	return json_object_set_new(object, key, json_hex(data, size));
}

/* The network that the accounts name, else the one that is given. */
static json_t *
network_of(const struct bitmark_record *record, int given)
{
	enum bitmark_network network;

	if (!record_network(record, &network) && given == NETWORK_ANY)
		return json_null();
	return json_string(network_name(record_network(record, &network) ?
	    network : (enum bitmark_network)given));
}

/* Facts of a record besides its fields. */
static int
set_context(json_t *object, const struct record_item *item, int network,
    const uint8_t *pay_id)
{
	const struct bitmark_record *record = &item->record;
	uint8_t asset_id[BITMARK_ASSET_ID_SIZE];
	int bad = 0;

	bad |= json_object_set_new(object, "record",
	    json_string(bitmark_record_name(record->tag)));
	bad |= json_object_set_new(object, "tag", json_integer(record->tag));
	/* Half a record has no id yet: the second signature is part of it. */
	if (record_is_half_signed(record))
		pay_id = NULL;
	else
		bad |= set_hex(object, "txId", item->id, sizeof item->id);
	if (pay_id != NULL)
		bad |= set_hex(object, "payId", pay_id, BITMARK_PAY_ID_SIZE);
	if (record->tag == BITMARK_RECORD_ASSET) {
		bitmark_asset_id(record->asset.fingerprint, asset_id);
		bad |= set_hex(object, "assetId", asset_id, sizeof asset_id);
	}
	bad |= json_object_set_new(object, "network",
	    network_of(record, network));
	return bad;
}

/* The context goes first, so that a line begins with what the record is. */
json_t *
record_to_object(const struct record_item *item, int network,
    const uint8_t *pay_id)
{
	json_t *object = json_object(), *fields = NULL;
	char *text;
	int bad;

	if (bitmark_record_to_json(&item->record, BITMARK_JSON_SAFE, &text,
	    NULL) == BITMARK_OK)
		fields = json_from_text(text);
	bad = object == NULL || fields == NULL ||
	    set_context(object, item, network, pay_id) != 0 ||
	    json_object_update(object, fields) != 0;
	json_decref(fields);
	if (bad) {
		json_decref(object);
		object = NULL;
	}
	return object;
}

/* The owner; both parties of a grant or swap; nothing of a share record, whose
 * owner is that of the linked record. */
static void
print_owners(const struct bitmark_record *record)
{
	const struct bitmark_account *owner = bitmark_record_owner(record);
	char account[BITMARK_ACCOUNT_TEXT_MAX] = "-";

	if (owner == NULL)
		owner = record_own_signer(record);
	if (owner != NULL)
		bitmark_account_to_text(owner, account);
	fputs(account, stdout);
	if (record->tag != BITMARK_RECORD_GRANT &&
	    record->tag != BITMARK_RECORD_SWAP)
		return;
	bitmark_account_to_text(record_countersigner(record), account);
	printf(" %s %s", record->tag == BITMARK_RECORD_GRANT ? "->" : "<->",
	    account);
}

/* Names of assets are texts of strangers: they are escaped. */
void
print_record(const struct record_item *item, int name_width)
{
	const struct bitmark_record *record = &item->record;
	char id[2 * BITMARK_TX_ID_SIZE + 1];

	bitmark_hex_encode(item->id, sizeof item->id, id);
	printf("%-*s  %s  ", name_width, bitmark_record_name(record->tag), id);
	print_owners(record);
	if (record->tag == BITMARK_RECORD_ASSET) {
		fputs("  \"", stdout);
		print_text(stdout, record->asset.name.data,
		    record->asset.name.size);
		putchar('"');
	}
	putchar('\n');
}
