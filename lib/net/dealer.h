/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * dealer - one outgoing connection to a node: requests out, replies in.
 *
 * A DEALER socket that sends what a REQ socket would, so that a lost reply
 * wedges nothing and several requests may be outstanding.  Nothing here
 * waits: poll what bm_dealer_poll_items gives, not longer than until
 * bm_dealer_deadline, then call bm_dealer_drive, then receive and send.
 *
 * Each opened socket makes one attempt to connect; when that fails, or the
 * connection ends, drive opens a new one after a pause.  libzmq's own
 * reconnecting is switched off: it gives up for good after some handshake
 * failures, and while nobody reads the monitor, its reports of a dead host
 * would pile up.
 *
 * A node may have several addresses, and some of them may lead nowhere: a whole
 * family may not work here, or a router may drop it without a word.  So an
 * attempt tries them one after another, in the order of bm_addresses_sort; the
 * next one as soon as one fails, or after a moment beside it.  The first
 * handshake that succeeds wins, and the others are given up.
 * Source: RFC 8305 5
 *
 * A name is looked up anew for each attempt (net/resolver.h): its addresses may
 * have changed.
 *
 * A dealer is used by one thread at a time.  Times are bitmark_clock_ms.
 */
#ifndef BM_NET_DEALER_H
#define BM_NET_DEALER_H

#include <bitmarkpeer/account.h>
#include <bitmarkpeer/os.h>

#include <zmq.h>

#include "net/resolver.h"

/* Frames of a reply that are kept; R, the longest, has five.
 * Source: bitmark-protocol(7), Questions; a margin shows that there are too
 * many */
#define BM_DEALER_FRAMES_MAX 8
/* Replies that libzmq keeps until they are received.
 * Source: local bound: 5 MB each; the others wait at their sender */
#define BM_DEALER_QUEUE_MAX 16
/* Bytes that libzmq may hold before the connection is given up: those replies,
 * and one that is coming.  Looked at so often. */
#define BM_DEALER_HELD_MAX ((size_t)(BM_DEALER_QUEUE_MAX + 2) * 5000000)
#define BM_DEALER_LOOK_MS 500
/* Sockets of a dealer to poll, two for each address that is being tried; or
 * descriptors of its question for a name. */
#define BM_DEALER_ITEMS BM_RESOLVER_ITEMS
/* An attempt takes at most this long, handshake included; a name is looked up
 * before, for BM_RESOLVER_MAX_MS at most.
 * Source: local choice; the handshake limit of libzmq */
#define BM_DEALER_ATTEMPT_MS 30000
/* The next address is tried beside one that has not been reached for so long.
 * Source: RFC 8305 5, Connection Attempt Delay */
#define BM_DEALER_DELAY_MS 250
/* Likewise beside one that was reached, but has not done its handshake: a node
 * with many clients is slow, and a second try would only be one client more.
 * Source: local choice */
#define BM_DEALER_HANDSHAKE_DELAY_MS 5000
/* Pause before the next attempt; it doubles with each that fails, or whose
 * connection is lost before it has lasted.
 * Source: libzmq ZMQ_RECONNECT_IVL for the first; local choice */
#define BM_DEALER_PAUSE_MS 100
#define BM_DEALER_PAUSE_MAX_MS 1600
#define BM_DEALER_LASTING_MS 5000
/* Handshakes refused in a row that prove a wrong key: one may be a node that
 * ended at that moment.  Before that is believed, one more attempt asks for the
 * other service of a node. */
#define BM_DEALER_REFUSALS 2

/*
 *               handshake done  attempt fails  connection ends  reopen
 *   CONNECTING  -> CONNECTED    -> LOST        -                stay
 *   CONNECTED   -               -              -> LOST          -> CONNECTING
 *   LOST        -               -              -                -> CONNECTING
 *
 * A reopen that fails leads to LOST.  In LOST, drive reopens after the pause.
 */
enum bm_dealer_state {
	BM_DEALER_CONNECTING,
	BM_DEALER_CONNECTED,
	BM_DEALER_LOST,
};

struct bm_dealer_config {
	void *zmq;                      /* context; must outlive the dealer  */
	const char *chain;              /* at most BITMARK_CHAIN_NAME_MAX    */
	const char *address;            /* as bitmark_endpoint_from_text     */
	const struct bm_addresses *addresses;   /* instead of it, if not NULL;
	                                   at least one                      */
	bool prefer_ipv6;               /* try these addresses first         */
	const uint8_t *server_key;      /* BITMARK_PEER_KEY_SIZE each        */
	const uint8_t *public_key;      /* own pair                          */
	const uint8_t *private_key;
	int linger_ms;                  /* see BM_NET_LINGER_MS; 0: none     */
	const char *subscribe;          /* NULL: a DEALER; else a SUB socket for
	                                   what begins with this text: only
	                                   bm_dealer_receive_event           */
	const struct bitmark_env *env;  /* may be NULL                       */
};

struct bm_dealer;

