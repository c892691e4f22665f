/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The pool: a ring of jobs that wait, and hands that take them.
 *
 * A hand is a long task of the workers: it takes one or two jobs, computes
 * them in its arenas, and is queued again while there are more.  There are as
 * many hands as threads.  It keeps its arenas until a thread was idle for a
 * while, so that a burst of blocks maps memory once and a quiet node holds
 * none.
 *
 * Most of a digest is waiting for memory: each of its steps needs a block that
 * only the step before has chosen.  Two digests in turn on one core fill the
 * waits of each other, and take less time together than one after the other;
 * but each of them takes longer than alone.  So a hand takes two jobs only
 * when there are two for each hand that has none.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/sized.h"
#include "digest/digest.h"
#include "digest/kernel.h"
#include "os/thread.h"
#include "os/workers.h"

#define QUEUE_DEFAULT 1024

struct hand {
	struct bm_task task;            /* first: found from the task   */
	struct bitmark_digest_pool *pool;
	bool queued;                    /* or computing                 */
	struct bitmark_digest_job *jobs[BM_DIGEST_TURNS];
	unsigned count;
	void *arenas[BM_DIGEST_TURNS];  /* the first ones are there     */
};

struct bitmark_digest_pool {
	pthread_mutex_t lock;           /* of everything down to hands  */
	size_t first, waiting;          /* jobs of the ring             */
	unsigned computing;             /* hands                        */
	uint64_t finished;
	unsigned arenas;

	/* A hand belongs to the thread that runs it while it is queued, and
	 * to the lock otherwise. */
	struct hand *hands;             /* [workers] */

	/* constant */
	struct bitmark_digest_job **ring;       /* [ring_size] */
	size_t ring_size;
	bitmark_digest_fn digest;
	unsigned turns;                 /* jobs of a hand, at most */
	unsigned hand_count;
	struct bm_workers *workers;
};

/*
 * Arenas.
 */

/* NULL: there is none, or its hand may be using it. */
static void *
take_arena(struct bitmark_digest_pool *pool, struct hand *hand, unsigned i)
{
	void *arena = NULL;

	pthread_mutex_lock(&pool->lock);
	if (!hand->queued) {
		arena = hand->arenas[i];
		hand->arenas[i] = NULL;
		pool->arenas -= arena != NULL;
	}
	pthread_mutex_unlock(&pool->lock);
	return arena;
}

/* Called by a thread that was idle: hands without work give theirs back.  The
 * lock is not held while the kernel takes the pages away, which takes long. */
static void
give_arenas_back(void *user)
{
	struct bitmark_digest_pool *pool = user;

	for (unsigned h = 0; h < pool->hand_count; h++)
		for (unsigned i = 0; i < BM_DIGEST_TURNS; i++)
			bm_arena_unmap(take_arena(pool, &pool->hands[h], i));
}

/* An arena for each job; returns how many are there.  The pages are taken from
 * the system when they are first written: by this thread, on the memory that is
 * near to its core. */
static unsigned
hold_arenas(struct bitmark_digest_pool *pool, struct hand *hand)
{
	unsigned i, mapped = 0;

	for (i = 0; i < hand->count; i++) {
		if (hand->arenas[i] != NULL)
			continue;
		hand->arenas[i] = bm_arena_map();
		if (hand->arenas[i] == NULL)
			break;
		mapped++;
	}
	pthread_mutex_lock(&pool->lock);
	pool->arenas += mapped;
	pthread_mutex_unlock(&pool->lock);
	return i;
}

/*
 * Computing, without the lock.
 */

static void
compute_in_turn(struct hand *hand)
{
	struct bm_argon2d tasks[BM_DIGEST_TURNS];

	for (unsigned i = 0; i < hand->count; i++) {
		struct bitmark_digest_job *job = hand->jobs[i];

		tasks[i] = (struct bm_argon2d){ job->input, hand->arenas[i],
		    job->output };
		job->status = BITMARK_OK;
	}
	bm_argon2d(bm_kernel_best(), tasks, hand->count,
	    BITMARK_DIGEST_MEMORY_KIB);
}

/* When there is no memory for two in turn, one comes after the other. */
static void
compute(struct bitmark_digest_pool *pool, struct hand *hand)
{
	const unsigned arenas = hold_arenas(pool, hand);

	if (hand->count > 1 && arenas == hand->count) {
		compute_in_turn(hand);
		return;
	}
	for (unsigned i = 0; i < hand->count; i++) {
		struct bitmark_digest_job *job = hand->jobs[i];

		job->status = BITMARK_E_NOMEM;
		if (arenas != 0)
			job->status = pool->digest(job->input,
			    hand->arenas[0], BM_ARENA_SIZE, job->output);
	}
}

