/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "records.h"

#include <stdlib.h>
#include <string.h>

/* Source: tests/data/vectors.json addresses; valid on test chains. */
#define TEST_BITCOIN "msxN7C7cRNgbgyUzt3EcvrpmWXc59sZVN4"
#define TEST_LITECOIN "n1DL6Y5aTGCoy9CpP31Zxc5NeEjyUCjze6"
#define LIVE_BITCOIN "1KutbWEAYmn7z3c6dWf1sXhyTX5JinNp24"
#define LIVE_LITECOIN "LevL4hJRiu1cSqRMqc2VQhvozTWYfxuiYW"

enum bitmark_network
record_network(const json_t *vector)
{
	const char *name = field_text(vector, "network");

	return name != NULL && strcmp(name, "bitmark") == 0 ?
	    BITMARK_NETWORK_LIVE : BITMARK_NETWORK_TEST;
}

struct bitmark_account
record_account(const json_t *vector, const char *key)
{
	const char *text = field_text(vector, key);
	struct bitmark_account account;

	ck_assert_msg(text != NULL, "no field %s", key);
	ck_assert_int_eq(bitmark_account_from_text(text, strlen(text),
	    &account), BITMARK_OK);
	return account;
}

struct bitmark_private_key
test_key(uint8_t byte, enum bitmark_network network)
{
	struct bitmark_private_key key;
	uint8_t seed[32];

	memset(seed, byte, sizeof seed);
	bitmark_private_key_from_seed(network, seed, &key);
	return key;
}

struct bitmark_account
test_account(uint8_t byte, enum bitmark_network network)
{
	struct bitmark_private_key key = test_key(byte, network);
	struct bitmark_account account;

	bitmark_private_key_account(&key, &account);
	return account;
}

struct packed_record
record_packed(const json_t *vector, const struct bitmark_rules *rules,
    enum bitmark_network network)
{
	struct packed_record p;
	size_t used = 0;

	p.data = field_bytes(vector, "packed", &p.size);
	ck_assert_int_eq(bitmark_record_parse(rules, p.data, p.size, network,
	    &p.record, &used), BITMARK_OK);
	ck_assert_uint_eq(used, p.size);
	return p;
}

void
assert_encodes(const struct bitmark_record *record, const uint8_t *packed,
    size_t size, const char *what)
{
	uint8_t *out = malloc(size + 1);
	size_t out_size = 0;

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(bitmark_record_encode(record, out, size + 1,
	    &out_size), BITMARK_OK);
	ck_assert_msg(out_size == size && memcmp(out, packed, size) == 0,
	    "%s: encoded to other bytes", what);
	free(out);
}

static struct bitmark_span
span(const char *text)
{
	return (struct bitmark_span){ (const uint8_t *)text, strlen(text) };
}

static struct bitmark_escrow
sample_escrow(enum bitmark_network network)
{
	return (struct bitmark_escrow){
		.present = true,
		.currency = BITMARK_CURRENCY_BITCOIN,
		.address = span(network == BITMARK_NETWORK_TEST ?
		    TEST_BITCOIN : LIVE_BITCOIN),
		.amount = UINT64_MAX,
	};
}

static struct bitmark_payments
sample_payments(enum bitmark_network network)
{
	struct bitmark_payments payments = { 0 };
	bool test = network == BITMARK_NETWORK_TEST;

	payments.address[BITMARK_CURRENCY_BITCOIN] =
	    span(test ? TEST_BITCOIN : LIVE_BITCOIN);
	payments.address[BITMARK_CURRENCY_LITECOIN] =
	    span(test ? TEST_LITECOIN : LIVE_LITECOIN);
	return payments;
}

struct bitmark_record
sample_record(enum bitmark_record_tag tag, enum bitmark_network network)
{
	struct bitmark_account one = test_account(1, network);
	struct bitmark_account two = test_account(2, network);
	struct bitmark_escrow escrow = sample_escrow(network);
	struct bitmark_payments payments = sample_payments(network);
	struct bitmark_record r;

	memset(&r, 0, sizeof r);
	r.tag = tag;
	switch (tag) {
	case BITMARK_RECORD_BASE_DATA:
		r.base_data = (struct bitmark_base_data){
			BITMARK_CURRENCY_BITCOIN, escrow.address, one,
			UINT64_MAX
		};
		break;
	case BITMARK_RECORD_ASSET:
		r.asset = (struct bitmark_asset){
			span("name"), span("fingerprint"),
			{ (const uint8_t *)"key\0value", 9 }, one
		};
		break;
	case BITMARK_RECORD_ISSUE:
		r.issue = (struct bitmark_issue){
			.asset_id = { 1, 2, 3 }, .owner = one,
			.nonce = UINT64_MAX
		};
		break;
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		r.transfer = (struct bitmark_transfer){
			.link = { 4, 5 }, .escrow = escrow, .owner = two
		};
		break;
	case BITMARK_RECORD_FOUNDATION:
		r.foundation = (struct bitmark_foundation){
			BITMARK_PAYMENTS_VERSION, payments, one, 1234
		};
		break;
	case BITMARK_RECORD_OWNER_TRANSFER:
		r.owner_transfer = (struct bitmark_owner_transfer){
			.link = { 6 }, .escrow = escrow,
			.version = BITMARK_PAYMENTS_VERSION,
			.payments = payments, .owner = two
		};
		break;
	case BITMARK_RECORD_SHARE:
		r.share = (struct bitmark_share){
			.link = { 7 }, .quantity = UINT64_MAX
		};
		break;
	case BITMARK_RECORD_GRANT:
		r.grant = (struct bitmark_grant){
			.share_id = { 8 }, .quantity = 1, .owner = one,
			.recipient = two, .before_block = UINT64_MAX
		};
		break;
	case BITMARK_RECORD_SWAP:
		r.swap = (struct bitmark_swap){
			.share_id_one = { 9 }, .quantity_one = 1,
			.owner_one = one, .share_id_two = { 10 },
			.quantity_two = UINT64_MAX, .owner_two = two,
			.before_block = 0
		};
		break;
	case BITMARK_RECORD_NULL:
		break;
	}
	return r;
}

void
sign_sample(struct bitmark_record *record, enum bitmark_network network,
    uint8_t signatures[2 * BITMARK_SIGNATURE_SIZE])
{
	struct bitmark_private_key one = test_key(1, network);
	struct bitmark_private_key two = test_key(2, network);

	ck_assert_int_eq(bitmark_record_sign(record, &one, signatures),
	    BITMARK_OK);
	if (bitmark_record_is_countersigned(record->tag))
		ck_assert_int_eq(bitmark_record_countersign(record, &two,
		    signatures + BITMARK_SIGNATURE_SIZE), BITMARK_OK);
}
