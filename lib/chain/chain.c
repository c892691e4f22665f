/* Adding blocks to a chain, alone or in batches, and deleting them. */
#include "chain/store.h"
#include "codec/codec.h"
#include "codec/log.h"

#include <inttypes.h>
#include <stdlib.h>

/*
 * Room that is made before a block is written, beside twice its bytes: for
 * pages of the tables that are copied, and for the rows of each record.  A
 * guess: a map that turns out too small grows then.  Bytes.
 */
#define ROOM_FOR_PAGES ((size_t)64 * 1024)
#define ROOM_FOR_RECORD ((size_t)1024)

/* What is deleted with one commit, at most.  Neighbouring blocks share pages of
 * the indexes: each is then written once.  Source: local choice. */
#define DELETE_BLOCKS_MAX 64
#define DELETE_BYTES_MAX ((size_t)64 << 20)
/* A part of a change, as bm_part_begin makes them, fails when 131071 pages were
 * changed before it.  Tables of fewer pages cannot bring that about.  In larger
 * ones the row of each record is on a page of its own, below others: three of
 * the largest blocks. */
#define DELETE_PAGES_SAFE ((size_t)100000)
#define DELETE_RECORDS_MAX 30000

/* First capacity of a batch.  Blocks. */
#define BATCH_CAPACITY_MIN 16

/*
 * Before anything is hashed.
 */

static uint64_t
allowed_step_back(const struct bitmark_rules *rules, uint16_t version)
{
	if (version <= 1)
		return rules->header_back_v1_s;
	return version == 2 ? rules->header_back_v2_s :
	    rules->header_back_later_s;
}

/* Would the block follow the newest one?  The digest of the block before
 * comes first, so that a block of another branch is known as one. */
static bitmark_status
check_follows(const struct bitmark_chain *chain,
    const struct bitmark_header *header)
{
	const struct bitmark_tip *tip = &chain->tip;

	if (memcmp(header->previous, tip->digest, sizeof tip->digest) != 0)
		return BITMARK_E_PREVIOUS;
	if (header->version < 1)
		return BITMARK_E_HEADER_VERSION;
	if (header->version < tip->version)
		return BITMARK_E_VERSION_DECREASE;
	if (header->timestamp < tip->timestamp && tip->timestamp -
	    header->timestamp > allowed_step_back(chain->rules,
	    header->version))
		return BITMARK_E_HEADER_TIMESTAMP;
	if (header->number != tip->number + 1)
		return BITMARK_E_NUMBER;
	return BITMARK_OK;
}

bitmark_status
bitmark_chain_precheck(struct bitmark_chain *chain, const uint8_t *block,
    size_t size, uint64_t now_s)
{
	/* At most every target: only the difficulty itself is judged. */
	static const uint8_t lowest[BITMARK_DIGEST_SIZE];
	struct bitmark_header header;
	bitmark_status status;

	if (size > BITMARK_BLOCK_MAX)
		return BITMARK_E_LENGTH;
	status = bitmark_header_parse(block, size, &header);
	if (status == BITMARK_OK)
		status = bitmark_header_check(chain->rules, &header, now_s);
	if (status == BITMARK_OK)
		status = check_follows(chain, &header);
	if (status == BITMARK_OK)
		status = bitmark_header_check_work(chain->rules, &header,
		    lowest);
	return status;
}

/* Its digest, known or computed, meets the difficulty. */
static bitmark_status
check_work(struct bitmark_chain *chain, const struct bm_block_check *check,
    const uint8_t *known, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	bitmark_status status = BITMARK_E_BUSY;

	if (known != NULL) {
		memcpy(digest, known, BITMARK_DIGEST_SIZE);
		status = BITMARK_OK;
	} else if (chain->digests != NULL) {
		status = bitmark_digest_pool_run(chain->digests,
		    check->block.data, digest);
	}
	/* There is no pool, or its queue is full. */
	if (status == BITMARK_E_BUSY)
		status = bitmark_digest(check->block.data, digest);
	return status == BITMARK_OK ? bitmark_header_check_work(chain->rules,
	    &check->header, digest) : status;
}

