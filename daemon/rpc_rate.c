/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A table of sets, as a cache has: no list is searched, and nothing grows. */
#include "rpc_rate.h"

#include <string.h>

#define MILLI 1000
#define FULL ((int64_t)RPC_RATE_BURST * MILLI)
/* Tokens a second are millitokens a millisecond. */
#define PER_MS RPC_RATE_PER_S
/* Fills every bucket. */
#define FULL_MS (2 * (uint64_t)MILLI * RPC_RATE_BURST / RPC_RATE_PER_S)

static void
network_of(const uint8_t address[16], uint64_t network[2])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	memcpy(network, address, 16);
	if (memcmp(address, mapped, sizeof mapped) != 0)
		network[1] = 0;
}

/* Mixed, so that neighbours are in different sets.  Somebody who chooses
 * addresses that meet only makes the node forget what others have used. */
static unsigned
set_of(const uint64_t network[2])
{
	uint64_t mixed = network[0] ^ network[1] * 3;

	for (int i = 0; i < 2; i++)
		mixed = (mixed ^ mixed >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	return (unsigned)(mixed >> 32) % RPC_RATE_SETS;
}

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

/* The bucket of the network; else the fullest one, which is free when it was
 * never used. */
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
