/*
 * The connections to other nodes: a dealer and a session for each client of
 * the connector.  Nothing here calls the connector: it is told what happened
 * when the step under way is done.
 */
#include "node/owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/log.h"
#include "protocol/upstream.h"

#define NEVER UINT64_MAX
/* A peer that takes no message for so long does not hold up the others. */
#define FULL_MAX_MS 2000

bitmark_status
bm_clients_new(struct bm_owner *o)
{
	struct bitmark_node *node = o->node;
	const struct bitmark_peer *own = &node->settings.own;
	struct bitmark_upstream_config config = {
		.chain = node->settings.params->name,
		.own_connections = { own->connections,
		    own->connections_size },
		.poll_ms = node->settings.poll_ms,
	};
	bitmark_status status = BITMARK_OK;

	memcpy(config.own_key, node->settings.public_key, sizeof config.own_key);
	o->client_count = bitmark_connector_clients(o->follow.connector);
	o->clients = calloc(o->client_count + 1, sizeof *o->clients);
	if (o->clients == NULL)
		return BITMARK_E_NOMEM;
	for (size_t i = 0; i < o->client_count && status == BITMARK_OK; i++) {
		o->clients[i].deadline_ms = NEVER;
		status = bitmark_upstream_new(&o->clients[i].upstream,
		    &config);
	}
	return status;
}

void
bm_clients_free(struct bm_owner *o)
{
	if (o->clients == NULL)
		return;
	for (size_t i = 0; i < o->client_count; i++) {
		bm_dealer_close(o->clients[i].dealer);
		bitmark_upstream_free(o->clients[i].upstream);
	}
	free(o->clients);
	o->clients = NULL;
	o->client_count = 0;
}

static size_t
index_of(const struct bm_owner *o, const struct bm_node_client *c)
{
	return (size_t)(c - o->clients);
}

/* What was asked on the connection that is gone will not be answered. */
static void
reopen(struct bm_owner *o, struct bm_node_client *c)
{
	c->connected = false;
	memset(c->asked, 0, sizeof c->asked);
	/* What cannot be opened now is tried again by bm_dealer_drive. */
	if (c->dealer != NULL)
		(void)bm_dealer_reopen(c->dealer, o->state.now.ms);
}

/* False: it cannot be sent, the connection is of no use. */
static bool
send_request(struct bm_node_client *c,
    const struct bitmark_upstream_request *request)
{
	struct bm_asked_token *place = NULL;

	for (size_t i = 0; i < BM_ASKED_MAX && place == NULL; i++)
		if (c->asked[i].token == 0)
			place = &c->asked[i];
	if (place == NULL || c->dealer == NULL)
		return false;
	if (bm_dealer_send(c->dealer, request->command, request->parameter,
	    request->count, &place->id) != BITMARK_OK)
		return false;
	place->token = request->token;
	return true;
}

static void
take_peer(struct bm_owner *o, const struct bm_node_client *c,
    const struct bitmark_peer *peer)
{
	const struct bm_announced announced = {
		BM_TABLE_UPSTREAMS + index_of(o, c),
		{ peer->key, sizeof peer->key },
		{ peer->connections, peer->connections_size },
		peer->timestamp };
	bitmark_status status = bm_table_hear(&o->node->table, &announced,
	    o->state.now.s, NULL, NULL);

	if (status != BITMARK_OK)
		bm_log(&o->node->settings.env, BITMARK_LOG_DEBUG, "sync",
		    "%s: peer ignored: %s", c->name,
		    bitmark_strerror(status));
}

static void
tell(struct bm_owner *o, const struct bm_node_client *c,
    enum bitmark_connector_event_type type, uint64_t number)
{
	bm_follow_tell(o, &(struct bitmark_connector_event){
	    .type = type, .client = index_of(o, c), .number = number });
}

static void
take_state(struct bm_owner *o, struct bm_node_client *c,
    const struct bitmark_upstream_update *update)
{
	if (c->registered && !update->registered)
		tell(o, c, BITMARK_CONNECTOR_EV_LOST, 0);
	if (!c->registered && update->registered)
		tell(o, c, BITMARK_CONNECTOR_EV_REGISTERED, 0);
	if (c->registered != update->registered) {
		bm_bus_peer(o, c, update->registered);
		bm_log(&o->node->settings.env, BITMARK_LOG_INFO, "sync", "%s: %s",
		    c->name, update->registered ? "registered" :
		    "registration lost");
	}
	if (update->polled)
		tell(o, c, BITMARK_CONNECTOR_EV_HEIGHT, update->height);
	c->registered = update->registered;
	c->height = update->height;
	c->room = update->room;
	c->deadline_ms = update->deadline_ms;
}

