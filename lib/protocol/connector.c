/*
 * The states of the connector.
 *
 * Source: bitmarkd v8.2 peer/connector.go
 */
#include "protocol/connector_impl.h"

#include <stdlib.h>
#include <string.h>

#include "codec/log.h"
#include "codec/sized.h"

#define NEVER UINT64_MAX

/* A node that is so many blocks behind the best peer fetches at once.  One
 * block behind is normal for some seconds: it is on its way by the relay. */
#define BEHIND_TOO_FAR 2

const char *
bitmark_connector_state_name(enum bitmark_connector_state state)
{
	switch (state) {
	case BITMARK_CONNECTOR_CONNECTING: return "Connecting";
	case BITMARK_CONNECTOR_HIGHEST_BLOCK: return "HighestBlock";
	case BITMARK_CONNECTOR_FORK_DETECT: return "ForkDetect";
	case BITMARK_CONNECTOR_FETCH_BLOCKS: return "FetchBlocks";
	case BITMARK_CONNECTOR_REBUILD: return "Rebuild";
	case BITMARK_CONNECTOR_SAMPLING: return "Sampling";
	case BITMARK_CONNECTOR_STOPPED: return "Stopped";
	}
	return "?";
}

/* 0 in a configuration stands for the default, in all of these. */
static void
take_config(struct bitmark_connector *c,
    const struct bitmark_connector_config *config)
{
	if (config->env != NULL)
		c->env = *config->env;
	c->rules = config->rules;
	memcpy(c->own_key, config->own_key, sizeof c->own_key);
	c->prefer_ipv6 = config->prefer_ipv6;
	c->cycle_ms = bm_or_default(config->cycle_ms,
	    BITMARK_CONNECTOR_CYCLE_MS);
	c->cycle_blocks = bm_or_default(config->cycle_blocks,
	    BITMARK_CONNECTOR_CYCLE_BLOCKS);
	c->samples_max = bm_or_default(config->samples, c->rules->samples);
	c->timeout_ms = bm_or_default(config->timeout_ms,
	    BITMARK_CONNECTOR_TIMEOUT_MS);
	c->aside_ms = bm_or_default(config->aside_ms,
	    BITMARK_CONNECTOR_ASIDE_MS);
	c->replace_ms = bm_or_default(config->replace_ms,
	    BITMARK_CONNECTOR_REPLACE_MS);
	c->ahead_bytes = (size_t)bm_or_default(config->ahead_bytes,
	    BITMARK_CONNECTOR_AHEAD_BYTES);
}

/* A configuration may name fewer nodes than the minimum: waiting for more
 * clients than there are places would be waiting for ever. */
static size_t
minimum_clients(const struct bitmark_connector *c, size_t wanted)
{
	size_t possible = c->count - c->static_count;

	for (size_t i = 0; i < c->static_count; i++)
		possible += c->client[i].used;
	return wanted < possible ? wanted : possible;
}

/* The connector and its clients are one piece of memory; its size is checked
 * for overflow before it is computed, since both counts come from a
 * configuration. */
bitmark_status
bitmark_connector_new(struct bitmark_connector **connector,
    const struct bitmark_connector_config *config)
{
	struct bitmark_connector *c;
	struct bitmark_connector_config own = { .struct_size = sizeof own };
	struct bitmark_view view = { .struct_size = sizeof view };
	uint64_t protection;
	size_t dynamic, count;

	*connector = NULL;
	if (BM_IN(bitmark_connector_config, &own, config) != BITMARK_OK ||
	    BM_IN(bitmark_view, &view, own.view) != BITMARK_OK)
		return BITMARK_E_ARGUMENT;
	if (own.rules == NULL)
		own.rules = bitmark_rules_8_2();
	protection = bm_or_default(own.fork_protection,
	    BITMARK_CONNECTOR_FORK_PROTECTION);
	dynamic = !own.dynamic ? 0 : (size_t)bm_or_default(own.dynamic_clients,
	    own.rules->dynamic_clients);
	count = own.static_count + dynamic;
	if (protection > BITMARK_CONNECTOR_WINDOW)
		return BITMARK_E_ARGUMENT;
	if (count < dynamic || count > SIZE_MAX / 2 / sizeof c->client[0])
		return BITMARK_E_NOMEM;
	c = calloc(1, sizeof *c + count * sizeof c->client[0]);
	if (c == NULL)
		return BITMARK_E_NOMEM;
	take_config(c, &own);
	c->view = view;
	c->fork_protection = protection;
	c->static_count = own.static_count;
	c->count = count;
	c->source = BM_NOBODY;
	bm_client_assign_statics(c, own.static_keys);
	c->minimum = minimum_clients(c, (size_t)bm_or_default(
	    own.minimum_clients, own.rules->minimum_clients));
	*connector = c;
	return BITMARK_OK;
}

