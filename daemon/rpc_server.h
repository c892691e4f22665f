/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_server - the client RPC over TLS: port 2130 of bitmarkd.
 *
 * Clients are strangers.  One thread has all connections and never waits for one
 * of them; others answer (rpc_pool.h).  A client that is slow, silent or
 * hostile costs its place for some time, and no more.
 */
#ifndef DAEMON_RPC_SERVER_H
#define DAEMON_RPC_SERVER_H

#include "rpc_client.h"
#include "shared/rpc_listen.h"

/* Longest handshake of TLS.  Milliseconds.  Source: local choice. */
#define RPC_HANDSHAKE_MS 10000

struct rpc_server_config {
	char *const *listen;            /* as rpc_listen wants them          */
	size_t listen_count;
	const struct rpc_pem *pem;      /* that was checked                  */
	unsigned clients_max;
	uint64_t handshake_ms, idle_ms;
	struct rpc_pool *pool;          /* stopped before the server is
	                                   closed                            */
};

struct rpc_server_counts {
	unsigned clients;               /* now                               */
	size_t held;                    /* bytes kept for them now           */
	uint64_t accepted;
	uint64_t cut_room;              /* accepted and closed: too many     */
	uint64_t ended[RPC_END_COUNT];
};

struct rpc_server;

/*
 * rpc_server_open(server, config, why):
 *
 *   server   new; owned by the caller: rpc_server_close
 *   config   borrowed by this call
 *   why      on failure: what is wrong
 */
bool rpc_server_open(struct rpc_server **server,
    const struct rpc_server_config *config, char why[RPC_WHY_MAX]);

/* Any thread. */
void rpc_server_get_counts(struct rpc_server *server,
    struct rpc_server_counts *counts);

/* Hang up.  After rpc_pool_stop.  NULL does nothing. */
void rpc_server_close(struct rpc_server *server);

#endif
