/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The pool of threads for short and long tasks: order, number of threads,
 * and what happens when there are none.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "../support/no_threads.h"
#include "../support/vectors.h"
#include "os/workers.h"

#define TASKS_MAX 100

/* A task; one called 'a' waits while the world is closed. */
struct item {
	struct bm_task task;
	char name;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool closed;
	unsigned inside;                /* tasks that were begun     */
	unsigned now, most;             /* tasks that run, at a time */
	size_t ended;
	char order[TASKS_MAX + 1];      /* names, as they were begun */
} world = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.change = PTHREAD_COND_INITIALIZER,
};

static struct bm_workers *workers;
static struct bm_pending pending;
static struct item items[TASKS_MAX];
static size_t item_count;

static void
run(struct bm_task *task)
{
	struct item *item = (struct item *)task;

	pthread_mutex_lock(&world.lock);
	world.order[world.inside++] = item->name;
	if (++world.now > world.most)
		world.most = world.now;
	pthread_cond_broadcast(&world.change);
	while (world.closed && item->name == 'a')
		pthread_cond_wait(&world.change, &world.lock);
	world.now--;
	world.ended++;
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

/* Until so many tasks run at the same time. */
static void
wait_running(unsigned count)
{
	pthread_mutex_lock(&world.lock);
	while (world.now < count)
		pthread_cond_wait(&world.change, &world.lock);
	pthread_mutex_unlock(&world.lock);
}

static void
wait_ended(size_t count)
{
	pthread_mutex_lock(&world.lock);
	while (world.ended < count)
		pthread_cond_wait(&world.change, &world.lock);
	pthread_mutex_unlock(&world.lock);
}

static void
start(unsigned threads, unsigned idle_ms)
{
	const struct bm_workers_config config = {
		.threads = threads, .idle_ms = idle_ms,
	};

	ck_assert_int_eq(bm_workers_new(&workers, &config), BITMARK_OK);
}

static struct bm_task *
next_task(char name)
{
	struct item *item = &items[item_count++];

	item->task.run = run;
	item->name = name;
	return &item->task;
}

static void
submit_short(char name, enum bm_turn turn)
{
	bm_workers_submit(workers, &pending, next_task(name), turn);
}

static bitmark_status
submit_long(char name)
{
	return bm_workers_submit_long(workers, next_task(name));
}

/* Ends the test within its time limit, or not at all. */
static void
wait_for_threads(unsigned count)
{
	while (bm_workers_count(workers) != count)
		sched_yield();
}

START_TEST(short_tasks_come_before_long_ones_that_were_there_first)
{
	world.closed = true;
	start(1, 0);
	ck_assert_int_eq(submit_long('a'), BITMARK_OK);
	wait_inside(1);
	ck_assert_int_eq(submit_long('b'), BITMARK_OK);
	ck_assert_int_eq(submit_long('c'), BITMARK_OK);
	submit_short('1', BM_TURN_LATER);
	submit_short('2', BM_TURN_NOW);
	submit_short('3', BM_TURN_LATER);
	submit_short('4', BM_TURN_NOW);
	set_closed(false);
	wait_ended(7);
	ck_assert_str_eq(world.order, "a2413bc");
	bm_workers_free(workers);
}
END_TEST

START_TEST(a_thread_that_waits_works_on_short_tasks_and_on_no_long_one)
{
	world.closed = true;
	start(1, 0);
	ck_assert_int_eq(submit_long('a'), BITMARK_OK);
	wait_inside(1);
	ck_assert_int_eq(submit_long('b'), BITMARK_OK);
	for (int i = 0; i < 3; i++)
		submit_short('1', BM_TURN_NOW);
	bm_workers_wait(workers, &pending);
	ck_assert_uint_eq(world.ended, 3);
	set_closed(false);
	wait_ended(5);
	ck_assert_str_eq(world.order, "a111b");
	bm_workers_free(workers);
}
END_TEST

START_TEST(there_are_never_more_threads_than_configured)
{
	world.closed = true;
	start(3, 0);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(submit_long('a'), BITMARK_OK);
	for (int i = 0; i < 10; i++)
		submit_short('1', BM_TURN_LATER);
	wait_running(3);
	ck_assert_uint_eq(bm_workers_count(workers), 3);
	ck_assert_uint_eq(bm_workers_max(workers), 3);
	set_closed(false);
	wait_ended(20);
	ck_assert_uint_eq(world.most, 3);
	bm_workers_free(workers);
}
END_TEST

START_TEST(no_thread_is_started_before_there_is_a_task)
{
	start(8, 0);
	ck_assert_uint_eq(bm_workers_count(workers), 0);
	ck_assert_int_eq(submit_long('a'), BITMARK_OK);
	wait_ended(1);
	ck_assert_uint_eq(bm_workers_count(workers), 1);
	bm_workers_free(workers);
	bm_workers_free(NULL);
}
END_TEST

START_TEST(idle_threads_end_and_others_start)
{
	start(4, 1);
	for (unsigned round = 1; round <= 5; round++) {
		set_closed(true);
		for (int i = 0; i < 4; i++)
			ck_assert_int_eq(submit_long('a'), BITMARK_OK);
		wait_inside(4 * round);
		ck_assert_uint_eq(bm_workers_count(workers), 4);
		set_closed(false);
		wait_for_threads(0);
	}
	ck_assert_uint_eq(world.ended, 20);
	bm_workers_free(workers);
}
END_TEST

static atomic_uint idle_calls;

/* A task that comes in the very moment in which the last thread wants to end
 * must not be forgotten. */
static void
submit_when_idle(void *user)
{
	(void)user;
	if (atomic_fetch_add(&idle_calls, 1) == 0)
		ck_assert_int_eq(submit_long('b'), BITMARK_OK);
}

START_TEST(a_task_that_comes_while_a_thread_ends_is_run)
{
	const struct bm_workers_config config = {
		.threads = 1, .idle_ms = 1, .idle = submit_when_idle,
	};

	ck_assert_int_eq(bm_workers_new(&workers, &config), BITMARK_OK);
	ck_assert_int_eq(submit_long('a'), BITMARK_OK);
	wait_ended(2);
	wait_for_threads(0);
	ck_assert_uint_eq(atomic_load(&idle_calls), 2);
	bm_workers_free(workers);
}
END_TEST

START_TEST(freeing_runs_long_tasks_that_wait)
{
	start(1, 0);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(submit_long('a'), BITMARK_OK);
	bm_workers_free(workers);
	ck_assert_uint_eq(world.ended, 20);
}
END_TEST

START_TEST(without_threads_short_tasks_are_done_and_long_ones_refused)
{
	start(2, 0);
	refuse_threads(true);
	submit_short('1', BM_TURN_LATER);
	submit_short('2', BM_TURN_NOW);
	ck_assert_int_eq(submit_long('a'), BITMARK_E_THREAD);
	ck_assert_uint_eq(bm_workers_count(workers), 0);
	bm_workers_wait(workers, &pending);
	refuse_threads(false);
	ck_assert_str_eq(world.order, "21");

	ck_assert_int_eq(submit_long('b'), BITMARK_OK);
	wait_ended(3);
	bm_workers_free(workers);
	ck_assert_str_eq(world.order, "21b");
}
END_TEST

/* A task hands out others, as the reading of a block does. */
static struct item parts[30];

static void
run_parts(struct bm_task *task)
{
	run(task);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		parts[i].task.run = run;
		parts[i].name = 'p';
		bm_workers_submit(workers, &pending, &parts[i].task,
		    BM_TURN_LATER);
	}
}

