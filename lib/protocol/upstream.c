/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The session: its states and its timers.  Polling and pushing have timers of
 * their own; in v8.2 they share one, and a node that relays often neither
 * registers nor polls [D-14b].
 *
 * Source: bitmarkd v8.2 peer/upstream/setup.go
 */
#include "protocol/upstream_impl.h"

#include <stdlib.h>

#include "codec/sized.h"

#define NEVER UINT64_MAX

bitmark_status
bitmark_upstream_new(struct bitmark_upstream **upstream,
    const struct bitmark_upstream_config *config)
{
	struct bitmark_upstream_config own = { .struct_size = sizeof own };
	struct bitmark_upstream *u;
	bitmark_status status = BM_IN(bitmark_upstream_config, &own, config);

	*upstream = NULL;
	if (status != BITMARK_OK)
		return status;
	if (own.chain == NULL ||
	    strlen(own.chain) >= sizeof u->chain)
		return BITMARK_E_INVALID_CHAIN;
	if (own.own_connections.size > sizeof u->own_connections)
		return BITMARK_E_LENGTH;
	u = calloc(1, sizeof *u);
	if (u == NULL)
		return BITMARK_E_NOMEM;
	memcpy(u->chain, own.chain, strlen(own.chain));
	memcpy(u->own_key, own.own_key, sizeof u->own_key);
	u->own_connections_size = own.own_connections.size;
	if (u->own_connections_size != 0)
		memcpy(u->own_connections, own.own_connections.data,
		    u->own_connections_size);
	u->poll_ms = bm_or_default(own.poll_ms, BITMARK_UPSTREAM_POLL_MS);
	u->timeout_ms = bm_or_default(own.timeout_ms,
	    BITMARK_UPSTREAM_TIMEOUT_MS);
	u->votes = own.rules != NULL &&
	    own.rules->election == BITMARK_ELECTION_VOTES;
	u->first_pause_ms = bm_or_default(own.pause_ms,
	    BITMARK_UPSTREAM_PAUSE_MS);
	*upstream = u;
	return BITMARK_OK;
}

/* The message is shared with the queues of other sessions; bitmark_message_free
 * only gives up this session's share. */
static void
drop_push(struct bitmark_upstream *u)
{
	bitmark_message_free(u->pushing);
	u->pushing = NULL;
	u->pushed_before = false;
}

void
bitmark_upstream_free(struct bitmark_upstream *u)
{
	if (u == NULL)
		return;
	drop_push(u);
	(void)bm_queue_clear(&u->queue);
	free(u);
}

/* The one place where the state changes, so that no timer of the new state is
 * forgotten. */
static void
enter(struct bitmark_upstream *u, enum bitmark_upstream_state state)
{
	u->state = state;
	switch (state) {
	case BITMARK_UPSTREAM_CLOSED:
	case BITMARK_UPSTREAM_WAITING:
	case BITMARK_UPSTREAM_REGISTERING:
		break;
	case BITMARK_UPSTREAM_CONNECTING:
		u->connect_by_ms = u->now_ms + u->timeout_ms;
		break;
	case BITMARK_UPSTREAM_READY:
		u->poll_at_ms = u->now_ms;
		u->served = false;
		break;
	}
}

/*
 * The connection is gone: no request that is under way will be answered, and
 * the height of the node is not known any more [D-14].  A message that was
 * being pushed is sent once more on the next connection [D-19]; when that was
 * the second time, it is dropped.
 */
static void
forget(struct bitmark_upstream *u)
{
	u->session.token = 0;
	u->vote.token = 0;
	u->height = 0;
	for (size_t i = 0; i < BITMARK_UPSTREAM_FETCHES_MAX; i++)
		u->fetch[i].asked.token = 0;
	if (u->push.token == 0)
		return;
	u->push.token = 0;
	if (u->pushed_before) {
		u->counters.dropped_failed++;
		drop_push(u);
	} else {
		u->pushed_before = true;
	}
}

