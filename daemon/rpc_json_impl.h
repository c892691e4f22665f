/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_json_impl - what the two halves of rpc_json_read share: rpc_read.c has the
 * values, rpc_read_text.c the strings.
 */
#ifndef DAEMON_RPC_JSON_IMPL_H
#define DAEMON_RPC_JSON_IMPL_H

#include "rpc_json.h"

struct rpc_reader {
	const char *text, *at, *end;
	unsigned depth;                 /* arrays and objects around        */
	unsigned values;                /* that were begun                  */
	struct rpc_read *read;
	bool failed;
};

/* The text is no JSON; always NULL. */
void *rpc_reader_fail(struct rpc_reader *reader);

void rpc_reader_space(struct rpc_reader *reader);

/* Take the character when it is the next one behind white space. */
bool rpc_reader_take(struct rpc_reader *reader, char c);

/* Read a string that begins at reader->at or behind white space.  Owned by the
 * caller, with NUL and room for ${more} bytes; NULL: it is none, or no memory. */
char *rpc_reader_text(struct rpc_reader *reader, size_t more, size_t *size);

#endif
