/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The threads that answer requests. Two lists under one lock: jobs that are
 * due, in the order of their arrival, and jobs that wait for their client's
 * allowance (tokens), in the order of their time. One more thread moves jobs
 * from the second list to the first.
 *
 * To hand a job to a worker and back costs two wake-ups, which is more than
 * most reads cost. So a short request with a quick answer is answered by the
 * thread that brings it. A long request is not even parsed there: its price
 * depends on all of it.
 */
#include "rpc_pool.h"

#include <poll.h>
#include <stdlib.h>

#include <bitmarkpeer/os.h>

#include "rpc_json.h"
#include "rpc_rate.h"
#include "rpc_wake.h"
#include "shared/thread.h"

/* Longest request that the thread which brings it looks at; requests of quick
 * methods are shorter. Bytes. */
#define SHORT_MAX 1024

struct rpc_pool {
	rpc_answer_fn answer;
	void *user;
	struct rpc_wake wake;           /* of the thread that moves jobs     */
	pthread_t workers[RPC_POOL_WORKERS], mover;
	unsigned worker_count;
	bool moves;                     /* that thread is there              */
	pthread_mutex_t lock;           /* of all below                      */
	pthread_cond_t changed;
	struct rpc_jobs due, later;
	struct rpc_rate rate;
	struct rpc_pool_counts counts;
	unsigned at_once;               /* answers that other threads make   */
	bool stopped;
};

void
rpc_job_free(struct rpc_job *job)
{
	if (job == NULL)
		return;
	rpc_request_free(job->read);
	free(job->request);
	free(job->reply);
	free(job);
}

/* --- one job -------------------------------------------------------------- */

/* Write the error in the form of other errors, with the id of the request, by
 * which the client finds it. A request that cannot be read gets no reply. */
static void
refuse(struct rpc_job *job)
{
	struct rpc_text text = { 0 };
	struct rpc_read read;

	rpc_json_read(job->request, job->size, &read);
	rpc_text_add_string(&text, "{\"id\":");
	if (read.id.size > 0)
		rpc_json_compact(&text, read.id);
	else
		rpc_text_add_string(&text, "null");
	rpc_text_add_string(&text,
	    ",\"result\":null,\"error\":\"rate limiting\"}\n");
	if (read.value == NULL || text.failed) {
		job->outcome = read.no_memory || text.failed ?
		    RPC_NO_MEMORY : RPC_GARBAGE;
		free(text.data);
	} else {
		job->outcome = RPC_ANSWERED;
		job->reply = text.data;
		job->reply_size = text.size;
	}
	json_decref(read.value);
}

/* Parse the request unless it was parsed before. False: no memory. */
static bool
read_job(struct rpc_job *job)
{
	if (job->read == NULL)
		job->read = rpc_request_read(job->request, job->size);
	return job->read != NULL;
}

/* Insert the job by its time, behind others of the same time. Its parsed form,
 * which is larger than its text, is freed and will be made again. */
static void
put_later(struct rpc_pool *pool, struct rpc_job *job)
{
	struct rpc_job *before = TAILQ_LAST(&pool->later, rpc_jobs);

	rpc_request_free(job->read);
	job->read = NULL;
	while (before != NULL && before->due_ms > job->due_ms)
		before = TAILQ_PREV(before, rpc_jobs, entry);
	if (before != NULL)
		TAILQ_INSERT_AFTER(&pool->later, before, job, entry);
	else
		TAILQ_INSERT_HEAD(&pool->later, job, entry);
	rpc_wake_up(&pool->wake);
}

/* The lot of a job whose price is known. */
enum verdict {
	VERDICT_ANSWER,
	VERDICT_LATER,                  /* it is in that list                */
	VERDICT_REFUSE,
};

/* Take the tokens of a job. Called with the lock. A job that waited has paid
 * already. */
