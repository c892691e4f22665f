/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A thread that takes a few blocks at a time. A snapshot that is held for long
 * keeps LMDB from using old pages again, so the file would grow; and it keeps
 * store_tick from changing to another store.
 */
#include "explorer/crawler.h"

#include <pthread.h>
#include <stdlib.h>

#include "shared/thread.h"

/* Blocks that are read under one snapshot. Source: local choice. */
#define BLOCKS_AT_ONCE 256

struct crawler {
	struct store *store;
	struct finder *finder;
	pthread_t thread;
	pthread_mutex_t lock;           /* of all below                     */
	pthread_cond_t due;
	bool looks, stops;
};

/* False: it is to stop. */
static bool
wait_for_turn(struct crawler *c)
{
	bool stops;

	pthread_mutex_lock(&c->lock);
	while (!c->looks && !c->stops)
		pthread_cond_wait(&c->due, &c->lock);
	c->looks = false;
	stops = c->stops;
	pthread_mutex_unlock(&c->lock);
	return !stops;
}

static void
set(struct crawler *c, bool *flag)
{
	pthread_mutex_lock(&c->lock);
	*flag = true;
	pthread_cond_signal(&c->due);
	pthread_mutex_unlock(&c->lock);
}

/* The thread has a low priority, so that requests are answered first. When
 * there is more to do it sets its own flag, gives the snapshot back and takes
 * another one. */
static void *
run(void *user)
{
	struct crawler *c = user;
	struct bitmark_snapshot *snapshot;

	thread_give_way();
	while (wait_for_turn(c)) {
		snapshot = store_lend(c->store);
		if (snapshot != NULL && finder_follow(c->finder, snapshot,
		    BLOCKS_AT_ONCE))
			set(c, &c->looks);
		store_give_back(c->store, snapshot);
	}
	return NULL;
}

struct crawler *
crawler_open(struct store *store, struct finder *finder)
{
	struct crawler *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->store = store;
	c->finder = finder;
	c->looks = true;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->due, NULL);
	if (thread_start(&c->thread, run, c))
		return c;
	pthread_cond_destroy(&c->due);
	pthread_mutex_destroy(&c->lock);
	free(c);
	return NULL;
}

void
crawler_close(struct crawler *c)
{
	if (c == NULL)
		return;
	set(c, &c->stops);
	pthread_join(c->thread, NULL);
	pthread_cond_destroy(&c->due);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void
crawler_tick(struct crawler *c)
{
	set(c, &c->looks);
}
