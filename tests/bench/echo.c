/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "echo.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <zmq.h>

#include "bench.h"
#include "net/bind.h"
#include "net/curve.h"

/* As the listener's. */
#define WAITING_REQUESTS 64

/* Frames of a request that go back. */
enum { WHO, DELIMITER, CHAIN, COMMAND, KEPT };

struct echo {
	void *zmq;
	void *router;
	pthread_t thread;
	atomic_size_t size;
	uint8_t *bytes;
};

/* Returns false when the context is shut down. */
static bool
answer(struct echo *e)
{
	zmq_msg_t kept[KEPT], part;
	size_t count = 0;
	bool more;

	do {
		zmq_msg_t *place = count < KEPT ? &kept[count] : &part;

		zmq_msg_init(place);
		if (zmq_msg_recv(place, e->router, 0) < 0)
			return false;
		more = zmq_msg_more(place) != 0;
		if (place == &part)
			zmq_msg_close(&part);
		count++;
	} while (more);
	if (count < KEPT)
		bench_fail("not a request");
	zmq_msg_close(&kept[CHAIN]);
	return zmq_msg_send(&kept[WHO], e->router, ZMQ_SNDMORE) >= 0 &&
	    zmq_msg_send(&kept[DELIMITER], e->router, ZMQ_SNDMORE) >= 0 &&
	    zmq_msg_send(&kept[COMMAND], e->router, ZMQ_SNDMORE) >= 0 &&
	    zmq_send_const(e->router, e->bytes, atomic_load(&e->size), 0) >= 0;
}

static void *
run(void *echo)
{
	while (answer(echo))
		;
	return NULL;
}

struct echo *
echo_start(uint8_t key[BITMARK_PEER_KEY_SIZE],
    struct bitmark_connection *address)
{
	const struct bitmark_connection want = { .address = {
	    [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 } };
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	struct echo *e = calloc(1, sizeof *e);
	bitmark_status status;

	if (e == NULL || (e->bytes = calloc(1, ECHO_BYTES_MAX)) == NULL)
		bench_fail("no memory");
	bitmark_peer_key_generate(NULL, key, private_key);
	e->zmq = zmq_ctx_new();
	e->router = zmq_socket(e->zmq, ZMQ_ROUTER);
	status = bm_curve_server(e->zmq, e->router, private_key, "echo");
	bm_net_option(e->router, ZMQ_ROUTER_MANDATORY, 1, &status);
	bm_net_option(e->router, ZMQ_RCVHWM, WAITING_REQUESTS, &status);
	if (status == BITMARK_OK)
		status = bm_bind_socket(e->router, &want, address);
	if (status != BITMARK_OK ||
	    pthread_create(&e->thread, NULL, run, e) != 0)
		bench_fail("no echo");
	return e;
}

void
echo_stop(struct echo *echo)
{
	zmq_ctx_shutdown(echo->zmq);
	pthread_join(echo->thread, NULL);
	zmq_close(echo->router);
	zmq_ctx_term(echo->zmq);
	free(echo->bytes);
	free(echo);
}

void
echo_size(struct echo *echo, size_t size)
{
	if (size > ECHO_BYTES_MAX)
		bench_fail("the echo has not so many bytes");
	atomic_store(&echo->size, size);
}
