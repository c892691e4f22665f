/*
 * What the connector asks for: connections, blocks, digests, storing, rolling
 * back; and what it is told.
 *
 * Events wait in a list and are given to it one after another, so that a step
 * never begins inside another one.
 */
#include "node/owner.h"

#include <bitmarkpeer/os.h>

#include <stdlib.h>
#include <string.h>

#include "codec/log.h"

/* Blocks, and time, that are committed together at the most; what is ready
 * while a commit takes its time makes the next batch. */
#define BATCH_BLOCKS 100
#define BATCH_MS 1000
/* Steps that follow one another without an event before others have their
 * turn. */
#define TICKS_MAX 16

struct bm_told {
	struct bm_told *next;
	struct bitmark_connector_event event;
	uint8_t bytes[];                /* what the event points to */
};

/*
 * Storing.
 */

static void
commit(struct bm_owner *o)
{
	struct bm_follow *f = &o->follow;
	bitmark_status status;

	if (!f->batch_open)
		return;
	f->batch_open = false;
	status = bitmark_chain_batch_commit(o->state.chain);
	if (status != BITMARK_OK)
		bm_log(&o->node->settings.env, BITMARK_LOG_ERROR, "sync",
		    "%u blocks could not be stored: %s", f->batched,
		    bitmark_strerror(status));
	else
		bm_log(&o->node->settings.env, BITMARK_LOG_DEBUG, "sync",
		    "commit of %u blocks", f->batched);
	f->batched = 0;
}

static void
note_untold(const struct bm_owner *o, uint64_t number, bitmark_status status)
{
	bm_log(&o->node->settings.env, BITMARK_LOG_ERROR, "sync",
	    "reservoir: block %llu: %s", (unsigned long long)number,
	    bitmark_strerror(status));
}

static void
tell_reservoir(struct bm_owner *o, struct bitmark_snapshot *snapshot)
{
	struct bm_follow *f = &o->follow;
	struct bitmark_tip tip;

	bitmark_snapshot_tip(snapshot, &tip);
	while (f->told < tip.number) {
		uint8_t digest[BITMARK_DIGEST_SIZE];
		struct bitmark_span block;
		bitmark_status status = bitmark_snapshot_block(snapshot,
		    f->told + 1, &block);

		if (status == BITMARK_OK)
			status = bitmark_snapshot_digest(snapshot,
			    f->told + 1, digest);
		if (status != BITMARK_OK) {
			note_untold(o, f->told + 1, status);
			return;
		}
		f->told++;
		bm_bus_block(o, BITMARK_NODE_BLOCK_ADDED, f->told, block,
		    digest);
		/* It knows of the block even if it cannot keep that. */
		status = bitmark_reservoir_block_added(o->state.reservoir,
		    o->state.now.s, block.data, block.size);
		if (status != BITMARK_OK)
			note_untold(o, f->told, status);
	}
}

void
bm_follow_settle(struct bm_owner *o)
{
	struct bitmark_snapshot *snapshot;
	struct bitmark_tip tip;

	commit(o);
	bitmark_chain_tip(o->state.chain, &tip);
	if (o->follow.told >= tip.number)
		return;
	snapshot = bm_state_snapshot(&o->state);
	if (snapshot != NULL)
		tell_reservoir(o, snapshot);
	bm_state_release(&o->state);
}

static uint64_t
view_height(void *user)
{
	const struct bm_owner *o = user;
	struct bitmark_tip tip;

	bitmark_chain_tip(o->state.chain, &tip);
	return tip.number;
}

static bitmark_status
view_digest(void *user, uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bm_owner *o = user;
	struct bitmark_snapshot *snapshot;
	struct bitmark_tip tip;
	bitmark_status status = BITMARK_E_BLOCK_NOT_FOUND;

	/* The connector asks this before each block that it stores: the batch
	 * goes on. */
	bitmark_chain_tip(o->state.chain, &tip);
	if (number == tip.number) {
		memcpy(digest, tip.digest, sizeof tip.digest);
		return BITMARK_OK;
	}
	bm_follow_settle(o);
	snapshot = bm_state_snapshot(&o->state);
	if (snapshot != NULL)
		status = bitmark_snapshot_digest(snapshot, number, digest);
	bm_state_release(&o->state);
	return status;
}

