/* Opening and closing a chain and its snapshots. */
#include "chain/store.h"
#include "codec/codec.h"
#include "codec/log.h"
#include "digest/digest.h"
#include "os/file.h"
#include "os/workers.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY_MODE 0755

/*
 * Is this a store of our format and chain?  BITMARK_E_NOT_FOUND: nothing was
 * ever written.
 */
static bitmark_status
check_meta(const struct bm_txn *t, const struct bitmark_chain_params *params)
{
	struct bitmark_span name;
	uint64_t format;
	bitmark_status status = bm_get_counter(t, BM_META_FORMAT, &format);

	if (status != BITMARK_OK || format != BITMARK_STORE_FORMAT)
		return BITMARK_E_STORE_FORMAT;
	status = bm_get(t, BM_TABLE_META, BM_META_CHAIN, strlen(BM_META_CHAIN),
	    &name);
	if (status != BITMARK_OK)
		return BITMARK_E_STORE_CORRUPT;
	if (name.size != strlen(params->name) ||
	    memcmp(name.data, params->name, name.size) != 0)
		return BITMARK_E_STORE_CHAIN;
	return BITMARK_OK;
}

/* The main table of LMDB has a row for each named table. */
static bitmark_status
check_empty(struct bm_txn *t)
{
	MDB_stat stat;
	MDB_dbi names;
	int code = mdb_dbi_open(t->mdb, NULL, 0, &names);

	if (code == 0)
		code = mdb_stat(t->mdb, names, &stat);
	if (code != 0)
		return bm_store_status(code);
	return stat.ms_entries == 0 ? BITMARK_E_NOT_FOUND : BITMARK_OK;
}

static bitmark_status
open_table(struct bitmark_chain *chain, struct bm_txn *t, enum bm_table table,
    unsigned flags)
{
	int code = mdb_dbi_open(t->mdb, bm_table_names[table], flags,
	    &chain->table[table]);

	/* A table that is missing belongs to another format. */
	return code == MDB_NOTFOUND ? BITMARK_E_STORE_FORMAT :
	    bm_store_status(code);
}

static bitmark_status
open_tables(struct bitmark_chain *chain, struct bm_txn *t)
{
	bitmark_status status = check_empty(t);

	if (status == BITMARK_OK)
		status = open_table(chain, t, BM_TABLE_META, 0);
	if (status == BITMARK_OK)
		status = check_meta(t, chain->params);
	for (int i = 0; status == BITMARK_OK && i < BM_TABLE_COUNT; i++)
		status = open_table(chain, t, (enum bm_table)i, 0);
	return status;
}

/* Pages that are in use, those of LMDB itself and of tables beside the format
 * not counted. */
static bitmark_status
pages_in_use(const struct bitmark_chain *chain, const struct bm_txn *t,
    size_t *pages, size_t *page_size)
{
	MDB_stat stat = { 0 };
	int code = 0;

	*pages = 0;
	for (int i = 0; code == 0 && i < BM_TABLE_COUNT; i++) {
		code = mdb_stat(t->mdb, chain->table[i], &stat);
		if (code == 0)
			*pages += stat.ms_branch_pages + stat.ms_leaf_pages +
			    stat.ms_overflow_pages;
	}
	*page_size = stat.ms_psize;
	return bm_store_status(code);
}

/*
 * A file that was cut off: reading what is missing would end the process.  The
 * number of the last page does not tell: LMDB may leave free pages at the end
 * unwritten.  But the pages in use are all in the file.  So a file that has
 * lost less than what is free in it is taken for whole here.
 */
static bitmark_status
check_file_size(struct bitmark_chain *chain, const struct bm_txn *t)
{
	size_t pages, page_size;
	struct stat file;
	bitmark_status status = pages_in_use(chain, t, &pages, &page_size);
	int fd;

	if (status != BITMARK_OK)
		return status;
	if (mdb_env_get_fd(chain->mdb, &fd) != 0 || fstat(fd, &file) != 0)
		return BITMARK_E_IO;
	return (uint64_t)file.st_size / page_size < pages ?
	    BITMARK_E_STORE_CORRUPT : BITMARK_OK;
}

static bitmark_status
open_store(struct bitmark_chain *chain)
{
	struct bm_txn t;
	bitmark_status status = bm_read_begin(chain, &t);

	if (status != BITMARK_OK)
		return status;
	status = open_tables(chain, &t);
	if (status == BITMARK_OK)
		status = check_file_size(chain, &t);
	if (status == BITMARK_OK)
		status = bm_tip(&t, chain->params, &chain->tip);
	if (status != BITMARK_OK) {
		bm_read_end(chain, &t);
		return status;
	}
	/* Handles of tables are kept only by a commit. */
	status = bm_txn_commit(&t);
	bm_gate_leave(&chain->gate);
	return status;
}

