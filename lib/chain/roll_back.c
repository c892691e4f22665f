/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * One transaction is open from the begin to the commit.  What is read in
 * between is read by it, so the reservoir sees a chain without the blocks that
 * everybody else still has.
 *
 * When the map turns out to be too small, all that was written is lost and is
 * done again: the blocks are copies, and the journal keeps its rows in memory
 * until the end, so nobody has to be asked a second time.
 */
#include "chain/roll_back.h"

#include <inttypes.h>
#include <stdlib.h>

#include "chain/chain.h"
#include "chain/current.h"
#include "chain/env.h"
#include "chain/journal.h"
#include "chain/proof.h"
#include "chain/read.h"
#include "chain/runs.h"
#include "chain/snapshot.h"
#include "chain/undo.h"
#include "codec/log.h"

/* Blocks that one commit takes away, at most, and bytes of them, which are
 * copied to memory.  Neighbouring blocks share pages of the indexes: each is
 * then written once.  Source: local choice. */
#define BLOCKS_MAX 64
#define BYTES_MAX ((size_t)64 << 20)

/* LMDB lets a part of a change, as bm_part_begin makes them, fail when 131071
 * pages were changed before it.  Tables of fewer pages cannot bring that about.
 * In larger ones the row of each record is on a page of its own, below others:
 * three of the largest blocks. */
#define PAGES_SAFE ((size_t)100000)
#define RECORDS_MAX 30000

struct bm_roll_back {
	struct bitmark_chain *chain;
	struct bm_change change;
	uint64_t first, newest;         /* blocks that are taken away     */
	struct bm_removed_list blocks;
	struct bitmark_tip tip;         /* without them                   */
	double difficulty;              /* likewise                       */
	struct bitmark_snapshot snapshot;
};

/*
 * How many blocks.
 */

/* Records that one commit may take. */
static size_t
most_records(const struct bm_txn *t)
{
	size_t pages = 0;

	for (int i = 0; i < BM_TABLE_COUNT; i++) {
		MDB_stat stat = { 0 };

		/* A block is removed as a whole, without a look at its pages. */
		if (i != BM_TABLE_RUNS && mdb_stat(t->mdb,
		    t->store->table[i], &stat) == 0)
			pages += stat.ms_branch_pages + stat.ms_leaf_pages;
	}
	return pages < PAGES_SAFE ? SIZE_MAX : RECORDS_MAX;
}

/* The first block of as many of the newest blocks as one commit may take away.
 */
