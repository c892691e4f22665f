/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "shared/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* The numbers 0 to 2 must be open. Otherwise the store or a socket would get
 * one of them, and printing would write into it. A write beyond the limit for
 * files gives an error instead of the signal SIGXFSZ. */
bool
process_start(void)
{
	/* Each is opened for the direction in which nothing works. */
	static const int modes[] = { O_WRONLY, O_RDONLY, O_WRONLY };

	signal(SIGXFSZ, SIG_IGN);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", modes[fd]) != fd)
			return false;
	return true;
}

/* POLLERR tells that nobody reads the pipe any more; no wait, as the time-out
 * is 0. */
bool
process_pipe_is_closed(int fd)
{
	struct pollfd item = { .fd = fd };

	return poll(&item, 1, 0) == 1 && (item.revents & POLLERR) != 0;
}

/* End as a program does that never ignored SIGPIPE: the shell sees the usual
 * status. */
void
process_end_by_pipe(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(SIGPIPE);
}

/* For the signal handler, which may take no lock and no memory. */
static const char *cut_off_text;
static int cut_off_code;

/* Reading a page of a mapped file whose end was cut off raises SIGBUS, and LMDB
 * reads through such a map. The handler says so and ends the process, as no
 * code behind it could go on. */
static void
on_bus_error(int number, siginfo_t *info, void *context)
{
	ssize_t written;

	(void)context;
	/* Another kind of SIGBUS is a fault of the program. When the handler
	 * returns, the same instruction runs again, and the default action then
	 * ends the process. */
	if (info->si_code != BUS_ADRERR) {
		signal(number, SIG_DFL);
		return;
	}
	written = write(STDERR_FILENO, cut_off_text, strlen(cut_off_text));
	(void)written;
	_exit(cut_off_code);
}

/* Set once, before threads are started. */
void
process_catch_cut_off(const char *text, int code)
{
	struct sigaction action = {
		.sa_sigaction = on_bus_error,
		.sa_flags = SA_SIGINFO,
	};

	cut_off_text = text;
	cut_off_code = code;
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
}
