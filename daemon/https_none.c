/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * HTTPS in a build without libmicrohttpd: opening it fails with the reason, so
 * a configuration that asks for it is told at the start. The other functions
 * are never called with a server.
 */
#include "https_server.h"

#ifndef WITH_libmicrohttpd

#include <stdio.h>

bool
https_is_possible(void)
{
	return false;
}

bool
https_server_open(struct https_server **server,
    const struct https_server_config *config, char why[RPC_WHY_MAX])
{
	(void)config;
	*server = NULL;
	snprintf(why, RPC_WHY_MAX, "%s", HTTPS_NO_LIBRARY);
	return false;
}

void
https_server_tick(struct https_server *server, uint64_t now_ms)
{
	(void)server;
	(void)now_ms;
}

void
https_server_get_counts(struct https_server *server,
    struct https_counts *counts)
{
	(void)server;
	*counts = (struct https_counts){ .clients = 0 };
}

void
https_server_close(struct https_server *server)
{
	(void)server;
}

#endif
