/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Only the newest row ever changes: blocks are added behind it, and taken away
 * from its end.  Each time it is written anew, 32 KB at most; that is less than
 * what the pages of indexes cost that a block changes.
 *
 * The ends stand behind the blocks and not before them, so that what is added
 * moves none of the blocks.
 */
#include "chain/runs.h"

#include <stdlib.h>
#include <string.h>

#include "chain/env.h"
#include "chain/rows.h"
#include "codec/codec.h"

#define END_SIZE 4
#define COUNT_SIZE 2
/* Longest run of more than one block: eight pages of LMDB. */
#define PAGE_HEADER_SIZE 16
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

/* The ends are compared with one another and with the row before anything is
 * read by them: a damaged row must not lead outside of it. */
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

/* Go to the last row whose first block is the one of ${key} or one below it.
 * MDB_SET_RANGE finds the first row that is not below the key; unless that is
 * the very one, the row before it is wanted.  Behind all rows it finds none,
 * and the last one is wanted. */
static int
go_to(MDB_cursor *cursor, MDB_val *key, MDB_val *value)
{
	const uint64_t number = bm_get_u64be(key->mv_data);
	int code = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);

	if (code == MDB_NOTFOUND)
		return mdb_cursor_get(cursor, key, value, MDB_LAST);
	if (code != 0 || (key->mv_size == BM_NUMBER_KEY_SIZE &&
	    bm_get_u64be(key->mv_data) == number))
		return code;
	return mdb_cursor_get(cursor, key, value, MDB_PREV);
}

/* The run in which block ${number} would be, and the number of its first block.
 */
static bitmark_status
find_run(const struct bm_txn *t, uint64_t number, uint64_t *first,
    struct bm_run *run)
{
	uint8_t wanted[BM_NUMBER_KEY_SIZE];
	MDB_val key = { sizeof wanted, wanted }, value;
	MDB_cursor *cursor;
	int code = mdb_cursor_open(t->mdb, t->store->table[BM_TABLE_RUNS],
	    &cursor);

	if (code != 0)
		return bm_store_status(code);
	bm_put_u64be(wanted, number);
	code = go_to(cursor, &key, &value);
	mdb_cursor_close(cursor);
	if (code != 0)
		return bm_store_status(code);
	if (key.mv_size != BM_NUMBER_KEY_SIZE)
		return BITMARK_E_STORE_CORRUPT;
	*first = bm_get_u64be(key.mv_data);
	return bm_run_read((struct bitmark_span){ value.mv_data,
	    value.mv_size }, run);
}

/* A number below the row's first one cannot come here, but one behind its last
 * can: the newest row is the answer for every number above. */
bitmark_status
bm_get_block(const struct bm_txn *t, uint64_t number,
    struct bitmark_span *block)
{
	struct bm_run run;
	uint64_t first = 0;
	bitmark_status status = find_run(t, number, &first, &run);

	if (status != BITMARK_OK)
		return status;
	return number - first < run.count ?
	    bm_run_block(&run, number - first, block) : BITMARK_E_NOT_FOUND;
}

/* Write a run of the first ${count} blocks of ${run}, which is in memory of our
 * own, and of ${more} unless its size is 0. */
static bitmark_status
write_run(struct bm_txn *t, uint64_t first, const struct bm_run *run,
    size_t count, struct bitmark_span more)
{
	const size_t kept = count == 0 ? 0 : end_of(run, count - 1);
	const size_t all = count + (more.size != 0);
	const size_t size = kept + more.size + all * END_SIZE + COUNT_SIZE;
	uint8_t key[BM_NUMBER_KEY_SIZE], *row;
	struct bm_writer w;
	bitmark_status status;

	if (kept > run->blocks.size)
		return BITMARK_E_STORE_CORRUPT;
	bm_put_u64be(key, first);
	status = bm_reserve(t, BM_TABLE_RUNS, key, sizeof key, size, &row);
	if (status != BITMARK_OK)
		return status;
	w = bm_writer(row, size);
	bm_write_bytes(&w, run->blocks.data, kept);
	bm_write_bytes(&w, more.data, more.size);
	bm_write_bytes(&w, run->ends, count * END_SIZE);
	if (more.size != 0) {
		bm_write_u16be(&w, (uint16_t)((kept + more.size) >> 16));
		bm_write_u16be(&w, (uint16_t)(kept + more.size));
	}
	bm_write_u16be(&w, (uint16_t)all);
	return BITMARK_OK;
}

/* Write the run of this row anew. LMDB may move a row or use its pages again
 * when it is written, so the old row is copied first. */
static bitmark_status
change_run(struct bm_txn *t, uint64_t first, const struct bm_run *run,
    size_t count, struct bitmark_span more)
{
	const size_t size = run->blocks.size + run->count * END_SIZE;
	uint8_t *data = malloc(size);
	const struct bm_run copy = {
		.blocks = { data, run->blocks.size },
		.ends = data + run->blocks.size,
		.count = run->count,
	};
	bitmark_status status;

	if (data == NULL)
		return BITMARK_E_NOMEM;
	memcpy(data, run->blocks.data, size);
	status = write_run(t, first, &copy, count, more);
	free(data);
	return status;
}

/* With the end and the count that one more block needs. */
static bool
has_room(const struct bm_run *run, size_t block_size)
{
	return run->blocks.size + block_size +
	    (run->count + 1) * END_SIZE + COUNT_SIZE <= RUN_MAX;
}

/* Blocks are added one by one: any other number means that the tables do not
 * agree. */
bitmark_status
bm_put_block(struct bm_txn *t, uint64_t number, struct bitmark_span block)
{
	struct bm_run run = { .count = 0 };
	uint64_t first = number;
	bitmark_status status = find_run(t, UINT64_MAX, &first, &run);

	if (status != BITMARK_OK && status != BITMARK_E_NOT_FOUND)
		return status;
	if (first + run.count != number)
		return BITMARK_E_STORE_CORRUPT;
	return run.count != 0 && has_room(&run, block.size) ?
	    change_run(t, first, &run, run.count, block) :
	    write_run(t, number, &run, 0, block);
}

/* Removing the last block of a row removes the row. */
bitmark_status
bm_del_block(struct bm_txn *t, uint64_t number)
{
	uint64_t first = 0;
	struct bm_run run;
	bitmark_status status = find_run(t, UINT64_MAX, &first, &run);

	if (status != BITMARK_OK)
		return status;
	if (first + run.count - 1 != number)
		return BITMARK_E_STORE_CORRUPT;
	if (run.count == 1)
		return bm_del_number(t, BM_TABLE_RUNS, number);
	return change_run(t, first, &run, run.count - 1,
	    (struct bitmark_span){ NULL, 0 });
}
