/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * txn - transactions of a store.
 *
 * A transaction for reading sees the store as it was when it began, whatever is
 * written meanwhile; any thread may have one.  There is one transaction for
 * writing at a time, of the writing thread: LMDB makes a second one wait for
 * ever, so a second one is BITMARK_E_STATE here.
 *
 * Spans that lookups give are inside: until the end of the transaction, and in
 * one for writing until its next change.
 */
#ifndef BM_CHAIN_TXN_H
#define BM_CHAIN_TXN_H

#include "chain/store.h"

struct bm_txn {
	MDB_txn *mdb;                   /* NULL: it has ended               */
	struct bm_store *store;
	MDB_cursor **cursor;            /* [BM_TABLES], opened when needed;
	                                   NULL: for reading                */
	bool map_full;                  /* a change did not fit in the map  */
};

/* For reading, any thread; ended by bm_read_end. */
bitmark_status bm_read_begin(struct bm_store *store, struct bm_txn *t);
void bm_read_end(struct bm_txn *t);

/* For writing, the writing thread only; ended by one of the other two.  An
 * abort of what has ended does nothing. */
bitmark_status bm_txn_begin(struct bm_store *store, struct bm_txn *t);
bitmark_status bm_txn_commit(struct bm_txn *t);
void bm_txn_abort(struct bm_txn *t);

/* The state of the data file; not known when the environment is closed. */
struct bm_file_state bm_store_file_state(const struct bm_store *store);

/*
 * A part of what the writer changes; until it ends, ${whole} must not be used.
 * LMDB enters each page that it changes into a sorted array: for thousands of
 * pages, which come in no order, that takes longer than the changes.  A part
 * has an array of its own.
 */
struct bm_part {
	struct bm_txn txn;
	MDB_cursor *cursor[BM_TABLES];
};

bitmark_status bm_part_begin(struct bm_txn *whole, struct bm_part *part);

/* Keep the changes if ${status}, which is returned, is BITMARK_OK. */
bitmark_status bm_part_end(struct bm_txn *whole, struct bm_part *part,
    bitmark_status status);

/*
 * A change that fits whatever the map's size: when LMDB says that the map is
 * full, all that the transaction did is lost, the map is made larger, and
 * ${make} does it again.
 *
 *	status = bm_change_begin(&c);
 *	... changes in c.txn; when it is c.txn.map_full: bm_change_again(&c) ...
 *	status = bm_change_commit(&c);  or  bm_change_abort(&c);
 */
typedef bitmark_status (*bm_change_fn)(struct bm_txn *t, void *user);

struct bm_change {
	struct bm_store *store;
	bm_change_fn make;              /* all changes made so far         */
	void *user;
	unsigned wait_ms;               /* for readers, when the map must
	                                   grow                            */
	struct bm_txn txn;              /* while open                      */
};

bitmark_status bm_change_begin(struct bm_change *change);
bitmark_status bm_change_again(struct bm_change *change);
/* Afterwards it is not open, whatever is returned. */
bitmark_status bm_change_commit(struct bm_change *change);
void bm_change_abort(struct bm_change *change);

/* Begin, make, commit. */
bitmark_status bm_write(struct bm_store *store, bm_change_fn make,
    void *user, unsigned wait_ms);

#endif
