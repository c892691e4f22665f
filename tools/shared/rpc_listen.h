/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_listen - the sockets that the servers of the client RPC listen at.
 */
#ifndef SHARED_RPC_LISTEN_H
#define SHARED_RPC_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "ADDRESS: cause" with NUL. */
#define RPC_WHY_MAX 256

/*
 * rpc_listen(text, fd, why):
 * Listen at "a.b.c.d:port", "[v6]:port", or at all addresses of this machine:
 * ":port", "*:port".
 *
 *   fd    new, does not wait; owned by the caller: close
 *   why   on failure: the address, and the cause
 */
bool rpc_listen(const char *text, int *fd, char why[RPC_WHY_MAX]);

/*
 * rpc_accept(fd, client, address):
 * The next client that waits at ${fd}.
 *
 *   client    new, does not wait; owned by the caller: close
 *   address   IPv6, or IPv4 mapped into it
 *
 * Returns 0, or an error of accept(2).
 */
int rpc_accept(int fd, int *client, uint8_t address[16]);

#endif
