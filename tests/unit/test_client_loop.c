/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Clients and subscribers in the loop of a program: waited for with poll(2),
 * beside each other, and cancelled from another thread.
 */
#include <bitmarkpeer/os.h>
#include <bitmarkpeer/subscriber.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "../support/client_fixture.h"
#include "../support/name_server.h"
#include "net/link.h"
#include "net/publisher.h"

/* Items of all that one test waits for. */
#define ITEMS_MAX 64
/* Calls of each client, and events. */
#define ROUNDS 40
/* Of a reply that comes in many pieces. */
#define LARGE_SIZE 3000000
/* A turn of the publisher, which looks for new orders then.  Milliseconds. */
#define TURN_MS 2

/* --- the loop of a program ------------------------------------------------- */

struct loop {
	struct pollfd items[ITEMS_MAX];
	size_t count;
	uint64_t due_ms;
};

static void
add(struct loop *loop, size_t count, uint64_t due_ms)
{
	loop->count += count;
	ck_assert_uint_le(loop->count, ITEMS_MAX);
	if (due_ms < loop->due_ms)
		loop->due_ms = due_ms;
}

static void
add_client(struct loop *loop, const struct bitmark_client *client)
{
	const size_t room = ITEMS_MAX - loop->count;

	add(loop, bitmark_client_poll_items(client,
	    loop->items + loop->count, room),
	    bitmark_client_deadline_ms(client));
}

static void
add_subscriber(struct loop *loop, const struct bitmark_subscriber *subscriber)
{
	const size_t room = ITEMS_MAX - loop->count;

	add(loop, bitmark_subscriber_poll_items(subscriber,
	    loop->items + loop->count, room),
	    bitmark_subscriber_deadline_ms(subscriber));
}

static void
wait_once(struct loop *loop)
{
	const uint64_t now_ms = bitmark_clock_ms();
	uint64_t wait_ms = loop->due_ms <= now_ms ? 0 :
	    loop->due_ms - now_ms;

	if (wait_ms > AWAIT_MS)
		wait_ms = AWAIT_MS;
	ck_assert_int_ge(poll(loop->items, (nfds_t)loop->count,
	    (int)wait_ms), 0);
}

#define LOOP { .due_ms = UINT64_MAX }

/* Step until the call has ended. */
static bitmark_status
finish(struct bitmark_client *client)
{
	bitmark_status status;

	while ((status = bitmark_client_step(client)) == BITMARK_E_PENDING) {
		struct loop loop = LOOP;

		add_client(&loop, client);
		wait_once(&loop);
	}
	return status;
}

static struct bitmark_client *
client_of(const char *address, const uint8_t *key)
{
	struct bitmark_client_config config = { .struct_size = sizeof config,
	    .chain = "local", .address = address, .timeout_ms = PATIENT_MS };
	struct bitmark_client *client;

	memcpy(config.server_key, key, sizeof config.server_key);
	ck_assert_int_eq(bitmark_client_open(&client, &config), BITMARK_OK);
	return client;
}

/* --- a publisher ------------------------------------------------------------- */

/* It publishes on a thread of its own as many events as it is told to. */
static struct {
	void *zmq;
	struct bm_publisher *publisher;
	char address[BITMARK_CONNECTION_TEXT_MAX];
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	pthread_t thread;
	atomic_uint wanted;
	atomic_bool stop;
} source;

static void *
publish(void *unused)
{
	const struct bitmark_span span = { (const uint8_t *)"x", 1 };
	unsigned published = 0;

	while (!atomic_load(&source.stop)) {
		zmq_pollitem_t items[BM_PUBLISHER_ITEMS];
		const uint64_t now_ms = bitmark_clock_ms();

		bm_publisher_drive(source.publisher, now_ms);
		for (; published < atomic_load(&source.wanted); published++)
			ck_assert_int_eq(bm_publisher_publish(
			    source.publisher, "proof", &span, 1, now_ms),
			    BITMARK_OK);
		bm_publisher_poll_items(source.publisher, items);
		(void)zmq_poll(items, BM_PUBLISHER_ITEMS, TURN_MS);
	}
	return unused;
}

