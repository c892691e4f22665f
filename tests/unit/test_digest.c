/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The block digest against the golden vectors, and the pool with a digest
 * that costs nothing and waits when it is told to.
 */
#include <bitmarkpeer/digest.h>

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../support/vectors.h"
#include "digest/digest.h"
#include "os/workers.h"

#define JOBS_MAX 64

/* The digest of these tests counts here what it did, and waits until a test
 * lets it end.  Each test is a process of its own, so one copy is enough. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool closed;                    /* digests wait            */
	unsigned inside;                /* digests that were begun */
	bitmark_status result;          /* of each digest          */
	void *arena;                    /* of the last digest      */
	size_t arena_size;
	uint8_t found;                  /* its first byte          */
	struct bitmark_digest_job *done[JOBS_MAX];
	size_t done_count;
	size_t open_at;                 /* done jobs that open     */
} world = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.change = PTHREAD_COND_INITIALIZER,
};

static struct bitmark_digest_pool *pool;
static struct bitmark_digest_job jobs[JOBS_MAX];

/* The reverse of the first bytes. */
static void
plain_digest(const uint8_t *input, uint8_t *output)
{
	for (size_t i = 0; i < BITMARK_DIGEST_OUTPUT_SIZE; i++)
		output[i] = input[BITMARK_DIGEST_OUTPUT_SIZE - 1 - i];
}

static bitmark_status
easy_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	bitmark_status result;

	pthread_mutex_lock(&world.lock);
	world.arena = arena;
	world.arena_size = arena_size;
	world.found = *(uint8_t *)arena;
	*(uint8_t *)arena = input[0];
	world.inside++;
	pthread_cond_broadcast(&world.change);
	while (world.closed)
		pthread_cond_wait(&world.change, &world.lock);
	result = world.result;
	pthread_mutex_unlock(&world.lock);
	plain_digest(input, output);
	return result;
}

static void
note_done(struct bitmark_digest_job *job)
{
	pthread_mutex_lock(&world.lock);
	ck_assert_uint_lt(world.done_count, JOBS_MAX);
	world.done[world.done_count++] = job;
	if (world.done_count == world.open_at)
		world.closed = false;
	pthread_cond_broadcast(&world.change);
	pthread_mutex_unlock(&world.lock);
}

static void
set_closed(bool closed)
{
	pthread_mutex_lock(&world.lock);
	world.closed = closed;
	pthread_cond_broadcast(&world.change);
	pthread_mutex_unlock(&world.lock);
}

static void
wait_inside(unsigned count)
{
	pthread_mutex_lock(&world.lock);
	while (world.inside < count)
		pthread_cond_wait(&world.change, &world.lock);
	pthread_mutex_unlock(&world.lock);
}

static void
wait_done(size_t count)
{
	pthread_mutex_lock(&world.lock);
	while (world.done_count < count)
		pthread_cond_wait(&world.change, &world.lock);
	pthread_mutex_unlock(&world.lock);
}

static void
start(unsigned workers, size_t queue_max)
{
	const struct bitmark_digest_config config = {
		.struct_size = sizeof config,
		.workers = workers, .queue_max = queue_max,
		.nice = -1,
		.digest = easy_digest,
	};

	ck_assert_int_eq(bitmark_digest_pool_new(&pool, &config), BITMARK_OK);
}

static bitmark_status
submit(size_t i)
{
	memset(jobs[i].input, (int)i + 1, sizeof jobs[i].input);
	jobs[i].struct_size = sizeof jobs[i];
	jobs[i].done = note_done;
	return bitmark_digest_pool_submit(pool, &jobs[i]);
}

static struct bitmark_digest_stats
stats(void)
{
	struct bitmark_digest_stats s = { .struct_size = sizeof s };

	bitmark_digest_pool_stats(pool, &s);
	return s;
}

