/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A copy of all numbers of the status, behind a lock.
 *
 * The numbers belong to parts that only the owner thread may read.  A program
 * that shows the status once a second must get it even while the owner stores a
 * large block, so it cannot wait for the owner.  Therefore the owner copies the
 * numbers after each turn.  Counters of other threads, the listener's and the
 * pool's, are read when the status is asked for.
 */
#include "node/status.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "codec/log.h"

#define MODULE "sync"
/* Time over which rates per second are averaged. */
#define RATE_MS 5000
/* The time that is left is estimated from the last one to two of these. */
#define LEFT_MS 60000

/* Blocks and digests per second, averaged over the last few seconds. */
struct rates {
	uint64_t since_ms;              /* 0: not yet measured             */
	uint64_t blocks, digests;       /* at since_ms, from the start     */
	double blocks_per_s, digests_per_s;
};

/* Blocks applied at two moments of this synchronisation. */
struct pace {
	uint64_t since_ms, since;       /* since_ms 0: there is none       */
	uint64_t mid_ms, mid;
};

struct bm_status {
	struct bm_status_needs needs;
	struct rates rates;
	struct pace pace;
	struct bitmark_tip counted;     /* newest block when ...           */
	uint64_t shares;                /* ... these were counted          */
	pthread_mutex_t lock;           /* guards published                */
	struct bitmark_node_status published;
};

bitmark_status
bm_status_new(struct bm_status **status, const struct bm_status_needs *needs)
{
	struct bm_status *s = calloc(1, sizeof *s);

	*status = s;
	if (s == NULL)
		return BITMARK_E_NOMEM;
	s->needs = *needs;
	s->published.mode = BITMARK_MODE_RESYNCHRONISE;
	pthread_mutex_init(&s->lock, NULL);
	return BITMARK_OK;
}

