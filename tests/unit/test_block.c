/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Whole blocks against the golden chains. */
#include <bitmarkpeer/block.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/vectors.h"

/* No block of the chains is ahead of this. */
#define NOW_S UINT64_C(1600000000)

/*
 * Golden chains: the .json has a line for each block and each record, whose
 * members are sorted by name.  The very lines are made again here.
 */
struct golden {
	FILE *json;
	uint8_t *blocks;
	size_t size;
	char *line;
	size_t capacity;
};

static const char *const chains[] = { "chain-a", "chain-a-fork" };

static void
golden_open(struct golden *g, const char *name)
{
	const char *dir = getenv("BITMARK_TEST_DATA");
	char path[1024];

	memset(g, 0, sizeof *g);
	snprintf(path, sizeof path, "%s.blocks", name);
	g->blocks = data_file(path, &g->size);
	snprintf(path, sizeof path, "%s/%s.json",
	    dir != NULL ? dir : "tests/data", name);
	g->json = fopen(path, "r");
	ck_assert_ptr_nonnull(g->json);
}

/* The next line without its end and without the comma before it. */
static const char *
golden_line(struct golden *g)
{
	ssize_t size = getline(&g->line, &g->capacity, g->json);

	ck_assert_int_gt(size, 1);
	g->line[--size] = '\0';
	if (g->line[size - 1] == ',')
		g->line[--size] = '\0';
	return g->line;
}

static void
golden_close(struct golden *g)
{
	fclose(g->json);
	free(g->line);
	free(g->blocks);
}

/* The digest that a block's line tells: computing it takes half a second. */
static void
line_digest(const char *line, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	static const char key[] = "\"digest\":\"";
	const char *at = strstr(line, key);
	size_t size;

	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(bitmark_hex_decode(at + strlen(key),
	    2 * BITMARK_DIGEST_SIZE, digest, BITMARK_DIGEST_SIZE, &size),
	    BITMARK_OK);
}

static char *
header_json(const struct bitmark_header *header)
{
	char *text;
	size_t size;

	ck_assert_int_eq(bitmark_header_to_json(header, &text, &size),
	    BITMARK_OK);
	ck_assert_uint_eq(strlen(text), size);
	return text;
}

static void
assert_block_line(const struct bitmark_block_walk *w, const char *line,
    uint8_t digest[BITMARK_DIGEST_SIZE])
{
	uint8_t id[BITMARK_TX_ID_SIZE];
	char stored[65], display[65], foundation[65], expected[4096];
	char *header = header_json(&w->header);

	line_digest(line, digest);
	bitmark_foundation_id(digest, w->header.number, id);
	bitmark_hex_encode(digest, BITMARK_DIGEST_SIZE, stored);
	bitmark_hex_encode_reversed(digest, BITMARK_DIGEST_SIZE, display);
	bitmark_hex_encode(id, sizeof id, foundation);
	snprintf(expected, sizeof expected, "{\"crc\":\"%016" PRIx64 "\","
	    "\"digest\":\"%s\",\"digestDisplay\":\"%s\","
	    "\"foundationTxId\":\"%s\",\"header\":%s,\"number\":%" PRIu64 ","
	    "\"size\":%zu,\"transactions\":[", bitmark_crc(w->header.number,
	    w->block.data, w->block.size), stored, display, foundation,
	    header, w->header.number, w->block.size);
	ck_assert_str_eq(line, expected);
	bitmark_free(header);
}

/* ,"assetId":... for assets, "" for other records. */
static void
asset_member(const struct bitmark_record *record, char *out, size_t size)
{
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	char hex[2 * BITMARK_ASSET_ID_SIZE + 1];

	out[0] = '\0';
	if (record->tag != BITMARK_RECORD_ASSET)
		return;
	bitmark_asset_id(record->asset.fingerprint, id);
	bitmark_hex_encode(id, sizeof id, hex);
	snprintf(out, size, "\"assetId\":\"%s\",", hex);
}

static void
assert_record_line(const struct bitmark_block_walk *w, const char *line,
    uint8_t id[BITMARK_TX_ID_SIZE])
{
	char asset[256], hex[2 * BITMARK_TX_ID_SIZE + 1];
	char *record, *expected;
	size_t size;

	bitmark_tx_id(w->packed.data, w->packed.size, id);
	bitmark_hex_encode(id, BITMARK_TX_ID_SIZE, hex);
	asset_member(&w->record, asset, sizeof asset);
	ck_assert_int_eq(bitmark_record_to_json(&w->record, BITMARK_JSON_8_2,
	    &record, &size), BITMARK_OK);
	size += 1024;
	expected = malloc(size);
	ck_assert_ptr_nonnull(expected);
	snprintf(expected, size, "{%s\"length\":%zu,\"name\":\"%s\","
	    "\"offset\":%zu,\"record\":%s,\"tag\":%d,\"txId\":\"%s\"}", asset,
	    w->packed.size, bitmark_record_name(w->record.tag),
	    (size_t)(w->packed.data - w->block.data), record,
	    (int)w->record.tag, hex);
	ck_assert_str_eq(line, expected);
	free(expected);
	bitmark_free(record);
}

