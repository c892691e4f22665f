/*
 * The pool: a bounded queue, first in first out, and the threads that empty
 * it.  Each worker keeps its arenas from its first job until it was idle for a
 * while, so that a burst of blocks maps memory once and a quiet node none.
 *
 * Two digests in turn on one core take less time than one after the other,
 * but each of them takes longer than alone.  So a worker takes two jobs only
 * when there are two for each worker that has nothing to do.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "digest/digest.h"
#include "digest/kernel.h"

#define QUEUE_DEFAULT 1024
#define ARENA_IDLE_DEFAULT_MS 10000

struct bitmark_digest_pool {
	pthread_mutex_t lock;           /* of everything down to arenas  */
	pthread_cond_t change;          /* a job came, or stopping       */
	struct bitmark_digest_job *first;
	struct bitmark_digest_job **end;        /* where the next one goes */
	size_t waiting;
	unsigned idle;                  /* workers without a job         */
	bool stopping;
	uint64_t finished;
	unsigned arenas;

	/* constant while threads run */
	size_t queue_max;
	bitmark_digest_fn digest;
	unsigned turns;                 /* jobs of a worker, at most */
	unsigned arena_idle_ms;
	unsigned workers;
	pthread_t *threads;
};

static struct timespec
idle_deadline(const struct bitmark_digest_pool *pool)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (time_t)(pool->arena_idle_ms / 1000);
	t.tv_nsec += (long)(pool->arena_idle_ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

/* What a worker has in hand. */
struct hand {
	struct bitmark_digest_job *jobs[BM_DIGEST_TURNS];
	unsigned count;
	void *arenas[BM_DIGEST_TURNS];  /* the first ones are there */
};

/* With the lock held; not while the kernel takes the pages away. */
static void
give_arenas_back(struct bitmark_digest_pool *pool, struct hand *hand)
{
	for (unsigned i = 0; i < BM_DIGEST_TURNS; i++) {
		void *given = hand->arenas[i];

		if (given == NULL)
			continue;
		hand->arenas[i] = NULL;
		pool->arenas--;
		pthread_mutex_unlock(&pool->lock);
		bm_arena_unmap(given);
		pthread_mutex_lock(&pool->lock);
	}
}

static struct bitmark_digest_job *
take_job(struct bitmark_digest_pool *pool)
{
	struct bitmark_digest_job *job = pool->first;

	pool->first = job->next;
	if (pool->first == NULL)
		pool->end = &pool->first;
	pool->waiting--;
	return job;
}

/* Wait, with the lock held, for the next jobs; false: stop. */
static bool
next_jobs(struct bitmark_digest_pool *pool, struct hand *hand)
{
	const struct timespec deadline = idle_deadline(pool);

	pool->idle++;
	while (pool->first == NULL && !pool->stopping) {
		if (hand->arenas[0] == NULL)
			pthread_cond_wait(&pool->change, &pool->lock);
		else if (pthread_cond_timedwait(&pool->change, &pool->lock,
		    &deadline) == ETIMEDOUT && pool->first == NULL)
			give_arenas_back(pool, hand);
	}
	hand->count = pool->first == NULL ? 0 :
	    pool->waiting >= (size_t)pool->turns * pool->idle ? pool->turns : 1;
	pool->idle--;
	for (unsigned i = 0; i < hand->count; i++)
		hand->jobs[i] = take_job(pool);
	return hand->count != 0;
}

/* Without the lock: an arena for each job; returns how many are there. */
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

/* Starts and ends with the lock held, and works without it. */
static void
do_jobs(struct bitmark_digest_pool *pool, struct hand *hand)
{
	pthread_mutex_unlock(&pool->lock);
	compute(pool, hand);
	pthread_mutex_lock(&pool->lock);
	pool->finished += hand->count;
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < hand->count; i++)
		hand->jobs[i]->done(hand->jobs[i]);     /* may be gone now */
	pthread_mutex_lock(&pool->lock);
}

