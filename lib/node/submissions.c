/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Submissions of miners.
 *
 * A submission that needs a digest enters a queue; the digest pool computes
 * that of the oldest one. The miner is answered when its block is stored, or
 * was refused.
 *
 * While the disk is full a block cannot be stored; then sync holds it and
 * stores it later. The miner's work was good, so after HELD_MS it is told that
 * the block is accepted.
 */
#include "node/submissions.h"

#include <stdlib.h>
#include <string.h>

#include "codec/log.h"
#include "node/hashing.h"

#define MODULE "proofing"

/* The number of requests that are taken in one turn of the owner thread, so
 * that its other work has its turn. */
#define TURN_MAX 64
/* How long a miner waits for a block that cannot be stored yet.
 * Source: local choice; miners of bitmarkd have no limit of their own */
#define HELD_MS 2000
/* The wait before the digest pool, which had no room, is asked again. */
#define RETRY_MS 50

/* A request, and the state of its attempt. */
struct submission {
	struct bm_request *request;     /* NULL: none                      */
	struct bitmark_attempt attempt;
	STAILQ_ENTRY(submission) next;
};

struct bm_submissions {
	struct bm_submissions_needs needs;
	struct bm_hashing *hashing;
	STAILQ_HEAD(, submission) waiting;
	unsigned max;
	struct submission *current;     /* its digest is computed, or its
	                                   block is held; NULL: none       */
	uint64_t token;                 /* of that digest                  */
	uint64_t retry_ms;              /* 0: not                          */
	uint64_t held_until_ms;         /* 0: no block is held             */
	uint8_t held[BITMARK_DIGEST_SIZE];
	struct bm_submissions_counts counts;
};

bitmark_status
bm_submissions_new(struct bm_submissions **submissions,
    const struct bm_submissions_needs *needs)
{
	struct bm_submissions *s = calloc(1, sizeof *s);

	*submissions = s;
	if (s == NULL)
		return BITMARK_E_NOMEM;
	s->needs = *needs;
	STAILQ_INIT(&s->waiting);
	bm_submissions_set_max(s, 0);
	return bm_hashing_new(&s->hashing, needs->digests);
}

void
bm_submissions_set_max(struct bm_submissions *s, unsigned max)
{
	s->max = max != 0 ? max : BITMARK_NODE_SUBMISSIONS_MAX;
}

static uint64_t
now_ms(const struct bm_submissions *s)
{
	return s->needs.state->now.ms;
}

/*
 * Replies.
 */

/* When there is no memory for a full reply, the miner gets one without the name
 * of the job, because a miner that gets no reply waits for ever. */
static void
answer(struct bm_submissions *s, struct bm_request *request,
    const struct bitmark_attempt *attempt)
{
	static const char poor[] = "{\"job\":\"\",\"ok\":false}";
	const bool ok = attempt->state == BITMARK_ATTEMPT_FOUND;
	char *text = NULL;
	size_t size;

	if (bitmark_job_reply(attempt, &text, &size) != BITMARK_OK)
		size = sizeof poor - 1;
	bm_proofing_reply(bm_jobs_sockets(s->needs.jobs), request,
	    (struct bitmark_span){
	    (const uint8_t *)(text != NULL ? text : poor), size });
	bitmark_free(text);
	s->counts.accepted += ok;
	s->counts.refused += !ok;
}

static void
finish(struct bm_submissions *s, struct submission *submission)
{
	answer(s, submission->request, &submission->attempt);
	free(submission);
}

static void
finish_current(struct bm_submissions *s)
{
	finish(s, s->current);
	s->current = NULL;
	s->held_until_ms = 0;
}

void
bm_submissions_close(struct bm_submissions *s)
{
	struct submission *submission;

	if (s == NULL)
		return;
	while ((submission = STAILQ_FIRST(&s->waiting)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->waiting, next);
		submission->attempt.state = BITMARK_ATTEMPT_REFUSED;
		finish(s, submission);
	}
	s->counts.waiting = 0;
	if (s->current != NULL) {
		s->current->attempt.state = BITMARK_ATTEMPT_REFUSED;
		finish_current(s);
	}
}

void
bm_submissions_free(struct bm_submissions *s)
{
	if (s == NULL)
		return;
	bm_hashing_free(s->hashing);
	free(s);
}

/*
 * Digests, one at a time.
 */

/* Stores the block that an attempt has found. When the block is refused, the
 * job is dropped too, for all other blocks of that job would be refused. */
static void
store(struct bm_submissions *s, struct bitmark_attempt *attempt,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bitmark_jobs *table = bm_jobs_table(s->needs.jobs);
	uint8_t *block;
	size_t size;
	bitmark_status status = bitmark_jobs_block(table, attempt, &block,
	    &size);

	if (status == BITMARK_OK) {
		status = bm_sync_add(s->needs.sync,
		    (struct bitmark_span){ block, size }, digest);
		bitmark_free(block);
		if (status <= BITMARK_E_STORE) {
			memcpy(s->held, digest, sizeof s->held);
			s->held_until_ms = now_ms(s) + HELD_MS;
			return;
		}
	}
	if (status == BITMARK_OK)
		return;
	bm_log(&s->needs.state->settings->env, BITMARK_LOG_WARN, MODULE,
	    "the block of a miner is refused: %s", bitmark_strerror(status));
	bitmark_jobs_refuse(table, attempt);
}

