/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * payment_watch - looks for payments at the daemons of the currencies, and tells
 * the node of them.
 *
 * Has no thread: the caller polls its descriptors.  A daemon that cannot be
 * reached is tried again, is told in the log once and then rarely, and is in the
 * status; it stops nothing.
 */
#ifndef DAEMON_PAYMENT_WATCH_H
#define DAEMON_PAYMENT_WATCH_H

#include "payment_fetch.h"

/* Between two lines of the log about a failure that goes on.  Milliseconds. */
#define PAYMENT_WATCH_QUIET_MS (60 * 60 * 1000)

/* As bitmark_node_payment. */
typedef bitmark_status (*payment_deliver_fn)(void *user,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, bool *verified);

/* One currency. */
struct payment_source {
	const char *url;                /* without a slash at its end; NULL:
	                                   it is left out                   */
	const char *chain;              /* that it must be on               */
};

/* Texts are borrowed until payment_watch_close. */
struct payment_watch_config {
	struct payment_source source[BITMARK_CURRENCY_COUNT];
	unsigned confirmations;
	uint64_t interval_ms;
	uint64_t look_back_s;
	const char *position_file;      /* NULL: none */
	payment_deliver_fn deliver;
	void *user;
	struct bitmark_env env;         /* the log */
	unsigned silence_s;             /* as of payment_fetch_open, for tests */
	size_t size_max;                /* likewise */
};

struct payment_watch;

/*
 * payment_watch_open(watch, config):
 * Begin with the positions that the file has.
 *
 *   watch   new; owned by the caller: payment_watch_close
 *
 * Gives NULL, or what is wrong; static.
 */
const char *payment_watch_open(struct payment_watch **watch,
    const struct payment_watch_config *config);

/* Write the positions and hang up.  NULL does nothing, here and below. */
void payment_watch_close(struct payment_watch *watch);

/* As payment_fetch_items. */
size_t payment_watch_items(const struct payment_watch *watch,
    struct pollfd items[PAYMENT_FETCH_ITEMS], uint64_t *until_ms);

/* Go on where that is possible: after each poll. */
void payment_watch_serve(struct payment_watch *watch,
    const struct pollfd *items, size_t count);

struct payment_watch_status {
	bool is_on;                     /* the currency is watched          */
	uint64_t height;                /* the newest block that was looked
	                                   through; 0: none                 */
	uint64_t tip;                   /* the newest block, when it was asked
	                                   for; 0: it never was             */
	const char *reason;             /* why the last request failed; ""
	                                   when none did.  Inside           */
	/* since the start: */
	uint64_t blocks;
	uint64_t payments;              /* transactions with a pay id       */
	uint64_t verified;              /* ... that verified something      */
	uint64_t failures;              /* of requests                      */
};

void payment_watch_tell(const struct payment_watch *watch,
    enum bitmark_currency currency, struct payment_watch_status *status);

/* "bitcoin" or "litecoin". */
const char *payment_currency_name(enum bitmark_currency currency);

#endif
