/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Requests that tell the node something: R, and what is acknowledged. */
#include "../support/fake_node.h"
#include "../support/vectors.h"

#include <string.h>

/* Parameters of an R that is right. */
static struct bitmark_span good[4];

static void
good_register(void)
{
	static uint8_t key[BITMARK_PEER_KEY_SIZE];

	memset(key, 7, sizeof key);
	good[0] = (struct bitmark_span){ (const uint8_t *)"local", 5 };
	good[1] = (struct bitmark_span){ key, sizeof key };
	good[2] = (struct bitmark_span){ fake_v4_entry, sizeof fake_v4_entry };
	good[3] = (struct bitmark_span){
		(const uint8_t *)"\0\0\0\0\x65\x53\xf1\0", 8 };
}

static void
ask_register(size_t count)
{
	ask_for("R");
	for (size_t i = 0; i < count; i++)
		frame_bytes(good[i].data, good[i].size);
}

static void
assert_third(void)
{
	ask_node();
	ck_assert_uint_eq(node_reply.count, 5);
	assert_text(0, "R");
	assert_text(1, "local");
	assert_frame(2, fake_third.key, sizeof fake_third.key);
	assert_frame(3, fake_third.connections, fake_third.connections_size);
	assert_frame(4, "\0\0\0\0\0\0\x30\x39", 8);
}

START_TEST(register_tells_of_a_third_peer)
{
	good_register();
	ask_register(4);
	assert_third();
	ck_assert_mem_eq(fake_excluded, good[1].data, sizeof fake_excluded);
}
END_TEST

START_TEST(register_asks_the_node_to_store_the_caller)
{
	good_register();
	ask_register(4);
	ask_node();
	ck_assert_int_eq(node_request.kind, BITMARK_REQUEST_REGISTER);
	ck_assert_uint_eq(node_request.count, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_ptr_eq(node_request.parameter[i].data, good[i + 1].data);
		ck_assert_uint_eq(node_request.parameter[i].size,
		    good[i + 1].size);
	}
}
END_TEST

START_TEST(register_ignores_surplus_parameters)
{
	good_register();
	ask_register(4);
	for (int i = 0; i < 90; i++)
		frame_text("surplus");
	assert_third();
	ck_assert_uint_eq(node_request.count, 3);
}
END_TEST

START_TEST(register_with_fewer_than_four_parameters_fails)
{
	good_register();
	ask_register((size_t)_i);
	assert_fails("missing parameters");
}
END_TEST

START_TEST(register_for_another_chain_fails)
{
	good_register();
	good[0] = (struct bitmark_span){ (const uint8_t *)"testing", 7 };
	ask_register(4);
	assert_fails("incorrect chain");
	good[0].size = 0;
	ask_register(4);
	assert_fails("incorrect chain");
}
END_TEST

START_TEST(register_checks_the_chain_before_the_timestamp)
{
	good_register();
	good[0].size = 0;
	good[3].size = 0;
	ask_register(4);
	assert_fails("incorrect chain");
}
END_TEST

START_TEST(register_with_a_short_timestamp_fails_D_01)
{
	good_register();
	good[3].size = (size_t)_i;
	ask_register(4);
	assert_fails("invalid timestamp");
}
END_TEST

START_TEST(a_long_timestamp_is_read_from_its_first_8_bytes)
{
	const char timestamp[64] = "\0\0\0\0\0\0\0\x2a";

	good_register();
	for (size_t size = 9; size <= sizeof timestamp; size++) {
		good[3] = (struct bitmark_span){ (const uint8_t *)timestamp,
			size };
		ask_register(4);
		assert_third();
		ck_assert_uint_eq(node_request.parameter[2].size, 8);
	}
}
END_TEST

START_TEST(register_with_an_impossible_key_fails)
{
	static const uint8_t zero[64];
	uint8_t key[64];

	memset(key, 1, sizeof key);
	good_register();
	for (size_t size = 0; size <= sizeof key; size++) {
		if (size == BITMARK_PEER_KEY_SIZE)
			continue;
		good[1] = (struct bitmark_span){ key, size };
		ask_register(4);
		assert_fails("invalid public key");
	}
	good[1] = (struct bitmark_span){ zero, BITMARK_PEER_KEY_SIZE };
	ask_register(4);
	assert_fails("invalid public key");
}
END_TEST

