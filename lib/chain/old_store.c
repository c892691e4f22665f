/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * An old store as LMDB reads it.
 *
 * Blocks of format 1 have a row each; later ones stand many in a row, which is
 * read one block after the other.
 */
#include "chain/source.h"

#include <stdlib.h>
#include <string.h>

#include "chain/env.h"
#include "chain/format.h"
#include "chain/inspect.h"
#include "chain/journal.h"
#include "chain/runs.h"

/* Table of a store of format 1: each row a block. */
#define SINGLE_BLOCKS "blocks"

/* The blocks of the old store, whatever its format. */
struct old_store {
	struct bm_store store;          /* mdb and table only      */
	struct bm_txn txn;
	MDB_cursor *cursor;             /* of the blocks           */
	uint64_t work;                  /* of all of them          */
	uint64_t count;
	bool single;                    /* a row is no run         */
	struct bm_run run;              /* where the cursor is ... */
	uint64_t next;                  /* ... and in it           */
	const struct bitmark_rules *rules;      /* that it follows */
};

/* The cursor of a transaction for reading must be closed by hand; the order is
 * that in which LMDB allows it. */
static void
old_close(void *user)
{
	struct old_store *old = user;

	if (old->cursor != NULL)
		mdb_cursor_close(old->cursor);
	if (old->txn.mdb != NULL)
		mdb_txn_abort(old->txn.mdb);
	mdb_env_close(old->store.mdb);
	free(old->store.path);
	free(old);
}

/* A store that names another chain is left as it is. */
static bitmark_status
old_check_chain(struct old_store *old, const char *name)
{
	struct bitmark_span value;

	if (bm_table_open(&old->txn, BM_TABLE_META, 0) != BITMARK_OK ||
	    bm_get(&old->txn, BM_TABLE_META, BM_META_CHAIN,
	    strlen(BM_META_CHAIN), &value) != BITMARK_OK)
		return BITMARK_OK;
	return value.size == strlen(name) &&
	    memcmp(value.data, name, value.size) == 0 ?
	    BITMARK_OK : BITMARK_E_STORE_CHAIN;
}

/* A store that does not say which rules it follows is older than those of 0.16.
 */
static bitmark_status
old_find_rules(struct old_store *old)
{
	bitmark_status status = bm_table_open(&old->txn, BM_TABLE_META, 0);

	if (status == BITMARK_OK)
		status = bm_format_rules(&old->txn, &old->rules);
	if (status != BITMARK_E_NOT_FOUND)
		return status;
	old->rules = bitmark_rules_8_2();
	return BITMARK_OK;
}

/* BITMARK_E_NOT_FOUND: there are no more rows. */
static bitmark_status
old_next_row(struct old_store *old, struct bitmark_span *row)
{
	MDB_val key, value = { 0, NULL };
	int code = mdb_cursor_get(old->cursor, &key, &value, MDB_NEXT);

	*row = (struct bitmark_span){ value.mv_data, value.mv_size };
	return bm_store_status(code);
}

/* A new cursor stands before the first row. */
static bitmark_status
old_rewind(struct old_store *old)
{
	if (old->cursor != NULL)
		mdb_cursor_close(old->cursor);
	old->cursor = NULL;
	return bm_store_status(mdb_cursor_open(old->txn.mdb,
	    old->store.table[BM_TABLE_RUNS], &old->cursor));
}

/* A row that cannot be read is not counted: it will be reported when its blocks
 * are read. */
static bitmark_status
old_measure(struct old_store *old)
{
	struct bitmark_span row;
	struct bm_run run;
	bitmark_status status;

	while ((status = old_next_row(old, &row)) == BITMARK_OK)
		if (old->single) {
			old->work += bm_work_of_block(row.size);
			old->count++;
		} else if (bm_run_read(row, &run) == BITMARK_OK) {
			old->work += run.count * bm_work_of_block(0) +
			    run.blocks.size;
			old->count += run.count;
		}
	return status == BITMARK_E_NOT_FOUND ? old_rewind(old) : status;
}

/* A store without either table cannot be one of ours. */
static bitmark_status
old_open_blocks(struct old_store *old)
{
	bitmark_status status = bm_table_open(&old->txn, BM_TABLE_RUNS, 0);

	if (status == BITMARK_E_NOT_FOUND) {
		old->single = true;
		status = bm_store_status(mdb_dbi_open(old->txn.mdb,
		    SINGLE_BLOCKS, 0, &old->store.table[BM_TABLE_RUNS]));
	}
	return bm_promised(status);
}

