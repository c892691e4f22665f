/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * payment_fetch - HTTP requests of one thread that does other things, too: it
 * polls the descriptors that these requests wait for together with its own.
 *
 * There is one request at a time in each slot.  Redirects are not followed,
 * proxies of the environment are not used, and what is not asked for by
 * "https://" is plain HTTP.  A server that is silent is given up, as is an answer
 * that is too long or takes too long [S-23].
 *
 * A build without libcurl has these functions, too; none of them fetches.
 */
#ifndef DAEMON_PAYMENT_FETCH_H
#define DAEMON_PAYMENT_FETCH_H

#include "payment.h"

#include <poll.h>

/* Requests at a time. */
#define PAYMENT_FETCH_SLOTS 2
/* Descriptors at a time.  Source: local bound: one for each request, and some
 * more while a name is looked up or several addresses are tried. */
#define PAYMENT_FETCH_ITEMS 16

/* To connect, or without a byte; and for a whole answer.  Seconds.
 * Source: local choice */
#define PAYMENT_FETCH_SILENCE_S 20
#define PAYMENT_FETCH_WHOLE_S 120

struct payment_fetch;

/*
 * payment_fetch_open(fetch, silence_s, size_max):
 *
 *   fetch      new; owned by the caller: payment_fetch_close
 *   silence_s  0: PAYMENT_FETCH_SILENCE_S
 *   size_max   longest answer; 0: PAYMENT_ANSWER_MAX
 *
 * Gives NULL, or what is wrong; static.
 */
const char *payment_fetch_open(struct payment_fetch **fetch,
    unsigned silence_s, size_t size_max);

/* Hang up, without waiting.  NULL does nothing. */
void payment_fetch_close(struct payment_fetch *fetch);

/* Ask for ${url} in a slot that is free.  A failure is told as an answer. */
void payment_fetch_start(struct payment_fetch *fetch, size_t slot,
    const char *url);

/*
 * payment_fetch_items(fetch, items, until_ms):
 * The descriptors to poll.
 *
 *   until_ms  set to an earlier time, when there is something to do then
 *
 * Gives their number.
 */
size_t payment_fetch_items(const struct payment_fetch *fetch,
    struct pollfd items[PAYMENT_FETCH_ITEMS], uint64_t *until_ms);

/* Go on where that is possible. */
void payment_fetch_serve(struct payment_fetch *fetch,
    const struct pollfd *items, size_t count);

/*
 * payment_fetch_take(fetch, slot, answer):
 * The answer of a slot, which is free from now on.  False: there is none yet.
 *
 *   answer  without the time; its texts are good until the next call for this
 *           slot
 */
bool payment_fetch_take(struct payment_fetch *fetch, size_t slot,
    struct payment_answer *answer);

#endif