START_TEST(waiting_ends_after_all_that_a_task_has_handed_out)
{
	struct bm_task *task = next_task('1');

	start(2, 0);
	task->run = run_parts;
	bm_workers_submit(workers, &pending, task, BM_TURN_LATER);
	bm_workers_wait(workers, &pending);
	ck_assert_uint_eq(world.ended, 31);
	bm_workers_free(workers);
}
END_TEST

#ifdef __linux__
static int niceness[2];
static size_t niceness_count;
static struct item second;

static void
note_niceness(struct bm_task *task)
{
	pthread_mutex_lock(&world.lock);
	niceness[niceness_count++] = getpriority(PRIO_PROCESS, 0);
	pthread_mutex_unlock(&world.lock);
	if (task != &second.task) {
		second.task.run = note_niceness;
		ck_assert_int_eq(bm_workers_submit_long(workers,
		    &second.task), BITMARK_OK);
		wait_ended(1);          /* so that another thread runs it */
	} else {
		run(task);
	}
}

START_TEST(threads_that_threads_have_started_are_not_nicer)
{
	const struct bm_workers_config config = {
		.threads = 2, .niceness = 5,
	};
	const int own = getpriority(PRIO_PROCESS, 0);
	struct bm_task *task = next_task('a');

	ck_assert_int_eq(bm_workers_new(&workers, &config), BITMARK_OK);
	task->run = note_niceness;
	ck_assert_int_eq(bm_workers_submit_long(workers, task), BITMARK_OK);
	wait_ended(1);
	bm_workers_free(workers);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(niceness[i], own < 15 ? own + 5 : 19);
	ck_assert_int_eq(getpriority(PRIO_PROCESS, 0), own);
}
END_TEST
#endif

int
main(void)
{
	Suite *suite = suite_create("workers");
	TCase *pool = tcase_create("pool");

	tcase_add_test(pool,
	    short_tasks_come_before_long_ones_that_were_there_first);
	tcase_add_test(pool,
	    a_thread_that_waits_works_on_short_tasks_and_on_no_long_one);
	tcase_add_test(pool, there_are_never_more_threads_than_configured);
	tcase_add_test(pool, no_thread_is_started_before_there_is_a_task);
	tcase_add_test(pool, idle_threads_end_and_others_start);
	tcase_add_test(pool, a_task_that_comes_while_a_thread_ends_is_run);
	tcase_add_test(pool, freeing_runs_long_tasks_that_wait);
	tcase_add_test(pool,
	    without_threads_short_tasks_are_done_and_long_ones_refused);
	tcase_add_test(pool,
	    waiting_ends_after_all_that_a_task_has_handed_out);
#ifdef __linux__
	tcase_add_test(pool,
	    threads_that_threads_have_started_are_not_nicer);
#endif
	tcase_set_timeout(pool, 30);
	suite_add_tcase(suite, pool);
	return run_suite(suite);
}
