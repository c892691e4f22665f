/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Signal handlers set flags; everything else is done where the program looks
 * for them.  A handler may interrupt any call, so it uses only alarm, signal
 * and raise, which are safe there.
 */
#include "shared/stop.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

/* Seconds between two alarms. */
#define WAKE_S 1

static const int numbers[] = { SIGINT, SIGTERM, SIGALRM };
#define NUMBERS (sizeof numbers / sizeof numbers[0])

static volatile sig_atomic_t came, is_late;
static struct sigaction before[NUMBERS];

/* timeout(1) sends its signal twice, to the process and to its group: only a
 * second one that comes later is a person who has lost patience. */
static void
on_stop(int number)
{
	if (is_late) {
		signal(number, SIG_DFL);
		raise(number);
	}
	came = number;
	alarm(WAKE_S);
}

/* The call that was interrupted may be followed by another one that waits, as
 * by a write to a pipe that nobody empties. */
static void
on_alarm(int number)
{
	(void)number;
	is_late = true;
	alarm(WAKE_S);
}

/* The handlers of before are kept: they are put back by stop_release. */
void
stop_catch(enum stop_ignored ignored)
{
	came = is_late = 0;
	for (size_t i = 0; i < NUMBERS; i++) {
		/* Without SA_RESTART: calls that wait must end. */
		struct sigaction action = { .sa_handler =
		    numbers[i] == SIGALRM ? on_alarm : on_stop };

		sigemptyset(&action.sa_mask);
		sigaction(numbers[i], NULL, &before[i]);
		if (ignored == STOP_IS_CAUGHT || numbers[i] == SIGALRM ||
		    before[i].sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

/* A flag that is asked for where the program can stop in order. */
int
stop_signal(void)
{
	return came;
}

/* From here on a signal ends the process at once: stopping may hang, too. */
void
stop_release(void)
{
	/* SIGALRM is the last: until then the others may set the alarm. */
	for (size_t i = 0; i < NUMBERS; i++) {
		if (numbers[i] == SIGALRM)
			alarm(0);
		sigaction(numbers[i], &before[i], NULL);
	}
	came = 0;
}
