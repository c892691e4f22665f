/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * jobs - makes jobs for miners elsewhere, and publishes them.
 *
 * A job is made at once when the newest block has changed and when the first
 * transaction waits verified; afterwards once in an interval while the verified
 * transactions change.  The newest one is published again each interval, for
 * miners that came late.  There is none while nothing waits, and none at all
 * while the node is not Normal.
 *
 * The owner thread's.  Source: bitmarkd v8.2 proof/publisher.go
 */
#ifndef BM_NODE_JOBS_H
#define BM_NODE_JOBS_H

#include <bitmarkpeer/mining.h>

#include "net/proofing.h"
#include "node/sync.h"

struct bm_jobs;

/* All of them must outlive it. */
struct bm_jobs_needs {
	struct bm_state *state;
	struct bm_sync *sync;           /* the mode                        */
	struct bm_events *events;       /* what has changed                */
};

/* BITMARK_OK or BITMARK_E_NOMEM. */
BITMARK_MUSTUSE bitmark_status bm_jobs_new(struct bm_jobs **jobs,
    const struct bm_jobs_needs *needs);
void bm_jobs_free(struct bm_jobs *jobs);

/* Bind what ${config} names; nothing when there are no addresses.  Returns
 * BITMARK_OK, BITMARK_E_ARGUMENT (no base, no key), an error of
 * bm_settings_resolve or of bm_proofing_open. */
BITMARK_MUSTUSE bitmark_status bm_jobs_open(struct bm_jobs *jobs,
    const struct bitmark_node_proofing *config);
/* Close the sockets; NULL: nothing. */
void bm_jobs_close(struct bm_jobs *jobs);

/* The sockets, or NULL: there are none. */
struct bm_proofing *bm_jobs_sockets(struct bm_jobs *jobs);
/* The table, as it is for the newest block of this moment; empty while the node
 * is not Normal. */
struct bitmark_jobs *bm_jobs_table(struct bm_jobs *jobs);

/* Let miners in; make and publish what is due. */
void bm_jobs_run(struct bm_jobs *jobs);
uint64_t bm_jobs_deadline(const struct bm_jobs *jobs);
/* Fill in what to wait for, BM_PROOFING_ITEMS at most; gives the number. */
size_t bm_jobs_items(const struct bm_jobs *jobs, zmq_pollitem_t *items);

/* Jobs that were made since the start. */
uint64_t bm_jobs_made(const struct bm_jobs *jobs);

#endif
