/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "shared/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A program that is started with a standard file closed would get that number
 * for its store or socket, and print into it. */
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

bool
process_pipe_is_closed(int fd)
{
	struct pollfd item = { .fd = fd };

	return poll(&item, 1, 0) == 1 && (item.revents & POLLERR) != 0;
}

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

/* For the handler, which may use nothing that takes a lock or memory. */
static const char *cut_off_text;
static int cut_off_code;

/* Reading a page of a mapped file that was cut off raises SIGBUS; LMDB cannot
 * catch it. */
static void
on_bus_error(int number, siginfo_t *info, void *context)
{
	ssize_t written;

	(void)context;
	/* Not a missing page of a file but a fault of the program: when this
	 * returns, the same instruction runs again and the default action
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
