/* Transactions of a chain, and a map that grows with what is written. */
#include "chain/store.h"
#include "codec/log.h"

#include <string.h>

/* The map is doubled, by not more than this at a time.  Bytes.
 * Source: local choice */
#define GROW_STEP_MAX ((size_t)1 << 30)

/* Rows that one transaction changed, which leave buffers of about four times as
 * many KiB.
 * Source: local choice */
#define TRIM_CHANGES 1000

/* Changes between two looks for readers that were killed.
 * Source: local choice; a look costs a system call for each reader */
#define DEAD_READERS_CHANGES 64

/* 0: what another process made it. */
struct map_size {
	MDB_env *mdb;
	size_t size;
};

/* LMDB unmaps first: after a failure there is no map. */
static bitmark_status
change_map_size(void *user)
{
	const struct map_size *wanted = user;

	return bm_store_status(mdb_env_set_mapsize(wanted->mdb, wanted->size));
}

static bitmark_status
begin(struct bitmark_chain *chain, struct bm_txn *t, unsigned flags, int *code)
{
	*t = (struct bm_txn){ .table = chain->table };
	*code = mdb_txn_begin(chain->mdb, NULL, flags, &t->mdb);
	if (*code != 0)
		t->mdb = NULL;
	return bm_store_status(*code);
}

static bitmark_status
set_map_size(struct bitmark_chain *chain, size_t size, unsigned wait_ms)
{
	struct map_size wanted = { chain->mdb, size };

	return bm_gate_alone(&chain->gate, change_map_size, &wanted, wait_ms);
}

bitmark_status
bm_read_begin(struct bitmark_chain *chain, struct bm_txn *t)
{
	bitmark_status status;
	int code = 0;

	do {
		status = BITMARK_OK;
		if (code == MDB_MAP_RESIZED)    /* by another process */
			status = set_map_size(chain, 0, BM_GATE_WAIT_MS);
		if (status == BITMARK_OK)
			status = bm_gate_enter(&chain->gate);
		if (status != BITMARK_OK)
			return status;
		status = begin(chain, t, MDB_RDONLY, &code);
		if (status != BITMARK_OK)
			bm_gate_leave(&chain->gate);
	} while (code == MDB_MAP_RESIZED);
	return status;
}

void
bm_read_end(struct bitmark_chain *chain, struct bm_txn *t)
{
	mdb_txn_abort(t->mdb);
	t->mdb = NULL;
	bm_gate_leave(&chain->gate);
}

bitmark_status
bm_forget_dead(struct bitmark_chain *chain)
{
	int dead;

	return bm_store_status(mdb_reader_check(chain->mdb, &dead));
}

/* Of the transaction before. */
static void
note_changes(struct bitmark_chain *chain)
{
	if (chain->row_changes > chain->row_changes_max)
		chain->row_changes_max = chain->row_changes;
	chain->row_changes = 0;
}

bitmark_status
bitmark_chain_trim(struct bitmark_chain *chain)
{
	bitmark_status status;

	if (chain->access != BITMARK_CHAIN_WRITE || chain->batch.open ||
	    bm_journal_is_changing(chain->journal))
		return BITMARK_E_STATE;
	note_changes(chain);
	if (chain->row_changes_max < TRIM_CHANGES)
		return BITMARK_OK;
	status = bm_reopen(chain, 0);
	if (status == BITMARK_OK)
		chain->row_changes_max = 0;
	return status;
}

bitmark_status
bm_txn_begin(struct bitmark_chain *chain, struct bm_txn *t)
{
	/* Only the writer itself sets broken: no need to lock. */
	bitmark_status status = chain->gate.broken;
	int code;

	/* When it fails, a later change tries again. */
	if (chain->changes++ % DEAD_READERS_CHANGES == 0)
		(void)bm_forget_dead(chain);
	if (status == BITMARK_OK)
		status = begin(chain, t, 0, &code);
	/* Those of the transaction before were closed with it. */
	memset(chain->cursor, 0, sizeof chain->cursor);
	t->cursor = chain->cursor;
	note_changes(chain);
	t->changes = &chain->row_changes;
	return status;
}

