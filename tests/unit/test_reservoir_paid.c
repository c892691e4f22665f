/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Free and paid issues apart, and the limits and times of the rules, as 0.16
 * has them. */
#include "../support/made_blocks.h"
#include "../support/mining.h"

#include <stdlib.h>
#include <string.h>

/* Parties. */
enum { MINER = 1, ALICE, BOB, CAROL };

#define FINGERPRINT "what is issued"
#define OTHER "something else"

/* An address that pays to a key. */
#define KEY_ADDRESS "mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj"

static struct bitmark_unit_result result = { .struct_size = sizeof result };

/* Rules of 0.16 that a test may change. */
static struct bitmark_rules rules;

static void
setup(void)
{
	reservoir_setup();
	rules = *bitmark_rules_0_16();
	rx.rules = &rules;
	reservoir_restart();
}

static void
issue_of(struct made_block *b, const char *fingerprint, uint64_t nonce)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ISSUE,
		.issue = {
			.owner = test_account(ALICE, MADE_NETWORK),
			.nonce = nonce,
		},
	};
	const struct bitmark_span text = {
		(const uint8_t *)fingerprint, strlen(fingerprint)
	};

	bitmark_asset_id(text, r.issue.asset_id);
	made_record(b, &r, ALICE, ALICE);
}

/* Submissions take the records of a block that is never finished. */
static bitmark_status
submit(struct made_block *b)
{
	bitmark_status status = bitmark_reservoir_issues(rx.r, rx.snap,
	    rx.now_s, b->data + BITMARK_HEADER_SIZE,
	    b->size - BITMARK_HEADER_SIZE, &result);

	free(b);
	return status;
}

static bitmark_status
submit_issue(const char *fingerprint, uint64_t nonce)
{
	struct made_block *b = made_block(2);

	issue_of(b, fingerprint, nonce);
	return submit(b);
}

static void
cache_asset(const char *fingerprint)
{
	struct bitmark_asset_result asset = { .struct_size = sizeof asset };
	struct made_block *b = made_block(2);

	made_asset(b, ALICE, fingerprint);
	ck_assert_int_eq(bitmark_reservoir_asset(rx.r, rx.snap, rx.now_s,
	    b->data + BITMARK_HEADER_SIZE, b->size - BITMARK_HEADER_SIZE,
	    &asset), BITMARK_OK);
	free(b);
}

