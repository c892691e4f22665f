/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * transactions - takes transactions into the reservoir, and passes on those
 * that are new.
 *
 * All changes of a turn are one commit of the reservoir's journal.  Only after
 * it are transactions passed on and acknowledged.  Between the first change
 * and bm_transactions_commit the journal holds the store's one write
 * transaction, so nothing else may write to the chain in that time.
 *
 * The owner thread's.
 */
#ifndef BM_NODE_TRANSACTIONS_H
#define BM_NODE_TRANSACTIONS_H

#include <bitmarkpeer/dispatch.h>

#include <sys/queue.h>

#include "node/events.h"

struct bm_accepted;

struct bm_transactions {
	struct bm_state *state;
	struct bm_events *events;       /* what is passed on               */
	bool changing;                  /* a change of the reservoir is open */
	STAILQ_HEAD(, bm_accepted) accepted;
};

/* ${state} and ${events} must outlive it. */
void bm_transactions_init(struct bm_transactions *transactions,
    struct bm_state *state, struct bm_events *events);
/* Frees the messages that wait for a commit, without passing them on. */
void bm_transactions_fini(struct bm_transactions *transactions);

/*
 * bm_transactions_take(t, kind, data, result):
 * Take in assets, issues, a transfer or a proof.
 *
 *   result   of issues and a transfer; of assets duplicate, count and known
 *
 * Returns BITMARK_OK; BITMARK_E_TX_EXISTS with result->duplicate: nothing new,
 * and ${result} tells what was told the first time; an error of
 * bitmark_reservoir_asset, _issues or _transfer; BITMARK_E_NONCE,
 * BITMARK_E_NOT_FOUND (a proof of nothing that waits),
 * BITMARK_E_MISSING_PARAMETERS or BITMARK_E_STORE.
 */
BITMARK_MUSTUSE bitmark_status bm_transactions_take(
    struct bm_transactions *t, enum bitmark_request_kind kind,
    struct bitmark_span data, struct bitmark_unit_result *result);

/*
 * bm_transactions_are_settled(t, data, result):
 * Is every record in ${data} verified or confirmed?  The reservoir refuses
 * such issues and transfers, as v8.2 does; but a wallet whose first answer was
 * lost must not take that for a failure.  Then ${result} tells their ids, and
 * that nothing is left to be paid; else it stays.
 */
bool bm_transactions_are_settled(struct bm_transactions *t,
    struct bitmark_span data, struct bitmark_unit_result *result);

/* Is there a unit with this pay id that is paid for or proved? */
bool bm_transactions_is_verified(struct bm_transactions *t,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE]);

/* As bitmark_reservoir_import. */
BITMARK_MUSTUSE bitmark_status bm_transactions_import(
    struct bm_transactions *t, struct bitmark_span data,
    struct bitmark_import *counts);
/* As bitmark_reservoir_payment. */
BITMARK_MUSTUSE bitmark_status bm_transactions_payment(
    struct bm_transactions *t, const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, bool *verified);

/* Commit the changes, and pass on what was accepted.  ${lost} is how many were
 * not passed on, because they are not durable.  BITMARK_OK or an error of the
 * journal. */
bitmark_status bm_transactions_commit(struct bm_transactions *t,
    uint64_t *lost);

/* The word for a request in the log: "issues" ..; static. */
const char *bm_request_name(enum bitmark_request_kind kind);

#endif