START_TEST(digests_of_a_pool_are_those_of_the_reference)
{
	const struct bitmark_digest_config config = { .struct_size =
	    sizeof config, .workers = 2, .nice = -1 };
	json_t *list = vectors_section("blockDigest"), *v;
	size_t i, size;

	ck_assert_int_eq(bitmark_digest_pool_new(&pool, &config), BITMARK_OK);
	ck_assert_uint_le(json_array_size(list), JOBS_MAX);
	json_array_foreach(list, i, v) {
		uint8_t *header = field_bytes(v, "header", &size);

		ck_assert_uint_eq(size, BITMARK_DIGEST_INPUT_SIZE);
		memcpy(jobs[i].input, header, size);
		jobs[i].struct_size = sizeof jobs[i];
		jobs[i].done = note_done;
		ck_assert_int_eq(bitmark_digest_pool_submit(pool, &jobs[i]),
		    BITMARK_OK);
		free(header);
	}
	wait_done(json_array_size(list));
	json_array_foreach(list, i, v) {
		ck_assert_int_eq(jobs[i].status, BITMARK_OK);
		assert_hex(jobs[i].output, sizeof jobs[i].output,
		    field_text(v, "digest"), "digest");
	}
	bitmark_digest_pool_free(pool);
}
END_TEST

START_TEST(a_digest_needs_no_pool)
{
	json_t *v = json_array_get(vectors_section("blockDigest"), 0);
	uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE];
	size_t size;
	uint8_t *header = field_bytes(v, "header", &size);

	ck_assert_int_eq(bitmark_digest(header, output), BITMARK_OK);
	assert_hex(output, sizeof output, field_text(v, "digest"), "digest");
	free(header);
}
END_TEST

START_TEST(an_arena_that_is_too_small_is_not_used)
{
	static const uint8_t input[BITMARK_DIGEST_INPUT_SIZE];
	uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE], arena[1024];

	ck_assert_int_eq(bm_digest_argon2d(input, arena, sizeof arena,
	    output), BITMARK_E_NOMEM);
}
END_TEST

START_TEST(one_worker_does_jobs_in_the_order_they_came)
{
	start(1, JOBS_MAX);
	for (size_t i = 0; i < JOBS_MAX; i++)
		ck_assert_int_eq(submit(i), BITMARK_OK);
	wait_done(JOBS_MAX);
	for (size_t i = 0; i < JOBS_MAX; i++) {
		ck_assert_ptr_eq(world.done[i], &jobs[i]);
		ck_assert_int_eq(jobs[i].status, BITMARK_OK);
		ck_assert_uint_eq(jobs[i].output[0], i + 1);
	}
	ck_assert_uint_eq(stats().finished, JOBS_MAX);
	bitmark_digest_pool_free(pool);
}
END_TEST

START_TEST(workers_work_at_the_same_time)
{
	world.closed = true;
	start(3, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(submit(i), BITMARK_OK);
	wait_inside(3);                 /* or the time limit of the test */
	ck_assert_uint_eq(stats().arenas, 3);
	set_closed(false);
	bitmark_digest_pool_free(pool);
	ck_assert_uint_eq(world.done_count, 3);
}
END_TEST

START_TEST(a_full_queue_takes_no_job)
{
	world.closed = true;
	start(1, 3);
	ck_assert_int_eq(submit(0), BITMARK_OK);
	wait_inside(1);
	for (size_t i = 1; i <= 3; i++)
		ck_assert_int_eq(submit(i), BITMARK_OK);
	ck_assert_int_eq(submit(4), BITMARK_E_BUSY);
	jobs[4].struct_size = 0;
	ck_assert_int_eq(bitmark_digest_pool_submit(pool, &jobs[4]),
	    BITMARK_E_ARGUMENT);
	ck_assert_uint_eq(stats().waiting, 3);
	set_closed(false);
	wait_done(4);
	ck_assert_uint_eq(stats().waiting, 0);
	ck_assert_int_eq(submit(4), BITMARK_OK);
	wait_done(5);
	bitmark_digest_pool_free(pool);
	ck_assert_uint_eq(world.done_count, 5);
}
END_TEST

/* The job that runs is let go by the last one that is stopped. */
START_TEST(free_finishes_what_runs_and_stops_what_waits)
{
	world.closed = true;
	world.open_at = 3;
	start(1, 3);
	ck_assert_int_eq(submit(0), BITMARK_OK);
	wait_inside(1);
	for (size_t i = 1; i <= 3; i++)
		ck_assert_int_eq(submit(i), BITMARK_OK);
	bitmark_digest_pool_free(pool);

	ck_assert_uint_eq(world.done_count, 4);
	ck_assert_uint_eq(world.inside, 1);
	ck_assert_int_eq(jobs[0].status, BITMARK_OK);
	for (size_t i = 1; i <= 3; i++) {
		ck_assert_ptr_eq(world.done[i - 1], &jobs[i]);
		ck_assert_int_eq(jobs[i].status, BITMARK_E_STOPPED);
	}
}
END_TEST

static void *
run_many(void *user)
{
	const uint8_t first = *(const uint8_t *)user;
	uint8_t input[BITMARK_DIGEST_INPUT_SIZE] = { 0 };
	uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE];
	uint8_t expected[BITMARK_DIGEST_OUTPUT_SIZE];

	for (unsigned i = 0; i < 250; i++) {
		input[0] = first;
		input[1] = (uint8_t)i;
		plain_digest(input, expected);
		if (bitmark_digest_pool_run(pool, input, output) !=
		    BITMARK_OK || memcmp(output, expected, sizeof output) != 0)
			return NULL;
	}
	return user;                    /* all were right */
}

