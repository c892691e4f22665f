/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Work on the reservoir that no request asks for: old transactions expire, and
 * those that wait are sent again.
 *
 * A node that mines may have been away when a transaction was sent, so all that
 * wait are sent again at long intervals.  There may be very many.  They go out
 * only as fast as the peers acknowledge them, and leave room in every queue, so
 * that a new transaction does not wait behind old ones.
 */
#include "node/upkeep.h"

#include "codec/log.h"

#define EXPIRE_MS (BITMARK_EXPIRE_S * 1000u)
/* Places that a rebroadcast leaves free in every queue, for news. */
#define ROOM_LEFT (BITMARK_UPSTREAM_QUEUE_MAX / 2)
/* Messages that are repeated in one turn of the owner. */
#define REPEAT_TURN 100
/* A rebroadcast that waits for full queues goes on when a peer's answer wakes
 * the owner; after so long it looks at them in any case. */
#define REPEAT_LOOK_MS 500

void
bm_upkeep_init(struct bm_upkeep *k, struct bm_state *state,
    struct bm_events *events, struct bm_upstreams *upstreams)
{
	*k = (struct bm_upkeep){
		.state = state, .events = events, .upstreams = upstreams,
		.expire_at_ms = state->now.ms + EXPIRE_MS,
		.repeat_at_ms = state->now.ms +
		    state->settings->rebroadcast_ms,
	};
}

static void
expire_transactions(struct bm_upkeep *k)
{
	bitmark_status status = bitmark_reservoir_expire(k->state->reservoir,
	    k->state->now.s);

	if (status != BITMARK_OK)
		bm_log(&k->state->settings->env, BITMARK_LOG_ERROR,
		    "announcer", "reservoir: %s", bitmark_strerror(status));
}

static void
repeat_one(struct bm_upkeep *k, enum bitmark_rebroadcast kind,
    struct bitmark_span data)
{
	static const char *const command[] = {
		[BITMARK_REBROADCAST_ASSETS] = "assets",
		[BITMARK_REBROADCAST_ISSUES] = "issues",
		[BITMARK_REBROADCAST_TRANSFER] = "transfer",
		[BITMARK_REBROADCAST_PROOF] = "proof",
	};

	bm_events_tell(k->events, BITMARK_MESSAGE_REPEATED, command[kind],
	    &data, 1);
	/* The message is put in the peers' queues now, because repeat() looks
	 * at their room before it takes the next one. */
	bm_upstreams_relay(k->upstreams);
}

/* Repeats as many messages as the queues have room for.  The owner calls it
 * again when peers have answered. */
static void
repeat(struct bm_upkeep *k)
{
	enum bitmark_rebroadcast kind;
	struct bitmark_span data;

	for (int i = 0; k->repeating && i < REPEAT_TURN; i++) {
		if (!bm_upstreams_have_room(k->upstreams, ROOM_LEFT)) {
			k->more_at_ms = k->state->now.ms + REPEAT_LOOK_MS;
			return;
		}
		k->repeating = bitmark_reservoir_rebroadcast_next(
		    k->state->reservoir, &kind, &data) == BITMARK_OK;
		if (k->repeating)
			repeat_one(k, kind, data);
	}
	k->more_at_ms = k->state->now.ms;
}

void
bm_upkeep_run(struct bm_upkeep *k)
{
	const uint64_t now_ms = k->state->now.ms;

	if (now_ms >= k->expire_at_ms) {
		k->expire_at_ms = now_ms + EXPIRE_MS;
		expire_transactions(k);
	}
	/* A rebroadcast that is not at its end yet is not begun again, so that
	 * the last transactions have their turn, too. */
	if (now_ms >= k->repeat_at_ms && !k->repeating) {
		k->repeat_at_ms = now_ms + k->state->settings->rebroadcast_ms;
		bitmark_reservoir_rebroadcast_start(k->state->reservoir);
		k->repeating = true;
	}
	repeat(k);
}

uint64_t
bm_upkeep_deadline(const struct bm_upkeep *k)
{
	return bm_earlier(k->expire_at_ms, k->repeating ? k->more_at_ms :
	    k->repeat_at_ms);
}