/* One block and its lines; the merkle root and the work are right, too. */
static void
assert_block(struct golden *g, const uint8_t *data, size_t size)
{
	struct bitmark_block_walk w;
	uint8_t digest[BITMARK_DIGEST_SIZE], root[BITMARK_DIGEST_SIZE];
	uint8_t *ids;

	ck_assert_int_eq(bitmark_block_walk_start(&w, bitmark_rules_8_2(),
	    data, size, BITMARK_NETWORK_TEST), BITMARK_OK);
	assert_block_line(&w, golden_line(g), digest);
	ids = malloc((size_t)w.header.count * BITMARK_TX_ID_SIZE);
	ck_assert_ptr_nonnull(ids);
	while (w.index < w.header.count) {
		ck_assert_int_eq(bitmark_block_walk_next(&w), BITMARK_OK);
		assert_record_line(&w, golden_line(g),
		    ids + (w.index - 1) * BITMARK_TX_ID_SIZE);
	}
	ck_assert_int_eq(bitmark_block_walk_next(&w), BITMARK_E_STATE);
	ck_assert_str_eq(golden_line(g), "]}");

	bitmark_merkle_root(ids, w.header.count, root);
	ck_assert_mem_eq(root, w.header.merkle, sizeof root);
	ck_assert_int_eq(bitmark_header_check(bitmark_rules_8_2(), &w.header,
	    NOW_S), BITMARK_OK);
	ck_assert_int_eq(bitmark_header_check_work(bitmark_rules_8_2(),
	    &w.header, digest), BITMARK_OK);
	free(ids);
}

/* The block at ${*at} of the file; moves past it.  NULL at the end. */
static const uint8_t *
next_block(const struct golden *g, size_t *at, size_t *size)
{
	const uint8_t *data = g->blocks + *at + 8;

	if (*at >= g->size)
		return NULL;
	*size = 0;
	for (int i = 0; i < 8; i++)
		*size = *size << 8 | g->blocks[*at + (size_t)i];
	*at += 8 + *size;
	ck_assert_uint_le(*at, g->size);
	return data;
}

START_TEST(walking_a_chain_gives_what_the_reference_lists)
{
	struct golden g;
	const uint8_t *data;
	size_t at = 0, size;

	golden_open(&g, chains[_i]);
	while (strcmp(golden_line(&g), "\"blocks\": [") != 0)
		;
	while ((data = next_block(&g, &at, &size)) != NULL)
		assert_block(&g, data, size);
	golden_close(&g);
}
END_TEST

/* A copy of block 2 of chain A: 3 records. */
static uint8_t *
block_two(size_t *size)
{
	struct golden g;
	size_t at = 0;
	const uint8_t *data;
	uint8_t *copy;

	golden_open(&g, "chain-a");
	data = next_block(&g, &at, size);
	ck_assert_ptr_nonnull(data);
	copy = malloc(*size + 1);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, data, *size);
	copy[*size] = 0;
	golden_close(&g);
	return copy;
}

static bitmark_status
walk_through(const uint8_t *data, size_t size)
{
	struct bitmark_block_walk w;
	bitmark_status status = bitmark_block_walk_start(&w,
	    bitmark_rules_8_2(), data, size, BITMARK_NETWORK_TEST);

	while (status == BITMARK_OK && w.index < w.header.count)
		status = bitmark_block_walk_next(&w);
	return status;
}

START_TEST(bytes_after_the_last_record_are_refused)
{
	size_t size;
	uint8_t *block = block_two(&size);

	ck_assert_int_eq(walk_through(block, size), BITMARK_OK);
	ck_assert_int_eq(walk_through(block, size + 1), BITMARK_E_TX_COUNT);
	free(block);
}
END_TEST

START_TEST(a_block_cut_anywhere_is_refused)
{
	size_t size;
	uint8_t *block = block_two(&size);

	for (size_t cut = 0; cut < size; cut++) {
		uint8_t *part = malloc(cut + 1);        /* for the sanitizer */

		ck_assert_ptr_nonnull(part);
		memcpy(part + 1, block, cut);
		ck_assert_int_eq(walk_through(part + 1, cut),
		    cut < BITMARK_HEADER_SIZE ? BITMARK_E_HEADER_SIZE :
		    BITMARK_E_NOT_RECORD);
		free(part);
	}
	free(block);
}
END_TEST

