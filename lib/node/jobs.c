/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Decides when there is a new job for miners; the content of a job is made in
 * lib/mining.
 *
 * The owner thread calls bm_jobs_run after each of its turns, so a change is
 * seen once, however many there were in the turn. A job is made at one point
 * between two changes, from the reservoir and the newest block together: in
 * bitmarkd a block that came in between gave a job that no node would take
 * [S-07].
 */
#include "node/jobs.h"

#include <bitmarkpeer/os.h>

#include <stdlib.h>
#include <string.h>

#include "codec/log.h"
#include "codec/sized.h"
#include "node/templates.h"
#include "os/random.h"

#define MODULE "proofing"

/* The time between two jobs when only transactions have changed, and the time
 * after which the newest job is published again. Source: bitmarkd v8.2
 * proof/publisher.go */
#define INTERVAL_MS 15000
#define INTERVAL_LIVE_MS 60000
/* The wait after a try that made no job although transactions wait. */
#define RETRY_MS 1000

struct bm_jobs {
	struct bm_jobs_needs needs;
	struct bitmark_jobs *table;
	struct bm_proofing *sockets;    /* NULL: off                       */
	struct bitmark_base base;
	uint64_t interval_ms;
	bool normal;                    /* when it was last looked at      */
	uint8_t top[BITMARK_DIGEST_SIZE];       /* that the table knows    */
	bool urgent;                    /* it is another one since the last
	                                   try                             */
	uint64_t changes;               /* that the last try knew of       */
	bool failed;                    /* it may give a job later, as it is */
	uint64_t tried_ms;
	uint64_t due_ms;                /* the newest job, again           */
	uint64_t made;
};

bitmark_status
bm_jobs_new(struct bm_jobs **jobs, const struct bm_jobs_needs *needs)
{
	struct bm_jobs *j = calloc(1, sizeof *j);

	*jobs = j;
	if (j == NULL)
		return BITMARK_E_NOMEM;
	j->needs = *needs;
	return bitmark_jobs_new(&j->table);
}

void
bm_jobs_free(struct bm_jobs *jobs)
{
	if (jobs == NULL)
		return;
	bm_jobs_close(jobs);
	bitmark_jobs_free(jobs->table);
	free(jobs);
}

/*
 * Sockets.
 */

static const struct bm_settings *
settings(const struct bm_jobs *j)
{
	return j->needs.state->settings;
}

static bitmark_status
resolve(const struct bm_jobs *j, const char *const *text, size_t count,
    struct bitmark_connection **bind)
{
	*bind = NULL;
	return count == 0 ? BITMARK_OK :
	    bm_settings_resolve(settings(j), MODULE, text, count, bind);
}

static bitmark_status
open_sockets(struct bm_jobs *j, const struct bitmark_node_proofing *config)
{
	struct bm_proofing_config sockets = {
		.publish_count = config->publish_count,
		.submit_count = config->submit_count,
		.miners = config->miners, .miner_count = config->miner_count,
		.clients_max = config->clients_max != 0 ?
		    config->clients_max : BITMARK_NODE_MINERS_MAX,
		.env = settings(j)->env,
	};
	struct bitmark_connection *publish, *submit = NULL;
	bitmark_status status = resolve(j, config->publish,
	    config->publish_count, &publish);

	if (status == BITMARK_OK)
		status = resolve(j, config->submit, config->submit_count,
		    &submit);
	sockets.publish = publish;
	sockets.submit = submit;
	memcpy(sockets.private_key, config->private_key,
	    sizeof sockets.private_key);
	if (status == BITMARK_OK)
		status = bm_proofing_open(&j->sockets, &sockets,
		    bitmark_clock_ms());
	explicit_bzero(sockets.private_key, sizeof sockets.private_key);
	free(publish);
	free(submit);
	return status;
}

bitmark_status
bm_jobs_open(struct bm_jobs *j, const struct bitmark_node_proofing *config)
{
	if (config->publish_count == 0 && config->submit_count == 0)
		return BITMARK_OK;
	if (config->base == NULL || !BM_FITS(bitmark_base, config->base) ||
	    config->private_key == NULL)
		return BITMARK_E_ARGUMENT;
	j->base = *config->base;
	j->interval_ms = config->interval_ms != 0 ? config->interval_ms :
	    settings(j)->params->network == BITMARK_NETWORK_LIVE ?
	    INTERVAL_LIVE_MS : INTERVAL_MS;
	return open_sockets(j, config);
}

void
bm_jobs_close(struct bm_jobs *j)
{
	if (j == NULL)
		return;
	bm_proofing_close(j->sockets);
	j->sockets = NULL;
}

struct bm_proofing *
bm_jobs_sockets(struct bm_jobs *j)
{
	return j->sockets;
}

/*
 * The table.
 */

static void
look_at_top(struct bm_jobs *j)
{
	struct bitmark_tip tip;

	bitmark_chain_tip(j->needs.state->chain, &tip);
	if (j->normal && memcmp(j->top, tip.digest, sizeof j->top) == 0)
		return;
	memcpy(j->top, tip.digest, sizeof j->top);
	bitmark_jobs_set_top(j->table, j->top);
	j->urgent = true;
}

