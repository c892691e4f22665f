/*
 * What a node tells by itself, now and again: where it is, and which
 * transactions wait; whom it should be connected to; and the file of known
 * peers.
 *
 * Source: bitmarkd v8.2 announce/announcer.go, announce/store.go,
 * reservoir/background.go
 */
#include <bitmarkpeer/peer_file.h>

#include <bitmarkpeer/os.h>

#include <stdlib.h>

#include "codec/codec.h"
#include "codec/log.h"
#include "node/owner.h"

#define MS 1000u
/* Places that a rebroadcast leaves free in every queue. */
#define ROOM_LEFT (BITMARK_UPSTREAM_QUEUE_MAX / 2)
/* Messages that are repeated before something else is looked after. */
#define REPEAT_TURN 100
/* Until queues are looked at again that nobody reports of. */
#define REPEAT_LOOK_MS 500

#define FILE_MODE 0600

/*
 * The peer file.
 */

/* A peer file that is no regular file, as /dev/null or a pipe, is neither read
 * nor replaced: reading a pipe would wait for its writer. */
static bool
has_file(const struct bm_settings *settings)
{
	return settings->peer_file != NULL &&
	    !bitmark_file_is_special(settings->peer_file);
}

static void
restore(struct bm_owner *o)
{
	const struct bm_settings *settings = &o->node->settings;
	struct bitmark_peer_file_counts counts = { 0 };
	uint8_t *text;
	size_t size;
	bitmark_status status;

	if (!has_file(settings))
		return;
	status = bitmark_file_read(settings->peer_file,
	    BITMARK_PEER_FILE_MAX, &text, &size);
	if (status == BITMARK_E_NOT_FOUND)
		return;
	if (status == BITMARK_OK) {
		status = bitmark_peer_file_restore(bm_table_lock(
		    &o->node->table), (const char *)text, size,
		    o->state.now.s, &counts);
		bm_table_unlock(&o->node->table);
		free(text);
	}
	bm_log(&settings->env, status == BITMARK_OK ? BITMARK_LOG_INFO :
	    BITMARK_LOG_WARN, "announcer",
	    "%s: %zu peers taken, %zu skipped: %s", settings->peer_file,
	    counts.taken, counts.skipped, bitmark_strerror(status));
}

void
bm_announcer_save(struct bm_owner *o)
{
	const struct bm_settings *settings = &o->node->settings;
	char *text = NULL;
	size_t size = 0;
	bitmark_status status;

	if (!has_file(settings))
		return;
	status = bitmark_peer_file_format(bm_table_lock(&o->node->table),
	    &text, &size);
	bm_table_unlock(&o->node->table);
	if (status == BITMARK_E_NOT_FOUND)
		return;
	if (status == BITMARK_OK)
		status = bitmark_file_replace(settings->peer_file, FILE_MODE,
		    text, size);
	free(text);
	if (status != BITMARK_OK)
		bm_log(&settings->env, BITMARK_LOG_ERROR, "announcer",
		    "%s: %s", settings->peer_file, bitmark_strerror(status));
}

/*
 * Neighbours.
 */

void
bm_announcer_tell(struct bm_owner *o, const struct bitmark_peer *peer)
{
	bm_follow_tell(o, &(struct bitmark_connector_event){
	    .type = BITMARK_CONNECTOR_EV_NEIGHBOUR,
	    .key = { peer->key, sizeof peer->key },
	    .connections = { peer->connections, peer->connections_size } });
}

/* Whom we should be connected to; and when the connector has too few, some
 * of the last run and of the DNS. */
static void
tell_neighbours(struct bm_owner *o, bool too_few)
{
	struct bitmark_node *node = o->node;
	struct bitmark_announce *announce;
	struct bitmark_neighbour list[BITMARK_NEIGHBOURS_MAX];
	struct bitmark_peer candidate[BITMARK_CONNECTOR_MINIMUM_CLIENTS];
	size_t candidates = 0;
	size_t count;

	announce = bm_table_lock(&node->table);
	count = bitmark_announce_neighbours(announce, list);
	while (too_few && candidates < BITMARK_CONNECTOR_MINIMUM_CLIENTS &&
	    bitmark_announce_candidate(announce, o->state.now.s,
	    &candidate[candidates]) == BITMARK_OK)
		candidates++;
	bm_table_unlock(&node->table);
	for (size_t i = 0; i < count; i++)
		bm_announcer_tell(o, &list[i].peer);
	for (size_t i = 0; i < candidates; i++)
		bm_announcer_tell(o, &candidate[i]);
	if (too_few)
		bm_bootstrap_offer(o);
	bm_follow_run(o);
}

/*
 * The cycle.
 */

static void
announce_self(struct bm_owner *o)
{
	const struct bitmark_peer *own = &o->node->settings.own;
	uint8_t time[8];
	const struct bitmark_span parameters[] = {
		{ own->key, sizeof own->key },
		{ own->connections, own->connections_size },
		{ time, sizeof time },
	};

	if (own->connections_size == 0)
		return;
	bm_put_u64be(time, o->state.now.s);
	bm_bus_tell(o, BITMARK_MESSAGE_ANNOUNCEMENT, "peer", parameters,
	    3);
}

static void
announce_rpc(struct bm_owner *o)
{
	const struct bitmark_rpc *rpc = &o->node->settings.rpc;
	uint8_t time[8];
	const struct bitmark_span parameters[] = {
		{ rpc->fingerprint, sizeof rpc->fingerprint },
		{ rpc->connections, rpc->connections_size },
		{ time, sizeof time },
	};

	if (rpc->connections_size == 0)
		return;
	bm_put_u64be(time, o->state.now.s);
	bm_bus_tell(o, BITMARK_MESSAGE_ANNOUNCEMENT, "rpc", parameters, 3);
}

