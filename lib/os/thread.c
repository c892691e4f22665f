/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Starting and joining threads. */
#include "os/thread.h"

#include <signal.h>

bitmark_status
bm_thread_start(struct bm_thread *thread, void *(*run)(void *), void *user)
{
	sigset_t masked, before;
	int error;

	/* The four that stay open are raised by the thread's own instructions.
	 * POSIX leaves it undefined what a blocked one of them does; Linux
	 * ends the process without calling its handler. */
	sigfillset(&masked);
	sigdelset(&masked, SIGBUS);
	sigdelset(&masked, SIGSEGV);
	sigdelset(&masked, SIGFPE);
	sigdelset(&masked, SIGILL);
	/* A new thread inherits the mask of the one that makes it.  If it set
	 * its own mask instead, a signal could come before it did so. */
	pthread_sigmask(SIG_SETMASK, &masked, &before);
	error = pthread_create(&thread->id, NULL, run, user);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	thread->started = error == 0;
	return error == 0 ? BITMARK_OK : BITMARK_E_THREAD;
}

void
bm_thread_join(struct bm_thread *thread)
{
	if (thread->started)
		pthread_join(thread->id, NULL);
	thread->started = false;
}
