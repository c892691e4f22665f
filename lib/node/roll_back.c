/*
 * Rolling back: blocks are taken away together, then the reservoir is told of
 * each, so that what they held waits for another block.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/log.h"
#include "node/owner.h"

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

static uint64_t
height(const struct bm_owner *o)
{
	struct bitmark_tip tip;

	bitmark_chain_tip(o->state.chain, &tip);
	return tip.number;
}

static bitmark_status
copy_block(struct bm_owner *o, uint64_t number, struct removed_block *copy)
{
	struct bitmark_snapshot *snapshot = bm_state_snapshot(&o->state);
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
	bm_state_release(&o->state);
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
copy_newest(struct bm_owner *o, uint64_t last, struct removed *removed)
{
	uint64_t newest = height(o);
	bitmark_status status = BITMARK_OK;

	while (status == BITMARK_OK && newest - removed->count > last &&
	    removed->count < ROLL_BACK_BLOCKS &&
	    removed->bytes < ROLL_BACK_BYTES) {
		struct removed_block *block = &removed->block[removed->count];

		status = copy_block(o, newest - removed->count, block);
		if (status != BITMARK_OK)
			break;
		removed->bytes += block->size;
		removed->count++;
	}
	return status;
}

static void
tell_program(struct bm_owner *o, const struct removed *removed)
{
	for (size_t i = 0; i < removed->count; i++) {
		const struct removed_block *block = &removed->block[i];

		bm_bus_block(o, BITMARK_NODE_BLOCK_REMOVED, block->number,
		    (struct bitmark_span){ block->data, block->size },
		    block->digest);
	}
}

/* What they held is back in the reservoir, as far as it may; the oldest is
 * told first. */
static void
tell_reservoir(struct bm_owner *o, const struct removed *removed)
{
	struct bitmark_snapshot *snapshot = bm_state_snapshot(&o->state);
	bitmark_status status = snapshot == NULL ? BITMARK_E_STORE :
	    BITMARK_OK;

	for (size_t i = removed->count; i > 0 && snapshot != NULL; i--) {
		const struct removed_block *block = &removed->block[i - 1];
		bitmark_status told = bitmark_reservoir_block_removed(
		    o->state.reservoir, snapshot, o->state.now.s, block->data,
		    block->size);

		if (told != BITMARK_OK)
			status = told;
	}
	bm_state_release(&o->state);
	if (status != BITMARK_OK)
		bm_log(&o->node->settings.env, BITMARK_LOG_ERROR, "sync",
		    "reservoir: blocks removed: %s",
		    bitmark_strerror(status));
}

/* So that a crash before it is told does not lose what they hold. */
static bitmark_status
warn_reservoir(struct bm_owner *o, const struct removed *removed)
{
	struct bitmark_span blocks[ROLL_BACK_BLOCKS];

	for (size_t i = 0; i < removed->count; i++)
		blocks[i] = (struct bitmark_span){ removed->block[i].data,
		    removed->block[i].size };
	return bitmark_reservoir_block_going(o->state.reservoir, blocks,
	    removed->count);
}

/* Some of the newest blocks, with one commit. */
static bitmark_status
remove_newest(struct bm_owner *o, uint64_t last)
{
	struct removed removed = { 0 };
	bitmark_status status = copy_newest(o, last, &removed);

	if (status == BITMARK_OK)
		status = warn_reservoir(o, &removed);
	if (status == BITMARK_OK)
		status = bitmark_chain_delete_down(o->state.chain,
		    height(o) - removed.count + 1);
	if (status == BITMARK_OK) {
		o->follow.told = height(o);
		tell_program(o, &removed);
		tell_reservoir(o, &removed);
	}
	free_removed(&removed);
	return status;
}

bitmark_status
bm_roll_back(struct bm_owner *o, uint64_t last)
{
	uint64_t from;
	bitmark_status status = BITMARK_OK;

	bm_follow_settle(o);
	from = height(o);
	while (status == BITMARK_OK && height(o) > last)
		status = remove_newest(o, last);
	bm_log(&o->node->settings.env, BITMARK_LOG_INFO, "sync",
	    "rolled back from block %llu to %llu: %s",
	    (unsigned long long)from, (unsigned long long)height(o),
	    bitmark_strerror(status));
	return status;
}
