/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Every resource of the explorer over the golden chains, without a socket. */
#include "../support/golden_stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explorer/answer.h"

static struct golden g;
static struct finder *finder;
static const char *const no_names[] = { NULL };

static void
open_golden(int i)
{
	g = golden_open(i);
	finder = finder_open(bitmark_chain_params_find("local"),
	    (size_t)64 << 20);
	ck_assert_ptr_nonnull(finder);
	while (finder_follow(finder, g.snap, 5))
		;
}

static void
close_golden(void)
{
	finder_close(finder);
	golden_close(&g);
}

static struct answer_from
from_golden(void)
{
	return (struct answer_from){
		.snapshot = g.snap,
		.params = bitmark_chain_params_find("local"),
		.rules = bitmark_chain_rules(g.chain),
		.finder = finder,
		.hosts = no_names,
	};
}

/* The answer to a GET with nothing special. */
static struct answer
get(const char *target)
{
	const struct answer_from from = from_golden();
	const struct answer_request request = { .method = "GET",
		.target = target, .host = "localhost:2180" };
	struct answer answer;

	answer_make(&from, &request, &answer);
	ck_assert_ptr_nonnull(answer.body);
	return answer;
}

static void
assert_status(const char *target, unsigned status)
{
	struct answer answer = get(target);

	ck_assert_msg(answer.status == status, "%s: %u, not %u: %.200s",
	    target, answer.status, status, answer.body);
	if (status != 200)
		ck_assert_str_eq(answer.tag, "");
	free(answer.owned);
}

/* The JSON of an answer that is good. */
static json_t *
get_json(const char *format, const char *id)
{
	char target[512];
	struct answer answer;
	json_t *json;

	snprintf(target, sizeof target, format, id);
	answer = get(target);
	ck_assert_msg(answer.status == 200, "%s: %u", target, answer.status);
	ck_assert_str_eq(answer.type, "application/json");
	json = json_loadb(answer.body, answer.size, JSON_ALLOW_NUL, NULL);
	ck_assert_msg(json != NULL, "%s: no JSON: %.300s", target,
	    answer.body);
	free(answer.owned);
	return json;
}

static json_int_t
number(const json_t *json, const char *key)
{
	ck_assert_msg(json_is_integer(json_object_get(json, key)), "no %s",
	    key);
	return json_integer_value(json_object_get(json, key));
}

static const char *
text(const json_t *json, const char *key)
{
	ck_assert_msg(json_is_string(json_object_get(json, key)), "no %s",
	    key);
	return json_string_value(json_object_get(json, key));
}

/* --- blocks --------------------------------------------------------------- */

/* Each block by its number and by its digest, with all records, and in pages. */
START_TEST(a_block_has_the_records_of_bitmarkd)
{
	open_golden(_i);
	for (size_t i = 0; i < g.of->count; i++) {
		const struct block_facts facts = block_facts(g.of, i);
		const json_t *txs = block_transactions(g.of, i);
		char id[32], page[64];
		json_t *json, *some;
		size_t k = 0;

		snprintf(id, sizeof id, "%llu", (unsigned long long)
		    facts.number);
		json = get_json("/api/v1/block/%s?count=3000", id);
		ck_assert_int_eq(number(json, "total"),
		    (json_int_t)json_array_size(txs));
		assert_hex(facts.digest, 32, text(json_object_get(json,
		    "block"), "digest"), "digest");
		while (k < json_array_size(txs)) {
			json_t *record = json_array_get(json_object_get(json,
			    "records"), k);

			ck_assert_int_eq(number(record, "index"),
			    (json_int_t)k);
			if (is_filed(json_array_get(txs, k)))
				ck_assert_str_eq(text(record, "txId"),
				    field_text(json_array_get(txs, k),
				    "txId"));
			k++;
		}
		snprintf(page, sizeof page, "/api/v1/block/%s?start=%zu"
		    "&count=1", id, k - 1);
		some = get_json(page, "");
		ck_assert(json_equal(json_array_get(json_object_get(some,
		    "records"), 0), json_array_get(json_object_get(json,
		    "records"), k - 1)));
		ck_assert(json_is_null(json_object_get(some, "next")));
		json_decref(some);
		json_decref(json);
	}
	close_golden();
}
END_TEST

