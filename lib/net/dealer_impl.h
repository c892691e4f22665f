/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The dealer, for dealer.c (its state), dealer_attempts.c (connecting to one of
 * several addresses) and dealer_frames.c (messages). */
#ifndef BM_NET_DEALER_IMPL_H
#define BM_NET_DEALER_IMPL_H

#include <bitmarkpeer/rules.h>

#include "net/dealer.h"
#include "net/resolver.h"

/* Frames in front of the chain or of the reply: the id and an empty one. */
#define BM_DEALER_ENVELOPE 2

/* Reasons of failures, the most telling last: of several addresses that fail
 * in one attempt, the reason that is told is the largest. */
enum bm_dealer_reason {
	BM_REASON_NONE,
	BM_REASON_SOCKET,               /* none could be made                */
	BM_REASON_NAME_SERVER,
	BM_REASON_NAME,
	BM_REASON_UNREACHABLE,
	BM_REASON_NO_ANSWER,
	BM_REASON_REFUSED,
	BM_REASON_HUNG_UP,              /* once: it may be a restart         */
	BM_REASON_KEY,
	BM_REASON_PORT,
};

/* One address that is being tried. */
struct bm_attempt {
	void *socket;                   /* NULL: it has failed               */
	void *monitor;
	int fd;                         /* of the connection; -1: not known  */
	bool silent;                    /* handshake ran out of time         */
	uint64_t since_ms;
};

struct bm_dealer {
	void *zmq;
	struct bitmark_env env;
	char chain[BITMARK_CHAIN_NAME_MAX + 1];
	struct bitmark_endpoint endpoint;
	struct bm_addresses given;      /* instead of it; none: see endpoint */
	enum bm_family family;          /* that is tried first               */
	bool subscribes;                /* a SUB socket, for this prefix:    */
	char prefix[BITMARK_CHAIN_NAME_MAX + 1];
	uint8_t server_key[BITMARK_PEER_KEY_SIZE];
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	int linger_ms;

	struct bm_resolver *resolver;   /* CONNECTING: the question for the
	                                   name; NULL: none is open          */
	struct bm_addresses to;         /* CONNECTING: to be tried, ...      */
	size_t begun;                   /* ... the first of them have been   */
	struct bm_attempt attempt[BM_ADDRESSES_MAX];
	uint64_t next_ms;               /* when the next one is; UINT64_MAX:
	                                   not before one has failed         */
	bool met;                       /* one was reached, ...              */
	bool rejected;                  /* ... and refused the handshake     */
	bool is_probe;                  /* for the other service of a node   */
	bool has_other;                 /* a probe found that                */
	enum bm_dealer_reason telling;  /* of the failures of this attempt   */
	struct bm_dealer_history history;

	void *socket;                   /* CONNECTED, and LOST until the next
	                                   attempt; or both NULL             */
	void *monitor;

	int fd;                         /* of the connection; -1: not known  */
	uint64_t delivered;             /* bytes of it that were taken       */
	uint64_t look_ms;               /* when it is looked at again        */

	enum bm_dealer_state state;
	uint64_t due_ms;                /* end of the attempt, or of the
	                                   pause; UINT64_MAX: neither        */
	uint64_t pause_ms;              /* of the next loss                  */
	uint64_t since_ms;              /* CONNECTED: since then             */
	unsigned refusals;              /* in a row, with the probe          */
	bool reached;                   /* see bm_dealer_is_reached          */

	uint32_t first_id;              /* of this socket                    */
	uint32_t next_id;

	zmq_msg_t held[BM_DEALER_ENVELOPE + BM_DEALER_FRAMES_MAX];
	size_t held_count;              /* frames of the reply handed out    */
};

/* dealer.c: the only function that changes the state. */
void bm_dealer_enter(struct bm_dealer *dealer, enum bm_dealer_state state,
    uint64_t due_ms);
/* dealer.c: the connection is of no use any more. */
void bm_dealer_lose(struct bm_dealer *dealer, uint64_t now_ms);

/*
 * dealer_attempts.c
 */

/* Begin with the first of dealer->to.  Returns BITMARK_OK or why none of them
 * can be tried. */
BITMARK_MUSTUSE bitmark_status bm_attempts_begin(struct bm_dealer *dealer,
    uint64_t now_ms);
/* Count a failure at ${to}, or at no address if it is NULL. */
void bm_attempts_note(struct bm_dealer *dealer, enum bm_dealer_reason reason,
    const struct bitmark_connection *to);
/* Take in what became of them, and try others when it is time.  At the end the
 * dealer is CONNECTED or LOST. */
void bm_attempts_drive(struct bm_dealer *dealer, uint64_t now_ms);
/* Give up all of them: none has answered in time. */
void bm_attempts_give_up(struct bm_dealer *dealer);
/* Close all of them, without blame. */
void bm_attempts_close(struct bm_dealer *dealer);
size_t bm_attempts_items(const struct bm_dealer *dealer,
    zmq_pollitem_t items[BM_DEALER_ITEMS]);

/* dealer_frames.c: free the reply that was handed out. */
void bm_dealer_release(struct bm_dealer *dealer);

#endif