START_TEST(many_threads_get_each_their_own_digests)
{
	static uint8_t names[4] = { 1, 2, 3, 4 };
	pthread_t threads[4];
	void *result;

	start(3, 4);                    /* room for one of each thread */
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run_many,
		    &names[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &result), 0);
		ck_assert_ptr_eq(result, &names[i]);
	}
	ck_assert_uint_eq(stats().finished, 1000);
	bitmark_digest_pool_free(pool);
}
END_TEST

START_TEST(run_gives_busy_when_the_queue_is_full)
{
	static const uint8_t input[BITMARK_DIGEST_INPUT_SIZE];
	uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE];

	world.closed = true;
	start(1, 1);
	ck_assert_int_eq(submit(0), BITMARK_OK);
	wait_inside(1);
	ck_assert_int_eq(submit(1), BITMARK_OK);
	ck_assert_int_eq(bitmark_digest_pool_run(pool, input, output),
	    BITMARK_E_BUSY);
	set_closed(false);
	bitmark_digest_pool_free(pool);
}
END_TEST

START_TEST(the_error_of_a_digest_is_the_status_of_its_job)
{
	static const uint8_t input[BITMARK_DIGEST_INPUT_SIZE];
	uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE] = { 7 };

	world.result = BITMARK_E_NOMEM;
	start(1, 1);
	ck_assert_int_eq(bitmark_digest_pool_run(pool, input, output),
	    BITMARK_E_NOMEM);
	ck_assert_uint_eq(output[0], 7);
	bitmark_digest_pool_free(pool);
}
END_TEST

/* Not even wiped: the second digest finds what the first one left. */
START_TEST(a_worker_uses_its_arena_again)
{
	void *arena;

	start(1, JOBS_MAX);
	ck_assert_uint_eq(stats().arenas, 0);
	ck_assert_int_eq(submit(0), BITMARK_OK);
	wait_done(1);
	arena = world.arena;
	ck_assert_uint_eq(world.arena_size,
	    (size_t)BITMARK_DIGEST_MEMORY_KIB * 1024);
	ck_assert_uint_eq(stats().arenas, 1);
	ck_assert_int_eq(submit(1), BITMARK_OK);
	wait_done(2);
	ck_assert_ptr_eq(world.arena, arena);
	ck_assert_uint_eq(world.found, 1);
	bitmark_digest_pool_free(pool);
}
END_TEST

START_TEST(an_idle_worker_gives_its_arena_back_and_works_on)
{
	const struct bitmark_digest_config config = {
		.struct_size = sizeof config,
		.workers = 1, .digest = easy_digest, .arena_idle_ms = 1,
	};

	ck_assert_int_eq(bitmark_digest_pool_new(&pool, &config), BITMARK_OK);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(submit(i), BITMARK_OK);
		wait_done(i + 1);
		while (stats().arenas != 0)
			sched_yield();
	}
	ck_assert_uint_eq(world.found, 0);      /* a new one */
	ck_assert_uint_eq(stats().finished, 3);
	bitmark_digest_pool_free(pool);
}
END_TEST

#ifdef __linux__
static int worker_niceness;

static void
note_niceness(struct bitmark_digest_job *job)
{
	worker_niceness = getpriority(PRIO_PROCESS, 0);
	note_done(job);
}