void
bitmark_connector_free(struct bitmark_connector *c)
{
	if (c == NULL)
		return;
	bm_window_clear(c);
	free(c);
}

/* An update has a fixed number of places.  A state that finds no place leaves
 * its work undone, and c->more makes the deadline now, so that the next step
 * goes on with it: nothing needs to be queued. */
struct bitmark_connector_action *
bm_connector_act(struct bitmark_connector *c,
    enum bitmark_connector_action_type type)
{
	struct bitmark_connector_update *update = &c->update;
	struct bitmark_connector_action *action;

	if (update->count == BITMARK_CONNECTOR_ACTIONS_MAX) {
		c->more = true;
		return NULL;
	}
	action = &c->action[update->count];
	update->action[update->count++] = action;
	memset(action, 0, sizeof *action);
	action->type = type;
	action->token = ++c->token;
	return action;
}

/* Codes from BITMARK_E_STORE downward are of the machine: blaming a peer for a
 * full disk would set aside one good peer after the other. */
bool
bm_connector_is_bad_data(bitmark_status status)
{
	return status < 0 && status > BITMARK_E_STORE;
}

/* The one function that changes the state, so that data of one state never
 * reaches the next: the window is given up wherever a search begins anew. */
static void
enter(struct bitmark_connector *c, enum bitmark_connector_state state)
{
	if (state != c->state)
		bm_log(&c->env, BITMARK_LOG_DEBUG, "connector", "%s -> %s",
		    bitmark_connector_state_name(c->state),
		    bitmark_connector_state_name(state));
	c->state = state;
	switch (state) {
	case BITMARK_CONNECTOR_CONNECTING:
	case BITMARK_CONNECTOR_HIGHEST_BLOCK:
	case BITMARK_CONNECTOR_REBUILD:
	case BITMARK_CONNECTOR_SAMPLING:
		bm_window_clear(c);
		c->source = BM_NOBODY;
		break;
	case BITMARK_CONNECTOR_STOPPED:
		bm_window_clear(c);
		c->source = BM_NOBODY;
		c->normal = false;
		break;
	case BITMARK_CONNECTOR_FORK_DETECT:
		c->fork = (struct bm_fork){ .phase = BM_FORK_START };
		for (size_t i = 0; i < c->count; i++)
			c->client[i].off_branch = false;
		c->progress_ms = c->now_ms;
		break;
	case BITMARK_CONNECTOR_FETCH_BLOCKS:
		c->stored_any = false;
		c->cycle_last = c->window.base + c->cycle_blocks - 1;
		c->progress_ms = c->now_ms;
		break;
	}
}

/* Wait for the next cycle.  Without a rest a failure that repeats itself would
 * keep the processor and the peers busy. */
static void
rest(struct bitmark_connector *c)
{
	c->rest_until_ms = c->now_ms + c->cycle_ms;
}

/* The clients keep their places: only the followed one may have been set aside,
 * and the next search may well choose it again. */
void
bm_connector_give_up(struct bitmark_connector *c, const char *why)
{
	bm_log(&c->env, BITMARK_LOG_INFO, "connector", "%s: %s",
	    bitmark_connector_state_name(c->state), why);
	enter(c, BITMARK_CONNECTOR_HIGHEST_BLOCK);
	rest(c);
}

void
bm_connector_start_fetching(struct bitmark_connector *c)
{
	enter(c, BITMARK_CONNECTOR_FETCH_BLOCKS);
}

static bool
wants_neighbours(const struct bitmark_connector *c)
{
	return c->count > c->static_count &&
	    bm_client_count_usable(c) < c->minimum;
}

/* Ask the host for neighbours, once a cycle at most: it computes them from the
 * table of peers, which changes more slowly than that. */
static void
ask_for_neighbours(struct bitmark_connector *c)
{
	if (c->count > c->static_count && c->now_ms >= c->neighbours_at_ms &&
	    bm_connector_act(c, BITMARK_CONNECTOR_ACT_RECONNECT) != NULL)
		c->neighbours_at_ms = c->now_ms + c->cycle_ms;
}

/* A few clients are waited for before a chain is believed: the first one that
 * answers may be the only one that lies. */
static bool
run_connecting(struct bitmark_connector *c)
{
	c->normal = false;
	if (bm_client_count_usable(c) >= c->minimum)
		enter(c, BITMARK_CONNECTOR_HIGHEST_BLOCK);
	rest(c);
	return false;
}

/* A node that needs no clients, the first one of a new network, has the best
 * chain by definition.  Otherwise a cycle without any usable client ends
 * here. */
