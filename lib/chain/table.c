/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Keys and values are bytes; what they mean is in rows.c.
 *
 * A transaction for writing keeps one cursor for each table.  LMDB finds the
 * page of a key by a way down the tree, but first looks whether it is on the
 * page where the cursor stands: so a row that is looked up and then changed is
 * searched for once, and rows that are written in order hardly at all.
 */
#include "chain/table.h"

#include <string.h>

#include "chain/env.h"

static const char *const names[BM_TABLES] = {
	[BM_TABLE_META] = "meta",
	[BM_TABLE_RUNS] = "runs",
	[BM_TABLE_HEIGHTS] = "heights",
	[BM_TABLE_TXS] = "txs",
	[BM_TABLE_ASSETS] = "assets",
	[BM_TABLE_ACCOUNTS] = "accounts",
	[BM_TABLE_OWNED] = "owned",
	[BM_TABLE_PAYMENTS] = "payments",
	[BM_TABLE_COPIES] = "copies",
	[BM_TABLE_SHARES] = "shares",
	[BM_TABLE_BALANCES] = "balances",
	[BM_TABLE_HOLDERS] = "holders",
	[BM_TABLE_JOURNAL] = "reservoir",
};

const char *
bm_table_name(enum bm_table table)
{
	return names[table];
}

/* LMDB takes keys and values as void *, and does not write through them: the
 * const goes by copying the pointer, as a cast of it would be a warning. */
static MDB_val
value_of(const void *data, size_t size)
{
	MDB_val v = { .mv_size = size };

	memcpy(&v.mv_data, &data, sizeof data);
	return v;
}

static struct bitmark_span
span_of(const MDB_val *v)
{
	return (struct bitmark_span){ v->mv_data, v->mv_size };
}

/* Remember whether the map was full: the change can then be made again in a
 * larger one. */
static bitmark_status
changed(struct bm_txn *t, int code)
{
	if (code == MDB_MAP_FULL)
		t->map_full = true;
	t->store->row_changes++;
	return bm_store_status(bm_write_code(t->store->mdb, code));
}

/* A handle is a number that belongs to the environment; every transaction after
 * the commit may use it. */
bitmark_status
bm_table_open(struct bm_txn *t, enum bm_table table, unsigned flags)
{
	int code = mdb_dbi_open(t->mdb, names[table], flags,
	    &t->store->table[table]);

	return (flags & MDB_CREATE) != 0 ? changed(t, code) :
	    bm_store_status(code);
}

/* The writer's cursor of a table, opened when it is first used. */
static int
cursor_of(const struct bm_txn *t, enum bm_table table, MDB_cursor **cursor)
{
	int code = 0;

	if (t->cursor[table] == NULL)
		code = mdb_cursor_open(t->mdb, t->store->table[table],
		    &t->cursor[table]);
	*cursor = t->cursor[table];
	return code;
}

/* Go to a row with the writer's cursor, which stays there: a change of this row
 * or of one beside it then finds the page without a way through the tree. */
static int
go_to_row(const struct bm_txn *t, enum bm_table table, MDB_val *key,
    MDB_val *value)
{
	MDB_cursor *cursor;
	int code = cursor_of(t, table, &cursor);

	return code == 0 ? mdb_cursor_get(cursor, key, value, MDB_SET) : code;
}

/* A snapshot may be used for a single question: then mdb_get is cheaper than a
 * cursor that is opened and closed. */
bitmark_status
bm_get(const struct bm_txn *t, enum bm_table table, const void *key,
    size_t key_size, struct bitmark_span *value)
{
	MDB_val k = value_of(key, key_size), v;
	int code = t->cursor == NULL ?
	    mdb_get(t->mdb, t->store->table[table], &k, &v) :
	    go_to_row(t, table, &k, &v);

	if (code != 0)
		return bm_store_status(code);
	*value = span_of(&v);
	return BITMARK_OK;
}

static int
put(struct bm_txn *t, enum bm_table table, MDB_val key, MDB_val *value,
    unsigned flags)
{
	MDB_cursor *cursor;
	int code = cursor_of(t, table, &cursor);

	return code == 0 ? mdb_cursor_put(cursor, &key, value, flags) : code;
}

bitmark_status
bm_put(struct bm_txn *t, enum bm_table table, const void *key,
    size_t key_size, const void *value, size_t value_size)
{
	MDB_val v = value_of(value, value_size);

	return changed(t, put(t, table, value_of(key, key_size), &v, 0));
}

/* One search finds the row that is there, or the place for the new one. */
bitmark_status
bm_put_new(struct bm_txn *t, enum bm_table table, struct bitmark_span key,
    struct bitmark_span value, struct bitmark_span *old)
{
	MDB_val v = value_of(value.data, value.size);
	int code = put(t, table, value_of(key.data, key.size), &v,
	    MDB_NOOVERWRITE);

	if (code != MDB_KEYEXIST)
		return changed(t, code);
	*old = span_of(&v);
	return BITMARK_E_TX_EXISTS;
}

/* MDB_RESERVE: LMDB makes room for the value and gives its address instead of
 * copying; the address is valid until the next change. */
