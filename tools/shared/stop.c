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

/* The first signal asks the program to stop, a later one ends it. timeout(1)
 * sends its signal twice at once, to the process and to its group, so only a
 * second signal after WAKE_S counts as a person who has lost patience. ${came}
 * and ${is_late} are the only data that handlers share with the program. */
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

/* The alarm repeats. The program may miss the first interruption: it may look
 * at the flag just before a call that then waits, such as a write to a full
 * pipe, and the next alarm interrupts that call. */
static void
on_alarm(int number)
{
	(void)number;
	is_late = true;
	alarm(WAKE_S);
}

/* The handlers that were set before are kept for stop_release. */
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

/* Put the old handlers back: from now on a signal ends the process at once, as
 * stopping itself may hang. */
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
