/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* /api/v1/status, blocks and block: what the headers and the records of blocks
 * say. */
#include <string.h>

#include "explorer/api.h"
#include "explorer/record.h"
#include "shared/option.h"

/* A block that is shown. */
struct shown {
	uint64_t number;
	struct bitmark_span packed;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_header header;
};

/* The genesis block is a part of the chain's parameters and in no store. */
static bitmark_status
find_block(struct api *api, uint64_t number, struct shown *shown)
{
	const struct bitmark_chain_params *params = api->from->params;
	bitmark_status status = BITMARK_OK;

	shown->number = number;
	if (number == BITMARK_GENESIS_NUMBER)
		shown->packed = (struct bitmark_span){ params->genesis,
			params->genesis_size };
	else
		status = bitmark_snapshot_block(api->from->snapshot, number,
		    &shown->packed);
	if (status == BITMARK_OK)
		status = bitmark_snapshot_digest(api->from->snapshot, number,
		    shown->digest);
	if (status == BITMARK_OK)
		status = bitmark_header_parse(shown->packed.data,
		    shown->packed.size, &shown->header);
	return status;
}

/* --- one block in a list -------------------------------------------------- */

/* The owner of a block is that of its first record, which is the base record.
 * Decoding rules accept the records of all versions. */
static void
put_owner(struct api *api, const struct shown *shown)
{
	const struct bitmark_account *owner;
	char text[BITMARK_ACCOUNT_TEXT_MAX];
	struct bitmark_record record;
	size_t used;

	out_key(&api->out, "owner");
	if (bitmark_record_parse(bitmark_rules_decode(),
	    shown->packed.data + BITMARK_HEADER_SIZE,
	    shown->packed.size - BITMARK_HEADER_SIZE,
	    api->from->params->network, &record, &used) != BITMARK_OK ||
	    (owner = bitmark_record_owner(&record)) == NULL) {
		out_null(&api->out);
		return;
	}
	bitmark_account_to_text(owner, text);
	out_text(&api->out, text);
}

/* The members of an object that is open. */
static void
put_summary(struct api *api, const struct shown *shown)
{
	struct out *out = &api->out;

	out_key_number(out, "number", shown->number);
	out_key_id(out, "digest", shown->digest);
	out_key(out, "previousDisplay");
	out_hex_reversed(out, shown->header.previous, BITMARK_DIGEST_SIZE);
	out_key_number(out, "time", shown->header.timestamp);
	out_key(out, "difficulty");
	out_real(out, bitmark_bits_reciprocal(shown->header.bits));
	out_key_number(out, "records", shown->header.count);
	out_key_number(out, "bytes", shown->packed.size);
	put_owner(api, shown);
}

/* An object, or the error of the store. */
static bitmark_status
put_block(struct api *api, uint64_t number)
{
	struct shown shown;
	bitmark_status status = find_block(api, number, &shown);

	if (status != BITMARK_OK)
		return status;
	out_object(&api->out);
	put_summary(api, &shown);
	out_object_end(&api->out);
	return BITMARK_OK;
}

/* --- status and blocks ---------------------------------------------------- */

/* Null when no daemon answers, or when the program has no control socket to
 * ask. */
static void
put_daemon(struct api *api)
{
	const struct news *news = api->from->news;
	struct out *out = &api->out;

	out_key(out, "daemon");
	if (news == NULL) {
		out_null(out);
		return;
	}
	out_object(out);
	out_key_text(out, "mode", news->mode);
	out_key_number(out, "peers", news->peers);
	out_key_number(out, "pending", news->pending);
	out_key_number(out, "verified", news->verified);
	out_key_text(out, "version", news->version);
	out_key_number(out, "since", news->since_s);
	out_key(out, "late");
	out_bool(out, news->late);
	out_object_end(out);
}

unsigned
api_status(struct api *api)
{
	struct out *out = &api->out;
	struct bitmark_tip tip;
	bitmark_status status;

	bitmark_snapshot_tip(api->from->snapshot, &tip);
	out_object(out);
	out_key(out, "program");
	out_object(out);
	out_key_text(out, "name", "bitmark-explorer");
	out_key_text(out, "version", bitmark_version());
	out_object_end(out);
	out_key_text(out, "chain", api->from->params->name);
	out_key_text(out, "rules", api->from->rules->name);
	out_key_number(out, "height", tip.number);
	out_key(out, "newest");
	status = put_block(api, tip.number);
	put_daemon(api);
	out_object_end(out);
	return status == BITMARK_OK ? 200 : api_failed(api, status);
}

/* List from the newest block down, or from the one below "before". ${n} is the
 * number above the next block, so it goes down to the genesis block and not
 * below it. */
unsigned
api_blocks(struct api *api)
{
	const uint64_t count = api_count(api, API_BLOCKS, API_BLOCKS_MAX);
	bitmark_status status = BITMARK_OK;
	struct bitmark_tip tip;
	uint64_t before, n;

	bitmark_snapshot_tip(api->from->snapshot, &tip);
	if (count == 0 || !api_number(api, "before", UINT64_MAX, &before))
		return 400;
	n = before <= tip.number ? before : tip.number + 1;
	out_object(&api->out);
	out_key(&api->out, "blocks");
	out_array(&api->out);
	for (uint64_t i = 0; status == BITMARK_OK && i < count &&
	    n > BITMARK_GENESIS_NUMBER; i++)
		status = put_block(api, --n);
	out_array_end(&api->out);
	api_next(api, n > BITMARK_GENESIS_NUMBER, n);
	out_object_end(&api->out);
	return status == BITMARK_OK ? 200 : api_failed(api, status);
}

