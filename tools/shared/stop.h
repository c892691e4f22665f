/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * stop - the signals SIGINT and SIGTERM ask a program to end its work in
 * order: it looks for them between two steps.
 */
#ifndef SHARED_STOP_H
#define SHARED_STOP_H

/* A signal that the parent has set to be ignored stays so, or not.  A script
 * starts its background processes with SIGINT ignored, so that Ctrl-C ends
 * only the one in the foreground. */
enum stop_ignored {
	STOP_STAYS_IGNORED,
	STOP_IS_CAUGHT,         /* by a daemon: it is always in the background */
};

/*
 * stop_catch(ignored):
 * Hold the signals back from now on.  A call that waits (poll, read, write)
 * ends with EINTR when one comes, and again every second after that.  A
 * second signal that comes a second or more after the first ends the process
 * at once.
 *
 * Call it before threads are started; those of the library block the signals.
 */
void stop_catch(enum stop_ignored ignored);

/* The signal that came, or 0. */
int stop_signal(void);

/* Forget a signal that came, for it was heeded; the next one does what it did
 * before stop_catch. */
void stop_release(void);

#endif