static void
judge(struct bm_submissions *s, const struct bm_hashed *hashed)
{
	struct bitmark_attempt *attempt = &s->current->attempt;

	if (hashed->job.status == BITMARK_OK)
		bitmark_jobs_judge(bm_jobs_table(s->needs.jobs), attempt,
		    hashed->job.output);
	else
		attempt->state = BITMARK_ATTEMPT_REFUSED;
	if (attempt->state == BITMARK_ATTEMPT_FOUND)
		store(s, attempt, hashed->job.output);
	if (s->held_until_ms == 0)
		finish_current(s);
}

static void
collect(struct bm_submissions *s)
{
	struct bm_hashed *hashed;

	bm_hashing_wake(s->hashing);
	while ((hashed = bm_hashing_take(s->hashing)) != NULL) {
		if (s->current != NULL && hashed->token == s->token)
			judge(s, hashed);
		free(hashed);
	}
}

/* Answers the miner of a held block when the block is stored now, or was held
 * for long enough. */
static void
look_at_held(struct bm_submissions *s)
{
	struct bitmark_tip tip;

	if (s->held_until_ms == 0)
		return;
	bitmark_chain_tip(s->needs.state->chain, &tip);
	if (now_ms(s) >= s->held_until_ms ||
	    memcmp(tip.digest, s->held, sizeof s->held) == 0)
		finish_current(s);
}

/* Gives the oldest submission that still needs a digest to the pool. Meanwhile
 * its job may have ended, or the same nonce may have been judged: then it is
 * answered without a digest. */
static void
begin_next(struct bm_submissions *s)
{
	struct bitmark_jobs *table = bm_jobs_table(s->needs.jobs);
	struct submission *first;

	s->retry_ms = 0;
	while (s->current == NULL &&
	    (first = STAILQ_FIRST(&s->waiting)) != NULL) {
		bitmark_jobs_look(table, &first->attempt);
		if (first->attempt.state == BITMARK_ATTEMPT_UNTRIED &&
		    bm_hashing_submit(s->hashing, s->token + 1,
		    first->attempt.input, sizeof first->attempt.input) !=
		    BITMARK_OK) {
			s->retry_ms = now_ms(s) + RETRY_MS;
			return;
		}
		STAILQ_REMOVE_HEAD(&s->waiting, next);
		s->counts.waiting--;
		if (first->attempt.state != BITMARK_ATTEMPT_UNTRIED) {
			finish(s, first);
			continue;
		}
		s->current = first;
		s->token++;
	}
}

/*
 * Requests.
 */

/* Returns false when too many submissions wait, or there is no memory. */
static bool
put_in_queue(struct bm_submissions *s, struct bm_request *request,
    const struct bitmark_attempt *attempt)
{
	struct submission *submission = s->counts.waiting >= s->max ? NULL :
	    malloc(sizeof *submission);

	if (submission == NULL)
		return false;
	submission->request = request;
	submission->attempt = *attempt;
	STAILQ_INSERT_TAIL(&s->waiting, submission, next);
	s->counts.waiting++;
	return true;
}

static void
take_request(struct bm_submissions *s, struct bm_request *request)
{
	struct bitmark_attempt attempt = { .struct_size = sizeof attempt };
	const struct bitmark_span sent = bm_proofing_submission(request);

	(void)bitmark_jobs_submit(bm_jobs_table(s->needs.jobs), sent.data,
	    sent.size, &attempt);
	if (attempt.state == BITMARK_ATTEMPT_UNTRIED) {
		if (put_in_queue(s, request, &attempt))
			return;
		s->counts.dropped++;
		attempt.state = BITMARK_ATTEMPT_REFUSED;
	}
	answer(s, request, &attempt);
}

void
bm_submissions_run(struct bm_submissions *s)
{
	struct bm_proofing *sockets = bm_jobs_sockets(s->needs.jobs);
	struct bm_request *request;

	if (sockets == NULL)
		return;
	collect(s);
	look_at_held(s);
	begin_next(s);
	for (int i = 0; i < TURN_MAX &&
	    (request = bm_proofing_take(sockets)) != NULL; i++) {
		take_request(s, request);
		begin_next(s);
	}
}

/*
 * For the owner.
 */

int
bm_submissions_fd(const struct bm_submissions *s)
{
	return bm_hashing_fd(s->hashing);
}

uint64_t
bm_submissions_deadline(const struct bm_submissions *s)
{
	const uint64_t deadline = s->retry_ms != 0 ? s->retry_ms : UINT64_MAX;

	return s->held_until_ms != 0 ?
	    bm_earlier(deadline, s->held_until_ms) : deadline;
}

void
bm_submissions_counts(const struct bm_submissions *s,
    struct bm_submissions_counts *counts)
{
	*counts = s->counts;
}
