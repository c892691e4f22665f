/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * workers - one pool of threads for two kinds of work.
 *
 * A short task takes a few milliseconds, and often a thread waits for it; a
 * long one takes a tenth of a second or more.  Short tasks come first, so that
 * none of them waits behind a queue of long ones, and long ones get every
 * core that short ones leave.  There are never more threads than configured,
 * whatever the mixture.
 *
 * A thread is started when a task finds no idle one, and ends after it was
 * idle for a while: starting one takes 50 microseconds, which is nothing
 * beside a long task, and a process that has nothing to do keeps no threads.
 *
 * A thread that waits for short tasks works on them meanwhile.  So they are
 * done even when the system allows no thread at all.
 */
#ifndef BM_OS_WORKERS_H
#define BM_OS_WORKERS_H

#include <bitmarkpeer/base.h>

#include <sys/queue.h>

struct bm_workers;

struct bm_workers_config {
	unsigned threads;               /* at most; 0: one for each core      */
	unsigned idle_ms;               /* a thread ends after so long; 0:
	                                   BM_WORKERS_IDLE_MS                 */
	/* Threads run at the niceness of the thread that makes the pool, and
	 * so much more.  On Linux only: elsewhere niceness is the process's. */
	int niceness;
	/* Called by a thread that was idle and is about to end; NULL: none. */
	void (*idle)(void *user);
	void *user;
};

/* Source: local choice. */
#define BM_WORKERS_IDLE_MS 10000

/* Short tasks that have not ended yet; changed by workers.c only. */
struct bm_pending {
	size_t tasks;
};

/* The storage is the caller's: a long task's until run was called, a short
 * one's until bm_workers_wait has returned. */
struct bm_task {
	void (*run)(struct bm_task *task);
	struct bm_pending *pending;     /* set by submitting; NULL: long */
	STAILQ_ENTRY(bm_task) next;
};

/* Short tasks: one that a thread waits for comes before those that are done
 * ahead of their turn. */
enum bm_turn { BM_TURN_NOW, BM_TURN_LATER };

/* Starts no thread yet.  BITMARK_OK or BITMARK_E_NOMEM. */
BITMARK_MUSTUSE bitmark_status bm_workers_new(struct bm_workers **workers,
    const struct bm_workers_config *config);

/* Long tasks that wait are run first; short ones must have ended.  NULL does
 * nothing. */
void bm_workers_free(struct bm_workers *workers);

/* Have a short task run, by any thread; ${pending} counts it from now until
 * it has ended. */
void bm_workers_submit(struct bm_workers *workers, struct bm_pending *pending,
    struct bm_task *task, enum bm_turn turn);

/* Have a long task run.  BITMARK_OK, or BITMARK_E_THREAD: the pool has no
 * thread and could start none, and the task will not run. */
BITMARK_MUSTUSE bitmark_status bm_workers_submit_long(
    struct bm_workers *workers, struct bm_task *task);

/* Work on short tasks until ${pending} counts none. */
void bm_workers_wait(struct bm_workers *workers, struct bm_pending *pending);

/* The configured number of threads, and those that there are now. */
unsigned bm_workers_max(const struct bm_workers *workers);
unsigned bm_workers_count(struct bm_workers *workers);

#endif
