/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Rules that the golden scenarios do not reach, on blocks made for them. */
#include "../support/made_blocks.h"
#include "../support/reservoirs.h"

#include <stdlib.h>
#include <string.h>

/* Parties. */
enum { MINER = 1, ALICE, BOB, CAROL };

/* Where the made blocks are paid, see made_blocks.c. */
#define BLOCK_ADDRESS "mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj"

#define ESCROW 60000
#define FEE 10000

static struct bitmark_unit_result result = { .struct_size = sizeof result };

/* A block with an issue of ALICE; its id. */
static void
confirm_issue(struct made_block *b, uint8_t id[BITMARK_TX_ID_SIZE])
{
	made_foundation(b, MINER);
	memcpy(id, made_issue(b, ALICE, 1), BITMARK_TX_ID_SIZE);
}

static void
offer(struct made_block *b)
{
	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(made_offer(b, rx.chain, NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	free(b);
}

/* A transfer of LINK to TO with an escrow, when there is a currency. */
static struct bitmark_record
transfer_to(const uint8_t *link, uint8_t to, const struct bitmark_escrow *e)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_TRANSFER,
		.transfer.owner = test_account(to, MADE_NETWORK),
	};

	memcpy(r.transfer.link, link, sizeof r.transfer.link);
	if (e != NULL)
		r.transfer.escrow = *e;
	return r;
}

static struct bitmark_escrow
escrow_of(enum bitmark_currency currency, const char *address)
{
	return (struct bitmark_escrow){
		.present = true,
		.currency = currency,
		.address = { (const uint8_t *)address, strlen(address) },
		.amount = ESCROW,
	};
}

/* Sign and submit. */
static bitmark_status
submit_record(struct bitmark_record *r, uint8_t signer)
{
	struct bitmark_private_key key = test_key(signer, MADE_NETWORK);
	uint8_t signature[BITMARK_SIGNATURE_SIZE];
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	size_t size;

	ck_assert_int_eq(bitmark_record_sign(r, &key, signature), BITMARK_OK);
	ck_assert_int_eq(bitmark_record_encode(r, packed, sizeof packed,
	    &size), BITMARK_OK);
	return bitmark_reservoir_transfer(rx.r, rx.snap, rx.now_s, packed,
	    size, &result);
}

/* Issue, and its transfer to BOB with an escrow, in two blocks; the id of the
 * transfer. */
static void
confirm_escrow(const struct bitmark_escrow *e, uint8_t id[BITMARK_TX_ID_SIZE])
{
	struct made_block *b = made_block(2);
	struct bitmark_record r;
	uint8_t issue[BITMARK_TX_ID_SIZE];

	confirm_issue(b, issue);
	offer(b);
	b = made_block(2);
	made_foundation(b, MINER);
	r = transfer_to(issue, BOB, e);
	memcpy(id, made_record(b, &r, ALICE, ALICE), BITMARK_TX_ID_SIZE);
	offer(b);
}

static bool
pay_bitcoin(uint64_t amount)
{
	struct bitmark_payment output = {
		.address = BLOCK_ADDRESS, .amount = amount
	};
	const struct bitmark_paid paid = {
		.struct_size = sizeof paid,
		BITMARK_CURRENCY_BITCOIN, &output, 1
	};
	bool verified;

	ck_assert_int_eq(bitmark_reservoir_payment(rx.r, rx.now_s,
	    result.pay_id, &paid, &verified), BITMARK_OK);
	return verified;
}

START_TEST(segments_with_one_address_add_up_D_28)
{
	struct bitmark_escrow e = escrow_of(BITMARK_CURRENCY_BITCOIN,
	    BLOCK_ADDRESS);
	struct bitmark_record next;
	uint8_t id[BITMARK_TX_ID_SIZE];

	confirm_escrow(&e, id);
	next = transfer_to(id, CAROL, NULL);
	ck_assert_int_eq(submit_record(&next, BOB), BITMARK_OK);
	ck_assert_uint_eq(result.payments.count, 1);
	ck_assert_uint_eq(result.payments.alternative[0].count, 2);
	ck_assert(!pay_bitcoin(ESCROW));        /* enough for v8.2 */
	ck_assert(!pay_bitcoin(ESCROW + 2 * FEE - 1));
	ck_assert(pay_bitcoin(ESCROW + 2 * FEE));
}
END_TEST

