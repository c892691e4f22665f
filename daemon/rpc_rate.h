/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_rate - how much each client may ask for: a bucket of tokens for each
 * address, which fills again by itself.
 *
 * Pure: is told the time.
 */
#ifndef DAEMON_RPC_RATE_H
#define DAEMON_RPC_RATE_H

#include <stdint.h>

/* Tokens a second, and at most.  Source: local choice; bitmarkd 0.16 has such
 * buckets for all clients together, which one of them can empty for all. */
#define RPC_RATE_PER_S 100
#define RPC_RATE_BURST 200
/* Longest wait for tokens that are missing; beyond it a request is refused.
 * Milliseconds. */
#define RPC_RATE_WAIT_MS 2000

/* Addresses that are remembered.  One that is forgotten begins with a full
 * bucket again, so that those are taken whose bucket is the fullest. */
#define RPC_RATE_SETS 1024
#define RPC_RATE_WAYS 4

#define RPC_RATE_REFUSED UINT64_MAX

struct rpc_rate_bucket {
	uint64_t seen_ms;               /* when it was filled last; 0: free  */
	int64_t millitokens;            /* below 0: promised to those that
	                                   wait                              */
	uint64_t network[2];
};

/* All zero at first. */
struct rpc_rate {
	struct rpc_rate_bucket buckets[RPC_RATE_SETS][RPC_RATE_WAYS];
};

/*
 * rpc_rate_take(rate, address, cost, now_ms):
 * Take the tokens of a request.
 *
 *   address   IPv6, or IPv4 mapped into it.  All of one network of 64 bits,
 *             which is the smallest that people have, are one client
 *   now_ms    not 0
 *
 * Returns how long the request has to wait, in milliseconds, or
 * RPC_RATE_REFUSED; nothing is taken then.
 */
uint64_t rpc_rate_take(struct rpc_rate *rate, const uint8_t address[16],
    unsigned cost, uint64_t now_ms);

#endif
