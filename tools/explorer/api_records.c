/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* /api/v1/transaction, asset and provenance: one record, and where it comes
 * from. */
#include <string.h>

#include "explorer/api.h"
#include "explorer/record.h"

/* Steps back in time that one answer takes, at most. A bitmark can be
 * transferred without end, and each step reads a record from the store. Source:
 * local bound. */
#define STEPS_MAX 1000

/* --- one transaction ------------------------------------------------------ */

/* The beginning of an item, found step by step. */
struct beginning {
	uint8_t id[BITMARK_TX_ID_SIZE];         /* of the issue             */
	uint8_t asset_id[BITMARK_ASSET_ID_SIZE];
	bool begins, has_asset;
	size_t steps;
};

/* A bitmark_provenance_fn: stops at the record that the item began with, or
 * after STEPS_MAX steps. Returns not 0 to stop. */
static int
on_step_back(void *user, const uint8_t *tx_id,
    const struct bitmark_confirmed *confirmed)
{
	struct beginning *b = user;
	const enum bitmark_record_tag tag = confirmed->record.tag;

	if (tag == BITMARK_RECORD_ISSUE) {
		memcpy(b->asset_id, confirmed->record.issue.asset_id,
		    sizeof b->asset_id);
		b->has_asset = true;
	}
	b->begins = tag == BITMARK_RECORD_ISSUE ||
	    tag == BITMARK_RECORD_FOUNDATION ||
	    tag == BITMARK_RECORD_BASE_DATA;
	if (b->begins)
		memcpy(b->id, tx_id, sizeof b->id);
	return b->begins || ++b->steps >= STEPS_MAX;
}

/* The index of the record in its block. The store knows the offset only, so the
 * block is walked up to it. A block of the store parses; if it does not, the
 * index is where the walk ended. */
static size_t
index_of(struct api *api, const struct bitmark_confirmed *c)
{
	struct bitmark_block_walk w;
	struct bitmark_span block;
	bitmark_status status = bitmark_snapshot_block(api->from->snapshot,
	    c->number, &block);

	w.index = 0;
	if (status == BITMARK_OK)
		status = bitmark_block_walk_start(&w, bitmark_rules_decode(),
		    block.data, block.size, api->from->params->network);
	while (status == BITMARK_OK && w.offset < c->offset &&
	    w.index < w.header.count)
		status = bitmark_block_walk_next(&w);
	return w.index;
}

static void
put_record(struct api *api, const char *key, const struct bitmark_confirmed *c)
{
	out_key(&api->out, key);
	out_object(&api->out);
	if (!record_members(&api->out, &(struct record_place){
	    .record = &c->record, .packed = c->packed,
	    .network = api->from->params->network, .number = c->number, .offset = c->offset }))
		api->out.failed = true;
	out_object_end(&api->out);
}

/* The item now: its owner, the transaction that made them owner, and its asset.
 * The store files items under their first record, so the steps back come first.
 * A field that is not known is null. */
static void
put_item(struct api *api, const uint8_t id[BITMARK_TX_ID_SIZE])
{
	struct bitmark_snapshot *s = api->from->snapshot;
	struct bitmark_owned now = { .struct_size = sizeof now };
	struct bitmark_account owner;
	struct beginning b = { .begins = false };
	bool known = bitmark_snapshot_provenance(s, id, on_step_back, &b) ==
	    BITMARK_OK && b.begins &&
	    bitmark_snapshot_item(s, b.id, &now) == BITMARK_OK;

	if (b.has_asset)
		api_put_asset(api, "asset", b.asset_id);
	if (known && bitmark_snapshot_ownership(s, now.tx_id, &owner, &now) ==
	    BITMARK_OK) {
		api_put_account(api, "owner", &owner);
		out_key_hex(&api->out, "newest", now.tx_id,
		    sizeof now.tx_id);
	} else {
		out_key(&api->out, "owner");
		out_null(&api->out);
		out_key(&api->out, "newest");
		out_null(&api->out);
	}
}

static unsigned
tell_confirmed(struct api *api, const uint8_t id[BITMARK_TX_ID_SIZE],
    const struct bitmark_confirmed *c)
{
	struct out *out = &api->out;

	out_object(out);
	out_key_id(out, "id", id);
	out_key_text(out, "state", "confirmed");
	out_key_number(out, "block", c->number);
	out_key_number(out, "index", index_of(api, c));
	out_key_number(out, "time", api_block_time(api, c->number));
	put_record(api, "record", c);
	put_item(api, id);
	out_object_end(out);
	return 200;
}

unsigned
api_transaction(struct api *api)
{
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	uint8_t id[BITMARK_TX_ID_SIZE];
	const struct news_item *waits;
	bitmark_status status;

	if (!api_id(api, id, sizeof id))
		return 400;
	status = bitmark_snapshot_transaction(api->from->snapshot, id, &c);
	if (status == BITMARK_OK)
		return tell_confirmed(api, id, &c);
	waits = news_find(api->from->news, id);
	return status == BITMARK_E_NOT_FOUND && waits != NULL ?
	    api_waiting_transaction(api, waits) : api_failed(api, status);
}

/* --- asset ---------------------------------------------------------------- */

/* One bitmark of an asset: its issue and its owner now. The finder compares 8
 * bytes of the asset's id only, and may be a block ahead of this snapshot: so
 * the record itself is read and compared. */