struct bitmark_jobs *
bm_jobs_table(struct bm_jobs *j)
{
	const bool normal = bm_sync_is_normal(j->needs.sync);

	if (normal)
		look_at_top(j);
	else if (j->normal)
		bitmark_jobs_clear(j->table);
	j->normal = normal;
	return j->table;
}

/*
 * Making.
 */

/* The reservoir may not know of the newest block yet, when that could not be
 * read after it was stored. */
static bool
is_told(const struct bm_jobs *j)
{
	struct bm_sync_progress progress;

	bm_sync_progress(j->needs.sync, &progress);
	return progress.told == bm_state_height(j->needs.state);
}

static bool
has_changed(const struct bm_jobs *j)
{
	return j->failed || j->changes != bm_events_changes(j->needs.events);
}

static bool
is_wanted(const struct bm_jobs *j)
{
	const uint64_t now_ms = j->needs.state->now.ms;

	return j->urgent || (has_changed(j) &&
	    now_ms >= (bitmark_jobs_newest(j->table) != NULL ? j->due_ms :
	    j->tried_ms + RETRY_MS));
}

/* Are two templates equal except for the time at which they were made? */
static bool
is_same(const struct bitmark_template *t, const struct bitmark_template *other)
{
	const struct bitmark_header *a = bitmark_template_header(t);
	const struct bitmark_header *b;

	if (other == NULL)
		return false;
	b = bitmark_template_header(other);
	return memcmp(a->previous, b->previous, sizeof a->previous) == 0 &&
	    memcmp(a->merkle, b->merkle, sizeof a->merkle) == 0 &&
	    a->bits == b->bits;
}

/* Publishes the newest job. Each message has another nonce to start from, so
 * that two miners, or one that gets the job twice, do not try the same nonces.
 */
static void
publish(struct bm_jobs *j)
{
	uint64_t nonce;
	char *text;
	size_t size;

	j->due_ms = j->needs.state->now.ms + j->interval_ms;
	bm_random(&settings(j)->env, (uint8_t *)&nonce, sizeof nonce);
	if (bitmark_jobs_message(j->table, nonce, &text, &size) !=
	    BITMARK_OK)
		return;
	bm_proofing_publish(j->sockets,
	    (struct bitmark_span){ (const uint8_t *)text, size });
	bitmark_free(text);
}

static size_t
count_verified(const struct bm_jobs *j)
{
	struct bitmark_reservoir_counts counts = { .struct_size =
	    sizeof counts };

	bitmark_reservoir_get_counts(j->needs.state->reservoir, &counts);
	return counts.verified;
}

/* Makes a job and publishes it, if its content is new. When no transaction is
 * there to confirm, that is no failure: j->failed stays false, so the next try
 * waits for a change. */
static void
make(struct bm_jobs *j)
{
	struct bitmark_template *t;
	bitmark_status status = BITMARK_E_NOT_FOUND;

	j->urgent = false;
	j->changes = bm_events_changes(j->needs.events);
	j->failed = false;
	if (count_verified(j) == 0)
		return;
	j->tried_ms = j->needs.state->now.ms;
	status = bm_template_make(j->needs.state, &j->base, NULL, &t);
	if (status != BITMARK_OK) {
		j->failed = status != BITMARK_E_NOT_FOUND;
		bm_log(&settings(j)->env, BITMARK_LOG_DEBUG, MODULE,
		    "no job: %s", bitmark_strerror(status));
		return;
	}
	if (is_same(t, bitmark_jobs_newest(j->table))) {
		bitmark_template_free(t);
		return;
	}
	bitmark_jobs_add(j->table, t);
	j->made++;
	publish(j);
}

void
bm_jobs_run(struct bm_jobs *j)
{
	if (j->sockets == NULL)
		return;
	bm_proofing_drive(j->sockets, j->needs.state->now.ms);
	(void)bm_jobs_table(j);
	if (!j->normal)
		return;
	if (is_wanted(j) && is_told(j))
		make(j);
	else if (is_wanted(j))
		j->tried_ms = j->needs.state->now.ms;
	if (j->needs.state->now.ms >= j->due_ms)
		publish(j);
}

/*
 * For the owner.
 */

uint64_t
bm_jobs_deadline(const struct bm_jobs *j)
{
	uint64_t deadline;

	if (j->sockets == NULL)
		return UINT64_MAX;
	deadline = bm_proofing_deadline(j->sockets);
	if (!j->normal)
		return deadline;
	if (bitmark_jobs_newest(j->table) != NULL)
		return bm_earlier(deadline, j->due_ms);
	return has_changed(j) ?
	    bm_earlier(deadline, j->tried_ms + RETRY_MS) : deadline;
}

size_t
bm_jobs_items(const struct bm_jobs *j, zmq_pollitem_t *items)
{
	return j->sockets == NULL ? 0 : bm_proofing_items(j->sockets, items);
}

uint64_t
bm_jobs_made(const struct bm_jobs *j)
{
	return j->made;
}