static enum verdict
pay(struct rpc_pool *pool, struct rpc_job *job, unsigned cost)
{
	const uint64_t now_ms = bitmark_clock_ms() + 1;        /* never 0 */
	uint64_t wait_ms;

	if (job->paid)
		return VERDICT_ANSWER;
	job->paid = true;
	wait_ms = rpc_rate_take(&pool->rate, job->address, cost, now_ms);
	if (wait_ms == 0)
		return VERDICT_ANSWER;
	if (wait_ms != RPC_RATE_REFUSED && !pool->stopped) {
		job->due_ms = now_ms + wait_ms;
		pool->counts.delayed++;
		put_later(pool, job);
		return VERDICT_LATER;
	}
	pool->counts.refused++;
	return VERDICT_REFUSE;
}

/* Fill in the reply. Called with the lock, which is released meanwhile: the job
 * is in no list, so no other thread can touch it. */
static void
make_reply(struct rpc_pool *pool, struct rpc_job *job, enum verdict verdict)
{
	pool->counts.requests += verdict == VERDICT_ANSWER;
	pthread_mutex_unlock(&pool->lock);
	if (verdict == VERDICT_REFUSE)
		refuse(job);
	else if (job->make != NULL)
		job->make(job);
	else if (read_job(job))
		pool->answer(pool->user, job);
	pthread_mutex_lock(&pool->lock);
}

/* A worker does a job that it has taken from the list. Called with the lock,
 * which is released meanwhile. */
static void
do_job(struct rpc_pool *pool, struct rpc_job *job)
{
	enum verdict verdict;
	unsigned cost = 0;

	if (!job->paid) {
		pthread_mutex_unlock(&pool->lock);
		if (read_job(job))
			cost = rpc_weigh(job->read).cost;
		pthread_mutex_lock(&pool->lock);
	}
	verdict = pay(pool, job, cost);
	if (verdict == VERDICT_LATER)
		return;
	make_reply(pool, job, verdict);
	pthread_mutex_unlock(&pool->lock);
	job->done(job);
	thread_let_others_run();
	pthread_mutex_lock(&pool->lock);
}

/* --- threads -------------------------------------------------------------- */

/* The condition variable is waited for in a loop, because wake-ups may come
 * without cause, and another worker may have taken the job. */
