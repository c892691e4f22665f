/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The log's lines about what was refused. */
#include "../support/vectors.h"

#include <string.h>

#include "node/refusals.h"

static unsigned lines;
static char last[200];

static void
note(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t size)
{
	(void)user;
	(void)module;
	ck_assert_int_eq(level, BITMARK_LOG_INFO);
	ck_assert_uint_lt(size, sizeof last);
	memcpy(last, line, size);
	last[size] = '\0';
	lines++;
}

static const struct bitmark_env env = { .log = note };

START_TEST(a_flood_gets_some_lines_and_then_its_number)
{
	const uint64_t start_ms = 5 * BM_REFUSALS_PERIOD_MS;
	struct bm_refusals r;

	bm_refusals_init(&r, &env);
	for (int i = 0; i < 1000; i++)
		bm_refusals_note(&r, start_ms + (uint64_t)i, "issues",
		    BITMARK_E_SIGNATURE);
	ck_assert_uint_eq(lines, BM_REFUSALS_LINES);
	ck_assert_str_eq(last, "issues refused: invalid signature");
	bm_refusals_note(&r, start_ms + BM_REFUSALS_PERIOD_MS - 1, "transfer",
	    BITMARK_E_DOUBLE_TRANSFER);
	ck_assert_uint_eq(lines, BM_REFUSALS_LINES);
	/* The next period: first how many there were, then the new one. */
	bm_refusals_note(&r, start_ms + BM_REFUSALS_PERIOD_MS, "transfer",
	    BITMARK_E_DOUBLE_TRANSFER);
	ck_assert_uint_eq(lines, BM_REFUSALS_LINES + 2);
	ck_assert_str_eq(last, "transfer refused: double transfer attempt");
	ck_assert_uint_eq(r.left_out, 0);
}
END_TEST

START_TEST(a_few_are_all_told_and_nothing_else)
{
	struct bm_refusals r;

	bm_refusals_init(&r, &env);
	for (uint64_t i = 1; i < 4; i++)
		bm_refusals_note(&r, i * BM_REFUSALS_PERIOD_MS, "proof",
		    BITMARK_E_NONCE);
	ck_assert_uint_eq(lines, 3);
	ck_assert_str_eq(last, "proof refused: invalid nonce");
}
END_TEST

static void
setup(void)
{
	lines = 0;
}

int
main(void)
{
	Suite *suite = suite_create("refusals");
	TCase *tc = tcase_create("refusals");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_flood_gets_some_lines_and_then_its_number);
	tcase_add_test(tc, a_few_are_all_told_and_nothing_else);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