/* Messages that wait are dropped with a connection that did not serve: when the
 * node comes back, they would be old news. */
static void
discard(struct bitmark_upstream *u)
{
	u->counters.discarded += bm_queue_clear(&u->queue);
	if (u->pushing != NULL) {
		u->counters.discarded++;
		drop_push(u);
	}
}

/* The connection did not serve.  Begin again after a pause that doubles each
 * time, so that a node which accepts and then fails is not asked all the
 * time. */
static void
fail(struct bitmark_upstream *u)
{
	u->counters.failures++;
	forget(u);
	if (u->state != BITMARK_UPSTREAM_READY)
		discard(u);
	u->register_at_ms = u->now_ms + u->pause_ms;
	u->pause_ms = u->pause_ms < BITMARK_UPSTREAM_PAUSE_MAX_MS / 2 ?
	    u->pause_ms * 2 : BITMARK_UPSTREAM_PAUSE_MAX_MS;
	enter(u, BITMARK_UPSTREAM_CONNECTING);
}

/* A node that answers wrongly, or not at all, may have a connection that looks
 * well from here.  The host closes it and makes a new one. */
static void
fail_and_reopen(struct bitmark_upstream *u,
    struct bitmark_upstream_update *update)
{
	fail(u);
	update->reopen = true;
}

/* The host has chosen a node, perhaps another one: it owes nothing to the
 * failures of the node before, so the pause begins anew. */
static void
on_open(struct bitmark_upstream *u)
{
	forget(u);
	discard(u);
	u->pause_ms = u->first_pause_ms;
	u->register_at_ms = u->now_ms;
	enter(u, BITMARK_UPSTREAM_CONNECTING);
}

static void
on_close(struct bitmark_upstream *u)
{
	forget(u);
	discard(u);
	enter(u, BITMARK_UPSTREAM_CLOSED);
}

/* The host reconnects by itself.  A connection that ended before the node told
 * a height counts as a failure. */
static void
on_lost(struct bitmark_upstream *u)
{
	switch (u->state) {
	case BITMARK_UPSTREAM_CLOSED:
	case BITMARK_UPSTREAM_CONNECTING:
		break;
	case BITMARK_UPSTREAM_WAITING:
		enter(u, BITMARK_UPSTREAM_CONNECTING);
		break;
	case BITMARK_UPSTREAM_REGISTERING:
		fail(u);
		break;
	case BITMARK_UPSTREAM_READY:
		if (!u->served) {
			fail(u);
			break;
		}
		forget(u);
		enter(u, BITMARK_UPSTREAM_CONNECTING);
		break;
	}
}

/* Relayed messages are news: without a session they are counted and dropped,
 * not kept for a node that comes back later. */
static void
on_push(struct bitmark_upstream *u, struct bitmark_message *message)
{
	if (u->state == BITMARK_UPSTREAM_READY)
		u->counters.dropped_full += bm_queue_put(&u->queue, message);
	else
		u->counters.discarded++;
}

/*
 * R and N share one place, for only one of them is ever under way.  The first
 * height, not the registration, proves that a node serves: some accept an R and
 * answer nothing after it.  So the pause is reset here.
 */
static void
take_session_reply(struct bitmark_upstream *u,
    const struct bitmark_upstream_event *reply,
    struct bitmark_upstream_update *update)
{
	bitmark_status status;

	u->session.token = 0;
	if (u->state == BITMARK_UPSTREAM_REGISTERING) {
		status = bm_upstream_check_register(u, reply, update);
		if (status == BITMARK_OK)
			enter(u, BITMARK_UPSTREAM_READY);
	} else {
		status = bm_upstream_check_height(reply, &u->height);
		if (status == BITMARK_OK) {
			u->counters.polls++;
			u->served = true;
			u->pause_ms = u->first_pause_ms;
			update->polled = true;
			bm_upstream_send_vote(u, reply->own_height, update);
		}
	}
	if (status != BITMARK_OK)
		fail_and_reopen(u, update);
}

