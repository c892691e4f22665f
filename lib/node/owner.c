/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The owner thread: it makes the parts, waits for something to happen, and has
 * each part do what it can.
 *
 * Only this thread writes to the chain and to the reservoir, so neither needs
 * a lock, and their changes have one order.  It waits in one place, in
 * zmq_poll, for everything at once: sockets of peers and subscribers, finished
 * digests, requests in the inbox, tasks of the program, and bm_owner_stop.  The
 * work that follows a wake-up, a turn, never waits for another node.
 */
#include "node/owner.h"

#include <stdlib.h>

/* The longest wait when nothing happens and nothing is due. */
#define WAIT_MAX_MS 10000

/* Indices of the poll items that always exist; those of the connections
 * follow. */
enum item {
	ITEM_STOP,
	ITEM_SYNC,
	ITEM_INBOX,
	ITEM_TASKS,
	ITEM_MINER,
	ITEM_SUBMISSIONS,
	ITEM_OTHERS,
};

/*
 * The parts, from the lowest up.  Each is given pointers to what it needs of
 * the parts that exist already; none gets one to a part that comes later, so
 * none can call up.
 */

static bitmark_status
new_events(struct bm_owner *o)
{
	const struct bm_events_needs needs = {
		.settings = o->needs.settings, .state = &o->state,
		.stop = &o->stop };

	return bm_events_new(&o->events, &needs);
}

static bitmark_status
new_upstreams(struct bm_owner *o)
{
	const struct bm_upstream_needs needs = {
		.settings = o->needs.settings, .now = &o->state.now,
		.state = &o->state, .zmq = o->needs.zmq, .table = o->needs.table,
		.events = o->events, .reports = &o->reports };

	return bm_upstreams_new(&o->upstreams, &needs);
}

static bitmark_status
new_bootstrap(struct bm_owner *o, const struct bitmark_node_config *config)
{
	const struct bm_bootstrap_needs needs = {
		.settings = o->needs.settings, .now = &o->state.now,
		.table = o->needs.table };

	return bm_bootstrap_new(&o->bootstrap, &needs, config);
}

static bitmark_status
new_peers(struct bm_owner *o)
{
	const struct bm_peers_needs needs = {
		.settings = o->needs.settings, .now = &o->state.now,
		.table = o->needs.table, .bootstrap = o->bootstrap,
		.upstreams = o->upstreams, .events = o->events,
		.reports = &o->reports };

	return bm_peers_new(&o->peers, &needs);
}

static bitmark_status
new_sync(struct bm_owner *o)
{
	const struct bm_sync_needs needs = {
		.state = &o->state, .digests = o->needs.digests,
		.reports = &o->reports, .upstreams = o->upstreams,
		.peers = o->peers, .events = o->events };

	return bm_sync_new(&o->sync, &needs);
}

static bitmark_status
new_intake(struct bm_owner *o)
{
	const struct bm_intake_needs needs = {
		.state = &o->state, .inbox = o->needs.inbox,
		.tasks = o->needs.tasks, .sync = o->sync,
		.peers = o->peers, .events = o->events };

	bm_upkeep_init(&o->upkeep, &o->state, o->events, o->upstreams);
	return bm_intake_new(&o->intake, &needs);
}

static bitmark_status
new_miner(struct bm_owner *o)
{
	const struct bm_miner_needs needs = {
		.state = &o->state, .digests = o->needs.digests,
		.sync = o->sync, .events = o->events };

	return bm_miner_new(&o->miner, &needs);
}

static bitmark_status
new_jobs(struct bm_owner *o)
{
	const struct bm_jobs_needs jobs = { .state = &o->state,
		.sync = o->sync, .events = o->events };
	bitmark_status status = bm_jobs_new(&o->jobs, &jobs);
	const struct bm_submissions_needs submissions = {
		.state = &o->state, .digests = o->needs.digests,
		.sync = o->sync, .jobs = o->jobs };

	return status == BITMARK_OK ?
	    bm_submissions_new(&o->submissions, &submissions) : status;
}

static bitmark_status
new_status(struct bm_owner *o)
{
	const struct bm_status_needs needs = {
		.state = &o->state, .digests = o->needs.digests,
		.table = o->needs.table, .inbox = o->needs.inbox,
		.serve = o->needs.serve, .events = o->events,
		.bootstrap = o->bootstrap, .sync = o->sync,
		.intake = o->intake, .miner = o->miner, .jobs = o->jobs,
		.submissions = o->submissions };

	return bm_status_new(&o->status, &needs);
}