/*
 * bm_dealer_open(dealer, config, now_ms):
 * Begin to connect.  When that is not possible now, the state is LOST, and
 * drive will try again.
 *
 *   dealer   new; owned by the caller: bm_dealer_close
 *   config   copied
 *
 * Returns BITMARK_OK, BITMARK_E_IP_ADDRESS, BITMARK_E_PORT,
 * BITMARK_E_INVALID_CHAIN (too long) or BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_dealer_open(struct bm_dealer **dealer,
    const struct bm_dealer_config *config, uint64_t now_ms);

void bm_dealer_close(struct bm_dealer *dealer);

/* Take in what happened to the connection, and open again when it is time. */
void bm_dealer_drive(struct bm_dealer *dealer, uint64_t now_ms);

/* When drive has something to do although nothing happens; UINT64_MAX: never.
 */
uint64_t bm_dealer_deadline(const struct bm_dealer *dealer);

/* Fill in what to wait for; gives the number of items, 0 to BM_DEALER_ITEMS.
 * The sockets change whenever drive or reopen is called. */
size_t bm_dealer_poll_items(const struct bm_dealer *dealer,
    zmq_pollitem_t items[BM_DEALER_ITEMS]);

enum bm_dealer_state bm_dealer_state(const struct bm_dealer *dealer);

/*
 * bm_dealer_refusal(dealer):
 * Did more than BM_DEALER_REFUSALS attempts in a row reach something that then
 * refused the handshake?
 *
 * Returns BITMARK_OK (no), BITMARK_E_WRONG_SERVER_KEY (a node with another key,
 * or no node at all) or BITMARK_E_WRONG_PORT (the node has the key, but a
 * publisher where requests should be answered, or the reverse).
 */
bitmark_status bm_dealer_refusal(const struct bm_dealer *dealer);

/* Did the latest attempt whose outcome is known reach somebody at all? */
bool bm_dealer_is_reached(const struct bm_dealer *dealer);

/* The outcome of all attempts since the dealer was opened. */
struct bm_dealer_history {
	uint64_t tries;                 /* of an address, or to find one     */
	uint64_t failures;              /* of them: no connection            */
	const char *reason;             /* of the last, static; NULL: none   */
	bool lacks_host;                /* the reason: there is no such name */
	struct bitmark_connection address;      /* connected to, or where the
	                                   last failed; port 0: none         */
};

const struct bm_dealer_history *bm_dealer_history(
    const struct bm_dealer *dealer);

/*
 * bm_dealer_reopen(dealer, now_ms):
 * Close the socket and connect anew, with a new identity, as v8.2 does after
 * each error.  Outstanding requests are forgotten: their replies will not be
 * received.
 *
 * Returns BITMARK_OK, or BITMARK_E_NET or BITMARK_E_NOMEM: then the state is
 * LOST, and drive will try again; so the status may be ignored.
 *
 * Source: bitmarkd v8.2 zmqutil/client.go Reconnect
 */
bitmark_status bm_dealer_reopen(struct bm_dealer *dealer, uint64_t now_ms);

/* Close the socket and forget the past; the state is LOST until the next
 * bm_dealer_reopen. */
void bm_dealer_disconnect(struct bm_dealer *dealer);

/*
 * bm_dealer_send(dealer, command, parameters, count, id):
 * Send one request.
 *
 *   id   what the reply will carry
 *
 * Returns BITMARK_OK (on its way), BITMARK_E_NO_CONNECTION (not connected, or
 * a thousand requests were not sent yet), BITMARK_E_NET or BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_dealer_send(struct bm_dealer *dealer,
    const char *command, const struct bitmark_span *parameters, size_t count,
    uint32_t *id);

/* Whom the node sees: our chain and key.  Inside. */
struct bm_dealer_self {
	const char *chain;
	const uint8_t *public_key;
};
struct bm_dealer_self bm_dealer_self(const struct bm_dealer *dealer);

/* The same of a request that is one frame, without a chain. */
BITMARK_MUSTUSE bitmark_status bm_dealer_send_alone(struct bm_dealer *dealer,
    struct bitmark_span frame, uint32_t *id);

/* The frames behind the envelope of a reply. */
struct bm_dealer_reply {
	uint32_t id;
	size_t count;                   /* frames beyond the last are dropped */
	struct bitmark_span frame[BM_DEALER_FRAMES_MAX];
};

/*
 * bm_dealer_receive(dealer, reply):
 * Take the next reply to a request of this socket.  Whether it is still
 * wanted is for the caller to know: a node may answer twice.
 *
 *   reply   frames are inside, until the next receive, drive or reopen
 *
 * Returns BITMARK_OK, BITMARK_E_NOT_FOUND (none is waiting), BITMARK_E_NET or
 * BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_dealer_receive(struct bm_dealer *dealer,
    struct bm_dealer_reply *reply);

/* The same for what a publisher sends, which has no envelope; id is 0. */
BITMARK_MUSTUSE bitmark_status bm_dealer_receive_event(
    struct bm_dealer *dealer, struct bm_dealer_reply *event);

#endif
