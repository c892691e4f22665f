/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * https_server - the client RPC and the pages over HTTPS: port 2131 of bitmarkd.
 *
 * libmicrohttpd has the connections, on a thread for each address; the pool of
 * the client RPC answers.  A build without the library has none.
 */
#ifndef DAEMON_HTTPS_SERVER_H
#define DAEMON_HTTPS_SERVER_H

#include "https.h"
#include "rpc_cert.h"
#include "shared/rpc_listen.h"
#include "rpc_pool.h"

/* A handshake and a request, the sending of an answer, and the time until the
 * next request may take so long, each.  Source: bitmarkd v8.2 rpc/setup.go */
#define HTTPS_WAIT_MS 10000

#define HTTPS_NO_LIBRARY "this build has no libmicrohttpd"

/* Is there HTTPS in this build? */
bool https_is_possible(void);

struct https_server_config {
	char *const *listen;            /* as rpc_listen wants them          */
	size_t listen_count;
	const struct rpc_pem *pem;      /* that was checked                  */
	unsigned requests_max;
	uint64_t wait_ms;
	struct rpc_pool *pool;          /* stopped before the server is
	                                   closed                            */
	/* Tells the state that answers are made from, at this moment; the
	 * server sets requests and requests_max.  Any thread. */
	void (*from)(void *user, struct rpc_from *rpc,
	    struct https_from *https);
	void *user;
};

struct https_counts {
	unsigned clients;               /* now                               */
	uint64_t requests;
	uint64_t busy;                  /* ... with status 429               */
	uint64_t cut;                   /* clients that were too slow        */
};

struct https_server;

/* As rpc_server_open. */
bool https_server_open(struct https_server **server,
    const struct https_server_config *config, char why[RPC_WHY_MAX]);

/* Hang up on those that are too slow; several times a second. */
void https_server_tick(struct https_server *server, uint64_t now_ms);

/* Any thread. */
void https_server_get_counts(struct https_server *server,
    struct https_counts *counts);

/* After rpc_pool_stop.  NULL does nothing. */
void https_server_close(struct https_server *server);

#endif
