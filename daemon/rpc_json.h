/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_json - JSON as Go reads and writes it, for the client RPC.
 *
 * Jansson's own reader refuses what Go takes (numbers of 64 bits without sign,
 * bytes that are no UTF-8, halves of surrogate pairs), and its writer escapes
 * less than Go's.
 */
#ifndef DAEMON_RPC_JSON_H
#define DAEMON_RPC_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Bytes inside a text. */
struct rpc_part {
	const char *data;
	size_t size;
};

/* Text that grows. */
struct rpc_text {
	char *data;                     /* owned by the caller: free; NULL: it
	                                   is empty                         */
	size_t size, capacity;
	bool failed;                    /* memory ran out; stays            */
};

void rpc_text_add(struct rpc_text *text, const void *data, size_t size);
void rpc_text_add_string(struct rpc_text *text, const char *string);

/* The outcome of reading. */
struct rpc_read {
	json_t *value;                  /* owned by the caller; NULL: no JSON,
	                                   too deep, or no memory           */
	struct rpc_part id;             /* as it is written: the member "id" of
	                                   the value; NULL: none            */
	bool no_memory;
};

/*
 * rpc_json_read(text, size, read):
 * Read the one value that ${text} is.  Keys that are repeated have the last
 * value, at the place of that.  Strings are valid UTF-8, with U+FFFD for what
 * was not.  A whole number from -2^63 to 2^63 - 1 is an integer; up to
 * 2^64 - 1 it is a string of its digits, because Jansson has no such integer;
 * other numbers are reals, which may be far from the number.
 */
void rpc_json_read(const char *text, size_t size, struct rpc_read *read);

/* Append ${value} in compact form.  Integers are taken for unsigned ones of 64
 * bits. */
void rpc_json_write(struct rpc_text *text, const json_t *value);

/*
 * rpc_json_raw(text, size):
 * A value that is written as ${text}, which is compact JSON as Go writes it: to
 * read it and write it again would give the same and take longer.  It is a
 * string that begins with a byte that no UTF-8 has, and is for rpc_json_write
 * alone.  NULL: no memory.
 */
json_t *rpc_json_raw(const char *text, size_t size);

/* Append JSON that was read, with its white space taken out. */
void rpc_json_compact(struct rpc_text *text, struct rpc_part json);

/* The value of a key in either case, the last of several; NULL. */
json_t *rpc_json_get(const json_t *object, const char *key);

#endif