static bool
run_highest_block(struct bitmark_connector *c)
{
	size_t best = bm_client_best(c);

	if (best == BM_NOBODY && c->minimum == 0) {
		enter(c, BITMARK_CONNECTOR_REBUILD);
		return true;
	}
	if (best == BM_NOBODY) {
		bm_client_pardon(c);
		ask_for_neighbours(c);
		rest(c);
		return false;
	}
	enter(c, BITMARK_CONNECTOR_FORK_DETECT);
	c->source = best;
	return true;
}

/* Choose the best client anew without a rest: work has ended, but not
 * failed. */
static bool
choose_anew(struct bitmark_connector *c)
{
	enter(c, BITMARK_CONNECTOR_HIGHEST_BLOCK);
	c->rest_until_ms = c->now_ms;
	return true;
}

/* A client whose chain is no longer than ours is not asked for any digest, so
 * that nodes in step cause no traffic. */
static bool
run_fork_detect(struct bitmark_connector *c)
{
	if (c->fork.phase == BM_FORK_START &&
	    c->client[c->source].height <= c->view.height(c->view.user)) {
		enter(c, BITMARK_CONNECTOR_REBUILD);
		return true;
	}
	return bm_fork_is_overtaken(c) ? choose_anew(c) : bm_fork_run(c);
}

/* Nothing is built here in spite of v8.2's name for the state: it says that the
 * node is in step, and begins to count samples. */
static bool
run_rebuild(struct bitmark_connector *c)
{
	c->samples = 0;
	c->normal = true;
	enter(c, BITMARK_CONNECTOR_SAMPLING);
	rest(c);
	return false;
}

/* A node in step compares heights once a cycle.  One block behind for several
 * cycles means that the relay does not reach it: then it fetches. */
static bool
run_sampling(struct bitmark_connector *c)
{
	size_t best = bm_client_best(c);
	uint64_t height = c->view.height(c->view.user);
	uint64_t remote = best == BM_NOBODY ? 0 : c->client[best].height;
	bool follow = remote > height && remote - height >= BEHIND_TOO_FAR;

	if (remote > height && !follow)
		follow = ++c->samples > c->samples_max;
	if (follow) {
		enter(c, BITMARK_CONNECTOR_FORK_DETECT);
		c->source = best;
		return true;
	}
	rest(c);
	return false;
}

static bool
run_fetch_blocks(struct bitmark_connector *c)
{
	return bm_window_fetch(c) && choose_anew(c);
}

static bool
is_resting(const struct bitmark_connector *c)
{
	return c->now_ms < c->rest_until_ms;
}

/* Run one state; true: the state has changed, and the new one may run at once.
 * No chain of states returns true for ever: each ends in a rest, in waiting for
 * a result, or in a full update. */
static bool
run(struct bitmark_connector *c)
{
	switch (c->state) {
	case BITMARK_CONNECTOR_CONNECTING:
		return !is_resting(c) && run_connecting(c);
	case BITMARK_CONNECTOR_HIGHEST_BLOCK:
		return !is_resting(c) && run_highest_block(c);
	case BITMARK_CONNECTOR_FORK_DETECT:
		return run_fork_detect(c);
	case BITMARK_CONNECTOR_FETCH_BLOCKS:
		return run_fetch_blocks(c);
	case BITMARK_CONNECTOR_REBUILD:
		return run_rebuild(c);
	case BITMARK_CONNECTOR_SAMPLING:
		return !is_resting(c) && run_sampling(c);
	case BITMARK_CONNECTOR_STOPPED:
		return false;
	}
	return false;
}

/* When work without progress is given up; never while the host stores
 * something, however long that takes. */
