/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * finder - the names and the metadata of all assets, the places of their issues,
 * the ids of transactions as bitmarkd shows them, and the digests of all blocks, in
 * memory: the store has no index for these.
 *
 * One thread brings it step by step to the state of the store, and follows what
 * comes and what is rolled back; any thread may search meanwhile.  When the
 * memory that it may take is used up, the oldest names, issues and ids are left out.
 */
#ifndef EXPLORER_FINDER_H
#define EXPLORER_FINDER_H

#include <bitmarkpeer/chain.h>

#include "explorer/place.h"

/* Least memory, in which there is room for some names.  Bytes. */
#define FINDER_BYTES_MIN ((size_t)1 << 20)

struct finder;

/* New; finder_close.  ${bytes_max} bounds its memory.  NULL: no memory. */
struct finder *finder_open(const struct bitmark_chain_params *params,
    size_t bytes_max);
void finder_close(struct finder *finder);

/* Take in up to ${blocks} more blocks, or drop those that are not in the chain
 * any more.  One thread.  True: there is more to do. */
bool finder_follow(struct finder *finder, struct bitmark_snapshot *snapshot,
    size_t blocks);

struct finder_counts {
	uint64_t height;                /* newest block that is in it       */
	uint64_t names;                 /* assets that can be found         */
	uint64_t issues;                /* likewise                         */
	uint64_t ids;                   /* likewise                         */
	uint64_t left_out;              /* for which there was no memory    */
	uint64_t cut;                   /* searches that ended early        */
	size_t bytes;
};

void finder_get_counts(struct finder *finder, struct finder_counts *counts);

/*
 * finder_text(finder, text, before, found):
 * Assets with ${text} in their name or their metadata, the newest first; gives
 * how many.  Upper and lower case are the same.
 *
 *   before   only those with a smaller ordinal; UINT64_MAX: all
 *   found    places and capacity are the caller's.  A search that has looked
 *            through NAMES_WORK_MAX of text ends: it goes on when ${before} is
 *            found->rest; 0: it has seen all
 */
size_t finder_text(struct finder *finder, struct bitmark_span text,
    uint64_t before, struct finder_places *found);

/*
 * finder_issues(finder, asset_id, before, found):
 * Issues of an asset, likewise, and of assets whose id begins like this one: the
 * record itself decides.
 */
size_t finder_issues(struct finder *finder, const uint8_t *asset_id,
    uint64_t before, struct finder_places *found);

/* Bytes with which an id begins where it is shown. */
#define FINDER_SHOWN_SIZE 4

/* Transactions whose id, as bitmarkd shows it, begins with these bytes; likewise. */
size_t finder_shown_ids(struct finder *finder,
    const uint8_t shown[FINDER_SHOWN_SIZE], struct finder_places *found);

/* Numbers of the blocks whose digest begins with these bytes, as it is stored or
 * as it is shown, the newest first; only the first 8 are compared.  Gives how many. */
size_t finder_blocks(struct finder *finder, struct bitmark_span prefix,
    uint64_t *numbers, size_t capacity);

#endif
