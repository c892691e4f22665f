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

#include <bitmarkpeer/node.h>

#include <pthread.h>

#include "net/listener.h"
#include "net/publisher.h"

/* A static peer, with the node's own copy of its address. */
struct bm_node_peer {
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	char *address;
};

struct bm_calls;
struct bm_inbox;
struct bm_owner;

struct bitmark_node {
	struct bitmark_env env;
	const struct bitmark_chain_params *params;
	const struct bitmark_rules *rules;
	char *version;
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	struct bm_node_peer *peers;
	size_t peer_count;
	size_t ahead_bytes;
	bool dynamic_connections, prefer_ipv6;
	char *peer_file;                        /* NULL: none            */
	size_t minimum_clients;
	uint64_t cycle_ms, poll_ms;             /* 0: default            */
	uint64_t announce_first_ms, announce_interval_ms;
	uint64_t rebroadcast_ms;
	struct bitmark_rpc rpc;                 /* to be announced with us;
	                                           connections_size 0: none */
	bitmark_node_event_fn event;            /* NULL: none            */
	uint64_t events_from;                   /* 0: new blocks only    */

	void *zmq;                              /* the listener's        */
	void *zmq_peers;                        /* of the connections to
	                                           peers                 */
	struct bitmark_digest_pool *digests;
	struct bitmark_chain *chain;
	struct bm_inbox *inbox;
	struct bm_calls *calls;
	struct bm_publisher *publisher;         /* the owner thread's;
	                                           NULL: none            */
	struct bm_listener *listener;           /* NULL: not listening   */

	/* The serving thread's. */
	struct bitmark_snapshot *snapshot;
	struct bitmark_dispatch_node dispatch;
	struct bitmark_reply reply;             /* under way             */
	struct bitmark_request request;         /* that it answers       */
	uint64_t sender;                        /* whose it is           */

	pthread_mutex_t peers_lock;             /* guards announce        */
	struct bitmark_announce *announce;

	pthread_mutex_t status_lock;            /* guards status          */
	struct bitmark_node_status status;

	struct bm_owner *owner;                 /* its thread's          */
	pthread_t thread;
	bool thread_started;
};

/* serve.c: what the listener calls, on its thread. */
size_t bm_node_answer(void *node, uint64_t sender,
    const struct bitmark_span *frames, size_t count,
    struct bitmark_span reply[BM_LISTENER_REPLY_FRAMES_MAX]);
void bm_node_sent(void *node);
bitmark_status bm_node_random_peer(void *node,
    const uint8_t exclude[BITMARK_PEER_KEY_SIZE], struct bitmark_peer *peer);

/* bm_resolve of an address to be bound to; what fails is logged for ${module}.
 */
BITMARK_MUSTUSE bitmark_status bm_node_resolve(
    const struct bitmark_node *node, const char *module, const char *text,
    struct bitmark_connection *connection);

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