/* The result is told before the connection that it came on is closed. */
static void
do_update(struct bm_owner *o, struct bm_node_client *c,
    const struct bitmark_upstream_update *update, bool *failed)
{
	if (update->has_result)
		bm_follow_tell(o, &(struct bitmark_connector_event){
		    .type = BITMARK_CONNECTOR_EV_FETCHED,
		    .client = index_of(o, c), .token = update->result_token,
		    .status = update->result, .data = update->data });
	if (update->has_peer)
		take_peer(o, c, &update->peer);
	if (update->reopen)
		reopen(o, c);
	for (size_t i = 0; i < update->request_count && !update->reopen; i++)
		if (!send_request(c, &update->request[i]))
			*failed = true;
	take_state(o, c, update);
}

static void
step(struct bm_owner *o, struct bm_node_client *c,
    const struct bitmark_upstream_event *what)
{
	struct bitmark_upstream_event event = *what;
	struct bitmark_upstream_update update;
	bool failed = false;

	event.now_ms = o->state.now.ms;
	event.wall_s = o->state.now.s;
	bitmark_upstream_step(c->upstream, &event, &update);
	do_update(o, c, &update, &failed);
	if (!failed)
		return;
	reopen(o, c);
	event.type = BITMARK_UPSTREAM_EV_LOST;
	bitmark_upstream_step(c->upstream, &event, &update);
	do_update(o, c, &update, &failed);
}

static void
happened(struct bm_owner *o, struct bm_node_client *c,
    enum bitmark_upstream_event_type type)
{
	step(o, c, &(struct bitmark_upstream_event){ .type = type });
}

static void
keep(struct bm_owner *o, struct bm_node_client *c, const uint8_t *key)
{
	struct bitmark_announce *announce = bm_table_lock(&o->node->table);

	if (c->kept)
		bitmark_announce_release(announce, c->key);
	memcpy(c->key, key, sizeof c->key);
	c->kept = bitmark_announce_keep(announce, c->key) == BITMARK_OK;
	bm_table_unlock(&o->node->table);
}

static void
disconnect(struct bm_owner *o, struct bm_node_client *c)
{
	happened(o, c, BITMARK_UPSTREAM_EV_CLOSE);
	bm_dealer_close(c->dealer);
	c->dealer = NULL;
	c->connected = false;
	memset(c->asked, 0, sizeof c->asked);
}

void
bm_clients_connect(struct bm_owner *o, size_t client,
    const uint8_t key[BITMARK_PEER_KEY_SIZE], const char *address)
{
	struct bitmark_node *node = o->node;
	struct bm_node_client *c = &o->clients[client];
	const struct bm_dealer_config config = {
		.zmq = node->zmq_peers,
		.chain = node->settings.params->name,
		.address = address,
		.prefer_ipv6 = node->settings.prefer_ipv6,
		.server_key = c->key,
		.public_key = node->settings.public_key,
		.private_key = node->settings.private_key,
		.linger_ms = BM_NET_LINGER_MS,
		.env = &node->settings.env,
	};
	bitmark_status status;

	/* Nobody but the connector waits for what the old session was asked:
	 * and it knows that this is gone. */
	if (c->registered)
		bm_bus_peer(o, c, false);
	c->registered = false;
	disconnect(o, c);
	keep(o, c, key);
	snprintf(c->name, sizeof c->name, "%s", address);
	status = bm_dealer_open(&c->dealer, &config, o->state.now.ms);
	if (status == BITMARK_OK)
		happened(o, c, BITMARK_UPSTREAM_EV_OPEN);
	else
		bm_log(&node->settings.env, BITMARK_LOG_ERROR, "sync", "%s: %s",
		    c->name, bitmark_strerror(status));
}

void
bm_clients_fetch(struct bm_owner *o, size_t client,
    const struct bitmark_fetch *fetch)
{
	step(o, &o->clients[client], &(struct bitmark_upstream_event){
	    .type = BITMARK_UPSTREAM_EV_FETCH, .fetch = *fetch });
}

void
bm_clients_relay(struct bm_owner *o, enum bitmark_message_priority priority,
    const char *command, const struct bitmark_span *parameters, size_t count)
{
	struct bitmark_message *message;
	bitmark_status status = bitmark_message_new(&message, priority,
	    command, parameters, count);

	if (status != BITMARK_OK) {
		bm_log(&o->node->settings.env, BITMARK_LOG_ERROR, "sync",
		    "%s is not relayed: %s", command,
		    bitmark_strerror(status));
		return;
	}
	for (size_t i = 0; i < o->client_count; i++)
		if (o->clients[i].registered)
			step(o, &o->clients[i],
			    &(struct bitmark_upstream_event){
			    .type = BITMARK_UPSTREAM_EV_PUSH,
			    .message = message });
	bitmark_message_free(message);
}

