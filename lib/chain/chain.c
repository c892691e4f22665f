/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Opening and closing a chain.
 *
 * A writer takes the lock before it opens the environment: LMDB by itself would
 * let two processes write in turn, and each of them keeps in memory what the
 * newest block is.
 */
#include "chain/chain.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain/current.h"
#include "chain/env.h"
#include "chain/format.h"
#include "chain/inspect.h"
#include "chain/map.h"
#include "chain/place.h"
#include "chain/read.h"
#include "codec/sized.h"
#include "digest/digest.h"
#include "os/file.h"
#include "os/workers.h"

/* Rows changed by one transaction from which on its buffers are given back: the
 * buffers take about four KiB for each row. Source: local choice. */
#define TRIM_CHANGES 1000

bitmark_status
bm_chain_reload_tip(struct bitmark_chain *chain)
{
	struct bm_txn t;
	bitmark_status status = bm_read_begin(&chain->store, &t);

	if (status != BITMARK_OK)
		return status;
	status = bm_tip(&t, &chain->tip);
	if (status == BITMARK_OK)
		status = bm_current_at(&t, &chain->tip, &chain->difficulty);
	bm_read_end(&t);
	return status;
}

/*
 * Opening.
 */

/* Make a new store. The names of its files are synced to the disk as well. */
static bitmark_status
make_store(struct bm_store *store)
{
	bitmark_status status = bm_format_make(store);

	if (status == BITMARK_OK)
		status = bm_file_sync(store->path);
	return status == BITMARK_OK ? bm_place_sync(store->path) : status;
}

/* LMDB opens its file of readers, and then the data file that was inspected
 * just before. */
static bitmark_status
open_env(struct bm_store *store)
{
	bitmark_status status = bm_inspect_start(store);

	return status != BITMARK_OK ? status : bm_file_failed(&store->env,
	    store->path, BM_STORE_READERS_FILE,
	    bm_env_open(store->path, store->access, 0, &store->mdb));
}

/* Called with the writer's lock held, so that no other process is just making
 * the file. */
static bitmark_status
open_locked(struct bitmark_chain *chain)
{
	struct bm_store *store = &chain->store;
	bitmark_status status = bm_file_failed(&store->env, store->path, "",
	    bm_place_make(store->path, &chain->made_from));

	if (status == BITMARK_OK)
		status = bm_file_failed(&store->env, store->path,
		    BM_STORE_LOCK_FILE, bm_lock_take(store->path,
		    &chain->lock));
	store->sound = chain->lock.sound;
	return status == BITMARK_OK ? open_env(store) : status;
}

/* Marks of dead readers are removed before the store is read: a reader of an
 * earlier process would keep pages that the first change could use. */
static bitmark_status
open_to_write(struct bitmark_chain *chain, size_t map_bytes)
{
	struct bm_store *store = &chain->store;
	bitmark_status status = open_locked(chain);

	if (status != BITMARK_OK)
		return status;

	/* No thread of this process reads yet, so this is the cheapest moment
	 * to make the map larger. */
	bm_map_make_room(store, map_bytes != 0 ? map_bytes :
	    BITMARK_CHAIN_MAP_BYTES);
	status = bm_forget_dead(store);
	if (status == BITMARK_OK)
		status = bm_format_open(store);
	if (status != BITMARK_E_NOT_FOUND)
		return status;
	chain->made = true;
	return make_store(store);
}

/* A reader takes no lock and creates nothing. */
static bitmark_status
open_to_read(struct bm_store *store)
{
	bitmark_status status = open_env(store);

	store->sound = bm_lock_read_sound(store->path);
	return status == BITMARK_OK ? bm_format_open(store) : status;
}

/* Checks share the threads of the digests, so that both together never use more
 * threads than were configured. A chain without digests has threads of its own,
 * one for each core. */
static bitmark_status
init_workers(struct bm_store *store, struct bitmark_digest_pool *digests)
{
	const struct bm_workers_config config = {
		.niceness = BITMARK_DIGEST_NICE,
	};

	if (digests == NULL)
		return bm_workers_new(&store->workers, &config);
	store->workers = bm_digest_pool_workers(digests);
	return BITMARK_OK;
}

static void
fini_workers(struct bm_store *store, const struct bitmark_digest_pool *digests)
{
	if (digests == NULL)
		bm_workers_free(store->workers);
}

static bitmark_status
init_store(struct bm_store *store, const struct bitmark_chain_config *config)
{
	store->params = config->params;
	store->rules = config->rules;
	store->access = config->access;
	store->open_again = bm_format_open_again;
	if (config->env != NULL)
		store->env = *config->env;
	if (config->checkpoint != NULL)
		store->checkpoint = *config->checkpoint;
	store->path = strdup(config->path);
	if (store->path == NULL)
		return BITMARK_E_NOMEM;
	if (init_workers(store, config->digests) != BITMARK_OK)
		goto free_path;
	if (bm_gate_init(&store->gate) != BITMARK_OK)
		goto free_workers;
	return BITMARK_OK;

free_workers:
	fini_workers(store, config->digests);
free_path:
	free(store->path);
	return BITMARK_E_NOMEM;
}

