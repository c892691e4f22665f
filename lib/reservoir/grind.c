/* Finding a client nonce, on all cores. */
#include "reservoir/reservoir_impl.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Tries between two looks at the others. */
#define TRIES_AT_ONCE 4096

/* Between two calls of progress.  Nanoseconds. */
#define PROGRESS_NS 100000000
#define SECOND_NS 1000000000

struct work {
	const struct bitmark_grind_config *grind;
	uint64_t threads;
	atomic_bool stop;
	atomic_uint_fast64_t tries;
	pthread_mutex_t lock;           /* of found and nonce */
	pthread_cond_t end;
	bool found;
	uint8_t nonce[BITMARK_GRIND_NONCE_SIZE];
};

struct worker {
	struct work *work;
	pthread_t thread;
	uint64_t next;                  /* nonce; then every threads-th */
};

static void
finish(struct work *w, const uint8_t nonce[BITMARK_GRIND_NONCE_SIZE])
{
	pthread_mutex_lock(&w->lock);
	if (!w->found)
		memcpy(w->nonce, nonce, sizeof w->nonce);
	w->found = true;
	atomic_store(&w->stop, true);
	pthread_cond_signal(&w->end);
	pthread_mutex_unlock(&w->lock);
}

static void *
run(void *user)
{
	struct worker *me = user;
	struct work *w = me->work;
	const struct bitmark_grind_config *g = w->grind;
	uint8_t nonce[BITMARK_GRIND_NONCE_SIZE];

	while (!atomic_load(&w->stop)) {
		for (unsigned i = 0; i < TRIES_AT_ONCE; i++) {
			bm_put_u64be(nonce, me->next);
			me->next += w->threads;
			if (bitmark_proof_check(g->pay_id, g->pay_nonce,
			    nonce, sizeof nonce, g->target)) {
				finish(w, nonce);
				return NULL;
			}
		}
		atomic_fetch_add(&w->tries, TRIES_AT_ONCE);
	}
	return NULL;
}

static struct timespec
next_report(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += PROGRESS_NS;
	if (t.tv_nsec >= SECOND_NS) {
		t.tv_nsec -= SECOND_NS;
		t.tv_sec++;
	}
	return t;
}

/* Until it is found, or nobody wants it any more. */
static void
wait_for_end(struct work *w)
{
	const struct bitmark_grind_config *g = w->grind;
	bool cancelled = false;

	pthread_mutex_lock(&w->lock);
	while (!w->found && !cancelled) {
		struct timespec until = next_report();

		pthread_cond_timedwait(&w->end, &w->lock, &until);
		if (w->found || g->progress == NULL)
			continue;
		pthread_mutex_unlock(&w->lock);
		cancelled = g->progress(g->user, atomic_load(&w->tries)) != 0;
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	atomic_store(&w->stop, true);
}

/* Signals belong to the threads of the program. */
static unsigned
start(struct work *w, struct worker *workers, unsigned count)
{
	sigset_t all, before;
	unsigned started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (started = 0; started < count; started++) {
		struct worker *me = &workers[started];

		*me = (struct worker){ .work = w, .next = started };
		if (pthread_create(&me->thread, NULL, run, me) != 0)
			break;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

static unsigned
thread_count(const struct bitmark_grind_config *grind)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (grind->threads != 0)
		return grind->threads;
	return cores > 0 ? (unsigned)cores : 1;
}

bitmark_status
bitmark_grind(const struct bitmark_grind_config *grind,
    uint8_t nonce[BITMARK_GRIND_NONCE_SIZE])
{
	unsigned count = thread_count(grind), started;
	struct work w = { .grind = grind, .threads = count };
	struct worker *workers = calloc(count, sizeof *workers);
	bitmark_status status = BITMARK_E_THREAD;

	if (workers == NULL)
		return BITMARK_E_NOMEM;
	if (pthread_mutex_init(&w.lock, NULL) != 0)
		goto free_workers;
	if (pthread_cond_init(&w.end, NULL) != 0)
		goto destroy_lock;
	started = start(&w, workers, count);
	/* The nonces of one that did not start are not missed. */
	if (started > 0)
		wait_for_end(&w);
	for (unsigned i = 0; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	if (w.found) {
		memcpy(nonce, w.nonce, sizeof w.nonce);
		status = BITMARK_OK;
	} else if (started > 0) {
		status = BITMARK_E_STOPPED;
	}
	pthread_cond_destroy(&w.end);
destroy_lock:
	pthread_mutex_destroy(&w.lock);
free_workers:
	free(workers);
	return status;
}