static void *
worker(void *user)
{
	struct bitmark_digest_pool *pool = user;
	struct hand hand = { .count = 0 };

	bm_thread_background(BM_BACKGROUND_DIGESTS);
	pthread_mutex_lock(&pool->lock);
	while (next_jobs(pool, &hand))
		do_jobs(pool, &hand);
	give_arenas_back(pool, &hand);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* The workers take no signals: those are for the program's own threads. */
static bitmark_status
start_workers(struct bitmark_digest_pool *pool, unsigned count)
{
	bitmark_status status = BITMARK_OK;
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (status == BITMARK_OK && pool->workers < count) {
		if (pthread_create(&pool->threads[pool->workers], NULL, worker,
		    pool) != 0)
			status = BITMARK_E_THREAD;
		else
			pool->workers++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}

/* Ends all jobs that wait, then all workers. */
static void
stop_workers(struct bitmark_digest_pool *pool)
{
	struct bitmark_digest_job *job, *next;

	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	job = pool->first;
	pool->first = NULL;
	pool->end = &pool->first;
	pool->waiting = 0;
	pthread_cond_broadcast(&pool->change);
	pthread_mutex_unlock(&pool->lock);

	for (; job != NULL; job = next) {
		next = job->next;
		job->status = BITMARK_E_STOPPED;
		job->done(job);
	}
	for (unsigned i = 0; i < pool->workers; i++)
		pthread_join(pool->threads[i], NULL);
}

/* Timed waits must not follow a clock that people set. */
static bitmark_status
init_waiting(struct bitmark_digest_pool *pool)
{
	bitmark_status status = BITMARK_E_NOMEM;
	pthread_condattr_t attributes;

	if (pthread_condattr_init(&attributes) != 0)
		return BITMARK_E_NOMEM;
	if (pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0)
		goto destroy_attributes;
	if (pthread_mutex_init(&pool->lock, NULL) != 0)
		goto destroy_attributes;
	if (pthread_cond_init(&pool->change, &attributes) != 0) {
		pthread_mutex_destroy(&pool->lock);
		goto destroy_attributes;
	}
	status = BITMARK_OK;

destroy_attributes:
	pthread_condattr_destroy(&attributes);
	return status;
}

static unsigned
core_count(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count > 0 ? (unsigned)count : 1;
}

static void
configure(struct bitmark_digest_pool *pool,
    const struct bitmark_digest_config *config)
{
	pool->end = &pool->first;
	pool->queue_max = config->queue_max != 0 ?
	    config->queue_max : QUEUE_DEFAULT;
	pool->digest = config->digest != NULL ?
	    config->digest : bm_digest_argon2d;
	pool->turns = pool->digest == bm_digest_argon2d ? BM_DIGEST_TURNS : 1;
	pool->arena_idle_ms = config->arena_idle_ms != 0 ?
	    config->arena_idle_ms : ARENA_IDLE_DEFAULT_MS;
}

bitmark_status
bitmark_digest_pool_new(struct bitmark_digest_pool **pool,
    const struct bitmark_digest_config *config)
{
	const struct bitmark_digest_config defaults = { 0 };
	struct bitmark_digest_pool *p;
	bitmark_status status = BITMARK_E_NOMEM;
	unsigned count;

	*pool = NULL;
	if (config == NULL)
		config = &defaults;
	count = config->workers != 0 ? config->workers : core_count();
	p = calloc(1, sizeof *p);
	if (p == NULL)
		return BITMARK_E_NOMEM;
	configure(p, config);
	p->threads = calloc(count, sizeof *p->threads);
	if (p->threads == NULL)
		goto free_pool;
	status = init_waiting(p);
	if (status != BITMARK_OK)
		goto free_pool;

	status = start_workers(p, count);
	if (status == BITMARK_OK)
		*pool = p;
	else
		bitmark_digest_pool_free(p);
	return status;

free_pool:
	free(p->threads);
	free(p);
	return status;
}

void
bitmark_digest_pool_free(struct bitmark_digest_pool *pool)
{
	if (pool == NULL)
		return;
	stop_workers(pool);
	pthread_cond_destroy(&pool->change);
	pthread_mutex_destroy(&pool->lock);
	free(pool->threads);
	free(pool);
}

bitmark_status
bitmark_digest_pool_submit(struct bitmark_digest_pool *pool,
    struct bitmark_digest_job *job)
{
	bitmark_status status = BITMARK_E_BUSY;

	job->next = NULL;
	pthread_mutex_lock(&pool->lock);
	if (pool->waiting < pool->queue_max) {
		*pool->end = job;
		pool->end = &job->next;
		pool->waiting++;
		pthread_cond_signal(&pool->change);
		status = BITMARK_OK;
	}
	pthread_mutex_unlock(&pool->lock);
	return status;
}

void
bitmark_digest_pool_stats(struct bitmark_digest_pool *pool,
    struct bitmark_digest_stats *stats)
{
	pthread_mutex_lock(&pool->lock);
	stats->workers = pool->workers;
	stats->waiting = pool->waiting;
	stats->finished = pool->finished;
	stats->arenas = pool->arenas;
	pthread_mutex_unlock(&pool->lock);
}