static void
confirm(struct made_block *b)
{
	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(made_offer(b, rx.chain, NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	ck_assert_int_eq(bitmark_reservoir_block_added(rx.r, rx.now_s,
	    b->data, b->size), BITMARK_OK);
	free(b);
}

static void
confirm_assets(void)
{
	struct made_block *b = made_block(2);

	made_foundation(b, MINER);
	made_asset(b, ALICE, FINGERPRINT);
	made_asset(b, ALICE, OTHER);
	confirm(b);
}

static bool
pay_all(void)
{
	const struct bitmark_alternative *a = &result.payments.alternative[0];
	const struct bitmark_paid paid = {
		.struct_size = sizeof paid,
		BITMARK_CURRENCY_BITCOIN, a->segment, a->count
	};
	bool verified;

	ck_assert_int_eq(bitmark_reservoir_payment(rx.r, rx.now_s,
	    result.pay_id, &paid, &verified), BITMARK_OK);
	return verified;
}

/* Grind, and prove with a nonce of ${size} bytes. */
static enum bitmark_proof_result
prove(size_t size)
{
	uint8_t nonce[BITMARK_CLIENT_NONCE_MAX] = { 0 };
	enum bitmark_proof_result proof = BITMARK_PROOF_INVALID;

	for (unsigned i = 0; i < 1u << 20 && proof == BITMARK_PROOF_INVALID;
	    i++) {
		memcpy(nonce, &i, sizeof i);
		ck_assert_int_eq(bitmark_reservoir_proof(rx.r, rx.snap,
		    result.pay_id, nonce, size, &proof), BITMARK_OK);
	}
	return proof;
}

START_TEST(issues_whose_nonces_are_all_0_are_free_and_cannot_be_paid)
{
	confirm_assets();
	ck_assert_int_eq(submit_issue(FINGERPRINT, 0), BITMARK_OK);
	ck_assert_uint_eq(result.payments.count, 0);
	ck_assert_uint_ne(result.pay_nonce, 0);
	ck_assert_uint_ne(result.bits, 0);
	ck_assert(!pay_all());
	ck_assert_uint_eq(counts_now().free_issues, 1);
	reservoir_reopen();
	ck_assert_uint_eq(counts_now().free_issues, 1);
	ck_assert_int_eq(prove(BITMARK_CLIENT_NONCE_MIN),
	    BITMARK_PROOF_ACCEPTED);
	ck_assert_uint_eq(counts_now().free_issues, 0);
	ck_assert_uint_eq(counts_now().verified, 1);
}
END_TEST

START_TEST(one_other_nonce_makes_all_of_a_bundle_paid_and_no_proof_helps)
{
	static const uint8_t no_target[BITMARK_TARGET_SIZE];
	struct made_block *b = made_block(2);
	uint8_t pay_id[BITMARK_PAY_ID_SIZE];

	confirm_assets();
	issue_of(b, FINGERPRINT, 0);
	issue_of(b, FINGERPRINT, 1);
	ck_assert_int_eq(submit(b), BITMARK_OK);
	memcpy(pay_id, result.pay_id, sizeof pay_id);
	ck_assert_uint_eq(result.payments.count, 2);
	ck_assert_uint_eq(result.payments.alternative[0].segment[0].amount,
	    2 * bitmark_currency_fee(BITMARK_CURRENCY_BITCOIN));
	ck_assert_uint_eq(result.pay_nonce, 0);
	ck_assert_uint_eq(result.bits, 0);
	ck_assert_mem_eq(result.target, no_target, sizeof no_target);
	ck_assert_uint_eq(counts_now().paid_issues, 2);
	ck_assert_int_eq(prove(BITMARK_CLIENT_NONCE_MIN),
	    BITMARK_PROOF_NOT_FOUND);
	reservoir_reopen();
	ck_assert_int_eq(prove(BITMARK_CLIENT_NONCE_MIN),
	    BITMARK_PROOF_NOT_FOUND);
	ck_assert(pay_all());
	ck_assert_uint_eq(counts_now().verified, 2);
}
END_TEST

START_TEST(paid_issues_are_of_one_asset_that_a_block_has)
{
	struct made_block *b = made_block(2);

	cache_asset(FINGERPRINT);
	ck_assert_int_eq(submit_issue(FINGERPRINT, 1),
	    BITMARK_E_ASSET_NOT_FOUND);
	ck_assert_int_eq(submit_issue(FINGERPRINT, 0), BITMARK_OK);
	confirm_assets();
	issue_of(b, FINGERPRINT, 1);
	issue_of(b, OTHER, 2);
	ck_assert_int_eq(submit(b), BITMARK_E_ASSET_NOT_FOUND);
	b = made_block(2);
	issue_of(b, FINGERPRINT, 0);
	issue_of(b, OTHER, 0);
	/* Pending in another bundle. */
	ck_assert_int_eq(submit(b), BITMARK_E_TX_EXISTS);
	ck_assert_int_eq(submit_issue(FINGERPRINT, 1), BITMARK_OK);
}
END_TEST

/* The price and the work are those of two issues, but there is one. */
START_TEST(an_issue_twice_in_a_bundle_is_one_transaction)
{
	for (int i = 0; i < 2; i++) {
		struct made_block *b = made_block(2);

		cache_asset(FINGERPRINT);
		issue_of(b, FINGERPRINT, 0);
		issue_of(b, FINGERPRINT, 0);
		ck_assert_int_eq(submit(b), BITMARK_OK);
		ck_assert(result.duplicate == (i == 1));
		ck_assert_uint_eq(result.count, 2);
		ck_assert_mem_eq(result.tx_id[0], result.tx_id[1],
		    BITMARK_TX_ID_SIZE);
		ck_assert_uint_eq(counts_now().pending, 1);
		reservoir_reopen();
		ck_assert_uint_eq(counts_now().pending, 1);
	}
	ck_assert_int_eq(prove(BITMARK_CLIENT_NONCE_MIN),
	    BITMARK_PROOF_ACCEPTED);
	ck_assert_uint_eq(counts_now().verified, 1);
}
END_TEST

/* As a message, which must be the same each time. */
START_TEST(a_long_client_nonce_is_kept_whole)
{
	enum bitmark_rebroadcast kind;
	struct bitmark_span data;

	cache_asset(FINGERPRINT);
	ck_assert_int_eq(submit_issue(FINGERPRINT, 0), BITMARK_OK);
	ck_assert_int_eq(prove(BITMARK_CLIENT_NONCE_MAX),
	    BITMARK_PROOF_ACCEPTED);
	reservoir_reopen();
	bitmark_reservoir_rebroadcast_start(rx.r);
	do
		ck_assert_int_eq(bitmark_reservoir_rebroadcast_next(rx.r,
		    &kind, &data), BITMARK_OK);
	while (kind != BITMARK_REBROADCAST_PROOF);
	ck_assert_uint_eq(data.size, BITMARK_PAY_ID_SIZE +
	    BITMARK_CLIENT_NONCE_MAX);
}
END_TEST

/* A proof that was good under the rules of 8.2 is so still. */
START_TEST(what_was_kept_under_8_2_is_there_under_other_rules)
{
	uint8_t id[BITMARK_TX_ID_SIZE];
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	rx.rules = bitmark_rules_8_2();
	reservoir_restart();
	cache_asset(FINGERPRINT);
	ck_assert_int_eq(submit_issue(FINGERPRINT, 1), BITMARK_OK);
	memcpy(id, result.tx_id[0], sizeof id);
	ck_assert_int_eq(prove(BITMARK_CLIENT_NONCE_MIN),
	    BITMARK_PROOF_ACCEPTED);
	ck_assert_int_eq(submit_issue(FINGERPRINT, 2), BITMARK_OK);
	ck_assert_int_eq(submit_issue(FINGERPRINT, 0), BITMARK_OK);
	ck_assert_int_eq(submit_transfer(reservoir_operation(4, 0), &r),
	    BITMARK_OK);
	rx.rules = &rules;
	reservoir_reopen();
	ck_assert_int_eq(status_of(id), BITMARK_TX_STATUS_VERIFIED);
	ck_assert_uint_eq(counts_now().pending, 3);
	ck_assert_uint_eq(counts_now().free_issues, 1);
	ck_assert_uint_eq(counts_now().paid_issues, 1);
	ck_assert_uint_eq(counts_now().transfers, 1);
	ck_assert_int_eq(prove(BITMARK_CLIENT_NONCE_MIN),
	    BITMARK_PROOF_ACCEPTED);
}
END_TEST

static void
auto_verify_under(const struct bitmark_rules *under)
{
	rx.rules = under;
	rx.auto_verify = true;
	reservoir_restart();
}

/* Free issues cannot be paid for, so that nothing but their proof helps. */
START_TEST(with_auto_verify_all_but_free_issues_count_as_paid)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };
	uint8_t free_id[BITMARK_TX_ID_SIZE];

	auto_verify_under(&rules);
	confirm_assets();
	ck_assert_int_eq(submit_issue(FINGERPRINT, 1), BITMARK_OK);
	ck_assert(result.verified);
	ck_assert_uint_eq(result.payments.count, 2);
	ck_assert_uint_eq(rx.told[BITMARK_TX_VERIFIED], 1);
	ck_assert_int_eq(submit_issue(FINGERPRINT, 1), BITMARK_E_TX_EXISTS);
	ck_assert_int_eq(submit_issue(FINGERPRINT, 0), BITMARK_OK);
	ck_assert(!result.verified);
	memcpy(free_id, result.tx_id[0], sizeof free_id);
	ck_assert_int_eq(submit_transfer(reservoir_operation(4, 0), &r),
	    BITMARK_OK);
	ck_assert(r.verified);
	ck_assert_uint_eq(counts_now().verified, 2);
	ck_assert_uint_eq(counts_now().pending, 1);
	reservoir_reopen();
	ck_assert_int_eq(status_of(free_id), BITMARK_TX_STATUS_PENDING);
	ck_assert_int_eq(prove(BITMARK_CLIENT_NONCE_MIN),
	    BITMARK_PROOF_ACCEPTED);
	ck_assert_uint_eq(counts_now().verified, 3);
}
END_TEST

