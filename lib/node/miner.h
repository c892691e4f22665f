/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * miner - makes blocks of what waits, on the node's own digest pool.
 *
 * It works only while the node is Normal and no block of a peer is being
 * hashed: a block that exists already comes before one that may be found.  A
 * new block, or a transaction that has become ready, makes it begin anew.
 *
 * The owner thread's.
 */
#ifndef BM_NODE_MINER_H
#define BM_NODE_MINER_H

#include <bitmarkpeer/mining.h>

#include "node/sync.h"

struct bm_miner;

/* All of them must outlive it. */
struct bm_miner_needs {
	struct bm_state *state;
	struct bitmark_digest_pool *digests;
	struct bm_sync *sync;           /* the mode; storing blocks        */
	struct bm_events *events;       /* what has changed                */
};

/* BITMARK_OK, BITMARK_E_NOMEM or BITMARK_E_IO. */
BITMARK_MUSTUSE bitmark_status bm_miner_new(struct bm_miner **miner,
    const struct bm_miner_needs *needs);
/* After the digest pool, whose jobs report to it. */
void bm_miner_free(struct bm_miner *miner);

/* As bitmark_node_mine, _mined. */
BITMARK_MUSTUSE bitmark_status bm_miner_order(struct bm_miner *miner,
    const struct bitmark_mine *mine);
void bm_miner_tell(const struct bm_miner *miner, struct bitmark_mined *mined,
    struct bitmark_mined_block *blocks, size_t capacity);

/* Take in the digests that are finished; store a block that was found; hand out
 * more work. */
void bm_miner_run(struct bm_miner *miner);
/* Readable when a digest is finished. */
int bm_miner_fd(const struct bm_miner *miner);
uint64_t bm_miner_deadline(const struct bm_miner *miner);

#endif
