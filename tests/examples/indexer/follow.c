/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The digest of a block names the block before it by its digest, and so stands
 * for the whole chain up to it.  Two facts follow, and all of this file:
 *
 *  - If the node has our newest block, it has all of ours.  If not, there is a
 *    last one that both have, which is found by halving.
 *  - If the newest block of the node is the same before and after blocks were
 *    fetched, they are all of one chain.
 *
 * Nothing is verified: a node that is asked is trusted, as one's own is.
 */
#include "follow.h"

#include <stdio.h>
#include <string.h>

static int
failed(const char *what, bitmark_status status)
{
	if (status != BITMARK_E_CANCELLED)
		fprintf(stderr, "indexer: %s: %s\n", what,
		    bitmark_strerror(status));
	return -1;
}

static int
ask_digest(struct bitmark_client *node, uint64_t number,
    uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const bitmark_status status = bitmark_client_digest(node, number,
	    digest);

	return status == BITMARK_OK ? 0 : failed("digest", status);
}

/* Do both have this block?  1: yes, 0: no, or -1. */
static int
is_shared(struct bitmark_client *node, uint64_t number,
    const uint8_t ours[BITMARK_DIGEST_SIZE])
{
	uint8_t theirs[BITMARK_DIGEST_SIZE];

	if (ask_digest(node, number, theirs) != 0)
		return -1;
	return memcmp(ours, theirs, sizeof theirs) == 0;
}

/* The last block that both have is not before ${low}, and before ${high}.  All
 * chains have the first block. */
static int
find_common(struct bitmark_client *node, uint64_t high,
    follow_digest_fn digest_of, void *user, uint64_t *common)
{
	uint64_t low = BITMARK_GENESIS_NUMBER;

	while (high - low > 1) {
		const uint64_t middle = low + (high - low) / 2;
		uint8_t ours[BITMARK_DIGEST_SIZE];
		int shared;

		if (digest_of(user, middle, ours) != 0)
			return -1;
		shared = is_shared(node, middle, ours);
		if (shared < 0)
			return -1;
		if (shared)
			low = middle;
		else
			high = middle;
	}
	*common = low;
	return 0;
}

/* One more block; the one before it has its digest from this one's header. */
static int
fetch(struct bitmark_client *node, struct follow_batch *batch,
    uint64_t number)
{
	struct follow_block *block = &batch->block[batch->count];
	struct bitmark_header header;
	bitmark_status status = bitmark_client_block(node, number,
	    &block->data, &block->size);

	if (status != BITMARK_OK)
		return failed("block", status);
	batch->count++;
	block->number = number;
	status = bitmark_header_parse(block->data, block->size, &header);
	if (status != BITMARK_OK || header.number != number)
		return failed("block", BITMARK_E_NUMBER);
	if (batch->count > 1)
		memcpy(block[-1].digest, header.previous,
		    sizeof block[-1].digest);
	return 0;
}

/* The blocks from ${first} on; ${last} is the newest one of the node. */
static int
fetch_all(struct bitmark_client *node, struct follow_batch *batch,
    uint64_t first, uint64_t last)
{
	struct follow_block *newest;
	size_t bytes = 0;

	for (uint64_t number = first; number <= last &&
	    batch->count < FOLLOW_BLOCKS_MAX && bytes < FOLLOW_BYTES_MAX;
	    number++) {
		if (fetch(node, batch, number) != 0)
			return -1;
		bytes += batch->block[batch->count - 1].size;
	}
	newest = &batch->block[batch->count - 1];
	return ask_digest(node, newest->number, newest->digest);
}

/* Blocks after ${place}, which the node has.  ${height} is its newest block, and
 * must be the same one afterwards: else the blocks might be of two chains. */
static enum follow_next
fetch_batch(struct bitmark_client *node, const struct follow_place *place,
    uint64_t height, struct follow_batch *batch)
{
	uint8_t before[BITMARK_DIGEST_SIZE];
	struct bitmark_header header;
	int shared;

	if (ask_digest(node, height, before) != 0 ||
	    fetch_all(node, batch, place->number + 1, height) != 0)
		return FOLLOW_FAILED;
	shared = is_shared(node, height, before);
	if (shared < 0 || bitmark_header_parse(batch->block[0].data,
	    batch->block[0].size, &header) != BITMARK_OK)
		return FOLLOW_FAILED;
	if (shared && memcmp(header.previous, place->digest,
	    sizeof place->digest) == 0)
		return FOLLOW_BLOCKS;
	/* The chain has changed meanwhile: it is looked at anew. */
	follow_free(batch);
	return FOLLOW_CURRENT;
}

enum follow_next
follow_next(struct bitmark_client *node, const struct follow_place *place,
    follow_digest_fn digest_of, void *user, struct follow_batch *batch,
    uint64_t *back)
{
	uint64_t height, high = place->number;
	bitmark_status status = bitmark_client_height(node, &height);
	enum follow_next next;
	int shared = 0;

	batch->count = 0;
	if (status != BITMARK_OK)
		return failed("height", status);
	if (height < place->number)
		high = height + 1;      /* it is shorter: shared is 0 */
	else
		shared = is_shared(node, place->number, place->digest);
	if (shared < 0)
		return FOLLOW_FAILED;
	if (!shared)
		return find_common(node, high, digest_of, user, back) == 0 ?
		    FOLLOW_BACK : FOLLOW_FAILED;
	if (height == place->number)
		return FOLLOW_CURRENT;
	next = fetch_batch(node, place, height, batch);
	if (next == FOLLOW_FAILED)
		follow_free(batch);
	return next;
}

void
follow_free(struct follow_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		bitmark_free(batch->block[i].data);
	batch->count = 0;
}
