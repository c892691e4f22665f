/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * subscriber - follow what a node publishes to local programs: its blocks,
 * transactions and announcements, as they come.
 *
 * Messages can be lost: while there is no connection, and when a subscriber is
 * slow.  The protocol has no numbers to tell; so a connection that ended, and
 * silence where a heartbeat was due, are reported, and a program that follows
 * blocks compares their numbers and fetches what is missing from the same node
 * (bitmarkpeer/client.h).  Nothing that is received is verified.
 *
 * Events can be waited for here (bitmark_subscriber_next), or in the loop of a
 * program, beside others (bitmark_subscriber_step).
 *
 * A subscriber is used by one thread at a time, but for
 * bitmark_subscriber_cancel; it owns threads of libzmq.
 */
#ifndef BITMARKPEER_SUBSCRIBER_H
#define BITMARKPEER_SUBSCRIBER_H

#include <poll.h>

#include <bitmarkpeer/account.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Silence after which messages are taken to be lost: a heartbeat comes each
 * minute when there is nothing else.  Milliseconds.
 * Source: bitmarkd v8.2 publish/broadcaster.go */
#define BITMARK_SUBSCRIBER_SILENCE_MS 120000
/* Longest name of an event; messages with a longer one are dropped.
 * Source: local bound; the longest of v8.2 has 8 */
#define BITMARK_EVENT_NAME_MAX 16
/* Parameters of an event that are kept.  Source: local bound; v8.2 has up to
 * 3 */
#define BITMARK_EVENT_PARAMETERS_MAX 6

struct bitmark_subscriber;

struct bitmark_subscriber_config {
	size_t struct_size;             /* sizeof this struct */
	const char *chain;              /* "bitmark", "testing", "local"     */
	const char *address;            /* of the publisher: "host:port" or
	                                   "[v6]:port"; a name is looked up  */
	uint8_t server_key[BITMARK_PEER_KEY_SIZE];
	const uint8_t *private_key;     /* own peer key; NULL: a new one     */
	unsigned silence_ms;            /* 0: the default                    */
	const struct bitmark_env *env;  /* copied; may be NULL               */
};

/*
 * bitmark_subscriber_open(subscriber, config):
 * Begin to connect; nothing is waited for.
 *
 *   subscriber   new; owned by the caller: bitmark_subscriber_close
 *
 * Returns BITMARK_OK, BITMARK_E_IP_ADDRESS, _E_NO_PORT or _E_PORT (address),
 * BITMARK_E_INVALID_CHAIN, BITMARK_E_PUBLIC_KEY (all zero), BITMARK_E_IO
 * (no descriptors), BITMARK_E_NET, BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_subscriber_open(
    struct bitmark_subscriber **subscriber,
    const struct bitmark_subscriber_config *config);

BITMARK_API void bitmark_subscriber_close(
    struct bitmark_subscriber *subscriber);

enum bitmark_notice_type {
	BITMARK_NOTICE_CONNECTED,       /* messages come from now on         */
	BITMARK_NOTICE_LOST,            /* the connection ended              */
	BITMARK_NOTICE_SILENT,          /* connected, but no heartbeat came  */
	BITMARK_NOTICE_EVENT,
};

/*
 * One thing that happened.  After LOST and SILENT the connection is made anew,
 * and CONNECTED tells when; messages in between are lost.
 *
 * Events of v8.2 and their parameters: "block" (packed block), "assets",
 * "issues", "transfer" (packed records; issues can have a byte 0 after them),
 * "proof" (pay id and client nonce), "rpc" (fingerprint, packed connections,
 * time), "peer" (public key, packed connections, time), "heart" ("beat").
 * Times are 8 bytes, big endian.  Source: bitmarkd v8.2 publish/broadcaster.go
 */
struct bitmark_notice {
	size_t struct_size;             /* sizeof this struct */
	enum bitmark_notice_type type;
	/* Only for an event; inside, until the next call. */
	const char *event;              /* printable ASCII                   */
	size_t count;                   /* of parameters                     */
	struct bitmark_span parameter[BITMARK_EVENT_PARAMETERS_MAX];
};

/*
 * bitmark_subscriber_next(subscriber, timeout_ms, notice):
 * Wait for the next thing that happens.  Messages of another chain or another
 * shape are passed over.
 *
 *   timeout_ms   0: do not wait
 *   notice       overwritten, with BITMARK_OK only
 *
 * Returns BITMARK_OK, or
 *   BITMARK_E_TIMEOUT           nothing happened; also when a signal came
 *   BITMARK_E_HOST_NOT_FOUND    nothing happened, and the name of the publisher
 *                               has no address; it is looked up again
 *   BITMARK_E_WRONG_SERVER_KEY  something listens, but refuses to talk to us
 *                               with this key; the next call tries again
 *   BITMARK_E_WRONG_PORT        the node has this key, but this is the port for
 *                               requests; likewise
 *   BITMARK_E_CANCELLED         by bitmark_subscriber_cancel
 *   BITMARK_E_NET, BITMARK_E_NOMEM
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_subscriber_next(
    struct bitmark_subscriber *subscriber, unsigned timeout_ms,
    struct bitmark_notice *notice);

/*
 * bitmark_subscriber_step(subscriber, notice):
 * The same without a wait, for the loop of a program: step until it returns
 * BITMARK_E_PENDING, then wait as for a client (bitmarkpeer/client.h), for as
 * many of them and of other descriptors as you like.
 *
 * Returns as bitmark_subscriber_next, with BITMARK_E_PENDING (nothing has
 * happened) in the place of BITMARK_E_TIMEOUT.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_subscriber_step(
    struct bitmark_subscriber *subscriber, struct bitmark_notice *notice);

/* Items of one subscriber, at most. */
#define BITMARK_SUBSCRIBER_POLL_MAX 17

/* As bitmark_client_poll_items. */
BITMARK_API size_t bitmark_subscriber_poll_items(
    const struct bitmark_subscriber *subscriber, struct pollfd *items,
    size_t capacity);

/* As bitmark_client_deadline_ms.  It is UINT64_MAX after
 * BITMARK_E_WRONG_SERVER_KEY or BITMARK_E_WRONG_PORT: the next step tries
 * again, and the caller decides when. */
BITMARK_API uint64_t bitmark_subscriber_deadline_ms(
    const struct bitmark_subscriber *subscriber);

/*
 * bitmark_subscriber_cancel(subscriber):
 * Have the call that waits, or else the next one or the next step, return
 * BITMARK_E_CANCELLED.  Nothing is lost: the call after that goes on.
 *
 * Any thread, and signal handlers; ${subscriber} must stay open meanwhile.
 */
BITMARK_API void bitmark_subscriber_cancel(
    struct bitmark_subscriber *subscriber);

#ifdef __cplusplus
}
#endif

#endif
