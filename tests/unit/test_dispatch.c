/* Requests and their replies, over an array of blocks. */
#include "../support/vectors.h"

#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/dispatch.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW_S 1700000000u
#define HEIGHT 3u
#define FRAMES_MAX 128
#define FRAME_BYTES_MAX (9u * 1024 * 1024)

/* 127.0.0.1:2136 in the two forms that travel. */
static const uint8_t v4_entry[] = { 7, 0x08, 0x58, 127, 0, 0, 1 };
static const uint8_t mapped_entry[] = {
	19, 0x08, 0x58, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1
};
static const char blocks[HEIGHT + 1][8] = { "", "", "block 2", "block 3" };

static struct bitmark_dispatch node;
static struct bitmark_peer third;
static bool third_known;
static uint8_t excluded[BITMARK_PEER_KEY_SIZE];

static struct bitmark_span frames[FRAMES_MAX];
static size_t frame_count;
static struct bitmark_reply reply;
static struct bitmark_request request;

static uint64_t
view_height(void *user)
{
	(void)user;
	return HEIGHT;
}

static bitmark_status
view_block(void *user, uint64_t number, struct bitmark_span *block)
{
	(void)user;
	if (number > HEIGHT)
		return BITMARK_E_BLOCK_NOT_FOUND;
	*block = (struct bitmark_span){ (const uint8_t *)blocks[number],
		strlen(blocks[number]) };
	return BITMARK_OK;
}

static bitmark_status
view_digest(void *user, uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	(void)user;
	if (number > HEIGHT)
		return BITMARK_E_BLOCK_NOT_FOUND;
	memset(digest, (int)number, BITMARK_DIGEST_SIZE);
	return BITMARK_OK;
}

static bitmark_status
random_peer(void *user, const uint8_t exclude[BITMARK_PEER_KEY_SIZE],
    struct bitmark_peer *peer)
{
	(void)user;
	memcpy(excluded, exclude, sizeof excluded);
	if (!third_known)
		return BITMARK_E_NOT_FOUND;
	*peer = third;
	return BITMARK_OK;
}

static struct bitmark_peer
peer_of(uint8_t fill, uint64_t timestamp)
{
	struct bitmark_peer peer = { .timestamp = timestamp };

	memset(peer.key, fill, sizeof peer.key);
	memcpy(peer.connections, mapped_entry, sizeof mapped_entry);
	peer.connections_size = sizeof mapped_entry;
	return peer;
}

static void
setup(void)
{
	third = peer_of(3, 12345);
	third_known = true;
	node = (struct bitmark_dispatch){
		.params = bitmark_chain_params_find("local"),
		.version = "zero",
		.normal = true,
		.view = { NULL, view_height, view_block, view_digest },
		.own = peer_of(9, 1),
		.random_peer = random_peer,
	};
	frame_count = 0;
}

static void
bytes(const void *data, size_t size)
{
	ck_assert_uint_lt(frame_count, FRAMES_MAX);
	frames[frame_count++] = (struct bitmark_span){ data, size };
}

static void
text(const char *word)
{
	bytes(word, strlen(word));
}

static void
dispatch(void)
{
	memset(&reply, 0xa5, sizeof reply);
	memset(&request, 0xa5, sizeof request);
	bitmark_dispatch(&node, NOW_S, frames, frame_count, &reply, &request);
	frame_count = 0;
	ck_assert_uint_ge(reply.count, 2);
	ck_assert_uint_le(reply.count, BITMARK_REPLY_FRAMES_MAX);
}

/* The request of a chain, a command and nothing else. */
static void
ask(const char *command)
{
	text("local");
	text(command);
}

static void
assert_frame(size_t index, const void *data, size_t size)
{
	ck_assert_uint_lt(index, reply.count);
	ck_assert_uint_eq(reply.frame[index].size, size);
	if (size != 0)
		ck_assert_mem_eq(reply.frame[index].data, data, size);
}

static void
assert_text(size_t index, const char *word)
{
	assert_frame(index, word, strlen(word));
}

static void
assert_fails(const char *message)
{
	dispatch();
	ck_assert_uint_eq(reply.count, 2);
	assert_text(0, "E");
	assert_text(1, message);
	ck_assert_int_eq(request.kind, BITMARK_REQUEST_NONE);
}

