/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A follower between a real publisher and a node on loopback. */
#include <bitmarkpeer/follower.h>
#include <bitmarkpeer/os.h>
#include <bitmarkpeer/block.h>

#include <check.h>
#include <stdatomic.h>
#include <string.h>
#include <zmq.h>

#include "../support/await.h"
#include "../support/loopback.h"
#include "../support/raw_node.h"
#include "../support/vectors.h"
#include "net/publisher.h"

#define PATIENT_MS AWAIT_MS
#define TURN_MS 10
#define COMMAND (RAW_ENVELOPE + 1)
#define NUMBER (RAW_ENVELOPE + 2)

static struct raw_node node;
static _Atomic uint64_t height;
static _Atomic uint64_t branch_at;      /* blocks from this one are of another
                                           branch                            */
static void *zmq;
static struct bm_publisher *publisher;
static struct bitmark_connection bound;
static uint8_t server_public[BITMARK_PEER_KEY_SIZE];
static uint8_t server_private[BITMARK_PEER_KEY_SIZE];
static char address[BITMARK_CONNECTION_TEXT_MAX];
static struct bitmark_follower *follower;
static struct bitmark_follower_event event;

/* --- the node ------------------------------------------------------------- */

static void
digest_of(uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	memset(digest, number >= branch_at ? 0xbb : 0xaa, BITMARK_DIGEST_SIZE);
	digest[0] = (uint8_t)number;
	if (number == BITMARK_GENESIS_NUMBER)
		memcpy(digest, bitmark_chain_params_find("local")->
		    genesis_digest, BITMARK_DIGEST_SIZE);
}

static void
pack_block(uint64_t number, uint8_t packed[BITMARK_HEADER_SIZE])
{
	struct bitmark_header header = { .version = 2, .count = 1,
		.number = number };

	digest_of(number - 1, header.previous);
	bitmark_header_pack(&header, packed);
}

static uint64_t
number_in(struct bitmark_span frame)
{
	uint64_t number = 0;

	for (size_t i = 0; i < frame.size; i++)
		number = number << 8 | frame.data[i];
	return number;
}

static void
answer(struct raw_node *n, const struct raw_message *request)
{
	const char command = (char)request->frame[COMMAND].data[0];
	uint8_t bytes[BITMARK_HEADER_SIZE] = { 0 };
	const uint64_t top = height;

	if (command == 'N') {
		for (int i = 0; i < 8; i++)
			bytes[i] = (uint8_t)(top >> (56 - 8 * i));
		raw_reply_bytes(n, "N", bytes, 8);
	} else if (number_in(request->frame[NUMBER]) > top) {
		raw_reply_text(n, "E", "block not found", NULL);
	} else if (command == 'H') {
		digest_of(number_in(request->frame[NUMBER]), bytes);
		raw_reply_bytes(n, "H", bytes, BITMARK_DIGEST_SIZE);
	} else {
		pack_block(number_in(request->frame[NUMBER]), bytes);
		raw_reply_bytes(n, "B", bytes, sizeof bytes);
	}
	raw_answer(n, request);
}

/* --- the publisher -------------------------------------------------------- */

static void
publish_at(const struct bitmark_connection *where)
{
	struct bm_publisher_config config = { .zmq = zmq_ctx_new(),
	    .chain = "local", .bind = where, .bind_count = 1,
	    .connections_max = 4 };

	zmq = config.zmq;
	memcpy(config.private_key, server_private, sizeof server_private);
	ck_assert_int_eq(bm_publisher_start(&publisher, &config,
	    bitmark_clock_ms()), BITMARK_OK);
	bm_publisher_bound(publisher, 0, &bound);
	bitmark_connection_to_text(&bound, address);
}

static void
stop_publisher(void)
{
	bm_publisher_stop(publisher);
	zmq_ctx_term(zmq);
	publisher = NULL;
}

static void
publish(const char *name, const uint8_t *data, size_t size)
{
	const struct bitmark_span parameter = { data, size };

	ck_assert_int_eq(bm_publisher_publish(publisher, name, &parameter, 1,
	    bitmark_clock_ms()), BITMARK_OK);
}

