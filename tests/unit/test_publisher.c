/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The publisher for local programs, seen by raw SUB sockets. */
#include "net/publisher.h"

#include <bitmarkpeer/block.h>
#include <bitmarkpeer/os.h>

#include <string.h>

#include "../support/await.h"
#include "../support/vectors.h"
#include "net/curve.h"

/* No wait that succeeds takes so long. */
#define PATIENT_MS AWAIT_MS
/* How long "nothing" is waited for. */
#define SILENCE_MS 300
/* One turn of the publisher. */
#define TURN_MS 10
/* The time that is handed in; drive reads no clock. */
#define START_MS 1000000

static struct bm_publisher *publisher;
static void *publisher_zmq, *zmq;
/* The kind of socket that subscribes, and when it comes back; -1: never. */
static int socket_type = ZMQ_SUB;
static int reconnect_ms = 100;
/* Messages that wait in it. */
static int receive_max = 1000;
static uint8_t public_key[BITMARK_PEER_KEY_SIZE];
static uint8_t private_key[BITMARK_PEER_KEY_SIZE];

static struct bitmark_connection
address_of(const char *text)
{
	struct bitmark_connection address;

	ck_assert_int_eq(bitmark_connection_from_text(text, strlen(text),
	    &address), BITMARK_OK);
	address.port = 0;
	return address;
}

static struct bm_publisher_config
configuration(const struct bitmark_connection *bind, size_t count)
{
	struct bm_publisher_config config = { .chain = "local",
	    .bind = bind, .bind_count = count, .connections_max = 8 };

	bitmark_peer_key_generate(NULL, public_key, private_key);
	memcpy(config.private_key, private_key, sizeof private_key);
	return config;
}

static void
start_config(struct bm_publisher_config *config)
{
	zmq = zmq_ctx_new();
	config->zmq = publisher_zmq = zmq_ctx_new();
	ck_assert_int_eq(bm_publisher_start(&publisher, config, START_MS),
	    BITMARK_OK);
}

/* Then its ports are free. */
static void
stop_publisher(void)
{
	bm_publisher_stop(publisher);
	ck_assert_int_eq(zmq_ctx_term(publisher_zmq), 0);
}

static void
start_max(unsigned connections_max)
{
	const struct bitmark_connection bind = address_of("127.0.0.1:1");
	struct bm_publisher_config config = configuration(&bind, 1);

	config.connections_max = connections_max;
	start_config(&config);
}

static void
start(void)
{
	start_max(8);
}

static void
stop(void)
{
	stop_publisher();
	zmq_ctx_term(zmq);
}

static void
set(void *socket, int option, const void *value, size_t size)
{
	ck_assert_int_eq(zmq_setsockopt(socket, option, value, size), 0);
}

/* A SUB socket connected to address ${index}, for what begins with prefix. */
static void *
subscribe_with(const uint8_t *key, size_t index, const char *prefix)
{
	char endpoint[sizeof "tcp://" + BITMARK_CONNECTION_TEXT_MAX] =
	    "tcp://";
	uint8_t own_public[32], own_private[32];
	struct bitmark_connection bound;
	const int none = 0, on = 1;
	void *sub = zmq_socket(zmq, socket_type);

	bitmark_peer_key_generate(NULL, own_public, own_private);
	set(sub, ZMQ_LINGER, &none, sizeof none);
	set(sub, ZMQ_IPV6, &on, sizeof on);
	set(sub, ZMQ_RCVHWM, &receive_max, sizeof receive_max);
	set(sub, ZMQ_RECONNECT_IVL, &reconnect_ms, sizeof reconnect_ms);
	set(sub, ZMQ_CURVE_SERVERKEY, key, 32);
	set(sub, ZMQ_CURVE_PUBLICKEY, own_public, 32);
	set(sub, ZMQ_CURVE_SECRETKEY, own_private, 32);
	if (socket_type == ZMQ_SUB)
		set(sub, ZMQ_SUBSCRIBE, prefix, strlen(prefix));
	bm_publisher_bound(publisher, index, &bound);
	bitmark_connection_to_text(&bound, endpoint + strlen("tcp://"));
	ck_assert_int_eq(zmq_connect(sub, endpoint), 0);
	return sub;
}

static bool
has_input(void *sub, long timeout_ms)
{
	zmq_pollitem_t item = { sub, 0, ZMQ_POLLIN, 0 };

	return zmq_poll(&item, 1, timeout_ms) > 0;
}