static void
assert_acknowledged(const char *command, enum bitmark_request_kind kind)
{
	dispatch();
	ck_assert_uint_eq(reply.count, 2);
	assert_text(0, command);
	assert_text(1, "A");
	ck_assert_int_eq(request.kind, kind);
}

START_TEST(fewer_than_two_frames_are_too_short)
{
	assert_fails("packet too short");
	text("local");
	assert_fails("packet too short");
	text("other");
	assert_fails("packet too short");
}
END_TEST

START_TEST(another_chain_is_named_in_the_error)
{
	text("bitmark");
	text("N");
	assert_fails("invalid chain: actual: \"bitmark\"  expect: local");
	text("");
	text("N");
	assert_fails("invalid chain: actual: \"\"  expect: local");
	text("locals");
	text("N");
	assert_fails("invalid chain: actual: \"locals\"  expect: local");
	bytes("local", 6);
	text("N");
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

	text(quotings[_i].chain);
	text("N");
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
			bytes(chain, size == 68 ? FRAME_BYTES_MAX : size);
			text("N");
			dispatch();
			assert_text(0, "E");
			ck_assert_uint_eq(reply.frame[1].size, fixed +
			    growth[i] * (size < 64 ? size : 64));
		}
	}
	free(chain);
}
END_TEST

START_TEST(info_is_json_as_go_prints_it)
{
	ask("I");
	dispatch();
	ck_assert_uint_eq(reply.count, 2);
	assert_text(0, "I");
	assert_text(1, "{\"version\":\"zero\",\"chain\":\"local\","
	    "\"normal\":true,\"height\":3}");
	node.normal = false;
	node.version = "a<b>&\"\\\xff";
	ask("I");
	text("surplus");
	dispatch();
	assert_text(1, "{\"version\":\"a\\u003cb\\u003e\\u0026\\\"\\\\\\ufffd"
	    "\",\"chain\":\"local\",\"normal\":false,\"height\":3}");
	ck_assert_int_eq(request.kind, BITMARK_REQUEST_NONE);
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
	node.version = version;
	node.normal = false;
	node.params = bitmark_chain_params_find("testing");
	node.view.height = highest;
	text("testing");
	text("I");
	dispatch();
	info = json_loadb((const char *)reply.frame[1].data,
	    reply.frame[1].size, JSON_DECODE_INT_AS_REAL, &error);
	ck_assert_msg(info != NULL, "%s", error.text);
	ck_assert_uint_eq(strlen(field_text(info, "version")),
	    3 * BITMARK_VERSION_TEXT_MAX);      /* U+FFFD takes 3 bytes */
	json_decref(info);
}
END_TEST

START_TEST(height_is_8_bytes_big_endian)
{
	ask("N");
	dispatch();
	ck_assert_uint_eq(reply.count, 2);
	assert_text(0, "N");
	assert_frame(1, "\0\0\0\0\0\0\0\3", 8);
	ck_assert_int_eq(request.kind, BITMARK_REQUEST_NONE);
}
END_TEST

START_TEST(height_ignores_surplus_parameters)
{
	ask("N");
	for (int i = 0; i < 100; i++)
		text("surplus");
	dispatch();
	assert_text(0, "N");
}
END_TEST

START_TEST(a_stored_block_is_sent_as_it_is)
{
	ask("B");
	bytes("\0\0\0\0\0\0\0\2", 8);
	dispatch();
	ck_assert_uint_eq(reply.count, 2);
	assert_text(0, "B");
	assert_text(1, "block 2");
	ck_assert_ptr_eq(reply.frame[1].data, blocks[2]);
}
END_TEST

START_TEST(genesis_and_what_is_above_the_height_are_no_blocks)
{
	static const char numbers[][9] = { "\0\0\0\0\0\0\0\0",
		"\0\0\0\0\0\0\0\1", "\0\0\0\0\0\0\0\4", "\0\0\0\1\0\0\0\2",
		"\2\0\0\0\0\0\0\0", "\xff\xff\xff\xff\xff\xff\xff\xff" };

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		ask("B");
		bytes(numbers[i], 8);
		assert_fails("block not found");
	}
}
END_TEST

