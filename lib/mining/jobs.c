/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The table of jobs.  A job has the slot that its number names, so a newer one
 * takes the place of the one that came BITMARK_JOBS_MAX before it.
 *
 * Source: bitmarkd v0.16.0 proof/queue.go; there any submission with another
 * word than "block.nonce" empties the table [S-09]
 */
#include <bitmarkpeer/mining.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/sized.h"
#include "mining/job_json.h"

/* A nonce that was tried for a job. */
struct tried {
	uint64_t nonce;
	bool found;
};

struct job {
	struct bitmark_template *t;     /* NULL: none                        */
	uint16_t number;
	bool refused;                   /* the chain has refused its block   */
	struct tried *tried;            /* a ring; NULL: none yet            */
	size_t tried_count;             /* ever                              */
};

struct bitmark_jobs {
	struct job job[BITMARK_JOBS_MAX];
	uint16_t number;                /* of the newest                     */
	bool has_top;
	uint8_t top[BITMARK_DIGEST_SIZE];
};

bitmark_status
bitmark_jobs_new(struct bitmark_jobs **jobs)
{
	*jobs = calloc(1, sizeof **jobs);
	return *jobs == NULL ? BITMARK_E_NOMEM : BITMARK_OK;
}

static void
drop(struct job *job)
{
	bitmark_template_free(job->t);
	free(job->tried);
	*job = (struct job){ .t = NULL };
}

void
bitmark_jobs_clear(struct bitmark_jobs *jobs)
{
	for (size_t i = 0; i < BITMARK_JOBS_MAX; i++)
		drop(&jobs->job[i]);
}

void
bitmark_jobs_free(struct bitmark_jobs *jobs)
{
	if (jobs == NULL)
		return;
	bitmark_jobs_clear(jobs);
	free(jobs);
}

static size_t
slot_of(uint16_t number)
{
	return number % BITMARK_JOBS_MAX;
}

/* The first job is number 1; after 65535 comes 0, because a uint16_t wraps
 * around. The table takes over ${t} and frees the template that had the slot
 * before. */
void
bitmark_jobs_add(struct bitmark_jobs *jobs, struct bitmark_template *t)
{
	struct job *job;

	jobs->number++;
	job = &jobs->job[slot_of(jobs->number)];
	drop(job);
	job->t = t;
	job->number = jobs->number;
}

void
bitmark_jobs_set_top(struct bitmark_jobs *jobs,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	memcpy(jobs->top, digest, sizeof jobs->top);
	jobs->has_top = true;
}

/* A job is stale when a newer block than the one that it builds on is known.
 * Its template stays in the table until its slot is needed, so that a
 * submission sent twice still gets its first answer. */
static bool
is_stale(const struct bitmark_jobs *jobs, const struct job *job)
{
	return jobs->has_top && memcmp(jobs->top,
	    bitmark_template_header(job->t)->previous, sizeof jobs->top) != 0;
}

/* Miners get no stale job: work on it would be lost. */
const struct bitmark_template *
bitmark_jobs_newest(const struct bitmark_jobs *jobs)
{
	const struct job *job = &jobs->job[slot_of(jobs->number)];

	return job->t == NULL || job->refused || is_stale(jobs, job) ? NULL :
	    job->t;
}

bitmark_status
bitmark_jobs_message(const struct bitmark_jobs *jobs, uint64_t nonce,
    char **text, size_t *size)
{
	const struct bitmark_template *t = bitmark_jobs_newest(jobs);

	return t == NULL ? BITMARK_E_NOT_FOUND :
	    bm_job_write(t, jobs->number, nonce, text, size);
}

/*
 * Attempts.
 */

/* The slot of the job that is named, by exactly the text that was published;
 * BITMARK_JOBS_MAX: there is none. */
static size_t
index_of(const struct bitmark_jobs *jobs,
    const struct bitmark_attempt *attempt)
{
	size_t i;

	for (i = 0; i < BITMARK_JOBS_MAX; i++) {
		char text[BM_JOB_NUMBER_SIZE];

		bm_job_number(jobs->job[i].number, text);
		if (jobs->job[i].t != NULL &&
		    attempt->job_size == strlen(text) &&
		    memcmp(attempt->job, text, attempt->job_size) == 0)
			break;
	}
	return i;
}

/* The job of an attempt, or NULL; not one whose block was refused. */
static struct job *
find(struct bitmark_jobs *jobs, const struct bitmark_attempt *attempt)
{
	const size_t i = index_of(jobs, attempt);

	return i < BITMARK_JOBS_MAX && !jobs->job[i].refused ?
	    &jobs->job[i] : NULL;
}

