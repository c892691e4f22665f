/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * status - what bitmark_node_get_status tells.
 *
 * The owner gathers it from its parts after each turn, behind a lock; what
 * other threads count is asked for when somebody wants to know.
 */
#ifndef BM_NODE_STATUS_H
#define BM_NODE_STATUS_H

#include "node/intake.h"
#include "node/miner.h"
#include "node/serve.h"
#include "node/submissions.h"

struct bm_status;

/* All of them must outlive it. */
struct bm_status_needs {
	struct bm_state *state;
	struct bitmark_digest_pool *digests;
	struct bm_table *table;
	struct bm_inbox *inbox;
	struct bm_serve *serve;         /* told of the mode                */
	struct bm_events *events;       /* likewise                        */
	const struct bm_bootstrap *bootstrap;
	const struct bm_sync *sync;
	const struct bm_intake *intake;
	const struct bm_miner *miner;
	struct bm_jobs *jobs;
	const struct bm_submissions *submissions;
};

/* BITMARK_OK or BITMARK_E_NOMEM. */
BITMARK_MUSTUSE bitmark_status bm_status_new(struct bm_status **status,
    const struct bm_status_needs *needs);
void bm_status_free(struct bm_status *status);

/* Gather it, and tell and log what has changed.  The owner thread's. */
void bm_status_publish(struct bm_status *status);
/* Likewise for the last time: the mode is Stopped. */
void bm_status_end(struct bm_status *status);

/* Any thread. */
void bm_status_get(struct bm_status *status, struct bitmark_node_status *out);

#endif
