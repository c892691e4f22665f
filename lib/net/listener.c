/*
 * The listener's thread: its sockets, its loop, its start and end.
 * Source: bitmarkd v8.2 peer/listener.go, zmqutil/socket.go
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/codec.h"
#include "codec/log.h"
#include "net/bind.h"
#include "net/curve.h"
#include "net/listener_impl.h"
#include "net/zap.h"
#include "record/keys.h"

#define MODULE "listener"
#define ZAP_DOMAIN "listen"
/* Address of the monitor, up to a random number. */
#define MONITOR_PREFIX "inproc://bitmark-listener-"
#define MONITOR_NUMBER_SIZE 8

/* Requests answered before looking at the other sockets again. */
#define TURN_REQUESTS 64
/* Messages of one client that wait unread; then its connection waits. */
#define WAITING_REQUESTS 64
/* Replies that wait for one client; more are dropped.  Small ones are not
 * counted in bytes.  Clients that have so many requests under way lose none. */
#define WAITING_REPLIES 512
/* Bytes of replies that wait for clients that do not read; one sender can
 * hold half of them. */
#define WAITING_REPLIES_BYTES ((size_t)256 * 1024 * 1024)
/* Between two looks at what libzmq holds of the clients. */
#define LOOK_MS 200
/* A client that does not read for so long is cut off.
 * Source: bitmarkd v8.2 zmqutil/socket.go, send timeout */
#define UNREAD_MS 120000

/* Bytes of a monitor's first frame: event and value, native order.
 * Source: zmq_socket_monitor(3) */
#define EVENT_SIZE 6
/* Room for the rest of it, an address that is not looked at. */
#define EVENT_ADDRESS_MAX 256

/* A new name each time: an address is free again only some time after its
 * socket was closed. */
static void
name_monitor(char *address)
{
	uint8_t number[MONITOR_NUMBER_SIZE];

	bm_random(NULL, number, sizeof number);
	memcpy(address, MONITOR_PREFIX, sizeof MONITOR_PREFIX);
	bitmark_hex_encode(number, sizeof number,
	    address + sizeof MONITOR_PREFIX - 1);
}

/*
 * Events are sent by libzmq's own threads, which wait when a queue is full;
 * without a limit they never do, and the loop empties the queue each time.
 */
static bitmark_status
open_monitor(struct bm_listener *l)
{
	char address[sizeof MONITOR_PREFIX + 2 * MONITOR_NUMBER_SIZE];
	bitmark_status status = BITMARK_OK;

	name_monitor(address);
	if (zmq_socket_monitor(l->router, address,
	    ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED) != 0)
		return bm_net_status(errno);
	l->monitor = zmq_socket(l->config.zmq, ZMQ_PAIR);
	if (l->monitor == NULL)
		return bm_net_status(errno);
	bm_net_option(l->monitor, ZMQ_RCVHWM, 0, &status);
	bm_net_option(l->monitor, ZMQ_LINGER, 0, &status);
	if (status == BITMARK_OK && zmq_connect(l->monitor, address) != 0)
		status = bm_net_status(errno);
	return status;
}

/* MANDATORY: to be told of replies that cannot be delivered. */
static bitmark_status
open_router(struct bm_listener *l)
{
	bitmark_status status;

	l->router = zmq_socket(l->config.zmq, ZMQ_ROUTER);
	if (l->router == NULL)
		return bm_net_status(errno);
	status = bm_curve_server(l->router, l->config.private_key,
	    ZAP_DOMAIN);
	bm_net_option(l->router, ZMQ_ROUTER_MANDATORY, 1, &status);
	bm_net_option(l->router, ZMQ_RCVHWM, WAITING_REQUESTS, &status);
	bm_net_option(l->router, ZMQ_SNDHWM, WAITING_REPLIES, &status);
	bm_net_option(l->router, ZMQ_TCP_MAXRT, UNREAD_MS, &status);
	bm_net_option(l->router, ZMQ_HANDSHAKE_IVL, BM_LISTENER_HANDSHAKE_MS,
	    &status);
	return status;
}