START_TEST(digests_are_those_of_the_view)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];

	memset(digest, 3, sizeof digest);
	ask("H");
	bytes("\0\0\0\0\0\0\0\3", 8);
	dispatch();
	ck_assert_uint_eq(reply.count, 2);
	assert_text(0, "H");
	assert_frame(1, digest, sizeof digest);
	ask("H");
	bytes("\0\0\0\0\0\0\0\4", 8);
	assert_fails("block not found");
	ask("H");
	bytes("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	assert_fails("block not found");
}
END_TEST

START_TEST(the_digest_of_0_and_1_is_that_of_genesis)
{
	for (int i = 0; i < 2; i++) {
		ask("H");
		bytes(i == 0 ? "\0\0\0\0\0\0\0\0" : "\0\0\0\0\0\0\0\1", 8);
		dispatch();
		assert_text(0, "H");
		assert_frame(1, node.params->genesis_digest,
		    BITMARK_DIGEST_SIZE);
	}
}
END_TEST

START_TEST(block_and_digest_take_exactly_one_parameter)
{
	for (int i = 0; i < 2; i++) {
		ask(i == 0 ? "B" : "H");
		assert_fails("missing parameters");
		ask(i == 0 ? "B" : "H");
		bytes("\0\0\0\0\0\0\0\2", 8);
		text("");
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
		ask("B");
		bytes(size == 0 ? NULL : number, size);
		assert_fails("block not found");
		ask("H");
		bytes(number, size);
		assert_fails("block not found");
	}
}
END_TEST

/* Parameters of an R that is right. */
static struct bitmark_span good[4];

static void
good_register(void)
{
	static uint8_t key[BITMARK_PEER_KEY_SIZE];

	memset(key, 7, sizeof key);
	good[0] = (struct bitmark_span){ (const uint8_t *)"local", 5 };
	good[1] = (struct bitmark_span){ key, sizeof key };
	good[2] = (struct bitmark_span){ v4_entry, sizeof v4_entry };
	good[3] = (struct bitmark_span){
		(const uint8_t *)"\0\0\0\0\x65\x53\xf1\0", 8 };
}

static void
ask_register(size_t count)
{
	ask("R");
	for (size_t i = 0; i < count; i++)
		bytes(good[i].data, good[i].size);
}

static void
assert_third(void)
{
	dispatch();
	ck_assert_uint_eq(reply.count, 5);
	assert_text(0, "R");
	assert_text(1, "local");
	assert_frame(2, third.key, sizeof third.key);
	assert_frame(3, third.connections, third.connections_size);
	assert_frame(4, "\0\0\0\0\0\0\x30\x39", 8);
}

START_TEST(register_tells_of_a_third_peer)
{
	good_register();
	ask_register(4);
	assert_third();
	ck_assert_mem_eq(excluded, good[1].data, sizeof excluded);
}
END_TEST

START_TEST(register_asks_the_node_to_store_the_caller)
{
	good_register();
	ask_register(4);
	dispatch();
	ck_assert_int_eq(request.kind, BITMARK_REQUEST_REGISTER);
	ck_assert_uint_eq(request.count, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_ptr_eq(request.parameter[i].data, good[i + 1].data);
		ck_assert_uint_eq(request.parameter[i].size,
		    good[i + 1].size);
	}
}
END_TEST

START_TEST(register_ignores_surplus_parameters)
{
	good_register();
	ask_register(4);
	for (int i = 0; i < 90; i++)
		text("surplus");
	assert_third();
	ck_assert_uint_eq(request.count, 3);
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
		ck_assert_uint_eq(request.parameter[2].size, 8);
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
		{ v4_entry, sizeof v4_entry - 1 },
		{ cut, sizeof cut },
		{ no_port, sizeof no_port },
		{ nowhere, sizeof nowhere },
		{ many, sizeof many },
	};

	for (size_t i = 0; i < sizeof many; i++)
		many[i] = v4_entry[i % sizeof v4_entry];
	good_register();
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		good[2] = lists[i];
		ask_register(4);
		assert_third();
		ck_assert_int_eq(request.kind, BITMARK_REQUEST_NONE);
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
	ck_assert_int_eq(request.kind, BITMARK_REQUEST_REGISTER);
	ck_assert_uint_eq(request.parameter[1].size, sizeof padded);
}
END_TEST

