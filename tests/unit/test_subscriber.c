/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A subscriber of a publisher: which messages are reported, which are skipped,
 * and when. */
#include <bitmarkpeer/os.h>
#include <bitmarkpeer/client.h>
#include <bitmarkpeer/subscriber.h>

#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "../support/await.h"
#include "../support/loopback.h"
#include "../support/raw_node.h"
#include "../support/vectors.h"
#include "net/curve.h"
#include "net/publisher.h"

/* No wait that succeeds takes so long. */
#define PATIENT_MS AWAIT_MS
/* How long "nothing" is waited for. */
#define SILENCE_MS 300
/* One turn of the publisher. */
#define TURN_MS 10

static void *zmq;                       /* the publisher's */
static struct bm_publisher *publisher;
static struct bitmark_subscriber *subscriber;
static uint8_t server_public[BITMARK_PEER_KEY_SIZE];
static uint8_t server_private[BITMARK_PEER_KEY_SIZE];
static char address[BITMARK_CONNECTION_TEXT_MAX];
static struct bitmark_connection bound;

static void
publish_at(const struct bitmark_connection *where, const char *chain)
{
	struct bm_publisher_config config = { .zmq = zmq_ctx_new(),
	    .chain = chain, .bind = where, .bind_count = 1,
	    .connections_max = 4 };

	zmq = config.zmq;
	memcpy(config.private_key, server_private, sizeof server_private);
	ck_assert_int_eq(bm_publisher_start(&publisher, &config,
	    bitmark_clock_ms()), BITMARK_OK);
	bm_publisher_bound(publisher, 0, &bound);
	bitmark_connection_to_text(&bound, address);
}

static void
start_publisher(void)
{
	struct bitmark_connection any;

	bitmark_peer_key_generate(NULL, server_public, server_private);
	ck_assert_int_eq(bitmark_connection_from_text("127.0.0.1:1", 11,
	    &any), BITMARK_OK);
	any.port = 0;
	publish_at(&any, "local");
}

static struct bitmark_subscriber_config
configuration(void)
{
	struct bitmark_subscriber_config config = { .struct_size =
	    sizeof config, .chain = "local",
	    .address = address };

	memcpy(config.server_key, server_public, sizeof server_public);
	return config;
}

static void
subscribe(unsigned silence_ms)
{
	struct bitmark_subscriber_config config = configuration();

	config.silence_ms = silence_ms;
	ck_assert_int_eq(bitmark_subscriber_open(&subscriber, &config),
	    BITMARK_OK);
}

static void
stop_publisher(void)
{
	bm_publisher_stop(publisher);
	zmq_ctx_term(zmq);
	publisher = NULL;
}

static void
stop(void)
{
	bitmark_subscriber_close(subscriber);
	subscriber = NULL;
	stop_publisher();
}

/* The next notice; both sides have their turns. */
static bitmark_status
next(unsigned timeout_ms, struct bitmark_notice *notice)
{
	uint64_t end_ms = bitmark_clock_ms() + timeout_ms;
	bitmark_status status;

	do {
		if (publisher != NULL)
			bm_publisher_drive(publisher, bitmark_clock_ms());
		status = bitmark_subscriber_next(subscriber, TURN_MS, notice);
	} while (status == BITMARK_E_TIMEOUT && bitmark_clock_ms() < end_ms);
	return status;
}

static void
expect(enum bitmark_notice_type type, struct bitmark_notice *notice)
{
	ck_assert_int_eq(next(PATIENT_MS, notice), BITMARK_OK);
	ck_assert_int_eq(notice->type, type);
}

static void
publish(const char *event, const char *parameter)
{
	struct bitmark_span span = { (const uint8_t *)parameter,
		strlen(parameter) };

	ck_assert_int_eq(bm_publisher_publish(publisher, event, &span, 1,
	    bitmark_clock_ms()), BITMARK_OK);
}

/* A subscription arrives a little after the connection: publish until the
 * first event is there. */
static void
until_subscribed(void)
{
	struct bitmark_notice notice = { .struct_size = sizeof notice };
	bitmark_status status;

	expect(BITMARK_NOTICE_CONNECTED, &notice);
	do {
		publish("warm", "up");
		status = next(TURN_MS, &notice);
	} while (status == BITMARK_E_TIMEOUT);
	ck_assert_int_eq(status, BITMARK_OK);
	ck_assert_int_eq(notice.type, BITMARK_NOTICE_EVENT);
}

/* The next event that is not of until_subscribed. */
static void
expect_event(const char *event, struct bitmark_notice *notice)
{
	do
		expect(BITMARK_NOTICE_EVENT, notice);
	while (strcmp(notice->event, "warm") == 0);
	ck_assert_str_eq(notice->event, event);
}

