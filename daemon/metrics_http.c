/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The page of metrics over HTTP. The library's thread that received the request
 * makes the page: that takes little time, and there is no body to wait for.
 *
 * The library's own time-outs begin anew with each byte: see https_places.h for
 * ours.
 */
#include "metrics_http.h"

#ifdef WITH_libmicrohttpd

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "shared/https_places.h"
#include "shared/thread.h"

/* Room for the head of a request and for the library's own use of it. The
 * library refuses a longer one. Bytes. */
#define HEAD_ROOM (8 * 1024)

struct metrics_http {
	struct metrics_http_config config;
	struct MHD_Daemon **daemons;
	size_t daemon_count;
	struct https_places places;
	pthread_mutex_t lock;           /* of all below                      */
	uint64_t requests, refused;
};

static uint64_t
deadline(const struct metrics_http *server)
{
	return bitmark_clock_ms() + server->config.wait_ms;
}

/* The library closes the descriptor only after the second call has returned, so
 * a place never names a descriptor that was given to somebody else. */
static void
on_connection(void *user, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct metrics_http *server = user;
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		thread_give_way();      /* the thread is the library's */
		info = MHD_get_connection_info(connection,
		    MHD_CONNECTION_INFO_CONNECTION_FD);
		*context = info == NULL ? NULL : https_places_add(
		    &server->places, info->connect_fd, deadline(server));
	} else {
		https_places_remove(&server->places, *context);
		*context = NULL;
	}
}

/* The next request on the same connection gets its own time. */
static void
on_completed(void *user, struct MHD_Connection *connection, void **context,
    enum MHD_RequestTerminationCode code)
{
	struct metrics_http *server = user;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	(void)context;
	(void)code;
	if (info != NULL)
		https_place_until(&server->places, info->socket_context,
		    deadline(server));
}

/* 200, 404 or 405. */
static unsigned
judge(const char *path, const char *method)
{
	if (strcmp(path, "/metrics") != 0)
		return MHD_HTTP_NOT_FOUND;
	return strcmp(method, MHD_HTTP_METHOD_GET) == 0 ? MHD_HTTP_OK :
	    MHD_HTTP_METHOD_NOT_ALLOWED;
}

/* A line for a person who asked for the wrong page. */
static struct MHD_Response *
error_response(unsigned status)
{
	const char *text = status == MHD_HTTP_NOT_FOUND ?
	    "not found: see /metrics\n" : status ==
	    MHD_HTTP_METHOD_NOT_ALLOWED ? "method not allowed: use GET\n" :
	    "the node stops, or is short of memory\n";
	struct MHD_Response *response = MHD_create_response_from_buffer(
	    strlen(text), (void *)text, MHD_RESPMEM_PERSISTENT);

	if (response != NULL && status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
		    MHD_HTTP_METHOD_GET);
	return response;
}

/* The response takes over the text. */
static struct MHD_Response *
page_response(struct metrics_http *server)
{
	char *text = server->config.text(server->config.user);
	struct MHD_Response *response;

	if (text == NULL)
		return NULL;
	response = MHD_create_response_from_buffer(strlen(text), text,
	    MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
		free(text);
	return response;
}

/* Send the page, or a line about the error. The counters are changed under the
 * lock, as each address has a thread of its own. */
static enum MHD_Result
answer(struct metrics_http *server, struct MHD_Connection *connection,
    unsigned status)
{
	struct MHD_Response *response = NULL;
	const char *type = METRICS_HTTP_TYPE;
	enum MHD_Result result = MHD_NO;

	pthread_mutex_lock(&server->lock);
	server->requests++;
	server->refused += status != MHD_HTTP_OK;
	pthread_mutex_unlock(&server->lock);
	if (status == MHD_HTTP_OK)
		response = page_response(server);
	if (response == NULL) {
		if (status == MHD_HTTP_OK)
			status = MHD_HTTP_SERVICE_UNAVAILABLE;
		type = "text/plain; charset=utf-8";
		response = error_response(status);
	}
	if (response == NULL)
		return MHD_NO;
	if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
	    type) == MHD_YES && MHD_add_response_header(response,
	    "X-Content-Type-Options", "nosniff") == MHD_YES)
		result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/* The library calls this for the head of a request, for pieces of its body,
 * which is dropped, and at its end. ${begun} has no value: its address marks a
 * request whose head was seen. */
static enum MHD_Result
on_request(void *user, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *data, size_t *size,
    void **context)
{
	static char begun;

	(void)version;
	(void)data;
	if (*context == NULL) {
		*context = &begun;
		return MHD_YES;
	}
	if (*size > 0) {
		*size = 0;
		return MHD_YES;
	}
	return answer(user, connection, judge(path, method));
}

/* --- from outside --------------------------------------------------------- */

bool
metrics_http_is_possible(void)
{
	return true;
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
start_daemon(struct metrics_http *server, int fd)
{
	struct MHD_Daemon *daemon;
	sigset_t before;

	thread_block_signals(&before);
	daemon = MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD, 0, NULL, NULL,
	    on_request, server,
	    MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)METRICS_HTTP_CONNECTIONS_MAX,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_ROOM,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
	    MHD_OPTION_END);
	thread_restore_signals(&before);
	return daemon;
}

/* Either all addresses are served or none. */
static bool
start(struct metrics_http *server, char why[RPC_WHY_MAX])
{
	const struct metrics_http_config *config = &server->config;
	struct MHD_Daemon *daemon;
	int fd;

	server->daemons = calloc(config->listen_count + 1,
	    sizeof *server->daemons);
	if (server->daemons == NULL)
		return fail(why, "out of memory");
	for (size_t i = 0; i < config->listen_count; i++) {
		if (!rpc_listen(config->listen[i], &fd, why))
			return false;
		daemon = start_daemon(server, fd);
		if (daemon == NULL) {
			close(fd);
			return fail(why, "libmicrohttpd does not start");
		}
		server->daemons[server->daemon_count++] = daemon;
	}
	return true;
}

bool
metrics_http_open(struct metrics_http **out,
    const struct metrics_http_config *config, char why[RPC_WHY_MAX])
{
	struct metrics_http *server = calloc(1, sizeof *server);

	*out = NULL;
	if (server == NULL)
		return fail(why, "out of memory");
	/* A thread that makes a page reads *out for its counters, so it is set
	 * before any thread starts. */
	*out = server;
	server->config = *config;
	https_places_init(&server->places);
	pthread_mutex_init(&server->lock, NULL);
	if (start(server, why))
		return true;
	metrics_http_close(server);
	*out = NULL;
	return false;
}

void
metrics_http_tick(struct metrics_http *server, uint64_t now_ms)
{
	if (server != NULL)
		https_places_expire(&server->places, now_ms);
}

void
metrics_http_get_counts(struct metrics_http *server,
    struct metrics_http_counts *counts)
{
	*counts = (struct metrics_http_counts){ .clients = 0 };
	if (server == NULL)
		return;
	https_places_count(&server->places, &counts->clients, &counts->cut);
	pthread_mutex_lock(&server->lock);
	counts->requests = server->requests;
	counts->refused = server->refused;
	pthread_mutex_unlock(&server->lock);
}

/* MHD_stop_daemon ends the library's threads, reports the end of each
 * connection, and closes the sockets. */
void
metrics_http_close(struct metrics_http *server)
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