START_TEST(register_tells_of_this_node_when_no_third_is_known_D_12)
{
	third_known = false;
	good_register();
	for (int i = 0; i < 2; i++) {
		ask_register(4);
		dispatch();
		ck_assert_uint_eq(reply.count, 5);
		assert_frame(2, node.own.key, sizeof node.own.key);
		assert_frame(3, mapped_entry, sizeof mapped_entry);
		assert_frame(4, "\0\0\0\0\x65\x53\xf1\0", 8);   /* NOW_S */
		ck_assert_int_eq(request.kind, BITMARK_REQUEST_REGISTER);
		node.random_peer = NULL;
	}
}
END_TEST

START_TEST(register_tells_the_caller_of_itself_as_a_last_resort_D_12)
{
	third_known = false;
	node.own.connections_size = 0;
	good_register();
	good[3] = (struct bitmark_span){
		(const uint8_t *)"\0\0\0\0\0\0\0\x2a and more", 17 };
	ask_register(4);
	dispatch();
	ck_assert_uint_eq(reply.count, 5);
	assert_text(0, "R");
	assert_text(1, "local");
	assert_frame(2, good[1].data, good[1].size);
	assert_frame(3, v4_entry, sizeof v4_entry);
	assert_frame(4, "\0\0\0\0\0\0\0\x2a", 8);
}
END_TEST

START_TEST(a_long_list_of_the_caller_is_not_sent_back_whole)
{
	static uint8_t many[70000];

	for (size_t i = 0; i < sizeof many; i++)
		many[i] = v4_entry[i % sizeof v4_entry];
	third_known = false;
	node.own.connections_size = 0;
	good_register();
	good[2] = (struct bitmark_span){ many, sizeof many };
	ask_register(4);
	dispatch();
	assert_frame(3, many, BITMARK_CONNECTIONS_MAX -
	    BITMARK_CONNECTIONS_MAX % sizeof v4_entry);
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

START_TEST(what_is_pushed_is_acknowledged_and_handed_on)
{
	static const char payload[] = "not looked at";

	ask(pushed[_i].command);
	text(payload);
	text("surplus");
	assert_acknowledged(pushed[_i].command, pushed[_i].kind);
	ck_assert_uint_eq(request.count, 1);
	ck_assert_ptr_eq(request.parameter[0].data, payload);
	ck_assert_uint_eq(request.parameter[0].size, sizeof payload - 1);
	ck_assert_uint_eq(request.command.size, strlen(pushed[_i].command));
}
END_TEST

START_TEST(what_is_pushed_without_parameters_is_acknowledged_only)
{
	ask(pushed[_i].command);
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
	ask(a->command);
	for (size_t i = 0; i < count; i++)
		bytes(good[i + 1].data, good[i + 1].size);
	assert_acknowledged(a->command, expected);
}

START_TEST(announcements_are_acknowledged_and_handed_on)
{
	const struct announcing *a = &announcing[_i];

	good_register();
	good[3] = (struct bitmark_span){
		(const uint8_t *)"\0\0\0\0\0\0\0\x2a and more", 17 };
	announce_as(a, 3, a->kind);
	ck_assert_uint_eq(request.count, 3);
	ck_assert_ptr_eq(request.parameter[0].data, good[1].data);
	ck_assert_ptr_eq(request.parameter[1].data, good[2].data);
	ck_assert_ptr_eq(request.parameter[2].data, good[3].data);
	ck_assert_uint_eq(request.parameter[2].size, 8);
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
		list[i] = v4_entry[i % sizeof v4_entry];
	good_register();
	for (size_t size = 0; size <= sizeof list; size++) {
		good[2] = (struct bitmark_span){ list, size };
		announce_as(a, 3, size >= sizeof v4_entry &&
		    size <= a->list_max ? a->kind : BITMARK_REQUEST_NONE);
	}
	good[2] = (struct bitmark_span){ mapped_entry,
		sizeof mapped_entry - 1 };
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

START_TEST(unknown_commands_are_acknowledged)
{
	static const char *const commands[] = { "", "n", "E", "NN", "Block",
		"issues2", "%s%n", "\xff\xfe" };

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		ask(commands[i]);
		assert_acknowledged(commands[i], BITMARK_REQUEST_UNKNOWN);
		ck_assert_uint_eq(request.count, 0);
	}
}
END_TEST

START_TEST(commands_longer_than_64_bytes_are_not_echoed)
{
	char command[BITMARK_COMMAND_MAX + 2];

	memset(command, 'c', sizeof command);
	command[BITMARK_COMMAND_MAX] = '\0';
	ask(command);
	assert_acknowledged(command, BITMARK_REQUEST_UNKNOWN);
	command[BITMARK_COMMAND_MAX] = 'c';
	command[BITMARK_COMMAND_MAX + 1] = '\0';
	ask(command);
	assert_fails("invalid length");
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
		bitmark_dispatch(&node, NOW_S, exact, 1000000, &reply,
		    &request);
		ck_assert_uint_ge(reply.count, 2);
	}
	free(exact);
}
END_TEST