void
bm_status_free(struct bm_status *s)
{
	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static uint64_t
now_ms(const struct bm_status *s)
{
	return s->needs.state->now.ms;
}

static double
per_second(uint64_t count, uint64_t elapsed_ms)
{
	return elapsed_ms == 0 ? 0 :
	    (double)count * 1000.0 / (double)elapsed_ms;
}

/* Rates are averaged over a few seconds, because blocks are committed in
 * batches: over a shorter time there would be none, and then a hundred at
 * once. */
static void
measure_rates(struct bm_status *s, uint64_t applied)
{
	struct rates *r = &s->rates;
	const uint64_t elapsed_ms = now_ms(s) - r->since_ms;
	struct bitmark_digest_stats digests = { .struct_size =
	    sizeof digests };

	if (r->since_ms != 0 && elapsed_ms < RATE_MS)
		return;
	bitmark_digest_pool_stats(s->needs.digests, &digests);
	if (r->since_ms != 0) {
		r->blocks_per_s = per_second(applied - r->blocks, elapsed_ms);
		r->digests_per_s = per_second(digests.finished - r->digests,
		    elapsed_ms);
	}
	*r = (struct rates){ now_ms(s), applied, digests.finished,
		r->blocks_per_s, r->digests_per_s };
}

/* Seconds that ${left} blocks will take, at the pace of the last one to two
 * LEFT_MS: a shorter time would make the estimate jump with each batch. */
static uint64_t
estimate_seconds(struct bm_status *s, uint64_t left, uint64_t applied)
{
	struct pace *p = &s->pace;
	double rate;

	if (left == 0) {
		p->since_ms = 0;
		return 0;
	}
	if (p->since_ms == 0)
		*p = (struct pace){ now_ms(s), applied, now_ms(s), applied };
	if (now_ms(s) - p->mid_ms >= LEFT_MS)
		*p = (struct pace){ p->mid_ms, p->mid, now_ms(s), applied };
	rate = per_second(applied - p->since, now_ms(s) - p->since_ms);
	return rate <= 0 ? UINT64_MAX : (uint64_t)((double)left / rate);
}

/* While the chain of the peers cannot be followed, no remaining time is
 * shown. */
static void
gather_blocked(const struct bm_blocked *b, struct bitmark_node_status *status)
{
	if (!b->is)
		return;
	status->blocked = b->why;
	status->blocked_number = b->number;
	status->blocked_aside = (unsigned)b->aside;
	status->blocked_accepted = b->accepted;
	status->seconds_left = UINT64_MAX;
}

static void
gather_progress(struct bm_status *s, struct bitmark_node_status *status)
{
	struct bm_sync_progress progress;

	bm_sync_progress(s->needs.sync, &progress);
	measure_rates(s, progress.applied);
	bitmark_chain_tip(s->needs.state->chain, &status->tip);
	status->mode = progress.normal ? BITMARK_MODE_NORMAL :
	    BITMARK_MODE_RESYNCHRONISE;
	status->target = progress.target > status->tip.number ?
	    progress.target : status->tip.number;
	status->peers = (unsigned)progress.registered;
	status->few_clients = progress.few_clients;
	status->blocks_per_s = s->rates.blocks_per_s;
	status->digests_per_s = s->rates.digests_per_s;
	status->seconds_left = estimate_seconds(s,
	    status->target - status->tip.number, progress.applied);
	status->store = progress.store;
	status->store_retry_ms = progress.retry_ms;
	if (progress.store != BITMARK_OK)
		status->seconds_left = UINT64_MAX;
	status->dropped = progress.refused +
	    bm_intake_dropped(s->needs.intake);
	gather_blocked(&progress.blocked, status);
}

/* Counting shares walks through a table of the store, so it is done only when
 * the newest block has changed. */
static void
gather_shares(struct bm_status *s, struct bitmark_node_status *status)
{
	struct bitmark_counts counts = { .struct_size = sizeof counts };
	struct bitmark_snapshot *snapshot;

	if (s->counted.number != status->tip.number ||
	    memcmp(s->counted.digest, status->tip.digest,
	    sizeof s->counted.digest) != 0) {
		snapshot = bm_state_snapshot(s->needs.state);
		if (snapshot != NULL && bitmark_snapshot_counts(snapshot,
		    &counts) == BITMARK_OK) {
			s->shares = counts.shares;
			s->counted = status->tip;
		}
		bm_state_release(s->needs.state);
	}
	status->shares = s->shares;
}

static void
gather_miners(struct bm_status *s, struct bitmark_node_status *status)
{
	const struct bm_proofing *sockets = bm_jobs_sockets(s->needs.jobs);
	struct bitmark_mined mined = { .struct_size = sizeof mined };
	struct bm_submissions_counts counts;
	struct bm_proofing_stats stats;

	bm_miner_tell(s->needs.miner, &mined, NULL, 0);
	status->blocks_found = mined.found;
	status->blocks_refused = mined.refused;
	if (sockets == NULL)
		return;
	bm_proofing_stats(sockets, &stats);
	bm_submissions_counts(s->needs.submissions, &counts);
	status->jobs = bm_jobs_made(s->needs.jobs);
	status->jobs_published = stats.published;
	status->submissions_accepted = counts.accepted;
	status->submissions_refused = counts.refused;
	status->submissions_dropped = counts.dropped;
	status->submissions_unanswered = stats.unanswered;
	status->miners_cut = stats.cut;
	status->miners_unlisted = stats.unlisted;
	status->job_subscribers = stats.subscribers;
	status->miners = stats.submitters;
	status->submissions_waiting = counts.waiting;
}

static void
gather(struct bm_status *s, struct bitmark_node_status *status)
{
	struct bitmark_reservoir_counts counts = { .struct_size =
	    sizeof counts };
	struct bm_publisher_stats publisher;
	struct bm_bootstrap_counts dns;

	status->struct_size = sizeof *status;
	status->rules = s->needs.state->settings->rules;
	gather_progress(s, status);
	gather_shares(s, status);
	gather_miners(s, status);
	bitmark_reservoir_get_counts(s->needs.state->reservoir, &counts);
	status->pending = counts.pending;
	status->verified = counts.verified;
	bm_events_stats(s->needs.events, &publisher);
	status->subscribers = publisher.subscribed;
	status->published = publisher.published;
	status->unpublished = publisher.lost;
	status->known = (unsigned)bm_table_count(s->needs.table);
	bm_bootstrap_counts(s->needs.bootstrap, &dns);
	status->dns_records = dns.good;
	status->dns_bad = dns.bad;
	bitmark_chain_room(s->needs.state->chain, &status->map_bytes,
	    &status->used_bytes);
}

/* A node that has become Normal stays Normal when it loses its peers, so the
 * operator is warned. */
static bool
is_short(const struct bitmark_node_status *status)
{
	return status->mode == BITMARK_MODE_NORMAL && status->few_clients;
}

/* Logs that the peers cannot be followed, or can be again.  The reason is
 * logged when it changes and not with each peer that is tried. */
static void
log_blocked(const struct bitmark_env *env,
    const struct bitmark_node_status *now)
{
	char text[BITMARK_NODE_BLOCKED_MAX];

	if (now->blocked != BITMARK_OK)
		bm_log(env, BITMARK_LOG_ERROR, MODULE, "%s",
		    bitmark_node_blocked_text(now, text));
	else
		bm_log(env, BITMARK_LOG_INFO, MODULE,
		    "the peers can be followed again");
}

static void
log_changes(struct bm_status *s, const struct bitmark_node_status *before,
    const struct bitmark_node_status *now)
{
	const struct bitmark_env *env = &s->needs.state->settings->env;

	if (now->blocked != before->blocked)
		log_blocked(env, now);
	if (now->mode != before->mode)
		bm_log(env, BITMARK_LOG_INFO, MODULE, "mode: %s",
		    now->mode == BITMARK_MODE_NORMAL ? "Normal" :
		    "Resynchronise");
	if (is_short(now) != is_short(before))
		bm_log(env, is_short(now) ? BITMARK_LOG_WARN :
		    BITMARK_LOG_INFO, MODULE, "%s: registered with %u",
		    is_short(now) ? "too few peers" : "enough peers again",
		    now->peers);
}

/* The program is told of a change after the lock is released, because its
 * function may call bitmark_node_get_status, which takes the same lock. */
void
bm_status_publish(struct bm_status *s)
{
	struct bitmark_node_status before, now = { .peers = 0 };

	gather(s, &now);
	pthread_mutex_lock(&s->lock);
	before = s->published;
	s->published = now;
	pthread_mutex_unlock(&s->lock);
	bm_serve_set_normal(s->needs.serve, now.mode == BITMARK_MODE_NORMAL);
	bm_events_mode(s->needs.events, now.mode);
	log_changes(s, &before, &now);
}

void
bm_status_end(struct bm_status *s)
{
	pthread_mutex_lock(&s->lock);
	s->published.mode = BITMARK_MODE_STOPPED;
	pthread_mutex_unlock(&s->lock);
	bm_serve_set_normal(s->needs.serve, false);
	bm_events_mode(s->needs.events, BITMARK_MODE_STOPPED);
}

/* The counters of the listener and of the inbox are read now and are newer than
 * the rest, so the numbers of a status need not be of the same moment. */
void
bm_status_get(struct bm_status *s, struct bitmark_node_status *out)
{
	struct bm_listener_stats listener;
	struct bitmark_digest_stats digests = { .struct_size =
	    sizeof digests };

	pthread_mutex_lock(&s->lock);
	*out = s->published;
	pthread_mutex_unlock(&s->lock);
	bm_serve_stats(s->needs.serve, &listener);
	out->connections = listener.connections;
	out->requests = listener.requests;
	out->cut_room = listener.cuts.room;
	out->cut_handshake = listener.cuts.handshake;
	out->cut_held = listener.cuts.held;
	out->no_descriptor = listener.exhausted;
	out->long_commands = bm_serve_long_commands(s->needs.serve);
	out->dropped += listener.dropped + bm_inbox_lost(s->needs.inbox);
	bitmark_digest_pool_stats(s->needs.digests, &digests);
	out->digests_waiting = digests.waiting;
	out->queued_blocks = bm_inbox_count(s->needs.inbox, BM_INBOX_BLOCKS);
	out->queued_others = bm_inbox_count(s->needs.inbox, BM_INBOX_OTHERS);
}
