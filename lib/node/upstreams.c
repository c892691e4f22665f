#include "node/upstreams_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/log.h"
#include "net/curve.h"

#define MODULE "sync"
#define NEVER UINT64_MAX
/* A peer that takes no message for so long does not hold up the others. */
#define FULL_MAX_MS 2000

bitmark_status
bm_upstreams_new(struct bm_upstreams **upstreams,
    const struct bm_upstreams_needs *needs)
{
	const struct bm_settings *settings = needs->settings;
	const size_t count = settings->peer_count +
	    (settings->dynamic_connections ?
	    BITMARK_CONNECTOR_DYNAMIC_CLIENTS : 0);
	struct bm_upstreams *us = calloc(1, sizeof *us + count *
	    sizeof us->upstream[0]);
	struct bitmark_upstream_config config = {
		.chain = settings->params->name,
		.own_connections = { settings->own.connections,
		    settings->own.connections_size },
		.poll_ms = settings->poll_ms,
	};
	bitmark_status status = BITMARK_OK;

	*upstreams = us;
	if (us == NULL)
		return BITMARK_E_NOMEM;
	us->needs = *needs;
	us->count = count;
	memcpy(config.own_key, settings->public_key, sizeof config.own_key);
	for (size_t i = 0; i < count && status == BITMARK_OK; i++) {
		us->upstream[i].deadline_ms = NEVER;
		status = bitmark_upstream_new(&us->upstream[i].session,
		    &config);
	}
	return status;
}

void
bm_upstreams_free(struct bm_upstreams *us)
{
	if (us == NULL)
		return;
	for (size_t i = 0; i < us->count; i++) {
		bm_dealer_close(us->upstream[i].dealer);
		bitmark_upstream_free(us->upstream[i].session);
	}
	free(us);
}

/*
 * Work for the connector.
 */

/* The table gives up the entries of peers for those of others, but not of the
 * peers that we are connected to. */
static void
keep_in_table(struct bm_upstreams *us, struct bm_upstream *u, const uint8_t *key)
{
	struct bitmark_announce *announce = bm_table_lock(us->needs.table);

	if (u->kept)
		bitmark_announce_release(announce, u->key);
	memcpy(u->key, key, sizeof u->key);
	u->kept = bitmark_announce_keep(announce, u->key) == BITMARK_OK;
	bm_table_unlock(us->needs.table);
}

static void
disconnect(struct bm_upstreams *us, struct bm_upstream *u)
{
	/* The connector asked for another peer, so it has already forgotten
	 * this one: only the program is to be told. */
	if (u->registered)
		bm_events_peer(us->needs.events, u->key, u->name, false);
	u->registered = false;
	bm_upstream_note(us, u, BITMARK_UPSTREAM_EV_CLOSE);
	bm_dealer_close(u->dealer);
	u->dealer = NULL;
	u->connected = false;
	memset(u->asked, 0, sizeof u->asked);
}

void
bm_upstreams_connect(struct bm_upstreams *us, size_t client,
    const uint8_t key[BITMARK_PEER_KEY_SIZE], const char *address)
{
	const struct bm_settings *settings = us->needs.settings;
	struct bm_upstream *u = &us->upstream[client];
	const struct bm_dealer_config config = {
		.zmq = us->needs.zmq,
		.chain = settings->params->name,
		.address = address,
		.prefer_ipv6 = settings->prefer_ipv6,
		.server_key = u->key,
		.public_key = settings->public_key,
		.private_key = settings->private_key,
		.linger_ms = BM_NET_LINGER_MS,
		.env = &settings->env,
	};
	bitmark_status status;

	disconnect(us, u);
	keep_in_table(us, u, key);
	snprintf(u->name, sizeof u->name, "%s", address);
	status = bm_dealer_open(&u->dealer, &config, us->needs.now->ms);
	if (status == BITMARK_OK)
		bm_upstream_note(us, u, BITMARK_UPSTREAM_EV_OPEN);
	else
		bm_log(&settings->env, BITMARK_LOG_ERROR, MODULE, "%s: %s",
		    u->name, bitmark_strerror(status));
}

