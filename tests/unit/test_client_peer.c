/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A client that asks for a peer: it announces nothing, and a reply that makes no
 * sense is no peer. */
#include <string.h>

#include "../support/client_fixture.h"

#include <bitmarkpeer/announce.h>

#define NOW_S 1700000000

static const uint8_t key[BITMARK_PEER_KEY_SIZE] = { 1, 2, 3 };
static const uint8_t connections[] = { 7, 8, 'X', 127, 0, 0, 1 };
static const uint8_t timestamp[] = { 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78, 9 };
static const uint8_t long_list[BITMARK_CONNECTIONS_MAX + 1];

static void
add_frame(const void *data, size_t size)
{
	fx_node.reply.frame[fx_node.reply.count++] =
	    (struct bitmark_span){ data, size };
}

/* What a good node answers. */
static void
prepare_reply(void)
{
	raw_init(&fx_node, raw_answer);
	raw_reply_text(&fx_node, "R", "local", NULL);
	add_frame(key, sizeof key);
	add_frame(connections, sizeof connections);
	add_frame(timestamp, 8);
}

static bitmark_status
ask(struct bitmark_peer *peer)
{
	bitmark_status status;

	fx_start(PATIENT_MS);
	status = bitmark_client_peer(fx_client, peer);
	fx_stop();
	return status;
}

START_TEST(a_peer_is_given_as_it_was_sent)
{
	struct bitmark_peer peer;

	prepare_reply();
	ck_assert_int_eq(ask(&peer), BITMARK_OK);
	ck_assert_mem_eq(peer.key, key, sizeof key);
	ck_assert_uint_eq(peer.connections_size, sizeof connections);
	ck_assert_mem_eq(peer.connections, connections, sizeof connections);
	ck_assert_uint_eq(peer.timestamp, 0x12345678);
	raw_fini(&fx_node);
}
END_TEST

START_TEST(later_releases_may_say_more)
{
	struct bitmark_peer peer;

	prepare_reply();
	fx_node.reply.frame[4].size = sizeof timestamp;
	add_frame("more", 4);
	ck_assert_int_eq(ask(&peer), BITMARK_OK);
	ck_assert_uint_eq(peer.timestamp, 0x12345678);
	raw_fini(&fx_node);
}
END_TEST

/* Chain, key, no connections, and a time that is not 0, which would be now. */
START_TEST(the_request_announces_nothing)
{
	const struct bitmark_span *frame =
	    fx_node.last.frame + RAW_ENVELOPE;
	struct bitmark_peer peer;
	uint64_t time = 0;

	prepare_reply();
	ck_assert_int_eq(ask(&peer), BITMARK_OK);
	ck_assert_uint_eq(fx_node.last.count, RAW_ENVELOPE + 6);
	ck_assert_mem_eq(frame[0].data, "local", 5);
	ck_assert_mem_eq(frame[1].data, "R", 1);
	ck_assert_uint_eq(frame[2].size, 5);
	ck_assert_mem_eq(frame[2].data, "local", 5);
	ck_assert_uint_eq(frame[3].size, BITMARK_PEER_KEY_SIZE);
	ck_assert_uint_eq(frame[4].size, 0);
	ck_assert_uint_eq(frame[5].size, 8);
	for (size_t i = 0; i < 8; i++)
		time = time << 8 | frame[5].data[i];
	ck_assert_uint_eq(time, 1);
	raw_fini(&fx_node);
}
END_TEST

/* Even with an address to go with it no release keeps such an announcement. */
START_TEST(a_time_so_long_past_is_not_kept)
{
	const struct bitmark_rules *const rules[] = { bitmark_rules_8_2(),
		bitmark_rules_0_16() };
	struct bitmark_announce *announce;
	struct bitmark_peer own = { .key = { 9 } };
	struct bitmark_announcement told = { { key, sizeof key },
		{ connections, sizeof connections }, 1 };

	ck_assert_int_eq(bitmark_announce_new(&announce, &own, 0, rules[_i],
	    NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_announce_add(announce, 1, told, NOW_S, NULL,
	    NULL), BITMARK_E_TIMESTAMP);
	ck_assert_uint_eq(bitmark_announce_count(announce), 0);
	bitmark_announce_free(announce);
}
END_TEST

/* One frame of the good reply is another. */
static const struct {
	size_t frame;
	const void *data;
	size_t size;
} wrong[] = {
	{ 0, "r", 1 },
	{ 0, "", 0 },
	{ 1, "testing", 7 },
	{ 1, "loca", 4 },
	{ 2, key, sizeof key - 1 },
	{ 2, long_list, sizeof key + 1 },
	{ 3, long_list, sizeof long_list },
	{ 4, timestamp, 7 },
	{ 4, "", 0 },
};

START_TEST(a_peer_with_a_wrong_frame_is_refused)
{
	struct bitmark_peer peer;

	prepare_reply();
	fx_node.reply.frame[wrong[_i].frame] =
	    (struct bitmark_span){ wrong[_i].data, wrong[_i].size };
	ck_assert_int_eq(ask(&peer), BITMARK_E_PEER_RESPONSE);
	raw_fini(&fx_node);
}
END_TEST

/* With two frames it is no error, either. */
START_TEST(a_peer_with_too_few_frames_is_refused)
{
	struct bitmark_peer peer;

	prepare_reply();
	fx_node.reply.count = (size_t)_i;
	ck_assert_int_eq(ask(&peer), BITMARK_E_PEER_RESPONSE);
	raw_fini(&fx_node);
}
END_TEST

static const struct {
	const char *text;
	bitmark_status status;
} errors[] = {
	{ "invalid public key", BITMARK_E_NOT_FOUND },
	{ "missing parameters", BITMARK_E_REMOTE },
	{ "incorrect chain", BITMARK_E_INVALID_CHAIN },
};

START_TEST(a_node_that_knows_no_other_says_so)
{
	struct bitmark_peer peer;

	raw_init(&fx_node, raw_answer);
	raw_reply_text(&fx_node, "E", errors[_i].text, NULL);
	ck_assert_int_eq(ask(&peer), errors[_i].status);
	raw_fini(&fx_node);
}
END_TEST

/* As nodes do that are not announced themselves. */
static void
give_back(struct raw_node *node, const struct raw_message *request)
{
	for (size_t i = 2; i < 5; i++)
		node->reply.frame[i] = request->frame[RAW_ENVELOPE + 1 + i];
	raw_answer(node, request);
}

START_TEST(our_own_key_is_no_peer)
{
	struct bitmark_peer peer;

	prepare_reply();
	fx_node.answer = give_back;
	ck_assert_int_eq(ask(&peer), BITMARK_E_NOT_FOUND);
	raw_fini(&fx_node);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_peer");
	TCase *t = tcase_create("peer");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_peer_is_given_as_it_was_sent);
	tcase_add_test(t, later_releases_may_say_more);
	tcase_add_test(t, the_request_announces_nothing);
	tcase_add_loop_test(t, a_time_so_long_past_is_not_kept, 0, 2);
	tcase_add_loop_test(t, a_peer_with_a_wrong_frame_is_refused, 0,
	    COUNT(wrong));
	tcase_add_loop_test(t, a_peer_with_too_few_frames_is_refused, 0, 5);
	tcase_add_loop_test(t, a_node_that_knows_no_other_says_so, 0,
	    COUNT(errors));
	tcase_add_test(t, our_own_key_is_no_peer);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
