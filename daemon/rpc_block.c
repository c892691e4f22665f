/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Node.BlockDump, .BlockDumpRange and .BlockDecode: blocks as JSON, with their
 * records and their bytes.
 * Source: bitmarkd v0.16.0 blockdump/dump.go
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/digest.h>
#include <bitmarkpeer/os.h>

#include "rpc_json.h"
#include "rpc_query.h"
#include "shared/json.h"

/* Most blocks of one range, as in 0.16. */
#define BLOCKS_MAX 100
/* JSON of one range: when a block would make it longer, the range ends in front
 * of that block. Bytes. Source: local bound */
#define RANGE_MAX (4 * 1024 * 1024)

/* A block, and the parts of it that are wanted. */
struct dump {
	struct rpc_call *call;
	struct bitmark_span packed;
	const uint8_t *digest;          /* NULL: it is not told             */
	bool records;
};

/* --- parts of a block ----------------------------------------------------- */

static json_t *
base64_of(struct bitmark_span data)
{
	char *text = malloc(BITMARK_BASE64_TEXT_SIZE(data.size));
	json_t *value = NULL;

	if (text != NULL) {
		bitmark_base64_encode(data.data, data.size, text);
		value = json_string_nocheck(text);
	}
	free(text);
	return value;
}

static json_t *
header_of(const struct bitmark_header *header)
{
	json_t *value;
	size_t size;
	char *text;

	if (bitmark_header_to_json(header, &text, &size) != BITMARK_OK)
		return NULL;
	value = rpc_json_raw(text, size);
	bitmark_free(text);
	return value;
}

/* The record at which the walk stands. Here a base record has the id of its
 * bytes, not the foundation id. */
static json_t *
make_transaction(const struct dump *d, const struct bitmark_block_walk *w)
{
	uint8_t id[BITMARK_TX_ID_SIZE];

	bitmark_tx_id(w->packed.data, w->packed.size, id);
	return json_pack("{s:I, s:o, s:s, s:o}", "index",
	    (json_int_t)w->index, "txId", json_hex(id, sizeof id), "type",
	    bitmark_record_name(w->record.tag), "data",
	    rpc_record(d->call, &w->record));
}

/* A record that cannot be read fails the call, as half a block would look like
 * a shorter one. */
static json_t *
make_transactions(const struct dump *d, struct bitmark_block_walk *w)
{
	json_t *list = json_array();
	bitmark_status status = BITMARK_OK;
	bool ok = list != NULL;

	while (ok && status == BITMARK_OK && w->index < w->header.count) {
		status = bitmark_block_walk_next(w);
		if (status == BITMARK_OK)
			ok = json_array_append_new(list,
			    make_transaction(d, w)) == 0;
	}
	if (ok && status == BITMARK_OK)
		return list;
	json_decref(list);
	return ok ? rpc_fail_status(d->call, status) : NULL;
}

/* An estimate of the length of a block's JSON: base64 makes four characters of
 * three bytes, and the members of records about seven of two. */
static size_t
json_size(size_t packed, bool records)
{
	return packed / 3 * 4 + (records ? packed / 2 * 7 : 0) + 1000;
}

/* Members are in the order of Go's struct. The list of records is kept until
 * the end, because json_object_set takes a reference of its own. */
static json_t *
make_block(struct dump *d)
{
	struct bitmark_block_walk walk;
	bitmark_status status = bitmark_block_walk_start(&walk,
	    bitmark_rules_decode(), d->packed.data, d->packed.size,
	    d->call->from->params->network);
	json_t *block, *records = NULL;
	bool ok = true;

	if (status != BITMARK_OK)
		return rpc_fail_status(d->call, status);
	if (d->records) {
		records = make_transactions(d, &walk);
		if (records == NULL)
			return NULL;
	}
	block = json_object();
	if (d->digest != NULL)
		ok = rpc_put(block, "digest", json_hex(d->digest,
		    BITMARK_DIGEST_SIZE));
	ok = ok && rpc_put(block, "header", header_of(&walk.header));
	if (ok && d->records)
		ok = json_object_set(block, "transactions", records) == 0;
	ok = ok && rpc_put(block, "binary", base64_of(d->packed));
	json_decref(records);
	if (ok)
		return block;
	json_decref(block);
	return NULL;
}

/* --- stored blocks -------------------------------------------------------- */

/* NULL: the call has its error, or memory ran out. */
static json_t *
stored_block(struct rpc_call *call, struct bitmark_snapshot *snapshot,
    uint64_t number, bool records)
{
	struct dump dump = { .call = call, .records = records };
	uint8_t digest[BITMARK_DIGEST_SIZE];
	bitmark_status status = bitmark_snapshot_block(snapshot, number,
	    &dump.packed);

	if (status == BITMARK_OK)
		status = bitmark_snapshot_digest(snapshot, number, digest);
	if (status != BITMARK_OK)
		return rpc_fail_status(call, status);
	dump.digest = digest;
	return make_block(&dump);
}

/* "height", "binary". The latter asks for the records and not for the bytes,
 * which are always there; the name is bitmarkd's. */
json_t *
rpc_block(struct rpc_call *call)
{
	struct bitmark_snapshot *snapshot;
	uint64_t number = 0;
	bool records = false;
	json_t *block;

	rpc_u64(call, "height", &number);
	rpc_bool(call, "binary", &records);
	snapshot = rpc_snapshot(call);
	if (snapshot == NULL)
		return NULL;
	block = stored_block(call, snapshot, number, records);
	bitmark_snapshot_close(snapshot);
	return block != NULL ? json_pack("{s:o}", "block", block) : NULL;
}

/* The number of the last block of the reply, at least ${first}: the range ends
 * at the newest block, or where the reply would become too long. */
