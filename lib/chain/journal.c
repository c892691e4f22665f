/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Rows are collected in memory until the commit, which writes all of them in
 * one transaction.  So nothing is open for writing between a first row and the
 * commit, a map that is too small can be enlarged and the rows written again,
 * and a rollback can take them along.
 */
#include "chain/journal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "chain/chain.h"
#include "chain/map.h"
#include "chain/table.h"
#include "codec/sized.h"

/* Room that is made when nobody reads: for many changes, or for the blocks of
 * a rollback.  One change may write each row anew, so the size of the table
 * comes on top: LMDB writes a changed page to a free place, and while there is
 * a snapshot no page that it sees becomes free.  Bytes. */
#define ROOM ((size_t)48 << 20)

/* Collected rows that are carried over with one commit.  Bytes. */
#define CARRY_BYTES ((size_t)8 << 20)

struct row {
	STAILQ_ENTRY(row) next;
	bitmark_status (*write)(const struct row *row, struct bm_txn *t);
	size_t key_size, value_size;
	uint8_t bytes[];                /* key, value */
};

struct bitmark_chain_journal {
	struct bm_store *store;
	STAILQ_HEAD(rows, row) rows;    /* of the change, in order        */
	size_t bytes;                   /* of their keys and values       */
	bitmark_status failed;          /* of this change                 */
	bool joined;                    /* another transaction takes them */
	size_t size;                    /* of the table after the last
	                                   change; pages, in bytes        */
};

static void
forget_rows(struct bitmark_chain_journal *j)
{
	struct row *row;

	while ((row = STAILQ_FIRST(&j->rows)) != NULL) {
		STAILQ_REMOVE_HEAD(&j->rows, next);
		free(row);
	}
	j->bytes = 0;
}

/* The change fails as a whole: its commit will say why, and rows that are put
 * until then are refused. */
static bitmark_status
fail(struct bitmark_chain_journal *j, bitmark_status status)
{
	forget_rows(j);
	j->failed = status;
	return status;
}

/*
 * The three kinds of rows.
 */

static bitmark_status
write_put(const struct row *row, struct bm_txn *t)
{
	return bm_put(t, BM_TABLE_JOURNAL, row->bytes, row->key_size,
	    row->bytes + row->key_size, row->value_size);
}

/* For bm_del a missing row is damage; here it counts as removed. */
static bitmark_status
write_del(const struct row *row, struct bm_txn *t)
{
	struct bitmark_span value;
	bitmark_status status = bm_get(t, BM_TABLE_JOURNAL, row->bytes,
	    row->key_size, &value);

	if (status == BITMARK_E_NOT_FOUND)
		return BITMARK_OK;
	return status == BITMARK_OK ? bm_del(t, BM_TABLE_JOURNAL, row->bytes,
	    row->key_size) : status;
}

static void
measure(struct bitmark_chain_journal *j, const struct bm_txn *t)
{
	MDB_stat s;

	if (mdb_stat(t->mdb, t->store->table[BM_TABLE_JOURNAL], &s) == 0)
		j->size = s.ms_psize * (s.ms_branch_pages + s.ms_leaf_pages +
		    s.ms_overflow_pages);
}

/* bm_change_fn */
static bitmark_status
write_rows(struct bm_txn *t, void *user)
{
	struct bitmark_chain_journal *j = user;
	bitmark_status status = BITMARK_OK;
	const struct row *row;

	STAILQ_FOREACH(row, &j->rows, next) {
		status = row->write(row, t);
		if (status != BITMARK_OK)
			break;
	}
	measure(j, t);
	return status;
}

/*
 * The functions of a journal.
 */

/* Key and value are copied, as the caller's spans end with this call. */
static bitmark_status
collect(struct bitmark_chain_journal *j,
    bitmark_status (*write)(const struct row *row, struct bm_txn *t),
    struct bitmark_span key, struct bitmark_span value)
{
	struct row *row;

	if (j->failed != BITMARK_OK)
		return j->failed;
	if (j->store->writing && !j->joined)
		return fail(j, BITMARK_E_STATE);
	row = malloc(sizeof *row + key.size + value.size);
	if (row == NULL)
		return fail(j, BITMARK_E_NOMEM);
	row->write = write;
	row->key_size = key.size;
	row->value_size = value.size;
	if (key.size != 0)
		memcpy(row->bytes, key.data, key.size);
	if (value.size != 0)
		memcpy(row->bytes + key.size, value.data, value.size);
	STAILQ_INSERT_TAIL(&j->rows, row, next);
	j->bytes += key.size + value.size;
	return BITMARK_OK;
}

/* The bounds are those of the header; LMDB itself would allow longer keys. */
static bool
is_key(struct bitmark_span key)
{
	return key.size > 0 && key.size <= BITMARK_JOURNAL_KEY_MAX;
}

static bitmark_status
put(void *user, struct bitmark_span key, struct bitmark_span value)
{
	return is_key(key) ? collect(user, write_put, key, value) :
	    fail(user, BITMARK_E_ARGUMENT);
}

static bitmark_status
del(void *user, struct bitmark_span key)
{
	const struct bitmark_span none = { NULL, 0 };

	return is_key(key) ? collect(user, write_del, key, none) :
	    fail(user, BITMARK_E_ARGUMENT);
}

