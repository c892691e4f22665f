/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * config_tree - the text of a configuration file as a tree of sections, keys
 * and values, before anything is known of their meaning.
 *
 *	key = value    key = {value, value}    key += value
 *	section { ... }    section TITLE { ... }
 *
 * A text is a word, or stands in quotes; ${NAME} outside of single quotes is a
 * variable of the environment.  See bitmarkd-c.conf(5).
 */
#ifndef SHARED_CONFIG_TREE_H
#define SHARED_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

/* Longest part of a path that an error repeats.  Bytes. */
#define CONFIG_PATH_SHOWN 512

/* One text, and the line that it stands in. */
struct config_value {
	char *text;
	unsigned line;
	struct config_value *next;
};

/* A key with its values, or a section with its entries, in the order of the
 * file. */
struct config_entry {
	char *name;
	char *title;                    /* of a section; of a key without
	                                   values, why it has none; or NULL*/
	unsigned line;
	unsigned end_line;              /* of a section                   */
	bool is_section;
	bool adds;                      /* "+=": to what was given before */
	struct config_value *values;
	struct config_entry *entries;
	struct config_entry *next;
};

/* Where an error goes: "PATH:LINE: message". */
struct config_report {
	const char *path;
	char *text;
	size_t size;
};

/* Line 0 stands for the file as a whole.  Gives false. */
bool config_fail(const struct config_report *report, unsigned line,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * config_tree_parse(text, report, root):  config_parse.c
 * Read the whole text.  A section without a title that is given again goes on
 * where it stopped.
 *
 *   root     a section without a name, owned by the caller:
 *            config_tree_free, also when this failed
 */
bool config_tree_parse(const char *text, const struct config_report *report,
    struct config_entry **root);

/* Behind the other entries of a section, and the other values of a key: copies
 * the text.  NULL: no memory. */
struct config_entry *config_tree_add(struct config_entry *section,
    const char *name, unsigned line);
struct config_value *config_tree_add_value(struct config_entry *entry,
    const char *text, unsigned line);

/* For the parser: a place for an entry behind the others, or that of a section
 * without a title which was there before; NULL: no memory. */
struct config_entry *config_tree_place(struct config_entry *section,
    const char *name, bool is_section);

/* Wipe and free a text: one may be a private key. */
void config_tree_wipe(char *text);

/* Wipes all texts. */
void config_tree_free(struct config_entry *root);

/* The first entry of this name at or behind ${entry}; NULL: there is none. */
const struct config_entry *config_tree_find(const struct config_entry *entry,
    const char *name);

#endif
