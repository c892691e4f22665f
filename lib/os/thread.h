/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * thread - threads that leave signals to the program.
 */
#ifndef BM_OS_THREAD_H
#define BM_OS_THREAD_H

#include <bitmarkpeer/base.h>

#include <pthread.h>

/* All zero: not started. */
struct bm_thread {
	pthread_t id;
	bool started;
};

/*
 * bm_thread_start(thread, run, user):
 * Run ${run} with ${user} on a new thread.  Its signals are masked: a handler
 * that the program installs must not run in the middle of the library's work.
 * Only signals that the thread itself causes stay open (SIGBUS, SIGSEGV,
 * SIGFPE, SIGILL): masked, they would end the process without its handler,
 * and the store's file may cause a SIGBUS when it was cut by another program.
 *
 * Returns BITMARK_OK or BITMARK_E_THREAD.
 */
BITMARK_MUSTUSE bitmark_status bm_thread_start(struct bm_thread *thread,
    void *(*run)(void *), void *user);

/* Wait for its end; nothing when it was not started, or was joined. */
void bm_thread_join(struct bm_thread *thread);

#endif
