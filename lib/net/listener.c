/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The listener's thread: its sockets, its loop, its start and end.
 * Source: bitmarkd v8.2 peer/listener.go, zmqutil/socket.go
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/log.h"

#include <bitmarkpeer/os.h>

#include "net/bind.h"
#include "net/curve.h"
#include "net/listener_impl.h"
#include "net/monitor.h"
#include "net/zap.h"
#include "os/random.h"

#define MODULE "listener"

/* Requests answered before looking at the other sockets again. */
#define TURN_REQUESTS 64
/* Replies that wait for one client; more are dropped.  Small ones are not
 * counted in bytes.  Clients that have so many requests under way lose none. */
#define WAITING_REPLIES 512
/* Bytes of replies that wait for clients that do not read; one sender can
 * hold half of them. */
#define WAITING_REPLIES_BYTES ((size_t)256 * 1024 * 1024)
/* Between two looks at what libzmq holds of the clients. */
#define LOOK_MS 200
/* Between two looks at clients that wait for large replies: that one of them has
 * read what it got is not reported. */
#define PUT_OFF_MS 1
/* Between two lines of the log about clients that were cut off. */
#define TELL_MS 60000
/* After a poll that failed. */
#define PAUSE_MS 100

static bitmark_status
bind_one(struct bm_listener *l, const struct bitmark_connection *want,
    struct bitmark_connection *bound)
{
	char text[BITMARK_CONNECTION_TEXT_MAX];
	const bitmark_status status = bm_bind_socket(l->router, want, bound);

	bitmark_connection_to_text(status == BITMARK_OK ? bound : want, text);
	if (status == BITMARK_OK)
		bm_log(&l->config.env, BITMARK_LOG_INFO, MODULE,
		    "listening at %s", text);
	else
		bm_log(&l->config.env, BITMARK_LOG_ERROR, MODULE,
		    "cannot listen at %s: %s", text, strerror(errno));
	return status;
}

/* The ZAP handler is there before the first client can come: libzmq admits
 * every client while a context has no handler. */
static bitmark_status
open_sockets(struct bm_listener *l)
{
	bitmark_status status = bm_zap_open(l->config.zmq, &l->zap);

	if (status == BITMARK_OK)
		status = bm_router_open(l->config.zmq, l->config.private_key,
		    BM_ZAP_LISTENER, WAITING_REPLIES, &l->router);
	if (status == BITMARK_OK)
		status = bm_monitor_open(l->config.zmq, l->router,
		    ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED, &l->monitor);
	for (size_t i = 0; i < l->config.bind_count && status == BITMARK_OK;
	    i++)
		status = bind_one(l, &l->config.bind[i], &l->bound[i]);
	return status;
}

static void
close_sockets(struct bm_listener *l)
{
	bm_monitor_close(l->router, l->monitor);
	if (l->router != NULL)
		zmq_close(l->router);
	bm_zap_close(l->zap);
}

/* Source: bitmarkd v8.2 peer/listener.go, counter of incoming connections */
static void
note_connections(struct bm_listener *l, uint64_t now_ms)
{
	unsigned event;
	uint32_t fd;

	while (bm_monitor_next(l->monitor, &event, &fd))
		if (event == ZMQ_EVENT_ACCEPTED)
			bm_admission_accept(l->admission, (int)fd, now_ms);
		else if (event == ZMQ_EVENT_DISCONNECTED)
			bm_admission_leave(l->admission, (int)fd);
	atomic_store(&l->connections, bm_admission_count(l->admission));
}

/* The subscribers of a publisher in this context are asked about here, too,
 * because a context has one ZAP handler: any may come, and the publisher itself
 * keeps to its number of them. */
static bool
may_come(struct bm_listener *l, const struct bm_zap_request *request,
    uint64_t now_ms)
{
	return strcmp(bm_zap_domain(request), BM_ZAP_LISTENER) != 0 ||
	    bm_admission_admit(l->admission,
	    bm_sender_from_text(bm_zap_address(request)), now_ms);
}

