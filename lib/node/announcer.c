/*
 * What a node tells by itself, now and again: where it is, and which
 * transactions wait; whom it should be connected to; and the file of known
 * peers.
 *
 * Source: bitmarkd v8.2 announce/announcer.go, announce/store.go,
 * reservoir/background.go
 */
#include <bitmarkpeer/peer_file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
#define TEMPORARY_SUFFIX ".new"

/*
 * The peer file.
 */

/* Is there something that is no file, as /dev/null?  It is not waited for, and
 * no file takes its place. */
static bool
is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* All of a file, owned by the caller; NULL: not there, or not to be used. */
static char *
read_file(const char *path, size_t *size)
{
	FILE *file = is_special(path) ? NULL : fopen(path, "rb");
	char *text = NULL;

	if (file == NULL)
		return NULL;
	/* One byte more tells that it is too long. */
	text = malloc(BITMARK_PEER_FILE_MAX + 1);
	if (text != NULL) {
		*size = fread(text, 1, BITMARK_PEER_FILE_MAX + 1, file);
		if (ferror(file)) {
			free(text);
			text = NULL;
		}
	}
	(void)fclose(file);
	return text;
}

static void
restore(struct bm_owner *o)
{
	struct bitmark_node *node = o->node;
	struct bitmark_peer_file_counts counts = { 0 };
	size_t size = 0;
	char *text = read_file(node->peer_file, &size);
	bitmark_status status;

	if (text == NULL)
		return;
	pthread_mutex_lock(&node->peers_lock);
	status = bitmark_peer_file_restore(node->announce, text, size,
	    o->wall_s, &counts);
	pthread_mutex_unlock(&node->peers_lock);
	free(text);
	bm_log(&node->env, status == BITMARK_OK ? BITMARK_LOG_INFO :
	    BITMARK_LOG_WARN, "announcer",
	    "%s: %zu peers taken, %zu skipped: %s", node->peer_file,
	    counts.taken, counts.skipped, bitmark_strerror(status));
}

static bool
write_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, text, size);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0) {
			text += written;
			size -= (size_t)written;
		}
	}
	return true;
}

/* The old file or the new one is there, whole. */
static bool
replace_file(const char *path, const char *text, size_t size)
{
	size_t length = strlen(path) + sizeof TEMPORARY_SUFFIX;
	char *temporary = malloc(length);
	bool good = false;
	int fd;

	if (temporary == NULL)
		return false;
	snprintf(temporary, length, "%s" TEMPORARY_SUFFIX, path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    FILE_MODE);
	if (fd >= 0) {
		good = write_all(fd, text, size) && fsync(fd) == 0;
		good = close(fd) == 0 && good;
		good = good && rename(temporary, path) == 0;
		if (!good)
			(void)unlink(temporary);
	}
	free(temporary);
	return good;
}

void
bm_announcer_save(struct bm_owner *o)
{
	struct bitmark_node *node = o->node;
	char *text = NULL;
	size_t size = 0;
	bitmark_status status;

	if (node->peer_file == NULL || is_special(node->peer_file))
		return;
	pthread_mutex_lock(&node->peers_lock);
	status = bitmark_peer_file_format(node->announce, &text, &size);
	pthread_mutex_unlock(&node->peers_lock);
	if (status == BITMARK_E_NOT_FOUND)
		return;
	if (status == BITMARK_OK && !replace_file(node->peer_file, text, size))
		status = BITMARK_E_IO;
	free(text);
	if (status != BITMARK_OK)
		bm_log(&node->env, BITMARK_LOG_ERROR, "announcer", "%s: %s",
		    node->peer_file, bitmark_strerror(status));
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
	struct bitmark_neighbour list[BITMARK_NEIGHBOURS_MAX];
	struct bitmark_peer candidate[BITMARK_CONNECTOR_MINIMUM_CLIENTS];
	size_t candidates = 0;
	size_t count;

	pthread_mutex_lock(&node->peers_lock);
	count = bitmark_announce_neighbours(node->announce, list);
	while (too_few && candidates < BITMARK_CONNECTOR_MINIMUM_CLIENTS &&
	    bitmark_announce_candidate(node->announce, o->wall_s,
	    &candidate[candidates]) == BITMARK_OK)
		candidates++;
	pthread_mutex_unlock(&node->peers_lock);
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
	const struct bitmark_peer *own = &o->node->dispatch.own;
	uint8_t time[8];
	const struct bitmark_span parameters[] = {
		{ own->key, sizeof own->key },
		{ own->connections, own->connections_size },
		{ time, sizeof time },
	};

	if (own->connections_size == 0)
		return;
	bm_put_u64be(time, o->wall_s);
	bm_bus_tell(o, BITMARK_MESSAGE_ANNOUNCEMENT, "peer", parameters,
	    3);
}