START_TEST(confirmed_escrow_without_currency_demands_nothing_D_09)
{
	struct bitmark_escrow e = escrow_of(BITMARK_CURRENCY_NOTHING, "any");
	struct bitmark_record next;
	uint8_t id[BITMARK_TX_ID_SIZE];

	confirm_escrow(&e, id);
	next = transfer_to(id, CAROL, NULL);
	ck_assert_int_eq(submit_record(&next, BOB), BITMARK_OK);
	ck_assert_uint_eq(result.payments.count, 2);
	ck_assert_uint_eq(result.payments.alternative[0].count, 1);
	ck_assert(pay_bitcoin(2 * FEE));
}
END_TEST

START_TEST(new_escrow_without_currency_is_refused_D_09)
{
	struct bitmark_escrow e = escrow_of(BITMARK_CURRENCY_NOTHING, "any");
	struct made_block *b = made_block(2);
	struct bitmark_record r;
	uint8_t id[BITMARK_TX_ID_SIZE];

	confirm_issue(b, id);
	offer(b);
	r = transfer_to(id, BOB, &e);
	ck_assert_int_eq(submit_record(&r, ALICE), BITMARK_E_CURRENCY);
	ck_assert_uint_eq(counts_now().pending, 0);
}
END_TEST

/* Block 4 of chain A is paid in Litecoin only (see the scenario that panics):
 * an item of it with a Bitcoin escrow can be paid in no currency. */
START_TEST(transfer_that_cannot_be_paid_is_refused_D_09)
{
	struct bitmark_escrow e = escrow_of(BITMARK_CURRENCY_BITCOIN,
	    BLOCK_ADDRESS);
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_BASE_DATA,
		.base_data = {
			.currency = BITMARK_CURRENCY_LITECOIN,
			.address = { (const uint8_t *)BLOCK_ADDRESS,
			    strlen(BLOCK_ADDRESS) },
			.owner = test_account(MINER, MADE_NETWORK),
		},
	};
	struct made_block *b = made_block(2);
	uint8_t id[BITMARK_TX_ID_SIZE];

	made_record(b, &r, MINER, MINER);
	memcpy(id, made_issue(b, ALICE, 1), sizeof id);
	offer(b);
	b = made_block(2);
	made_foundation(b, MINER);
	r = transfer_to(id, BOB, &e);
	memcpy(id, made_record(b, &r, ALICE, ALICE), sizeof id);
	offer(b);
	r = transfer_to(id, CAROL, NULL);
	ck_assert_int_eq(submit_record(&r, BOB), BITMARK_E_CURRENCY);
}
END_TEST

/* The order of the group, little endian.  Source: RFC 8032, section 5.1 */
static const uint8_t order[32] = {
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
	0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10,
};

/* Make S of the signature that ends at ${end} larger by the order. */
static void
add_order(uint8_t *end)
{
	unsigned carry = 0;

	for (size_t i = 0; i < sizeof order; i++) {
		carry += (unsigned)end[i - sizeof order] + order[i];
		end[(ptrdiff_t)i - (ptrdiff_t)sizeof order] =
		    (uint8_t)carry;
		carry >>= 8;
	}
}

START_TEST(signature_with_s_plus_l_is_refused_D_29)
{
	const json_t *o = reservoir_operation(4, 0);
	size_t size;
	uint8_t *data = operation_bytes(o, &size);

	add_order(data + size);
	ck_assert_int_eq(bitmark_reservoir_transfer(rx.r, rx.snap, rx.now_s,
	    data, size, &result), BITMARK_E_SIGNATURE);
	free(data);
}
END_TEST

