/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A configuration of bitmarkd after v8.2 is a program in Lua: it is run, and
 * the table that it returns becomes a tree.
 */
#include "from.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/base.h>

#include "lua_run.h"

static bool add_pairs(struct lua *l, const struct lua_table *table,
    struct config_entry *section);

/* A text that is the content of a file becomes the path of that file, as the
 * content was never read. */
static bool
add_text(struct config_entry *section, const char *name,
    struct lua_value value)
{
	struct config_entry *entry = config_tree_add(section, name,
	    value.line);
	char digits[32];
	const char *text = value.kind == LUA_BOOL ?
	    (value.truth ? "yes" : "no") : value.text;

	snprintf(digits, sizeof digits, "%ld", value.number);
	if (value.kind == LUA_NUMBER)
		text = digits;
	if (value.origin != NULL)
		text = value.origin;
	return entry != NULL &&
	    config_tree_add_value(entry, text, value.line) != NULL;
}

/* A key whose value is a variable that is not set: bitmarkd would take its
 * default, and so does what is made; but it is told. */
static bool
add_missing(struct config_entry *section, const char *name,
    struct lua_value value)
{
	struct config_entry *entry = config_tree_add(section, name,
	    value.line);

	if (entry != NULL)
		entry->title = strdup(value.text);
	return entry != NULL && entry->title != NULL;
}

/* Add one value under a name; all items of a list have the name of the list. */
static bool
add_named(struct lua *l, const char *name, struct lua_value value,
    struct config_entry *section)
{
	struct config_entry *entry;
	const struct lua_pair *p;
	bool good = true, has_keys = false;

	if (value.kind == LUA_BOOL || value.kind == LUA_NUMBER ||
	    value.kind == LUA_TEXT)
		return add_text(section, name, value);
	if (value.kind == LUA_NIL && value.text != NULL)
		return add_missing(section, name, value);
	if (value.kind != LUA_TABLE)
		return true;
	for (p = value.table->pairs; good && p != NULL; p = p->next) {
		has_keys |= p->key.kind != LUA_NUMBER;
		if (p->key.kind == LUA_NUMBER)
			good = add_named(l, name, p->value, section);
	}
	if (!good || !has_keys)
		return good;
	entry = config_tree_add(section, name, value.line);
	if (entry == NULL)
		return false;
	entry->is_section = true;
	return add_pairs(l, value.table, entry);
}

/* The depth is bounded, because a table of Lua can contain itself. */
static bool
add_pairs(struct lua *l, const struct lua_table *table,
    struct config_entry *section)
{
	bool good = ++l->depth < LUA_DEPTH_MAX;

	for (const struct lua_pair *p = table->pairs; good && p != NULL;
	    p = p->next)
		if (p->key.kind == LUA_TEXT)
			good = add_named(l, p->key.text, p->value, section);
	l->depth--;
	return good;
}

/* Without memory values would be wrong and not only missing, so the heap's flag
 * is tested before the result is used. */
bool
from_lua_read(const char *text, const struct config_report *report,
    struct config_entry *root)
{
	struct lua *l = calloc(1, sizeof *l);
	struct lua_value made;
	bool good = false, nomem = l == NULL;

	if (l != NULL) {
		l->report = *report;
		made = lua_run(l, text);
		good = !l->failed && add_pairs(l, made.table, root);
		nomem = l->heap.failed || (!l->failed && !good);
		lua_heap_free(&l->heap);
		free(l);
	}
	return nomem ? config_fail(report, 0, "%s",
	    bitmark_strerror(BITMARK_E_NOMEM)) : good;
}
