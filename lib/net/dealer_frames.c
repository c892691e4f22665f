/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Requests and replies: the envelope of a REQ socket with REQ_CORRELATE.
 * Source: bitmark-protocol(7), Frames; bitmarkd v8.2 zmqutil/client.go Send,
 * Receive
 */
#include "net/dealer_impl.h"

#include <bitmarkpeer/os.h>

#include <errno.h>
#include <string.h>

#include "net/curve.h"
#include "net/wire.h"

/* Messages that are looked at in one call, so that a flood of useless ones
 * does not keep the caller. */
#define LOOK_MAX 64

static bool
is_writable(const struct bm_dealer *d)
{
	int events = 0;
	size_t size = sizeof events;

	/* libzmq's thread tells the socket of a new connection by a command,
	 * which it takes in when it is asked for events: only then it can be
	 * written to. */
	return d->state == BM_DEALER_CONNECTED &&
	    zmq_getsockopt(d->socket, ZMQ_EVENTS, &events, &size) == 0 &&
	    (events & ZMQ_POLLOUT) != 0;
}

/* Sticky: nothing is sent after the first failure. */
static void
send_frame(void *socket, const void *data, size_t size, int more,
    bitmark_status *status)
{
	int sent;

	if (*status != BITMARK_OK)
		return;
	do {
		sent = zmq_send(socket, size == 0 ? "" : data, size,
		    ZMQ_DONTWAIT | more);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		*status = errno == ENOMEM ? BITMARK_E_NOMEM : errno == EAGAIN ?
		    BITMARK_E_NO_CONNECTION : BITMARK_E_NET;
}

/* The envelope of a request. */
static void
send_envelope(struct bm_dealer *d, bitmark_status *status)
{
	send_frame(d->socket, &d->next_id, sizeof d->next_id, ZMQ_SNDMORE,
	    status);
	send_frame(d->socket, NULL, 0, ZMQ_SNDMORE, status);
}

/* A message whose first frames libzmq has taken has to be finished, or the next
 * one would become part of it.  A DEALER that is writable takes a whole
 * message, so a failure in the middle is lack of memory, and the socket is
 * given up. */
static bitmark_status
end_send(struct bm_dealer *d, bitmark_status status, uint32_t *id)
{
	if (status != BITMARK_OK) {
		/* Half a message may be in the socket: never use it again. */
		bm_dealer_lose(d, bitmark_clock_ms());
		return status;
	}
	*id = d->next_id++;
	return BITMARK_OK;
}

bitmark_status
bm_dealer_send_alone(struct bm_dealer *d, struct bitmark_span frame,
    uint32_t *id)
{
	bitmark_status status = BITMARK_OK;

	if (!is_writable(d))
		return BITMARK_E_NO_CONNECTION;
	send_envelope(d, &status);
	send_frame(d->socket, frame.data, frame.size, 0, &status);
	return end_send(d, status, id);
}

bitmark_status
bm_dealer_send(struct bm_dealer *d, const char *command,
    const struct bitmark_span *parameters, size_t count, uint32_t *id)
{
	bitmark_status status = BITMARK_OK;

	if (!is_writable(d))
		return BITMARK_E_NO_CONNECTION;
	send_envelope(d, &status);
	send_frame(d->socket, d->chain, strlen(d->chain), ZMQ_SNDMORE,
	    &status);
	send_frame(d->socket, command, strlen(command),
	    count == 0 ? 0 : ZMQ_SNDMORE, &status);
	for (size_t i = 0; i < count; i++)
		send_frame(d->socket, parameters[i].data, parameters[i].size,
		    i + 1 == count ? 0 : ZMQ_SNDMORE, &status);
	return end_send(d, status, id);
}

void
bm_dealer_release(struct bm_dealer *d)
{
	while (d->held_count > 0)
		(void)zmq_msg_close(&d->held[--d->held_count]);
}

/* One frame, ${frame} is new; zmq_msg_close when BITMARK_OK.
 * BITMARK_E_NOT_FOUND: none is waiting. */
static bitmark_status
receive_frame(void *socket, zmq_msg_t *frame)
{
	int received;

	(void)zmq_msg_init(frame);
	do {
		received = zmq_msg_recv(frame, socket, ZMQ_DONTWAIT);
	} while (received < 0 && errno == EINTR);
	if (received >= 0)
		return BITMARK_OK;
	(void)zmq_msg_close(frame);
	return errno == EAGAIN ? BITMARK_E_NOT_FOUND :
	    errno == ENOMEM ? BITMARK_E_NOMEM : BITMARK_E_NET;
}

/* Take one whole message; frames that nobody needs are dropped at once.  The
 * frames are moved, not copied: a block stays where libzmq has put it until the
 * next call of the dealer. */
static bitmark_status
take(struct bm_dealer *d)
{
	const size_t capacity = sizeof d->held / sizeof d->held[0];
	bitmark_status status;
	zmq_msg_t frame;
	bool more = true;

	bm_dealer_release(d);
	while (more) {
		status = receive_frame(d->socket, &frame);
		if (status != BITMARK_OK)
			return status;
		more = zmq_msg_more(&frame) != 0;
		d->delivered += bm_wire_frame(zmq_msg_size(&frame));
		if (d->held_count < capacity) {
			zmq_msg_t *held = &d->held[d->held_count++];

			(void)zmq_msg_init(held);
			(void)zmq_msg_move(held, &frame);
		}
		(void)zmq_msg_close(&frame);
	}
	return BITMARK_OK;
}

/* Is it the reply to a request of this socket? */
static bool
has_envelope(struct bm_dealer *d, uint32_t *id)
{
	if (d->held_count < BM_DEALER_ENVELOPE ||
	    zmq_msg_size(&d->held[0]) != sizeof *id ||
	    zmq_msg_size(&d->held[1]) != 0)
		return false;
	memcpy(id, zmq_msg_data(&d->held[0]), sizeof *id);
	/* The ids wrap around. */
	return *id - d->first_id < d->next_id - d->first_id;
}

/* Show the frames that follow the first ${skipped}. */
static void
present(struct bm_dealer *d, uint32_t id, size_t skipped,
    struct bm_dealer_reply *reply)
{
	reply->id = id;
	reply->count = d->held_count - skipped;
	if (reply->count > BM_DEALER_FRAMES_MAX)
		reply->count = BM_DEALER_FRAMES_MAX;
	for (size_t i = 0; i < reply->count; i++) {
		zmq_msg_t *frame = &d->held[skipped + i];

		reply->frame[i].data = zmq_msg_data(frame);
		reply->frame[i].size = zmq_msg_size(frame);
	}
}

/* Replies to requests of an earlier socket, and messages without an envelope,
 * are passed over: a REQ socket with REQ_CORRELATE does the same. */
bitmark_status
bm_dealer_receive(struct bm_dealer *d, struct bm_dealer_reply *reply)
{
	bitmark_status status;
	uint32_t id;

	if (d->socket == NULL)
		return BITMARK_E_NOT_FOUND;
	for (int looked = 0; looked < LOOK_MAX; looked++) {
		status = take(d);
		if (status != BITMARK_OK)
			return status;
		if (has_envelope(d, &id)) {
			present(d, id, BM_DEALER_ENVELOPE, reply);
			return BITMARK_OK;
		}
	}
	return BITMARK_E_NOT_FOUND;
}

/* Events have no envelope: a SUB socket gets them as they were published. */
bitmark_status
bm_dealer_receive_event(struct bm_dealer *d, struct bm_dealer_reply *event)
{
	bitmark_status status;

	if (d->socket == NULL)
		return BITMARK_E_NOT_FOUND;
	status = take(d);
	if (status == BITMARK_OK)
		present(d, 0, 0, event);
	return status;
}
