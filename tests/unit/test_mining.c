/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Templates: the next block, made of waiting transactions. */
#include "../support/made_blocks.h"
#include "../support/mining.h"

#include <bitmarkpeer/codec.h>

#include <stdlib.h>
#include <string.h>

/* Parties. */
enum { MINER = 1, ALICE, BOB, CAROL };

/* The base in a job of bitmarkd is in base64, as txZero. */
#define GOLDEN_BITCOIN "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn"
#define GOLDEN_LITECOIN "mmCKZS7toE69QgXNs1JZcjW6LFj8LfUbz6"

static struct bitmark_unit_result result = { .struct_size = sizeof result };

/* The golden block with this number that bitmarkd made of a job. */
static uint8_t *
golden_made(const char *version, uint64_t number, size_t *size)
{
	json_t *list = proofing_load(version), *record;
	uint8_t *block = NULL;
	size_t i;

	json_array_foreach(list, i, record)
		if (strcmp(field_text(record, "kind"), "block") == 0 &&
		    field_number(record, "number") == number)
			block = field_bytes(record, "packed", size);
	ck_assert_ptr_nonnull(block);
	json_decref(list);
	return block;
}

/*
 * The base.
 */

START_TEST(the_foundation_is_byte_for_byte_that_of_bitmarkd)
{
	const struct bitmark_private_key key = services_key("miner");
	const struct bitmark_miner miner = services_miner(&key,
	    GOLDEN_BITCOIN, GOLDEN_LITECOIN);
	struct bitmark_base base = { .struct_size = sizeof base }, golden;
	size_t size;
	uint8_t *block = golden_made("0.16", 2, &size);

	ck_assert_int_eq(bitmark_base_make(&miner, BITMARK_BASE_FOUNDATION,
	    &base), BITMARK_OK);
	golden = base_of_block((struct bitmark_span){ block, size });
	ck_assert_uint_eq(base.count, 1);
	ck_assert_uint_eq(base.size, golden.size);
	ck_assert_mem_eq(base.packed, golden.packed, base.size);
	free(block);
}
END_TEST

START_TEST(S_04_a_base_that_would_be_refused_is_told_when_it_is_made)
{
	struct bitmark_private_key key = services_key("miner");
	struct bitmark_miner miner = services_miner(&key, MINING_ADDRESS,
	    NULL);
	struct bitmark_base base = { .struct_size = sizeof base };

	ck_assert_int_eq(bitmark_base_make(&miner, BITMARK_BASE_FOUNDATION,
	    &base), BITMARK_E_CURRENCY_ADDRESS);
	miner = services_miner(&key, "nonsense", MINING_ADDRESS);
	ck_assert_int_eq(bitmark_base_make(&miner, BITMARK_BASE_FOUNDATION,
	    &base), BITMARK_E_BITCOIN_ADDRESS);
	miner = services_miner(&key, MINING_ADDRESS, MINING_ADDRESS);
	key.network = BITMARK_NETWORK_LIVE;
	ck_assert_int_eq(bitmark_base_make(&miner, BITMARK_BASE_PAIR, &base),
	    BITMARK_E_WRONG_NETWORK_PRIVATE);
	miner.struct_size = 1;
	ck_assert_int_eq(bitmark_base_make(&miner, BITMARK_BASE_PAIR, &base),
	    BITMARK_E_ARGUMENT);
}
END_TEST

/*
 * What waits.
 */

/* A payment of as much as anybody could want, to all who want some. */
static void
pay(void)
{
	struct bitmark_payment output[BITMARK_SEGMENTS_MAX];
	const struct bitmark_alternative *a = &result.payments.alternative[0];
	struct bitmark_paid paid = { .struct_size = sizeof paid,
		.output = output, .count = a->count };
	bool verified;

	ck_assert_uint_ne(result.payments.count, 0);
	paid.currency = a->segment[0].currency;
	for (size_t i = 0; i < a->count; i++) {
		output[i] = a->segment[i];
		output[i].amount = UINT64_C(1) << 40;
	}
	ck_assert_int_eq(bitmark_reservoir_payment(rx.r, rx.now_s,
	    result.pay_id, &paid, &verified), BITMARK_OK);
	ck_assert(verified);
}

