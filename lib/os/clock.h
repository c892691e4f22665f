/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * clock - deadlines for condition variables.  The clocks themselves are in
 * bitmarkpeer/os.h: programs use them, too.
 */
#ifndef BM_OS_CLOCK_H
#define BM_OS_CLOCK_H

#include <bitmarkpeer/os.h>

#include <pthread.h>
#include <time.h>

/* A condition variable whose timed waits follow the monotonic clock: a wall
 * clock that is set must neither shorten nor prolong a wait.
 * BITMARK_OK or BITMARK_E_NOMEM. */
BITMARK_MUSTUSE bitmark_status bm_clock_cond_init(pthread_cond_t *cond);

/* The time ${wait_ms} from now, for pthread_cond_timedwait with such a
 * condition variable. */
struct timespec bm_clock_deadline(uint64_t wait_ms);

#endif
