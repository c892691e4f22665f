/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The pipe that wakes a poll.
 *
 * A condition variable cannot wake a thread that waits in poll, and a flag
 * alone would be missed between the test of the flag and the call of poll.  A
 * byte in a pipe is still there when poll begins.
 */
#include "os/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Bytes that are taken with one read: each signal is one. */
#define TAKE_MAX 64

bitmark_status
bm_wake_init(struct bm_wake *wake)
{
	if (pipe(wake->fd) != 0) {
		wake->fd[0] = wake->fd[1] = -1;
		return BITMARK_E_IO;
	}
	/* Neither end may block: the writer must go on when the pipe is full,
	 * and the reader empties it until there is nothing left.  A program
	 * that the host process starts must not inherit them. */
	for (int i = 0; i < 2; i++) {
		(void)fcntl(wake->fd[i], F_SETFL, O_NONBLOCK);
		(void)fcntl(wake->fd[i], F_SETFD, FD_CLOEXEC);
	}
	return BITMARK_OK;
}

void
bm_wake_fini(struct bm_wake *wake)
{
	for (int i = 0; i < 2; i++)
		if (wake->fd[i] >= 0)
			close(wake->fd[i]);
	wake->fd[0] = wake->fd[1] = -1;
}

void
bm_wake_signal(const struct bm_wake *wake)
{
	ssize_t written;

	/* A pipe that is full (EAGAIN) holds signals enough: the thread that
	 * waits is going to wake up anyway. */
	do {
		written = write(wake->fd[1], "", 1);
	} while (written < 0 && errno == EINTR);
}

bool
bm_wake_take(const struct bm_wake *wake)
{
	char bytes[TAKE_MAX];
	bool any = false;

	/* All of them, since one wake-up answers any number of signals.  A
	 * byte that arrives after the last read wakes the next poll. */
	while (read(wake->fd[0], bytes, sizeof bytes) > 0)
		any = true;
	return any;
}
