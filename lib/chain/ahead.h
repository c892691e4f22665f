/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * ahead - blocks whose records are checked before their turn, within bounds
 * of number and memory.  Writing thread only.
 */
#ifndef BM_CHAIN_AHEAD_H
#define BM_CHAIN_AHEAD_H

#include "chain/check.h"

struct bm_ahead {
	struct bm_checked_block *block[BITMARK_CHAIN_PREPARED_MAX];
	struct bitmark_prepared counts;
};

/* Let the workers begin with a block, as bitmark_chain_prepare promises. */
void bm_ahead_put(struct bm_ahead *ahead, struct bm_store *store,
    const struct bitmark_header *header, struct bitmark_span packed);

/* The check of these very bytes; NULL: they were not prepared.  Inside. */
struct bm_checked_block *bm_ahead_find(const struct bm_ahead *ahead,
    struct bitmark_span packed);

/* It is the turn of block ${number}: all that is prepared for it, and for
 * earlier ones, is forgotten, but for ${found}, which is now owned by the
 * caller.  NULL: nothing was found. */
void bm_ahead_pass(struct bm_ahead *ahead, uint64_t number,
    const struct bm_checked_block *found);

void bm_ahead_clear(struct bm_ahead *ahead);

#endif
