/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Requests to the client RPC of the node of rpc_life.h.  For tests that are
 * linked with the daemon.
 */
#ifndef TESTS_RPC_ASK_H
#define TESTS_RPC_ASK_H

#include "rpc_life.h"

#include <stdlib.h>
#include <string.h>

#include "rpc.h"

/* The reply, with its newline; owned by the caller. */
static inline char *
rpc_ask(const char *request, enum rpc_form form)
{
	const struct rpc_from from = {
		.node = member[0].node,
		.chain = bitmark_node_chain(member[0].node),
		.params = member[0].config.params,
		.form = form,
	};
	char *reply;
	size_t size;
	const enum rpc_outcome outcome = rpc_answer(&from, request,
	    strlen(request), &reply, &size);

	ck_assert_msg(outcome == RPC_ANSWERED || outcome == RPC_REFUSED,
	    "%s", request);
	ck_assert_uint_eq(size, strlen(reply));
	return reply;
}

#endif
