/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Requests that are answered with data, and what is common to all. */
#include "../support/fake_node.h"
#include "../support/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longest chain name that is tried.  Bytes. */
#define FRAME_BYTES_MAX 5000000u

START_TEST(fewer_than_two_frames_are_too_short)
{
	assert_fails("packet too short");
	frame_text("local");
	assert_fails("packet too short");
	frame_text("other");
	assert_fails("packet too short");
}
END_TEST

START_TEST(another_chain_is_named_in_the_error)
{
	frame_text("bitmark");
	frame_text("N");
	assert_fails("invalid chain: actual: \"bitmark\"  expect: local");
	frame_text("");
	frame_text("N");
	assert_fails("invalid chain: actual: \"\"  expect: local");
	frame_text("locals");
	frame_text("N");
	assert_fails("invalid chain: actual: \"locals\"  expect: local");
	frame_bytes("local", 6);
	frame_text("N");
	assert_fails("invalid chain: actual: \"local\\x00\"  expect: local");
}
END_TEST

static const struct quoting {
	const char *chain, *quoted;
} quotings[] = {
	{ "\a\b\f\n\r\t\v\\\"", "\\a\\b\\f\\n\\r\\t\\v\\\\\\\"" },
	{ "\x01\x1b\x7f", "\\x01\\x1b\\x7f" },
	{ "%s'<>&", "%s'<>&" },
	{ "\xff\xfe\x80", "\\xff\\xfe\\x80" },
	{ "\xc0\xaf", "\\xc0\\xaf" },                   /* overlong    */
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },          /* surrogate   */
	{ "\xe2\x82", "\\xe2\\x82" },                   /* cut off     */
	{ "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
	    "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" }, /* é € 😀      */
	{ "\xc2\x80", "\\u0080" },
	{ "\xc2\xa0", "\\u00a0" },
	{ "\xc2\xad", "\\u00ad" },
	{ "\xe2\x80\xae", "\\u202e" },
	{ "\xef\xbb\xbf", "\\ufeff" },
	{ "\xef\xbf\xbd", "\xef\xbf\xbd" },
	{ "\xf3\xa0\x80\x81", "\\U000e0001" },
	{ "\xf4\x8f\xbf\xbf", "\\U0010ffff" },
};

START_TEST(a_foreign_chain_is_quoted_as_go_does)
{
	char expected[200];

	frame_text(quotings[_i].chain);
	frame_text("N");
	snprintf(expected, sizeof expected,
	    "invalid chain: actual: \"%s\"  expect: local",
	    quotings[_i].quoted);
	assert_fails(expected);
}
END_TEST

START_TEST(only_64_bytes_of_a_foreign_chain_are_quoted)
{
	static const char fill[] = { 'x', '\x01', '"', '\xff' };
	static const size_t growth[] = { 1, 4, 2, 4 };
	const size_t fixed = strlen("invalid chain: actual: \"\"  expect: local");
	char *chain = malloc(FRAME_BYTES_MAX);

	ck_assert_ptr_nonnull(chain);
	for (size_t i = 0; i < sizeof fill; i++) {
		memset(chain, fill[i], FRAME_BYTES_MAX);
		for (size_t size = 60; size <= 68; size++) {
			frame_bytes(chain, size == 68 ? FRAME_BYTES_MAX : size);
			frame_text("N");
			ask_node();
			assert_text(0, "E");
			ck_assert_uint_eq(node_reply.frame[1].size, fixed +
			    growth[i] * (size < 64 ? size : 64));
		}
	}
	free(chain);
}
END_TEST

START_TEST(info_is_json_as_go_prints_it)
{
	ask_for("I");
	ask_node();
	ck_assert_uint_eq(node_reply.count, 2);
	assert_text(0, "I");
	assert_text(1, "{\"version\":\"zero\",\"chain\":\"local\","
	    "\"normal\":true,\"height\":3}");
	fake_node.normal = false;
	fake_node.version = "a<b>&\"\\\xff";
	ask_for("I");
	frame_text("surplus");
	ask_node();
	assert_text(1, "{\"version\":\"a\\u003cb\\u003e\\u0026\\\"\\\\\\ufffd"
	    "\",\"chain\":\"local\",\"normal\":false,\"height\":3}");
	ck_assert_int_eq(node_request.kind, BITMARK_REQUEST_NONE);
}
END_TEST

