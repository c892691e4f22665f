/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Reading the records of a packed block, one after the other.
 *
 * Records have no length in front: only parsing one tells where the next one
 * begins.  A block can therefore only be walked from its start.
 */
#include <bitmarkpeer/block.h>

bitmark_status
bitmark_block_walk_start(struct bitmark_block_walk *walk,
    const struct bitmark_rules *rules, const uint8_t *data, size_t size,
    enum bitmark_network network)
{
	struct bitmark_block_walk w = {
		.rules = rules,
		.network = network,
		.block = { data, size },
		.offset = BITMARK_HEADER_SIZE,
	};
	bitmark_status status = bitmark_header_parse(data, size, &w.header);

	if (status == BITMARK_OK)
		*walk = w;
	return status;
}

bitmark_status
bitmark_block_walk_next(struct bitmark_block_walk *walk)
{
	const uint8_t *data = walk->block.data + walk->offset;
	size_t left = walk->block.size - walk->offset;
	bitmark_status status;
	size_t used;

	if (walk->index >= walk->header.count)
		return BITMARK_E_STATE;
	status = bitmark_record_parse(walk->rules, data, left, walk->network,
	    &walk->record, &used);
	if (status != BITMARK_OK)
		return status;
	walk->packed = (struct bitmark_span){ data, used };
	walk->offset += used;
	walk->index++;
	/* Bytes behind the last record would not be covered by any transaction
	 * id, and so by no merkle root: anybody could add some. */
	return walk->index == walk->header.count && used != left ?
	    BITMARK_E_TX_COUNT : BITMARK_OK;
}
