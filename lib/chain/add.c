/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Adding blocks to a chain, alone or in batches. */
#include "chain/chain.h"

#include <inttypes.h>
#include <string.h>

#include "chain/add.h"
#include "chain/apply.h"
#include "chain/current.h"
#include "chain/map.h"
#include "chain/proof.h"
#include "chain/verify.h"
#include "codec/log.h"
#include "codec/sized.h"

/*
 * Room that is made before a block is written, beside twice its bytes: for
 * pages of the tables that are copied, and for the rows of each record.  A
 * guess: a map that turns out too small grows then.  Bytes.
 */
#define ROOM_FOR_PAGES ((size_t)64 * 1024)
#define ROOM_FOR_RECORD ((size_t)1024)

/*
 * Before anything is hashed.
 */

/* How many seconds a block may be older than the one before it. All of these
 * checks come before anything is hashed. */
static uint64_t
allowed_step_back(const struct bitmark_rules *rules, uint16_t version)
{
	if (version <= 1)
		return rules->header_back_v1_s;
	return version == 2 ? rules->header_back_v2_s :
	    rules->header_back_later_s;
}

static bitmark_status
check_previous(const struct bitmark_chain *chain,
    const struct bitmark_header *header)
{
	return memcmp(header->previous, chain->tip.digest,
	    sizeof chain->tip.digest) == 0 ? BITMARK_OK : BITMARK_E_PREVIOUS;
}

static bitmark_status
check_version(const struct bitmark_chain *chain,
    const struct bitmark_header *header)
{
	if (header->version < 1)
		return BITMARK_E_HEADER_VERSION;
	return header->version < chain->tip.version ?
	    BITMARK_E_VERSION_DECREASE : BITMARK_OK;
}

static bitmark_status
check_time(const struct bitmark_chain *chain,
    const struct bitmark_header *header)
{
	const uint64_t before = chain->tip.timestamp;

	return header->timestamp < before && before - header->timestamp >
	    allowed_step_back(chain->store.rules, header->version) ?
	    BITMARK_E_HEADER_TIMESTAMP : BITMARK_OK;
}

/* A private chain of 0.16 computes the difficulty, and then checks neither it
 * nor the work. */
static bool
needs_work(const struct bm_store *store)
{
	return !store->rules->private_without_work ||
	    !store->params->is_private;
}

/* The difficulty from the blocks before this one, some of which may be in an
 * open batch. */
static bitmark_status
adjusted_difficulty(struct bitmark_chain *chain, uint64_t number,
    double *value)
{
	struct bm_txn t;
	bitmark_status status;

	if (chain->batch.open)
		return bm_current_adjusted(&chain->batch.change.txn, number,
		    value);
	status = bm_read_begin(&chain->store, &t);
	if (status != BITMARK_OK)
		return status;
	status = bm_current_adjusted(&t, number, value);
	bm_read_end(&t);
	return status;
}

/* Does the chain adjust its difficulty from this header version on? */
static bool
is_adjusted(const struct bm_store *store, const struct bitmark_header *header)
{
	return store->rules->difficulty == BITMARK_DIFFICULTY_ADJUSTED &&
	    header->version >= store->rules->difficulty_version;
}

static bitmark_status
check_difficulty(struct bitmark_chain *chain,
    const struct bitmark_header *header, double *current)
{
	/* A digest of zeros is below every target, so that only the difficulty
	 * itself is judged here. */
	static const uint8_t lowest[BITMARK_DIGEST_SIZE];
	const struct bm_store *store = &chain->store;
	bitmark_status status = BITMARK_OK;

	*current = chain->difficulty;
	if (is_adjusted(store, header) &&
	    header->number % BITMARK_DIFFICULTY_WINDOW == 0)
		status = adjusted_difficulty(chain, header->number, current);
	if (status != BITMARK_OK || !needs_work(store))
		return status;
	if (is_adjusted(store, header) &&
	    bitmark_bits_reciprocal(header->bits) != *current)
		return BITMARK_E_DIFFICULTY;
	return bitmark_header_check_work(store->rules, header, lowest);
}

/* The digest of the block before is compared first, so that a block of another
 * branch is recognised as one. Source: bitmarkd v8.2 block/store.go */
static bitmark_status
check_link_first(struct bitmark_chain *chain,
    const struct bitmark_header *header, double *current)
{
	bitmark_status status = check_previous(chain, header);

	if (status == BITMARK_OK)
		status = check_version(chain, header);
	if (status == BITMARK_OK)
		status = check_time(chain, header);
	if (status == BITMARK_OK && header->number != chain->tip.number + 1)
		status = BITMARK_E_NUMBER;
	return status == BITMARK_OK ?
	    check_difficulty(chain, header, current) : status;
}

/* 0.16 lets the number of the newest block itself pass here. It compares the
 * number again behind all other checks and refuses the block there. Source:
 * bitmarkd v0.16.0 block/store.go, blockrecord/header.go */
