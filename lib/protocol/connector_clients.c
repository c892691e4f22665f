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

static size_t
find_key(const struct bitmark_connector *c, const uint8_t *key)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->client[i].used && same_key(c->client[i].key, key))
			return i;
	return BM_NOBODY;
}

/* Give a place to a node.  Nothing of the node that had it before may survive,
 * above all not its height: v8.2 follows heights of nodes that are gone
 * [D-14]. */
static void
assign(struct bitmark_connector *c, size_t i, const uint8_t *key)
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
		    find_key(c, key) == BM_NOBODY)
			assign(c, i, key);
	}
}

/* A wish stays until the update has a place for it, so that it is not lost when
 * many clients are assigned in one step. */
void
bm_client_connect_wanted(struct bitmark_connector *c)
{
	for (size_t i = 0; i < c->count; i++) {
		struct bm_client *client = &c->client[i];
		struct bitmark_connector_action *action;

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

static bool
is_aside(const struct bitmark_connector *c, const struct bm_client *client)
{
	return client->aside_until_ms > c->now_ms;
}

/* A client that is set aside stays connected: it still gets what is relayed, and
 * is asked again when its time is over. */
bool
bm_client_is_usable(const struct bitmark_connector *c, size_t i)
{
	return c->client[i].registered && !is_aside(c, &c->client[i]);
}

size_t
bm_client_count_usable(const struct bitmark_connector *c)
{
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++)
		count += bm_client_is_usable(c, i);
	return count;
}

/* The first of several with the same height is taken, so that the choice does
 * not jump from one to the other while nothing changes. */
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

/* The client with the fewest open fetches: a fast one has fewer, and so gets
 * more of the work without anybody measuring speeds. */
size_t
bm_client_to_ask(const struct bitmark_connector *c, uint64_t number,
    size_t except)
{
	size_t best = BM_NOBODY;

	for (size_t i = 0; i < c->count; i++) {
		const struct bm_client *client = &c->client[i];

		if (i != except && bm_client_is_usable(c, i) &&
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

/* Is this key left alone, also when no client has it now? */
static bool
is_key_aside(const struct bitmark_connector *c, const uint8_t *key)
{
	for (size_t i = 0; i < BITMARK_CONNECTOR_ASIDE_MAX; i++)
		if (c->aside[i].until_ms > c->now_ms &&
		    same_key(c->aside[i].key, key))
			return true;
	return false;
}

/* The place that is free soonest is taken: an expired one, or else that of the
 * peer whose time is over first. */
static void
set_aside(struct bitmark_connector *c, struct bm_client *client)
{
	struct bm_aside *place = &c->aside[0];

	for (size_t i = 1; i < BITMARK_CONNECTOR_ASIDE_MAX; i++)
		if (c->aside[i].until_ms < place->until_ms)
			place = &c->aside[i];
	client->credit = BM_CREDIT_FIRST;
	client->ahead = false;
	client->aside_until_ms = c->now_ms + c->aside_ms;
	place->until_ms = client->aside_until_ms;
	memcpy(place->key, client->key, sizeof place->key);
	c->counts.misled++;
}

/* Also without blame the client is not asked for blocks of this branch again:
 * the same fetch would fail in the same way. */
void
bm_client_failed(struct bitmark_connector *c, size_t i, enum bm_blame blame,
    const char *why)
{
	if (i == BM_NOBODY)
		return;
	bm_log(&c->env, BITMARK_LOG_INFO, "connector", "client %zu%s: %s", i,
	    blame == BM_BLAME ? " is set aside" : "", why);
	if (blame == BM_BLAME)
		set_aside(c, &c->client[i]);
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

		if (!client->ahead || !is_aside(c, client))
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

/* An event may be about a place that has no node any more, since the host hears
 * of changes one step later: then it is ignored. */
void
bm_client_registered(struct bitmark_connector *c, size_t i)
{
	if (i >= c->count || !c->client[i].used)
		return;
	c->client[i].registered = true;
	c->client[i].moves_at_ms = 0;   /* once it is lost */
}

void
bm_client_height(struct bitmark_connector *c, size_t i, uint64_t height)
{
	if (i < c->count && c->client[i].registered)
		c->client[i].height = height;
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
	c->client[i].asked = 0;
	c->client[i].since_ms = c->now_ms;
	bm_window_forget_client(c, i);
	if (i == c->source)
		bm_connector_give_up(c, "connection lost");
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

/* How readily a dynamic client is given up. */
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
	if (is_aside(c, client) || (!client->registered &&
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
	i = find_key(c, key.data);
	if (i != BM_NOBODY) {
		choose_again(c, i, &addresses);
		return;
	}
	if (is_key_aside(c, key.data))
		return;
	i = choose_slot(c, is_filler);
	if (i == BM_NOBODY)
		return;
	bm_window_forget_client(c, i);
	assign(c, i, key.data);
	set_addresses(&c->client[i], &addresses);
}
