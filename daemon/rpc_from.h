/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_from - what the client RPC answers from.
 */
#ifndef DAEMON_RPC_FROM_H
#define DAEMON_RPC_FROM_H

#include <bitmarkpeer/node.h>

/* Whose way of writing numbers a reply follows, where the two releases differ. */
enum rpc_form {
	RPC_FORM_0_16,
	RPC_FORM_8_2,
};

/* Everything that answers are made from; borrowed. */
struct rpc_from {
	struct bitmark_node *node;
	struct bitmark_chain *chain;    /* the node's store, for reading    */
	const struct bitmark_chain_params *params;
	const uint8_t *public_key;      /* of the node, BITMARK_PEER_KEY_SIZE
	                                   bytes; NULL: it has no peers     */
	uint64_t start_ms;              /* of the daemon, by bitmark_clock_ms */
	unsigned connections;           /* clients that are served now      */
	enum rpc_form form;
	bool read_only;                 /* nothing is taken in              */
	bool at_once;                   /* the thread that asks has other work,
	                                   and may not wait: RPC_WOULD_WAIT */
};

#endif