static bitmark_status
begin(struct bm_owner *o)
{
	struct bm_follow *f = &o->follow;
	bitmark_status status;

	if (f->batch_open)
		return BITMARK_OK;
	status = bitmark_chain_batch_begin(o->state.chain);
	f->batch_open = status == BITMARK_OK;
	f->batch_since_ms = o->state.now.ms;
	return status;
}

/* A block that a peer has pushed meanwhile is as good as one fetched; one
 * that does not follow any more is nobody's fault. */
static bitmark_status
check_place(struct bm_owner *o, const struct bitmark_connector_action *action,
    bool *known)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];
	uint64_t height = view_height(o);

	*known = false;
	if (action->number == height + 1)
		return BITMARK_OK;
	*known = action->number <= height &&
	    view_digest(o, action->number, digest) == BITMARK_OK &&
	    memcmp(digest, action->digest, sizeof digest) == 0;
	return *known ? BITMARK_OK : BITMARK_E_STORE;
}

static void
log_refused(struct bm_owner *o, uint64_t number, bitmark_status status)
{
	const bool bad = status > BITMARK_E_STORE;

	bm_log(&o->node->settings.env, bad ? BITMARK_LOG_WARN : BITMARK_LOG_ERROR,
	    "sync", "block %llu %s: %s", (unsigned long long)number,
	    bad ? "refused" : "not stored", bitmark_strerror(status));
}

static bitmark_status
apply(struct bm_owner *o, const struct bitmark_connector_action *action)
{
	struct bm_follow *f = &o->follow;
	bool known;
	bitmark_status status = check_place(o, action, &known);

	if (known)
		return BITMARK_OK;
	if (status == BITMARK_OK)
		status = begin(o);
	if (status == BITMARK_OK)
		status = bitmark_chain_add(o->state.chain,
		    action->block.data, action->block.size, action->digest,
		    o->state.now.s);
	if (status != BITMARK_OK) {
		log_refused(o, action->number, status);
		return status;
	}
	bm_log(&o->node->settings.env, BITMARK_LOG_DEBUG, "sync",
	    "block %llu verified", (unsigned long long)action->number);
	f->applied++;
	f->batched++;
	o->state.now.ms = bitmark_clock_ms();
	if (f->batched >= BATCH_BLOCKS ||
	    o->state.now.ms - f->batch_since_ms > BATCH_MS)
		bm_follow_settle(o);
	return BITMARK_OK;
}

/*
 * What the connector wants.
 */

static void
answer(struct bm_owner *o, enum bitmark_connector_event_type type,
    const struct bitmark_connector_action *action, bitmark_status status)
{
	bm_follow_tell(o, &(struct bitmark_connector_event){
	    .type = type, .client = action->client, .token = action->token,
	    .number = action->number, .status = status });
}

static void
connect_client(struct bm_owner *o,
    const struct bitmark_connector_action *action)
{
	const struct bitmark_node *node = o->node;
	char text[BITMARK_CONNECTION_TEXT_MAX];

	if (action->client < node->settings.peer_count) {
		bm_clients_connect(o, action->client, action->key,
		    node->settings.peers[action->client].address);
		return;
	}
	bitmark_connection_to_text(&action->address, text);
	bm_clients_connect(o, action->client, action->key, text);
}

/* All that a header tells before it is hashed [D-18].  Where it belongs, the
 * connector knows. */
static bitmark_status
precheck(struct bm_owner *o, struct bitmark_span block)
{
	/* At most every target: only the bits themselves are judged. */
	static const uint8_t lowest[BITMARK_DIGEST_SIZE];
	const struct bitmark_rules *rules = o->node->settings.rules;
	struct bitmark_header header;
	bitmark_status status = bitmark_header_parse(block.data, block.size,
	    &header);

	if (status != BITMARK_OK)
		return status;
	status = bitmark_header_check(rules, &header, o->state.now.s);
	if (status == BITMARK_OK)
		status = bitmark_header_check_work(rules, &header, lowest);
	if (status != BITMARK_OK)
		log_refused(o, header.number, status);
	return status;
}

/* The digest needs only the header; the connector keeps the block.  Meanwhile
 * its records are checked. */
