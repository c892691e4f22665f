/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The listener as its clients see it: envelopes, frames, order of replies. */
#include "../support/listening.h"
#include "../support/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

/* All clients are on one host, which has a share of the places. */
#define PLACES 1000

/* The longest frame that gets through, with what CURVE adds.
 * Source: measured with libzmq 4.3.4 */
#define USABLE_MAX 4999967u

static void
start(void)
{
	listening_start_max(PLACES);
}

START_TEST(a_req_client_gets_its_reply)
{
	void *client = client_new(ZMQ_REQ);

	for (int i = 0; i < 3; i++) {
		client_send(client, "hello", 0);
		client_expect(client, "hello");
		client_expect(client, "1");
		client_expect(client, "hello");
	}
	ck_assert(listening_has_sent(3));
}
END_TEST

START_TEST(the_address_tells_the_sender)
{
	void *client = client_new(ZMQ_REQ);

	client_send(client, "hello", 0);
	client_expect(client, "hello");
	ck_assert_uint_eq(listening_sender(), BM_LISTENER_SENDERS |
	    UINT64_C(0xffff7f000001));
}
END_TEST

START_TEST(a_req_client_with_correlation_gets_its_reply)
{
	void *client = client_unconnected(ZMQ_REQ);
	const int on = 1;

	ck_assert_int_eq(zmq_setsockopt(client, ZMQ_REQ_CORRELATE, &on,
	    sizeof on), 0);
	ck_assert_int_eq(zmq_setsockopt(client, ZMQ_REQ_RELAXED, &on,
	    sizeof on), 0);
	client_connect(client);
	client_send(client, "forgotten", 0);
	client_send(client, "hello", 0);
	client_expect(client, "hello");
	client_expect(client, "1");
	client_expect(client, "hello");
}
END_TEST

START_TEST(a_client_with_an_identity_of_32_bytes_gets_its_reply)
{
	static const uint8_t identity[32] = { 0xff, 1, 2 };
	void *client = client_unconnected(ZMQ_REQ);

	ck_assert_int_eq(zmq_setsockopt(client, ZMQ_ROUTING_ID, identity,
	    sizeof identity), 0);
	client_connect(client);
	client_send(client, "hello", 0);
	client_expect(client, "hello");
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order)
{
	void *client = client_new(ZMQ_DEALER);
	char text[16];

	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof text, "%d", i);
		client_send(client, text, ZMQ_SNDMORE);         /* id */
		client_ask(client, text);
	}
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof text, "%d", i);
		client_expect(client, text);
		client_expect_answer(client, text);
	}
}
END_TEST

START_TEST(all_frames_of_an_envelope_are_copied_back)
{
	void *client = client_new(ZMQ_DEALER);
	char text[16];

	for (int frames = 0; frames <= BM_ROUTER_ENVELOPE_MAX; frames++) {
		for (int i = 0; i < frames; i++) {
			snprintf(text, sizeof text, "e%d", i);
			client_send(client, text, ZMQ_SNDMORE);
		}
		client_ask(client, "hello");
		for (int i = 0; i < frames; i++) {
			snprintf(text, sizeof text, "e%d", i);
			client_expect(client, text);
		}
		client_expect_answer(client, "hello");
	}
}
END_TEST

START_TEST(a_longer_envelope_is_dropped_alone)
{
	void *client = client_new(ZMQ_DEALER);

	for (int i = 0; i <= BM_ROUTER_ENVELOPE_MAX; i++)
		client_send(client, "e", ZMQ_SNDMORE);
	client_ask(client, "too long");
	client_ask(client, "hello");
	client_expect_answer(client, "hello");
	ck_assert_uint_eq(listening_answered(), 1);
}
END_TEST

START_TEST(a_larger_envelope_is_dropped_alone)
{
	static const uint8_t envelope[BM_ROUTER_ENVELOPE_BYTES_MAX + 1] = {
		'e' };
	const size_t fits = sizeof envelope - 1;
	void *client = client_new(ZMQ_DEALER);
	uint8_t got[sizeof envelope];

	zmq_send(client, envelope, sizeof envelope, ZMQ_SNDMORE);
	client_ask(client, "too large");
	for (int i = 0; i < 2; i++)
		zmq_send(client, envelope, fits / 2 + 1, ZMQ_SNDMORE);
	client_ask(client, "too large together");
	zmq_send(client, envelope, fits, ZMQ_SNDMORE);
	client_ask(client, "hello");
	ck_assert_int_eq(zmq_recv(client, got, sizeof got, 0), (int)fits);
	client_expect_answer(client, "hello");
	ck_assert_uint_eq(listening_answered(), 1);
}
END_TEST

