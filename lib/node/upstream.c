/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * One connection: the dealer knows sockets and nothing of the protocol, the
 * session knows the protocol and no sockets.  This file carries events from one
 * to the other.
 *
 * A request has two names: a token of the session, and the number that the
 * dealer sends as its envelope and gets back with the reply.  The array asked
 * translates the number into the token.  It is cleared with the connection, so
 * a reply to a request of an older connection finds no entry and is ignored.
 */
#include "node/upstream_impl.h"

#include <bitmarkpeer/os.h>

#include <stdio.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/log.h"
#include "net/curve.h"
#include "protocol/upstream.h"

#define MODULE "sync"
#define NEVER UINT64_MAX
/* Token of a question for peers: the session does not know of it. */
#define TOKEN_PEER UINT64_MAX

static const struct bitmark_env *
env(const struct bm_upstream *u)
{
	return &u->needs->settings->env;
}

bitmark_status
bm_upstream_init(struct bm_upstream *u, const struct bm_upstream_needs *needs,
    size_t client)
{
	const struct bm_settings *settings = needs->settings;
	struct bitmark_upstream_config config = {
		.struct_size = sizeof config,
		.chain = settings->params->name,
		.own_connections = { settings->own.connections,
		    settings->own.connections_size },
		.poll_ms = settings->poll_ms,
		.rules = settings->rules,
	};

	u->needs = needs;
	u->client = client;
	u->deadline_ms = NEVER;
	memcpy(config.own_key, settings->public_key, sizeof config.own_key);
	return bitmark_upstream_new(&u->session, &config);
}

void
bm_upstream_fini(struct bm_upstream *u)
{
	bm_dealer_close(u->dealer);
	bitmark_upstream_free(u->session);
}

/*
 * The session: tell it what happened, and do what it wants.
 */

static void
report(const struct bm_upstream *u, enum bitmark_connector_event_type type)
{
	bm_reports_put(u->needs->reports, &(struct bitmark_connector_event){
	    .type = type, .client = u->client });
}

/* A height, or the vote that comes after it. */
static void
report_height(const struct bm_upstream *u,
    const struct bitmark_upstream_update *update)
{
	struct bitmark_connector_event event = {
		.type = BITMARK_CONNECTOR_EV_HEIGHT, .client = u->client,
		.number = update->height, .vote_number = update->vote_number };

	memcpy(event.digest, update->vote, sizeof event.digest);
	bm_reports_put(u->needs->reports, &event);
}

static void
reopen(struct bm_upstream *u)
{
	u->connected = false;
	/* Requests of the old connection will get no reply. */
	memset(u->asked, 0, sizeof u->asked);
	/* After an error the dealer has no socket, and bm_dealer_drive tries
	 * again. */
	if (u->dealer != NULL)
		(void)bm_dealer_reopen(u->dealer, u->needs->now->ms);
}

/* False: it cannot be sent, so the connection is of no use. */
static bool
send_request(struct bm_upstream *u,
    const struct bitmark_upstream_request *request)
{
	struct bm_asked *place = NULL;

	for (size_t i = 0; i < BM_ASKED_MAX && place == NULL; i++)
		if (u->asked[i].token == 0)
			place = &u->asked[i];
	if (place == NULL || u->dealer == NULL)
		return false;
	if (bm_dealer_send(u->dealer, request->command, request->parameter,
	    request->count, &place->id) != BITMARK_OK)
		return false;
	place->token = request->token;
	place->since_us = bitmark_clock_us();
	return true;
}

/* Enters the third peer that a registration's reply names.  That may be this
 * node itself, which is neither entered nor logged as an error. */
static void
enter_peer(const struct bm_upstream *u,
    const struct bitmark_peer *peer)
{
	struct bitmark_announcement announcement = {
		{ peer->key, sizeof peer->key },
		{ peer->connections, peer->connections_size },
		peer->timestamp };
	bitmark_status status;

	if (memcmp(peer->key, u->needs->settings->own.key,
	    sizeof peer->key) == 0)
		return;
	status = bm_table_hear(u->needs->table,
	    BM_TABLE_UPSTREAMS + u->client, &announcement,
	    u->needs->now->s, NULL);
	if (status != BITMARK_OK)
		bm_log(env(u), BITMARK_LOG_DEBUG, MODULE,
		    "%s: peer ignored: %s", u->name,
		    bitmark_strerror(status));
}

