/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * chain_walk - the records of a store, in their order.
 *
 * The same bytes of a grant or a swap may stand in several blocks, and the store
 * has an index for the first place alone: the others are looked for.
 */
#ifndef TOOLS_CHAIN_WALK_H
#define TOOLS_CHAIN_WALK_H

#include "chain_tool.h"

/* Called with the walk behind each record: walk->index is its index plus 1.
 * Nonzero stops. */
typedef int (*chain_record_fn)(void *user, uint64_t number,
    const struct bitmark_block_walk *walk);

/* All records from block ${first} to the newest.  BITMARK_OK, BITMARK_E_STOPPED
 * (by ${each}), or an error of the store. */
bitmark_status chain_walk(const struct chain_tool *tool, uint64_t first,
    chain_record_fn each, void *user);

#endif
