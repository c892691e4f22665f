/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Bitmark.Provenance and Bitmark.FullProvenance: where a bitmark comes from, from
 * a transaction back to its issue and asset, or to the foundation of a block.
 * Source: bitmarkd v0.16.0 rpc/bitmark/bitmark.go
 */
#include <stdlib.h>
#include <string.h>

#include "rpc_query.h"
#include "shared/json.h"

/* Steps of FullProvenance, at most: from there on Provenance leads further back.
 * Source: local bound; a reply of about 3 MiB */
#define STEPS_MAX 5000

/* A list of steps while it grows. */
struct steps {
	struct rpc_call *call;
	struct bitmark_snapshot *snapshot;
	size_t wanted;                  /* the asset is not counted         */
	size_t count;
	bool full;                      /* FullProvenance                   */
	bool failed;                    /* there was no memory              */
	struct rpc_text text;           /* of the reply                     */
};

/* A share ends the life of its bitmark, so 0.16 regards the account that made
 * it as the owner for ever. */
static bool
is_owner(const struct steps *steps, const uint8_t *tx_id,
    enum bitmark_record_tag tag)
{
	struct bitmark_owned owned = { .struct_size = sizeof owned };
	struct bitmark_account account;

	if (tag == BITMARK_RECORD_SHARE)
		return true;
	return steps->count == 0 && tag != BITMARK_RECORD_ASSET &&
	    bitmark_snapshot_ownership(steps->snapshot, tx_id, &account,
	    &owned) == BITMARK_OK;
}

/* The number of the block is text in 0.16; v8.2 gives 0 for assets. */
static void
write_block(struct steps *steps, const struct bitmark_confirmed *c)
{
	if (steps->call->from->form != RPC_FORM_8_2)
		rpc_raw_number_text(&steps->text, "inBlock", c->number);
	else
		rpc_raw_number(&steps->text, "inBlock",
		    c->record.tag == BITMARK_RECORD_ASSET ? 0 : c->number);
}

/* A key of the metadata, with its value behind it. */
static const char *
value_of(const char *key)
{
	return key + strlen(key) + 1;
}

/* When two keys are equal, the one that stands later in the text sorts later.
 */
static int
compare_keys(const void *a, const void *b)
{
	const char *one = *(char *const *)a, *two = *(char *const *)b;
	const int order = strcmp(one, two);

	return order != 0 ? order : (one > two) - (one < two);
}

/* Find the keys of a metadata text, in which a NUL follows each key and each
 * value. A last key without a value is ignored. */
static size_t
find_keys(const char *metadata, size_t size, const char **keys)
{
	const char *end = metadata + size;
	size_t count = 0;

	for (const char *key = metadata; key < end && value_of(key) <= end;
	    key = value_of(value_of(key)))
		keys[count++] = key;
	return count;
}

/* The pairs of the metadata, in the order of their keys, as Go writes a map.
 * The last value of a key counts. */
static json_t *
metadata_map(const char *metadata, size_t size)
{
	const char **keys = malloc((size / 2 + 1) * sizeof *keys);
	json_t *map = json_object();
	size_t count = keys != NULL ? find_keys(metadata, size, keys) : 0;
	bool ok = keys != NULL && map != NULL;

	if (count > 0)
		qsort(keys, count, sizeof *keys, compare_keys);
	for (size_t i = 0; ok && i < count; i++)
		ok = rpc_put(map, keys[i], json_string(value_of(keys[i])));
	free(keys);
	if (ok)
		return map;
	json_decref(map);
	return NULL;
}

/* An asset without metadata makes 0.16 crash here [S-26]. The library's text is
 * valid UTF-8, whatever the record holds. */
static bool
write_metadata(struct rpc_text *reply, const struct bitmark_record *record)
{
	json_t *fields, *metadata, *map = NULL;
	char *text;

	if (record->asset.metadata.size == 0)
		return true;
	if (bitmark_record_to_json(record, BITMARK_JSON_SAFE, &text, NULL) !=
	    BITMARK_OK)
		return false;
	fields = json_from_text(text);
	metadata = json_object_get(fields, "metadata");
	if (metadata != NULL)
		map = metadata_map(json_string_value(metadata),
		    json_string_length(metadata));
	json_decref(fields);
	if (map == NULL)
		return false;
	rpc_raw_json(reply, "metadata", "", 0);
	rpc_json_write(reply, map);
	json_decref(map);
	return true;
}