/* libzmq reports a connection before it asks about it, so when all reports are
 * read the client that asks is among those noted. */
static void
admit_clients(struct bm_listener *l)
{
	const uint64_t now_ms = bitmark_clock_ms();
	struct bm_zap_request request;

	note_connections(l, now_ms);
	while (bm_zap_take(l->zap, &request)) {
		note_connections(l, now_ms);
		bm_zap_answer(l->zap, &request, may_come(l, &request, now_ms) ?
		    BM_ZAP_ADMIT : BM_ZAP_REFUSE);
	}
}

/* A turn has a bound, so that the monitor and the handler are looked at while
 * requests come without end. */
static void
serve_turn(struct bm_listener *l)
{
	for (int i = 0; i < TURN_REQUESTS; i++)
		if (!bm_listener_serve(l))
			return;
}

/* Strangers can have themselves cut off as often as they like, so the log has a
 * line for many of them. */
static void
tell_cuts(struct bm_listener *l, uint64_t now_ms)
{
	const struct bm_admission_cuts cuts = bm_admission_cuts(l->admission);
	const struct bm_admission_cuts *told = &l->told;

	atomic_store(&l->cut_room, cuts.room);
	atomic_store(&l->cut_handshake, cuts.handshake);
	atomic_store(&l->cut_held, cuts.held);
	if (now_ms < l->tell_ms || memcmp(&cuts, told, sizeof cuts) == 0)
		return;
	bm_log(&l->config.env, BITMARK_LOG_WARN, MODULE, "clients cut off: "
	    "%llu too many, %llu with a handshake that took too long, "
	    "%llu with too many bytes of open messages",
	    (unsigned long long)(cuts.room - told->room),
	    (unsigned long long)(cuts.handshake - told->handshake),
	    (unsigned long long)(cuts.held - told->held));
	l->told = cuts;
	l->tell_ms = now_ms + TELL_MS;
}

/* libzmq says nothing that is of use when it cannot accept a connection: it
 * would report each of thousands of attempts in a second.  So a descriptor is
 * asked for here, now and then. */
static void
look_for_descriptors(struct bm_listener *l)
{
	const int fd = dup(l->stop.fd[0]);
	const bool is_exhausted = fd < 0;

	if (fd >= 0)
		(void)close(fd);
	if (is_exhausted && !l->is_exhausted) {
		atomic_fetch_add(&l->exhausted, 1);
		bm_log(&l->config.env, BITMARK_LOG_ERROR, MODULE,
		    "no descriptor is left for another client: raise the "
		    "limit of open files, or lower connections_max");
	}
	l->is_exhausted = is_exhausted;
}

static void
look_at_clients(struct bm_listener *l)
{
	const uint64_t now_ms = bitmark_clock_ms();

	if (now_ms < l->look_ms)
		return;
	bm_admission_look(l->admission, now_ms);
	tell_cuts(l, now_ms);
	look_for_descriptors(l);
	l->look_ms = now_ms + LOOK_MS;
}

/* The poll of a listener that works can fail for lack of memory only: that may
 * pass, and a node whose listener has ended looks well and answers nobody.
 * True: the listener is being stopped. */
static bool
rest(struct bm_listener *l, int error)
{
	struct pollfd stop = { .fd = l->stop.fd[0], .events = POLLIN };

	if (error == EINTR)
		return false;
	if (bitmark_clock_ms() >= l->tell_poll_ms) {
		l->tell_poll_ms = bitmark_clock_ms() + TELL_MS;
		bm_log(&l->config.env, BITMARK_LOG_ERROR, MODULE,
		    "cannot wait for clients, trying again: %s",
		    zmq_strerror(error));
	}
	return poll(&stop, 1, PAUSE_MS) > 0;
}

/* Nothing can be held by libzmq while there are no clients, so an idle listener
 * does not wake up. */
