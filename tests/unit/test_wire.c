/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A node on the wire: raw REQ sockets, with correlation of requests as v8.2's
 * clients have it and without, get the exact reply to every command.
 */
#include "../support/await.h"
#include "../support/loopback.h"
#include "../support/stores.h"

#include <bitmarkpeer/node.h>

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "codec/codec.h"

#define HEIGHT 7
#define WAIT_MS AWAIT_MS
#define CLIENTS 150
#define FRAMES_MAX 8
#define TEXT(s) ((struct bitmark_span){ (const uint8_t *)(s), sizeof(s) - 1 })
#define BYTES(b) ((struct bitmark_span){ (b), sizeof(b) })

static struct golden_chain golden;
static char *directory;
static struct bitmark_node *node;
static uint8_t public_key[BITMARK_PEER_KEY_SIZE];
static char address[LOOPBACK_TEXT_SIZE], endpoint[48];
static void *zmq;

static void
setup(void)
{
	const char *listen = address;
	struct bitmark_node_config config = {
		.struct_size = sizeof config,
		.params = bitmark_chain_params_find("local"),
		.version = "zero",
		.listen = &listen, .listen_count = 1,
		.announce = &listen, .announce_count = 1,
		.digest_workers = 1,
	};
	struct bitmark_chain *chain;

	golden = golden_chain("chain-a");
	directory = store_directory();
	chain = store_open(directory);
	store_add(chain, &golden, HEIGHT);
	bitmark_chain_close(chain);
	loopback_free_address(address);
	snprintf(endpoint, sizeof endpoint, "tcp://%s", address);
	bitmark_peer_key_generate(NULL, config.public_key,
	    config.private_key);
	memcpy(public_key, config.public_key, sizeof public_key);
	config.database = directory;
	ck_assert_int_eq(bitmark_node_start(&node, &config), BITMARK_OK);
	zmq = zmq_ctx_new();
	ck_assert_ptr_nonnull(zmq);
}

static void
teardown(void)
{
	ck_assert_int_eq(zmq_ctx_term(zmq), 0);
	bitmark_node_stop(node);
	store_remove(directory);
	golden_chain_free(&golden);
}

static void
set(void *socket, int option, int value)
{
	ck_assert_int_eq(zmq_setsockopt(socket, option, &value, sizeof value),
	    0);
}

/* A REQ client with a key of its own; correlated: as v8.2's. */
static void *
client(bool correlated)
{
	uint8_t own_public[BITMARK_PEER_KEY_SIZE];
	uint8_t own_private[BITMARK_PEER_KEY_SIZE];
	void *socket = zmq_socket(zmq, ZMQ_REQ);

	ck_assert_ptr_nonnull(socket);
	bitmark_peer_key_generate(NULL, own_public, own_private);
	set(socket, ZMQ_LINGER, 0);
	set(socket, ZMQ_RCVTIMEO, WAIT_MS);
	set(socket, ZMQ_SNDTIMEO, WAIT_MS);
	set(socket, ZMQ_IMMEDIATE, 1);
	if (correlated) {
		set(socket, ZMQ_REQ_CORRELATE, 1);
		set(socket, ZMQ_REQ_RELAXED, 1);
		ck_assert_int_eq(zmq_setsockopt(socket, ZMQ_ROUTING_ID,
		    own_public, sizeof own_public), 0);
	}
	ck_assert_int_eq(zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY,
	    public_key, sizeof public_key), 0);
	ck_assert_int_eq(zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY,
	    own_public, sizeof own_public), 0);
	ck_assert_int_eq(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY,
	    own_private, sizeof own_private), 0);
	ck_assert_int_eq(zmq_connect(socket, endpoint), 0);
	return socket;
}

static void
send_frames(void *socket, const struct bitmark_span *frame, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(zmq_send(socket, frame[i].data,
		    frame[i].size, i + 1 < count ? ZMQ_SNDMORE : 0),
		    (int)frame[i].size);
}

