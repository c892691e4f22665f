/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The pool of worker threads.
 *
 * Threads start when tasks come and end when they were idle for a while, so
 * that a node at rest has none.  One lock guards everything; it is held only
 * while tasks are moved, never while one runs.
 */
#include "os/workers.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/thread.h"

/* The queue of long tasks comes after those of enum bm_turn: tasks are taken
 * in the order of the queues. */
#define LONG (BM_TURN_LATER + 1)
#define QUEUES (LONG + 1)

STAILQ_HEAD(queue, bm_task);

struct worker {
	struct bm_workers *pool;
	struct bm_thread thread;
	bool running;                   /* false: may be joined at once */
};

struct bm_workers {
	pthread_mutex_t lock;           /* of all below, tasks and pending   */
	pthread_cond_t came;            /* for idle threads: a task, or stop */
	pthread_cond_t changed;         /* for bm_workers_wait: a short task
	                                   came, or the last one ended       */
	struct queue queue[QUEUES];
	size_t queued;                  /* tasks, in all queues              */
	unsigned idle;                  /* threads that wait for a task      */
	unsigned running;               /* threads                           */
	unsigned waiting;               /* threads in bm_workers_wait        */
	bool stopping;

	/* constant */
	unsigned idle_ms;
	int niceness;                   /* absolute */
	void (*on_idle)(void *user);
	void *user;
	unsigned max;
	struct worker worker[];         /* [max] */
};

static unsigned
core_count(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count > 0 ? (unsigned)count : 1;
}

static void
configure(struct bm_workers *w, const struct bm_workers_config *config,
    unsigned max)
{
	w->idle_ms = config->idle_ms != 0 ?
	    config->idle_ms : BM_WORKERS_IDLE_MS;
	/* -1 may be an error or a niceness: both give a usable sum. */
	w->niceness = getpriority(PRIO_PROCESS, 0) + config->niceness;
	w->on_idle = config->idle;
	w->user = config->user;
	w->max = max;
	for (int i = 0; i < QUEUES; i++)
		STAILQ_INIT(&w->queue[i]);
	for (unsigned i = 0; i < max; i++)
		w->worker[i].pool = w;
}

bitmark_status
bm_workers_new(struct bm_workers **workers,
    const struct bm_workers_config *config)
{
	unsigned max = config->threads != 0 ? config->threads : core_count();
	struct bm_workers *w = calloc(1, sizeof *w + max * sizeof w->worker[0]);

	*workers = NULL;
	if (w == NULL)
		return BITMARK_E_NOMEM;
	if (pthread_mutex_init(&w->lock, NULL) != 0)
		goto free_workers;
	if (bm_clock_cond_init(&w->came) != BITMARK_OK)
		goto destroy_lock;
	if (pthread_cond_init(&w->changed, NULL) != 0)
		goto destroy_came;
	configure(w, config, max);
	*workers = w;
	return BITMARK_OK;

destroy_came:
	pthread_cond_destroy(&w->came);
destroy_lock:
	pthread_mutex_destroy(&w->lock);
free_workers:
	free(w);
	return BITMARK_E_NOMEM;
}

/*
 * Taking tasks.  All of it starts and ends with the lock held.
 */

/* The next task of the first ${queues} queues, or NULL. */
static struct bm_task *
take_task(struct bm_workers *w, int queues)
{
	for (int i = 0; i < queues; i++) {
		struct bm_task *task = STAILQ_FIRST(&w->queue[i]);

		if (task == NULL)
			continue;
		STAILQ_REMOVE_HEAD(&w->queue[i], next);
		w->queued--;
		return task;
	}
	return NULL;
}

/* Runs the task without the lock.  A task's memory may be freed by its owner: a
 * long one's when it has run, a short one's when pending no longer counts it.
 * So neither is touched after that. */
static void
run_task(struct bm_workers *w, struct bm_task *task)
{
	struct bm_pending *pending = task->pending;

	pthread_mutex_unlock(&w->lock);
	task->run(task);
	pthread_mutex_lock(&w->lock);
	if (pending != NULL && --pending->tasks == 0)
		pthread_cond_broadcast(&w->changed);
}

/* Gives the next task; NULL when the thread was idle for too long or the pool
 * is stopping. */
static struct bm_task *
wait_for_task(struct bm_workers *w)
{
	const struct timespec end = bm_clock_deadline(w->idle_ms);
	struct bm_task *task;
	int error = 0;

	/* POSIX lets a wait end without a signal, and another thread may have
	 * taken the task, so the queues are looked at again each time. */
	w->idle++;
	while ((task = take_task(w, QUEUES)) == NULL && !w->stopping &&
	    error != ETIMEDOUT)
		error = pthread_cond_timedwait(&w->came, &w->lock, &end);
	w->idle--;
	return task;
}

/*
 * Threads.
 */

/* A new thread inherits the niceness of the one that starts it, which may be
 * a worker itself: so the niceness that is set is absolute. */