static bitmark_status
open_again(void *user)
{
	struct bitmark_chain *chain = user;
	struct bm_txn t = { .table = chain->table };
	MDB_envinfo info;
	bitmark_status status;
	int code = mdb_env_info(chain->mdb, &info);

	if (code != 0)
		return bm_store_status(code);
	mdb_env_close(chain->mdb);
	status = bm_env_open(chain->path, chain->access, &chain->mdb);
	if (status != BITMARK_OK)
		return status;
	code = mdb_env_set_mapsize(chain->mdb, info.me_mapsize);
	if (code == 0)
		code = mdb_txn_begin(chain->mdb, NULL, MDB_RDONLY, &t.mdb);
	if (code != 0)
		return bm_store_status(code);
	status = open_tables(chain, &t);
	if (status == BITMARK_OK)
		status = bm_journal_reopen(chain->journal, t.mdb);
	if (status == BITMARK_OK)
		return bm_txn_commit(&t);
	bm_txn_abort(&t);
	return status;
}

/* The directory may have been moved, or the path be one from where the process
 * is no more. */
static bool
is_found_again(const struct bitmark_chain *chain)
{
	char *path = bm_store_path(chain->path, BM_STORE_DATA_FILE);
	struct stat there, open;
	int fd;
	bool same = path != NULL && stat(path, &there) == 0 &&
	    mdb_env_get_fd(chain->mdb, &fd) == 0 && fstat(fd, &open) == 0 &&
	    there.st_dev == open.st_dev && there.st_ino == open.st_ino;

	free(path);
	return same;
}

bitmark_status
bm_reopen(struct bitmark_chain *chain, unsigned wait_ms)
{
	bitmark_status status = chain->gate.broken;

	if (status == BITMARK_OK && !is_found_again(chain))
		status = BITMARK_E_NOT_FOUND;
	if (status == BITMARK_OK)
		status = bm_gate_alone(&chain->gate, open_again, chain,
		    wait_ms);
#ifdef __GLIBC__
	if (status == BITMARK_OK)
		(void)malloc_trim(0);
#endif
	bm_log(&chain->env, BITMARK_LOG_DEBUG, "chain", "opened again: %s",
	    bitmark_strerror(status));
	return status;
}

static bitmark_status
create_store(struct bitmark_chain *chain, struct bm_txn *t, void *user)
{
	const char *name = chain->params->name;
	bitmark_status status = BITMARK_OK;

	(void)user;
	for (int i = 0; status == BITMARK_OK && i < BM_TABLE_COUNT; i++)
		status = open_table(chain, t, (enum bm_table)i, MDB_CREATE);
	if (status == BITMARK_OK)
		status = bm_put_counter(t, BM_META_FORMAT,
		    BITMARK_STORE_FORMAT);
	if (status == BITMARK_OK)
		status = bm_put_counter(t, BM_META_OWNER_TRANSFERS, 0);
	if (status == BITMARK_OK)
		status = bm_put(t, BM_TABLE_META, BM_META_CHAIN,
		    strlen(BM_META_CHAIN), name, strlen(name));
	if (status == BITMARK_OK)
		status = bm_tip(t, chain->params, &chain->tip);
	return status;
}

/* The name of a directory is on the disk when the directory above it is.  A
 * directory that this process may not read cannot be synced, and was made by
 * somebody else: /var/lib/private is one. */
static bitmark_status
sync_parent(const char *directory)
{
	char *parent = bm_store_path(directory, "..");
	bitmark_status status = BITMARK_E_NOMEM;

	if (parent != NULL) {
		errno = 0;
		status = bm_file_sync(parent);
		if (status == BITMARK_E_IO && errno == EACCES)
			status = BITMARK_OK;
	}
	free(parent);
	return status;
}

static bitmark_status
make_directory(const char *path)
{
	if (mkdir(path, DIRECTORY_MODE) == 0)
		return sync_parent(path);
	return errno == EEXIST ? BITMARK_OK : bm_store_status(errno);
}

/* The directory and those above it. */
static bitmark_status
make_directories(const char *path)
{
	char *copy = strdup(path);
	bitmark_status status = BITMARK_OK;

	if (copy == NULL)
		return BITMARK_E_NOMEM;
	for (char *end = copy; *end != '\0' && status == BITMARK_OK; end++) {
		if (*end != '/' || end == copy)
			continue;
		*end = '\0';
		status = make_directory(copy);
		*end = '/';
	}
	if (status == BITMARK_OK)
		status = make_directory(copy);
	free(copy);
	return status;
}

/* The names of the new files are durable, too. */
static bitmark_status
create(struct bitmark_chain *chain)
{
	bitmark_status status = bm_write(chain, create_store, NULL);

	if (status == BITMARK_OK)
		status = bm_file_sync(chain->path);
	return status == BITMARK_OK ? sync_parent(chain->path) : status;
}

