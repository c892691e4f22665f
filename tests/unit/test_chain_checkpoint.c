/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Checkpoints: blocks that are taken over without their digests, and proven. */
#include "../support/stores.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chain/chain.h"

#define LENGTH_SIZE 8

static struct golden_chain a, b;
static struct bitmark_digest_pool *pool;
static char *directory;
static struct bitmark_chain *chain;
static struct bitmark_checkpoint tip_of_a;
static uint64_t refused;

static void
load_golden(void)
{
	a = golden_chain("chain-a");
	b = golden_chain("chain-a-fork");
}

static void
free_golden(void)
{
	golden_chain_free(&a);
	golden_chain_free(&b);
}

static bitmark_status
try_open(const struct bitmark_checkpoint *checkpoint)
{
	struct bitmark_chain_config config = store_config(directory,
	    BITMARK_CHAIN_WRITE, pool);

	config.checkpoint = checkpoint;
	return bitmark_chain_open(&chain, &config);
}

static void
open_with(const struct bitmark_checkpoint *checkpoint)
{
	ck_assert_int_eq(try_open(checkpoint), BITMARK_OK);
}

static void
open_again(const struct bitmark_checkpoint *checkpoint)
{
	bitmark_chain_close(chain);
	open_with(checkpoint);
}

/* By another way than the library: all headers copied behind one another. */
static struct bitmark_checkpoint
checkpoint_of(const struct golden_chain *of, uint64_t number)
{
	const size_t count = (size_t)(number - GOLDEN_FIRST + 1);
	struct bitmark_checkpoint c = { .number = number };
	uint8_t *headers = malloc(count * BITMARK_HEADER_SIZE);

	ck_assert_ptr_nonnull(headers);
	for (size_t i = 0; i < count; i++)
		memcpy(headers + i * BITMARK_HEADER_SIZE, of->blocks[i].data,
		    BITMARK_HEADER_SIZE);
	bitmark_sha3_256(headers, count * BITMARK_HEADER_SIZE, c.headers);
	memcpy(c.digest, golden_block(of, number)->digest, sizeof c.digest);
	free(headers);
	return c;
}

static void
setup(void)
{
	pool = golden_pool(&a, &b);
	directory = store_directory();
	tip_of_a = checkpoint_of(&a, a.height);
	open_with(&tip_of_a);
}

static void
teardown(void)
{
	bitmark_chain_close(chain);
	store_remove(directory);
	bitmark_digest_pool_free(pool);
}

static bitmark_status
load_with(const uint8_t *data, size_t size, bitmark_progress_fn progress)
{
	FILE *f = tmpfile();
	bitmark_status status;

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, size, f), size);
	ck_assert_int_eq(fflush(f), 0);
	ck_assert_int_eq((int)lseek(fileno(f), 0, SEEK_SET), 0);
	status = bitmark_chain_load(chain, fileno(f), CHAIN_NOW, progress,
	    NULL, &refused);
	fclose(f);
	return status;
}

static bitmark_status
load(const uint8_t *data, size_t size)
{
	return load_with(data, size, NULL);
}

static size_t
start_of(const struct golden_chain *of, uint64_t number)
{
	return (size_t)(golden_block(of, number)->data - of->file) -
	    LENGTH_SIZE;
}

static uint64_t
digests_computed(void)
{
	struct bitmark_digest_stats stats = { .struct_size = sizeof stats };

	bitmark_digest_pool_stats(pool, &stats);
	return stats.finished;
}

static uint64_t
proven(void)
{
	uint64_t number;

	ck_assert_int_eq(bitmark_chain_proven(chain, &number), BITMARK_OK);
	return number;
}

