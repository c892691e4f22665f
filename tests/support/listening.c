/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "listening.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "vectors.h"

#define CLIENTS_MAX 400
#define TEXT_MAX 256

void *listening_zmq;
void *clients_zmq;
struct bm_listener *listening;

const struct bitmark_connection listening_anywhere = {
	.address = { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 },
};

static const uint8_t private_key[BITMARK_PEER_KEY_SIZE] = { 1, 2, 3 };
static uint8_t large[LISTENING_LARGE_SIZE];
static atomic_uint answered, sent;
static atomic_uint_least64_t last_sender;
static void *clients[CLIENTS_MAX];
static size_t client_count;

static bool
is_text(struct bitmark_span frame, const char *text)
{
	return frame.size == strlen(text) &&
	    memcmp(frame.data, text, frame.size) == 0;
}

/* A reply to predict: the request's first frame, the number of its frames, and
 * its last frame. */
static size_t
answer(void *user, uint64_t sender, const struct bitmark_span *frames,
    size_t count, struct bitmark_span reply[BM_LISTENER_REPLY_FRAMES_MAX])
{
	static _Thread_local char number[32];
	size_t given = count < BM_LISTENER_REQUEST_FRAMES_MAX ? count :
	    BM_LISTENER_REQUEST_FRAMES_MAX;
	int size = snprintf(number, sizeof number, "%zu", count);

	(void)user;
	atomic_store(&last_sender, sender);
	atomic_fetch_add(&answered, 1);
	if (is_text(frames[0], LISTENING_MUTE))
		return 0;
	reply[0] = frames[0];
	reply[1] = (struct bitmark_span){ (const uint8_t *)number,
		(size_t)size };
	reply[2] = frames[given - 1];
	if (is_text(frames[0], LISTENING_LARGE))
		reply[2] = (struct bitmark_span){ large, sizeof large };
	else if (frames[0].size > TEXT_MAX)
		reply[0] = reply[2] = (struct bitmark_span){
			(const uint8_t *)"long", 4 };
	return 3;
}

static void
note_sent(void *user)
{
	(void)user;
	atomic_fetch_add(&sent, 1);
}

uint64_t
listening_sender(void)
{
	return atomic_load(&last_sender);
}

unsigned
listening_answered(void)
{
	return atomic_load(&answered);
}

unsigned
listening_sent(void)
{
	return atomic_load(&sent);
}

struct bm_listener_config
listening_config(void *zmq, const struct bitmark_connection *address)
{
	struct bm_listener_config config = {
		.zmq = zmq,
		.bind = address,
		.bind_count = 1,
		.connections_max = CLIENTS_MAX,
		.answer = answer,
		.sent = note_sent,
	};

	memcpy(config.private_key, private_key, sizeof private_key);
	return config;
}

void
listening_start_max(unsigned connections_max)
{
	struct bm_listener_config config;

	atomic_store(&answered, 0);
	atomic_store(&sent, 0);
	client_count = 0;
	listening_zmq = zmq_ctx_new();
	clients_zmq = zmq_ctx_new();
	ck_assert_ptr_nonnull(listening_zmq);
	ck_assert_ptr_nonnull(clients_zmq);
	config = listening_config(listening_zmq, &listening_anywhere);
	config.connections_max = connections_max;
	ck_assert_int_eq(bm_listener_start(&listening, &config), BITMARK_OK);
}

void
listening_start(void)
{
	listening_start_max(CLIENTS_MAX);
}

void
listening_stop(void)
{
	while (client_count > 0)
		zmq_close(clients[--client_count]);
	bm_listener_stop(listening);
	listening = NULL;
	zmq_ctx_term(clients_zmq);
	zmq_ctx_term(listening_zmq);
}

static void
set_option(void *socket, int option, int value)
{
	ck_assert_int_eq(zmq_setsockopt(socket, option, &value, sizeof value),
	    0);
}

