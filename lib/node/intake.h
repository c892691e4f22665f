/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * intake - takes in what peers and the program hand over: blocks, transactions
 * and announcements.  What is new is passed on, in its canonical encoding;
 * what is wrong, known, or comes while the node is not in step is dropped.
 *
 * All transactions of a turn are one commit of the reservoir's journal.  Only
 * after it are they passed on and acknowledged.
 *
 * The owner thread's.  Source: bitmarkd v8.2 peer/process.go
 */
#ifndef BM_NODE_INTAKE_H
#define BM_NODE_INTAKE_H

#include <bitmarkpeer/submission.h>

#include "node/inbox.h"
#include "node/sync.h"
#include "node/tasks.h"

struct bm_intake;

/* All of them must outlive it. */
struct bm_intake_needs {
	struct bm_state *state;
	struct bm_inbox *inbox;         /* from peers                      */
	struct bm_tasks *tasks;         /* from the program                */
	struct bm_sync *sync;           /* the mode; blocks                */
	struct bm_peers *peers;         /* announcements                   */
	struct bm_events *events;       /* what is passed on               */
};

/* BITMARK_OK or BITMARK_E_NOMEM. */
BITMARK_MUSTUSE bitmark_status bm_intake_new(struct bm_intake **intake,
    const struct bm_intake_needs *needs);
void bm_intake_free(struct bm_intake *intake);

/* Run the tasks, and take in what is in the inbox; true: there may be more. */
bool bm_intake_run(struct bm_intake *intake);

/* Requests of peers that were refused since the start.  Blocks that pass their
 * first check are counted by sync. */
uint64_t bm_intake_dropped(const struct bm_intake *intake);

/*
 * Calls that the tasks of program.c make.  Their changes of the reservoir are
 * written by the one commit of the turn, so a task is answered after it.
 */

/* The work of bitmark_node_submit; a refusal is logged. */
BITMARK_MUSTUSE bitmark_status bm_intake_submit(struct bm_intake *intake,
    enum bitmark_submission what, struct bitmark_span data,
    struct bitmark_unit_result *result);
/* As bitmark_reservoir_import. */
BITMARK_MUSTUSE bitmark_status bm_intake_import(struct bm_intake *intake,
    struct bitmark_span data, struct bitmark_import *counts);
/* As bitmark_reservoir_payment. */
BITMARK_MUSTUSE bitmark_status bm_intake_payment(struct bm_intake *intake,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, bool *verified);

#endif
