/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * client - ask any node of the network, Go or ours: info, height, digest,
 * block, peer, submit.
 *
 * Every call ends by its deadline at the latest.  A connection that breaks is
 * made again within the deadline, and the request sent again: reading twice
 * does no harm, and nodes know what they have already been sent.
 *
 * A call can be waited for here (bitmark_client_height and so on), or in the
 * loop of a program, beside others (bitmark_client_start_height and so on).
 *
 * A client is used by one thread at a time, but for bitmark_client_cancel; it
 * owns threads of libzmq.
 */
#ifndef BITMARKPEER_CLIENT_H
#define BITMARKPEER_CLIENT_H

#include <poll.h>

#include <bitmarkpeer/connection.h>
#include <bitmarkpeer/submission.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Time for a call when the configuration gives none.  Milliseconds.
 * Source: local choice; old nodes compute a digest for each H. */
#define BITMARK_CLIENT_TIMEOUT_MS 20000

struct bitmark_client;

struct bitmark_client_config {
	size_t struct_size;             /* sizeof this struct */
	const char *chain;              /* "bitmark", "testing", "local"     */
	const char *address;            /* "host:port" or "[v6]:port"; a name
	                                   is looked up                      */
	uint8_t server_key[BITMARK_PEER_KEY_SIZE];
	const uint8_t *private_key;     /* own peer key; NULL: a new one     */
	unsigned timeout_ms;            /* for each call; 0: the default     */
	const struct bitmark_env *env;  /* copied; may be NULL               */
};

/*
 * bitmark_client_open(client, config):
 * Prepare a connection; nothing is waited for.
 *
 *   client   new; owned by the caller: bitmark_client_close
 *
 * Returns BITMARK_OK, BITMARK_E_IP_ADDRESS, _E_NO_PORT or _E_PORT (address),
 * BITMARK_E_INVALID_CHAIN, BITMARK_E_PUBLIC_KEY (all zero), BITMARK_E_IO
 * (no descriptors), BITMARK_E_NET, BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_open(
    struct bitmark_client **client,
    const struct bitmark_client_config *config);

/* Does not wait, whatever is under way. */
BITMARK_API void bitmark_client_close(struct bitmark_client *client);

/*
 * Errors of every call below:
 *   BITMARK_E_HOST_NOT_FOUND    the name of the node has no address
 *   BITMARK_E_NO_CONNECTION     no connection could be made
 *   BITMARK_E_WRONG_SERVER_KEY  something listens, but refuses to talk to us
 *                               with this key: another node, no node at all
 *                               or one that speaks without CURVE
 *   BITMARK_E_WRONG_PORT        the node has this key, but this is the port of
 *                               its publisher
 *   BITMARK_E_TIMEOUT           connected, but no reply in time
 *   BITMARK_E_REMOTE            an E reply: bitmark_client_remote_error
 *   BITMARK_E_BLOCK_NOT_FOUND   an E reply with this text
 *   BITMARK_E_INVALID_CHAIN     an E reply that says so: other chain
 *   BITMARK_E_PEER_RESPONSE     the reply makes no sense
 *   BITMARK_E_CANCELLED         by bitmark_client_cancel
 *   BITMARK_E_STATE             a call was started, and has not ended
 *   BITMARK_E_NET, BITMARK_E_NOMEM
 */

struct bitmark_info {
	size_t struct_size;             /* sizeof this struct */
	char version[129];              /* cut if longer, UTF-8 as sent       */
	char chain[16];
	bool normal;
	uint64_t height;
};

/* I.  Members that are not known are ignored. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_info(
    struct bitmark_client *client, struct bitmark_info *info);

/* N */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_height(
    struct bitmark_client *client, uint64_t *height);

/* H; 0 and 1 give the genesis digest. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_digest(
    struct bitmark_client *client, uint64_t number,
    uint8_t digest[BITMARK_DIGEST_SIZE]);

/* B; ${block} is owned by the caller: bitmark_free.  Not verified. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_block(
    struct bitmark_client *client, uint64_t number, uint8_t **block,
    size_t *size);

/*
 * R: a peer that the node has heard of, chosen at random by the node for each
 * call.  An R is also the announcement of its sender; this one carries a time
 * that is long past, so the node takes it for expired and keeps nothing of us.
 * A node that has heard of no other may name itself.  Nothing of the peer is
 * verified: its key and connections may be any bytes.
 *
 * Returns also BITMARK_E_NOT_FOUND: the node knows no other.
 *
 * Source: bitmarkd v8.2 peer/listener.go, announce/peer.go AddPeer
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_peer(
    struct bitmark_client *client, struct bitmark_peer *peer);

/*
 * Send packed bytes.  BITMARK_OK means received: whether they were accepted
 * is not said by the protocol.
 *
 * Returns also BITMARK_E_ARGUMENT: no such submission, or ${size} is 0 or more
 * than BITMARK_BLOCK_MAX (no more can travel).  Nothing was sent then.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_submit(
    struct bitmark_client *client, enum bitmark_submission what,
    const uint8_t *data, size_t size);

/* Text of the last E reply, made printable; "" when there was none.  Inside,
 * until the next call. */
