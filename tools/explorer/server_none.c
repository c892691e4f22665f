/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* HTTP in a build without libmicrohttpd: there is none. */
#include "explorer/server.h"

#ifndef WITH_libmicrohttpd

#include <stdio.h>

bool
server_open(struct server **server, const struct server_config *config,
    char why[RPC_WHY_MAX])
{
	(void)config;
	*server = NULL;
	snprintf(why, RPC_WHY_MAX, "this program was built without "
	    "libmicrohttpd, which serves HTTP");
	return false;
}

void
server_tick(struct server *server, uint64_t now_ms)
{
	(void)server;
	(void)now_ms;
}

void
server_get_counts(struct server *server, struct server_counts *counts)
{
	(void)server;
	*counts = (struct server_counts){ .clients = 0 };
}

void
server_close(struct server *server)
{
	(void)server;
}

#endif