/* By the rules of 8.2 issues can be paid for when their asset is confirmed. */
START_TEST(with_auto_verify_issues_that_have_a_price_count_as_paid)
{
	auto_verify_under(bitmark_rules_8_2());
	cache_asset(FINGERPRINT);
	ck_assert_int_eq(submit_issue(FINGERPRINT, 1), BITMARK_OK);
	ck_assert(!result.verified);
	ck_assert_int_eq(prove(BITMARK_CLIENT_NONCE_MIN),
	    BITMARK_PROOF_ACCEPTED);
	confirm_assets();
	ck_assert_int_eq(submit_issue(FINGERPRINT, 2), BITMARK_OK);
	ck_assert(result.verified);
}
END_TEST

/* So that a transfer that was submitted before does not wait for ever. */
START_TEST(auto_verify_takes_in_what_waits_already)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	ck_assert_int_eq(submit_transfer(reservoir_operation(4, 0), &r),
	    BITMARK_OK);
	ck_assert(!r.verified);
	rx.auto_verify = true;
	reservoir_reopen();
	ck_assert_int_eq(status_of(r.tx_id[0]), BITMARK_TX_STATUS_VERIFIED);
	/* And it stays, as a payment does. */
	rx.auto_verify = false;
	reservoir_reopen();
	ck_assert_int_eq(status_of(r.tx_id[0]), BITMARK_TX_STATUS_VERIFIED);
}
END_TEST

