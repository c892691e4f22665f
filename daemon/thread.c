/* Threads: they begin with the mask of the thread that starts them. */
#include "thread.h"

#include <signal.h>
#include <stddef.h>

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
