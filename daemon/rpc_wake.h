/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_wake - another thread ends the poll of one.
 */
#ifndef DAEMON_RPC_WAKE_H
#define DAEMON_RPC_WAKE_H

#include <stdbool.h>

/* [0] is polled for reading. */
struct rpc_wake {
	int fds[2];
};

bool rpc_wake_open(struct rpc_wake *wake);
void rpc_wake_close(struct rpc_wake *wake);

/* Any thread. */
void rpc_wake_up(struct rpc_wake *wake);

/* After a poll, before what it was woken for is looked at. */
void rpc_wake_clear(struct rpc_wake *wake);

#endif
