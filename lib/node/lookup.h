/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * lookup - looks up the nodes of a domain in the DNS, again and again.
 *
 * Nothing here waits: poll what bm_lookup_items gives, not longer than until
 * bm_lookup_deadline, then call bm_lookup_step.  Used by one thread at a time;
 * bm_lookup_free ends a question that is under way.
 */
#ifndef BM_NODE_LOOKUP_H
#define BM_NODE_LOOKUP_H

#include <bitmarkpeer/announce.h>

#include "net/resolver.h"

#define BM_LOOKUP_ITEMS BM_RESOLVER_ITEMS

struct bm_lookup_config {
	const char *domain;
	const char *server;             /* "address:port"; NULL: those of the
	                                   system                          */
	uint64_t refresh_ms;            /* 0: while the records are good   */
	struct bitmark_env env;
};

/* The records of one answer. */
struct bm_found {
	size_t bad;                     /* that were passed over           */
	size_t count;                   /* of the others                   */
	struct bitmark_peer peer[];     /* no timestamps                   */
};

struct bm_lookup;

/*
 * bm_lookup_new(lookup, config):
 * The first question is asked by the first bm_lookup_step.
 *
 *   lookup   new; owned by the caller: bm_lookup_free
 *   config   copied, with everything that it points to but env.user
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (no domain), BITMARK_E_IP_ADDRESS or
 * BITMARK_E_PORT (the server) or BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_lookup_new(struct bm_lookup **lookup,
    const struct bm_lookup_config *config);
void bm_lookup_free(struct bm_lookup *lookup);

/* Fill in what to wait for; gives the number of items. */
size_t bm_lookup_items(const struct bm_lookup *lookup,
    zmq_pollitem_t items[BM_LOOKUP_ITEMS]);

/* When step has something to do although nothing happens. */
uint64_t bm_lookup_deadline(const struct bm_lookup *lookup);

/* Do what can be done now.  Gives the list of an answer that came, owned by the
 * caller: free(); or NULL. */
struct bm_found *bm_lookup_step(struct bm_lookup *lookup, uint64_t now_ms);

/* How long to wait after so many failures in a row, 1 and more; and after an
 * answer whose records are good for ${ttl_s}.  Milliseconds; at most
 * INT32_MAX, so that a deadline does not overflow. */
uint64_t bm_lookup_retry_ms(unsigned failures, uint64_t refresh_ms);
uint64_t bm_lookup_refresh_ms(uint32_t ttl_s, uint64_t refresh_ms);

#endif
