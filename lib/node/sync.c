/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The connector's host.  Storing is in blocks.c.
 *
 * The connector is a machine that decides: it is told what happened, and its
 * update lists what it wants done.  Some of that is done at once (connect,
 * fetch, store, roll back), and digests are computed by other threads; the
 * results are put in the reports, also those of what was done at once.  So all
 * results come the same way, and never in the middle of a step.
 *
 * Three stages work at the same time on successive blocks: the owner thread
 * applies one block, the pool hashes the next ones and checks their signatures,
 * and the blocks after these are being fetched.
 */
#include "node/sync_impl.h"

#include <stdlib.h>
#include <string.h>

#include "codec/log.h"

#define MODULE "sync"
/* Steps of the connector in a row that no report asked for; then the other
 * parts of the owner have their turn. */
#define TICKS_MAX 16
/* Memory is given back when no block was added or removed for so long.
 * Source: local choice */
#define REST_MS 60000
/*
 * Functions that the connector asks.
 */

static uint64_t
view_height(void *sync)
{
	return bm_state_height(((struct bm_sync *)sync)->needs.state);
}

static bitmark_status
view_digest(void *sync, uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	return bm_blocks_digest(&((struct bm_sync *)sync)->blocks, number,
	    digest);
}

static uint64_t
view_proven(void *sync)
{
	return bm_sync_proven(sync);
}

/*
 * Digests that are finished.
 */

static void
report_checked(struct bm_sync *s, const struct bm_hashed *hashed)
{
	struct bitmark_connector_event event = {
		.type = BITMARK_CONNECTOR_EV_CHECKED,
		.token = hashed->token,
		.status = bm_judge_digest(&s->judge, hashed),
	};

	memcpy(event.digest, hashed->job.output, sizeof event.digest);
	bm_reports_put(s->needs.reports, &event);
}

static void
collect_digests(struct bm_sync *s)
{
	struct bm_hashed *hashed;

	bm_hashing_wake(s->hashing);
	while ((hashed = bm_hashing_take(s->hashing)) != NULL) {
		if (hashed->token == BM_TOKEN_PUSHED)
			bm_sync_pushed(s, hashed);
		else
			report_checked(s, hashed);
		free(hashed);
	}
}

/*
 * Stepping the connector.
 */

static void
step_connector(struct bm_sync *s, const struct bitmark_connector_event *what)
{
	struct bitmark_connector_event event = *what;
	const struct bitmark_connector_update *update;

	event.struct_size = sizeof event;
	event.now_ms = bm_sync_now(s)->ms + s->ahead_ms;
	update = bitmark_connector_step(s->connector, &event);
	s->state = update->state;
	s->normal = update->normal;
	s->blocks.news = update->normal;
	/* The deadline is by the connector's clock, which is ahead of ours. */
	s->deadline_ms = update->deadline_ms == UINT64_MAX ? UINT64_MAX :
	    update->deadline_ms <= event.now_ms ? bm_sync_now(s)->ms :
	    update->deadline_ms - s->ahead_ms;
	for (size_t i = 0; i < update->count; i++)
		bm_sync_execute(s, update->action[i]);
}

/* Steps the connector until it has had all reports and waits, or until the
 * store cannot be written. */
static void
run_connector(struct bm_sync *s)
{
	static const struct bitmark_connector_event tick = {
		.type = BITMARK_CONNECTOR_EV_TICK };
	struct bm_report *report;
	unsigned ticks = 0;

	do {
		while (bm_blocks_retry(&s->blocks) &&
		    (report = bm_reports_take(s->needs.reports)) != NULL) {
			step_connector(s, &report->event);
			free(report);
		}
		if (s->blocks.failed != BITMARK_OK ||
		    s->deadline_ms > bm_sync_now(s)->ms)
			return;
		step_connector(s, &tick);
	} while (++ticks < TICKS_MAX);
}

/* Finds out whether refused blocks are the fault of a few peers, or whether
 * this node follows other rules than its network. */