/* The session tells its state with every update; only changes are reported. */
static void
note_state(struct bm_upstream *u,
    const struct bitmark_upstream_update *update)
{
	if (u->registered != update->registered) {
		report(u, update->registered ?
		    BITMARK_CONNECTOR_EV_REGISTERED :
		    BITMARK_CONNECTOR_EV_LOST);
		bm_events_peer(u->needs->events, u->key, u->name,
		    update->registered);
		bm_log(env(u), BITMARK_LOG_INFO, MODULE, "%s: %s", u->name,
		    update->registered ? "registered" :
		    "registration lost");
	}
	if (update->polled || update->vote_number != 0)
		report_height(u, update);
	if (update->polled) {
		bitmark_announce_heard(bm_table_lock(u->needs->table), u->key,
		    u->needs->now->s);
		bm_table_unlock(u->needs->table);
	}
	u->registered = update->registered;
	u->height = update->height;
	u->room = update->room;
	u->deadline_ms = update->deadline_ms;
}

/* The result is reported before the connection that it came on is closed: the
 * connector takes no result of a client after it is told of its loss. */
static void
do_update(struct bm_upstream *u,
    const struct bitmark_upstream_update *update, bool *failed)
{
	if (update->has_result)
		bm_reports_put(u->needs->reports,
		    &(struct bitmark_connector_event){
		    .type = BITMARK_CONNECTOR_EV_FETCHED,
		    .client = u->client,
		    .token = update->result_token,
		    .status = update->result, .data = update->data });
	if (update->has_peer)
		enter_peer(u, &update->peer);
	if (update->reopen)
		reopen(u);
	for (size_t i = 0; i < update->request_count && !update->reopen; i++)
		if (!send_request(u, update->request[i]))
			*failed = true;
	note_state(u, update);
}

/* A request that cannot be sent means that the connection is of no use,
 * although libzmq has not said so yet.  The session is told that it is lost; it
 * sends nothing more before it is connected again. */
void
bm_upstream_step(struct bm_upstream *u,
    const struct bitmark_upstream_event *what)
{
	struct bitmark_upstream_event event = *what;
	bool failed = false;

	event.struct_size = sizeof event;
	event.now_ms = u->needs->now->ms;
	event.wall_s = u->needs->now->s;
	event.own_height = bm_state_height(u->needs->state);
	do_update(u, bitmark_upstream_step(u->session, &event), &failed);
	if (!failed)
		return;
	reopen(u);
	event.type = BITMARK_UPSTREAM_EV_LOST;
	do_update(u, bitmark_upstream_step(u->session, &event), &failed);
}

static void
step_plain(struct bm_upstream *u, enum bitmark_upstream_event_type type)
{
	bm_upstream_step(u, &(struct bitmark_upstream_event){ .type = type });
}

/*
 * Connecting.
 */

/* A full table of peers replaces old entries by new ones.  The entry of a peer
 * that we are connected to must stay. */
static void
keep_in_table(struct bm_upstream *u, const uint8_t *key)
{
	struct bitmark_announce *announce = bm_table_lock(u->needs->table);

	if (u->kept)
		bitmark_announce_release(announce, u->key);
	memcpy(u->key, key, sizeof u->key);
	u->kept = bitmark_announce_keep(announce, u->key) == BITMARK_OK;
	bm_table_unlock(u->needs->table);
}

void
bm_upstream_disconnect(struct bm_upstream *u)
{
	/* The connector asked for another peer, so it has already forgotten
	 * this one: only the program is to be told. */
	if (u->registered)
		bm_events_peer(u->needs->events, u->key, u->name, false);
	u->registered = false;
	step_plain(u, BITMARK_UPSTREAM_EV_CLOSE);
	bm_dealer_close(u->dealer);
	u->dealer = NULL;
	u->connected = false;
	memset(u->asked, 0, sizeof u->asked);
}

