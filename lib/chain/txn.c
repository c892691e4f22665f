/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A transaction for reading holds the gate from its begin to its end.  One for
 * writing does not: the writing thread itself changes the map, in between its
 * transactions.  Other threads change it only where another process writes, and
 * then this one has no writing thread.
 */
#include "chain/txn.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chain/env.h"
#include "chain/map.h"

/* Changes between two looks for readers that were killed.
 * Source: local choice; a look costs a system call for each reader */
#define DEAD_READERS_CHANGES 64

static bitmark_status
begin(struct bm_store *store, struct bm_txn *t, unsigned flags, int *code)
{
	*t = (struct bm_txn){ .store = store };
	*code = mdb_txn_begin(store->mdb, NULL, flags, &t->mdb);
	if (*code != 0)
		t->mdb = NULL;
	return bm_store_status(*code);
}

/* MDB_MAP_RESIZED: another process has written more than our map shows.  The
 * map is then made as large as the file says, which needs the gate to be empty,
 * and so the gate is left before and entered again. */
bitmark_status
bm_read_begin(struct bm_store *store, struct bm_txn *t)
{
	bitmark_status status;
	int code = 0;

	do {
		status = code == MDB_MAP_RESIZED ? bm_map_follow(store) :
		    store->access == BITMARK_CHAIN_READ ?
		    bm_map_mend(store) : BITMARK_OK;
		if (status == BITMARK_OK)
			status = bm_gate_enter(&store->gate);
		if (status != BITMARK_OK)
			return status;
		status = begin(store, t, MDB_RDONLY, &code);
		if (status != BITMARK_OK)
			bm_gate_leave(&store->gate);
	} while (code == MDB_MAP_RESIZED);
	return status;
}

void
bm_read_end(struct bm_txn *t)
{
	mdb_txn_abort(t->mdb);
	t->mdb = NULL;
	bm_gate_leave(&t->store->gate);
}

/* The number of rows that the last transaction changed tells how large its
 * buffers have become; bitmark_chain_trim asks for it. */
static void
note_changes(struct bm_store *store)
{
	if (store->row_changes > store->row_changes_max)
		store->row_changes_max = store->row_changes;
	store->row_changes = 0;
}

struct bm_file_state
bm_store_file_state(const struct bm_store *store)
{
	int fd;

	if (store->mdb == NULL || mdb_env_get_fd(store->mdb, &fd) != 0)
		return (struct bm_file_state){ 0 };
	return bm_file_state_of(fd);
}

/* The length of the file, and the newest commit that is in it. Whatever was
 * written to the file between two transactions was not written by LMDB. */
static void
note_file(struct bm_store *store)
{
	const struct bm_file_state now = bm_store_file_state(store);
	MDB_envinfo info;

	store->file_size = -1;
	if (now.inode != 0 && mdb_env_info(store->mdb, &info) == 0) {
		store->file_size = (off_t)now.size;
		store->file_commit = info.me_last_txnid;
	}
	if (!bm_file_state_equal(&now, &store->sound))
		store->sound = (struct bm_file_state){ 0 };
}

/*
 * A change that was not made leaves the file as long as it was.  LMDB writes
 * new pages behind the old ones before it knows whether all of them fit, and
 * would leave them there.  Nothing refers to them, unless the commit itself got
 * as far as the page that makes it valid: then they stay.
 */
static void
shorten_file(const struct bm_store *store)
{
	struct stat file;
	MDB_envinfo info;
	int fd;

	if (store->file_size < 0 || store->gate.broken != BITMARK_OK ||
	    mdb_env_get_fd(store->mdb, &fd) != 0 || fstat(fd, &file) != 0 ||
	    file.st_size <= store->file_size ||
	    mdb_env_info(store->mdb, &info) != 0 ||
	    info.me_last_txnid != store->file_commit)
		return;
	/* A file that is longer than needed does no harm. */
	if (ftruncate(fd, store->file_size) != 0)
		return;
}

