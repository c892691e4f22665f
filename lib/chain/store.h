/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * store - the open store of one chain: its LMDB environment, its tables, and
 * what the transactions on them share.
 *
 * Numbers in keys are big endian, so that they sort; numbers in rows are
 * Varint64.
 *
 *   meta      text                  format, chain name, counters
 *   runs      number of the first   packed blocks in a row: runs.h
 *   heights   number                digest, CRC (big endian)
 *   txs       transaction id        place, owner [, n, flags [, owned block]
 *                                   [, place of the next]]
 *   assets    asset id              place
 *   accounts  packed account        owner [, next n]
 *   owned     owner, n (32 bit)     kind, place of issue [, place of the last
 *                                   transfer]
 *   payments  block number, block   offset of the owner transfer in that block
 *                                   which replaced the payment map; no row:
 *                                   the map of the block's own base records
 *   copies    transaction id,       [n before it]
 *             block, offset
 *   shares    share id, block       total, offset of the record
 *   balances  owner, share id,      offset of the first record of the block
 *             block                 that changed it [, balance]
 *   holders   share id, owner       nothing
 *
 * The fields in brackets are left out when they have the values of a new
 * owner's first item: n 0, flags 0, next n 1, no transfer.
 *
 * A record is stored once, in its block; a place (block number, offset in
 * the block) points to it.  A foundation is filed under the foundation id with
 * the place of the base record, offset BITMARK_HEADER_SIZE.
 *
 * Owners are numbered in the order in which they first own something; their
 * account is the one that is named by the record at the item's last place.
 * The row of a transaction keeps its (owner, n) when the item moves on and is
 * then marked as spent: with that every block can be undone exactly from its
 * own records, and no log for undoing is kept.  It then also has the place
 * of the record that moved the item on, so that an item is found by its issue.
 *
 * A transaction id may occur more than once: txs has its first place, copies the
 * others.  A copy of a transfer stands in the same block, and gives its owner the
 * item once more: the row of txs then has the newer position, and the copy the
 * one before it.
 *
 * The balance of an account in a share has a row for each block that has changed
 * it, with its value after that block; the newest row is the present one.  So the
 * arithmetic of 0.16, which wraps and loses, is undone by removing rows.  A
 * balance that is left out was emptied: 0.16 has removed its own row then, and
 * if the same block needs it again reads what it was before the block.
 *
 * Internal statuses: BITMARK_E_NOT_FOUND for a row that is not there,
 * BITMARK_E_STORE_CORRUPT for one that cannot be.
 */
#ifndef BM_CHAIN_STORE_H
#define BM_CHAIN_STORE_H

#include <bitmarkpeer/chain.h>

#include <lmdb.h>
#include <sys/types.h>

#include "chain/gate.h"
#include "chain/lock.h"

enum bm_table {
	BM_TABLE_META,
	BM_TABLE_RUNS,
	BM_TABLE_HEIGHTS,
	BM_TABLE_TXS,
	BM_TABLE_ASSETS,
	BM_TABLE_ACCOUNTS,
	BM_TABLE_OWNED,
	BM_TABLE_PAYMENTS,
	BM_TABLE_COPIES,
	BM_TABLE_SHARES,
	BM_TABLE_BALANCES,
	BM_TABLE_HOLDERS,
	/* Not part of the format: the journal of a reservoir. */
	BM_TABLE_JOURNAL,
};
#define BM_TABLE_COUNT 12                       /* of the format */
#define BM_TABLES (BM_TABLE_COUNT + 1)

/* Keys of meta. */
#define BM_META_FORMAT "format"                 /* 64 bit number */
#define BM_META_CHAIN "chain"                   /* name          */
#define BM_META_RULES "rules"                   /* name          */
#define BM_META_OWNER_TRANSFERS "owner transfers"       /* count */
#define BM_META_UNPROVEN "unproven"             /* number of the first block
                                                   that waits for a
                                                   checkpoint; or no row */

struct bm_store {
	char *path;                     /* its directory                    */
	MDB_env *mdb;
	MDB_dbi table[BM_TABLES];       /* of the journal: 0, there is none */
	const struct bitmark_chain_params *params;
	const struct bitmark_rules *rules;      /* NULL, until it is open:
	                                   those that the store remembers   */
	enum bitmark_chain_access access;
	struct bitmark_checkpoint checkpoint;   /* number 0: none            */
	struct bitmark_env env;
	struct bm_workers *workers;     /* those of the digests, or its own */
	struct bm_gate gate;
	/* Close the environment and open it with a map of this size; nobody may
	 * read.  After an error there is none, and mdb is NULL. */
	bitmark_status (*open_again)(struct bm_store *store, size_t map_size);
	size_t lost_map_size;           /* when there is none               */

	/* The writing thread's. */
	struct bm_file_state sound;     /* the data file, as the writer before
	                                   left it, when it was inspected, and
	                                   after each commit; or not known  */
	MDB_cursor *cursor[BM_TABLES];  /* of its transaction               */
	bool writing;                   /* ... which is open                */
	unsigned begun;                 /* transactions                     */
	off_t file_size;                /* when the last of them began, or
	                                   -1: not known                    */
	size_t file_commit;             /* LMDB's number of the newest
	                                   commit then                      */
	size_t row_changes;             /* in the last of them              */
	size_t row_changes_max;         /* in those before                  */
	struct bitmark_chain_journal *journal;  /* when it is open; inside  */
};

#endif
