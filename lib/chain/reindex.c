/*
 * Rebuilding a store from its blocks.
 *
 * A new store is made in a directory below the old one, so that it is on the
 * same file system and the parent need not be writable.  When it is complete
 * and on disk, its data file is renamed over the old one.  Until then the old
 * store is only read; whatever a crash leaves behind is removed by the next
 * attempt.  The writer's lock of the old store is held throughout.  What waits
 * in the journal for a block is carried over as it is.
 *
 * LMDB's own lock file counts transactions of the data file beside it, so it
 * is removed with the old data, and once more for a reader that came between.
 * Processes that were reading keep the old data until they open it again.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain/env.h"
#include "chain/feed.h"
#include "chain/journal.h"
#include "chain/runs.h"
#include "codec/log.h"
#include "codec/sized.h"
#include "os/file.h"

#define BUILD_DIRECTORY "reindex"
#define LMDB_LOCK_FILE "lock.mdb"       /* LMDB's choice */

/* Table of a store of format 1: each row a block. */
#define SINGLE_BLOCKS "blocks"

/* The blocks of the old store, whatever its format. */
struct old_store {
	struct bm_store store;          /* mdb and table only      */
	struct bm_txn txn;
	MDB_cursor *cursor;             /* of the blocks           */
	uint64_t work;                  /* of all of them          */
	bool single;                    /* a row is no run         */
	struct bm_run run;              /* where the cursor is ... */
	uint64_t next;                  /* ... and in it           */
};

/* The cursor of a transaction for reading must be closed by hand; the order is
 * that in which LMDB allows it. */
static void
old_close(struct old_store *old)
{
	if (old->cursor != NULL)
		mdb_cursor_close(old->cursor);
	if (old->txn.mdb != NULL)
		mdb_txn_abort(old->txn.mdb);
	mdb_env_close(old->store.mdb);
	*old = (struct old_store){ 0 };
}

/* A store that says that it is of another chain stays as it is. */
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

/* BITMARK_E_NOT_FOUND: there are no more. */
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

/* A row that cannot be read counts for nothing: it will be met, and told, when
 * its blocks are read. */
static bitmark_status
old_measure(struct old_store *old)
{
	struct bitmark_span row;
	struct bm_run run;
	bitmark_status status;

	while ((status = old_next_row(old, &row)) == BITMARK_OK)
		if (old->single)
			old->work += bm_work_of_block(row.size);
		else if (bm_run_read(row, &run) == BITMARK_OK)
			old->work += run.count * bm_work_of_block(0) +
			    run.blocks.size;
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

static bitmark_status
old_open_tables(struct old_store *old, const char *chain)
{
	bitmark_status status = bm_store_status(mdb_txn_begin(old->store.mdb,
	    NULL, MDB_RDONLY, &old->txn.mdb));

	if (status == BITMARK_OK)
		status = old_open_blocks(old);
	if (status == BITMARK_OK)
		status = old_rewind(old);
	if (status == BITMARK_OK)
		status = old_check_chain(old, chain);
	if (status == BITMARK_OK)
		status = old_measure(old);
	if (status != BITMARK_OK)
		return status;
	/* A store that had no reservoir has no such table. */
	status = bm_table_open(&old->txn, BM_TABLE_JOURNAL, 0);
	return status == BITMARK_E_NOT_FOUND ? BITMARK_OK : status;
}

/* Opened for reading, whatever its format; nothing of it is changed. */
static bitmark_status
old_open(struct old_store *old, const struct bitmark_chain_config *config)
{
	bitmark_status status;

	*old = (struct old_store){ 0 };
	old->txn.store = &old->store;
	status = bm_env_open(config->path, BITMARK_CHAIN_READ,
	    &old->store.mdb);
	if (status == BITMARK_OK)
		status = old_open_tables(old, config->params->name);
	if (status != BITMARK_OK)
		old_close(old);
	return status;
}

/* Blocks of format 1 have a row each; later ones stand many in a row, which is
 * read one block after the other. */
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

/* bm_next_block_fn of an old store.  The feed frees what it is given, so each
 * block is copied out of the map. */
static bitmark_status
old_next(void *user, uint8_t **block, size_t *size)
{
	struct bitmark_span found;
	bitmark_status status = old_next_block(user, &found);

	*block = NULL;
	if (status == BITMARK_E_NOT_FOUND)
		return BITMARK_OK;
	if (status != BITMARK_OK)
		return status;
	if (found.size < BITMARK_HEADER_SIZE || found.size > BITMARK_BLOCK_MAX)
		return BITMARK_E_STORE_CORRUPT;
	*block = malloc(found.size);
	if (*block == NULL)
		return BITMARK_E_NOMEM;
	memcpy(*block, found.data, found.size);
	*size = found.size;
	return BITMARK_OK;
}

/* Remove a file; one that is not there is as good, and so is a directory that
 * is not there. */
static bitmark_status
remove_file(const char *directory, const char *name)
{
	char *path = bm_store_path(directory, name);
	bitmark_status status = BITMARK_OK;

	if (path == NULL)
		return BITMARK_E_NOMEM;
	if (unlink(path) != 0 && errno != ENOENT && errno != ENOTDIR)
		status = BITMARK_E_IO;
	free(path);
	return status;
}

/* Remove what was built, or what an earlier attempt left. */
static bitmark_status
remove_build(const char *build)
{
	static const char *const names[] = {
		BM_STORE_DATA_FILE, LMDB_LOCK_FILE, BM_STORE_LOCK_FILE,
	};
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; status == BITMARK_OK &&
	    i < sizeof names / sizeof names[0]; i++)
		status = remove_file(build, names[i]);
	if (status == BITMARK_OK && rmdir(build) != 0 && errno != ENOENT)
		status = BITMARK_E_IO;
	return status;
}