START_TEST(auto_verify_is_for_the_chain_local_alone)
{
	const char *const chains[] = { "testing", "bitmark" };

	for (size_t i = 0; i < 2; i++) {
		const struct bitmark_reservoir_config config = {
			.struct_size = sizeof config,
			.params = bitmark_chain_params_find(chains[i]),
			.auto_verify = true,
		};
		struct bitmark_reservoir *r;

		ck_assert_int_eq(bitmark_reservoir_open(&r, &config, rx.snap,
		    rx.now_s), BITMARK_E_ARGUMENT);
		ck_assert_ptr_null(r);
	}
}
END_TEST

static void
note_ready(void *user, const struct bitmark_block_walk *w, const uint8_t *id)
{
	char *order = user;
	const struct bitmark_record *record = &w->record;

	(void)id;
	order[strlen(order)] = record->tag == BITMARK_RECORD_ASSET ? 'A' :
	    record->tag != BITMARK_RECORD_ISSUE ? 'T' :
	    record->issue.nonce == 0 ? 'F' : 'P';
}

/* Free issues, with an asset before the first of it; paid ones; transfers; and
 * the issues that are too many at the end. */
START_TEST(what_is_ready_comes_in_the_order_of_a_block)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };
	char order[16] = { 0 };

	confirm_assets();
	ck_assert_int_eq(submit_transfer(reservoir_operation(4, 0), &r),
	    BITMARK_OK);
	result = r;
	ck_assert(pay_all());
	for (uint64_t nonce = 1; nonce <= 3; nonce++) {
		ck_assert_int_eq(submit_issue(OTHER, nonce), BITMARK_OK);
		ck_assert(pay_all());
	}
	ck_assert_int_eq(submit_issue(OTHER, 0), BITMARK_OK);
	ck_assert_int_eq(prove(BITMARK_CLIENT_NONCE_MIN),
	    BITMARK_PROOF_ACCEPTED);
	cache_asset("a third one");
	ck_assert_int_eq(submit_issue("a third one", 0), BITMARK_OK);
	ck_assert_int_eq(prove(BITMARK_CLIENT_NONCE_MIN),
	    BITMARK_PROOF_ACCEPTED);
	(void)template_each(note_ready, order);
	ck_assert_str_eq(order, "FAFPPPT");
	memset(order, 0, sizeof order);
	rules.block_issues_first = 1;
	(void)template_each(note_ready, order);
	ck_assert_str_eq(order, "FPTAFPP");
}
END_TEST

/*
 * Limits and times.
 */

