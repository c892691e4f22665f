/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The chain of a currency, as bitcoind and litecoind in regtest mode tell it by
 * their REST interface; it forks when it is told to.  The form of the answers
 * is that of Litecoin Core 0.21 (tests/data/payment), shortened.
 */
#ifndef TESTS_PLAYED_CHAIN_H
#define TESTS_PLAYED_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAYED_HASH_TEXT 64
/* Between two blocks.  Seconds. */
#define PLAYED_PACE_S 600

struct played_block {
	char hash[PLAYED_HASH_TEXT + 1];
	size_t parent;                  /* of block 0 itself               */
	uint64_t height, time_s;
	char *tx;                       /* JSON behind the coinbase, or NULL */
};

struct played {
	struct played_block *block;
	size_t count;
	size_t tip;                     /* of block[]                      */
	const char *chain;
	unsigned seed;                  /* of the hashes                   */
	uint64_t start_s;               /* time of block 0                 */
	/* How it differs from a daemon of today: */
	bool knows_no_heights;          /* as one before 0.18              */
	uint64_t pruned;                /* blocks below this height        */
};

/* Begin a chain with one block. */
void played_init(struct played *p, const char *chain, unsigned seed,
    uint64_t start_s);
void played_free(struct played *p);

/* A block on the newest one; gives its place.  ${tx} is taken: malloc. */
size_t played_mine(struct played *p, char *tx);
void played_mine_many(struct played *p, unsigned count);

/* Make an earlier block the newest one: blocks that are mined next are another
 * branch. */
void played_fork(struct played *p, size_t at);

/* The block of the chain, as it is now, with this height. */
size_t played_at(const struct played *p, uint64_t height);

/* One transaction that pays ${coins}, digits with a point, to ${address}, and
 * has the output ${script}, in hex.  Owned by the caller: free. */
char *played_payment(const char *script, const char *address,
    const char *coins);

/* The answer to "chaininfo.json" and others; owned by the caller: free. */
char *played_answer(const struct played *p, const char *path, long *status);

#endif
