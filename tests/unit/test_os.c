/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Files that are read with a bound and replaced whole; clocks; threads. */
#include "../support/vectors.h"

#include <bitmarkpeer/os.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/thread.h"
#include "os/wake.h"

static char directory[] = "/tmp/bitmark-os-XXXXXX";
static char path[64], temporary[64];

static void
set_up(void)
{
	memcpy(directory + sizeof directory - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/file", directory);
	snprintf(temporary, sizeof temporary, "%s/file.tmp", directory);
}

static void
tear_down(void)
{
	(void)unlink(path);
	(void)unlink(temporary);
	ck_assert_int_eq(rmdir(directory), 0);
}

static void
holds(const char *text)
{
	uint8_t *data;
	size_t size;

	ck_assert_int_eq(bitmark_file_read(path, 1 << 20, &data, &size),
	    BITMARK_OK);
	ck_assert_uint_eq(size, strlen(text));
	ck_assert_str_eq((const char *)data, text);
	bitmark_free(data);
}

START_TEST(a_file_is_read_up_to_its_bound_and_no_longer_one)
{
	static char text[20001];
	uint8_t *data;
	size_t size;

	memset(text, 'x', (size_t)_i);
	text[_i] = '\0';
	ck_assert_int_eq(bitmark_file_replace(path, 0600, text, (size_t)_i),
	    BITMARK_OK);
	holds(text);
	ck_assert_int_eq(bitmark_file_read(path, (size_t)_i, &data, &size),
	    BITMARK_OK);
	ck_assert_uint_eq(size, (size_t)_i);
	bitmark_free(data);
	if (_i == 0)
		return;
	ck_assert_int_eq(bitmark_file_read(path, (size_t)_i - 1, &data, &size),
	    BITMARK_E_LENGTH);
	ck_assert_ptr_null(data);
	ck_assert_int_eq(errno, 0);
}
END_TEST

START_TEST(an_error_of_reading_tells_its_cause)
{
	uint8_t *data;
	size_t size;

	ck_assert_int_eq(bitmark_file_read(path, 10, &data, &size),
	    BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(bitmark_file_read(directory, 10, &data, &size),
	    BITMARK_E_IO);
	ck_assert_int_eq(errno, EISDIR);
}
END_TEST

START_TEST(what_is_open_is_read_from_where_it_stands_and_stays_open)
{
	uint8_t *data;
	size_t size;
	int fd;

	ck_assert_int_eq(bitmark_file_create(path, 0600, "0123456789", 10),
	    BITMARK_OK);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(lseek(fd, 4, SEEK_SET), 4);
	ck_assert_int_eq(bitmark_file_read_fd(fd, 6, &data, &size),
	    BITMARK_OK);
	ck_assert_str_eq((const char *)data, "456789");
	bitmark_free(data);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(bitmark_file_read_fd(fd, 9, &data, &size),
	    BITMARK_E_LENGTH);
	ck_assert_ptr_null(data);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(bitmark_file_read_fd(fd, 9, &data, &size),
	    BITMARK_E_IO);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

START_TEST(a_new_file_never_takes_the_place_of_another)
{
	struct stat st;

	umask(0);
	ck_assert_int_eq(bitmark_file_create(path, 0600, "one", 3),
	    BITMARK_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(bitmark_file_create(path, 0600, "two", 3),
	    BITMARK_E_STATE);
	holds("one");
}
END_TEST

START_TEST(a_write_that_was_abandoned_leaves_the_old_file)
{
	struct bitmark_file_writer *writer;

	ck_assert_int_eq(bitmark_file_replace(path, 0600, "old", 3),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_file_writer_open(&writer, path, 0600),
	    BITMARK_OK);
	fputs("new", bitmark_file_writer_stream(writer));
	bitmark_file_writer_abandon(writer);
	holds("old");
	ck_assert_int_eq(access(temporary, F_OK), -1);
	bitmark_file_writer_abandon(NULL);
}
END_TEST

/* A limit of the file's size stands for a full disk: both fail in write. */
START_TEST(a_write_that_fails_leaves_the_old_file_and_tells_no_space)
{
	const struct rlimit limit = { 4096, 4096 };
	static char text[100000];

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(bitmark_file_replace(path, 0600, "old", 3),
	    BITMARK_OK);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(bitmark_file_replace(path, 0600, text, sizeof text),
	    BITMARK_E_STORE_FULL);
	ck_assert_int_eq(errno, EFBIG);
	holds("old");
	ck_assert_int_eq(access(temporary, F_OK), -1);
}
END_TEST

START_TEST(a_device_is_not_replaced)
{
	ck_assert(bitmark_file_is_special("/dev/null"));
	ck_assert(!bitmark_file_is_special(path));
	ck_assert_int_eq(bitmark_file_replace("/dev/null", 0600, "x", 1),
	    BITMARK_E_STATE);
}
END_TEST

START_TEST(a_deadline_is_as_far_away_as_was_asked)
{
	uint64_t before = bitmark_clock_ms();
	struct timespec at = bm_clock_deadline(2500);
	uint64_t at_ms = (uint64_t)at.tv_sec * 1000 +
	    (uint64_t)at.tv_nsec / 1000000;

	ck_assert_uint_ge(at_ms, before + 2500);
	ck_assert_uint_le(at_ms, bitmark_clock_ms() + 2500);
	ck_assert_uint_ge(bitmark_clock_us() / 1000, before);
	ck_assert_uint_le(bitmark_clock_us() / 1000, bitmark_clock_ms());
	ck_assert_int_lt(at.tv_nsec, 1000000000);
	ck_assert_uint_eq(bitmark_clock_wall_ms() / 100000,
	    bitmark_clock_wall_s() / 100);
}
END_TEST

static void *
note_mask(void *mask)
{
	pthread_sigmask(SIG_SETMASK, NULL, mask);
	return NULL;
}

START_TEST(a_thread_takes_only_signals_of_its_own_making)
{
	struct bm_thread thread = { 0 };
	sigset_t mask, here;

	bm_thread_join(&thread);
	ck_assert_int_eq(bm_thread_start(&thread, note_mask, &mask),
	    BITMARK_OK);
	bm_thread_join(&thread);
	bm_thread_join(&thread);
	ck_assert(sigismember(&mask, SIGTERM) == 1);
	ck_assert(sigismember(&mask, SIGINT) == 1);
	ck_assert(sigismember(&mask, SIGBUS) == 0);
	pthread_sigmask(SIG_SETMASK, NULL, &here);
	ck_assert(sigismember(&here, SIGTERM) == 0);
}
END_TEST

START_TEST(a_signal_wakes_once_however_often_it_was_given)
{
	struct bm_wake wake;

	ck_assert_int_eq(bm_wake_init(&wake), BITMARK_OK);
	ck_assert(!bm_wake_take(&wake));
	for (int i = 0; i < 100000; i++)        /* more than a pipe holds */
		bm_wake_signal(&wake);
	ck_assert(bm_wake_take(&wake));
	ck_assert(!bm_wake_take(&wake));
	bm_wake_fini(&wake);
}
END_TEST

int
main(void)
{
	static const int sizes[] = { 0, 1, 4093, 4094, 4095, 4096, 20000 };
	Suite *suite = suite_create("os");
	TCase *files = tcase_create("files");
	TCase *rest = tcase_create("clocks and threads");

	tcase_add_checked_fixture(files, set_up, tear_down);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		tcase_add_loop_test(files,
		    a_file_is_read_up_to_its_bound_and_no_longer_one,
		    sizes[i], sizes[i] + 1);
	tcase_add_test(files, an_error_of_reading_tells_its_cause);
	tcase_add_test(files,
	    what_is_open_is_read_from_where_it_stands_and_stays_open);
	tcase_add_test(files, a_new_file_never_takes_the_place_of_another);
	tcase_add_test(files, a_write_that_was_abandoned_leaves_the_old_file);
	tcase_add_test(files,
	    a_write_that_fails_leaves_the_old_file_and_tells_no_space);
	tcase_add_test(files, a_device_is_not_replaced);
	tcase_add_test(rest, a_deadline_is_as_far_away_as_was_asked);
	tcase_add_test(rest, a_thread_takes_only_signals_of_its_own_making);
	tcase_add_test(rest, a_signal_wakes_once_however_often_it_was_given);
	suite_add_tcase(suite, files);
	suite_add_tcase(suite, rest);
	return run_suite(suite);
}
