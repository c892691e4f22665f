/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The methods of the client RPC that submit records, where they deliberately
 * differ from bitmarkd.
 */
#include "../support/recorded_daemon_node.h"

#include <bitmarkpeer/subscriber.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/await.h"
#include "../support/loopback.h"

static struct recorded on;

static void
teardown(void)
{
	recorded_close(&on);
}

/* The reply; owned by the caller. */
static char *
ask(const char *request)
{
	char *reply = recorded_ask(&on, request, strlen(request));

	ck_assert_msg(reply != NULL, "%s", request);
	return reply;
}

/*
 * Assets.
 */

static struct bitmark_subscriber *subscriber;
static char publish_address[LOOPBACK_TEXT_SIZE];

static void
start_with_subscriber(void)
{
	struct bitmark_subscriber_config config = { .struct_size =
	    sizeof config, .chain = "local", .address = publish_address };
	struct bitmark_notice notice = { .struct_size = sizeof notice };
	struct bitmark_node_status s = { .struct_size = sizeof s };
	struct await wait = AWAIT;

	recorded_open(&on, "0.16");
	loopback_free_address(publish_address);
	on.publish = publish_address;
	recorded_start(&on, "Normal", 1);
	memcpy(config.server_key, on.public_key, sizeof config.server_key);
	ck_assert_int_eq(bitmark_subscriber_open(&subscriber, &config),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_subscriber_next(subscriber, AWAIT_MS,
	    &notice), BITMARK_OK);
	ck_assert_int_eq(notice.type, BITMARK_NOTICE_CONNECTED);
	/* A subscription is on its way for a moment after that. */
	while (s.subscribers == 0) {
		bitmark_node_get_status(on.node, &s);
		ck_assert(await_again(&wait));
	}
}

/* A signed asset as JSON; unless ${good} its signature is wrong.  Owned by the
 * caller: bitmark_free. */
static char *
make_asset(const char *print, bool good, uint8_t packed[], size_t *size)
{
	static const uint8_t seed[32] = "somebody";
	const struct bitmark_span text = { (const uint8_t *)print,
		strlen(print) };
	struct bitmark_record record = { .tag = BITMARK_RECORD_ASSET,
		.asset = { .name = text, .fingerprint = text } };
	uint8_t signature[BITMARK_SIGNATURE_SIZE];
	struct bitmark_private_key key;
	char *json;

	bitmark_private_key_from_seed(BITMARK_NETWORK_TEST, seed, &key);
	bitmark_private_key_account(&key, &record.asset.registrant);
	ck_assert_int_eq(bitmark_record_sign(&record, &key, signature),
	    BITMARK_OK);
	signature[0] ^= !good;
	ck_assert_int_eq(bitmark_record_encode(&record, packed,
	    BITMARK_RECORD_PACKED_MAX, size), BITMARK_OK);
	ck_assert_int_eq(bitmark_record_to_json(&record, BITMARK_JSON_0_16,
	    &json, NULL), BITMARK_OK);
	return json;
}

/* One message, with this asset and no other. */
static void
expect_asset(const uint8_t *packed, size_t size)
{
	struct bitmark_notice notice = { .struct_size = sizeof notice };

	ck_assert_int_eq(bitmark_subscriber_next(subscriber, AWAIT_MS,
	    &notice), BITMARK_OK);
	ck_assert_int_eq(notice.type, BITMARK_NOTICE_EVENT);
	ck_assert_str_eq(notice.event, "assets");
	ck_assert_uint_eq(notice.parameter[0].size, size);
	ck_assert_mem_eq(notice.parameter[0].data, packed, size);
}

/* Create ${good} with ${more} behind it in the request, which has ${error}. */
static void
create(const char *good, const char *more, const char *error)
{
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	char request[4096], *asset, *reply;
	size_t size;

	asset = make_asset(good, true, packed, &size);
	snprintf(request, sizeof request, "{\"id\":1,\"method\":"
	    "\"Bitmarks.Create\",\"params\":[{\"assets\":[%s%s}]}", asset,
	    more);
	reply = ask(request);
	ck_assert_msg(strstr(reply, error) != NULL, "%s", reply);
	expect_asset(packed, size);
	free(reply);
	bitmark_free(asset);
}