bitmark_status
bm_reserve(struct bm_txn *t, enum bm_table table, const void *key,
    size_t key_size, size_t value_size, uint8_t **room)
{
	MDB_val v = { .mv_size = value_size };
	bitmark_status status = changed(t, put(t, table,
	    value_of(key, key_size), &v, MDB_RESERVE));

	*room = v.mv_data;
	return status;
}

/* Without MDB_APPEND LMDB would split a full page in the middle, and pages of
 * rows that come in order would stay half empty. */
bitmark_status
bm_append(struct bm_txn *t, enum bm_table table, const void *key,
    size_t key_size, const void *value, size_t value_size)
{
	MDB_val v = value_of(value, value_size);
	int code = put(t, table, value_of(key, key_size), &v, MDB_APPEND);

	return code == MDB_KEYEXIST ? BITMARK_E_STORE_CORRUPT :
	    changed(t, code);
}

/* The cursor goes to the row and removes it there: one search for both. */
bitmark_status
bm_del(struct bm_txn *t, enum bm_table table, const void *key,
    size_t key_size)
{
	MDB_val k = value_of(key, key_size), v;
	int code = go_to_row(t, table, &k, &v);

	if (code == MDB_NOTFOUND)
		return BITMARK_E_STORE_CORRUPT;
	if (code == 0)
		code = mdb_cursor_del(t->cursor[table], 0);
	return changed(t, code);
}

/* The table itself stays, and with it its handle. */
bitmark_status
bm_clear(struct bm_txn *t, enum bm_table table)
{
	return changed(t, mdb_drop(t->mdb, t->store->table[table], 0));
}

/* LMDB keeps the count with the root of the tree: nothing is read for it. */
bitmark_status
bm_rows(const struct bm_txn *t, enum bm_table table, uint64_t *rows)
{
	MDB_stat stat;
	int code = mdb_stat(t->mdb, t->store->table[table], &stat);

	if (code == 0)
		*rows = stat.ms_entries;
	return bm_store_status(code);
}

static bool
begins_with(const MDB_val *key, struct bitmark_span from, size_t prefix)
{
	return prefix == 0 || (key->mv_size >= prefix &&
	    memcmp(key->mv_data, from.data, prefix) == 0);
}

/* MDB_SET_RANGE finds the first row that is not before ${most}: that is the row
 * itself, or the one behind the row that is wanted. */
static int
find_last(MDB_cursor *cursor, struct bitmark_span most, MDB_val *key,
    MDB_val *value)
{
	int code;

	*key = value_of(most.data, most.size);
	code = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
	if (code == MDB_NOTFOUND)
		return mdb_cursor_get(cursor, key, value, MDB_LAST);
	if (code != 0 || (key->mv_size == most.size &&
	    memcmp(key->mv_data, most.data, most.size) == 0))
		return code;
	return mdb_cursor_get(cursor, key, value, MDB_PREV);
}

/* The writer's own cursor finds what it has just changed on the page where it
 * stands. */
bitmark_status
bm_get_last(const struct bm_txn *t, enum bm_table table,
    struct bitmark_span most, size_t prefix, struct bitmark_span *key,
    struct bitmark_span *value)
{
	MDB_val k, v;
	MDB_cursor *cursor;
	int code = t->cursor != NULL ? cursor_of(t, table, &cursor) :
	    mdb_cursor_open(t->mdb, t->store->table[table], &cursor);

	if (code != 0)
		return bm_store_status(code);
	code = find_last(cursor, most, &k, &v);
	if (t->cursor == NULL)
		mdb_cursor_close(cursor);
	if (code != 0)
		return bm_store_status(code);
	if (!begins_with(&k, most, prefix))
		return BITMARK_E_NOT_FOUND;
	if (key != NULL)
		*key = span_of(&k);
	*value = span_of(&v);
	return BITMARK_OK;
}

/* MDB_SET_RANGE begins with the first key that is not below ${from}. */
static bitmark_status
scan_rows(MDB_cursor *cursor, struct bitmark_span from, size_t prefix,
    bm_row_fn row, void *user)
{
	MDB_val key = value_of(from.data, from.size), value;
	bitmark_status status = BITMARK_OK;
	int code;

	code = mdb_cursor_get(cursor, &key, &value,
	    from.size == 0 ? MDB_FIRST : MDB_SET_RANGE);
	while (code == 0 && begins_with(&key, from, prefix)) {
		status = row(user, span_of(&key), span_of(&value));
		if (status != BITMARK_OK)
			return status;
		code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	return code == 0 || code == MDB_NOTFOUND ?
	    BITMARK_OK : bm_store_status(code);
}

/* A cursor of its own, so that rows may be looked up meanwhile. */
bitmark_status
bm_scan(const struct bm_txn *t, enum bm_table table, struct bitmark_span from,
    size_t prefix, bm_row_fn row, void *user)
{
	MDB_cursor *cursor;
	bitmark_status status;
	int code;

	code = mdb_cursor_open(t->mdb, t->store->table[table], &cursor);
	if (code != 0)
		return bm_store_status(code);
	status = scan_rows(cursor, from, prefix, row, user);
	mdb_cursor_close(cursor);
	return status;
}
