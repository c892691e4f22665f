/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Calls of a client: the requests that they send, and how replies are read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/client_fixture.h"

static void
request_was(size_t frame, const void *data, size_t size)
{
	ck_assert_uint_lt(frame, fx_node.last.count);
	ck_assert_uint_eq(fx_node.last.frame[frame].size, size);
	ck_assert_mem_eq(fx_node.last.frame[frame].data, data, size);
}

/* --- good replies -------------------------------------------------------- */

START_TEST(info_is_read_from_the_json_of_I)
{
	struct bitmark_info info = { .struct_size = sizeof info };

	raw_init(&fx_node, raw_answer);
	raw_reply_text(&fx_node, "I", "{\"version\":\"zero\",\"chain\":"
	    "\"local\",\"normal\":true,\"height\":1}", NULL);
	fx_start(PATIENT_MS);
	ck_assert_int_eq(bitmark_client_info(fx_client, &info), BITMARK_OK);
	ck_assert_str_eq(info.version, "zero");
	ck_assert_str_eq(info.chain, "local");
	ck_assert(info.normal);
	ck_assert_uint_eq(info.height, 1);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

START_TEST(height_is_eight_bytes_big_endian)
{
	uint64_t height;

	fx_start_bytes("N", 8);
	ck_assert_int_eq(bitmark_client_height(fx_client, &height), BITMARK_OK);
	ck_assert_uint_eq(height, UINT64_C(0x8002030405060708));
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

START_TEST(digest_is_given_as_it_was_sent)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];

	fx_start_bytes("H", sizeof digest);
	ck_assert_int_eq(bitmark_client_digest(fx_client, 2, digest),
	    BITMARK_OK);
	ck_assert_mem_eq(digest, fx_bytes, sizeof digest);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

START_TEST(block_is_given_as_it_was_sent)
{
	uint8_t *block;
	size_t size;

	fx_start_bytes("B", sizeof fx_bytes);
	ck_assert_int_eq(bitmark_client_block(fx_client, 2, &block, &size),
	    BITMARK_OK);
	ck_assert_uint_eq(size, sizeof fx_bytes);
	ck_assert_mem_eq(block, fx_bytes, size);
	bitmark_free(block);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

START_TEST(the_largest_block_arrives)
{
	uint8_t *large = calloc(1, BITMARK_BLOCK_MAX), *block;
	size_t size;

	ck_assert_ptr_nonnull(large);
	raw_init(&fx_node, raw_answer);
	raw_reply_bytes(&fx_node, "B", large, BITMARK_BLOCK_MAX);
	fx_start(PATIENT_MS);
	ck_assert_int_eq(bitmark_client_block(fx_client, 2, &block, &size),
	    BITMARK_OK);
	ck_assert_uint_eq(size, BITMARK_BLOCK_MAX);
	bitmark_free(block);
	fx_stop();
	raw_fini(&fx_node);
	free(large);
}
END_TEST

START_TEST(a_request_has_the_frames_of_REQ)
{
	static const uint8_t number[8] = { 0, 0, 0, 0, 0, 0, 1, 2 };
	uint8_t digest[BITMARK_DIGEST_SIZE];

	fx_start_bytes("H", sizeof digest);
	ck_assert_int_eq(bitmark_client_digest(fx_client, 0x102, digest),
	    BITMARK_OK);
	fx_stop();
	ck_assert_uint_eq(fx_node.last.count, RAW_ENVELOPE + 3);
	ck_assert_uint_eq(fx_node.last.frame[0].size, 32);
	ck_assert_uint_eq(fx_node.last.frame[1].size, 4);
	request_was(2, "", 0);
	request_was(RAW_ENVELOPE, "local", 5);
	request_was(RAW_ENVELOPE + 1, "H", 1);
	request_was(RAW_ENVELOPE + 2, number, sizeof number);
	raw_fini(&fx_node);
}
END_TEST

static const struct {
	enum bitmark_submission what;
	const char *command;
} submissions[] = {
	{ BITMARK_SUBMIT_BLOCK, "block" },
	{ BITMARK_SUBMIT_ASSETS, "assets" },
	{ BITMARK_SUBMIT_ISSUES, "issues" },
	{ BITMARK_SUBMIT_TRANSFER, "transfer" },
	{ BITMARK_SUBMIT_PROOF, "proof" },
};

START_TEST(a_submission_is_sent_and_its_echo_is_success)
{
	const char *command = submissions[_i].command;

	raw_init(&fx_node, raw_answer);
	raw_reply_text(&fx_node, command, "A", NULL);
	fx_start(PATIENT_MS);
	ck_assert_int_eq(bitmark_client_submit(fx_client, submissions[_i].what,
	    fx_bytes, sizeof fx_bytes), BITMARK_OK);
	fx_stop();
	ck_assert_uint_eq(fx_node.last.count, RAW_ENVELOPE + 3);
	request_was(RAW_ENVELOPE + 1, command, strlen(command));
	request_was(RAW_ENVELOPE + 2, fx_bytes, sizeof fx_bytes);
	raw_fini(&fx_node);
}
END_TEST

START_TEST(bytes_that_are_not_recognised_leave_the_kind_unchanged)
{
	static const uint8_t bytes[BITMARK_PAY_ID_SIZE];
	enum bitmark_submission what = BITMARK_SUBMIT_TRANSFER;
	size_t records;

	ck_assert_int_eq(bitmark_submission_recognise(
	    bitmark_chain_params_find("local"), bytes, sizeof bytes, &what,
	    &records), BITMARK_E_NOT_RECORD);
	ck_assert_int_eq(what, BITMARK_SUBMIT_TRANSFER);
}
END_TEST

START_TEST(a_submission_that_cannot_travel_is_not_sent)
{
	raw_init(&fx_node, raw_answer);
	fx_start(SHORT_MS);
	ck_assert_int_eq(bitmark_client_submit(fx_client, BITMARK_SUBMIT_BLOCK,
	    fx_bytes, 0), BITMARK_E_ARGUMENT);
	ck_assert_int_eq(bitmark_client_submit(fx_client, BITMARK_SUBMIT_BLOCK,
	    fx_bytes, BITMARK_BLOCK_MAX + 1), BITMARK_E_ARGUMENT);
	fx_stop();
	ck_assert_uint_eq(fx_node.requests, 0);
	raw_fini(&fx_node);
}
END_TEST

START_TEST(a_REP_socket_answers_as_well)
{
	raw_init(&fx_node, raw_answer);
	fx_node.kind = RAW_REP;
	raw_reply_bytes(&fx_node, "N", fx_bytes, 8);
	fx_start(PATIENT_MS);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_OK);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_OK);
	fx_stop();
	ck_assert_uint_eq(fx_node.last.count, 2);
	raw_fini(&fx_node);
}
END_TEST