static uint64_t
stall_at(const struct bitmark_connector *c)
{
	if (c->state != BITMARK_CONNECTOR_FORK_DETECT &&
	    c->state != BITMARK_CONNECTOR_FETCH_BLOCKS)
		return NEVER;
	if (bm_window_is_applying(c) ||
	    (c->state == BITMARK_CONNECTOR_FORK_DETECT &&
	    c->fork.phase == BM_FORK_ROLL_BACK))
		return NEVER;
	return c->progress_ms + c->timeout_ms + c->cycle_ms;
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Work that does not depend on the clock has been done by the step, so only
 * timers count: the end of a rest, a stall, a late block, the next request for
 * neighbours. */
static uint64_t
deadline(const struct bitmark_connector *c)
{
	uint64_t at = c->rest_until_ms;

	if (c->state == BITMARK_CONNECTOR_STOPPED)
		return NEVER;
	if (c->more)
		return c->now_ms;
	if (c->state == BITMARK_CONNECTOR_FORK_DETECT ||
	    c->state == BITMARK_CONNECTOR_FETCH_BLOCKS)
		at = earlier(stall_at(c), bm_window_late_at(c));
	return wants_neighbours(c) && c->neighbours_at_ms < at ?
	    c->neighbours_at_ms : at;
}

/* Blaming the debtors may have ended the state already; only when it has not,
 * the cycle is given up here. */
static void
no_progress(struct bitmark_connector *c)
{
	static const char why[] = "no progress";

	bm_client_blame_debtors(c, why);
	if (stall_at(c) != NEVER)
		bm_connector_give_up(c, why);
}

/* A digest of the search has its token in c->fork; every other result belongs
 * to a slot of the window, or is late. */
static void
take_fetched(struct bitmark_connector *c,
    const struct bitmark_connector_event *event)
{
	if (event->client < c->count && c->client[event->client].asked > 0)
		c->client[event->client].asked--;
	if (c->state == BITMARK_CONNECTOR_FORK_DETECT &&
	    c->fork.phase == BM_FORK_SEARCH && event->token == c->fork.token)
		bm_fork_digest(c, event);
	else
		bm_window_fetched(c, event);
}

static void
take_event(struct bitmark_connector *c,
    const struct bitmark_connector_event *event)
{
	switch (event->type) {
	case BITMARK_CONNECTOR_EV_TICK:
		break;
	case BITMARK_CONNECTOR_EV_NEIGHBOUR:
		bm_client_neighbour(c, event->key, event->connections,
		    event->is_filler);
		break;
	case BITMARK_CONNECTOR_EV_REGISTERED:
		bm_client_registered(c, event->client);
		break;
	case BITMARK_CONNECTOR_EV_HEIGHT:
		bm_client_height(c, event->client, event->number);
		break;
	case BITMARK_CONNECTOR_EV_LOST:
		bm_client_lost(c, event->client);
		break;
	case BITMARK_CONNECTOR_EV_FETCHED:
		take_fetched(c, event);
		break;
	case BITMARK_CONNECTOR_EV_CHECKED:
		bm_window_checked(c, event);
		break;
	case BITMARK_CONNECTOR_EV_APPLIED:
		bm_window_applied(c, event);
		break;
	case BITMARK_CONNECTOR_EV_ROLLED_BACK:
		bm_fork_rolled_back(c, event);
		break;
	case BITMARK_CONNECTOR_EV_STOP:
		enter(c, BITMARK_CONNECTOR_STOPPED);
		break;
	}
}

/*
 * Take in the event, then do all that can be done.  The host may hand over the
 * memory of a block, so that it is not copied: hold takes it and clears
 * c->memory; memory that is still there at the end was not wanted, and is
 * freed.
 */
const struct bitmark_connector_update *
bitmark_connector_step(struct bitmark_connector *c,
    const struct bitmark_connector_event *event)
{
	struct bitmark_connector_event own;

	if (BM_IN(bitmark_connector_event, &own, event) != BITMARK_OK)
		return NULL;
	c->update.count = 0;
	c->now_ms = own.now_ms;
	c->memory = own.memory;
	c->more = false;
	if (c->state != BITMARK_CONNECTOR_STOPPED)
		take_event(c, &own);
	if (c->state != BITMARK_CONNECTOR_STOPPED) {
		if (c->now_ms >= stall_at(c))
			no_progress(c);
		bm_client_connect_wanted(c);
		while (run(c))
			continue;
		if (wants_neighbours(c))
			ask_for_neighbours(c);
	}
	free(c->memory);
	c->memory = NULL;
	c->update.state = c->state;
	c->update.normal = c->normal;
	c->update.deadline_ms = deadline(c);
	return &c->update;
}

bitmark_status
bitmark_connector_get_status(const struct bitmark_connector *c,
    struct bitmark_connector_status *status)
{
	struct bitmark_connector_status now = c->counts;
	size_t best = bm_client_best(c);

	now.state = c->state;
	now.normal = c->normal;
	now.few_clients = bm_client_count_usable(c) < c->minimum;
	now.target = best == BM_NOBODY ? 0 : c->client[best].height;
	now.source = c->source;
	for (size_t i = 0; i < c->count; i++) {
		now.registered += c->client[i].registered;
		now.aside += c->client[i].used &&
		    c->client[i].aside_until_ms > c->now_ms;
	}
	return BM_OUT(bitmark_connector_status, status, &now);
}

size_t
bitmark_connector_clients(const struct bitmark_connector *c)
{
	return c->count;
}

const uint8_t *
bitmark_connector_client_key(const struct bitmark_connector *c, size_t client)
{
	return client < c->count && c->client[client].used ?
	    c->client[client].key : NULL;
}
