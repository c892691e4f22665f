/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The tree without its syntax: adding, finding and freeing entries.
 */
#include "shared/config_tree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* All texts are wiped as if they were private keys, because the parser does not
 * know which ones are. */
void
config_tree_wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* A place for an entry behind the others. A section without a title that exists
 * already is used again, so that it can be written in several pieces. */
struct config_entry *
config_tree_place(struct config_entry *section, const char *name,
    bool is_section)
{
	struct config_entry **end = &section->entries;

	for (; *end != NULL; end = &(*end)->next)
		if (is_section && (*end)->is_section &&
		    (*end)->title == NULL && strcmp((*end)->name, name) == 0)
			return *end;
	*end = calloc(1, sizeof **end);
	return *end;
}

/* The place is asked for under the name "", which no section has, so that it is
 * always a new one. */
struct config_entry *
config_tree_add(struct config_entry *section, const char *name, unsigned line)
{
	struct config_entry *entry;
	char *copy = strdup(name);

	entry = copy != NULL ? config_tree_place(section, "", false) : NULL;
	if (entry == NULL) {
		free(copy);
		return NULL;
	}
	entry->name = copy;
	entry->line = line;
	return entry;
}

/* The value is put into the list only when it is complete, so that the tree
 * never has a value without a text. */
struct config_value *
config_tree_add_value(struct config_entry *entry, const char *text,
    unsigned line)
{
	struct config_value **end = &entry->values;
	struct config_value *value = calloc(1, sizeof *value);

	if (value != NULL)
		value->text = strdup(text);
	if (value == NULL || value->text == NULL) {
		free(value);
		return NULL;
	}
	while (*end != NULL)
		end = &(*end)->next;
	value->line = line;
	*end = value;
	return value;
}

/* A loop instead of a recursion, as a list may be as long as the file. */
static void
free_values(struct config_value *value)
{
	struct config_value *next;

	for (; value != NULL; value = next) {
		next = value->next;
		config_tree_wipe(value->text);
		free(value);
	}
}

/* The recursion is as deep as the sections are nested, which the parser bounds.
 */
void
config_tree_free(struct config_entry *root)
{
	struct config_entry *next;

	for (; root != NULL; root = next) {
		next = root->next;
		config_tree_free(root->entries);
		free_values(root->values);
		free(root->name);
		free(root->title);
		free(root);
	}
}

/* A section has few keys: a search through all is fast enough. */
const struct config_entry *
config_tree_find(const struct config_entry *entry, const char *name)
{
	while (entry != NULL && strcmp(entry->name, name) != 0)
		entry = entry->next;
	return entry;
}
