/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The clients of the connector: the nodes that it is connected to, those of
 * them that can be used, and those that are left alone for a while.
 *
 * Source: bitmarkd v8.2 peer/connector.go connectUpstream, getHeight
 */
#include "protocol/connector_impl.h"

#include <string.h>

#include "codec/log.h"

static bool
same_key(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, BITMARK_PEER_KEY_SIZE) == 0;
}

size_t
bm_client_find(const struct bitmark_connector *c, const uint8_t *key)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->client[i].used && same_key(c->client[i].key, key))
			return i;
	return BM_NOBODY;
}

/* Give a place to a node.  All data of the node that had it before are cleared,
 * above all its height: v8.2 follows heights of nodes that are gone [D-14]. */
void
bm_client_assign(struct bitmark_connector *c, size_t i, const uint8_t *key)
{
	struct bm_client *client = &c->client[i];

	memset(client, 0, sizeof *client);
	client->used = true;
	client->want_connect = true;
	client->credit = BM_CREDIT_FIRST;
	client->since_ms = c->now_ms;
	client->moves_at_ms = c->now_ms + c->timeout_ms;
	client->chosen = ++c->chosen;
	memcpy(client->key, key, sizeof client->key);
}

void
bm_client_assign_statics(struct bitmark_connector *c, const uint8_t *keys)
{
	static const uint8_t zero[BITMARK_PEER_KEY_SIZE];

	for (size_t i = 0; i < c->static_count; i++) {
		const uint8_t *key = keys + i * BITMARK_PEER_KEY_SIZE;

		if (!same_key(key, c->own_key) && !same_key(key, zero) &&
		    bm_client_find(c, key) == BM_NOBODY)
			bm_client_assign(c, i, key);
	}
}

/* want_connect stays set until the update has a place for the action, so that
 * none is lost when many clients are assigned in one step. */
void
bm_client_connect_wanted(struct bitmark_connector *c)
{
	for (size_t i = 0; i < c->count; i++) {
		struct bm_client *client = &c->client[i];
		struct bitmark_connector_action *action;

		if (client->want_disconnect) {
			action = bm_connector_act(c,
			    BITMARK_CONNECTOR_ACT_DISCONNECT);
			if (action == NULL)
				return;
			client->want_disconnect = false;
			action->client = i;
		}
		if (!client->want_connect)
			continue;
		action = bm_connector_act(c, BITMARK_CONNECTOR_ACT_CONNECT);
		if (action == NULL)
			return;
		client->want_connect = false;
		action->client = i;
		action->address = client->address[0];
		action->address_count = client->address_count;
		action->addresses = client->address;
		memcpy(action->key, client->key, sizeof action->key);
	}
}

bool
bm_client_is_aside(const struct bitmark_connector *c, const struct bm_client *client)
{
	return client->aside_until_ms > c->now_ms;
}

/* A client that is set aside stays connected: it still gets what is relayed,
 * and is asked again when its time is over. */
bool
bm_client_is_usable(const struct bitmark_connector *c, size_t i)
{
	return c->client[i].registered && !bm_client_is_aside(c, &c->client[i]);
}

/*
 * A client that was set aside for a block which we refuse still counts here: a
 * node that cannot follow its peers must not report that it has none.  And
 * under rules by which too few clients end the mode Normal, a client that lies
 * must not be able to end it.
 */
bool
bm_client_are_enough(const struct bitmark_connector *c)
{
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++)
		count += bm_client_is_usable(c, i) ||
		    (c->client[i].registered && (c->client[i].refused != 0 ||
		    c->rules->sampling_needs_clients));
	return count >= c->minimum;
}

size_t
bm_client_count_usable(const struct bitmark_connector *c)
{
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++)
		count += bm_client_is_usable(c, i);
	return count;
}

/* The usable client with the greatest height; the first of several, so that the
 * choice stays the same while nothing changes. */