START_TEST(S_18_good_assets_are_relayed_although_something_later_is_not)
{
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	char more[2048], *bad;
	size_t size;

	start_with_subscriber();
	bad = make_asset("bad", false, packed, &size);
	snprintf(more, sizeof more, ",%s]", bad);
	create("before a bad asset", more, "\"invalid signature\"");
	create("before nothing", ",null]", "\"invalid item\"");
	create("before an empty one", ",{}]",
	    "\"invalid owner or registrant\"");
	create("before a bad issue", "],\"issues\":[{}]",
	    "\"invalid item\"");
	create("before no issues", "],\"issues\":null", "\"issues\":null");
	bitmark_subscriber_close(subscriber);
	bitmark_free(bad);
}
END_TEST

/*
 * Requests that end bitmarkd, and others like them.
 */

START_TEST(S_26_requests_that_ended_the_original_are_refused)
{
	static const char *const rows[][3] = {
		{ "Owner.Bitmarks", "{\"count\":5}", "invalid item" },
		{ "BlockOwner.Transfer", "{}", "invalid item" },
		{ "Bitmarks.Create", "{\"assets\":[null]}", "invalid item" },
		{ "Bitmarks.Create", "{\"issues\":[null]}", "invalid item" },
	};
	static const char *const releases[] = { "0.16", "8.2" };

	for (size_t k = 0; k < 2; k++) {
		recorded_open(&on, releases[k]);
		recorded_start(&on, "Normal", 2);
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
			char request[200], *reply;

			snprintf(request, sizeof request, "{\"id\":1,"
			    "\"method\":\"%s\",\"params\":[%s]}", rows[i][0],
			    rows[i][1]);
			reply = ask(request);
			ck_assert_msg(strstr(reply, rows[i][2]) != NULL,
			    "%s%s", request, reply);
			free(reply);
		}
		recorded_close(&on);
	}
	memset(&on, 0, sizeof on);
}
END_TEST

/* The mode stands between the owner of a bitmark and that of a block. */
START_TEST(checks_come_in_the_order_of_bitmarkd)
{
	static const char *const rows[][2] = {
		{ "Bitmark.Transfer", "invalid item" },
		{ "BlockOwner.Transfer", "not available during synchronise" },
	};

	recorded_open(&on, "0.16");
	recorded_start(&on, "Resynchronise", 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char request[200], *reply;

		snprintf(request, sizeof request, "{\"id\":1,\"method\":"
		    "\"%s\",\"params\":[{}]}", rows[i][0]);
		reply = ask(request);
		ck_assert_msg(strstr(reply, rows[i][1]) != NULL, "%s%s",
		    request, reply);
		free(reply);
	}
}
END_TEST

/* An issue that is good, but for its asset, which nobody knows. */
#define LONELY "{\"assetId\":\"1111111111111111111111111111111111111111111111111" \
    "1111111111111111111111111111111111111111111111111111111111111111111111111111" \
    "111\",\"owner\":\"f6ykG2jj4i9JpY1iHnojbBwNEyLULRN3ozYb9fcAhPXC7829Tt\"," \
    "\"nonce\":\"0\",\"signature\":\"636fbf85fbdd2b6e089b2fe309a40f2fd884e5c1bf0b4" \
    "bc95950102bcefd4da9c21eb7ad89f0b94bad8f4b611c34f93a2f9a4164c6104281128ef81bb" \
    "68c090a\"}"

