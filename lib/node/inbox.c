/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Two bounded queues with a fair share for each sender.
 *
 * The listener's thread must never wait, and it cannot tell a peer that there
 * is no room: the reply is sent before.  So a full queue gives something up,
 * and it must not be in the hand of one sender to fill it for all others.
 * Every item has a weight, its bytes plus a part for its place; whoever holds
 * most loses its newest item to one that holds less.  The newest, because what
 * came first was asked for first, and the order of one sender's items stays.
 */
#include "node/inbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "os/wake.h"

/* Each sender is mapped to one of so many shares; senders with the same share
 * divide what it may hold. */
#define SHARES 256

struct queue {
	TAILQ_HEAD(item_list, bm_inbox_item) items;
	size_t count, count_max;
	size_t bytes, bytes_max;
	size_t weight[SHARES];          /* of the places and bytes that a
	                                   sender holds                      */
	bool in_turns;                  /* one of each sender; else all in
	                                   the order of arrival              */
	uint64_t turn, taken[SHARES];   /* last turn of each share           */
};

struct bm_inbox {
	struct bm_wake wake;
	pthread_mutex_t lock;           /* guards what follows */
	struct queue queue[BM_INBOX_QUEUES];
	uint64_t lost;
};

bitmark_status
bm_inbox_new(struct bm_inbox **inbox)
{
	struct bm_inbox *i = calloc(1, sizeof *i);
	bitmark_status status;

	*inbox = NULL;
	if (i == NULL)
		return BITMARK_E_NOMEM;
	status = bm_wake_init(&i->wake);
	if (status != BITMARK_OK) {
		free(i);
		return status;
	}
	pthread_mutex_init(&i->lock, NULL);
	for (int q = 0; q < BM_INBOX_QUEUES; q++)
		TAILQ_INIT(&i->queue[q].items);
	i->queue[BM_INBOX_BLOCKS].count_max = BM_INBOX_BLOCKS_MAX;
	i->queue[BM_INBOX_BLOCKS].bytes_max = BM_INBOX_BLOCK_BYTES_MAX;
	i->queue[BM_INBOX_BLOCKS].in_turns = true;
	i->queue[BM_INBOX_OTHERS].count_max = BM_INBOX_OTHERS_MAX;
	i->queue[BM_INBOX_OTHERS].bytes_max = BM_INBOX_OTHER_BYTES_MAX;
	*inbox = i;
	return BITMARK_OK;
}

void
bm_inbox_free(struct bm_inbox *inbox)
{
	struct bm_inbox_item *item;

	if (inbox == NULL)
		return;
	for (int q = 0; q < BM_INBOX_QUEUES; q++)
		while ((item = bm_inbox_take(inbox,
		    (enum bm_inbox_queue)q)) != NULL)
			free(item);
	pthread_mutex_destroy(&inbox->lock);
	bm_wake_fini(&inbox->wake);
	free(inbox);
}

static enum bm_inbox_queue
queue_of(enum bitmark_request_kind kind)
{
	return kind == BITMARK_REQUEST_BLOCK ? BM_INBOX_BLOCKS :
	    BM_INBOX_OTHERS;
}

/* Any number may be a sender's, so no few of its bits alone would spread them
 * over the shares.  Multiplying by 2^64 divided by the golden ratio mixes all
 * bits into the highest eight. */
static size_t
share_of(uint64_t sender)
{
	return (size_t)(sender * UINT64_C(0x9e3779b97f4a7c15) >> 56);
}

/* The weight of an item: its bytes, and for its place in the queue as many
 * bytes as an item has on average when the queue is full. */
static size_t
weight_of(const struct queue *q, size_t size)
{
	return size + q->bytes_max / q->count_max;
}

static bool
fits(const struct queue *q, size_t size)
{
	return q->count < q->count_max && size <= q->bytes_max - q->bytes;
}

static void
enter(struct queue *q, uint64_t sender, size_t size)
{
	q->count++;
	q->bytes += size;
	q->weight[share_of(sender)] += weight_of(q, size);
}

static void
leave(struct queue *q, uint64_t sender, size_t size)
{
	q->count--;
	q->bytes -= size;
	q->weight[share_of(sender)] -= weight_of(q, size);
}

static struct bm_inbox_item *
take_out(struct queue *q, struct bm_inbox_item *item)
{
	TAILQ_REMOVE(&q->items, item, entry);
	leave(q, item->sender, item->size);
	return item;
}

/* Frees the newest item of a share. Returns false when the share has no item.
 */
static bool
drop_newest(struct queue *q, size_t share)
{
	struct bm_inbox_item *item;

	TAILQ_FOREACH_REVERSE(item, &q->items, item_list, entry)
		if (share_of(item->sender) == share) {
			free(take_out(q, item));
			return true;
		}
	return false;
}

/* Takes the oldest item out of the queue; where senders take turns, the oldest
 * item of the sender whose last turn was longest ago. The queue must not be
 * empty. */
