/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A list of functions to be called by the owner, each with a thread that waits
 * for it on a condition variable.
 *
 * The owner sleeps in poll, which a condition variable cannot end; so a pipe
 * wakes it.  In the other direction any number of threads wait, each for its
 * own task: one condition variable wakes them all, and each looks at the flag
 * of its task.
 *
 * The owner's state is guarded by a ticket lock (next, now): a thread that
 * wants the state takes the next number and waits until that number is called.
 * A pthread mutex is not fair: the owner, which gives the state up and wants it
 * back soon after, would nearly always get it first and keep the others out.
 *
 * Changes are a number that only grows.  A thread reads the number, asks its
 * question, and then waits until the number is another one.  A change between
 * the question and the wait has made it another one already, so it is not
 * missed.
 */
#include "node/tasks.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "os/clock.h"
#include "os/wake.h"

/* The longest single wait on a condition variable; longer waits are repeated,
 * because a larger time might not fit into a struct timespec. */
#define WAIT_MAX_MS (3600 * 1000)

/* Lies on the stack of the thread that waits; that thread returns, and the task
 * is gone, as soon as done is set and the lock is free. */
struct task {
	STAILQ_ENTRY(task) entry;
	enum bm_task_kind kind;
	bm_task_fn function;
	void *argument;
	bitmark_status status;
	bool done;
};

STAILQ_HEAD(task_list, task);

struct bm_tasks {
	struct bm_wake wake;
	pthread_mutex_t lock;           /* guards all below but ran  */
	pthread_cond_t done;
	struct task_list waiting;
	size_t inside;                  /* threads in bm_tasks_do   */
	bool begun, ended;
	pthread_t owner;                /* when begun               */
	void *user;
	pthread_cond_t called;          /* the next number          */
	uint64_t next, now;             /* numbers for the state: to be taken,
	                                   and whose turn it is     */
	bool looks;                     /* a thread does, with that number */
	pthread_t looker;
	struct task_list ran;           /* the owner's: not answered yet */
	struct bm_wake change;          /* readable while change_shown  */
	bool change_shown;
	uint64_t changes;
	pthread_cond_t changed;
};

static bitmark_status
open_wakes(struct bm_tasks *t)
{
	bitmark_status status = bm_clock_cond_init(&t->changed);

	if (status != BITMARK_OK)
		return status;
	status = bm_wake_init(&t->wake);
	if (status == BITMARK_OK) {
		status = bm_wake_init(&t->change);
		if (status == BITMARK_OK)
			return status;
		bm_wake_fini(&t->wake);
	}
	pthread_cond_destroy(&t->changed);
	return status;
}

bitmark_status
bm_tasks_new(struct bm_tasks **tasks)
{
	struct bm_tasks *t = calloc(1, sizeof *t);
	bitmark_status status;

	*tasks = NULL;
	if (t == NULL)
		return BITMARK_E_NOMEM;
	status = open_wakes(t);
	if (status != BITMARK_OK) {
		free(t);
		return status;
	}
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->done, NULL);
	pthread_cond_init(&t->called, NULL);
	t->next = 1;                    /* the owner has number 0 */
	STAILQ_INIT(&t->waiting);
	STAILQ_INIT(&t->ran);
	*tasks = t;
	return BITMARK_OK;
}

/* A thread that got its answer still has to take the lock once more on its way
 * out, so the lock must live until the last one has left. */
void
bm_tasks_free(struct bm_tasks *t)
{
	if (t == NULL)
		return;
	pthread_mutex_lock(&t->lock);
	while (t->inside > 0)
		pthread_cond_wait(&t->done, &t->lock);
	pthread_mutex_unlock(&t->lock);
	pthread_cond_destroy(&t->done);
	pthread_cond_destroy(&t->called);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	bm_wake_fini(&t->wake);
	bm_wake_fini(&t->change);
	free(t);
}

