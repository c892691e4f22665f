/*
 * calls - what other threads want the owner thread to do: they wait until it
 * has done it.
 */
#ifndef BM_NODE_CALLS_H
#define BM_NODE_CALLS_H

#include <bitmarkpeer/base.h>

struct bm_calls;
struct bm_owner;

/* Done by the owner; its result is the caller's. */
typedef bitmark_status (*bm_call_fn)(struct bm_owner *owner, void *argument);

/* BITMARK_OK, BITMARK_E_NOMEM or BITMARK_E_IO. */
BITMARK_MUSTUSE bitmark_status bm_calls_new(struct bm_calls **calls);
/* After bm_calls_end; those who wait have left when it returns. */
void bm_calls_free(struct bm_calls *calls);

/*
 * bm_calls_make(calls, function, argument):
 * Have ${function} called by the owner, and wait; any thread but the
 * owner's.
 * Returns what it returns, BITMARK_E_STOPPED, BITMARK_E_STATE (the thread is the
 * owner's) or BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_calls_make(struct bm_calls *calls,
    bm_call_fn function, void *argument);

/* The owner's: this is its thread; do all that waits; and refuse it, now and later. */
void bm_calls_begin(struct bm_calls *calls);
void bm_calls_run(struct bm_calls *calls, struct bm_owner *owner);
void bm_calls_end(struct bm_calls *calls);

/* Readable when there is something to do. */
int bm_calls_fd(const struct bm_calls *calls);

#endif