BITMARK_API const char *bitmark_client_remote_error(
    const struct bitmark_client *client);

/*
 * Calls in the loop of a program: start one, then step until it has ended, and
 * wait in between for as many clients, subscribers and other descriptors as you
 * like.
 *
 *	status = bitmark_client_start_height(client);
 *	if (status == BITMARK_OK)
 *		while ((status = bitmark_client_step(client)) ==
 *		    BITMARK_E_PENDING) {
 *			count = bitmark_client_poll_items(client, items,
 *			    BITMARK_CLIENT_POLL_MAX);
 *			due_ms = bitmark_client_deadline_ms(client);
 *			now_ms = bitmark_clock_ms();
 *			poll(items, count, due_ms <= now_ms ? 0 :
 *			    (int)(due_ms - now_ms));
 *		}
 *	if (status == BITMARK_OK)
 *		status = bitmark_client_get_height(client, &height);
 *
 * One call can be under way for each client.
 */

/*
 * bitmark_client_start_info(client), ...:
 * Begin a call; nothing is waited for.
 *
 *   data    copied
 *
 * Returns BITMARK_OK (then step), BITMARK_E_STATE (a call is under way), for
 * submit also BITMARK_E_ARGUMENT (as bitmark_client_submit) or
 * BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_start_info(
    struct bitmark_client *client);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_start_height(
    struct bitmark_client *client);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_start_digest(
    struct bitmark_client *client, uint64_t number);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_start_block(
    struct bitmark_client *client, uint64_t number);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_start_peer(
    struct bitmark_client *client);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_start_submit(
    struct bitmark_client *client, enum bitmark_submission what,
    const uint8_t *data, size_t size);

/*
 * bitmark_client_step(client):
 * Do what can be done now; never waits.  It may be called too early or too
 * often.
 *
 * Returns BITMARK_E_PENDING (the call is under way), BITMARK_E_STATE (none is),
 * or what the call has ended with.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_step(
    struct bitmark_client *client);

/* Items of one client, at most. */
#define BITMARK_CLIENT_POLL_MAX 17

/*
 * bitmark_client_poll_items(client, items, capacity):
 * Fill in the descriptors for poll(2).  Ask for them and for the deadline anew
 * after each step, because both change.  Do not read from or write to the
 * descriptors.  They become ready only for what comes after the last step: if
 * something is left to do from before it, the deadline has passed already.
 *
 *   items      up to ${capacity} are overwritten
 *
 * Returns how many there are: at most BITMARK_CLIENT_POLL_MAX; 0 when no call
 * is under way.
 */
BITMARK_API size_t bitmark_client_poll_items(
    const struct bitmark_client *client, struct pollfd *items,
    size_t capacity);

/* When to step although no item is ready, by bitmark_clock_ms; 0, or another
 * time that has passed: at once.  UINT64_MAX: no call is under way. */
BITMARK_API uint64_t bitmark_client_deadline_ms(
    const struct bitmark_client *client);

/*
 * bitmark_client_cancel(client):
 * End the call that is under way with BITMARK_E_CANCELLED, whether somebody
 * waits in it or steps; when none is, the next call ends so.  The connection
 * stays.  Whether the node got the request is not known.
 *
 * Any thread, and signal handlers; ${client} must stay open meanwhile.
 */
BITMARK_API void bitmark_client_cancel(struct bitmark_client *client);

/*
 * bitmark_client_get_info(client, info), ...:
 * The result of the last call, when it was of this kind and ended with
 * BITMARK_OK.
 *
 *   block    inside, until the next call or bitmark_client_close
 *
 * Returns BITMARK_OK, BITMARK_E_STATE, or BITMARK_E_ARGUMENT (struct_size).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_get_info(
    const struct bitmark_client *client, struct bitmark_info *info);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_get_height(
    const struct bitmark_client *client, uint64_t *height);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_get_digest(
    const struct bitmark_client *client,
    uint8_t digest[BITMARK_DIGEST_SIZE]);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_get_block(
    const struct bitmark_client *client, struct bitmark_span *block);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_client_get_peer(
    const struct bitmark_client *client, struct bitmark_peer *peer);

#ifdef __cplusplus
}
#endif

#endif
