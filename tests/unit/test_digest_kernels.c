/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Every kernel that this processor can run, against libargon2 and the golden
 * digests.  Small memories make many headers cheap: there every rule about
 * which block is chosen is the same.
 */
#include <argon2.h>
#include <stdlib.h>
#include <string.h>

#include "../support/vectors.h"
#include "digest/digest.h"
#include "digest/kernel.h"

#define INPUT BITMARK_DIGEST_INPUT_SIZE
#define OUTPUT BITMARK_DIGEST_OUTPUT_SIZE
#define GOLDEN 3
#define SHAPES (sizeof shapes / sizeof *shapes)

/* Memories, and how many pairs of headers are tried in each. */
static const struct {
	uint32_t kib;
	unsigned pairs;
} shapes[] = {
	{ 8, 100 }, { 12, 100 }, { 16, 100 }, { 20, 100 }, { 64, 100 },
	{ 252, 20 }, { 256, 20 }, { 1000, 10 }, { 1024, 10 },
};

static void *arenas[BM_DIGEST_TURNS];

static void
map_arenas(void)
{
	for (size_t i = 0; i < BM_DIGEST_TURNS; i++) {
		arenas[i] = bm_arena_map();
		ck_assert_ptr_nonnull(arenas[i]);
	}
}

static void
unmap_arenas(void)
{
	for (size_t i = 0; i < BM_DIGEST_TURNS; i++)
		bm_arena_unmap(arenas[i]);
}

/* Any header; the same one in each run. */
static void
next_header(uint8_t header[INPUT])
{
	static uint64_t x = 20190311;

	for (size_t i = 0; i < INPUT; i++) {
		x = x * 6364136223846793005U + 1442695040888963407U;
		header[i] = (uint8_t)(x >> 56);
	}
}

static void
oracle(const uint8_t header[INPUT], uint32_t kib, uint8_t digest[OUTPUT])
{
	ck_assert_int_eq(argon2_hash(BITMARK_DIGEST_PASSES, kib, 1, header,
	    INPUT, header, INPUT, digest, OUTPUT, NULL, 0, Argon2_d,
	    ARGON2_VERSION_13), ARGON2_OK);
}

static void
ours(const struct bm_kernel *kernel, const uint8_t header[INPUT],
    uint32_t kib, uint8_t digest[OUTPUT])
{
	const struct bm_argon2d task = { header, arenas[0], digest };

	bm_argon2d(kernel, &task, 1, kib);
}

/* Two headers: alone, and in turn.  The arenas are as the last one left
 * them. */
static void
compare(const struct bm_kernel *kernel, uint32_t kib)
{
	uint8_t header[2][INPUT], expected[2][OUTPUT], found[2][OUTPUT];
	const struct bm_argon2d tasks[2] = {
		{ header[0], arenas[0], found[0] },
		{ header[1], arenas[1], found[1] },
	};

	for (size_t i = 0; i < 2; i++) {
		next_header(header[i]);
		oracle(header[i], kib, expected[i]);
		ours(kernel, header[i], kib, found[i]);
		ck_assert_msg(memcmp(found[i], expected[i], OUTPUT) == 0,
		    "%s differs in %u KiB", kernel->name, (unsigned)kib);
	}
	memset(found, 0, sizeof found);
	bm_argon2d(kernel, tasks, 2, kib);
	ck_assert_msg(memcmp(found, expected, sizeof found) == 0,
	    "%s differs in turn in %u KiB", kernel->name, (unsigned)kib);
}

START_TEST(each_kernel_equals_libargon2_in_small_memories)
{
	map_arenas();
	for (size_t k = 0; bm_kernels[k] != NULL; k++) {
		if (!bm_kernels[k]->usable())
			continue;
		for (size_t i = 0; i < SHAPES; i++)
			for (unsigned n = 0; n < shapes[i].pairs; n++)
				compare(bm_kernels[k], shapes[i].kib);
	}
	unmap_arenas();
}
END_TEST

START_TEST(each_kernel_equals_libargon2_in_the_whole_memory)
{
	map_arenas();
	for (size_t k = 0; bm_kernels[k] != NULL; k++)
		if (bm_kernels[k]->usable())
			compare(bm_kernels[k], BITMARK_DIGEST_MEMORY_KIB);
	unmap_arenas();
}
END_TEST

static void
compare_golden(const struct bm_kernel *kernel, const json_t *v)
{
	uint8_t digest[OUTPUT], *header;
	size_t size;

	header = field_bytes(v, "header", &size);
	ck_assert_uint_eq(size, INPUT);
	ours(kernel, header, BITMARK_DIGEST_MEMORY_KIB, digest);
	assert_hex(digest, sizeof digest, field_text(v, "digest"),
	    kernel->name);
	free(header);
}

/* All of them go through the pool in test_digest. */
START_TEST(each_kernel_gives_the_first_golden_digests)
{
	const json_t *list = vectors_section("blockDigest");

	ck_assert_uint_ge(json_array_size(list), GOLDEN);
	map_arenas();
	for (size_t k = 0; bm_kernels[k] != NULL; k++)
		for (size_t i = 0; bm_kernels[k]->usable() && i < GOLDEN; i++)
			compare_golden(bm_kernels[k], json_array_get(list, i));
	unmap_arenas();
}
END_TEST

START_TEST(the_best_kernel_is_the_first_usable_one)
{
	size_t k = 0;

	while (bm_kernels[k] != bm_kernel_best()) {
		ck_assert_ptr_nonnull(bm_kernels[k]);
		ck_assert(!bm_kernels[k]->usable());
		k++;
	}
	ck_assert(bm_kernels[k]->usable());
	while (bm_kernels[k + 1] != NULL)
		k++;
	ck_assert_ptr_eq(bm_kernels[k], &bm_kernel_portable);
	ck_assert(bm_kernel_portable.usable());
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("digest kernels");
	TCase *kernels = tcase_create("kernels");

	tcase_add_test(kernels,
	    each_kernel_equals_libargon2_in_small_memories);
	tcase_add_test(kernels,
	    each_kernel_equals_libargon2_in_the_whole_memory);
	tcase_add_test(kernels, each_kernel_gives_the_first_golden_digests);
	tcase_add_test(kernels, the_best_kernel_is_the_first_usable_one);
	tcase_set_timeout(kernels, 240);
	suite_add_tcase(suite, kernels);
	return run_suite(suite);
}
