/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The array of connections.  Its first places belong to the static peers, in
 * the order of the configuration; the others are given to neighbours by the
 * connector.  The number of a place is the connector's number of the client,
 * so neither has to look for the other.
 */
#include "node/upstreams.h"

#include <stdlib.h>
#include <string.h>

/* A peer that takes no message for so long does not hold up the others. */
#define FULL_MAX_MS 2000

bitmark_status
bm_upstreams_new(struct bm_upstreams **upstreams,
    const struct bm_upstream_needs *needs)
{
	const size_t count = needs->settings->peer_count +
	    (needs->settings->dynamic_connections ?
	    needs->settings->dynamic_clients : 0);
	struct bm_upstreams *us = calloc(1, sizeof *us + count *
	    sizeof us->upstream[0]);
	bitmark_status status = BITMARK_OK;

	*upstreams = us;
	if (us == NULL)
		return BITMARK_E_NOMEM;
	us->needs = *needs;
	us->needs.told = us->told;
	us->count = count;
	for (size_t i = 0; i < count && status == BITMARK_OK; i++)
		status = bm_upstream_init(&us->upstream[i], &us->needs, i);
	return status;
}

void
bm_upstreams_free(struct bm_upstreams *us)
{
	if (us == NULL)
		return;
	for (size_t i = 0; i < us->count; i++)
		bm_upstream_fini(&us->upstream[i]);
	free(us);
}

/*
 * Work for the connector.
 */

void
bm_upstreams_connect(struct bm_upstreams *us, size_t client,
    const uint8_t key[BITMARK_PEER_KEY_SIZE], const char *name,
    const struct bm_addresses *addresses)
{
	bm_upstream_connect(&us->upstream[client], key, name, addresses);
}

void
bm_upstreams_disconnect(struct bm_upstreams *us, size_t client)
{
	bm_upstream_disconnect(&us->upstream[client]);
}

void
bm_upstreams_fetch(struct bm_upstreams *us, size_t client,
    const struct bitmark_fetch *fetch)
{
	bm_upstream_step(&us->upstream[client],
	    &(struct bitmark_upstream_event){
	    .type = BITMARK_UPSTREAM_EV_FETCH, .fetch = *fetch });
}

/*
 * Messages, and questions.
 */

void
bm_upstreams_relay(struct bm_upstreams *us)
{
	struct bitmark_upstream_event event = {
		.type = BITMARK_UPSTREAM_EV_PUSH };

	while ((event.message = bm_events_take(us->needs.events)) != NULL) {
		for (size_t i = 0; i < us->count; i++)
			if (us->upstream[i].registered)
				bm_upstream_step(&us->upstream[i], &event);
		bitmark_message_free(event.message);
	}
}

/* The slowest peer sets the pace, so that all peers get all messages.  But a
 * peer that has stopped reading would hold up the others for ever.  So a peer
 * that was full for FULL_MAX_MS is ignored while any other has room. */
bool
bm_upstreams_have_room(struct bm_upstreams *us, size_t left)
{
	const uint64_t now_ms = us->needs.now->ms;
	bool any = false, some = false, waits = false;

	for (size_t i = 0; i < us->count; i++) {
		struct bm_upstream *u = &us->upstream[i];

		if (!u->registered)
			continue;
		any = true;
		if (u->room > left) {
			u->full_ms = 0;
			some = true;
			continue;
		}
		if (u->full_ms == 0)
			u->full_ms = now_ms;
		waits = waits || now_ms - u->full_ms < FULL_MAX_MS;
	}
	return !waits && (some || !any);
}

/* The peers are asked in turn, so that no single peer decides which others this
 * node learns of. */
void
bm_upstreams_ask_peer(struct bm_upstreams *us)
{
	for (size_t i = 0; i < us->count; i++) {
		us->asked = (us->asked + 1) % us->count;
		if (us->upstream[us->asked].registered) {
			bm_upstream_ask_peer(&us->upstream[us->asked]);
			return;
		}
	}
}

size_t
bm_upstreams_registered(const struct bm_upstreams *us)
{
	size_t count = 0;

	for (size_t i = 0; i < us->count; i++)
		count += us->upstream[i].registered;
	return count;
}

uint64_t
bm_upstreams_claim(const struct bm_upstreams *us, uint64_t height,
    size_t *ahead)
{
	uint64_t greatest = 0;

	*ahead = 0;
	for (size_t i = 0; i < us->count; i++) {
		const struct bm_upstream *u = &us->upstream[i];

		if (!u->registered)
			continue;
		*ahead += u->height > height;
		if (u->height > greatest)
			greatest = u->height;
	}
	return greatest;
}

bool
bm_upstreams_know_heights(const struct bm_upstreams *us)
{
	for (size_t i = 0; i < us->count; i++)
		if (us->upstream[i].registered && us->upstream[i].height == 0)
			return false;
	return true;
}

void
bm_upstreams_each(const struct bm_upstreams *us,
    bitmark_node_connection_fn each, void *user)
{
	for (size_t i = 0; i < us->count; i++) {
		if (us->upstream[i].dealer != NULL && bm_upstream_show(
		    &us->upstream[i], each, user) != 0)
			break;
	}
}

/*
 * The loop.
 */

void
bm_upstreams_drive(struct bm_upstreams *us)
{
	for (size_t i = 0; i < us->count; i++)
		bm_upstream_drive(&us->upstream[i]);
}

/* Takes one reply of the peer whose turn it is.  A turn ends after as many
 * replies as libzmq queues for one connection, so a peer that sends without end
 * does not keep the others waiting.  The peer is remembered from call to
 * call. */
bool
bm_upstreams_receive(struct bm_upstreams *us)
{
	for (; us->receiving < us->count; us->receiving++) {
		struct bm_upstream *u = &us->upstream[us->receiving];

		if (us->received < BM_DEALER_QUEUE_MAX &&
		    bm_upstream_receive(u)) {
			us->received++;
			return true;
		}
		us->received = 0;
		/* A reply that is there in time counts as in time, so this
		 * is done when all of them were taken in. */
		bm_upstream_tick(u);
	}
	us->receiving = 0;
	return false;
}

uint64_t
bm_upstreams_deadline(const struct bm_upstreams *us)
{
	uint64_t deadline = UINT64_MAX;

	for (size_t i = 0; i < us->count; i++)
		deadline = bm_earlier(deadline,
		    bm_upstream_deadline(&us->upstream[i]));
	return deadline;
}

size_t
bm_upstreams_items_max(const struct bm_upstreams *us)
{
	return us->count * BM_DEALER_ITEMS;
}

size_t
bm_upstreams_items(const struct bm_upstreams *us, zmq_pollitem_t *items)
{
	size_t count = 0;

	for (size_t i = 0; i < us->count; i++)
		if (us->upstream[i].dealer != NULL)
			count += bm_dealer_poll_items(us->upstream[i].dealer,
			    items + count);
	return count;
}