static void
look_at_peers(struct bm_sync *s)
{
	struct bitmark_connector_status status = { .struct_size =
	    sizeof status };
	struct bm_blocked_peers peers;
	struct bitmark_tip tip;

	if (s->judge.blocked.why == BITMARK_OK)
		return;
	bitmark_chain_tip(s->needs.state->chain, &tip);
	bitmark_connector_get_status(s->connector, &status);
	peers = (struct bm_blocked_peers){ .registered = status.registered,
		.aside = status.refusing != 0 ? status.refusing : status.aside,
		.target = status.target, .decide = status.cannot_follow };
	peers.claimed = bm_upstreams_claim(s->needs.upstreams, tip.number,
	    &peers.ahead);
	bm_blocked_look(&s->judge.blocked, &tip, &peers);
}

/* Blocks below the checkpoint are stored without computing their digests, so
 * nothing has verified them yet.  The node is not Normal until the checkpoint
 * proves them all, even if all peers have the same blocks. */
static void
look_at_proof(struct bm_sync *s)
{
	const uint64_t number = bm_sync_settings(s)->checkpoint.number;
	const bool unproven = bm_sync_proven(s) < view_height(s);

	if (unproven && !s->unproven)
		bm_log(&bm_sync_settings(s)->env, BITMARK_LOG_INFO, MODULE,
		    "blocks are stored without computing their digests up to "
		    "the checkpoint at block %llu", (unsigned long long)number);
	else if (s->unproven && !unproven && view_height(s) >= number)
		bm_log(&bm_sync_settings(s)->env, BITMARK_LOG_INFO, MODULE,
		    "the checkpoint at block %llu is reached: all blocks are "
		    "proven", (unsigned long long)number);
	s->unproven = unproven;
	s->blocks.news = s->normal && !unproven;
}

/* The batch of blocks that the connector's actions have filled is committed
 * before this returns: other work of the turn may take long, and LMDB has one
 * write transaction, which the reservoir's journal needs, too. */
void
bm_sync_run(struct bm_sync *s)
{
	collect_digests(s);
	run_connector(s);
	bm_blocks_settle(&s->blocks);
	look_at_proof(s);
	look_at_peers(s);
}

/* May the present wait of the connector end early?  *${done} says that a wait
 * of this kind has ended early before. */
static bool
may_hurry(const struct bm_sync *s, const bool *done)
{
	struct bitmark_connector_status status = { .struct_size =
	    sizeof status };

	if (s->blocks.failed != BITMARK_OK || *done || (s->state != BITMARK_CONNECTOR_CONNECTING &&
	    s->state != BITMARK_CONNECTOR_HIGHEST_BLOCK))
		return false;
	bitmark_connector_get_status(s->connector, &status);
	return !status.few_clients && (done == &s->hurried_clients ||
	    bm_upstreams_know_heights(s->needs.upstreams)) &&
	    s->deadline_ms != UINT64_MAX;
}

/*
 * v8.2 always waits a whole cycle for its clients and another for their
 * heights.  Here each of these two waits may end early, once: the connector's
 * clock is put forward.  Every later one is kept, above all after a failure,
 * so that a peer that fails is not asked again at once.
 */
void
bm_sync_hurry(struct bm_sync *s)
{
	bool *done = s->state == BITMARK_CONNECTOR_CONNECTING ?
	    &s->hurried_clients : &s->hurried_heights;

	while (may_hurry(s, done)) {
		*done = true;
		if (s->deadline_ms > bm_sync_now(s)->ms)
			s->ahead_ms += s->deadline_ms - bm_sync_now(s)->ms;
		s->deadline_ms = bm_sync_now(s)->ms;
		bm_sync_run(s);
		done = &s->hurried_heights;
	}
}

/* Undoing or applying a block of very many records leaves LMDB with buffers as
 * large as that.  They are given back only in quiet times, because the next
 * block might need them again. */
void
bm_sync_rest(struct bm_sync *s)
{
	const uint64_t before = s->rest_number;
	bitmark_status status;

	if (bm_sync_now(s)->ms < s->rest_at_ms)
		return;
	s->rest_at_ms = bm_sync_now(s)->ms + REST_MS;
	s->rest_number = view_height(s);
	if (s->rest_number != before)
		return;
	status = bitmark_chain_trim(s->needs.state->chain);
	/* E_TIMEOUT: a reader has the store open; try again at the next
	 * rest. */
	if (status != BITMARK_OK && status != BITMARK_E_TIMEOUT)
		bm_log(&bm_sync_settings(s)->env, BITMARK_LOG_WARN, MODULE,
		    "memory of the store is not given back: %s",
		    bitmark_strerror(status));
}