START_TEST(pending_free_and_paid_issues_have_limits_of_their_own)
{
	confirm_assets();
	rules.free_issues_max = 1;
	rules.paid_issues_max = 2;
	ck_assert_int_eq(submit_issue(FINGERPRINT, 0), BITMARK_OK);
	ck_assert_int_eq(submit_issue(OTHER, 0), BITMARK_E_CAPACITY);
	ck_assert_int_eq(submit_issue(OTHER, 1), BITMARK_OK);
	ck_assert_int_eq(submit_issue(OTHER, 2), BITMARK_OK);
	ck_assert_int_eq(submit_issue(OTHER, 3), BITMARK_E_CAPACITY);
	ck_assert_uint_eq(counts_now().refused, 2);
	ck_assert_uint_eq(counts_now().pending, 3);
	/* What is verified does not count. */
	ck_assert_int_eq(submit_issue(FINGERPRINT, 0), BITMARK_OK);
	ck_assert_int_eq(prove(BITMARK_CLIENT_NONCE_MIN),
	    BITMARK_PROOF_ACCEPTED);
	ck_assert_int_eq(submit_issue(OTHER, 0), BITMARK_OK);
	ck_assert_str_eq(bitmark_strerror(BITMARK_E_CAPACITY),
	    "buffer capacity limit");
}
END_TEST

START_TEST(pending_transfers_have_a_limit)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	rules.transactions_max = 1;
	ck_assert_int_eq(submit_transfer(reservoir_operation(4, 0), &r),
	    BITMARK_OK);
	ck_assert_int_eq(submit_transfer(reservoir_operation(4, 6), &r),
	    BITMARK_E_CAPACITY);
	ck_assert_uint_eq(counts_now().transfers, 1);
	ck_assert_uint_eq(counts_now().refused, 1);
}
END_TEST

static void
expire_after(uint64_t after_s)
{
	ck_assert_int_eq(bitmark_reservoir_expire(rx.r, RESERVOIR_START +
	    after_s), BITMARK_OK);
}

START_TEST(things_live_as_long_as_the_rules_say)
{
	cache_asset(OTHER);
	cache_asset(FINGERPRINT);
	ck_assert_int_eq(submit_issue(FINGERPRINT, 0), BITMARK_OK);
	expire_after(45 * 60 - 1);
	ck_assert_uint_eq(counts_now().pending, 1);
	expire_after(45 * 60);
	ck_assert_uint_eq(counts_now().pending, 0);
	expire_after(rules.asset_life_s - 1);
	ck_assert_uint_eq(counts_now().assets, 2);
	expire_after(rules.asset_life_s);
	ck_assert_uint_eq(counts_now().assets, 0);
}
END_TEST

