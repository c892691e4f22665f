/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Blocks that our rules refuse although peers have them.
 *
 * One client with such a block lies; most clients with it mean that the network
 * follows other rules than we do.  Both are set aside, for each time longer, so
 * that a node which cannot follow asks rarely; and a client is marked until our
 * chain has a block of that number.  When those that are marked would decide
 * whom to follow, this node is not in step with its network, however well it
 * agrees with the rest: it is not Normal then.
 */
#include "protocol/connector_impl.h"

static bool
is_refusing(const struct bm_client *client)
{
	return client->registered && client->refused != 0;
}

/* Marks the client and sets it aside: the first time for as long as for any
 * other fault, then for longer each time. */
void
bm_refused_note(struct bitmark_connector *c, size_t i, uint64_t number,
    bitmark_status status)
{
	struct bm_client *client;

	if (i == BM_NOBODY)
		return;
	client = &c->client[i];
	client->refused = number;
	client->refusal = status;
	bm_client_failed(c, i, BM_BLAME_BLOCK, bitmark_strerror(status));
}

/* Clears the marks of clients when our chain has reached the refused block's
 * number, so some block of that number was accepted. */
void
bm_refused_settle(struct bitmark_connector *c)
{
	const uint64_t height = c->view.height(c->view.user);

	for (size_t i = 0; i < c->count; i++)
		if (c->client[i].refused <= height)
			c->client[i].refused = 0;
}

/* Would the clients with refused blocks decide an election?  They must be as
 * many as an election needs, and more than all other clients: a few liars do
 * not decide. */
bool
bm_refused_decides(const struct bitmark_connector *c)
{
	const size_t needed = bm_election_is_by_votes(c) ?
	    bm_election_needed(c) : c->minimum == 0 ? 1 : c->minimum;
	size_t refusing = 0, others = 0;

	for (size_t i = 0; i < c->count; i++) {
		if (is_refusing(&c->client[i]))
			refusing++;
		else
			others += bm_client_is_usable(c, i) &&
			    c->client[i].height != 0;
	}
	return refusing >= needed && refusing > others;
}

static uint64_t
left_ms(const struct bitmark_connector *c, const struct bm_client *client)
{
	return client->aside_until_ms > c->now_ms ?
	    client->aside_until_ms - c->now_ms : 0;
}

/* The lowest refused block is told: it is the one at which we stand. */
void
bm_refused_tell(const struct bitmark_connector *c,
    struct bitmark_connector_status *status)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct bm_client *client = &c->client[i];
		uint64_t left;

		if (!is_refusing(client))
			continue;
		left = left_ms(c, client);
		if (status->refusing == 0 || client->refused < status->refused) {
			status->refused = client->refused;
			status->refusal = client->refusal;
		}
		if (status->refusing == 0 || left < status->refused_retry_ms)
			status->refused_retry_ms = left;
		if (client->height > status->refused_target)
			status->refused_target = client->height;
		status->refusing++;
	}
	status->cannot_follow = bm_refused_decides(c);
}

/* How long a key is left alone when this is its ${times}th refusal of one
 * block. */
uint64_t
bm_refused_pause_ms(const struct bitmark_connector *c, unsigned times)
{
	uint64_t pause = c->aside_ms;

	while (--times > 0 && pause < BITMARK_CONNECTOR_REFUSED_MAX_MS)
		pause = pause < BITMARK_CONNECTOR_REFUSED_MAX_MS / 2 ?
		    pause * 2 : BITMARK_CONNECTOR_REFUSED_MAX_MS;
	return pause;
}
