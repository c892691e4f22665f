/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_stream - a stream of bytes, cut into the requests that are in it: JSON
 * objects or nulls, one after another, with or without white space between them.
 *
 * Pure: knows no socket.  It is strict enough that text which can be no JSON is
 * found at its first wrong byte, and nobody waits for the end of it.
 */
#ifndef DAEMON_RPC_STREAM_H
#define DAEMON_RPC_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rpc_stream_state {
	RPC_STREAM_BETWEEN,             /* requests: nothing of one is there */
	RPC_STREAM_VALUE,               /* a value has to come              */
	RPC_STREAM_FIRST,               /* ... or the end of its array      */
	RPC_STREAM_KEY,
	RPC_STREAM_FIRST_KEY,           /* ... or the end of its object     */
	RPC_STREAM_COLON,
	RPC_STREAM_AFTER,               /* a comma has to come, or the end  */
	RPC_STREAM_STRING,
	RPC_STREAM_ESCAPE,              /* behind a backslash               */
	RPC_STREAM_WORD,                /* a number, true, false, null      */
	RPC_STREAM_NULL,                /* ... in the place of an object    */
};

enum rpc_stream_result {
	RPC_STREAM_MORE,                /* all is taken; nothing is whole   */
	RPC_STREAM_WHOLE,               /* a request is there               */
	RPC_STREAM_GARBAGE,             /* no JSON, or beyond the bounds    */
	RPC_STREAM_NO_MEMORY,
};

/* All zero at first; of one thread at a time. */
struct rpc_stream {
	char *text;                     /* of the request, without NUL      */
	size_t size, capacity;
	enum rpc_stream_state state;
	bool is_key;                    /* the string is one                */
	unsigned depth;
	uint32_t objects;               /* bit n: level n is an object      */
};

/*
 * rpc_stream_feed(stream, data, size, used):
 * Take bytes up to the end of one request.
 *
 *   used   bytes taken; the rest is to be given again
 *
 * After RPC_STREAM_WHOLE the request is in stream->text, until the next call.
 * After RPC_STREAM_GARBAGE the stream is of no more use: where the next request
 * would begin cannot be known.
 */
enum rpc_stream_result rpc_stream_feed(struct rpc_stream *stream,
    const char *data, size_t size, size_t *used);

/* The request becomes the caller's: free.  The stream may go on. */
char *rpc_stream_take(struct rpc_stream *stream, size_t *size);

void rpc_stream_free(struct rpc_stream *stream);

#endif
