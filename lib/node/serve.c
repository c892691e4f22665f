/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Answering, on the listener's thread.
 *
 * LMDB lets any number of readers see the last committed state, without a lock,
 * while the owner writes the next one.  A snapshot is such a reader.  It is
 * renewed for each request, so that a request sees the newest committed state
 * and no mixture of two.  It is released when the reply is sent, because LMDB
 * cannot reuse pages that a live reader may still see, and the file would grow.
 */
#include "node/serve.h"

#include <bitmarkpeer/os.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/log.h"
#include "node/state.h"

#define MODULE "serve"

/* The shortest time between two log lines about commands that are too long. */
#define TELL_MS 60000

struct bm_serve {
	struct bm_serve_needs needs;
	struct bm_listener *listener;           /* NULL: not listening   */

	/* The listener's thread alone uses these. */
	struct bitmark_snapshot *snapshot;
	struct bitmark_dispatch_node dispatch;
	struct bitmark_view view;               /* of the snapshot       */
	struct bitmark_reply reply;             /* under way             */
	struct bitmark_request request;         /* that it answers       */
	uint64_t sender;                        /* whose it is           */
	uint64_t told;                          /* long commands so far, ... */
	uint64_t tell_ms;                       /* ... not told before   */

	/* The owner thread sets this one, the listener's reads it. */
	atomic_bool normal;
	atomic_uint_least64_t dropped;
	atomic_uint_least64_t long_commands;
};

static const struct bitmark_env *
env(const struct bm_serve *s)
{
	return &s->needs.settings->env;
}

/* The committed state of this moment. */
static bitmark_status
refresh(struct bm_serve *s)
{
	bitmark_status status = bm_state_refresh(s->needs.chain,
	    &s->snapshot);

	if (status == BITMARK_OK)
		status = bitmark_snapshot_view(s->snapshot, &s->view);
	return status;
}

_Static_assert(BM_LISTENER_REQUEST_FRAMES_MAX >= BITMARK_REQUEST_FRAMES_MAX &&
    BM_LISTENER_REPLY_FRAMES_MAX >= BITMARK_REPLY_FRAMES_MAX,
    "the listener hands over what dispatch looks at, and sends what it makes");

/* Strangers can send any number of such commands, so one line is logged in
 * TELL_MS.  The next line counts those that came in between. */
static void
note_long_command(struct bm_serve *s)
{
	const uint64_t count = atomic_fetch_add(&s->long_commands, 1) + 1;
	const uint64_t now_ms = bitmark_clock_ms();

	if (now_ms < s->tell_ms)
		return;
	bm_log(env(s), BITMARK_LOG_WARN, MODULE,
	    "commands of more than %d bytes refused: %llu",
	    BITMARK_COMMAND_MAX, (unsigned long long)(count - s->told));
	s->told = count;
	s->tell_ms = now_ms + TELL_MS;
}

/* The listener's answer function.  The reply points into pages of the store
 * that the snapshot keeps in place.  So the snapshot stays open until the
 * listener has sent the reply and calls sent(), which releases it. */
static size_t
answer_request(void *serve, uint64_t sender, const struct bitmark_span *frames,
    size_t count, struct bitmark_span reply[BM_LISTENER_REPLY_FRAMES_MAX])
{
	struct bm_serve *s = serve;
	bitmark_status status;

	s->sender = sender;
	status = refresh(s);
	if (status != BITMARK_OK) {
		bm_log(env(s), BITMARK_LOG_ERROR, MODULE,
		    "request dropped: the store cannot be read: %s",
		    bitmark_strerror(status));
		s->request.kind = BITMARK_REQUEST_NONE;
		return 0;
	}
	s->dispatch.normal = atomic_load(&s->normal);
	bitmark_dispatch(&s->dispatch, bitmark_clock_wall_s(), frames, count,
	    &s->reply, &s->request);
	if (s->request.command.size > BITMARK_COMMAND_MAX)
		note_long_command(s);
	memcpy(reply, s->reply.frame, sizeof s->reply.frame);
	return s->reply.count;
}

static bitmark_status
random_peer(void *serve, const uint8_t exclude[BITMARK_PEER_KEY_SIZE],
    struct bitmark_peer *peer)
{
	struct bm_table *table = ((struct bm_serve *)serve)->needs.table;
	bitmark_status status = bitmark_announce_random(bm_table_lock(table),
	    exclude, peer);

	bm_table_unlock(table);
	return status;
}

/* A registration is entered in the table on this thread and not through the
 * inbox, so that the reply to the next registration may name this peer. */
