/*
 * listener, inside: what its thread owns, and what is shared with others.
 */
#ifndef BM_NET_LISTENER_IMPL_H
#define BM_NET_LISTENER_IMPL_H

#include <stdatomic.h>

#include "net/budget.h"
#include "net/admission.h"
#include "net/listener.h"
#include "os/thread.h"
#include "os/wake.h"

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

#endif