static bitmark_status
find_first(const struct bm_txn *t, uint64_t newest, uint64_t final,
    uint64_t *first)
{
	const size_t records_max = most_records(t);
	bitmark_status status = BITMARK_OK;
	size_t bytes = 0, records = 0;

	for (*first = newest + 1; status == BITMARK_OK && *first > final &&
	    newest + 1 - *first < BLOCKS_MAX && bytes < BYTES_MAX; --*first) {
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

/*
 * Taking them away.
 */

/* bm_change_fn: does the whole change. The rows of the journal are empty the
 * first time. */
static bitmark_status
make(struct bm_txn *t, void *user)
{
	struct bm_roll_back *r = user;
	bitmark_status status = bm_undo(t, &r->blocks);

	if (status == BITMARK_OK)
		status = bm_tip(t, &r->tip);
	if (status == BITMARK_OK)
		status = bm_store_error(bm_proof_removed(t, r->tip.number));
	if (status == BITMARK_OK)
		status = bm_current_at(t, &r->tip, &r->difficulty);
	return status == BITMARK_OK ?
	    bm_journal_write(t->store->journal, t) : status;
}

/* The blocks are copied by the transaction that removes them, so no other block
 * can come in between. */
static bitmark_status
take_away(struct bm_roll_back *r, uint64_t final)
{
	struct bm_change *change = &r->change;
	bitmark_status status = bm_change_begin(change);

	if (status == BITMARK_OK)
		status = find_first(&change->txn, r->newest, final,
		    &r->first);
	if (status == BITMARK_OK)
		status = bm_store_error(bm_removed_copy(&r->blocks,
		    &change->txn, r->first, r->newest));
	if (status == BITMARK_OK)
		status = make(&change->txn, r);
	return change->txn.map_full ? bm_change_again(change) : status;
}

static bitmark_status
begin(struct bm_roll_back **roll_back, struct bitmark_chain *chain,
    uint64_t final)
{
	struct bm_roll_back *r = calloc(1, sizeof *r);
	bitmark_status status;

	*roll_back = NULL;
	if (r == NULL)
		return BITMARK_E_NOMEM;
	r->chain = chain;
	r->newest = chain->tip.number;
	r->change = (struct bm_change){
		.store = &chain->store,
		.make = make,
		.user = r,
		.wait_ms = BM_GATE_WAIT_MS,
	};
	status = take_away(r, final);
	if (status != BITMARK_OK) {
		bm_roll_back_free(r);
		return status;
	}
	*roll_back = r;
	return BITMARK_OK;
}

bitmark_status
bm_roll_back_begin(struct bm_roll_back **roll_back,
    struct bitmark_chain *chain, uint64_t final)
{
	bitmark_status status;

	*roll_back = NULL;
	if (final <= BITMARK_GENESIS_NUMBER || final > chain->tip.number)
		return BITMARK_E_ARGUMENT;
	if (chain->store.access != BITMARK_CHAIN_WRITE)
		return BITMARK_E_READONLY;
	if (chain->store.writing)
		return BITMARK_E_STATE;
	status = bm_journal_join(chain->store.journal);
	if (status == BITMARK_OK)
		status = begin(roll_back, chain, final);
	if (status != BITMARK_OK)
		bm_journal_part(chain->store.journal, BITMARK_OK);
	return status;
}

const struct bm_removed *
bm_roll_back_blocks(const struct bm_roll_back *roll_back, size_t *count)
{
	*count = roll_back->blocks.count;
	return roll_back->blocks.block;
}

/* A snapshot that reads by the transaction for writing, which sees what that
 * has changed. */
struct bitmark_snapshot *
bm_roll_back_snapshot(struct bm_roll_back *roll_back)
{
	struct bm_store *store = roll_back->change.store;

	roll_back->snapshot = (struct bitmark_snapshot){
		.store = store,
		.txn = { .mdb = roll_back->change.txn.mdb, .store = store },
		.live = true,
		.tip = roll_back->tip,
		.proven = roll_back->tip.number,
	};
	return &roll_back->snapshot;
}

/* The rows of the journal are written last: they were collected while the
 * transaction was open. */
bitmark_status
bm_roll_back_commit(struct bm_roll_back *roll_back)
{
	struct bm_change *change = &roll_back->change;
	struct bitmark_chain *chain = roll_back->chain;
	bitmark_status status = bm_journal_write(chain->store.journal,
	    &change->txn);

	if (change->txn.map_full)
		status = bm_change_again(change);
	if (status == BITMARK_OK)
		status = bm_change_commit(change);
	bm_change_abort(change);
	bm_journal_part(chain->store.journal, status);
	if (status != BITMARK_OK)
		return status;
	bm_log(&chain->store.env, BITMARK_LOG_DEBUG, "chain",
	    "deleted down to block %" PRIu64 " from %" PRIu64,
	    roll_back->first, roll_back->newest);
	chain->tip = roll_back->tip;
	chain->difficulty = roll_back->difficulty;
	return BITMARK_OK;
}

/* Without a commit the rows of the journal that waited for it are lost; the
 * journal's next commit reports that. */
void
bm_roll_back_free(struct bm_roll_back *roll_back)
{
	if (roll_back == NULL)
		return;
	if (roll_back->change.txn.mdb != NULL) {
		bm_change_abort(&roll_back->change);
		bm_journal_part(roll_back->change.store->journal,
		    BITMARK_E_STOPPED);
	}
	bm_removed_free(&roll_back->blocks);
	free(roll_back);
}

/* Each turn takes away as many blocks as one commit may, so that after a crash
 * or an error a whole number of blocks is left. */
bitmark_status
bitmark_chain_delete_down(struct bitmark_chain *chain, uint64_t final)
{
	bitmark_status status = BITMARK_OK;

	if (final <= BITMARK_GENESIS_NUMBER)
		return BITMARK_E_ARGUMENT;
	if (chain->store.access != BITMARK_CHAIN_WRITE)
		return BITMARK_E_READONLY;
	if (chain->store.writing)
		return BITMARK_E_STATE;
	while (status == BITMARK_OK && chain->tip.number >= final) {
		struct bm_roll_back *r;

		status = begin(&r, chain, final);
		if (status == BITMARK_OK)
			status = bm_roll_back_commit(r);
		bm_roll_back_free(r);
	}
	return status;
}