/* Issues that have no asset in a block can only be proved. */
static void
prove(void)
{
	struct bitmark_grind_config grind = { .struct_size = sizeof grind,
		.pay_nonce = result.pay_nonce, .threads = 1 };
	uint8_t nonce[BITMARK_GRIND_NONCE_SIZE];
	enum bitmark_proof_result outcome;

	memcpy(grind.pay_id, result.pay_id, sizeof grind.pay_id);
	memcpy(grind.target, result.target, sizeof grind.target);
	ck_assert_int_eq(bitmark_grind(&grind, nonce), BITMARK_OK);
	ck_assert_int_eq(bitmark_reservoir_proof(rx.r, rx.snap, result.pay_id,
	    nonce, sizeof nonce, &outcome), BITMARK_OK);
	ck_assert_int_eq(outcome, BITMARK_PROOF_ACCEPTED);
}

static void
submit_asset_record(struct bitmark_span packed)
{
	struct bitmark_asset_result asset = { .struct_size = sizeof asset };

	ck_assert_int_eq(bitmark_reservoir_asset(rx.r, rx.snap, rx.now_s,
	    packed.data, packed.size, &asset), BITMARK_OK);
}

static void
submit_issue_record(struct bitmark_span packed)
{
	ck_assert_int_eq(bitmark_reservoir_issues(rx.r, rx.snap, rx.now_s,
	    packed.data, packed.size, &result), BITMARK_OK);
	prove();
}

/* Let the records of a block wait, in their order, verified. */
static void
submit_records(struct bitmark_span block)
{
	struct bitmark_block_walk w;
	bitmark_status status = bitmark_block_walk_start(&w,
	    bitmark_rules_decode(), block.data, block.size, MADE_NETWORK);

	while (status == BITMARK_OK && w.index < w.header.count) {
		status = bitmark_block_walk_next(&w);
		ck_assert_int_eq(status, BITMARK_OK);
		if (w.record.tag == BITMARK_RECORD_ASSET)
			submit_asset_record(w.packed);
		else if (w.record.tag == BITMARK_RECORD_ISSUE)
			submit_issue_record(w.packed);
	}
}

START_TEST(a_block_that_bitmarkd_made_is_made_again)
{
	size_t size, made_size;
	uint8_t *golden = golden_made("8.2", 26, &size), *made;
	const struct bitmark_base base = base_of_block((struct bitmark_span){
	    golden, size });
	struct bitmark_template_config config = template_config(&base);
	struct bitmark_template *t;
	struct bitmark_header header;
	bitmark_status status;

	ck_assert_int_eq(bitmark_header_parse(golden, size, &header),
	    BITMARK_OK);
	submit_records((struct bitmark_span){ golden, size });
	config.now_s = header.timestamp;
	t = template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_OK);
	ck_assert_int_eq(bitmark_template_block(t, header.nonce, &made,
	    &made_size), BITMARK_OK);
	ck_assert_uint_eq(made_size, size);
	ck_assert_mem_eq(made, golden, size);
	bitmark_free(made);
	bitmark_template_free(t);
	free(golden);
}
END_TEST

static void
try_template(const char *what, size_t step)
{
	const struct bitmark_base base = mining_base(BITMARK_BASE_FOUNDATION);
	const struct bitmark_template_config config = template_config(&base);
	struct bitmark_template_counts counts;
	bitmark_status status;
	struct bitmark_template *t = template_now(&config, &status);

	if (t == NULL) {
		ck_assert_msg(status == BITMARK_E_NOT_FOUND &&
		    counts_now().verified == 0, "%s %zu: %s", what, step,
		    bitmark_strerror(status));
		return;
	}
	counts = template_counts(t);
	ck_assert_uint_eq(counts.taken + counts.refused + counts.no_asset +
	    counts.no_room, counts_now().verified);
	ck_assert_uint_eq(bitmark_template_header(t)->count,
	    1 + counts.taken + counts.assets);
	status = template_offer(t);
	ck_assert_msg(status == BITMARK_OK, "%s %zu: %s", what, step,
	    bitmark_strerror(status));
	bitmark_template_free(t);
}

/* Whether it is accepted is not judged here.  False: nothing can have
 * changed. */
static bool
try_operation(const json_t *o)
{
	struct bitmark_asset_result asset = { .struct_size = sizeof asset };
	enum bitmark_proof_result proof;
	const char *op = field_text(o, "op");

	if (strcmp(op, "asset") == 0)
		return submit_asset(o, &asset) == BITMARK_OK;
	if (strcmp(op, "issues") == 0)
		return submit_issues(o, &result) == BITMARK_OK;
	if (strcmp(op, "transfer") == 0)
		return submit_transfer(o, &result) == BITMARK_OK;
	if (strcmp(op, "payment") == 0)
		return submit_payment(o, NULL) == BITMARK_OK;
	if (strcmp(op, "proof") == 0)
		return submit_proof(o, &proof) == BITMARK_OK;
	if (strcmp(op, "block") != 0)
		return false;
	submit_block(o);
	return true;
}

