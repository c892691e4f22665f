/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Finding a client nonce, on all cores.
 *
 * Searcher number k of n tries the nonces k, k + n, k + 2 n and so on, so that
 * none is tried twice and nothing has to be handed out.  The first one that
 * finds a nonce stops the others.
 */
#include "reservoir/reservoir_impl.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "os/clock.h"
#include "os/workers.h"

/* Tries between two looks at the flag that stops all.  The flag and the counter
 * are shared by all cores: using them for each try, which takes about a
 * microsecond, would slow all of them down. */
#define TRIES_AT_ONCE 4096

/* Between two calls of progress. */
#define PROGRESS_MS 100

struct search {
	const struct bitmark_grind_config *grind;
	uint64_t searchers;
	atomic_bool stop;
	atomic_uint_fast64_t tries;
	pthread_mutex_t lock;           /* of found and nonce */
	pthread_cond_t end;
	bool found;
	uint8_t nonce[BITMARK_GRIND_NONCE_SIZE];
};

struct searcher {
	struct bm_task task;            /* first: found from the task     */
	struct search *of;
	uint64_t next;                  /* nonce; then every searchers-th */
};

/* Two searchers may find a nonce at the same time: the first one counts. */
static void
finish(struct search *s, const uint8_t nonce[BITMARK_GRIND_NONCE_SIZE])
{
	pthread_mutex_lock(&s->lock);
	if (!s->found)
		memcpy(s->nonce, nonce, sizeof s->nonce);
	s->found = true;
	atomic_store(&s->stop, true);
	pthread_cond_signal(&s->end);
	pthread_mutex_unlock(&s->lock);
}

static void
search(struct bm_task *task)
{
	struct searcher *me = (struct searcher *)task;
	struct search *s = me->of;
	const struct bitmark_grind_config *g = s->grind;
	uint8_t nonce[BITMARK_GRIND_NONCE_SIZE];

	while (!atomic_load(&s->stop)) {
		for (unsigned i = 0; i < TRIES_AT_ONCE; i++) {
			bm_put_u64be(nonce, me->next);
			me->next += s->searchers;
			if (bitmark_proof_check(g->pay_id, g->pay_nonce,
			    nonce, sizeof nonce, g->target)) {
				finish(s, nonce);
				return;
			}
		}
		atomic_fetch_add(&s->tries, TRIES_AT_ONCE);
	}
}

/* Waits until the nonce is found or the progress function cancels.  That
 * function is called without the lock, because it may take long and must not
 * keep a searcher from finishing. */
static void
wait_for_end(struct search *s)
{
	const struct bitmark_grind_config *g = s->grind;
	bool cancelled = false;

	pthread_mutex_lock(&s->lock);
	while (!s->found && !cancelled) {
		const struct timespec until = bm_clock_deadline(PROGRESS_MS);

		(void)pthread_cond_timedwait(&s->end, &s->lock, &until);
		if (s->found || g->progress == NULL)
			continue;
		pthread_mutex_unlock(&s->lock);
		cancelled = g->progress(g->user, atomic_load(&s->tries)) != 0;
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	atomic_store(&s->stop, true);
}

/* When the system allows fewer threads, a searcher runs only after another one
 * has ended, and finds that nothing is left to do.  Its share of the nonces is
 * never tried, which does not matter: all nonces are equally likely to
 * succeed. */
static bitmark_status
run_searchers(struct search *s, struct bm_workers *workers,
    struct searcher *searchers)
{
	bitmark_status status = BITMARK_OK;

	for (uint64_t i = 0; i < s->searchers && status == BITMARK_OK; i++) {
		searchers[i] = (struct searcher){
			.task.run = search, .of = s, .next = i,
		};
		status = bm_workers_submit_long(workers, &searchers[i].task);
	}
	if (status == BITMARK_OK)
		wait_for_end(s);
	bm_workers_free(workers);       /* joins its threads */
	return status;
}

/* The threads are of this call only: they are joined before it returns, so that
 * the struct on its caller's stack outlives them. */
static bitmark_status
with_threads(struct search *s)
{
	const struct bm_workers_config config = {
		.threads = s->grind->threads,
	};
	struct bm_workers *workers;
	struct searcher *searchers;
	bitmark_status status = bm_workers_new(&workers, &config);

	if (status != BITMARK_OK)
		return status;
	s->searchers = bm_workers_max(workers);
	searchers = calloc((size_t)s->searchers, sizeof *searchers);
	if (searchers != NULL)
		status = run_searchers(s, workers, searchers);
	else
		bm_workers_free(workers);
	free(searchers);
	return searchers != NULL ? status : BITMARK_E_NOMEM;
}

bitmark_status
bitmark_grind(const struct bitmark_grind_config *grind,
    uint8_t nonce[BITMARK_GRIND_NONCE_SIZE])
{
	struct bitmark_grind_config own = { .struct_size = sizeof own };
	struct search s = { .grind = &own };
	bitmark_status status = BITMARK_E_NOMEM;

	if (BM_IN(bitmark_grind_config, &own, grind) != BITMARK_OK)
		return BITMARK_E_ARGUMENT;
	if (pthread_mutex_init(&s.lock, NULL) != 0)
		return BITMARK_E_NOMEM;
	if (bm_clock_cond_init(&s.end) == BITMARK_OK) {
		status = with_threads(&s);
		pthread_cond_destroy(&s.end);
	}
	if (status == BITMARK_OK && !s.found)
		status = BITMARK_E_STOPPED;
	if (status == BITMARK_OK)
		memcpy(nonce, s.nonce, sizeof s.nonce);
	pthread_mutex_destroy(&s.lock);
	return status;
}
