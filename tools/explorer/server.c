/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * HTTP by libmicrohttpd, with a pool of its threads: each thread has its own
 * connections, and the thread that received a request makes the answer.
 *
 * The library's own time-outs begin anew with each byte that arrives, so that a
 * client could hold a connection for hours by sending a byte now and then.
 * Ours, in shared/https_places.h, end at a fixed time.
 */
#include "explorer/server.h"

#ifdef WITH_libmicrohttpd

#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "shared/https_places.h"
#include "shared/thread.h"

/* Room for the head of a request, and for what the library keeps of it. */
#define HEAD_ROOM (16 * 1024)

struct server {
	struct server_config config;
	struct MHD_Daemon *daemon;
	struct https_places places;
	pthread_mutex_t lock;           /* of all below                     */
	struct server_counts counts;
};

/* A request in progress. */
struct exchange {
	struct server *server;
	struct https_place *place;
	char *target;                   /* as it was sent                   */
	bool begun;
};

/* An answer on its way, and its memory. */
struct sent {
	struct server *server;
	char *body;
	size_t size;
};

static uint64_t
deadline(const struct server *server)
{
	return bitmark_clock_ms() + server->config.wait_ms;
}

/* --- connections ---------------------------------------------------------- */

/* libmicrohttpd calls this when a connection begins and when it ends, and
 * closes the descriptor only after the second call has returned. So a place in
 * the table never names a descriptor that another connection has got meanwhile.
 * ${context} is the connection's own pointer, which begin reads again as its
 * socket context. */
static void
on_connection(void *user, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct server *server = user;
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		info = MHD_get_connection_info(connection,
		    MHD_CONNECTION_INFO_CONNECTION_FD);
		*context = info == NULL ? NULL : https_places_add(
		    &server->places, info->connect_fd, deadline(server));
	} else {
		https_places_remove(&server->places, *context);
		*context = NULL;
	}
}

/* Called when a connection has come, before it is any.  Two that come at once may
 * both be the last one: the library's own bound is a little above ours, and has no
 * count. */
static enum MHD_Result
on_accept(void *user, const struct sockaddr *other, socklen_t size)
{
	struct server *server = user;
	uint8_t address[HTTPS_ADDRESS_SIZE];

	(void)size;
	https_address(other, address);
	if (https_places_of(&server->places, address) <
	    server->config.address_max)
		return MHD_YES;
	pthread_mutex_lock(&server->lock);
	server->counts.crowded++;
	pthread_mutex_unlock(&server->lock);
	return MHD_NO;
}

void
server_tick(struct server *server, uint64_t now_ms)
{
	https_places_expire(&server->places, now_ms);
}

/* --- a request ------------------------------------------------------------ */

/* libmicrohttpd calls this before anything else of a request, with the target
 * as it was sent; on_request gets it only after the library has decoded it. The
 * result becomes *context there, and on_completed frees it. */
static void *
begin(void *user, const char *target, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct exchange *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	e->server = user;
	e->place = info != NULL ? info->socket_context : NULL;
	e->target = strdup(target);
	return e;
}

/* Called once for each request, also when the client went away. The connection
 * may be kept for another request, which gets a new deadline. */
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
	free(e->target);
	free(e);
}

/* --- the answer ----------------------------------------------------------- */

static void
count_bytes(struct server *server, size_t more, size_t less)
{
	pthread_mutex_lock(&server->lock);
	server->counts.bytes += more;
	server->counts.bytes -= less;
	pthread_mutex_unlock(&server->lock);
}

/* libmicrohttpd calls this when it has sent all of the answer or has lost the
 * client. Only now do the bytes stop to count. */
static void
free_sent(void *cls)
{
	struct sent *sent = cls;

	count_bytes(sent->server, 0, sent->size);
	free(sent->body);
	free(sent);
}

/* Many slow clients that each ask for a large answer would fill the memory. The
 * bound is compared before an answer is made, so all threads together can
 * exceed it by one answer each. */
static bool
has_room(struct server *server)
{
	bool room;

	pthread_mutex_lock(&server->lock);
	server->counts.requests++;
	room = server->counts.bytes <= server->config.bytes_max;
	if (!room)
		server->counts.refused++;
	pthread_mutex_unlock(&server->lock);
	return room;
}

static void
count_status(struct server *server, unsigned status)
{
	pthread_mutex_lock(&server->lock);
	server->counts.too_long += status == 414;
	server->counts.wrong += status >= 400 && status < 500 &&
	    status != 404 && status != 414;
	pthread_mutex_unlock(&server->lock);
}

/* The body is taken over, also on failure. A body that is not owned is a page
 * of the program itself, which stays in memory for good. */
static struct MHD_Response *
wrap(struct server *server, struct answer *answer)
{
	struct MHD_Response *response;
	struct sent *sent;

	if (answer->owned == NULL)
		return MHD_create_response_from_buffer(answer->size,
		    (void *)answer->body, MHD_RESPMEM_PERSISTENT);
	sent = malloc(sizeof *sent);
	if (sent == NULL) {
		free(answer->owned);
		return NULL;
	}
	*sent = (struct sent){ server, answer->owned, answer->size };
	count_bytes(server, sent->size, 0);
	response = MHD_create_response_from_buffer_with_free_callback_cls(
	    sent->size, sent->body, free_sent, sent);
	if (response == NULL)
		free_sent(sent);
	return response;
}

/* The rules for browsers are the same for all answers: scripts and pictures of
 * this server only, no frames, no guessing of types. "no-cache" still lets a
 * browser keep an answer, but it must ask with its tag whether the answer is
 * still current. */
