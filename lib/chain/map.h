/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * map - the memory map of a store, which grows with what is written.
 *
 * LMDB never enlarges its map by itself: a change that does not fit fails with
 * MDB_MAP_FULL.  And it can be enlarged only while this process reads nothing
 * (gate.h).  So room is made ahead whenever nobody happens to read, and only a
 * change that fails all the same waits for the readers.
 *
 * Writing thread only, but for bm_map_follow.
 */
#ifndef BM_CHAIN_MAP_H
#define BM_CHAIN_MAP_H

#include "chain/store.h"

/* Bytes of the map, and those that were ever used. */
bitmark_status bm_map_size(const struct bm_store *store, size_t *size,
    size_t *used);

/* Make the map larger when less than ${need} bytes are free and nobody
 * reads; if not, bm_map_grow will do it. */
void bm_map_make_room(struct bm_store *store, size_t need);

/* The map was full: make it larger, waiting so long for readers.  No
 * transaction may be open.  BITMARK_E_STORE_FULL: it cannot be larger, or
 * somebody reads. */
bitmark_status bm_map_grow(struct bm_store *store, unsigned wait_ms);

/* The map was lost because memory had run out: make it again.  Returns
 * BITMARK_OK when there is one, or why not.  The writing thread, or for a chain
 * that was opened for reading any thread. */
bitmark_status bm_map_mend(struct bm_store *store);

/* Another process has made the map larger: do the same.  Any thread. */
bitmark_status bm_map_follow(struct bm_store *store);

/*
 * bm_forget_dead(store):
 * Remove the marks of readers that were killed.  LMDB keeps the pages of the
 * oldest reader, also of a dead one of another process: the file would grow
 * with every change.  Also done now and then by bm_txn_begin, and before the
 * map becomes larger.
 */
bitmark_status bm_forget_dead(struct bm_store *store);

#endif
