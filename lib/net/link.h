/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * link - what a client and a subscriber have in common: a dealer in a ZeroMQ
 * context of its own, descriptors for the loop of a program, and a way for
 * another thread to end the wait.
 *
 * A program waits with poll(2), not with zmq_poll, and libzmq makes that hard:
 * the descriptor of a socket (ZMQ_FD) becomes readable when libzmq's thread has
 * sent the socket a command, and stays so only until the socket takes the
 * command in, which any call on the socket may do.  So it is edge triggered: a
 * message may be there while the descriptor says nothing.  The rule that makes
 * it safe is kept here: bm_link_settle, the last thing that a step does, has
 * both sockets take in all commands and notes whether one of them has a message
 * now.  If so, the deadline is now; if not, whatever comes later makes a
 * descriptor readable, for nobody touches the sockets before the next step.
 */
#ifndef BM_NET_LINK_H
#define BM_NET_LINK_H

#include <poll.h>

#include "net/dealer.h"
#include "os/wake.h"

/* Descriptors to wait for: those of the dealer, and the one that cancels. */
#define BM_LINK_ITEMS (BM_DEALER_ITEMS + 1)

struct bm_link_config {
	const char *chain;              /* as bitmark_chain_params_find      */
	const char *address;            /* as bitmark_endpoint_from_text     */
	const uint8_t *server_key;      /* not all zero                      */
	const uint8_t *private_key;     /* own; NULL: a new one              */
	bool subscribe;                 /* to what begins with the chain     */
	bool is_for_jobs;               /* no chain: subscribe to all, and send
	                                   with bm_dealer_send_alone         */
	const struct bitmark_env *env;  /* may be NULL                       */
};

struct bm_link {
	void *zmq;
	struct bm_dealer *dealer;
	struct bitmark_env env;
	struct bm_wake cancel;
	bool has_input;                 /* as of the last bm_link_settle; or
	                                   set: a step is due                */
};

/*
 * bm_link_open(link, config):
 *
 *   link   all zero; closed by bm_link_close, also after an error
 *
 * Returns BITMARK_OK, BITMARK_E_INVALID_CHAIN, BITMARK_E_IP_ADDRESS,
 * BITMARK_E_PORT, BITMARK_E_PUBLIC_KEY, BITMARK_E_IO, BITMARK_E_NET or
 * BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_link_open(struct bm_link *link,
    const struct bm_link_config *config);
void bm_link_close(struct bm_link *link);

/* Has somebody cancelled since the last time?  From now on nobody has. */
bool bm_link_take_cancel(struct bm_link *link);

/* To be called at the end of each step that is followed by a wait. */
void bm_link_settle(struct bm_link *link);

/* Fill in up to ${capacity} items; gives the number that there are. */
size_t bm_link_poll_items(const struct bm_link *link, struct pollfd *items,
    size_t capacity);

/* When the next step is due although nothing happens; 0: now. */
uint64_t bm_link_deadline(const struct bm_link *link);

/*
 * bm_link_wait(link, deadline_ms):
 * Wait until something happens, or until the deadline.
 *
 * Returns BITMARK_OK, BITMARK_E_TIMEOUT (a signal came), BITMARK_E_NET or
 * BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_link_wait(const struct bm_link *link,
    uint64_t deadline_ms);
/* The same for items of more than one link. */
BITMARK_MUSTUSE bitmark_status bm_link_poll(struct pollfd *items, size_t count,
    uint64_t deadline_ms);

#endif