START_TEST(register_without_usable_connections_is_answered_not_stored_D_02)
{
	static const uint8_t cut[18] = { 19 };
	static const uint8_t no_port[] = { 7, 0, 0, 127, 0, 0, 1 };
	static const uint8_t nowhere[] = { 7, 0x08, 0x58, 0, 0, 0, 0 };
	static uint8_t many[BITMARK_CONNECTIONS_MAX + 1];
	const struct bitmark_span lists[] = {
		{ NULL, 0 },
		{ cut, 1 },
		{ fake_v4_entry, sizeof fake_v4_entry - 1 },
		{ cut, sizeof cut },
		{ no_port, sizeof no_port },
		{ nowhere, sizeof nowhere },
		{ many, sizeof many },
	};

	for (size_t i = 0; i < sizeof many; i++)
		many[i] = fake_v4_entry[i % sizeof fake_v4_entry];
	good_register();
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		good[2] = lists[i];
		ask_register(4);
		assert_third();
		ck_assert_int_eq(node_request.kind, BITMARK_REQUEST_NONE);
	}
}
END_TEST

START_TEST(register_keeps_a_padded_list_that_has_an_entry)
{
	static const uint8_t padded[] = { 7, 0x08, 0x58, 127, 0, 0, 1, 19 };

	good_register();
	good[2] = (struct bitmark_span){ padded, sizeof padded };
	ask_register(4);
	assert_third();
	ck_assert_int_eq(node_request.kind, BITMARK_REQUEST_REGISTER);
	ck_assert_uint_eq(node_request.parameter[1].size, sizeof padded);
}
END_TEST

START_TEST(register_tells_of_this_node_when_no_third_is_known_D_12)
{
	fake_third_known = false;
	good_register();
	for (int i = 0; i < 2; i++) {
		ask_register(4);
		ask_node();
		ck_assert_uint_eq(node_reply.count, 5);
		assert_frame(2, fake_node.own.key, sizeof fake_node.own.key);
		assert_frame(3, fake_mapped_entry, sizeof fake_mapped_entry);
		assert_frame(4, "\0\0\0\0\x65\x53\xf1\0", 8);   /* FAKE_NOW_S */
		ck_assert_int_eq(node_request.kind, BITMARK_REQUEST_REGISTER);
		fake_node.random_peer = NULL;
	}
}
END_TEST

START_TEST(register_tells_the_caller_of_itself_as_a_last_resort_D_12)
{
	fake_third_known = false;
	fake_node.own.connections_size = 0;
	good_register();
	good[3] = (struct bitmark_span){
		(const uint8_t *)"\0\0\0\0\0\0\0\x2a and more", 17 };
	ask_register(4);
	ask_node();
	ck_assert_uint_eq(node_reply.count, 5);
	assert_text(0, "R");
	assert_text(1, "local");
	assert_frame(2, good[1].data, good[1].size);
	assert_frame(3, fake_v4_entry, sizeof fake_v4_entry);
	assert_frame(4, "\0\0\0\0\0\0\0\x2a", 8);
}
END_TEST

START_TEST(a_long_list_of_the_caller_is_not_sent_back_whole)
{
	static uint8_t many[70000];

	for (size_t i = 0; i < sizeof many; i++)
		many[i] = fake_v4_entry[i % sizeof fake_v4_entry];
	fake_third_known = false;
	fake_node.own.connections_size = 0;
	good_register();
	good[2] = (struct bitmark_span){ many, sizeof many };
	ask_register(4);
	ask_node();
	assert_frame(3, many, BITMARK_CONNECTIONS_MAX -
	    BITMARK_CONNECTIONS_MAX % sizeof fake_v4_entry);
}
END_TEST

START_TEST(a_list_of_the_longest_size_is_sent_back_as_it_came)
{
	static uint8_t list[BITMARK_CONNECTIONS_MAX];

	for (size_t i = 0; i < sizeof list; i++)
		list[i] = fake_v4_entry[i % sizeof fake_v4_entry];
	fake_third_known = false;
	fake_node.own.connections_size = 0;
	good_register();
	good[2] = (struct bitmark_span){ list, sizeof list };
	ask_register(4);
	ask_node();
	assert_frame(3, list, sizeof list);
}
END_TEST

static const struct pushed {
	const char *command;
	enum bitmark_request_kind kind;
} pushed[] = {
	{ "block", BITMARK_REQUEST_BLOCK },
	{ "assets", BITMARK_REQUEST_ASSETS },
	{ "issues", BITMARK_REQUEST_ISSUES },
	{ "transfer", BITMARK_REQUEST_TRANSFER },
	{ "proof", BITMARK_REQUEST_PROOF },
	{ "heart", BITMARK_REQUEST_HEART },
};

