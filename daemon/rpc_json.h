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
#include <stdint.h>

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
/* As JSON: in quotes, with escapes. */
void rpc_text_add_quoted(struct rpc_text *text, const char *string,
    size_t size);

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
 * Read the one value that ${text} is.  All members of an object are there in
 * their order, also those whose key is repeated: rpc_json_is.  Strings are valid
 * UTF-8, with U+FFFD for what was not.  A whole number from -2^63 to 2^63 - 1 is
 * an integer; other numbers are reals, and their values are where they stand in
 * ${text}.
 */
void rpc_json_read(const char *text, size_t size, struct rpc_read *read);

/* Append ${value} in compact form.  Integers are taken for unsigned ones of 64
 * bits. */
void rpc_json_write(struct rpc_text *text, const json_t *value);

/* The byte that begins a string which is JSON itself.  It is in no text of
 * anybody, which is valid UTF-8 before it becomes a value. */
#define RPC_RAW '\xff'

/*
 * rpc_json_raw(text, size):
 * A value that is written as ${text}, which is compact JSON as Go writes it: to
 * read it and write it again would give the same and take longer.  It is a
 * string for rpc_json_write alone.  NULL: no memory.
 */
json_t *rpc_json_raw(const char *text, size_t size);

/*
 * Results that are long or asked for often are written as text from the start,
 * which takes a third of the time that a tree of values takes: rpc_raw_begin, the
 * members in their order, rpc_raw_end.  A comma is put where one belongs.  A key
 * is written as it is; NULL: an element of an array has none.
 */
void rpc_raw_begin(struct rpc_text *text);
void rpc_raw_open(struct rpc_text *text, const char *key, char bracket);
void rpc_raw_close(struct rpc_text *text, char bracket);
void rpc_raw_string(struct rpc_text *text, const char *key,
    const char *string);
void rpc_raw_hex(struct rpc_text *text, const char *key, const uint8_t *data,
    size_t size);
void rpc_raw_number(struct rpc_text *text, const char *key, uint64_t number);
/* ... in quotes. */
void rpc_raw_number_text(struct rpc_text *text, const char *key,
    uint64_t number);
void rpc_raw_bool(struct rpc_text *text, const char *key, bool value);
/* JSON that is compact already. */
void rpc_raw_json(struct rpc_text *text, const char *key, const char *json,
    size_t size);
/* ${text} is taken.  As rpc_json_raw of it. */
json_t *rpc_raw_end(struct rpc_text *text);

/* Append JSON that was read, with its white space taken out. */
void rpc_json_compact(struct rpc_text *text, struct rpc_part json);

/* Is the key of a member ${name}, in either case?  A repeated key is told apart
 * by what is behind RPC_RAW. */
bool rpc_json_is(const char *key, const char *name);

/* The value of a key in either case, the last of several; NULL. */
json_t *rpc_json_get(const json_t *object, const char *key);

#endif
