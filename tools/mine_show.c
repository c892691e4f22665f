/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Events of the miner, for people and as JSON. Names of jobs come from the
 * node, so they are printed in a form in which a terminal obeys nothing.
 *
 * Each function flushes its line, so that a reader of a pipe gets an event when
 * it happens.
 */
#include "mine_show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/json.h"
#include "shared/output.h"

void
mine_show_event(bool json, const char *event)
{
	if (json)
		(void)print_json(json_pack("{s:s}", "event", event));
	else
		puts(event);
	(void)fflush(stdout);
}

/* Numbers of blocks are text in JSON, as all numbers that could pass 2^53. */
void
mine_show_job(bool json, const struct bitmark_job *job)
{
	const double difficulty = bitmark_bits_reciprocal(job->header.bits);

	if (json) {
		(void)print_json(json_pack("{s:s, s:s, s:o, s:I, s:f}",
		    "event", "job", "job", job->id, "number",
		    json_number(job->header.number), "transactions",
		    (json_int_t)job->header.count, "difficulty", difficulty));
	} else {
		fputs("job ", stdout);
		print_text(stdout, job->id, strlen(job->id));
		printf("  block %" PRIu64 "  %u transactions  difficulty "
		    "%g\n", job->header.number, job->header.count,
		    difficulty);
	}
	(void)fflush(stdout);
}

void
mine_show_reply(bool json, bool ok, const char *job)
{
	const char *event = ok ? "accepted" : "refused";

	if (json) {
		(void)print_json(json_pack("{s:s, s:s}", "event", event, "job",
		    job));
	} else {
		printf("%s  job ", event);
		print_text(stdout, job, strlen(job));
		putchar('\n');
	}
	(void)fflush(stdout);
}

/* c->again counts nonces that were sent once more because no reply came; only
 * JSON has it. */
void
mine_show_rate(bool json, double digests_per_s,
    const struct mine_counts *c)
{
	if (json)
		(void)print_json(json_pack("{s:s, s:f, s:I, s:I, s:I, s:I}",
		    "event", "rate", "digestsPerS", digests_per_s, "digests",
		    (json_int_t)c->tried, "accepted", (json_int_t)c->accepted,
		    "refused", (json_int_t)c->refused, "sentAgain",
		    (json_int_t)c->again));
	else
		printf("%.2f digests/s, %" PRIu64 " digests, %" PRIu64
		    " accepted, %" PRIu64 " refused\n", digests_per_s,
		    c->tried, c->accepted, c->refused);
	(void)fflush(stdout);
}
