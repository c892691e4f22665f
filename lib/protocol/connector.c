/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The states of the connector.
 *
 * Source: bitmarkd v8.2 and v0.16.0 peer/connector.go
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

/* Wait for the next cycle, so that a failure that repeats itself does not keep
 * the processor and the peers busy. */
static void
rest(struct bitmark_connector *c)
{
	c->rest_until_ms = c->now_ms + c->cycle_ms;
}

/* Ends the work of this cycle.  The clients stay connected, and the next search
 * may choose the same client again, unless it was set aside. */
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
	bm_trust_follow(c);
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
	if (bm_client_are_enough(c))
		enter(c, BITMARK_CONNECTOR_HIGHEST_BLOCK);
	rest(c);
	return false;
}

static bool
follow(struct bitmark_connector *c, const struct bm_choice *choice)
{
	enter(c, BITMARK_CONNECTOR_FORK_DETECT);
	c->source = choice->source;
	c->fork.is_tie = choice->is_tie;
	return true;
}

/* No client has a chain to follow.  Without votes that ends with the first
 * height that is told; with votes the clients may be too few, or the wrong
 * ones. */
static bool
wait_for_clients(struct bitmark_connector *c)
{
	bm_client_pardon(c);
	ask_for_neighbours(c);
	if (!bm_election_is_by_votes(c)) {
		rest(c);
		return false;
	}
	enter(c, BITMARK_CONNECTOR_CONNECTING);
	return run_connecting(c);
}

/* The choice of the clients, unless ours is that of blocks which wait for their
 * proof. */
static struct bm_choice
choose(struct bitmark_connector *c)
{
	struct bm_choice choice = bm_election_choose(c);
	const size_t client = bm_trust_client(c, choice.source);

	if (client != choice.source)
		choice = (struct bm_choice){ .source = client,
			.is_better = true };
	return choice;
}

/* A node that needs no clients, the first one of a new network, has the best
 * chain by definition.  Otherwise a cycle without any usable client ends
 * here. */
static bool
run_highest_block(struct bitmark_connector *c)
{
	const struct bm_choice choice = choose(c);

	if (choice.source == BM_NOBODY && c->minimum == 0) {
		enter(c, BITMARK_CONNECTOR_REBUILD);
		return true;
	}
	if (choice.source == BM_NOBODY && !choice.in_step)
		return wait_for_clients(c);
	if (choice.is_better || !bm_election_is_by_votes(c))
		return follow(c, &choice);
	if (choice.in_step) {
		enter(c, BITMARK_CONNECTOR_REBUILD);
		return true;
	}
	/* The others have another block at our height, and ours has the smaller
	 * digest: the next block decides which branch becomes longer. */
	rest(c);
	return false;
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
	if (c->source == BM_NOBODY || (c->fork.phase == BM_FORK_START &&
	    !bm_fork_is_better(c))) {
		enter(c, BITMARK_CONNECTOR_REBUILD);
		return true;
	}
	return bm_fork_is_overtaken(c) ? choose_anew(c) : bm_fork_run(c);
}

/* In spite of v8.2's name for it, this state builds nothing: it says that the
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

/* Must a node in step search again?  Without votes: when it was one block
 * behind for several cycles, because then relayed blocks do not reach it.  With
 * votes: when no chain has enough of them. */
static bool
should_look(struct bitmark_connector *c, const struct bm_choice *choice)
{
	const uint64_t height = c->view.height(c->view.user);

	if (choice->in_step)
		return false;
	if (bm_election_is_by_votes(c)) {
		if (choice->is_better)
			return true;
		if (choice->source != BM_NOBODY)
			return false;
	} else if (!choice->is_better) {
		return false;
	} else if (c->client[choice->source].height - height >=
	    BEHIND_TOO_FAR) {
		return true;
	}
	return ++c->samples > c->samples_max;
}

/* A node in step compares once a cycle.  Under some rules it must also have
 * enough clients for that. */
static bool
run_sampling(struct bitmark_connector *c)
{
	struct bm_choice choice;

	if (c->rules->sampling_needs_clients && !bm_client_are_enough(c)) {
		enter(c, BITMARK_CONNECTOR_CONNECTING);
		return run_connecting(c);
	}
	choice = choose(c);
	if (should_look(c, &choice))
		return follow(c, &choice);
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
 * A step cannot run for ever: each sequence of states ends in a rest, in
 * waiting for a result, or in a full update. */
static bool
run_state(struct bitmark_connector *c)
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

/* The time at which work without progress is given up.  There is none while the
 * host stores a block, because no client is to blame for a slow disk. */
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

/* The earliest timer: the end of a rest, a stall, a late block, the next
 * request for neighbours.  All work that needs no timer was done by the
 * step. */
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

/* Blaming the clients that owe a reply ends the cycle if the followed client is
 * one of them; otherwise the cycle is given up here. */
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
		bm_client_height(c, event);
		break;
	case BITMARK_CONNECTOR_EV_EXPIRED:
		bm_client_expired(c, event->key);
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
		bm_refused_settle(c);
		if (c->now_ms >= stall_at(c))
			no_progress(c);
		bm_client_connect_wanted(c);
		while (run_state(c))
			continue;
		if (wants_neighbours(c))
			ask_for_neighbours(c);
	}
	bitmark_free(c->memory);
	c->memory = NULL;
	c->update.state = c->state;
	c->update.normal = c->normal && !bm_refused_decides(c);
	c->update.deadline_ms = deadline(c);
	return &c->update;
}
