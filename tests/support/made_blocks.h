/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Blocks made for a test: any records on top of any store.  Their digests are
 * made up (they meet every target), so that no work is needed.
 */
#ifndef TESTS_MADE_BLOCKS_H
#define TESTS_MADE_BLOCKS_H

#include "records.h"

#include <bitmarkpeer/chain.h>

#define MADE_NETWORK BITMARK_NETWORK_TEST
/* As many as a block may have: header_count_max of the rules of v8.2. */
#define MADE_RECORDS_MAX 10000

struct made_block {
	uint16_t version;
	size_t count;
	size_t size;
	uint8_t ids[MADE_RECORDS_MAX][BITMARK_TX_ID_SIZE];
	uint8_t data[BITMARK_BLOCK_MAX];
};

/* A new block without records; free() when done. */
struct made_block *made_block(uint16_t version);

/* Sign ${record} with the key of ${signer} (and countersign with that of
 * ${receiver}), and put it into the block.  Returns its id, inside. */
const uint8_t *made_record(struct made_block *block,
    struct bitmark_record *record, uint8_t signer, uint8_t receiver);

/* Shorthands; parties are the bytes of test_key.  Each returns as above. */
const uint8_t *made_base(struct made_block *block, uint8_t owner);
const uint8_t *made_foundation(struct made_block *block, uint8_t owner);
const uint8_t *made_asset(struct made_block *block, uint8_t owner,
    const char *fingerprint);
const uint8_t *made_issue(struct made_block *block, uint8_t owner,
    uint64_t nonce);
const uint8_t *made_transfer(struct made_block *block, const uint8_t *link,
    uint8_t from, uint8_t to);
/* Fees for the block are paid to ${address} (both currencies). */
const uint8_t *made_owner_transfer(struct made_block *block,
    const uint8_t *link, uint8_t from, uint8_t to, const char *address);

/* Write the header: the block follows that of ${before}.  ${after} gets its
 * number and digest. */
void made_finish(struct made_block *block, const struct bitmark_tip *before,
    struct bitmark_tip *after);

/* Offer the block as the next one of ${chain}; ${foundation} gets the id under
 * which its base record is filed, and may be NULL.  A refused block is offered
 * again after bitmark_chain_prepare, and must be refused for the same
 * reason. */
bitmark_status made_offer(struct made_block *block,
    struct bitmark_chain *chain, uint8_t *foundation);

#endif
