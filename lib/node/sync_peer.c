/*
 * The synchroniser's peers: their heights, what is asked of them, and what
 * they are left alone for.
 */
#include <string.h>

#include "codec/codec.h"
#include "codec/log.h"
#include "node/sync.h"

/* Between two questions for the height. */
#define POLL_MS 3000
/* A request without reply ends the connection.
 * Source: bitmarkd v8.2 peer/connector.go connectorTimeout */
#define REPLY_MS 60000
/* A peer that sent what was wrong is left alone.  Source: local choice */
#define ASIDE_MS (5 * 60 * 1000)
/* Blocks asked of one peer at a time. */
#define ASKED_MAX BM_DEALER_QUEUE_MAX

void
bm_sync_connect(struct bm_sync *s)
{
	struct bitmark_node *node = s->node;

	for (size_t i = 0; i < node->peer_count; i++) {
		struct bm_dealer_config config = {
			.zmq = node->zmq_peers,
			.chain = node->params->name,
			.address = node->peers[i].address,
			.server_key = node->peers[i].key,
			.public_key = node->public_key,
			.private_key = node->private_key,
			.linger_ms = 0,
			.env = &node->env,
		};
		bitmark_status status;

		s->peers[i].address = node->peers[i].address;
		status = bm_dealer_open(&s->peers[i].dealer, &config, s->now);
		if (status != BITMARK_OK)
			bm_log(&node->env, BITMARK_LOG_ERROR, "sync",
			    "%s: %s", node->peers[i].address,
			    bitmark_strerror(status));
	}
}

void
bm_sync_disconnect(struct bm_sync *s)
{
	for (size_t i = 0; i < s->node->peer_count; i++) {
		bm_dealer_close(s->peers[i].dealer);
		s->peers[i].dealer = NULL;
	}
}

static size_t
index_of(const struct bm_sync *s, const struct bm_sync_peer *peer)
{
	return (size_t)(peer - s->peers);
}

/* Nothing that was asked will be answered, and nothing is known any more. */
static void
forget(struct bm_sync *s, struct bm_sync_peer *peer)
{
	bm_fetch_forget_peer(s->fetches, index_of(s, peer));
	peer->asked = 0;
	peer->polling = false;
	peer->poll_at = 0;
	peer->height = 0;
}

void
bm_sync_peer_set_aside(struct bm_sync *s, struct bm_sync_peer *peer)
{
	bm_log(&s->node->env, BITMARK_LOG_INFO, "sync",
	    "%s is left alone for %d s", peer->address, ASIDE_MS / 1000);
	forget(s, peer);
	peer->connected = false;
	peer->aside_until = s->now + ASIDE_MS;
	bm_dealer_disconnect(peer->dealer);
}

/* A socket that cannot be opened now is tried again by bm_dealer_drive. */
static void
open_again(struct bm_sync *s, struct bm_sync_peer *peer)
{
	bitmark_status status = bm_dealer_reopen(peer->dealer, s->now);

	if (status != BITMARK_OK)
		bm_log(&s->node->env, BITMARK_LOG_WARN, "sync", "%s: %s",
		    peer->address, bitmark_strerror(status));
}

/* The connection breaks off: what is outstanding is asked again elsewhere. */
static void
reopen(struct bm_sync *s, struct bm_sync_peer *peer, const char *why)
{
	bm_log(&s->node->env, BITMARK_LOG_WARN, "sync", "%s: %s",
	    peer->address, why);
	forget(s, peer);
	peer->connected = false;
	open_again(s, peer);
}

static bool
is_aside(const struct bm_sync *s, const struct bm_sync_peer *peer)
{
	return peer->dealer == NULL || peer->aside_until > s->now;
}

/* Let the connection move on, and take note of what became of it. */
static void
drive(struct bm_sync *s, struct bm_sync_peer *peer)
{
	bool connected;

	if (peer->aside_until != 0) {
		peer->aside_until = 0;
		open_again(s, peer);
	}
	bm_dealer_drive(peer->dealer, s->now);
	connected = bm_dealer_state(peer->dealer) == BM_DEALER_CONNECTED;
	if (connected != peer->connected) {
		bm_log(&s->node->env, BITMARK_LOG_INFO, "sync", "%s: %s",
		    peer->address, connected ? "connected" :
		    "connection lost");
		forget(s, peer);
		peer->connected = connected;
	}
}

static bool
is_reply(const struct bm_dealer_reply *reply, const char *command)
{
	return reply->count == 2 &&
	    reply->frame[0].size == strlen(command) &&
	    memcmp(reply->frame[0].data, command, strlen(command)) == 0;
}

static void
take_height(struct bm_sync *s, struct bm_sync_peer *peer,
    const struct bm_dealer_reply *reply)
{
	peer->polling = false;
	peer->poll_at = s->now + POLL_MS;
	if (!is_reply(reply, "N") || reply->frame[1].size != 8) {
		reopen(s, peer, bitmark_strerror(BITMARK_E_PEER_RESPONSE));
		peer->poll_at = s->now + POLL_MS;
		return;
	}
	peer->height = bm_get_u64be(reply->frame[1].data);
}

