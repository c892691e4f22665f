/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "stores.h"

#include <stdlib.h>
#include <string.h>

struct block_facts
block_facts(const struct golden_chain *golden, size_t i)
{
	const struct golden_block *b = &golden->blocks[i];
	const json_t *json = json_array_get(json_object_get(golden->facts,
	    "blocks"), i);

	return (struct block_facts){
		.number = field_number(json, "number"),
		.packed = { b->data, b->size },
		.digest = b->digest,
		.crc = strtoull(field_text(json, "crc"), NULL, 16),
		.json = json,
	};
}

/* The chains that golden_digest searches: global, because a bitmark_digest_fn
 * has no user pointer. */
#define KNOWN_COUNT 2
static const struct golden_chain *known[KNOWN_COUNT];

static bitmark_status
golden_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	(void)arena;
	(void)arena_size;
	memset(output, 0xff, BITMARK_DIGEST_OUTPUT_SIZE);
	for (size_t k = 0; k < KNOWN_COUNT; k++) {
		for (size_t i = 0; i < known[k]->count; i++) {
			const struct golden_block *b = &known[k]->blocks[i];

			if (memcmp(b->data, input,
			    BITMARK_DIGEST_INPUT_SIZE) == 0)
				memcpy(output, b->digest, sizeof b->digest);
		}
	}
	return BITMARK_OK;
}

bitmark_digest_fn
golden_digests(const struct golden_chain *a, const struct golden_chain *b)
{
	known[0] = a;
	known[1] = b;
	return golden_digest;
}

struct bitmark_digest_pool *
golden_pool(const struct golden_chain *a, const struct golden_chain *b)
{
	const struct bitmark_digest_config config = {
		.struct_size = sizeof config,
		.workers = 2,
		.nice = -1,
		.digest = golden_digests(a, b),
	};
	struct bitmark_digest_pool *pool;

	ck_assert_int_eq(bitmark_digest_pool_new(&pool, &config), BITMARK_OK);
	return pool;
}

struct bitmark_chain_config
store_config(const char *directory, enum bitmark_chain_access access,
    struct bitmark_digest_pool *digests)
{
	return (struct bitmark_chain_config){
		.struct_size = sizeof(struct bitmark_chain_config),
		.path = directory,
		.params = bitmark_chain_params_find("local"),
		.map_bytes = STORE_MAP_BYTES,
		.access = access,
		.digests = digests,
	};
}

struct bitmark_chain *
store_open_for(const char *directory, enum bitmark_chain_access access,
    struct bitmark_digest_pool *digests)
{
	struct bitmark_chain_config config = store_config(directory, access,
	    digests);
	struct bitmark_chain *chain;
	bitmark_status status = bitmark_chain_open(&chain, &config);

	ck_assert_msg(status == BITMARK_OK, "%s: %s", directory,
	    bitmark_strerror(status));
	return chain;
}

struct bitmark_snapshot *
store_snapshot(struct bitmark_chain *chain)
{
	struct bitmark_snapshot *snapshot;

	ck_assert_int_eq(bitmark_snapshot_open(chain, &snapshot), BITMARK_OK);
	return snapshot;
}

uint64_t
store_height(struct bitmark_chain *chain)
{
	struct bitmark_tip tip;

	bitmark_chain_tip(chain, &tip);
	return tip.number;
}

int
store_write(void *user, const void *data, size_t size)
{
	struct store_bytes *bytes = user;

	if (size > bytes->capacity - bytes->size) {
		bytes->capacity = 2 * (bytes->capacity + size);
		bytes->data = realloc(bytes->data, bytes->capacity);
		ck_assert_ptr_nonnull(bytes->data);
	}
	memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
	return 0;
}

char *
snapshot_dump(struct bitmark_snapshot *snapshot)
{
	struct store_bytes text = { 0 };
	bitmark_status status = bitmark_snapshot_dump(snapshot, store_write,
	    &text);

	ck_assert_msg(status == BITMARK_OK, "dump: %s",
	    bitmark_strerror(status));
	store_write(&text, "", 1);
	return (char *)text.data;
}

char *
store_dump(const char *directory)
{
	struct bitmark_chain *chain = store_open_for(directory,
	    BITMARK_CHAIN_READ, NULL);
	struct bitmark_snapshot *snapshot = store_snapshot(chain);
	char *text = snapshot_dump(snapshot);

	bitmark_snapshot_close(snapshot);
	bitmark_chain_close(chain);
	return text;
}
