/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "readers.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "bench.h"
#include "codec/codec.h"
#include "net/curve.h"

#define THREADS 2
#define CHAIN "local"
#define NUMBER_SIZE 8
#define ENDPOINT_SIZE (sizeof "tcp://" + BITMARK_CONNECTION_TEXT_MAX)
/* A server that takes so long is broken. */
#define PATIENCE_MS 20000

struct readers {
	void *zmq;
	size_t count;
	void *socket[READERS_MAX];
};

/* The clients that one thread works for: each THREADS-th one. */
struct share {
	pthread_t thread;
	struct readers *readers;
	const struct question *question;
	size_t first, clients;
	double until;                   /* by bench_now_s */
	uint64_t replies;
};

/* --- one request -------------------------------------------------------------- */

static void
send_frame(void *socket, const void *data, size_t size, int flags)
{
	if (zmq_send(socket, data, size, flags) < 0)
		bench_fail("a request cannot be sent");
}

static void
ask(void *socket, const struct question *q)
{
	uint8_t number[NUMBER_SIZE];

	send_frame(socket, "", 0, ZMQ_SNDMORE);
	send_frame(socket, CHAIN, sizeof CHAIN - 1, ZMQ_SNDMORE);
	if (q->number == 0) {
		send_frame(socket, q->command, 1, 0);
		return;
	}
	send_frame(socket, q->command, 1, ZMQ_SNDMORE);
	bm_put_u64be(number, q->number);
	send_frame(socket, number, sizeof number, 0);
}

static void
receive_part(void *socket, zmq_msg_t *part)
{
	zmq_msg_init(part);
	if (zmq_msg_recv(part, socket, 0) < 0)
		bench_fail("no reply");
}

/* Returns the size of the second frame. */
static size_t
take_reply(void *socket, const struct question *q)
{
	zmq_msg_t delimiter, command, content;
	size_t size;

	receive_part(socket, &delimiter);
	receive_part(socket, &command);
	if (zmq_msg_size(&delimiter) != 0 || zmq_msg_size(&command) != 1 ||
	    memcmp(zmq_msg_data(&command), q->command, 1) != 0)
		bench_fail("a wrong reply");
	receive_part(socket, &content);
	size = zmq_msg_size(&content);
	if (zmq_msg_more(&content) ||
	    (q->reply_size != 0 && size != q->reply_size))
		bench_fail("a reply of another size");
	zmq_msg_close(&delimiter);
	zmq_msg_close(&command);
	zmq_msg_close(&content);
	return size;
}

/* --- clients -------------------------------------------------------------------- */

struct readers *
readers_new(const uint8_t key[BITMARK_PEER_KEY_SIZE],
    const struct bitmark_connection *address, size_t count)
{
	char text[BITMARK_CONNECTION_TEXT_MAX], endpoint[ENDPOINT_SIZE];
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	struct readers *r = calloc(1, sizeof *r);
	bitmark_status status;

	if (r == NULL || count > READERS_MAX)
		bench_fail("no readers");
	bitmark_connection_to_text(address, text);
	snprintf(endpoint, sizeof endpoint, "tcp://%s", text);
	bitmark_peer_key_generate(NULL, public_key, private_key);
	r->zmq = zmq_ctx_new();
	r->count = count;
	for (size_t i = 0; i < count; i++) {
		r->socket[i] = zmq_socket(r->zmq, ZMQ_DEALER);
		if (r->socket[i] == NULL)
			bench_fail("no socket");
		status = bm_curve_client(r->socket[i], key, public_key,
		    private_key);
		bm_net_option(r->socket[i], ZMQ_RCVTIMEO, PATIENCE_MS,
		    &status);
		bm_net_option(r->socket[i], ZMQ_SNDTIMEO, PATIENCE_MS,
		    &status);
		if (status != BITMARK_OK ||
		    zmq_connect(r->socket[i], endpoint) != 0)
			bench_fail("cannot connect");
	}
	return r;
}

void
readers_free(struct readers *readers)
{
	for (size_t i = 0; i < readers->count; i++)
		zmq_close(readers->socket[i]);
	zmq_ctx_term(readers->zmq);
	free(readers);
}

void
readers_try(struct readers *readers, struct question *question)
{
	question->reply_size = 0;
	ask(readers->socket[0], question);
	question->reply_size = take_reply(readers->socket[0], question);
}

/* A client asks again as soon as it has its reply, until time is up. */
static void *
work(void *user)
{
	struct share *s = user;
	bool more = true;

	for (size_t i = s->first; i < s->clients; i += THREADS)
		ask(s->readers->socket[i], s->question);
	while (more) {
		more = bench_now_s() < s->until;
		for (size_t i = s->first; i < s->clients; i += THREADS) {
			take_reply(s->readers->socket[i], s->question);
			s->replies++;
			if (more)
				ask(s->readers->socket[i], s->question);
		}
	}
	return NULL;
}

double
readers_rate(struct readers *readers, const struct question *question,
    size_t clients, double seconds)
{
	const double start = bench_now_s();
	struct share share[THREADS];
	uint64_t replies = 0;

	for (size_t i = 0; i < THREADS && i < clients; i++) {
		share[i] = (struct share){
			.readers = readers,
			.question = question,
			.first = i,
			.clients = clients,
			.until = start + seconds,
		};
		if (pthread_create(&share[i].thread, NULL, work,
		    &share[i]) != 0)
			bench_fail("no thread");
	}
	for (size_t i = 0; i < THREADS && i < clients; i++) {
		pthread_join(share[i].thread, NULL);
		replies += share[i].replies;
	}
	return (double)replies / (bench_now_s() - start);
}

size_t
readers_times(struct readers *readers, const struct question *question,
    size_t count, double seconds, double *us, size_t capacity)
{
	const double until = bench_now_s() + seconds;
	double start = 0;
	size_t done = 0;

	while (done < capacity && start < until) {
		const struct question *q = &question[done % count];

		start = bench_now_s();
		ask(readers->socket[0], q);
		take_reply(readers->socket[0], q);
		us[done++] = (bench_now_s() - start) * 1e6;
	}
	return done;
}
