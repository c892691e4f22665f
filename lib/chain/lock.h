/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * lock - the writer's lock, and what its file tells of the store.
 *
 * To inspect all pages of a store takes longer the longer its chain is.  So the
 * writer leaves a note in the lock file that they were found sound; it holds as
 * long as nobody else has written to the data file.
 */
#ifndef BM_CHAIN_LOCK_H
#define BM_CHAIN_LOCK_H

#include <bitmarkpeer/base.h>

#include <sys/stat.h>

#define BM_STORE_LOCK_FILE "writer.lock"

/* Fields of a file's inode that change whenever the file is written to, also by a
 * program that sets its time back.  All 0: not known. */
struct bm_file_state {
	long long device, inode, size;
	long long written_s, written_ns, changed_s, changed_ns;
};

/* Not known when the descriptor cannot be asked. */
struct bm_file_state bm_file_state_of(int fd);

/* Both are known, and the same. */
bool bm_file_state_equal(const struct bm_file_state *a,
    const struct bm_file_state *b);

struct bm_lock {
	int fd;                         /* -1: it is not held               */
	struct bm_file_state sound;     /* the data file, as the writer before
	                                   left it; or not known            */
};

/* The lock of the store in directory ${path}.  Owned by the caller:
 * bm_lock_drop.  BITMARK_OK, BITMARK_E_STORE_LOCKED, BITMARK_E_IO or
 * BITMARK_E_NOMEM. */
bitmark_status bm_lock_take(const char *path, struct bm_lock *lock);
void bm_lock_drop(struct bm_lock *lock);

/* Drop the lock and leave the note that the data file, which is in this state, is
 * sound; but not when the file was changed a moment ago, because one more change
 * could have the same time. */
void bm_lock_drop_sound(struct bm_lock *lock,
    const struct bm_file_state *state);

/* The state in which the last writer left the data file; not known while there is
 * a writer, or when the last one left no note. */
struct bm_file_state bm_lock_read_sound(const char *path);

#endif
