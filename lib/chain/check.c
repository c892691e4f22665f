/*
 * Checking the records of a block by themselves: signatures are what a block
 * costs, and need nothing but the record, so all cores share them.
 */
#include "chain/store.h"

#include <unistd.h>

/* Threads for one block, at most, and the records that are worth one. */
#define WORKERS_MAX 16
#define RECORDS_PER_WORKER 64

struct worker {
	pthread_t thread;
	const struct bitmark_rules *rules;
	struct bm_check *checks;
	size_t count;
	size_t first, step;             /* checks that are this worker's */
};

static void
check_one(const struct bitmark_rules *rules, struct bm_check *check)
{
	if (check->status != BITMARK_OK)
		return;
	check->status = bitmark_record_check(rules, &check->record,
	    check->has_signer ? &check->signer : NULL, BITMARK_CONSENSUS);
	if (check->status == BITMARK_OK)
		check->status = check->then;
}

static void *
work(void *user)
{
	struct worker *w = user;

	for (size_t i = w->first; i < w->count; i += w->step)
		check_one(w->rules, &w->checks[i]);
	return NULL;
}

static size_t
worker_count(size_t count)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t workers = count / RECORDS_PER_WORKER;

	if (cores < 1 || workers < 1)
		return 1;
	if (workers > (size_t)cores)
		workers = (size_t)cores;
	return workers < WORKERS_MAX ? workers : WORKERS_MAX;
}

void
bm_check_all(const struct bitmark_rules *rules, struct bm_check *checks,
    size_t count)
{
	struct worker workers[WORKERS_MAX] = { { .rules = rules } };
	size_t n = worker_count(count), started = 1;

	for (size_t i = 0; i < n; i++)
		workers[i] = (struct worker){ .rules = rules,
		    .checks = checks, .count = count, .first = i, .step = n };
	while (started < n && pthread_create(&workers[started].thread, NULL,
	    work, &workers[started]) == 0)
		started++;
	work(&workers[0]);
	for (size_t i = started; i < n; i++)    /* no thread to be had */
		work(&workers[i]);
	for (size_t i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
}