void *
client_unconnected(int type)
{
	uint8_t own_public[BITMARK_PEER_KEY_SIZE];
	uint8_t own_private[BITMARK_PEER_KEY_SIZE];
	uint8_t server[BITMARK_PEER_KEY_SIZE];
	void *client = zmq_socket(clients_zmq, type);

	ck_assert_ptr_nonnull(client);
	ck_assert_uint_lt(client_count, CLIENTS_MAX);
	clients[client_count++] = client;
	bitmark_peer_key_public(private_key, server);
	bitmark_peer_key_generate(NULL, own_public, own_private);
	set_option(client, ZMQ_LINGER, 0);
	set_option(client, ZMQ_RCVTIMEO, LISTENING_WAIT_MS);
	set_option(client, ZMQ_SNDTIMEO, LISTENING_WAIT_MS);
	ck_assert_int_eq(zmq_setsockopt(client, ZMQ_CURVE_SERVERKEY, server,
	    sizeof server), 0);
	ck_assert_int_eq(zmq_setsockopt(client, ZMQ_CURVE_PUBLICKEY,
	    own_public, sizeof own_public), 0);
	ck_assert_int_eq(zmq_setsockopt(client, ZMQ_CURVE_SECRETKEY,
	    own_private, sizeof own_private), 0);
	return client;
}

void
listening_endpoint(char endpoint[LISTENING_ENDPOINT_SIZE])
{
	struct bitmark_connection bound;
	char text[BITMARK_CONNECTION_TEXT_MAX];

	bm_listener_bound(listening, 0, &bound);
	bitmark_connection_to_text(&bound, text);
	snprintf(endpoint, LISTENING_ENDPOINT_SIZE, "tcp://%s", text);
}

void
client_connect(void *client)
{
	char endpoint[LISTENING_ENDPOINT_SIZE];

	listening_endpoint(endpoint);
	ck_assert_int_eq(zmq_connect(client, endpoint), 0);
}

void
client_close(void *client)
{
	size_t i = 0;

	while (i < client_count && clients[i] != client)
		i++;
	ck_assert_uint_lt(i, client_count);
	clients[i] = clients[--client_count];
	zmq_close(client);
}

void *
client_new(int type)
{
	void *client = client_unconnected(type);

	client_connect(client);
	return client;
}

void
client_send(void *client, const char *text, int flags)
{
	ck_assert_int_eq(zmq_send(client, text, strlen(text), flags),
	    (int)strlen(text));
}

void
client_ask(void *client, const char *text)
{
	client_send(client, "", ZMQ_SNDMORE);
	client_send(client, text, 0);
}

void
client_expect(void *client, const char *text)
{
	char got[TEXT_MAX + 1];
	int size = zmq_recv(client, got, TEXT_MAX, 0);

	ck_assert_msg(size >= 0 && size <= TEXT_MAX, "no '%s': %s", text,
	    zmq_strerror(zmq_errno()));
	got[size] = '\0';
	ck_assert_str_eq(got, text);
}

void
client_expect_answer(void *client, const char *text)
{
	client_expect(client, "");
	client_expect(client, text);
	client_expect(client, "1");
	client_expect(client, text);
}

void
client_expect_silence(void *client)
{
	zmq_pollitem_t item = { .socket = client, .events = ZMQ_POLLIN };

	ck_assert_int_eq(zmq_poll(&item, 1, LISTENING_SILENCE_MS), 0);
}

void
expect_connections(unsigned count)
{
	struct await wait = AWAIT;
	struct bm_listener_stats stats;

	do {
		bm_listener_stats(listening, &stats);
		if (stats.connections == count)
			return;
	} while (await_again(&wait));
	ck_abort_msg("%u connections, should be %u", stats.connections,
	    count);
}

void
expect_dropped(uint64_t count)
{
	struct await wait = AWAIT;
	struct bm_listener_stats stats;

	do {
		bm_listener_stats(listening, &stats);
		if (stats.dropped >= count)
			return;
	} while (await_again(&wait));
	ck_abort_msg("%lu replies sent, %lu dropped",
	    (unsigned long)stats.requests, (unsigned long)stats.dropped);
}

bool
listening_has_sent(unsigned count)
{
	struct await wait = AWAIT;

	while (listening_sent() != count)
		if (!await_again(&wait))
			return false;
	return true;
}
