/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Snapshots, and their simple questions: tip, blocks, digests, CRCs, counts.
 *
 * The tip is read once, when the snapshot is made or renewed: everything that a
 * snapshot answers is of that moment.
 */
#include "chain/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "chain/chain.h"
#include "chain/commit.h"
#include "chain/env.h"
#include "chain/proof.h"
#include "chain/read.h"
#include "chain/runs.h"
#include "codec/codec.h"
#include "codec/sized.h"

/* Only the store is needed: a snapshot does not use what the writing thread
 * keeps of the chain. */
bitmark_status
bitmark_snapshot_open(struct bitmark_chain *chain,
    struct bitmark_snapshot **snapshot)
{
	struct bitmark_snapshot *s = calloc(1, sizeof *s);
	bitmark_status status;

	*snapshot = NULL;
	if (s == NULL)
		return BITMARK_E_NOMEM;
	s->store = &chain->store;
	status = bitmark_snapshot_renew(s);
	if (status != BITMARK_OK) {
		bitmark_snapshot_close(s);
		return status;
	}
	*snapshot = s;
	return BITMARK_OK;
}

/* The old transaction ends first: while it lives, pages that were replaced
 * since it began cannot be used again. */
bitmark_status
bitmark_snapshot_renew(struct bitmark_snapshot *snapshot)
{
	bitmark_status status;

	bitmark_snapshot_release(snapshot);
	status = bm_read_begin(snapshot->store, &snapshot->txn);
	if (status != BITMARK_OK)
		return status;
	snapshot->live = true;
	status = bm_tip(&snapshot->txn, &snapshot->tip);
	return status == BITMARK_OK ? bm_store_error(bm_proven(&snapshot->txn,
	    snapshot->tip.number, &snapshot->proven)) : status;
}

/* Without its transaction the snapshot holds nothing of LMDB or of the gate;
 * its memory stays for the next renew. */
void
bitmark_snapshot_release(struct bitmark_snapshot *snapshot)
{
	if (!snapshot->live)
		return;
	bm_read_end(&snapshot->txn);
	snapshot->live = false;
}

void
bitmark_snapshot_close(struct bitmark_snapshot *snapshot)
{
	if (snapshot == NULL)
		return;
	bitmark_snapshot_release(snapshot);
	free(snapshot);
}

uint64_t
bm_snapshot_commit(const struct bitmark_snapshot *snapshot)
{
	return mdb_txn_id(snapshot->txn.mdb);
}

/* LMDB reads the number from the map, which must not be replaced meanwhile. */
uint64_t
bm_chain_commit(struct bitmark_chain *chain)
{
	struct bm_store *store = &chain->store;
	MDB_envinfo info = { .me_last_txnid = 0 };

	if (bm_gate_enter(&store->gate) != BITMARK_OK)
		return 0;
	if (mdb_env_info(store->mdb, &info) != 0)
		info.me_last_txnid = 0;
	bm_gate_leave(&store->gate);
	return info.me_last_txnid;
}

/* Genesis is not stored: its digest and CRC are parameters of the chain, and as
 * a block it does not travel. */
static bool
is_genesis(uint64_t number)
{
	return number <= BITMARK_GENESIS_NUMBER;
}

/* A block up to the tip must be there; above it there is none.  The row itself
 * cannot tell the two apart. */
static bitmark_status
block_lookup(const struct bitmark_snapshot *s, uint64_t number,
    bitmark_status status)
{
	if (status != BITMARK_E_NOT_FOUND)
		return status;
	return number <= s->tip.number ?
	    BITMARK_E_STORE_CORRUPT : BITMARK_E_BLOCK_NOT_FOUND;
}

void
bitmark_snapshot_tip(struct bitmark_snapshot *snapshot,
    struct bitmark_tip *tip)
{
	*tip = snapshot->tip;
}

