/*
 * upstreams, inside: one connection with its session, and what its two files
 * need of each other.
 */
#ifndef BM_NODE_UPSTREAMS_IMPL_H
#define BM_NODE_UPSTREAMS_IMPL_H

#include "node/upstreams.h"

/* Requests of one session without a reply, at most: its fetches; a height, a
 * registration and a message; and a question for peers. */
#define BM_ASKED_MAX (BITMARK_UPSTREAM_FETCHES_MAX + 3)
/* Token of that question: it is ours, the session does not know of it. */
#define BM_TOKEN_PEER UINT64_MAX

/* The dealer numbers its requests, the session has tokens for them. */
struct bm_asked {
	uint32_t id;
	uint64_t token;                 /* 0: this place is free */
};

/* One connection and its session. */
struct bm_upstream {
	struct bitmark_upstream *session;
	struct bm_dealer *dealer;       /* NULL: not connected to any peer */
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	bool kept;                      /* in the table of peers           */
	char name[BITMARK_CONNECTION_TEXT_MAX];         /* for the log     */
	bool connected;                 /* last seen state of the dealer   */
	bool registered;
	uint64_t height;                /* 0: not known                    */
	size_t room;                    /* messages that can be queued     */
	uint64_t full_ms;               /* since when too few; 0: it is not */
	uint64_t deadline_ms;
	struct bm_asked asked[BM_ASKED_MAX];
};

struct bm_upstreams {
	struct bm_upstreams_needs needs;
	size_t count;
	size_t asked_peer;              /* the last that was asked for a peer */
	size_t receiving;               /* whose replies are taken in now  */
	unsigned received;              /* so many of them in this turn    */
	struct bm_upstream upstream[];
};

/* Tell the session of one connection what happened, with the clocks of now
 * filled in, and do what it wants. */
void bm_upstream_step(struct bm_upstreams *upstreams,
    struct bm_upstream *upstream, const struct bitmark_upstream_event *event);
/* The same for an event that has nothing but its type. */
void bm_upstream_note(struct bm_upstreams *upstreams,
    struct bm_upstream *upstream, enum bitmark_upstream_event_type type);
/* A reply came. */
void bm_upstream_reply(struct bm_upstreams *upstreams,
    struct bm_upstream *upstream, const struct bm_dealer_reply *reply);
/* Send a request; false: that is not possible, so the connection is of no
 * use. */
bool bm_upstream_send(struct bm_upstream *upstream,
    const struct bitmark_upstream_request *request);

#endif
