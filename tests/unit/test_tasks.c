/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Tasks of other threads that the owner of a node carries out. */
#include "../support/vectors.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "node/tasks.h"

#define THREADS 4
#define RUNS 200

static struct bm_tasks *tasks;
static unsigned done;                   /* by the owner, in this run */
static atomic_uint refused;

static bitmark_status
work(void *owner, void *argument)
{
	(void)owner;
	(void)argument;
	done++;
	return BITMARK_OK;
}

/* One task after the other, without a pause, until they are refused. */
static void *
ask(void *unused)
{
	while (bm_tasks_do(tasks, BM_TASK_READS, work, NULL) == BITMARK_OK)
		;
	atomic_fetch_add(&refused, 1);
	return unused;
}

START_TEST(a_stream_of_tasks_does_not_keep_the_owner_from_its_other_work)
{
	pthread_t thread[THREADS];
	unsigned all = 0;

	ck_assert_int_eq(bm_tasks_new(&tasks), BITMARK_OK);
	bm_tasks_begin(tasks, NULL);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, ask, NULL),
		    0);
	while (all < RUNS) {
		done = 0;
		bm_tasks_run(tasks);
		bm_tasks_answer(tasks, BITMARK_OK);
		ck_assert_uint_le(done, THREADS);
		all += done;
	}
	bm_tasks_end(tasks);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	bm_tasks_free(tasks);
	ck_assert_uint_eq(atomic_load(&refused), THREADS);
}
END_TEST

/* One thread with one task, of which the owner decides the result. */
struct asking {
	pthread_t thread;
	enum bm_task_kind kind;
	bitmark_status result;          /* of the task             */
	bitmark_status answer;          /* what the thread is told */
	bool ran;
};

/* A task that is not answered yet is run again by the next bm_tasks_run, and
 * counts once. */
static bitmark_status
give_result(void *owner, void *argument)
{
	struct asking *a = argument;

	(void)owner;
	done += !a->ran;
	a->ran = true;
	return a->result;
}

static void *
ask_once(void *argument)
{
	struct asking *a = argument;

	a->answer = bm_tasks_do(tasks, a->kind, give_result, a);
	return NULL;
}

START_TEST(only_a_change_that_went_well_shares_the_fate_of_the_commit)
{
	struct asking a[] = {
		{ .kind = BM_TASK_READS, .result = BITMARK_OK },
		{ .kind = BM_TASK_CHANGES, .result = BITMARK_E_TX_EXISTS },
		{ .kind = BM_TASK_CHANGES, .result = BITMARK_OK },
	};

	done = 0;
	ck_assert_int_eq(bm_tasks_new(&tasks), BITMARK_OK);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&a[i].thread, NULL, ask_once,
		    &a[i]), 0);
	while (done < 3)
		bm_tasks_run(tasks);
	bm_tasks_answer(tasks, BITMARK_E_STORE_FULL);
	for (int i = 0; i < 3; i++)
		pthread_join(a[i].thread, NULL);
	bm_tasks_end(tasks);
	bm_tasks_free(tasks);
	ck_assert_int_eq(a[0].answer, BITMARK_OK);
	ck_assert_int_eq(a[1].answer, BITMARK_E_TX_EXISTS);
	ck_assert_int_eq(a[2].answer, BITMARK_E_STORE_FULL);
}
END_TEST

/* A thread that waits for another change than the first. */
struct waiting {
	pthread_t thread;
	uint64_t seen;
	bitmark_status answer;
};

static void *
wait_once(void *argument)
{
	struct waiting *w = argument;

	w->answer = bm_tasks_await_change(tasks, w->seen, UINT64_MAX);
	bm_tasks_leave(tasks);
	return NULL;
}

static void
start_waiting(struct waiting *w)
{
	w->seen = bm_tasks_changes(tasks);
	/* Entered before the thread runs: freeing must wait for it. */
	bm_tasks_enter(tasks);
	ck_assert_int_eq(pthread_create(&w->thread, NULL, wait_once, w), 0);
}

static bool
is_readable(void)
{
	struct pollfd item = { bm_tasks_change_fd(tasks), POLLIN, 0 };

	return poll(&item, 1, 0) == 1;
}

