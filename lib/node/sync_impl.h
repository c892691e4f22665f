/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The state of sync, shared by sync.c, sync_actions.c and sync_pushed.c.
 */
#ifndef BM_NODE_SYNC_IMPL_H
#define BM_NODE_SYNC_IMPL_H

#include "node/blocks.h"
#include "node/hashing.h"
#include "node/judge.h"
#include "node/sync.h"

/* Token of a header that is hashed for a block that was pushed; those of the
 * connector are not 0. */
#define BM_TOKEN_PUSHED 0

struct bm_sync {
	struct bm_sync_needs needs;
	struct bm_blocks blocks;
	struct bitmark_connector *connector;
	struct bm_hashing *hashing;
	uint64_t ahead_ms;              /* the connector's clock before ours */
	uint64_t deadline_ms;           /* by our clock                    */
	enum bitmark_connector_state state;
	bool normal;
	bool hurried_clients, hurried_heights;
	bool pushing;                   /* a block is being hashed         */
	bool unproven;                  /* blocks wait for the checkpoint  */
	struct bm_judge judge;          /* of what is fetched              */
	uint64_t refused;
	uint64_t rest_number;           /* newest block at the last rest   */
	uint64_t rest_at_ms;            /* when the next may be            */
};

static inline const struct bm_settings *
bm_sync_settings(const struct bm_sync *s)
{
	return s->needs.state->settings;
}

static inline const struct bm_now *
bm_sync_now(const struct bm_sync *s)
{
	return &s->needs.state->now;
}

/* sync_actions.c: do what the connector wants; and the newest block that is
 * proven. */
void bm_sync_execute(struct bm_sync *sync,
    const struct bitmark_connector_action *action);
uint64_t bm_sync_proven(struct bm_sync *sync);
/* sync_pushed.c: a block that was pushed is hashed, or could not be. */
void bm_sync_pushed(struct bm_sync *sync, const struct bm_hashed *hashed);

#endif
