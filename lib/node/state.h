/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * state - what the owner thread alone changes: the chain, and the reservoir
 * with its journal.  And its clocks.
 */
#ifndef BM_NODE_STATE_H
#define BM_NODE_STATE_H

#include <bitmarkpeer/journal.h>
#include <bitmarkpeer/reservoir.h>

#include "node/settings.h"

/* Both clocks as they were last read.  They are read once for each wake-up, so
 * all work of a turn has the same time. */
struct bm_now {
	uint64_t ms;                    /* monotonic                       */
	uint64_t s;                     /* Unix time                       */
};

void bm_now_read(struct bm_now *now);

/* The earlier one of two deadlines. */
uint64_t bm_earlier(uint64_t a, uint64_t b);

struct bm_state {
	const struct bm_settings *settings;
	struct bm_tasks *tasks;         /* whose threads look at the reservoir
	                                   now and then; NULL: none        */
	struct bm_now now;
	struct bitmark_chain *chain;    /* the node's; closed by it        */
	struct bitmark_chain_journal *journal;
	struct bitmark_reservoir *reservoir;
	struct bitmark_snapshot *snapshot;      /* NULL: made when needed  */
};

/*
 * bm_state_open(state, change, user):
 * Open the journal and the reservoir.
 *
 *   state   settings, now and chain are filled in; ended by bm_state_close,
 *           also after an error
 *   change  told of the changes of transactions, with ${user}; NULL: not told
 *
 * Returns BITMARK_OK or an error of bitmark_chain_journal_open or of
 * bitmark_reservoir_open.
 */
BITMARK_MUSTUSE bitmark_status bm_state_open(struct bm_state *state,
    bitmark_tx_change_fn change, void *user);
/* Close the snapshot, the reservoir and the journal, but not the chain. */
void bm_state_close(struct bm_state *state);

/* Number of the newest block, of an open batch too. */
uint64_t bm_state_height(const struct bm_state *state);

/*
 * The committed state of this moment, or NULL after an error; the same
 * snapshot for all, so only one may use it at a time.  Release it soon: while
 * it is live the store reuses no page, and cannot enlarge its map.
 */
struct bitmark_snapshot *bm_state_snapshot(struct bm_state *state);
void bm_state_release(struct bm_state *state);

/* Other threads may look at the reservoir between these two calls, in which the
 * chain is written. */
void bm_state_lend(struct bm_state *state);
void bm_state_take_back(struct bm_state *state);

/*
 * bm_state_refresh(chain, snapshot):
 * Make ${*snapshot}, which may be NULL, show the committed state of this
 * moment.  After an error a snapshot can only be closed, so it is, and a new
 * one is opened.  Any thread that has a snapshot of its own.
 *
 * Returns as bitmark_snapshot_open; then ${*snapshot} is NULL.
 */
BITMARK_MUSTUSE bitmark_status bm_state_refresh(struct bitmark_chain *chain,
    struct bitmark_snapshot **snapshot);

#endif
