/*
 * Blocks, many to a row.  LMDB gives a value of more than half a page pages of
 * its own, of which small blocks would waste the most: so the newest row grows
 * until it is as long as a run may be.  A long block has a row of its own.
 *
 *   run   packed blocks, one behind the other
 *         offset of the end of each (32 bit, big endian)
 *         their number (16 bit, big endian)
 */
#include "chain/store.h"

#include <stdlib.h>

#include "codec/codec.h"

#define END_SIZE 4
#define COUNT_SIZE 2
#define PAGE_HEADER_SIZE 16
/* Of more than one block: eight pages of LMDB. */
#define RUN_MAX (32768 - PAGE_HEADER_SIZE)

static size_t
end_of(const struct bm_run *run, uint64_t i)
{
	const uint8_t *p = run->ends + i * END_SIZE;

	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 |
	    p[3];
}

bitmark_status
bm_run_read(struct bitmark_span value, struct bm_run *run)
{
	const uint8_t *count = value.data + value.size - COUNT_SIZE;

	if (value.size < COUNT_SIZE)
		return BITMARK_E_STORE_CORRUPT;
	run->count = (size_t)count[0] << 8 | count[1];
	if (run->count == 0 || value.size - COUNT_SIZE <
	    run->count * (END_SIZE + BITMARK_HEADER_SIZE))
		return BITMARK_E_STORE_CORRUPT;
	run->blocks.data = value.data;
	run->ends = count - run->count * END_SIZE;
	run->blocks.size = (size_t)(run->ends - value.data);
	return end_of(run, run->count - 1) == run->blocks.size ?
	    BITMARK_OK : BITMARK_E_STORE_CORRUPT;
}

bitmark_status
bm_run_block(const struct bm_run *run, uint64_t i, struct bitmark_span *block)
{
	const size_t start = i == 0 ? 0 : end_of(run, i - 1);
	const size_t end = end_of(run, i);

	if (end > run->blocks.size || start > end ||
	    end - start < BITMARK_HEADER_SIZE ||
	    end - start > BITMARK_BLOCK_MAX)
		return BITMARK_E_STORE_CORRUPT;
	*block = (struct bitmark_span){ run->blocks.data + start,
	    end - start };
	return BITMARK_OK;
}

/* The run that the cursor is at, and the number of its first block. */
static bitmark_status
run_here(MDB_cursor *cursor, uint64_t *first, struct bm_run *run)
{
	MDB_val key, value;
	int code = mdb_cursor_get(cursor, &key, &value, MDB_GET_CURRENT);

	if (code != 0)
		return bm_store_status(code);
	if (key.mv_size != BM_NUMBER_KEY_SIZE)
		return BITMARK_E_STORE_CORRUPT;
	*first = bm_get_u64be(key.mv_data);
	return bm_run_read((struct bitmark_span){ value.mv_data,
	    value.mv_size }, run);
}

/* Go to the last row whose first block is ${number} or one below it. */
static int
go_to(MDB_cursor *cursor, uint64_t number)
{
	uint8_t wanted[BM_NUMBER_KEY_SIZE];
	MDB_val key = { sizeof wanted, wanted }, value;
	int code;

	bm_put_u64be(wanted, number);
	code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	if (code == MDB_NOTFOUND)
		return mdb_cursor_get(cursor, &key, &value, MDB_LAST);
	if (code != 0 || (key.mv_size == sizeof wanted &&
	    memcmp(key.mv_data, wanted, sizeof wanted) == 0))
		return code;
	return mdb_cursor_get(cursor, &key, &value, MDB_PREV);
}

static bitmark_status
find_block(MDB_cursor *cursor, uint64_t number, struct bitmark_span *block)
{
	struct bm_run run;
	uint64_t first = 0;
	bitmark_status status = bm_store_status(go_to(cursor, number));

	if (status == BITMARK_OK)
		status = run_here(cursor, &first, &run);
	if (status != BITMARK_OK)
		return status;
	return number - first < run.count ?
	    bm_run_block(&run, number - first, block) : BITMARK_E_NOT_FOUND;
}

