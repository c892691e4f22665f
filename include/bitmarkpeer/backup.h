/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmarkpeer/backup.h
 * A chain in a file: its blocks as bitmarkd saves them, copies of the whole
 * store, and the state as text.  bitmark_chain_load reads the first of these.
 */
#ifndef BITMARKPEER_BACKUP_H
#define BITMARKPEER_BACKUP_H

#include <stdint.h>

#include <bitmarkpeer/base.h>
#include <bitmarkpeer/chain.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * bitmark_snapshot_dump(snapshot, write, user):
 * The whole state as canonical text, a line for each fact, in a fixed order:
 * two stores with the same chain give the same bytes, however they got there.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_dump(
    struct bitmark_snapshot *snapshot, bitmark_write_fn write, void *user);

/* All blocks from 2 upward in bitmarkd's save-blocks format.  One that does not
 * have its CRC is BITMARK_E_STORE_CORRUPT, and named in the log. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_save(
    struct bitmark_snapshot *snapshot, bitmark_write_fn write, void *user);

/*
 * bitmark_snapshot_save_range(snapshot, first, last, write, user):
 * Blocks ${first} to ${last} likewise.  bitmark_chain_load takes them into a
 * chain that has the block before ${first}.
 *
 *   first   2 at least
 *   last    the newest block at most
 *
 * Returns as bitmark_snapshot_save; BITMARK_E_BLOCK_NOT_FOUND: there are no
 * such blocks, and nothing was written.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_save_range(
    struct bitmark_snapshot *snapshot, uint64_t first, uint64_t last,
    bitmark_write_fn write, void *user);

/*
 * bitmark_chain_backup(chain, write, user):
 * A copy of the whole store as it is committed at this moment, without its free
 * pages: a file for bitmark_chain_restore.  The journal of a reservoir is in
 * it.  The store may be written meanwhile, by this or another process.  Until
 * the end the store reuses none of the pages that are copied, so its file may
 * grow, and the map of this process cannot be enlarged.
 *
 * Any thread; blocks until the end, with a thread of its own.
 *
 * Returns BITMARK_OK, BITMARK_E_IO (errno has the cause; or ${write} wanted no
 * more), BITMARK_E_THREAD, BITMARK_E_TIMEOUT as bitmark_snapshot_open,
 * BITMARK_E_STORE* or BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_chain_backup(
    struct bitmark_chain *chain, bitmark_write_fn write, void *user);

enum bitmark_restore {
	BITMARK_RESTORE_EMPTY,          /* only where there is no block      */
	BITMARK_RESTORE_REPLACE,        /* instead of any store, also of one
	                                   that is damaged                   */
};

/*
 * bitmark_chain_restore(config, fd, mode, progress, user):
 * Replace the store at config->path by a backup.  First the backup is opened
 * like any store, which checks its format, chain, rules and indexes, and each
 * of its blocks is compared with its CRC; signatures and digests are not
 * checked.  Then one rename puts it in place: after a crash there is either the
 * old store or the whole backup.  Takes the writer's lock.
 *
 *   config    rules: NULL, those of the backup
 *   fd        open for reading; stays open
 *   progress  NULL: none; number is 0, and work is in bytes.  Asked, too, when
 *             a signal interrupts the reading
 *
 * Returns BITMARK_OK, BITMARK_E_STATE (BITMARK_RESTORE_EMPTY, and there is a
 * store with blocks, or one that cannot be read), BITMARK_E_STORE_LOCKED,
 * BITMARK_E_STORE_FORMAT, BITMARK_E_STORE_CHAIN, BITMARK_E_STORE_RULES or
 * BITMARK_E_STORE_CORRUPT (of the backup), BITMARK_E_STOPPED (by progress), or
 * as bitmark_chain_open; then all is as it was.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_chain_restore(
    const struct bitmark_chain_config *config, int fd,
    enum bitmark_restore mode, bitmark_progress_fn progress, void *user);

#ifdef __cplusplus
}
#endif

#endif
