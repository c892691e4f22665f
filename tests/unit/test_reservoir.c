/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Replay of tests/data/reservoir.json: what v8.2 did, step by step, except
 * where a defect of it is not to be copied.
 */
#include "../support/reservoirs.h"

#include <stdio.h>
#include <string.h>

#define WHAT_MAX 80

/*
 * Steps at which this differs from v8.2, each for a defect.
 *
 * D-08  the transfer that an orphan payment verified has its claim: it is
 *       repeated, and another one refused, as with any verified transfer
 * D-09  v8.2 panics where a block supports one currency only
 * D-20  the second transfer of a block ownership changes the payments of that
 *       block, not of another
 * D-23  the rest of a bundle stays when a part of it is confirmed
 * D-31  what has no price cannot be paid
 * D-43  an issue twice in a bundle is refused (and not counted)
 */
static const struct difference {
	unsigned scenario;
	size_t step;
	const char *defect;
	const char *ours;
} differences[] = {
	{ 2, 13, "D-43", "transaction already exists" },
	{ 2, 16, "D-20", "ok" },
	{ 2, 26, "D-43", "113 0" },
	{ 4, 24, "D-20", "ok" },
	{ 5, 48, "D-08", "double transfer attempt" },
	{ 5, 49, "D-08", "double transfer attempt" },
	{ 5, 51, "D-08", "Unknown" },
	{ 5, 65, "D-31", "Pending" },
	{ 5, 72, "D-31", "4 9" },
	{ 6, 36, "D-23", "Pending" },
	{ 6, 38, "D-23", "Pending" },
	{ 6, 43, "D-23", "4 1" },
	{ 6, 46, "D-23", "transaction already exists" },
	{ 9, 0, "D-09", "ok" },
};

static const char *
difference_at(unsigned scenario, size_t step)
{
	for (size_t i = 0; i < sizeof differences / sizeof differences[0];
	    i++)
		if (differences[i].scenario == scenario &&
		    differences[i].step == step)
			return differences[i].ours;
	return NULL;
}

enum between { NOTHING, REOPEN };

static void
replay(int i, enum between between)
{
	const json_t *scenario = reservoir_scenario((size_t)i), *o;
	const char *name = field_text(scenario, "name");
	char what[WHAT_MAX];
	size_t step;

	json_array_foreach(json_object_get(scenario, "operations"), step, o) {
		snprintf(what, sizeof what, "%s, step %zu", name, step);
		reservoir_step(o, difference_at((unsigned)i + 1, step), what);
		if (between == REOPEN)
			reservoir_reopen();
	}
}

START_TEST(each_scenario_goes_as_with_v8_2)
{
	replay(_i, NOTHING);
}
END_TEST

START_TEST(a_reservoir_reopened_after_each_step_goes_on_as_before)
{
	replay(_i, REOPEN);
}
END_TEST

START_TEST(a_block_with_one_currency_gives_one_alternative_D_09)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	ck_assert_int_eq(submit_issues(reservoir_operation(9, 0), &r),
	    BITMARK_OK);
	ck_assert_uint_eq(r.payments.count, 1);
	ck_assert_int_eq(r.payments.alternative[0].segment[0].currency,
	    BITMARK_CURRENCY_LITECOIN);
	ck_assert_uint_eq(r.payments.alternative[0].segment[0].amount,
	    bitmark_currency_fee(BITMARK_CURRENCY_LITECOIN));
}
END_TEST

START_TEST(issues_without_a_price_are_not_verified_by_a_payment_D_31)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };
	bool verified = true;

	submit_operations(5, 62, 62);
	ck_assert_int_eq(submit_issues(reservoir_operation(5, 63), &r),
	    BITMARK_OK);
	ck_assert_uint_eq(r.payments.count, 0);
	ck_assert_int_eq(submit_payment(reservoir_operation(5, 64),
	    &verified), BITMARK_OK);
	ck_assert(!verified);
	ck_assert_uint_eq(counts_now().pending, 1);
	ck_assert_uint_eq(counts_now().verified, 0);
}
END_TEST

START_TEST(a_bundle_with_an_issue_twice_is_refused_D_43)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	submit_operations(2, 1, 1);
	ck_assert_int_eq(submit_issues(reservoir_operation(2, 13), &r),
	    BITMARK_E_TX_EXISTS);
	ck_assert_uint_eq(counts_now().pending, 0);
}
END_TEST

/* Blocks 6 and 7 changed hands more than once.  The addresses are those of
 * the last owner transfers in tests/data/chain-a.json. */
START_TEST(fees_go_to_the_last_owner_of_a_block_D_20)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	ck_assert_int_eq(submit_issues(reservoir_operation(2, 16), &r),
	    BITMARK_OK);
	ck_assert_str_eq(r.payments.alternative[0].segment[0].address,
	    "n2SGfaTSgNb1f7uQLsdQea2UuscUV9MKYC");
	ck_assert_int_eq(submit_transfer(reservoir_operation(4, 24), &r),
	    BITMARK_OK);
	ck_assert_str_eq(r.payments.alternative[0].segment[0].address,
	    "moETzqcgiaCDBB5hskcb1heu9RqZZ2YdYH");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reservoir");
	TCase *t = tcase_create("replay");

	vectors_keep("chain-a.json");
	vectors_keep("reservoir.json");
	tcase_add_checked_fixture(t, reservoir_setup, reservoir_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, each_scenario_goes_as_with_v8_2, 0,
	    RESERVOIR_SCENARIOS);
	tcase_add_loop_test(t,
	    a_reservoir_reopened_after_each_step_goes_on_as_before, 0,
	    RESERVOIR_SCENARIOS);
	tcase_add_test(t,
	    a_block_with_one_currency_gives_one_alternative_D_09);
	tcase_add_test(t, fees_go_to_the_last_owner_of_a_block_D_20);
	tcase_add_test(t,
	    issues_without_a_price_are_not_verified_by_a_payment_D_31);
	tcase_add_test(t, a_bundle_with_an_issue_twice_is_refused_D_43);
	suite_add_tcase(s, t);
	return run_suite(s);
}