/* The reply is exactly these frames. */
static void
expect(void *socket, const struct bitmark_span *frame, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		zmq_msg_t part;

		ck_assert_int_eq(zmq_msg_init(&part), 0);
		ck_assert_int_ge(zmq_msg_recv(&part, socket, 0), 0);
		ck_assert_uint_eq(zmq_msg_size(&part), frame[i].size);
		ck_assert(memcmp(zmq_msg_data(&part), frame[i].data,
		    frame[i].size) == 0);
		ck_assert_int_eq(zmq_msg_more(&part), i + 1 < count);
		zmq_msg_close(&part);
	}
}

/* "local", a command, up to two parameters; the two frames of the reply. */
static void
ask(void *socket, const char *command, struct bitmark_span a,
    struct bitmark_span b, const char *kind, struct bitmark_span answer)
{
	const struct bitmark_span request[] = {
		TEXT("local"), bm_span_of(command), a, b,
	};
	const struct bitmark_span reply[] = { bm_span_of(kind), answer };
	size_t count = b.data != NULL ? 4 : a.data != NULL ? 3 : 2;

	send_frames(socket, request, count);
	expect(socket, reply, 2);
}

static const struct bitmark_span none;

START_TEST(every_query_gets_its_exact_reply)
{
	void *c = client(_i == 1);
	const struct golden_block *block = golden_block(&golden, 5);
	struct bitmark_span packed = { block->data, block->size };
	uint8_t number[8], height[8];

	bm_put_u64be(height, HEIGHT);
	ask(c, "N", none, none, "N", BYTES(height));
	ask(c, "I", none, none, "I", TEXT("{\"version\":\"zero\","
	    "\"chain\":\"local\",\"normal\":true,\"height\":7}"));
	bm_put_u64be(number, 5);
	ask(c, "B", BYTES(number), none, "B", packed);
	ask(c, "H", BYTES(number), none, "H", BYTES(block->digest));
	ask(c, "B", none, none, "E", TEXT("missing parameters"));
	ask(c, "H", none, none, "E", TEXT("missing parameters"));
	ask(c, "B", BYTES(number), BYTES(number), "E",
	    TEXT("missing parameters"));
	ask(c, "H", TEXT("1234567"), none, "E", TEXT("block not found"));
	bm_put_u64be(number, HEIGHT + 1);
	ask(c, "B", BYTES(number), none, "E", TEXT("block not found"));
	ask(c, "H", BYTES(number), none, "E", TEXT("block not found"));
	bm_put_u64be(number, 1);
	ask(c, "B", BYTES(number), none, "E", TEXT("block not found"));
	ask(c, "H", BYTES(number), none, "H", BYTES(
	    bitmark_chain_params_find("local")->genesis_digest));
	ask(c, "R", none, none, "E", TEXT("missing parameters"));
	ck_assert_int_eq(zmq_close(c), 0);
}
END_TEST

START_TEST(every_push_is_acknowledged)
{
	static const char *const commands[] = {
		"block", "assets", "issues", "transfer", "proof", "rpc",
		"peer", "heart", "n", "nonsense", "E", "",
	};
	void *c = client(_i == 1);

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		ask(c, commands[i], TEXT("any bytes"), none, commands[i],
		    TEXT("A"));
		ask(c, commands[i], none, none, commands[i], TEXT("A"));
	}
	ck_assert_int_eq(zmq_close(c), 0);
}
END_TEST

START_TEST(wrong_framing_gets_the_texts_of_v8_2)
{
	void *c = client(_i == 1);
	const struct bitmark_span one[] = { TEXT("local") };
	const struct bitmark_span other[] = { TEXT("bit\"mark\n"), TEXT("N") };
	const struct bitmark_span short_reply[] = {
		TEXT("E"), TEXT("packet too short") };
	const struct bitmark_span other_reply[] = {
		TEXT("E"), TEXT("invalid chain: actual: \"bit\\\"mark\\n\""
		    "  expect: local") };

	send_frames(c, one, 1);
	expect(c, short_reply, 2);
	send_frames(c, other, 2);
	expect(c, other_reply, 2);
	ck_assert_int_eq(zmq_close(c), 0);
}
END_TEST

