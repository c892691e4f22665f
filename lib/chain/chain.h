/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * chain - a chain that is open: its store, and what the writing thread keeps
 * of it.
 */
#ifndef BM_CHAIN_CHAIN_H
#define BM_CHAIN_CHAIN_H

#include "chain/ahead.h"
#include "chain/batch.h"

struct bitmark_chain {
	struct bm_store store;
	struct bm_lock lock;                    /* not held by a reader   */
	bool made;                              /* by this opening        */
	size_t made_from;                       /* length of the shortest path
	                                           of a directory that it made;
	                                           0: none                */
	struct bitmark_digest_pool *digests;    /* may be NULL            */

	/* The writing thread's. */
	struct bitmark_tip tip;                 /* of the batch, when one is
	                                           open                   */
	double difficulty;                      /* that the next block has,
	                                   unless it is adjusted at it     */
	struct bm_batch batch;
	struct bm_ahead ahead;
};

/* bitmark_chain_open, but blocks that are not proven stay. */
bitmark_status bm_chain_open(struct bitmark_chain **chain,
    const struct bitmark_chain_config *config);

/* The tip becomes that of what is committed. */
bitmark_status bm_chain_reload_tip(struct bitmark_chain *chain);

#endif
