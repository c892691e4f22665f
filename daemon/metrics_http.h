/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * metrics_http - the metrics as a page over HTTP: GET /metrics, and nothing else.
 *
 * libmicrohttpd has the connections, on a thread for each address.  A build
 * without the library has none.
 */
#ifndef DAEMON_METRICS_HTTP_H
#define DAEMON_METRICS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/rpc_listen.h"

/* Connections at an address at one time; others wait in the system's queue.
 * Source: local choice: a collector needs one. */
#define METRICS_HTTP_CONNECTIONS_MAX 16

/* A request, the sending of its answer, and the time until the next request may
 * take so long, each.  Source: local choice. */
#define METRICS_HTTP_WAIT_MS 10000

#define METRICS_HTTP_TYPE "text/plain; version=0.0.4; charset=utf-8"

#define METRICS_HTTP_NO_LIBRARY "this build has no libmicrohttpd"

/* Is there HTTP in this build? */
bool metrics_http_is_possible(void);

struct metrics_http_config {
	char *const *listen;            /* as rpc_listen wants them          */
	size_t listen_count;
	uint64_t wait_ms;
	/* The page, which is freed with free(); NULL: none now.  Any thread. */
	char *(*text)(void *user);
	void *user;
};

/* Since the start, but for clients: now. */
struct metrics_http_counts {
	unsigned clients;
	uint64_t requests;
	uint64_t refused;               /* another page, or another method   */
	uint64_t cut;                   /* clients that were too slow        */
};

struct metrics_http;

/* As rpc_server_open. */
bool metrics_http_open(struct metrics_http **server,
    const struct metrics_http_config *config, char why[RPC_WHY_MAX]);

/* Hang up on those that are too slow; several times a second.  NULL does
 * nothing, here and below. */
void metrics_http_tick(struct metrics_http *server, uint64_t now_ms);

/* Any thread.  All zero for NULL. */
void metrics_http_get_counts(struct metrics_http *server,
    struct metrics_http_counts *counts);

void metrics_http_close(struct metrics_http *server);

#endif
