/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * chain_maker - blocks in any number, for benchmarks: real records with real
 * signatures, or such that are only as large, and a digest that costs nothing.
 *
 * Owners are numbered; the key of each follows from its number, so that
 * nothing needs to be kept.  Failures end the program with a message.
 */
#ifndef BENCH_CHAIN_MAKER_H
#define BENCH_CHAIN_MAKER_H

#include <bitmarkpeer/chain.h>

/* A date before which no block was made.  Unix seconds. */
#define MAKER_NOW UINT64_C(1577836800)
/* As many as a block may have: header_count_max of the rules of v8.2. */
#define MAKER_RECORDS_MAX 10000

/* Last bytes of a digest weigh most: these, when zero, make it meet the lowest
 * difficulty. */
#define MAKER_DIGEST_ZEROS 2

/* Ends the program unless ${status} is BITMARK_OK. */
void maker_must(bitmark_status status, const char *what);

/* The digest of all these chains: a hash of the header that meets the lowest
 * difficulty.  A bitmark_digest_fn. */
bitmark_status maker_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE],
    void *arena, size_t arena_size,
    uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE]);

/* The key of owner ${number}, and the account. */
void maker_key(uint64_t number, struct bitmark_private_key *key);
void maker_account(uint64_t number, struct bitmark_account *account);

/* A block in the making. */
struct maker_block {
	size_t count;
	size_t size;
	uint8_t digest[BITMARK_DIGEST_SIZE];    /* by maker_finish */
	uint8_t ids[MAKER_RECORDS_MAX][BITMARK_TX_ID_SIZE];
	uint8_t data[BITMARK_BLOCK_MAX];
};

/* New, with a foundation that belongs to owner 0; owned by the caller:
 * free(). */
struct maker_block *maker_block_new(void);

/* Only the foundation is left. */
void maker_block_clear(struct maker_block *block);

/* The asset of all issues: the rules of 0.16 want it before the first. */
void maker_asset(struct maker_block *block);

/* An issue of that asset to ${owner}, another one for each nonce. */
void maker_issue(struct maker_block *block, uint64_t owner, uint64_t nonce);

/* Signed by ${from}, who holds the item by ${link}. */
void maker_transfer(struct maker_block *block,
    const uint8_t link[BITMARK_TX_ID_SIZE], uint64_t from, uint64_t to);

/* As maker_issue, but to an owner made of ${owner} who has no key: the
 * signature is not valid.  Costs next to nothing; for maker_fill. */
void maker_false_issue(struct maker_block *block, uint64_t owner,
    uint64_t nonce);

/* Likewise an asset with a name and metadata, and an issue of it. */
void maker_false_asset(struct maker_block *block, uint64_t number);
void maker_false_issue_of(struct maker_block *block, uint64_t asset,
    uint64_t owner, uint64_t nonce);

/* The account of an owner without a key. */
void maker_false_account(uint64_t owner, struct bitmark_account *account);

/* Header and digest: the block follows ${tip}. */
void maker_finish(struct maker_block *block, const struct bitmark_tip *tip);

/* Finish, and add to ${chain} (to the open batch when there is one). */
void maker_add(struct maker_block *block, struct bitmark_chain *chain);

/* Adds the records of block ${number}: the same ones when called again. */
typedef void (*maker_records_fn)(struct maker_block *block, uint64_t number,
    void *user);

/* Store ${count} blocks after the newest one, without verifying their records,
 * many with one commit: long chains in little time. */
void maker_fill(struct bitmark_chain *chain, uint64_t count,
    maker_records_fn records, void *user);

/* A new directory below TMPDIR or /tmp; owned by the caller: maker_remove,
 * which deletes it with the store in it. */
char *maker_directory(void);
void maker_remove(char *directory);

/* Open the store in ${directory} for writing; made when there is none.
 * ${digests} may be NULL. */
struct bitmark_chain *maker_open(const char *directory,
    struct bitmark_digest_pool *digests);
/* A new one follows ${rules}. */
struct bitmark_chain *maker_open_under(const char *directory,
    struct bitmark_digest_pool *digests, const struct bitmark_rules *rules);

#endif
