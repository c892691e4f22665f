/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Snapshots are LMDB read transactions. One that is given back is released (it
 * holds no pages then) and kept for the next request: to renew a transaction
 * costs less than to make one.
 *
 * The chain is closed and opened by store_tick alone. Other threads use it only
 * while they hold a place, and close_chain waits until no place is held: so no
 * lock is held while a request reads.
 */
#include "explorer/store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Longest path of the file in the store.  Bytes. */
#define PATH_TEXT_MAX 4200

struct store {
	struct bitmark_chain_config config;
	const struct bitmark_rules *rules;
	pthread_mutex_t lock;           /* of all below                     */
	pthread_cond_t idle;            /* nothing is lent any more         */
	struct bitmark_chain *chain;    /* NULL: not open                   */
	struct bitmark_snapshot *kept[STORE_LENT_MAX];
	size_t kept_count, lent;
	bool closing;                   /* nothing is lent                  */
	bool broken;                    /* a snapshot could not be renewed  */
	dev_t device;                   /* of the file that is open         */
	ino_t inode;
	struct store_counts counts;
};

/* --- the files ------------------------------------------------------------ */

/* The identity of the file in which LMDB keeps the data: reindex and restore
 * rename a new directory to the path, so the file at the path is then another
 * one than the file that is open. */
static bool
look(const struct store *store, struct stat *file)
{
	char path[PATH_TEXT_MAX];
	int size = snprintf(path, sizeof path, "%s/data.mdb",
	    store->config.path);

	return size > 0 && (size_t)size < sizeof path &&
	    stat(path, file) == 0;
}

/* The file is looked at before the store is opened. When another file takes its
 * place between the two calls, the identity does not match what is open, and
 * the next tick opens once more; the other order would miss the change. */
static bitmark_status
open_chain(struct store *store)
{
	struct stat file = { .st_ino = 0 };
	struct bitmark_chain *chain;
	bitmark_status status;

	(void)look(store, &file);
	status = bitmark_chain_open(&chain, &store->config);
	if (status != BITMARK_OK)
		return status;
	pthread_mutex_lock(&store->lock);
	store->chain = chain;
	store->rules = bitmark_chain_rules(chain);
	store->device = file.st_dev;
	store->inode = file.st_ino;
	store->closing = store->broken = false;
	store->counts.opened++;
	pthread_mutex_unlock(&store->lock);
	return BITMARK_OK;
}

/* LMDB does not allow a process to open one directory twice, as its file locks
 * would be lost with the first close; so the old store is closed before the new
 * one is opened. ${closing} keeps new requests out; they get "try again" until
 * the store is open. */
static void
close_chain(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	store->closing = true;
	while (store->lent > 0)
		pthread_cond_wait(&store->idle, &store->lock);
	while (store->kept_count > 0)
		bitmark_snapshot_close(store->kept[--store->kept_count]);
	bitmark_chain_close(store->chain);
	store->chain = NULL;
	pthread_mutex_unlock(&store->lock);
}

/* No file at the path means that the store is being replaced right now. The
 * open files can still be read, so nothing is done until the new one is there.
 */
static bool
is_replaced(struct store *store)
{
	struct stat file;

	return look(store, &file) && (file.st_dev != store->device ||
	    file.st_ino != store->inode);
}

/* A store that could not be opened is tried again at each tick. */
void
store_tick(struct store *store)
{
	bool broken;

	pthread_mutex_lock(&store->lock);
	broken = store->broken || store->chain == NULL;
	pthread_mutex_unlock(&store->lock);
	if (!broken && !is_replaced(store))
		return;
	close_chain(store);
	(void)open_chain(store);        /* or at the next tick */
}

bitmark_status
store_open(struct store **out, const struct bitmark_chain_config *config)
{
	struct store *store = calloc(1, sizeof *store);
	bitmark_status status;

	*out = NULL;
	if (store == NULL)
		return BITMARK_E_NOMEM;
	store->config = *config;
	pthread_mutex_init(&store->lock, NULL);
	pthread_cond_init(&store->idle, NULL);
	status = open_chain(store);
	if (status == BITMARK_OK)
		*out = store;
	else
		store_close(store);
	return status;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	close_chain(store);
	pthread_cond_destroy(&store->idle);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

/* --- snapshots ------------------------------------------------------------ */

/* Take one of the STORE_LENT_MAX places and a kept snapshot, if there is one.
 * ${kept} has as many entries as there are places, so it cannot overflow. */
static bool
take_place(struct store *store, struct bitmark_snapshot **snapshot)
{
	bool is_free;

	*snapshot = NULL;
	pthread_mutex_lock(&store->lock);
	is_free = store->chain != NULL && !store->closing &&
	    store->lent < STORE_LENT_MAX;
	if (is_free) {
		store->lent++;
		if (store->kept_count > 0)
			*snapshot = store->kept[--store->kept_count];
	} else {
		store->counts.failed++;
	}
	pthread_mutex_unlock(&store->lock);
	return is_free;
}

/* The last place that becomes free wakes close_chain, which waits for it. */
static void
leave_place(struct store *store, struct bitmark_snapshot *kept, bool broken)
{
	pthread_mutex_lock(&store->lock);
	if (kept != NULL)
		store->kept[store->kept_count++] = kept;
	if (broken) {
		store->broken = true;
		store->counts.failed++;
	}
	if (--store->lent == 0)
		pthread_cond_signal(&store->idle);
	pthread_mutex_unlock(&store->lock);
}

/* store->chain is read without the lock: it does not change while a place is
 * taken. Time-outs and lack of memory pass by themselves; any other failure may
 * mean that the store is damaged or gone, so the tick opens it again. */
struct bitmark_snapshot *
store_lend(struct store *store)
{
	struct bitmark_snapshot *snapshot;
	bitmark_status status;

	if (!take_place(store, &snapshot))
		return NULL;
	status = snapshot != NULL ? bitmark_snapshot_renew(snapshot) :
	    bitmark_snapshot_open(store->chain, &snapshot);
	if (status == BITMARK_OK)
		return snapshot;
	bitmark_snapshot_close(snapshot);
	leave_place(store, NULL, status != BITMARK_E_TIMEOUT &&
	    status != BITMARK_E_NOMEM);
	return NULL;
}

void
store_give_back(struct store *store, struct bitmark_snapshot *snapshot)
{
	if (snapshot == NULL)
		return;
	bitmark_snapshot_release(snapshot);
	leave_place(store, snapshot, false);
}

const struct bitmark_rules *
store_rules(struct store *store)
{
	const struct bitmark_rules *rules;

	pthread_mutex_lock(&store->lock);
	rules = store->rules;
	pthread_mutex_unlock(&store->lock);
	return rules;
}

void
store_get_counts(struct store *store, struct store_counts *counts)
{
	pthread_mutex_lock(&store->lock);
	*counts = store->counts;
	pthread_mutex_unlock(&store->lock);
}
