/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * publisher - tells local programs what happens: blocks, transactions,
 * announcements, and a heartbeat when there is nothing to tell.
 *
 * An XPUB socket for all addresses.  Any key may subscribe, so it needs no ZAP
 * handler; when its context has a listener, the listener's handler admits its
 * subscribers.  One subscriber too many is cut off as soon as it connects.
 *
 * It has no thread: its owner publishes, and calls drive when one of the poll
 * items has input or the deadline has come.  Nothing waits.  A subscriber
 * that is too slow loses messages; one that subscribes again and again to
 * what is not published is cut off.
 *
 * Used by one thread at a time.  Times are milliseconds, never going back.
 *
 * Source: bitmarkd v8.2 publish/broadcaster.go
 */
#ifndef BM_NET_PUBLISHER_H
#define BM_NET_PUBLISHER_H

#include <bitmarkpeer/account.h>
#include <bitmarkpeer/connection.h>

#include <zmq.h>

/* Silence after which a heartbeat is sent.
 * Source: bitmarkd v8.2 publish/broadcaster.go */
#define BM_PUBLISHER_HEARTBEAT_MS 60000
/* Messages that wait for one subscriber; more are lost to it.
 * Source: libzmq's default, which v8.2 leaves as it is */
#define BM_PUBLISHER_WAITING_MAX 1000
/* Bytes that wait for all subscribers together; an event counts once.  When
 * more would wait, the subscribers that do not read are cut off, so that the
 * others get the events that follow.  Source: local bound */
#define BM_PUBLISHER_WAITING_BYTES ((size_t)256 * 1024 * 1024)
/* Parameters of an event.  Source: local bound; the events have 1 to 3 */
#define BM_PUBLISHER_PARAMETERS_MAX 8
/* Sockets of a publisher to poll. */
#define BM_PUBLISHER_ITEMS 2

struct bm_publisher_config {
	void *zmq;                      /* context; must outlive it         */
	const char *chain;              /* at most BITMARK_CHAIN_NAME_MAX; "":
	                                   no heartbeat                     */
	const struct bitmark_connection *bind;  /* port 0: any free one     */
	size_t bind_count;              /* at least 1                       */
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	unsigned connections_max;       /* at least 1                       */
	struct bitmark_env env;         /* only log is used                 */
};

struct bm_publisher;

/*
 * bm_publisher_start(publisher, config, now_ms):
 * Bind all addresses.
 *
 *   publisher  new; owned by the caller: bm_publisher_stop
 *   config     copied
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (nothing to bind, or no room for a
 * subscriber), BITMARK_E_INVALID_CHAIN (too long), BITMARK_E_NET (cannot bind)
 * or BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_publisher_start(
    struct bm_publisher **publisher, const struct bm_publisher_config *config,
    uint64_t now_ms);

/* Close and free.  libzmq goes on sending what was published just before, for
 * at most BM_NET_LINGER_MS; when the context is terminated, that is done and
 * the ports are free. */
void bm_publisher_stop(struct bm_publisher *publisher);

/* The address that entry ${index} of config->bind is bound to, with its real
 * port. */
void bm_publisher_bound(const struct bm_publisher *publisher, size_t index,
    struct bitmark_connection *bound);

/*
 * bm_publisher_publish(publisher, event, parameters, count, now_ms):
 * Hand an event to all subscribers.  An event that cannot be sent is lost and
 * counted; later events are not affected.
 *
 *   event        its name, as "block"
 *   parameters   copied; at most BITMARK_BLOCK_MAX bytes each
 *
 * Returns BITMARK_OK (also without any subscriber), BITMARK_E_ARGUMENT (too
 * many or too long), BITMARK_E_BUSY (too much waits for subscribers),
 * BITMARK_E_NET or BITMARK_E_NOMEM.
 */
bitmark_status bm_publisher_publish(struct bm_publisher *publisher,
    const char *event, const struct bitmark_span *parameters, size_t count,
    uint64_t now_ms);

/* Hand over one frame by itself, as it is, of any size.  Only such messages can
 * be sent by a publisher without a chain.  As bm_publisher_publish. */
bitmark_status bm_publisher_send(struct bm_publisher *publisher,
    struct bitmark_span frame);

/* Let subscribers in, learn what they subscribe to, and send a heartbeat when
 * it is due. */
void bm_publisher_drive(struct bm_publisher *publisher, uint64_t now_ms);

/* When drive has something to do although no poll item has input. */
uint64_t bm_publisher_deadline(const struct bm_publisher *publisher);

/* Fill in what to wait for; the sockets stay the same until stop. */
void bm_publisher_poll_items(const struct bm_publisher *publisher,
    zmq_pollitem_t items[BM_PUBLISHER_ITEMS]);

struct bm_publisher_stats {
	unsigned connections;           /* when drive was last called       */
	unsigned subscribed;            /* those that have subscribed       */
	uint64_t published;             /* heartbeats included              */
	uint64_t lost;                  /* told to nobody                   */
};

void bm_publisher_stats(const struct bm_publisher *publisher,
    struct bm_publisher_stats *stats);

#endif