/* What was prepared, or a new check: begun when there is something else to do
 * meanwhile. */
static bitmark_status
take_check(struct bitmark_chain *chain, struct bitmark_span block,
    const uint8_t *digest, struct bm_block_check **check)
{
	struct bitmark_header header;
	bitmark_status status = bitmark_header_parse(block.data, block.size,
	    &header);

	*check = NULL;
	if (status != BITMARK_OK)
		return status;
	*check = bm_ahead_take(chain, block, &header);
	if (*check != NULL)
		return BITMARK_OK;
	status = bm_check_new(check, chain, block, BM_CHECK_BORROW);
	if (status == BITMARK_OK && digest == NULL)
		bm_check_begin(*check);
	return status;
}

/* The block of ${data} is now the newest. */
static void
advance_tip(struct bitmark_chain *chain, struct bitmark_span block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bitmark_header header;

	if (bitmark_header_parse(block.data, block.size, &header) !=
	    BITMARK_OK)
		return;         /* it was applied: cannot be */
	chain->tip = (struct bitmark_tip){
		.number = header.number,
		.version = header.version,
		.timestamp = header.timestamp,
		.crc = bitmark_crc(header.number, block.data, block.size),
	};
	memcpy(chain->tip.digest, digest, sizeof chain->tip.digest);
	bm_log(&chain->env, BITMARK_LOG_DEBUG, "chain",
	    "block %" PRIu64 " added, %zu bytes", header.number, block.size);
}

static void
make_room(struct bitmark_chain *chain, struct bitmark_span block)
{
	struct bitmark_header header;

	if (bitmark_header_parse(block.data, block.size, &header) ==
	    BITMARK_OK)
		bm_make_room(chain, 2 * block.size + ROOM_FOR_PAGES +
		    header.count * ROOM_FOR_RECORD);
}

/*
 * One block by itself.
 */

struct addition {
	struct bitmark_span block;
	const uint8_t *digest;
};

static bitmark_status
apply_addition(struct bitmark_chain *chain, struct bm_txn *t, void *user)
{
	const struct addition *a = user;

	return bm_apply(chain, t, a->block, a->digest);
}

static bitmark_status
verify_committed(struct bitmark_chain *chain, struct bm_block_check *check)
{
	struct bm_txn t;
	bitmark_status status = bm_read_begin(chain, &t);

	if (status != BITMARK_OK)
		return status;
	status = bm_verify(&t, check);
	bm_read_end(chain, &t);
	return status;
}

static bitmark_status
add_alone(struct bitmark_chain *chain, struct bm_block_check *check,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const struct bitmark_span block = check->block;
	struct addition addition = { block, digest };
	bitmark_status status = verify_committed(chain, check);

	if (status != BITMARK_OK)
		return status;
	make_room(chain, block);
	status = bm_write(chain, apply_addition, &addition);
	if (status == BITMARK_OK)
		advance_tip(chain, block, digest);
	return status;
}

/*
 * Batches.
 */

static void
clear_batch(struct bm_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		free(batch->blocks[i].data);
	free(batch->blocks);
	*batch = (struct bm_batch){ 0 };
}

/* The tip becomes that of what is committed. */
static bitmark_status
reload_tip(struct bitmark_chain *chain)
{
	struct bm_txn t;
	bitmark_status status = bm_read_begin(chain, &t);

	if (status != BITMARK_OK)
		return status;
	status = bm_tip(&t, chain->params, &chain->tip);
	bm_read_end(chain, &t);
	return status;
}

/* The batch is gone; it stays open so that its commit can say why. */
static bitmark_status
fail_batch(struct bitmark_chain *chain, bitmark_status status)
{
	if (chain->batch.txn.mdb != NULL)
		bm_txn_abort(&chain->batch.txn);
	clear_batch(&chain->batch);
	chain->batch.open = true;
	chain->batch.failed = status;
	bm_log(&chain->env, BITMARK_LOG_DEBUG, "chain", "batch is gone: %s",
	    bitmark_strerror(status));
	return reload_tip(chain) == BITMARK_OK ? status : BITMARK_E_STORE;
}