START_TEST(an_event_comes_with_all_its_parameters)
{
	const struct bitmark_span three[] = { { (const uint8_t *)"a", 1 },
		{ NULL, 0 }, { (const uint8_t *)"ccc", 3 } };
	struct bitmark_notice notice = { .struct_size = sizeof notice };

	start_publisher();
	subscribe(0);
	until_subscribed();
	ck_assert_int_eq(bm_publisher_publish(publisher, "peer", three, 3,
	    bitmark_clock_ms()), BITMARK_OK);
	expect_event("peer", &notice);
	ck_assert_uint_eq(notice.count, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(notice.parameter[i].size, three[i].size);
		if (three[i].size > 0)
			ck_assert_mem_eq(notice.parameter[i].data,
			    three[i].data, three[i].size);
	}
	stop();
}
END_TEST

START_TEST(messages_that_are_no_event_are_passed_over)
{
	struct bitmark_notice notice = { .struct_size = sizeof notice };

	start_publisher();
	subscribe(0);
	until_subscribed();
	publish("", "no name");
	publish("a name with blanks", "");
	publish("anamethatistoolong", "");
	publish("bell\a", "");
	publish("proof", "this one");
	expect_event("proof", &notice);
	stop();
}
END_TEST

START_TEST(a_chain_that_only_begins_alike_is_passed_over)
{
	struct bitmark_notice notice = { .struct_size = sizeof notice };
	struct bitmark_connection any;

	bitmark_peer_key_generate(NULL, server_public, server_private);
	ck_assert_int_eq(bitmark_connection_from_text("127.0.0.1:1", 11,
	    &any), BITMARK_OK);
	any.port = 0;
	publish_at(&any, "locally");
	subscribe(0);
	expect(BITMARK_NOTICE_CONNECTED, &notice);
	for (int i = 0; i < SILENCE_MS / TURN_MS; i++) {
		publish("block", "of another chain");
		ck_assert_int_eq(next(0, &notice), BITMARK_E_TIMEOUT);
	}
	stop();
}
END_TEST

START_TEST(surplus_parameters_are_cut_off)
{
	struct bitmark_span many[BM_PUBLISHER_PARAMETERS_MAX];
	struct bitmark_notice notice = { .struct_size = sizeof notice };

	start_publisher();
	subscribe(0);
	until_subscribed();
	for (size_t i = 0; i < BM_PUBLISHER_PARAMETERS_MAX; i++)
		many[i] = (struct bitmark_span){ (const uint8_t *)"x", 1 };
	ck_assert_int_eq(bm_publisher_publish(publisher, "odd", many,
	    BM_PUBLISHER_PARAMETERS_MAX, bitmark_clock_ms()), BITMARK_OK);
	expect_event("odd", &notice);
	ck_assert_uint_eq(notice.count, BITMARK_EVENT_PARAMETERS_MAX);
	stop();
}
END_TEST

START_TEST(a_publisher_that_ends_is_lost_and_found_again)
{
	struct bitmark_notice notice = { .struct_size = sizeof notice };

	start_publisher();
	subscribe(0);
	until_subscribed();
	stop_publisher();
	do
		ck_assert_int_eq(next(PATIENT_MS, &notice), BITMARK_OK);
	while (notice.type == BITMARK_NOTICE_EVENT);
	ck_assert_int_eq(notice.type, BITMARK_NOTICE_LOST);
	ck_assert_int_eq(next(SILENCE_MS, &notice), BITMARK_E_TIMEOUT);
	publish_at(&bound, "local");
	until_subscribed();
	stop();
}
END_TEST

START_TEST(silence_is_told_and_ends_the_connection)
{
	struct bitmark_notice notice = { .struct_size = sizeof notice };

	start_publisher();
	subscribe(SILENCE_MS);
	expect(BITMARK_NOTICE_CONNECTED, &notice);
	expect(BITMARK_NOTICE_SILENT, &notice);
	expect(BITMARK_NOTICE_CONNECTED, &notice);
	stop();
}
END_TEST

START_TEST(messages_keep_silence_away)
{
	uint64_t end_ms = bitmark_clock_ms() + 4 * SILENCE_MS;
	struct bitmark_notice notice = { .struct_size = sizeof notice };
	bitmark_status status;

	start_publisher();
	subscribe(SILENCE_MS);
	until_subscribed();
	while (bitmark_clock_ms() < end_ms) {
		publish("heart", "beat");
		status = next(TURN_MS, &notice);
		if (status == BITMARK_OK)
			ck_assert_int_eq(notice.type, BITMARK_NOTICE_EVENT);
		else
			ck_assert_int_eq(status, BITMARK_E_TIMEOUT);
	}
	stop();
}
END_TEST

