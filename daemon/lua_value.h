/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * lua_value - values of the part of Lua that configurations of bitmarkd use.
 *
 * All memory of one run belongs to a heap and goes with it; nothing is freed
 * before, as a run is short.
 */
#ifndef DAEMON_LUA_VALUE_H
#define DAEMON_LUA_VALUE_H

#include <stdbool.h>
#include <stddef.h>

enum lua_kind { LUA_NIL, LUA_BOOL, LUA_NUMBER, LUA_TEXT, LUA_TABLE,
	LUA_FUNCTION, LUA_FILE };

struct lua_table;

struct lua_value {
	enum lua_kind kind;
	bool truth;                     /* LUA_BOOL                       */
	long number;                    /* LUA_NUMBER                     */
	const char *text;               /* LUA_TEXT; path of LUA_FILE; name
	                                   of a function of Lua itself;
	                                   LUA_NIL: why there is no value,
	                                   or NULL                        */
	const char *origin;             /* LUA_TEXT: the file that it is the
	                                   content of, or NULL            */
	struct lua_table *table;
	const char *body;               /* LUA_FUNCTION of the file: behind
	                                   its name                       */
	unsigned line;
};

struct lua_pair {
	struct lua_value key, value;
	struct lua_pair *next;
};

/* Pairs stand in the order in which they were made. */
struct lua_table {
	struct lua_pair *pairs;
};

struct lua_heap {
	struct lua_block *blocks;
	bool failed;                    /* no memory: what was made since is
	                                   not to be used                 */
};

void lua_heap_free(struct lua_heap *heap);

/* Never NULL: after a failure memory that everybody shares. */
struct lua_table *lua_table_new(struct lua_heap *heap);
/* So many bytes of ${text} behind ${before}. */
struct lua_value lua_text(struct lua_heap *heap, const char *before,
    const char *text, size_t size);
struct lua_value lua_number(long number);
struct lua_value lua_bool(bool truth);

extern const struct lua_value lua_nil;

/* Everything but nil and false. */
bool lua_is_true(struct lua_value value);
bool lua_equal(struct lua_value a, struct lua_value b);

/* nil: there is no such key. */
struct lua_value lua_get(const struct lua_table *table, struct lua_value key);
struct lua_value *lua_find(struct lua_table *table, const char *name);
void lua_set(struct lua_heap *heap, struct lua_table *table,
    struct lua_value key, struct lua_value value);
/* How many of 1, 2, 3, ... are there. */
long lua_length(const struct lua_table *table);

#endif