static void
cycle(struct bm_owner *o)
{
	struct bitmark_node *node = o->node;
	struct bitmark_announce *announce;
	size_t expired;
	bool changed;

	announce_rpc(o);
	announce_self(o);
	(void)bitmark_rpc_list_expire(o->rpcs, o->state.now.s);
	announce = bm_table_lock(&node->table);
	expired = bitmark_announce_expire(announce, o->state.now.s);
	changed = bitmark_announce_take_changed(announce);
	bm_table_unlock(&node->table);
	bm_log(&node->settings.env, BITMARK_LOG_DEBUG, "announcer",
	    "announced; %zu peers expired", expired);
	if (changed)
		tell_neighbours(o, false);
}

/*
 * The reservoir.
 */

static void
repeat_one(struct bm_owner *o, enum bitmark_rebroadcast kind,
    struct bitmark_span data)
{
	static const char *const command[] = {
		[BITMARK_REBROADCAST_ASSETS] = "assets",
		[BITMARK_REBROADCAST_ISSUES] = "issues",
		[BITMARK_REBROADCAST_TRANSFER] = "transfer",
		[BITMARK_REBROADCAST_PROOF] = "proof",
	};

	bm_bus_tell(o, BITMARK_MESSAGE_REPEATED, command[kind], &data,
	    1);
}

/* As much as the queues take: their answers bring us here again. */
static void
repeat(struct bm_owner *o)
{
	struct bm_announcer *a = &o->announcer;
	enum bitmark_rebroadcast kind;
	struct bitmark_span data;

	for (int i = 0; a->repeating && i < REPEAT_TURN; i++) {
		if (!bm_clients_have_room(o, ROOM_LEFT)) {
			a->more_at_ms = o->state.now.ms + REPEAT_LOOK_MS;
			return;
		}
		a->repeating = bitmark_reservoir_rebroadcast_next(
		    o->state.reservoir, &kind, &data) == BITMARK_OK;
		if (a->repeating)
			repeat_one(o, kind, data);
	}
	a->more_at_ms = o->state.now.ms;
}

static void
expire(struct bm_owner *o)
{
	bitmark_status status = bitmark_reservoir_expire(o->state.reservoir,
	    o->state.now.s);

	if (status != BITMARK_OK)
		bm_log(&o->node->settings.env, BITMARK_LOG_ERROR, "announcer",
		    "reservoir: %s", bitmark_strerror(status));
}

void
bm_announcer_start(struct bm_owner *o)
{
	struct bm_announcer *a = &o->announcer;

	restore(o);
	a->announce_at_ms = o->state.now.ms +
	    o->node->settings.announce_first_ms;
	a->learn_until_ms = o->state.now.ms + BITMARK_ANNOUNCE_FIRST_S * MS;
	a->expire_at_ms = o->state.now.ms + BITMARK_EXPIRE_S * MS;
	a->repeat_at_ms = o->state.now.ms + o->node->settings.rebroadcast_ms;
	tell_neighbours(o, false);
}

/*
 * The connector asks for neighbours when it has too few to follow.  But a node
 * that follows one static peer should find the others, too, and be found; for
 * that it must know them, and what is announced travels slowly: so it asks,
 * when it starts and while it has few.
 */
static bool
wants_neighbours(struct bm_owner *o)
{
	struct bm_announcer *a = &o->announcer;
	const struct bitmark_node *node = o->node;
	bool wanted = o->follow.want_neighbours;

	o->follow.want_neighbours = false;
	if (!node->settings.dynamic_connections || o->state.now.ms < a->neighbours_at_ms)
		return wanted;
	a->neighbours_at_ms = o->state.now.ms + node->settings.cycle_ms;
	if (o->state.now.ms >= a->learn_until_ms && bm_clients_registered(o) >=
	    BITMARK_CONNECTOR_MINIMUM_CLIENTS)
		return wanted;
	bm_clients_ask_peer(o);
	return true;
}

void
bm_announcer_run(struct bm_owner *o)
{
	struct bm_announcer *a = &o->announcer;

	if (wants_neighbours(o))
		tell_neighbours(o, true);
	if (o->state.now.ms >= a->announce_at_ms) {
		a->announce_at_ms = o->state.now.ms +
		    o->node->settings.announce_interval_ms;
		cycle(o);
	}
	bm_follow_settle(o);
	if (o->state.now.ms >= a->expire_at_ms) {
		a->expire_at_ms = o->state.now.ms + BITMARK_EXPIRE_S * MS;
		expire(o);
	}
	/* Not from the beginning as long as there are some that had no turn. */
	if (o->state.now.ms >= a->repeat_at_ms && !a->repeating) {
		a->repeat_at_ms = o->state.now.ms + o->node->settings.rebroadcast_ms;
		bitmark_reservoir_rebroadcast_start(o->state.reservoir);
		a->repeating = true;
	}
	repeat(o);
}

uint64_t
bm_announcer_deadline(const struct bm_owner *o)
{
	const struct bm_announcer *a = &o->announcer;
	uint64_t deadline = bm_earlier(a->announce_at_ms,
	    bm_earlier(a->expire_at_ms, a->repeating ? a->more_at_ms :
	    a->repeat_at_ms));

	return o->node->settings.dynamic_connections ?
	    bm_earlier(deadline, a->neighbours_at_ms) : deadline;
}