/*
 * Jobs.
 */

/* With the lock held, and a job that waits. */
static struct bitmark_digest_job *
take_job(struct bitmark_digest_pool *pool)
{
	struct bitmark_digest_job *job = pool->ring[pool->first];

	pool->first = (pool->first + 1) % pool->ring_size;
	pool->waiting--;
	return job;
}

/* Two jobs when there are two for each hand that has none; else one.  Other
 * threads would be idle while this one has two: that takes longer. */
static void
take_jobs(struct bitmark_digest_pool *pool, struct hand *hand)
{
	pthread_mutex_lock(&pool->lock);
	hand->count = pool->waiting >= (size_t)pool->turns *
	    (pool->hand_count - pool->computing) ? pool->turns :
	    pool->waiting > 0;
	for (unsigned i = 0; i < hand->count; i++)
		hand->jobs[i] = take_job(pool);
	pool->computing++;
	pthread_mutex_unlock(&pool->lock);
}

/* Queues a hand for jobs that wait.  With the lock held: between the look at
 * the ring and the mark in the hand no job may come that finds neither. */
static bitmark_status
queue_hand(struct bitmark_digest_pool *pool, struct hand *hand)
{
	bitmark_status status = BITMARK_OK;

	if (pool->waiting > 0)
		status = bm_workers_submit_long(pool->workers, &hand->task);
	hand->queued = pool->waiting > 0 && status == BITMARK_OK;
	return status;
}

/* The jobs are copied before the hand is queued again, as another thread may
 * run it at once. */
static void
run_hand(struct bm_task *task)
{
	struct hand *hand = (struct hand *)task;
	struct bitmark_digest_pool *pool = hand->pool;
	struct bitmark_digest_job *jobs[BM_DIGEST_TURNS];
	unsigned count;

	take_jobs(pool, hand);
	compute(pool, hand);
	count = hand->count;
	memcpy(jobs, hand->jobs, sizeof(jobs));
	pthread_mutex_lock(&pool->lock);
	pool->finished += count;
	pool->computing--;
	/* Cannot fail: this thread is there to run it. */
	(void)queue_hand(pool, hand);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < count; i++)
		jobs[i]->done(jobs[i]);
}

/* NULL: all have work already, and look for more when it is done.  The first
 * ones are preferred, so that few hands hold arenas when there is little to
 * do. */
static struct hand *
free_hand(struct bitmark_digest_pool *pool)
{
	for (unsigned i = 0; i < pool->hand_count; i++)
		if (!pool->hands[i].queued)
			return &pool->hands[i];
	return NULL;
}

bitmark_status
bitmark_digest_pool_submit(struct bitmark_digest_pool *pool,
    struct bitmark_digest_job *job)
{
	bitmark_status status = BITMARK_E_BUSY;
	struct hand *hand;

	if (!BM_FITS(bitmark_digest_job, job))
		return BITMARK_E_ARGUMENT;
	pthread_mutex_lock(&pool->lock);
	if (pool->waiting < pool->ring_size) {
		pool->ring[(pool->first + pool->waiting++) %
		    pool->ring_size] = job;
		hand = free_hand(pool);
		status = hand == NULL ? BITMARK_OK : queue_hand(pool, hand);
		if (status != BITMARK_OK)
			pool->waiting--;        /* the job at the end */
	}
	pthread_mutex_unlock(&pool->lock);
	return status;
}

/*
 * The pool.
 */

static bitmark_status
fill_new(struct bitmark_digest_pool *pool,
    const struct bitmark_digest_config *config)
{
	const struct bm_workers_config workers = {
		.threads = config->workers,
		.idle_ms = config->arena_idle_ms,
		.niceness = config->nice > 0 ? config->nice :
		    config->nice < 0 ? 0 : BITMARK_DIGEST_NICE,
		.idle = give_arenas_back,
		.user = pool,
	};

	pool->ring_size = config->queue_max != 0 ?
	    config->queue_max : QUEUE_DEFAULT;
	pool->digest = config->digest != NULL ?
	    config->digest : bm_digest_argon2d;
	pool->turns = pool->digest == bm_digest_argon2d ? BM_DIGEST_TURNS : 1;
	if (bm_workers_new(&pool->workers, &workers) != BITMARK_OK)
		return BITMARK_E_NOMEM;
	pool->hand_count = bm_workers_max(pool->workers);
	pool->hands = calloc(pool->hand_count, sizeof *pool->hands);
	pool->ring = calloc(pool->ring_size, sizeof(*pool->ring));
	if (pool->hands == NULL || pool->ring == NULL)
		return BITMARK_E_NOMEM;
	for (unsigned i = 0; i < pool->hand_count; i++) {
		pool->hands[i].task.run = run_hand;
		pool->hands[i].pool = pool;
	}
	return BITMARK_OK;
}