/* The reservoir opens before the connections: opening may tell events of
 * transactions that a block has confirmed since the last run, and nothing new
 * may be accepted before that is known.  After an error the parts that were
 * made stay, for bm_owner_close and bm_owner_free. */
static bitmark_status
new_parts(struct bm_owner *o, const struct bitmark_node_config *config)
{
	bitmark_status status = new_events(o);

	if (status == BITMARK_OK)
		status = bm_state_open(&o->state, bm_events_transaction,
		    o->events);
	if (status == BITMARK_OK)
		status = new_upstreams(o);
	if (status == BITMARK_OK)
		status = new_bootstrap(o, config);
	if (status == BITMARK_OK)
		status = new_peers(o);
	if (status == BITMARK_OK)
		status = new_sync(o);
	if (status == BITMARK_OK)
		status = new_intake(o);
	if (status == BITMARK_OK)
		status = new_miner(o);
	if (status == BITMARK_OK)
		status = new_jobs(o);
	if (status == BITMARK_OK)
		status = new_status(o);
	return status;
}

bitmark_status
bm_owner_new(struct bm_owner **owner, const struct bm_owner_needs *needs,
    const struct bitmark_node_config *config)
{
	struct bm_owner *o = calloc(1, sizeof *o);
	bitmark_status status;

	*owner = o;
	if (o == NULL)
		return BITMARK_E_NOMEM;
	o->needs = *needs;
	o->state.settings = needs->settings;
	o->state.chain = needs->chain;
	o->state.tasks = needs->tasks;
	bm_now_read(&o->state.now);
	bm_reports_init(&o->reports, &needs->settings->env);
	status = bm_wake_init(&o->stop);
	if (status == BITMARK_OK)
		status = new_parts(o, config);
	if (status != BITMARK_OK)
		return status;
	o->items = calloc(ITEM_OTHERS + BM_PUBLISHER_ITEMS +
	    BM_PROOFING_ITEMS + BM_BOOTSTRAP_ITEMS + bm_upstreams_items_max(o->upstreams),
	    sizeof *o->items);
	return o->items == NULL ? BITMARK_E_NOMEM : BITMARK_OK;
}

/* Sockets must be closed before their context is terminated, which waits for
 * them, and snapshots before the chain: LMDB's map may not be unmapped while a
 * reader has a place in it. */
void
bm_owner_close(struct bm_owner *o)
{
	if (o == NULL)
		return;
	bm_bootstrap_free(o->bootstrap);
	bm_upstreams_free(o->upstreams);
	bm_events_close(o->events);
	bm_submissions_close(o->submissions);
	bm_jobs_close(o->jobs);
	bm_state_close(&o->state);
	o->bootstrap = NULL;
	o->upstreams = NULL;
}

/* A digest job that is under way keeps a pointer to the list of sync until it
 * is done.  Freeing the pool waits for such jobs, so this comes after it. */
void
bm_owner_free(struct bm_owner *o)
{
	if (o == NULL)
		return;
	bm_owner_close(o);
	bm_status_free(o->status);
	bm_submissions_free(o->submissions);
	bm_jobs_free(o->jobs);
	bm_miner_free(o->miner);
	bm_intake_free(o->intake);
	bm_sync_free(o->sync);
	bm_peers_free(o->peers);
	bm_events_free(o->events);
	bm_reports_fini(&o->reports);
	bm_wake_fini(&o->stop);
	free(o->items);
	free(o);
}

/*
 * The loop.
 */

void
bm_owner_stop(struct bm_owner *o)
{
	bm_wake_signal(&o->stop);
}

/* The earliest time at which a part has something to do without being woken.
 * Each part computes its own deadline and is asked before every wait, so no
 * part has to report that its deadline has changed. */
static uint64_t
next_deadline(const struct bm_owner *o, bool busy)
{
	uint64_t deadline = o->state.now.ms + WAIT_MAX_MS;

	if (busy)
		return o->state.now.ms;
	deadline = bm_earlier(deadline, bm_sync_deadline(o->sync));
	deadline = bm_earlier(deadline, bm_upstreams_deadline(o->upstreams));
	deadline = bm_earlier(deadline, bm_bootstrap_deadline(o->bootstrap));
	deadline = bm_earlier(deadline, bm_peers_deadline(o->peers));
	deadline = bm_earlier(deadline, bm_upkeep_deadline(&o->upkeep));
	deadline = bm_earlier(deadline, bm_miner_deadline(o->miner));
	deadline = bm_earlier(deadline, bm_jobs_deadline(o->jobs));
	deadline = bm_earlier(deadline,
	    bm_submissions_deadline(o->submissions));
	return bm_earlier(deadline, bm_events_deadline(o->events));
}

