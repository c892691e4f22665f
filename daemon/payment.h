/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * payment - payments that are found in blocks of Bitcoin and Litecoin, as their
 * daemons tell them over HTTP ("REST").
 *
 *   payment_each           which transactions of a block pay for a bitmark
 *   struct payment_follow  which block to ask for next: a machine without
 *                          sockets, that is told answers
 *
 * Pure: no I/O, no clock, no memory but the caller's.
 *
 * Source: bitmarkd v8.2 payment/bitcoin.go, payment/litecoin.go
 */
#ifndef DAEMON_PAYMENT_H
#define DAEMON_PAYMENT_H

#include <bitmarkpeer/reservoir.h>

/* A hash of a block or a transaction of a currency.  Characters. */
#define PAYMENT_HASH_TEXT 64
/* Longest answer.  Bytes.  Source: local bound: a block with details is up to
 * 20 MiB. */
#define PAYMENT_ANSWER_MAX ((size_t)64 * 1024 * 1024)

/*
 * Blocks.
 */

struct payment_head {
	char hash[PAYMENT_HASH_TEXT + 1];
	char previous[PAYMENT_HASH_TEXT + 1];   /* "": of the first block    */
	char next[PAYMENT_HASH_TEXT + 1];       /* "": of the last one       */
	uint64_t height;
	int64_t confirmations;          /* 1: the last one; below 0: it is in
	                                   no chain                          */
	uint64_t time_s;
};

/* Read the facts that a block tells about itself; hashes are written small.
 * False: it is no block, or not whole. */
bool payment_head_read(const char *text, size_t size,
    struct payment_head *head);

/* A transaction of a currency that carries a pay id.  Everything is borrowed. */
struct payment {
	const uint8_t *pay_id;          /* BITMARK_PAY_ID_SIZE bytes         */
	const char *tx_id;              /* as the currency's daemon shows it */
	struct bitmark_paid paid;       /* summed for each address           */
};

/* BITMARK_OK goes on. */
typedef bitmark_status (*payment_fn)(void *user, const struct payment *p);

/* Transactions that carry a pay id and are no payment. */
struct payment_oddities {
	uint64_t without_amount;        /* no output that could be counted   */
	uint64_t many_addresses;        /* more than BITMARK_PAID_MAX        */
	uint64_t overflow;              /* the sum of an address             */
};

/*
 * payment_each(text, size, currency, each, user, odd):
 * Call ${each} for every payment of a block that payment_head_read took, in
 * their order; not for the first transaction, which makes new coins.
 *
 * A pay id is an output script of OP_RETURN and 48 bytes, and nothing else; of
 * two of them the last one counts.  An output counts when it has one address,
 * short enough to be in a Bitmark record, and an amount of digits and one point
 * with up to eight digits behind it.  The two addresses of a Litecoin script are
 * brought together by the reservoir, for those rules that do so.
 *
 *   odd     counted up
 *
 * Returns BITMARK_OK, what ${each} returned, or BITMARK_E_JSON.
 */
bitmark_status payment_each(const char *text, size_t size,
    enum bitmark_currency currency, payment_fn each, void *user,
    struct payment_oddities *odd);

/*
 * Following.
 */

/* The time between two checks, and after failures first and at most, doubled in
 * between.  Milliseconds.  Source: local choice. */
#define PAYMENT_INTERVAL_MS 30000
#define PAYMENT_RETRY_FIRST_MS 5000
#define PAYMENT_RETRY_MAX_MS (5 * 60 * 1000)
/* Blocks from a payment to the newest one, both counted.
 * Source: local choice; v8.2 wants 4, v0.16.0 wants 2 */
#define PAYMENT_CONFIRMATIONS 3
/* How often one block may have an answer that is no block, before it is passed
 * over.  Source: local choice. */
#define PAYMENT_TRIES_MAX 5

/* Longest path of a request, and reason of a failure, with NUL. */
#define PAYMENT_PATH_MAX 96
#define PAYMENT_REASON_MAX 256
/* Longest name of a chain, with NUL. */
#define PAYMENT_CHAIN_MAX 16