/* --- block ---------------------------------------------------------------- */

/* The "nonce" is a text, as JavaScript would lose digits of it. "proven" tells
 * whether the digest is known to be right: blocks that were taken from a file
 * or below a checkpoint may not have been hashed yet. */
static void
put_header(struct api *api, const struct shown *shown)
{
	struct out *out = &api->out;

	out_object(out);
	put_summary(api, shown);
	out_key_number(out, "version", shown->header.version);
	out_key_hex(out, "merkleRoot", shown->header.merkle,
	    BITMARK_DIGEST_SIZE);
	out_key(out, "nonce");
	out_big(out, shown->header.nonce);
	out_key(out, "proven");
	out_bool(out, shown->number <=
	    bitmark_snapshot_proven(api->from->snapshot));
	out_object_end(out);
}

/* Fees for the block go to the addresses of its present owner. The genesis
 * block has none. */
static void
put_payments(struct api *api, const struct shown *shown)
{
	uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX];
	struct bitmark_payments payments;
	size_t size;

	out_key(&api->out, "payments");
	out_object(&api->out);
	if (bitmark_snapshot_payments(api->from->snapshot, shown->number,
	    packed, &size) == BITMARK_OK && bitmark_payments_parse(
	    bitmark_rules_decode(), packed, size, api->from->params->network,
	    &payments) == BITMARK_OK)
		for (int i = 0; i < BITMARK_CURRENCY_COUNT; i++) {
			if (payments.address[i].data == NULL)
				continue;
			out_key(&api->out, bitmark_currency_name(
			    (enum bitmark_currency)i));
			out_span(&api->out, payments.address[i]);
		}
	out_object_end(&api->out);
}

/* The record at which the walk stands, with its index and its id. Base records
 * have no id of their own in the store: they are filed under the foundation id
 * of their block. */
static bool
put_record(struct api *api, const struct shown *shown,
    const struct bitmark_block_walk *walk)
{
	const struct bitmark_record *record = &walk->record;
	const bool is_base = record->tag == BITMARK_RECORD_BASE_DATA ||
	    record->tag == BITMARK_RECORD_FOUNDATION;
	uint8_t id[BITMARK_TX_ID_SIZE];
	bool done;

	out_object(&api->out);
	out_key_number(&api->out, "index", walk->index - 1);
	if (is_base) {
		bitmark_foundation_id(shown->digest, shown->number, id);
		out_key_hex(&api->out, "id", id, sizeof id);
	}
	done = record_members(&api->out, &(struct record_place){
		.record = record,
		.packed = walk->packed,
		.network = api->from->params->network,
		.number = shown->number,
		.offset = walk->offset - walk->packed.size,
		.with_id = !is_base,
	});
	out_object_end(&api->out);
	return done;
}

/* Records in front of ${start} must be walked over, because each one's place
 * follows from the size of the one before. ${start} is at most the count of the
 * header and ${count} at most API_RECORDS_MAX, so their sum cannot wrap. */
static bitmark_status
put_records(struct api *api, const struct shown *shown, uint64_t start,
    uint64_t count)
{
	struct bitmark_block_walk w;
	bitmark_status status = bitmark_block_walk_start(&w,
	    bitmark_rules_decode(), shown->packed.data, shown->packed.size,
	    api->from->params->network);

	out_key(&api->out, "records");
	out_array(&api->out);
	while (status == BITMARK_OK && w.index < w.header.count &&
	    w.index < start + count) {
		status = bitmark_block_walk_next(&w);
		if (status == BITMARK_OK && w.index > start &&
		    !put_record(api, shown, &w))
			status = BITMARK_E_NOMEM;
	}
	out_array_end(&api->out);
	return status;
}

/* The name is a number. BITMARK_E_ARGUMENT: it is not. */
static bitmark_status
find_named(struct api *api, struct shown *shown)
{
	uint64_t number;

	if (!number_from_text(api->id, &number))
		return BITMARK_E_ARGUMENT;
	return find_block(api, number, shown);
}

unsigned
api_block(struct api *api)
{
	const uint64_t count = api_count(api, API_COUNT, API_RECORDS_MAX);
	struct shown shown;
	bitmark_status status;
	uint64_t start;

	if (count == 0 || !api_number(api, "start", 0, &start))
		return 400;
	status = find_named(api, &shown);
	if (status == BITMARK_E_ARGUMENT)
		return api_fail(api, 400, "not the number of a block");
	if (status != BITMARK_OK)
		return api_failed(api, status);
	if (start > shown.header.count)
		start = shown.header.count;
	out_object(&api->out);
	out_key(&api->out, "block");
	put_header(api, &shown);
	put_payments(api, &shown);
	status = put_records(api, &shown, start, count);
	out_key_number(&api->out, "total", shown.header.count);
	api_next(api, start + count < shown.header.count, start + count);
	out_object_end(&api->out);
	return status == BITMARK_OK ? 200 : api_failed(api, status);
}
