/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The note in the lock file that a store is sound: it is left by a writer that
 * closes the store in order, and holds for the very file that this writer knew.
 */
#include "chain/chain.h"
#include "chain/env.h"
#include "chain/pages.h"
#include "chain/rows.h"
#include "../support/await.h"
#include "../support/chains.h"
#include "../support/vectors.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Before the meta data in its page.  Source: LMDB 0.9 mdb.c */
#define PAGE_HEADER 16

static char *directory;
static int data;

static bitmark_status
open_to(enum bitmark_chain_access access, struct bitmark_chain **chain)
{
	struct bitmark_chain_config config = {
		.struct_size = sizeof config,
		.path = directory,
		.params = bitmark_chain_params_find("local"),
		.access = access,
	};

	return bitmark_chain_open(chain, &config);
}

static struct bitmark_chain *
open_chain(enum bitmark_chain_access access)
{
	struct bitmark_chain *chain;

	ck_assert_int_eq(open_to(access, &chain), BITMARK_OK);
	return chain;
}

static bitmark_status
try_open(enum bitmark_chain_access access)
{
	struct bitmark_chain *chain;
	bitmark_status status = open_to(access, &chain);

	bitmark_chain_close(chain);
	return status;
}

static bool
is_known_sound(void)
{
	const struct bm_file_state left = bm_lock_read_sound(directory);
	const struct bm_file_state now = bm_file_state_of(data);

	return bm_file_state_equal(&left, &now);
}

/* A file that was just changed gets no note, so it is opened until it is old
 * enough. */
static void
close_with_note(void)
{
	struct await wait = AWAIT;

	do {
		ck_assert(await_again(&wait));
		bitmark_chain_close(open_chain(BITMARK_CHAIN_WRITE));
	} while (!is_known_sound());
}

static void
setup(void)
{
	char *path;

	directory = store_directory();
	bitmark_chain_close(open_chain(BITMARK_CHAIN_WRITE));
	path = bm_store_path(directory, BM_STORE_DATA_FILE);
	data = open(path, O_RDWR);
	ck_assert_int_ge(data, 0);
	free(path);
	close_with_note();
}

static void
teardown(void)
{
	close(data);
	store_remove(directory);
}

/* The same byte as before: LMDB cannot tell, but the file was written to. */
static void
write_to_file(void)
{
	uint8_t byte;

	ck_assert_int_eq(pread(data, &byte, 1, 0), 1);
	ck_assert_int_eq(pwrite(data, &byte, 1, 0), 1);
}

START_TEST(note_holds_while_only_readers_come)
{
	bitmark_chain_close(open_chain(BITMARK_CHAIN_READ));
	ck_assert(is_known_sound());
	bitmark_chain_close(open_chain(BITMARK_CHAIN_WRITE));
	ck_assert(is_known_sound());
}
END_TEST

START_TEST(note_does_not_hold_while_a_writer_lives)
{
	struct bitmark_chain *chain = open_chain(BITMARK_CHAIN_WRITE);

	ck_assert(!is_known_sound());
	bitmark_chain_close(chain);
}
END_TEST

START_TEST(note_of_a_file_that_was_written_to_does_not_hold)
{
	write_to_file();
	ck_assert(!is_known_sound());
}
END_TEST

START_TEST(note_does_not_hold_when_the_time_is_set_back)
{
	struct stat before;
	struct timespec times[2];

	ck_assert_int_eq(fstat(data, &before), 0);
	times[0] = before.st_atim;
	times[1] = before.st_mtim;
	write_to_file();
	ck_assert_int_eq(futimens(data, times), 0);
	ck_assert(!is_known_sound());
}
END_TEST

/* As a backup that is put in the place of the file. */
START_TEST(note_does_not_hold_for_another_file)
{
	char *path = bm_store_path(directory, BM_STORE_DATA_FILE);
	char *copy = bm_store_path(directory, "copy");
	const size_t size = (size_t)lseek(data, 0, SEEK_END);
	uint8_t *bytes = malloc(size);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_int_eq(pread(data, bytes, size, 0), (ssize_t)size);
	close(data);
	data = open(copy, O_RDWR | O_CREAT, 0644);
	ck_assert_int_ge(data, 0);
	ck_assert_int_eq(pwrite(data, bytes, size, 0), (ssize_t)size);
	ck_assert_int_eq(rename(copy, path), 0);
	ck_assert(!is_known_sound());
	/* It is a store all the same. */
	bitmark_chain_close(open_chain(BITMARK_CHAIN_READ));
	free(bytes);
	free(copy);
	free(path);
}
END_TEST

