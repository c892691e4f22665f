/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * from - a configuration of bitmarkd itself, made into one of ours.
 */
#ifndef DAEMON_FROM_H
#define DAEMON_FROM_H

#include "shared/config.h"
#include "shared/config_tree.h"

/* The outcome; owned by the caller: from_free. */
struct from_result {
	char *text;                     /* our configuration              */
	bool has_key;                   /* false: new keys are to be made */
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	char *signing_key;              /* of blocks, a text; NULL: none  */
	bool has_proof_key;             /* of the sockets for miners      */
	uint8_t proof_key[BITMARK_PEER_KEY_SIZE];
	struct config_entry *root;      /* theirs, with marks             */
};

/*
 * from_read(path, result):
 * Read and convert the file.  Gives an exit code, having complained.
 */
int from_read(const char *path, struct from_result *result);

/* Print what was taken and what was left. */
void from_tell(const struct from_result *result);

void from_free(struct from_result *result);

/*
 * from_ucl_read(text, report, root), from_lua_read:
 * Read the whole text: libucl, as up to v8.2, or the part of Lua that later
 * configurations are written in.  The entries go into ${root}, which is empty;
 * a key that is repeated, or a list, has several entries or values.  A file
 * that the configuration reads is its path.
 *
 * Returns false when something is not understood; the report names the line.
 */
bool from_ucl_read(const char *text, const struct config_report *report,
    struct config_entry *root);
bool from_lua_read(const char *text, const struct config_report *report,
    struct config_entry *root);

#endif