static void
expect_frame(void *sub, const void *bytes, size_t size, int want_more)
{
	static uint8_t frame[4096];
	int more;
	size_t more_size = sizeof more;

	ck_assert(has_input(sub, PATIENT_MS));
	ck_assert_int_eq(zmq_recv(sub, frame, sizeof frame, 0), (int)size);
	if (size > 0)
		ck_assert_mem_eq(frame, bytes, size);
	ck_assert_int_eq(zmq_getsockopt(sub, ZMQ_RCVMORE, &more,
	    &more_size), 0);
	ck_assert_int_eq(more, want_more);
}

static void
expect_text(void *sub, const char *text, int more)
{
	expect_frame(sub, text, strlen(text), more);
}

static bitmark_status
publish(const char *event, const char *parameter, uint64_t now_ms)
{
	struct bitmark_span span = { (const uint8_t *)parameter,
		strlen(parameter) };

	return bm_publisher_publish(publisher, event, &span, 1, now_ms);
}

static void
drop_all(void *sub)
{
	uint8_t byte;

	while (has_input(sub, SILENCE_MS))
		ck_assert_int_ge(zmq_recv(sub, &byte, sizeof byte, 0), 0);
}

/* Publish until the subscriber has something, then forget all of it: from now
 * on it misses nothing. */
static void
until_subscribed(void *sub)
{
	uint64_t end_ms = bitmark_clock_ms() + PATIENT_MS;

	do {
		ck_assert_uint_lt(bitmark_clock_ms(), end_ms);
		bm_publisher_drive(publisher, START_MS);
		ck_assert_int_eq(publish("warm", "up", START_MS),
		    BITMARK_OK);
	} while (!has_input(sub, TURN_MS));
	drop_all(sub);
}

static void *
subscriber(const char *prefix)
{
	void *sub = subscribe_with(public_key, 0, prefix);

	until_subscribed(sub);
	return sub;
}

START_TEST(frames_are_chain_event_and_parameters)
{
	const struct bitmark_span three[] = { { (const uint8_t *)"a", 1 },
		{ NULL, 0 }, { (const uint8_t *)"\0c", 2 } };
	void *sub;

	start();
	sub = subscriber("");
	ck_assert_int_eq(bm_publisher_publish(publisher, "peer", three, 3,
	    START_MS), BITMARK_OK);
	expect_text(sub, "local", 1);
	expect_text(sub, "peer", 1);
	expect_frame(sub, "a", 1, 1);
	expect_frame(sub, "", 0, 1);
	expect_frame(sub, "\0c", 2, 0);
	zmq_close(sub);
	stop();
}
END_TEST

START_TEST(an_event_without_parameters_is_a_whole_message)
{
	void *sub;

	start();
	sub = subscriber("");
	ck_assert_int_eq(bm_publisher_publish(publisher, "odd", NULL, 0,
	    START_MS), BITMARK_OK);
	expect_text(sub, "local", 1);
	expect_text(sub, "odd", 0);
	zmq_close(sub);
	stop();
}
END_TEST

START_TEST(a_prefix_filters_by_the_chain)
{
	void *ours, *other;

	start();
	other = subscribe_with(public_key, 0, "testing");
	ours = subscriber("local");
	ck_assert_int_eq(publish("proof", "x", START_MS), BITMARK_OK);
	expect_text(ours, "local", 1);
	ck_assert(!has_input(other, SILENCE_MS));
	zmq_close(ours);
	zmq_close(other);
	stop();
}
END_TEST

START_TEST(both_families_hear_the_same)
{
	const struct bitmark_connection bind[] = { address_of("127.0.0.1:1"),
		address_of("[::1]:1") };
	struct bm_publisher_config config = configuration(bind, 2);
	void *v4, *v6;

	start_config(&config);
	v4 = subscribe_with(public_key, 0, "");
	v6 = subscribe_with(public_key, 1, "");
	until_subscribed(v4);
	until_subscribed(v6);
	drop_all(v4);
	ck_assert_int_eq(publish("proof", "x", START_MS), BITMARK_OK);
	expect_text(v4, "local", 1);
	expect_text(v6, "local", 1);
	zmq_close(v4);
	zmq_close(v6);
	stop();
}
END_TEST

START_TEST(a_heartbeat_comes_after_a_minute_without_an_event)
{
	const uint64_t later_ms = START_MS + 5000;
	void *sub;

	start();
	sub = subscriber("");
	ck_assert_int_eq(publish("proof", "x", later_ms), BITMARK_OK);
	drop_all(sub);
	ck_assert_uint_eq(bm_publisher_deadline(publisher), later_ms + 60000);
	bm_publisher_drive(publisher, later_ms + 60000 - 1);
	ck_assert(!has_input(sub, SILENCE_MS));
	bm_publisher_drive(publisher, later_ms + 60000);
	expect_text(sub, "local", 1);
	expect_text(sub, "heart", 1);
	expect_text(sub, "beat", 0);
	ck_assert_uint_eq(bm_publisher_deadline(publisher),
	    later_ms + 2 * 60000);
	zmq_close(sub);
	stop();
}
END_TEST