START_TEST(pushed_messages_are_acknowledged_and_handed_on)
{
	static const char payload[] = "not looked at";

	ask_for(pushed[_i].command);
	frame_text(payload);
	frame_text("surplus");
	assert_acknowledged(pushed[_i].command, pushed[_i].kind);
	ck_assert_uint_eq(node_request.count, 1);
	ck_assert_ptr_eq(node_request.parameter[0].data, payload);
	ck_assert_uint_eq(node_request.parameter[0].size, sizeof payload - 1);
	ck_assert_uint_eq(node_request.command.size, strlen(pushed[_i].command));
}
END_TEST

START_TEST(pushed_messages_without_parameters_are_acknowledged_only)
{
	ask_for(pushed[_i].command);
	assert_acknowledged(pushed[_i].command, BITMARK_REQUEST_NONE);
}
END_TEST

/* rpc and peer have the same three parameters. */
static const struct announcing {
	const char *command;
	enum bitmark_request_kind kind;
	size_t list_max;
} announcing[] = {
	{ "rpc", BITMARK_REQUEST_RPC, 100 },
	{ "peer", BITMARK_REQUEST_PEER, BITMARK_CONNECTIONS_MAX },
};

static void
announce_as(const struct announcing *a, size_t count,
    enum bitmark_request_kind expected)
{
	ask_for(a->command);
	for (size_t i = 0; i < count; i++)
		frame_bytes(good[i + 1].data, good[i + 1].size);
	assert_acknowledged(a->command, expected);
}

START_TEST(announcements_are_acknowledged_and_handed_on)
{
	const struct announcing *a = &announcing[_i];

	good_register();
	good[3] = (struct bitmark_span){
		(const uint8_t *)"\0\0\0\0\0\0\0\x2a and more", 17 };
	announce_as(a, 3, a->kind);
	ck_assert_uint_eq(node_request.count, 3);
	ck_assert_ptr_eq(node_request.parameter[0].data, good[1].data);
	ck_assert_ptr_eq(node_request.parameter[1].data, good[2].data);
	ck_assert_ptr_eq(node_request.parameter[2].data, good[3].data);
	ck_assert_uint_eq(node_request.parameter[2].size, 8);
}
END_TEST

/* A v8.2 node that is told of such a list reads past its end. */
START_TEST(a_cut_off_connection_is_not_handed_on_D_02)
{
	static const uint8_t list[] = {
		7, 0x08, 0x61, 1, 2, 3, 4,
		19, 0x08, 0x61, 0x20, 1, 0x0d, 0xb8, 0, 0
	};

	good_register();
	good[2] = (struct bitmark_span){ list, sizeof list };
	announce_as(&announcing[_i], 3, announcing[_i].kind);
	ck_assert_ptr_eq(node_request.parameter[1].data, list);
	ck_assert_uint_eq(node_request.parameter[1].size, 7);
}
END_TEST

START_TEST(announcements_with_too_few_parameters_are_ignored)
{
	good_register();
	for (size_t count = 0; count < 3; count++)
		announce_as(&announcing[_i], count, BITMARK_REQUEST_NONE);
}
END_TEST

START_TEST(announcements_with_a_short_timestamp_are_ignored_D_01)
{
	good_register();
	for (size_t size = 0; size < 8; size++) {
		good[3].size = size;
		announce_as(&announcing[_i], 3, BITMARK_REQUEST_NONE);
	}
}
END_TEST

/* 0.16 demands 8 bytes, v8.2 reads the first 8. */
START_TEST(announcements_with_a_long_timestamp_follow_the_rules)
{
	static const uint8_t timestamp[64];

	good_register();
	for (size_t size = 9; size <= sizeof timestamp; size++) {
		good[3] = (struct bitmark_span){ timestamp, size };
		fake_node.rules = bitmark_rules_0_16();
		announce_as(&announcing[_i], 3, BITMARK_REQUEST_NONE);
		fake_node.rules = bitmark_rules_8_2();
		announce_as(&announcing[_i], 3, announcing[_i].kind);
		ck_assert_uint_eq(node_request.parameter[2].size, 8);
	}
}
END_TEST