bitmark_status
bitmark_snapshot_block(struct bitmark_snapshot *snapshot, uint64_t number,
    struct bitmark_span *block)
{
	if (is_genesis(number))
		return BITMARK_E_BLOCK_NOT_FOUND;
	return block_lookup(snapshot, number,
	    bm_get_block(&snapshot->txn, number, block));
}

/* Source: bitmarkd v8.2 blockring/digest.go DigestForBlock */
bitmark_status
bitmark_snapshot_digest(struct bitmark_snapshot *snapshot, uint64_t number,
    uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bm_height height;
	bitmark_status status;

	if (is_genesis(number)) {
		memcpy(digest, snapshot->store->params->genesis_digest,
		    BITMARK_DIGEST_SIZE);
		return BITMARK_OK;
	}
	status = block_lookup(snapshot, number,
	    bm_get_height(&snapshot->txn, number, &height));
	if (status == BITMARK_OK)
		memcpy(digest, height.digest, BITMARK_DIGEST_SIZE);
	return status;
}

bitmark_status
bitmark_snapshot_crc(struct bitmark_snapshot *snapshot, uint64_t number,
    uint64_t *crc)
{
	struct bm_height height;
	bitmark_status status;

	if (number < BITMARK_GENESIS_NUMBER)
		return BITMARK_E_BLOCK_NOT_FOUND;
	if (is_genesis(number)) {
		*crc = snapshot->store->params->genesis_crc;
		return BITMARK_OK;
	}
	status = block_lookup(snapshot, number,
	    bm_get_height(&snapshot->txn, number, &height));
	if (status == BITMARK_OK)
		*crc = height.crc;
	return status;
}

/* The block whose number is ${n} below the newest, or genesis.  v8.2 keeps a ring
 * of 20 and reads 19 of it.
 * Source: bitmarkd v8.2 blockring/ringreader.go */
static bitmark_status
crc_nonce(struct bitmark_snapshot *s, size_t n, uint64_t *nonce)
{
	const uint64_t above = s->tip.number - BITMARK_GENESIS_NUMBER;

	return bitmark_snapshot_crc(s, BITMARK_GENESIS_NUMBER +
	    (n < above ? above - n : 0), nonce);
}

/* Numbers are rounded, so that a proof stays good while blocks are added; the
 * newest one is kept at a distance, so that it is seldom rolled back.  Number 0
 * stands for genesis, as the digest of 0 does.
 * BITMARK_E_BLOCK_NOT_FOUND: there are no more.
 * Source: bitmarkd v0.16.0 reservoir/paynonce.go */
static bitmark_status
digest_nonce(struct bitmark_snapshot *s, size_t n, uint64_t *nonce)
{
	const uint64_t every = BITMARK_PAY_NONCE_EVERY;
	const uint64_t newest = bitmark_pay_nonce_block(s->store->rules,
	    s->tip.number) / every;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	bitmark_status status = BITMARK_E_BLOCK_NOT_FOUND;

	if (n > newest)
		return status;
	status = bitmark_snapshot_digest(s, (newest - n) * every, digest);
	if (status == BITMARK_OK)
		*nonce = bm_get_u64be(digest);
	return status;
}

static bitmark_status
pay_nonce(struct bitmark_snapshot *s, size_t n, uint64_t *nonce)
{
	switch (s->store->rules->pay_nonce) {
	case BITMARK_PAY_NONCE_CRC:
		return crc_nonce(s, n, nonce);
	case BITMARK_PAY_NONCE_DIGEST:
		return digest_nonce(s, n, nonce);
	}
	return BITMARK_E_BLOCK_NOT_FOUND;
}

