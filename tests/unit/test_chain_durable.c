/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Names that survive a crash: a directory in which a name was made or replaced
 * is synced, in the right order.
 */
#include "../support/stores.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLS_MAX 64
#define PATH_SIZE 512
#define LAST 3

/* The inodes that were synced, in order; 0 stands for a rename. */
static struct {
	ino_t inode[CALLS_MAX];
	size_t count;
} calls;

static void
note(ino_t inode)
{
	ck_assert_uint_lt(calls.count, CALLS_MAX);
	calls.inode[calls.count++] = inode;
}

/* The library is linked into this program, and so calls these two. */
int
fsync(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	note(st.st_ino);
	return (int)syscall(SYS_fsync, fd);
}

int
rename(const char *from, const char *to)
{
	note(0);
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

static char *directory;

static void
setup(void)
{
	directory = store_directory();
	calls.count = 0;
}

static void
teardown(void)
{
	store_remove(directory);
}

static ino_t
inode_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_ino;
}

/* Was ${path} synced in one of the calls from ${first} on? */
static bool
is_synced(const char *path, size_t first)
{
	const ino_t inode = inode_of(path);

	for (size_t i = first; i < calls.count; i++)
		if (calls.inode[i] == inode)
			return true;
	return false;
}

static void
below(char path[PATH_SIZE], const char *name)
{
	snprintf(path, PATH_SIZE, "%s/%s", directory, name);
}

static void
remove_store(const char *path)
{
	static const char *const names[] = { "data.mdb", "lock.mdb",
		"writer.lock" };
	char file[2 * PATH_SIZE];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(file, sizeof file, "%s/%s", path, names[i]);
		ck_assert_int_eq(unlink(file), 0);
	}
	ck_assert_int_eq(rmdir(path), 0);
}

START_TEST(a_new_store_is_synced_with_all_directories_made_for_it)
{
	char middle[PATH_SIZE], last[PATH_SIZE], slash[PATH_SIZE];

	below(middle, "a");
	below(last, "a/b");
	below(slash, "a/b/");
	bitmark_chain_close(store_open(slash));
	ck_assert(is_synced(last, 0));
	ck_assert(is_synced(middle, 0));
	ck_assert(is_synced(directory, 0));
	remove_store(last);
	ck_assert_int_eq(rmdir(middle), 0);
}
END_TEST

START_TEST(a_new_store_is_synced_with_the_directory_above_it)
{
	char parent[PATH_SIZE];

	below(parent, "..");
	bitmark_chain_close(store_open(directory));
	ck_assert(is_synced(directory, 0));
	ck_assert(is_synced(parent, 0));
	calls.count = 0;
	bitmark_chain_close(store_open(directory));
	ck_assert_uint_eq(calls.count, 0);
}
END_TEST

/* root may read every directory: run by root this shows nothing. */
START_TEST(a_parent_that_may_not_be_read_is_no_obstacle)
{
	char parent[PATH_SIZE], path[PATH_SIZE];

	below(parent, "private");
	below(path, "private/store");
	ck_assert_int_eq(mkdir(parent, 0700), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(chmod(parent, 0100), 0);
	bitmark_chain_close(store_open(path));
	ck_assert_int_eq(chmod(parent, 0700), 0);
	remove_store(path);
	ck_assert_int_eq(rmdir(parent), 0);
}
END_TEST

START_TEST(a_rebuilt_store_is_synced_after_its_rename)
{
	struct golden_chain a = golden_chain("chain-a");
	struct golden_chain b = golden_chain("chain-a-fork");
	struct bitmark_digest_pool *pool = golden_pool(&a, &b);
	const struct bitmark_chain_config config = store_config(directory,
	    BITMARK_CHAIN_WRITE, pool);
	struct bitmark_chain *chain = store_open(directory);
	char data[PATH_SIZE];
	size_t renamed = 0;

	store_add(chain, &a, LAST);
	bitmark_chain_close(chain);
	calls.count = 0;
	ck_assert_int_eq(bitmark_chain_reindex(&config, CHAIN_NOW, NULL,
	    NULL), BITMARK_OK);
	while (renamed < calls.count && calls.inode[renamed] != 0)
		renamed++;
	ck_assert_uint_gt(renamed, 0);
	ck_assert_uint_lt(renamed, calls.count);
	below(data, "data.mdb");
	ck_assert_uint_eq(calls.inode[renamed - 1], inode_of(data));
	ck_assert(is_synced(directory, renamed));
	bitmark_digest_pool_free(pool);
	golden_chain_free(&a);
	golden_chain_free(&b);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain durable");
	TCase *tc = tcase_create("durable");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
	    a_new_store_is_synced_with_all_directories_made_for_it);
	tcase_add_test(tc, a_new_store_is_synced_with_the_directory_above_it);
	tcase_add_test(tc, a_parent_that_may_not_be_read_is_no_obstacle);
	tcase_add_test(tc, a_rebuilt_store_is_synced_after_its_rename);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
