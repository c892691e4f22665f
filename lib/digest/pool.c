/*
 * The pool: a bounded queue, first in first out, and the threads that empty
 * it.  Each worker keeps one arena from its first job until it was idle for a
 * while, so that a burst of blocks maps memory once and a quiet node none.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "digest/digest.h"

#define QUEUE_DEFAULT 1024
#define ARENA_IDLE_DEFAULT_MS 10000

struct bitmark_digest_pool {
	pthread_mutex_t lock;           /* of everything down to arenas  */
	pthread_cond_t change;          /* a job came, or stopping       */
	struct bitmark_digest_job *first;
	struct bitmark_digest_job **end;        /* where the next one goes */
	size_t waiting;
	bool stopping;
	uint64_t finished;
	unsigned arenas;

	/* constant while threads run */
	size_t queue_max;
	bitmark_digest_fn digest;
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

/* With the lock held; not while the kernel takes the pages away. */
static void
give_arena_back(struct bitmark_digest_pool *pool, void **arena)
{
	void *given = *arena;

	if (given == NULL)
		return;
	*arena = NULL;
	pool->arenas--;
	pthread_mutex_unlock(&pool->lock);
	bm_arena_unmap(given);
	pthread_mutex_lock(&pool->lock);
}

/* Wait, with the lock held, for the next job; NULL: stop. */
static struct bitmark_digest_job *
next_job(struct bitmark_digest_pool *pool, void **arena)
{
	const struct timespec deadline = idle_deadline(pool);
	struct bitmark_digest_job *job;

	while (pool->first == NULL && !pool->stopping) {
		if (*arena == NULL)
			pthread_cond_wait(&pool->change, &pool->lock);
		else if (pthread_cond_timedwait(&pool->change, &pool->lock,
		    &deadline) == ETIMEDOUT && pool->first == NULL)
			give_arena_back(pool, arena);
	}
	job = pool->first;
	if (job == NULL)
		return NULL;
	pool->first = job->next;
	if (pool->first == NULL)
		pool->end = &pool->first;
	pool->waiting--;
	return job;
}

/* With the lock held: the worker's arena is there. */
static bool
have_arena(struct bitmark_digest_pool *pool, void **arena)
{
	if (*arena == NULL && (*arena = bm_arena_map()) != NULL)
		pool->arenas++;
	return *arena != NULL;
}

/* Starts and ends with the lock held, and works without it. */
static void
do_job(struct bitmark_digest_pool *pool, struct bitmark_digest_job *job,
    void **arena)
{
	bool ready = have_arena(pool, arena);

	pthread_mutex_unlock(&pool->lock);
	job->status = BITMARK_E_NOMEM;
	if (ready)
		job->status = pool->digest(job->input, *arena, BM_ARENA_SIZE,
		    job->output);
	pthread_mutex_lock(&pool->lock);
	pool->finished++;
	pthread_mutex_unlock(&pool->lock);
	job->done(job);                 /* the job may be gone now */
	pthread_mutex_lock(&pool->lock);
}

static void *
worker(void *user)
{
	struct bitmark_digest_pool *pool = user;
	struct bitmark_digest_job *job;
	void *arena = NULL;

	pthread_mutex_lock(&pool->lock);
	while ((job = next_job(pool, &arena)) != NULL)
		do_job(pool, job, &arena);
	give_arena_back(pool, &arena);
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
