/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * store - the store that a daemon writes, lent out as snapshots.
 *
 * Another store may take its place at any time, by reindex or restore: the files
 * that are open are the old ones then.  store_tick notices, and opens the new
 * one when no snapshot is lent.
 */
#ifndef EXPLORER_STORE_H
#define EXPLORER_STORE_H

#include <bitmarkpeer/chain.h>

/* Snapshots that are lent at one time, at most.  Source: local bound. */
#define STORE_LENT_MAX 64

struct store;

/*
 * store_open(store, config):
 * Open the store for reading.  Returns as bitmark_chain_open.
 *
 *   store    new; owned by the caller: store_close, when nothing is lent
 *   config   its texts are borrowed as long as ${store} lives
 */
bitmark_status store_open(struct store **store,
    const struct bitmark_chain_config *config);

void store_close(struct store *store);

/* A snapshot of this moment, to be given back soon; NULL: the store cannot be
 * read just now.  Any thread. */
struct bitmark_snapshot *store_lend(struct store *store);
void store_give_back(struct store *store, struct bitmark_snapshot *snapshot);

/* Look for another store at the same path.  One thread. */
void store_tick(struct store *store);

/* The rules that the store followed when it was opened last.  Any thread. */
const struct bitmark_rules *store_rules(struct store *store);

struct store_counts {
	uint64_t opened;                /* times                            */
	uint64_t failed;                /* times that nothing could be lent */
};

void store_get_counts(struct store *store, struct store_counts *counts);

#endif
