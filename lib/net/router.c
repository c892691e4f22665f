/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * One message of a ROUTER, treated as a REP socket treats it.
 * Source: bitmarkd v8.2 zmqutil/socket.go; libzmq rep_t
 */
#include "net/router.h"

#include <errno.h>
#include <stdlib.h>

#include "net/wire.h"

/* Messages of one client that wait unread; then its connection waits. */
#define WAITING_REQUESTS 64
/* A client that does not read for so long is cut off.
 * Source: bitmarkd v8.2 zmqutil/socket.go, send timeout */
#define UNREAD_MS 120000

/* A ROUTER throws replies away without a word when the client is gone or does
 * not read; MANDATORY makes it say so, and the reply is counted as dropped.
 * TCP_MAXRT has the system end the connection of a client that does not
 * read. */
bitmark_status
bm_router_open(void *zmq, const uint8_t private_key[BITMARK_PEER_KEY_SIZE],
    const char *domain, int waiting_replies, void **router)
{
	bitmark_status status;

	*router = zmq_socket(zmq, ZMQ_ROUTER);
	if (*router == NULL)
		return bm_net_status(errno);
	status = bm_curve_server(zmq, *router, private_key, domain);
	bm_net_option(*router, ZMQ_ROUTER_MANDATORY, 1, &status);
	bm_net_option(*router, ZMQ_RCVHWM, WAITING_REQUESTS, &status);
	bm_net_option(*router, ZMQ_SNDHWM, waiting_replies, &status);
	bm_net_option(*router, ZMQ_TCP_MAXRT, UNREAD_MS, &status);
	/* Admission cuts off those that let us wait; libzmq's limit counts
	 * the time that they wait for us, too. */
	bm_net_option(*router, ZMQ_HANDSHAKE_IVL, BM_WIRE_COUNTS ?
	    BM_ADMISSION_HANDSHAKE_MAX_MS : BM_ROUTER_HANDSHAKE_MS,
	    &status);
	return status;
}

/* Receive one part; returns its size or -1.  A signal may interrupt any call of
 * libzmq, also one that does not wait. */
static int
receive_part(void *router, zmq_msg_t *part)
{
	int size;

	do
		size = zmq_msg_recv(part, router, ZMQ_DONTWAIT);
	while (size < 0 && errno == EINTR);
	return size;
}

/* Put ${part} where it belongs, or leave it to be thrown away. */
static void
keep_part(struct bm_request *m, zmq_msg_t *part)
{
	const bool is_client_id = m->envelope_count == 0;
	zmq_msg_t *place = NULL;

	if (m->delimited) {
		m->count++;
		if (m->frame_count < BM_ROUTER_FRAMES_MAX)
			place = &m->frame[m->frame_count++];
	} else {
		m->delimited = !is_client_id && zmq_msg_size(part) == 0;
		if (!is_client_id)
			m->envelope_bytes += zmq_msg_size(part);
		if (m->envelope_bytes <= BM_ROUTER_ENVELOPE_BYTES_MAX &&
		    m->envelope_count < sizeof m->envelope /
		    sizeof m->envelope[0])
			place = &m->envelope[m->envelope_count++];
		else
			m->refused = true;
	}
	if (place != NULL) {
		zmq_msg_init(place);
		zmq_msg_move(place, part);
	}
}

/* Not the ROUTER's own part.  All others came by one connection: asking which
 * takes a while. */
static void
count_part(struct bm_admission *admission, struct bm_request *m,
    zmq_msg_t *part)
{
	if (m->envelope_count == 0)
		return;
	if (m->fd < 0)
		m->fd = zmq_msg_get(part, ZMQ_SRCFD);
	bm_admission_deliver(admission, m->fd, zmq_msg_size(part));
}

/* libzmq hands over a message only when all of it has come, so the loop does
 * not wait in the middle; parts beyond those that are kept are read all the
 * same, or they would be taken for the next message. */
bool
bm_router_receive(void *router, struct bm_admission *admission,
    struct bm_request *m)
{
	zmq_msg_t part;
	bool more;

	m->envelope_count = m->frame_count = m->count = 0;
	m->envelope_bytes = 0;
	m->fd = -1;
	m->delimited = m->refused = false;
	do {
		zmq_msg_init(&part);
		if (receive_part(router, &part) < 0) {
			zmq_msg_close(&part);
			return m->envelope_count != 0;
		}
		more = zmq_msg_more(&part) != 0;
		count_part(admission, m, &part);
		keep_part(m, &part);
		zmq_msg_close(&part);
	} while (more);
	return true;
}

static bool
send_parts(void *router, zmq_msg_t *parts, size_t count, bool last)
{
	for (size_t i = 0; i < count; i++) {
		int flags = ZMQ_DONTWAIT |
		    (last && i + 1 == count ? 0 : ZMQ_SNDMORE);
		int sent;

		do
			sent = zmq_msg_send(&parts[i], router, flags);
		while (sent < 0 && errno == EINTR);
		if (sent < 0)
			return false;
	}
	return true;
}

static void
close_all(zmq_msg_t *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		zmq_msg_close(&parts[i]);
}

/* A message that was sent is empty, and is closed like the others. */
bool
bm_router_send(void *router, struct bm_request *m, zmq_msg_t *frames,
    size_t count)
{
	const bool sent = send_parts(router, m->envelope, m->envelope_count,
	    false) && send_parts(router, frames, count, true);

	close_all(frames, count);
	return sent;
}

struct bm_request *
bm_request_new(void)
{
	return calloc(1, sizeof(struct bm_request));
}

void
bm_request_clear(struct bm_request *m)
{
	close_all(m->envelope, m->envelope_count);
	close_all(m->frame, m->frame_count);
	m->envelope_count = m->frame_count = 0;
}

void
bm_request_free(struct bm_request *m)
{
	if (m != NULL)
		bm_request_clear(m);
	free(m);
}

bool
bm_request_is_whole(const struct bm_request *m)
{
	return m->delimited && !m->refused && m->count != 0;
}
