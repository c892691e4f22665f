/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Rebroadcast, backup files, grinding, and the parts underneath. */
#include "../support/reservoirs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reservoir/heap.h"
#include "reservoir/map.h"

#define PATH_MAX_SIZE 4096

/*
 * Rebroadcast.
 */

#define MESSAGES_MAX 64

static size_t
rebroadcast(enum bitmark_rebroadcast kinds[MESSAGES_MAX])
{
	struct bitmark_span data;
	size_t count = 0;

	bitmark_reservoir_rebroadcast_start(rx.r);
	while (bitmark_reservoir_rebroadcast_next(rx.r, &kinds[count],
	    &data) == BITMARK_OK) {
		ck_assert_uint_gt(data.size, 0);
		count++;
		ck_assert_uint_lt(count, MESSAGES_MAX);
	}
	return count;
}

START_TEST(proved_bundle_is_assets_then_issues_then_proof)
{
	enum bitmark_rebroadcast kinds[MESSAGES_MAX];

	submit_operations(6, 7, 7);
	submit_operations(6, 10, 11);
	ck_assert_uint_eq(rebroadcast(kinds), 3);
	ck_assert_int_eq(kinds[0], BITMARK_REBROADCAST_ASSETS);
	ck_assert_int_eq(kinds[1], BITMARK_REBROADCAST_ISSUES);
	ck_assert_int_eq(kinds[2], BITMARK_REBROADCAST_PROOF);
}
END_TEST

START_TEST(paid_issues_have_no_proof_D_24)
{
	enum bitmark_rebroadcast kinds[MESSAGES_MAX];

	submit_operations(5, 55, 58);
	ck_assert_uint_eq(counts_now().verified, 2);
	ck_assert_uint_eq(rebroadcast(kinds), 1);
	ck_assert_int_eq(kinds[0], BITMARK_REBROADCAST_ISSUES);
}
END_TEST

START_TEST(transfer_is_one_message)
{
	enum bitmark_rebroadcast kinds[MESSAGES_MAX];

	submit_operations(4, 0, 0);
	ck_assert_uint_eq(rebroadcast(kinds), 1);
	ck_assert_int_eq(kinds[0], BITMARK_REBROADCAST_TRANSFER);
}
END_TEST

START_TEST(proof_message_is_pay_id_and_nonce)
{
	const json_t *o = reservoir_operation(6, 11);
	enum bitmark_rebroadcast kind;
	struct bitmark_span data;
	char hex[2 * (BITMARK_PAY_ID_SIZE + BITMARK_CLIENT_NONCE_MAX) + 1];

	submit_operations(6, 7, 7);
	submit_operations(6, 10, 11);
	bitmark_reservoir_rebroadcast_start(rx.r);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(bitmark_reservoir_rebroadcast_next(rx.r,
		    &kind, &data), BITMARK_OK);
	snprintf(hex, sizeof hex, "%s%s", field_text(o, "payId"),
	    field_text(o, "clientNonce"));
	assert_hex(data.data, data.size, hex, "proof");
}
END_TEST

START_TEST(rebroadcast_goes_on_while_transactions_come_and_go)
{
	enum bitmark_rebroadcast kind;
	struct bitmark_span data;

	submit_operations(4, 0, 0);
	submit_operations(4, 6, 7);
	bitmark_reservoir_rebroadcast_start(rx.r);
	ck_assert_int_eq(bitmark_reservoir_rebroadcast_next(rx.r, &kind,
	    &data), BITMARK_OK);
	rx.now_s += RESERVOIR_LIFE_S;
	submit_operations(4, 8, 8);
	ck_assert_int_eq(bitmark_reservoir_expire(rx.r, rx.now_s),
	    BITMARK_OK);
	/* Only the one that came later is left. */
	ck_assert_int_eq(bitmark_reservoir_rebroadcast_next(rx.r, &kind,
	    &data), BITMARK_OK);
	ck_assert_int_eq(bitmark_reservoir_rebroadcast_next(rx.r, &kind,
	    &data), BITMARK_E_NOT_FOUND);
}
END_TEST

