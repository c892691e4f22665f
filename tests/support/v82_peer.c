/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "v82_peer.h"

#include <bitmarkpeer/codec.h>

#include <arpa/inet.h>
#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#define NUMBER_SIZE 8
/* Frames of a request before its parameters: chain and command. */
#define HEAD 2

static void
put_number(uint8_t out[NUMBER_SIZE], uint64_t number)
{
	for (int i = 0; i < NUMBER_SIZE; i++)
		out[i] = (uint8_t)(number >> (56 - 8 * i));
}

static uint64_t
get_number(struct bitmark_span in)
{
	uint64_t number = 0;

	for (size_t i = 0; i < in.size; i++)
		number = number << 8 | in.data[i];
	return number;
}

static bool
same(struct bitmark_span a, const void *data, size_t size)
{
	return a.size == size && (size == 0 || memcmp(a.data, data, size) == 0);
}

static bool
is_text(struct bitmark_span a, const char *text)
{
	return same(a, text, strlen(text));
}

/*
 * Serving.
 */

static struct v82_peer *
peer_of(struct raw_node *node)
{
	return (struct v82_peer *)(void *)((char *)node -
	    offsetof(struct v82_peer, server));
}

static void
error(struct raw_node *node, const struct raw_message *request,
    const char *text)
{
	raw_reply_text(node, "E", text, NULL);
	raw_answer(node, request);
}

/* Do nothing for a while, or until the node is stopped. */
static void
pause_for(struct raw_node *node, long ms)
{
	zmq_pollitem_t stop = { NULL, node->stop[0], ZMQ_POLLIN, 0 };

	(void)zmq_poll(&stop, 1, ms);
}

static void
give_block(struct v82_peer *peer, const struct raw_message *request,
    const struct golden_block *block)
{
	uint8_t *bad = malloc(block->size);

	ck_assert_ptr_nonnull(bad);
	memcpy(bad, block->data, block->size);
	if (peer->manner == V82_BAD_BLOCKS)
		bad[50] ^= 1;
	raw_reply_bytes(&peer->server, "B", bad, block->size);
	raw_answer(&peer->server, request);
	free(bad);
	peer->served++;
}

static const char *
name_of(const struct v82_peer *peer)
{
	return peer->name != NULL ? peer->name : "local";
}

/* Answer B or H for a block that the peer holds.  It knows the digest of
 * genesis but, like every node, not the block itself. */
static void
answer_number(struct v82_peer *peer, const struct raw_message *request,
    const char *command)
{
	const uint64_t number = request->count == HEAD + 1 &&
	    request->frame[HEAD].size == NUMBER_SIZE ?
	    get_number(request->frame[HEAD]) : 0;
	const struct golden_block *block;

	if (command[0] == 'H' && number == 1) {
		raw_reply_bytes(&peer->server, "H", bitmark_chain_params_find(
		    name_of(peer))->genesis_digest, BITMARK_DIGEST_SIZE);
		raw_answer(&peer->server, request);
		return;
	}
	if (number < 2 || number > peer->height) {
		error(&peer->server, request, "block not found");
		return;
	}
	block = golden_block(peer->chain, number);
	if (command[0] == 'H') {
		raw_reply_bytes(&peer->server, "H", block->digest,
		    sizeof block->digest);
		raw_answer(&peer->server, request);
		return;
	}
	give_block(peer, request, block);
}

static void
remember(struct v82_peer *peer, const struct raw_message *request)
{
	struct raw_message *kept = &peer->pushed[peer->pushed_count++];

	ck_assert_uint_le(peer->pushed_count, V82_PUSHED_MAX);
	for (size_t i = 1; i < request->count; i++) {
		const struct bitmark_span *frame = &request->frame[i];
		uint8_t *copy = malloc(frame->size + 1);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, frame->data, frame->size);
		kept->frame[kept->count++] = (struct bitmark_span){ copy,
			frame->size };
	}
}

