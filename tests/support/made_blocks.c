/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "made_blocks.h"

#include "chains.h"

#include <stdlib.h>
#include <string.h>

/* Valid for both currencies on test chains; from tests/data/chain-a.json. */
#define ADDRESS "mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj"

static struct bitmark_span
span(const char *text)
{
	return (struct bitmark_span){ (const uint8_t *)text, strlen(text) };
}

static struct bitmark_payments
payments_to(const char *address)
{
	struct bitmark_payments payments = { 0 };

	payments.address[BITMARK_CURRENCY_BITCOIN] = span(address);
	payments.address[BITMARK_CURRENCY_LITECOIN] = span(address);
	return payments;
}

struct made_block *
made_block(uint16_t version)
{
	struct made_block *block = calloc(1, sizeof *block);

	ck_assert_ptr_nonnull(block);
	block->version = version;
	block->size = BITMARK_HEADER_SIZE;
	return block;
}

const uint8_t *
made_record(struct made_block *block, struct bitmark_record *record,
    uint8_t signer, uint8_t receiver)
{
	struct bitmark_private_key key = test_key(signer, MADE_NETWORK);
	uint8_t first[BITMARK_SIGNATURE_SIZE], second[BITMARK_SIGNATURE_SIZE];
	uint8_t *id = block->ids[block->count];
	size_t size;

	ck_assert_uint_lt(block->count, MADE_RECORDS_MAX);
	ck_assert_int_eq(bitmark_record_sign(record, &key, first), BITMARK_OK);
	key = test_key(receiver, MADE_NETWORK);
	if (bitmark_record_is_countersigned(record->tag))
		ck_assert_int_eq(bitmark_record_countersign(record, &key,
		    second), BITMARK_OK);
	ck_assert_int_eq(bitmark_record_encode(record, block->data +
	    block->size, sizeof block->data - block->size, &size), BITMARK_OK);
	bitmark_tx_id(block->data + block->size, size, id);
	block->size += size;
	block->count++;
	return id;
}

const uint8_t *
made_base(struct made_block *block, uint8_t owner)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_BASE_DATA,
		.base_data = {
			.currency = BITMARK_CURRENCY_BITCOIN,
			.address = span(ADDRESS),
			.owner = test_account(owner, MADE_NETWORK),
		},
	};

	return made_record(block, &r, owner, owner);
}

const uint8_t *
made_foundation(struct made_block *block, uint8_t owner)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_FOUNDATION,
		.foundation = {
			.version = BITMARK_PAYMENTS_VERSION,
			.payments = payments_to(ADDRESS),
			.owner = test_account(owner, MADE_NETWORK),
		},
	};

	return made_record(block, &r, owner, owner);
}

const uint8_t *
made_asset(struct made_block *block, uint8_t owner, const char *fingerprint)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ASSET,
		.asset = {
			.name = span("name"),
			.fingerprint = span(fingerprint),
			.registrant = test_account(owner, MADE_NETWORK),
		},
	};

	return made_record(block, &r, owner, owner);
}

const uint8_t *
made_issue(struct made_block *block, uint8_t owner, uint64_t nonce)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ISSUE,
		.issue = {
			.owner = test_account(owner, MADE_NETWORK),
			.nonce = nonce,
		},
	};

	return made_record(block, &r, owner, owner);
}

const uint8_t *
made_transfer(struct made_block *block, const uint8_t *link, uint8_t from,
    uint8_t to)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_TRANSFER,
		.transfer.owner = test_account(to, MADE_NETWORK),
	};

	memcpy(r.transfer.link, link, sizeof r.transfer.link);
	return made_record(block, &r, from, to);
}

const uint8_t *
made_owner_transfer(struct made_block *block, const uint8_t *link,
    uint8_t from, uint8_t to, const char *address)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_OWNER_TRANSFER,
		.owner_transfer = {
			.version = BITMARK_PAYMENTS_VERSION,
			.payments = payments_to(address),
			.owner = test_account(to, MADE_NETWORK),
		},
	};

	memcpy(r.owner_transfer.link, link, sizeof r.owner_transfer.link);
	return made_record(block, &r, from, to);
}

static void
write_header(struct made_block *block, const struct bitmark_tip *tip)
{
	struct bitmark_header header = {
		.version = block->version,
		.count = (uint16_t)block->count,
		.number = tip->number + 1,
		.timestamp = CHAIN_NOW,
		.bits = BITMARK_BITS_ONE,
	};
	uint8_t *ids = malloc(sizeof block->ids);

	ck_assert_ptr_nonnull(ids);
	memcpy(ids, block->ids, sizeof block->ids);
	bitmark_merkle_root(ids, block->count, header.merkle);
	free(ids);
	memcpy(header.previous, tip->digest, sizeof header.previous);
	bitmark_header_pack(&header, block->data);
}

void
made_finish(struct made_block *block, const struct bitmark_tip *before,
    struct bitmark_tip *after)
{
	write_header(block, before);
	*after = (struct bitmark_tip){ .number = before->number + 1 };
	/* Each block gets another digest.  Its first byte is the least
	 * significant, so the digest stays small and meets every target. */
	after->digest[0] = (uint8_t)after->number;
}

bitmark_status
made_offer(struct made_block *block, struct bitmark_chain *chain,
    uint8_t *foundation)
{
	struct bitmark_tip before, after;
	bitmark_status status;

	bitmark_chain_tip(chain, &before);
	made_finish(block, &before, &after);
	if (foundation != NULL)
		bitmark_foundation_id(after.digest, after.number, foundation);
	status = bitmark_chain_add(chain, block->data, block->size,
	    after.digest, CHAIN_NOW);
	if (status == BITMARK_OK)
		return BITMARK_OK;
	/* A refused block is offered again after bitmark_chain_prepare, which
	 * checks ahead, and must be refused for the same reason. */
	bitmark_chain_prepare(chain, block->data, block->size);
	ck_assert_int_eq(bitmark_chain_add(chain, block->data, block->size,
	    after.digest, CHAIN_NOW), status);
	return status;
}