START_TEST(the_first_bad_issue_is_told)
{
	static const char *const rows[][2] = {
		{ LONELY, "asset not found" },
		{ LONELY ",null", "asset not found" },
		{ LONELY ",{}", "asset not found" },
		{ LONELY ",{\"owner\":\"f6ykG2jj4i9JpY1iHnojbBwNEyLULRN3ozYb9f"
		    "cAhPXC7829Tt\",\"signature\":\"00\"}",
		    "asset not found" },
		{ "null," LONELY, "invalid item" },
	};

	recorded_open(&on, "0.16");
	recorded_start(&on, "Normal", 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char request[1500], *reply;

		snprintf(request, sizeof request, "{\"id\":1,\"method\":"
		    "\"Bitmarks.Create\",\"params\":[{\"issues\":[%s]}]}",
		    rows[i][0]);
		reply = ask(request);
		ck_assert_msg(strstr(reply, rows[i][1]) != NULL, "%s%s",
		    request, reply);
		free(reply);
	}
}
END_TEST

/* It would otherwise be taken for a transfer that needs none. */
START_TEST(a_countersignature_that_is_no_text_is_refused)
{
	char *reply;

	recorded_open(&on, "0.16");
	recorded_start(&on, "Normal", 1);
	reply = ask("{\"id\":1,\"method\":\"Bitmark.Transfer\",\"params\":"
	    "[{\"countersignature\":5}]}");
	ck_assert_msg(strstr(reply, "BitmarkTransferCountersigned."
	    "countersignature of type account.Signature") != NULL, "%s",
	    reply);
	free(reply);
}
END_TEST

static void
ask_json(const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);

	free(ask(text));
	free(text);
}

/* Ask with each argument left out, and replaced by each of these. */
static void
ask_damaged(const json_t *request)
{
	static const char *const with[] = { "null", "5", "-1", "1.5", "true",
		"\"\"", "\"x\"", "\"00\"", "[]", "{}", "[null]", "[{}]",
		"[5]", "\"18446744073709551615\"" };
	json_t *arguments = json_array_get(json_object_get(request,
	    "params"), 0), *copy = json_copy(arguments);
	const char *key;
	json_t *was;

	json_object_foreach(copy, key, was) {
		json_object_del(arguments, key);
		ask_json(request);
		for (size_t i = 0; i < sizeof with / sizeof with[0]; i++) {
			json_object_set_new(arguments, key, json_loads(with[i],
			    JSON_DECODE_ANY, NULL));
			ask_json(request);
		}
		json_object_set(arguments, key, was);
	}
	json_decref(copy);
}

/* Those of one part of the recording; the others are the same again. */
#define DAMAGED_FIRST 44
#define DAMAGED_LAST 260

START_TEST(S_26_no_recorded_request_with_damage_ends_the_process)
{
	size_t size;
	char *text = (char *)data_file("services/rpc-0.16.jsonl", &size);
	unsigned line = 0;

	recorded_open(&on, "0.16");
	recorded_start(&on, "Normal", 5);
	for (char *at = text, *end; at < text + size; at = end + 1) {
		json_t *record, *request;

		end = memchr(at, '\n', (size_t)(text + size - at));
		if (++line < DAMAGED_FIRST || line > DAMAGED_LAST)
			continue;
		record = json_loadb(at, (size_t)(end - at), JSON_ALLOW_NUL,
		    NULL);
		request = json_loads(field_text(json_array_get(
		    json_object_get(record, "request"), 0), "text"),
		    JSON_ALLOW_NUL, NULL);
		if (request != NULL)
			ask_damaged(request);
		json_decref(request);
		json_decref(record);
	}
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon rpc submit");
	TCase *tc = tcase_create("submit");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc,
	    S_18_good_assets_are_relayed_although_something_later_is_not);
	tcase_add_test(tc, S_26_requests_that_ended_the_original_are_refused);
	tcase_add_test(tc, checks_come_in_the_order_of_bitmarkd);
	tcase_add_test(tc, the_first_bad_issue_is_told);
	tcase_add_test(tc, a_countersignature_that_is_no_text_is_refused);
	tcase_add_test(tc,
	    S_26_no_recorded_request_with_damage_ends_the_process);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