/*
 * Backup.
 */

static struct store_bytes
exported(void)
{
	struct store_bytes bytes = { 0 };

	ck_assert_int_eq(bitmark_reservoir_export(rx.r, store_write, &bytes),
	    BITMARK_OK);
	return bytes;
}

START_TEST(backup_restores_the_rest_of_a_bundle_D_23)
{
	struct bitmark_reservoir_counts before = { .struct_size =
	    sizeof before };
	struct bitmark_import counts = { .struct_size = sizeof counts };
	struct store_bytes bytes;

	submit_operations(6, 0, 28);
	before = counts_now();
	bytes = exported();
	reservoir_restart();
	ck_assert_int_eq(bitmark_reservoir_import(rx.r, rx.snap, rx.now_s,
	    bytes.data, bytes.size, &counts), BITMARK_OK);
	ck_assert_uint_eq(counts.refused, 0);
	ck_assert_uint_eq(counts_now().pending, before.pending);
	ck_assert_uint_eq(counts_now().verified, before.verified);
	free(bytes.data);
}
END_TEST

START_TEST(backup_cut_off_anywhere_gives_what_is_whole)
{
	struct store_bytes bytes;
	size_t last = 0;

	submit_operations(6, 0, 12);
	bytes = exported();
	for (size_t size = 0; size < bytes.size; size += 7) {
		size_t found;

		reservoir_restart();
		(void)!bitmark_reservoir_import(rx.r, rx.snap, rx.now_s,
		    bytes.data, size, NULL);
		found = counts_now().pending + counts_now().verified;
		ck_assert_uint_ge(found, last);
		last = found;
	}
	reservoir_restart();
	ck_assert_int_eq(bitmark_reservoir_import(rx.r, rx.snap, rx.now_s,
	    bytes.data, bytes.size - 1, NULL), BITMARK_E_LENGTH);
	free(bytes.data);
}
END_TEST

START_TEST(bad_records_of_a_backup_are_skipped)
{
	static const uint8_t file[] = {
		'Z', 0, 1, 9,           /* unknown       */
		'A', 0, 1, 9, 'I', 0, 0, 'T', 0, 2, 4, 4, 'P', 0, 1, 1,
	};
	struct bitmark_import counts = { .struct_size = sizeof counts };

	ck_assert_int_eq(bitmark_reservoir_import(rx.r, rx.snap, rx.now_s,
	    file, sizeof file, &counts), BITMARK_OK);
	ck_assert_uint_eq(counts.accepted, 0);
	ck_assert_uint_eq(counts.refused, 4);
}
END_TEST

START_TEST(saved_file_is_private_and_whole)
{
	char path[PATH_MAX_SIZE];
	struct store_bytes bytes;
	struct stat st;
	uint8_t *data;
	FILE *file;

	submit_operations(6, 0, 12);
	snprintf(path, sizeof path, "%s/reservoir.backup", rx.directory);
	ck_assert_int_eq(bitmark_reservoir_save(rx.r, path), BITMARK_OK);
	ck_assert_int_eq(bitmark_reservoir_save(rx.r, path), BITMARK_OK);
	bytes = exported();
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_uint_eq((size_t)st.st_size, bytes.size);
	data = malloc(bytes.size);
	file = fopen(path, "rb");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(data, 1, bytes.size, file), bytes.size);
	fclose(file);
	ck_assert_mem_eq(data, bytes.data, bytes.size);
	free(data);
	free(bytes.data);
	unlink(path);
}
END_TEST

/* A device, as /dev/null, would be gone for all others. */
START_TEST(save_takes_the_place_of_files_only)
{
	char path[PATH_MAX_SIZE];
	struct stat st;

	snprintf(path, sizeof path, "%s/fifo", rx.directory);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(bitmark_reservoir_save(rx.r, path), BITMARK_E_IO);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert(S_ISFIFO(st.st_mode));
	unlink(path);
}
END_TEST

START_TEST(save_into_no_directory_fails)
{
	ck_assert_int_eq(bitmark_reservoir_save(rx.r, "/nowhere/at/all"),
	    BITMARK_E_IO);
}
END_TEST

