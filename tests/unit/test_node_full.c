/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A node whose disk is full: it waits longer each time, says so, and goes on
 * with the blocks that it has when there is room.
 */
#include "../support/await.h"
#include "../support/members.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>

/* A first wait of one second, and the next of two. */
#define LONG_WAIT_MS 1100

static bitmark_digest_fn golden_digest;
static atomic_uint digests, told;

static bitmark_status
counted_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	atomic_fetch_add(&digests, 1);
	return golden_digest(input, arena, arena_size, output);
}

static void
on_log(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t size)
{
	(void)user;
	(void)module;
	(void)size;
	if (level <= BITMARK_LOG_WARN && strstr(line, "cannot be written"))
		atomic_fetch_add(&told, 1);
}

/* No file of this process may become larger. */
static void
limit_files(rlim_t size)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static bool
is_full(const struct bitmark_node_status *status, uint64_t least_ms)
{
	return status->store == BITMARK_E_STORE_FULL &&
	    status->store_retry_ms > least_ms;
}

static bool
is_written(const struct bitmark_node_status *status, uint64_t height)
{
	return status->store == BITMARK_OK && status->tip.number == height;
}

START_TEST(a_node_on_a_full_disk_waits_and_keeps_the_blocks_that_it_has)
{
	struct bitmark_node_status status;

	member_load(0, member_golden.height);
	member_follow(1, 0);
	golden_digest = member[1].config.digest;
	member[1].config.digest = counted_digest;
	member[1].config.env.log = on_log;
	member_start(0);
	signal(SIGXFSZ, SIG_IGN);
	limit_files((rlim_t)member_golden.size / 4);
	member_start(1);
	ck_assert(member_becomes(1, is_full, 0));
	/* The second and the third wait. */
	ck_assert(member_becomes(1, is_full, LONG_WAIT_MS));
	ck_assert(member_becomes(1, is_full, 2 * LONG_WAIT_MS));
	status = member_status(1);
	ck_assert(status.seconds_left == UINT64_MAX);
	ck_assert_uint_eq(atomic_load(&told), 1);

	limit_files(RLIM_INFINITY);
	ck_assert(member_becomes(1, is_written, member_golden.height));
	ck_assert(member_becomes(1, member_in_step, member_golden.height));
	/* No header was hashed a second time. */
	ck_assert_uint_eq(atomic_load(&digests), member_golden.count);
	ck_assert_uint_eq(atomic_load(&told), 1);
	status = member_status(1);
	ck_assert_uint_eq(status.store_retry_ms, 0);
}
END_TEST

/* Held blocks belong to nobody else. */
START_TEST(a_node_on_a_full_disk_can_be_stopped)
{
	member_load(0, member_golden.height);
	member_follow(1, 0);
	member_start(0);
	signal(SIGXFSZ, SIG_IGN);
	limit_files((rlim_t)member_golden.size / 4);
	member_start(1);
	ck_assert(member_becomes(1, is_full, 0));
	member_stop(1);
	limit_files(RLIM_INFINITY);
	member_start(1);
	ck_assert(member_becomes(1, is_written, member_golden.height));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("node full");
	TCase *tc = tcase_create("full");

	tcase_set_timeout(tc, 240);
	tcase_add_checked_fixture(tc, members_setup, members_teardown);
	tcase_add_test(tc,
	    a_node_on_a_full_disk_waits_and_keeps_the_blocks_that_it_has);
	tcase_add_test(tc, a_node_on_a_full_disk_can_be_stopped);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