static void
publish_block(uint64_t number)
{
	uint8_t packed[BITMARK_HEADER_SIZE];

	pack_block(number, packed);
	publish("block", packed, sizeof packed);
}

/* --- the story ------------------------------------------------------------- */

/* Wait for an event of this type; news of connections are passed over. */
static void
expect(enum bitmark_follower_event_type type)
{
	const uint64_t end_ms = bitmark_clock_ms() + PATIENT_MS;
	bitmark_status status;

	do {
		if (publisher != NULL)
			bm_publisher_drive(publisher, bitmark_clock_ms());
		status = bitmark_follower_next(follower, TURN_MS, &event);
	} while ((status == BITMARK_E_TIMEOUT || (status == BITMARK_OK &&
	    event.type != type && event.type != BITMARK_FOLLOWER_ADDED &&
	    event.type != BITMARK_FOLLOWER_REMOVED)) &&
	    bitmark_clock_ms() < end_ms);
	ck_assert_int_eq(status, BITMARK_OK);
	ck_assert_int_eq(event.type, type);
}

static void
expect_block(enum bitmark_follower_event_type type, uint64_t number)
{
	expect(type);
	ck_assert_uint_eq(event.number, number);
}

static void
expect_notice(enum bitmark_notice_type type)
{
	do
		expect(BITMARK_FOLLOWER_NOTICE);
	while (event.notice->type != type);
}

/* A subscription arrives a little after the connection: publish until the
 * first event is there. */
static void
until_subscribed(void)
{
	const uint64_t end_ms = bitmark_clock_ms() + PATIENT_MS;
	bitmark_status status;

	do {
		publish("rpc", NULL, 0);
		bm_publisher_drive(publisher, bitmark_clock_ms());
		status = bitmark_follower_next(follower, TURN_MS, &event);
	} while ((status != BITMARK_OK || event.type !=
	    BITMARK_FOLLOWER_NOTICE || event.notice->type !=
	    BITMARK_NOTICE_EVENT) && bitmark_clock_ms() < end_ms);
	ck_assert_int_eq(status, BITMARK_OK);
}

static struct bitmark_follower_config
configuration(uint64_t from)
{
	struct bitmark_follower_config config = { .struct_size =
	    sizeof config, .chain = "local", .node = node.address,
	    .publisher = address, .from = from, .timeout_ms = PATIENT_MS };

	memcpy(config.node_key, node.public_key, sizeof config.node_key);
	memcpy(config.publisher_key, server_public,
	    sizeof config.publisher_key);
	return config;
}

static void
start(void)
{
	struct bitmark_connection any;

	bitmark_peer_key_generate(NULL, server_public, server_private);
	ck_assert_int_eq(bitmark_connection_from_text("127.0.0.1:1", 11,
	    &any), BITMARK_OK);
	any.port = 0;
	publish_at(&any);
	height = 5;
	branch_at = UINT64_MAX;
	raw_init(&node, answer);
	raw_start(&node);
	event.struct_size = sizeof event;
}

static void
stop(void)
{
	bitmark_follower_close(follower);
	follower = NULL;
	raw_stop(&node);
	raw_fini(&node);
	if (publisher != NULL)
		stop_publisher();
}

static void
open_from(uint64_t from)
{
	const struct bitmark_follower_config config = configuration(from);

	ck_assert_int_eq(bitmark_follower_open(&follower, &config),
	    BITMARK_OK);
}

