/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Every resource of the explorer over the golden chains, without a socket. */
#include "../support/golden_explorer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
