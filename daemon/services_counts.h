/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * services_counts - what the status and the metrics tell of the services for
 * clients.  Plain numbers.
 */
#ifndef DAEMON_SERVICES_COUNTS_H
#define DAEMON_SERVICES_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

struct services_counts {
	bool rpc, https;                /* it is served                      */
	unsigned rpc_clients;           /* now                               */
	uint64_t rpc_held;              /* bytes that are kept for them      */
	uint64_t rpc_accepted;
	uint64_t rpc_cut_room;          /* accepted and closed: too many     */
	uint64_t rpc_cut_handshake;     /* none, or too slow                 */
	uint64_t rpc_cut_garbage;
	uint64_t rpc_cut_idle;
	uint64_t rpc_cut_slow;          /* did not take their replies        */
	uint64_t rpc_requests;          /* answered, over HTTPS, too         */
	uint64_t rpc_delayed;           /* ... after a wait for allowance    */
	uint64_t rpc_refused;           /* for want of it                    */
	unsigned https_clients;         /* now                               */
	uint64_t https_requests;        /* all pages                         */
	uint64_t https_busy;            /* ... with status 429               */
	uint64_t https_cut;             /* too slow                          */
};

#endif