static unsigned
connections(void)
{
	struct bm_publisher_stats stats;

	bm_publisher_drive(publisher, START_MS);
	bm_publisher_stats(publisher, &stats);
	return stats.connections;
}

static void
expect_connections(unsigned count)
{
	const uint64_t end_ms = bitmark_clock_ms() + PATIENT_MS;
	zmq_pollitem_t items[BM_PUBLISHER_ITEMS];

	bm_publisher_poll_items(publisher, items);
	while (connections() != count) {
		ck_assert_uint_lt(bitmark_clock_ms(), end_ms);
		(void)zmq_poll(items, BM_PUBLISHER_ITEMS, TURN_MS);
	}
}

START_TEST(a_subscriber_that_does_not_read_loses_events_and_delays_no_other)
{
	static uint8_t large[100000];
	const struct bitmark_span span = { large, sizeof large };
	const size_t rounds = 4 * BM_PUBLISHER_WAITING_MAX;
	struct bm_publisher_stats stats;
	uint64_t start_ms;
	void *idle, *sub;

	start();
	idle = subscriber("");
	start_ms = bitmark_clock_ms();
	for (size_t i = 0; i < rounds; i++)
		(void)bm_publisher_publish(publisher, "block", &span, 1,
		    START_MS);
	ck_assert_uint_lt(bitmark_clock_ms() - start_ms, PATIENT_MS);
	zmq_close(idle);
	/* The messages that waited for it were freed; others are served. */
	sub = subscriber("");
	ck_assert_int_eq(publish("proof", "x", START_MS), BITMARK_OK);
	expect_text(sub, "local", 1);
	bm_publisher_stats(publisher, &stats);
	ck_assert_uint_ge(stats.published + stats.lost, rounds);
	zmq_close(sub);
	stop();
}
END_TEST

START_TEST(the_bytes_that_wait_for_subscribers_are_bounded)
{
	static uint8_t large[BITMARK_BLOCK_MAX];
	const struct bitmark_span span = { large, sizeof large };
	const size_t rounds = 4 * BM_PUBLISHER_WAITING_BYTES / sizeof large;
	struct bm_publisher_stats stats;
	bitmark_status status = BITMARK_OK;
	void *idle;

	start();
	idle = subscriber("");
	for (size_t i = 0; i < rounds && status == BITMARK_OK; i++)
		status = bm_publisher_publish(publisher, "block", &span, 1,
		    START_MS);
	ck_assert_int_eq(status, BITMARK_E_BUSY);
	bm_publisher_stats(publisher, &stats);
	ck_assert_uint_eq(stats.lost, 1);
	zmq_close(idle);
	stop();
}
END_TEST

/* The next event, whatever it is. */
static void
read_event(void *sub)
{
	uint8_t byte;
	int more = 1;
	size_t more_size = sizeof more;

	while (more) {
		ck_assert(has_input(sub, PATIENT_MS));
		ck_assert_int_ge(zmq_recv(sub, &byte, sizeof byte, 0), 0);
		ck_assert_int_eq(zmq_getsockopt(sub, ZMQ_RCVMORE, &more,
		    &more_size), 0);
	}
}

START_TEST(a_subscriber_that_does_not_read_keeps_no_other_from_large_events)
{
	static uint8_t large[BITMARK_BLOCK_MAX];
	const struct bitmark_span span = { large, sizeof large };
	const size_t rounds = 4 * BM_PUBLISHER_WAITING_BYTES / sizeof large;
	bitmark_status status = BITMARK_OK;
	uint64_t end_ms;
	void *idle, *sub;

	start();
	sub = subscriber("");
	receive_max = 1;
	reconnect_ms = -1;
	idle = subscriber("");
	drop_all(sub);
	for (size_t i = 0; i < rounds && status == BITMARK_OK; i++) {
		status = bm_publisher_publish(publisher, "block", &span, 1,
		    START_MS);
		if (status == BITMARK_OK)
			read_event(sub);
	}
	ck_assert_int_eq(status, BITMARK_E_BUSY);
	expect_connections(1);
	/* Its waiting messages are freed when the publisher does its next
	 * work. */
	end_ms = bitmark_clock_ms() + PATIENT_MS;
	while (bm_publisher_publish(publisher, "block", &span, 1,
	    START_MS) != BITMARK_OK) {
		ck_assert_uint_lt(bitmark_clock_ms(), end_ms);
		(void)has_input(sub, TURN_MS);
		bm_publisher_drive(publisher, START_MS);
	}
	expect_text(sub, "local", 1);
	zmq_close(idle);
	zmq_close(sub);
	stop();
}
END_TEST