/* The writing thread itself may hold the snapshot that keeps the map from
 * growing, so the commit does not wait for readers. */
static bitmark_status
commit(void *user)
{
	struct bitmark_chain_journal *j = user;
	bitmark_status status = j->failed;

	j->failed = BITMARK_OK;
	if (j->joined)
		return status;
	if (status == BITMARK_OK && !STAILQ_EMPTY(&j->rows)) {
		bm_map_make_room(j->store, ROOM + 2 * j->bytes);
		status = bm_write(j->store, write_rows, j, 0);
	}
	forget_rows(j);
	return status;
}

/* Rows that wait for a commit are not listed. */
static bitmark_status
each(void *user, bitmark_journal_row_fn row, void *row_user)
{
	struct bitmark_chain_journal *j = user;
	struct bm_txn t;
	bitmark_status status = bm_read_begin(j->store, &t);

	if (status != BITMARK_OK)
		return status;
	status = bm_scan(&t, BM_TABLE_JOURNAL,
	    (struct bitmark_span){ NULL, 0 }, 0, row, row_user);
	bm_read_end(&t);
	return status;
}

bitmark_status
bitmark_chain_journal_get(struct bitmark_chain_journal *journal,
    struct bitmark_journal *functions)
{
	const struct bitmark_journal own = {
		.struct_size = sizeof own,
		.user = journal,
		.put = put,
		.del = del,
		.commit = commit,
		.each = each,
	};

	return BM_OUT(bitmark_journal, functions, &own);
}

/*
 * Opening and closing.
 */

/* bm_change_fn */
static bitmark_status
make_table(struct bm_txn *t, void *user)
{
	bitmark_status status = bm_table_open(t, BM_TABLE_JOURNAL,
	    MDB_CREATE);

	if (status == BITMARK_OK)
		measure(user, t);
	return status;
}

bitmark_status
bitmark_chain_journal_open(struct bitmark_chain_journal **journal,
    struct bitmark_chain *chain)
{
	struct bm_store *store = &chain->store;
	struct bitmark_chain_journal *j;
	bitmark_status status;

	*journal = NULL;
	if (store->access != BITMARK_CHAIN_WRITE)
		return BITMARK_E_READONLY;
	if (store->writing || store->journal != NULL)
		return BITMARK_E_STATE;
	j = calloc(1, sizeof *j);
	if (j == NULL)
		return BITMARK_E_NOMEM;
	j->store = store;
	STAILQ_INIT(&j->rows);
	status = bm_write(store, make_table, j, BM_GATE_WAIT_MS);
	if (status != BITMARK_OK) {
		free(j);
		return status;
	}
	store->journal = j;
	*journal = j;
	return BITMARK_OK;
}

/* Rows that were not committed are lost, as the public header says. */
void
bitmark_chain_journal_close(struct bitmark_chain_journal *journal)
{
	if (journal == NULL)
		return;
	forget_rows(journal);
	journal->store->journal = NULL;
	free(journal);
}

/* Called when the owner of the chain has released its snapshot: that may be the
 * only moment in which nobody of this process reads. */
void
bitmark_chain_journal_make_room(struct bitmark_chain_journal *journal)
{
	bm_map_make_room(journal->store, ROOM + journal->size);
}

/*
 * Sharing another transaction.
 */

/* Rows of an open change would share the fate of the rollback without their
 * user's knowledge, so that change must be ended first. */
bitmark_status
bm_journal_join(struct bitmark_chain_journal *journal)
{
	if (journal == NULL)
		return BITMARK_OK;
	if (!STAILQ_EMPTY(&journal->rows))
		return BITMARK_E_STATE;
	journal->joined = true;
	return BITMARK_OK;
}

bitmark_status
bm_journal_write(struct bitmark_chain_journal *journal, struct bm_txn *t)
{
	return journal != NULL && journal->joined ? write_rows(t, journal) :
	    BITMARK_OK;
}

/* When there were no rows nothing was lost, whatever happened to the
 * transaction. */
void
bm_journal_part(struct bitmark_chain_journal *journal, bitmark_status status)
{
	if (journal == NULL || !journal->joined)
		return;
	journal->joined = false;
	if (status != BITMARK_OK && !STAILQ_EMPTY(&journal->rows))
		(void)fail(journal, status);
	forget_rows(journal);
}

/*
 * Carrying over.
 */

/* The new store is not in use yet, so its rows may be written by several
 * commits. */
static bitmark_status
carry_row(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct bitmark_chain_journal *to = user;
	bitmark_status status = put(to, key, value);

	return status == BITMARK_OK && to->bytes >= CARRY_BYTES ?
	    commit(to) : status;
}

/* The new store has room for the rows by itself: its map grows at each commit.
 */
bitmark_status
bm_journal_carry(const struct bm_txn *from, struct bitmark_chain *to)
{
	const struct bitmark_span all = { NULL, 0 };
	struct bitmark_chain_journal *journal;
	bitmark_status status;

	if (from->store->table[BM_TABLE_JOURNAL] == 0)
		return BITMARK_OK;
	status = bitmark_chain_journal_open(&journal, to);
	if (status != BITMARK_OK)
		return status;
	status = bm_scan(from, BM_TABLE_JOURNAL, all, 0, carry_row, journal);
	if (status == BITMARK_OK)
		status = commit(journal);
	bitmark_chain_journal_close(journal);
	return status;
}
