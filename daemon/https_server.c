/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A thread of libmicrohttpd receives a request and then suspends its
 * connection, while a thread of the pool makes the answer; so a slow answer
 * holds no thread of the library.
 *
 * The library's own time-outs begin anew with each byte: see https_places.h for
 * ours.
 */
#include "https_server.h"

#ifdef WITH_libmicrohttpd

#include <limits.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "https_send.h"
#include "shared/https_places.h"
#include "shared/thread.h"

/* Connections besides those whose requests are in progress. */
#define CONNECTIONS_MORE 64
/* Room for the head of a request, and for what the library keeps of it. */
#define HEAD_ROOM (32 * 1024)
#define BODY_FIRST 4096
#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct https_server {
	struct https_server_config config;
	struct MHD_Daemon **daemons;
	size_t daemon_count;
	struct https_places places;
	pthread_mutex_t lock;           /* of all below                      */
	unsigned in_progress;
	uint64_t requests, busy;
};

/* A request in progress. */
struct exchange {
	struct https_server *server;
	struct MHD_Connection *connection;
	struct https_place *place;
	char *target;                   /* as it was sent                    */
	struct https_request request;   /* its body grows                    */
	size_t capacity;
	unsigned status;                /* that it has before it is answered */
	bool counted;                   /* in in_progress                    */
	bool begun, answered;
	struct https_reply reply;
};

static uint64_t
deadline(const struct https_server *server)
{
	return bitmark_clock_ms() + server->config.wait_ms;
}

/* --- connections ---------------------------------------------------------- */

/* The library closes the descriptor only after the second call has returned, so
 * a place never names a descriptor that was given to somebody else. */
static void
on_connection(void *user, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct https_server *server = user;
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		thread_give_way();      /* the thread is the library's */
		info = MHD_get_connection_info(connection,
		    MHD_CONNECTION_INFO_CONNECTION_FD);
		*context = info == NULL ? NULL : https_places_add(
		    &server->places, info->connect_fd, deadline(server));
		thread_let_others_run();
	} else {
		https_places_remove(&server->places, *context);
		*context = NULL;
	}
}

void
https_server_tick(struct https_server *server, uint64_t now_ms)
{
	if (server != NULL)
		https_places_expire(&server->places, now_ms);
}

/* --- a request ------------------------------------------------------------ */

static void
free_exchange(struct exchange *e)
{
	if (e->counted) {
		pthread_mutex_lock(&e->server->lock);
		e->server->in_progress--;
		pthread_mutex_unlock(&e->server->lock);
	}
	free((char *)e->request.body);
	free(e->reply.body);
	free(e->reply.location);
	free(e->target);
	free(e);
}

/* The library calls this before anything else of a request, with the target as
 * it was sent. */
static void *
begin(void *user, const char *target, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct exchange *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	e->server = user;
	e->connection = connection;
	e->place = info != NULL ? info->socket_context : NULL;
	e->target = strdup(target);
	return e;
}

static void
on_completed(void *user, struct MHD_Connection *connection, void **context,
    enum MHD_RequestTerminationCode code)
{
	struct exchange *e = *context;

	(void)user;
	(void)connection;
	(void)code;
	*context = NULL;
	if (e == NULL)
		return;
	https_place_until(&e->server->places, e->place,
	    deadline(e->server));
	free_exchange(e);
	thread_let_others_run();
}

