/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The methods of the client RPC that read the chain: their bounds, and where
 * they deliberately differ from bitmarkd.
 */
#include "../support/made_blocks.h"
#include "../support/rpc_ask.h"

#include <stdarg.h>

#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/digest.h>

#include "chain/chain.h"
#include "chain/env.h"
#include "chain/rows.h"

static void
expect(const char *request, const char *wanted)
{
	char *reply = rpc_ask(request, RPC_FORM_0_16);

	ck_assert_str_eq(reply, wanted);
	free(reply);
}

/* The reply has this text in it. */
static void
expect_part(const char *request, const char *part)
{
	char *reply = rpc_ask(request, RPC_FORM_0_16);

	ck_assert_msg(strstr(reply, part) != NULL, "%.200s\nhas no %s\n%.2000s",
	    request, part, reply);
	free(reply);
}

/* --- what is done better -------------------------------------------------- */

#define ALICE "f6ykG2jj4i9JpY1iHnojbBwNEyLULRN3ozYb9fcAhPXC7829Tt"
#define BOB "eXVdcyca7tTwwQg9vfUuH5Me3dSLQtW4WwuCBQQh9j5647cLrb"
#define ISSUE "483468e1f20173e7bc73c2eeefde33f681ccb9d4760a190d7c003ad6d72864be"
/* An asset without metadata; the original ended. */
#define ISSUE_2 "d1d87819931804b2964a6ea90e468d48e1f2e50976bfc9b9f5640aee194cd579"

static void
live_0_16(uint64_t height)
{
	life_begin("services/state-0.16.blocks", bitmark_rules_0_16());
	life_at(height, true);
}

/* Text as by printf; free when done. */
static char *
text_of(const char *format, ...)
{
	va_list arguments, again;
	char *text;
	int size;

	va_start(arguments, format);
	va_copy(again, arguments);
	size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	text = malloc((size_t)size + 1);
	ck_assert_ptr_nonnull(text);
	vsnprintf(text, (size_t)size + 1, format, again);
	va_end(again);
	return text;
}

/* The error of a method with these arguments, which are JSON. */
static void
expect_error(const char *method, const char *arguments, const char *error)
{
	char *request = text_of("{\"id\":1,\"method\":\"%s\",\"params\":[%s]}",
	    method, arguments);
	char *wanted = text_of("{\"id\":1,\"result\":null,\"error\":\"%s\"}\n",
	    error);

	expect(request, wanted);
	free(request);
	free(wanted);
}

START_TEST(S_19_the_page_behind_the_first_item_begins_behind_it)
{
	life_begin("services/state-8.2.blocks", bitmark_rules_8_2());
	life_at(26, true);
	expect_part("{\"method\":\"Owner.Bitmarks\",\"params\":[{\"owner\":\""
	    ALICE "\",\"start\":\"0\",\"count\":1}]}",
	    "\"result\":{\"next\":\"1\",\"data\":[{\"n\":\"0\",");
	expect("{\"method\":\"Owner.Bitmarks\",\"params\":[{\"owner\":\""
	    ALICE "\",\"start\":\"1\",\"count\":1}]}", "{\"id\":null,"
	    "\"result\":{\"next\":\"0\",\"data\":[],\"tx\":{}},"
	    "\"error\":null}\n");
}
END_TEST

/* A BlockDecode of so many bytes. */
static char *
decode_request(const uint8_t *block, size_t size, const char *more)
{
	char *text = malloc(BITMARK_BASE64_TEXT_SIZE(size)), *request;

	ck_assert_ptr_nonnull(text);
	bitmark_base64_encode(block, size, text);
	request = text_of("{\"id\":1,\"method\":\"Node.BlockDecode\","
	    "\"params\":[{\"packed\":\"%s\"%s}]}", text, more);
	free(text);
	return request;
}

/* Block 2 with a change; free when done. */
static uint8_t *
changed_block(size_t offset, uint8_t value, size_t *size)
{
	size_t at = 0;
	const struct bitmark_span block = life_next_block(&at);
	uint8_t *copy = malloc(block.size + 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, block.data, block.size);
	copy[offset] = value;
	*size = block.size;
	return copy;
}

#define NONCE_OFFSET 92
#define BITS_OFFSET 84
#define COUNT_OFFSET 2