static void
enter_registration(struct bm_serve *s)
{
	const struct bitmark_span *parameter = s->request.parameter;
	struct bitmark_announcement peer = { parameter[0], parameter[1],
		bm_get_u64be(parameter[2].data) };
	bitmark_status status = bm_table_hear(s->needs.table, s->sender,
	    &peer, bitmark_clock_wall_s(), NULL);

	if (status != BITMARK_OK)
		bm_log(env(s), BITMARK_LOG_DEBUG, MODULE,
		    "registration ignored: %s", bitmark_strerror(status));
}

/* The client has its reply already and cannot be told that the inbox is full:
 * the request is lost, and counted. */
static void
hand_over(struct bm_serve *s)
{
	const struct bitmark_request *request = &s->request;
	bitmark_status status = bm_inbox_put(s->needs.inbox, s->sender,
	    request);

	if (status == BITMARK_OK)
		return;
	atomic_fetch_add(&s->dropped, 1);
	bm_log(env(s), BITMARK_LOG_DEBUG, MODULE, "%.*s dropped: %s",
	    (int)request->command.size, (const char *)request->command.data,
	    bitmark_strerror(status));
}

static void
sent(void *serve)
{
	struct bm_serve *s = serve;

	if (s->snapshot != NULL)
		bitmark_snapshot_release(s->snapshot);
	switch (s->request.kind) {
	case BITMARK_REQUEST_REGISTER:
		enter_registration(s);
		break;
	case BITMARK_REQUEST_PEER:
	case BITMARK_REQUEST_BLOCK:
	case BITMARK_REQUEST_ASSETS:
	case BITMARK_REQUEST_ISSUES:
	case BITMARK_REQUEST_TRANSFER:
	case BITMARK_REQUEST_PROOF:
	case BITMARK_REQUEST_RPC:
		hand_over(s);
		break;
	case BITMARK_REQUEST_NONE:
	case BITMARK_REQUEST_HEART:
	case BITMARK_REQUEST_UNKNOWN:
		break;
	}
}

/* The snapshot is opened here and not at the first request, so that a store
 * that cannot be read makes bitmark_node_start fail. */
bitmark_status
bm_serve_new(struct bm_serve **serve, const struct bm_serve_needs *needs)
{
	struct bm_serve *s = calloc(1, sizeof *s);
	const struct bm_settings *settings = needs->settings;
	bitmark_status status;

	*serve = s;
	if (s == NULL)
		return BITMARK_E_NOMEM;
	s->needs = *needs;
	s->view.struct_size = sizeof s->view;
	s->dispatch.struct_size = sizeof s->dispatch;
	s->dispatch.view = &s->view;
	s->dispatch.params = settings->params;
	s->dispatch.version = settings->version;
	s->dispatch.rules = settings->rules;
	s->dispatch.own = settings->own;
	s->dispatch.random_peer = random_peer;
	s->dispatch.user = s;
	status = refresh(s);
	if (status == BITMARK_OK)
		bitmark_snapshot_release(s->snapshot);
	return status;
}

void
bm_serve_free(struct bm_serve *s)
{
	if (s == NULL)
		return;
	bitmark_snapshot_close(s->snapshot);
	free(s);
}

bitmark_status
bm_serve_listen(struct bm_serve *s, void *zmq, const char *const *listen,
    size_t count)
{
	const struct bm_settings *settings = s->needs.settings;
	struct bm_listener_config config = {
		.zmq = zmq,
		.bind_count = count,
		.connections_max = settings->connections_max,
		.answer = answer_request,
		.sent = sent,
		.user = s,
		.env = settings->env,
	};
	struct bitmark_connection *bind;
	bitmark_status status;

	if (count == 0)
		return BITMARK_OK;
	status = bm_settings_resolve(settings, "listener", listen, count,
	    &bind);
	config.bind = bind;
	memcpy(config.private_key, settings->private_key,
	    sizeof config.private_key);
	if (status == BITMARK_OK)
		status = bm_listener_start(&s->listener, &config);
	explicit_bzero(config.private_key, sizeof config.private_key);
	free(bind);
	return status;
}

void
bm_serve_stop(struct bm_serve *s)
{
	if (s == NULL)
		return;
	bm_listener_stop(s->listener);
	s->listener = NULL;
}

/* The mode is one value that stands alone, so an atomic variable does: no other
 * data has to become visible together with it. */
void
bm_serve_set_normal(struct bm_serve *s, bool normal)
{
	atomic_store(&s->normal, normal);
}

void
bm_serve_stats(struct bm_serve *s, struct bm_listener_stats *stats)
{
	*stats = (struct bm_listener_stats){ 0 };
	if (s->listener != NULL)
		bm_listener_stats(s->listener, stats);
	stats->dropped += atomic_load(&s->dropped);
}

uint64_t
bm_serve_long_commands(struct bm_serve *s)
{
	return atomic_load(&s->long_commands);
}
