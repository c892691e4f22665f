/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Requests whose reply is large, put off until it is their turn.
 *
 * libzmq's thread encrypts and writes one message of each connection before it
 * looks at the next: with thirty clients that ask for blocks, a small reply
 * would wait for thirty blocks, and for thirty more when the request comes.  So
 * only a few large replies are given to libzmq at a time, and only to clients
 * that read what they have got.  The others wait here as requests, which are
 * small, and are answered when it is their turn: one of each connection.
 *
 * Large replies of one connection keep their order among themselves; small ones
 * overtake them.  Clients tell replies apart by their envelope.
 */
#include <stdlib.h>

#include <bitmarkpeer/os.h>

#include "net/listener_impl.h"
#include "net/wire.h"

/* Requests of one connection that are put off; of all; and of one connection
 * when all have more than half of that.  One takes about 1 KB. */
#define OF_ONE 512
#define OF_ALL 16384
#define OF_ONE_AT_LEAST 16
/* A connection whose client has not read more than this of what was sent to it
 * gets no large reply yet.  Bytes. */
#define UNSENT_MAX 65536
/* Bytes of replies that libzmq has not encrypted yet, beyond which no more are
 * given to it. */
#define UNDER_WAY_MAX 262144
/* Bytes that have not changed for so long belong to clients that have stopped
 * reading in the middle; they hold up no other client. */
#define STUCK_MS 50

/* May libzmq be given more?  What it holds goes down as clients read.  If it
 * has not changed for a while, the clients that it belongs to have stopped
 * reading: that part is set aside, or a few of them would keep all others
 * waiting. */
static bool
has_quota(struct bm_listener *l)
{
	const uint64_t now_ms = bitmark_clock_ms();
	const size_t under_way = bm_budget_held(l->budget);

	if (under_way != l->under_way)
		l->under_way_ms = now_ms;
	else if (now_ms - l->under_way_ms >= STUCK_MS)
		l->stuck = under_way;
	l->under_way = under_way;
	if (l->stuck > under_way)
		l->stuck = under_way;
	return under_way - l->stuck < UNDER_WAY_MAX;
}

static struct bm_put_off *
find(const struct bm_listener *l, int fd)
{
	struct bm_put_off *p;

	TAILQ_FOREACH(p, &l->put_off, next)
		if (p->fd == fd)
			return p;
	return NULL;
}

/* Those of the connection that came before have their turn first. */
bool
bm_listener_may_send(struct bm_listener *l, int fd)
{
	return has_quota(l) && find(l, fd) == NULL &&
	    bm_wire_unsent(fd) <= UNSENT_MAX;
}

static struct bm_put_off *
find_or_add(struct bm_listener *l, int fd)
{
	struct bm_put_off *p = find(l, fd);

	if (p != NULL)
		return p;
	p = calloc(1, sizeof *p);
	if (p == NULL)
		return NULL;
	p->fd = fd;
	STAILQ_INIT(&p->requests);
	TAILQ_INSERT_TAIL(&l->put_off, p, next);
	return p;
}

/* The room of one connection shrinks when all together need much, so that the
 * first comers do not fill it for those who come later. */
bool
bm_listener_put_off(struct bm_listener *l, struct bm_request *request)
{
	const unsigned most = l->put_off_count < OF_ALL / 2 ? OF_ONE :
	    OF_ONE_AT_LEAST;
	struct bm_put_off *p;

	if (l->put_off_count >= OF_ALL)
		return false;
	p = find_or_add(l, request->fd);
	if (p == NULL || p->count >= most)
		return false;
	STAILQ_INSERT_TAIL(&p->requests, request, next);
	p->count++;
	l->put_off_count++;
	return true;
}

/* The connection goes to the end of the line: the next turn is another one's.
 */
static struct bm_request *
take_first(struct bm_listener *l, struct bm_put_off *p)
{
	struct bm_request *request = STAILQ_FIRST(&p->requests);

	STAILQ_REMOVE_HEAD(&p->requests, next);
	l->put_off_count--;
	TAILQ_REMOVE(&l->put_off, p, next);
	if (--p->count == 0)
		free(p);
	else
		TAILQ_INSERT_TAIL(&l->put_off, p, next);
	return request;
}

static void
drop(struct bm_listener *l, struct bm_put_off *p)
{
	struct bm_request *request;

	while ((request = STAILQ_FIRST(&p->requests)) != NULL) {
		STAILQ_REMOVE_HEAD(&p->requests, next);
		bm_request_free(request);
	}
	l->put_off_count -= p->count;
	TAILQ_REMOVE(&l->put_off, p, next);
	free(p);
}

/* Each connection is looked at once, from the one whose turn is next.  One that
 * is gone is forgotten with its requests, counted as dropped. */
struct bm_request *
bm_listener_take(struct bm_listener *l)
{
	struct bm_put_off *p, *after;

	if (l->put_off_count == 0 || !has_quota(l))
		return NULL;
	for (p = TAILQ_FIRST(&l->put_off); p != NULL; p = after) {
		const int unsent = bm_wire_unsent(p->fd);

		after = TAILQ_NEXT(p, next);
		if (unsent < 0) {
			atomic_fetch_add(&l->dropped, p->count);
			drop(l, p);
		} else if (unsent <= UNSENT_MAX)
			return take_first(l, p);
	}
	return NULL;
}

void
bm_listener_forget(struct bm_listener *l)
{
	struct bm_put_off *p;

	while ((p = TAILQ_FIRST(&l->put_off)) != NULL)
		drop(l, p);
}
