/* Rows of a table, one after the other. */
#include "chain/query.h"

#include "codec/codec.h"

bitmark_status
bm_promised(bitmark_status status)
{
	return status == BITMARK_E_NOT_FOUND ? BITMARK_E_STORE_CORRUPT : status;
}

static struct bitmark_span
span_of(const MDB_val *v)
{
	return (struct bitmark_span){ v->mv_data, v->mv_size };
}

static bool
begins_with(const MDB_val *key, struct bitmark_span from, size_t prefix)
{
	return prefix == 0 || (key->mv_size >= prefix &&
	    memcmp(key->mv_data, from.data, prefix) == 0);
}

static bitmark_status
scan_rows(MDB_cursor *cursor, struct bitmark_span from, size_t prefix,
    bm_row_fn row, void *user)
{
	MDB_val key = { from.size, (void *)(uintptr_t)from.data };
	MDB_val value;
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

bitmark_status
bm_scan(const struct bm_txn *t, enum bm_table table, struct bitmark_span from,
    size_t prefix, bm_row_fn row, void *user)
{
	MDB_cursor *cursor;
	bitmark_status status;
	int code;

	code = mdb_cursor_open(t->mdb, t->table[table], &cursor);
	if (code != 0)
		return bm_store_status(code);
	status = scan_rows(cursor, from, prefix, row, user);
	mdb_cursor_close(cursor);
	return status;
}
