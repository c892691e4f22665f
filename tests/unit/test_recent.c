/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Messages that subscribers were told just before are not told again. */
#include "node/recent.h"

#include "../support/vectors.h"

#include <stdio.h>
#include <string.h>

static struct bm_recent recent;

static void
setup(void)
{
	recent = (struct bm_recent){ .size = BM_RECENT_MAX };
}

static bool
has(const char *command, const char *first, const char *second)
{
	const struct bitmark_span parameter[] = {
		{ (const uint8_t *)first, strlen(first) },
		{ (const uint8_t *)second, strlen(second) },
	};

	return bm_recent_has(&recent, command, parameter, 2);
}

START_TEST(the_same_message_is_known)
{
	ck_assert(!has("peer", "ab", "c"));
	ck_assert(has("peer", "ab", "c"));
	ck_assert(!has("rpc", "ab", "c"));
	/* The same bytes in other frames are another message. */
	ck_assert(!has("peer", "a", "bc"));
	ck_assert(!has("peer", "abc", ""));
	ck_assert(has("peer", "a", "bc"));
}
END_TEST

START_TEST(only_the_last_hundred_are_remembered)
{
	char text[16];

	ck_assert(!has("peer", "first", ""));
	for (int i = 1; i < BM_RECENT_MAX; i++) {
		snprintf(text, sizeof text, "%d", i);
		ck_assert(!has("peer", text, ""));
	}
	ck_assert(has("peer", "first", ""));
	ck_assert(!has("peer", "one more", ""));
	ck_assert(!has("peer", "first", ""));
}
END_TEST

START_TEST(without_a_memory_everything_is_new)
{
	recent.size = 0;
	ck_assert(!has("peer", "ab", "c"));
	ck_assert(!has("peer", "ab", "c"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("recent");
	TCase *tc = tcase_create("recent");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, the_same_message_is_known);
	tcase_add_test(tc, only_the_last_hundred_are_remembered);
	tcase_add_test(tc, without_a_memory_everything_is_new);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