static bitmark_status
check_number_first(struct bitmark_chain *chain,
    const struct bitmark_header *header, double *current)
{
	const uint64_t number = chain->tip.number;
	bitmark_status status = BITMARK_E_HEIGHT;

	if (header->number == number || header->number == number + 1)
		status = check_version(chain, header);
	if (status == BITMARK_OK && header->number == number + 1)
		status = check_difficulty(chain, header, current);
	if (status == BITMARK_OK)
		status = check_previous(chain, header);
	if (status == BITMARK_OK)
		status = check_time(chain, header);
	return status == BITMARK_OK && header->number == number ?
	    BITMARK_E_HEIGHT : status;
}

/* In the order of the release, so that a block with several faults is refused
 * with the same error.  *current becomes the difficulty from the block on. */
static bitmark_status
precheck(struct bitmark_chain *chain, const struct bitmark_header *header,
    size_t size, uint64_t now_s, double *current)
{
	bitmark_status status;

	if (size > BITMARK_BLOCK_MAX)
		return BITMARK_E_LENGTH;
	status = bitmark_header_check(chain->store.rules, header, now_s);
	if (status != BITMARK_OK)
		return status;
	switch (chain->store.rules->header_order) {
	case BITMARK_HEADER_LINK_FIRST:
		return check_link_first(chain, header, current);
	case BITMARK_HEADER_NUMBER_FIRST:
		return check_number_first(chain, header, current);
	}
	return BITMARK_E_ARGUMENT;
}

bitmark_status
bm_chain_precheck(struct bitmark_chain *chain,
    const struct bitmark_header *header, size_t size, uint64_t now_s)
{
	double current;

	return precheck(chain, header, size, now_s, &current);
}

bitmark_status
bitmark_chain_precheck(struct bitmark_chain *chain, const uint8_t *block,
    size_t size, uint64_t now_s)
{
	struct bitmark_header header;
	bitmark_status status = bitmark_header_parse(block, size, &header);

	return status == BITMARK_OK ?
	    bm_chain_precheck(chain, &header, size, now_s) : status;
}

/* A hint about a block that cannot be valid is ignored: bitmark_chain_add will
 * refuse that block with a reason. */
void
bm_chain_prepare(struct bitmark_chain *chain,
    const struct bitmark_header *header, struct bitmark_span block)
{
	if (chain->store.access == BITMARK_CHAIN_WRITE &&
	    block.size <= BITMARK_BLOCK_MAX &&
	    bm_check_possible(chain->store.rules, header) &&
	    header->number > chain->tip.number)
		bm_ahead_put(&chain->ahead, &chain->store, header, block);
}

void
bitmark_chain_prepare(struct bitmark_chain *chain, const uint8_t *block,
    size_t size)
{
	struct bitmark_header header;

	if (bitmark_header_parse(block, size, &header) == BITMARK_OK)
		bm_chain_prepare(chain, &header,
		    (struct bitmark_span){ block, size });
}

bitmark_status
bitmark_chain_prepared(const struct bitmark_chain *chain,
    struct bitmark_prepared *prepared)
{
	return BM_OUT(bitmark_prepared, prepared, &chain->ahead.counts);
}

/*
 * One block.
 */

/* Does the block's digest meet the difficulty?  One that is known was computed
 * by the caller from the same header; otherwise the pool computes it, with its
 * memory that is in use already, or this thread does. */
static bitmark_status
check_work(struct bitmark_chain *chain, const struct bm_checked_block *block,
    const uint8_t *known, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	bitmark_status status = BITMARK_E_BUSY;

	if (known != NULL) {
		memcpy(digest, known, BITMARK_DIGEST_SIZE);
		status = BITMARK_OK;
	} else if (chain->digests != NULL) {
		status = bitmark_digest_pool_run(chain->digests,
		    block->packed.data, digest);
	}
	/* There is no pool, or its queue is full. */
	if (status == BITMARK_E_BUSY)
		status = bitmark_digest(block->packed.data, digest);
	return status == BITMARK_OK && needs_work(&chain->store) ?
	    bitmark_header_check_work(chain->store.rules, &block->header,
	    digest) : status;
}

/* Take the block that was prepared, or a new one, whose check is begun now so
 * that it runs while the digest is computed. */
static bitmark_status
take_block(struct bitmark_chain *chain, struct bitmark_span packed,
    const uint8_t *digest, uint64_t now_s, struct bm_checked_block **block,
    double *current)
{
	struct bm_checked_block *found = bm_ahead_find(&chain->ahead, packed);
	struct bitmark_header header;
	bitmark_status status = BITMARK_OK;

	if (found != NULL)
		header = found->header;
	else
		status = bitmark_header_parse(packed.data, packed.size,
		    &header);
	if (status == BITMARK_OK)
		status = precheck(chain, &header, packed.size, now_s,
		    current);
	if (status != BITMARK_OK)
		return status;
	bm_ahead_pass(&chain->ahead, header.number, found);
	*block = found;
	if (found == NULL)
		status = bm_check_new(block, &chain->store, &header, packed,
		    BM_CHECK_BORROW);
	if (status == BITMARK_OK && found == NULL && digest == NULL)
		bm_check_begin(*block);
	return status;
}

