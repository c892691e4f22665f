/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A server on loopback that plays bitcoind and litecoind: two chains, at
 * /bitcoin and /litecoin, which also misbehaves.
 */
#ifndef TESTS_REST_H
#define TESTS_REST_H

#include "played_chain.h"

enum rest_kind {
	REST_PLAIN,
	REST_CHUNKED,
	REST_CLOSES,                    /* the end of the connection is that of
	                                   the answer                         */
	REST_SILENT,                    /* takes requests                     */
	REST_CUT,                       /* half of an answer, then hangs up   */
	REST_STOPS,                     /* half of an answer, then silence    */
	REST_BUSY,                      /* 503                                */
	REST_GARBAGE,                   /* no HTTP                            */
	REST_ENDLESS,                   /* an answer without end              */
	REST_REDIRECTS,                 /* to the same server                 */
};

struct rest;

/* Run it on a thread of its own; both chains are "regtest". */
struct rest *rest_start(uint64_t start_s);
void rest_stop(struct rest *rest);

unsigned rest_port(const struct rest *rest);

/* Take a chain (0: /bitcoin, 1: /litecoin) to change it.  The server waits
 * until it is given back. */
struct played *rest_take(struct rest *rest, unsigned chain);
void rest_give(struct rest *rest);

void rest_behave(struct rest *rest, unsigned chain, enum rest_kind kind);

/* Requests and connections so far. */
unsigned rest_requests(struct rest *rest);
unsigned rest_connections(struct rest *rest);

#endif