START_TEST(writer_leaves_no_note_of_a_file_that_it_has_just_changed)
{
	struct bitmark_chain *chain = open_chain(BITMARK_CHAIN_WRITE);
	struct bm_txn t;

	ck_assert_int_eq(bm_txn_begin(&chain->store, &t), BITMARK_OK);
	ck_assert_int_eq(bm_put_counter(&t, "counter", 1), BITMARK_OK);
	ck_assert_int_eq(bm_txn_commit(&t), BITMARK_OK);
	ck_assert_int_ne(chain->store.sound.inode, 0);
	/* As if this machine were slow until here: it is changed later than the
	 * note is written. */
	chain->store.sound.changed_s++;
	bm_lock_drop_sound(&chain->lock, &chain->store.sound);
	ck_assert_int_eq(bm_lock_read_sound(directory).inode, 0);
	bitmark_chain_close(chain);
}
END_TEST

/* Between two changes of a writer nobody else may write: from then on the writer
 * does not know what is in the file. */
START_TEST(writer_leaves_no_note_of_a_file_that_others_have_changed)
{
	struct bitmark_chain *chain = open_chain(BITMARK_CHAIN_WRITE);
	struct bm_txn t;

	ck_assert_int_ne(chain->store.sound.inode, 0);
	write_to_file();
	ck_assert_int_eq(bm_txn_begin(&chain->store, &t), BITMARK_OK);
	ck_assert_int_eq(bm_put_counter(&t, "counter", 1), BITMARK_OK);
	ck_assert_int_eq(bm_txn_commit(&t), BITMARK_OK);
	ck_assert_int_eq(chain->store.sound.inode, 0);
	bitmark_chain_close(chain);
	ck_assert_int_eq(bm_lock_read_sound(directory).inode, 0);
}
END_TEST

START_TEST(writer_that_was_killed_leaves_no_note)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		(void)open_chain(BITMARK_CHAIN_WRITE);
		(void)raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(bm_lock_read_sound(directory).inode, 0);
}
END_TEST

/* A number that LMDB itself never compares: it does no harm, but an inspection
 * finds that it is wrong. */
static void
damage_count(void)
{
	const size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	struct bm_meta meta[BM_META_PAGES];
	unsigned newest;

	for (unsigned i = 0; i < BM_META_PAGES; i++)
		ck_assert_int_eq(pread(data, &meta[i], sizeof meta[i],
		    (off_t)(i * page_size + PAGE_HEADER)), sizeof meta[i]);
	newest = meta[1].commit > meta[0].commit;
	meta[newest].tree[BM_TREE_MAIN].branch_pages++;
	ck_assert_int_eq(pwrite(data, &meta[newest], sizeof meta[newest],
	    (off_t)(newest * page_size + PAGE_HEADER)), sizeof meta[newest]);
}

/* As a writer does that closes the store in order. */
static void
forge_note(void)
{
	const struct bm_file_state state = bm_file_state_of(data);
	struct await wait = AWAIT;
	struct bm_lock lock;

	do {
		ck_assert(await_again(&wait));
		ck_assert_int_eq(bm_lock_take(directory, &lock), BITMARK_OK);
		bm_lock_drop_sound(&lock, &state);
	} while (!is_known_sound());
}

START_TEST(store_with_a_note_is_not_inspected)
{
	damage_count();
	ck_assert_int_eq(try_open(BITMARK_CHAIN_READ), BITMARK_E_STORE_CORRUPT);
	ck_assert_int_eq(try_open(BITMARK_CHAIN_WRITE),
	    BITMARK_E_STORE_CORRUPT);
	ck_assert_int_eq(bm_lock_read_sound(directory).inode, 0);
	forge_note();
	ck_assert_int_eq(try_open(BITMARK_CHAIN_READ), BITMARK_OK);
	ck_assert_int_eq(try_open(BITMARK_CHAIN_WRITE), BITMARK_OK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain_lock");
	TCase *c = tcase_create("lock");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, note_holds_while_only_readers_come);
	tcase_add_test(c, note_does_not_hold_while_a_writer_lives);
	tcase_add_test(c, note_of_a_file_that_was_written_to_does_not_hold);
	tcase_add_test(c, note_does_not_hold_when_the_time_is_set_back);
	tcase_add_test(c, note_does_not_hold_for_another_file);
	tcase_add_test(c,
	    writer_leaves_no_note_of_a_file_that_it_has_just_changed);
	tcase_add_test(c,
	    writer_leaves_no_note_of_a_file_that_others_have_changed);
	tcase_add_test(c, writer_that_was_killed_leaves_no_note);
	tcase_add_test(c, store_with_a_note_is_not_inspected);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