/*
 * Grinding.
 */

static struct bitmark_grind_config
easy_grind(size_t count)
{
	struct bitmark_grind_config g = { .struct_size = sizeof g, .pay_id =
	    { 1, 2, 3 }, .pay_nonce = 4 };

	bitmark_target_from_reciprocal(bitmark_issue_difficulty(
	    BITMARK_NETWORK_TEST, count), g.target, NULL);
	return g;
}

START_TEST(ground_nonce_is_a_proof)
{
	struct bitmark_grind_config g = easy_grind(1);
	uint8_t nonce[BITMARK_GRIND_NONCE_SIZE];

	g.threads = (unsigned)_i;
	ck_assert_int_eq(bitmark_grind(&g, nonce), BITMARK_OK);
	ck_assert(bitmark_proof_check(g.pay_id, g.pay_nonce, nonce,
	    sizeof nonce, g.target));
}
END_TEST

static int
stop_at_third(void *user, uint64_t tries)
{
	unsigned *calls = user;

	(void)tries;
	return ++*calls == 3;
}

START_TEST(grinding_can_be_cancelled)
{
	struct bitmark_grind_config g = { .struct_size = sizeof g, .threads =
	    2, .progress = stop_at_third };
	uint8_t nonce[BITMARK_GRIND_NONCE_SIZE];
	unsigned calls = 0;

	g.user = &calls;        /* target 0: impossible */
	ck_assert_int_eq(bitmark_grind(&g, nonce), BITMARK_E_STOPPED);
	ck_assert_uint_eq(calls, 3);
}
END_TEST

/*
 * Map and heap.
 */

#define OBJECTS 1000
#define KEY_SIZE 48

START_TEST(map_finds_what_was_put_and_not_removed)
{
	static uint8_t keys[OBJECTS][KEY_SIZE];
	struct bm_map map;
	size_t at = 0, count = 0;

	bm_map_init(&map, KEY_SIZE, NULL);
	for (size_t i = 0; i < OBJECTS; i++) {
		keys[i][0] = (uint8_t)i;
		keys[i][KEY_SIZE - 1] = (uint8_t)(i >> 8);
		ck_assert_ptr_null(bm_map_find(&map, keys[i]));
		ck_assert_int_eq(bm_map_reserve(&map, 1), BITMARK_OK);
		bm_map_put(&map, keys[i], keys[i]);
	}
	for (size_t i = 0; i < OBJECTS; i += 3)
		bm_map_del(&map, keys[i]);
	for (size_t i = 0; i < OBJECTS; i++)
		ck_assert_ptr_eq(bm_map_find(&map, keys[i]),
		    i % 3 == 0 ? NULL : keys[i]);
	while (bm_map_next(&map, &at) != NULL)
		count++;
	ck_assert_uint_eq(count, map.count);
	bm_map_fini(&map);
}
END_TEST

/* Small tables, half full: runs of keys that go around the end of the table,
 * and holes in all places of a run, come many times. */
#define ROUNDS 3000
#define SMALL 8

static uint64_t map_seed;

/* Not random at all, but the same in every run. */
static void
map_random(void *user, uint8_t *out, size_t size)
{
	(void)user;
	for (size_t i = 0; i < size; i++) {
		map_seed = map_seed * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
		out[i] = (uint8_t)(map_seed >> 56);
	}
}

/* Is each of these keys found, or not, as it should be?  One assertion for all
 * rounds: check(1) writes each one down. */
static bool
is_as_it_should_be(const struct bm_map *map, uint8_t keys[SMALL][KEY_SIZE],
    unsigned present)
{
	size_t at = 0, count = 0, found = 0;

	for (size_t i = 0; i < SMALL; i++) {
		const bool is_there = (present >> i & 1) != 0;

		if (bm_map_find(map, keys[i]) != (is_there ? keys[i] : NULL))
			return false;
		found += is_there;
	}
	while (bm_map_next(map, &at) != NULL)
		count++;
	return count == found && map->count == found;
}

