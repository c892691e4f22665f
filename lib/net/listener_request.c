/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * One request of the listener, and its reply.
 * Source: bitmarkd v8.2 peer/listener.go process
 */
#include <stdlib.h>
#include <string.h>

#include "net/listener_impl.h"

/* Odd, 2^64 divided by the golden ratio: its products differ in the upper
 * bits. */
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)

/* A reply with more bytes is large: it keeps libzmq's thread for so long that
 * small ones would wait behind a few of them. */
#define LARGE 65536

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

	while (made < count && bm_budget_share(l->budget, part, reply[made],
	    &frame[made]) == BITMARK_OK)
		made++;
	if (made == count && made != 0)
		return bm_router_send(l->router, m, frame, made);
	while (made > 0)
		zmq_msg_close(&frame[--made]);
	return false;
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

	if (!bm_router_receive(l->router, l->admission, m))
		return false;
	if (bm_request_is_whole(m) && !answer(l, m, true))
		put_off(l);
	bm_request_clear(l->request);
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