bitmark_status
bm_txn_commit(struct bm_txn *t)
{
	MDB_env *mdb = mdb_txn_env(t->mdb);
	int code = mdb_txn_commit(t->mdb);

	t->mdb = NULL;
	t->map_full = code == MDB_MAP_FULL;
	return bm_store_status(bm_write_code(mdb, code));
}

void
bm_txn_abort(struct bm_txn *t)
{
	mdb_txn_abort(t->mdb);
	t->mdb = NULL;
}

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
		status = bm_txn_commit(&part->txn);
	else
		bm_txn_abort(&part->txn);
	whole->map_full = part->txn.map_full;
	return status;
}

static bitmark_status
map_size(const struct bitmark_chain *chain, size_t *size, size_t *used)
{
	MDB_envinfo info;
	MDB_stat stat;
	int code;

	/* LMDB would look for both in the map. */
	if (chain->gate.broken != BITMARK_OK)
		return chain->gate.broken;
	code = mdb_env_info(chain->mdb, &info);
	if (code == 0)
		code = mdb_env_stat(chain->mdb, &stat);
	if (code == 0) {
		*size = info.me_mapsize;
		*used = (info.me_last_pgno + 1) * stat.ms_psize;
	}
	return bm_store_status(code);
}

void
bitmark_chain_room(const struct bitmark_chain *chain, size_t *map_bytes,
    size_t *used_bytes)
{
	if (map_size(chain, map_bytes, used_bytes) != BITMARK_OK)
		*map_bytes = *used_bytes = 0;
}

/* The next larger size; the same when there is none. */
static size_t
next_size(size_t size)
{
	size_t step = size < GROW_STEP_MAX ? size : GROW_STEP_MAX;

	return size <= SIZE_MAX - step ? size + step : size;
}

static bitmark_status
resize(struct bitmark_chain *chain, size_t size, unsigned wait_ms)
{
	bitmark_status status = set_map_size(chain, size, wait_ms);

	bm_log(&chain->env, BITMARK_LOG_DEBUG, "chain",
	    "map of %zu bytes: %s", size, bitmark_strerror(status));
	return status;
}

void
bm_make_room(struct bitmark_chain *chain, size_t need)
{
	size_t size, used, wanted;

	if (map_size(chain, &size, &used) != BITMARK_OK)
		return;
	for (wanted = size; wanted - used < need; ) {
		size_t next = next_size(wanted);

		if (next == wanted)
			return;
		wanted = next;
	}
	if (wanted == size)
		return;
	(void)bm_forget_dead(chain);
	/* When somebody reads, or it fails, the change itself will tell. */
	resize(chain, wanted, 0);
}

bitmark_status
bm_grow(struct bitmark_chain *chain)
{
	size_t size, used;
	bitmark_status status = map_size(chain, &size, &used);

	if (status != BITMARK_OK)
		return status;
	(void)bm_forget_dead(chain);
	if (next_size(size) == size)
		return BITMARK_E_STORE_FULL;
	status = resize(chain, next_size(size), BM_GATE_WAIT_MS);
	return status == BITMARK_E_TIMEOUT ? BITMARK_E_STORE_FULL : status;
}

bitmark_status
bm_write(struct bitmark_chain *chain, bm_change_fn change, void *user)
{
	struct bm_txn t;
	bitmark_status status;

	for (;;) {
		status = bm_txn_begin(chain, &t);
		if (status != BITMARK_OK)
			return status;
		status = change(chain, &t, user);
		if (status == BITMARK_OK)
			status = bm_txn_commit(&t);
		else
			bm_txn_abort(&t);
		if (status == BITMARK_OK || !t.map_full)
			return status;
		status = bm_grow(chain);
		if (status != BITMARK_OK)
			return status;
	}
}