static bitmark_status
keep_block(struct bm_batch *batch, struct bitmark_span block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bm_batch_block *kept;

	if (batch->count == batch->capacity) {
		size_t capacity = batch->capacity != 0 ?
		    2 * batch->capacity : BATCH_CAPACITY_MIN;
		struct bm_batch_block *blocks = realloc(batch->blocks,
		    capacity * sizeof *blocks);

		if (blocks == NULL)
			return BITMARK_E_NOMEM;
		batch->blocks = blocks;
		batch->capacity = capacity;
	}
	kept = &batch->blocks[batch->count];
	kept->data = malloc(block.size);
	if (kept->data == NULL)
		return BITMARK_E_NOMEM;
	memcpy(kept->data, block.data, block.size);
	kept->size = block.size;
	memcpy(kept->digest, digest, sizeof kept->digest);
	batch->count++;
	return BITMARK_OK;
}

static bitmark_status
apply_kept(struct bitmark_chain *chain, const struct bm_batch_block *kept)
{
	const struct bitmark_span block = { kept->data, kept->size };

	return bm_apply(chain, &chain->batch.txn, block, kept->digest);
}

/* Write the whole batch again, in a map that has become larger. */
static bitmark_status
rewrite_batch(struct bitmark_chain *chain)
{
	struct bm_batch *batch = &chain->batch;
	bitmark_status status;

	do {
		if (batch->txn.mdb != NULL)
			bm_txn_abort(&batch->txn);
		status = bm_grow(chain);
		if (status == BITMARK_OK)
			status = bm_txn_begin(chain, &batch->txn);
		if (status != BITMARK_OK)
			return status;
		for (size_t i = 0; status == BITMARK_OK && i < batch->count;
		    i++)
			status = apply_kept(chain, &batch->blocks[i]);
	} while (batch->txn.map_full);
	return status;
}

static bitmark_status
add_to_batch(struct bitmark_chain *chain, struct bm_block_check *check,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const struct bitmark_span block = check->block;
	struct bm_batch *batch = &chain->batch;
	bitmark_status status = bm_verify(&batch->txn, check);

	if (status == BITMARK_OK)
		status = keep_block(batch, block, digest);
	if (status != BITMARK_OK)
		return status;
	status = apply_kept(chain, &batch->blocks[batch->count - 1]);
	if (batch->txn.map_full)
		status = rewrite_batch(chain);
	if (status != BITMARK_OK)
		return fail_batch(chain, status);
	advance_tip(chain, block, digest);
	return BITMARK_OK;
}

bitmark_status
bitmark_chain_batch_begin(struct bitmark_chain *chain)
{
	bitmark_status status;

	if (chain->access != BITMARK_CHAIN_WRITE)
		return BITMARK_E_READONLY;
	if (chain->batch.open)
		return BITMARK_E_STATE;
	bm_make_room(chain, ROOM_FOR_PAGES);
	status = bm_txn_begin(chain, &chain->batch.txn);
	chain->batch.open = status == BITMARK_OK;
	return status;
}

bitmark_status
bitmark_chain_batch_commit(struct bitmark_chain *chain)
{
	struct bm_batch *batch = &chain->batch;
	bitmark_status status = batch->failed;

	if (chain->access != BITMARK_CHAIN_WRITE)
		return BITMARK_E_READONLY;
	if (!batch->open)
		return BITMARK_E_STATE;
	if (status == BITMARK_OK)
		status = bm_txn_commit(&batch->txn);
	while (batch->txn.map_full) {
		status = rewrite_batch(chain);
		if (status != BITMARK_OK)
			break;
		status = bm_txn_commit(&batch->txn);
	}
	if (status != BITMARK_OK)
		status = fail_batch(chain, status);
	clear_batch(batch);
	return status;
}

void
bitmark_chain_batch_abort(struct bitmark_chain *chain)
{
	if (!chain->batch.open)
		return;
	fail_batch(chain, BITMARK_E_STOPPED);
	clear_batch(&chain->batch);
}

/*
 * The public faces.
 */

