/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The requests of a session: registration (R), height (N), vote (H), relayed
 * messages, and fetches of blocks (B) and digests (H).
 *
 * Source: bitmarkd v8.2 and v0.16.0 peer/upstream
 */
#include "protocol/upstream_impl.h"

void
bm_upstream_set_result(struct bitmark_upstream_update *update,
    const struct bitmark_fetch *fetch, bitmark_status status)
{
	update->has_result = true;
	update->result_token = fetch->token;
	update->result = status;
}

/* Begin to wait for an answer; gives the request to fill in.  Tokens count up
 * and are never used twice, so a reply that comes after its request was given
 * up cannot be taken for that of another one.  64 bits do not wrap around. */
static struct bitmark_upstream_request *
ask(struct bitmark_upstream *u, struct bm_asked *asked, const char *command,
    struct bitmark_upstream_update *update)
{
	struct bitmark_upstream_request *request =
	    &u->request[update->request_count];

	update->request[update->request_count++] = request;
	asked->token = ++u->token;
	asked->deadline_ms = u->now_ms + u->timeout_ms;
	request->token = asked->token;
	request->command = command;
	request->count = 0;
	return request;
}

/* A request has a place of its own for its number, because the host sends it
 * after the step.  Without a free place the result is BUSY, and the connector
 * asks another client. */
void
bm_upstream_send_fetch(struct bitmark_upstream *u,
    const struct bitmark_fetch *fetch,
    struct bitmark_upstream_update *update)
{
	struct bitmark_upstream_request *request;
	struct bm_asked_fetch *f = u->fetch;

	if (u->state != BITMARK_UPSTREAM_READY) {
		bm_upstream_set_result(update, fetch, BITMARK_E_NO_CONNECTION);
		return;
	}
	while (f < u->fetch + BITMARK_UPSTREAM_FETCHES_MAX &&
	    f->asked.token != 0)
		f++;
	if (f == u->fetch + BITMARK_UPSTREAM_FETCHES_MAX) {
		bm_upstream_set_result(update, fetch, BITMARK_E_BUSY);
		return;
	}
	f->fetch = *fetch;
	bm_put_u64be(f->number, fetch->number);
	request = ask(u, &f->asked, bm_upstream_fetch_command(fetch->kind),
	    update);
	request->parameter[request->count++] =
	    (struct bitmark_span){ f->number, sizeof f->number };
}

/* Ask for the node's height (N). */
void
bm_upstream_send_poll(struct bitmark_upstream *u,
    struct bitmark_upstream_update *update)
{
	u->poll_at_ms = u->now_ms + u->poll_ms;
	(void)ask(u, &u->session, "N", update);
}

/*
 * Ask for the vote: the digest that the node has for our newest block.  A node
 * that is lower than we are has none, and is not asked.
 *
 * An old node computes digests, one for a second, and answers nothing
 * meanwhile.  So an H that is under way is not asked again, and one that gets
 * no answer is forgotten: the node serves as it did, it only does not vote.
 */
void
bm_upstream_send_vote(struct bitmark_upstream *u, uint64_t own_height,
    struct bitmark_upstream_update *update)
{
	struct bitmark_upstream_request *r;

	if (!u->votes || own_height == 0 || u->height < own_height ||
	    u->vote.token != 0)
		return;
	u->vote_number = own_height;
	bm_put_u64be(u->vote_parameter, own_height);
	r = ask(u, &u->vote, "H", update);
	r->parameter[r->count++] = (struct bitmark_span){ u->vote_parameter,
	    sizeof u->vote_parameter };
}

/* The parameters are kept in the session, not on the stack: the host sends them
 * after the step has returned. */
void
bm_upstream_send_register(struct bitmark_upstream *u, uint64_t wall_s,
    struct bitmark_upstream_update *update)
{
	struct bitmark_upstream_request *r = ask(u, &u->session, "R", update);

	bm_put_u64be(u->time, wall_s);
	r->parameter[r->count++] = bm_span_of(u->chain);
	r->parameter[r->count++] = (struct bitmark_span){ u->own_key,
	    sizeof u->own_key };
	r->parameter[r->count++] = (struct bitmark_span){ u->own_connections,
	    u->own_connections_size };
	r->parameter[r->count++] = (struct bitmark_span){ u->time,
	    sizeof u->time };
}

/* One message at a time is under way, so that a slow node sets the pace, and
 * the others wait in the queue, which has bounds. */
void
bm_upstream_send_push(struct bitmark_upstream *u, struct bitmark_upstream_update *update)
{
	struct bitmark_upstream_request *request;

	if (u->pushing == NULL)
		u->pushing = bm_queue_take(&u->queue);
	else
		u->counters.retried++;
	if (u->pushing == NULL)
		return;
	request = ask(u, &u->push, u->pushing->command, update);
	request->count = u->pushing->count;
	memcpy(request->parameter, u->pushing->parameter,
	    sizeof request->parameter);
}
