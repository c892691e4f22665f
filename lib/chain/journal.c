/*
 * The journal of a reservoir: one more table in the environment of its chain.
 *
 * It is not one of the tables that make up the format: a store without it is
 * complete, and what it holds does not follow from the blocks.  A change is a
 * write transaction of its own, begun by the first row and ended by commit.
 */
#include <bitmarkpeer/journal.h>

#include "chain/store.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_NAME "reservoir"

/* Room that is made when nobody reads: for many changes, or for the blocks of
 * a rollback.  Bytes. */
#define ROOM ((size_t)48 << 20)

/* What is carried over with one change: well below that, as pages are not full
 * and keys are not counted.  Bytes. */
#define CARRY_BYTES ((size_t)8 << 20)

struct bitmark_chain_journal {
	struct bitmark_chain *chain;
	MDB_dbi table;
	struct bm_txn txn;              /* while open                    */
	bool open;
	bitmark_status failed;          /* of this change                */
};

static MDB_val
value_of(struct bitmark_span span)
{
	/* LMDB does not write through the keys and values that it is given. */
	MDB_val v = { .mv_size = span.size };

	memcpy(&v.mv_data, &span.data, sizeof v.mv_data);
	return v;
}

static bitmark_status
open_table(struct bitmark_chain *chain, struct bm_txn *t, void *user)
{
	struct bitmark_chain_journal *j = user;
	int code;

	(void)chain;
	code = mdb_dbi_open(t->mdb, TABLE_NAME, MDB_CREATE, &j->table);
	t->map_full = code == MDB_MAP_FULL;
	return bm_store_status(bm_write_code(mdb_txn_env(t->mdb), code));
}

bitmark_status
bitmark_chain_journal_open(struct bitmark_chain_journal **journal,
    struct bitmark_chain *chain)
{
	struct bitmark_chain_journal *j;
	bitmark_status status;

	*journal = NULL;
	if (chain->access != BITMARK_CHAIN_WRITE)
		return BITMARK_E_READONLY;
	if (chain->batch.open || chain->journal != NULL)
		return BITMARK_E_STATE;
	j = calloc(1, sizeof *j);
	if (j == NULL)
		return BITMARK_E_NOMEM;
	j->chain = chain;
	status = bm_write(chain, open_table, j);
	if (status != BITMARK_OK) {
		free(j);
		return status;
	}
	chain->journal = j;
	*journal = j;
	return BITMARK_OK;
}

bool
bm_journal_is_changing(const struct bitmark_chain_journal *journal)
{
	return journal != NULL && journal->open;
}

bitmark_status
bm_journal_reopen(struct bitmark_chain_journal *journal, MDB_txn *txn)
{
	return journal == NULL ? BITMARK_OK :
	    bm_store_status(mdb_dbi_open(txn, TABLE_NAME, 0, &journal->table));
}

/* The change is void; its transaction must not keep others from writing. */
static void
end(struct bitmark_chain_journal *j)
{
	if (j->open)
		bm_txn_abort(&j->txn);
	j->open = false;
}

void
bitmark_chain_journal_close(struct bitmark_chain_journal *journal)
{
	if (journal == NULL)
		return;
	end(journal);
	journal->chain->journal = NULL;
	free(journal);
}

void
bitmark_chain_journal_make_room(struct bitmark_chain_journal *journal)
{
	/* A map that is being written to stays as it is. */
	if (!journal->open && !journal->chain->batch.open)
		bm_make_room(journal->chain, ROOM);
}

/* The transaction of the change; begun now if it is the first row. */
static bitmark_status
begin(struct bitmark_chain_journal *j)
{
	bitmark_status status = j->failed;

	if (status == BITMARK_OK && j->chain->batch.open)
		status = BITMARK_E_STATE;
	if (status == BITMARK_OK && !j->open) {
		bitmark_chain_journal_make_room(j);
		status = bm_txn_begin(j->chain, &j->txn);
		j->open = status == BITMARK_OK;
	}
	j->failed = status;
	return status;
}

static bitmark_status
changed(struct bitmark_chain_journal *j, int code)
{
	if (code == MDB_NOTFOUND)       /* of a row to be removed */
		code = 0;
	j->failed = bm_store_status(bm_write_code(j->chain->mdb, code));
	if (j->failed != BITMARK_OK)
		end(j);
	return j->failed;
}

