/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * sync - follows the best chain: it hosts the connector, has headers hashed,
 * and stores and rolls back blocks.
 *
 * The connector knows no socket and no clock: what it asks for is done here
 * and by the upstreams, and it is told what happened by the reports.  Blocks
 * that peers push are stored here, too, because only one may write the chain.
 *
 * When bm_sync_run returns all that was stored is committed, and the reservoir
 * knows of it: the reservoir may be used until it is called again.
 *
 * The owner thread's.  Source: bitmarkd v8.2 peer/connector.go
 */
#ifndef BM_NODE_SYNC_H
#define BM_NODE_SYNC_H

#include "node/blocked.h"
#include "node/peers.h"

struct bm_sync;

/* All of them must outlive it. */
struct bm_sync_needs {
	struct bm_state *state;
	struct bitmark_digest_pool *digests;
	struct bm_reports *reports;     /* for the connector               */
	struct bm_upstreams *upstreams; /* connections and fetches         */
	struct bm_peers *peers;         /* wanted when there are few       */
	struct bm_events *events;       /* blocks, the mode                */
};

/* BITMARK_OK, BITMARK_E_NOMEM, BITMARK_E_IO or an error of
 * bitmark_connector_new. */
BITMARK_MUSTUSE bitmark_status bm_sync_new(struct bm_sync **sync,
    const struct bm_sync_needs *needs);
/* After the digest pool, whose jobs report to it. */
void bm_sync_free(struct bm_sync *sync);

/* Take in the digests that are finished, then step the connector with all
 * reports and do what it wants. */
void bm_sync_run(struct bm_sync *sync);
/* End the first two waits of the connector as soon as it has something to work
 * on. */
void bm_sync_hurry(struct bm_sync *sync);
/* Give back what a large change left behind, when nothing follows it. */
void bm_sync_rest(struct bm_sync *sync);

uint64_t bm_sync_deadline(const struct bm_sync *sync);
/* Readable when a digest is finished. */
int bm_sync_fd(const struct bm_sync *sync);

/* In step with the best chain: the mode is Normal. */
bool bm_sync_is_normal(const struct bm_sync *sync);

/*
 * bm_sync_push(sync, block):
 * Begin to store a block that a peer or the program has pushed, and to pass it
 * on: it is hashed first, one block at a time, so that the next one is judged
 * by what this one has become.
 *
 *   block    copied
 *
 * Returns BITMARK_OK, BITMARK_E_STATE (the mode is not Normal),
 * BITMARK_E_TX_EXISTS (not above the newest block), an error of
 * bitmark_chain_precheck or of bm_hashing_submit, or why the store cannot be
 * written.
 */
BITMARK_MUSTUSE bitmark_status bm_sync_push(struct bm_sync *sync,
    struct bitmark_span block);
/*
 * bm_sync_add(sync, block, digest):
 * Store a block of our own, whose digest is known, and pass it on.
 *
 * Returns as bitmark_chain_add; after an error of the store the block is held.
 */
BITMARK_MUSTUSE bitmark_status bm_sync_add(struct bm_sync *sync,
    struct bitmark_span block, const uint8_t digest[BITMARK_DIGEST_SIZE]);
/* Is a pushed block still being hashed, and so not stored yet? */
bool bm_sync_is_pushing(const struct bm_sync *sync);

struct bm_sync_progress {
	bool normal;
	uint64_t target;                /* best height that a peer claims  */
	size_t registered;              /* clients                         */
	bool few_clients;
	uint64_t applied;               /* blocks since the start          */
	uint64_t refused;               /* blocks that were pushed         */
	uint64_t told;                  /* newest block that the reservoir
	                                   and the program know of         */
	struct bm_blocked blocked;
	bitmark_status store;           /* why it cannot be written        */
	uint64_t retry_ms;              /* until it is tried again         */
};

void bm_sync_progress(const struct bm_sync *sync,
    struct bm_sync_progress *progress);

#endif