/* All blocks, and the journal, into a new store at ${build}.  It is opened as
 * any other chain, so each block is verified as if a peer had sent it. */
static bitmark_status
build_store(const struct bitmark_chain_config *config, const char *build,
    struct bm_feed *feed, const struct old_store *old)
{
	struct bitmark_chain_config to = *config;
	struct bitmark_chain *chain;
	uint64_t refused;
	bitmark_status status;

	to.path = build;
	to.access = BITMARK_CHAIN_WRITE;
	status = bitmark_chain_open(&chain, &to);
	if (status != BITMARK_OK)
		return status;
	status = bm_feed_run(feed, chain, &refused);
	if (status == BITMARK_OK)
		status = bm_journal_carry(&old->txn, chain);
	bitmark_chain_close(chain);
	if (refused != 0)
		bm_log(config->env, BITMARK_LOG_ERROR, "reindex",
		    "block %" PRIu64 ": %s", refused,
		    bitmark_strerror(status));
	return status;
}

/* The old store stays open until the journal is carried over, too. */
static bitmark_status
rebuild(const struct bitmark_chain_config *config, const char *build,
    struct bm_feed *feed)
{
	struct old_store old;
	bitmark_status status = old_open(&old, config);

	if (status != BITMARK_OK)
		return status;
	feed->next = old_next;
	feed->next_user = &old;
	feed->work_total = old.work;
	status = build_store(config, build, feed, &old);
	feed->next_user = NULL;
	old_close(&old);
	return status;
}

/* The second removal of the lock file is not synced: LMDB makes a lock file
 * anew when the first process after a crash opens the store. */
static bitmark_status
replace_data(const char *path, const char *build)
{
	char *from = bm_store_path(build, BM_STORE_DATA_FILE);
	char *to = bm_store_path(path, BM_STORE_DATA_FILE);
	bitmark_status status = BITMARK_E_NOMEM;

	if (from != NULL && to != NULL)
		status = bm_file_sync(from);
	if (status == BITMARK_OK)
		status = remove_file(path, LMDB_LOCK_FILE);
	if (status == BITMARK_OK)
		status = bm_file_rename(from, to);
	if (status == BITMARK_OK)
		status = remove_file(path, LMDB_LOCK_FILE);
	free(to);
	free(from);
	return status;
}

/* With the writer's lock held.  What an earlier attempt left is removed first:
 * it is not known how far it came. */
static bitmark_status
reindex_locked(const struct bitmark_chain_config *config, struct bm_feed *feed)
{
	char *build = bm_store_path(config->path, BUILD_DIRECTORY);
	bitmark_status status, removed;

	if (build == NULL)
		return BITMARK_E_NOMEM;
	status = remove_build(build);
	if (status == BITMARK_OK)
		status = rebuild(config, build, feed);
	if (status == BITMARK_OK)
		status = replace_data(config->path, build);
	removed = remove_build(build);
	free(build);
	return status == BITMARK_OK ? removed : status;
}

/* Nothing may be made where there is no store, not even a lock. */
static bitmark_status
store_exists(const char *path)
{
	char *name = bm_store_path(path, BM_STORE_DATA_FILE);
	bitmark_status status = BITMARK_OK;

	if (name == NULL)
		return BITMARK_E_NOMEM;
	if (access(name, R_OK) != 0)
		status = errno == ENOENT || errno == ENOTDIR ?
		    BITMARK_E_NOT_FOUND : BITMARK_E_IO;
	free(name);
	return status;
}

/* The lock is held all the time, so no other process can add blocks to the old
 * store that the new one would miss. */
bitmark_status
bitmark_chain_reindex(const struct bitmark_chain_config *config,
    uint64_t now_s, bitmark_progress_fn progress, void *user)
{
	struct bm_feed feed = {
		.now_s = now_s,
		.progress = progress,
		.progress_user = user,
	};
	struct bitmark_chain_config own = { .struct_size = sizeof own };
	bitmark_status status;
	int lock;

	if (BM_IN(bitmark_chain_config, &own, config) != BITMARK_OK)
		return BITMARK_E_ARGUMENT;
	config = &own;
	if (config->path == NULL || config->params == NULL)
		return BITMARK_E_ARGUMENT;
	status = store_exists(config->path);
	if (status != BITMARK_OK)
		return status;
	status = bm_lock_take(config->path, &lock);
	if (status != BITMARK_OK)
		return status;
	status = reindex_locked(config, &feed);
	bm_lock_drop(lock);
	return status;
}