static bitmark_status
bind_one(struct bm_listener *l, const struct bitmark_connection *want,
    struct bitmark_connection *bound)
{
	char text[BITMARK_CONNECTION_TEXT_MAX];
	char endpoint[sizeof "tcp://" + sizeof text];
	bitmark_status status;
	int fd;

	bitmark_connection_to_text(want, text);
	status = bm_bind_tcp(want, &fd, bound);
	if (status != BITMARK_OK) {
		bm_log(&l->config.env, BITMARK_LOG_ERROR, MODULE,
		    "cannot listen at %s: %s", text, strerror(errno));
		return status;
	}
	bitmark_connection_to_text(bound, text);
	snprintf(endpoint, sizeof endpoint, "tcp://%s", text);
	bm_net_option(l->router, ZMQ_IPV6, !bitmark_connection_is_v4(bound),
	    &status);
	bm_net_option(l->router, ZMQ_USE_FD, fd, &status);
	if (status != BITMARK_OK)
		close(fd);
	else if (zmq_bind(l->router, endpoint) != 0)
		status = BITMARK_E_NET;         /* libzmq has closed fd */
	else
		bm_log(&l->config.env, BITMARK_LOG_INFO, MODULE,
		    "listening at %s", text);
	return status;
}

/* The handler of clients is there before the first can come. */
static bitmark_status
open_sockets(struct bm_listener *l)
{
	bitmark_status status = bm_zap_open(l->config.zmq, &l->zap);

	if (status == BITMARK_OK)
		status = open_router(l);
	if (status == BITMARK_OK)
		status = open_monitor(l);
	for (size_t i = 0; i < l->config.bind_count && status == BITMARK_OK;
	    i++)
		status = bind_one(l, &l->config.bind[i], &l->bound[i]);
	return status;
}

static void
close_socket(void **socket)
{
	if (*socket != NULL)
		zmq_close(*socket);
	*socket = NULL;
}

static void
close_sockets(struct bm_listener *l)
{
	if (l->router != NULL)
		zmq_socket_monitor(l->router, NULL, 0);
	close_socket(&l->monitor);
	close_socket(&l->router);
	bm_zap_close(l->zap);
}

static int
receive_part(void *socket, void *data, size_t size)
{
	int result;

	do
		result = zmq_recv(socket, data, size, ZMQ_DONTWAIT);
	while (result < 0 && errno == EINTR);
	return result;
}

/* Source: bitmarkd v8.2 peer/listener.go, counter of incoming connections */
static void
note_connections(struct bm_listener *l, uint64_t now_ms)
{
	uint8_t head[EVENT_SIZE], address[EVENT_ADDRESS_MAX];
	uint16_t event;
	int32_t fd;

	while (receive_part(l->monitor, head, sizeof head) == EVENT_SIZE) {
		(void)receive_part(l->monitor, address, sizeof address);
		memcpy(&event, head, sizeof event);
		memcpy(&fd, head + sizeof event, sizeof fd);
		if (event == ZMQ_EVENT_ACCEPTED)
			bm_callers_accept(l->callers, fd, now_ms);
		else if (event == ZMQ_EVENT_DISCONNECTED)
			bm_callers_leave(l->callers, fd);
	}
	atomic_store(&l->connections, bm_callers_count(l->callers));
}

/* The client that asks is among those noted. */
static void
admit_clients(struct bm_listener *l)
{
	const uint64_t now_ms = bm_net_now_ms();
	struct bm_zap_request request;

	note_connections(l, now_ms);
	while (bm_zap_take(l->zap, &request)) {
		note_connections(l, now_ms);
		bm_zap_answer(l->zap, &request, bm_callers_admit(l->callers,
		    bm_sender_from_text(bm_zap_address(&request)), now_ms) ?
		    BM_ZAP_ADMIT : BM_ZAP_REFUSE);
	}
}