static const struct tried *
find_tried(const struct job *job, uint64_t nonce)
{
	const size_t kept = job->tried_count < BITMARK_JOB_TRIED_MAX ?
	    job->tried_count : BITMARK_JOB_TRIED_MAX;

	for (size_t i = 0; i < kept; i++)
		if (job->tried[i].nonce == nonce)
			return &job->tried[i];
	return NULL;
}

/* The ring has BITMARK_JOB_TRIED_MAX entries for each job: a client can make
 * the node remember no more than that, and the oldest nonce is overwritten
 * first. Without memory the nonce is not remembered: it costs another digest
 * when it is sent again, and no more. */
static void
remember(struct job *job, uint64_t nonce, bool found)
{
	if (job->tried == NULL)
		job->tried = calloc(BITMARK_JOB_TRIED_MAX,
		    sizeof *job->tried);
	if (job->tried != NULL)
		job->tried[job->tried_count++ % BITMARK_JOB_TRIED_MAX] =
		    (struct tried){ nonce, found };
}

/* The remembered nonces are looked at before staleness. The reply to the
 * submission that found the block may be lost; when the miner sends it again,
 * the job is stale because of that very block, and the miner must still be told
 * that it was found. */
static void
look(struct bitmark_jobs *jobs, struct bitmark_attempt *attempt)
{
	const struct job *job = find(jobs, attempt);
	const struct tried *tried;

	attempt->state = BITMARK_ATTEMPT_REFUSED;
	if (job == NULL)
		return;
	tried = find_tried(job, attempt->nonce);
	attempt->known = tried != NULL;
	if (tried != NULL) {
		attempt->state = tried->found ? BITMARK_ATTEMPT_FOUND :
		    BITMARK_ATTEMPT_REFUSED;
		return;
	}
	if (is_stale(jobs, job))
		return;
	attempt->state = BITMARK_ATTEMPT_UNTRIED;
	bitmark_template_input(job->t, attempt->nonce, attempt->input);
}

void
bitmark_jobs_look(struct bitmark_jobs *jobs, struct bitmark_attempt *attempt)
{
	if (attempt->state == BITMARK_ATTEMPT_UNTRIED)
		look(jobs, attempt);
}

bitmark_status
bitmark_jobs_submit(struct bitmark_jobs *jobs, const void *data, size_t size,
    struct bitmark_attempt *attempt)
{
	struct bitmark_attempt a = { .struct_size = sizeof a,
		.state = BITMARK_ATTEMPT_REFUSED };
	bitmark_status status = BITMARK_E_LENGTH;

	if (!BM_FITS(bitmark_attempt, attempt))
		return BITMARK_E_ARGUMENT;
	if (size <= BITMARK_JOB_SUBMISSION_MAX)
		status = bm_job_read_submission(data, size, &a);
	if (status == BITMARK_OK)
		look(jobs, &a);
	(void)BM_OUT(bitmark_attempt, attempt, &a);
	return status;
}

/* The digest was computed by a worker meanwhile, so the job is looked up anew:
 * a newer job may have taken its slot, or a block may have made it stale. On a
 * chain without proof of work every nonce is found. */
void
bitmark_jobs_judge(struct bitmark_jobs *jobs, struct bitmark_attempt *attempt,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct job *job = find(jobs, attempt);
	bool found;

	if (attempt->state != BITMARK_ATTEMPT_UNTRIED)
		return;
	attempt->state = BITMARK_ATTEMPT_REFUSED;
	if (job == NULL)
		return;
	found = bitmark_template_found(job->t, digest);
	remember(job, attempt->nonce, found);
	if (found && !is_stale(jobs, job))
		attempt->state = BITMARK_ATTEMPT_FOUND;
}

bitmark_status
bitmark_jobs_block(const struct bitmark_jobs *jobs,
    const struct bitmark_attempt *attempt, uint8_t **block, size_t *size)
{
	const size_t i = index_of(jobs, attempt);

	return i == BITMARK_JOBS_MAX ? BITMARK_E_NOT_FOUND :
	    bitmark_template_block(jobs->job[i].t, attempt->nonce, block,
	    size);
}

void
bitmark_jobs_refuse(struct bitmark_jobs *jobs, struct bitmark_attempt *attempt)
{
	struct job *job = find(jobs, attempt);

	attempt->state = BITMARK_ATTEMPT_REFUSED;
	if (job != NULL)
		job->refused = true;
}