bitmark_status
bitmark_snapshot_pay_nonces(struct bitmark_snapshot *snapshot,
    uint64_t *nonces, size_t capacity, size_t *count)
{
	uint64_t found[BITMARK_PAY_NONCE_COUNT] = { 0 };
	size_t wanted = snapshot->store->rules->pay_nonce_count, n = 0;
	bitmark_status status = BITMARK_OK;

	if (wanted > capacity)
		wanted = capacity;
	while (status == BITMARK_OK && n < wanted) {
		status = pay_nonce(snapshot, n, &found[n]);
		if (status == BITMARK_OK)
			n++;
	}
	if (status != BITMARK_OK && status != BITMARK_E_BLOCK_NOT_FOUND)
		return status;
	memcpy(nonces, found, n * sizeof *found);
	*count = n;
	return BITMARK_OK;
}

/* Sizes of the map and of the part of it that was ever used.  LMDB counts pages
 * from 0, so the number of the last one is one less than how many there are. */
static bitmark_status
count_bytes(MDB_env *mdb, struct bitmark_counts *counts)
{
	MDB_envinfo info;
	MDB_stat stat;
	int code;

	code = mdb_env_info(mdb, &info);
	if (code == 0)
		code = mdb_env_stat(mdb, &stat);
	if (code != 0)
		return bm_store_status(code);
	counts->map_bytes = info.me_mapsize;
	counts->used_bytes = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
	return BITMARK_OK;
}

/* Each count is one that LMDB keeps with a table's root, but for owner
 * transfers: their rows are among those of other transactions, so a counter has
 * them. */
bitmark_status
bitmark_snapshot_counts(struct bitmark_snapshot *snapshot,
    struct bitmark_counts *counts)
{
	const struct bm_txn *t = &snapshot->txn;
	struct bitmark_counts c = { .struct_size = sizeof c };
	const struct {
		enum bm_table table;
		uint64_t *rows;
	} row_counts[] = {
		{ BM_TABLE_HEIGHTS, &c.blocks },
		{ BM_TABLE_TXS, &c.transactions },
		{ BM_TABLE_ASSETS, &c.assets },
		{ BM_TABLE_OWNED, &c.owned },
		{ BM_TABLE_ACCOUNTS, &c.accounts },
		{ BM_TABLE_SHARES, &c.shares },
		{ BM_TABLE_HOLDERS, &c.share_holders },
	};
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; status == BITMARK_OK &&
	    i < sizeof row_counts / sizeof row_counts[0]; i++)
		status = bm_rows(t, row_counts[i].table, row_counts[i].rows);
	if (status == BITMARK_OK)
		status = bm_promised(bm_get_counter(t, BM_META_OWNER_TRANSFERS,
		    &c.block_owner_txs));
	if (status == BITMARK_OK)
		status = count_bytes(snapshot->store->mdb, &c);
	if (status != BITMARK_OK)
		return status;
	c.block_owner_txs = c.blocks +
	    (snapshot->store->rules->owner_transfer_moves ? 0 :
	    c.block_owner_txs);
	return BM_OUT(bitmark_counts, counts, &c);
}

/*
 * The view: the same questions by function pointers, for code that does not
 * know what a chain is.  It ends at the newest block that is proven: peers would
 * take our word for the others.
 */

static uint64_t
view_height(void *user)
{
	const struct bitmark_snapshot *s = user;

	return s->proven;
}

static bitmark_status
view_block(void *user, uint64_t number, struct bitmark_span *block)
{
	const struct bitmark_snapshot *s = user;

	return number > s->proven ? BITMARK_E_BLOCK_NOT_FOUND :
	    bitmark_snapshot_block(user, number, block);
}

static bitmark_status
view_digest(void *user, uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const struct bitmark_snapshot *s = user;

	return number > s->proven ? BITMARK_E_BLOCK_NOT_FOUND :
	    bitmark_snapshot_digest(user, number, digest);
}

bitmark_status
bitmark_snapshot_view(struct bitmark_snapshot *snapshot,
    struct bitmark_view *view)
{
	const struct bitmark_view of_snapshot = {
		.struct_size = sizeof of_snapshot,
		.user = snapshot,
		.height = view_height,
		.block = view_block,
		.digest = view_digest,
	};

	return BM_OUT(bitmark_view, view, &of_snapshot);
}
