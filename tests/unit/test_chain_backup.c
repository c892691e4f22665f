/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A backup is a complete store; a damaged one, or another file, is not restored
 * over an existing store. */
#include "../support/stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Copies that are cut off, or have one changed byte, in a test. */
#define CUTS 24
#define CHANGES 64

static struct golden_chain a, b;
static struct bitmark_digest_pool *pool;
static char *directory, *place;
static char target[512];
static struct bitmark_chain *chain;
static struct store_bytes backup;

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

/* The blocks of a file, from the first one that the chain does not have. */
static void
load_into(struct bitmark_chain *to, const struct golden_chain *golden)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(golden->file, 1, golden->size, file),
	    golden->size);
	ck_assert_int_eq(fflush(file), 0);
	ck_assert_int_eq((int)lseek(fileno(file), 0, SEEK_SET), 0);
	ck_assert_int_eq(bitmark_chain_load(to, fileno(file), CHAIN_NOW, NULL,
	    NULL, NULL), BITMARK_OK);
	fclose(file);
}

static void
setup(void)
{
	pool = golden_pool(&a, &b);
	directory = store_directory();
	place = store_directory();
	snprintf(target, sizeof target, "%s/a/b", place);
	chain = store_open_for(directory, BITMARK_CHAIN_WRITE, pool);
	load_into(chain, &a);
	backup = (struct store_bytes){ 0 };
	ck_assert_int_eq(bitmark_chain_backup(chain, store_write, &backup),
	    BITMARK_OK);
}

static void
teardown(void)
{
	char text[600];

	free(backup.data);
	bitmark_chain_close(chain);
	store_remove(directory);
	store_remove(strdup(target));
	snprintf(text, sizeof text, "%s/a", place);
	(void)rmdir(text);
	store_remove(place);
	bitmark_digest_pool_free(pool);
}

static int
stop(void *user, uint64_t number, uint64_t done, uint64_t total)
{
	(void)user;
	(void)number;
	return done >= total / 2;
}

static bitmark_status
restore_with(const char *to, const uint8_t *data, size_t size,
    enum bitmark_restore mode, bitmark_progress_fn progress)
{
	const struct bitmark_chain_config config = store_config(to,
	    BITMARK_CHAIN_WRITE, NULL);
	FILE *file = tmpfile();
	bitmark_status status;

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, size, file), size);
	ck_assert_int_eq(fflush(file), 0);
	ck_assert_int_eq((int)lseek(fileno(file), 0, SEEK_SET), 0);
	status = bitmark_chain_restore(&config, fileno(file), mode, progress,
	    NULL);
	fclose(file);
	return status;
}

static bitmark_status
restore(const uint8_t *data, size_t size)
{
	return restore_with(target, data, size, BITMARK_RESTORE_EMPTY, NULL);
}

static bool
exists(const char *in, const char *name)
{
	char path[600];

	snprintf(path, sizeof path, "%s/%s", in, name);
	return access(path, F_OK) == 0;
}

static void
assert_same(const char *one, const char *other)
{
	char *x = store_dump(one), *y = store_dump(other);

	ck_assert_str_eq(x, y);
	free(x);
	free(y);
}

START_TEST(a_backup_becomes_the_same_store)
{
	struct bitmark_chain *restored;

	ck_assert_int_eq(restore(backup.data, backup.size), BITMARK_OK);
	ck_assert(!exists(target, "restore"));
	assert_same(directory, target);
	/* It grows on. */
	restored = store_open_for(target, BITMARK_CHAIN_WRITE, pool);
	ck_assert_int_eq(bitmark_chain_delete_down(restored, 20), BITMARK_OK);
	load_into(restored, &a);
	bitmark_chain_close(restored);
	assert_same(directory, target);
}
END_TEST

