/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A node with a recorded chain, block for block as a node of bitmarkd had it
 * when its answers were recorded (tests/data/services).
 */
#ifndef TESTS_RECORDED_DAEMON_NODE_H
#define TESTS_RECORDED_DAEMON_NODE_H

#include "stores.h"

#include "rpc.h"

struct recorded {
	const char *release;            /* "0.16" or "8.2"              */
	uint8_t *file;                  /* blocks, save-blocks format   */
	struct bitmark_node *node;      /* NULL: not started            */
	char *directory;
	char mode[32];                  /* as the records have it       */
	uint64_t height;
	struct rpc_from from;           /* for rpc_answer               */
	const char *publish;            /* "host:port" for a subscriber; NULL.
	                                   Set before the start         */
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];      /* of the node  */
};

/* Read the chain of a release; one at a time.  No node is started. */
void recorded_open(struct recorded *recorded, const char *release);
void recorded_close(struct recorded *recorded);

/*
 * recorded_start(recorded, mode, height):
 * A new node with the blocks up to ${height}, in place of an earlier one.  In
 * mode "Normal" it follows no peer, and under the rules of 0.16 every
 * transaction counts as paid.  In other modes it waits for peers; with
 * "read_only" in ${mode} it accepts no transactions.
 */
void recorded_start(struct recorded *recorded, const char *mode,
    uint64_t height);

/* Store blocks until that one is the newest. */
void recorded_go_to(struct recorded *recorded, uint64_t height);

/* The reply to one request, with NUL; owned by the caller.  NULL: none. */
char *recorded_ask(const struct recorded *recorded, const char *request,
    size_t size);

#endif