/* The store is what it is when every digest was computed. */
static void
assert_is_a(void)
{
	struct bitmark_snapshot *snapshot = store_snapshot(chain);
	char *other = store_directory();
	struct bitmark_chain *plain = store_open(other);
	char *found, *expected;

	store_add(plain, &a, a.height);
	found = snapshot_dump(snapshot);
	bitmark_snapshot_close(snapshot);
	snapshot = store_snapshot(plain);
	expected = snapshot_dump(snapshot);
	bitmark_snapshot_close(snapshot);
	ck_assert_str_eq(found, expected);
	assert_same_state(chain, plain);
	free(found);
	free(expected);
	bitmark_chain_close(plain);
	store_remove(other);
}

START_TEST(the_right_checkpoint_spares_all_digests)
{
	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	ck_assert_uint_eq(digests_computed(), 0);
	ck_assert_uint_eq(proven(), a.height);
	assert_is_a();
}
END_TEST

START_TEST(digests_above_the_checkpoint_are_computed)
{
	struct bitmark_checkpoint c = checkpoint_of(&a, 9);

	open_again(&c);
	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	ck_assert_uint_eq(digests_computed(), a.height - 9);
	assert_is_a();
}
END_TEST

START_TEST(a_store_gives_the_checkpoint_of_any_of_its_blocks)
{
	struct bitmark_snapshot *snapshot;

	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	snapshot = store_snapshot(chain);
	for (uint64_t n = GOLDEN_FIRST; n <= a.height; n++) {
		struct bitmark_checkpoint expected = checkpoint_of(&a, n);
		struct bitmark_checkpoint c;

		ck_assert_int_eq(bitmark_snapshot_checkpoint(snapshot, n, &c),
		    BITMARK_OK);
		ck_assert_uint_eq(c.number, n);
		ck_assert_mem_eq(c.digest, expected.digest, sizeof c.digest);
		ck_assert_mem_eq(c.headers, expected.headers,
		    sizeof c.headers);
	}
	for (uint64_t n = 0; n < GOLDEN_FIRST; n++)
		ck_assert_int_eq(bitmark_snapshot_checkpoint(snapshot, n,
		    &tip_of_a), BITMARK_E_BLOCK_NOT_FOUND);
	ck_assert_int_eq(bitmark_snapshot_checkpoint(snapshot, a.height + 1,
	    &tip_of_a), BITMARK_E_BLOCK_NOT_FOUND);
	bitmark_snapshot_close(snapshot);
}
END_TEST

static void
assert_taken_back(void)
{
	ck_assert_int_eq(load(a.file, a.size), BITMARK_E_CHECKPOINT);
	ck_assert_uint_eq(refused, tip_of_a.number);
	ck_assert_uint_eq(store_height(chain), BITMARK_GENESIS_NUMBER);
	ck_assert_uint_eq(proven(), BITMARK_GENESIS_NUMBER);
}

START_TEST(a_wrong_hash_takes_all_back)
{
	tip_of_a.headers[_i] ^= 1;
	open_again(&tip_of_a);
	assert_taken_back();
	ck_assert_uint_eq(digests_computed(), 0);
}
END_TEST

/* It meets the target all the same, but the next header names another. */
START_TEST(a_wrong_digest_takes_all_back)
{
	tip_of_a = checkpoint_of(&a, 9);
	tip_of_a.digest[0] ^= 1;
	open_again(&tip_of_a);
	assert_taken_back();
}
END_TEST

/* What was verified before stays. */
START_TEST(blocks_that_were_verified_are_not_taken_back)
{
	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 8), BITMARK_OK);
	open_again(NULL);
	ck_assert_uint_eq(store_height(chain), 7);
	tip_of_a.headers[0] ^= 1;
	open_again(&tip_of_a);
	ck_assert_int_eq(load(a.file, a.size), BITMARK_E_CHECKPOINT);
	ck_assert_uint_eq(store_height(chain), 7);
}
END_TEST

/*
 * One header with another nonce: then the digest that the next header names is
 * not its own.  Nothing but the hash can see that.
 */