START_TEST(announcements_with_a_key_of_another_length_are_ignored)
{
	uint8_t key[64];

	memset(key, 1, sizeof key);
	good_register();
	for (size_t size = 0; size <= sizeof key; size++) {
		good[1] = (struct bitmark_span){ key, size };
		announce_as(&announcing[_i], 3,
		    size == BITMARK_PEER_KEY_SIZE ? announcing[_i].kind :
		    BITMARK_REQUEST_NONE);
	}
}
END_TEST

START_TEST(announcements_without_usable_connections_are_ignored_D_02)
{
	static uint8_t list[BITMARK_CONNECTIONS_MAX + 1];
	const struct announcing *a = &announcing[_i];

	for (size_t i = 0; i < sizeof list; i++)
		list[i] = fake_v4_entry[i % sizeof fake_v4_entry];
	good_register();
	for (size_t size = 0; size <= sizeof list; size++) {
		good[2] = (struct bitmark_span){ list, size };
		announce_as(a, 3, size >= sizeof fake_v4_entry &&
		    size <= a->list_max ? a->kind : BITMARK_REQUEST_NONE);
	}
	good[2] = (struct bitmark_span){ fake_mapped_entry,
		sizeof fake_mapped_entry - 1 };
	announce_as(a, 3, BITMARK_REQUEST_NONE);
}
END_TEST

START_TEST(a_zero_peer_key_is_ignored)
{
	static const uint8_t zero[BITMARK_PEER_KEY_SIZE];

	good_register();
	good[1] = (struct bitmark_span){ zero, sizeof zero };
	announce_as(&announcing[1], 3, BITMARK_REQUEST_NONE);
}
END_TEST

static TCase *
register_case(void)
{
	TCase *tc = tcase_create("register");

	tcase_add_checked_fixture(tc, fake_node_reset, NULL);
	tcase_add_test(tc, register_tells_of_a_third_peer);
	tcase_add_test(tc, register_asks_the_node_to_store_the_caller);
	tcase_add_test(tc, register_ignores_surplus_parameters);
	tcase_add_loop_test(tc, register_with_fewer_than_four_parameters_fails,
	    0, 4);
	tcase_add_test(tc, register_for_another_chain_fails);
	tcase_add_test(tc, a_list_of_the_longest_size_is_sent_back_as_it_came);
	tcase_add_test(tc, register_checks_the_chain_before_the_timestamp);
	tcase_add_loop_test(tc, register_with_a_short_timestamp_fails_D_01, 0,
	    8);
	tcase_add_test(tc, a_long_timestamp_is_read_from_its_first_8_bytes);
	tcase_add_test(tc, register_with_an_impossible_key_fails);
	tcase_add_test(tc,
	    register_without_usable_connections_is_answered_not_stored_D_02);
	tcase_add_test(tc, register_keeps_a_padded_list_that_has_an_entry);
	tcase_add_test(tc,
	    register_tells_of_this_node_when_no_third_is_known_D_12);
	tcase_add_test(tc,
	    register_tells_the_caller_of_itself_as_a_last_resort_D_12);
	tcase_add_test(tc, a_long_list_of_the_caller_is_not_sent_back_whole);
	return tc;
}

static TCase *
pushed_case(void)
{
	const int count = (int)(sizeof pushed / sizeof pushed[0]);
	TCase *tc = tcase_create("pushed");

	tcase_add_checked_fixture(tc, fake_node_reset, NULL);
	tcase_add_loop_test(tc,
	    pushed_messages_are_acknowledged_and_handed_on, 0, count);
	tcase_add_loop_test(tc,
	    pushed_messages_without_parameters_are_acknowledged_only, 0, count);
	tcase_add_loop_test(tc, announcements_are_acknowledged_and_handed_on,
	    0, 2);
	tcase_add_loop_test(tc,
	    announcements_with_too_few_parameters_are_ignored, 0, 2);
	tcase_add_loop_test(tc,
	    announcements_with_a_short_timestamp_are_ignored_D_01, 0, 2);
	tcase_add_loop_test(tc,
	    announcements_with_a_long_timestamp_follow_the_rules, 0, 2);
	tcase_add_loop_test(tc,
	    a_cut_off_connection_is_not_handed_on_D_02, 0,
	    2);
	tcase_add_loop_test(tc,
	    announcements_with_a_key_of_another_length_are_ignored, 0, 2);
	tcase_add_loop_test(tc,
	    announcements_without_usable_connections_are_ignored_D_02, 0, 2);
	tcase_add_test(tc, a_zero_peer_key_is_ignored);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("dispatch told");

	suite_add_tcase(suite, register_case());
	suite_add_tcase(suite, pushed_case());
	return run_suite(suite);
}