/* --- odd requests from a file ------------------------------------------ */

static uint8_t *storage[FRAMES_MAX];
static size_t stored;

static void
append(uint8_t **data, size_t *size, const void *more, size_t more_size)
{
	ck_assert_uint_le(*size + more_size, FRAME_BYTES_MAX);
	*data = realloc(*data, *size + more_size + 1);
	ck_assert_ptr_nonnull(*data);
	memcpy(*data + *size, more, more_size);
	*size += more_size;
}

static void
append_hex(uint8_t **data, size_t *size, const char *hex, size_t hex_size)
{
	uint8_t *part = malloc(hex_size / 2 + 1);
	size_t part_size;

	ck_assert_ptr_nonnull(part);
	ck_assert_int_eq(bitmark_hex_decode(hex, hex_size, part,
	    hex_size / 2, &part_size), BITMARK_OK);
	append(data, size, part, part_size);
	free(part);
}

static void
append_repeated(uint8_t **data, size_t *size, const char *rest)
{
	const char *colon = strchr(rest, ':');
	unsigned long count;

	ck_assert_ptr_nonnull(colon);
	count = strtoul(colon + 1, NULL, 10);
	for (unsigned long i = 0; i < count; i++)
		append_hex(data, size, rest, (size_t)(colon - rest));
}

static void
append_time(uint8_t **data, size_t *size, const char *offset)
{
	uint64_t now = NOW_S + (uint64_t)strtol(offset, NULL, 10);
	uint8_t packed[8];

	for (int i = 0; i < 8; i++)
		packed[i] = (uint8_t)(now >> (56 - 8 * i));
	append(data, size, packed, sizeof packed);
}

static void
append_token(uint8_t **data, size_t *size, const char *token)
{
	if (token[0] != '@') {
		append_hex(data, size, token, strlen(token));
	} else if (strcmp(token, "@chain") == 0) {
		append(data, size, "local", 5);
	} else if (strcmp(token, "@serverkey") == 0) {
		append(data, size, node.own.key, sizeof node.own.key);
	} else if (strncmp(token, "@now", 4) == 0) {
		append_time(data, size, token + 4);
	} else if (strncmp(token, "@rep:", 5) == 0) {
		append_repeated(data, size, token + 5);
	} else {
		unsigned long count;

		ck_assert_msg(strncmp(token, "@rand:", 6) == 0, "%s", token);
		count = strtoul(token + 6, NULL, 10);
		for (unsigned long i = 0; i < count; i++)
			append(data, size, &(uint8_t){ (uint8_t)(i * 37 + 11) },
			    1);
	}
}

static void
keep(uint8_t *data, size_t size)
{
	storage[stored++] = data;
	bytes(data, size);
}

static void
append_frame(const json_t *token)
{
	const char *word = json_string_value(token);
	uint8_t *data = malloc(1);
	size_t size = 0, i;
	json_t *part;

	ck_assert_ptr_nonnull(data);
	if (word != NULL && strncmp(word, "@times:", 7) == 0) {
		char *rest;
		unsigned long count = strtoul(word + 7, &rest, 10);

		free(data);
		for (; count > 0; count--) {
			data = malloc(1);
			append_token(&data, &size, rest + 1);
			keep(data, size);
			size = 0;
		}
		return;
	}
	if (word != NULL)
		append_token(&data, &size, word);
	else
		json_array_foreach((json_t *)(uintptr_t)token, i, part)
			append_token(&data, &size, json_string_value(part));
	keep(data, size);
}