size_t
bm_client_best(const struct bitmark_connector *c)
{
	size_t best = BM_NOBODY;

	for (size_t i = 0; i < c->count; i++)
		if (bm_client_is_usable(c, i) && c->client[i].height > 0 &&
		    (best == BM_NOBODY ||
		    c->client[i].height > c->client[best].height))
			best = i;
	return best;
}

/* The client with the fewest open fetches.  A fast client has fewer, so it gets
 * more of the work, and no speed has to be measured. */
size_t
bm_client_to_ask(const struct bitmark_connector *c, uint64_t number,
    size_t except)
{
	const bool only_source = bm_trust_is_exclusive(c, number);
	size_t best = BM_NOBODY;

	for (size_t i = 0; i < c->count; i++) {
		const struct bm_client *client = &c->client[i];

		if (i != except && (i == c->source || !only_source) &&
		    bm_client_is_usable(c, i) &&
		    !client->off_branch && client->height >= number &&
		    client->asked < BITMARK_UPSTREAM_FETCHES_MAX &&
		    (best == BM_NOBODY ||
		    client->asked < c->client[best].asked))
			best = i;
	}
	return best;
}

bool
bm_client_ask(struct bitmark_connector *c, size_t i,
    enum bitmark_fetch_kind kind, uint64_t number, uint64_t *token)
{
	struct bitmark_connector_action *action = bm_connector_act(c,
	    BITMARK_CONNECTOR_ACT_FETCH);

	if (action == NULL)
		return false;
	action->client = i;
	action->fetch = (struct bitmark_fetch){ kind, number, action->token };
	*token = action->token;
	c->client[i].asked++;
	return true;
}

/* Is this key set aside?  Keys are asked for before they become clients. */
bool
bm_client_is_key_aside(const struct bitmark_connector *c, const uint8_t *key)
{
	for (size_t i = 0; i < BITMARK_CONNECTOR_ASIDE_MAX; i++)
		if (c->aside[i].until_ms > c->now_ms &&
		    same_key(c->aside[i].key, key))
			return true;
	return false;
}

/* The place for a key in the list of keys that are set aside: its own, else the
 * one whose time is over or will be over first. */
static struct bm_aside *
place_aside(struct bitmark_connector *c, const uint8_t *key)
{
	struct bm_aside *place = &c->aside[0];

	for (size_t i = 0; i < BITMARK_CONNECTOR_ASIDE_MAX; i++) {
		if (same_key(c->aside[i].key, key))
			return &c->aside[i];
		if (c->aside[i].until_ms < place->until_ms)
			place = &c->aside[i];
	}
	memset(place, 0, sizeof *place);
	memcpy(place->key, key, sizeof place->key);
	return place;
}

/* ${refused}: number of the refused block for which the client is set aside, or
 * 0 for any other reason.  Only repeated refusals of one block make the pause
 * longer. */
static void
set_aside(struct bitmark_connector *c, struct bm_client *client,
    uint64_t refused)
{
	struct bm_aside *place = place_aside(c, client->key);

	place->times = place->refused == refused ? place->times + 1 : 1;
	place->refused = refused;
	client->credit = BM_CREDIT_FIRST;
	client->ahead = false;
	client->aside_until_ms = c->now_ms + (refused == 0 ? c->aside_ms :
	    bm_refused_pause_ms(c, place->times));
	place->until_ms = client->aside_until_ms;
	c->counts.misled++;
}

/* Even a client that is not blamed is not asked for blocks of this branch again
 * (off_branch): the same fetch would fail in the same way. */
void
bm_client_failed(struct bitmark_connector *c, size_t i, enum bm_blame blame,
    const char *why)
{
	if (i == BM_NOBODY)
		return;
	bm_log(&c->env, BITMARK_LOG_INFO, "connector", "client %zu%s: %s", i,
	    blame != BM_NO_BLAME ? " is set aside" : "", why);
	if (blame != BM_NO_BLAME)
		set_aside(c, &c->client[i], blame == BM_BLAME_BLOCK ?
		    c->client[i].refused : 0);
	c->client[i].off_branch = true;
	if (i == c->source)
		bm_connector_give_up(c, why);
}

