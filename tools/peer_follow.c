/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The chain as a publisher tells it: which blocks were missed, and which were
 * replaced.
 *
 * Every block names the digest of the block before it.  A published block that
 * names one that was told continues the chain there.  Any other block needs a
 * node that says where its chain and the told one part; without a node the
 * blocks between are a gap.
 */
#include <stdlib.h>
#include <string.h>

#include "peer_follow.h"
#include "shared/stop.h"

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

/* By number and digest: a block of another branch has the same number. */
static bool
is_known(const struct peer_follow *f, uint64_t number,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const uint8_t *known = known_digest(f, number);

	return known != NULL &&
	    memcmp(known, digest, BITMARK_DIGEST_SIZE) == 0;
}

/* The oldest block of the ring is forgotten for it.  The slot of a number is
 * fixed, so no slot has to be looked for, and the number in it says whether it
 * still holds that block. */
static void
set_tip(struct peer_follow *f, uint64_t number,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const size_t slot = (size_t)(number % FOLLOW_KNOWN);

	f->tip = number;
	f->known[slot].number = number;
	memcpy(f->known[slot].digest, digest, BITMARK_DIGEST_SIZE);
}

/* Forget the blocks above ${number}. */
static void
cut(struct peer_follow *f, uint64_t number)
{
	for (size_t i = 0; i < FOLLOW_KNOWN; i++)
		if (f->known[i].number > number)
			f->known[i].number = 0;
	f->tip = number;
}

/* Find the newest block, at or below ${number}, that the node and the told
 * chain have in common; the node has block ${number}.  Block by block, since
 * forks are one or two blocks deep as a rule, and each question is cheap. */
static bool
find_fork(const struct peer_follow *f, uint64_t number, uint64_t *fork)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];

	for (*fork = number < f->tip ? number : f->tip; *fork > 0; --*fork) {
		bitmark_status status;

		if (known_digest(f, *fork) == NULL)
			return false;
		status = bitmark_client_digest(f->node->client, *fork,
		    digest);
		if (status == BITMARK_OK && is_known(f, *fork, digest))
			return true;
		if (status != BITMARK_OK) {
			(void)peer_failed(f->node, status);
			return false;
		}
	}
	return false;
}

/* Fetch the next block from the node and show it.  It must follow the block
 * that was told last: the node may change to another branch at any moment. */
static bitmark_status
fetch_next(struct peer_follow *f)
{
	const uint64_t number = f->tip + 1;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_header header;
	struct bitmark_span block = { NULL, 0 };
	uint8_t *data;
	bitmark_status status = bitmark_client_block(f->node->client, number,
	    &data, &block.size);

	if (status != BITMARK_OK)
		return status;
	block.data = data;
	status = bitmark_header_parse(block.data, block.size, &header);
	if (status == BITMARK_OK && header.number != number)
		status = BITMARK_E_NUMBER;
	if (status == BITMARK_OK && !is_known(f, f->tip, header.previous))
		status = BITMARK_E_PREVIOUS;
	if (status == BITMARK_OK)
		status = bitmark_client_digest(f->node->client, number,
		    digest);
	if (status == BITMARK_OK) {
		set_tip(f, number, digest);
		show_block(f, block, &header, digest, FOLLOW_FETCHED);
	}
	bitmark_free(data);
	return status;
}

/* Fetch all blocks up to ${last}; those that cannot be had are told as a gap.
 */
static void
fill(struct peer_follow *f, uint64_t last)
{
	bitmark_status status = BITMARK_OK;

	while (f->tip < last && status == BITMARK_OK && stop_signal() == 0)
		status = fetch_next(f);
	if (status != BITMARK_OK)
		(void)peer_failed(f->node, status);
	if (f->tip < last)
		show_range_event(f, "gap", f->tip + 1, last, "missed");
}

/* Is the node as high as this block?  Else it cannot say how the chain came
 * there. */
static bool
node_has(const struct peer_follow *f, uint64_t number)
{
	uint64_t height;

	return f->node != NULL && bitmark_client_height(f->node->client,
	    &height) == BITMARK_OK && height >= number;
}

/* Told before the blocks that take their place, so that a program which reads
 * the events can take back what it has done with the old ones first. */
static void
show_replaced(const struct peer_follow *f, uint64_t first)
{
	show_range_event(f, "reorganisation", first, f->tip,
	    "replaced");
}

/*
 * Connect a block that was published to what was told: cut the told chain where
 * the two part, and fill in up to the block before it.
 */
static void
connect_block(struct peer_follow *f, uint64_t number,
    const uint8_t previous[BITMARK_DIGEST_SIZE])
{
	uint64_t fork = number - 1;
	const bool found = is_known(f, fork, previous) ||
	    (node_has(f, number) && find_fork(f, fork, &fork));

	if (!found && number > f->tip + 1) {
		show_range_event(f, "gap", f->tip + 1, number - 1,
		    "missed");
		return;
	}
	/* Without a node it is not known how far back the change goes; it is
	 * one block at least. */
	if (!found)
		fork = number > 2 ? number - 2 : BITMARK_GENESIS_NUMBER;
	if (fork < f->tip)
		show_replaced(f, fork + 1);
	cut(f, fork);
	if (found)
		fill(f, number - 1);
}

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
	/* The block was fetched before it was published, or is told twice. */
	if (is_known(f, header.number, digest))
		return false;
	if (f->tip != 0)
		connect_block(f, header.number, header.previous);
	set_tip(f, header.number, digest);
	show_block(f, block, &header, digest, FOLLOW_PUBLISHED);
	return true;
}

void
follow_catch_up(struct peer_follow *f)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];
	uint64_t height, fork;
	bitmark_status status;

	if (f->node == NULL)
		return;
	status = bitmark_client_height(f->node->client, &height);
	if (status == BITMARK_OK)
		status = bitmark_client_digest(f->node->client, height,
		    digest);
	if (status != BITMARK_OK) {
		(void)peer_failed(f->node, status);
		return;
	}
	/* After the first connection the newest block is only a place to go
	 * on from: earlier ones are not missed. */
	if (f->tip == 0) {
		set_tip(f, height, digest);
		return;
	}
	/* Nothing is new; or the node is behind the publisher. */
	if (is_known(f, height, digest) || !find_fork(f, height, &fork))
		return;
	if (fork < f->tip)
		show_replaced(f, fork + 1);
	cut(f, fork);
	fill(f, height);
}
