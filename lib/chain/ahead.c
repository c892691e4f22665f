/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A prepared block is found again by all of its bytes, so that the results for
 * one block are never used for another.
 *
 * The parsed form of a block takes about twice as much memory as its records,
 * so there is a bound for bytes beside the one for blocks.  A block for which
 * there is no room is checked at its turn.
 */
#include "chain/ahead.h"

#include <string.h>

/* The last one takes the free place: the order in the array has no meaning. */
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

/* Blocks that differ do so in the header, mostly: then the comparison ends at
 * once.  Those that are equal are compared to the last byte. */
static bool
is_same(const struct bm_checked_block *block, struct bitmark_span packed)
{
	return block->packed.size == packed.size &&
	    memcmp(block->packed.data, packed.data, packed.size) == 0;
}

/* The last one to have its turn; there is one. */
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

/* Both bounds count: a thousand small blocks need many checks, a few large ones
 * much memory. */
static bool
has_room(const struct bm_ahead *ahead, size_t bytes)
{
	return ahead->counts.blocks < BITMARK_CHAIN_PREPARED_MAX &&
	    ahead->counts.bytes + bytes <= BITMARK_CHAIN_PREPARED_BYTES;
}

/*
 * Make room for a block by forgetting others.  One of the same number is of
 * another branch: the newer is likelier to be wanted.  Otherwise those go whose
 * turn is last, because the earliest are needed first; a block that would be
 * the last itself is refused.
 */
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

/* The bytes are copied, as the workers go on when the caller has returned. */
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

/* Backwards, because take_out moves the last one. */
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