START_TEST(a_chain_with_one_header_changed_is_taken_back)
{
	uint8_t *file = malloc(a.size);
	const size_t at = start_of(&a, 2 + (uint64_t)_i) + LENGTH_SIZE;

	ck_assert_ptr_nonnull(file);
	memcpy(file, a.file, a.size);
	file[at + BITMARK_HEADER_SIZE - 1] ^= 1;
	ck_assert_int_eq(load(file, a.size), BITMARK_E_CHECKPOINT);
	ck_assert_uint_eq(refused, tip_of_a.number);
	ck_assert_uint_eq(store_height(chain), BITMARK_GENESIS_NUMBER);
	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	assert_is_a();
	free(file);
}
END_TEST

/* Also what costs no digest is still judged. */
START_TEST(records_and_roots_are_checked_below_the_checkpoint)
{
	uint8_t *file = malloc(a.size);
	const size_t end = start_of(&a, 11);

	ck_assert_ptr_nonnull(file);
	memcpy(file, a.file, a.size);
	file[end - 1] ^= 1;             /* in the last signature of block 10 */
	ck_assert_int_eq(load(file, a.size), BITMARK_E_SIGNATURE);
	ck_assert_uint_eq(refused, 10);
	ck_assert_uint_eq(store_height(chain), BITMARK_GENESIS_NUMBER);
	free(file);
}
END_TEST

/* Its previous digest is one that no difficulty allows. */
START_TEST(a_digest_that_is_named_must_meet_the_target)
{
	uint8_t *file = malloc(a.size);
	struct bitmark_header header;
	size_t at = start_of(&a, 11) + LENGTH_SIZE;

	ck_assert_ptr_nonnull(file);
	memcpy(file, a.file, a.size);
	ck_assert_int_eq(bitmark_header_parse(file + at, a.size - at,
	    &header), BITMARK_OK);
	memset(file + at + 12, 0xff, BITMARK_DIGEST_SIZE);
	ck_assert_int_eq(load(file, a.size), BITMARK_E_HEADER_DIFFICULTY);
	ck_assert_uint_eq(refused, 10);
	free(file);
}
END_TEST

START_TEST(a_file_that_ends_below_the_checkpoint_leaves_its_blocks_unproven)
{
	const size_t part = start_of(&a, 10);
	struct bitmark_snapshot *snapshot;
	struct bitmark_view view = { .struct_size = sizeof view };
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_checkpoint c;
	struct bitmark_span block;

	ck_assert_int_eq(load(a.file, part), BITMARK_E_UNPROVEN);
	ck_assert_uint_eq(digests_computed(), 1);
	ck_assert_uint_eq(store_height(chain), 9);
	ck_assert_uint_eq(proven(), BITMARK_GENESIS_NUMBER);

	/* Peers are not told of them, and no checkpoint is made of them. */
	snapshot = store_snapshot(chain);
	ck_assert_uint_eq(bitmark_snapshot_proven(snapshot), 1);
	ck_assert_int_eq(bitmark_snapshot_view(snapshot, &view), BITMARK_OK);
	ck_assert_uint_eq(view.height(view.user), 1);
	ck_assert_int_eq(view.block(view.user, 2, &block),
	    BITMARK_E_BLOCK_NOT_FOUND);
	ck_assert_int_eq(view.digest(view.user, 2, digest),
	    BITMARK_E_BLOCK_NOT_FOUND);
	ck_assert_int_eq(view.digest(view.user, 1, digest), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_checkpoint(snapshot, 5, &c),
	    BITMARK_E_UNPROVEN);
	bitmark_snapshot_close(snapshot);

	open_again(&tip_of_a);
	ck_assert_uint_eq(store_height(chain), 9);
	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	ck_assert_uint_eq(digests_computed(), 1);
	ck_assert_uint_eq(proven(), a.height);
	assert_is_a();
}
END_TEST

START_TEST(a_store_without_its_checkpoint_takes_back_what_is_unproven)
{
	struct bitmark_checkpoint below = checkpoint_of(&a, 5);

	ck_assert_int_eq(load(a.file, start_of(&a, 10)), BITMARK_E_UNPROVEN);
	open_again(_i == 0 ? NULL : &below);
	ck_assert_uint_eq(store_height(chain), BITMARK_GENESIS_NUMBER);
	ck_assert_uint_eq(proven(), BITMARK_GENESIS_NUMBER);
}
END_TEST

