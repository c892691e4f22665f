/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * For tests of mining: what nodes of bitmarkd published and were sent, and
 * templates over the reservoir of reservoirs.h.
 */
#ifndef TESTS_MINING_H
#define TESTS_MINING_H

#include <bitmarkpeer/mining.h>

#include "reservoirs.h"

/* The records of tests/data/services/proofing-VERSION.jsonl; an array.
 * json_decref when done. */
json_t *proofing_load(const char *version);

/* The account that signs the blocks of tests/data/services, of 0.16. */
struct bitmark_private_key services_key(const char *name);

/* An address that is good for both currencies on test chains. */
#define MINING_ADDRESS "mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj"

/* The miner with that key, and the addresses given. */
struct bitmark_miner services_miner(const struct bitmark_private_key *key,
    const char *bitcoin, const char *litecoin);

/* A new base record of this kind, signed by a test key. */
struct bitmark_base mining_base(enum bitmark_base_kind kind);

/* The first record of a packed block as a base. */
struct bitmark_base base_of_block(struct bitmark_span block);

/* A configuration over the fixture: now_s is its clock. */
struct bitmark_template_config template_config(
    const struct bitmark_base *base);

/* The template of what waits in the fixture, or NULL with its error. */
struct bitmark_template *template_now(
    const struct bitmark_template_config *config, bitmark_status *status);

/* Called with each record of a block. */
typedef void (*template_record_fn)(void *user,
    const struct bitmark_block_walk *walk,
    const uint8_t id[BITMARK_TX_ID_SIZE]);

/* Make a template of what waits in the fixture and call ${each} for its records
 * after the base.  Returns their number. */
size_t template_each(template_record_fn each, void *user);

struct bitmark_template_counts template_counts(
    const struct bitmark_template *t);

/* Would the chain of the fixture accept the template's block?  Nothing is
 * stored. */
bitmark_status template_offer(const struct bitmark_template *t);

#endif