static void
check(struct bm_owner *o, const struct bitmark_connector_action *action)
{
	bitmark_status status = precheck(o, action->block);

	if (status == BITMARK_OK)
		status = bm_hashing_submit(o->follow.hashing, action->token,
		    action->block.data, BITMARK_HEADER_SIZE);
	if (status != BITMARK_OK)
		answer(o, BITMARK_CONNECTOR_EV_CHECKED, action, status);
	else
		bitmark_chain_prepare(o->state.chain, action->block.data,
		    action->block.size);
}

static void
execute(struct bm_owner *o, const struct bitmark_connector_action *action)
{
	switch (action->type) {
	case BITMARK_CONNECTOR_ACT_CONNECT:
		connect_client(o, action);
		break;
	case BITMARK_CONNECTOR_ACT_RECONNECT:
		o->follow.want_neighbours = true;
		break;
	case BITMARK_CONNECTOR_ACT_FETCH:
		bm_clients_fetch(o, action->client, &action->fetch);
		break;
	case BITMARK_CONNECTOR_ACT_CHECK:
		check(o, action);
		break;
	case BITMARK_CONNECTOR_ACT_APPLY:
		answer(o, BITMARK_CONNECTOR_EV_APPLIED, action,
		    apply(o, action));
		break;
	case BITMARK_CONNECTOR_ACT_ROLL_BACK:
		answer(o, BITMARK_CONNECTOR_EV_ROLLED_BACK, action,
		    bm_roll_back(o, action->number));
		break;
	}
}

/* The rest was checked before. */
static bitmark_status
check_hashed(struct bm_owner *o, const struct bm_hashed *hashed)
{
	struct bitmark_header header;
	bitmark_status status = hashed->job.status;

	if (status == BITMARK_OK)
		status = bitmark_header_parse(hashed->block, hashed->size,
		    &header);
	if (status != BITMARK_OK)
		return status;
	status = bitmark_header_check_work(o->node->settings.rules, &header,
	    hashed->job.output);
	if (status != BITMARK_OK)
		log_refused(o, header.number, status);
	return status;
}

void
bm_follow_hashed(struct bm_owner *o, const struct bm_hashed *hashed)
{
	struct bitmark_connector_event event = {
		.type = BITMARK_CONNECTOR_EV_CHECKED,
		.token = hashed->token,
		.status = check_hashed(o, hashed),
	};

	memcpy(event.digest, hashed->job.output, sizeof event.digest);
	bm_follow_tell(o, &event);
}

/*
 * What it is told.
 */

static uint8_t *
copy_span(struct bitmark_span *span, uint8_t *to)
{
	if (span->size != 0)
		memcpy(to, span->data, span->size);
	span->data = to;
	return to + span->size;
}

void
bm_follow_tell(struct bm_owner *o, const struct bitmark_connector_event *event)
{
	struct bm_told *told = malloc(sizeof *told + event->key.size +
	    event->connections.size + event->data.size);
	uint8_t *to;

	/* The connector gives up what it does not hear of. */
	if (told == NULL) {
		bm_log(&o->node->settings.env, BITMARK_LOG_ERROR, "sync",
		    "%s", bitmark_strerror(BITMARK_E_NOMEM));
		return;
	}
	told->next = NULL;
	told->event = *event;
	to = copy_span(&told->event.key, told->bytes);
	to = copy_span(&told->event.connections, to);
	(void)copy_span(&told->event.data, to);
	*o->follow.end = told;
	o->follow.end = &told->next;
}

static struct bm_told *
next_told(struct bm_follow *f)
{
	struct bm_told *told = f->first;

	if (told != NULL) {
		f->first = told->next;
		if (f->first == NULL)
			f->end = &f->first;
	}
	return told;
}

static void
step(struct bm_owner *o, const struct bitmark_connector_event *what)
{
	struct bm_follow *f = &o->follow;
	struct bitmark_connector_event event = *what;
	struct bitmark_connector_update update;

	event.now_ms = o->state.now.ms + f->ahead_ms;
	bitmark_connector_step(f->connector, &event, &update);
	f->state = update.state;
	f->normal = update.normal;
	f->deadline_ms = update.deadline_ms == UINT64_MAX ? UINT64_MAX :
	    update.deadline_ms <= event.now_ms ? o->state.now.ms :
	    update.deadline_ms - f->ahead_ms;
	for (size_t i = 0; i < update.count; i++)
		execute(o, &update.action[i]);
}