static bool
is_error(void)
{
	return reply.count == 2 && reply.frame[0].size == 1 &&
	    reply.frame[0].data[0] == 'E';
}

static bool
echoes(struct bitmark_span command)
{
	return reply.frame[0].size == command.size && (command.size == 0 ||
	    memcmp(reply.frame[0].data, command.data, command.size) == 0);
}

static bool
as_expected(const char *expect)
{
	if (strcmp(expect, "error") == 0)
		return is_error();
	if (strcmp(expect, "ack") == 0)
		return echoes(request.command) && reply.count == 2 &&
		    reply.frame[1].size == 1 &&
		    reply.frame[1].data[0] == 'A';
	if (strcmp(expect, "reply") == 0)
		return is_error() || echoes(request.command);
	/* The transport does not let these through; they are answered. */
	ck_assert_str_eq(expect, "close_or_ignore");
	return true;
}

static void
replay_message(const json_t *case_, json_t *tokens)
{
	json_t *token;
	size_t i;

	stored = 0;
	json_array_foreach(tokens, i, token)
		append_frame(token);
	dispatch();
	ck_assert_msg(as_expected(field_text(case_, "expect")), "%s: %s",
	    field_text(case_, "id"), field_text(case_, "note"));
	for (i = 0; i < reply.count; i++)
		ck_assert_uint_le(reply.frame[i].size, 1024);
	while (stored > 0)
		free(storage[--stored]);
}

START_TEST(odd_requests_get_the_replies_they_must_get)
{
	json_t *root = vectors_load("hostile-cases.json");
	json_t *case_, *step, *steps;
	size_t i, k, count = 0;

	third_known = _i % 2 == 0;
	if (_i >= 2)
		node.own.connections_size = 0;
	json_array_foreach(json_object_get(root, "cases"), i, case_) {
		steps = json_object_get(case_, "steps");
		if (steps == NULL)
			replay_message(case_, json_object_get(case_,
			    "frames"));
		else
			json_array_foreach(steps, k, step)
				replay_message(case_, step);
		count++;
	}
	ck_assert_uint_eq(count, 360);
	json_decref(root);
}
END_TEST

static TCase *
common_case(void)
{
	TCase *tc = tcase_create("common");

	tcase_add_checked_fixture(tc, setup, NULL);
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

	tcase_add_checked_fixture(tc, setup, NULL);
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

static TCase *
register_case(void)
{
	TCase *tc = tcase_create("register");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, register_tells_of_a_third_peer);
	tcase_add_test(tc, register_asks_the_node_to_store_the_caller);
	tcase_add_test(tc, register_ignores_surplus_parameters);
	tcase_add_loop_test(tc, register_with_fewer_than_four_parameters_fails,
	    0, 4);
	tcase_add_test(tc, register_for_another_chain_fails);
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

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc,
	    what_is_pushed_is_acknowledged_and_handed_on, 0, count);
	tcase_add_loop_test(tc,
	    what_is_pushed_without_parameters_is_acknowledged_only, 0, count);
	tcase_add_loop_test(tc, announcements_are_acknowledged_and_handed_on,
	    0, 2);
	tcase_add_loop_test(tc,
	    announcements_with_too_few_parameters_are_ignored, 0, 2);
	tcase_add_loop_test(tc,
	    announcements_with_a_short_timestamp_are_ignored_D_01, 0, 2);
	tcase_add_loop_test(tc,
	    announcements_with_a_key_of_another_length_are_ignored, 0, 2);
	tcase_add_loop_test(tc,
	    announcements_without_usable_connections_are_ignored_D_02, 0, 2);
	tcase_add_test(tc, a_zero_peer_key_is_ignored);
	return tc;
}

static TCase *
odd_case(void)
{
	TCase *tc = tcase_create("odd");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, odd_requests_get_the_replies_they_must_get, 0,
	    4);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("dispatch");

	suite_add_tcase(suite, common_case());
	suite_add_tcase(suite, asked_case());
	suite_add_tcase(suite, register_case());
	suite_add_tcase(suite, pushed_case());
	suite_add_tcase(suite, odd_case());
	return run_suite(suite);
}