static void
acknowledge(struct v82_peer *peer, const struct raw_message *request)
{
	struct raw_node *node = &peer->server;

	remember(peer, request);
	node->reply.frame[0] = request->frame[1];
	node->reply.frame[1] = (struct bitmark_span){ (const uint8_t *)"A", 1 };
	node->reply.count = 2;
	raw_answer(node, request);
}

/* Answer as v8.2 does. */
static void
answer_honestly(struct v82_peer *peer, const struct raw_message *request)
{
	struct raw_node *node = &peer->server;
	uint8_t number[NUMBER_SIZE];

	if (is_text(request->frame[1], "R")) {
		/* It never knows a third peer. */
		error(node, request, "invalid public key");
	} else if (is_text(request->frame[1], "N")) {
		put_number(number, peer->claimed);
		raw_reply_bytes(node, "N", number, sizeof number);
		raw_answer(node, request);
	} else if (is_text(request->frame[1], "H")) {
		answer_number(peer, request, "H");
	} else if (is_text(request->frame[1], "B")) {
		answer_number(peer, request, "B");
	} else {
		acknowledge(peer, request);
	}
}

/* Requests are counted before the answer: a test that has the answer can rely
 * on the count. */
static void
count(struct v82_peer *peer, struct bitmark_span command)
{
	if (is_text(command, "R"))
		peer->registered++;
	if (is_text(command, "N"))
		peer->polled++;
}

static bool
vanishes(const struct v82_peer *peer, const struct raw_message *request)
{
	return peer->manner == V82_VANISHES && request->count == HEAD + 1 &&
	    is_text(request->frame[1], "B") &&
	    get_number(request->frame[HEAD]) >= peer->last;
}

static void
answer(struct raw_node *node, const struct raw_message *request)
{
	struct v82_peer *peer = peer_of(node);
	enum v82_manner manner;
	bool gone;

	ck_assert_uint_ge(request->count, HEAD);
	ck_assert(is_text(request->frame[0], name_of(peer)));
	pthread_mutex_lock(&peer->lock);
	count(peer, request->frame[1]);
	manner = peer->manner;
	gone = vanishes(peer, request);
	if (gone) {
		raw_die(node);
		peer->vanished = true;
	}
	pthread_mutex_unlock(&peer->lock);
	if (gone) {
		pause_for(node, -1);
		return;
	}
	if (manner == V82_LATE ||
	    (manner == V82_SLOW && is_text(request->frame[1], "B")))
		pause_for(node, (long)peer->pause_ms);
	if (manner == V82_ERRORS) {
		error(node, request, "no luck today");
		return;
	}
	if (manner == V82_RUBBISH) {
		raw_reply_text(node, "", "\xff\xfe", "rubbish", "", NULL);
		raw_answer(node, request);
		return;
	}
	pthread_mutex_lock(&peer->lock);
	answer_honestly(peer, request);
	pthread_mutex_unlock(&peer->lock);
}

void
v82_init(struct v82_peer *peer, const struct golden_chain *chain,
    uint64_t height)
{
	memset(peer, 0, sizeof *peer);
	raw_init(&peer->server, answer);
	peer->server.kind = RAW_REP;
	peer->chain = chain;
	peer->height = peer->claimed = height;
	pthread_mutex_init(&peer->lock, NULL);
}

void
v82_fini(struct v82_peer *peer)
{
	while (peer->pushed_count > 0)
		raw_free_message(&peer->pushed[--peer->pushed_count]);
	raw_fini(&peer->server);
	pthread_mutex_destroy(&peer->lock);
}

void
v82_start(struct v82_peer *peer)
{
	const uint8_t entry[] = { 7, 0, 0, 127, 0, 0, 1 };
	unsigned port;

	raw_start(&peer->server);
	ck_assert_int_eq(sscanf(peer->server.address, "127.0.0.1:%u", &port),
	    1);
	memcpy(peer->packed_address, entry, sizeof entry);
	peer->packed_address[1] = (uint8_t)(port >> 8);
	peer->packed_address[2] = (uint8_t)port;
}

