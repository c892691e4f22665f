/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The store and the reservoir as the owner thread uses them.
 *
 * The owner has one snapshot for all that it reads, because each reader takes
 * a place in LMDB's table of readers, and renewing one is much cheaper than
 * opening another.
 */
#include "node/state.h"

#include <bitmarkpeer/os.h>

#include "node/tasks.h"

/* Deadlines use the monotonic clock, which cannot be set back.  The wall clock
 * is for the dates in blocks and announcements. */
void
bm_now_read(struct bm_now *now)
{
	now->ms = bitmark_clock_ms();
	now->s = bitmark_clock_wall_s();
}

uint64_t
bm_earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Opening the reservoir reads its rows from the journal and compares them with
 * the chain: the last run may have ended after the commit of a block and before
 * the commit that removes its transactions from the journal. */
bitmark_status
bm_state_open(struct bm_state *state, bitmark_tx_change_fn change, void *user)
{
	const struct bm_settings *settings = state->settings;
	struct bitmark_journal journal = { .struct_size = sizeof journal };
	const struct bitmark_reservoir_config config = {
		.struct_size = sizeof config,
		.params = settings->params,
		.rules = settings->rules,
		.journal = &journal,
		.env = &settings->env,
		.change = change,
		.user = user,
		.auto_verify = settings->auto_verify,
	};
	struct bitmark_snapshot *snapshot;
	bitmark_status status = bitmark_chain_journal_open(&state->journal,
	    state->chain);

	if (status != BITMARK_OK)
		return status;
	status = bitmark_chain_journal_get(state->journal, &journal);
	if (status != BITMARK_OK)
		return status;
	snapshot = bm_state_snapshot(state);
	status = snapshot == NULL ? BITMARK_E_STORE :
	    bitmark_reservoir_open(&state->reservoir, &config, snapshot,
	    state->now.s);
	bm_state_release(state);
	return status;
}

void
bm_state_close(struct bm_state *state)
{
	bitmark_reservoir_close(state->reservoir);
	bitmark_chain_journal_close(state->journal);
	bitmark_snapshot_close(state->snapshot);
	state->reservoir = NULL;
	state->journal = NULL;
	state->snapshot = NULL;
}

uint64_t
bm_state_height(const struct bm_state *state)
{
	struct bitmark_tip tip;

	bitmark_chain_tip(state->chain, &tip);
	return tip.number;
}

struct bitmark_snapshot *
bm_state_snapshot(struct bm_state *state)
{
	return bm_state_refresh(state->chain, &state->snapshot) ==
	    BITMARK_OK ? state->snapshot : NULL;
}

void
bm_state_release(struct bm_state *state)
{
	if (state->snapshot == NULL)
		return;
	bitmark_snapshot_release(state->snapshot);
	/* LMDB's map can be enlarged only while no transaction of this process
	 * is open.  The owner has none here, so the map is enlarged before
	 * the space is needed. */
	if (state->journal != NULL)
		bitmark_chain_journal_make_room(state->journal);
}

void
bm_state_lend(struct bm_state *state)
{
	if (state->tasks != NULL)
		bm_tasks_lend(state->tasks);
}

void
bm_state_take_back(struct bm_state *state)
{
	if (state->tasks != NULL)
		bm_tasks_take_back(state->tasks);
}

bitmark_status
bm_state_refresh(struct bitmark_chain *chain,
    struct bitmark_snapshot **snapshot)
{
	if (*snapshot != NULL &&
	    bitmark_snapshot_renew(*snapshot) == BITMARK_OK)
		return BITMARK_OK;
	bitmark_snapshot_close(*snapshot);
	return bitmark_snapshot_open(chain, snapshot);
}