/* The writer's lock is held: no other process changes the store. */
static bitmark_status
old_begin(struct old_store *old)
{
	bool moved = false;
	bitmark_status status = bm_store_status(mdb_txn_begin(old->store.mdb,
	    NULL, MDB_RDONLY, &old->txn.mdb));

	if (status == BITMARK_OK)
		status = bm_inspect(&old->store, old->txn.mdb, &moved);
	if (status == BITMARK_OK && !moved)
		status = bm_format_check_empty(&old->txn);
	return moved ? BITMARK_E_STORE_CORRUPT : status;
}

static bitmark_status
old_open_tables(struct old_store *old, const char *chain)
{
	bitmark_status status = old_begin(old);

	if (status == BITMARK_OK)
		status = old_open_blocks(old);
	if (status == BITMARK_OK)
		status = old_rewind(old);
	if (status == BITMARK_OK)
		status = old_check_chain(old, chain);
	if (status == BITMARK_OK)
		status = old_find_rules(old);
	if (status == BITMARK_OK)
		status = old_measure(old);
	if (status != BITMARK_OK)
		return status;
	/* A store that had no reservoir has no such table. */
	status = bm_table_open(&old->txn, BM_TABLE_JOURNAL, 0);
	return status == BITMARK_E_NOT_FOUND ? BITMARK_OK : status;
}

static bitmark_status
old_next_block(struct old_store *old, struct bitmark_span *block)
{
	struct bitmark_span row;
	bitmark_status status = BITMARK_OK;

	if (old->single)
		return old_next_row(old, block);
	if (old->next == old->run.count) {
		status = old_next_row(old, &row);
		if (status == BITMARK_OK)
			status = bm_run_read(row, &old->run);
		if (status == BITMARK_OK)
			old->next = 0;
	}
	return status == BITMARK_OK ?
	    bm_run_block(&old->run, old->next++, block) : status;
}

/* The feed frees the blocks that it gets, so a block in LMDB's map must be
 * copied. */
bitmark_status
bm_source_copy(struct bitmark_span found, uint8_t **block, size_t *size)
{
	if (found.size < BITMARK_HEADER_SIZE || found.size > BITMARK_BLOCK_MAX)
		return BITMARK_E_STORE_CORRUPT;
	*block = malloc(found.size);
	if (*block == NULL)
		return BITMARK_E_NOMEM;
	memcpy(*block, found.data, found.size);
	*size = found.size;
	return BITMARK_OK;
}

/* bm_next_block_fn */
static bitmark_status
old_next(void *user, uint8_t **block, size_t *size)
{
	struct bitmark_span found;
	bitmark_status status = old_next_block(user, &found);

	*block = NULL;
	if (status == BITMARK_E_NOT_FOUND)
		return BITMARK_OK;
	return status == BITMARK_OK ? bm_source_copy(found, block, size) :
	    status;
}

static bitmark_status
old_carry(void *user, struct bitmark_chain *to)
{
	const struct old_store *old = user;

	return bm_journal_carry(&old->txn, to);
}

/* Opened for reading; nothing of it is changed. */
static bitmark_status
open_store(struct old_store *old, const struct bitmark_chain_config *config)
{
	bitmark_status status = BITMARK_E_NOMEM;

	old->txn.store = &old->store;
	old->store.access = BITMARK_CHAIN_READ;
	if (config->env != NULL)
		old->store.env = *config->env;
	old->store.path = strdup(config->path);
	if (old->store.path != NULL)
		status = bm_inspect_start(&old->store);
	if (status == BITMARK_OK)
		status = bm_env_open(config->path, BITMARK_CHAIN_READ, 0,
		    &old->store.mdb);
	return status == BITMARK_OK ?
	    old_open_tables(old, config->params->name) : status;
}

bitmark_status
bm_old_open(struct bm_source *source,
    const struct bitmark_chain_config *config)
{
	struct old_store *old = calloc(1, sizeof *old);
	bitmark_status status;

	if (old == NULL)
		return BITMARK_E_NOMEM;
	status = open_store(old, config);
	if (status != BITMARK_OK) {
		old_close(old);
		return status;
	}
	*source = (struct bm_source){
		.user = old,
		.next = old_next,
		.carry = old_carry,
		.close = old_close,
		.work = old->work,
		.newest = BITMARK_GENESIS_NUMBER + old->count,
		.rules = old->rules,
	};
	return BITMARK_OK;
}
