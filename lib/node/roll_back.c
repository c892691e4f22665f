/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Rolling back: the newest blocks are taken away, and their transactions go
 * back to the reservoir, with one commit for both.
 *
 * chain/roll_back.h opens the store's write transaction, deletes the blocks in
 * it, and shows the state without them before the commit.  What the reservoir
 * writes to its journal meanwhile belongs to the same transaction, so after a
 * crash both have happened or neither.
 */
#include "chain/roll_back.h"

#include "codec/log.h"
#include "node/blocks.h"

/* A rollback while it runs. */
struct removal {
	struct bm_state *state;
	const struct bm_removed *block; /* the newest first */
	size_t count;
};

static void
log_untold(const struct removal *r, bitmark_status status)
{
	if (status != BITMARK_OK)
		bm_log(&r->state->settings->env, BITMARK_LOG_ERROR, "sync",
		    "the reservoir failed to follow a rollback: %s",
		    bitmark_strerror(status));
}

static void
tell_program(const struct removal *r, struct bm_events *events)
{
	for (size_t i = 0; i < r->count; i++)
		bm_events_block(events, BITMARK_NODE_BLOCK_REMOVED,
		    r->block[i].number, (struct bitmark_span){
		    r->block[i].data, r->block[i].size }, r->block[i].digest);
}

/* Puts the transactions of the removed blocks back into the reservoir, as far
 * as they are valid in ${snapshot}, which shows the chain without the blocks.
 * The oldest block comes first, because a transfer is only accepted after the
 * issue of its bitmark. */
static void
tell_reservoir(const struct removal *r, struct bitmark_snapshot *snapshot)
{
	struct bitmark_reservoir *reservoir = r->state->reservoir;

	bitmark_reservoir_begin(reservoir);
	for (size_t i = r->count; i-- > 0; )
		log_untold(r, bitmark_reservoir_block_removed(reservoir,
		    snapshot, r->state->now.s, r->block[i].data,
		    r->block[i].size));
	log_untold(r, bitmark_reservoir_review(reservoir, snapshot,
	    r->state->now.s));
	log_untold(r, bitmark_reservoir_commit(reservoir));
}

/* The commit failed, so the blocks are still in the chain: the reservoir must
 * forget the transactions that tell_reservoir put back. */
static void
tell_reservoir_of_return(const struct removal *r)
{
	struct bitmark_reservoir *reservoir = r->state->reservoir;

	bitmark_reservoir_begin(reservoir);
	for (size_t i = r->count; i-- > 0; )
		log_untold(r, bitmark_reservoir_block_added(reservoir,
		    r->state->now.s, r->block[i].data, r->block[i].size));
	log_untold(r, bitmark_reservoir_commit(reservoir));
}

/* Remove as many of the newest blocks as fit in one commit, down to ${last}.
 * The reservoir's rows are in the same commit, so after a crash blocks and
 * reservoir agree. */
static bitmark_status
remove_newest(struct bm_blocks *b, uint64_t last)
{
	struct removal removal = { .state = b->state };
	struct bm_roll_back *roll_back;
	bitmark_status status = bm_roll_back_begin(&roll_back,
	    b->state->chain, last + 1);

	if (status != BITMARK_OK)
		return status;
	removal.block = bm_roll_back_blocks(roll_back, &removal.count);
	tell_reservoir(&removal, bm_roll_back_snapshot(roll_back));
	status = bm_roll_back_commit(roll_back);
	if (status == BITMARK_OK) {
		/* The program is told only after the commit, because an event
		 * cannot be taken back. */
		b->told = bm_state_height(b->state);
		tell_program(&removal, b->events);
	} else {
		tell_reservoir_of_return(&removal);
	}
	bm_roll_back_free(roll_back);
	return status;
}

bitmark_status
bm_blocks_roll_back(struct bm_blocks *b, uint64_t last)
{
	const struct bitmark_env *env = &b->state->settings->env;
	uint64_t from;
	bitmark_status status = BITMARK_OK;

	bm_blocks_settle(b);
	from = bm_state_height(b->state);
	while (status == BITMARK_OK && bm_state_height(b->state) > last)
		status = remove_newest(b, last);
	if (status == BITMARK_OK)
		bm_log(env, BITMARK_LOG_INFO, "sync",
		    "rolled back from block %llu to %llu",
		    (unsigned long long)from, (unsigned long long)last);
	else
		bm_log(env, BITMARK_LOG_ERROR, "sync",
		    "rolling back from block %llu to %llu ended at %llu: %s",
		    (unsigned long long)from, (unsigned long long)last,
		    (unsigned long long)bm_state_height(b->state),
		    bitmark_strerror(status));
	if (status <= BITMARK_E_STORE)
		bm_blocks_failed(b, status);
	return status;
}
