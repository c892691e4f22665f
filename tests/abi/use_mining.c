/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The next block of what waits, as a job, and what a miner submits for it.
 */
#include "use.h"

#define ADDRESS "mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj"

void
make_base(enum bitmark_base_kind kind, struct bitmark_base *out)
{
	struct bitmark_private_key key;

	SIZED(miner, miner);
	SIZED(base, base);
	bitmark_private_key_generate(BITMARK_NETWORK_TEST, NULL, &key);
	miner.s.params = bitmark_chain_params_find("local");
	miner.s.rules = bitmark_rules_8_2();
	miner.s.key = &key;
	miner.s.payments.address[BITMARK_CURRENCY_BITCOIN] =
	    text_span(ADDRESS);
	miner.s.payments.address[BITMARK_CURRENCY_LITECOIN] =
	    text_span(ADDRESS);
	REFUSED(miner, bitmark_base_make(&miner.s, kind, &base.s));
	REFUSED(base, bitmark_base_make(&miner.s, kind, &base.s));
	MUST_OK(bitmark_base_make(&miner.s, kind, &base.s));
	LEFT_ALONE(miner);
	FILLED(base);
	MUST(base.s.size > 0 && base.s.size <= sizeof base.s.packed);
	*out = base.s;
	bitmark_private_key_wipe(&key);
}

/* A miner reads the job that the node publishes, and the reply. */
static void
read_job(const struct bitmark_jobs *jobs, char **submission, size_t *size)
{
	char *text;
	size_t text_size;

	SIZED(job, job);
	MUST_OK(bitmark_jobs_message(jobs, 1, &text, &text_size));
	REFUSED(job, bitmark_job_parse(text, text_size, &job.s));
	MUST_OK(bitmark_job_parse(text, text_size, &job.s));
	FILLED(job);
	MUST(strcmp(job.s.id, "0001") == 0 && job.s.header.nonce == 1);
	MUST_OK(bitmark_job_submission(&job.s, 2, submission, size));
	bitmark_free(text);
}

static void
submit_for(struct bitmark_jobs *jobs)
{
	const uint8_t digest[BITMARK_DIGEST_SIZE] = { 0 };
	char *submission, *reply, id[BITMARK_JOB_TEXT_MAX + 1];
	size_t size;
	bool ok;

	SIZED(attempt, attempt);
	read_job(jobs, &submission, &size);
	REFUSED(attempt, bitmark_jobs_submit(jobs, submission, size,
	    &attempt.s));
	MUST_OK(bitmark_jobs_submit(jobs, submission, size, &attempt.s));
	FILLED(attempt);
	MUST(attempt.s.state == BITMARK_ATTEMPT_UNTRIED &&
	    attempt.s.nonce == 2);
	bitmark_free(submission);
	bitmark_jobs_look(jobs, &attempt.s);
	bitmark_jobs_judge(jobs, &attempt.s, digest);
	MUST(attempt.s.state == BITMARK_ATTEMPT_FOUND && !attempt.s.known);
	MUST_OK(bitmark_job_reply(&attempt.s, &reply, &size));
	MUST_OK(bitmark_job_reply_parse(reply, size, id, &ok));
	MUST(ok && strcmp(id, "0001") == 0);
	bitmark_free(reply);
	bitmark_jobs_refuse(jobs, &attempt.s);
	MUST(bitmark_jobs_newest(jobs) == NULL);
}

/* The table takes the template. */
static void
use_jobs(struct bitmark_template *t)
{
	struct bitmark_jobs *jobs;

	MUST_OK(bitmark_jobs_new(&jobs));
	bitmark_jobs_add(jobs, t);
	bitmark_jobs_set_top(jobs, bitmark_template_header(t)->previous);
	submit_for(jobs);
	bitmark_jobs_clear(jobs);
	bitmark_jobs_free(jobs);
}

void
use_mining(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    uint64_t now_s)
{
	struct bitmark_base base, pair;
	struct bitmark_template *t;
	uint8_t *block;
	size_t size;

	SIZED(template_config, config);
	SIZED(template_counts, counts);
	make_base(BITMARK_BASE_FOUNDATION, &base);
	make_base(BITMARK_BASE_PAIR, &pair);
	config.s.params = bitmark_chain_params_find("local");
	config.s.rules = bitmark_rules_8_2();
	config.s.base = &base;
	config.s.empty = &pair;
	config.s.now_s = now_s;
	REFUSED(config, bitmark_template_new(&t, &config.s, r, s));
	MUST_OK(bitmark_template_new(&t, &config.s, r, s));
	LEFT_ALONE(config);
	REFUSED(counts, bitmark_template_get_counts(t, &counts.s));
	MUST_OK(bitmark_template_get_counts(t, &counts.s));
	FILLED(counts);
	MUST(counts.s.taken == 1 && counts.s.assets == 1);
	MUST(!bitmark_template_is_free(t));
	MUST(bitmark_template_base(t).size == base.size);
	MUST(bitmark_template_header(t)->count == 3);
	MUST_OK(bitmark_template_block(t, 1, &block, &size));
	MUST(size > BITMARK_HEADER_SIZE + base.size);
	bitmark_free(block);
	use_jobs(t);
}
