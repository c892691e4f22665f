/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Functions by which other threads read from a node: its store, the shares that
 * waiting transactions spend, and assets in the cache.
 */
#include "node/node.h"

/* Snapshots lock nothing that the owner thread needs, so they need no task. */
struct bitmark_chain *
bitmark_node_chain(const struct bitmark_node *node)
{
	return node->chain;
}

struct spends {
	const struct bitmark_account *account;
	const uint8_t *share_ids;
	size_t count;
	uint64_t *spend;
};

/* A bm_task_fn. */
static bitmark_status
find_spends(void *owner, void *argument)
{
	const struct bm_state *state = &((struct bm_owner *)owner)->state;
	const struct spends *s = argument;

	for (size_t i = 0; i < s->count; i++)
		s->spend[i] = bitmark_reservoir_spend(state->reservoir,
		    s->account, s->share_ids + i * BITMARK_TX_ID_SIZE);
	return BITMARK_OK;
}

/* All shares are looked up in one task: between two tasks the reservoir may
 * change, and the sums would belong to different states. */
bitmark_status
bitmark_node_spend(struct bitmark_node *node,
    const struct bitmark_account *account, const uint8_t *share_ids,
    size_t count, uint64_t *spend)
{
	struct spends spends = { account, share_ids, count, spend };

	return bm_tasks_do(node->tasks, BM_TASK_LOOKS, find_spends, &spends);
}

struct cached {
	const uint8_t *asset_ids;
	size_t count;
	bitmark_cached_fn each;
	void *user;
};

/* A bm_task_fn. */
static bitmark_status
find_cached(void *owner, void *argument)
{
	const struct bm_state *state = &((struct bm_owner *)owner)->state;
	const struct cached *c = argument;
	struct bitmark_span packed;

	for (size_t i = 0; i < c->count; i++)
		if (bitmark_reservoir_cached(state->reservoir, c->asset_ids +
		    i * BITMARK_ASSET_ID_SIZE, &packed) == BITMARK_OK)
			c->each(c->user, i, packed);
	return BITMARK_OK;
}

bitmark_status
bitmark_node_cached(struct bitmark_node *node, const uint8_t *asset_ids,
    size_t count, bitmark_cached_fn each, void *user)
{
	struct cached cached = { asset_ids, count, each, user };

	return bm_tasks_do(node->tasks, BM_TASK_LOOKS, find_cached, &cached);
}
