/*
 * workers - the threads that check the records of blocks.
 *
 * Tasks take a few milliseconds each, so that what is urgent has its turn
 * soon.  Whoever waits for tasks works, too: without any thread to be had
 * everything is still done, by the one who waits.
 */
#ifndef BM_CHAIN_WORKERS_H
#define BM_CHAIN_WORKERS_H

#include <bitmarkpeer/base.h>

/* Threads, at most; no more than cores.  Source: local choice. */
#define BM_WORKERS_MAX 64

struct bm_workers;

/* The storage is the caller's and must stay until run was called. */
struct bm_task {
	void (*run)(struct bm_task *task);
	struct bm_task *next;           /* the workers' */
};

/* Tasks that have not ended yet; changed by workers.c only. */
struct bm_pending {
	size_t tasks;
};

enum bm_turn { BM_TURN_LATER, BM_TURN_NOW };

/* No thread is started before the first task.  BITMARK_OK or _E_NOMEM. */
bitmark_status bm_workers_new(struct bm_workers **workers);

/* All tasks must have ended. */
void bm_workers_free(struct bm_workers *workers);

/*
 * bm_workers_submit(workers, pending, task, turn):
 * Have ${task} run by any thread: after all others, or before those that have
 * time.  It counts in ${pending} until bm_workers_end.
 */
void bm_workers_submit(struct bm_workers *workers, struct bm_pending *pending,
    struct bm_task *task, enum bm_turn turn);

/* By a task, as the last thing that it does: whoever waits may free it. */
void bm_workers_end(struct bm_workers *workers, struct bm_pending *pending);

/* Work until no task counts in ${pending}. */
void bm_workers_wait(struct bm_workers *workers, struct bm_pending *pending);

#endif