static struct bm_inbox_item *
take_next(struct queue *q)
{
	struct bm_inbox_item *next = TAILQ_FIRST(&q->items), *item;

	if (!q->in_turns)
		return take_out(q, next);
	TAILQ_FOREACH(item, &q->items, entry)
		if (q->taken[share_of(item->sender)] <
		    q->taken[share_of(next->sender)])
			next = item;
	q->taken[share_of(next->sender)] = ++q->turn;
	return take_out(q, next);
}

/* Makes room for an item by dropping the newest items of the heaviest share, as
 * long as that share is heavier than the sender's would become. */
static bool
make_room(struct bm_inbox *inbox, struct queue *q, uint64_t sender,
    size_t size)
{
	const size_t own = q->weight[share_of(sender)] + weight_of(q, size);

	if (size > q->bytes_max)
		return false;
	while (!fits(q, size)) {
		size_t most = 0;

		for (size_t i = 1; i < SHARES; i++)
			if (q->weight[i] > q->weight[most])
				most = i;
		if (q->weight[most] <= own || !drop_newest(q, most))
			return false;
		inbox->lost++;
	}
	return true;
}

/* The bytes of a block may be megabytes, and the owner must not wait for the lock
 * while they are copied. So a place is reserved here with the lock held, the
 * bytes are copied without it, and the item is appended with it again. */
static bitmark_status
reserve(struct bm_inbox *inbox, struct queue *q, uint64_t sender, size_t size)
{
	bool room;

	pthread_mutex_lock(&inbox->lock);
	room = make_room(inbox, q, sender, size);
	if (room)
		enter(q, sender, size);
	pthread_mutex_unlock(&inbox->lock);
	return room ? BITMARK_OK : BITMARK_E_BUSY;
}

static void
release(struct bm_inbox *inbox, struct queue *q, uint64_t sender, size_t size)
{
	pthread_mutex_lock(&inbox->lock);
	leave(q, sender, size);
	pthread_mutex_unlock(&inbox->lock);
}

static struct bm_inbox_item *
copy(const struct bitmark_request *request, size_t size)
{
	struct bm_inbox_item *item = malloc(sizeof *item + size);
	uint8_t *to;

	if (item == NULL)
		return NULL;
	*item = (struct bm_inbox_item){ .kind = request->kind,
		.count = request->count, .size = size };
	to = item->bytes;
	for (size_t i = 0; i < request->count; i++) {
		const struct bitmark_span *from = &request->parameter[i];

		if (from->size != 0)
			memcpy(to, from->data, from->size);
		item->parameter[i] = (struct bitmark_span){ to, from->size };
		to += from->size;
	}
	return item;
}

static void
append(struct bm_inbox *inbox, struct queue *q, struct bm_inbox_item *item)
{
	pthread_mutex_lock(&inbox->lock);
	TAILQ_INSERT_TAIL(&q->items, item, entry);
	pthread_mutex_unlock(&inbox->lock);
	bm_wake_signal(&inbox->wake);
}

bitmark_status
bm_inbox_put(struct bm_inbox *inbox, uint64_t sender,
    const struct bitmark_request *request)
{
	struct queue *q = &inbox->queue[queue_of(request->kind)];
	struct bm_inbox_item *item;
	size_t size = 0;

	for (size_t i = 0; i < request->count; i++)
		size += request->parameter[i].size;
	if (reserve(inbox, q, sender, size) != BITMARK_OK)
		return BITMARK_E_BUSY;
	item = copy(request, size);
	if (item == NULL) {
		release(inbox, q, sender, size);
		return BITMARK_E_NOMEM;
	}
	item->sender = sender;
	append(inbox, q, item);
	return BITMARK_OK;
}

struct bm_inbox_item *
bm_inbox_take(struct bm_inbox *inbox, enum bm_inbox_queue queue)
{
	struct queue *q = &inbox->queue[queue];
	struct bm_inbox_item *item;

	pthread_mutex_lock(&inbox->lock);
	item = TAILQ_EMPTY(&q->items) ? NULL : take_next(q);
	pthread_mutex_unlock(&inbox->lock);
	return item;
}

/* A place that is reserved counts already, although its item is not there
 * yet: the count is what the bounds are about. */
size_t
bm_inbox_count(struct bm_inbox *inbox, enum bm_inbox_queue queue)
{
	size_t count;

	pthread_mutex_lock(&inbox->lock);
	count = inbox->queue[queue].count;
	pthread_mutex_unlock(&inbox->lock);
	return count;
}

uint64_t
bm_inbox_lost(struct bm_inbox *inbox)
{
	uint64_t lost;

	pthread_mutex_lock(&inbox->lock);
	lost = inbox->lost;
	pthread_mutex_unlock(&inbox->lock);
	return lost;
}

int
bm_inbox_fd(const struct bm_inbox *inbox)
{
	return inbox->wake.fd[0];
}

void
bm_inbox_wake(struct bm_inbox *inbox)
{
	(void)bm_wake_take(&inbox->wake);
}
