/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A walk through the records of a store, block after block.
 */
#include "chain_walk.h"

#include <stdlib.h>

/* The rules for decoding accept the records of all releases; each block was
 * verified before it was stored. The block is memory of the snapshot, so
 * nothing is copied. */
static bitmark_status
walk_block(const struct chain_tool *tool, uint64_t number,
    chain_record_fn each, void *user)
{
	struct bitmark_block_walk w;
	struct bitmark_span block;
	bitmark_status status = bitmark_snapshot_block(tool->snapshot, number,
	    &block);

	if (status == BITMARK_OK)
		status = bitmark_block_walk_start(&w, bitmark_rules_decode(),
		    block.data, block.size, tool->params->network);
	while (status == BITMARK_OK && w.index < w.header.count) {
		status = bitmark_block_walk_next(&w);
		if (status == BITMARK_OK && each(user, number, &w) != 0)
			return BITMARK_E_STOPPED;
	}
	return status;
}

bitmark_status
chain_walk(const struct chain_tool *tool, uint64_t first,
    chain_record_fn each, void *user)
{
	bitmark_status status = BITMARK_OK;
	struct bitmark_tip tip;

	bitmark_snapshot_tip(tool->snapshot, &tip);
	for (uint64_t n = first; status == BITMARK_OK && n <= tip.number; n++)
		status = walk_block(tool, n, each, user);
	return status;
}