/* Page by page from the newest to genesis, each once. */
START_TEST(blocks_are_listed_from_the_newest_down)
{
	char before[32] = "";
	json_int_t want;
	json_t *json, *block, *next;
	size_t i;

	open_golden(_i);
	json = get_json("/api/v1/status%s", "");
	want = number(json, "height");
	ck_assert_int_eq(number(json_object_get(json, "newest"), "number"),
	    want);
	json_decref(json);
	do {
		json = get_json("/api/v1/blocks?count=5%s", before);
		json_array_foreach(json_object_get(json, "blocks"), i, block)
			ck_assert_int_eq(number(block, "number"), want--);
		next = json_object_get(json, "next");
		before[0] = '\0';
		if (!json_is_null(next))
			snprintf(before, sizeof before, "&before=%lld",
			    (long long)json_integer_value(next));
		json_decref(json);
	} while (before[0] != '\0');
	ck_assert_int_eq(want, 0);
	assert_status("/api/v1/block/1", 200);
	close_golden();
}
END_TEST

/* --- records and accounts ------------------------------------------------- */

/* Each transaction that is filed, and where it comes from. */
START_TEST(a_transaction_has_its_place_and_its_provenance)
{
	open_golden(_i);
	for (size_t i = 0; i < g.of->count; i++) {
		const json_t *txs = block_transactions(g.of, i), *tx;
		size_t k;

		json_array_foreach(txs, k, tx) {
			const char *id = field_text(tx, "txId");
			json_t *json, *items;

			if (!is_filed(tx) || k % 7 != 0)
				continue;
			json = get_json("/api/v1/transaction/%s", id);
			ck_assert_str_eq(text(json, "state"), "confirmed");
			ck_assert_str_eq(text(json_object_get(json, "record"),
			    "txId"), id);
			json_decref(json);
			json = get_json("/api/v1/provenance/%s?count=1", id);
			items = json_object_get(json, "items");
			ck_assert_str_eq(text(json_array_get(items, 0), "id"),
			    id);
			json_decref(json);
		}
	}
	close_golden();
}
END_TEST

/* In pages of 7, the items of bitmarkd in their order. */
START_TEST(an_account_has_the_items_of_bitmarkd)
{
	json_t *owners, *owner, *json, *item;
	size_t i, k, at;

	open_golden(_i);
	owners = json_object_get(g.of->facts, "owners");
	json_array_foreach(owners, i, owner) {
		const json_t *items = json_object_get(owner, "items");
		char target[128], account[BITMARK_ACCOUNT_TEXT_MAX];
		struct bitmark_account a;
		json_int_t start = 0;
		size_t size;
		uint8_t *bytes = field_bytes(owner, "bytes", &size);

		ck_assert_int_eq(bitmark_account_parse(bytes, size, &a),
		    BITMARK_OK);
		free(bytes);
		bitmark_account_to_text(&a, account);
		for (at = 0; at < json_array_size(items);) {
			snprintf(target, sizeof target, "/api/v1/account/%s"
			    "?count=7&start=%lld", account, (long long)start);
			json = get_json(target, "");
			json_array_foreach(json_object_get(json, "items"), k,
			    item)
				ck_assert_str_eq(text(item, "id"), field_text(
				    json_array_get(items, at++), "txId"));
			start = json_integer_value(json_object_get(json,
			    "next"));
			json_decref(json);
		}
		ck_assert_uint_eq(at, json_array_size(items));
		ck_assert_int_eq(start, 0);
		snprintf(target, sizeof target, "/api/v1/account/%s/shares",
		    account);
		json_decref(get_json(target, ""));
	}
	close_golden();
}
END_TEST

/* Each issue of a block is among the bitmarks of its asset, once, in pages of 2;
 * and who has it is who bitmarkd says. */