static void
read_address(struct MHD_Connection *connection, uint8_t address[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	memset(address, 0, 16);
	if (info == NULL || info->client_addr == NULL)
		return;
	if (info->client_addr->sa_family == AF_INET6) {
		memcpy(&v6, info->client_addr, sizeof v6);
		memcpy(address, &v6.sin6_addr, 16);
	} else {
		memcpy(&v4, info->client_addr, sizeof v4);
		memcpy(address, mapped, sizeof mapped);
		memcpy(address + sizeof mapped, &v4.sin_addr, 4);
	}
}

/* Fill in the state that an answer is made from, and the number of requests in
 * progress. */
static void
get_from(struct https_server *server, struct rpc_from *rpc,
    struct https_from *https)
{
	server->config.from(server->config.user, rpc, https);
	https->rpc = rpc;
	https->requests_max = server->config.requests_max;
	pthread_mutex_lock(&server->lock);
	https->requests = server->in_progress;
	pthread_mutex_unlock(&server->lock);
}

/* A body whose header says that it is too long is not waited for. */
static bool
is_too_long(struct MHD_Connection *connection)
{
	const char *length = MHD_lookup_connection_value(connection,
	    MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return length != NULL && strtoull(length, NULL, 10) >
	    RPC_REQUEST_MAX;
}

/* The head is complete: an error of it is found before a body is read. */
static void
check(struct exchange *e, const char *method)
{
	struct https_server *server = e->server;
	struct rpc_from rpc;
	struct https_from https;

	e->begun = true;
	e->request.method = strcmp(method, "POST") == 0 ? "POST" :
	    strcmp(method, "GET") == 0 ? "GET" : "";
	e->request.target = e->target != NULL ? e->target : "";
	read_address(e->connection, e->request.address);
	pthread_mutex_lock(&server->lock);
	server->in_progress++;
	server->requests++;
	pthread_mutex_unlock(&server->lock);
	e->counted = true;
	get_from(server, &rpc, &https);
	e->status = https_check(&https, &e->request);
	if (e->status == 200 && is_too_long(e->connection))
		e->status = 413;
	if (e->status != 429)
		return;
	pthread_mutex_lock(&server->lock);
	server->busy++;
	pthread_mutex_unlock(&server->lock);
}

/* The library hangs up when an answer comes before the end of the request,
 * which is right for a request whose body nobody wants. */
static bool
has_body(struct MHD_Connection *connection)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
	    MHD_HTTP_HEADER_CONTENT_LENGTH) != NULL ||
	    MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
	    MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL;
}

static void
take_body(struct exchange *e, const char *data, size_t size)
{
	size_t capacity = e->capacity > 0 ? e->capacity : BODY_FIRST;
	char *body = (char *)e->request.body, *larger;

	if (e->status != 200)
		return;
	if (size > RPC_REQUEST_MAX - e->request.body_size) {
		e->status = 413;
		return;
	}
	while (capacity < e->request.body_size + size)
		capacity *= 2;
	if (capacity > e->capacity) {
		larger = realloc(body, capacity);
		if (larger == NULL) {
			e->status = 500;
			return;
		}
		e->request.body = body = larger;
		e->capacity = capacity;
	}
	memcpy(body + e->request.body_size, data, size);
	e->request.body_size += size;
}

/* --- the answer ----------------------------------------------------------- */

/* Called by a thread of the pool, in place of an answer of the client RPC. */
static void
make_answer(struct rpc_job *job)
{
	struct exchange *e = job->client;
	struct rpc_from rpc;
	struct https_from https;

	get_from(e->server, &rpc, &https);
	https.requests_max = UINT_MAX;          /* it was let in */
	https_answer(&https, &e->request, &e->reply);
}

/* Called by a thread of the pool. A request that the allowance refused has the
 * error of the RPC, or a status. The resumed connection may be served at once
 * by the library's thread, so ${e} is complete before that call. */
static void
on_done(struct rpc_job *job)
{
	struct exchange *e = job->client;

	if (e->reply.body == NULL && job->reply != NULL) {
		e->reply = (struct https_reply){ .status = 200,
			.body = job->reply, .size = job->reply_size };
		job->reply = NULL;
	} else if (e->reply.body == NULL) {
		https_error(job->outcome == RPC_GARBAGE ? 429 : 500,
		    &e->reply);
	}
	rpc_job_free(job);
	e->answered = true;
	MHD_resume_connection(e->connection);
}

/* The job gets a copy of the body, because the pool finds the price of a
 * request in it. The connection is suspended before the job is handed over: the
 * pool may be faster, and to resume a connection that is not suspended is an
 * error. No deadline holds meanwhile. */
static enum MHD_Result
submit(struct exchange *e)
{
	struct rpc_job *job = calloc(1, sizeof *job);
	char *copy = malloc(e->request.body_size + 1);

	if (job == NULL || copy == NULL) {
		free(job);
		free(copy);
		return MHD_NO;
	}
	if (e->request.body_size > 0)
		memcpy(copy, e->request.body, e->request.body_size);
	job->request = copy;
	job->size = e->request.body_size;
	memcpy(job->address, e->request.address, sizeof job->address);
	job->client = e;
	job->make = make_answer;
	job->done = on_done;
	https_place_until(&e->server->places, e->place, UINT64_MAX);
	MHD_suspend_connection(e->connection);
	if (rpc_pool_add(e->server->config.pool, job))
		on_done(job);
	return MHD_YES;
}