bitmark_status
bm_txn_begin(struct bm_store *store, struct bm_txn *t)
{
	/* Only the writing thread changes the map: no need to lock. */
	bitmark_status status = bm_map_mend(store);
	int code;

	t->mdb = NULL;
	if (store->writing)
		return BITMARK_E_STATE;
	/* A failure here does no harm, as a later change tries again. */
	if (status == BITMARK_OK &&
	    store->begun++ % DEAD_READERS_CHANGES == 0)
		(void)bm_forget_dead(store);
	if (status == BITMARK_OK)
		status = begin(store, t, 0, &code);
	if (status != BITMARK_OK)
		return status;
	/* LMDB closed the cursors of the transaction before with it. */
	memset(store->cursor, 0, sizeof store->cursor);
	note_file(store);
	note_changes(store);
	t->cursor = store->cursor;
	store->writing = true;
	return BITMARK_OK;
}

/* The end of a transaction for writing, or of a part of one. */
static bitmark_status
commit(struct bm_txn *t)
{
	MDB_env *mdb = mdb_txn_env(t->mdb);
	int code = mdb_txn_commit(t->mdb);

	t->mdb = NULL;
	t->map_full = code == MDB_MAP_FULL;
	return bm_store_status(bm_write_code(mdb, code));
}

bitmark_status
bm_txn_commit(struct bm_txn *t)
{
	bitmark_status status = commit(t);

	t->store->writing = false;
	if (status != BITMARK_OK)
		shorten_file(t->store);
	else if (t->store->sound.inode != 0)
		t->store->sound = bm_store_file_state(t->store);
	return status;
}

/* Pages of a large change may have been written already, to have room in
 * memory. */
void
bm_txn_abort(struct bm_txn *t)
{
	if (t->mdb == NULL)
		return;
	t->store->writing = false;
	mdb_txn_abort(t->mdb);
	t->mdb = NULL;
	shorten_file(t->store);
}

/* LMDB opens cursors for one transaction only, so a part has its own.  Those of
 * the whole are kept by LMDB meanwhile, and are valid again afterwards. */
bitmark_status
bm_part_begin(struct bm_txn *whole, struct bm_part *part)
{
	int code;

	*part = (struct bm_part){ .txn = *whole };
	part->txn.cursor = part->cursor;
	code = mdb_txn_begin(mdb_txn_env(whole->mdb), whole->mdb, 0,
	    &part->txn.mdb);
	return bm_store_status(code);
}

bitmark_status
bm_part_end(struct bm_txn *whole, struct bm_part *part, bitmark_status status)
{
	if (status == BITMARK_OK)
		status = commit(&part->txn);
	else
		mdb_txn_abort(part->txn.mdb);
	/* A part that did not fit has spoilt the whole. */
	whole->map_full = part->txn.map_full;
	return status;
}

bitmark_status
bm_change_begin(struct bm_change *change)
{
	return bm_txn_begin(change->store, &change->txn);
}

/* The transaction is aborted before the map grows: LMDB refuses to change a map
 * that a transaction uses. */
bitmark_status
bm_change_again(struct bm_change *change)
{
	bitmark_status status;

	do {
		bm_change_abort(change);
		status = bm_map_grow(change->store, change->wait_ms);
		if (status == BITMARK_OK)
			status = bm_change_begin(change);
		if (status != BITMARK_OK)
			return status;
		status = change->make(&change->txn, change->user);
	} while (change->txn.map_full);
	return status;
}

/* The commit itself writes pages of LMDB's list of free pages, so also this may
 * be what does not fit. */
bitmark_status
bm_change_commit(struct bm_change *change)
{
	bitmark_status status = bm_txn_commit(&change->txn);

	while (change->txn.map_full) {
		status = bm_change_again(change);
		if (status != BITMARK_OK)
			break;
		status = bm_txn_commit(&change->txn);
	}
	bm_change_abort(change);
	return status;
}

void
bm_change_abort(struct bm_change *change)
{
	bm_txn_abort(&change->txn);
}

/* ${make} may be called several times, and must do the same each time. */
bitmark_status
bm_write(struct bm_store *store, bm_change_fn make, void *user,
    unsigned wait_ms)
{
	struct bm_change change = {
		.store = store,
		.make = make,
		.user = user,
		.wait_ms = wait_ms,
	};
	bitmark_status status = bm_change_begin(&change);

	if (status != BITMARK_OK)
		return status;
	status = make(&change.txn, user);
	if (change.txn.map_full)
		status = bm_change_again(&change);
	if (status == BITMARK_OK)
		return bm_change_commit(&change);
	bm_change_abort(&change);
	return status;
}
