/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * format - what a store must have to be one of ours: opened, made, and opened
 * again.
 */
#ifndef BM_CHAIN_FORMAT_H
#define BM_CHAIN_FORMAT_H

#include "chain/txn.h"

/*
 * bm_format_open(store):
 * Take hold of the tables of an environment that was just opened.
 *
 * Returns BITMARK_OK, BITMARK_E_NOT_FOUND (nothing was ever written),
 * BITMARK_E_STORE_FORMAT, BITMARK_E_STORE_CHAIN (made for another chain),
 * BITMARK_E_STORE_RULES (it follows others than store->rules; NULL: they become
 * those of the store), or another error of the store.
 */
bitmark_status bm_format_open(struct bm_store *store);

/* BITMARK_E_NOT_FOUND: the environment has no table at all. */
bitmark_status bm_format_check_empty(const struct bm_txn *t);

/* The rules that a store says it follows; NULL: they are not known here.
 * BITMARK_E_NOT_FOUND: it is of a format before 3, and follows those of 8.2. */
bitmark_status bm_format_rules(const struct bm_txn *t,
    const struct bitmark_rules **rules);

/* The rules with a name as meta has it; NULL: there are none. */
const struct bitmark_rules *bm_format_find_rules(struct bitmark_span name);

/* Make the tables of a new store, durably. */
bitmark_status bm_format_make(struct bm_store *store);

/* The open_again of a store. */
bitmark_status bm_format_open_again(struct bm_store *store, size_t map_size);

/*
 * bm_format_reopen(store, wait_ms):
 * Close the environment and open it with a map of the same size, once nobody
 * reads: LMDB gives the memory of its buffers back only then.  Nothing may be
 * being written.
 *
 * Returns BITMARK_OK, BITMARK_E_NOT_FOUND (its file is not at the path any
 * more), or as bm_gate_alone.
 */
bitmark_status bm_format_reopen(struct bm_store *store, unsigned wait_ms);

#endif