/* Registering again: the reply names a peer chosen at random. */
static void
ask_peer(struct bm_owner *o, struct bm_node_client *c)
{
	const struct bitmark_peer *own = &o->node->settings.own;
	uint8_t time[8];
	const struct bitmark_upstream_request request = {
		.token = BM_TOKEN_PEER, .command = "R", .count = 4,
		.parameter = {
			bm_span_of(o->node->settings.params->name),
			{ own->key, sizeof own->key },
			{ own->connections, own->connections_size },
			{ time, sizeof time },
		},
	};

	bm_put_u64be(time, o->state.now.s);
	/* When it cannot be sent, the session is going to notice. */
	(void)send_request(c, &request);
}

void
bm_clients_ask_peer(struct bm_owner *o)
{
	for (size_t i = 0; i < o->client_count; i++) {
		o->asked_peer = (o->asked_peer + 1) % o->client_count;
		if (o->clients[o->asked_peer].registered) {
			ask_peer(o, &o->clients[o->asked_peer]);
			return;
		}
	}
}

size_t
bm_clients_registered(const struct bm_owner *o)
{
	size_t count = 0;

	for (size_t i = 0; i < o->client_count; i++)
		count += o->clients[i].registered;
	return count;
}

bool
bm_clients_have_room(struct bm_owner *o, size_t left)
{
	bool any = false, some = false, waits = false;

	for (size_t i = 0; i < o->client_count; i++) {
		struct bm_node_client *c = &o->clients[i];

		if (!c->registered)
			continue;
		any = true;
		if (c->room > left) {
			c->full_ms = 0;
			some = true;
			continue;
		}
		if (c->full_ms == 0)
			c->full_ms = o->state.now.ms;
		waits = waits || o->state.now.ms - c->full_ms < FULL_MAX_MS;
	}
	return !waits && (some || !any);
}

/* Let the connection move on, and take note of what became of it. */
static void
drive(struct bm_owner *o, struct bm_node_client *c)
{
	bool connected;

	bm_dealer_drive(c->dealer, o->state.now.ms);
	connected = bm_dealer_state(c->dealer) == BM_DEALER_CONNECTED;
	if (connected == c->connected)
		return;
	bm_log(&o->node->settings.env, BITMARK_LOG_DEBUG, "sync", "%s: %s",
	    c->name, connected ? "connected" : "connection lost");
	memset(c->asked, 0, sizeof c->asked);
	c->connected = connected;
	happened(o, c, connected ? BITMARK_UPSTREAM_EV_CONNECTED :
	    BITMARK_UPSTREAM_EV_LOST);
}

static void
take_reply(struct bm_owner *o, struct bm_node_client *c,
    const struct bm_dealer_reply *reply)
{
	struct bitmark_upstream_update update = { 0 };
	struct bitmark_upstream_event event = {
		.type = BITMARK_UPSTREAM_EV_REPLY, .frames = reply->frame,
		.frame_count = reply->count,
	};
	uint64_t token = 0;

	for (size_t i = 0; i < BM_ASKED_MAX; i++)
		if (c->asked[i].token != 0 && c->asked[i].id == reply->id) {
			token = c->asked[i].token;
			c->asked[i].token = 0;
		}
	event.token = token;
	if (token != BM_TOKEN_PEER)
		step(o, c, &event);
	else if (bm_upstream_check_register(c->upstream, &event, &update) ==
	    BITMARK_OK && update.has_peer)
		take_peer(o, c, &update.peer);
}

/* Blocks are handed on one by one, so that few of them are held here. */
static void
receive(struct bm_owner *o, struct bm_node_client *c)
{
	struct bm_dealer_reply reply;

	for (unsigned i = 0; i < BM_DEALER_QUEUE_MAX && c->connected &&
	    bm_dealer_receive(c->dealer, &reply) == BITMARK_OK; i++) {
		take_reply(o, c, &reply);
		bm_follow_run(o);
	}
}

void
bm_clients_drive(struct bm_owner *o)
{
	for (size_t i = 0; i < o->client_count; i++) {
		struct bm_node_client *c = &o->clients[i];

		if (c->dealer == NULL)
			continue;
		drive(o, c);
		receive(o, c);
		if (c->deadline_ms <= o->state.now.ms)
			happened(o, c, BITMARK_UPSTREAM_EV_TICK);
	}
}

uint64_t
bm_clients_deadline(const struct bm_owner *o)
{
	uint64_t deadline = NEVER;

	for (size_t i = 0; i < o->client_count; i++) {
		const struct bm_node_client *c = &o->clients[i];

		if (c->dealer == NULL)
			continue;
		deadline = bm_earlier(deadline, c->deadline_ms);
		deadline = bm_earlier(deadline,
		    bm_dealer_deadline(c->dealer));
	}
	return deadline;
}

size_t
bm_clients_items(const struct bm_owner *o, zmq_pollitem_t *items)
{
	size_t count = 0;

	for (size_t i = 0; i < o->client_count; i++)
		if (o->clients[i].dealer != NULL)
			count += bm_dealer_poll_items(o->clients[i].dealer,
			    items + count);
	return count;
}
