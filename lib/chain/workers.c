#include "chain/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "digest/digest.h"

/* Tasks of one kind, first in first out. */
struct queue {
	struct bm_task *first;
	struct bm_task **end;           /* where the next one goes */
};

struct bm_workers {
	pthread_mutex_t lock;           /* of everything, and of pending     */
	pthread_cond_t change;          /* a task came or ended, or stopping */
	struct queue queue[2];          /* by enum bm_turn                   */
	bool started;
	bool stopping;
	unsigned count;
	pthread_t thread[BM_WORKERS_MAX];
};

bitmark_status
bm_workers_new(struct bm_workers **workers)
{
	struct bm_workers *w = calloc(1, sizeof *w);

	*workers = NULL;
	if (w == NULL)
		return BITMARK_E_NOMEM;
	if (pthread_mutex_init(&w->lock, NULL) != 0)
		goto free_workers;
	if (pthread_cond_init(&w->change, NULL) != 0)
		goto destroy_lock;
	for (int i = 0; i < 2; i++)
		w->queue[i].end = &w->queue[i].first;
	*workers = w;
	return BITMARK_OK;

destroy_lock:
	pthread_mutex_destroy(&w->lock);
free_workers:
	free(w);
	return BITMARK_E_NOMEM;
}

/* With the lock held; NULL: there is none. */
static struct bm_task *
take(struct bm_workers *w)
{
	struct queue *q = &w->queue[BM_TURN_NOW];
	struct bm_task *task;

	if (q->first == NULL)
		q = &w->queue[BM_TURN_LATER];
	task = q->first;
	if (task == NULL)
		return NULL;
	q->first = task->next;
	if (q->first == NULL)
		q->end = &q->first;
	return task;
}

/* Starts and ends with the lock held, and works without it; false: there was
 * nothing to do. */
static bool
work(struct bm_workers *w)
{
	struct bm_task *task = take(w);

	if (task == NULL)
		return false;
	pthread_mutex_unlock(&w->lock);
	task->run(task);                /* it may be gone now */
	pthread_mutex_lock(&w->lock);
	return true;
}

static void *
worker(void *user)
{
	struct bm_workers *w = user;

	bm_thread_background(BM_BACKGROUND_RECORDS);
	pthread_mutex_lock(&w->lock);
	while (!w->stopping)
		if (!work(w))
			pthread_cond_wait(&w->change, &w->lock);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* The workers take no signals: those are for the program's own threads.  But
 * who catches reading what is missing in a file does so on any thread. */
static void
start(struct bm_workers *w)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	sigset_t all, before;

	w->started = true;
	sigfillset(&all);
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (w->count < BM_WORKERS_MAX && (long)w->count < cores &&
	    pthread_create(&w->thread[w->count], NULL, worker, w) == 0)
		w->count++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void
bm_workers_free(struct bm_workers *workers)
{
	if (workers == NULL)
		return;
	pthread_mutex_lock(&workers->lock);
	workers->stopping = true;
	pthread_cond_broadcast(&workers->change);
	pthread_mutex_unlock(&workers->lock);
	for (unsigned i = 0; i < workers->count; i++)
		pthread_join(workers->thread[i], NULL);
	pthread_cond_destroy(&workers->change);
	pthread_mutex_destroy(&workers->lock);
	free(workers);
}

void
bm_workers_submit(struct bm_workers *workers, struct bm_pending *pending,
    struct bm_task *task, enum bm_turn turn)
{
	struct queue *q = &workers->queue[turn];

	task->next = NULL;
	pthread_mutex_lock(&workers->lock);
	if (!workers->started)
		start(workers);
	*q->end = task;
	q->end = &task->next;
	pending->tasks++;
	pthread_cond_signal(&workers->change);
	pthread_mutex_unlock(&workers->lock);
}

void
bm_workers_end(struct bm_workers *workers, struct bm_pending *pending)
{
	pthread_mutex_lock(&workers->lock);
	if (--pending->tasks == 0)
		pthread_cond_broadcast(&workers->change);
	pthread_mutex_unlock(&workers->lock);
}

void
bm_workers_wait(struct bm_workers *workers, struct bm_pending *pending)
{
	pthread_mutex_lock(&workers->lock);
	while (pending->tasks != 0)
		if (!work(workers))
			pthread_cond_wait(&workers->change, &workers->lock);
	pthread_mutex_unlock(&workers->lock);
}