static bool
put_bitmark(struct api *api, const uint8_t asset_id[BITMARK_ASSET_ID_SIZE],
    const struct finder_place *place)
{
	struct bitmark_snapshot *s = api->from->snapshot;
	struct bitmark_owned now = { .struct_size = sizeof now };
	struct bitmark_record record;
	struct bitmark_account owner;
	struct bitmark_span packed;
	uint8_t id[BITMARK_TX_ID_SIZE];

	if (!record_at(s, api->from->params->network, place, &record,
	    &packed) || record.tag != BITMARK_RECORD_ISSUE ||
	    memcmp(record.issue.asset_id, asset_id, BITMARK_ASSET_ID_SIZE) !=
	    0)
		return false;
	bitmark_tx_id(packed.data, packed.size, id);
	out_object(&api->out);
	out_key_id(&api->out, "id", id);
	out_key_number(&api->out, "block", place->number);
	if (bitmark_snapshot_item(s, id, &now) == BITMARK_OK &&
	    bitmark_snapshot_ownership(s, now.tx_id, &owner, &now) ==
	    BITMARK_OK)
		api_put_account(api, "owner", &owner);
	out_object_end(&api->out);
	return true;
}

/* "start" is the "next" of the page before, and an ordinal of the finder, as in
 * api_search. */
static void
put_bitmarks(struct api *api, const uint8_t asset_id[BITMARK_ASSET_ID_SIZE],
    uint64_t start, uint64_t count)
{
	struct finder_place places[API_BITMARKS_MAX + 1];
	struct finder_places all = { .places = places,
		.capacity = (size_t)count + 1 };
	const size_t found = finder_issues(api->from->finder, asset_id, start,
	    &all);

	out_key(&api->out, "bitmarks");
	out_array(&api->out);
	for (size_t i = 0; i < found && i < count; i++)
		(void)put_bitmark(api, asset_id, &places[i]);
	out_array_end(&api->out);
	api_next(api, found > count, found > count ?
	    places[count - 1].ordinal : 0);
	out_key(&api->out, "complete");
	out_bool(&api->out, api_is_complete(api));
}

unsigned
api_asset(struct api *api)
{
	const uint64_t count = api_count(api, API_COUNT, API_BITMARKS_MAX);
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	bitmark_status status;
	uint64_t start;

	if (count == 0 || !api_number(api, "start", UINT64_MAX, &start) ||
	    !api_id(api, id, sizeof id))
		return 400;
	status = bitmark_snapshot_asset(api->from->snapshot, id, &c);
	if (status != BITMARK_OK)
		return api_failed(api, status);
	out_object(&api->out);
	out_key_hex(&api->out, "id", id, sizeof id);
	out_key_number(&api->out, "block", c.number);
	out_key_number(&api->out, "time", api_block_time(api, c.number));
	put_record(api, "record", &c);
	put_bitmarks(api, id, start, count);
	out_object_end(&api->out);
	return 200;
}

/* --- provenance ----------------------------------------------------------- */

/* A page of steps. */
struct steps {
	struct api *api;
	uint64_t count, max;
	bool more;
	uint8_t next[BITMARK_TX_ID_SIZE];       /* of more                  */
};

static const char *
kind_of(const struct bitmark_record *record)
{
	switch (record->tag) {
	case BITMARK_RECORD_ASSET:
		return "asset";
	case BITMARK_RECORD_ISSUE:
		return "issue";
	case BITMARK_RECORD_FOUNDATION:
	case BITMARK_RECORD_BASE_DATA:
		return "block";
	case BITMARK_RECORD_SHARE:
	case BITMARK_RECORD_GRANT:
	case BITMARK_RECORD_SWAP:
		return "share";
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
	case BITMARK_RECORD_OWNER_TRANSFER:
	case BITMARK_RECORD_NULL:
		break;
	}
	return "transfer";
}

/* A bitmark_provenance_fn. The asset at the end never begins a page, as its id
 * is no transaction id: it is put behind the last step even when the page is
 * full. */
static int
on_step(void *user, const uint8_t *tx_id,
    const struct bitmark_confirmed *confirmed)
{
	struct steps *steps = user;
	struct api *api = steps->api;
	const struct bitmark_record *record = &confirmed->record;
	const struct bitmark_account *owner = bitmark_record_owner(record);
	const bool asset = record->tag == BITMARK_RECORD_ASSET;

	if (steps->count >= steps->max && !asset) {
		steps->more = true;
		memcpy(steps->next, tx_id, sizeof steps->next);
		return 1;
	}
	steps->count++;
	out_object(&api->out);
	if (asset)
		out_key_hex(&api->out, "id", tx_id, BITMARK_ASSET_ID_SIZE);
	else
		out_key_id(&api->out, "id", tx_id);
	out_key_text(&api->out, "kind", kind_of(record));
	out_key_number(&api->out, "block", confirmed->number);
	out_key_number(&api->out, "time", api_block_time(api,
	    confirmed->number));
	if (owner != NULL)
		api_put_account(api, "owner", owner);
	put_record(api, "record", confirmed);
	out_object_end(&api->out);
	return api->out.failed;
}

/* The next page begins with a transaction id, so each page costs the same
 * however far back it is. */
unsigned
api_provenance(struct api *api)
{
	struct steps steps = { .api = api };
	uint8_t id[BITMARK_TX_ID_SIZE];
	bitmark_status status;

	steps.max = api_count(api, API_COUNT, STEPS_MAX);
	if (steps.max == 0 || !api_id(api, id, sizeof id))
		return 400;
	out_object(&api->out);
	out_key(&api->out, "items");
	out_array(&api->out);
	status = bitmark_snapshot_provenance(api->from->snapshot, id, on_step,
	    &steps);
	out_array_end(&api->out);
	out_key(&api->out, "next");
	if (steps.more)
		out_hex(&api->out, steps.next, sizeof steps.next);
	else
		out_null(&api->out);
	out_object_end(&api->out);
	return status == BITMARK_OK ? 200 : api_failed(api, status);
}