START_TEST(a_change_and_the_end_both_end_a_wait)
{
	struct waiting first, second;

	ck_assert_int_eq(bm_tasks_new(&tasks), BITMARK_OK);
	ck_assert_int_eq(bm_tasks_await_change(tasks,
	    bm_tasks_changes(tasks), 0), BITMARK_E_TIMEOUT);
	ck_assert(!is_readable());
	start_waiting(&first);
	bm_tasks_note_change(tasks);
	pthread_join(first.thread, NULL);
	ck_assert_int_eq(first.answer, BITMARK_OK);
	bm_tasks_note_change(tasks);
	ck_assert(is_readable());
	bm_tasks_clear_change(tasks);
	ck_assert(!is_readable());
	bm_tasks_note_change(tasks);
	ck_assert(is_readable());
	start_waiting(&second);
	bm_tasks_end(tasks);
	bm_tasks_free(tasks);
	pthread_join(second.thread, NULL);
	ck_assert_int_eq(second.answer, BITMARK_E_STOPPED);
}
END_TEST

/* It would wait for itself. */
START_TEST(the_owner_waits_for_no_change)
{
	ck_assert_int_eq(bm_tasks_new(&tasks), BITMARK_OK);
	bm_tasks_begin(tasks, NULL);
	ck_assert_int_eq(bm_tasks_await_change(tasks,
	    bm_tasks_changes(tasks), UINT64_MAX), BITMARK_E_STATE);
	bm_tasks_end(tasks);
	bm_tasks_free(tasks);
}
END_TEST

/* Threads that look, one after the other, at what the owner has lent. */
static bool owner_has;
static unsigned looks;

static bitmark_status
look(void *owner, void *argument)
{
	(void)owner;
	(void)argument;
	ck_assert(!owner_has);
	looks++;
	/* This thread would wait for itself. */
	ck_assert_int_eq(bm_tasks_do(tasks, BM_TASK_LOOKS, work, NULL),
	    BITMARK_E_STATE);
	return BITMARK_OK;
}

static void *
keep_looking(void *unused)
{
	while (bm_tasks_do(tasks, BM_TASK_LOOKS, look, NULL) == BITMARK_OK)
		;
	atomic_fetch_add(&refused, 1);
	return unused;
}

/* Neither side keeps the other out, and no task is run by the owner. */
START_TEST(others_look_only_at_what_is_lent)
{
	pthread_t thread[THREADS];

	atomic_store(&refused, 0);
	owner_has = true;
	ck_assert_int_eq(bm_tasks_new(&tasks), BITMARK_OK);
	bm_tasks_begin(tasks, NULL);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL,
		    keep_looking, NULL), 0);
	for (unsigned turns = 0; turns < RUNS || looks < RUNS; turns++) {
		owner_has = false;
		bm_tasks_lend(tasks);
		bm_tasks_take_back(tasks);
		owner_has = true;
	}
	ck_assert_int_eq(bm_tasks_do(tasks, BM_TASK_LOOKS, look, NULL),
	    BITMARK_E_STATE);
	bm_tasks_end(tasks);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	bm_tasks_free(tasks);
	ck_assert_uint_eq(atomic_load(&refused), THREADS);
}
END_TEST

static bitmark_status
count_look(void *owner, void *argument)
{
	(void)owner;
	++*(unsigned *)argument;
	return BITMARK_OK;
}

START_TEST(a_try_does_not_wait_for_the_state)
{
	unsigned tried = 0;

	ck_assert_int_eq(bm_tasks_new(&tasks), BITMARK_OK);
	bm_tasks_begin(tasks, NULL);
	ck_assert_int_eq(bm_tasks_try(tasks, count_look, &tried),
	    BITMARK_E_TIMEOUT);
	bm_tasks_lend(tasks);
	ck_assert_int_eq(bm_tasks_try(tasks, count_look, &tried), BITMARK_OK);
	bm_tasks_take_back(tasks);
	ck_assert_int_eq(bm_tasks_try(tasks, count_look, &tried),
	    BITMARK_E_TIMEOUT);
	bm_tasks_end(tasks);
	ck_assert_int_eq(bm_tasks_try(tasks, count_look, &tried),
	    BITMARK_E_STOPPED);
	bm_tasks_free(tasks);
	ck_assert_uint_eq(tried, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tasks");
	TCase *t = tcase_create("tasks");

	tcase_add_test(t, a_stream_of_tasks_does_not_keep_the_owner_from_its_other_work);
	tcase_add_test(t,
	    only_a_change_that_went_well_shares_the_fate_of_the_commit);
	tcase_add_test(t, a_change_and_the_end_both_end_a_wait);
	tcase_add_test(t, the_owner_waits_for_no_change);
	tcase_add_test(t, others_look_only_at_what_is_lent);
	tcase_add_test(t, a_try_does_not_wait_for_the_state);
	suite_add_tcase(s, t);
	return run_suite(s);
}
