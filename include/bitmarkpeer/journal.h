/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * journal - where an object keeps what must survive a crash: rows of bytes
 * that change together.
 *
 * A journal is a small table of functions, so that its user can be tried over
 * memory.  The one of a chain is a table in the chain's own store.
 */
#ifndef BITMARKPEER_JOURNAL_H
#define BITMARKPEER_JOURNAL_H

#include <bitmarkpeer/chain.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Longest key.  Bytes. */
#define BITMARK_JOURNAL_KEY_MAX 128

/* One row; both spans are borrowed.  Other than BITMARK_OK stops. */
typedef bitmark_status (*bitmark_journal_row_fn)(void *user,
    struct bitmark_span key, struct bitmark_span value);

/*
 * The effect of put and del begins at the next commit: all of it,
 * durably, or nothing.  After one of them has failed, commit returns that
 * error and keeps nothing.
 */
struct bitmark_journal {
	size_t struct_size;             /* sizeof this struct */
	void *user;
	/* Add a row, or replace the one with this key.  A key that is empty or
	 * longer than BITMARK_JOURNAL_KEY_MAX is BITMARK_E_ARGUMENT. */
	bitmark_status (*put)(void *user, struct bitmark_span key,
	    struct bitmark_span value);
	/* Remove a row; one that is not there is as good. */
	bitmark_status (*del)(void *user, struct bitmark_span key);
	bitmark_status (*commit)(void *user);
	/* All committed rows in the order of their keys; nothing may be
	 * changed meanwhile. */
	bitmark_status (*each)(void *user, bitmark_journal_row_fn row,
	    void *row_user);
};

struct bitmark_chain_journal;

/*
 * bitmark_chain_journal_open(journal, chain):
 * The journal in the store of ${chain}: its table "reservoir", made when it
 * is missing.
 *
 *   journal  new; owned by the caller: bitmark_chain_journal_close, before
 *            the chain is closed
 *   chain    opened for writing
 *
 * Its functions belong to the chain's writing thread.  Rows are kept in memory
 * until they are committed, with one transaction.  A store has one writer at a
 * time: while a batch is open all functions but each return BITMARK_E_STATE,
 * because what they wrote would share the fate of the batch.  A change that
 * does not fit in the map while a snapshot of this process is live is
 * BITMARK_E_STORE_FULL, at once: see bitmark_chain_journal_make_room.
 *
 * Returns BITMARK_OK, BITMARK_E_READONLY, BITMARK_E_STATE (a batch is open, or
 * another journal), BITMARK_E_STORE*, BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_chain_journal_open(
    struct bitmark_chain_journal **journal, struct bitmark_chain *chain);

BITMARK_API void bitmark_chain_journal_close(
    struct bitmark_chain_journal *journal);

/*
 * bitmark_chain_journal_make_room(journal):
 * Enlarge the map when little of it is left and no snapshot of this process
 * is live.  Cheap: call it whenever the owner's own snapshot is released, so
 * that the map is never full while there is one.
 */
BITMARK_API void bitmark_chain_journal_make_room(
    struct bitmark_chain_journal *journal);

/* The functions of ${journal}; valid as long as it is open.  Returns BITMARK_OK,
 * or BITMARK_E_ARGUMENT (struct_size). */
BITMARK_API bitmark_status bitmark_chain_journal_get(
    struct bitmark_chain_journal *journal, struct bitmark_journal *functions);

#ifdef __cplusplus
}
#endif

#endif
