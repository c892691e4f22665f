/*
 * Rolling back: blocks are taken away together, then the reservoir is told of
 * each, so that their transactions wait for another block.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/log.h"
#include "node/blocks.h"

/* Blocks, and bytes of them, that are rolled back together: not more than
 * bitmark_chain_delete_down takes with one commit. */
#define ROLL_BACK_BLOCKS 64
#define ROLL_BACK_BYTES ((size_t)16 << 20)

struct removed_block {
	uint64_t number;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	uint8_t *data;
	size_t size;
};

/* Blocks that are removed together, the newest first. */
struct removed {
	size_t count;
	size_t bytes;
	struct removed_block block[ROLL_BACK_BLOCKS];
};

static bitmark_status
copy_block(struct bm_state *state, uint64_t number,
    struct removed_block *copy)
{
	struct bitmark_snapshot *snapshot = bm_state_snapshot(state);
	struct bitmark_span block = { 0 };
	bitmark_status status = snapshot == NULL ? BITMARK_E_STORE :
	    bitmark_snapshot_block(snapshot, number, &block);

	*copy = (struct removed_block){ .number = number };
	if (status == BITMARK_OK)
		status = bitmark_snapshot_digest(snapshot, number,
		    copy->digest);
	if (status == BITMARK_OK) {
		copy->data = malloc(block.size);
		if (copy->data == NULL)
			status = BITMARK_E_NOMEM;
	}
	if (status == BITMARK_OK) {
		memcpy(copy->data, block.data, block.size);
		copy->size = block.size;
	}
	bm_state_release(state);
	return status;
}

static void
free_removed(struct removed *removed)
{
	for (size_t i = 0; i < removed->count; i++)
		free(removed->block[i].data);
}

/* Copy the newest blocks, at least one, down to the one after ${last}. */
static bitmark_status
copy_newest(struct bm_state *state, uint64_t last, struct removed *removed)
{
	uint64_t newest = bm_state_height(state);
	bitmark_status status = BITMARK_OK;

	while (status == BITMARK_OK && newest - removed->count > last &&
	    removed->count < ROLL_BACK_BLOCKS &&
	    removed->bytes < ROLL_BACK_BYTES) {
		struct removed_block *block = &removed->block[removed->count];

		status = copy_block(state, newest - removed->count, block);
		if (status != BITMARK_OK)
			break;
		removed->bytes += block->size;
		removed->count++;
	}
	return status;
}

/* The journal keeps the blocks until the reservoir is told of their removal:
 * after a crash in between their transactions are found there. */
static bitmark_status
warn_reservoir(struct bm_state *state, const struct removed *removed)
{
	struct bitmark_span blocks[ROLL_BACK_BLOCKS];

	for (size_t i = 0; i < removed->count; i++)
		blocks[i] = (struct bitmark_span){ removed->block[i].data,
		    removed->block[i].size };
	return bitmark_reservoir_block_going(state->reservoir, blocks,
	    removed->count);
}

static void
tell_program(struct bm_events *events, const struct removed *removed)
{
	for (size_t i = 0; i < removed->count; i++) {
		const struct removed_block *block = &removed->block[i];

		bm_events_block(events, BITMARK_NODE_BLOCK_REMOVED,
		    block->number, (struct bitmark_span){ block->data,
		    block->size }, block->digest);
	}
}

/* Their transactions are back in the reservoir, as far as they are still
 * valid.  The oldest block is told first, because a transfer needs the issue
 * that it is of; and all are one commit of the journal. */
static void
tell_reservoir(struct bm_state *state, const struct removed *removed)
{
	struct bitmark_snapshot *snapshot = bm_state_snapshot(state);
	bitmark_status status = snapshot == NULL ? BITMARK_E_STORE :
	    BITMARK_OK, told;

	bitmark_reservoir_begin(state->reservoir);
	for (size_t i = removed->count; i > 0 && snapshot != NULL; i--) {
		const struct removed_block *block = &removed->block[i - 1];

		told = bitmark_reservoir_block_removed(state->reservoir,
		    snapshot, state->now.s, block->data, block->size);
		if (told != BITMARK_OK)
			status = told;
	}
	told = bitmark_reservoir_commit(state->reservoir);
	bm_state_release(state);
	if (status == BITMARK_OK)
		status = told;
	if (status != BITMARK_OK)
		bm_log(&state->settings->env, BITMARK_LOG_ERROR, "sync",
		    "reservoir: blocks removed: %s",
		    bitmark_strerror(status));
}

/* Some of the newest blocks, with one commit. */
static bitmark_status
remove_newest(struct bm_blocks *b, uint64_t last)
{
	struct removed removed = { 0 };
	bitmark_status status = copy_newest(b->state, last, &removed);

	if (status == BITMARK_OK)
		status = warn_reservoir(b->state, &removed);
	if (status == BITMARK_OK)
		status = bitmark_chain_delete_down(b->state->chain,
		    bm_state_height(b->state) - removed.count + 1);
	if (status == BITMARK_OK) {
		b->told = bm_state_height(b->state);
		tell_program(b->events, &removed);
		tell_reservoir(b->state, &removed);
	}
	free_removed(&removed);
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
	return status;
}
