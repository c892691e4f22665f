/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * owner - the thread that talks to peers and alone changes the state of the
 * node.
 *
 * It creates the parts below it, waits in one place for something to happen,
 * and calls them in one order.  A part calls only parts that were created
 * before it:
 *
 *   submissions what miners elsewhere have found
 *   jobs        what they are to work on
 *   miner       blocks of our own
 *   intake      what peers and the program hand over
 *   sync        following the best chain
 *   peers       whom to be connected to; announcing
 *   upstreams   the connections to them
 *   events      telling peers, subscribers and the program
 *   state       chain, reservoir, clocks
 */
#ifndef BM_NODE_OWNER_H
#define BM_NODE_OWNER_H

#include "node/miner.h"
#include "node/status.h"
#include "node/upkeep.h"

/* All of them must outlive it. */
struct bm_owner_needs {
	const struct bm_settings *settings;
	void *zmq;                      /* context                         */
	struct bitmark_digest_pool *digests;
	struct bitmark_chain *chain;
	struct bm_table *table;
	struct bm_inbox *inbox;
	struct bm_tasks *tasks;
	struct bm_serve *serve;
};

struct bm_owner {
	struct bm_owner_needs needs;
	struct bm_wake stop;
	zmq_pollitem_t *items;
	struct bm_state state;
	struct bm_reports reports;
	struct bm_events *events;
	struct bm_upstreams *upstreams;
	struct bm_bootstrap *bootstrap;
	struct bm_peers *peers;
	struct bm_sync *sync;
	struct bm_intake *intake;
	struct bm_miner *miner;
	struct bm_jobs *jobs;
	struct bm_submissions *submissions;
	struct bm_upkeep upkeep;
	struct bm_status *status;
	uint64_t changes;               /* that waiting threads know of    */
};

/*
 * bm_owner_new(owner, needs, config):
 *   owner   new; to be ended by bm_owner_close and bm_owner_free, also after
 *           an error
 *
 * Returns BITMARK_OK or an error of bitmark_node_start.
 */
BITMARK_MUSTUSE bitmark_status bm_owner_new(struct bm_owner **owner,
    const struct bm_owner_needs *needs,
    const struct bitmark_node_config *config);
/* Closes the owner's sockets and its users of the chain, so that the context
 * and the chain can be closed next.  NULL does nothing, here and in
 * bm_owner_free. */
void bm_owner_close(struct bm_owner *owner);
/* Call it after the digest pool is freed: jobs of the pool report to the
 * owner. */
void bm_owner_free(struct bm_owner *owner);

/* Begin to connect, and publish the status: before the listener answers. */
void bm_owner_begin(struct bm_owner *owner);
/* Runs until bm_owner_stop; the thread's main. */
void *bm_owner_run(void *owner);
/* Any thread. */
void bm_owner_stop(struct bm_owner *owner);

#endif
