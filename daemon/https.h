/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * https - what is answered over HTTPS: the client RPC, and three pages about the
 * node.  A function of a request and the node's state, which knows no socket.
 *
 * Source: bitmarkd v8.2 and v0.16.0 rpc/handler.go, rpc/handler
 */
#ifndef DAEMON_HTTPS_H
#define DAEMON_HTTPS_H

#include "rpc.h"

#include "shared/config.h"

/* Everything that answers are made from; borrowed. */
struct https_from {
	const struct rpc_from *rpc;
	const struct config_networks *details, *connections, *peers;
	unsigned requests;              /* in progress, with this one        */
	unsigned requests_max;
};

struct https_request {
	const char *method;
	const char *target;             /* path, and what is behind a "?"    */
	uint8_t address[16];            /* of the client; IPv4 mapped        */
	const char *body;
	size_t body_size;
};

/* JSON; the headers are always Content-Type: application/json and
 * X-Content-Type-Options: nosniff. */
struct https_reply {
	unsigned status;
	char *body;                     /* owned by the caller: free; NULL: no
	                                   memory                            */
	size_t size;
	char *location;                 /* where the page is; owned by the
	                                   caller: free; NULL: here; else the
	                                   body is HTML, or empty            */
};

/* Is there such a page, for this method and this client, and is it not too
 * much?  Looks at no body.  200, 301, 400, 404, 405, 403 or 429. */
unsigned https_check(const struct https_from *from,
    const struct https_request *request);

/* The whole answer; may wait as rpc_answer does.  Any thread, several at a
 * time. */
void https_answer(const struct https_from *from,
    const struct https_request *request, struct https_reply *reply);

/* The answer of a status from https_check that is not 200. */
void https_refuse(const struct https_request *request, unsigned status,
    struct https_reply *reply);

/* The answer of a status that is an error. */
void https_error(unsigned status, struct https_reply *reply);

#endif
