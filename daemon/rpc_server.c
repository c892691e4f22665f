/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The thread of the client connections: one poll waits for all clients, for the
 * sockets that listen, and for the pair of sockets by which the pool wakes it.
 * Clients belong to this thread alone; the pool hands finished jobs over in
 * ${done}, under the lock.
 */
#include "rpc_server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "rpc_wake.h"
#include "shared/thread.h"

/* Clients that are accepted in one turn, so that the ones already there are
 * served in between. */
#define ACCEPTS_MAX 16
/* The pause before the next try when the process or the system has no
 * descriptor left. Milliseconds. */
#define ACCEPT_PAUSE_MS 100
/* The pause after clients were turned away, so that strangers who come back at
 * once cost little. Milliseconds. */
#define FULL_PAUSE_MS 20

TAILQ_HEAD(clients, rpc_client);

struct rpc_server {
	struct rpc_tls *tls;
	struct rpc_pool *pool;
	unsigned clients_max;
	uint64_t handshake_ms, idle_ms;
	int *listeners;
	size_t listener_count;
	uint64_t paused_until_ms;       /* nobody is let in before           */
	struct clients clients;
	unsigned client_count;          /* those that are gone count, too,
	                                   until their jobs are done         */
	size_t held;                    /* bytes, for all of them            */
	struct pollfd *fds;
	struct rpc_wake wake;
	pthread_t thread;
	bool runs;
	struct rpc_server_counts counts;        /* the thread's own          */
	pthread_mutex_t lock;           /* of all below                      */
	struct rpc_jobs done;
	struct rpc_server_counts told;
	bool stopped;
};

/* --- jobs ----------------------------------------------------------------- */

/* Called by a thread of the pool. */
static void
on_done(struct rpc_job *job)
{
	struct rpc_server *server = job->user;
	bool first;

	pthread_mutex_lock(&server->lock);
	first = TAILQ_EMPTY(&server->done);
	TAILQ_INSERT_TAIL(&server->done, job, entry);
	pthread_mutex_unlock(&server->lock);
	/* The first job of the list wakes the thread; it takes all that were
	 * added until it comes. */
	if (first)
		rpc_wake_up(&server->wake);
}

/* An rpc_submit_fn. */
static bool
submit(void *user, struct rpc_job *job)
{
	struct rpc_server *server = user;

	job->done = on_done;
	job->user = server;
	return rpc_pool_add(server->pool, job);
}

/* The list is taken under the lock and worked on without it. A client exists as
 * long as a job of it does, so job->client is valid. */
static void
deliver(struct rpc_server *server, uint64_t now_ms)
{
	struct rpc_jobs done = TAILQ_HEAD_INITIALIZER(done);
	struct rpc_job *job;

	pthread_mutex_lock(&server->lock);
	TAILQ_CONCAT(&done, &server->done, entry);
	pthread_mutex_unlock(&server->lock);
	while ((job = TAILQ_FIRST(&done)) != NULL) {
		TAILQ_REMOVE(&done, job, entry);
		rpc_client_reply(job->client, job, now_ms);
	}
}

/* --- clients -------------------------------------------------------------- */

/* A client beyond the bound is closed at once, before TLS, as bitmarkd does. */
static void
let_in(struct rpc_server *server, int fd, const uint8_t address[16],
    uint64_t now_ms)
{
	struct rpc_client *client;

	server->counts.accepted++;
	if (server->client_count >= server->clients_max) {
		server->counts.cut_room++;
		close(fd);
		return;
	}
	client = rpc_client_new(server->tls, fd, address, &server->held,
	    now_ms);
	if (client == NULL)
		return;
	TAILQ_INSERT_TAIL(&server->clients, client, entry);
	server->client_count++;
}

