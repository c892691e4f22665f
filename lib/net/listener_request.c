/*
 * One message of the listener's ROUTER, treated as a REP socket treats it.
 * Source: bitmarkd v8.2 peer/listener.go process; libzmq rep_t
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/listener_impl.h"

/* Odd, 2^64 divided by the golden ratio: its products differ in the upper
 * bits. */
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)

/* A reply with more bytes is large: it keeps libzmq's thread for so long that
 * small ones would wait behind a few of them. */
#define LARGE 65536

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

/* Put ${part} where it belongs, or leave it to be thrown away.  The first part
 * is the ROUTER's number of the client, then comes what the client has put in
 * front of the delimiter: REQ_CORRELATE puts an id there.  All that goes back
 * with the reply, as a REP socket does it. */
static void
keep_part(struct bm_request *m, zmq_msg_t *part)
{
	const bool is_client_id = m->envelope_count == 0;
	zmq_msg_t *place = NULL;

	if (m->delimited) {
		m->count++;
		if (m->frame_count < BM_LISTENER_REQUEST_FRAMES_MAX)
			place = &m->frame[m->frame_count++];
	} else {
		m->delimited = !is_client_id && zmq_msg_size(part) == 0;
		if (!is_client_id)
			m->envelope_bytes += zmq_msg_size(part);
		if (m->envelope_bytes <= BM_LISTENER_ENVELOPE_BYTES_MAX &&
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
count_part(struct bm_listener *l, struct bm_request *m, zmq_msg_t *part)
{
	if (m->envelope_count == 0)
		return;
	if (m->fd < 0)
		m->fd = zmq_msg_get(part, ZMQ_SRCFD);
	bm_admission_deliver(l->admission, m->fd, zmq_msg_size(part));
}

/* All parts of one message; false: there was none.  libzmq hands over a message
 * only when all of it has come, so the loop does not wait in the middle; parts
 * beyond those that are kept are read all the same, or they would be taken for
 * the next message. */
static bool
receive(struct bm_listener *l, struct bm_request *m)
{
	zmq_msg_t part;
	bool more;

	m->envelope_count = m->frame_count = m->count = 0;
	m->envelope_bytes = 0;
	m->fd = -1;
	m->delimited = m->refused = false;
	do {
		zmq_msg_init(&part);
		if (receive_part(l->router, &part) < 0) {
			zmq_msg_close(&part);
			return m->envelope_count != 0;
		}
		more = zmq_msg_more(&part) != 0;
		count_part(l, m, &part);
		keep_part(m, &part);
		zmq_msg_close(&part);
	} while (more);
	return true;
}

static void
close_all(zmq_msg_t *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		zmq_msg_close(&parts[i]);
}

struct bm_request *
bm_request_new(void)
{
	return calloc(1, sizeof(struct bm_request));
}

static void
clear(struct bm_request *m)
{
	close_all(m->envelope, m->envelope_count);
	close_all(m->frame, m->frame_count);
	m->envelope_count = m->frame_count = 0;
}

void
bm_request_free(struct bm_request *m)
{
	if (m != NULL)
		clear(m);
	free(m);
}

/* A reply that libzmq does not take is dropped: the client is gone, or does not
 * read its replies. */
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

/* The part of the budget that is a sender's.  Some senders share one part;
 * nobody can choose with whom. */
static size_t
part_of(const struct bm_listener *l, uint64_t sender)
{
	return (size_t)((sender ^ l->salt) * SPREAD >> 32) % BM_BUDGET_PARTS;
}

/* All frames are made before the first is sent: a reply is never partial. */
static bool
send_reply(struct bm_listener *l, struct bm_request *m, uint64_t sender,
    const struct bitmark_span *reply, size_t count)
{
	const size_t part = part_of(l, sender);
	zmq_msg_t frame[BM_LISTENER_REPLY_FRAMES_MAX];
	size_t made = 0;
	bool sent = false;

	while (made < count && bm_budget_share(l->budget, part, reply[made],
	    &frame[made]) == BITMARK_OK)
		made++;
	if (made == count && made != 0)
		sent = send_parts(l->router, m->envelope, m->envelope_count,
		    false) && send_parts(l->router, frame, made, true);
	close_all(frame, made);
	return sent;
}

static bool
is_large(const struct bitmark_span *reply, size_t count)
{
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += reply[i].size;
	return size > LARGE;
}

/* True: done.  False: the reply is large and is not to be made now: nothing has
 * happened, for requests with large replies change nothing. */
static bool
answer(struct bm_listener *l, struct bm_request *m, bool may_wait)
{
	struct bitmark_span frames[BM_LISTENER_REQUEST_FRAMES_MAX];
	const uint64_t sender = bm_sender_from_text(zmq_msg_gets(&m->frame[0],
	    "Peer-Address"));
	struct bitmark_span reply[BM_LISTENER_REPLY_FRAMES_MAX];
	size_t count;
	bool waits;

	for (size_t i = 0; i < m->frame_count; i++)
		frames[i] = (struct bitmark_span){
			zmq_msg_data(&m->frame[i]),
			zmq_msg_size(&m->frame[i]),
		};
	count = l->config.answer(l->config.user, sender, frames, m->count,
	    reply);
	waits = may_wait && is_large(reply, count) &&
	    !bm_listener_may_send(l, m->fd);
	if (!waits)
		atomic_fetch_add(send_reply(l, m, sender, reply, count) ?
		    &l->requests : &l->dropped, 1);
	if (l->config.sent != NULL)
		l->config.sent(l->config.user);
	return !waits;
}

/* A request that is put off takes its memory with it. */
static void
put_off(struct bm_listener *l)
{
	struct bm_request *other = bm_request_new();

	if (other == NULL || !bm_listener_put_off(l, l->request)) {
		free(other);
		atomic_fetch_add(&l->dropped, 1);
		return;
	}
	l->request = other;
}

bool
bm_listener_serve(struct bm_listener *l)
{
	struct bm_request *m = l->request;

	if (!receive(l, m))
		return false;
	if (m->delimited && !m->refused && m->count != 0 &&
	    !answer(l, m, true))
		put_off(l);
	clear(l->request);
	return true;
}

bool
bm_listener_serve_put_off(struct bm_listener *l)
{
	struct bm_request *m = bm_listener_take(l);

	if (m == NULL)
		return false;
	(void)answer(l, m, false);
	bm_request_free(m);
	return true;
}
