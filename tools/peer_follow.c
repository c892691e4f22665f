/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The chain as a publisher alone tells it.
 *
 * Every block names the digest of the block before it.  A published block that
 * names one that was told continues the chain there: told blocks above it are
 * gone.  Where any other block and the told chain part cannot be known without a
 * node that has the blocks between, so these are a gap.
 */
#include <string.h>

#include "peer_follow.h"

/* The digest of block ${number} as it was told, or NULL: it was not, or too
 * long ago. */
static const uint8_t *
known_digest(const struct peer_follow *f, uint64_t number)
{
	const size_t slot = (size_t)(number % FOLLOW_KNOWN);

	if (number == BITMARK_GENESIS_NUMBER)
		return f->chain->genesis_digest;
	return number <= f->tip && f->known[slot].number == number ?
	    f->known[slot].digest : NULL;
}

/* A block is known by number and digest, as a block of another branch has the
 * same number. */
static bool
is_known(const struct peer_follow *f, uint64_t number,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const uint8_t *known = known_digest(f, number);

	return known != NULL &&
	    memcmp(known, digest, BITMARK_DIGEST_SIZE) == 0;
}

/* The oldest block of the ring is forgotten. Each number has a fixed slot, and
 * the number in the slot tells whether it still holds that block. */
static void
set_tip(struct peer_follow *f, uint64_t number,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const size_t slot = (size_t)(number % FOLLOW_KNOWN);

	f->tip = number;
	f->known[slot].number = number;
	memcpy(f->known[slot].digest, digest, BITMARK_DIGEST_SIZE);
}

/* Take back the blocks above ${number}, the newest first, so that a program can
 * undo them in the order in which it is told. */
static void
cut(struct peer_follow *f, uint64_t number)
{
	for (; f->tip > number && f->tip > BITMARK_GENESIS_NUMBER; f->tip--) {
		const uint8_t *known = known_digest(f, f->tip);

		if (known != NULL)
			show_removed(f, f->tip, known);
		f->known[f->tip % FOLLOW_KNOWN].number = 0;
	}
}

/* Connect a published block to the blocks that were shown before: tell of
 * blocks that were missed, and of blocks that were replaced. */
static void
connect_block(struct peer_follow *f, uint64_t number,
    const uint8_t previous[BITMARK_DIGEST_SIZE])
{
	const uint64_t below = number - 1;

	if (f->tip < below) {
		show_gap(f, f->tip + 1, below);
		return;
	}
	cut(f, below);
	if (known_digest(f, below) == NULL || is_known(f, below, previous))
		return;
	/* The block below belongs to another branch, too; how many more do
	 * cannot be seen from here. */
	cut(f, below - 1);
	show_gap(f, below, below);
}

/* The digest is computed and not taken from the publisher. A block that comes
 * again is not shown again. The first block is shown whatever it builds on. */
bool
follow_block(struct peer_follow *f, struct bitmark_span block)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_header header;
	bitmark_status status = bitmark_header_parse(block.data, block.size,
	    &header);

	if (status == BITMARK_OK && header.number <= BITMARK_GENESIS_NUMBER)
		status = BITMARK_E_NUMBER;
	if (status == BITMARK_OK)
		status = bitmark_digest(block.data, digest);
	if (status != BITMARK_OK) {
		complain("a published block: %s", bitmark_strerror(status));
		return false;
	}
	if (is_known(f, header.number, digest))
		return false;
	if (f->tip != 0)
		connect_block(f, header.number, header.previous);
	set_tip(f, header.number, digest);
	return show_block(f, block, digest);
}