/* After an error everything that was opened is closed by the same function that
 * closes a chain, which copes with what is missing. */
bitmark_status
bm_chain_open(struct bitmark_chain **chain,
    const struct bitmark_chain_config *config)
{
	struct bitmark_chain_config own = { .struct_size = sizeof own };
	struct bitmark_chain *c;
	bitmark_status status = BITMARK_E_ARGUMENT;     /* no such access */

	*chain = NULL;
	if (BM_IN(bitmark_chain_config, &own, config) != BITMARK_OK)
		return BITMARK_E_ARGUMENT;
	config = &own;
	if (config->path == NULL || config->params == NULL)
		return BITMARK_E_ARGUMENT;
	c = calloc(1, sizeof *c);
	if (c == NULL || init_store(&c->store, config) != BITMARK_OK) {
		free(c);
		return BITMARK_E_NOMEM;
	}
	c->digests = config->digests;
	c->lock.fd = -1;

	switch (config->access) {
	case BITMARK_CHAIN_READ:
		status = open_to_read(&c->store);
		break;
	case BITMARK_CHAIN_WRITE:
		status = open_to_write(c, config->map_bytes);
		break;
	}
	if (status == BITMARK_OK)
		status = bm_chain_reload_tip(c);
	if (status != BITMARK_OK) {
		int cause = errno;

		bitmark_chain_close(c);
		errno = cause;
		return status;
	}
	*chain = c;
	return BITMARK_OK;
}

/* The lock is held until the environment is closed, which writes nothing: the
 * state of the file can be asked for before. */
static void
close_store(struct bitmark_chain *chain)
{
	const struct bm_file_state now = bm_store_file_state(&chain->store);
	const bool sound = bm_file_state_equal(&now, &chain->store.sound);

	mdb_env_close(chain->store.mdb);
	if (sound)
		bm_lock_drop_sound(&chain->lock, &now);
	else
		bm_lock_drop(&chain->lock);
}

/* The workers may still be busy with prepared blocks: these are dropped and
 * waited for before the environment, which the workers read, is closed. */
void
bitmark_chain_close(struct bitmark_chain *chain)
{
	if (chain == NULL)
		return;
	if (chain->batch.open)
		bm_batch_abort(&chain->batch);
	bm_ahead_clear(&chain->ahead);
	fini_workers(&chain->store, chain->digests);
	close_store(chain);
	bm_gate_fini(&chain->store.gate);
	free(chain->store.path);
	free(chain);
}

/* The writer's lock is held until its own file is removed, so no other process
 * can have put anything there. A process that opened the lock file before finds
 * that it is not the one at the path any more. */
void
bitmark_chain_discard(struct bitmark_chain *chain)
{
	static const char *const names[] = {
		BM_STORE_DATA_FILE, BM_STORE_READERS_FILE, BM_STORE_LOCK_FILE,
	};
	char *directory;
	size_t made_from;

	if (chain == NULL || !chain->made ||
	    chain->tip.number != BITMARK_GENESIS_NUMBER) {
		bitmark_chain_close(chain);
		return;
	}
	directory = strdup(chain->store.path);
	made_from = chain->made_from;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char *path = bm_store_path(chain->store.path, names[i]);

		if (path != NULL)
			(void)unlink(path);
		free(path);
	}
	bitmark_chain_close(chain);
	if (directory != NULL)
		bm_place_remove(directory, made_from);
	free(directory);
}

/*
 * A chain that is open.
 */

void
bitmark_chain_tip(const struct bitmark_chain *chain, struct bitmark_tip *tip)
{
	*tip = chain->tip;
}

const struct bitmark_rules *
bitmark_chain_rules(const struct bitmark_chain *chain)
{
	return chain->store.rules;
}

/* This function cannot report an error, so bad sizes are treated as "no sizes".
 */
void
bitmark_chain_room(const struct bitmark_chain *chain, size_t *map_bytes,
    size_t *used_bytes)
{
	if (bm_map_size(&chain->store, map_bytes, used_bytes) != BITMARK_OK)
		*map_bytes = *used_bytes = 0;
}

/* LMDB gives its buffers back only when the environment is closed, so that is
 * done only after a change that was large enough. */
bitmark_status
bitmark_chain_trim(struct bitmark_chain *chain)
{
	struct bm_store *store = &chain->store;
	bitmark_status status;

	if (store->access != BITMARK_CHAIN_WRITE || chain->batch.open ||
	    store->writing)
		return BITMARK_E_STATE;
	if (store->row_changes < TRIM_CHANGES &&
	    store->row_changes_max < TRIM_CHANGES)
		return BITMARK_OK;
	status = bm_format_reopen(store, 0);
	if (status != BITMARK_OK)
		return status;
#ifdef __GLIBC__
	/* The C library keeps freed memory as well, until it is told to return
	 * it. */
	(void)malloc_trim(0);
#endif
	store->row_changes = store->row_changes_max = 0;
	return BITMARK_OK;
}
