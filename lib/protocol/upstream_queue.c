/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Messages to be relayed, and the queue of one session.
 *
 * The queue is an array in the order of sending: first by priority, then by
 * age.  It is short, so inserting costs less than a heap would.
 *
 * Source: bitmarkd v8.2 messagebus/queue.go, which drops without a count, and
 * always the newest message [D-19]
 */
#include "protocol/upstream_impl.h"

#include <stdlib.h>

bitmark_status
bitmark_message_new(struct bitmark_message **message,
    enum bitmark_message_priority priority, const char *command,
    const struct bitmark_span *parameters, size_t count)
{
	struct bitmark_message *m;
	size_t size = 0, at = 0;

	/* One piece of memory holds the message and all its parameters, so that
	 * it is freed with one call. */
	*message = NULL;
	if (count == 0 || count > BITMARK_UPSTREAM_PARAMETERS_MAX ||
	    strlen(command) >= sizeof m->command)
		return BITMARK_E_ARGUMENT;
	for (size_t i = 0; i < count; i++) {
		if (parameters[i].size > BITMARK_BLOCK_MAX)
			return BITMARK_E_ARGUMENT;
		size += parameters[i].size;
	}
	m = calloc(1, sizeof *m + size);
	if (m == NULL)
		return BITMARK_E_NOMEM;
	m->holders = 1;
	m->priority = priority;
	memcpy(m->command, command, strlen(command));
	m->count = count;
	m->size = size;
	for (size_t i = 0; i < count; i++) {
		m->parameter[i] = (struct bitmark_span){ m->bytes + at,
		    parameters[i].size };
		if (parameters[i].size != 0)
			memcpy(m->bytes + at, parameters[i].data,
			    parameters[i].size);
		at += parameters[i].size;
	}
	*message = m;
	return BITMARK_OK;
}

/* A message that is relayed to several peers is in as many queues, and held by
 * each; the last holder frees it.  All of them are on one thread, so that the
 * count needs no lock. */
void
bitmark_message_free(struct bitmark_message *message)
{
	if (message != NULL && --message->holders == 0)
		free(message);
}

static bool
has_room(const struct bm_queue *q, const struct bitmark_message *message)
{
	return q->count < BITMARK_UPSTREAM_QUEUE_MAX &&
	    q->bytes + message->size <= BITMARK_UPSTREAM_QUEUE_BYTES;
}

/* Take out the message at ${i}.  The queue's share of it passes to the caller,
 * so the number of holders does not change. */
static struct bitmark_message *
take_at(struct bm_queue *q, size_t i)
{
	struct bitmark_message *message = q->message[i];

	q->count--;
	q->bytes -= message->size;
	memmove(q->message + i, q->message + i + 1,
	    (q->count - i) * sizeof q->message[0]);
	return message;
}

size_t
bm_queue_put(struct bm_queue *q, struct bitmark_message *message)
{
	size_t dropped = 0, i;

	/* Messages at the end matter least.  The new one may push them out only
	 * if it matters more: among equals the older one goes first. */
	while (!has_room(q, message)) {
		if (q->count == 0 || q->message[q->count - 1]->priority <=
		    message->priority)
			return dropped + 1;
		bitmark_message_free(take_at(q, q->count - 1));
		dropped++;
	}
	for (i = q->count; i > 0 &&
	    q->message[i - 1]->priority > message->priority; i--)
		q->message[i] = q->message[i - 1];
	q->message[i] = message;
	message->holders++;
	q->count++;
	q->bytes += message->size;
	return dropped;
}

struct bitmark_message *
bm_queue_take(struct bm_queue *q)
{
	return q->count == 0 ? NULL : take_at(q, 0);
}

size_t
bm_queue_clear(struct bm_queue *q)
{
	size_t count = q->count;

	while (q->count > 0)
		bitmark_message_free(take_at(q, q->count - 1));
	return count;
}