/* Subscribe to what is not published: prefixes from ${first} to ${last}. */
static void
stray(void *sub, unsigned first, unsigned last)
{
	uint8_t prefix[900] = "local, but not the chain alone";

	for (unsigned i = first; i <= last; i++) {
		memcpy(prefix + sizeof prefix - sizeof i, &i, sizeof i);
		set(sub, ZMQ_SUBSCRIBE, prefix, sizeof prefix);
	}
}

START_TEST(few_prefixes_that_match_nothing_do_no_harm)
{
	struct bm_publisher_stats stats;
	void *other, *sub;

	start();
	reconnect_ms = -1;
	other = subscribe_with(public_key, 0, "testing");
	stray(other, 1, 10);
	expect_connections(1);
	sub = subscriber("lo");
	/* The other one is connected, but subscribes to nothing here. */
	bm_publisher_stats(publisher, &stats);
	ck_assert_uint_eq(stats.subscribed, 1);
	stray(sub, 1, 10);
	set(sub, ZMQ_SUBSCRIBE, "local", 5);
	set(sub, ZMQ_UNSUBSCRIBE, "lo", 2);
	for (int i = 0; i < SILENCE_MS / TURN_MS; i++) {
		ck_assert_uint_eq(connections(), 2);
		(void)has_input(sub, TURN_MS);
	}
	ck_assert_int_eq(publish("proof", "x", START_MS), BITMARK_OK);
	expect_text(sub, "local", 1);
	ck_assert(!has_input(other, 0));
	zmq_close(other);
	zmq_close(sub);
	stop();
}
END_TEST

START_TEST(many_prefixes_that_match_nothing_end_the_connection)
{
	void *sub, *bad;

	start();
	sub = subscriber("");
	reconnect_ms = -1;
	bad = subscriber("local");
	expect_connections(2);
	stray(bad, 1, 1000);
	expect_connections(1);
	drop_all(sub);
	ck_assert_int_eq(publish("proof", "x", START_MS), BITMARK_OK);
	expect_text(sub, "local", 1);
	zmq_close(bad);
	zmq_close(sub);
	stop();
}
END_TEST

START_TEST(prefixes_that_others_have_too_count_for_each)
{
	void *one, *two, *bad;

	start();
	reconnect_ms = -1;
	one = subscriber("");
	two = subscriber("");
	stray(one, 1, 10);
	stray(two, 11, 20);
	for (int i = 0; i < SILENCE_MS / TURN_MS; i++) {
		ck_assert_uint_eq(connections(), 2);
		(void)has_input(two, TURN_MS);
	}
	bad = subscribe_with(public_key, 0, "");
	stray(bad, 1, 20);
	expect_connections(3);
	expect_connections(2);
	zmq_close(bad);
	zmq_close(two);
	zmq_close(one);
	stop();
}
END_TEST

START_TEST(messages_to_the_publisher_end_the_connection)
{
	void *bad;

	start();
	socket_type = ZMQ_XSUB;
	reconnect_ms = -1;
	bad = subscribe_with(public_key, 0, "");
	expect_connections(1);
	for (unsigned i = 0; i < 1000; i++)
		(void)zmq_send(bad, "hello", 5, ZMQ_DONTWAIT);
	expect_connections(0);
	zmq_close(bad);
	stop();
}
END_TEST

START_TEST(a_subscriber_with_a_wrong_key_gets_nothing)
{
	uint8_t wrong[BITMARK_PEER_KEY_SIZE];
	void *sub;

	start();
	memcpy(wrong, public_key, sizeof wrong);
	wrong[0] ^= 1;
	sub = subscribe_with(wrong, 0, "");
	for (int i = 0; i < SILENCE_MS / TURN_MS; i++) {
		bm_publisher_drive(publisher, START_MS);
		ck_assert_int_eq(publish("proof", "x", START_MS),
		    BITMARK_OK);
		ck_assert(!has_input(sub, TURN_MS));
	}
	zmq_close(sub);
	stop();
}
END_TEST