/* The golden scenarios of the reservoir, with a look after each operation. */
START_TEST(whatever_waits_the_chain_takes_the_block)
{
	const json_t *scenario = reservoir_scenario((size_t)_i), *operation;
	size_t i;

	json_array_foreach(json_object_get(scenario, "operations"), i,
	    operation)
		if (try_operation(operation))
			try_template(field_text(scenario, "name"), i);
}
END_TEST

/*
 * What the chain would refuse, and limits.
 */

/* ${count} issues of an asset that is cached, in bundles of ${each}. */
static void
wait_issues(const char *fingerprint, size_t count, size_t each)
{
	struct made_block *b = made_block(2);
	struct bitmark_record r = { .tag = BITMARK_RECORD_ISSUE,
		.issue.owner = test_account(ALICE, MADE_NETWORK) };

	bitmark_asset_id((struct bitmark_span){ (const uint8_t *)fingerprint,
	    strlen(fingerprint) }, r.issue.asset_id);
	made_asset(b, ALICE, fingerprint);
	submit_asset_record((struct bitmark_span){
	    b->data + BITMARK_HEADER_SIZE, b->size - BITMARK_HEADER_SIZE });
	for (size_t i = 0; i < count; i++) {
		if (i % each == 0)
			b->size = BITMARK_HEADER_SIZE;
		r.issue.nonce = i;
		made_record(b, &r, ALICE, ALICE);
		if (i % each == each - 1)
			submit_issue_record((struct bitmark_span){
			    b->data + BITMARK_HEADER_SIZE,
			    b->size - BITMARK_HEADER_SIZE });
	}
	free(b);
}

START_TEST(an_asset_stands_once_before_its_first_issue)
{
	const struct bitmark_base base = mining_base(BITMARK_BASE_FOUNDATION);
	const struct bitmark_template_config config = template_config(&base);
	struct bitmark_template *t;
	struct bitmark_block_walk w;
	bitmark_status status;
	uint8_t *block;
	size_t size;

	wait_issues("first", 2, 1);
	wait_issues("second", 1, 1);
	t = template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_OK);
	ck_assert_uint_eq(template_counts(t).assets, 2);
	ck_assert_int_eq(bitmark_template_block(t, 1, &block, &size),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_block_walk_start(&w, config.rules, block,
	    size, MADE_NETWORK), BITMARK_OK);
	for (const char *tags = "623323"; *tags != '\0'; tags++) {
		ck_assert_int_eq(bitmark_block_walk_next(&w), BITMARK_OK);
		ck_assert_int_eq(w.record.tag, *tags - '0');
	}
	ck_assert_uint_eq(w.index, w.header.count);
	bitmark_free(block);
	bitmark_template_free(t);
}
END_TEST

START_TEST(S_06_records_beyond_the_limits_wait_for_another_block)
{
	const struct bitmark_base base = mining_base(BITMARK_BASE_FOUNDATION);
	struct bitmark_template_config config = template_config(&base);
	struct bitmark_template *t;
	bitmark_status status;

	wait_issues("some", 6, 2);
	/* An asset and two issues; then one place is left. */
	config.records_max = 4;
	t = template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_OK);
	ck_assert_uint_eq(template_counts(t).taken, 2);
	ck_assert_uint_eq(template_counts(t).no_room, 4);
	ck_assert_uint_eq(bitmark_template_header(t)->count, 4);
	ck_assert_int_eq(template_offer(t), BITMARK_OK);
	bitmark_template_free(t);
	/* No place for the asset. */
	config.records_max = 2;
	t = template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_E_NOT_FOUND);
	config.records_max = 0;
	config.bytes_max = 1000;
	t = template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_OK);
	ck_assert_uint_gt(template_counts(t).no_room, 0);
	ck_assert_uint_gt(template_counts(t).taken, 0);
	ck_assert_int_eq(template_offer(t), BITMARK_OK);
	bitmark_template_free(t);
}
END_TEST

START_TEST(S_07_records_that_a_newer_block_confirmed_are_left_out)
{
	const struct bitmark_base base = mining_base(BITMARK_BASE_FOUNDATION);
	const struct bitmark_template_config config = template_config(&base);
	static const uint8_t digest[BITMARK_DIGEST_SIZE] = { 1 };
	struct bitmark_template *t;
	bitmark_status status;
	uint8_t *block;
	size_t size;

	wait_issues("first", 2, 1);
	t = template_now(&config, &status);
	ck_assert_int_eq(bitmark_template_block(t, 1, &block, &size),
	    BITMARK_OK);
	bitmark_template_free(t);
	wait_issues("second", 1, 1);
	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(bitmark_chain_add(rx.chain, block, size, digest,
	    rx.now_s), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	bitmark_free(block);
	/* The reservoir has not heard of it. */
	t = template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_OK);
	ck_assert_uint_eq(template_counts(t).refused, 2);
	ck_assert_uint_eq(template_counts(t).taken, 1);
	ck_assert_int_eq(template_offer(t), BITMARK_OK);
	bitmark_template_free(t);
}
END_TEST

