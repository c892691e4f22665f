/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Threads: they begin with the mask of the thread that starts them. */
#include "shared/thread.h"

#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>

/* As the library's digest workers.  Source: local choice. */
#define NICE 10

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

/* Linux has a priority for each thread, against POSIX; elsewhere it would be
 * that of the process. */
void
thread_give_way(void)
{
#ifdef __linux__
	(void)setpriority(PRIO_PROCESS, 0, NICE);
#endif
}
