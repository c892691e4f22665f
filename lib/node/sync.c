/*
 * The connector's host.  Storing is in blocks.c.
 *
 * The connector is a machine that decides: it is told what happened, and its
 * update lists what it wants done.  Some of that is done at once (connect,
 * fetch, store, roll back), and digests are computed by other threads; the
 * results are put in the reports, also those of what was done at once.  So all
 * results come the same way, and never in the middle of a step.
 *
 * A block is thus in three places at one time in its life: blocks ahead of it
 * are applied, it is hashed and its signatures are checked by the pool, and
 * those after it are being fetched.
 */
#include "node/sync_impl.h"

#include <stdlib.h>
#include <string.h>

#include "chain/add.h"
#include "codec/log.h"

#define MODULE "sync"
/* Steps that follow one another without a report before others have their
 * turn. */
#define TICKS_MAX 16
/* No block came or went for so long: there is time to tidy up.
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

/* The newest block that is proven.  Below the checkpoint the store knows it,
 * once the batch is committed. */
static uint64_t
view_proven(void *sync)
{
	struct bm_sync *s = sync;
	uint64_t number = 0;

	if (view_height(s) >= bm_sync_settings(s)->checkpoint.number)
		return view_height(s);
	bm_blocks_settle(&s->blocks);
	return bitmark_chain_proven(s->needs.state->chain, &number) ==
	    BITMARK_OK ? number : view_height(s);
}

static void
report_result(struct bm_sync *s, enum bitmark_connector_event_type type,
    const struct bitmark_connector_action *action, bitmark_status status)
{
	bm_reports_put(s->needs.reports, &(struct bitmark_connector_event){
	    .type = type, .client = action->client, .token = action->token,
	    .number = action->number, .status = status });
}

/* The address of a static peer may be a name, which the connector does not
 * know: its clients have the numbers of the static peers. */
static void
connect_client(struct bm_sync *s, const struct bitmark_connector_action *action)
{
	struct bm_addresses addresses = { .count = 0 };
	const char *name = NULL;

	if (action->client < bm_sync_settings(s)->peer_count)
		name = bm_sync_settings(s)->peers[action->client].address;
	for (size_t i = 0; i < action->address_count; i++)
		bm_addresses_add(&addresses, &action->addresses[i]);
	bm_upstreams_connect(s->needs.upstreams, action->client, action->key,
	    name, &addresses);
}

/* Below the checkpoint: the digest is the one that the next header names. */
static bitmark_status
take_digest(struct bm_sync *s, const struct bitmark_connector_action *action,
    const struct bitmark_header *header)
{
	struct bitmark_connector_event event = {
		.type = BITMARK_CONNECTOR_EV_CHECKED,
		.token = action->token,
	};
	bitmark_status status = bm_judge_work(&s->judge, header, action->digest);

	if (status != BITMARK_OK) {
		bm_judge_refused(&s->judge, action->block,
		    header->number, status);
		return status;
	}
	memcpy(event.digest, action->digest, sizeof event.digest);
	bm_reports_put(s->needs.reports, &event);
	return BITMARK_OK;
}

/* Only the header is copied and hashed: the connector keeps the block.  While
 * the digest is computed other threads check the signatures. */
static void
check_block(struct bm_sync *s, const struct bitmark_connector_action *action)
{
	struct bitmark_header header;
	bitmark_status status = bm_judge_header(&s->judge, action->block,
	    &header);

	if (status == BITMARK_OK && action->has_digest)
		status = take_digest(s, action, &header);
	else if (status == BITMARK_OK)
		status = bm_hashing_submit(s->hashing, action->token,
		    action->block.data, BITMARK_HEADER_SIZE);
	if (status != BITMARK_OK)
		report_result(s, BITMARK_CONNECTOR_EV_CHECKED, action, status);
	else
		bm_chain_prepare(s->needs.state->chain, &header,
		    action->block);
}

/* A peer may have pushed the block meanwhile, which is as good as if it were
 * fetched (*known).  When another block took its place, the peer that sent it
 * is not to blame: that is an error of the store. */
static bitmark_status
check_place(struct bm_sync *s, const struct bitmark_connector_action *action,
    bool *known)
{
	const uint64_t height = view_height(s);
	uint8_t digest[BITMARK_DIGEST_SIZE];

	*known = false;
	if (action->number == height + 1)
		return BITMARK_OK;
	*known = action->number <= height &&
	    view_digest(s, action->number, digest) == BITMARK_OK &&
	    memcmp(digest, action->digest, sizeof digest) == 0;
	return *known ? BITMARK_OK : BITMARK_E_STORE;
}

