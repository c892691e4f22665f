/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Below a checkpoint: digests that are taken from the next header.
 *
 * The digest of each block is the one that the next header names, so the blocks
 * always link, and whether they are true shows only at the checkpoint.  So all
 * of them come from one client, the followed one, which is kept as long as it
 * stays connected.  If its headers do not lead to the checkpoint, it alone is
 * to blame, and other clients cannot spoil the blocks of an honest one.  A
 * client that lies costs one pass up to the checkpoint.
 */
#include "protocol/connector_impl.h"

#include <string.h>

bool
bm_trust_covers(const struct bitmark_connector *c, uint64_t number)
{
	return number <= c->trust.number;
}

/* A cycle fetches one block more than it stores, if the client has it: the
 * digest of the last block is in the header of the next. */
uint64_t
bm_trust_reach(const struct bitmark_connector *c, uint64_t last)
{
	return bm_trust_covers(c, last) &&
	    c->client[c->source].height > last ? last + 1 : last;
}

/* The header of a block has the digest of the one before it, which is covered
 * or not. */
bool
bm_trust_is_exclusive(const struct bitmark_connector *c, uint64_t number)
{
	return bm_trust_covers(c, number - 1);
}

uint64_t
bm_trust_proven(const struct bitmark_connector *c)
{
	return c->trust.number != 0 ? c->trust.proven(c->view.user) :
	    c->view.height(c->view.user);
}

/* Remembers the followed client by its key, because the numbers of clients are
 * given to other nodes. */
void
bm_trust_follow(struct bitmark_connector *c)
{
	c->trust.has_client = bm_trust_covers(c, c->window.base);
	memcpy(c->trust.client, c->client[c->source].key,
	    sizeof c->trust.client);
}

/* A client that claims a longer chain may not take the place of another whose
 * blocks wait for their proof: it would cost them, and may lie itself. */
size_t
bm_trust_client(const struct bitmark_connector *c, size_t best)
{
	const uint64_t height = c->view.height(c->view.user);

	if (!c->trust.has_client || !bm_trust_covers(c, height + 1) ||
	    bm_trust_proven(c) == height)
		return best;
	for (size_t i = 0; i < c->count; i++)
		if (bm_client_is_usable(c, i) &&
		    c->client[i].height > height &&
		    memcmp(c->client[i].key, c->trust.client,
		    sizeof c->trust.client) == 0)
			return i;
	return best;
}

/*
 * When the client has no block behind this one, its digest has to be computed;
 * but that of the checkpoint itself is known.  Where there is a next header it
 * counts also at the checkpoint, so that a digest which does not belong to the
 * hash of the headers is found out.
 */
enum bm_claim
bm_trust_claim(struct bitmark_connector *c, uint64_t number,
    uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const struct bm_slot *next = bm_window_slot(c, number + 1);
	struct bitmark_header header;

	if (!bm_trust_covers(c, number))
		return BM_CLAIM_NONE;
	if (c->client[c->source].height <= number) {
		memcpy(digest, c->trust.digest, BITMARK_DIGEST_SIZE);
		return number == c->trust.number ? BM_CLAIM_HERE :
		    BM_CLAIM_NONE;
	}
	if (number + 1 >= c->window.base + BITMARK_CONNECTOR_WINDOW ||
	    (next->block == NULL && !next->known) ||
	    bitmark_header_parse(next->header, sizeof next->header,
	    &header) != BITMARK_OK)
		return BM_CLAIM_LATER;
	memcpy(digest, header.previous, BITMARK_DIGEST_SIZE);
	return BM_CLAIM_HERE;
}