/* The mark is set last, because setting a client aside clears it. */
void
bm_client_lies_ahead(struct bitmark_connector *c, size_t i)
{
	if (i == BM_NOBODY)
		return;
	bm_client_failed(c, i, BM_BLAME,
	    bitmark_strerror(BITMARK_E_HEADER_TIMESTAMP));
	c->client[i].ahead = true;
}

void
bm_client_pardon(struct bitmark_connector *c)
{
	for (size_t i = 0; i < c->count; i++) {
		struct bm_client *client = &c->client[i];

		if (!client->ahead || !bm_client_is_aside(c, client))
			continue;
		bm_log(&c->env, BITMARK_LOG_WARN, "connector",
		    "client %zu is tried again: is our clock behind?", i);
		client->aside_until_ms = c->now_ms;
	}
}

void
bm_client_answered(struct bitmark_connector *c, size_t i)
{
	if (c->client[i].credit < BM_CREDIT_MAX)
		c->client[i].credit++;
}

/* Only a reply that did not come in time may have been lost.  A reply that is
 * wrong came over a connection that works, so credit does not excuse it. */
bool
bm_client_lost_reply(struct bitmark_connector *c, size_t i,
    bitmark_status status)
{
	if (status != BITMARK_E_TIMEOUT ||
	    c->client[i].credit < BM_CREDIT_LOST)
		return false;
	c->client[i].credit -= BM_CREDIT_LOST;
	return true;
}

void
bm_client_blame_debtors(struct bitmark_connector *c, const char *why)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->client[i].asked > 0)
			bm_client_failed(c, i, BM_BLAME, why);
}

/* The host learns of a step's changes after the step, so an event may be about
 * a client that has no node any more: it is ignored. */
void
bm_client_registered(struct bitmark_connector *c, size_t i)
{
	if (i >= c->count || !c->client[i].used)
		return;
	c->client[i].registered = true;
	c->client[i].moves_at_ms = 0;   /* once it is lost */
}

/* A new height does not clear the vote: the next vote may take a client a
 * second, and until then the last one counts. */
void
bm_client_height(struct bitmark_connector *c,
    const struct bitmark_connector_event *event)
{
	struct bm_client *client;

	if (event->client >= c->count || !c->client[event->client].registered)
		return;
	client = &c->client[event->client];
	client->height = event->number;
	client->told_ms = c->now_ms;
	if (event->vote_number == 0)
		return;
	client->vote_number = event->vote_number;
	memcpy(client->vote, event->digest, sizeof client->vote);
}

/* A connection has ended.  Its height is forgotten, too: following a node that
 * cannot be asked would stop the search for another [D-14]. */
void
bm_client_lost(struct bitmark_connector *c, size_t i)
{
	if (i >= c->count || !c->client[i].registered)
		return;
	c->client[i].registered = false;
	c->client[i].height = 0;
	c->client[i].vote_number = 0;
	c->client[i].asked = 0;
	c->client[i].since_ms = c->now_ms;
	bm_window_forget_client(c, i);
	if (i == c->source)
		bm_connector_give_up(c, "connection lost");
}

/* As 0.16 does, disconnect from a peer whose entry has expired, so that another
 * peer gets its place.  A static client keeps its place. */
void
bm_client_expired(struct bitmark_connector *c, struct bitmark_span key)
{
	size_t i = key.size == BITMARK_PEER_KEY_SIZE ?
	    bm_client_find(c, key.data) : BM_NOBODY;

	if (i == BM_NOBODY || i < c->static_count)
		return;
	bm_window_forget_client(c, i);
	memset(&c->client[i], 0, sizeof c->client[i]);
	c->client[i].want_disconnect = true;
	if (i == c->source)
		bm_connector_give_up(c, "the client was not heard of for long");
}