static enum MHD_Result
send_reply(struct exchange *e)
{
	if (e->reply.body == NULL)
		https_refuse(&e->request, e->status, &e->reply);
	if (e->reply.body == NULL)
		return MHD_NO;
	https_place_until(&e->server->places, e->place,
	    deadline(e->server));
	return https_send(e->connection, &e->reply);
}

/* The library calls this for the head of a request, for pieces of its body, at
 * its end, and again after the connection was resumed. */
static enum MHD_Result
on_request(void *user, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **context)
{
	struct exchange *e = *context;

	(void)user;
	(void)connection;
	(void)url;
	(void)version;
	if (e == NULL)
		return MHD_NO;
	if (!e->begun) {
		check(e, method);
		return e->status == 200 || !has_body(connection) ? MHD_YES :
		    send_reply(e);
	}
	if (*size > 0) {
		take_body(e, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (e->answered || e->status != 200)
		return send_reply(e);
	return submit(e);
}

/* --- from outside --------------------------------------------------------- */

bool
https_is_possible(void)
{
	return MHD_is_feature_supported(MHD_FEATURE_TLS) == MHD_YES;
}

static bool
fail(char why[RPC_WHY_MAX], const char *text)
{
	snprintf(why, RPC_WHY_MAX, "%s", text);
	return false;
}

/* The library's threads inherit this thread's signal mask: signals are blocked
 * meanwhile, so that only the main thread gets them. */
static struct MHD_Daemon *
start_daemon(struct https_server *server, int fd)
{
	const struct https_server_config *config = &server->config;
	struct MHD_Daemon *daemon;
	sigset_t before;

	thread_block_signals(&before);
	daemon = MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_TLS |
	    MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
	    MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_HTTPS_MEM_CERT, config->pem->certificate,
	    MHD_OPTION_HTTPS_MEM_KEY, config->pem->private_key,
	    MHD_OPTION_HTTPS_PRIORITIES, PRIORITIES,
	    MHD_OPTION_CONNECTION_LIMIT, config->requests_max +
	    CONNECTIONS_MORE,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_ROOM,
	    MHD_OPTION_URI_LOG_CALLBACK, begin, server,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
	    MHD_OPTION_END);
	thread_restore_signals(&before);
	return daemon;
}

/* Either all addresses are served or none [S-28]. */
static bool
start(struct https_server *server, char why[RPC_WHY_MAX])
{
	const struct https_server_config *config = &server->config;
	struct MHD_Daemon *daemon;
	int fd;

	server->daemons = calloc(config->listen_count + 1,
	    sizeof *server->daemons);
	if (server->daemons == NULL)
		return fail(why, bitmark_strerror(BITMARK_E_NOMEM));
	for (size_t i = 0; i < config->listen_count; i++) {
		if (!rpc_listen(config->listen[i], &fd, why))
			return false;
		daemon = start_daemon(server, fd);
		if (daemon == NULL) {
			close(fd);
			return fail(why, "libmicrohttpd does not start: "
			    "perhaps it does not accept certificate and key");
		}
		server->daemons[server->daemon_count++] = daemon;
	}
	return true;
}

bool
https_server_open(struct https_server **out,
    const struct https_server_config *config, char why[RPC_WHY_MAX])
{
	struct https_server *server = calloc(1, sizeof *server);

	*out = NULL;
	if (server == NULL)
		return fail(why, bitmark_strerror(BITMARK_E_NOMEM));
	server->config = *config;
	https_places_init(&server->places);
	pthread_mutex_init(&server->lock, NULL);
	if (start(server, why)) {
		*out = server;
		return true;
	}
	https_server_close(server);
	return false;
}

void
https_server_get_counts(struct https_server *server,
    struct https_counts *counts)
{
	https_places_count(&server->places, &counts->clients, &counts->cut);
	pthread_mutex_lock(&server->lock);
	counts->requests = server->requests;
	counts->busy = server->busy;
	pthread_mutex_unlock(&server->lock);
}

/* The pool is stopped, so all answers were made and no connection is suspended,
 * which MHD_stop_daemon demands. It frees what is in progress through the
 * functions above, and closes the sockets. */
void
https_server_close(struct https_server *server)
{
	if (server == NULL)
		return;
	for (size_t i = 0; i < server->daemon_count; i++)
		MHD_stop_daemon(server->daemons[i]);
	free(server->daemons);
	pthread_mutex_destroy(&server->lock);
	https_places_fini(&server->places);
	free(server);
}

#endif