static uint64_t
end_of_range(struct bitmark_snapshot *snapshot, uint64_t first, uint64_t last,
    bool records)
{
	struct bitmark_tip tip;
	struct bitmark_span block;
	size_t size = 0;

	bitmark_snapshot_tip(snapshot, &tip);
	for (uint64_t n = first; n <= last; n++) {
		if (n > tip.number || bitmark_snapshot_block(snapshot, n,
		    &block) != BITMARK_OK)
			return n > first ? n - 1 : first;
		size += json_size(block.size, records);
		if (size > RANGE_MAX)
			return n > first ? n - 1 : first;
	}
	return last;
}

/* bitmarkd fails as a whole when one block is missing, so its clients cannot
 * ask for "the rest of the chain". Here the range just ends. */
static json_t *
stored_blocks(struct rpc_call *call, struct bitmark_snapshot *snapshot,
    uint64_t first, uint64_t last, bool records)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	last = end_of_range(snapshot, first, last, records);
	for (uint64_t n = first; ok && n <= last; n++)
		ok = json_array_append_new(list, stored_block(call, snapshot,
		    n, records)) == 0;
	if (ok)
		return list;
	json_decref(list);
	return NULL;
}

/* "height", "count", "txs": with the records. */
json_t *
rpc_blocks(struct rpc_call *call)
{
	struct bitmark_snapshot *snapshot;
	uint64_t first = 0;
	int64_t count = 0;
	bool records = false;
	json_t *blocks;

	rpc_u64(call, "height", &first);
	rpc_i64(call, "count", &count);
	rpc_bool(call, "txs", &records);
	count = count < 1 ? 1 : count > BLOCKS_MAX ? BLOCKS_MAX : count;
	if (first > UINT64_MAX - BLOCKS_MAX)
		return rpc_fail_status(call, BITMARK_E_BLOCK_NOT_FOUND);
	snapshot = rpc_snapshot(call);
	if (snapshot == NULL)
		return NULL;
	blocks = stored_blocks(call, snapshot, first, first +
	    (uint64_t)count - 1, records);
	bitmark_snapshot_close(snapshot);
	return blocks != NULL ? json_pack("{s:o}", "blocks", blocks) : NULL;
}

/* --- blocks of the caller's ----------------------------------------------- */

/* Is this very block stored? 0.16 gives the digest of the stored block of the
 * same number, whatever that is [S-20]. */
static bitmark_status
find_digest(struct bitmark_snapshot *snapshot, struct bitmark_span packed,
    uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE], bool *found)
{
	struct bitmark_span stored;
	bitmark_status status = bitmark_snapshot_block(snapshot, number,
	    &stored);

	*found = status == BITMARK_OK && stored.size == packed.size &&
	    memcmp(stored.data, packed.data, packed.size) == 0;
	if (*found)
		status = bitmark_snapshot_digest(snapshot, number, digest);
	return status == BITMARK_E_BLOCK_NOT_FOUND ? BITMARK_OK : status;
}

/* A digest takes tenths of a second and 128 MiB. So one at a time is computed
 * for all clients together; another client gets "busy" instead of waiting, as
 * its thread of the pool is needed for others. The flag is atomic and needs no
 * lock. */
static bitmark_status
make_digest(struct bitmark_span packed, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	static atomic_flag busy = ATOMIC_FLAG_INIT;
	bitmark_status status = BITMARK_E_BUSY;

	if (!atomic_flag_test_and_set(&busy)) {
		status = bitmark_digest(packed.data, digest);
		atomic_flag_clear(&busy);
	}
	return status;
}

/* Check the header as far as that needs no other block, by the rules of the
 * chain. */
static bitmark_status
check_header(const struct rpc_call *call, struct bitmark_span packed,
    struct bitmark_header *header)
{
	bitmark_status status = bitmark_header_parse(packed.data, packed.size,
	    header);

	return status == BITMARK_OK ? bitmark_header_check(
	    bitmark_chain_rules(call->from->chain), header,
	    bitmark_clock_wall_s()) : status;
}

/* {"block": the block}. A digest that must be computed is given only with
 * ${digest_wanted}. */
static json_t *
decode(struct rpc_call *call, struct bitmark_span packed, bool digest_wanted)
{
	struct dump dump = { .call = call, .packed = packed, .records = true };
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_snapshot *snapshot;
	struct bitmark_header header;
	bool found = false;
	bitmark_status status = check_header(call, packed, &header);
	json_t *block;

	if (status != BITMARK_OK)
		return rpc_fail_status(call, status);
	snapshot = rpc_snapshot(call);
	if (snapshot == NULL)
		return NULL;
	status = find_digest(snapshot, packed, header.number, digest, &found);
	bitmark_snapshot_close(snapshot);
	if (status != BITMARK_OK)
		return rpc_fail_status(call, status);
	dump.digest = found ? digest : NULL;
	/* The records are decoded before the digest is computed: they cost
	 * little and may be wrong. */
	block = make_block(&dump);
	if (block != NULL && digest_wanted && !found) {
		json_decref(block);
		status = make_digest(packed, digest);
		dump.digest = digest;
		block = status == BITMARK_OK ? make_block(&dump) :
		    rpc_fail_status(call, status);
	}
	return block != NULL ? json_pack("{s:o}", "block", block) : NULL;
}

/* "packed": a block. "digest": also compute the digest of a block that is not
 * stored. */
json_t *
rpc_decode(struct rpc_call *call)
{
	json_t *given = rpc_get(call->arguments, "packed");
	bool wanted = false;

	rpc_bool(call, "digest", &wanted);
	return decode(call, (struct bitmark_span){
	    (const uint8_t *)json_string_value(given),
	    json_string_length(given) }, wanted);
}