START_TEST(S_20_only_the_stored_block_is_given_its_digest)
{
	uint8_t digest[BITMARK_DIGEST_SIZE], *block;
	char wanted[200], hex[2 * BITMARK_DIGEST_SIZE + 1], *request;
	size_t size;

	live_0_16(5);
	block = changed_block(NONCE_OFFSET, 0xee, &size);
	request = decode_request(block, size, "");
	expect_part(request, "\"block\":{\"header\":{");
	free(request);
	request = decode_request(block, size, ",\"digest\":true");
	ck_assert_int_eq(bitmark_digest(block, digest), BITMARK_OK);
	bitmark_hex_encode(digest, sizeof digest, hex);
	snprintf(wanted, sizeof wanted, "\"block\":{\"digest\":\"%s\","
	    "\"header\":{", hex);
	expect_part(request, wanted);
	free(request);
	free(block);
	/* A record of the stored block that was changed. */
	block = changed_block(NONCE_OFFSET, 4, &size);
	block[size - 1] ^= 1;
	request = decode_request(block, size, "");
	expect_part(request, "\"block\":{\"header\":{");
	free(request);
	block[size - 1] ^= 1;
	request = decode_request(block, size, "");
	expect_part(request, "\"block\":{\"digest\":\"80d0f4eb");
	free(request);
	free(block);
}
END_TEST

static void
expect_decoded(const uint8_t *block, size_t size, const char *error)
{
	char *request = decode_request(block, size, "");
	char wanted[200];

	snprintf(wanted, sizeof wanted, "{\"id\":1,\"result\":null,"
	    "\"error\":\"%s\"}\n", error);
	expect(request, wanted);
	free(request);
}

START_TEST(S_26_no_request_ends_the_node)
{
	uint8_t *block;
	size_t size;

	live_0_16(5);
	expect_error("Owner.Bitmarks", "{\"count\":5}", "invalid item");
	expect_error("Owner.Bitmarks", "{\"owner\":null,\"count\":5}",
	    "invalid item");
	expect_error("Owner.Bitmarks", "{}", "invalid count");
	expect_error("Share.Balance", "{\"owner\":null,\"count\":5}",
	    "invalid item");
	block = changed_block(COUNT_OFFSET, 4, &size);
	expect_decoded(block, size, "transaction count out of range");
	free(block);
	block = changed_block(COUNT_OFFSET, 6, &size);
	expect_decoded(block, size, "not transaction pack");
	free(block);
	block = changed_block(BITS_OFFSET + 7, 0xc0, &size);
	expect_decoded(block, size, "invalid block header difficulty");
	free(block);
	expect_part("{\"method\":\"Bitmark.FullProvenance\",\"params\":[{"
	    "\"bitmarkId\":\"" ISSUE_2 "\"}]}", "\"metadata\":\"\","
	    "\"registrant\":\"" BOB "\",\"signature\":\"cc961a6a1f3d0f0cc05"
	    "660c9f182fd074ddae2be5aa51755e790a67229ec72f1698a5f0779ac77458f"
	    "33183c680723323b47658a4b4d921d9d7f207dfea64c0b\"}}]},"
	    "\"error\":null}\n");
}
END_TEST

/* Where the issue is said to be there is another record. */
static void
damage_store(const char *issue)
{
	struct bitmark_chain *chain = life_store();
	uint8_t id[BITMARK_TX_ID_SIZE];
	struct bm_tx row;
	struct bm_txn t;
	size_t size;

	ck_assert_int_eq(bitmark_hex_decode(issue, strlen(issue), id,
	    sizeof id, &size), BITMARK_OK);
	ck_assert_int_eq(bm_txn_begin(&chain->store, &t), BITMARK_OK);
	ck_assert_int_eq(bm_get_tx(&t, id, &row), BITMARK_OK);
	row.place.offset += 1;
	ck_assert_int_eq(bm_put_tx(&t, id, &row), BITMARK_OK);
	ck_assert_int_eq(bm_txn_commit(&t), BITMARK_OK);
	bitmark_chain_close(chain);
}

START_TEST(S_27_a_damaged_record_fails_the_call_alone)
{
	live_0_16(5);
	member_stop(0);
	damage_store(ISSUE);
	life_start(5, true);
	expect_part("{\"method\":\"Bitmark.Provenance\",\"params\":[{\"txId\":"
	    "\"" ISSUE "\",\"count\":9}]}", "\"result\":null,\"error\":\"");
	expect_part("{\"method\":\"Bitmark.FullProvenance\",\"params\":[{"
	    "\"bitmarkId\":\"" ISSUE "\"}]}", "\"result\":null,\"error\":\"");
	expect_part("{\"method\":\"Bitmark.Provenance\",\"params\":[{\"txId\":"
	    "\"" ISSUE_2 "\",\"count\":9}]}", "\"error\":null}");
}
END_TEST