static void
announce_rpc(struct bm_owner *o)
{
	const struct bitmark_rpc *rpc = &o->node->rpc;
	uint8_t time[8];
	const struct bitmark_span parameters[] = {
		{ rpc->fingerprint, sizeof rpc->fingerprint },
		{ rpc->connections, rpc->connections_size },
		{ time, sizeof time },
	};

	if (rpc->connections_size == 0)
		return;
	bm_put_u64be(time, o->wall_s);
	bm_bus_tell(o, BITMARK_MESSAGE_ANNOUNCEMENT, "rpc", parameters, 3);
}

static void
cycle(struct bm_owner *o)
{
	struct bitmark_node *node = o->node;
	size_t expired;
	bool changed;

	announce_rpc(o);
	announce_self(o);
	(void)bitmark_rpc_list_expire(o->rpcs, o->wall_s);
	pthread_mutex_lock(&node->peers_lock);
	expired = bitmark_announce_expire(node->announce, o->wall_s);
	changed = bitmark_announce_take_changed(node->announce);
	pthread_mutex_unlock(&node->peers_lock);
	bm_log(&node->env, BITMARK_LOG_DEBUG, "announcer",
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
			a->more_at_ms = o->now_ms + REPEAT_LOOK_MS;
			return;
		}
		a->repeating = bitmark_reservoir_rebroadcast_next(
		    o->reservoir, &kind, &data) == BITMARK_OK;
		if (a->repeating)
			repeat_one(o, kind, data);
	}
	a->more_at_ms = o->now_ms;
}

static void
expire(struct bm_owner *o)
{
	bitmark_status status = bitmark_reservoir_expire(o->reservoir,
	    o->wall_s);

	if (status != BITMARK_OK)
		bm_log(&o->node->env, BITMARK_LOG_ERROR, "announcer",
		    "reservoir: %s", bitmark_strerror(status));
}

void
bm_announcer_start(struct bm_owner *o)
{
	struct bm_announcer *a = &o->announcer;
	uint64_t first = o->node->announce_first_ms;

	if (o->node->peer_file != NULL)
		restore(o);
	a->announce_at_ms = o->now_ms + (first != 0 ? first :
	    BITMARK_ANNOUNCE_FIRST_S * MS);
	a->learn_until_ms = o->now_ms + BITMARK_ANNOUNCE_FIRST_S * MS;
	a->expire_at_ms = o->now_ms + BITMARK_EXPIRE_S * MS;
	a->repeat_at_ms = o->now_ms + o->node->rebroadcast_ms;
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
	if (!node->dynamic_connections || o->now_ms < a->neighbours_at_ms)
		return wanted;
	a->neighbours_at_ms = o->now_ms + (node->cycle_ms != 0 ?
	    node->cycle_ms : BITMARK_CONNECTOR_CYCLE_MS);
	if (o->now_ms >= a->learn_until_ms && bm_clients_registered(o) >=
	    BITMARK_CONNECTOR_MINIMUM_CLIENTS)
		return wanted;
	bm_clients_ask_peer(o);
	return true;
}

void
bm_announcer_run(struct bm_owner *o)
{
	struct bm_announcer *a = &o->announcer;
	uint64_t interval = o->node->announce_interval_ms;

	if (wants_neighbours(o))
		tell_neighbours(o, true);
	if (o->now_ms >= a->announce_at_ms) {
		a->announce_at_ms = o->now_ms + (interval != 0 ? interval :
		    BITMARK_ANNOUNCE_INTERVAL_S * MS);
		cycle(o);
	}
	bm_follow_settle(o);
	if (o->now_ms >= a->expire_at_ms) {
		a->expire_at_ms = o->now_ms + BITMARK_EXPIRE_S * MS;
		expire(o);
	}
	/* Not from the beginning as long as there are some that had no turn. */
	if (o->now_ms >= a->repeat_at_ms && !a->repeating) {
		a->repeat_at_ms = o->now_ms + o->node->rebroadcast_ms;
		bitmark_reservoir_rebroadcast_start(o->reservoir);
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

	return o->node->dynamic_connections ?
	    bm_earlier(deadline, a->neighbours_at_ms) : deadline;
}
