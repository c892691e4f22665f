/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * events - tells what happens: to all peers that this node is registered with,
 * to the publisher's subscribers, and to the program.
 *
 * A message for peers waits in a queue until the upstreams take it, so events
 * stands below them: they report to the program through it, too.
 *
 * The owner thread's, but for its creation.
 * Source: bitmarkd v8.2 messagebus, publish/broadcaster.go
 */
#ifndef BM_NODE_EVENTS_H
#define BM_NODE_EVENTS_H

#include <bitmarkpeer/upstream.h>

#include "net/publisher.h"
#include "node/state.h"
#include "os/wake.h"

struct bm_events;

/* All of them must outlive it. */
struct bm_events_needs {
	const struct bm_settings *settings;
	struct bm_state *state;         /* its clocks, and stored blocks   */
	const struct bm_wake *stop;     /* ends bm_events_catch_up         */
};

/* BITMARK_OK or BITMARK_E_NOMEM. */
BITMARK_MUSTUSE bitmark_status bm_events_new(struct bm_events **events,
    const struct bm_events_needs *needs);
void bm_events_free(struct bm_events *events);

/* Bind what ${config} names to be published at, if anything, with sockets of
 * the context ${zmq}.  Returns BITMARK_OK, an error of bm_settings_resolve or
 * of bm_publisher_start. */
BITMARK_MUSTUSE bitmark_status bm_events_publish(struct bm_events *events,
    void *zmq, const struct bitmark_node_config *config);
/* Close the sockets; NULL: nothing. */
void bm_events_close(struct bm_events *events);

/*
 * Peers and subscribers.
 */

/* Tell them; what there is no memory or room for is logged or counted, and
 * lost. */
void bm_events_tell(struct bm_events *events,
    enum bitmark_message_priority priority, const char *command,
    const struct bitmark_span *parameters, size_t count);

/* The oldest message that peers are to be sent, owned by the caller:
 * bitmark_message_free; NULL: there is none. */
struct bitmark_message *bm_events_take(struct bm_events *events);

/* Let the publisher's sockets move on. */
void bm_events_drive(struct bm_events *events);
uint64_t bm_events_deadline(const struct bm_events *events);
/* Fill in what to wait for, BM_PUBLISHER_ITEMS at most; gives the number. */
size_t bm_events_items(const struct bm_events *events, zmq_pollitem_t *items);
void bm_events_stats(const struct bm_events *events,
    struct bm_publisher_stats *stats);

/*
 * The program: each call is one event of bitmarkpeer/node.h.
 */

void bm_events_block(struct bm_events *events,
    enum bitmark_node_event_type type, uint64_t number,
    struct bitmark_span block, const uint8_t digest[BITMARK_DIGEST_SIZE]);
void bm_events_peer(struct bm_events *events,
    const uint8_t key[BITMARK_PEER_KEY_SIZE], const char *address,
    bool registered);
/* Blocks and transactions that have changed, told or not. */
uint64_t bm_events_changes(const struct bm_events *events);
/* Another thing has changed that somebody may wait for. */
void bm_events_note_change(struct bm_events *events);
/* Only a mode that is another one than the last; none before the stored blocks
 * are told, but for the last. */
void bm_events_mode(struct bm_events *events, enum bitmark_mode mode);
/* A bitmark_tx_change_fn.  Waits until the stored blocks are told. */
void bm_events_transaction(void *events, enum bitmark_tx_change change,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE]);

/* Tell blocks that were stored before the start, up to number ${last}, and
 * then what became of transactions by them; returns early when the node is to
 * stop. */
void bm_events_catch_up(struct bm_events *events, uint64_t last);

#endif