static uint64_t
highest(void *user)
{
	(void)user;
	return UINT64_MAX;
}

START_TEST(the_longest_info_fits)
{
	char version[2 * BITMARK_VERSION_TEXT_MAX + 1];
	json_t *info;
	json_error_t error;

	memset(version, '\xff', sizeof version - 1);
	version[sizeof version - 1] = '\0';
	fake_node.version = version;
	fake_node.normal = false;
	fake_node.params = bitmark_chain_params_find("testing");
	fake_view.height = highest;
	frame_text("testing");
	frame_text("I");
	ask_node();
	info = json_loadb((const char *)node_reply.frame[1].data,
	    node_reply.frame[1].size, JSON_DECODE_INT_AS_REAL, &error);
	ck_assert_msg(info != NULL, "%s", error.text);
	ck_assert_uint_eq(strlen(field_text(info, "version")),
	    3 * BITMARK_VERSION_TEXT_MAX);      /* U+FFFD takes 3 bytes */
	json_decref(info);
}
END_TEST

START_TEST(height_is_8_bytes_big_endian)
{
	ask_for("N");
	ask_node();
	ck_assert_uint_eq(node_reply.count, 2);
	assert_text(0, "N");
	assert_frame(1, "\0\0\0\0\0\0\0\3", 8);
	ck_assert_int_eq(node_request.kind, BITMARK_REQUEST_NONE);
}
END_TEST

START_TEST(height_ignores_surplus_parameters)
{
	ask_for("N");
	for (int i = 0; i < 100; i++)
		frame_text("surplus");
	ask_node();
	assert_text(0, "N");
}
END_TEST

START_TEST(a_stored_block_is_sent_as_it_is)
{
	ask_for("B");
	frame_bytes("\0\0\0\0\0\0\0\2", 8);
	ask_node();
	ck_assert_uint_eq(node_reply.count, 2);
	assert_text(0, "B");
	assert_text(1, "block 2");
	ck_assert_ptr_eq(node_reply.frame[1].data, fake_blocks[2]);
}
END_TEST

START_TEST(genesis_and_what_is_above_the_height_are_no_blocks)
{
	static const char numbers[][9] = { "\0\0\0\0\0\0\0\0",
		"\0\0\0\0\0\0\0\1", "\0\0\0\0\0\0\0\4", "\0\0\0\1\0\0\0\2",
		"\2\0\0\0\0\0\0\0", "\xff\xff\xff\xff\xff\xff\xff\xff" };

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		ask_for("B");
		frame_bytes(numbers[i], 8);
		assert_fails("block not found");
	}
}
END_TEST

START_TEST(digests_are_those_of_the_view)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];

	memset(digest, 3, sizeof digest);
	ask_for("H");
	frame_bytes("\0\0\0\0\0\0\0\3", 8);
	ask_node();
	ck_assert_uint_eq(node_reply.count, 2);
	assert_text(0, "H");
	assert_frame(1, digest, sizeof digest);
	ask_for("H");
	frame_bytes("\0\0\0\0\0\0\0\4", 8);
	assert_fails("block not found");
	ask_for("H");
	frame_bytes("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	assert_fails("block not found");
}
END_TEST

START_TEST(the_digest_of_0_and_1_is_that_of_genesis)
{
	for (int i = 0; i < 2; i++) {
		ask_for("H");
		frame_bytes(i == 0 ? "\0\0\0\0\0\0\0\0" : "\0\0\0\0\0\0\0\1", 8);
		ask_node();
		assert_text(0, "H");
		assert_frame(1, fake_node.params->genesis_digest,
		    BITMARK_DIGEST_SIZE);
	}
}
END_TEST

START_TEST(block_and_digest_take_exactly_one_parameter)
{
	for (int i = 0; i < 2; i++) {
		ask_for(i == 0 ? "B" : "H");
		assert_fails("missing parameters");
		ask_for(i == 0 ? "B" : "H");
		frame_bytes("\0\0\0\0\0\0\0\2", 8);
		frame_text("");
		assert_fails("missing parameters");
	}
}
END_TEST

