/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Metrics over HTTP in a build without libmicrohttpd: opening it fails with the
 * reason. The other functions are never called with a server.
 */
#include "metrics_http.h"

#ifndef WITH_libmicrohttpd

#include <stdio.h>

bool
metrics_http_is_possible(void)
{
	return false;
}

bool
metrics_http_open(struct metrics_http **server,
    const struct metrics_http_config *config, char why[RPC_WHY_MAX])
{
	(void)config;
	*server = NULL;
	snprintf(why, RPC_WHY_MAX, "%s", METRICS_HTTP_NO_LIBRARY);
	return false;
}

void
metrics_http_tick(struct metrics_http *server, uint64_t now_ms)
{
	(void)server;
	(void)now_ms;
}

void
metrics_http_get_counts(struct metrics_http *server,
    struct metrics_http_counts *counts)
{
	(void)server;
	*counts = (struct metrics_http_counts){ .clients = 0 };
}

void
metrics_http_close(struct metrics_http *server)
{
	(void)server;
}

#endif