START_TEST(both_spellings_of_the_foundation_id_are_served)
{
	static const char wanted[] = "{\"id\":1,\"result\":{\"txId\":\"2500af6f2b"
	    "451ff484ca9ce6929f236a1fcdd5e81903dd855a230846cea0e3e1\"},"
	    "\"error\":null}\n";

	live_0_16(2);
	expect("{\"id\":1,\"method\":\"BlockOwner.TxIDForBlock\",\"params\":[{"
	    "\"blockNumber\":2}]}", wanted);
	expect("{\"id\":1,\"method\":\"BlockOwner.TxIdForBlock\",\"params\":[{"
	    "\"blockNumber\":\"2\"}]}", wanted);
}
END_TEST

/* --- shares --------------------------------------------------------------- */

/* Submit the record that is the argument of recorded request ${seq}. */
static void
submit_recorded(size_t seq, enum bitmark_submission what)
{
	struct bitmark_record_list *list;
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	json_t *line = NULL, *request;
	size_t size, data_size;
	uint8_t *data = data_file("services/rpc-0.16.jsonl", &data_size);
	char *p = (char *)data, *text;

	for (size_t i = 1; i < seq; i++)
		p = (char *)memchr(p, '\n', data_size) + 1;
	line = json_loads(p, JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK, NULL);
	ck_assert_uint_eq(field_number(line, "seq"), seq);
	request = json_loads(field_text(json_array_get(json_object_get(line,
	    "request"), 0), "text"), 0, NULL);
	text = json_dumps(json_array_get(json_object_get(request, "params"),
	    0), JSON_COMPACT);
	ck_assert_int_eq(bitmark_record_list_from_json(text, strlen(text),
	    &list, NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_record_encode(bitmark_record_list_get(list,
	    0), packed, sizeof packed, &size), BITMARK_OK);
	ck_assert_int_eq(bitmark_node_submit(member[0].node, what, packed,
	    size, NULL), BITMARK_OK);
	bitmark_record_list_free(list);
	free(text);
	json_decref(request);
	json_decref(line);
	free(data);
}

#define BALANCE(start, count) "{\"id\":1,\"method\":\"Share.Balance\"," \
	"\"params\":[{\"owner\":\"" BOB "\",\"shareId\":\"" start "\"," \
	"\"count\":" count "}]}"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* The grant and the swap of the recording. */
START_TEST(shares_that_wait_are_not_available)
{
	static const char wanted[] = "{\"id\":1,\"result\":{\"balances\":[{"
	    "\"shareId\":\"" ISSUE "\",\"confirmed\":1000,\"spend\":150,"
	    "\"available\":850}]},\"error\":null}\n";
	static const char none[] = "{\"id\":1,\"result\":{\"balances\":[]},"
	    "\"error\":null}\n";

	live_0_16(4);
	submit_recorded(217, BITMARK_SUBMIT_TRANSFER);
	submit_recorded(218, BITMARK_SUBMIT_TRANSFER);
	expect(BALANCE(ZEROS, "10"), wanted);
	/* From this id on, which is itself told; any number of them. */
	expect(BALANCE(ISSUE, "100000"), wanted);
	expect(BALANCE("483468e1f20173e7bc73c2eeefde33f681ccb9d4760a190d7c003ad6"
	    "d72864bf", "1"), none);
}
END_TEST

/* --- bounds --------------------------------------------------------------- */

#define LARGE_RECORDS 9000

/* Blocks 2 to 4 of a chain of its own: the first has an asset with odd metadata
 * and its issue, the second is large. */
static void
make_chain(char issue[2 * BITMARK_TX_ID_SIZE + 1])
{
	static const char metadata[] = "b\0first\0a\0\xff\0b\0last";
	struct bitmark_chain *chain = life_store();
	struct bitmark_record asset = {
		.tag = BITMARK_RECORD_ASSET,
		.asset = {
			.name = { (const uint8_t *)"name", 4 },
			.fingerprint = { (const uint8_t *)"odd", 3 },
			.metadata = { (const uint8_t *)metadata,
			    sizeof metadata - 1 },
			.registrant = test_account(2, MADE_NETWORK),
		},
	}, item = {
		.tag = BITMARK_RECORD_ISSUE,
		.issue.owner = test_account(2, MADE_NETWORK),
	};

	bitmark_asset_id(asset.asset.fingerprint, item.issue.asset_id);
	for (int i = 0; i < 3; i++) {
		struct made_block *block = made_block(5);

		made_foundation(block, 1);
		if (i == 0) {
			made_record(block, &asset, 2, 2);
			bitmark_hex_encode(made_record(block, &item, 2, 2),
			    BITMARK_TX_ID_SIZE, issue);
		}
		for (int n = 0; n < (i == 0 ? 0 : i == 1 ? LARGE_RECORDS : 1);
		    n++) {
			item.issue.nonce++;
			made_record(block, &item, 2, 2);
		}
		ck_assert_int_eq(made_offer(block, chain, NULL), BITMARK_OK);
		free(block);
	}
	bitmark_chain_close(chain);
}

static void
live_made(char issue[2 * BITMARK_TX_ID_SIZE + 1])
{
	life_begin(NULL, bitmark_rules_0_16());
	make_chain(issue);
	life_start(4, true);
}

/* Numbers of blocks in a reply. */
static size_t
count_blocks(const char *request)
{
	char *reply = rpc_ask(request, RPC_FORM_0_16);
	size_t count = 0;

	ck_assert(strstr(reply, "\"error\":null}") != NULL);
	for (const char *p = reply; (p = strstr(p, "{\"digest\":")) != NULL; p++)
		count++;
	free(reply);
	return count;
}

#define RANGE(first, count, txs) "{\"method\":\"Node.BlockDumpRange\"," \
	"\"params\":[{\"height\":\"" first "\",\"count\":" count \
	",\"txs\":" txs "}]}"

START_TEST(a_range_ends_at_the_newest_block_and_when_it_is_long)
{
	char issue[2 * BITMARK_TX_ID_SIZE + 1];

	live_made(issue);
	ck_assert_uint_eq(count_blocks(RANGE("2", "3", "false")), 3);
	ck_assert_uint_eq(count_blocks(RANGE("2", "100", "false")), 3);
	ck_assert_uint_eq(count_blocks(RANGE("4", "-5", "true")), 1);
	/* The large block alone, however large it is. */
	ck_assert_uint_eq(count_blocks(RANGE("2", "3", "true")), 1);
	ck_assert_uint_eq(count_blocks(RANGE("3", "2", "true")), 1);
	expect_error("Node.BlockDumpRange", "{\"height\":\"5\",\"count\":3}",
	    "block not found");
	expect_error("Node.BlockDumpRange", "{\"height\":"
	    "\"18446744073709551615\",\"count\":3}", "block not found");
	expect_error("Node.BlockDump", "{\"height\":\"18446744073709551615\"}",
	    "block not found");
}
END_TEST

/* In the order of the keys, the last of two values; a byte that is no UTF-8 as
 * everywhere. */
START_TEST(metadata_becomes_a_map)
{
	char issue[2 * BITMARK_TX_ID_SIZE + 1], request[300];

	live_made(issue);
	snprintf(request, sizeof request, "{\"method\":\"Bitmark."
	    "FullProvenance\",\"params\":[{\"bitmarkId\":\"%s\"}]}", issue);
	expect_part(request, "\"metadata\":{\"a\":\"\xef\xbf\xbd\","
	    "\"b\":\"last\"}}]}");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon rpc bounds");
	TCase *tc = tcase_create("daemon rpc bounds");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, life_setup, life_teardown);
	tcase_add_test(tc,
	    S_19_the_page_behind_the_first_item_begins_behind_it);
	tcase_add_test(tc, S_20_only_the_stored_block_is_given_its_digest);
	tcase_add_test(tc, S_26_no_request_ends_the_node);
	tcase_add_test(tc, S_27_a_damaged_record_fails_the_call_alone);
	tcase_add_test(tc, both_spellings_of_the_foundation_id_are_served);
	tcase_add_test(tc, shares_that_wait_are_not_available);
	tcase_add_test(tc,
	    a_range_ends_at_the_newest_block_and_when_it_is_long);
	tcase_add_test(tc, metadata_becomes_a_map);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