START_TEST(one_subscriber_too_many_is_not_let_in)
{
	void *first, *second;

	start_max(1);
	first = subscriber("");
	second = subscribe_with(public_key, 0, "");
	for (int i = 0; i < SILENCE_MS / TURN_MS; i++) {
		bm_publisher_drive(publisher, START_MS);
		ck_assert_int_eq(publish("proof", "x", START_MS),
		    BITMARK_OK);
		ck_assert(!has_input(second, TURN_MS));
	}
	ck_assert(has_input(first, PATIENT_MS));
	/* When they go there is room. */
	zmq_close(first);
	zmq_close(second);
	second = subscriber("");
	zmq_close(second);
	stop();
}
END_TEST

START_TEST(too_many_or_too_long_parameters_are_refused)
{
	struct bitmark_span many[BM_PUBLISHER_PARAMETERS_MAX + 1] = { 0 };
	struct bitmark_span large = { NULL, BITMARK_BLOCK_MAX + 1 };
	struct bm_publisher_stats stats;

	start();
	ck_assert_int_eq(bm_publisher_publish(publisher, "x", many,
	    BM_PUBLISHER_PARAMETERS_MAX + 1, START_MS), BITMARK_E_ARGUMENT);
	ck_assert_int_eq(bm_publisher_publish(publisher, "x", &large, 1,
	    START_MS), BITMARK_E_ARGUMENT);
	bm_publisher_stats(publisher, &stats);
	ck_assert_uint_eq(stats.lost, 2);
	ck_assert_uint_eq(stats.published, 0);
	stop();
}
END_TEST

START_TEST(a_start_that_fails_leaves_nothing)
{
	struct bitmark_connection bind = address_of("127.0.0.1:1");
	struct bm_publisher_config config = configuration(&bind, 1);
	struct bm_publisher *second = (void *)&config;

	start_config(&config);
	bm_publisher_bound(publisher, 0, &bind);
	ck_assert_int_eq(bm_publisher_start(&second, &config, START_MS),
	    BITMARK_E_NET);
	ck_assert_ptr_null(second);
	config.bind_count = 0;
	ck_assert_int_eq(bm_publisher_start(&second, &config, START_MS),
	    BITMARK_E_ARGUMENT);
	config.bind_count = 1;
	config.chain = "far too long";
	ck_assert_int_eq(bm_publisher_start(&second, &config, START_MS),
	    BITMARK_E_INVALID_CHAIN);
	stop();
	bm_publisher_stop(NULL);
}
END_TEST

START_TEST(stop_ends_the_connections_and_frees_the_port)
{
	const struct bitmark_connection any = address_of("127.0.0.1:1");
	struct bm_publisher_config config = configuration(&any, 1);
	struct bitmark_connection bound;
	void *sub;

	start_config(&config);
	bm_publisher_bound(publisher, 0, &bound);
	sub = subscriber("");
	stop_publisher();
	config.bind = &bound;
	config.zmq = publisher_zmq = zmq_ctx_new();
	ck_assert_int_eq(bm_publisher_start(&publisher, &config, START_MS),
	    BITMARK_OK);
	/* The subscriber comes back by itself. */
	until_subscribed(sub);
	zmq_close(sub);
	stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("publisher");
	TCase *tc = tcase_create("publisher");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, frames_are_chain_event_and_parameters);
	tcase_add_test(tc, an_event_without_parameters_is_a_whole_message);
	tcase_add_test(tc, a_prefix_filters_by_the_chain);
	tcase_add_test(tc, both_families_hear_the_same);
	tcase_add_test(tc, a_heartbeat_comes_after_a_minute_without_an_event);
	tcase_add_test(tc, a_subscriber_that_does_not_read_loses_events_and_delays_no_other);
	tcase_add_test(tc, the_bytes_that_wait_for_subscribers_are_bounded);
	tcase_add_test(tc, few_prefixes_that_match_nothing_do_no_harm);
	tcase_add_test(tc,
	    many_prefixes_that_match_nothing_end_the_connection);
	tcase_add_test(tc, prefixes_that_others_have_too_count_for_each);
	tcase_add_test(tc, messages_to_the_publisher_end_the_connection);
	tcase_add_test(tc,
	    a_subscriber_that_does_not_read_keeps_no_other_from_large_events);
	tcase_add_test(tc, a_subscriber_with_a_wrong_key_gets_nothing);
	tcase_add_test(tc, one_subscriber_too_many_is_not_let_in);
	tcase_add_test(tc, too_many_or_too_long_parameters_are_refused);
	tcase_add_test(tc, a_start_that_fails_leaves_nothing);
	tcase_add_test(tc, stop_ends_the_connections_and_frees_the_port);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
