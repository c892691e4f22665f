/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * undo_gather - what the newest blocks did, in the order in which it is taken
 * back.
 *
 * The rows of all their transactions are taken from the table before anything
 * else is done, in the order of their ids: each page is then found and changed
 * once, and not again for each of its rows.
 */
#ifndef BM_CHAIN_UNDO_GATHER_H
#define BM_CHAIN_UNDO_GATHER_H

#include "chain/removed.h"
#include "chain/rows.h"
#include "os/workers.h"

/* A record, or the item that is the block itself. */
struct bm_undo_step {
	uint8_t id[BITMARK_TX_ID_SIZE]; /* of a transaction               */
	struct bm_place place;
	bool transaction;
	bool taken;                     /* tx is its own row, now removed */
	struct bm_tx tx;
	struct bm_copy copy;            /* if not: its own row of copies,
	                                   now removed                    */
};

struct bm_undo_block {
	struct bm_task task;
	struct bm_undoing *of;
	const struct bm_removed *copy;
	struct bitmark_header header;
	struct bitmark_account owner;   /* of the block itself              */
	struct bm_undo_step *step;      /* the block, its records backwards */
	size_t count;
	bitmark_status status;
};

struct bm_undo_order {
	uint64_t prefix;                /* of the id */
	struct bm_undo_step *step;
};

struct bm_undoing {
	struct bm_txn *t;
	struct bm_undo_block *block;    /* the newest first        */
	size_t block_count;
	struct bm_undo_step *step;      /* of all blocks           */
	size_t step_count;
	struct bm_undo_order *order;    /* transactions, by their ids */
	size_t order_count;
	struct bm_pending pending;
};

/*
 * bm_undo_gather(u, blocks):
 * Find all that ${blocks} did; t is set, all else is zero.  Keeps about 180
 * bytes for each record, and borrows the blocks.  ${u} is released by
 * bm_undo_release in any case.
 *
 * Returns BITMARK_OK, BITMARK_E_NOMEM, BITMARK_E_NOT_FOUND (a row is missing),
 * or an error of the store or of parsing.
 */
bitmark_status bm_undo_gather(struct bm_undoing *u,
    const struct bm_removed_list *blocks);
void bm_undo_release(struct bm_undoing *u);

/* The step whose transaction this is and whose row was taken; or NULL. */
struct bm_undo_step *bm_undo_find(const struct bm_undoing *u,
    const uint8_t id[BITMARK_TX_ID_SIZE]);

#endif
