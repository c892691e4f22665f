/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * submissions - judges what miners elsewhere have found, and stores the block.
 *
 * A digest takes half a second and 128 MiB, and strangers ask for it: one is
 * computed at a time, a few wait, and all others are refused at once.
 *
 * The owner thread's.  Source: bitmarkd v8.2 proof/submission.go
 */
#ifndef BM_NODE_SUBMISSIONS_H
#define BM_NODE_SUBMISSIONS_H

#include "node/jobs.h"

struct bm_submissions;

/* All of them must outlive it. */
struct bm_submissions_needs {
	struct bm_state *state;
	struct bitmark_digest_pool *digests;
	struct bm_sync *sync;           /* storing blocks                  */
	struct bm_jobs *jobs;
};

/* BITMARK_OK, BITMARK_E_NOMEM or BITMARK_E_IO. */
BITMARK_MUSTUSE bitmark_status bm_submissions_new(
    struct bm_submissions **submissions,
    const struct bm_submissions_needs *needs);
/* Answer all that wait; before the sockets are closed.  NULL: nothing. */
void bm_submissions_close(struct bm_submissions *submissions);
/* After the digest pool, whose jobs report to it. */
void bm_submissions_free(struct bm_submissions *submissions);

/* Bounds the number of submissions that wait for a digest;
 * 0: BITMARK_NODE_SUBMISSIONS_MAX. */
void bm_submissions_set_max(struct bm_submissions *submissions, unsigned max);

/* Take in requests and digests, store a block that was found, answer. */
void bm_submissions_run(struct bm_submissions *submissions);
/* Readable when a digest is finished. */
int bm_submissions_fd(const struct bm_submissions *submissions);
uint64_t bm_submissions_deadline(const struct bm_submissions *submissions);

struct bm_submissions_counts {
	unsigned waiting;               /* for a digest, at this moment    */
	uint64_t accepted;
	uint64_t refused;               /* all others that were answered   */
	uint64_t dropped;               /* ... of these: too many waited   */
};

void bm_submissions_counts(const struct bm_submissions *submissions,
    struct bm_submissions_counts *counts);

#endif
