/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * tasks - functions that other threads have the owner thread run, and wait for.
 *
 * The owner runs all tasks of a turn, and answers them together afterwards, so
 * that their changes can be one commit in between.
 *
 * A task that only looks needs the owner's state, and not its thread.  The
 * owner lends the state while it waits for something to happen, and while it
 * stores a block; such a task is then run by the thread that wants it.  All
 * have their turn in the order in which they came, the owner among them.
 */
#ifndef BM_NODE_TASKS_H
#define BM_NODE_TASKS_H

#include <bitmarkpeer/base.h>

struct bm_tasks;

/* Called on the owner thread, or for BM_TASK_LOOKS on the thread that asks,
 * while the owner has lent its state.  ${user} is that of bm_tasks_begin. */
typedef bitmark_status (*bm_task_fn)(void *user, void *argument);

/* Does its success depend on the commit? */
enum bm_task_kind {
	BM_TASK_READS,
	BM_TASK_CHANGES,
	BM_TASK_LOOKS,                  /* reads what no storing of a block
	                                   changes: not the chain, and not the
	                                   owner's snapshot                */
};

/* BITMARK_OK, BITMARK_E_NOMEM or BITMARK_E_IO. */
BITMARK_MUSTUSE bitmark_status bm_tasks_new(struct bm_tasks **tasks);
/* After bm_tasks_end.  Returns when all threads that waited have left. */
void bm_tasks_free(struct bm_tasks *tasks);

/*
 * bm_tasks_do(tasks, kind, function, argument):
 * Have ${function} called by the owner, or in its place, and wait for the
 * answer.  Any thread but the owner's.
 *
 * Returns what it returns; for BM_TASK_CHANGES, when that is BITMARK_OK, the
 * status of the commit; BITMARK_E_STOPPED; or BITMARK_E_STATE (this is the
 * owner's thread, or one that looks already, which would wait for itself for
 * ever).
 */
BITMARK_MUSTUSE bitmark_status bm_tasks_do(struct bm_tasks *tasks,
    enum bm_task_kind kind, bm_task_fn function, void *argument);

/*
 * bm_tasks_try(tasks, function, argument):
 * As bm_tasks_do for BM_TASK_LOOKS, but without waiting: BITMARK_E_TIMEOUT when
 * another thread has the state now.
 */
BITMARK_MUSTUSE bitmark_status bm_tasks_try(struct bm_tasks *tasks,
    bm_task_fn function, void *argument);

/* Called by the owner's thread before all else here; ${user} is passed to the
 * tasks. */
void bm_tasks_begin(struct bm_tasks *tasks, void *user);

/* The owner's: let others look at its state, and wait to have it back.  The
 * owner has it at first. */
void bm_tasks_lend(struct bm_tasks *tasks);
void bm_tasks_take_back(struct bm_tasks *tasks);

/* Run all tasks that wait.  After the commit of their changes answer them;
 * ${committed} is the status of that commit. */
void bm_tasks_run(struct bm_tasks *tasks);
void bm_tasks_answer(struct bm_tasks *tasks, bitmark_status committed);
/* Refuse all that wait, and those that come later. */
void bm_tasks_end(struct bm_tasks *tasks);

/* Readable when there is something to run. */
int bm_tasks_fd(const struct bm_tasks *tasks);

/*
 * Changes: the other way.  Threads wait until the owner has changed something
 * that they look at, and then look again.
 */

/* The owner's: blocks or transactions have changed. */
void bm_tasks_note_change(struct bm_tasks *tasks);

/* How often they have, since the start.  Any thread. */
uint64_t bm_tasks_changes(struct bm_tasks *tasks);

/*
 * bm_tasks_await_change(tasks, seen, end_ms):
 * Wait until there were other changes than ${seen}, until ${end_ms} by
 * bitmark_clock_ms at the latest; UINT64_MAX: for ever.  Any thread but the
 * owner's, between bm_tasks_enter and bm_tasks_leave.
 *
 * Returns BITMARK_OK, BITMARK_E_TIMEOUT, BITMARK_E_STOPPED, or BITMARK_E_STATE
 * (this is the owner's thread).
 */
BITMARK_MUSTUSE bitmark_status bm_tasks_await_change(struct bm_tasks *tasks,
    uint64_t seen, uint64_t end_ms);

/* bm_tasks_free waits for the threads in between, as for those in
 * bm_tasks_do. */
void bm_tasks_enter(struct bm_tasks *tasks);
void bm_tasks_leave(struct bm_tasks *tasks);

/* Readable after a change, until bm_tasks_clear_change. */
int bm_tasks_change_fd(const struct bm_tasks *tasks);
void bm_tasks_clear_change(struct bm_tasks *tasks);

#endif