/* Until it has heard everything, and waits. */
static void
run_connector(struct bm_owner *o)
{
	static const struct bitmark_connector_event tick = {
		.type = BITMARK_CONNECTOR_EV_TICK };
	struct bm_told *told;
	unsigned ticks = 0;

	do {
		while ((told = next_told(&o->follow)) != NULL) {
			step(o, &told->event);
			free(told);
		}
		if (o->follow.deadline_ms > o->state.now.ms)
			return;
		step(o, &tick);
	} while (++ticks < TICKS_MAX);
}

/* A batch does not outlive the run: what comes next may be of long duration,
 * or write by itself. */
void
bm_follow_run(struct bm_owner *o)
{
	run_connector(o);
	bm_follow_settle(o);
}

/* Do all nodes that we are registered with have a known height? */
static bool
knows_heights(const struct bm_owner *o)
{
	for (size_t i = 0; i < o->client_count; i++)
		if (o->clients[i].registered && o->clients[i].height == 0)
			return false;
	return true;
}

/* May the wait that the connector is in end now?  *done: it has ended so once
 * before. */
static bool
may_hurry(const struct bm_owner *o, const bool *done)
{
	const struct bm_follow *f = &o->follow;
	struct bitmark_connector_status status;

	if (*done || (f->state != BITMARK_CONNECTOR_CONNECTING &&
	    f->state != BITMARK_CONNECTOR_HIGHEST_BLOCK))
		return false;
	bitmark_connector_get_status(f->connector, &status);
	return !status.few_clients && (done == &f->hurried_clients ||
	    knows_heights(o)) && f->deadline_ms != UINT64_MAX;
}

/*
 * v8.2 always waits a whole cycle for its clients and another for their
 * heights.  Each of these two waits may end early, once: the connector's clock
 * is put forward.  Every later one, above all after a failure, is kept.
 */
void
bm_follow_hurry(struct bm_owner *o)
{
	struct bm_follow *f = &o->follow;
	bool *done = &f->hurried_clients;

	if (f->state != BITMARK_CONNECTOR_CONNECTING)
		done = &f->hurried_heights;
	while (may_hurry(o, done)) {
		*done = true;
		if (f->deadline_ms > o->state.now.ms)
			f->ahead_ms += f->deadline_ms - o->state.now.ms;
		f->deadline_ms = o->state.now.ms;
		bm_follow_run(o);
		done = &f->hurried_heights;
	}
}

static bitmark_status
new_connector(struct bm_owner *o)
{
	const struct bitmark_node *node = o->node;
	struct bitmark_connector_config config = {
		.static_count = node->settings.peer_count,
		.dynamic = node->settings.dynamic_connections,
		.prefer_ipv6 = node->settings.prefer_ipv6,
		.minimum_clients = node->settings.minimum_clients,
		.cycle_ms = node->settings.cycle_ms,
		.ahead_bytes = node->settings.ahead_bytes,
		.view = { o, view_height, NULL, view_digest },
		.env = &node->settings.env,
	};
	uint8_t *keys = malloc((node->settings.peer_count + 1) *
	    BITMARK_PEER_KEY_SIZE);
	bitmark_status status;

	if (keys == NULL)
		return BITMARK_E_NOMEM;
	for (size_t i = 0; i < node->settings.peer_count; i++)
		memcpy(keys + i * BITMARK_PEER_KEY_SIZE, node->settings.peers[i].key,
		    BITMARK_PEER_KEY_SIZE);
	config.static_keys = keys;
	memcpy(config.own_key, node->settings.public_key, sizeof config.own_key);
	status = bitmark_connector_new(&o->follow.connector, &config);
	free(keys);
	return status;
}

bitmark_status
bm_follow_new(struct bm_owner *o)
{
	struct bitmark_tip tip;
	bitmark_status status;

	bitmark_chain_tip(o->state.chain, &tip);
	o->follow.told = tip.number;
	o->follow.end = &o->follow.first;
	status = bm_hashing_new(&o->follow.hashing, o->node->digests,
	    o->state.chain);
	return status == BITMARK_OK ? new_connector(o) : status;
}

void
bm_follow_free(struct bm_owner *o)
{
	struct bm_told *told;

	if (o->follow.end != NULL)
		while ((told = next_told(&o->follow)) != NULL)
			free(told);
	bitmark_connector_free(o->follow.connector);
	bm_hashing_free(o->follow.hashing);
}
