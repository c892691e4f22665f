/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * upstream - one connection of this node to a peer: a dealer, and the session
 * on it.
 *
 * Changes of the connection are put in the reports for the connector, and told
 * to the program by way of events.  Used by upstreams alone, which holds all of
 * them.
 */
#ifndef BM_NODE_UPSTREAM_H
#define BM_NODE_UPSTREAM_H

#include "net/client_reply.h"
#include "net/dealer.h"
#include "node/events.h"
#include "node/reports.h"
#include "node/state.h"
#include "node/table.h"

/* Requests of one session without a reply, at most: its fetches; a height, a
 * vote, a registration and a message; and a question for peers. */
#define BM_ASKED_MAX (BITMARK_UPSTREAM_FETCHES_MAX + 4)

/* All of them must outlive it. */
struct bm_upstream_needs {
	const struct bm_settings *settings;
	const struct bm_now *now;
	const struct bm_state *state;   /* its height                      */
	void *zmq;                      /* context                         */
	struct bm_table *table;         /* peers that others tell of; and who
	                                   is connected keeps its place    */
	struct bm_events *events;       /* who is registered               */
	struct bm_reports *reports;
	struct bm_told *told;           /* BM_TOLD_MAX of them             */
};

/* The dealer numbers its requests, the session has tokens for them. */
struct bm_asked {
	uint32_t id;
	uint64_t token;                 /* 0: this place is free           */
	uint64_t since_us;              /* when it was sent                */
};

/* Failures of so many peers are remembered, and a repeated one is not logged
 * again for this time. */
#define BM_TOLD_MAX 64
#define BM_TOLD_AGAIN_MS (60u * 60 * 1000)
/* A failure of the same peer for another reason is logged sooner. */
#define BM_TOLD_OTHER_MS (5u * 60 * 1000)
/* Text of a reason, with NUL: that of an error reply is longest.  Bytes. */
#define BM_REASON_SIZE BM_REMOTE_ERROR_SIZE

struct bm_told {
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	char reason[BM_REASON_SIZE];    /* empty: this place is free       */
	uint64_t at_ms;
};

struct bm_upstream {
	const struct bm_upstream_needs *needs;
	size_t client;                  /* its number, in the connector    */
	struct bitmark_upstream *session;
	struct bm_dealer *dealer;       /* NULL: not connected to any peer */
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	bool kept;                      /* in the table of peers           */
	char name[BITMARK_CONNECTION_TEXT_MAX];         /* for the log     */
	char reason[BM_REASON_SIZE];    /* of the last failure; empty      */
	uint64_t failed_s;              /* when; 0: never                  */
	uint64_t failures;              /* of the dealer, when last seen   */
	bool connected;                 /* last seen state of the dealer   */
	bool registered;
	uint64_t height;                /* 0: not known                    */
	uint64_t round_trip_us;         /* of the last reply; 0: none yet  */
	size_t room;                    /* messages that can be queued     */
	uint64_t full_ms;               /* since when too few; 0: it is not */
	uint64_t deadline_ms;           /* of the session                  */
	struct bm_asked asked[BM_ASKED_MAX];
};

/*
 * bm_upstream_init(upstream, needs, client):
 *   upstream  all zero; to be ended by bm_upstream_fini, also after an error
 *   needs     borrowed until then
 *
 * Returns BITMARK_OK or an error of bitmark_upstream_new.
 */
BITMARK_MUSTUSE bitmark_status bm_upstream_init(struct bm_upstream *upstream,
    const struct bm_upstream_needs *needs, size_t client);
void bm_upstream_fini(struct bm_upstream *upstream);

/* As bm_upstreams_connect. */
void bm_upstream_connect(struct bm_upstream *upstream,
    const uint8_t key[BITMARK_PEER_KEY_SIZE], const char *name,
    const struct bm_addresses *addresses);

/* Close the connection; there is no peer any more. */
void bm_upstream_disconnect(struct bm_upstream *upstream);

/* Tell the session what happened, with the clocks of now filled in, and do
 * what it wants. */
void bm_upstream_step(struct bm_upstream *upstream,
    const struct bitmark_upstream_event *event);

/* Call ${each} for this connection; gives what that returns. */
int bm_upstream_show(const struct bm_upstream *upstream,
    bitmark_node_connection_fn each, void *user);

/* Ask the peer for another one, which is then entered in the table. */
void bm_upstream_ask_peer(struct bm_upstream *upstream);

/* Let the connection move on, without waiting. */
void bm_upstream_drive(struct bm_upstream *upstream);
/* Take in one reply; false: there is none. */
bool bm_upstream_receive(struct bm_upstream *upstream);
/* Do what is overdue. */
void bm_upstream_tick(struct bm_upstream *upstream);
/* UINT64_MAX: nothing is due. */
uint64_t bm_upstream_deadline(const struct bm_upstream *upstream);

#endif