/* A reply that is not a digest, from a node that has rolled back meanwhile for
 * example, counts as no vote and has no other effect. */
static void
take_vote(struct bitmark_upstream *u,
    const struct bitmark_upstream_event *reply,
    struct bitmark_upstream_update *update)
{
	struct bitmark_span digest;

	u->vote.token = 0;
	if (bm_upstream_check_fetch(reply, BITMARK_FETCH_DIGEST, &digest) !=
	    BITMARK_OK)
		return;
	update->vote_number = u->vote_number;
	memcpy(update->vote, digest.data, sizeof update->vote);
}

static void
take_push_reply(struct bitmark_upstream *u,
    const struct bitmark_upstream_event *reply,
    struct bitmark_upstream_update *update)
{
	if (bm_upstream_check_reply(reply, u->pushing->command) !=
	    BITMARK_OK) {
		fail_and_reopen(u, update);
		return;
	}
	u->push.token = 0;
	u->counters.pushed++;
	drop_push(u);
}

/* Token 0 means "not waiting" in all places, so a reply without a token must
 * not be compared with them. */
static void
on_reply(struct bitmark_upstream *u,
    const struct bitmark_upstream_event *reply,
    struct bitmark_upstream_update *update)
{
	if (reply->token == 0) {
		u->counters.late++;
		return;
	}
	if (reply->token == u->session.token) {
		take_session_reply(u, reply, update);
		return;
	}
	if (reply->token == u->vote.token) {
		take_vote(u, reply, update);
		return;
	}
	if (reply->token == u->push.token) {
		take_push_reply(u, reply, update);
		return;
	}
	for (size_t i = 0; i < BITMARK_UPSTREAM_FETCHES_MAX; i++) {
		struct bm_asked_fetch *f = &u->fetch[i];

		if (f->asked.token != reply->token)
			continue;
		f->asked.token = 0;
		bm_upstream_set_result(update, &f->fetch,
		    bm_upstream_check_fetch(reply, f->fetch.kind,
		    &update->data));
		return;
	}
	u->counters.late++;
}

static bool
is_due(const struct bitmark_upstream *u, const struct bm_asked *asked)
{
	return asked->token != 0 && u->now_ms >= asked->deadline_ms;
}

/* Give up one overdue fetch.  An update has room for one result; the others are
 * still due, so that the deadline lets the host step again at once. */
static void
give_up_fetch(struct bitmark_upstream *u,
    struct bitmark_upstream_update *update)
{
	for (size_t i = 0; i < BITMARK_UPSTREAM_FETCHES_MAX; i++) {
		struct bm_asked_fetch *f = &u->fetch[i];

		if (!update->has_result && is_due(u, &f->asked)) {
			f->asked.token = 0;
			bm_upstream_set_result(update, &f->fetch,
			    BITMARK_E_TIMEOUT);
		}
	}
}

/* No node answers at the address.  The pause is not made longer for that: a
 * node that comes back should be reached soon. */
static void
connect_again(struct bitmark_upstream *u,
    struct bitmark_upstream_update *update)
{
	discard(u);
	enter(u, BITMARK_UPSTREAM_CONNECTING);
	update->reopen = true;
}

/* Do the work that is due in this state.  An overdue reply comes first, because
 * it changes the state. */