START_TEST(an_asset_has_its_bitmarks)
{
	json_t *seen = json_object();
	size_t found = 0;

	open_golden(_i);
	for (size_t i = 0; i < g.of->count; i++) {
		const json_t *txs = block_transactions(g.of, i), *tx;
		size_t k;

		json_array_foreach(txs, k, tx) {
			const char *asset;
			char start[64] = "", target[320];
			json_t *json, *bitmark, *next;
			size_t n;

			if (field_number(tx, "tag") != BITMARK_RECORD_ISSUE)
				continue;
			asset = field_text(json_object_get(tx, "record"),
			    "assetId");
			if (!is_first_copy(seen, asset))
				continue;
			do {
				snprintf(target, sizeof target,
				    "/api/v1/asset/%s?count=2%s", asset,
				    start);
				json = get_json(target, "");
				json_array_foreach(json_object_get(json,
				    "bitmarks"), n, bitmark) {
					const char *id = text(bitmark, "id");
					struct bitmark_owned owned = {
						.struct_size = sizeof owned };
					uint8_t bytes[BITMARK_TX_ID_SIZE];

					/* Old blocks may repeat an issue. */
					found += is_first_copy(seen, id);
					read_id(bitmark, "id", bytes,
					    sizeof bytes);
					ck_assert_int_eq(bitmark_snapshot_item(
					    g.snap, bytes, &owned),
					    BITMARK_OK);
					ck_assert_ptr_nonnull(text(bitmark,
					    "owner"));
				}
				next = json_object_get(json, "next");
				start[0] = '\0';
				if (!json_is_null(next))
					snprintf(start, sizeof start,
					    "&start=%lld", (long long)
					    json_integer_value(next));
				json_decref(json);
			} while (start[0] != '\0');
		}
	}
	for (size_t i = 0; i < g.of->count; i++) {
		const json_t *txs = block_transactions(g.of, i), *tx;
		size_t k;

		json_array_foreach(txs, k, tx)
			if (field_number(tx, "tag") == BITMARK_RECORD_ISSUE) {
				ck_assert_ptr_nonnull(json_object_get(seen,
				    field_text(tx, "txId")));
			}
	}
	ck_assert_uint_gt(found, 10);
	json_decref(seen);
	close_golden();
}
END_TEST

/* --- search --------------------------------------------------------------- */

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
	const struct bitmark_span letter = { (const uint8_t *)"A", 1 };
	struct finder_counts counts_a, counts_b;
	size_t count;

	finder_get_counts(a, &counts_a);
	finder_get_counts(b, &counts_b);
	ck_assert_uint_eq(counts_a.height, counts_b.height);
	ck_assert_uint_eq(counts_a.names, counts_b.names);
	ck_assert_uint_eq(counts_a.issues, counts_b.issues);
	count = finder_text(a, letter, UINT64_MAX, of_a, 1000);
	ck_assert_uint_gt(count, 0);
	ck_assert_uint_eq(finder_text(b, letter, UINT64_MAX, of_b, 1000),
	    count);
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

/* --- errors and tags ------------------------------------------------------ */

START_TEST(a_request_that_is_wrong_has_an_error)
{
	char longest[3000];

	open_golden(_i);
	memset(longest, 'a', sizeof longest - 1);
	longest[0] = '/';
	longest[sizeof longest - 1] = '\0';
	assert_status(longest, 414);
	assert_status("/api/v1/block/1000000", 404);
	assert_status("/api/v1/block/18446744073709551615", 404);
	assert_status("/api/v1/block/18446744073709551616", 400);
	assert_status("/api/v1/block/-1", 400);
	assert_status("/api/v1/block/", 400);
	assert_status("/api/v1/block/2?count=0", 400);
	assert_status("/api/v1/block/2?start=x", 400);
	assert_status("/api/v1/block/2?start=18446744073709551615", 200);
	assert_status("/api/v1/block/2/3", 404);
	assert_status("/api/v1/blocks?before=0", 200);
	assert_status("/api/v1/transaction/12", 400);
	assert_status("/api/v1/transaction/00000000000000000000000000000000"
	    "00000000000000000000000000000000", 404);
	assert_status("/api/v1/provenance/zz", 400);
	assert_status("/api/v1/asset/00", 400);
	assert_status("/api/v1/share/00000000000000000000000000000000"
	    "00000000000000000000000000000000", 404);
	assert_status("/api/v1/account/nobody", 400);
	assert_status("/api/v1/pending", 503);
	assert_status("/api/v1/search", 400);
	assert_status("/api/v1/search?q=%00", 400);
	assert_status("/api/v1/search?q=%zz", 400);
	assert_status("/api/v1/search?q=%", 400);
	assert_status("/api/v1/search?q=", 200);
	assert_status("/api/v1", 404);
	assert_status("/api/v2/status", 404);
	assert_status("/api/v1/status/x", 404);
	assert_status("/a/b/c/d/e/f/g/h/i/j", 400);
	assert_status("/nothing", 404);
	assert_status("", 400);
	assert_status("*", 400);
	assert_status("/metrics", 200);
	close_golden();
}
END_TEST

