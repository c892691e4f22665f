/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * An allowance (token bucket) for each client network. The table is organised
 * like a processor's cache: a network belongs to one set, in which any of a few
 * buckets can be its own. So its memory is fixed, and no look-up takes longer
 * than another, whatever addresses clients have.
 */
#include "rpc_rate.h"

#include <string.h>

#define MILLI 1000
#define FULL ((int64_t)RPC_RATE_BURST * MILLI)
/* Tokens a second equal millitokens a millisecond, so no division is needed. */
#define PER_MS RPC_RATE_PER_S
/* The time that fills every bucket, even one in debt. */
#define FULL_MS (2 * (uint64_t)MILLI * RPC_RATE_BURST / RPC_RATE_PER_S)

/* An IPv4 client is counted by its address, an IPv6 client by its /64 network,
 * since it can use all addresses of that. */
static void
network_of(const uint8_t address[16], uint64_t network[2])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	memcpy(network, address, 16);
	if (memcmp(address, mapped, sizeof mapped) != 0)
		network[1] = 0;
}

/* The address is mixed, so that neighbouring networks are in different sets. A
 * client that chooses addresses of one set can only make the node forget what
 * other clients have used up. */
static unsigned
set_of(const uint64_t network[2])
{
	uint64_t mixed = network[0] ^ network[1] * 3;

	for (int i = 0; i < 2; i++)
		mixed = (mixed ^ mixed >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	return (unsigned)(mixed >> 32) % RPC_RATE_SETS;
}

/* Add the tokens of the time since the bucket was seen last. */
static void
fill(struct rpc_rate_bucket *bucket, uint64_t now_ms)
{
	uint64_t passed = now_ms - bucket->seen_ms;

	if (bucket->seen_ms == 0 || passed >= FULL_MS)
		bucket->millitokens = FULL;
	else
		bucket->millitokens += (int64_t)passed * PER_MS;
	if (bucket->millitokens > FULL)
		bucket->millitokens = FULL;
	bucket->seen_ms = now_ms;
}

/* The bucket of the network, or else the fullest one of its set, which loses
 * the least when it is taken over. A bucket that was never used is full. */
static struct rpc_rate_bucket *
find(struct rpc_rate *rate, const uint64_t network[2], uint64_t now_ms)
{
	struct rpc_rate_bucket *set = rate->buckets[set_of(network)];
	struct rpc_rate_bucket *fullest = set;

	for (unsigned i = 0; i < RPC_RATE_WAYS; i++) {
		fill(&set[i], now_ms);
		if (memcmp(set[i].network, network, sizeof set[i].network) ==
		    0)
			return &set[i];
		if (set[i].millitokens > fullest->millitokens)
			fullest = &set[i];
	}
	fullest->millitokens = FULL;
	memcpy(fullest->network, network, sizeof fullest->network);
	return fullest;
}

/* A bucket may go into debt for RPC_RATE_WAIT_MS at most; the request then
 * waits until the debt is paid. */
uint64_t
rpc_rate_take(struct rpc_rate *rate, const uint8_t address[16], unsigned cost,
    uint64_t now_ms)
{
	uint64_t network[2];
	struct rpc_rate_bucket *bucket;
	int64_t left, wait_ms;

	network_of(address, network);
	bucket = find(rate, network, now_ms);
	left = bucket->millitokens - (int64_t)cost * MILLI;
	wait_ms = left < 0 ? (-left + PER_MS - 1) / PER_MS : 0;
	if (wait_ms > RPC_RATE_WAIT_MS)
		return RPC_RATE_REFUSED;
	bucket->millitokens = left;
	return (uint64_t)wait_ms;
}