START_TEST(a_wrong_key_is_told)
{
	struct bitmark_notice notice = { .struct_size = sizeof notice };

	start_publisher();
	server_public[0] ^= 1;
	subscribe(0);
	ck_assert_int_eq(next(PATIENT_MS, &notice),
	    BITMARK_E_WRONG_SERVER_KEY);
	/* ... each time anew. */
	ck_assert_int_eq(next(PATIENT_MS, &notice),
	    BITMARK_E_WRONG_SERVER_KEY);
	stop();
}
END_TEST

/* Requests to a publisher, and a subscription to a node that answers. */
START_TEST(the_right_key_at_the_wrong_port_is_told)
{
	struct bitmark_client_config config = { .struct_size = sizeof config,
	    .chain = "local", .address = address, .timeout_ms = PATIENT_MS };
	struct bitmark_notice notice = { .struct_size = sizeof notice };
	struct bitmark_client *client;
	struct raw_node node;
	uint64_t height;

	start_publisher();
	memcpy(config.server_key, server_public, sizeof config.server_key);
	ck_assert_int_eq(bitmark_client_open(&client, &config), BITMARK_OK);
	ck_assert_int_eq(bitmark_client_height(client, &height),
	    BITMARK_E_WRONG_PORT);
	ck_assert_int_eq(bitmark_client_height(client, &height),
	    BITMARK_E_WRONG_PORT);
	bitmark_client_close(client);
	raw_init(&node, raw_answer);
	raw_start(&node);
	memcpy(server_public, node.public_key, sizeof server_public);
	(void)snprintf(address, sizeof address, "%s", node.address);
	subscribe(0);
	ck_assert_int_eq(next(PATIENT_MS, &notice), BITMARK_E_WRONG_PORT);
	stop();
	raw_stop(&node);
	raw_fini(&node);
}
END_TEST

START_TEST(without_a_publisher_there_is_a_timeout)
{
	struct bitmark_notice notice = { .struct_size = sizeof notice };
	uint64_t start_ms;

	bitmark_peer_key_generate(NULL, server_public, server_private);
	loopback_free_address(address);
	subscribe(0);
	start_ms = bitmark_clock_ms();
	ck_assert_int_eq(bitmark_subscriber_next(subscriber, SILENCE_MS,
	    &notice), BITMARK_E_TIMEOUT);
	ck_assert_uint_ge(bitmark_clock_ms() - start_ms, SILENCE_MS);
	stop();
}
END_TEST

START_TEST(a_configuration_that_cannot_work_is_refused)
{
	struct bitmark_subscriber_config config = { .struct_size =
	    sizeof config };
	struct bitmark_subscriber *s = (void *)&config;

	memset(server_public, 1, sizeof server_public);
	strcpy(address, "127.0.0.1:2");
	config = configuration();
	config.chain = "moon";
	ck_assert_int_eq(bitmark_subscriber_open(&s, &config),
	    BITMARK_E_INVALID_CHAIN);
	ck_assert_ptr_null(s);
	config = configuration();
	config.address = "nowhere";
	ck_assert_int_eq(bitmark_subscriber_open(&s, &config),
	    BITMARK_E_NO_PORT);
	config.address = "127.0.0.1:99999";
	ck_assert_int_eq(bitmark_subscriber_open(&s, &config),
	    BITMARK_E_PORT);
	config = configuration();
	memset(config.server_key, 0, sizeof config.server_key);
	ck_assert_int_eq(bitmark_subscriber_open(&s, &config),
	    BITMARK_E_PUBLIC_KEY);
	ck_assert_ptr_null(s);
	bitmark_subscriber_close(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("subscriber");
	TCase *tc = tcase_create("subscriber");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_event_comes_with_all_its_parameters);
	tcase_add_test(tc, messages_that_are_no_event_are_passed_over);
	tcase_add_test(tc, a_chain_that_only_begins_alike_is_passed_over);
	tcase_add_test(tc, surplus_parameters_are_cut_off);
	tcase_add_test(tc, a_publisher_that_ends_is_lost_and_found_again);
	tcase_add_test(tc, silence_is_told_and_ends_the_connection);
	tcase_add_test(tc, messages_keep_silence_away);
	tcase_add_test(tc, a_wrong_key_is_told);
	tcase_add_test(tc, the_right_key_at_the_wrong_port_is_told);
	tcase_add_test(tc, without_a_publisher_there_is_a_timeout);
	tcase_add_test(tc, a_configuration_that_cannot_work_is_refused);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
