/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Values of Lua. All memory of a run is in one list of blocks and is freed at
 * its end, so no value has an owner. Tables are lists, as those of a
 * configuration are short.
 */
#include "lua_value.h"

#include <stdlib.h>
#include <string.h>

const struct lua_value lua_nil = { .kind = LUA_NIL };

struct lua_block {
	struct lua_block *next;
	max_align_t bytes[];
};

/* The memory is zeroed, so a text is terminated and a table is empty. After a
 * failure the flag of the heap tells everybody; only the caller sees the NULL.
 */
static void *
take(struct lua_heap *heap, size_t size)
{
	struct lua_block *block = calloc(1, sizeof *block + size);

	if (block == NULL) {
		heap->failed = true;
		return NULL;
	}
	block->next = heap->blocks;
	heap->blocks = block;
	return block->bytes;
}

/* Once for all values: no value has an owner of its own. */
void
lua_heap_free(struct lua_heap *heap)
{
	struct lua_block *next;

	for (; heap->blocks != NULL; heap->blocks = next) {
		next = heap->blocks->next;
		free(heap->blocks);
	}
}

/* After a failure all callers share one empty table, so none of them has to
 * test for NULL; the run ends with an error anyway. It belongs to the thread.
 */
struct lua_table *
lua_table_new(struct lua_heap *heap)
{
	static _Thread_local struct lua_table nothing;
	struct lua_table *table = take(heap, sizeof *table);

	nothing.pairs = NULL;
	return table != NULL ? table : &nothing;
}

/* Two parts, because most texts are made by joining two. */
struct lua_value
lua_text(struct lua_heap *heap, const char *before, const char *text,
    size_t size)
{
	const size_t front = strlen(before);
	char *made = take(heap, front + size + 1);

	if (made != NULL) {
		memcpy(made, before, front);
		memcpy(made + front, text, size);
	}
	return (struct lua_value){ .kind = LUA_TEXT,
	    .text = made != NULL ? made : "" };
}

/* Configurations have ports and sizes, so there are no fractions. */
struct lua_value
lua_number(long number)
{
	return (struct lua_value){ .kind = LUA_NUMBER, .number = number };
}

/* Flags of the configuration, and results of comparisons. */
struct lua_value
lua_bool(bool truth)
{
	return (struct lua_value){ .kind = LUA_BOOL, .truth = truth };
}

/* 0 and the empty text are true in Lua, unlike in C. */
bool
lua_is_true(struct lua_value value)
{
	return value.kind == LUA_BOOL ? value.truth : value.kind != LUA_NIL;
}

/* Functions and files are never compared in a configuration. */
bool
lua_equal(struct lua_value a, struct lua_value b)
{
	if (a.kind != b.kind)
		return false;
	switch (a.kind) {
	case LUA_NIL:
		return true;
	case LUA_BOOL:
		return a.truth == b.truth;
	case LUA_NUMBER:
		return a.number == b.number;
	case LUA_TEXT:
		return strcmp(a.text, b.text) == 0;
	case LUA_TABLE:
		return a.table == b.table;
	case LUA_FUNCTION:
	case LUA_FILE:
		break;
	}
	return false;
}

/* Pairs keep the order in which the file has them. */
static struct lua_pair *
find_pair(const struct lua_table *table, struct lua_value key)
{
	struct lua_pair *pair = table->pairs;

	while (pair != NULL && !lua_equal(pair->key, key))
		pair = pair->next;
	return pair;
}

/* A missing key is nil and no error, as in Lua. */
struct lua_value
lua_get(const struct lua_table *table, struct lua_value key)
{
	const struct lua_pair *pair = find_pair(table, key);

	return pair != NULL ? pair->value :
	    lua_nil;
}

/* The place of a name that is known already, for writing; NULL: it is not
 * known. */
struct lua_value *
lua_find(struct lua_table *table, const char *name)
{
	struct lua_pair *pair = find_pair(table,
	    (struct lua_value){ .kind = LUA_TEXT, .text = name });

	return pair != NULL ? &pair->value : NULL;
}

/* A pair keeps its place when its value changes, so that the report follows the
 * order of the file. */
void
lua_set(struct lua_heap *heap, struct lua_table *table, struct lua_value key,
    struct lua_value value)
{
	struct lua_pair *pair = find_pair(table, key), **end = &table->pairs;

	if (pair == NULL) {
		pair = take(heap, sizeof *pair);
		if (pair == NULL)
			return;
		pair->key = key;
		while (*end != NULL)
			end = &(*end)->next;
		*end = pair;
	}
	pair->value = value;
}

/* The length up to the first gap, which Lua allows as an answer. */
long
lua_length(const struct lua_table *table)
{
	long length = 0;

	while (lua_get(table, lua_number(length + 1)).kind != LUA_NIL)
		length++;
	return length;
}