/* The change fails as a whole, as it does when LMDB refuses a row. */
static bitmark_status
begin_row(struct bitmark_chain_journal *j, struct bitmark_span key)
{
	bitmark_status status = begin(j);

	if (status != BITMARK_OK || (key.size > 0 &&
	    key.size <= BITMARK_JOURNAL_KEY_MAX))
		return status;
	end(j);
	j->failed = BITMARK_E_ARGUMENT;
	return BITMARK_E_ARGUMENT;
}

static bitmark_status
put(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct bitmark_chain_journal *j = user;
	MDB_val k = value_of(key), v = value_of(value);
	bitmark_status status = begin_row(j, key);

	if (status != BITMARK_OK)
		return status;
	return changed(j, mdb_put(j->txn.mdb, j->table, &k, &v, 0));
}

static bitmark_status
del(void *user, struct bitmark_span key)
{
	struct bitmark_chain_journal *j = user;
	MDB_val k = value_of(key);
	bitmark_status status = begin_row(j, key);

	if (status != BITMARK_OK)
		return status;
	return changed(j, mdb_del(j->txn.mdb, j->table, &k, NULL));
}

static bitmark_status
clear(void *user)
{
	struct bitmark_chain_journal *j = user;
	bitmark_status status = begin(j);

	if (status != BITMARK_OK)
		return status;
	return changed(j, mdb_drop(j->txn.mdb, j->table, 0));
}

static bitmark_status
commit(void *user)
{
	struct bitmark_chain_journal *j = user;
	bitmark_status status = j->failed;

	if (status == BITMARK_OK && j->open) {
		j->open = false;
		status = bm_txn_commit(&j->txn);
	}
	end(j);
	j->failed = BITMARK_OK;
	return status;
}

static bitmark_status
rows(MDB_cursor *cursor, bitmark_journal_row_fn row, void *row_user)
{
	bitmark_status status = BITMARK_OK;
	MDB_val k, v;
	int code = 0;

	while (status == BITMARK_OK && (code = mdb_cursor_get(cursor, &k, &v,
	    MDB_NEXT)) == 0)
		status = row(row_user,
		    (struct bitmark_span){ k.mv_data, k.mv_size },
		    (struct bitmark_span){ v.mv_data, v.mv_size });
	if (status == BITMARK_OK && code != MDB_NOTFOUND)
		status = bm_store_status(code);
	return status;
}

static bitmark_status
each(void *user, bitmark_journal_row_fn row, void *row_user)
{
	struct bitmark_chain_journal *j = user;
	struct bm_txn t;
	MDB_cursor *cursor;
	bitmark_status status = bm_read_begin(j->chain, &t);

	if (status != BITMARK_OK)
		return status;
	status = bm_store_status(mdb_cursor_open(t.mdb, j->table, &cursor));
	if (status == BITMARK_OK) {
		status = rows(cursor, row, row_user);
		mdb_cursor_close(cursor);
	}
	bm_read_end(j->chain, &t);
	return status;
}

struct carrying {
	struct bitmark_chain_journal *journal;
	size_t bytes;                   /* of the change that is open */
};

/* Nobody sees the new store yet: it need not come with one change. */
static bitmark_status
carry_row(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct carrying *c = user;
	bitmark_status status = put(c->journal, key, value);

	c->bytes += value.size;
	if (status != BITMARK_OK || c->bytes < CARRY_BYTES)
		return status;
	c->bytes = 0;
	return commit(c->journal);
}

bitmark_status
bm_journal_carry(MDB_txn *from, struct bitmark_chain *to)
{
	struct carrying carrying = { .bytes = 0 };
	MDB_cursor *cursor;
	MDB_dbi table;
	bitmark_status status;
	int code = mdb_dbi_open(from, TABLE_NAME, 0, &table);

	if (code == MDB_NOTFOUND)
		return BITMARK_OK;
	if (code == 0)
		code = mdb_cursor_open(from, table, &cursor);
	if (code != 0)
		return bm_store_status(code);
	status = bitmark_chain_journal_open(&carrying.journal, to);
	if (status == BITMARK_OK) {
		status = rows(cursor, carry_row, &carrying);
		if (status == BITMARK_OK)
			status = commit(carrying.journal);
		bitmark_chain_journal_close(carrying.journal);
	}
	mdb_cursor_close(cursor);
	return status;
}

void
bitmark_chain_journal_get(struct bitmark_chain_journal *journal,
    struct bitmark_journal *functions)
{
	*functions = (struct bitmark_journal){
		.user = journal,
		.put = put,
		.del = del,
		.clear = clear,
		.commit = commit,
		.each = each,
	};
}