START_TEST(block_numbers_of_another_size_are_not_found)
{
	const uint8_t number[64] = { 0 };

	for (size_t size = 0; size <= sizeof number; size++) {
		if (size == 8)
			continue;
		ask_for("B");
		frame_bytes(size == 0 ? NULL : number, size);
		assert_fails("block not found");
		ask_for("H");
		frame_bytes(number, size);
		assert_fails("block not found");
	}
}
END_TEST

START_TEST(unknown_commands_are_acknowledged)
{
	static const char *const commands[] = { "", "n", "E", "NN", "Block",
		"issues2", "%s%n", "\xff\xfe" };

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		ask_for(commands[i]);
		assert_acknowledged(commands[i], BITMARK_REQUEST_UNKNOWN);
		ck_assert_uint_eq(node_request.count, 0);
	}
}
END_TEST

START_TEST(commands_longer_than_64_bytes_are_not_echoed)
{
	char command[BITMARK_COMMAND_MAX + 2];

	memset(command, 'c', sizeof command);
	command[BITMARK_COMMAND_MAX] = '\0';
	ask_for(command);
	assert_acknowledged(command, BITMARK_REQUEST_UNKNOWN);
	command[BITMARK_COMMAND_MAX] = 'c';
	command[BITMARK_COMMAND_MAX + 1] = '\0';
	ask_for(command);
	assert_fails("invalid length");
	ck_assert_int_eq(node_request.kind, BITMARK_REQUEST_NONE);
	ck_assert_uint_eq(node_request.command.size, BITMARK_COMMAND_MAX + 1);
}
END_TEST

/* Only the first frames are there, whatever the count says. */
START_TEST(frames_that_are_not_looked_at_need_not_be_given)
{
	struct bitmark_span *exact = malloc(BITMARK_REQUEST_FRAMES_MAX *
	    sizeof *exact);

	ck_assert_ptr_nonnull(exact);
	for (const char *command = "INBHRx"; *command != '\0'; command++) {
		exact[0] = (struct bitmark_span){ (const uint8_t *)"local",
			5 };
		exact[1] = (struct bitmark_span){ (const uint8_t *)command,
			1 };
		for (size_t i = 2; i < BITMARK_REQUEST_FRAMES_MAX; i++)
			exact[i] = exact[0];
		bitmark_dispatch(&fake_node, FAKE_NOW_S, exact, 1000000, &node_reply,
		    &node_request);
		ck_assert_uint_ge(node_reply.count, 2);
	}
	free(exact);
}
END_TEST

static TCase *
common_case(void)
{
	TCase *tc = tcase_create("common");

	tcase_add_checked_fixture(tc, fake_node_reset, NULL);
	tcase_add_test(tc, fewer_than_two_frames_are_too_short);
	tcase_add_test(tc, another_chain_is_named_in_the_error);
	tcase_add_loop_test(tc, a_foreign_chain_is_quoted_as_go_does, 0,
	    (int)(sizeof quotings / sizeof quotings[0]));
	tcase_add_test(tc, only_64_bytes_of_a_foreign_chain_are_quoted);
	tcase_add_test(tc, unknown_commands_are_acknowledged);
	tcase_add_test(tc, commands_longer_than_64_bytes_are_not_echoed);
	tcase_add_test(tc, frames_that_are_not_looked_at_need_not_be_given);
	return tc;
}

static TCase *
asked_case(void)
{
	TCase *tc = tcase_create("asked");

	tcase_add_checked_fixture(tc, fake_node_reset, NULL);
	tcase_add_test(tc, info_is_json_as_go_prints_it);
	tcase_add_test(tc, the_longest_info_fits);
	tcase_add_test(tc, height_is_8_bytes_big_endian);
	tcase_add_test(tc, height_ignores_surplus_parameters);
	tcase_add_test(tc, a_stored_block_is_sent_as_it_is);
	tcase_add_test(tc, genesis_and_what_is_above_the_height_are_no_blocks);
	tcase_add_test(tc, digests_are_those_of_the_view);
	tcase_add_test(tc, the_digest_of_0_and_1_is_that_of_genesis);
	tcase_add_test(tc, block_and_digest_take_exactly_one_parameter);
	tcase_add_test(tc, block_numbers_of_another_size_are_not_found);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("dispatch");

	suite_add_tcase(suite, common_case());
	suite_add_tcase(suite, asked_case());
	return run_suite(suite);
}