struct payment_place {
	char hash[PAYMENT_HASH_TEXT + 1];       /* "": none */
	uint64_t height;
};

/* Everything is copied but user. */
struct payment_follow_config {
	enum bitmark_currency currency;
	char chain[PAYMENT_CHAIN_MAX];  /* "main", as the daemon calls it    */
	unsigned confirmations;         /* at least 1                        */
	uint64_t look_back_s;           /* payments are looked for no further
	                                   back, at the start                */
	uint64_t interval_ms;
	struct payment_place place;     /* of an earlier run                 */
	payment_fn each;                /* BITMARK_E_BUSY: not now           */
	void *user;
};

/*
 *              asks for             and then
 *   IDLE       nothing              TIP, when wake_ms has come
 *   TIP        the newest block     CHECK, HASH, BACK, or IDLE when nothing is
 *                                   deep enough
 *   CHECK      the block at place   in the chain: AHEAD, or IDLE; else CHECK of
 *                                   the one before it; not known: BACK
 *   HASH       the hash above place AHEAD; not told: CHECK
 *   AHEAD      the block above      deep enough: it is looked through and the
 *              place                new place; AHEAD, or IDLE.  It does not
 *                                   follow: CHECK
 *   BACK       the block at cursor  BACK of the one before it; too old: IDLE,
 *                                   and the youngest one is the place
 *
 * Any failure leads to IDLE, and place and cursor stay.
 */
enum payment_state {
	PAYMENT_IDLE,
	PAYMENT_TIP,
	PAYMENT_CHECK,
	PAYMENT_HASH,
	PAYMENT_AHEAD,
	PAYMENT_BACK,
};

/* For reading but by the functions below. */
struct payment_follow {
	struct payment_follow_config config;
	enum payment_state state;
	uint64_t wake_ms;
	struct payment_place place;     /* the last block looked through     */
	struct payment_place tip;       /* when it was asked for             */
	struct payment_place ahead;     /* AHEAD                             */
	char cursor[PAYMENT_HASH_TEXT + 1];     /* BACK; "": not going back  */
	struct payment_place first;     /* BACK: what will be the place      */
	bool is_resumed;                /* the place is of an earlier run    */
	bool is_checked;                /* CHECK has found nothing wrong     */
	bool is_partly;                 /* each was busy: the same answer is to
	                                   be told again                     */
	uint64_t told, to_skip;         /* payments of that answer           */
	unsigned failures;              /* in a row                          */
	unsigned bad_answers;           /* in a row, at one block            */
	char reason[PAYMENT_REASON_MAX];        /* of the last one; "": all is
	                                   well                              */
	/* since the start: */
	uint64_t blocks;                /* looked through                    */
	uint64_t left;                  /* blocks that left the chain        */
	uint64_t passed;                /* blocks that could not be read     */
	uint64_t failures_all;
	struct payment_oddities odd;
};

void payment_follow_init(struct payment_follow *f,
    const struct payment_follow_config *config);

/*
 * payment_follow_next(f, now_ms, path):
 * The path to ask for, behind the URL and a slash; the same again until the
 * answer is told.  False: nothing before f->wake_ms.
 */
bool payment_follow_next(struct payment_follow *f, uint64_t now_ms,
    char path[PAYMENT_PATH_MAX]);

struct payment_answer {
	uint64_t now_ms;                /* monotonic                         */
	uint64_t now_s;                 /* Unix time                         */
	const char *failure;            /* NULL: there is an answer          */
	bool is_too_long;               /* of the failure: more than
	                                   PAYMENT_ANSWER_MAX bytes          */
	long status;                    /* of HTTP                           */
	const char *text;               /* borrowed                          */
	size_t size;
};

/* The answer to what payment_follow_next asked for.  After this, f->is_partly
 * wants the same answer once more: payments that were told are not told again. */
void payment_follow_answer(struct payment_follow *f,
    const struct payment_answer *answer);

#endif