static bitmark_status
open_to_write(struct bitmark_chain *chain,
    const struct bitmark_chain_config *config)
{
	const char *path = config->path;
	bitmark_status status;

	status = make_directories(path);
	if (status == BITMARK_OK)
		status = bm_lock_take(path, &chain->lock_fd);
	if (status == BITMARK_OK)
		status = bm_env_open(path, BITMARK_CHAIN_WRITE, &chain->mdb);
	if (status != BITMARK_OK)
		return status;

	/* Room now means no growing later, while somebody reads. */
	bm_make_room(chain, config->map_bytes != 0 ? config->map_bytes :
	    BITMARK_CHAIN_MAP_BYTES);
	status = bm_forget_dead(chain);
	if (status == BITMARK_OK)
		status = open_store(chain);
	return status == BITMARK_E_NOT_FOUND ? create(chain) : status;
}

static bitmark_status
open_to_read(struct bitmark_chain *chain, const char *path)
{
	bitmark_status status = bm_env_open(path, BITMARK_CHAIN_READ,
	    &chain->mdb);

	return status == BITMARK_OK ? open_store(chain) : status;
}

/* Checks share the threads of the digests, so that both together never take
 * more than were configured.  A chain without digests has threads of its own,
 * one for each core. */
static bitmark_status
init_workers(struct bitmark_chain *chain)
{
	const struct bm_workers_config config = {
		.niceness = BM_BACKGROUND_NICENESS,
	};

	if (chain->digests == NULL)
		return bm_workers_new(&chain->workers, &config);
	chain->workers = bm_digest_pool_workers(chain->digests);
	return BITMARK_OK;
}

static void
fini_workers(struct bitmark_chain *chain)
{
	if (chain->digests == NULL)
		bm_workers_free(chain->workers);
}

static struct bitmark_chain *
new_chain(const struct bitmark_chain_config *config)
{
	struct bitmark_chain *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->params = config->params;
	c->rules = config->rules != NULL ? config->rules :
	    bitmark_rules_8_2();
	c->access = config->access;
	c->digests = config->digests;
	if (config->env != NULL)
		c->env = *config->env;
	c->lock_fd = -1;
	c->path = strdup(config->path);
	if (c->path == NULL)
		goto free_chain;
	if (init_workers(c) != BITMARK_OK)
		goto free_path;
	if (bm_gate_init(&c->gate) != BITMARK_OK)
		goto free_workers;
	return c;

free_workers:
	fini_workers(c);
free_path:
	free(c->path);
free_chain:
	free(c);
	return NULL;
}

bitmark_status
bitmark_chain_open(struct bitmark_chain **chain,
    const struct bitmark_chain_config *config)
{
	struct bitmark_chain *c;
	bitmark_status status = BITMARK_E_ARGUMENT;     /* no such access */

	*chain = NULL;
	if (config->path == NULL || config->params == NULL)
		return BITMARK_E_ARGUMENT;
	c = new_chain(config);
	if (c == NULL)
		return BITMARK_E_NOMEM;

	switch (config->access) {
	case BITMARK_CHAIN_READ:
		status = open_to_read(c, config->path);
		break;
	case BITMARK_CHAIN_WRITE:
		status = open_to_write(c, config);
		break;
	}
	if (status != BITMARK_OK) {
		bitmark_chain_close(c);
		return status;
	}
	*chain = c;
	return BITMARK_OK;
}

void
bitmark_chain_close(struct bitmark_chain *chain)
{
	if (chain == NULL)
		return;
	bitmark_chain_batch_abort(chain);
	bm_ahead_clear(chain);
	fini_workers(chain);
	mdb_env_close(chain->mdb);
	bm_lock_drop(chain->lock_fd);
	bm_gate_fini(&chain->gate);
	free(chain->path);
	free(chain);
}

/*
 * Snapshots.
 */

bitmark_status
bitmark_snapshot_open(struct bitmark_chain *chain,
    struct bitmark_snapshot **snapshot)
{
	struct bitmark_snapshot *s = calloc(1, sizeof *s);
	bitmark_status status;

	*snapshot = NULL;
	if (s == NULL)
		return BITMARK_E_NOMEM;
	s->chain = chain;
	status = bitmark_snapshot_renew(s);
	if (status != BITMARK_OK) {
		bitmark_snapshot_close(s);
		return status;
	}
	*snapshot = s;
	return BITMARK_OK;
}

bitmark_status
bitmark_snapshot_renew(struct bitmark_snapshot *snapshot)
{
	struct bitmark_chain *chain = snapshot->chain;
	bitmark_status status;

	bitmark_snapshot_release(snapshot);
	status = bm_read_begin(chain, &snapshot->txn);
	if (status != BITMARK_OK)
		return status;
	snapshot->live = true;
	return bm_tip(&snapshot->txn, chain->params, &snapshot->tip);
}

void
bitmark_snapshot_release(struct bitmark_snapshot *snapshot)
{
	if (!snapshot->live)
		return;
	bm_read_end(snapshot->chain, &snapshot->txn);
	snapshot->live = false;
}

void
bitmark_snapshot_close(struct bitmark_snapshot *snapshot)
{
	if (snapshot == NULL)
		return;
	bitmark_snapshot_release(snapshot);
	free(snapshot);
}