static void
loop(struct bm_listener *l)
{
	zmq_pollitem_t items[] = {
		{ .fd = l->stop.fd[0], .events = ZMQ_POLLIN },
		{ .socket = l->zap, .events = ZMQ_POLLIN },
		{ .socket = l->monitor, .events = ZMQ_POLLIN },
		{ .socket = l->router, .events = ZMQ_POLLIN },
	};
	bool served = false;

	for (;;) {
		const long wait_ms = served ? 0 :
		    l->put_off_count != 0 ? PUT_OFF_MS :
		    bm_admission_count(l->admission) == 0 ? -1 : LOOK_MS;

		if (zmq_poll(items, sizeof items / sizeof items[0],
		    wait_ms) < 0) {
			if (rest(l, errno))
				return;
			continue;
		}
		if (items[0].revents != 0)
			return;
		admit_clients(l);
		serve_turn(l);
		served = bm_listener_serve_put_off(l);
		look_at_clients(l);
	}
}

/*
 * The sockets were opened by the thread that starts the listener, and are
 * closed by the one that stops it.  libzmq allows a socket to change threads
 * when there is a full memory barrier in between: starting and joining a thread
 * are such barriers.
 */
static void *
run(void *listener)
{
	loop(listener);
	return NULL;
}

static void
free_listener(struct bm_listener *l)
{
	close_sockets(l);
	bm_listener_forget(l);
	bm_request_free(l->request);
	bm_wake_fini(&l->stop);
	bm_budget_free(l->budget);
	bm_admission_free(l->admission);
	free(l->bound);
	explicit_bzero(l->config.private_key, sizeof l->config.private_key);
	free(l);
}

static bitmark_status
start(struct bm_listener *l)
{
	bitmark_status status;

	bm_random(NULL, (uint8_t *)&l->salt, sizeof l->salt);
	l->bound = calloc(l->config.bind_count, sizeof *l->bound);
	l->request = bm_request_new();
	status = l->bound == NULL || l->request == NULL ? BITMARK_E_NOMEM :
	    bm_budget_new(&l->budget, WAITING_REPLIES_BYTES);
	if (status == BITMARK_OK)
		status = bm_admission_new(&l->admission, l->config.connections_max,
		    l->bound, l->config.bind_count);
	if (status == BITMARK_OK)
		status = bm_wake_init(&l->stop);
	if (status == BITMARK_OK)
		status = open_sockets(l);
	return status == BITMARK_OK ? bm_thread_start(&l->thread, run, l) :
	    status;
}

bitmark_status
bm_listener_start(struct bm_listener **listener,
    const struct bm_listener_config *config)
{
	struct bm_listener *l;
	bitmark_status status;

	*listener = NULL;
	if (config->bind_count == 0)
		return BITMARK_E_ARGUMENT;
	l = calloc(1, sizeof *l);
	if (l == NULL)
		return BITMARK_E_NOMEM;
	l->config = *config;
	l->stop = (struct bm_wake){ { -1, -1 } };
	TAILQ_INIT(&l->put_off);
	status = start(l);
	if (status == BITMARK_OK)
		*listener = l;
	else
		free_listener(l);
	return status;
}

void
bm_listener_stop(struct bm_listener *listener)
{
	if (listener == NULL)
		return;
	bm_wake_signal(&listener->stop);
	bm_thread_join(&listener->thread);
	free_listener(listener);
}

void
bm_listener_bound(const struct bm_listener *listener, size_t index,
    struct bitmark_connection *bound)
{
	*bound = listener->bound[index];
}

void
bm_listener_stats(const struct bm_listener *listener,
    struct bm_listener_stats *stats)
{
	stats->connections = atomic_load(&listener->connections);
	stats->requests = atomic_load(&listener->requests);
	stats->dropped = atomic_load(&listener->dropped);
	stats->cuts.room = atomic_load(&listener->cut_room);
	stats->cuts.handshake = atomic_load(&listener->cut_handshake);
	stats->cuts.held = atomic_load(&listener->cut_held);
	stats->exhausted = atomic_load(&listener->exhausted);
}