static void
take_block(struct bm_sync *s, struct bm_sync_peer *peer, uint64_t number,
    const struct bm_dealer_reply *reply)
{
	bitmark_status status = BITMARK_E_PEER_RESPONSE;

	if (is_reply(reply, "B"))
		status = bm_fetch_received(s->fetches, number,
		    reply->frame[1].data, reply->frame[1].size);
	if (status == BITMARK_OK)
		return;
	bm_log(&s->node->env, BITMARK_LOG_WARN, "sync",
	    "%s: block %llu not received: %s", peer->address,
	    (unsigned long long)number, bitmark_strerror(status));
	if (status > BITMARK_E_STORE)
		bm_sync_peer_set_aside(s, peer);
	else
		reopen(s, peer, bitmark_strerror(status));
}

static void
receive(struct bm_sync *s, struct bm_sync_peer *peer)
{
	struct bm_dealer_reply reply;

	while (peer->connected &&
	    bm_dealer_receive(peer->dealer, &reply) == BITMARK_OK) {
		uint64_t number = bm_fetch_number(s->fetches,
		    index_of(s, peer), reply.id);

		peer->reply_by = s->now + REPLY_MS;
		if (peer->asked > 0)
			peer->asked--;
		if (peer->polling && reply.id == peer->poll_id)
			take_height(s, peer, &reply);
		else if (number != 0)
			take_block(s, peer, number, &reply);
	}
}

void
bm_sync_receive(struct bm_sync *s)
{
	for (size_t i = 0; i < s->node->peer_count; i++)
		if (!is_aside(s, &s->peers[i])) {
			drive(s, &s->peers[i]);
			receive(s, &s->peers[i]);
		}
}

/* Send one request; false: not now. */
static bool
ask(struct bm_sync *s, struct bm_sync_peer *peer, const char *command,
    const uint8_t *number, uint32_t *id)
{
	struct bitmark_span parameter = { number, 8 };

	if (bm_dealer_send(peer->dealer, command, &parameter,
	    number != NULL ? 1 : 0, id) != BITMARK_OK)
		return false;
	if (peer->asked++ == 0)
		peer->reply_by = s->now + REPLY_MS;
	return true;
}

static void
poll_height(struct bm_sync *s, struct bm_sync_peer *peer)
{
	if (peer->polling || s->now < peer->poll_at)
		return;
	peer->poll_at = s->now + POLL_MS;
	peer->polling = ask(s, peer, "N", NULL, &peer->poll_id);
}

/* The usable peer with the fewest requests that has this block, or NULL. */
static struct bm_sync_peer *
choose(struct bm_sync *s, uint64_t number)
{
	struct bm_sync_peer *best = NULL;

	for (size_t i = 0; i < s->node->peer_count; i++) {
		struct bm_sync_peer *peer = &s->peers[i];

		if (!is_aside(s, peer) && peer->connected &&
		    peer->height >= number && peer->asked < ASKED_MAX &&
		    (best == NULL || peer->asked < best->asked))
			best = peer;
	}
	return best;
}

static void
fetch(struct bm_sync *s)
{
	uint64_t target = bm_sync_target(s);
	uint64_t number;

	while (s->now >= s->rest_until &&
	    (number = bm_fetch_wanted(s->fetches, target)) != 0) {
		struct bm_sync_peer *peer = choose(s, number);
		uint8_t parameter[8];
		uint32_t id;

		bm_put_u64be(parameter, number);
		if (peer == NULL || !ask(s, peer, "B", parameter, &id))
			return;
		bm_fetch_asked(s->fetches, number, index_of(s, peer), id);
	}
}

void
bm_sync_send(struct bm_sync *s)
{
	for (size_t i = 0; i < s->node->peer_count; i++) {
		struct bm_sync_peer *peer = &s->peers[i];

		if (is_aside(s, peer) || !peer->connected)
			continue;
		if (peer->asked > 0 && s->now >= peer->reply_by)
			reopen(s, peer, "no reply in time");
		else
			poll_height(s, peer);
	}
	fetch(s);
}

uint64_t
bm_sync_target(const struct bm_sync *s)
{
	uint64_t target = 0;

	for (size_t i = 0; i < s->node->peer_count; i++)
		if (!is_aside(s, &s->peers[i]) && s->peers[i].height > target)
			target = s->peers[i].height;
	return target;
}

unsigned
bm_sync_usable(const struct bm_sync *s)
{
	unsigned count = 0;

	for (size_t i = 0; i < s->node->peer_count; i++)
		count += !is_aside(s, &s->peers[i]) && s->peers[i].height != 0;
	return count;
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t
bm_sync_deadline(const struct bm_sync *s)
{
	uint64_t deadline = s->now + POLL_MS;

	if (s->rest_until > s->now)
		deadline = earlier(deadline, s->rest_until);
	for (size_t i = 0; i < s->node->peer_count; i++) {
		const struct bm_sync_peer *peer = &s->peers[i];

		if (peer->dealer == NULL)
			continue;
		if (is_aside(s, peer)) {
			deadline = earlier(deadline, peer->aside_until);
			continue;
		}
		deadline = earlier(deadline, bm_dealer_deadline(peer->dealer));
		if (peer->connected && peer->asked > 0)
			deadline = earlier(deadline, peer->reply_by);
		if (peer->connected && !peer->polling)
			deadline = earlier(deadline, peer->poll_at);
	}
	return deadline;
}

size_t
bm_sync_items(const struct bm_sync *s, zmq_pollitem_t *items)
{
	size_t count = 0;

	for (size_t i = 0; i < s->node->peer_count; i++)
		if (!is_aside(s, &s->peers[i]))
			count += bm_dealer_poll_items(s->peers[i].dealer,
			    items + count);
	return count;
}
