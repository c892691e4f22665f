/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Both golden chains, each in a store of its own: made once by a fixture,
 * then only read by the tests, each of which is a process of its own.  Tests
 * are loop tests over the index of the chain.
 */
#ifndef TESTS_GOLDEN_STORES_H
#define TESTS_GOLDEN_STORES_H

#include "stores.h"

#define GOLDEN_COUNT 2

/* Unchecked fixture. */
void golden_stores_make(void);
void golden_stores_remove(void);

/* A golden chain as the tests of stores use it: the facts about it, a store that
 * holds it, opened for reading, and a snapshot of that. */
struct golden {
	const struct golden_chain *of;
	struct bitmark_chain *chain;
	struct bitmark_snapshot *snap;
};
struct golden golden_open(int i);
void golden_close(struct golden *g);

/* The chain alone. */
const struct golden_chain *golden_only(int i);

/* JSON of the transactions of block [i], counted from 0. */
const json_t *block_transactions(const struct golden_chain *of, size_t i);

/* The transaction TXID as the golden file has it; NULL: there is none, or it
 * is a foundation. */
const json_t *golden_transaction(const struct golden_chain *of,
    const char *tx_id);

/* Is it filed under its own id?  Assets and base records are not. */
bool is_filed(const json_t *tx);

/* Is this the first time that ID is seen?  Version 1 blocks may repeat. */
bool is_first_copy(json_t *seen, const char *id);

/* A hex field of exactly SIZE bytes. */
void read_id(const json_t *object, const char *key, uint8_t *id, size_t size);

#endif