START_TEST(unproven_blocks_that_are_deleted_are_not_waited_for)
{
	ck_assert_int_eq(load(a.file, start_of(&a, 10)), BITMARK_E_UNPROVEN);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 6), BITMARK_OK);
	ck_assert_uint_eq(proven(), BITMARK_GENESIS_NUMBER);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 2), BITMARK_OK);
	open_again(NULL);
	store_add(chain, &a, a.height);
	ck_assert_uint_eq(proven(), a.height);
}
END_TEST

/* A bitmark_progress_fn: there is no time to tidy up. */
static int
die_at_200(void *user, uint64_t number, uint64_t done, uint64_t total)
{
	(void)user;
	(void)done;
	(void)total;
	if (number == 200 || number == a.height)
		raise(SIGKILL);
	return 0;
}

/* Batches have 64 blocks, so some are committed by then, if there are so
 * many. */
START_TEST(a_process_that_is_killed_in_between_leaves_a_store_that_knows)
{
	int status;
	pid_t child;

	bitmark_chain_close(chain);
	bitmark_digest_pool_free(pool);
	child = fork();
	if (child == 0) {
		pool = golden_pool(&a, &b);
		open_with(&tip_of_a);
		(void)load(a.file, start_of(&a, 10));
		(void)load_with(a.file, a.size, die_at_200);
		_exit(EXIT_FAILURE);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	pool = golden_pool(&a, &b);
	if (_i == 0) {
		open_with(NULL);
		ck_assert_uint_eq(store_height(chain),
		    BITMARK_GENESIS_NUMBER);
		return;
	}
	open_with(&tip_of_a);
	ck_assert_uint_ge(store_height(chain), 9);
	ck_assert_uint_eq(proven(), BITMARK_GENESIS_NUMBER);
	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	ck_assert_uint_eq(digests_computed(), 0);
	assert_is_a();
}
END_TEST

START_TEST(a_checkpoint_below_the_tip_must_be_that_of_the_store)
{
	struct bitmark_checkpoint c = checkpoint_of(&a, 9);

	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	open_again(&c);
	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	bitmark_chain_close(chain);
	c.digest[3] ^= 1;
	ck_assert_int_eq(try_open(&c), BITMARK_E_CHECKPOINT);
	open_with(NULL);
	ck_assert_uint_eq(store_height(chain), a.height);
}
END_TEST

static bitmark_status
reindex(const struct bitmark_checkpoint *checkpoint)
{
	struct bitmark_chain_config config = store_config(directory,
	    BITMARK_CHAIN_WRITE, pool);
	bitmark_status status;

	bitmark_chain_close(chain);
	config.checkpoint = checkpoint;
	status = bitmark_chain_reindex(&config, CHAIN_NOW, NULL, NULL);
	open_with(NULL);
	return status;
}

START_TEST(a_reindex_with_a_checkpoint_computes_no_digest)
{
	struct bitmark_checkpoint beyond = tip_of_a, wrong = tip_of_a;

	beyond.number++;
	wrong.headers[31] ^= 1;
	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	ck_assert_int_eq(reindex(&tip_of_a), BITMARK_OK);
	ck_assert_uint_eq(digests_computed(), 0);
	assert_is_a();
	ck_assert_int_eq(reindex(&wrong), BITMARK_E_CHECKPOINT);
	assert_is_a();
	ck_assert_int_eq(reindex(&beyond), BITMARK_E_UNPROVEN);
	assert_is_a();
}
END_TEST

START_TEST(a_chain_without_a_pool_can_have_a_checkpoint)
{
	bitmark_digest_pool_free(pool);
	pool = NULL;
	bitmark_chain_close(chain);
	open_with(&tip_of_a);
	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	assert_is_a();
}
END_TEST

START_TEST(text_is_read_as_it_is_written)
{
	char text[BITMARK_CHECKPOINT_TEXT_MAX];
	char longer[BITMARK_CHECKPOINT_TEXT_MAX + 8];
	struct bitmark_checkpoint c;

	bitmark_checkpoint_format(&tip_of_a, text);
	snprintf(longer, sizeof longer, " \t%s\n", text);
	ck_assert_int_eq(bitmark_checkpoint_parse(longer, strlen(longer), &c),
	    BITMARK_OK);
	ck_assert_mem_eq(&c, &tip_of_a, sizeof c);
	tip_of_a.number = UINT64_MAX;
	bitmark_checkpoint_format(&tip_of_a, text);
	ck_assert_uint_eq(strlen(text), BITMARK_CHECKPOINT_TEXT_MAX - 1);
	ck_assert_int_eq(bitmark_checkpoint_parse(text, strlen(text), &c),
	    BITMARK_OK);
	for (size_t size = 0; size < strlen(text); size++)
		ck_assert_int_eq(bitmark_checkpoint_parse(text, size, &c),
		    BITMARK_E_CHECKPOINT_TEXT);
}
END_TEST

#define H "00000000000000000000000000000000" "00000000000000000000000000000000"

START_TEST(other_text_is_no_checkpoint)
{
	static const char *const bad[] = {
		"", ":", "::", "2", "1:" H ":" H, "0:" H ":" H,
		"-2:" H ":" H, "+2:" H ":" H, "2 :" H ":" H, ":" H ":" H,
		"18446744073709551616:" H ":" H, "2:" H ":" H ":",
		"2:" H ":" H "0", "2:" H, "2:0" H ":" H, "2:" H H,
		"2;" H ";" H,
	};
	struct bitmark_checkpoint c;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(bitmark_checkpoint_parse(bad[i], strlen(bad[i]),
		    &c) == BITMARK_E_CHECKPOINT_TEXT, "%s", bad[i]);
	ck_assert_int_eq(bitmark_checkpoint_parse("2:" H ":" H,
	    strlen("2:" H ":" H), &c), BITMARK_OK);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("checkpoint");
	Suite *s = suite_create("chain_checkpoint");
	SRunner *r;
	int failed;

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_add_unchecked_fixture(t, load_golden, free_golden);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_right_checkpoint_spares_all_digests);
	tcase_add_test(t, digests_above_the_checkpoint_are_computed);
	tcase_add_test(t, a_store_gives_the_checkpoint_of_any_of_its_blocks);
	tcase_add_loop_test(t, a_wrong_hash_takes_all_back, 0, 2);
	tcase_add_test(t, a_wrong_digest_takes_all_back);
	tcase_add_test(t, blocks_that_were_verified_are_not_taken_back);
	tcase_add_loop_test(t, a_chain_with_one_header_changed_is_taken_back,
	    0, 3);
	tcase_add_test(t, records_and_roots_are_checked_below_the_checkpoint);
	tcase_add_test(t, a_digest_that_is_named_must_meet_the_target);
	tcase_add_test(t,
	    a_file_that_ends_below_the_checkpoint_leaves_its_blocks_unproven);
	tcase_add_loop_test(t,
	    a_store_without_its_checkpoint_takes_back_what_is_unproven, 0, 2);
	tcase_add_test(t, unproven_blocks_that_are_deleted_are_not_waited_for);
	tcase_add_loop_test(t,
	    a_process_that_is_killed_in_between_leaves_a_store_that_knows,
	    0, 2);
	tcase_add_test(t, a_checkpoint_below_the_tip_must_be_that_of_the_store);
	tcase_add_test(t, a_reindex_with_a_checkpoint_computes_no_digest);
	tcase_add_test(t, a_chain_without_a_pool_can_have_a_checkpoint);
	tcase_add_test(t, text_is_read_as_it_is_written);
	tcase_add_test(t, other_text_is_no_checkpoint);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