bitmark_status
bitmark_chain_add(struct bitmark_chain *chain, const uint8_t *block,
    size_t size, const uint8_t *digest, uint64_t now_s)
{
	uint8_t computed[BITMARK_DIGEST_SIZE];
	struct bm_block_check *check;
	bitmark_status status;

	if (chain->access != BITMARK_CHAIN_WRITE)
		return BITMARK_E_READONLY;
	if (chain->batch.failed != BITMARK_OK)
		return chain->batch.failed;
	status = bitmark_chain_precheck(chain, block, size, now_s);
	if (status == BITMARK_OK)
		status = take_check(chain,
		    (struct bitmark_span){ block, size }, digest, &check);
	if (status != BITMARK_OK)
		return status;
	status = check_work(chain, check, digest, computed);
	if (status == BITMARK_OK)
		status = chain->batch.open ?
		    add_to_batch(chain, check, computed) :
		    add_alone(chain, check, computed);
	bm_check_free(check);
	return status;
}

void
bitmark_chain_tip(const struct bitmark_chain *chain, struct bitmark_tip *tip)
{
	*tip = chain->tip;
}

struct deletion {
	uint64_t final;
	struct bitmark_tip tip;         /* afterwards */
};

/* Of records that one commit may take. */
static size_t
most_records(const struct bm_txn *t)
{
	size_t pages = 0;

	for (int i = 0; i < BM_TABLE_COUNT; i++) {
		MDB_stat stat = { 0 };

		/* Blocks go as a whole. */
		if (i != BM_TABLE_RUNS && mdb_stat(t->mdb, t->table[i],
		    &stat) == 0)
			pages += stat.ms_branch_pages + stat.ms_leaf_pages;
	}
	return pages < DELETE_PAGES_SAFE ? SIZE_MAX : DELETE_RECORDS_MAX;
}

/* The first of as many of the newest blocks as one commit may take. */
static bitmark_status
first_to_delete(const struct bm_txn *t, uint64_t newest, uint64_t final,
    uint64_t *first)
{
	const size_t records_max = most_records(t);
	bitmark_status status = BITMARK_OK;
	size_t bytes = 0, records = 0;

	for (*first = newest + 1; status == BITMARK_OK && *first > final &&
	    newest + 1 - *first < DELETE_BLOCKS_MAX &&
	    bytes < DELETE_BYTES_MAX; --*first) {
		struct bitmark_header header = { .count = 0 };
		struct bitmark_span block = { NULL, 0 };

		status = bm_get_block(t, *first - 1, &block);
		if (status == BITMARK_OK)
			status = bitmark_header_parse(block.data, block.size,
			    &header);
		bytes += block.size;
		records += header.count;
		/* One block is always taken. */
		if (records > records_max && *first <= newest)
			break;
	}
	return bm_store_error(status);
}

static bitmark_status
delete_some(struct bitmark_chain *chain, struct bm_txn *t, void *user)
{
	const uint64_t newest = chain->tip.number;
	struct deletion *d = user;
	uint64_t first;
	bitmark_status status = first_to_delete(t, newest, d->final, &first);

	if (status == BITMARK_OK)
		status = bm_undo(chain, t, first, newest);
	return status == BITMARK_OK ? bm_tip(t, chain->params, &d->tip) :
	    status;
}

bitmark_status
bitmark_chain_delete_down(struct bitmark_chain *chain, uint64_t final)
{
	struct deletion deletion = { .final = final };
	bitmark_status status = BITMARK_OK;

	if (final <= BITMARK_GENESIS_NUMBER)
		return BITMARK_E_ARGUMENT;
	if (chain->access != BITMARK_CHAIN_WRITE)
		return BITMARK_E_READONLY;
	if (chain->batch.open)
		return BITMARK_E_STATE;
	while (chain->tip.number >= final) {
		status = bm_write(chain, delete_some, &deletion);
		if (status != BITMARK_OK)
			break;
		bm_log(&chain->env, BITMARK_LOG_DEBUG, "chain",
		    "deleted down to block %" PRIu64 " from %" PRIu64,
		    deletion.tip.number + 1, chain->tip.number);
		chain->tip = deletion.tip;
	}
	return status;
}
