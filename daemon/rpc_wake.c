/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A pair of sockets; a byte that does not fit is not missed, as there are others
 * to read then. */
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

void
rpc_wake_up(struct rpc_wake *wake)
{
	(void)send(wake->fds[1], "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void
rpc_wake_clear(struct rpc_wake *wake)
{
	char bytes[64];

	while (recv(wake->fds[0], bytes, sizeof bytes, MSG_DONTWAIT) ==
	    sizeof bytes)
		;
}