static void
give_way(const struct bm_workers *w)
{
#ifdef __linux__
	(void)setpriority(PRIO_PROCESS, 0, w->niceness);
#else
	(void)w;
#endif
}

/* Calls on_idle without the lock.  Tasks may be queued meanwhile: then the
 * thread goes on instead of ending. */
static bool
may_end(struct bm_workers *w)
{
	if (w->on_idle != NULL && !w->stopping) {
		pthread_mutex_unlock(&w->lock);
		w->on_idle(w->user);
		pthread_mutex_lock(&w->lock);
	}
	return w->queued == 0;
}

static void *
work(void *user)
{
	struct worker *me = user;
	struct bm_workers *w = me->pool;
	struct bm_task *task;

	give_way(w);
	pthread_mutex_lock(&w->lock);
	do {
		while ((task = wait_for_task(w)) != NULL)
			run_task(w, task);
	} while (!may_end(w));
	w->running--;
	me->running = false;
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/*
 * Starts one more thread, with the lock held.  A thread that has ended is
 * joined here, before its place is used again: it does nothing more after it
 * has let go of the lock, so that this takes no time.
 */
static void
start_thread(struct bm_workers *w)
{
	struct worker *me = w->worker;

	/* There is a free place, because fewer than max threads run. */
	while (me->running)
		me++;
	bm_thread_join(&me->thread);
	me->running = true;
	if (bm_thread_start(&me->thread, work, me) == BITMARK_OK)
		w->running++;
	else
		me->running = false;
}

/*
 * Queues a task.  A thread that was signalled counts as idle until it runs,
 * so the idle ones are compared with all tasks that are queued: two tasks that
 * come at once must not both rely on the same thread.
 */
static void
enqueue(struct bm_workers *w, struct bm_task *task, int at)
{
	STAILQ_INSERT_TAIL(&w->queue[at], task, next);
	w->queued++;
	if (w->queued > w->idle && w->running < w->max && !w->stopping)
		start_thread(w);
	pthread_cond_signal(&w->came);
}

void
bm_workers_submit(struct bm_workers *workers, struct bm_pending *pending,
    struct bm_task *task, enum bm_turn turn)
{
	pthread_mutex_lock(&workers->lock);
	task->pending = pending;
	pending->tasks++;
	enqueue(workers, task, (int)turn);
	if (workers->waiting > 0)
		pthread_cond_broadcast(&workers->changed);
	pthread_mutex_unlock(&workers->lock);
}

/* Only the pool's threads run long tasks.  When there is none and none can be
 * started, the task would wait for ever, so it is refused.  Short tasks need no
 * thread of the pool: the thread that waits for them runs them itself. */
bitmark_status
bm_workers_submit_long(struct bm_workers *workers, struct bm_task *task)
{
	bitmark_status status = BITMARK_OK;

	pthread_mutex_lock(&workers->lock);
	task->pending = NULL;
	enqueue(workers, task, LONG);
	if (workers->running == 0) {
		STAILQ_REMOVE(&workers->queue[LONG], task, bm_task, next);
		workers->queued--;
		status = BITMARK_E_THREAD;
	}
	pthread_mutex_unlock(&workers->lock);
	return status;
}

/*
 * The thread that waits helps with short tasks, its own or those of others: on
 * one core it would otherwise only wait.  It does not touch long ones, which
 * would keep it from returning when its own tasks are done.
 */
void
bm_workers_wait(struct bm_workers *workers, struct bm_pending *pending)
{
	pthread_mutex_lock(&workers->lock);
	while (pending->tasks != 0) {
		struct bm_task *task = take_task(workers, LONG);

		if (task != NULL) {
			run_task(workers, task);
			continue;
		}
		workers->waiting++;
		pthread_cond_wait(&workers->changed, &workers->lock);
		workers->waiting--;
	}
	pthread_mutex_unlock(&workers->lock);
}

unsigned
bm_workers_max(const struct bm_workers *workers)
{
	return workers->max;
}

/* The result is only a hint: threads may start or end as soon as the lock is
 * released. */
unsigned
bm_workers_count(struct bm_workers *workers)
{
	unsigned count;

	pthread_mutex_lock(&workers->lock);
	count = workers->running;
	pthread_mutex_unlock(&workers->lock);
	return count;
}

void
bm_workers_free(struct bm_workers *workers)
{
	if (workers == NULL)
		return;
	pthread_mutex_lock(&workers->lock);
	workers->stopping = true;
	pthread_cond_broadcast(&workers->came);
	pthread_mutex_unlock(&workers->lock);
	for (unsigned i = 0; i < workers->max; i++)
		bm_thread_join(&workers->worker[i].thread);
	pthread_cond_destroy(&workers->changed);
	pthread_cond_destroy(&workers->came);
	pthread_mutex_destroy(&workers->lock);
	free(workers);
}