START_TEST(a_transfer_whose_link_another_block_spent_is_left_out)
{
	const struct bitmark_base base = mining_base(BITMARK_BASE_FOUNDATION);
	const struct bitmark_template_config config = template_config(&base);
	struct made_block *b = made_block(2), *c = made_block(2);
	struct bitmark_template *t;
	bitmark_status status;
	uint8_t link[BITMARK_TX_ID_SIZE];

	made_foundation(b, MINER);
	made_asset(b, ALICE, "moved");
	{
		struct bitmark_record r = { .tag = BITMARK_RECORD_ISSUE,
			.issue.owner = test_account(ALICE, MADE_NETWORK) };

		bitmark_asset_id((struct bitmark_span){
		    (const uint8_t *)"moved", 5 }, r.issue.asset_id);
		memcpy(link, made_record(b, &r, ALICE, ALICE), sizeof link);
	}
	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(made_offer(b, rx.chain, NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	b->count = 0, b->size = BITMARK_HEADER_SIZE;
	made_transfer(b, link, ALICE, BOB);
	ck_assert_int_eq(bitmark_reservoir_transfer(rx.r, rx.snap, rx.now_s,
	    b->data + BITMARK_HEADER_SIZE, b->size - BITMARK_HEADER_SIZE,
	    &result), BITMARK_OK);
	pay();
	t = template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_OK);
	ck_assert_uint_eq(template_counts(t).taken, 1);
	ck_assert_int_eq(template_offer(t), BITMARK_OK);
	bitmark_template_free(t);
	/* Another transfer of it is confirmed first. */
	made_foundation(c, MINER);
	made_transfer(c, link, ALICE, CAROL);
	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(made_offer(c, rx.chain, NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	t = template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_E_NOT_FOUND);
	free(b);
	free(c);
}
END_TEST

/*
 * The header, and a block of nothing.
 */

START_TEST(without_anything_to_confirm_there_is_an_empty_block_or_none)
{
	const struct bitmark_base base = mining_base(BITMARK_BASE_FOUNDATION);
	const struct bitmark_base pair = mining_base(BITMARK_BASE_PAIR);
	struct bitmark_template_config config = template_config(&base);
	struct bitmark_template *t;
	bitmark_status status;

	template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_E_NOT_FOUND);
	config.empty = &pair;
	t = template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_OK);
	ck_assert_uint_eq(bitmark_template_header(t)->count, 2);
	ck_assert_int_eq(template_offer(t), BITMARK_OK);
	bitmark_template_free(t);
}
END_TEST

/* An empty block of this version and time, made by hand. */
static void
add_block(uint16_t version, uint64_t timestamp)
{
	struct made_block *b = made_block(version);
	struct bitmark_header header;
	struct bitmark_tip before, after;

	made_foundation(b, MINER);
	made_asset(b, ALICE, "by hand");
	bitmark_chain_tip(rx.chain, &before);
	made_finish(b, &before, &after);
	ck_assert_int_eq(bitmark_header_parse(b->data, b->size, &header),
	    BITMARK_OK);
	header.timestamp = timestamp;
	bitmark_header_pack(&header, b->data);
	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(bitmark_chain_add(rx.chain, b->data, b->size,
	    after.digest, timestamp), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	free(b);
}

START_TEST(a_version_never_falls)
{
	const struct bitmark_base base = mining_base(BITMARK_BASE_PAIR);
	struct bitmark_template_config config = template_config(&base);
	struct bitmark_template *t;
	bitmark_status status;

	config.empty = &base;
	t = template_now(&config, &status);
	ck_assert_uint_eq(bitmark_template_header(t)->version, 2);
	bitmark_template_free(t);
	add_block(4, rx.now_s);
	t = template_now(&config, &status);
	ck_assert_uint_eq(bitmark_template_header(t)->version, 4);
	ck_assert_int_eq(template_offer(t), BITMARK_OK);
	bitmark_template_free(t);
}
END_TEST

START_TEST(a_clock_that_is_behind_gets_the_earliest_time_allowed)
{
	const struct bitmark_base base = mining_base(BITMARK_BASE_PAIR);
	struct bitmark_template_config config = template_config(&base);
	struct bitmark_template *t;
	bitmark_status status;

	config.empty = &base;
	add_block(2, rx.now_s);
	config.now_s = rx.now_s - 900;
	t = template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_OK);
	ck_assert_uint_eq(bitmark_template_header(t)->timestamp,
	    rx.now_s - 600);
	ck_assert_int_eq(template_offer(t), BITMARK_OK);
	bitmark_template_free(t);
	/* The others would not take it yet. */
	config.now_s = rx.now_s - 901;
	template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_E_HEADER_TIMESTAMP);
}
END_TEST

