/*
 * undo - what the newest blocks did, in the order in which it is taken back.
 *
 * The rows of all their transactions are taken from the table before anything
 * else is done, in the order of their ids: each page is then found and changed
 * once, and not again for each of its rows.
 */
#ifndef BM_CHAIN_UNDO_H
#define BM_CHAIN_UNDO_H

#include "chain/store.h"
#include "os/workers.h"

/* A record, or the item that is the block itself. */
struct bm_undo_step {
	uint8_t id[BITMARK_TX_ID_SIZE]; /* of a transaction               */
	struct bm_place place;
	bool transaction;
	bool taken;                     /* tx is its own row, now removed */
	struct bm_tx tx;
};

struct bm_undo_block {
	struct bm_task task;
	struct bm_undo *of;
	uint64_t number;
	uint8_t *data;
	size_t size;
	struct bm_base base;
	struct bm_undo_step *step;      /* the block, its records backwards */
	size_t count;
	bitmark_status status;
};

struct bm_undo_order {
	uint64_t prefix;                /* of the id */
	struct bm_undo_step *step;
};

struct bm_undo {
	const struct bitmark_chain *chain;
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
 * bm_undo_gather(u, first, last):
 * Find all that blocks ${first} to ${last}, the newest one, did; chain and t
 * are set, all else is zero.  Keeps a copy of the blocks, and about 130 bytes
 * for each record.  ${u} is released by bm_undo_release in any case.
 *
 * Returns BITMARK_OK, BITMARK_E_NOMEM, BITMARK_E_NOT_FOUND (a row is missing),
 * or an error of the store or of parsing.
 */
bitmark_status bm_undo_gather(struct bm_undo *u, uint64_t first,
    uint64_t last);
void bm_undo_release(struct bm_undo *u);

/* undo.c. */
bool bm_same_place(const struct bm_place *a, const struct bm_place *b);

/* The step whose transaction this is and whose row was taken; or NULL. */
struct bm_undo_step *bm_undo_find(const struct bm_undo *u,
    const uint8_t id[BITMARK_TX_ID_SIZE]);

#endif
