/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * listener - the socket that other nodes send their requests to.
 *
 * One ROUTER on one thread of its own serves all clients as a REP socket
 * would, but is never blocked by one of them.  A listener is started and
 * stopped by one thread; its statistics may be asked from any.
 */
#ifndef BM_NET_LISTENER_H
#define BM_NET_LISTENER_H

#include <bitmarkpeer/connection.h>

#include "net/router.h"

/* Application frames of a request that are handed over, and of a reply, at
 * most.  Source: bitmark-protocol(7), COMMANDS; lib/node/serve.c compares
 * them with bitmarkpeer/dispatch.h */
#define BM_LISTENER_REQUEST_FRAMES_MAX BM_ROUTER_FRAMES_MAX
#define BM_LISTENER_REPLY_FRAMES_MAX 8
/* How long a client may take to prove itself. */
#define BM_LISTENER_HANDSHAKE_MS BM_ROUTER_HANDSHAKE_MS

/* Numbers of senders begin here. */
#define BM_LISTENER_SENDERS BM_ADMISSION_SENDERS

struct bm_listener_config {
	void *zmq;                      /* context; one listener in each    */
	const struct bitmark_connection *bind;  /* port 0: any free one      */
	size_t bind_count;              /* at least 1                       */
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	unsigned connections_max;       /* at least 1; of one sender: see
	                                   net/admission.h                    */
	/*
	 * Both are called on the listener's thread, one after another.
	 *
	 * answer makes the reply to a request of ${count} application frames,
	 * of which the first BM_LISTENER_REQUEST_FRAMES_MAX are given, and
	 * returns the number of its frames; 0: there is no reply.  sender is
	 * the same for all clients on one host, or in one IPv6 network of 64
	 * bits; at least BM_LISTENER_SENDERS.
	 *
	 * sent says that the reply was handed to libzmq or dropped: the bytes
	 * that it points to may go.  The frames of the request stay until sent
	 * has returned.
	 */
	size_t (*answer)(void *user, uint64_t sender,
	    const struct bitmark_span *frames, size_t count,
	    struct bitmark_span reply[BM_LISTENER_REPLY_FRAMES_MAX]);
	void (*sent)(void *user);       /* NULL: nothing to do              */
	void *user;
	struct bitmark_env env;         /* only log is used                 */
};

struct bm_listener;

/*
 * bm_listener_start(listener, config):
 * Bind all addresses and serve.
 *
 *   listener  new; owned by the caller: bm_listener_stop
 *   config    copied; zmq and user must outlive the listener
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (nothing to bind), BITMARK_E_NET
 * (cannot bind, or the context has a listener already), BITMARK_E_IO (no
 * descriptors), BITMARK_E_THREAD or BITMARK_E_NOMEM.
 */
bitmark_status bm_listener_start(struct bm_listener **listener,
    const struct bm_listener_config *config);

/* Stop serving, wait for the thread, free.  Sockets are closed; the context
 * may be terminated afterwards. */
void bm_listener_stop(struct bm_listener *listener);

/* The address that entry ${index} of config->bind is bound to, with its real
 * port. */
void bm_listener_bound(const struct bm_listener *listener, size_t index,
    struct bitmark_connection *bound);

struct bm_listener_stats {
	unsigned connections;           /* incoming, at this moment         */
	uint64_t requests;              /* answered                         */
	uint64_t dropped;               /* requests without a reply, or with
	                                   one that could not be sent       */
	struct bm_admission_cuts cuts;  /* clients that were cut off        */
	uint64_t exhausted;             /* times that no descriptor was left
	                                   for another client               */
};

void bm_listener_stats(const struct bm_listener *listener,
    struct bm_listener_stats *stats);

#endif
