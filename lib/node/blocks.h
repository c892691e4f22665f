/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * blocks - stores blocks and takes them away again, and then tells the
 * reservoir and the program of it.
 *
 * Blocks are added in batches that are committed together.  The reservoir may
 * accept nothing between the commit of a block and the call that tells it of
 * the block, and its journal is closed while a batch is open; so every batch
 * must be ended by bm_blocks_settle before anything else is done.  Only sync
 * uses this header, and keeps that rule.
 *
 * Blocks that the store cannot take, because the disk is full or fails, are
 * held: they are tried again, less and less often, and need neither be fetched
 * nor hashed again.  Until then the connector must not be stepped: it would see
 * a chain without them.
 */
#ifndef BM_NODE_BLOCKS_H
#define BM_NODE_BLOCKS_H

#include <sys/queue.h>

#include "node/events.h"

TAILQ_HEAD(bm_held_list, bm_held);

struct bm_blocks {
	struct bm_state *state;
	struct bm_events *events;
	bool batch_open;
	unsigned batched;               /* blocks                          */
	uint64_t batch_since_ms;
	uint64_t told;                  /* newest block that the reservoir
	                                   knows of                        */
	uint64_t applied;               /* blocks since the start          */
	bool news;                      /* each block gets a line of the log:
	                                   set by sync while it is Normal  */

	/* Blocks of the batch, or since it failed. */
	struct bm_held_list held;
	bitmark_status failed;          /* why the store cannot be written */
	uint64_t wait_ms;               /* the last wait; 0: it is right   */
	uint64_t retry_at_ms;
};

/* Both must outlive it; what is stored now counts as told. */
void bm_blocks_init(struct bm_blocks *blocks, struct bm_state *state,
    struct bm_events *events);
void bm_blocks_fini(struct bm_blocks *blocks);

/*
 * bm_blocks_add(blocks, block, digest):
 * Verify a block and add it to the batch, which is begun, and settled when it
 * is large or old enough.  Returns BITMARK_OK, also for a block that is held,
 * or an error of the block as of bitmark_chain_add, or BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_blocks_add(struct bm_blocks *blocks,
    struct bitmark_span block, const uint8_t digest[BITMARK_DIGEST_SIZE]);

/* The store could not be written, by this call or by another: wait. */
void bm_blocks_failed(struct bm_blocks *blocks, bitmark_status status);

/* Hold a block, to add it when the store can be written again.  BITMARK_OK or
 * BITMARK_E_NOMEM. */
BITMARK_MUSTUSE bitmark_status bm_blocks_hold(struct bm_blocks *blocks,
    struct bitmark_span block, const uint8_t digest[BITMARK_DIGEST_SIZE]);

/* Try again if it is time.  Returns whether the store can be written, as far as
 * is known. */
bool bm_blocks_retry(struct bm_blocks *blocks);

/* Commit the batch that is open, and tell of its blocks. */
void bm_blocks_settle(struct bm_blocks *blocks);

/* Digest of a block, also of an open batch.  Returns as
 * bitmark_snapshot_digest. */
BITMARK_MUSTUSE bitmark_status bm_blocks_digest(struct bm_blocks *blocks,
    uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE]);

/* Pass on the newest block, as it is stored, to peers and subscribers. */
void bm_blocks_relay_newest(struct bm_blocks *blocks);

/* Take away all blocks after number ${last}; their transactions go back to the
 * reservoir.  BITMARK_OK or an error of the store, with fewer taken away. */
BITMARK_MUSTUSE bitmark_status bm_blocks_roll_back(struct bm_blocks *blocks,
    uint64_t last);

#endif
