/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * from_parts - what the files of from share.
 */
#ifndef DAEMON_FROM_PARTS_H
#define DAEMON_FROM_PARTS_H

#include <stdio.h>

#include "from.h"

#define FROM_PATH_MAX 4096

/* One conversion. */
struct from {
	struct config_entry *root;
	FILE *out;                      /* our text                       */
	const char *path;               /* of their file                  */
	bool is_lua;                    /* of a release after v8.2        */
};

/* The next entry of this name that has values or, for a section, entries;
 * NULL: there is none. */
struct config_entry *from_next(struct config_entry *entry, const char *name,
    bool is_section);
/* It is taken. */
void from_mark(struct config_entry *entry);
/* Sections of bitmarkd are not repeated, but for connect; NULL: there is none
 * of this name. */
struct config_entry *from_section(struct config_entry *entries,
    const char *name);
/* The text of a key, which is taken; NULL: it is not there, or empty. */
const char *from_take(struct config_entry *section, const char *name);
/* In double quotes. */
void from_put_text(struct from *f, const char *text);
/* A key and a list as they are, when they are there. */
void from_put_key(struct from *f, struct config_entry *section,
    const char *name, const char *indent);
void from_put_list(struct from *f, struct config_entry *section,
    const char *name, const char *our_name);
/*
 * from_keys.c: where bitmarkd looks for a file, and its keys.
 */

void from_their_path(const struct from *f, const char *name,
    char path[FROM_PATH_MAX]);
/* A private key of a pair, in its file or its text; *has: there is one.  False:
 * has complained. */
bool from_take_private(const struct from *f, const char *text,
    uint8_t key[BITMARK_PEER_KEY_SIZE], bool *has);

/* The pair of bitmarkd's peer. */
bool from_take_peer_key(struct from *f, struct from_result *result);

/*
 * from_proofing.c: the section proofing, and its keys, which are copied.
 */
void from_put_proofing(struct from *f);
bool from_take_proof_keys(struct from *f, struct from_result *result);

/* from_payment.c: the section payment. */
void from_put_payment(struct from *f);

#endif
