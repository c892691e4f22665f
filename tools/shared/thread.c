/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Threads inherit the signal mask of the thread that starts them.
 */
#define _GNU_SOURCE             /* SCHED_BATCH */

#include "shared/thread.h"

#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>

/* As the library's digest workers.  Source: local choice. */
#define NICE 10

/* All signals are blocked, so that only the main thread, which waits for them,
 * receives them. */
void
thread_block_signals(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, before);
}

void
thread_restore_signals(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

bool
thread_start(pthread_t *thread, void *(*run)(void *user), void *user)
{
	sigset_t before;
	int failed;

	thread_block_signals(&before);
	failed = pthread_create(thread, NULL, run, user);
	thread_restore_signals(&before);
	return failed == 0;
}

/* Linux keeps a priority for each thread (POSIX would have one for the
 * process). Elsewhere the calls would slow the whole program, so they are left out.
 * A thread of SCHED_BATCH that wakes up interrupts no other. */
void
thread_give_way(void)
{
#ifdef __linux__
	const struct sched_param none = { 0 };

	(void)setpriority(PRIO_PROCESS, 0, NICE);
	(void)sched_setscheduler(0, SCHED_BATCH, &none);
#endif
}

void
thread_let_others_run(void)
{
	(void)sched_yield();
}