static void
start_source(void)
{
	const struct bitmark_connection where = { .address = { [10] = 0xff,
	    [11] = 0xff, [12] = 127, [15] = 1 } };
	struct bm_publisher_config config = { .chain = "local",
	    .bind = &where, .bind_count = 1, .connections_max = 4 };
	struct bitmark_connection bound;

	bitmark_peer_key_generate(NULL, source.public_key,
	    config.private_key);
	config.zmq = source.zmq = zmq_ctx_new();
	ck_assert_int_eq(bm_publisher_start(&source.publisher, &config,
	    bitmark_clock_ms()), BITMARK_OK);
	bm_publisher_bound(source.publisher, 0, &bound);
	bitmark_connection_to_text(&bound, source.address);
	ck_assert_int_eq(pthread_create(&source.thread, NULL, publish, NULL),
	    0);
}

static void
stop_source(void)
{
	atomic_store(&source.stop, true);
	pthread_join(source.thread, NULL);
	bm_publisher_stop(source.publisher);
	ck_assert_int_eq(zmq_ctx_term(source.zmq), 0);
}

static struct bitmark_subscriber *
subscriber_of_source(void)
{
	struct bitmark_subscriber_config config = { .struct_size =
	    sizeof config, .chain = "local", .address = source.address };
	struct bitmark_subscriber *subscriber;

	memcpy(config.server_key, source.public_key,
	    sizeof config.server_key);
	ck_assert_int_eq(bitmark_subscriber_open(&subscriber, &config),
	    BITMARK_OK);
	return subscriber;
}

/* --- waiting ----------------------------------------------------------------- */

START_TEST(a_call_is_waited_for_with_poll)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct pollfd item;
	uint64_t height;

	fx_start_bytes("N", 8);
	ck_assert_int_eq(bitmark_client_step(fx_client), BITMARK_E_STATE);
	ck_assert_uint_eq(bitmark_client_poll_items(fx_client, &item, 1), 0);
	ck_assert_uint_eq(bitmark_client_deadline_ms(fx_client), UINT64_MAX);
	ck_assert_int_eq(bitmark_client_start_height(fx_client), BITMARK_OK);
	ck_assert_int_eq(bitmark_client_start_info(fx_client),
	    BITMARK_E_STATE);
	ck_assert_int_eq(bitmark_client_height(fx_client, &height),
	    BITMARK_E_STATE);
	ck_assert_int_eq(bitmark_client_get_height(fx_client, &height),
	    BITMARK_E_STATE);
	/* More than there is room for are counted, not written. */
	ck_assert_uint_gt(bitmark_client_poll_items(fx_client, &item, 1), 1);
	ck_assert_int_eq(finish(fx_client), BITMARK_OK);
	ck_assert_int_eq(bitmark_client_get_digest(fx_client, digest),
	    BITMARK_E_STATE);
	ck_assert_int_eq(bitmark_client_get_height(fx_client, &height),
	    BITMARK_OK);
	ck_assert_uint_eq(height, UINT64_C(0x8002030405060708));
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