void
bm_upstream_connect(struct bm_upstream *u,
    const uint8_t key[BITMARK_PEER_KEY_SIZE], const char *name,
    const struct bm_addresses *addresses)
{
	const struct bm_settings *settings = u->needs->settings;
	const struct bm_dealer_config config = {
		.zmq = u->needs->zmq,
		.chain = settings->params->name,
		.address = name,
		.addresses = name == NULL ? addresses : NULL,
		.prefer_ipv6 = settings->prefer_ipv6,
		.server_key = u->key,
		.public_key = settings->public_key,
		.private_key = settings->private_key,
		.linger_ms = BM_NET_LINGER_MS,
		.env = &settings->env,
	};
	bitmark_status status;

	bm_upstream_disconnect(u);
	if (memcmp(u->key, key, sizeof u->key) != 0) {
		u->reason[0] = '\0';
		u->failed_s = 0;
	}
	u->failures = 0;
	keep_in_table(u, key);
	if (name != NULL)
		snprintf(u->name, sizeof u->name, "%s", name);
	else
		bitmark_connection_to_text(&addresses->at[0], u->name);
	status = bm_dealer_open(&u->dealer, &config, u->needs->now->ms);
	if (status == BITMARK_OK)
		step_plain(u, BITMARK_UPSTREAM_EV_OPEN);
	else
		bm_log(env(u), BITMARK_LOG_ERROR, MODULE, "%s: %s",
		    u->name, bitmark_strerror(status));
}

/*
 * Questions and replies.
 */

/* Registering again changes nothing at the peer, but its reply names a third
 * peer, chosen at random. */
void
bm_upstream_ask_peer(struct bm_upstream *u)
{
	const struct bitmark_peer *own = &u->needs->settings->own;
	uint8_t time[8];
	const struct bitmark_upstream_request request = {
		.token = TOKEN_PEER, .command = "R", .count = 4,
		.parameter = {
			bm_span_of(u->needs->settings->params->name),
			{ own->key, sizeof own->key },
			{ own->connections, own->connections_size },
			{ time, sizeof time },
		},
	};

	bm_put_u64be(time, u->needs->now->s);
	/* When it cannot be sent, the session finds out with its next own
	 * request. */
	(void)send_request(u, &request);
}

/* The token of the request that has this reply; it is free then. */
static uint64_t
token_of(struct bm_upstream *u, uint32_t id)
{
	for (size_t i = 0; i < BM_ASKED_MAX; i++)
		if (u->asked[i].token != 0 && u->asked[i].id == id) {
			uint64_t token = u->asked[i].token;

			u->asked[i].token = 0;
			u->round_trip_us = bitmark_clock_us() -
			    u->asked[i].since_us;
			return token;
		}
	return 0;
}

static void
take_reply(struct bm_upstream *u,
    const struct bm_dealer_reply *reply)
{
	struct bitmark_upstream_update update = { 0 };
	const struct bitmark_upstream_event event = {
		.type = BITMARK_UPSTREAM_EV_REPLY, .frames = reply->frame,
		.frame_count = reply->count, .token = token_of(u, reply->id),
	};

	bm_upstream_note_refusal(u, reply);
	if (event.token != TOKEN_PEER)
		bm_upstream_step(u, &event);
	else if (bm_upstream_check_register(u->session, &event, &update) ==
	    BITMARK_OK && update.has_peer)
		enter_peer(u, &update.peer);
}

bool
bm_upstream_receive(struct bm_upstream *u)
{
	struct bm_dealer_reply reply;

	if (!u->connected ||
	    bm_dealer_receive(u->dealer, &reply) != BITMARK_OK)
		return false;
	take_reply(u, &reply);
	return true;
}

/*
 * The loop.
 */

/* The dealer reconnects by itself.  What the session must know is that the
 * connection has changed, because every new one begins with a registration. */
void
bm_upstream_drive(struct bm_upstream *u)
{
	bool connected;

	if (u->dealer == NULL)
		return;
	bm_dealer_drive(u->dealer, u->needs->now->ms);
	bm_upstream_note_tries(u);
	connected = bm_dealer_state(u->dealer) == BM_DEALER_CONNECTED;
	if (connected == u->connected)
		return;
	bm_log(env(u), BITMARK_LOG_DEBUG, MODULE, "%s: %s", u->name,
	    connected ? "connected" : "connection lost");
	memset(u->asked, 0, sizeof u->asked);
	u->connected = connected;
	step_plain(u, connected ? BITMARK_UPSTREAM_EV_CONNECTED :
	    BITMARK_UPSTREAM_EV_LOST);
}

void
bm_upstream_tick(struct bm_upstream *u)
{
	if (u->dealer != NULL && u->deadline_ms <= u->needs->now->ms)
		step_plain(u, BITMARK_UPSTREAM_EV_TICK);
}

uint64_t
bm_upstream_deadline(const struct bm_upstream *u)
{
	return u->dealer == NULL ? NEVER :
	    bm_earlier(u->deadline_ms, bm_dealer_deadline(u->dealer));
}