bitmark_status
bitmark_digest_pool_new(struct bitmark_digest_pool **pool,
    const struct bitmark_digest_config *config)
{
	struct bitmark_digest_config own = { .struct_size = sizeof own };
	struct bitmark_digest_pool *p;
	bitmark_status status;

	*pool = NULL;
	if (config != NULL &&
	    BM_IN(bitmark_digest_config, &own, config) != BITMARK_OK)
		return BITMARK_E_ARGUMENT;
	p = calloc(1, sizeof *p);
	if (p == NULL)
		return BITMARK_E_NOMEM;
	if (pthread_mutex_init(&p->lock, NULL) != 0) {
		free(p);
		return BITMARK_E_NOMEM;
	}
	status = fill_new(p, &own);
	if (status == BITMARK_OK)
		*pool = p;
	else
		bitmark_digest_pool_free(p);
	return status;
}

/* Done is called without the lock, as it may take locks of its own. */
static void
stop_waiting_jobs(struct bitmark_digest_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	while (pool->waiting > 0) {
		struct bitmark_digest_job *job = take_job(pool);

		pthread_mutex_unlock(&pool->lock);
		job->status = BITMARK_E_STOPPED;
		job->done(job);
		pthread_mutex_lock(&pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
}

void
bitmark_digest_pool_free(struct bitmark_digest_pool *pool)
{
	if (pool == NULL)
		return;
	stop_waiting_jobs(pool);
	bm_workers_free(pool->workers);
	if (pool->hands != NULL)
		give_arenas_back(pool);
	pthread_mutex_destroy(&pool->lock);
	free(pool->ring);
	free(pool->hands);
	free(pool);
}

struct bm_workers *
bm_digest_pool_workers(struct bitmark_digest_pool *pool)
{
	return pool->workers;
}

bitmark_status
bitmark_digest_pool_stats(struct bitmark_digest_pool *pool,
    struct bitmark_digest_stats *stats)
{
	struct bitmark_digest_stats now = { .struct_size = sizeof now, .workers
	    = pool->hand_count };

	pthread_mutex_lock(&pool->lock);
	now.waiting = pool->waiting;
	now.finished = pool->finished;
	now.arenas = pool->arenas;
	pthread_mutex_unlock(&pool->lock);
	return BM_OUT(bitmark_digest_stats, stats, &now);
}

/*
 * Waiting for one job.  The waiter lives on the stack of the calling thread: it
 * is gone when that thread has seen ${finished}, so the worker must not touch it
 * after it has let go of the lock.
 */

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool finished;
};

/* Signals with the lock held: after it is let go the condition variable may be
 * gone. */
static void
wake(struct bitmark_digest_job *job)
{
	struct waiter *waiter = job->user;

	pthread_mutex_lock(&waiter->lock);
	waiter->finished = true;
	pthread_cond_signal(&waiter->change);
	pthread_mutex_unlock(&waiter->lock);
}

static void
wait_for(struct waiter *waiter)
{
	pthread_mutex_lock(&waiter->lock);
	while (!waiter->finished)
		pthread_cond_wait(&waiter->change, &waiter->lock);
	pthread_mutex_unlock(&waiter->lock);
}

bitmark_status
bitmark_digest_pool_run(struct bitmark_digest_pool *pool,
    const uint8_t input[BITMARK_DIGEST_INPUT_SIZE],
    uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	struct waiter waiter = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.change = PTHREAD_COND_INITIALIZER,
	};
	struct bitmark_digest_job job = {
		.struct_size = sizeof job,
		.done = wake,
		.user = &waiter,
	};
	bitmark_status status;

	memcpy(job.input, input, sizeof job.input);
	status = bitmark_digest_pool_submit(pool, &job);
	if (status == BITMARK_OK) {
		wait_for(&waiter);
		status = job.status;
	}
	if (status == BITMARK_OK)
		memcpy(output, job.output, sizeof job.output);
	else if (status == BITMARK_E_THREAD)
		status = bm_digest_here(pool->digest, input,
		    output);
	pthread_cond_destroy(&waiter.change);
	pthread_mutex_destroy(&waiter.lock);
	return status;
}
