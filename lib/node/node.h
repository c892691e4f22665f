/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * node, inside: what its two threads share.
 *
 * The serving thread (the listener's) answers requests from snapshots; the
 * owner thread talks to the peers and is the only one that writes.  They meet
 * in four places: the store itself, the inbox, the table of peers and the
 * tasks, each with a lock of its own.  No lock is held across a call of the
 * store.
 */
#ifndef BM_NODE_H
#define BM_NODE_H

#include "node/owner.h"
#include "os/thread.h"

struct bitmark_node {
	struct bm_settings settings;
	void *zmq;                              /* context of all sockets */
	struct bitmark_digest_pool *digests;
	struct bitmark_chain *chain;
	struct bm_table table;
	struct bm_inbox *inbox;
	struct bm_tasks *tasks;
	struct bm_serve *serve;
	struct bm_owner *owner;
	struct bm_thread thread;                /* the owner's           */
};

#endif
