/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Fuzz target: one input as a stream of requests.  Besides memory errors it
 * looks for a request that depends on how the stream was cut, and for one that
 * a parser of JSON takes and the stream does not.
 */
#include <jansson.h>

#include <stdlib.h>
#include <string.h>

#include "rpc.h"
#include "rpc_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* All requests one behind the other; gives how many. */
static size_t
split(const char *data, size_t size, size_t step, char *out, size_t *out_size)
{
	struct rpc_stream s = { .text = NULL };
	enum rpc_stream_result result;
	size_t count = 0, used;

	*out_size = 0;
	for (size_t at = 0; at < size; at += used) {
		result = rpc_stream_feed(&s, data + at, size - at < step ?
		    size - at : step, &used);
		demand(used > 0 && at + used <= size);
		if (result == RPC_STREAM_GARBAGE)
			break;
		if (result != RPC_STREAM_WHOLE)
			continue;
		demand(*out_size + s.size <= size);
		memcpy(out + *out_size, s.text, s.size);
		*out_size += s.size;
		count++;
	}
	rpc_stream_free(&s);
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char *one = malloc(size + 1), *other = malloc(size + 1);
	size_t one_size, other_size, count;
	json_t *value;

	demand(one != NULL && other != NULL);
	count = split(text, size, 1, one, &one_size);
	demand(split(text, size, size, other, &other_size) == count);
	demand(one_size == other_size && memcmp(one, other, one_size) == 0);
	/* The parser passes over bytes of zero. */
	value = size < RPC_DEPTH_MAX && memchr(text, 0, size) == NULL ?
	    json_loadb(text, size, 0, NULL) : NULL;
	demand(!json_is_object(value) || count == 1);
	json_decref(value);
	free(one);
	free(other);
	return 0;
}
