/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "net/budget.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A budget lives until its owner and all messages have let go of it: messages
 * may be under way after the socket that sent them was closed. */
struct bm_budget {
	size_t max;
	atomic_size_t held;             /* bytes, and 1 for the owner */
	atomic_size_t part[BM_BUDGET_PARTS];    /* bytes              */
};

/* A message in front of its bytes. */
struct counted {
	struct bm_budget *budget;
	size_t part;
	atomic_size_t size;             /* written last, read first: orders
	                                   the threads that fill and free */
	uint8_t bytes[];
};

bitmark_status
bm_budget_new(struct bm_budget **budget, size_t max)
{
	struct bm_budget *b = malloc(sizeof *b);

	*budget = b;
	if (b == NULL)
		return BITMARK_E_NOMEM;
	b->max = max;
	atomic_init(&b->held, 1);
	for (size_t i = 0; i < BM_BUDGET_PARTS; i++)
		atomic_init(&b->part[i], 0);
	return BITMARK_OK;
}

/* The owner holds 1 and each message its size in one number, so that exactly
 * one thread sees it become 0: no lock is needed to know which one is the
 * last. */
static void
release(struct bm_budget *budget, size_t amount)
{
	if (atomic_fetch_sub(&budget->held, amount) == amount)
		free(budget);
}

void
bm_budget_free(struct bm_budget *budget)
{
	if (budget != NULL)
		release(budget, 1);
}

/* libzmq calls this when it has sent the last copy of a message, on its own
 * thread, and so possibly while another message is being made. */
static void
free_counted(void *bytes, void *counted)
{
	struct counted *c = counted;
	size_t size = atomic_load(&c->size);
	struct bm_budget *budget = c->budget;

	(void)bytes;
	atomic_fetch_sub(&budget->part[c->part], size);
	free(c);
	release(budget, size);
}

/* Small messages lie inside zmq_msg_t or in one allocation of libzmq; counting
 * them would cost more than they weigh. */
static bitmark_status
copy_small(struct bitmark_span bytes, zmq_msg_t *message)
{
	if (zmq_msg_init_size(message, bytes.size) != 0)
		return BITMARK_E_NOMEM;
	if (bytes.size != 0)
		memcpy(zmq_msg_data(message), bytes.data, bytes.size);
	return BITMARK_OK;
}

/*
 * The bytes stand behind a head of ours in one allocation; libzmq sends them
 * from there and calls free_counted at the end.  The size is stored last, with
 * sequential consistency, and loaded first there: what this thread wrote before
 * is then visible to libzmq's thread, although libzmq promises nothing about
 * it.
 */
static bitmark_status
copy_counted(struct bm_budget *budget, size_t part, struct bitmark_span bytes,
    zmq_msg_t *message)
{
	struct counted *c = malloc(sizeof *c + bytes.size);

	if (c == NULL)
		return BITMARK_E_NOMEM;
	memcpy(c->bytes, bytes.data, bytes.size);
	c->budget = budget;
	c->part = part;
	atomic_fetch_add(&budget->held, bytes.size);
	atomic_fetch_add(&budget->part[part], bytes.size);
	atomic_init(&c->size, 0);
	atomic_store(&c->size, bytes.size);
	if (zmq_msg_init_data(message, c->bytes, bytes.size, free_counted,
	    c) != 0) {
		free_counted(c->bytes, c);
		return BITMARK_E_NOMEM;
	}
	return BITMARK_OK;
}

size_t
bm_budget_held(const struct bm_budget *budget)
{
	return atomic_load(&budget->held) - 1;
}

/* Bytes that are not held by any message.  Only one thread makes messages, so
 * others can only make this larger meanwhile: a check of it stays true. */
static size_t
left(const struct bm_budget *budget)
{
	return budget->max - bm_budget_held(budget);
}

bitmark_status
bm_budget_message(struct bm_budget *budget, struct bitmark_span bytes,
    zmq_msg_t *message)
{
	if (bytes.size <= BM_BUDGET_SMALL)
		return copy_small(bytes, message);
	return bytes.size > left(budget) ? BITMARK_E_BUSY :
	    copy_counted(budget, 0, bytes, message);
}

bitmark_status
bm_budget_share(struct bm_budget *budget, size_t part,
    struct bitmark_span bytes, zmq_msg_t *message)
{
	size_t free_bytes = left(budget);

	if (bytes.size <= BM_BUDGET_SMALL)
		return copy_small(bytes, message);
	if (bytes.size > free_bytes || atomic_load(&budget->part[part]) +
	    bytes.size > free_bytes - bytes.size)
		return BITMARK_E_BUSY;
	return copy_counted(budget, part, bytes, message);
}