START_TEST(only_what_is_verified_is_rebroadcast)
{
	enum bitmark_rebroadcast kind;
	struct bitmark_span data;

	cache_asset(FINGERPRINT);
	ck_assert_int_eq(submit_issue(FINGERPRINT, 0), BITMARK_OK);
	bitmark_reservoir_rebroadcast_start(rx.r);
	ck_assert_int_eq(bitmark_reservoir_rebroadcast_next(rx.r, &kind,
	    &data), BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(prove(BITMARK_CLIENT_NONCE_MIN),
	    BITMARK_PROOF_ACCEPTED);
	bitmark_reservoir_rebroadcast_start(rx.r);
	for (int k = BITMARK_REBROADCAST_ASSETS;
	    k <= BITMARK_REBROADCAST_PROOF; k++) {
		if (k == BITMARK_REBROADCAST_TRANSFER)
			continue;
		ck_assert_int_eq(bitmark_reservoir_rebroadcast_next(rx.r,
		    &kind, &data), BITMARK_OK);
		ck_assert_int_eq(kind, k);
	}
}
END_TEST

/*
 * Two addresses of one script.
 */

static bool
pay_litecoin(const char *address, uint64_t amount)
{
	struct bitmark_payment output = { .amount = amount };
	const struct bitmark_paid paid = {
		.struct_size = sizeof paid,
		BITMARK_CURRENCY_LITECOIN, &output, 1
	};
	bool verified;

	memcpy(output.address, address, strlen(address));
	ck_assert_int_eq(bitmark_reservoir_payment(rx.r, rx.now_s,
	    result.pay_id, &paid, &verified), BITMARK_OK);
	return verified;
}

/* The other address of a script, made by its hash. */
static const char *
twin_of(const char *address, char twin[BITMARK_ADDRESS_TEXT_MAX + 1])
{
	const struct bitmark_span text = {
		(const uint8_t *)address, strlen(address)
	};

	ck_assert_int_eq(bitmark_address_litecoin_twin(text, twin),
	    BITMARK_OK);
	return twin;
}

START_TEST(an_address_of_a_script_has_one_twin)
{
	const struct bitmark_span key = {
		(const uint8_t *)KEY_ADDRESS, strlen(KEY_ADDRESS)
	};
	char twin[BITMARK_ADDRESS_TEXT_MAX + 1];
	char back[BITMARK_ADDRESS_TEXT_MAX + 1];
	uint8_t version;

	twin_of("2NATEcj2oLGKoJc3C8jbMjvF91mizz2cesr", twin);
	ck_assert_int_eq(bitmark_address_version(BITMARK_CURRENCY_LITECOIN,
	    (struct bitmark_span){ (const uint8_t *)twin, strlen(twin) },
	    &version), BITMARK_OK);
	ck_assert_uint_eq(version, 58);
	ck_assert_str_eq(twin_of(twin, back),
	    "2NATEcj2oLGKoJc3C8jbMjvF91mizz2cesr");
	ck_assert_int_eq(bitmark_address_litecoin_twin(key, twin),
	    BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(bitmark_address_litecoin_twin((struct bitmark_span){
	    (const uint8_t *)"no address", 10 }, twin),
	    BITMARK_E_LITECOIN_ADDRESS);
}
END_TEST

/* Both forms count as one payee, when the rules say so. */
START_TEST(a_payment_to_the_other_address_of_a_script_is_good)
{
	static const char address[] = "2NATEcj2oLGKoJc3C8jbMjvF91mizz2cesr";
	char twin[BITMARK_ADDRESS_TEXT_MAX + 1];
	struct made_block *b = made_block(2);
	uint8_t foundation[BITMARK_TX_ID_SIZE];

	rules.litecoin_script_twins = _i == 1;
	made_foundation(b, MINER);
	made_asset(b, ALICE, FINGERPRINT);
	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(made_offer(b, rx.chain, foundation), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	free(b);
	b = made_block(2);
	made_foundation(b, MINER);
	made_owner_transfer(b, foundation, MINER, BOB, address);
	confirm(b);
	ck_assert_int_eq(submit_issue(FINGERPRINT, 1), BITMARK_OK);
	ck_assert_str_eq(result.payments.alternative[1].segment[0].address,
	    address);
	ck_assert(!pay_litecoin(twin_of(address, twin), 1));
	ck_assert(pay_litecoin(twin, bitmark_currency_fee(
	    BITMARK_CURRENCY_LITECOIN)) == rules.litecoin_script_twins);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reservoir paid");
	TCase *t = tcase_create("paid");

	vectors_keep("chain-a.json");
	tcase_add_checked_fixture(t, setup, reservoir_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t,
	    issues_whose_nonces_are_all_0_are_free_and_cannot_be_paid);
	tcase_add_test(t,
	    one_other_nonce_makes_all_of_a_bundle_paid_and_no_proof_helps);
	tcase_add_test(t, paid_issues_are_of_one_asset_that_a_block_has);
	tcase_add_test(t, an_issue_twice_in_a_bundle_is_one_transaction);
	tcase_add_test(t, a_long_client_nonce_is_kept_whole);
	tcase_add_test(t, what_was_kept_under_8_2_is_there_under_other_rules);
	tcase_add_test(t,
	    with_auto_verify_all_but_free_issues_count_as_paid);
	tcase_add_test(t,
	    with_auto_verify_issues_that_have_a_price_count_as_paid);
	tcase_add_test(t, auto_verify_takes_in_what_waits_already);
	tcase_add_test(t, auto_verify_is_for_the_chain_local_alone);
	tcase_add_test(t, what_is_ready_comes_in_the_order_of_a_block);
	tcase_add_test(t,
	    pending_free_and_paid_issues_have_limits_of_their_own);
	tcase_add_test(t, pending_transfers_have_a_limit);
	tcase_add_test(t, things_live_as_long_as_the_rules_say);
	tcase_add_test(t, only_what_is_verified_is_rebroadcast);
	tcase_add_test(t, an_address_of_a_script_has_one_twin);
	tcase_add_loop_test(t,
	    a_payment_to_the_other_address_of_a_script_is_good, 0, 2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
