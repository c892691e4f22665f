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
	RPC_WOULD_WAIT,         /* ... and the request is to be made again by a
	                           thread that may wait                     */
};

/* A request that was read once, for all that is asked about it. */
struct rpc_request;

/* The text need not be a request; it is borrowed, and must outlive what it becomes.
 * New; owned by the caller: rpc_request_free; NULL: no memory. */
struct rpc_request *rpc_request_read(const char *text, size_t size);
void rpc_request_free(struct rpc_request *request);

/*
 * rpc_request_answer(from, request, reply, reply_size):
 * Do what ${request} asks for.  Waits no longer than storing a block may take.
 * Any thread, several at a time.
 *
 *   reply       one line of JSON with its newline, and NUL; owned by the
 *               caller: free
 *   reply_size  bytes without NUL
 */
enum rpc_outcome rpc_request_answer(const struct rpc_from *from,
    const struct rpc_request *request, char **reply, size_t *reply_size);

/* All of the above for ${text}, one JSON value. */
enum rpc_outcome rpc_answer(const struct rpc_from *from, const char *text,
    size_t size, char **reply, size_t *reply_size);

/* A request before it is answered. */
struct rpc_weight {
	unsigned cost;                  /* for the allowance of a client: the
	                                   items that it asks for, at least 1 */
	bool quick;                     /* its answer waits for nobody, and
	                                   is short: less than a millisecond */
};

struct rpc_weight rpc_weigh(const struct rpc_request *request);

#endif