/* --- malformed replies --------------------------------------------------- */

/* Replies of 0 to 3 frames that make no sense to any call. */
static const char *const senseless[][4] = {
	{ NULL },
	{ "", NULL },
	{ "E", NULL },
	{ "N", NULL },
	{ "I", NULL },
	{ "transfer", NULL },
	{ "E", "block not found", "", NULL },
	{ "N", "12345678", "", NULL },
	{ "H", "12345678901234567890123456789012", "x", NULL },
	{ "B", "block", "x", NULL },
	{ "I", "{}", "x", NULL },
	{ "transfer", "A", "x", NULL },
	{ "n", "12345678", NULL },
	{ "NN", "12345678", NULL },
	{ "", "12345678", NULL },
	{ "e", "block not found", NULL },
	{ "block", "A", NULL },
	/* the right command with a payload that is too short or too long */
	{ "N", "1234567", NULL },
	{ "N", "123456789", NULL },
	{ "N", "", NULL },
	{ "H", "1234567890123456789012345678901", NULL },
	{ "H", "123456789012345678901234567890123", NULL },
	{ "H", "", NULL },
	{ "I", "", NULL },
};

START_TEST(a_senseless_reply_is_an_error_of_the_peer)
{
	const char *const *frames = senseless[_i];

	raw_init(&fx_node, raw_answer);
	/* The rows are filled up with NULL. */
	raw_reply_text(&fx_node, frames[0], frames[1], frames[2], NULL);
	fx_start(PATIENT_MS);
	for (enum call call = INFO; call < CALLS; call++)
		ck_assert_int_eq(fx_call(call), BITMARK_E_PEER_RESPONSE);
	ck_assert_str_eq(bitmark_client_remote_error(fx_client), "");
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

static const struct {
	const char *text;
	bool good;
} infos[] = {
#define INFO_WITH(height) "{\"version\":\"v\",\"chain\":\"local\"," \
	"\"normal\":false,\"height\":" height "}"
	{ INFO_WITH("7"), true },
	{ INFO_WITH("\"7\""), true },
	{ INFO_WITH("7,\"more\":[-1,{\"height\":8}]"), true },
	{ "{\"height\":7,\"normal\":false,\"chain\":\"local\","
	  "\"version\":\"v\"}", true },
	{ INFO_WITH("-7"), false },
	{ INFO_WITH("\"-7\""), false },
	{ INFO_WITH("7.0"), false },
	{ INFO_WITH("7e3"), false },
	{ INFO_WITH("99999999999999999999999999999"), false },
	{ INFO_WITH("\"99999999999999999999999999999\""), false },
	{ INFO_WITH("1e999999999"), false },
	{ INFO_WITH("7,\"height\":7"), false },
	{ INFO_WITH("7}"), false },
	{ INFO_WITH("null"), false },
	{ "{\"version\":\"v\",\"chain\":\"local\",\"normal\":\"false\","
	  "\"height\":7}", false },
	{ "{\"version\":1,\"chain\":\"local\",\"normal\":false,"
	  "\"height\":7}", false },
	{ "{\"version\":\"v\",\"chain\":\"a name much too long\","
	  "\"normal\":false,\"height\":7}", false },
	{ "{\"version\":\"v\",\"chain\":\"local\",\"height\":7}", false },
	{ "{\"version\":\"v\\u0000\",\"chain\":\"local\","
	  "\"normal\":false,\"height\":7}", false },
	{ "{\"version\":\"v\xff\",\"chain\":\"local\","
	  "\"normal\":false,\"height\":7}", false },
	{ "{}", false },
	{ "[]", false },
	{ "7", false },
	{ "not JSON", false },
	{ "{", false },
};

START_TEST(info_with_a_missing_or_wrong_member_is_refused)
{
	struct bitmark_info info = { .struct_size = sizeof info, .height =
	    99 };

	raw_init(&fx_node, raw_answer);
	raw_reply_text(&fx_node, "I", infos[_i].text, NULL);
	fx_start(PATIENT_MS);
	ck_assert_int_eq(bitmark_client_info(fx_client, &info), infos[_i].good ?
	    BITMARK_OK : BITMARK_E_PEER_RESPONSE);
	ck_assert_uint_eq(info.height, infos[_i].good ? 7 : 99);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

START_TEST(a_long_version_is_cut_between_characters)
{
	char text[512], version[200];
	struct bitmark_info info = { .struct_size = sizeof info };

	/* 127 bytes, then characters of two bytes: one would end at 129. */
	memset(version, 'v', 127);
	snprintf(version + 127, sizeof version - 127, "%s", "\u00e9\u00e9");
	snprintf(text, sizeof text, "{\"version\":\"%s\",\"chain\":\"local\","
	    "\"normal\":true,\"height\":1}", version);
	raw_init(&fx_node, raw_answer);
	raw_reply_text(&fx_node, "I", text, NULL);
	fx_start(PATIENT_MS);
	ck_assert_int_eq(bitmark_client_info(fx_client, &info), BITMARK_OK);
	ck_assert_uint_eq(strlen(info.version), 127);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

/* White space after the object fills it up. */
START_TEST(an_info_of_65536_bytes_is_read_and_no_longer_one)
{
	static const char object[] = "{\"version\":\"v\",\"chain\":\"local\","
	    "\"normal\":true,\"height\":1}";
	const size_t size = 65536 + (size_t)_i;
	uint8_t *text = malloc(size);
	struct bitmark_info info = { .struct_size = sizeof info };

	ck_assert_ptr_nonnull(text);
	memset(text, ' ', size);
	memcpy(text, object, sizeof object - 1);
	raw_init(&fx_node, raw_answer);
	raw_reply_bytes(&fx_node, "I", text, size);
	fx_start(PATIENT_MS);
	ck_assert_int_eq(bitmark_client_info(fx_client, &info), _i == 0 ?
	    BITMARK_OK : BITMARK_E_PEER_RESPONSE);
	fx_stop();
	raw_fini(&fx_node);
	free(text);
}
END_TEST

/* --- error replies ------------------------------------------------------- */

static const struct {
	const char *text;
	bitmark_status status;
	const char *printable;
} errors[] = {
	{ "block not found", BITMARK_E_BLOCK_NOT_FOUND, "block not found" },
	{ "incorrect chain", BITMARK_E_INVALID_CHAIN, "incorrect chain" },
	{ "invalid chain: actual: \"local\"  expect: testing",
	  BITMARK_E_INVALID_CHAIN,
	  "invalid chain: actual: \"local\"  expect: testing" },
	{ "missing parameters", BITMARK_E_REMOTE, "missing parameters" },
	{ "block not found ", BITMARK_E_REMOTE, "block not found " },
	{ "", BITMARK_E_REMOTE, "" },
	{ "\x1b[2Jhello\r\n\x7f\xc2\x9b\xff", BITMARK_E_REMOTE,
	  "\\x1b[2Jhello\\x0d\\x0a\\x7f\\xc2\\x9b\\xff" },
	{ "gr\xc3\xb6\xc3\x9f" "er \xe2\x80\xae", BITMARK_E_REMOTE,
	  "gr\xc3\xb6\xc3\x9f" "er \\xe2\\x80\\xae" },
	/* The first and the last of each range that is escaped, with their
	 * neighbours: control characters, and marks of direction. */
	{ "\x1f ~\x7f\xc2\x80\xc2\x9f\xc2\xa0", BITMARK_E_REMOTE,
	  "\\x1f ~\\x7f\\xc2\\x80\\xc2\\x9f\xc2\xa0" },
	{ "\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xaf",
	  BITMARK_E_REMOTE,
	  "\xe2\x80\xa7\\xe2\\x80\\xa8\\xe2\\x80\\xae\xe2\x80\xaf" },
	{ "\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa",
	  BITMARK_E_REMOTE,
	  "\xe2\x81\xa5\\xe2\\x81\\xa6\\xe2\\x81\\xa9\xe2\x81\xaa" },
};

START_TEST(an_error_reply_has_its_status_and_a_printable_text)
{
	raw_init(&fx_node, raw_answer);
	raw_reply_text(&fx_node, "E", errors[_i].text, NULL);
	fx_start(PATIENT_MS);
	for (enum call call = INFO; call < CALLS; call++) {
		ck_assert_int_eq(fx_call(call), errors[_i].status);
		ck_assert_str_eq(bitmark_client_remote_error(fx_client),
		    errors[_i].printable);
	}
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

START_TEST(a_long_error_is_cut)
{
	char text[5000];
	size_t size;

	memset(text, '\n', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	text[0] = 'x';
	raw_init(&fx_node, raw_answer);
	raw_reply_text(&fx_node, "E", text, NULL);
	fx_start(PATIENT_MS);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_E_REMOTE);
	size = strlen(bitmark_client_remote_error(fx_client));
	ck_assert_uint_gt(size, 100);
	ck_assert_uint_lt(size, 1000);
	ck_assert_uint_eq(size % 4, 1);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

/* The first request gets an error, the others are not answered. */
static void
error_then_silence(struct raw_node *n, const struct raw_message *request)
{
	if (n->requests == 1)
		raw_answer(n, request);
}

START_TEST(the_text_of_an_error_is_gone_after_the_next_call)
{
	raw_init(&fx_node, error_then_silence);
	raw_reply_text(&fx_node, "E", "text", NULL);
	raw_start(&fx_node);
	fx_open(fx_node.address, fx_node.public_key, 2000);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_E_REMOTE);
	ck_assert_str_eq(bitmark_client_remote_error(fx_client), "text");
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_E_TIMEOUT);
	ck_assert_str_eq(bitmark_client_remote_error(fx_client), "");
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client");
	TCase *t = tcase_create("calls");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, info_is_read_from_the_json_of_I);
	tcase_add_test(t, height_is_eight_bytes_big_endian);
	tcase_add_test(t, digest_is_given_as_it_was_sent);
	tcase_add_test(t, block_is_given_as_it_was_sent);
	tcase_add_test(t, a_request_has_the_frames_of_REQ);
	tcase_add_loop_test(t, a_submission_is_sent_and_its_echo_is_success,
	    0, COUNT(submissions));
	tcase_add_test(t, bytes_that_are_not_recognised_leave_the_kind_unchanged);
	tcase_add_test(t, a_submission_that_cannot_travel_is_not_sent);
	tcase_add_test(t, a_REP_socket_answers_as_well);
	tcase_add_loop_test(t, a_senseless_reply_is_an_error_of_the_peer,
	    0, COUNT(senseless));
	tcase_add_loop_test(t, info_with_a_missing_or_wrong_member_is_refused,
	    0, COUNT(infos));
	tcase_add_test(t, a_long_version_is_cut_between_characters);
	tcase_add_loop_test(t,
	    an_info_of_65536_bytes_is_read_and_no_longer_one, 0, 2);
	tcase_add_loop_test(t,
	    an_error_reply_has_its_status_and_a_printable_text, 0,
	    COUNT(errors));
	tcase_add_test(t, a_long_error_is_cut);
	tcase_add_test(t, the_text_of_an_error_is_gone_after_the_next_call);
	suite_add_tcase(suite, t);

	/* The thread sanitizer takes minutes over a block that came through
	 * libzmq. */
	t = tcase_create("large");
	tcase_set_timeout(t, 600);
	tcase_add_test(t, the_largest_block_arrives);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
