/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * listener, inside: what its thread owns, and what is shared with others.
 */
#ifndef BM_NET_LISTENER_IMPL_H
#define BM_NET_LISTENER_IMPL_H

#include <stdatomic.h>

#include "net/budget.h"
#include "net/listener.h"
#include "net/router.h"
#include "os/thread.h"
#include "os/wake.h"

/* The requests of one connection that are put off, the oldest first. */
struct bm_put_off {
	int fd;
	unsigned count;
	STAILQ_HEAD(, bm_request) requests;
	TAILQ_ENTRY(bm_put_off) next;
};

struct bm_listener {
	struct bm_listener_config config;       /* bind: not used after start */
	struct bitmark_connection *bound;       /* config.bind_count of them  */
	struct bm_thread thread;
	struct bm_wake stop;                    /* signalled: the thread ends */

	/* The thread's, while it runs. */
	void *zap;
	void *router;
	void *monitor;
	struct bm_admission *admission;
	uint64_t look_ms;                       /* at them: the next time     */
	bool is_exhausted;                      /* no descriptor is left      */
	uint64_t tell_poll_ms;                  /* of failures: not before    */
	uint64_t tell_ms;                       /* of cuts: not before        */
	struct bm_admission_cuts told;          /* as of the last line        */
	struct bm_budget *budget;
	uint64_t salt;                          /* of the senders' numbers    */
	struct bm_request *request;             /* is received here           */
	TAILQ_HEAD(, bm_put_off) put_off;       /* connections, in turn       */
	unsigned put_off_count;                 /* requests of all            */
	size_t under_way;                       /* bytes of large replies, ... */
	uint64_t under_way_ms;                  /* ... unchanged since then   */
	size_t stuck;                           /* ... that do not count      */

	/* Written by the thread, read by any thread. */
	atomic_uint connections;
	atomic_uint_least64_t requests;
	atomic_uint_least64_t dropped;
	atomic_uint_least64_t cut_room, cut_handshake, cut_held;
	atomic_uint_least64_t exhausted;
};

/*
 * bm_listener_serve(listener):
 * Take one message from the router and answer it.  Returns false when none
 * is there.
 */
bool bm_listener_serve(struct bm_listener *listener);

/*
 * listener_large.c: requests whose reply is large.
 */

/* May a large reply be sent to this connection now? */
bool bm_listener_may_send(struct bm_listener *listener, int fd);
/* Put a request off.  True: it is taken.  False: there are too many of the
 * connection or of all, or no memory. */
bool bm_listener_put_off(struct bm_listener *listener,
    struct bm_request *request);
/* Take the next request whose reply may be sent now, owned by the caller:
 * bm_request_free; NULL: there is none. */
struct bm_request *bm_listener_take(struct bm_listener *listener);
/* Forget all of them. */
void bm_listener_forget(struct bm_listener *listener);

/* Answer one of those that were put off; false: none may be now.  No more than
 * one between two looks at new requests: libzmq may take in large replies as fast
 * as they are made, and small requests must not wait for all of them. */
bool bm_listener_serve_put_off(struct bm_listener *listener);

#endif