START_TEST(a_registration_is_answered_with_a_peer)
{
	void *c = client(_i == 1);
	uint8_t key[BITMARK_PEER_KEY_SIZE] = { 7 }, now[8], stamp[8];
	uint8_t entry[BITMARK_CONNECTION_V6_SIZE];
	struct bitmark_connection own;
	struct bitmark_span request[] = {
		TEXT("local"), TEXT("R"), TEXT("local"), BYTES(key),
		BYTES(entry), BYTES(now),
	};

	ck_assert_int_eq(bitmark_connection_from_text(address,
	    strlen(address), &own), BITMARK_OK);
	bitmark_connection_pack(&own, entry);
	bm_put_u64be(now, (uint64_t)time(NULL));
	send_frames(c, request, 6);
	{
		const struct bitmark_span reply[] = {
			TEXT("R"), TEXT("local"), BYTES(public_key),
			BYTES(entry),
		};
		zmq_msg_t part;

		/* The node knows no third peer, and names itself, with the
		 * current time. */
		for (size_t i = 0; i < 4; i++) {
			ck_assert_int_eq(zmq_msg_init(&part), 0);
			ck_assert_int_ge(zmq_msg_recv(&part, c, 0), 0);
			ck_assert_uint_eq(zmq_msg_size(&part),
			    reply[i].size);
			ck_assert_mem_eq(zmq_msg_data(&part), reply[i].data,
			    reply[i].size);
			zmq_msg_close(&part);
		}
	}
	ck_assert_int_eq(zmq_recv(c, stamp, sizeof stamp, 0), 8);
	ck_assert_uint_ge(bm_get_u64be(stamp), bm_get_u64be(now));

	request[2] = TEXT("testing");
	send_frames(c, request, 6);
	expect(c, (struct bitmark_span[]){ TEXT("E"),
	    TEXT("incorrect chain") }, 2);
	request[2] = TEXT("local");
	request[5].size = 7;
	send_frames(c, request, 6);
	expect(c, (struct bitmark_span[]){ TEXT("E"),
	    TEXT("invalid timestamp") }, 2);
	request[5].size = 8;
	request[3].size = 31;
	send_frames(c, request, 6);
	expect(c, (struct bitmark_span[]){ TEXT("E"),
	    TEXT("invalid public key") }, 2);
	ck_assert_int_eq(zmq_close(c), 0);
}
END_TEST

START_TEST(a_hundred_and_fifty_clients_at_once_get_each_their_reply)
{
	void *c[CLIENTS];
	uint8_t number[8];

	for (int i = 0; i < CLIENTS; i++)
		c[i] = client(i % 2 == 0);
	for (int i = 0; i < CLIENTS; i++) {
		const struct bitmark_span request[] = {
			TEXT("local"), TEXT("B"), BYTES(number),
		};

		bm_put_u64be(number, 2 + (uint64_t)i % (HEIGHT - 1));
		send_frames(c[i], request, 3);
	}
	for (int i = CLIENTS - 1; i >= 0; i--) {
		const struct golden_block *block = golden_block(&golden,
		    2 + (uint64_t)i % (HEIGHT - 1));
		const struct bitmark_span reply[] = {
			TEXT("B"), { block->data, block->size },
		};

		expect(c[i], reply, 2);
		ck_assert_int_eq(zmq_close(c[i]), 0);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("wire");
	TCase *tc = tcase_create("wire");

	vectors_keep("chain-a.json");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, every_query_gets_its_exact_reply, 0, 2);
	tcase_add_loop_test(tc, every_push_is_acknowledged, 0, 2);
	tcase_add_loop_test(tc, wrong_framing_gets_the_texts_of_v8_2, 0, 2);
	tcase_add_loop_test(tc, a_registration_is_answered_with_a_peer, 0, 2);
	tcase_add_test(tc,
	    a_hundred_and_fifty_clients_at_once_get_each_their_reply);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