static zmq_pollitem_t
readable(int fd)
{
	return (zmq_pollitem_t){ NULL, fd, ZMQ_POLLIN, 0 };
}

/* Wait until something happens or is due; false: it is time to stop. */
static bool
wait(struct bm_owner *o, bool busy)
{
	uint64_t deadline = next_deadline(o, busy);
	size_t count = ITEM_OTHERS;

	o->items[ITEM_STOP] = readable(o->stop.fd[0]);
	o->items[ITEM_SYNC] = readable(bm_sync_fd(o->sync));
	o->items[ITEM_INBOX] = readable(bm_inbox_fd(o->needs.inbox));
	o->items[ITEM_TASKS] = readable(bm_tasks_fd(o->needs.tasks));
	o->items[ITEM_MINER] = readable(bm_miner_fd(o->miner));
	o->items[ITEM_SUBMISSIONS] = readable(
	    bm_submissions_fd(o->submissions));
	count += bm_events_items(o->events, o->items + count);
	count += bm_jobs_items(o->jobs, o->items + count);
	count += bm_bootstrap_items(o->bootstrap, o->items + count);
	count += bm_upstreams_items(o->upstreams, o->items + count);
	/* Filling in the items takes time when there are many, and the parts
	 * counted from the clock of the turn before: what is left of the wait
	 * is computed from the present. */
	bm_now_read(&o->state.now);
	bm_tasks_lend(o->needs.tasks);
	/* An error is EINTR or an item that has become bad: the parts find out
	 * which in the turn that follows. */
	(void)zmq_poll(o->items, (int)count, deadline <= o->state.now.ms ?
	    0 : (long)(deadline - o->state.now.ms));
	bm_tasks_take_back(o->needs.tasks);
	bm_now_read(&o->state.now);
	return (o->items[ITEM_STOP].revents & ZMQ_POLLIN) == 0;
}

/* Called at the end of a turn, so that all changes of the turn wake the threads
 * that wait for a transaction only once.  Their questions are tasks, which the
 * next turn runs. */
static void
note_changes(struct bm_owner *o)
{
	const uint64_t changes = bm_events_changes(o->events);

	if (changes != o->changes)
		bm_tasks_note_change(o->needs.tasks);
	o->changes = changes;
}

/* Do everything that is there; true: there may be more. */
static bool
turn(struct bm_owner *o)
{
	bool more;

	bm_upstreams_drive(o->upstreams);
	bm_peers_run(o->peers);
	/* After each reply the connector is stepped, so that a block which was
	 * received is checked and freed before the next one is copied out of
	 * libzmq. */
	do
		bm_sync_run(o->sync);
	while (bm_upstreams_receive(o->upstreams));
	bm_sync_hurry(o->sync);
	/* Peers get a new block before this turn spends time on
	 * transactions. */
	bm_upstreams_relay(o->upstreams);
	more = bm_intake_run(o->intake);
	bm_upkeep_run(&o->upkeep);
	bm_submissions_run(o->submissions);
	bm_miner_run(o->miner);
	bm_jobs_run(o->jobs);
	bm_upstreams_relay(o->upstreams);
	bm_events_drive(o->events);
	/* bm_sync_rest may wait a moment for readers of the store, so it runs
	 * only when there is no other work. */
	if (!more)
		bm_sync_rest(o->sync);
	bm_status_publish(o->status);
	note_changes(o);
	return more;
}

/* Runs on the thread that starts the node, before the owner's own thread
 * exists.  The first connections are under way, and the status is true, when
 * bitmark_node_start returns. */
void
bm_owner_begin(struct bm_owner *o)
{
	bm_now_read(&o->state.now);
	bm_peers_begin(o->peers);
	bm_sync_run(o->sync);
	bm_sync_hurry(o->sync);
	bm_status_publish(o->status);
}

void *
bm_owner_run(void *owner)
{
	struct bm_owner *o = owner;
	struct bm_sync_progress progress;
	bool more = false;

	bm_tasks_begin(o->needs.tasks, o);
	bm_sync_progress(o->sync, &progress);
	bm_events_catch_up(o->events, progress.told);
	/* bm_owner_begin ran before the program had its node, so a change of
	 * the mode in it is reported now. */
	bm_status_publish(o->status);
	while (wait(o, more))
		more = turn(o);
	bm_peers_save(o->peers);
	bm_tasks_end(o->needs.tasks);
	bm_status_end(o->status);
	return NULL;
}