/* The pages that a change has freed are in the store, but not in the copy. */
START_TEST(a_backup_has_no_free_pages)
{
	struct store_bytes again = { 0 };

	ck_assert_int_eq(bitmark_chain_delete_down(chain, 3), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_backup(chain, store_write, &again),
	    BITMARK_OK);
	ck_assert_uint_lt(again.size, backup.size);
	ck_assert_int_eq(restore(again.data, again.size), BITMARK_OK);
	free(again.data);
	assert_same(directory, target);
}
END_TEST

START_TEST(a_store_with_blocks_is_replaced_only_when_asked_for)
{
	struct store_bytes again = { 0 };

	ck_assert_int_eq(bitmark_chain_delete_down(chain, 20), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_backup(chain, store_write, &again),
	    BITMARK_OK);
	ck_assert_int_eq(restore(backup.data, backup.size), BITMARK_OK);
	ck_assert_int_eq(restore(again.data, again.size), BITMARK_E_STATE);
	ck_assert_int_eq(restore_with(target, again.data, again.size,
	    BITMARK_RESTORE_REPLACE, NULL), BITMARK_OK);
	free(again.data);
	assert_same(directory, target);
}
END_TEST

START_TEST(a_store_with_genesis_alone_has_nothing_to_lose)
{
	bitmark_chain_close(store_open_for(place, BITMARK_CHAIN_WRITE, NULL));
	ck_assert_int_eq(restore_with(place, backup.data, backup.size,
	    BITMARK_RESTORE_EMPTY, NULL), BITMARK_OK);
	assert_same(directory, place);
}
END_TEST

/* It may have blocks that reindex finds. */
START_TEST(a_store_that_cannot_be_read_is_replaced_only_when_asked_for)
{
	char path[600];
	FILE *file;

	snprintf(path, sizeof path, "%s/data.mdb", place);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 10000; i++)
		fputc('x', file);
	fclose(file);
	ck_assert_int_eq(restore_with(place, backup.data, backup.size,
	    BITMARK_RESTORE_EMPTY, NULL), BITMARK_E_STATE);
	ck_assert_int_eq(restore_with(place, backup.data, backup.size,
	    BITMARK_RESTORE_REPLACE, NULL), BITMARK_OK);
	assert_same(directory, place);
}
END_TEST

START_TEST(a_store_that_another_has_is_not_touched)
{
	ck_assert_int_eq(restore_with(directory, backup.data, backup.size,
	    BITMARK_RESTORE_REPLACE, NULL), BITMARK_E_STORE_LOCKED);
	ck_assert_uint_eq(store_height(chain), a.height);
}
END_TEST

START_TEST(a_backup_of_another_chain_or_other_rules_is_refused)
{
	struct bitmark_chain_config config = store_config(target,
	    BITMARK_CHAIN_WRITE, NULL);
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(backup.data, 1, backup.size, file),
	    backup.size);
	ck_assert_int_eq(fflush(file), 0);
	config.params = bitmark_chain_params_find("testing");
	ck_assert_int_eq((int)lseek(fileno(file), 0, SEEK_SET), 0);
	ck_assert_int_eq(bitmark_chain_restore(&config, fileno(file),
	    BITMARK_RESTORE_EMPTY, NULL, NULL), BITMARK_E_STORE_CHAIN);
	config.params = bitmark_chain_params_find("local");
	config.rules = bitmark_rules_0_16();
	ck_assert_int_eq((int)lseek(fileno(file), 0, SEEK_SET), 0);
	ck_assert_int_eq(bitmark_chain_restore(&config, fileno(file),
	    BITMARK_RESTORE_EMPTY, NULL, NULL), BITMARK_E_STORE_RULES);
	fclose(file);
	ck_assert(!exists(place, "a"));
}
END_TEST

/* Nothing is left of the attempt, not even a directory. */
START_TEST(a_backup_that_is_cut_off_is_refused)
{
	for (size_t i = 0; i < CUTS; i++) {
		const size_t size = backup.size * i / CUTS;

		ck_assert_msg(restore(backup.data, size) ==
		    BITMARK_E_STORE_CORRUPT, "at %zu", size);
		ck_assert(!exists(place, "a"));
	}
}
END_TEST

