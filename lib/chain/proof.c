/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Digests of unproven blocks may be anything that meets their target: a peer
 * can make a chain of them at no cost.  The hash over all headers cannot be met
 * by another chain, and each header but the last contains the digest before
 * it, so with that hash and the last digest all digests are known.
 */
#include "chain/proof.h"

#include <string.h>

#include "chain/env.h"
#include "chain/rows.h"
#include "chain/runs.h"
#include "codec/codec.h"

#define FIRST_STORED (BITMARK_GENESIS_NUMBER + 1)

bitmark_status
bm_proven(const struct bm_txn *t, uint64_t tip, uint64_t *number)
{
	uint64_t first;
	bitmark_status status = bm_get_counter(t, BM_META_UNPROVEN, &first);

	*number = tip;
	if (status == BITMARK_E_NOT_FOUND)
		return BITMARK_OK;
	if (status == BITMARK_OK && first > BITMARK_GENESIS_NUMBER)
		*number = first - 1;
	return status;
}

/* The headers of a store, one after the other. */
struct headers {
	const struct bm_txn *txn;
	uint64_t next, last;
	struct bitmark_span behind;     /* size 0: it was given, or is not */
	bitmark_status status;
};

/* bm_next_part_fn */
static bool
next_header(void *user, struct bitmark_span *part)
{
	struct headers *h = user;

	if (h->next > h->last) {
		*part = h->behind;
		h->behind.size = 0;
		return part->size != 0;
	}
	h->status = bm_get_block(h->txn, h->next++, part);
	if (h->status == BITMARK_OK && part->size < BITMARK_HEADER_SIZE)
		h->status = BITMARK_E_STORE_CORRUPT;
	part->size = BITMARK_HEADER_SIZE;
	return h->status == BITMARK_OK;
}

bitmark_status
bm_headers_hash(const struct bm_txn *t, uint64_t last,
    struct bitmark_span next, uint8_t hash[BITMARK_SHA3_256_SIZE])
{
	struct headers headers = {
		.txn = t,
		.next = FIRST_STORED,
		.last = last,
		.behind = next,
	};

	bm_sha3_256_each(next_header, &headers, hash);
	return bm_store_error(headers.status);
}

/* The digest is compared first: the hash costs a look at every block. */
bitmark_status
bm_proof_check(const struct bm_txn *t, const struct bm_checked_block *block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const struct bitmark_checkpoint *c = &t->store->checkpoint;
	uint8_t hash[BITMARK_SHA3_256_SIZE];
	bitmark_status status;

	if (c->number != block->header.number)
		return BITMARK_OK;
	if (memcmp(digest, c->digest, sizeof c->digest) != 0)
		return BITMARK_E_CHECKPOINT;
	status = bm_headers_hash(t, c->number - 1, (struct bitmark_span){
	    block->packed.data, BITMARK_HEADER_SIZE }, hash);
	if (status == BITMARK_OK &&
	    memcmp(hash, c->headers, sizeof c->headers) != 0)
		status = BITMARK_E_CHECKPOINT;
	return status;
}

/* Remove the row if it names a block from ${from} on. */
static bitmark_status
forget(struct bm_txn *t, uint64_t from)
{
	uint64_t first;
	bitmark_status status = bm_get_counter(t, BM_META_UNPROVEN, &first);

	if (status == BITMARK_E_NOT_FOUND)
		return BITMARK_OK;
	if (status == BITMARK_OK && first >= from)
		status = bm_del(t, BM_TABLE_META, BM_META_UNPROVEN,
		    strlen(BM_META_UNPROVEN));
	return status;
}

/* A digest that was computed is taken for a claim, too: the caller does not say
 * which it is, and the few that are computed below a checkpoint are proven with
 * the others. */
bitmark_status
bm_proof_added(struct bm_txn *t, uint64_t number)
{
	uint64_t first;
	bitmark_status status;

	if (number > t->store->checkpoint.number)
		return BITMARK_OK;
	if (number == t->store->checkpoint.number)
		return forget(t, 0);
	status = bm_get_counter(t, BM_META_UNPROVEN, &first);
	return status == BITMARK_E_NOT_FOUND ?
	    bm_put_counter(t, BM_META_UNPROVEN, number) : status;
}

bitmark_status
bm_proof_removed(struct bm_txn *t, uint64_t tip)
{
	return forget(t, tip + 1);
}