/* Status and tag by the parts of a request that no target has. */
static unsigned
ask(const char *method, const char *host, const char *tag,
    struct answer *answer)
{
	const struct answer_from from = from_golden();
	const struct answer_request request = { method, "/api/v1/status",
		host, tag };

	answer_make(&from, &request, answer);
	free(answer->owned);
	return answer->status;
}

START_TEST(an_unchanged_answer_is_not_sent_again)
{
	struct answer answer;
	char tag[ANSWER_TAG_MAX], list[ANSWER_TAG_MAX + 32];

	open_golden(_i);
	ck_assert_uint_eq(ask("GET", NULL, NULL, &answer), 200);
	strcpy(tag, answer.tag);
	ck_assert_int_eq(tag[0], '"');
	ck_assert_uint_eq(ask("GET", NULL, tag, &answer), 304);
	ck_assert_uint_eq(answer.size, 0);
	ck_assert_str_eq(answer.tag, tag);
	snprintf(list, sizeof list, "\"other\", W/%s", tag);
	ck_assert_uint_eq(ask("HEAD", NULL, list, &answer), 304);
	ck_assert_uint_eq(ask("GET", NULL, "\"other\"", &answer), 200);
	ck_assert_uint_eq(ask("GET", NULL, "\"", &answer), 200);
	close_golden();
}
END_TEST

START_TEST(only_get_and_head_by_a_name_of_this_machine)
{
	static const char *const good[] = { "localhost", "LOCALHOST:1",
		"127.0.0.1", "127.1.2.3:2180", "[::1]:2180", "[::1]" };
	static const char *const bad[] = { "example.com", "127.0.0.1.evil",
		"localhost.evil:80", "[::2]", "", "[", "127.0.0.1x" };
	struct answer answer;

	open_golden(_i);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		ck_assert_msg(ask("GET", good[i], NULL, &answer) == 200, "%s",
		    good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(ask("GET", bad[i], NULL, &answer) == 403, "%s",
		    bad[i]);
	ck_assert_uint_eq(ask("HEAD", NULL, NULL, &answer), 200);
	ck_assert_uint_eq(ask("POST", NULL, NULL, &answer), 405);
	ck_assert_uint_eq(ask("get", NULL, NULL, &answer), 405);
	close_golden();
}
END_TEST

START_TEST(without_a_store_there_is_the_page_alone)
{
	const struct answer_from from = {
		.params = bitmark_chain_params_find("local"),
	};
	struct answer_request request = { "GET", "/api/v1/status", NULL,
		NULL };
	struct answer answer;

	answer_make(&from, &request, &answer);
	ck_assert_uint_eq(answer.status, 503);
	free(answer.owned);
	request.target = "/block/12?x=y";
	answer_make(&from, &request, &answer);
	ck_assert_uint_eq(answer.status, 200);
	ck_assert_str_eq(answer.type, "text/html; charset=utf-8");
	ck_assert_ptr_null(answer.owned);
	request.if_none_match = answer.tag;
	answer_make(&from, &request, &answer);
	ck_assert_uint_eq(answer.status, 304);
}
END_TEST

int
main(void)
{
	const TTest *const of_both[] = {
		a_block_has_the_records_of_bitmarkd,
		blocks_are_listed_from_the_newest_down,
		a_transaction_has_its_place_and_its_provenance,
		an_account_has_the_items_of_bitmarkd,
		an_asset_has_its_bitmarks,
		ids_are_found_in_both_orders_and_by_their_beginning,
		names_are_found_in_either_case_page_by_page,
		a_finder_follows_another_branch,
		names_without_memory_are_told,
		a_request_that_is_wrong_has_an_error,
		an_unchanged_answer_is_not_sent_again,
		only_get_and_head_by_a_name_of_this_machine,
		without_a_store_there_is_the_page_alone,
	};
	Suite *suite = suite_create("explorer answer");
	TCase *tc = tcase_create("golden");

	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, golden_stores_make,
	    golden_stores_remove);
	for (size_t i = 0; i < sizeof of_both / sizeof of_both[0]; i++)
		tcase_add_loop_test(tc, of_both[i], 0, GOLDEN_COUNT);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