START_TEST(messages_without_delimiter_are_ignored_alone)
{
	void *client = client_new(ZMQ_DEALER);
	void *other = client_new(ZMQ_REQ);

	client_ask(client, "before");
	client_send(client, "no delimiter", 0);
	client_send(client, "no", ZMQ_SNDMORE);
	client_send(client, "delimiter", 0);
	client_send(client, "delimiter at the end", ZMQ_SNDMORE);
	client_send(client, "", 0);
	client_send(client, "", 0);
	client_ask(client, "after");
	client_expect_answer(client, "before");
	client_expect_answer(client, "after");
	client_send(other, "hello", 0);
	client_expect(other, "hello");
	ck_assert_uint_eq(listening_answered(), 3);
}
END_TEST

START_TEST(empty_frames_after_the_delimiter_belong_to_the_request)
{
	void *client = client_new(ZMQ_DEALER);

	client_send(client, "", ZMQ_SNDMORE);
	client_send(client, "", ZMQ_SNDMORE);
	client_send(client, "", 0);
	client_expect(client, "");
	client_expect(client, "");
	client_expect(client, "2");
	client_expect(client, "");
}
END_TEST

START_TEST(all_frames_are_counted_and_the_first_are_given)
{
	void *client = client_new(ZMQ_REQ);
	char text[16];

	for (int i = 1; i < 100; i++) {
		snprintf(text, sizeof text, "%d", i);
		client_send(client, text, ZMQ_SNDMORE);
	}
	client_send(client, "100", 0);
	client_expect(client, "1");
	client_expect(client, "100");
	snprintf(text, sizeof text, "%d", BM_LISTENER_REQUEST_FRAMES_MAX);
	client_expect(client, text);
}
END_TEST

START_TEST(no_reply_is_sent_when_there_is_none)
{
	void *client = client_new(ZMQ_DEALER);

	client_ask(client, LISTENING_MUTE);
	client_ask(client, "hello");
	client_expect_answer(client, "hello");
	expect_dropped(1);
	ck_assert(listening_has_sent(2));
}
END_TEST

START_TEST(a_large_reply_arrives_whole)
{
	uint8_t *got = malloc(LISTENING_LARGE_SIZE + 1);
	void *client = client_new(ZMQ_REQ);

	ck_assert_ptr_nonnull(got);
	client_send(client, LISTENING_LARGE, 0);
	client_expect(client, LISTENING_LARGE);
	client_expect(client, "1");
	ck_assert_int_eq(zmq_recv(client, got, LISTENING_LARGE_SIZE + 1, 0),
	    (int)LISTENING_LARGE_SIZE);
	free(got);
}
END_TEST

/* Tells of the client's connection being cut. */
static void *
watch(void *client)
{
	void *monitor = zmq_socket(clients_zmq, ZMQ_PAIR);
	const int wait_ms = LISTENING_WAIT_MS;

	ck_assert_int_eq(zmq_socket_monitor(client, "inproc://watch",
	    ZMQ_EVENT_DISCONNECTED), 0);
	ck_assert_int_eq(zmq_setsockopt(monitor, ZMQ_RCVTIMEO, &wait_ms,
	    sizeof wait_ms), 0);
	ck_assert_int_eq(zmq_connect(monitor, "inproc://watch"), 0);
	return monitor;
}

START_TEST(frames_of_5_mb_get_through_and_longer_ones_cut_the_connection)
{
	uint8_t *frame = calloc(1, USABLE_MAX + 1);
	void *client = client_new(ZMQ_DEALER);
	void *other = client_new(ZMQ_REQ);
	void *monitor = watch(client);
	char event[8];

	ck_assert_ptr_nonnull(frame);
	client_send(client, "", ZMQ_SNDMORE);
	ck_assert_int_eq(zmq_send(client, frame, USABLE_MAX, 0),
	    (int)USABLE_MAX);
	client_expect_answer(client, "long");
	client_send(other, "hello", 0);
	client_expect(other, "hello");
	client_expect(other, "1");
	client_expect(other, "hello");
	expect_connections(2);
	client_send(client, "", ZMQ_SNDMORE);
	ck_assert_int_eq(zmq_send(client, frame, USABLE_MAX + 1, 0),
	    (int)USABLE_MAX + 1);
	ck_assert_int_gt(zmq_recv(monitor, event, sizeof event, 0), 0);
	client_expect_silence(client);
	client_send(other, "still there", 0);
	client_expect(other, "still there");
	ck_assert_uint_eq(listening_answered(), 3);
	zmq_close(monitor);
	free(frame);
}
END_TEST

static void
leave_data(void *data, void *hint)
{
	(void)data;
	(void)hint;
}

