/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Ids, digests, accounts and names are found, and lost again with their blocks. */
#include "../support/golden_explorer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first result of a search. */
static json_t *
first_result(const char *query, json_t **json)
{
	*json = get_json("/api/v1/search?q=%s", query);
	ck_assert(json_is_true(json_object_get(*json, "complete")));
	return json_array_get(json_object_get(*json, "results"), 0);
}

static void
assert_found(const char *query, const char *kind, const char *id)
{
	json_t *json, *result = first_result(query, &json);

	ck_assert_msg(result != NULL, "nothing for %s", query);
	ck_assert_str_eq(text(result, "kind"), kind);
	ck_assert_str_eq(text(result, "id"), id);
	json_decref(json);
}

static void
reverse(const char *id, char out[65])
{
	for (size_t i = 0; i < 32; i++)
		memcpy(out + 2 * i, id + 62 - 2 * i, 2);
	out[64] = '\0';
}

START_TEST(ids_are_found_in_both_orders_and_by_their_beginning)
{
	open_golden(_i);
	for (size_t i = 0; i < g.of->count; i++) {
		const struct block_facts facts = block_facts(g.of, i);
		const json_t *txs = block_transactions(g.of, i), *tx;
		char shown[65], digest[65], n[32], part[16];
		size_t k;

		bitmark_hex_encode(facts.digest, 32, digest);
		snprintf(n, sizeof n, "%llu", (unsigned long long)
		    facts.number);
		assert_found(n, "block", n);
		assert_found(digest, "block", n);
		reverse(digest, shown);
		assert_found(shown, "block", n);
		shown[13] = '\0';
		assert_found(shown, "block", n);
		json_array_foreach(txs, k, tx) {
			const char *id = field_text(tx, "txId");

			if (!is_filed(tx) || k % 11 != 0)
				continue;
			assert_found(id, "transaction", id);
			reverse(id, shown);
			assert_found(shown, "transaction", id);
			shown[11] = '\0';
			assert_found(shown, "transaction", id);
			snprintf(part, sizeof part, "%.11s", id);
			assert_found(part, "transaction", id);
		}
	}
	close_golden();
}
END_TEST

/* Each page goes on where the one before it ended. */
START_TEST(names_are_found_in_either_case_page_by_page)
{
	char target[96];
	json_t *json, *seen = json_object(), *result;
	json_int_t next = -1;
	size_t i, count = 0;

	open_golden(_i);
	do {
		if (next < 0)
			snprintf(target, sizeof target,
			    "/api/v1/search?count=3&q=%s", "A");
		else
			snprintf(target, sizeof target, "/api/v1/search?"
			    "count=3&q=a&start=%lld", (long long)next);
		json = get_json(target, "");
		json_array_foreach(json_object_get(json, "results"), i,
		    result) {
			ck_assert(is_first_copy(seen, text(result, "id")));
			count++;
		}
		next = json_is_null(json_object_get(json, "next")) ? -1 :
		    number(json, "next");
		json_decref(json);
	} while (next >= 0);
	ck_assert_uint_gt(count, 3);
	json = get_json("/api/v1/search?count=100&q=%s", "a");
	ck_assert_uint_eq(json_array_size(json_object_get(json, "results")),
	    count < 100 ? count : 100);
	json_decref(json);
	json = get_json("/api/v1/search?q=%s", "no+such+name+%7b");
	ck_assert_uint_eq(json_array_size(json_object_get(json, "results")),
	    0);
	json_decref(json);
	json_decref(seen);
	close_golden();
}
END_TEST

/* Names and issues that another finder of the same chain knows, too. */
static void
assert_same(struct finder *a, struct finder *b)
{
	static struct finder_place of_a[1000], of_b[1000];
	struct finder_places all_a = { .places = of_a, .capacity = 1000 };
	struct finder_places all_b = { .places = of_b, .capacity = 1000 };
	const struct bitmark_span letter = { (const uint8_t *)"A", 1 };
	struct finder_counts counts_a, counts_b;
	size_t count;

	finder_get_counts(a, &counts_a);
	finder_get_counts(b, &counts_b);
	ck_assert_uint_eq(counts_a.height, counts_b.height);
	ck_assert_uint_eq(counts_a.names, counts_b.names);
	ck_assert_uint_eq(counts_a.issues, counts_b.issues);
	ck_assert_uint_eq(counts_a.ids, counts_b.ids);
	count = finder_text(a, letter, UINT64_MAX, &all_a);
	ck_assert_uint_gt(count, 0);
	ck_assert_uint_eq(finder_text(b, letter, UINT64_MAX, &all_b), count);
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_eq(of_a[i].ordinal, of_b[i].ordinal);
		ck_assert_uint_eq(of_a[i].number, of_b[i].number);
		ck_assert_uint_eq(of_a[i].offset, of_b[i].offset);
	}
}

/* From one branch to the other and back, a few blocks at a time. */
START_TEST(a_finder_follows_another_branch)
{
	struct golden other;
	struct finder *fresh;

	open_golden(_i);
	other = golden_open(1 - _i);
	fresh = finder_open(bitmark_chain_params_find("local"),
	    (size_t)64 << 20);
	while (finder_follow(fresh, other.snap, 100))
		;
	while (finder_follow(finder, other.snap, 3))
		;
	assert_same(finder, fresh);
	while (finder_follow(fresh, g.snap, 1))
		;
	while (finder_follow(finder, g.snap, 100))
		;
	assert_same(finder, fresh);
	finder_close(fresh);
	golden_close(&other);
	close_golden();
}
END_TEST

/* Without memory for names, ids are still found, and the answer says that it is
 * not complete. */
START_TEST(names_without_memory_are_told)
{
	struct finder_counts counts;
	json_t *json;

	open_golden(_i);
	finder_close(finder);
	finder = finder_open(bitmark_chain_params_find("local"), 1);
	while (finder_follow(finder, g.snap, 3))
		;
	finder_get_counts(finder, &counts);
	ck_assert_uint_eq(counts.height, g.of->count + 1);
	ck_assert_uint_eq(counts.names, 0);
	ck_assert_uint_gt(counts.left_out, 0);
	json = get_json("/api/v1/search?q=%s", "2");
	ck_assert(json_is_false(json_object_get(json, "complete")));
	ck_assert_uint_eq(json_array_size(json_object_get(json, "results")),
	    1);
	json_decref(json);
	close_golden();
}
END_TEST

int
main(void)
{
	const TTest *const of_both[] = {
		ids_are_found_in_both_orders_and_by_their_beginning,
		names_are_found_in_either_case_page_by_page,
		a_finder_follows_another_branch,
		names_without_memory_are_told,
	};
	Suite *suite = suite_create("explorer search");
	TCase *tc = tcase_create("golden");

	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, golden_stores_make,
	    golden_stores_remove);
	for (size_t i = 0; i < sizeof of_both / sizeof of_both[0]; i++)
		tcase_add_loop_test(tc, of_both[i], 0, GOLDEN_COUNT);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
