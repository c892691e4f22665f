/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* key - the file with the secret of a wallet. */
#ifndef KEY_H
#define KEY_H

#include <bitmarkpeer.h>

/* All return 0, or -1 when stderr says why.  A file that exists is never
 * written over: it may be the only copy of a key. */

/* A new key for the test network, in a new file; its recovery phrase is
 * printed. */
int key_make(const char *path);

/* The same key again, from the phrase on the standard input. */
int key_restore(const char *path);

/* To be wiped when it is not needed any more: bitmark_private_key_wipe. */
int key_read(const char *path, struct bitmark_private_key *key);

#endif
