/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * source - the blocks of an old store, for a new one: as LMDB reads them, or,
 * when it is damaged, all that can still be found in its file.
 */
#ifndef BM_CHAIN_SOURCE_H
#define BM_CHAIN_SOURCE_H

#include "chain/feed.h"

struct bm_source {
	void *user;
	bm_next_block_fn next;
	/* Copies what waits in its journal into ${to}. */
	bitmark_status (*carry)(void *user, struct bitmark_chain *to);
	void (*close)(void *user);
	uint64_t work;                  /* of all blocks, for progress       */
	uint64_t newest;                /* number of its newest block; 0: not
	                                   known                             */
	const struct bitmark_rules *rules;      /* that it followed; NULL: not
	                                   known                             */
};

/*
 * bm_old_open(source, config), bm_salvage_open(source, config):
 * The store at config->path, whatever its format, for reading.  The second one
 * needs no LMDB; it gives blocks in order as far as it finds them.
 *
 * Return BITMARK_OK, BITMARK_E_STORE_CORRUPT, BITMARK_E_STORE_CHAIN (it says
 * that it is of another chain), or another error of the store.
 */
bitmark_status bm_old_open(struct bm_source *source,
    const struct bitmark_chain_config *config);
bitmark_status bm_salvage_open(struct bm_source *source,
    const struct bitmark_chain_config *config);

/* A block as the feed wants it: copied, its length within bounds. */
bitmark_status bm_source_copy(struct bitmark_span found, uint8_t **block,
    size_t *size);

#endif
