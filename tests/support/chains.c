#include "chains.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LENGTH_SIZE 8

/* The blocks of the file, one after the other. */
static void
find_blocks(struct golden_chain *g)
{
	size_t at = 0;

	while (at < g->file_size) {
		uint64_t size = 0;

		ck_assert_uint_lt(g->count, CHAINS_BLOCKS_MAX);
		for (int i = 0; i < LENGTH_SIZE; i++)
			size = size << 8 | g->file[at++];
		g->block[g->count++].packed = (struct bitmark_span){
		    g->file + at, (size_t)size };
		at += (size_t)size;
	}
	ck_assert_uint_eq(at, g->file_size);
}

static void
find_facts(struct golden_block *b, const json_t *json)
{
	uint8_t *digest;
	size_t size;

	b->json = json;
	b->number = field_number(json, "number");
	b->crc = strtoull(field_text(json, "crc"), NULL, 16);
	digest = field_bytes(json, "digest", &size);
	ck_assert_uint_eq(size, sizeof b->digest);
	memcpy(b->digest, digest, sizeof b->digest);
	free(digest);
}

struct golden_chain *
golden_load(const char *name)
{
	struct golden_chain *g = calloc(1, sizeof *g);
	char file[64];
	json_t *blocks;

	ck_assert_ptr_nonnull(g);
	snprintf(file, sizeof file, "%s.json", name);
	g->json = vectors_load(file);
	snprintf(file, sizeof file, "%s.blocks", name);
	g->file = data_file(file, &g->file_size);
	find_blocks(g);
	blocks = json_object_get(g->json, "blocks");
	ck_assert_uint_eq(json_array_size(blocks), g->count);
	for (size_t i = 0; i < g->count; i++)
		find_facts(&g->block[i], json_array_get(blocks, i));
	return g;
}

void
golden_free(struct golden_chain *golden)
{
	if (golden == NULL)
		return;
	json_decref(golden->json);
	free(golden->file);
	free(golden);
}

void
golden_add(struct bitmark_chain *chain, const struct golden_chain *golden,
    size_t i)
{
	const struct golden_block *b = &golden->block[i];
	bitmark_status status = bitmark_chain_add(chain, b->packed.data,
	    b->packed.size, b->digest, CHAINS_NOW_S);

	ck_assert_msg(status == BITMARK_OK, "block %lu: %s",
	    (unsigned long)b->number, bitmark_strerror(status));
}

void
golden_add_until(struct bitmark_chain *chain,
    const struct golden_chain *golden, size_t end)
{
	for (size_t i = test_height(chain) + 1 - CHAINS_FIRST; i < end; i++)
		golden_add(chain, golden, i);
}

/* What golden_digest looks in: its type leaves no room for a user. */
static const struct golden_chain *known[2];

static bitmark_status
golden_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	(void)arena;
	(void)arena_size;
	memset(output, 0xff, BITMARK_DIGEST_OUTPUT_SIZE);
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; known[k] != NULL && i < known[k]->count;
		    i++) {
			const struct golden_block *b = &known[k]->block[i];

			if (memcmp(b->packed.data, input,
			    BITMARK_DIGEST_INPUT_SIZE) == 0)
				memcpy(output, b->digest, sizeof b->digest);
		}
	}
	return BITMARK_OK;
}

struct bitmark_digest_pool *
golden_pool(const struct golden_chain *a, const struct golden_chain *b)
{
	const struct bitmark_digest_config config = {
		.workers = 2,
		.digest = golden_digest,
	};
	struct bitmark_digest_pool *pool;

	known[0] = a;
	known[1] = b;
	ck_assert_int_eq(bitmark_digest_pool_new(&pool, &config), BITMARK_OK);
	return pool;
}

void
test_directory(char path[TEST_PATH_MAX])
{
	const char *parent = getenv("TMPDIR");

	snprintf(path, TEST_PATH_MAX, "%s/bitmark-test-XXXXXX",
	    parent != NULL ? parent : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(path));
}

void
test_directory_remove(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char name[TEST_PATH_MAX + 256];

	if (directory == NULL)
		return;
	while ((entry = readdir(directory)) != NULL) {
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		if (lstat(name, &st) == 0 && S_ISDIR(st.st_mode))
			test_directory_remove(name);
		else
			unlink(name);
	}
	closedir(directory);
	rmdir(path);
}

struct bitmark_chain_config
test_config(const char *path, enum bitmark_chain_access access,
    struct bitmark_digest_pool *digests)
{
	return (struct bitmark_chain_config){
		.path = path,
		.params = bitmark_chain_params_find("local"),
		.access = access,
		.digests = digests,
	};
}

struct bitmark_chain *
test_open(const char *path, enum bitmark_chain_access access,
    struct bitmark_digest_pool *digests)
{
	struct bitmark_chain_config config = test_config(path, access,
	    digests);
	struct bitmark_chain *chain;
	bitmark_status status = bitmark_chain_open(&chain, &config);

	ck_assert_msg(status == BITMARK_OK, "%s: %s", path,
	    bitmark_strerror(status));
	return chain;
}

struct bitmark_snapshot *
test_snapshot(struct bitmark_chain *chain)
{
	struct bitmark_snapshot *snapshot;

	ck_assert_int_eq(bitmark_snapshot_open(chain, &snapshot), BITMARK_OK);
	return snapshot;
}

uint64_t
test_height(struct bitmark_chain *chain)
{
	struct bitmark_tip tip;

	bitmark_chain_tip(chain, &tip);
	return tip.number;
}

int
test_write(void *user, const void *data, size_t size)
{
	struct test_bytes *bytes = user;

	if (bytes->size + size > bytes->capacity) {
		bytes->capacity = 2 * (bytes->capacity + size);
		bytes->data = realloc(bytes->data, bytes->capacity);
		ck_assert_ptr_nonnull(bytes->data);
	}
	memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
	return 0;
}

char *
test_dump(struct bitmark_chain *chain)
{
	struct bitmark_snapshot *snapshot = test_snapshot(chain);
	struct test_bytes text = { 0 };
	bitmark_status status;

	status = bitmark_snapshot_dump(snapshot, test_write, &text);
	ck_assert_msg(status == BITMARK_OK, "dump: %s",
	    bitmark_strerror(status));
	test_write(&text, "", 1);
	bitmark_snapshot_close(snapshot);
	return (char *)text.data;
}

char *
test_dump_of(const char *path)
{
	struct bitmark_chain *chain = test_open(path, BITMARK_CHAIN_READ,
	    NULL);
	char *text = test_dump(chain);

	bitmark_chain_close(chain);
	return text;
}
