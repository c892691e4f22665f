/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * server - HTTP by libmicrohttpd.  In a build without that library there is
 * none, which server_open says.
 *
 * Everything that a client can fill has a bound: connections, those of one
 * address, the time for a request and for its answer, the head of a request,
 * and the memory of answers that are on their way.
 */
#ifndef EXPLORER_SERVER_H
#define EXPLORER_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "explorer/answer.h"
#include "shared/rpc_listen.h"

struct server;

struct server_counts {
	unsigned clients;               /* now                              */
	uint64_t requests;
	uint64_t cut;                   /* clients whose time was over      */
	uint64_t crowded;               /* connections of an address that had
	                                   enough                           */
	uint64_t too_long;              /* requests: the address            */
	uint64_t wrong;                 /* other errors of theirs, but for what
	                                   is not there                     */
	uint64_t refused;               /* answers for which there was no
	                                   memory                           */
	size_t bytes;                   /* of answers on their way          */
};

struct server_config {
	const char *listen;             /* "a.b.c.d:port", "[v6]:port", ":port" */
	unsigned threads;
	unsigned connections_max;       /* more wait until one goes         */
	unsigned address_max;           /* connections of one address       */
	uint64_t wait_ms;               /* for a request, and for its answer */
	size_t bytes_max;               /* of answers on their way          */
	/* Make the answer; several threads at a time. */
	void (*answer)(void *user, const struct server_counts *counts,
	    const struct answer_request *request, struct answer *answer);
	void *user;
};

/*
 * server_open(server, config, why):
 * Listen, and answer until server_close.
 *
 *   why      on failure: what is wrong
 */
bool server_open(struct server **server, const struct server_config *config,
    char why[RPC_WHY_MAX]);

/* Cut off those whose time is over; now and then. */
void server_tick(struct server *server, uint64_t now_ms);

void server_get_counts(struct server *server, struct server_counts *counts);

void server_close(struct server *server);

#endif