START_TEST(a_deletion_loses_no_other_key)
{
	const struct bitmark_env env = { .random = map_random };
	uint8_t keys[SMALL][KEY_SIZE];

	map_seed = 1;
	for (int round = 0; round < ROUNDS; round++) {
		struct bm_map map;
		uint8_t order[2 * SMALL];
		unsigned present = 0;

		bm_map_init(&map, KEY_SIZE, &env);
		map_random(NULL, keys[0], sizeof keys);
		map_random(NULL, order, sizeof order);
		if (bm_map_reserve(&map, SMALL) != BITMARK_OK)
			ck_abort_msg("no memory");
		for (size_t i = 0; i < SMALL; i++)
			bm_map_put(&map, keys[i], keys[i]);
		present = (1u << SMALL) - 1;
		for (size_t i = 0; i < sizeof order; i++) {
			const size_t key = order[i] % SMALL;

			if (i % 4 != 3) {
				bm_map_del(&map, keys[key]);
				present &= ~(1u << key);
			} else if ((present >> key & 1) == 0) {
				bm_map_put(&map, keys[key], keys[key]);
				present |= 1u << key;
			}
			if (!is_as_it_should_be(&map, keys, present))
				ck_abort_msg("round %d", round);
		}
		bm_map_fini(&map);
	}
}
END_TEST

START_TEST(heap_gives_the_first_whatever_is_removed)
{
	static struct bm_timer timers[OBJECTS];
	struct bm_heap heap = { 0 };
	uint64_t last = 0;

	ck_assert_int_eq(bm_heap_reserve(&heap, OBJECTS), BITMARK_OK);
	for (size_t i = 0; i < OBJECTS; i++) {
		timers[i] = (struct bm_timer){ .of = &timers[i] };
		bm_heap_add(&heap, &timers[i], i * 7919 % OBJECTS);
	}
	for (size_t i = 0; i < OBJECTS; i += 3)
		bm_heap_remove(&heap, &timers[i]);
	ck_assert_uint_eq(heap.count, OBJECTS - (OBJECTS + 2) / 3);
	for (struct bm_timer *t; (t = bm_heap_first(&heap)) != NULL; ) {
		ck_assert_uint_ge(t->due_s, last);
		last = t->due_s;
		ck_assert_ptr_null(bm_heap_due(&heap, t->due_s - 1));
		ck_assert_ptr_eq(bm_heap_due(&heap, t->due_s), t);
		bm_heap_remove(&heap, t);
	}
	bm_heap_fini(&heap);
}
END_TEST

static TCase *
plain_case(void)
{
	TCase *t = tcase_create("parts");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, ground_nonce_is_a_proof, 0, 4);
	tcase_add_test(t, grinding_can_be_cancelled);
	tcase_add_test(t, map_finds_what_was_put_and_not_removed);
	tcase_add_test(t, a_deletion_loses_no_other_key);
	tcase_add_test(t, heap_gives_the_first_whatever_is_removed);
	return t;
}

int
main(void)
{
	Suite *s = suite_create("reservoir tools");
	TCase *t = tcase_create("messages and files");

	vectors_keep("chain-a.json");
	tcase_add_checked_fixture(t, reservoir_setup, reservoir_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, proved_bundle_is_assets_then_issues_then_proof);
	tcase_add_test(t, paid_issues_have_no_proof_D_24);
	tcase_add_test(t, transfer_is_one_message);
	tcase_add_test(t, proof_message_is_pay_id_and_nonce);
	tcase_add_test(t,
	    rebroadcast_goes_on_while_transactions_come_and_go);
	tcase_add_test(t, backup_restores_the_rest_of_a_bundle_D_23);
	tcase_add_test(t, backup_cut_off_anywhere_gives_what_is_whole);
	tcase_add_test(t, bad_records_of_a_backup_are_skipped);
	tcase_add_test(t, saved_file_is_private_and_whole);
	tcase_add_test(t, save_takes_the_place_of_files_only);
	tcase_add_test(t, save_into_no_directory_fails);
	suite_add_tcase(s, t);
	suite_add_tcase(s, plain_case());
	return run_suite(s);
}
