/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * upstreams - all connections of this node to peers: one for each client of
 * the connector.
 *
 * The owner thread's.
 */
#ifndef BM_NODE_UPSTREAMS_H
#define BM_NODE_UPSTREAMS_H

#include "node/upstream.h"

struct bm_upstreams {
	struct bm_upstream_needs needs; /* its told is this one:           */
	struct bm_told told[BM_TOLD_MAX];
	size_t count;
	size_t asked;                   /* the last one that was asked for a
	                                   peer                            */
	size_t receiving;               /* whose replies are taken in now  */
	unsigned received;              /* so many of them in this turn    */
	struct bm_upstream upstream[];
};

/* Make a connection for each static peer and each dynamic client.  ${needs} is
 * copied but for its told.  Returns BITMARK_OK, BITMARK_E_NOMEM or an error of
 * bitmark_upstream_new. */
BITMARK_MUSTUSE bitmark_status bm_upstreams_new(
    struct bm_upstreams **upstreams, const struct bm_upstream_needs *needs);
/* Closes the connections. */
void bm_upstreams_free(struct bm_upstreams *upstreams);

/*
 * Work for the connector.  ${client}: its number there.
 */

/* Connect to a peer, at ${name} (as bitmark_endpoint_from_text), or if that is
 * NULL at one of ${addresses}; the connection that the client had is closed. */
void bm_upstreams_connect(struct bm_upstreams *upstreams, size_t client,
    const uint8_t key[BITMARK_PEER_KEY_SIZE], const char *name,
    const struct bm_addresses *addresses);
void bm_upstreams_disconnect(struct bm_upstreams *upstreams, size_t client);
/* Ask for a block or digest; the result is reported. */
void bm_upstreams_fetch(struct bm_upstreams *upstreams, size_t client,
    const struct bitmark_fetch *fetch);

/*
 * Messages, and questions.
 */

/* Send what events has for peers to all that this node is registered with. */
void bm_upstreams_relay(struct bm_upstreams *upstreams);
/* Can all take another message and as many as ${left}?  A peer that could not
 * for a while is not waited for as long as another can.  True without any. */
bool bm_upstreams_have_room(struct bm_upstreams *upstreams, size_t left);
/* Ask the next of the peers that this node is registered with for another one;
 * it will be found in the table. */
void bm_upstreams_ask_peer(struct bm_upstreams *upstreams);
/* Peers that this node is registered with. */
size_t bm_upstreams_registered(const struct bm_upstreams *upstreams);
/* The greatest height that one of them has told, and how many are above
 * ${height}. */
uint64_t bm_upstreams_claim(const struct bm_upstreams *upstreams,
    uint64_t height, size_t *ahead);
/* Did all of them tell their height? */
bool bm_upstreams_know_heights(const struct bm_upstreams *upstreams);
/* As bitmark_node_each_connection. */
void bm_upstreams_each(const struct bm_upstreams *upstreams,
    bitmark_node_connection_fn each, void *user);

/*
 * The loop: drive, then receive until it is false, then wait for the items.
 */

/* Let all connections move on, without waiting. */
void bm_upstreams_drive(struct bm_upstreams *upstreams);
/* Take in one reply; false: there is none, or others shall have their turn.
 * One by one, so that only one block is in memory here. */
bool bm_upstreams_receive(struct bm_upstreams *upstreams);
uint64_t bm_upstreams_deadline(const struct bm_upstreams *upstreams);
/* Items to wait for, at most; fill them in, and give their number. */
size_t bm_upstreams_items_max(const struct bm_upstreams *upstreams);
size_t bm_upstreams_items(const struct bm_upstreams *upstreams,
    zmq_pollitem_t *items);

#endif