/* The headers are not those of the checkpoint: all of their blocks go, and the
 * client that sent them will be blamed.  Returns why it is blamed, or an error
 * of the store. */
static bitmark_status
give_unproven_up(struct bm_sync *s)
{
	const uint64_t proven = view_proven(s);

	bitmark_status status;

	if (proven == view_height(s))
		return BITMARK_E_CHECKPOINT;
	bm_log(&bm_sync_settings(s)->env, BITMARK_LOG_ERROR, MODULE,
	    "this is not the chain of the checkpoint: blocks %llu to %llu, "
	    "which are not proven, are taken back",
	    (unsigned long long)proven + 1,
	    (unsigned long long)view_height(s));
	status = bm_blocks_roll_back(&s->blocks, proven);
	return status == BITMARK_OK ? BITMARK_E_CHECKPOINT : status;
}

static bitmark_status
apply_block(struct bm_sync *s, const struct bitmark_connector_action *action)
{
	bool known;
	bitmark_status status;

	/* Held behind those before it, which are not in the chain yet. */
	if (s->blocks.failed != BITMARK_OK)
		return bm_blocks_hold(&s->blocks, action->block,
		    action->digest);
	status = check_place(s, action, &known);
	if (known)
		return BITMARK_OK;
	if (status == BITMARK_OK)
		status = bm_blocks_add(&s->blocks, action->block,
		    action->digest);
	if (status == BITMARK_E_CHECKPOINT)
		status = give_unproven_up(s);
	if (status != BITMARK_OK)
		bm_judge_refused(&s->judge, action->block, action->number,
		    status);
	else
		bm_log(&bm_sync_settings(s)->env, BITMARK_LOG_DEBUG, MODULE,
		    "block %llu verified",
		    (unsigned long long)action->number);
	return status;
}

static void
execute(struct bm_sync *s, const struct bitmark_connector_action *action)
{
	switch (action->type) {
	case BITMARK_CONNECTOR_ACT_CONNECT:
		connect_client(s, action);
		break;
	case BITMARK_CONNECTOR_ACT_DISCONNECT:
		bm_upstreams_disconnect(s->needs.upstreams, action->client);
		break;
	case BITMARK_CONNECTOR_ACT_RECONNECT:
		bm_peers_want(s->needs.peers);
		break;
	case BITMARK_CONNECTOR_ACT_FETCH:
		bm_upstreams_fetch(s->needs.upstreams, action->client,
		    &action->fetch);
		break;
	case BITMARK_CONNECTOR_ACT_CHECK:
		check_block(s, action);
		break;
	case BITMARK_CONNECTOR_ACT_APPLY:
		report_result(s, BITMARK_CONNECTOR_EV_APPLIED, action,
		    apply_block(s, action));
		break;
	case BITMARK_CONNECTOR_ACT_ROLL_BACK:
		report_result(s, BITMARK_CONNECTOR_EV_ROLLED_BACK, action,
		    bm_blocks_roll_back(&s->blocks, action->number));
		break;
	}
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
		execute(s, update->action[i]);
}

/* Until it has heard all reports, and waits; or the store cannot be written. */
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

/* Is it the peers that are wrong, or this node? */
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

/* Blocks that wait for the checkpoint are not verified, whatever the peers say
 * of them: the node is not Normal until then. */
static void
look_at_proof(struct bm_sync *s)
{
	const uint64_t number = bm_sync_settings(s)->checkpoint.number;
	const bool unproven = view_proven(s) < view_height(s);

	if (unproven && !s->unproven)
		bm_log(&bm_sync_settings(s)->env, BITMARK_LOG_INFO, MODULE,
		    "blocks are taken without their digests until the "
		    "checkpoint at block %llu", (unsigned long long)number);
	else if (s->unproven && !unproven && view_height(s) >= number)
		bm_log(&bm_sync_settings(s)->env, BITMARK_LOG_INFO, MODULE,
		    "the checkpoint at block %llu is reached: all blocks are "
		    "proven", (unsigned long long)number);
	s->unproven = unproven;
	s->blocks.news = s->normal && !unproven;
}

/* The batch that the connector's actions have filled never outlives the run:
 * what comes next in the turn may take long, or may want to write to the
 * journal. */
void
bm_sync_run(struct bm_sync *s)
{
	collect_digests(s);
	run_connector(s);
	bm_blocks_settle(&s->blocks);
	look_at_proof(s);
	look_at_peers(s);
}

/* May the wait that the connector is in end now?  *done: it has ended so once
 * before. */
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
	/* E_TIMEOUT: somebody reads the store; it is tried again later. */
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