void
v82_stop(struct v82_peer *peer)
{
	raw_stop(&peer->server);
}

void
v82_set(struct v82_peer *peer, enum v82_manner manner, uint64_t claimed)
{
	pthread_mutex_lock(&peer->lock);
	peer->manner = manner;
	peer->claimed = claimed;
	pthread_mutex_unlock(&peer->lock);
}

bool
v82_waits(struct v82_peer *peer, const unsigned *counter, unsigned enough)
{
	struct await wait = AWAIT;
	bool good;

	do {
		pthread_mutex_lock(&peer->lock);
		good = *counter >= enough;
		pthread_mutex_unlock(&peer->lock);
	} while (!good && await_again(&wait));
	return good;
}

bool
v82_waits_vanished(struct v82_peer *peer)
{
	struct await wait = AWAIT;
	bool gone;

	do {
		pthread_mutex_lock(&peer->lock);
		gone = peer->vanished;
		pthread_mutex_unlock(&peer->lock);
	} while (!gone && await_again(&wait));
	return gone;
}

static bool
is_message(const struct raw_message *m, const char *command,
    const struct bitmark_span *parameter, size_t parameters)
{
	if (m->count != parameters + 1 || !is_text(m->frame[0], command))
		return false;
	for (size_t i = 0; i < parameters; i++)
		if (!same(m->frame[i + 1], parameter[i].data,
		    parameter[i].size))
			return false;
	return true;
}

bool
v82_was_pushed(struct v82_peer *peer, const char *command,
    const struct bitmark_span *parameter, size_t parameters)
{
	struct await wait = AWAIT;
	bool found = false;

	do {
		pthread_mutex_lock(&peer->lock);
		for (size_t i = 0; i < peer->pushed_count && !found; i++)
			found = is_message(&peer->pushed[i], command,
			    parameter, parameters);
		pthread_mutex_unlock(&peer->lock);
	} while (!found && await_again(&wait));
	return found;
}

unsigned
v82_pushed(struct v82_peer *peer, const char *command)
{
	unsigned found = 0;

	pthread_mutex_lock(&peer->lock);
	for (size_t i = 0; i < peer->pushed_count; i++)
		found += is_text(peer->pushed[i].frame[0], command);
	pthread_mutex_unlock(&peer->lock);
	return found;
}

/*
 * Asking.
 */

void
v82_dial(struct v82_line *line, const struct v82_peer *as,
    const char *address, const uint8_t key[BITMARK_PEER_KEY_SIZE])
{
	char endpoint[RAW_ADDRESS_SIZE + sizeof "tcp://"];
	uint8_t identity[BITMARK_PEER_KEY_SIZE], unused[BITMARK_PEER_KEY_SIZE];
	const int one = 1;

	memset(line, 0, sizeof *line);
	/* The identity is random, and must not begin with a zero, which libzmq
	 * keeps for its own. */
	bitmark_peer_key_generate(NULL, identity, unused);
	identity[0] |= 1;
	line->zmq = zmq_ctx_new();
	ck_assert_ptr_nonnull(line->zmq);
	line->socket = zmq_socket(line->zmq, ZMQ_REQ);
	ck_assert_ptr_nonnull(line->socket);
	raw_set_v82(line->socket, V82_PATIENCE_MS);
	zmq_setsockopt(line->socket, ZMQ_REQ_CORRELATE, &one, sizeof one);
	zmq_setsockopt(line->socket, ZMQ_REQ_RELAXED, &one, sizeof one);
	zmq_setsockopt(line->socket, ZMQ_ROUTING_ID, identity,
	    sizeof identity);
	zmq_setsockopt(line->socket, ZMQ_CURVE_PUBLICKEY,
	    as->server.public_key, BITMARK_PEER_KEY_SIZE);
	zmq_setsockopt(line->socket, ZMQ_CURVE_SECRETKEY,
	    as->server.private_key, BITMARK_PEER_KEY_SIZE);
	ck_assert_int_eq(zmq_setsockopt(line->socket, ZMQ_CURVE_SERVERKEY,
	    key, BITMARK_PEER_KEY_SIZE), 0);
	snprintf(endpoint, sizeof endpoint, "tcp://%s", address);
	ck_assert_int_eq(zmq_connect(line->socket, endpoint), 0);
}