uint64_t
bm_sync_deadline(const struct bm_sync *s)
{
	if (s->blocks.failed != BITMARK_OK)
		return s->blocks.retry_at_ms;
	return STAILQ_EMPTY(&s->needs.reports->list) ? s->deadline_ms :
	    bm_sync_now(s)->ms;
}

int
bm_sync_fd(const struct bm_sync *s)
{
	return bm_hashing_fd(s->hashing);
}

/*
 * How far it is.  Blocks that are pushed are in sync_pushed.c.
 */

bool
bm_sync_is_normal(const struct bm_sync *s)
{
	return s->normal && !s->unproven && !s->judge.blocked.is;
}

void
bm_sync_progress(const struct bm_sync *s, struct bm_sync_progress *progress)
{
	struct bitmark_connector_status status = { .struct_size =
	    sizeof status };

	bitmark_connector_get_status(s->connector, &status);
	*progress = (struct bm_sync_progress){
		.normal = bm_sync_is_normal(s),
		.target = s->judge.blocked.is ? s->judge.blocked.claimed :
		    status.target,
		.registered = status.registered,
		.few_clients = status.few_clients &&
		    !s->judge.blocked.is,
		.blocked = s->judge.blocked,
		.applied = s->blocks.applied,
		.refused = s->refused,
		.told = s->blocks.told,
		.store = s->blocks.failed,
		.retry_ms = s->blocks.failed == BITMARK_OK ||
		    s->blocks.retry_at_ms <= bm_sync_now(s)->ms ? 0 :
		    s->blocks.retry_at_ms - bm_sync_now(s)->ms,
	};
}

/*
 * Start and end.
 */

static bitmark_status
new_connector(struct bm_sync *s)
{
	const struct bm_settings *set = bm_sync_settings(s);
	const struct bitmark_view view = { sizeof view, s, view_height, NULL,
	    view_digest };
	struct bitmark_connector_config config = {
		.struct_size = sizeof config,
		.static_count = set->peer_count,
		.dynamic = set->dynamic_connections,
		.dynamic_clients = set->dynamic_clients,
		.prefer_ipv6 = set->prefer_ipv6,
		.minimum_clients = set->minimum_clients,
		.cycle_ms = set->cycle_ms,
		.ahead_bytes = set->ahead_bytes,
		.view = &view,
		.env = &set->env,
		.rules = set->rules,
		.trusted = set->checkpoint.number,
		.trusted_digest = set->checkpoint.digest,
		.proven = view_proven,
	};
	uint8_t *keys = malloc((set->peer_count + 1) * BITMARK_PEER_KEY_SIZE);
	bitmark_status status;

	if (keys == NULL)
		return BITMARK_E_NOMEM;
	for (size_t i = 0; i < set->peer_count; i++)
		memcpy(keys + i * BITMARK_PEER_KEY_SIZE, set->peers[i].key,
		    BITMARK_PEER_KEY_SIZE);
	config.static_keys = keys;
	memcpy(config.own_key, set->public_key, sizeof config.own_key);
	status = bitmark_connector_new(&s->connector, &config);
	free(keys);
	return status;
}

bitmark_status
bm_sync_new(struct bm_sync **sync, const struct bm_sync_needs *needs)
{
	struct bm_sync *s = calloc(1, sizeof *s);
	bitmark_status status;

	*sync = s;
	if (s == NULL)
		return BITMARK_E_NOMEM;
	s->needs = *needs;
	s->judge.state = needs->state;
	bm_blocks_init(&s->blocks, needs->state, needs->events);
	status = bm_hashing_new(&s->hashing, needs->digests);
	return status == BITMARK_OK ? new_connector(s) : status;
}

void
bm_sync_free(struct bm_sync *s)
{
	if (s == NULL)
		return;
	bitmark_connector_free(s->connector);
	bm_blocks_fini(&s->blocks);
	bm_hashing_free(s->hashing);
	free(s);
}
