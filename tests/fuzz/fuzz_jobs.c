/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Fuzz target: one input as a submission, as a job and as a reply.  Besides
 * memory errors it looks for a submission without a reply that can be read, and
 * for one that changes the table.
 */
#include <bitmarkpeer/mining.h>

#include <stdlib.h>
#include <string.h>

#include "mining/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static struct bitmark_jobs *
one_job(void)
{
	struct bitmark_template *t = calloc(1, sizeof *t);
	struct bitmark_jobs *jobs = NULL;

	demand(t != NULL && bitmark_jobs_new(&jobs) == BITMARK_OK);
	t->rules = bitmark_rules_8_2();
	t->header.bits = BITMARK_BITS_ONE;
	bitmark_jobs_add(jobs, t);
	return jobs;
}

static void
fuzz_submission(const uint8_t *data, size_t size)
{
	static const uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_attempt a = { .struct_size = sizeof a }, again = a;
	struct bitmark_jobs *jobs = one_job();
	char id[BITMARK_JOB_TEXT_MAX + 1], *text;
	size_t text_size;
	bool ok;

	(void)bitmark_jobs_submit(jobs, data, size, &a);
	(void)bitmark_jobs_submit(jobs, data, size, &again);
	demand(a.state == again.state && !again.known);
	if (a.state == BITMARK_ATTEMPT_UNTRIED)
		bitmark_jobs_judge(jobs, &a, digest);
	demand(bitmark_job_reply(&a, &text, &text_size) == BITMARK_OK);
	demand(bitmark_job_reply_parse(text, text_size, id, &ok) ==
	    BITMARK_OK && ok == (a.state == BITMARK_ATTEMPT_FOUND));
	bitmark_free(text);
	bitmark_jobs_free(jobs);
}

static void
fuzz_job(const uint8_t *data, size_t size)
{
	struct bitmark_job job = { .struct_size = sizeof job };
	char id[BITMARK_JOB_TEXT_MAX + 1], *text;
	size_t text_size;
	bool ok;

	if (bitmark_job_reply_parse(data, size, id, &ok) == BITMARK_OK)
		demand(strlen(id) <= BITMARK_JOB_TEXT_MAX);
	if (bitmark_job_parse(data, size, &job) != BITMARK_OK)
		return;
	demand(job.id[0] != '\0');
	demand(bitmark_job_submission(&job, 1, &text, &text_size) ==
	    BITMARK_OK);
	bitmark_free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_submission(data, size);
	fuzz_job(data, size);
	return 0;
}