void
bm_upstreams_fetch(struct bm_upstreams *us, size_t client,
    const struct bitmark_fetch *fetch)
{
	bm_upstream_step(us, &us->upstream[client],
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
				bm_upstream_step(us, &us->upstream[i], &event);
		bitmark_message_free(event.message);
	}
}

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

/* A registration that is repeated changes nothing at the peer, but its reply
 * names a third peer chosen at random. */
static void
ask_one(struct bm_upstreams *us, struct bm_upstream *u)
{
	const struct bitmark_peer *own = &us->needs.settings->own;
	uint8_t time[8];
	const struct bitmark_upstream_request request = {
		.token = BM_TOKEN_PEER, .command = "R", .count = 4,
		.parameter = {
			bm_span_of(us->needs.settings->params->name),
			{ own->key, sizeof own->key },
			{ own->connections, own->connections_size },
			{ time, sizeof time },
		},
	};

	bm_put_u64be(time, us->needs.now->s);
	/* When it cannot be sent, the session finds out with its next own
	 * request. */
	(void)bm_upstream_send(u, &request);
}

void
bm_upstreams_ask_peer(struct bm_upstreams *us)
{
	for (size_t i = 0; i < us->count; i++) {
		us->asked_peer = (us->asked_peer + 1) % us->count;
		if (us->upstream[us->asked_peer].registered) {
			ask_one(us, &us->upstream[us->asked_peer]);
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
		const struct bm_upstream *u = &us->upstream[i];
		struct bitmark_node_connection connection = {
			.address = u->name,
			.is_static = i < us->needs.settings->peer_count,
			.connected = u->connected,
			.registered = u->registered,
			.height = u->height,
		};

		if (u->dealer == NULL)
			continue;
		memcpy(connection.key, u->key, sizeof connection.key);
		bitmark_upstream_get_counters(u->session,
		    &connection.counters);
		if (each(user, &connection) != 0)
			break;
	}
}

/*
 * The loop.
 */

static void
drive_one(struct bm_upstreams *us, struct bm_upstream *u)
{
	bool connected;

	bm_dealer_drive(u->dealer, us->needs.now->ms);
	connected = bm_dealer_state(u->dealer) == BM_DEALER_CONNECTED;
	if (connected == u->connected)
		return;
	bm_log(&us->needs.settings->env, BITMARK_LOG_DEBUG, MODULE, "%s: %s", u->name,
	    connected ? "connected" : "connection lost");
	memset(u->asked, 0, sizeof u->asked);
	u->connected = connected;
	bm_upstream_note(us, u, connected ? BITMARK_UPSTREAM_EV_CONNECTED :
	    BITMARK_UPSTREAM_EV_LOST);
}

void
bm_upstreams_drive(struct bm_upstreams *us)
{
	for (size_t i = 0; i < us->count; i++) {
		struct bm_upstream *u = &us->upstream[i];

		if (u->dealer != NULL)
			drive_one(us, u);
	}
}

/* A reply that is there in time counts as in time, so the deadline is looked at
 * when all replies of this turn are taken in. */
static void
end_receiving(struct bm_upstreams *us, struct bm_upstream *u)
{
	if (u->dealer != NULL && u->deadline_ms <= us->needs.now->ms)
		bm_upstream_note(us, u, BITMARK_UPSTREAM_EV_TICK);
	us->received = 0;
	us->receiving++;
}

bool
bm_upstreams_receive(struct bm_upstreams *us)
{
	struct bm_dealer_reply reply;

	while (us->receiving < us->count) {
		struct bm_upstream *u = &us->upstream[us->receiving];

		if (u->connected && us->received < BM_DEALER_QUEUE_MAX &&
		    bm_dealer_receive(u->dealer, &reply) == BITMARK_OK) {
			us->received++;
			bm_upstream_reply(us, u, &reply);
			return true;
		}
		end_receiving(us, u);
	}
	us->receiving = 0;
	return false;
}

uint64_t
bm_upstreams_deadline(const struct bm_upstreams *us)
{
	uint64_t deadline = NEVER;

	for (size_t i = 0; i < us->count; i++) {
		const struct bm_upstream *u = &us->upstream[i];

		if (u->dealer == NULL)
			continue;
		deadline = bm_earlier(deadline, u->deadline_ms);
		deadline = bm_earlier(deadline,
		    bm_dealer_deadline(u->dealer));
	}
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