static void
do_due_work(struct bitmark_upstream *u, uint64_t wall_s,
    struct bitmark_upstream_update *update)
{
	if (is_due(u, &u->session) || is_due(u, &u->push))
		fail_and_reopen(u, update);
	if (is_due(u, &u->vote))
		u->vote.token = 0;
	give_up_fetch(u, update);
	switch (u->state) {
	case BITMARK_UPSTREAM_CLOSED:
	case BITMARK_UPSTREAM_REGISTERING:
		break;
	case BITMARK_UPSTREAM_CONNECTING:
		if (u->now_ms >= u->connect_by_ms)
			connect_again(u, update);
		break;
	case BITMARK_UPSTREAM_WAITING:
		if (u->now_ms >= u->register_at_ms) {
			bm_upstream_send_register(u, wall_s, update);
			enter(u, BITMARK_UPSTREAM_REGISTERING);
		}
		break;
	case BITMARK_UPSTREAM_READY:
		if (u->session.token == 0 && u->now_ms >= u->poll_at_ms)
			bm_upstream_send_poll(u, update);
		if (u->push.token == 0)
			bm_upstream_send_push(u, update);
		break;
	}
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The earliest timer.  Each timer that do_due_work() looks at must be here,
 * too: otherwise it is noticed only when another event causes a step. */
static uint64_t
deadline(const struct bitmark_upstream *u)
{
	uint64_t at = NEVER;

	switch (u->state) {
	case BITMARK_UPSTREAM_CLOSED:
		return NEVER;
	case BITMARK_UPSTREAM_CONNECTING:
		return u->connect_by_ms;
	case BITMARK_UPSTREAM_WAITING:
		return u->register_at_ms;
	case BITMARK_UPSTREAM_REGISTERING:
		return u->session.deadline_ms;
	case BITMARK_UPSTREAM_READY:
		break;
	}
	at = u->session.token != 0 ? u->session.deadline_ms : u->poll_at_ms;
	if (u->push.token != 0)
		at = earlier(at, u->push.deadline_ms);
	if (u->vote.token != 0)
		at = earlier(at, u->vote.deadline_ms);
	for (size_t i = 0; i < BITMARK_UPSTREAM_FETCHES_MAX; i++)
		if (u->fetch[i].asked.token != 0)
			at = earlier(at, u->fetch[i].asked.deadline_ms);
	return at;
}

static void
take_event(struct bitmark_upstream *u,
    const struct bitmark_upstream_event *event,
    struct bitmark_upstream_update *update)
{
	switch (event->type) {
	case BITMARK_UPSTREAM_EV_TICK:
		break;
	case BITMARK_UPSTREAM_EV_OPEN:
		on_open(u);
		break;
	case BITMARK_UPSTREAM_EV_CONNECTED:
		if (u->state == BITMARK_UPSTREAM_CONNECTING)
			enter(u, BITMARK_UPSTREAM_WAITING);
		break;
	case BITMARK_UPSTREAM_EV_LOST:
		on_lost(u);
		break;
	case BITMARK_UPSTREAM_EV_REPLY:
		on_reply(u, event, update);
		break;
	case BITMARK_UPSTREAM_EV_PUSH:
		on_push(u, event->message);
		break;
	case BITMARK_UPSTREAM_EV_FETCH:
		bm_upstream_send_fetch(u, &event->fetch, update);
		break;
	case BITMARK_UPSTREAM_EV_CLOSE:
		on_close(u);
		break;
	}
}

/* The event comes first, as it may change the state, then the work that is due
 * in the new state.  The deadline is computed last, from all timers as they are
 * then. */
const struct bitmark_upstream_update *
bitmark_upstream_step(struct bitmark_upstream *u,
    const struct bitmark_upstream_event *event)
{
	struct bitmark_upstream_update *update = &u->update;
	struct bitmark_upstream_event own;

	if (BM_IN(bitmark_upstream_event, &own, event) != BITMARK_OK)
		return NULL;
	memset(update, 0, sizeof *update);
	u->now_ms = own.now_ms;
	take_event(u, &own, update);
	do_due_work(u, own.wall_s, update);
	update->registered = u->state == BITMARK_UPSTREAM_READY;
	update->height = u->height;
	update->room = BITMARK_UPSTREAM_QUEUE_MAX - u->queue.count;
	update->deadline_ms = deadline(u);
	return update;
}

enum bitmark_upstream_state
bitmark_upstream_get_state(const struct bitmark_upstream *u)
{
	return u->state;
}

bitmark_status
bitmark_upstream_get_counters(const struct bitmark_upstream *u,
    struct bitmark_upstream_counters *counters)
{
	return BM_OUT(bitmark_upstream_counters, counters, &u->counters);
}