static void
accept_clients(struct rpc_server *server, int listener, uint64_t now_ms)
{
	uint8_t address[16];
	const uint64_t cut = server->counts.cut_room;
	int fd, error = 0;

	for (int i = 0; i < ACCEPTS_MAX && error == 0; i++) {
		error = rpc_accept(listener, &fd, address);
		if (error == 0)
			let_in(server, fd, address, now_ms);
	}
	/* Other errors concern one client that is gone again. Without a free
	 * descriptor, however, poll would report the waiting client at once,
	 * again and again. */
	if (error == EMFILE || error == ENFILE || error == ENOBUFS ||
	    error == ENOMEM)
		server->paused_until_ms = now_ms + ACCEPT_PAUSE_MS;
	else if (server->counts.cut_room > cut)
		server->paused_until_ms = now_ms + FULL_PAUSE_MS;
}

/* Let the client take a step when something has happened, and free it when it
 * is gone and no job of it runs. */
static void
serve(struct rpc_server *server, struct rpc_client *client, short revents,
    uint64_t now_ms)
{
	if ((revents & (POLLERR | POLLHUP | POLLNVAL)) != 0 &&
	    (revents & (POLLIN | POLLOUT)) == 0)
		rpc_client_close(client);
	else if (revents != 0 || client->again || client->replied) {
		client->again |= (revents & ~POLLOUT) != 0;
		rpc_client_step(client, now_ms, submit, server);
		thread_let_others_run();
	}
	if (rpc_client_deadline(client, server->handshake_ms,
	    server->idle_ms) <= now_ms)
		rpc_client_expire(client);
	if (client->state != RPC_CLIENT_GONE || client->running > 0)
		return;
	server->counts.ended[client->end]++;
	TAILQ_REMOVE(&server->clients, client, entry);
	server->client_count--;
	rpc_client_free(client);
}

/* --- the thread ----------------------------------------------------------- */

/* Fill in the descriptors, in the order in which turn looks at the results.
 * Returns the time at which something is due without an event. */
static uint64_t
collect(struct rpc_server *server, nfds_t *count, uint64_t now_ms)
{
	bool paused = now_ms < server->paused_until_ms;
	uint64_t due_ms = paused ? server->paused_until_ms : UINT64_MAX;
	uint64_t deadline_ms;
	struct rpc_client *client;

	*count = 0;
	server->fds[(*count)++] = (struct pollfd){ server->wake.fds[0],
		POLLIN, 0 };
	for (size_t i = 0; i < server->listener_count; i++)
		server->fds[(*count)++] = (struct pollfd){ paused ? -1 :
			server->listeners[i], POLLIN, 0 };
	TAILQ_FOREACH(client, &server->clients, entry) {
		server->fds[(*count)++] = (struct pollfd){ client->fd,
			rpc_client_wants(client), 0 };
		deadline_ms = client->again || client->replied ? now_ms :
		    rpc_client_deadline(client, server->handshake_ms,
		    server->idle_ms);
		if (deadline_ms < due_ms)
			due_ms = deadline_ms;
	}
	return due_ms;
}

/* At most a minute, which keeps the difference within an int. */
static int
wait_of(uint64_t due_ms, uint64_t now_ms)
{
	if (due_ms == UINT64_MAX)
		return -1;
	if (due_ms <= now_ms)
		return 0;
	return due_ms - now_ms < 60000 ? (int)(due_ms - now_ms) : 60000;
}

/* Copy the counters for other threads; false: the server is to stop. */
static bool
publish(struct rpc_server *server)
{
	bool stopped;

	server->counts.clients = server->client_count;
	server->counts.held = server->held;
	pthread_mutex_lock(&server->lock);
	server->told = server->counts;
	stopped = server->stopped;
	pthread_mutex_unlock(&server->lock);
	return !stopped;
}

/* Clients are served before new ones are accepted: those have no entry in the
 * list that was polled. */
static void
turn(struct rpc_server *server)
{
	uint64_t now_ms = bitmark_clock_ms();
	struct rpc_client *client, *next;
	nfds_t count, at = 1 + server->listener_count;
	uint64_t due_ms = collect(server, &count, now_ms);

	if (poll(server->fds, count, wait_of(due_ms, now_ms)) < 0)
		for (nfds_t i = 0; i < count; i++)
			server->fds[i].revents = 0;
	now_ms = bitmark_clock_ms();
	if (server->fds[0].revents != 0)
		rpc_wake_clear(&server->wake);
	deliver(server, now_ms);
	for (client = TAILQ_FIRST(&server->clients); client != NULL;
	    client = next, at++) {
		next = TAILQ_NEXT(client, entry);
		serve(server, client, server->fds[at].revents, now_ms);
	}
	for (size_t i = 0; i < server->listener_count; i++)
		if (server->fds[1 + i].revents != 0)
			accept_clients(server, server->listeners[i], now_ms);
}