/* libzmq tells of many pieces of a message, but of its end only once. */
START_TEST(a_large_block_is_waited_for_with_poll)
{
	static uint8_t large[LARGE_SIZE];
	struct bitmark_span block;

	memset(large, 'x', sizeof large);
	raw_init(&fx_node, raw_answer);
	raw_reply_bytes(&fx_node, "B", large, sizeof large);
	fx_start(PATIENT_MS);
	for (uint64_t i = 2; i < 5; i++) {
		ck_assert_int_eq(bitmark_client_start_block(fx_client, i),
		    BITMARK_OK);
		ck_assert_int_eq(finish(fx_client), BITMARK_OK);
		ck_assert_int_eq(bitmark_client_get_block(fx_client, &block),
		    BITMARK_OK);
		ck_assert_uint_eq(block.size, sizeof large);
		ck_assert_mem_eq(block.data, large, sizeof large);
	}
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

START_TEST(what_is_submitted_is_copied)
{
	uint8_t bytes[sizeof fx_bytes];

	memcpy(bytes, fx_bytes, sizeof bytes);
	fx_start_bytes("transfer", 1);
	ck_assert_int_eq(bitmark_client_start_submit(fx_client,
	    BITMARK_SUBMIT_TRANSFER, bytes, 0), BITMARK_E_ARGUMENT);
	ck_assert_int_eq(bitmark_client_start_submit(fx_client,
	    BITMARK_SUBMIT_TRANSFER, bytes, sizeof bytes), BITMARK_OK);
	memset(bytes, 0, sizeof bytes);
	ck_assert_int_eq(finish(fx_client), BITMARK_OK);
	fx_stop();
	ck_assert_mem_eq(fx_node.last.frame[fx_node.last.count - 1].data,
	    fx_bytes, sizeof fx_bytes);
	raw_fini(&fx_node);
}
END_TEST

/* Takes what the subscriber has; gives how many events that are. */
static unsigned
take_events(struct bitmark_subscriber *subscriber, bool *connected)
{
	struct bitmark_notice notice = { .struct_size = sizeof notice };
	bitmark_status status;
	unsigned events = 0;

	while ((status = bitmark_subscriber_step(subscriber, &notice)) ==
	    BITMARK_OK) {
		*connected |= notice.type == BITMARK_NOTICE_CONNECTED;
		events += notice.type == BITMARK_NOTICE_EVENT;
	}
	ck_assert_int_eq(status, BITMARK_E_PENDING);
	return events;
}

START_TEST(two_clients_and_a_subscriber_share_one_poll)
{
	struct raw_node other;
	struct bitmark_client *client[2];
	struct bitmark_subscriber *subscriber;
	unsigned ended[2] = { 0, 0 }, events = 0;
	uint64_t begin_ms = bitmark_clock_ms();
	bool connected = false;

	fx_start_bytes("N", 8);
	raw_init(&other, raw_answer);
	raw_reply_bytes(&other, "H", fx_bytes, BITMARK_DIGEST_SIZE);
	raw_start(&other);
	start_source();
	client[0] = fx_client;
	client[1] = client_of(other.address, other.public_key);
	subscriber = subscriber_of_source();
	ck_assert_int_eq(bitmark_client_start_height(client[0]), BITMARK_OK);
	ck_assert_int_eq(bitmark_client_start_digest(client[1], 7),
	    BITMARK_OK);
	while (ended[0] < ROUNDS || ended[1] < ROUNDS || events < ROUNDS) {
		struct loop loop = LOOP;

		for (int i = 0; i < 2; i++) {
			bitmark_status status = bitmark_client_step(client[i]);

			if (status == BITMARK_E_PENDING || status ==
			    BITMARK_E_STATE)
				continue;
			ck_assert_int_eq(status, BITMARK_OK);
			if (++ended[i] < ROUNDS)
				ck_assert_int_eq(i == 0 ?
				    bitmark_client_start_height(client[0]) :
				    bitmark_client_start_digest(client[1], 7),
				    BITMARK_OK);
		}
		events += take_events(subscriber, &connected);
		/* A subscription comes a little after the connection: the
		 * first events may be lost. */
		if (connected && events < ROUNDS)
			atomic_fetch_add(&source.wanted, 1);
		for (int i = 0; i < 2; i++)
			add_client(&loop, client[i]);
		add_subscriber(&loop, subscriber);
		wait_once(&loop);
	}
	ck_assert_uint_lt(bitmark_clock_ms() - begin_ms, AWAIT_MS);
	bitmark_subscriber_close(subscriber);
	bitmark_client_close(client[1]);
	stop_source();
	raw_stop(&other);
	raw_fini(&other);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

/* None waits until the next deadline, which is half a second away at least. */
START_TEST(no_event_of_many_is_overlooked)
{
	struct bitmark_subscriber *subscriber;
	unsigned events = 0, wanted = 0;
	bool connected = false;
	uint64_t begin_ms;

	start_source();
	subscriber = subscriber_of_source();
	/* Until the subscription has arrived. */
	for (begin_ms = bitmark_clock_ms(); events == 0;) {
		struct loop loop = LOOP;

		ck_assert_uint_lt(bitmark_clock_ms() - begin_ms, AWAIT_MS);
		atomic_store(&source.wanted, ++wanted);
		add_subscriber(&loop, subscriber);
		loop.due_ms = bitmark_clock_ms() + TURN_MS;
		wait_once(&loop);
		events = take_events(subscriber, &connected);
	}
	/* Those that are under way count for nothing. */
	for (unsigned more = 0; more < 5 * ROUNDS; more++) {
		unsigned came = 0;

		atomic_store(&source.wanted, ++wanted);
		while (came == 0) {
			struct loop loop = LOOP;

			add_subscriber(&loop, subscriber);
			wait_once(&loop);
			came = take_events(subscriber, &connected);
		}
	}
	ck_assert_uint_lt(bitmark_clock_ms() - begin_ms, AWAIT_MS);
	bitmark_subscriber_close(subscriber);
	stop_source();
}
END_TEST

/* zmq_poll takes in what makes the descriptor of a socket readable, as other
 * calls do: the deadline says that there is something to read all the same. */
START_TEST(a_message_that_its_descriptor_does_not_show_is_due_at_once)
{
	const struct bm_link_config config = { .chain = "local",
	    .address = source.address, .server_key = source.public_key,
	    .subscribe = true };
	struct bm_link link = { .zmq = NULL };
	struct bm_dealer_reply message;
	zmq_pollitem_t items[BM_DEALER_ITEMS] = { { .revents = 0 } };
	struct await wait = AWAIT;

	start_source();
	ck_assert_int_eq(bm_link_open(&link, &config), BITMARK_OK);
	ck_assert_uint_eq(bm_link_deadline(&link), 0);
	while (bm_dealer_state(link.dealer) != BM_DEALER_CONNECTED ||
	    (items[0].revents & ZMQ_POLLIN) == 0) {
		ck_assert(await_again(&wait));
		bm_dealer_drive(link.dealer, bitmark_clock_ms());
		atomic_fetch_add(&source.wanted, 1);
		(void)zmq_poll(items, (int)bm_dealer_poll_items(link.dealer,
		    items), 0);
	}
	bm_link_settle(&link);
	ck_assert_uint_eq(bm_link_deadline(&link), 0);
	stop_source();
	while (bm_dealer_receive_event(link.dealer, &message) == BITMARK_OK)
		continue;
	while (bm_dealer_state(link.dealer) == BM_DEALER_CONNECTED) {
		ck_assert(await_again(&wait));
		bm_dealer_drive(link.dealer, bitmark_clock_ms());
	}
	bm_dealer_disconnect(link.dealer);
	bm_link_settle(&link);
	ck_assert_uint_eq(bm_link_deadline(&link), UINT64_MAX);
	bm_link_close(&link);
}
END_TEST

/* --- cancelling -------------------------------------------------------------- */

static atomic_bool node_was_asked;

static void
note_and_ignore(struct raw_node *node, const struct raw_message *request)
{
	(void)node;
	(void)request;
	atomic_store(&node_was_asked, true);
}

static bool
is_asked(void)
{
	return atomic_load(&node_was_asked) || name_server_asked() > 0;
}

/* When somebody was asked, the other thread waits. */
static void *
cancel_when_asked(void *client)
{
	struct await wait = AWAIT;

	while (!is_asked())
		ck_assert(await_again(&wait));
	bitmark_client_cancel(client);
	return NULL;
}

static void *
cancel_subscriber(void *subscriber)
{
	bitmark_subscriber_cancel(subscriber);
	return NULL;
}

START_TEST(another_thread_ends_a_call_that_waits)
{
	uint64_t begin_ms, height;
	pthread_t thread;

	raw_init(&fx_node, note_and_ignore);
	fx_start(PATIENT_MS);
	begin_ms = bitmark_clock_ms();
	ck_assert_int_eq(pthread_create(&thread, NULL, cancel_when_asked,
	    fx_client), 0);
	ck_assert_int_eq(bitmark_client_height(fx_client, &height),
	    BITMARK_E_CANCELLED);
	ck_assert_uint_lt(bitmark_clock_ms() - begin_ms, PROMPT_MS);
	pthread_join(thread, NULL);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

START_TEST(a_cancel_between_two_calls_ends_the_next_one)
{
	uint64_t height;

	fx_start_bytes("N", 8);
	bitmark_client_cancel(fx_client);
	bitmark_client_cancel(fx_client);
	ck_assert_int_eq(bitmark_client_height(fx_client, &height),
	    BITMARK_E_CANCELLED);
	ck_assert_int_eq(bitmark_client_height(fx_client, &height),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_client_start_height(fx_client), BITMARK_OK);
	bitmark_client_cancel(fx_client);
	ck_assert_int_eq(finish(fx_client), BITMARK_E_CANCELLED);
	ck_assert_int_eq(bitmark_client_get_height(fx_client, &height),
	    BITMARK_E_STATE);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

/* ... while the name of its host is looked up. */
START_TEST(a_look_up_is_waited_for_and_cancelled_too)
{
	static const uint8_t key[BITMARK_PEER_KEY_SIZE] = { 1 };
	struct bitmark_client *client;
	uint64_t begin_ms = bitmark_clock_ms();
	pthread_t thread;

	name_server_start();
	client = client_of("slow.test:2136", key);
	ck_assert_int_eq(bitmark_client_start_height(client), BITMARK_OK);
	ck_assert_int_eq(bitmark_client_step(client), BITMARK_E_PENDING);
	ck_assert_int_eq(pthread_create(&thread, NULL, cancel_when_asked,
	    client), 0);
	ck_assert_int_eq(finish(client), BITMARK_E_CANCELLED);
	ck_assert_uint_lt(bitmark_clock_ms() - begin_ms, PROMPT_MS);
	pthread_join(thread, NULL);
	bitmark_client_close(client);
	name_server_stop();
}
END_TEST

START_TEST(another_thread_ends_the_wait_of_a_subscriber)
{
	struct bitmark_notice notice = { .struct_size = sizeof notice };
	struct bitmark_subscriber *subscriber;
	uint64_t begin_ms = bitmark_clock_ms();
	bitmark_status status;
	pthread_t thread;

	start_source();
	subscriber = subscriber_of_source();
	ck_assert_int_eq(bitmark_subscriber_next(subscriber, AWAIT_MS,
	    &notice), BITMARK_OK);
	ck_assert_int_eq(notice.type, BITMARK_NOTICE_CONNECTED);
	ck_assert_int_eq(pthread_create(&thread, NULL, cancel_subscriber,
	    subscriber), 0);
	status = bitmark_subscriber_next(subscriber, AWAIT_MS, &notice);
	ck_assert_int_eq(status, BITMARK_E_CANCELLED);
	ck_assert_uint_lt(bitmark_clock_ms() - begin_ms, PROMPT_MS);
	pthread_join(thread, NULL);
	status = bitmark_subscriber_next(subscriber, 0, &notice);
	ck_assert(status == BITMARK_OK || status == BITMARK_E_TIMEOUT);
	bitmark_subscriber_close(subscriber);
	stop_source();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_loop");
	TCase *t = tcase_create("loops"), *large = tcase_create("large");

	/* The thread sanitizer takes minutes over a block that came through
	 * libzmq: see test_client.c. */
	tcase_set_tags(large, "large");
	tcase_set_timeout(large, 300);
	tcase_add_test(large, a_large_block_is_waited_for_with_poll);
	suite_add_tcase(suite, large);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, a_call_is_waited_for_with_poll);
	tcase_add_test(t, what_is_submitted_is_copied);
	tcase_add_test(t, two_clients_and_a_subscriber_share_one_poll);
	tcase_add_test(t, no_event_of_many_is_overlooked);
	tcase_add_test(t,
	    a_message_that_its_descriptor_does_not_show_is_due_at_once);
	tcase_add_test(t, another_thread_ends_a_call_that_waits);
	tcase_add_test(t, a_cancel_between_two_calls_ends_the_next_one);
	tcase_add_test(t, a_look_up_is_waited_for_and_cancelled_too);
	tcase_add_test(t, another_thread_ends_the_wait_of_a_subscriber);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