static void
serve_turn(struct bm_listener *l)
{
	for (int i = 0; i < TURN_REQUESTS; i++)
		if (!bm_listener_serve(l))
			return;
}

static void
look_at_clients(struct bm_listener *l)
{
	const uint64_t now_ms = bm_net_now_ms();

	if (now_ms < l->look_ms)
		return;
	bm_callers_look(l->callers);
	l->look_ms = now_ms + LOOK_MS;
}

static void
loop(struct bm_listener *l)
{
	zmq_pollitem_t items[] = {
		{ .fd = l->stop_pipe[0], .events = ZMQ_POLLIN },
		{ .socket = l->zap, .events = ZMQ_POLLIN },
		{ .socket = l->monitor, .events = ZMQ_POLLIN },
		{ .socket = l->router, .events = ZMQ_POLLIN },
	};

	for (;;) {
		const long wait_ms = bm_callers_count(l->callers) == 0 ? -1 :
		    LOOK_MS;

		if (zmq_poll(items, sizeof items / sizeof items[0],
		    wait_ms) < 0) {
			if (errno == EINTR)
				continue;
			bm_log(&l->config.env, BITMARK_LOG_ERROR, MODULE,
			    "stopped: %s", zmq_strerror(errno));
			return;
		}
		if (items[0].revents != 0)
			return;
		admit_clients(l);
		serve_turn(l);
		look_at_clients(l);
	}
}

static void *
run(void *listener)
{
	struct bm_listener *l = listener;
	const bitmark_status status = open_sockets(l);

	l->started = status;
	sem_post(&l->ready);
	if (status == BITMARK_OK)
		loop(l);
	close_sockets(l);
	return NULL;
}

/* Signals are for the program's own threads, but reading what is missing in the
 * store's file is this one's own matter. */
static bitmark_status
start_thread(struct bm_listener *l)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&l->thread, NULL, run, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		return BITMARK_E_THREAD;
	while (sem_wait(&l->ready) != 0)
		;                       /* interrupted */
	if (l->started != BITMARK_OK)
		pthread_join(l->thread, NULL);
	return l->started;
}

static bitmark_status
open_stop_pipe(struct bm_listener *l)
{
	if (pipe(l->stop_pipe) != 0)
		return BITMARK_E_NET;
	for (int i = 0; i < 2; i++)
		(void)fcntl(l->stop_pipe[i], F_SETFD, FD_CLOEXEC);
	return BITMARK_OK;
}

static void
free_listener(struct bm_listener *l)
{
	for (int i = 0; i < 2; i++)
		if (l->stop_pipe[i] >= 0)
			close(l->stop_pipe[i]);
	sem_destroy(&l->ready);
	bm_budget_free(l->budget);
	bm_callers_free(l->callers);
	free(l->bound);
	explicit_bzero(l->config.private_key, sizeof l->config.private_key);
	free(l);
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
	bm_random(NULL, (uint8_t *)&l->salt, sizeof l->salt);
	l->stop_pipe[0] = l->stop_pipe[1] = -1;
	sem_init(&l->ready, 0, 0);
	l->bound = calloc(config->bind_count, sizeof *l->bound);
	status = l->bound == NULL ? BITMARK_E_NOMEM :
	    bm_budget_new(&l->budget, WAITING_REPLIES_BYTES);
	if (status == BITMARK_OK)
		status = bm_callers_new(&l->callers, config->connections_max,
		    l->bound, config->bind_count);
	if (status == BITMARK_OK)
		status = open_stop_pipe(l);
	if (status == BITMARK_OK)
		status = start_thread(l);
	if (status != BITMARK_OK) {
		free_listener(l);
		return status;
	}
	*listener = l;
	return BITMARK_OK;
}

void
bm_listener_stop(struct bm_listener *listener)
{
	const uint8_t stop = 1;

	if (listener == NULL)
		return;
	while (write(listener->stop_pipe[1], &stop, 1) < 0 && errno == EINTR)
		;
	pthread_join(listener->thread, NULL);
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
}
