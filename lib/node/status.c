/* What bitmark_node_get_status tells: mostly what the owner thread said last. */
#include "codec/log.h"
#include "node/inbox.h"
#include "node/owner.h"

/* Time over which what happens in a second is averaged. */
#define RATE_MS 5000
/* The time that is left comes from the last one to two of these. */
#define LEFT_MS 60000

/* Blocks per second, for the time that is left; ${now} blocks were applied. */
static double
steady_rate(struct bm_pace *p, uint64_t now_ms, uint64_t now)
{
	if (p->since_ms == 0)
		*p = (struct bm_pace){ now_ms, now, now_ms, now };
	if (now_ms - p->mid_ms >= LEFT_MS)
		*p = (struct bm_pace){ p->mid_ms, p->mid, now_ms, now };
	return now_ms == p->since_ms ? 0 :
	    (double)(now - p->since) * 1000.0 / (double)(now_ms - p->since_ms);
}

static void
measure(struct bm_owner *o)
{
	struct bm_rates *r = &o->rates;
	const uint64_t elapsed = o->state.now.ms - r->since_ms;
	struct bitmark_digest_stats digests;

	if (r->since_ms != 0 && elapsed < RATE_MS)
		return;
	bitmark_digest_pool_stats(o->node->digests, &digests);
	if (r->since_ms != 0) {
		r->blocks_per_s = (double)(o->follow.applied - r->blocks) *
		    1000.0 / (double)elapsed;
		r->digests_per_s = (double)(digests.finished - r->digests) *
		    1000.0 / (double)elapsed;
	}
	r->blocks = o->follow.applied;
	r->digests = digests.finished;
	r->since_ms = o->state.now.ms;
}

static void
publish_progress(struct bm_owner *o, struct bitmark_node_status *status)
{
	const struct bm_follow *f = &o->follow;
	struct bitmark_connector_status s;
	struct bitmark_tip tip;
	double rate;

	bitmark_connector_get_status(f->connector, &s);
	bitmark_chain_tip(o->state.chain, &tip);
	status->mode = f->normal ? BITMARK_MODE_NORMAL :
	    BITMARK_MODE_RESYNCHRONISE;
	status->tip = tip;
	status->target = s.target > tip.number ? s.target : tip.number;
	status->peers = (unsigned)s.registered;
	status->few_clients = s.few_clients;
	status->blocks_per_s = o->rates.blocks_per_s;
	status->digests_per_s = o->rates.digests_per_s;
	if (status->target == tip.number) {
		status->seconds_left = 0;
		o->pace.since_ms = 0;
		return;
	}
	rate = steady_rate(&o->pace, o->state.now.ms, f->applied);
	status->seconds_left = rate <= 0 ? UINT64_MAX :
	    (uint64_t)((double)(status->target - tip.number) / rate);
}

/* A node that has become Normal stays so with too few peers: somebody should
 * know. */
static bool
is_short(const struct bitmark_node_status *status)
{
	return status->mode == BITMARK_MODE_NORMAL && status->few_clients;
}

static void
log_changes(struct bm_owner *o, const struct bitmark_node_status *before,
    const struct bitmark_node_status *now)
{
	const struct bitmark_env *env = &o->node->settings.env;

	if (now->mode != before->mode)
		bm_log(env, BITMARK_LOG_INFO, "sync", "mode: %s",
		    now->mode == BITMARK_MODE_NORMAL ? "Normal" :
		    "Resynchronise");
	if (is_short(now) != is_short(before))
		bm_log(env, is_short(now) ? BITMARK_LOG_WARN :
		    BITMARK_LOG_INFO, "sync", "%s: registered with %u",
		    is_short(now) ? "too few peers" : "enough peers again",
		    now->peers);
}

void
bm_status_publish(struct bm_owner *o)
{
	struct bitmark_node *node = o->node;
	struct bitmark_reservoir_counts counts;
	struct bm_publisher_stats published = { 0 };
	struct bitmark_node_status before, now;
	size_t known, map_bytes = 0, used_bytes = 0;

	measure(o);
	bitmark_reservoir_get_counts(o->state.reservoir, &counts);
	bitmark_chain_room(node->chain, &map_bytes, &used_bytes);
	known = bm_table_count(&node->table);
	if (node->publisher != NULL)
		bm_publisher_stats(node->publisher, &published);
	pthread_mutex_lock(&node->status_lock);
	before = node->status;
	publish_progress(o, &node->status);
	node->status.subscribers = published.subscribed;
	node->status.published = published.published;
	node->status.unpublished = published.lost;
	node->status.known = (unsigned)known;
	node->status.pending = counts.pending;
	node->status.verified = counts.verified;
	node->status.map_bytes = map_bytes;
	node->status.used_bytes = used_bytes;
	now = node->status;
	pthread_mutex_unlock(&node->status_lock);
	bm_serve_set_normal(node->serve, now.mode == BITMARK_MODE_NORMAL);
	if (o->caught_up && now.mode != o->told_mode) {
		o->told_mode = now.mode;
		bm_bus_mode(node, now.mode);
	}
	log_changes(o, &before, &now);
}

void
bitmark_node_get_status(struct bitmark_node *node,
    struct bitmark_node_status *status)
{
	struct bm_listener_stats stats;
	struct bitmark_digest_stats digests;

	bm_serve_stats(node->serve, &stats);
	pthread_mutex_lock(&node->status_lock);
	*status = node->status;
	pthread_mutex_unlock(&node->status_lock);
	status->connections = stats.connections;
	status->requests = stats.requests;
	status->dropped += stats.dropped;
	bitmark_digest_pool_stats(node->digests, &digests);
	status->digests_waiting = digests.waiting;
	status->queued_blocks = bm_inbox_count(node->inbox, BM_INBOX_BLOCKS);
	status->queued_others = bm_inbox_count(node->inbox, BM_INBOX_OTHERS);
	status->dropped += bm_inbox_lost(node->inbox);
}