struct addition {
	const struct bm_checked_block *block;
	const uint8_t *digest;
};

/* bm_change_fn */
static bitmark_status
apply_addition(struct bm_txn *t, void *user)
{
	const struct addition *a = user;

	return bm_apply(t, a->block, a->digest);
}

/* A transaction for reading is enough to verify a block, so one that is refused
 * never begins to write. */
static bitmark_status
verify_committed(struct bitmark_chain *chain, struct bm_checked_block *block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bm_txn t;
	bitmark_status status = bm_read_begin(&chain->store, &t);

	if (status != BITMARK_OK)
		return status;
	status = bm_verify(&t, block);
	if (status == BITMARK_OK)
		status = bm_proof_check(&t, block, digest);
	bm_read_end(&t);
	return status;
}

/* Room in the map is made before the transaction begins, because LMDB cannot
 * enlarge the map while a transaction is open. */
static bitmark_status
add_alone(struct bitmark_chain *chain, struct bm_checked_block *block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct addition addition = { block, digest };
	bitmark_status status = verify_committed(chain, block,
	    digest);

	if (status != BITMARK_OK)
		return status;
	bm_map_make_room(&chain->store, 2 * block->packed.size +
	    ROOM_FOR_PAGES + block->header.count * ROOM_FOR_RECORD);
	return bm_write(&chain->store, apply_addition, &addition,
	    BM_GATE_WAIT_MS);
}

/* A failed batch is gone, and its tip with it. */
static bitmark_status
leave_batch(struct bitmark_chain *chain, bitmark_status status)
{
	if (status == BITMARK_OK)
		return BITMARK_OK;
	return bm_chain_reload_tip(chain) == BITMARK_OK ? status :
	    BITMARK_E_STORE;
}

static bitmark_status
add_to_batch(struct bitmark_chain *chain, struct bm_checked_block *block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	bitmark_status status = bm_batch_add(&chain->batch, block, digest);

	return chain->batch.failed != BITMARK_OK ?
	    leave_batch(chain, status) : status;
}

/* Everything in the tip was read or computed before, so nothing is read back.
 */
static void
advance_tip(struct bitmark_chain *chain, const struct bm_checked_block *block,
    const uint8_t digest[BITMARK_DIGEST_SIZE], double current)
{
	chain->difficulty = current;
	chain->tip = (struct bitmark_tip){
		.number = block->header.number,
		.version = block->header.version,
		.timestamp = block->header.timestamp,
		.crc = block->crc,
	};
	memcpy(chain->tip.digest, digest, sizeof chain->tip.digest);
	bm_log(&chain->store.env, BITMARK_LOG_DEBUG, "chain",
	    "block %" PRIu64 " added, %zu bytes", block->header.number,
	    block->packed.size);
}

/* A batch that has failed refuses every block with its reason, until the caller
 * ends it. */
bitmark_status
bitmark_chain_add(struct bitmark_chain *chain, const uint8_t *block,
    size_t size, const uint8_t *digest, uint64_t now_s)
{
	uint8_t computed[BITMARK_DIGEST_SIZE];
	struct bm_checked_block *checked;
	double current;
	bitmark_status status;

	if (chain->store.access != BITMARK_CHAIN_WRITE)
		return BITMARK_E_READONLY;
	if (chain->batch.failed != BITMARK_OK)
		return chain->batch.failed;
	status = take_block(chain, (struct bitmark_span){ block, size },
	    digest, now_s, &checked, &current);
	if (status != BITMARK_OK)
		return status;
	status = check_work(chain, checked, digest, computed);
	if (status == BITMARK_OK)
		status = chain->batch.open ?
		    add_to_batch(chain, checked, computed) :
		    add_alone(chain, checked, computed);
	if (status == BITMARK_OK)
		advance_tip(chain, checked, computed, current);
	bm_check_free(checked);
	return status;
}

/*
 * Batches.
 */

bitmark_status
bitmark_chain_batch_begin(struct bitmark_chain *chain)
{
	if (chain->store.access != BITMARK_CHAIN_WRITE)
		return BITMARK_E_READONLY;
	if (chain->batch.open)
		return BITMARK_E_STATE;
	bm_map_make_room(&chain->store, ROOM_FOR_PAGES);
	return bm_batch_begin(&chain->batch, &chain->store);
}

bitmark_status
bitmark_chain_batch_commit(struct bitmark_chain *chain)
{
	if (chain->store.access != BITMARK_CHAIN_WRITE)
		return BITMARK_E_READONLY;
	if (!chain->batch.open)
		return BITMARK_E_STATE;
	return leave_batch(chain, bm_batch_commit(&chain->batch));
}

/* The tip was that of the batch; now the committed one counts again. */
void
bitmark_chain_batch_abort(struct bitmark_chain *chain)
{
	if (!chain->batch.open)
		return;
	bm_batch_abort(&chain->batch);
	(void)bm_chain_reload_tip(chain);
}
