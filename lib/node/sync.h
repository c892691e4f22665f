/*
 * The plain synchroniser, inside: its loop (sync.c) and its peers
 * (sync_peer.c).  All of it belongs to the owner thread.
 */
#ifndef BM_NODE_SYNC_H
#define BM_NODE_SYNC_H

#include <zmq.h>

#include "net/curve.h"
#include "net/dealer.h"
#include "node/fetch.h"
#include "node/node.h"

/* A static peer as the synchroniser sees it. */
struct bm_sync_peer {
	const char *address;
	struct bm_dealer *dealer;       /* NULL: not open                  */
	bool connected;                 /* last seen state, for the log    */
	uint64_t height;                /* 0: did not answer yet           */
	bool polling;                   /* an N is on its way              */
	uint32_t poll_id;
	uint64_t poll_at;               /* when to send the next N         */
	uint64_t reply_by;              /* deadline while asked > 0        */
	unsigned asked;                 /* requests without reply          */
	uint64_t aside_until;           /* left alone until then           */
};

struct bm_sync {
	struct bitmark_node *node;
	struct bm_sync_peer *peers;     /* node->peer_count of them        */
	struct bm_fetches *fetches;
	zmq_pollitem_t *items;
	int stop[2];                    /* pipe                            */
	uint64_t now;                   /* ms, monotonic                   */
	uint64_t rest_until;            /* after a failure of the machine  */
	unsigned batched;               /* 0: no batch; else blocks + 1    */
	uint64_t batch_since;
	uint64_t applied;               /* blocks since rate_since         */
	uint64_t rate_since;
	double rate;                    /* blocks per second               */
};

void bm_sync_connect(struct bm_sync *sync);
void bm_sync_disconnect(struct bm_sync *sync);
/* Take in all replies that are there. */
void bm_sync_receive(struct bm_sync *sync);
/* Poll heights, ask for blocks, reopen what timed out. */
void bm_sync_send(struct bm_sync *sync);
/* Leave a peer alone for a while. */
void bm_sync_peer_set_aside(struct bm_sync *sync, struct bm_sync_peer *peer);
/* Best height that a usable peer claims; 0: none answered. */
uint64_t bm_sync_target(const struct bm_sync *sync);
/* Peers that answer. */
unsigned bm_sync_usable(const struct bm_sync *sync);
/* When something has to be done although nothing arrives. */
uint64_t bm_sync_deadline(const struct bm_sync *sync);
/* Fill in the sockets to wait for; gives their number. */
size_t bm_sync_items(const struct bm_sync *sync, zmq_pollitem_t *items);

#endif
