/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Odd requests from a file, and the replies that they must get. */
#include "../support/fake_node.h"
#include "../support/odd_requests.h"
#include "../support/vectors.h"

#include <string.h>

/* Frames of the reply to R. */
enum { R_KEY = 2, R_CONNECTIONS, R_TIME };
/* Frames of the request R. */
enum { ASKED_KEY = 3, ASKED_CONNECTIONS, ASKED_TIME };

static struct odd_node facts;

static uint64_t
time_in(size_t frame)
{
	uint64_t time = 0;

	for (size_t i = 0; i < node_reply.frame[frame].size; i++)
		time = time << 8 | node_reply.frame[frame].data[i];
	return time;
}

/* A third peer, or else this node, or else the caller itself. */
static void
check_peer_told(const struct odd_request *request)
{
	const struct bitmark_peer *peer = fake_third_known ? &fake_third :
	    &fake_node.own;

	if (peer->connections_size == 0) {
		assert_frame(R_KEY, request->frame[ASKED_KEY].data,
		    request->frame[ASKED_KEY].size);
		ck_assert_uint_le(node_reply.frame[R_CONNECTIONS].size,
		    BITMARK_CONNECTIONS_MAX);
		assert_frame(R_CONNECTIONS,
		    request->frame[ASKED_CONNECTIONS].data,
		    node_reply.frame[R_CONNECTIONS].size);
		assert_frame(R_TIME, request->frame[ASKED_TIME].data, 8);
		return;
	}
	assert_frame(R_KEY, peer->key, sizeof peer->key);
	assert_frame(R_CONNECTIONS, peer->connections,
	    peer->connections_size);
	ck_assert_uint_eq(time_in(R_TIME), fake_third_known ?
	    fake_third.timestamp : FAKE_NOW_S);
}

static void
replay(const struct odd_request *request)
{
	for (size_t i = 0; i < request->count; i++)
		frame_bytes(request->frame[i].data, request->frame[i].size);
	ask_node();
	odd_check_reply(request, &facts, node_reply.frame, node_reply.count);
	if (node_reply.count > 2)
		check_peer_told(request);
}

/* Bit 0: a third peer is known; 1: the node announces nothing; 2: Normal. */
START_TEST(odd_requests_get_exactly_their_replies_in_both_modes)
{
	fake_third_known = (_i & 1) != 0;
	if ((_i & 2) != 0)
		fake_node.own.connections_size = 0;
	fake_node.normal = (_i & 4) != 0;
	facts = (struct odd_node){
		.version = fake_node.version,
		.normal = fake_node.normal,
		.height = FAKE_HEIGHT,
		.now_s = FAKE_NOW_S,
	};
	memcpy(facts.key, fake_node.own.key, sizeof facts.key);
	odd_each(&facts, replay);
}
END_TEST

static TCase *
odd_case(void)
{
	TCase *tc = tcase_create("odd");

	tcase_add_checked_fixture(tc, fake_node_reset, NULL);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc,
	    odd_requests_get_exactly_their_replies_in_both_modes, 0, 8);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("dispatch odd");

	suite_add_tcase(suite, odd_case());
	return run_suite(suite);
}
