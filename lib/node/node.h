/*
 * node, inside: what its two threads share.
 *
 * The serving thread (the listener's) answers requests from snapshots; the
 * owner thread follows the peers and is the only one that writes.  They meet
 * in three places: the store itself, the table of peers (one lock) and the
 * status (one lock).  No lock is held across a call of the store.
 */
#ifndef BM_NODE_H
#define BM_NODE_H

#include <bitmarkpeer/node.h>

#include <pthread.h>

#include "net/listener.h"

/* A static peer, with the node's own copy of its address. */
struct bm_node_peer {
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	char *address;
};

struct bm_sync;

struct bitmark_node {
	struct bitmark_env env;
	const struct bitmark_chain_params *params;
	char *version;
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	struct bm_node_peer *peers;
	size_t peer_count;
	size_t ahead_bytes;

	void *zmq;                              /* the listener's        */
	void *zmq_peers;                        /* a slow look-up of a
	                                           name holds up only the
	                                           context it is made in */
	struct bitmark_digest_pool *digests;
	struct bitmark_chain *chain;
	struct bm_listener *listener;           /* NULL: not listening   */

	/* The serving thread's. */
	struct bitmark_snapshot *snapshot;
	struct bitmark_dispatch dispatch;
	struct bitmark_request request;         /* of the reply under way */

	pthread_mutex_t peers_lock;             /* guards announce        */
	struct bitmark_announce *announce;

	pthread_mutex_t status_lock;            /* guards status          */
	struct bitmark_node_status status;

	/* The owner thread's. */
	struct bm_sync *sync;
	pthread_t owner;
	bool owner_started;
};

/* serve.c: what the listener calls, on its thread. */
void bm_node_answer(void *node, const struct bitmark_span *frames,
    size_t count, struct bitmark_reply *reply);
void bm_node_sent(void *node);
bitmark_status bm_node_random_peer(void *node,
    const uint8_t exclude[BITMARK_PEER_KEY_SIZE], struct bitmark_peer *peer);

/* sync.c: the owner thread. */
bitmark_status bm_sync_new(struct bm_sync **sync, struct bitmark_node *node);
void bm_sync_free(struct bm_sync *sync);
/* Runs until bm_sync_stop; the thread's main. */
void *bm_sync_run(void *sync);
/* Any thread. */
void bm_sync_stop(struct bm_sync *sync);

#endif