/* With the lock held. */
static void
wait_for_answer(struct bm_tasks *t, struct task *task)
{
	STAILQ_INSERT_TAIL(&t->waiting, task, entry);
	bm_wake_signal(&t->wake);
	while (!task->done)
		pthread_cond_wait(&t->done, &t->lock);
}

/* With the lock held. */
static bool
is_owner(const struct bm_tasks *t)
{
	return t->begun && pthread_equal(t->owner, pthread_self());
}

/*
 * The state, from hand to hand.  All with the lock held.
 */

static void
await_turn(struct bm_tasks *t)
{
	const uint64_t number = t->next++;

	while (t->now != number)
		pthread_cond_wait(&t->called, &t->lock);
}

static void
pass_on(struct bm_tasks *t)
{
	t->now++;
	if (t->now != t->next)
		pthread_cond_broadcast(&t->called);
}

/* Runs a task of kind BM_TASK_LOOKS on this thread.  The number keeps the state
 * to itself, so the lock can be free while the function runs. */
static void
look_from_here(struct bm_tasks *t, struct task *task)
{
	await_turn(t);
	if (!t->ended) {
		t->looks = true;
		t->looker = pthread_self();
		pthread_mutex_unlock(&t->lock);
		task->status = task->function(t->user, task->argument);
		pthread_mutex_lock(&t->lock);
		t->looks = false;
	}
	pass_on(t);
}

static bool
is_looker(const struct bm_tasks *t)
{
	return t->looks && pthread_equal(t->looker, pthread_self());
}

void
bm_tasks_enter(struct bm_tasks *t)
{
	pthread_mutex_lock(&t->lock);
	t->inside++;
	pthread_mutex_unlock(&t->lock);
}

/* With the lock held. */
static void
leave(struct bm_tasks *t)
{
	if (--t->inside == 0 && t->ended)
		pthread_cond_broadcast(&t->done);
}

void
bm_tasks_leave(struct bm_tasks *t)
{
	pthread_mutex_lock(&t->lock);
	leave(t);
	pthread_mutex_unlock(&t->lock);
}

bitmark_status
bm_tasks_do(struct bm_tasks *t, enum bm_task_kind kind, bm_task_fn function,
    void *argument)
{
	struct task task = {
		.kind = kind, .function = function, .argument = argument,
		.status = BITMARK_E_STOPPED,
	};

	pthread_mutex_lock(&t->lock);
	t->inside++;
	if (is_owner(t) || is_looker(t))
		task.status = BITMARK_E_STATE;
	else if (!t->ended && kind == BM_TASK_LOOKS)
		look_from_here(t, &task);
	else if (!t->ended)
		wait_for_answer(t, &task);
	leave(t);
	pthread_mutex_unlock(&t->lock);
	return task.status;
}

bitmark_status
bm_tasks_try(struct bm_tasks *t, bm_task_fn function, void *argument)
{
	struct task task = {
		.kind = BM_TASK_LOOKS, .function = function,
		.argument = argument, .status = BITMARK_E_STOPPED,
	};

	pthread_mutex_lock(&t->lock);
	t->inside++;
	if (!t->ended && t->now != t->next)
		task.status = BITMARK_E_TIMEOUT;
	else if (!t->ended)
		look_from_here(t, &task);
	leave(t);
	pthread_mutex_unlock(&t->lock);
	return task.status;
}

void
bm_tasks_begin(struct bm_tasks *t, void *user)
{
	pthread_mutex_lock(&t->lock);
	t->owner = pthread_self();
	t->user = user;
	t->begun = true;
	pthread_mutex_unlock(&t->lock);
}

void
bm_tasks_lend(struct bm_tasks *t)
{
	pthread_mutex_lock(&t->lock);
	pass_on(t);
	pthread_mutex_unlock(&t->lock);
}

void
bm_tasks_take_back(struct bm_tasks *t)
{
	pthread_mutex_lock(&t->lock);
	await_turn(t);
	pthread_mutex_unlock(&t->lock);
}

/* Runs only the tasks that wait now.  A thread that gets its answer may bring
 * another task at once; that one is run in the next turn, so that such threads
 * cannot keep the owner from its other work. */