START_TEST(the_header_follows_the_newest_block)
{
	const struct bitmark_base base = mining_base(BITMARK_BASE_PAIR);
	struct bitmark_template_config config = template_config(&base);
	uint8_t input[BITMARK_HEADER_SIZE], digest[BITMARK_DIGEST_SIZE];
	struct bitmark_template *t;
	struct bitmark_header header;
	struct bitmark_tip tip;
	bitmark_status status;

	config.empty = &base;
	config.nonce = 77;
	t = template_now(&config, &status);
	bitmark_snapshot_tip(rx.snap, &tip);
	bitmark_template_input(t, 78, input);
	ck_assert_int_eq(bitmark_header_parse(input, sizeof input, &header),
	    BITMARK_OK);
	ck_assert_uint_eq(header.nonce, 78);
	ck_assert_uint_eq(header.number, tip.number + 1);
	ck_assert_mem_eq(header.previous, tip.digest, sizeof tip.digest);
	ck_assert_uint_eq(header.timestamp, rx.now_s);
	ck_assert_uint_eq(header.bits, BITMARK_BITS_ONE);
	ck_assert_uint_eq(bitmark_template_header(t)->nonce, 77);
	ck_assert(!bitmark_template_is_free(t));
	memset(digest, 0xff, sizeof digest);
	ck_assert(!bitmark_template_found(t, digest));
	/* The last byte weighs most. */
	digest[BITMARK_DIGEST_SIZE - 1] = 0;
	digest[BITMARK_DIGEST_SIZE - 2] = 0;
	ck_assert(bitmark_template_found(t, digest));
	bitmark_template_free(t);
}
END_TEST

START_TEST(a_configuration_without_what_is_needed_is_refused)
{
	const struct bitmark_base base = mining_base(BITMARK_BASE_PAIR);
	const struct bitmark_base unmade = { .struct_size = sizeof unmade };
	struct bitmark_template_config config = template_config(&base);
	bitmark_status status;

	config.base = &unmade;
	template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_E_ARGUMENT);
	config = template_config(&base);
	config.empty = &unmade;
	template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_E_ARGUMENT);
	config = template_config(&base);
	config.base = NULL;
	template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_E_ARGUMENT);
	config = template_config(&base);
	config.rules = NULL;
	template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_E_ARGUMENT);
	config = template_config(&base);
	config.struct_size = 8;
	template_now(&config, &status);
	ck_assert_int_eq(status, BITMARK_E_ARGUMENT);
	bitmark_template_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("mining");
	TCase *alone = tcase_create("base");
	TCase *tc = tcase_create("templates");

	vectors_keep("chain-a.json");
	vectors_keep("reservoir.json");
	tcase_add_test(alone,
	    the_foundation_is_byte_for_byte_that_of_bitmarkd);
	tcase_add_test(alone,
	    S_04_a_base_that_would_be_refused_is_told_when_it_is_made);
	suite_add_tcase(suite, alone);

	tcase_add_checked_fixture(tc, reservoir_setup, reservoir_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_block_that_bitmarkd_made_is_made_again);
	tcase_add_loop_test(tc, whatever_waits_the_chain_takes_the_block, 0,
	    RESERVOIR_SCENARIOS);
	tcase_add_test(tc, an_asset_stands_once_before_its_first_issue);
	tcase_add_test(tc, S_06_records_beyond_the_limits_wait_for_another_block);
	tcase_add_test(tc,
	    S_07_records_that_a_newer_block_confirmed_are_left_out);
	tcase_add_test(tc,
	    a_transfer_whose_link_another_block_spent_is_left_out);
	tcase_add_test(tc,
	    without_anything_to_confirm_there_is_an_empty_block_or_none);
	tcase_add_test(tc, a_version_never_falls);
	tcase_add_test(tc,
	    a_clock_that_is_behind_gets_the_earliest_time_allowed);
	tcase_add_test(tc, the_header_follows_the_newest_block);
	tcase_add_test(tc,
	    a_configuration_without_what_is_needed_is_refused);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
