/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * More for tests of the store: what the golden file says of a block, a pool
 * with known digests, reading, and the dump as text.
 */
#ifndef TESTS_STORES_H
#define TESTS_STORES_H

#include <bitmarkpeer/backup.h>

#include "chains.h"
#include "vectors.h"

/* Number of the first golden block. */
#define GOLDEN_FIRST 2

/* Golden block [i], counted from 0, with its facts.  Inside the chain. */
struct block_facts {
	uint64_t number;
	struct bitmark_span packed;
	const uint8_t *digest;
	uint64_t crc;
	const json_t *json;
};
struct block_facts block_facts(const struct golden_chain *golden, size_t i);

/*
 * A pool whose digests are looked up among those of both golden chains; the
 * digest of another header is one that no difficulty allows.  The chains must
 * outlive it; one at a time.  bitmark_digest_pool_free when done.
 */
struct bitmark_digest_pool *golden_pool(const struct golden_chain *a,
    const struct golden_chain *b);

/* The digest function of that pool, for tests that make their own pool. */
bitmark_digest_fn golden_digests(const struct golden_chain *a,
    const struct golden_chain *b);

/* Configuration of a store of chain "local". */
struct bitmark_chain_config store_config(const char *directory,
    enum bitmark_chain_access access, struct bitmark_digest_pool *digests);

/* Opened with that; fails the test when that fails. */
struct bitmark_chain *store_open_for(const char *directory,
    enum bitmark_chain_access access, struct bitmark_digest_pool *digests);

struct bitmark_snapshot *store_snapshot(struct bitmark_chain *chain);

/* Number of the newest block. */
uint64_t store_height(struct bitmark_chain *chain);

/* Bytes that grow; store_write is a bitmark_write_fn for them. */
struct store_bytes {
	uint8_t *data;
	size_t size;
	size_t capacity;
};
int store_write(void *user, const void *data, size_t size);

/* The dump of a snapshot, or of the store in a directory, with NUL; malloc'ed
 * and never NULL. */
char *snapshot_dump(struct bitmark_snapshot *snapshot);
char *store_dump(const char *directory);

#endif
