/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The golden chains for tests of the store: blocks with their known digests,
 * stores in directories of their own, and the whole state of a store as one
 * hash.
 */
#ifndef TESTS_CHAINS_H
#define TESTS_CHAINS_H

#include <bitmarkpeer/chain.h>

#include <jansson.h>

/* A date after all golden blocks.  Unix seconds. */
#define CHAIN_NOW UINT64_C(1577836800)

/* Small, so that every test makes the map grow. */
#define STORE_MAP_BYTES 1

/* Golden blocks, from number 2 upward. */
struct golden_chain {
	uint8_t *file;                  /* save-blocks format             */
	size_t size;
	struct golden_block {
		const uint8_t *data;    /* inside file                    */
		size_t size;
		uint8_t digest[BITMARK_DIGEST_SIZE];
	} *blocks;
	size_t count;
	uint64_t height;                /* number of the last block       */
	json_t *facts;                  /* what v8.2 holds after them all */
};

/* "chain-a" or "chain-a-fork"; free with golden_chain_free. */
struct golden_chain golden_chain(const char *name);
void golden_chain_free(struct golden_chain *chain);
const struct golden_block *golden_block(const struct golden_chain *chain,
    uint64_t number);

/* A new empty directory; malloc'ed.  store_remove deletes it with the store
 * in it, and frees the name. */
char *store_directory(void);
void store_remove(char *directory);

/* Open the store of chain "local"; fails the test when that fails. */
struct bitmark_chain *store_open(const char *directory);

/* Add golden blocks from the one after the tip to number LAST. */
void store_add(struct bitmark_chain *chain, const struct golden_chain *golden,
    uint64_t last);

/* Hash over every row of every table, as committed. */
void store_hash(struct bitmark_chain *chain,
    uint8_t hash[BITMARK_DIGEST_SIZE]);
void assert_same_state(struct bitmark_chain *a, struct bitmark_chain *b);

#endif