static void *
work(void *user)
{
	struct rpc_pool *pool = user;
	struct rpc_job *job;

	thread_give_way();
	pthread_mutex_lock(&pool->lock);
	while (!pool->stopped) {
		job = TAILQ_FIRST(&pool->due);
		if (job == NULL) {
			pthread_cond_wait(&pool->changed, &pool->lock);
			continue;
		}
		TAILQ_REMOVE(&pool->due, job, entry);
		do_job(pool, job);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* With the lock. */
static void
add_due(struct rpc_pool *pool, struct rpc_job *job)
{
	TAILQ_INSERT_TAIL(&pool->due, job, entry);
	pthread_cond_signal(&pool->changed);
}

/* Move the jobs that are due now. Returns how long poll may wait for the next
 * one; the wait for tokens is bounded, so it fits into an int. */
static int
move_due(struct rpc_pool *pool)
{
	const uint64_t now_ms = bitmark_clock_ms() + 1;
	struct rpc_job *job;

	while ((job = TAILQ_FIRST(&pool->later)) != NULL) {
		if (job->due_ms > now_ms)
			return (int)(job->due_ms - now_ms);
		TAILQ_REMOVE(&pool->later, job, entry);
		add_due(pool, job);
	}
	return -1;
}

/* This thread waits for a time or for a wake-up, so it uses poll and not the
 * condition variable, whose time limit would need another clock. */
static void *
move(void *user)
{
	struct rpc_pool *pool = user;
	struct pollfd fd = { .fd = pool->wake.fds[0], .events = POLLIN };
	int wait_ms;

	thread_give_way();
	pthread_mutex_lock(&pool->lock);
	while (!pool->stopped) {
		wait_ms = move_due(pool);
		pthread_mutex_unlock(&pool->lock);
		(void)poll(&fd, 1, wait_ms);
		rpc_wake_clear(&pool->wake);
		pthread_mutex_lock(&pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* --- from outside --------------------------------------------------------- */

/* NULL, or why it failed. On failure rpc_pool_stop joins the threads that were
 * started. */
const char *
rpc_pool_open(struct rpc_pool **out, rpc_answer_fn answer_fn, void *user)
{
	struct rpc_pool *pool = calloc(1, sizeof *pool);

	*out = NULL;
	if (pool == NULL || !rpc_wake_open(&pool->wake)) {
		free(pool);
		return "no memory, or no descriptor";
	}
	pool->answer = answer_fn;
	pool->user = user;
	TAILQ_INIT(&pool->due);
	TAILQ_INIT(&pool->later);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->changed, NULL);
	pool->moves = thread_start(&pool->mover, move, pool);
	while (pool->moves && pool->worker_count < RPC_POOL_WORKERS &&
	    thread_start(&pool->workers[pool->worker_count], work, pool))
		pool->worker_count++;
	*out = pool;
	if (pool->worker_count == RPC_POOL_WORKERS)
		return NULL;
	rpc_pool_stop(pool);
	rpc_pool_free(pool);
	*out = NULL;
	return "no thread can be started";
}

/* The thread that brings a quick job does it here; true: it is done. ${at_once}
 * tells rpc_pool_stop that such a thread is still inside. Called with the lock.
 */
static bool
do_at_once(struct rpc_pool *pool, struct rpc_job *job, unsigned cost)
{
	const enum verdict verdict = pay(pool, job, cost);

	if (verdict == VERDICT_LATER)
		return false;
	pool->at_once++;
	job->at_once = true;
	make_reply(pool, job, verdict);
	job->at_once = false;
	pool->at_once--;
	if (pool->stopped)
		pthread_cond_broadcast(&pool->changed);
	if (job->outcome != RPC_WOULD_WAIT || pool->stopped)
		return true;
	pool->counts.requests--;        /* a worker counts it              */
	add_due(pool, job);
	return false;
}

/* True: the job was done at once, or the pool is stopping, and done() will not
 * be called. A short request is parsed here, outside the lock. */
bool
rpc_pool_add(struct rpc_pool *pool, struct rpc_job *job)
{
	struct rpc_weight weight = { .quick = false };
	bool done;

	job->paid = false;
	job->read = NULL;
	job->outcome = RPC_NO_MEMORY;
	job->at_once = false;
	job->reply = NULL;
	job->reply_size = 0;
	if (job->make == NULL && job->size <= SHORT_MAX && read_job(job))
		weight = rpc_weigh(job->read);
	pthread_mutex_lock(&pool->lock);
	done = pool->stopped;
	if (!done && weight.quick) {
		done = do_at_once(pool, job, weight.cost);
	} else if (!done) {
		add_due(pool, job);
	}
	pthread_mutex_unlock(&pool->lock);
	return done;
}

void
rpc_pool_get_counts(struct rpc_pool *pool, struct rpc_pool_counts *counts)
{
	pthread_mutex_lock(&pool->lock);
	*counts = pool->counts;
	pthread_mutex_unlock(&pool->lock);
}

/* After the threads have ended nobody else uses the lists; jobs in them come
 * back without a reply. */
void
rpc_pool_stop(struct rpc_pool *pool)
{
	struct rpc_job *job;

	pthread_mutex_lock(&pool->lock);
	if (pool->stopped) {
		pthread_mutex_unlock(&pool->lock);
		return;
	}
	pool->stopped = true;
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	rpc_wake_up(&pool->wake);
	while (pool->worker_count > 0)
		pthread_join(pool->workers[--pool->worker_count], NULL);
	if (pool->moves)
		pthread_join(pool->mover, NULL);
	pthread_mutex_lock(&pool->lock);
	while (pool->at_once > 0)
		pthread_cond_wait(&pool->changed, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
	TAILQ_CONCAT(&pool->due, &pool->later, entry);
	while ((job = TAILQ_FIRST(&pool->due)) != NULL) {
		TAILQ_REMOVE(&pool->due, job, entry);
		job->done(job);
	}
}

void
rpc_pool_free(struct rpc_pool *pool)
{
	if (pool == NULL)
		return;
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->lock);
	rpc_wake_close(&pool->wake);
	free(pool);
}
