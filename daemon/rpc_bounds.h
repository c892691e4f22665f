/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_bounds - how much one request of the client RPC may be.
 */
#ifndef DAEMON_RPC_BOUNDS_H
#define DAEMON_RPC_BOUNDS_H

/* Longest request.  Bytes.  Source: local bound: 100 assets at their limits are
 * 2 MiB. */
#define RPC_REQUEST_MAX (4 * 1024 * 1024)
/* Arrays and objects within each other in a request, at most.  Source: local
 * bound. */
#define RPC_DEPTH_MAX 32
/* Values in a request, at most.  Source: local bound: 100 assets and 100 issues
 * have about 1500; each takes up to 100 bytes of memory. */
#define RPC_VALUES_MAX 20000

#endif