START_TEST(records_of_another_network_end_the_walk)
{
	struct bitmark_block_walk w;
	size_t size;
	uint8_t *block = block_two(&size);

	ck_assert_int_eq(bitmark_block_walk_start(&w, bitmark_rules_8_2(),
	    block, size, BITMARK_NETWORK_LIVE), BITMARK_OK);
	ck_assert_int_ne(bitmark_block_walk_next(&w), BITMARK_OK);
	ck_assert_uint_eq(w.index, 0);
	ck_assert_uint_eq(w.offset, BITMARK_HEADER_SIZE);
	free(block);
}
END_TEST

/* An item of "transactions", made from the parts that are tested above. */
static void
print_item(FILE *out, const struct bitmark_block_walk *w)
{
	uint8_t id[BITMARK_TX_ID_SIZE];
	char asset[256], hex[2 * BITMARK_TX_ID_SIZE + 1], *record;

	bitmark_tx_id(w->packed.data, w->packed.size, id);
	bitmark_hex_encode(id, sizeof id, hex);
	asset_member(&w->record, asset, sizeof asset);
	ck_assert_int_eq(bitmark_record_to_json(&w->record, BITMARK_JSON_SAFE,
	    &record, NULL), BITMARK_OK);
	fprintf(out, "%s{\"record\":\"%s\",\"tag\":%d,\"txId\":\"%s\",%s"
	    "\"network\":\"test\",%s", w->index > 1 ? "," : "",
	    bitmark_record_name(w->record.tag), (int)w->record.tag, hex,
	    asset, record + 1);
	bitmark_free(record);
}

static char *
expected_block_json(const uint8_t *data, size_t size, const char *digest)
{
	struct bitmark_block_walk w;
	char *text = NULL, *header;
	size_t text_size;
	FILE *out = open_memstream(&text, &text_size);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(bitmark_block_walk_start(&w, bitmark_rules_8_2(),
	    data, size, BITMARK_NETWORK_TEST), BITMARK_OK);
	header = header_json(&w.header);
	fprintf(out, "{\"header\":%s,%s\"transactions\":[", header, digest);
	while (w.index < w.header.count) {
		ck_assert_int_eq(bitmark_block_walk_next(&w), BITMARK_OK);
		print_item(out, &w);
	}
	fprintf(out, "]}");
	fclose(out);
	bitmark_free(header);
	return text;
}

static bitmark_status
block_to_json(const uint8_t *block, size_t size, const uint8_t *digest,
    char **text, size_t *text_size)
{
	struct bitmark_block_walk w;
	bitmark_status status = bitmark_block_walk_start(&w,
	    bitmark_rules_8_2(), block, size, BITMARK_NETWORK_TEST);

	return status == BITMARK_OK ? bitmark_block_to_json(&w, digest,
	    BITMARK_JSON_SAFE, text, text_size) : status;
}

static void
assert_block_json(const uint8_t *digest, const char *members)
{
	size_t size, text_size;
	uint8_t *block = block_two(&size);
	char *expected = expected_block_json(block, size, members), *text;

	ck_assert_int_eq(block_to_json(block, size, digest, &text, &text_size),
	    BITMARK_OK);
	ck_assert_str_eq(text, expected);
	ck_assert_uint_eq(text_size, strlen(text));
	bitmark_free(text);
	free(expected);
	free(block);
}

START_TEST(a_block_as_json_has_header_and_records)
{
	assert_block_json(NULL, "");
}
END_TEST

START_TEST(a_block_as_json_has_its_digest_and_number_when_they_are_known)
{
	uint8_t digest[BITMARK_DIGEST_SIZE] = { 1, 2, 3 };

	assert_block_json(digest, "\"digest\":\"010203000000000000000000000000"
	    "0000000000000000000000000000000000\",\"digestDisplay\":\""
	    "0000000000000000000000000000000000000000000000000000000000030201"
	    "\",\"number\":\"2\",");
}
END_TEST

START_TEST(a_block_that_cannot_be_walked_gives_no_json)
{
	size_t size;
	uint8_t *block = block_two(&size);
	char *text = NULL;

	ck_assert_int_eq(block_to_json(block, size - 1, NULL, &text, NULL),
	    BITMARK_E_NOT_RECORD);
	ck_assert_int_eq(block_to_json(block, BITMARK_HEADER_SIZE - 1, NULL,
	    &text, NULL), BITMARK_E_HEADER_SIZE);
	ck_assert_ptr_null(text);
	free(block);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("block");
	TCase *tc = tcase_create("blocks");

	tcase_add_loop_test(tc, walking_a_chain_gives_what_the_reference_lists,
	    0, sizeof chains / sizeof chains[0]);
	tcase_add_test(tc, bytes_after_the_last_record_are_refused);
	tcase_add_test(tc, a_block_cut_anywhere_is_refused);
	tcase_add_test(tc, records_of_another_network_end_the_walk);
	tcase_add_test(tc, a_block_as_json_has_header_and_records);
	tcase_add_test(tc,
	    a_block_as_json_has_its_digest_and_number_when_they_are_known);
	tcase_add_test(tc, a_block_that_cannot_be_walked_gives_no_json);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
