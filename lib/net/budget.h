/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * budget - messages whose bytes are counted until libzmq has sent them.
 *
 * libzmq bounds the number of replies that wait for a client that does not
 * read, not their size.  A budget bounds the size, for all clients together.
 */
#ifndef BM_NET_BUDGET_H
#define BM_NET_BUDGET_H

#include <bitmarkpeer/base.h>

#include <zmq.h>

/* Messages up to this size are not counted.  Bytes. */
#define BM_BUDGET_SMALL 256
/* Parts that are told apart. */
#define BM_BUDGET_PARTS 256

struct bm_budget;

/* ${budget}: new; owned by the caller: bm_budget_free.  max in bytes.
 * Returns BITMARK_OK or BITMARK_E_NOMEM. */
bitmark_status bm_budget_new(struct bm_budget **budget, size_t max);

/* Bytes of counted messages that libzmq has not sent yet: it has not put them
 * into the encrypted form that goes to the system.  Any thread. */
size_t bm_budget_held(const struct bm_budget *budget);

/* Messages that are still under way stay valid. */
void bm_budget_free(struct bm_budget *budget);

/*
 * bm_budget_message(budget, bytes, message):
 * Initialise ${message} with a copy of ${bytes}.
 * Returns BITMARK_OK, BITMARK_E_BUSY (the budget is used up) or
 * BITMARK_E_NOMEM; after an error ${message} needs no closing.
 */
bitmark_status bm_budget_message(struct bm_budget *budget,
    struct bitmark_span bytes, zmq_msg_t *message);

/*
 * bm_budget_share(budget, part, bytes, message):
 * The same for one part of all that use the budget: it is used up for this
 * part, too, when that would hold more than is left for the others then.  So
 * one part alone can have half of it, and whatever they hold, something is
 * left for the next.
 *
 *   part  below BM_BUDGET_PARTS
 */
bitmark_status bm_budget_share(struct bm_budget *budget, size_t part,
    struct bitmark_span bytes, zmq_msg_t *message);

#endif