/* The members in the order of both releases. */
static bool
write_step(struct steps *steps, const uint8_t *id,
    const struct bitmark_confirmed *c)
{
	const bool asset = c->record.tag == BITMARK_RECORD_ASSET;
	const bool owner = is_owner(steps, id, c->record.tag);
	struct rpc_text *text = &steps->text;

	rpc_raw_open(text, NULL, '{');
	rpc_raw_string(text, "record", bitmark_record_name(c->record.tag));
	if (owner || !steps->full)
		rpc_raw_bool(text, "isOwner", owner);
	if (!asset)
		rpc_raw_hex(text, "txId", id, BITMARK_TX_ID_SIZE);
	write_block(steps, c);
	if (asset)
		rpc_raw_hex(text, "assetId", id, BITMARK_ASSET_ID_SIZE);
	if (!rpc_raw_record(text, "data", steps->call, &c->record) ||
	    (asset && steps->full && !write_metadata(text, &c->record)))
		return false;
	rpc_raw_close(text, '}');
	return !text->failed;
}

/* A bitmark_provenance_fn. Grants and swaps have no provenance in 0.16. The
 * asset follows its issue whatever count was asked for. */
static int
on_step(void *user, const uint8_t *id, const struct bitmark_confirmed *c)
{
	struct steps *steps = user;
	const enum bitmark_record_tag tag = c->record.tag;

	if (tag == BITMARK_RECORD_GRANT || tag == BITMARK_RECORD_SWAP)
		return 1;
	steps->failed = !write_step(steps, id, c);
	steps->count++;
	return steps->failed || (tag != BITMARK_RECORD_ISSUE &&
	    steps->count >= steps->wanted);
}

/* {"data": the steps}; an unknown transaction has none. */
static json_t *
walk_back(struct steps *steps, const uint8_t *tx_id)
{
	bitmark_status status;
	json_t *result;

	rpc_raw_begin(&steps->text);
	rpc_raw_open(&steps->text, NULL, '{');
	rpc_raw_open(&steps->text, "data", '[');
	status = bitmark_snapshot_provenance(steps->snapshot, tx_id, on_step,
	    steps);
	rpc_raw_close(&steps->text, ']');
	rpc_raw_close(&steps->text, '}');
	result = rpc_raw_end(&steps->text);
	if (!steps->failed && (status == BITMARK_OK ||
	    status == BITMARK_E_NOT_FOUND))
		return result;
	json_decref(result);
	return steps->failed ? NULL : rpc_fail_status(steps->call, status);
}

/* "txId", "count" */
json_t *
rpc_provenance(struct rpc_call *call)
{
	struct steps steps = { .call = call };
	uint8_t tx_id[BITMARK_TX_ID_SIZE] = { 0 };
	json_t *result;

	rpc_hex(call, "txId", tx_id, sizeof tx_id);
	if (!rpc_count(call, &steps.wanted))
		return NULL;
	steps.snapshot = rpc_snapshot(call);
	if (steps.snapshot == NULL)
		return NULL;
	result = walk_back(&steps, tx_id);
	bitmark_snapshot_close(steps.snapshot);
	return result;
}

/* Start at the transaction that holds the item now. */
static json_t *
walk_item(struct steps *steps, const uint8_t *issue_id)
{
	struct bitmark_owned owned = { .struct_size = sizeof owned };
	bitmark_status status = bitmark_snapshot_item(steps->snapshot,
	    issue_id, &owned);

	if (status == BITMARK_E_NOT_FOUND)
		status = BITMARK_E_NOT_ISSUE;
	return status == BITMARK_OK ? walk_back(steps, owned.tx_id) :
	    rpc_fail_status(steps->call, status);
}

/* "bitmarkId": of an issue, or of the foundation of a block */
json_t *
rpc_full_provenance(struct rpc_call *call)
{
	struct steps steps = { .call = call, .wanted = STEPS_MAX,
		.full = true };
	uint8_t issue_id[BITMARK_TX_ID_SIZE] = { 0 };
	json_t *result;

	rpc_hex(call, "bitmarkId", issue_id, sizeof issue_id);
	steps.snapshot = rpc_snapshot(call);
	if (steps.snapshot == NULL)
		return NULL;
	result = walk_item(&steps, issue_id);
	bitmark_snapshot_close(steps.snapshot);
	return result;
}