/* A part of a message, without a copy. */
static void
send_part(void *client, uint8_t *data, size_t size, int flags)
{
	zmq_msg_t part;

	ck_assert_int_eq(zmq_msg_init_data(&part, data, size, leave_data,
	    NULL), 0);
	ck_assert_int_eq(zmq_msg_send(&part, client, flags), (int)size);
}

/* Much more than is allowed, for a fast machine looks only now and then. */
START_TEST(a_message_of_too_many_bytes_cuts_the_connection)
{
	enum { PARTS = 1000, SIZE = 1000000 };
	static uint8_t data[SIZE];
	void *client = client_new(ZMQ_DEALER);
	void *other = client_new(ZMQ_REQ);
	void *monitor = watch(client);
	char event[8];

	client_send(client, "", ZMQ_SNDMORE);
	for (int i = 1; i <= PARTS; i++)
		send_part(client, data, SIZE, i < PARTS ? ZMQ_SNDMORE : 0);
	ck_assert_int_gt(zmq_recv(monitor, event, sizeof event, 0), 0);
	client_send(other, "hello", 0);
	client_expect(other, "hello");
	ck_assert_uint_eq(listening_answered(), 1);
	zmq_close(monitor);
}
END_TEST

/* More bytes than a connection may have under way, but in messages. */
START_TEST(many_large_messages_get_through)
{
	enum { MESSAGES = 100 };
	uint8_t *frame = calloc(1, USABLE_MAX);
	void *client = client_new(ZMQ_DEALER);
	void *monitor = watch(client);

	ck_assert_ptr_nonnull(frame);
	for (int i = 0; i < MESSAGES; i++) {
		client_send(client, "", ZMQ_SNDMORE);
		send_part(client, frame, USABLE_MAX, 0);
	}
	for (int i = 0; i < MESSAGES; i++)
		client_expect_answer(client, "long");
	client_expect_silence(monitor);
	zmq_close(monitor);
	free(frame);
}
END_TEST

/* The bytes that the wire adds around each frame are counted as well.  Without
 * them many small frames would look like bytes that libzmq still holds, and the
 * caller would be cut off for it. */
START_TEST(many_small_frames_get_through)
{
	enum { MESSAGES = 6000, FRAMES = 100 };
	void *client = client_new(ZMQ_DEALER);
	void *monitor = watch(client);

	for (int i = 0; i < MESSAGES; i++) {
		client_send(client, "", ZMQ_SNDMORE);
		for (int k = 1; k < FRAMES; k++)
			client_send(client, "", ZMQ_SNDMORE);
		client_send(client, "end", 0);
		client_expect(client, "");
		client_expect(client, "");
		client_expect(client, "100");
		client_expect(client, "");
	}
	client_expect_silence(monitor);
	zmq_close(monitor);
}
END_TEST

START_TEST(many_clients_at_once_get_each_its_own_reply)
{
	enum { CLIENTS = 150 };
	void *client[CLIENTS];
	char text[16];

	for (int i = 0; i < CLIENTS; i++) {
		client[i] = client_new(ZMQ_REQ);
		snprintf(text, sizeof text, "client %d", i);
		client_send(client[i], text, 0);
	}
	for (int i = 0; i < CLIENTS; i++) {
		snprintf(text, sizeof text, "client %d", i);
		client_expect(client[i], text);
	}
	expect_connections(CLIENTS);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listener");
	TCase *tc = tcase_create("clients");

	tcase_add_checked_fixture(tc, start, listening_stop);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_req_client_gets_its_reply);
	tcase_add_test(tc, the_address_tells_the_sender);
	tcase_add_test(tc, a_req_client_with_correlation_gets_its_reply);
	tcase_add_test(tc,
	    a_client_with_an_identity_of_32_bytes_gets_its_reply);
	tcase_add_test(tc, pipelined_requests_are_answered_in_order);
	tcase_add_test(tc, all_frames_of_an_envelope_are_copied_back);
	tcase_add_test(tc, a_longer_envelope_is_dropped_alone);
	tcase_add_test(tc, a_larger_envelope_is_dropped_alone);
	tcase_add_test(tc, messages_without_delimiter_are_ignored_alone);
	tcase_add_test(tc,
	    empty_frames_after_the_delimiter_belong_to_the_request);
	tcase_add_test(tc, all_frames_are_counted_and_the_first_are_given);
	tcase_add_test(tc, no_reply_is_sent_when_there_is_none);
	tcase_add_test(tc, a_large_reply_arrives_whole);
	tcase_add_test(tc,
	    frames_of_5_mb_get_through_and_longer_ones_cut_the_connection);
	tcase_add_test(tc, a_message_of_too_many_bytes_cuts_the_connection);
	tcase_add_test(tc, many_large_messages_get_through);
	tcase_add_test(tc, many_small_frames_get_through);
	tcase_add_test(tc, many_clients_at_once_get_each_its_own_reply);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
