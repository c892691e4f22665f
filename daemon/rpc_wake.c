/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A pair of connected sockets that wakes a poll. Any thread writes a byte, and
 * the polling thread reads all of them. When the buffer is full the byte is not
 * needed: others are waiting to be read.
 */
#include "rpc_wake.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

bool
rpc_wake_open(struct rpc_wake *wake)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, wake->fds) != 0)
		return false;
	for (int i = 0; i < 2; i++) {
		(void)fcntl(wake->fds[i], F_SETFL, O_NONBLOCK);
		(void)fcntl(wake->fds[i], F_SETFD, FD_CLOEXEC);
	}
	return true;
}

void
rpc_wake_close(struct rpc_wake *wake)
{
	close(wake->fds[0]);
	close(wake->fds[1]);
}

/* MSG_DONTWAIT: a thread that wakes another one must never wait itself. */
void
rpc_wake_up(struct rpc_wake *wake)
{
	(void)send(wake->fds[1], "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Fewer bytes than there is room for mean that all were read. A byte that comes
 * later makes the next poll return. */
void
rpc_wake_clear(struct rpc_wake *wake)
{
	char bytes[64];

	while (recv(wake->fds[0], bytes, sizeof bytes, MSG_DONTWAIT) ==
	    sizeof bytes)
		;
}
