/*
 * A store whose file was cut off, for daemon and tools.  Opening it mostly finds
 * that out; what it does not find is met when the missing part is read.
 */
#ifndef DAEMON_CUT_OFF_H
#define DAEMON_CUT_OFF_H

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* What is said, and the exit code. */
static const char *cut_off_text;
static int cut_off_code;

static void
on_bus_error(int number, siginfo_t *info, void *context)
{
	ssize_t written;

	(void)context;
	if (info->si_code != BUS_ADRERR) {
		signal(number, SIG_DFL);        /* it comes again */
		return;
	}
	written = write(STDERR_FILENO, cut_off_text, strlen(cut_off_text));
	(void)written;
	_exit(cut_off_code);
}

/* From now on such a read ends the program with this line, which is borrowed,
 * and code; threads that block SIGBUS are not covered. */
static inline void
cut_off_catch(const char *text, int code)
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

#endif