void
v82_hang_up(struct v82_line *line)
{
	raw_free_message(&line->reply);
	ck_assert_int_eq(zmq_close(line->socket), 0);
	ck_assert_int_eq(zmq_ctx_term(line->zmq), 0);
}

bool
v82_request(struct v82_line *line, const struct bitmark_span *frame,
    size_t frames, int timeout_ms)
{
	ck_assert_int_eq(zmq_setsockopt(line->socket, ZMQ_RCVTIMEO,
	    &timeout_ms, sizeof timeout_ms), 0);
	raw_free_message(&line->reply);
	for (size_t i = 0; i < frames; i++)
		ck_assert_int_ge(zmq_send(line->socket, frame[i].data,
		    frame[i].size, i + 1 < frames ? ZMQ_SNDMORE : 0), 0);
	return raw_receive(line->socket, &line->reply);
}

void
v82_ask(struct v82_line *line, const char *command,
    const struct bitmark_span *parameter, size_t parameters)
{
	struct bitmark_span frame[RAW_FRAMES_MAX] = {
		{ (const uint8_t *)"local", 5 },
		{ (const uint8_t *)command, strlen(command) },
	};

	ck_assert_uint_le(HEAD + parameters, RAW_FRAMES_MAX);
	for (size_t i = 0; i < parameters; i++)
		frame[HEAD + i] = parameter[i];
	ck_assert_msg(v82_request(line, frame, HEAD + parameters,
	    V82_PATIENCE_MS), "no reply to %s", command);
}

void
v82_expect(const struct v82_line *line, size_t frame, const void *data,
    size_t size)
{
	ck_assert_uint_lt(frame, line->reply.count);
	ck_assert_uint_eq(line->reply.frame[frame].size, size);
	if (size != 0)
		ck_assert_mem_eq(line->reply.frame[frame].data, data, size);
}

void
v82_push(struct v82_line *line, const char *command,
    const struct bitmark_span *parameter, size_t parameters)
{
	v82_ask(line, command, parameter, parameters);
	ck_assert_uint_eq(line->reply.count, 2);
	v82_expect(line, 0, command, strlen(command));
	v82_expect(line, 1, "A", 1);
}

void
v82_register(struct v82_line *line, const struct v82_peer *as)
{
	uint8_t now[NUMBER_SIZE];
	const struct bitmark_span parameter[] = {
		{ (const uint8_t *)"local", 5 },
		{ as->server.public_key, BITMARK_PEER_KEY_SIZE },
		{ as->packed_address, sizeof as->packed_address },
		{ now, sizeof now },
	};

	put_number(now, (uint64_t)time(NULL));
	v82_ask(line, "R", parameter, 4);
	ck_assert_uint_eq(line->reply.count, 5);
	v82_expect(line, 0, "R", 1);
	v82_expect(line, 1, "local", 5);
	ck_assert_uint_eq(line->reply.frame[2].size, BITMARK_PEER_KEY_SIZE);
	ck_assert_uint_eq(line->reply.frame[4].size, NUMBER_SIZE);
}

uint64_t
v82_height(struct v82_line *line)
{
	v82_ask(line, "N", NULL, 0);
	ck_assert_uint_eq(line->reply.count, 2);
	v82_expect(line, 0, "N", 1);
	ck_assert_uint_eq(line->reply.frame[1].size, NUMBER_SIZE);
	return get_number(line->reply.frame[1]);
}
