/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc - the client RPC of bitmarkd: JSON-RPC 1.0, as its wallets and scripts
 * speak it.  A function of one request and the node's state, which knows no
 * socket.
 *
 * Source: bitmarkd v8.2 rpc/setup.go, v0.16.0 rpc/server/server.go
 */
#ifndef DAEMON_RPC_H
#define DAEMON_RPC_H

#include "rpc_bounds.h"
#include "rpc_from.h"

enum rpc_outcome {
	RPC_ANSWERED,           /* the reply is a result or an error        */
	RPC_REFUSED,            /* the reply is an error of the call itself:
	                           no such method, arguments that cannot be
	                           read                                     */
	RPC_GARBAGE,            /* no JSON: there is no reply               */
	RPC_NO_MEMORY,          /* there is no reply                        */
};

/*
 * rpc_answer(from, request, size, reply, reply_size):
 * Do what ${request}, one JSON value, asks for.  Waits no longer than storing a
 * block may take.  Any thread, several at a time.
 *
 *   reply       one line of JSON with its newline, and NUL; owned by the
 *               caller: free
 *   reply_size  bytes without NUL
 */
enum rpc_outcome rpc_answer(const struct rpc_from *from, const char *request,
    size_t size, char **reply, size_t *reply_size);

/* A request before it is answered. */
struct rpc_weight {
	unsigned cost;                  /* for the allowance of a client: the
	                                   items that it asks for, at least 1 */
	bool quick;                     /* rpc_answer waits for nobody, and
	                                   is short: less than a millisecond */
};

/* The request need not be well-formed. */
struct rpc_weight rpc_weigh(const char *request, size_t size);

#endif
