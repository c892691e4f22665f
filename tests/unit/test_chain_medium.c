/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A change that fails on its way to the disk leaves the file as it was. */
#define _GNU_SOURCE
#include "../support/reservoirs.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define CHANGES 50
#define ROW_SIZE 200000
#define PATH_SIZE 512

/* Writes at places that the file has already fail; it can still grow. */
static bool bad_place;

static bool
fails(int fd, off_t at)
{
	struct stat file;

	if (!bad_place || fstat(fd, &file) != 0 || at >= file.st_size)
		return false;
	errno = EIO;
	return true;
}

/* LMDB calls these two, which stand before those of the C library. */
BITMARK_API ssize_t
pwrite(int fd, const void *data, size_t size, off_t at)
{
	union {
		void *found;
		ssize_t (*call)(int, const void *, size_t, off_t);
	} next = { dlsym(RTLD_NEXT, "pwrite") };

	return fails(fd, at) ? -1 : next.call(fd, data, size, at);
}

BITMARK_API ssize_t
writev(int fd, const struct iovec *parts, int count)
{
	union {
		void *found;
		ssize_t (*call)(int, const struct iovec *, int);
	} next = { dlsym(RTLD_NEXT, "writev") };

	return fails(fd, lseek(fd, 0, SEEK_CUR)) ? -1 :
	    next.call(fd, parts, count);
}

static char *directory;
static struct bitmark_chain *chain;
static struct bitmark_chain_journal *journal;
static struct bitmark_journal j = { .struct_size = sizeof j };

static void
setup(void)
{
	directory = store_directory();
	chain = store_open(directory);
	ck_assert_int_eq(bitmark_chain_journal_open(&journal, chain),
	    BITMARK_OK);
	bitmark_chain_journal_get(journal, &j);
}

static void
teardown(void)
{
	bitmark_chain_journal_close(journal);
	bitmark_chain_close(chain);
	store_remove(directory);
}

static off_t
file_size(void)
{
	char path[PATH_SIZE];
	struct stat file;

	snprintf(path, sizeof path, "%s/data.mdb", directory);
	ck_assert_int_eq(stat(path, &file), 0);
	return file.st_size;
}

/* A row of ${size} bytes, committed. */
static bitmark_status
change(unsigned key, size_t size)
{
	static uint8_t value[ROW_SIZE];
	bitmark_status status = j.put(j.user,
	    (struct bitmark_span){ (const uint8_t *)&key, sizeof key },
	    (struct bitmark_span){ value, size });

	return status == BITMARK_OK ? j.commit(j.user) : status;
}

START_TEST(a_bad_place_on_the_medium_does_not_make_the_file_grow)
{
	off_t before;

	for (unsigned i = 0; i < CHANGES; i++)
		ck_assert_int_eq(change(i, sizeof i), BITMARK_OK);
	before = file_size();
	bad_place = true;
	for (unsigned i = 0; i < CHANGES; i++) {
		ck_assert_int_eq(change(CHANGES + i, sizeof i), BITMARK_E_IO);
		ck_assert_int_eq(file_size(), before);
	}
	bad_place = false;
	ck_assert_int_eq(change(CHANGES, sizeof before), BITMARK_OK);
}
END_TEST

/* Some pages of the change fit, the rest does not. */
START_TEST(a_change_that_does_not_fit_leaves_the_file_as_long_as_it_was)
{
	struct rlimit limit = { 0 };
	off_t before;

	ck_assert_int_eq(change(0, sizeof before), BITMARK_OK);
	before = file_size();
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = (rlim_t)before + ROW_SIZE / 2;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (unsigned i = 1; i < CHANGES; i++) {
		ck_assert_int_eq(change(i, ROW_SIZE), BITMARK_E_STORE_FULL);
		ck_assert_int_eq(file_size(), before);
	}
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(change(1, ROW_SIZE), BITMARK_OK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain medium");
	TCase *tc = tcase_create("medium");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
	    a_bad_place_on_the_medium_does_not_make_the_file_grow);
	tcase_add_test(tc,
	    a_change_that_does_not_fit_leaves_the_file_as_long_as_it_was);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