/* A change of bytes that nothing uses makes no other store; all others are
 * found. */
START_TEST(a_backup_with_a_changed_byte_is_refused_or_the_same)
{
	unsigned refused = 0;

	for (size_t i = 0; i < CHANGES; i++) {
		const size_t at = (backup.size - 1) * i / CHANGES;
		bitmark_status status;

		backup.data[at] ^= 0x11;
		status = restore_with(target, backup.data, backup.size,
		    BITMARK_RESTORE_REPLACE, NULL);
		backup.data[at] ^= 0x11;
		refused += status != BITMARK_OK;
	}
	ck_assert_uint_gt(refused, 0);
	ck_assert_int_eq(restore_with(target, backup.data, backup.size,
	    BITMARK_RESTORE_REPLACE, NULL), BITMARK_OK);
	assert_same(directory, target);
}
END_TEST

START_TEST(a_restore_that_is_stopped_leaves_what_was_there)
{
	ck_assert_int_eq(restore_with(target, backup.data, backup.size,
	    BITMARK_RESTORE_EMPTY, stop), BITMARK_E_STOPPED);
	ck_assert(!exists(place, "a"));
	ck_assert_int_eq(restore(backup.data, backup.size), BITMARK_OK);
	ck_assert_int_eq(restore_with(target, backup.data, backup.size,
	    BITMARK_RESTORE_REPLACE, stop), BITMARK_E_STOPPED);
	assert_same(directory, target);
}
END_TEST

/* What a process that was killed has left is in the way of nothing. */
START_TEST(an_earlier_attempt_is_removed)
{
	char path[600];
	FILE *file;

	snprintf(path, sizeof path, "%s/restore", place);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	snprintf(path, sizeof path, "%s/restore/data.mdb", place);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fclose(file);
	ck_assert_int_eq(restore_with(place, backup.data, backup.size,
	    BITMARK_RESTORE_EMPTY, NULL), BITMARK_OK);
	ck_assert(!exists(place, "restore"));
	assert_same(directory, place);
}
END_TEST

static int
want_no_more(void *user, const void *data, size_t size)
{
	unsigned *left = user;

	(void)data;
	(void)size;
	return (*left)-- == 0;
}

START_TEST(a_backup_ends_when_no_more_is_wanted)
{
	for (unsigned pieces = 0; pieces < 3; pieces++) {
		unsigned left = pieces;

		ck_assert_int_eq(bitmark_chain_backup(chain, want_no_more,
		    &left), BITMARK_E_IO);
	}
	/* No reader is left that would keep pages. */
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 2), BITMARK_OK);
	ck_assert_uint_eq(store_height(chain), BITMARK_GENESIS_NUMBER);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain backup");
	TCase *tc = tcase_create("backup");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, load_golden, free_golden);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_backup_becomes_the_same_store);
	tcase_add_test(tc, a_backup_has_no_free_pages);
	tcase_add_test(tc, a_store_with_blocks_is_replaced_only_when_asked_for);
	tcase_add_test(tc, a_store_with_genesis_alone_has_nothing_to_lose);
	tcase_add_test(tc,
	    a_store_that_cannot_be_read_is_replaced_only_when_asked_for);
	tcase_add_test(tc, a_store_that_another_has_is_not_touched);
	tcase_add_test(tc, a_backup_of_another_chain_or_other_rules_is_refused);
	tcase_add_test(tc, a_backup_that_is_cut_off_is_refused);
	tcase_add_test(tc, a_backup_with_a_changed_byte_is_refused_or_the_same);
	tcase_add_test(tc, a_restore_that_is_stopped_leaves_what_was_there);
	tcase_add_test(tc, an_earlier_attempt_is_removed);
	tcase_add_test(tc, a_backup_ends_when_no_more_is_wanted);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