void
bm_tasks_run(struct bm_tasks *t)
{
	struct task *task;

	if (!bm_wake_take(&t->wake))
		return;
	/* A task is called without the lock, because it may take long and
	 * others must be able to queue theirs meanwhile. */
	pthread_mutex_lock(&t->lock);
	STAILQ_CONCAT(&t->ran, &t->waiting);
	pthread_mutex_unlock(&t->lock);
	STAILQ_FOREACH(task, &t->ran, entry)
		task->status = task->function(t->user, task->argument);
}

/* With the lock held.  A task leaves the list before its done is set, because
 * it lies on the stack of a thread that may return as soon as the lock is
 * free. */
static void
answer_all(struct bm_tasks *t, struct task_list *list)
{
	struct task *task;

	while ((task = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, entry);
		task->done = true;
	}
	pthread_cond_broadcast(&t->done);
}

void
bm_tasks_answer(struct bm_tasks *t, bitmark_status committed)
{
	struct task *task;

	if (STAILQ_EMPTY(&t->ran))
		return;
	STAILQ_FOREACH(task, &t->ran, entry)
		if (task->kind == BM_TASK_CHANGES &&
		    task->status == BITMARK_OK)
			task->status = committed;
	pthread_mutex_lock(&t->lock);
	answer_all(t, &t->ran);
	pthread_mutex_unlock(&t->lock);
}

/* The owner runs no task after this, so every waiting thread must be answered.
 * Tasks began with the status BITMARK_E_STOPPED and keep it.  Threads that wait
 * for the state get their turns, see ended, and return the same status. */
void
bm_tasks_end(struct bm_tasks *t)
{
	pthread_mutex_lock(&t->lock);
	t->ended = true;
	pass_on(t);
	answer_all(t, &t->waiting);
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
}

int
bm_tasks_fd(const struct bm_tasks *t)
{
	return t->wake.fd[0];
}

/*
 * Changes.
 */

/* One byte is written to the pipe, and the next one only after the program has
 * read it (change_shown).  So a program that never reads causes one system call
 * in all. */
void
bm_tasks_note_change(struct bm_tasks *t)
{
	pthread_mutex_lock(&t->lock);
	t->changes++;
	if (!t->change_shown)
		bm_wake_signal(&t->change);
	t->change_shown = true;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
}

uint64_t
bm_tasks_changes(struct bm_tasks *t)
{
	uint64_t changes;

	pthread_mutex_lock(&t->lock);
	changes = t->changes;
	pthread_mutex_unlock(&t->lock);
	return changes;
}

/* With the lock held. */
static void
wait_for_change(struct bm_tasks *t, uint64_t wait_ms)
{
	const struct timespec end = bm_clock_deadline(
	    wait_ms < WAIT_MAX_MS ? wait_ms : WAIT_MAX_MS);

	(void)pthread_cond_timedwait(&t->changed, &t->lock, &end);
}

bitmark_status
bm_tasks_await_change(struct bm_tasks *t, uint64_t seen, uint64_t end_ms)
{
	bitmark_status status = BITMARK_OK;
	uint64_t now_ms;

	pthread_mutex_lock(&t->lock);
	if (is_owner(t))
		status = BITMARK_E_STATE;
	while (status == BITMARK_OK && t->changes == seen) {
		now_ms = bitmark_clock_ms();
		if (t->ended)
			status = BITMARK_E_STOPPED;
		else if (now_ms >= end_ms)
			status = BITMARK_E_TIMEOUT;
		else
			wait_for_change(t, end_ms - now_ms);
	}
	pthread_mutex_unlock(&t->lock);
	return status;
}

int
bm_tasks_change_fd(const struct bm_tasks *t)
{
	return t->change.fd[0];
}

void
bm_tasks_clear_change(struct bm_tasks *t)
{
	pthread_mutex_lock(&t->lock);
	(void)bm_wake_take(&t->change);
	t->change_shown = false;
	pthread_mutex_unlock(&t->lock);
}