START_TEST(only_the_canonical_encoding_is_kept_D_30)
{
	const json_t *o = reservoir_operation(4, 0);
	size_t size, at;
	uint8_t *data = operation_bytes(o, &size), *same;

	same = malloc(size);
	memcpy(same, data, size);
	/* Tag, length and link, no escrow, length: the account's variant. */
	at = 1 + 1 + BITMARK_TX_ID_SIZE + 1 + 1;
	ck_assert_uint_eq(same[at], 0x13);
	same[at] = 0x1f;
	ck_assert_int_eq(bitmark_reservoir_transfer(rx.r, rx.snap, rx.now_s,
	    same, size, &result), BITMARK_OK);
	ck_assert_uint_eq(result.relay.size, size);
	ck_assert_mem_eq(result.relay.data, data, size);
	ck_assert_int_eq(bitmark_reservoir_transfer(rx.r, rx.snap, rx.now_s,
	    data, size, &result), BITMARK_OK);
	ck_assert(result.duplicate);
	free(same);
	free(data);
}
END_TEST

START_TEST(bytes_after_a_transfer_are_not_kept)
{
	size_t size;
	uint8_t *data = operation_bytes(reservoir_operation(4, 0), &size);

	data[size] = 0xff;      /* there is room */
	ck_assert_int_eq(bitmark_reservoir_transfer(rx.r, rx.snap, rx.now_s,
	    data, size + 1, &result), BITMARK_OK);
	ck_assert_uint_eq(result.relay.size, size);
	free(data);
}
END_TEST

START_TEST(every_truncated_submission_is_refused)
{
	size_t size;
	struct bitmark_asset_result asset = { .struct_size = sizeof asset };
	uint8_t *issue = operation_bytes(reservoir_operation(2, 16), &size);

	for (size_t i = 0; i < size; i++)
		ck_assert_int_ne(bitmark_reservoir_issues(rx.r, rx.snap,
		    rx.now_s, issue, i, &result), BITMARK_OK);
	free(issue);
	issue = operation_bytes(reservoir_operation(4, 0), &size);
	for (size_t i = 0; i < size; i++)
		ck_assert_int_ne(bitmark_reservoir_transfer(rx.r, rx.snap,
		    rx.now_s, issue, i, &result), BITMARK_OK);
	free(issue);
	issue = operation_bytes(reservoir_operation(1, 0), &size);
	for (size_t i = 0; i < size; i++)
		ck_assert_int_ne(bitmark_reservoir_asset(rx.r, rx.snap,
		    rx.now_s, issue, i, &asset), BITMARK_OK);
	free(issue);
	ck_assert_uint_eq(counts_now().pending + counts_now().assets, 0);
}
END_TEST

/* The longest bundle, with an issue whose signature is longer than any. */
START_TEST(issue_with_a_long_signature_is_refused)
{
	static uint8_t signature[2 * BITMARK_SIGNATURE_MAX];
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ISSUE,
		.issue.owner = test_account(ALICE, MADE_NETWORK),
		.signature = { signature, (size_t)_i },
	};
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	size_t size;

	ck_assert_int_eq(bitmark_record_encode(&r, packed, sizeof packed,
	    &size), BITMARK_OK);
	ck_assert_int_eq(bitmark_reservoir_issues(rx.r, rx.snap, rx.now_s,
	    packed, size, &result), _i > BITMARK_SIGNATURE_MAX ?
	    BITMARK_E_SIGNATURE_LONG : BITMARK_E_SIGNATURE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reservoir rules");
	TCase *t = tcase_create("rules");

	vectors_keep("chain-a.json");
	vectors_keep("reservoir.json");
	tcase_add_checked_fixture(t, reservoir_setup, reservoir_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, segments_with_one_address_add_up_D_28);
	tcase_add_test(t,
	    confirmed_escrow_without_currency_demands_nothing_D_09);
	tcase_add_test(t, new_escrow_without_currency_is_refused_D_09);
	tcase_add_test(t, transfer_that_cannot_be_paid_is_refused_D_09);
	tcase_add_test(t, signature_with_s_plus_l_is_refused_D_29);
	tcase_add_test(t, only_the_canonical_encoding_is_kept_D_30);
	tcase_add_test(t, bytes_after_a_transfer_are_not_kept);
	tcase_add_test(t, every_truncated_submission_is_refused);
	tcase_add_loop_test(t, issue_with_a_long_signature_is_refused, 63,
	    64);
	tcase_add_loop_test(t, issue_with_a_long_signature_is_refused, 1000,
	    1003);
	tcase_add_loop_test(t, issue_with_a_long_signature_is_refused, 1024,
	    1026);
	suite_add_tcase(s, t);
	return run_suite(s);
}