START_TEST(blocks_come_from_n_on_and_live_and_through_lost_connections)
{
	start();
	open_from(4);
	expect_block(BITMARK_FOLLOWER_ADDED, 4);
	ck_assert_uint_eq(event.block.size, BITMARK_HEADER_SIZE);
	expect_block(BITMARK_FOLLOWER_ADDED, 5);
	until_subscribed();
	height = 6;
	publish_block(6);
	expect_block(BITMARK_FOLLOWER_ADDED, 6);
	/* Anything else that is published is handed on. */
	publish("assets", (const uint8_t *)"x", 1);
	do
		expect_notice(BITMARK_NOTICE_EVENT);
	while (strcmp(event.notice->event, "assets") != 0);

	/* Both go away, and are on another branch when they come back: no
	 * message says so. */
	stop_publisher();
	expect_notice(BITMARK_NOTICE_LOST);
	raw_stop(&node);
	branch_at = 5;
	height = 7;
	raw_start(&node);
	publish_at(&bound);
	expect_block(BITMARK_FOLLOWER_REMOVED, 6);
	expect_block(BITMARK_FOLLOWER_REMOVED, 5);
	ck_assert_uint_eq(event.digest[1], 0xaa);
	for (uint64_t number = 5; number <= 7; number++)
		expect_block(BITMARK_FOLLOWER_ADDED, number);
	ck_assert_uint_eq(event.digest[1], 0xbb);
	stop();
}
END_TEST

START_TEST(without_a_publisher_the_height_is_asked_for)
{
	struct bitmark_follower_config config;

	start();
	config = configuration(5);
	config.publisher = NULL;
	config.poll_ms = TURN_MS;
	ck_assert_int_eq(bitmark_follower_open(&follower, &config),
	    BITMARK_OK);
	expect_block(BITMARK_FOLLOWER_ADDED, 5);
	expect(BITMARK_FOLLOWER_CURRENT);
	ck_assert_uint_eq(event.number, 5);
	height = 6;
	expect_block(BITMARK_FOLLOWER_ADDED, 6);
	stop();
}
END_TEST

START_TEST(other_keys_are_told_and_tried_again)
{
	struct bitmark_follower_config config;

	start();
	config = configuration(5);
	config.publisher_key[0] ^= 1;
	ck_assert_int_eq(bitmark_follower_open(&follower, &config),
	    BITMARK_OK);
	expect_block(BITMARK_FOLLOWER_ADDED, 5);
	expect(BITMARK_FOLLOWER_PUBLISHER_FAILED);
	ck_assert_int_eq(event.status, BITMARK_E_WRONG_SERVER_KEY);
	bitmark_follower_close(follower);
	config = configuration(5);
	config.node_key[0] ^= 1;
	ck_assert_int_eq(bitmark_follower_open(&follower, &config),
	    BITMARK_OK);
	expect(BITMARK_FOLLOWER_NODE_FAILED);
	ck_assert_int_eq(event.status, BITMARK_E_WRONG_SERVER_KEY);
	stop();
}
END_TEST

START_TEST(a_cancel_ends_the_next_wait_alone)
{
	start();
	open_from(5);
	bitmark_follower_cancel(follower);
	ck_assert_int_eq(bitmark_follower_next(follower, PATIENT_MS, &event),
	    BITMARK_E_CANCELLED);
	expect_block(BITMARK_FOLLOWER_ADDED, 5);
	stop();
}
END_TEST

START_TEST(what_cannot_be_followed_is_refused_at_once)
{
	struct bitmark_follower_config config;

	start();
	config = configuration(1);
	config.chain = "nothing";
	ck_assert_int_eq(bitmark_follower_open(&follower, &config),
	    BITMARK_E_INVALID_CHAIN);
	ck_assert_ptr_null(follower);
	config = configuration(1);
	config.publisher = "127.0.0.1";
	ck_assert_int_eq(bitmark_follower_open(&follower, &config),
	    BITMARK_E_NO_PORT);
	config = configuration(1);
	config.struct_size = 8;
	ck_assert_int_eq(bitmark_follower_open(&follower, &config),
	    BITMARK_E_ARGUMENT);
	stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("follower");
	TCase *tc = tcase_create("follower");

	tcase_add_test(tc,
	    blocks_come_from_n_on_and_live_and_through_lost_connections);
	tcase_add_test(tc, without_a_publisher_the_height_is_asked_for);
	tcase_add_test(tc, other_keys_are_told_and_tried_again);
	tcase_add_test(tc, a_cancel_ends_the_next_wait_alone);
	tcase_add_test(tc, what_cannot_be_followed_is_refused_at_once);
	tcase_set_timeout(tc, 120);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
