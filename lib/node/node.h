/*
 * node, inside: what its two threads share.
 *
 * The serving thread (the listener's) answers requests from snapshots; the
 * owner thread talks to the peers and is the only one that writes.  They meet
 * in four places: the store itself, the inbox of what is to be processed (its
 * own lock), the table of peers (one lock) and the status (one lock).  No
 * lock is held across a call of the store.
 */
#ifndef BM_NODE_H
#define BM_NODE_H

#include <pthread.h>

#include "net/publisher.h"
#include "node/serve.h"
#include "os/thread.h"

struct bm_calls;
struct bm_owner;

struct bitmark_node {
	struct bm_settings settings;
	void *zmq;                              /* the listener's        */
	void *zmq_peers;                        /* of the connections to
	                                           peers                 */
	struct bitmark_digest_pool *digests;
	struct bitmark_chain *chain;
	struct bm_table table;
	struct bm_inbox *inbox;
	struct bm_calls *calls;
	struct bm_publisher *publisher;         /* the owner thread's;
	                                           NULL: none            */
	struct bm_serve *serve;

	pthread_mutex_t status_lock;            /* guards status          */
	struct bitmark_node_status status;

	struct bm_owner *owner;                 /* its thread's          */
	struct bm_thread thread;
};

/* bus.c: bind what is published on. */
BITMARK_MUSTUSE bitmark_status bm_bus_open(struct bitmark_node *node,
    const struct bitmark_node_config *config);

/* owner.c */

/* Needs the store and the table of peers. */
BITMARK_MUSTUSE bitmark_status bm_owner_new(struct bm_owner **owner,
    struct bitmark_node *node);
/* Closes its sockets and what belongs to the chain; before both. */
void bm_owner_close(struct bm_owner *owner);
/* After the digest pool, whose jobs report to it. */
void bm_owner_free(struct bm_owner *owner);
/* Begin to connect, and publish the status: before the listener answers. */
void bm_owner_begin(struct bm_owner *owner);
/* Runs until bm_owner_stop; the thread's main. */
void *bm_owner_run(void *owner);
/* Any thread. */
void bm_owner_stop(struct bm_owner *owner);

#endif
