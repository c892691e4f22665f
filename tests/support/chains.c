/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "chains.h"

#include "chain/chain.h"
#include "chain/env.h"
#include "chain/lock.h"
#include "chain/table.h"
#include "codec/codec.h"
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LENGTH_SIZE 8
#define FIRST_NUMBER 2
#define PATH_MAX_SIZE 256

static void
read_blocks(struct golden_chain *chain, const json_t *list)
{
	struct bm_reader r = bm_reader(chain->file, chain->size);

	chain->count = json_array_size(list);
	chain->blocks = calloc(chain->count, sizeof *chain->blocks);
	ck_assert_ptr_nonnull(chain->blocks);
	for (size_t i = 0; i < chain->count; i++) {
		struct golden_block *b = &chain->blocks[i];
		size_t size = (size_t)bm_read_u64be(&r);
		struct bitmark_span span = bm_read_span(&r, size);
		size_t digest_size;
		uint8_t *digest = field_bytes(json_array_get(list, i),
		    "digest", &digest_size);

		ck_assert_uint_eq(digest_size, sizeof b->digest);
		memcpy(b->digest, digest, sizeof b->digest);
		free(digest);
		b->data = span.data;
		b->size = span.size;
	}
	ck_assert(bm_reader_ok(&r) && r.left == 0);
}

struct golden_chain
golden_chain(const char *name)
{
	struct golden_chain chain = { 0 };
	char file[PATH_MAX_SIZE];

	snprintf(file, sizeof file, "%s.blocks", name);
	chain.file = data_file(file, &chain.size);
	snprintf(file, sizeof file, "%s.json", name);
	chain.facts = vectors_load(file);
	read_blocks(&chain, json_object_get(chain.facts, "blocks"));
	chain.height = FIRST_NUMBER - 1 + chain.count;
	return chain;
}

void
golden_chain_free(struct golden_chain *chain)
{
	json_decref(chain->facts);
	free(chain->blocks);
	free(chain->file);
}

const struct golden_block *
golden_block(const struct golden_chain *chain, uint64_t number)
{
	ck_assert_uint_ge(number, FIRST_NUMBER);
	ck_assert_uint_le(number, chain->height);
	return &chain->blocks[number - FIRST_NUMBER];
}

char *
store_directory(void)
{
	const char *base = getenv("TMPDIR");
	char *directory = malloc(PATH_MAX_SIZE);

	ck_assert_ptr_nonnull(directory);
	snprintf(directory, PATH_MAX_SIZE, "%s/bitmark-store-XXXXXX",
	    base != NULL ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	return directory;
}

void
store_remove(char *directory)
{
	static const char *const files[] = {
		BM_STORE_DATA_FILE, "lock.mdb", BM_STORE_LOCK_FILE,
	};

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		char *path = bm_store_path(directory, files[i]);

		unlink(path);
		free(path);
	}
	rmdir(directory);
	free(directory);
}

struct bitmark_chain *
store_open(const char *directory)
{
	struct bitmark_chain_config config = {
		.struct_size = sizeof config,
		.path = directory,
		.params = bitmark_chain_params_find("local"),
		.map_bytes = STORE_MAP_BYTES,
		.access = BITMARK_CHAIN_WRITE,
	};
	struct bitmark_chain *chain;

	ck_assert_int_eq(bitmark_chain_open(&chain, &config), BITMARK_OK);
	return chain;
}

void
store_add(struct bitmark_chain *chain, const struct golden_chain *golden,
    uint64_t last)
{
	struct bitmark_tip tip;

	bitmark_chain_tip(chain, &tip);
	for (uint64_t n = tip.number + 1; n <= last; n++) {
		const struct golden_block *b = golden_block(golden, n);

		ck_assert_int_eq(bitmark_chain_add(chain, b->data, b->size,
		    b->digest, CHAIN_NOW), BITMARK_OK);
	}
}

/* A table, and the hash over the rows of it and of those before it. */
struct table_hash {
	enum bm_table table;
	uint8_t *hash;
};

static bitmark_status
hash_row(void *user, struct bitmark_span key, struct bitmark_span value)
{
	const struct table_hash *h = user;
	uint8_t size[LENGTH_SIZE];
	const struct bitmark_span parts[] = {
		{ h->hash, BITMARK_DIGEST_SIZE },
		{ size, sizeof size },
		key,
		value,
	};

	bm_put_u64be(size, (uint64_t)h->table << 32 | key.size);
	bm_sha3_256_span(parts, sizeof parts / sizeof parts[0], h->hash);
	return BITMARK_OK;
}

void
store_hash(struct bitmark_chain *chain, uint8_t hash[BITMARK_DIGEST_SIZE])
{
	const struct bitmark_span all = { NULL, 0 };
	struct bm_txn t;

	memset(hash, 0, BITMARK_DIGEST_SIZE);
	ck_assert_int_eq(bm_read_begin(&chain->store, &t), BITMARK_OK);
	for (int i = 0; i < BM_TABLE_COUNT; i++) {
		struct table_hash h = { (enum bm_table)i, hash };

		ck_assert_int_eq(bm_scan(&t, h.table, all, 0, hash_row, &h),
		    BITMARK_OK);
	}
	bm_read_end(&t);
}

void
assert_same_state(struct bitmark_chain *a, struct bitmark_chain *b)
{
	uint8_t x[BITMARK_DIGEST_SIZE], y[BITMARK_DIGEST_SIZE];

	store_hash(a, x);
	store_hash(b, y);
	ck_assert_mem_eq(x, y, sizeof x);
}
