/*
 * Golden chains for the tests: blocks with their known digests, so that a
 * chain is loaded without any work, and stores in temporary directories.
 */
#ifndef TESTS_CHAINS_H
#define TESTS_CHAINS_H

#include "vectors.h"

#include <bitmarkpeer/chain.h>

/* After every timestamp of the golden chains.  Unix seconds. */
#define CHAINS_NOW_S UINT64_C(1546300800)

/* Number of the first block of a file. */
#define CHAINS_FIRST 2
#define CHAINS_BLOCKS_MAX 32

struct golden_block {
	uint64_t number;
	struct bitmark_span packed;     /* inside file */
	uint8_t digest[BITMARK_DIGEST_SIZE];
	uint64_t crc;
	const json_t *json;
};

/* NAME.blocks and NAME.json. */
struct golden_chain {
	json_t *json;
	uint8_t *file;
	size_t file_size;
	size_t count;
	struct golden_block block[CHAINS_BLOCKS_MAX];
};

/* golden_free when done. */
struct golden_chain *golden_load(const char *name);
void golden_free(struct golden_chain *golden);

/* Add block [i] with its known digest; must succeed. */
void golden_add(struct bitmark_chain *chain, const struct golden_chain *golden,
    size_t i);

/* Add all blocks below ${end}, counted from 0, that are not there yet. */
void golden_add_until(struct bitmark_chain *chain,
    const struct golden_chain *golden, size_t end);

/*
 * A pool whose digests are looked up among those of the golden chains given;
 * what is not there gets a digest that no difficulty allows.  The chains must
 * outlive it.  bitmark_digest_pool_free when done; one at a time.
 */
struct bitmark_digest_pool *golden_pool(const struct golden_chain *a,
    const struct golden_chain *b);

#define TEST_PATH_MAX 256

/* A new temporary directory; removed with everything in it. */
void test_directory(char path[TEST_PATH_MAX]);
void test_directory_remove(const char *path);

/* A store of chain "local". */
struct bitmark_chain_config test_config(const char *path,
    enum bitmark_chain_access access, struct bitmark_digest_pool *digests);

/* Opened; must succeed. */
struct bitmark_chain *test_open(const char *path,
    enum bitmark_chain_access access, struct bitmark_digest_pool *digests);
struct bitmark_snapshot *test_snapshot(struct bitmark_chain *chain);

/* Number of the newest block. */
uint64_t test_height(struct bitmark_chain *chain);

/* Bytes that grow; a bitmark_write_fn with its user. */
struct test_bytes {
	uint8_t *data;
	size_t size;
	size_t capacity;
};
int test_write(void *user, const void *data, size_t size);

/* The dump with NUL; free() when done. */
char *test_dump(struct bitmark_chain *chain);

/* The dump of the store at ${path}. */
char *test_dump_of(const char *path);

#endif
