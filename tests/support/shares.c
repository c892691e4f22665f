/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "shares.h"

#include <bitmarkpeer/shares.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mining.h"

#define FINGERPRINT SHARES_FINGERPRINT
#define ITEMS SHARES_ITEMS
#define TOTAL SHARES_TOTAL
#define LATE 1000000            /* before block */
#define VERSION 5

struct bitmark_unit_result shares_result = {
	.struct_size = sizeof shares_result,
};
uint8_t shares_id[SHARES_ITEMS][BITMARK_TX_ID_SIZE];

/* Blocks. */

/* A block with a base and an asset: a block must have two records at least. */
struct made_block *
shares_block(void)
{
	static unsigned count;
	struct made_block *b = made_block(VERSION);
	char fingerprint[16];

	snprintf(fingerprint, sizeof fingerprint, "%u", count++);
	made_foundation(b, MINER);
	made_asset(b, MINER, fingerprint);
	return b;
}

void
shares_confirm(struct made_block *b)
{
	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(made_offer(b, rx.chain, NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	ck_assert_int_eq(bitmark_reservoir_block_added(rx.r, rx.now_s,
	    b->data, b->size), BITMARK_OK);
	ck_assert_int_eq(bitmark_reservoir_review(rx.r, rx.snap, rx.now_s),
	    BITMARK_OK);
	free(b);
}

/* The record is in the block as it was submitted. */
static void
append(struct made_block *b, struct bitmark_span packed, const uint8_t *id)
{
	memcpy(b->data + b->size, packed.data, packed.size);
	b->size += packed.size;
	memcpy(b->ids[b->count++], id, BITMARK_TX_ID_SIZE);
}

/* Records. */

struct bitmark_record
share_record(const uint8_t *link, uint64_t quantity)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_SHARE, .share.quantity = quantity,
	};

	memcpy(r.share.link, link, sizeof r.share.link);
	return r;
}

struct bitmark_record
grant_record(size_t item, uint64_t quantity, uint8_t from, uint8_t to)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_GRANT,
		.grant = {
			.quantity = quantity,
			.owner = test_account(from, MADE_NETWORK),
			.recipient = test_account(to, MADE_NETWORK),
			.before_block = LATE,
		},
	};

	memcpy(r.grant.share_id, shares_id[item], sizeof r.grant.share_id);
	return r;
}

struct bitmark_record
swap_record(uint64_t one, uint8_t from, uint64_t two, uint8_t to)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_SWAP,
		.swap = {
			.quantity_one = one,
			.owner_one = test_account(from, MADE_NETWORK),
			.quantity_two = two,
			.owner_two = test_account(to, MADE_NETWORK),
			.before_block = LATE,
		},
	};

	memcpy(r.swap.share_id_one, shares_id[0], sizeof shares_id[0]);
	memcpy(r.swap.share_id_two, shares_id[1], sizeof shares_id[1]);
	return r;
}

/* Sign and submit; the records of a block that is never finished. */
bitmark_status
shares_submit(struct bitmark_record r, uint8_t signer, uint8_t receiver)
{
	struct made_block *b = made_block(VERSION);
	bitmark_status status;

	made_record(b, &r, signer, receiver);
	status = bitmark_reservoir_transfer(rx.r, rx.snap, rx.now_s,
	    b->data + BITMARK_HEADER_SIZE, b->size - BITMARK_HEADER_SIZE,
	    &shares_result);
	free(b);
	return status;
}

bitmark_status
shares_grant(uint64_t quantity)
{
	return shares_submit(grant_record(0, quantity, ALICE, BOB), ALICE, BOB);
}

bool
shares_pay(const uint8_t *pay_id, const struct bitmark_alternatives *payments)
{
	const struct bitmark_alternative *a = &payments->alternative[0];
	const struct bitmark_paid paid = {
		.struct_size = sizeof paid,
		a->segment[0].currency, a->segment, a->count
	};
	bool verified;

	ck_assert_int_eq(bitmark_reservoir_payment(rx.r, rx.now_s, pay_id,
	    &paid, &verified), BITMARK_OK);
	return verified;
}

void
shares_grant_and_pay(uint64_t quantity)
{
	ck_assert_int_eq(shares_grant(quantity), BITMARK_OK);
	ck_assert(shares_pay(shares_result.pay_id, &shares_result.payments));
}

uint64_t
shares_spend(uint8_t party, size_t item)
{
	const struct bitmark_account account = test_account(party,
	    MADE_NETWORK);

	return bitmark_reservoir_spend(rx.r, &account, shares_id[item]);
}

uint64_t
shares_balance(uint8_t party, size_t item)
{
	const struct bitmark_account account = test_account(party,
	    MADE_NETWORK);
	uint64_t balance;

	ck_assert_int_eq(bitmark_snapshot_share_balance(rx.snap, &account,
	    shares_id[item], &balance), BITMARK_OK);
	return balance;
}

/* ALICE has all shares of the first item, and BOB those of the second. */
void
shares_setup(void)
{
	static const uint8_t owner[ITEMS] = { ALICE, BOB };
	struct made_block *b;

	reservoir_setup_on(NULL, bitmark_rules_0_16());
	b = shares_block();
	made_asset(b, ALICE, FINGERPRINT);
	for (size_t i = 0; i < ITEMS; i++) {
		const struct bitmark_span text = {
			(const uint8_t *)FINGERPRINT, strlen(FINGERPRINT)
		};
		struct bitmark_record r = {
			.tag = BITMARK_RECORD_ISSUE,
			.issue.owner = test_account(owner[i], MADE_NETWORK),
		};

		bitmark_asset_id(text, r.issue.asset_id);
		memcpy(shares_id[i], made_record(b, &r, owner[i], owner[i]),
		    sizeof shares_id[i]);
	}
	shares_confirm(b);
	b = shares_block();
	for (size_t i = 0; i < ITEMS; i++) {
		struct bitmark_record r = share_record(shares_id[i], TOTAL);

		made_record(b, &r, owner[i], owner[i]);
	}
	shares_confirm(b);
}

/* Records that are ready for a block. */

static void
count_one(void *user, const struct bitmark_block_walk *w, const uint8_t *id)
{
	(void)user;
	(void)w;
	(void)id;
}

static void
take(void *user, const struct bitmark_block_walk *w, const uint8_t *id)
{
	append(user, w->packed, id);
}

size_t
shares_count_ready(void)
{
	return template_each(count_one, NULL);
}

/* All that is ready is in the next block. */
size_t
shares_confirm_ready(void)
{
	struct made_block *block = shares_block();
	const size_t count = template_each(take, block);

	shares_confirm(block);
	return count;
}
