/* What the program that runs a node asks of it: each call is done by the
 * owner thread, between other things. */
#include <stdlib.h>
#include <string.h>

#include "node/owner.h"

struct submit {
	enum bitmark_submission what;
	struct bitmark_span data;
	struct bitmark_unit_result *result;
};

static bitmark_status
submit(struct bm_owner *o, void *argument)
{
	const struct submit *s = argument;

	return bm_process_submit(o, s->what, s->data, s->result);
}

bitmark_status
bitmark_node_submit(struct bitmark_node *node, enum bitmark_submission what,
    const uint8_t *data, size_t size, struct bitmark_unit_result *result)
{
	struct submit s = { what, { data, size }, result };

	if (result != NULL)
		memset(result, 0, sizeof *result);
	return bm_calls_make(node->calls, submit, &s);
}

struct import {
	struct bitmark_span data;
	struct bitmark_import *counts;
};

static bitmark_status
import(struct bm_owner *o, void *argument)
{
	const struct import *i = argument;
	struct bitmark_snapshot *snapshot;
	bitmark_status status = BITMARK_E_STORE;

	if (!o->follow.normal)
		return BITMARK_E_STATE;
	bm_follow_settle(o);
	snapshot = bm_state_snapshot(&o->state);
	if (snapshot != NULL)
		status = bitmark_reservoir_import(o->state.reservoir, snapshot,
		    o->state.now.s, i->data.data, i->data.size, i->counts);
	bm_state_release(&o->state);
	return status;
}

bitmark_status
bitmark_node_import(struct bitmark_node *node, const uint8_t *data,
    size_t size, struct bitmark_import *counts)
{
	struct import i = { { data, size }, counts };

	if (counts != NULL)
		*counts = (struct bitmark_import){ 0 };
	return bm_calls_make(node->calls, import, &i);
}

struct payment {
	const uint8_t *pay_id;
	const struct bitmark_paid *paid;
	bool *verified;
};

static bitmark_status
pay(struct bm_owner *o, void *argument)
{
	const struct payment *p = argument;

	bm_follow_settle(o);            /* the journal is closed in a batch */
	return bitmark_reservoir_payment(o->state.reservoir, o->state.now.s, p->pay_id,
	    p->paid, p->verified);
}

bitmark_status
bitmark_node_payment(struct bitmark_node *node,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, bool *verified)
{
	struct payment p = { pay_id, paid, verified };

	return bm_calls_make(node->calls, pay, &p);
}

struct question {
	const uint8_t *tx_id;
	enum bitmark_tx_status *status;
};

static bitmark_status
tx_status(struct bm_owner *o, void *argument)
{
	const struct question *q = argument;
	struct bitmark_snapshot *snapshot = bm_state_snapshot(&o->state);
	bitmark_status status = BITMARK_E_STORE;

	if (snapshot != NULL)
		status = bitmark_reservoir_status(o->state.reservoir, snapshot,
		    q->tx_id, q->status);
	bm_state_release(&o->state);
	return status;
}

bitmark_status
bitmark_node_tx_status(struct bitmark_node *node,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE], enum bitmark_tx_status *status)
{
	struct question q = { tx_id, status };

	return bm_calls_make(node->calls, tx_status, &q);
}

struct each_waiting {
	bitmark_waiting_fn each;
	void *user;
};

static bitmark_status
each_waiting(struct bm_owner *o, void *argument)
{
	const struct each_waiting *e = argument;

	bitmark_reservoir_each(o->state.reservoir, e->each, e->user);
	return BITMARK_OK;
}

bitmark_status
bitmark_node_each_waiting(struct bitmark_node *node, bitmark_waiting_fn each,
    void *user)
{
	struct each_waiting e = { each, user };

	return bm_calls_make(node->calls, each_waiting, &e);
}

static bitmark_status
counts(struct bm_owner *o, void *argument)
{
	bitmark_reservoir_get_counts(o->state.reservoir, argument);
	return BITMARK_OK;
}

bitmark_status
bitmark_node_counts(struct bitmark_node *node,
    struct bitmark_reservoir_counts *out)
{
	return bm_calls_make(node->calls, counts, out);
}

struct each_connection {
	bitmark_node_connection_fn each;
	void *user;
};

static bitmark_status
each_connection(struct bm_owner *o, void *argument)
{
	const struct each_connection *e = argument;

	for (size_t i = 0; i < o->client_count; i++) {
		const struct bm_node_client *c = &o->clients[i];
		struct bitmark_node_connection connection = {
			.address = c->name,
			.is_static = i < o->node->settings.peer_count,
			.connected = c->connected,
			.registered = c->registered,
			.height = c->height,
		};

		if (c->dealer == NULL)
			continue;
		memcpy(connection.key, c->key, sizeof connection.key);
		bitmark_upstream_get_counters(c->upstream,
		    &connection.counters);
		if (e->each(e->user, &connection) != 0)
			break;
	}
	return BITMARK_OK;
}

bitmark_status
bitmark_node_each_connection(struct bitmark_node *node,
    bitmark_node_connection_fn each, void *user)
{
	struct each_connection e = { each, user };

	return bm_calls_make(node->calls, each_connection, &e);
}

bitmark_status
bitmark_node_peers(struct bitmark_node *node, struct bitmark_peer **peers,
    size_t *count)
{
	struct bitmark_announce *announce;
	size_t n;

	announce = bm_table_lock(&node->table);
	n = bitmark_announce_count(announce);
	*peers = malloc((n + 1) * sizeof **peers);
	for (size_t i = 0; i < n && *peers != NULL; i++)
		(*peers)[i] = *bitmark_announce_at(announce, i);
	bm_table_unlock(&node->table);
	*count = *peers == NULL ? 0 : n;
	return *peers == NULL ? BITMARK_E_NOMEM : BITMARK_OK;
}

static bitmark_status
add_peer(struct bm_owner *o, void *argument)
{
	const struct bitmark_peer *peer = argument;
	bitmark_status status = bm_table_add(&o->node->table, peer,
	    o->state.now.s);

	if (status == BITMARK_OK)
		bm_announcer_tell(o, peer);
	return status;
}

bitmark_status
bitmark_node_add_peer(struct bitmark_node *node,
    const uint8_t key[BITMARK_PEER_KEY_SIZE], const char *address)
{
	struct bitmark_peer peer = {
		.connections_size = BITMARK_CONNECTION_V6_SIZE };
	struct bitmark_connection connection;
	bitmark_status status = bitmark_connection_from_text(address,
	    strlen(address), &connection);

	if (status != BITMARK_OK)
		return status;
	if (!bitmark_connection_is_usable(&connection))
		return BITMARK_E_IP_ADDRESS;
	memcpy(peer.key, key, sizeof peer.key);
	bitmark_connection_pack(&connection, peer.connections);
	return bm_calls_make(node->calls, add_peer, &peer);
}
