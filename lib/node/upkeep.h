/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * upkeep - what the reservoir needs now and then: transactions that are too old
 * expire, and all that wait are sent to the peers again.
 *
 * The owner thread's.  Source: bitmarkd v8.2 reservoir/background.go
 */
#ifndef BM_NODE_UPKEEP_H
#define BM_NODE_UPKEEP_H

#include "node/upstreams.h"

struct bm_upkeep {
	struct bm_state *state;
	struct bm_events *events;
	struct bm_upstreams *upstreams; /* the room in their queues        */
	uint64_t expire_at_ms;
	uint64_t repeat_at_ms;
	bool repeating;                 /* a rebroadcast is under way      */
	uint64_t more_at_ms;            /* when it may go on               */
};

/* All three must outlive it. */
void bm_upkeep_init(struct bm_upkeep *upkeep, struct bm_state *state,
    struct bm_events *events, struct bm_upstreams *upstreams);

/* Do what is due. */
void bm_upkeep_run(struct bm_upkeep *upkeep);
uint64_t bm_upkeep_deadline(const struct bm_upkeep *upkeep);

#endif