static void *
run(void *user)
{
	struct rpc_server *server = user;

	thread_give_way();
	while (publish(server))
		turn(server);
	return NULL;
}

/* --- from outside --------------------------------------------------------- */

static bool
fail(char why[RPC_WHY_MAX], const char *text)
{
	snprintf(why, RPC_WHY_MAX, "%s", text);
	return false;
}

/* Either all addresses are served or none [S-28]. ${fds} has an entry for
 * everything that collect can put there. */
static bool
listen_at(struct rpc_server *server, const struct rpc_server_config *config,
    char why[RPC_WHY_MAX])
{
	server->listeners = calloc(config->listen_count + 1,
	    sizeof *server->listeners);
	server->fds = calloc(1 + config->listen_count + config->clients_max,
	    sizeof *server->fds);
	if (server->listeners == NULL || server->fds == NULL)
		return fail(why, bitmark_strerror(BITMARK_E_NOMEM));
	for (size_t i = 0; i < config->listen_count; i++) {
		if (!rpc_listen(config->listen[i], &server->listeners[i],
		    why))
			return false;
		server->listener_count++;
	}
	return true;
}

static bool
start(struct rpc_server *server, const struct rpc_server_config *config,
    char why[RPC_WHY_MAX])
{
	const char *text = rpc_tls_new(config->pem, &server->tls);

	if (text != NULL)
		return fail(why, text);
	if (!listen_at(server, config, why))
		return false;
	server->runs = thread_start(&server->thread, run, server);
	return server->runs || fail(why, "no thread can be started");
}

bool
rpc_server_open(struct rpc_server **out,
    const struct rpc_server_config *config, char why[RPC_WHY_MAX])
{
	struct rpc_server *server = calloc(1, sizeof *server);

	*out = NULL;
	if (server == NULL || !rpc_wake_open(&server->wake)) {
		free(server);
		return fail(why, bitmark_strerror(BITMARK_E_NOMEM));
	}
	server->pool = config->pool;
	server->clients_max = config->clients_max;
	server->handshake_ms = config->handshake_ms;
	server->idle_ms = config->idle_ms;
	TAILQ_INIT(&server->clients);
	TAILQ_INIT(&server->done);
	pthread_mutex_init(&server->lock, NULL);
	*out = server;          /* before a thread can ask for its counts */
	if (start(server, config, why))
		return true;
	*out = NULL;
	rpc_server_close(server);
	return false;
}

void
rpc_server_get_counts(struct rpc_server *server,
    struct rpc_server_counts *counts)
{
	pthread_mutex_lock(&server->lock);
	*counts = server->told;
	pthread_mutex_unlock(&server->lock);
}

static void
stop_thread(struct rpc_server *server)
{
	pthread_mutex_lock(&server->lock);
	server->stopped = true;
	pthread_mutex_unlock(&server->lock);
	rpc_wake_up(&server->wake);
	if (server->runs)
		pthread_join(server->thread, NULL);
}

/* The pool was stopped before, so all jobs have come back; deliver frees them.
 */
void
rpc_server_close(struct rpc_server *server)
{
	struct rpc_client *client;

	if (server == NULL)
		return;
	stop_thread(server);
	deliver(server, bitmark_clock_ms());
	while ((client = TAILQ_FIRST(&server->clients)) != NULL) {
		TAILQ_REMOVE(&server->clients, client, entry);
		rpc_client_free(client);
	}
	for (size_t i = 0; i < server->listener_count; i++)
		close(server->listeners[i]);
	free(server->listeners);
	free(server->fds);
	rpc_tls_free(server->tls);
	pthread_mutex_destroy(&server->lock);
	rpc_wake_close(&server->wake);
	free(server);
}
