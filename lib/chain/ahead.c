/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A prepared block is found again by all of its bytes, so that the results for
 * one block are never used for another. The parsed form of a block takes about
 * twice as much memory as its records, so there is a bound for bytes as well as
 * one for the number of blocks. A block for which there is no room is checked
 * when its turn comes.
 */
#include "chain/ahead.h"

#include <string.h>

/* The last element is moved to the free place: the order of the array has no
 * meaning. */
static struct bm_checked_block *
take_out(struct bm_ahead *ahead, size_t i)
{
	struct bm_checked_block *block = ahead->block[i];

	ahead->counts.bytes -= bm_check_bytes(&block->header,
	    block->packed.size);
	ahead->counts.blocks--;
	ahead->block[i] = ahead->block[ahead->counts.blocks];
	ahead->block[ahead->counts.blocks] = NULL;
	return block;
}

/* Blocks that differ usually do so in the header, where the comparison then
 * ends. Equal blocks are compared to the last byte. */
static bool
is_same(const struct bm_checked_block *block, struct bitmark_span packed)
{
	return block->packed.size == packed.size &&
	    memcmp(block->packed.data, packed.data, packed.size) == 0;
}

/* The prepared block whose turn comes last; there is at least one. */
static size_t
furthest(const struct bm_ahead *ahead)
{
	size_t found = 0;

	for (size_t i = 1; i < ahead->counts.blocks; i++)
		if (ahead->block[i]->header.number >
		    ahead->block[found]->header.number)
			found = i;
	return found;
}

/* Both bounds count: a thousand small blocks need many checks, and a few large
 * ones much memory. */
static bool
has_room(const struct bm_ahead *ahead, size_t bytes)
{
	return ahead->counts.blocks < BITMARK_CHAIN_PREPARED_MAX &&
	    ahead->counts.bytes + bytes <= BITMARK_CHAIN_PREPARED_BYTES;
}

/* Make room for a block by forgetting others. A block of the same number
 * belongs to another branch; the newer one is more likely to be wanted.
 * Otherwise the blocks whose turn is last are forgotten, because the earliest
 * are needed first. A block that would itself be the last one is refused. */
static bool
make_room(struct bm_ahead *ahead, uint64_t number, size_t bytes)
{
	for (size_t i = 0; i < ahead->counts.blocks; i++)
		if (ahead->block[i]->header.number == number) {
			bm_check_free(take_out(ahead, i));
			break;
		}
	while (!has_room(ahead, bytes) && ahead->counts.blocks != 0) {
		size_t i = furthest(ahead);

		if (ahead->block[i]->header.number < number)
			return false;
		bm_check_free(take_out(ahead, i));
	}
	return has_room(ahead, bytes);
}

struct bm_checked_block *
bm_ahead_find(const struct bm_ahead *ahead, struct bitmark_span packed)
{
	for (size_t i = 0; i < ahead->counts.blocks; i++)
		if (is_same(ahead->block[i], packed))
			return ahead->block[i];
	return NULL;
}

/* The bytes are copied, because the workers still read them when the caller has
 * returned. */
void
bm_ahead_put(struct bm_ahead *ahead, struct bm_store *store,
    const struct bitmark_header *header, struct bitmark_span packed)
{
	const size_t bytes = bm_check_bytes(header, packed.size);
	struct bm_checked_block *block;

	if (bm_ahead_find(ahead, packed) != NULL)
		return;
	if (!make_room(ahead, header->number, bytes)) {
		ahead->counts.refused++;
		return;
	}
	if (bm_check_new(&block, store, header, packed, BM_CHECK_COPY) !=
	    BITMARK_OK)
		return;
	ahead->block[ahead->counts.blocks++] = block;
	ahead->counts.bytes += bytes;
	bm_check_begin(block);
}

/* The loop runs backwards, because take_out moves the last element. */
void
bm_ahead_pass(struct bm_ahead *ahead, uint64_t number,
    const struct bm_checked_block *found)
{
	for (size_t i = ahead->counts.blocks; i-- > 0; )
		if (ahead->block[i]->header.number <= number) {
			struct bm_checked_block *block = take_out(ahead, i);

			if (block != found)
				bm_check_free(block);
		}
	if (found != NULL)
		ahead->counts.used++;
}

/* Waits for the workers, as bm_check_free does. */
void
bm_ahead_clear(struct bm_ahead *ahead)
{
	while (ahead->counts.blocks != 0)
		bm_check_free(take_out(ahead, ahead->counts.blocks - 1));
}
