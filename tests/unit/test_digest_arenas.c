/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The memory of the pool, with real digests: how many arenas a worker holds,
 * when it gives them back, and what happens when there are none to be had.
 */
#include <bitmarkpeer/digest.h>

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../support/no_threads.h"
#include "../support/vectors.h"
#include "digest/digest.h"

#define JOBS 6

static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	unsigned done;
} world = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.change = PTHREAD_COND_INITIALIZER,
};

static struct bitmark_digest_pool *pool;
static struct bitmark_digest_job jobs[JOBS];

static void
note_done(struct bitmark_digest_job *job)
{
	(void)job;
	pthread_mutex_lock(&world.lock);
	world.done++;
	pthread_cond_signal(&world.change);
	pthread_mutex_unlock(&world.lock);
}

static void
wait_done(unsigned count)
{
	pthread_mutex_lock(&world.lock);
	while (world.done < count)
		pthread_cond_wait(&world.change, &world.lock);
	pthread_mutex_unlock(&world.lock);
}

static json_t *
golden(size_t i)
{
	return json_array_get(vectors_section("blockDigest"), i);
}

/* Read the input of the digest of golden header ${i}. */
static void
read_header(size_t i, uint8_t input[BITMARK_DIGEST_INPUT_SIZE])
{
	size_t size;
	uint8_t *header = field_bytes(golden(i), "header", &size);

	ck_assert_uint_eq(size, BITMARK_DIGEST_INPUT_SIZE);
	memcpy(input, header, size);
	free(header);
}

static void
submit_all(void)
{
	world.done = 0;
	for (size_t i = 0; i < JOBS; i++) {
		read_header(i, jobs[i].input);
		memset(jobs[i].output, 0, sizeof jobs[i].output);
		jobs[i].struct_size = sizeof jobs[i];
		jobs[i].done = note_done;
	}
	for (size_t i = 0; i < JOBS; i++)
		ck_assert_int_eq(bitmark_digest_pool_submit(pool, &jobs[i]),
		    BITMARK_OK);
}

static void
assert_all_golden(void)
{
	for (size_t i = 0; i < JOBS; i++) {
		ck_assert_int_eq(jobs[i].status, BITMARK_OK);
		assert_hex(jobs[i].output, sizeof jobs[i].output,
		    field_text(golden(i), "digest"), "digest");
	}
}

/* One digest and no other job: its status. */
static bitmark_status
run_one(void)
{
	uint8_t input[BITMARK_DIGEST_INPUT_SIZE];
	uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE];

	read_header(0, input);
	return bitmark_digest_pool_run(pool, input, output);
}

static void
start(unsigned arena_idle_ms)
{
	const struct bitmark_digest_config config = {
		.struct_size = sizeof config,
		.workers = 1, .arena_idle_ms = arena_idle_ms, .nice = -1,
	};

	ck_assert_int_eq(bitmark_digest_pool_new(&pool, &config), BITMARK_OK);
}

static unsigned
arenas(void)
{
	struct bitmark_digest_stats stats = { .struct_size = sizeof stats };

	bitmark_digest_pool_stats(pool, &stats);
	return stats.arenas;
}

/* From here on the system has no room for an arena or a thread. */
static struct rlimit
leave_no_room(void)
{
	struct rlimit before, limit;

	ck_assert_int_eq(getrlimit(RLIMIT_AS, &before), 0);
	limit = before;
	limit.rlim_cur = BM_ARENA_SIZE;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
	refuse_threads(true);
	return before;
}

static void
make_room(struct rlimit before)
{
	refuse_threads(false);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &before), 0);
}

/* The first job may be begun before the second one is there. */
START_TEST(a_worker_takes_two_jobs_when_two_wait)
{
	start(0);
	submit_all();
	wait_done(JOBS);
	assert_all_golden();
	ck_assert_uint_eq(arenas(), 2);
	bitmark_digest_pool_free(pool);
}
END_TEST

START_TEST(a_job_that_comes_alone_takes_one_arena)
{
	start(0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(run_one(), BITMARK_OK);
	ck_assert_uint_eq(arenas(), 1);
	bitmark_digest_pool_free(pool);
}
END_TEST

START_TEST(an_idle_worker_gives_both_arenas_back)
{
	start(1);
	for (unsigned i = 0; i < 2; i++) {
		submit_all();
		wait_done(JOBS);
		assert_all_golden();
		while (arenas() != 0)
			sched_yield();  /* or the time limit of the test */
	}
	bitmark_digest_pool_free(pool);
}
END_TEST

START_TEST(without_memory_a_digest_is_an_error_and_the_next_one_is_not)
{
	uint8_t input[BITMARK_DIGEST_INPUT_SIZE];
	uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE];
	bitmark_status alone, pooled;
	struct rlimit before;

	start(0);
	read_header(0, input);
	before = leave_no_room();
	alone = bitmark_digest(input, output);
	pooled = bitmark_digest_pool_run(pool, input, output);
	make_room(before);
	ck_assert_int_eq(alone, BITMARK_E_NOMEM);
	ck_assert_int_eq(pooled, BITMARK_E_NOMEM);
	ck_assert_uint_eq(arenas(), 0);

	ck_assert_int_eq(run_one(), BITMARK_OK);
	ck_assert_int_eq(bitmark_digest(input, output), BITMARK_OK);
	bitmark_digest_pool_free(pool);
}
END_TEST

START_TEST(with_memory_for_one_digest_two_jobs_come_one_after_the_other)
{
	struct rlimit before;

	start(0);
	ck_assert_int_eq(run_one(), BITMARK_OK);
	before = leave_no_room();
	submit_all();
	wait_done(JOBS);
	make_room(before);
	assert_all_golden();
	ck_assert_uint_eq(arenas(), 1);
	bitmark_digest_pool_free(pool);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("digest arenas");
	TCase *memory = tcase_create("memory");

	vectors_keep("vectors.json");
	tcase_add_test(memory, a_worker_takes_two_jobs_when_two_wait);
	tcase_add_test(memory, a_job_that_comes_alone_takes_one_arena);
	tcase_add_test(memory, an_idle_worker_gives_both_arenas_back);
	tcase_add_test(memory,
	    without_memory_a_digest_is_an_error_and_the_next_one_is_not);
	tcase_add_test(memory,
	    with_memory_for_one_digest_two_jobs_come_one_after_the_other);
	tcase_set_timeout(memory, 120);
	suite_add_tcase(suite, memory);
	return run_suite(suite);
}
