/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Neighbours: the nodes that this one is told to connect to, and the places
 * that they get.
 *
 * Source: bitmarkd v8.2 peer/connector.go connectUpstream
 */
#include "protocol/connector_impl.h"

#include <string.h>

static bool
same_key(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, BITMARK_PEER_KEY_SIZE) == 0;
}

/* Addresses that a neighbour can have. */
struct addresses {
	size_t count;
	struct bitmark_connection at[BITMARK_CONNECTOR_ADDRESSES_MAX];
};

/* Add the usable addresses of one family. */
static void
add_family(struct bitmark_span list, bool is_v4, struct addresses *a)
{
	struct bitmark_connection found;

	for (size_t at = 0, used; (used = bitmark_connection_parse(
	    list.data + at, list.size - at, &found)) != 0; at += used)
		if (bitmark_connection_is_v4(&found) == is_v4 &&
		    bitmark_connection_is_usable(&found) &&
		    a->count < BITMARK_CONNECTOR_ADDRESSES_MAX)
			a->at[a->count++] = found;
}

/* All usable addresses, because any of them may be the only one that works
 * from here: those of the preferred family first [D-02b]. */
static void
read_addresses(const struct bitmark_connector *c, struct bitmark_span list,
    struct addresses *a)
{
	a->count = 0;
	add_family(list, !c->prefer_ipv6, a);
	add_family(list, c->prefer_ipv6, a);
}

/* How readily a dynamic client is given up, most readily first. */
enum worth { WORTH_FREE, WORTH_FAILED, WORTH_WORKING, WORTH_KEPT };

/* The followed client is never given up: the blocks that are under way were
 * compared with its chain.  A client that is not registered has failed only
 * after the time that a connection may take. */
static enum worth
worth_of(const struct bitmark_connector *c, size_t i)
{
	const struct bm_client *client = &c->client[i];

	if (!client->used)
		return WORTH_FREE;
	if (i == c->source)
		return WORTH_KEPT;
	/* When most clients have a block that we refuse, the whole network has
	 * it: replacing them would bring other clients with the same block. */
	if ((bm_client_is_aside(c, client) && !(client->refused != 0 &&
	    bm_refused_decides(c))) || (!client->registered &&
	    c->now_ms - client->since_ms >= c->timeout_ms))
		return WORTH_FAILED;
	/* A stranger that invents neighbours must not drive away those that
	 * work: only one of them is replaced in this time [D-37]. */
	return c->replaced && c->now_ms - c->replaced_ms < c->replace_ms ?
	    WORTH_KEPT : WORTH_WORKING;
}

/* The slot for a new neighbour: a free one, one that failed, else, but not for
 * a filler, the one whose choice is longest ago; BM_NOBODY: none. */
static size_t
choose_slot(struct bitmark_connector *c, bool is_filler)
{
	size_t best = BM_NOBODY;
	enum worth least = is_filler ? WORTH_WORKING : WORTH_KEPT;

	for (size_t i = c->static_count; i < c->count; i++) {
		enum worth worth = worth_of(c, i);

		if (worth < least || (worth == least && best != BM_NOBODY &&
		    c->client[i].chosen < c->client[best].chosen)) {
			best = i;
			least = worth;
		}
	}
	if (best != BM_NOBODY && least == WORTH_WORKING) {
		c->replaced = true;
		c->replaced_ms = c->now_ms;
	}
	return best;
}

static bool
same_addresses(const struct bm_client *client, const struct addresses *a)
{
	if (client->address_count != a->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (client->address[i].port != a->at[i].port ||
		    memcmp(client->address[i].address, a->at[i].address,
		    sizeof a->at[i].address) != 0)
			return false;
	return true;
}

static void
set_addresses(struct bm_client *client, const struct addresses *a)
{
	client->address_count = a->count;
	memcpy(client->address, a->at, sizeof client->address);
}

/* A neighbour that is a client already stays one.  When it cannot be reached it
 * may have moved, so the new addresses are tried.  The table of peers and the
 * DNS may go on naming two lists of which one is wrong: neither is given up
 * before it has had its time. */
static void
choose_again(struct bitmark_connector *c, size_t i,
    const struct addresses *addresses)
{
	struct bm_client *client = &c->client[i];

	if (i < c->static_count)
		return;
	client->chosen = ++c->chosen;
	if (!client->registered && c->now_ms >= client->moves_at_ms &&
	    !same_addresses(client, addresses)) {
		client->moves_at_ms = c->now_ms + c->timeout_ms;
		set_addresses(client, addresses);
		client->want_connect = true;
	}
}

void
bm_client_neighbour(struct bitmark_connector *c, struct bitmark_span key,
    struct bitmark_span connections, bool is_filler)
{
	struct addresses addresses = { .count = 0 };
	size_t i;

	read_addresses(c, connections, &addresses);
	if (key.size != BITMARK_PEER_KEY_SIZE ||
	    same_key(key.data, c->own_key) || addresses.count == 0)
		return;
	i = bm_client_find(c, key.data);
	if (i != BM_NOBODY) {
		choose_again(c, i, &addresses);
		return;
	}
	if (bm_client_is_key_aside(c, key.data))
		return;
	i = choose_slot(c, is_filler);
	if (i == BM_NOBODY)
		return;
	bm_window_forget_client(c, i);
	bm_client_assign(c, i, key.data);
	set_addresses(&c->client[i], &addresses);
}