/* 0 is the default, and below that is none. */
static const struct {
	int nice, more;
} niceness[] = { { 0, 10 }, { 3, 3 }, { 19, 19 }, { -1, 0 } };
#define NICENESS_COUNT (int)(sizeof niceness / sizeof niceness[0])

START_TEST(workers_give_way_to_all_other_threads_as_far_as_asked)
{
	const int own = getpriority(PRIO_PROCESS, 0);
	const int wanted = own + niceness[_i].more;
	const struct bitmark_digest_config config = {
		.struct_size = sizeof config, .workers = 1,
		.digest = easy_digest, .nice = niceness[_i].nice,
	};

	ck_assert_int_eq(bitmark_digest_pool_new(&pool, &config), BITMARK_OK);
	jobs[0].struct_size = sizeof jobs[0];
	jobs[0].done = note_niceness;
	ck_assert_int_eq(bitmark_digest_pool_submit(pool, &jobs[0]),
	    BITMARK_OK);
	wait_done(1);
	ck_assert_int_eq(worker_niceness, wanted < 19 ? wanted : 19);
	ck_assert_int_eq(getpriority(PRIO_PROCESS, 0), own);
	bitmark_digest_pool_free(pool);
}
END_TEST
#endif

START_TEST(a_pool_without_work_has_no_threads)
{
	const struct bitmark_digest_config config = {
		.struct_size = sizeof config,
		.workers = 2, .digest = easy_digest, .arena_idle_ms = 1,
	};
	struct bm_workers *workers;

	ck_assert_int_eq(bitmark_digest_pool_new(&pool, &config), BITMARK_OK);
	workers = bm_digest_pool_workers(pool);
	ck_assert_uint_eq(bm_workers_count(workers), 0);
	ck_assert_int_eq(submit(0), BITMARK_OK);
	wait_done(1);
	while (bm_workers_count(workers) != 0)
		sched_yield();          /* or the time limit of the test */
	ck_assert_uint_eq(stats().workers, 2);
	ck_assert_uint_eq(stats().arenas, 0);
	bitmark_digest_pool_free(pool);
}
END_TEST

START_TEST(defaults_give_a_worker_for_each_core)
{
	ck_assert_int_eq(bitmark_digest_pool_new(&pool, NULL), BITMARK_OK);
	ck_assert_uint_ge(stats().workers, 1);
	ck_assert_uint_eq(stats().waiting, 0);
	ck_assert_uint_eq(stats().finished, 0);
	bitmark_digest_pool_free(pool);
	bitmark_digest_pool_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("digest");
	TCase *kernel = tcase_create("kernel");
	TCase *queue = tcase_create("pool");

	vectors_keep("vectors.json");
	tcase_add_test(kernel, digests_of_a_pool_are_those_of_the_reference);
	tcase_add_test(kernel, a_digest_needs_no_pool);
	tcase_add_test(kernel, an_arena_that_is_too_small_is_not_used);
	tcase_set_timeout(kernel, 120);
	tcase_add_test(queue, one_worker_does_jobs_in_the_order_they_came);
	tcase_add_test(queue, workers_work_at_the_same_time);
	tcase_add_test(queue, a_full_queue_takes_no_job);
	tcase_add_test(queue, free_finishes_what_runs_and_stops_what_waits);
	tcase_add_test(queue, many_threads_get_each_their_own_digests);
	tcase_add_test(queue, run_gives_busy_when_the_queue_is_full);
	tcase_add_test(queue, the_error_of_a_digest_is_the_status_of_its_job);
	tcase_add_test(queue, a_worker_uses_its_arena_again);
	tcase_add_test(queue,
	    an_idle_worker_gives_its_arena_back_and_works_on);
#ifdef __linux__
	tcase_add_loop_test(queue,
	    workers_give_way_to_all_other_threads_as_far_as_asked, 0,
	    NICENESS_COUNT);
#endif
	tcase_add_test(queue, a_pool_without_work_has_no_threads);
	tcase_add_test(queue, defaults_give_a_worker_for_each_core);
	tcase_set_timeout(queue, 30);
	suite_add_tcase(suite, kernel);
	suite_add_tcase(suite, queue);
	return run_suite(suite);
}