static bool
add_headers(struct MHD_Response *response, const struct answer *answer)
{
	static const struct {
		const char *name, *value;
	} all[] = {
		{ "Content-Security-Policy",
		    "default-src 'self'; img-src 'self' data:; "
		    "base-uri 'none'; form-action 'self'; "
		    "frame-ancestors 'none'" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "Cache-Control", "no-cache" },
	};
	bool added = answer->type == NULL || MHD_add_response_header(response,
	    MHD_HTTP_HEADER_CONTENT_TYPE, answer->type) == MHD_YES;

	for (size_t i = 0; added && i < sizeof all / sizeof all[0]; i++)
		added = MHD_add_response_header(response, all[i].name,
		    all[i].value) == MHD_YES;
	if (added && answer->tag[0] != '\0')
		added = MHD_add_response_header(response,
		    MHD_HTTP_HEADER_ETAG, answer->tag) == MHD_YES;
	if (added && answer->status == 405)
		added = MHD_add_response_header(response,
		    MHD_HTTP_HEADER_ALLOW, "GET, HEAD") == MHD_YES;
	return added;
}

/* MHD_queue_response takes a reference of its own, so the response is destroyed
 * here in any case. MHD_NO makes the library close the connection. */
static enum MHD_Result
send_answer(struct exchange *e, struct MHD_Connection *connection,
    struct answer *answer)
{
	struct MHD_Response *response = wrap(e->server, answer);
	enum MHD_Result result = MHD_NO;

	if (response == NULL)
		return MHD_NO;
	https_place_until(&e->server->places, e->place, deadline(e->server));
	if (add_headers(response, answer))
		result = MHD_queue_response(connection, answer->status,
		    response);
	MHD_destroy_response(response);
	return result;
}

static const char *
header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* libmicrohttpd calls this for the head of a request, for each piece of a body,
 * and at the end. For a request without a body the first call only returns, and
 * the answer is queued in the last one, as the library wants it for a
 * connection that is to be kept. A body is of no use here: a request with one
 * is answered in the first call, and the library then hangs up. */
static enum MHD_Result
on_request(void *user, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **context)
{
	struct exchange *e = *context;
	struct answer_request request = { .method = method };
	struct server_counts counts;
	struct answer answer;

	(void)user;
	(void)url;
	(void)version;
	(void)data;
	if (e == NULL || e->target == NULL)
		return MHD_NO;
	if (!e->begun && header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH) ==
	    NULL && header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING) ==
	    NULL) {
		e->begun = true;
		return MHD_YES;
	}
	*size = 0;
	request.target = e->target;
	request.host = header(connection, MHD_HTTP_HEADER_HOST);
	request.if_none_match = header(connection,
	    MHD_HTTP_HEADER_IF_NONE_MATCH);
	server_get_counts(e->server, &counts);
	if (has_room(e->server))
		e->server->config.answer(e->server->config.user, &counts,
		    &request, &answer);
	else
		answer_error(503, "too many answers are being sent: try again",
		    &answer);
	count_status(e->server, answer.status);
	return send_answer(e, connection, &answer);
}

/* --- from outside --------------------------------------------------------- */

/* The library's threads inherit the signal mask of the thread that starts them,
 * so signals are blocked meanwhile: only the main thread, which waits for them,
 * gets them. */
static struct MHD_Daemon *
start(struct server *server, int fd)
{
	const struct server_config *config = &server->config;
	struct MHD_Daemon *daemon;
	sigset_t before;

	thread_block_signals(&before);
	daemon = MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD, 0, on_accept,
	    server, on_request, server,
	    MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_THREAD_POOL_SIZE, config->threads,
	    MHD_OPTION_CONNECTION_LIMIT, config->connections_max,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, config->address_max +
	    config->threads,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_ROOM,
	    MHD_OPTION_URI_LOG_CALLBACK, begin, server,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
	    MHD_OPTION_END);
	thread_restore_signals(&before);
	return daemon;
}

/* rpc_listen opens the socket; after MHD_start_daemon has succeeded the library
 * closes it. */
bool
server_open(struct server **out, const struct server_config *config,
    char why[RPC_WHY_MAX])
{
	struct server *server = calloc(1, sizeof *server);
	int fd = -1;

	*out = NULL;
	snprintf(why, RPC_WHY_MAX, "%s", bitmark_strerror(BITMARK_E_NOMEM));
	if (server == NULL)
		return false;
	server->config = *config;
	https_places_init(&server->places);
	pthread_mutex_init(&server->lock, NULL);
	if (rpc_listen(config->listen, &fd, why)) {
		snprintf(why, RPC_WHY_MAX, "libmicrohttpd does not start");
		server->daemon = start(server, fd);
	}
	if (server->daemon != NULL) {
		*out = server;
		return true;
	}
	if (fd >= 0)
		close(fd);
	server_close(server);
	return false;
}

void
server_get_counts(struct server *server, struct server_counts *counts)
{
	pthread_mutex_lock(&server->lock);
	*counts = server->counts;
	pthread_mutex_unlock(&server->lock);
	https_places_count(&server->places, &counts->clients, &counts->cut);
}

/* MHD_stop_daemon ends all threads, completes what is in progress through the
 * functions above, and closes the sockets. Only then may the lock be destroyed.
 */
void
server_close(struct server *server)
{
	if (server == NULL)
		return;
	if (server->daemon != NULL)
		MHD_stop_daemon(server->daemon);
	pthread_mutex_destroy(&server->lock);
	https_places_fini(&server->places);
	free(server);
}

#endif