bitmark_status
bm_get_block(const struct bm_txn *t, uint64_t number,
    struct bitmark_span *block)
{
	MDB_cursor *cursor;
	bitmark_status status;
	int code = mdb_cursor_open(t->mdb, t->table[BM_TABLE_RUNS], &cursor);

	if (code != 0)
		return bm_store_status(code);
	status = find_block(cursor, number, block);
	mdb_cursor_close(cursor);
	return status;
}

/* Make a run of the first ${count} blocks of ${run} and, unless its size is 0,
 * of ${more}. */
static bitmark_status
put_run(struct bm_txn *t, uint64_t first, const struct bm_run *run,
    size_t count, struct bitmark_span more)
{
	const size_t kept = count == 0 ? 0 : end_of(run, count - 1);
	const size_t all = count + (more.size != 0);
	const size_t size = kept + more.size + all * END_SIZE + COUNT_SIZE;
	uint8_t key[BM_NUMBER_KEY_SIZE];
	struct bm_writer w;
	bitmark_status status;
	uint8_t *data;

	if (kept > run->blocks.size)
		return BITMARK_E_STORE_CORRUPT;
	/* What is in the store moves while it is changed. */
	data = malloc(size);
	if (data == NULL)
		return BITMARK_E_NOMEM;
	w = bm_writer(data, size);
	bm_write_bytes(&w, run->blocks.data, kept);
	bm_write_bytes(&w, more.data, more.size);
	bm_write_bytes(&w, run->ends, count * END_SIZE);
	if (more.size != 0) {
		bm_write_u16be(&w, (uint16_t)((kept + more.size) >> 16));
		bm_write_u16be(&w, (uint16_t)(kept + more.size));
	}
	bm_write_u16be(&w, (uint16_t)all);
	bm_put_u64be(key, first);
	status = bm_put(t, BM_TABLE_RUNS, key, sizeof key, data, w.size);
	free(data);
	return status;
}

/* The newest run; BITMARK_E_NOT_FOUND: there is none. */
static bitmark_status
last_run(const struct bm_txn *t, uint64_t *first, struct bm_run *run)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	bitmark_status status;
	int code = mdb_cursor_open(t->mdb, t->table[BM_TABLE_RUNS], &cursor);

	if (code != 0)
		return bm_store_status(code);
	status = bm_store_status(mdb_cursor_get(cursor, &key, &value,
	    MDB_LAST));
	if (status == BITMARK_OK)
		status = run_here(cursor, first, run);
	mdb_cursor_close(cursor);
	return status;
}

static bool
has_room(const struct bm_run *run, size_t block_size)
{
	return run->blocks.size + block_size +
	    (run->count + 1) * END_SIZE + COUNT_SIZE <= RUN_MAX;
}

bitmark_status
bm_put_block(struct bm_txn *t, uint64_t number, struct bitmark_span block)
{
	struct bm_run run = { .count = 0 };
	uint64_t first = number;
	bitmark_status status = last_run(t, &first, &run);

	if (status != BITMARK_OK && status != BITMARK_E_NOT_FOUND)
		return status;
	if (first + run.count != number)
		return BITMARK_E_STORE_CORRUPT;
	return has_room(&run, block.size) ?
	    put_run(t, first, &run, run.count, block) :
	    put_run(t, number, &run, 0, block);
}

bitmark_status
bm_del_block(struct bm_txn *t, uint64_t number)
{
	uint64_t first = 0;
	struct bm_run run;
	bitmark_status status = last_run(t, &first, &run);

	if (status != BITMARK_OK)
		return status;
	if (first + run.count - 1 != number)
		return BITMARK_E_STORE_CORRUPT;
	if (run.count == 1)
		return bm_del_number(t, BM_TABLE_RUNS, number);
	return put_run(t, first, &run, run.count - 1,
	    (struct bitmark_span){ NULL, 0 });
}
