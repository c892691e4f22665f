/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * resolver - one question, asked by c-ares: for the address of a host, or for
 * the TXT records of a domain.
 *
 * Nothing here waits, and there is no thread: poll what bm_resolver_items
 * gives, not longer than until bm_resolver_deadline, then call
 * bm_resolver_step.  bm_resolver_free cancels the question at any time.
 *
 * A question is used by one thread at a time.  Each has a c-ares channel of its
 * own, which reads /etc/resolv.conf anew: a laptop that moves to another
 * network needs no restart.
 */
#ifndef BM_NET_RESOLVER_H
#define BM_NET_RESOLVER_H

#include <zmq.h>

#include "net/address.h"

/* Descriptors of a question, at most.  Source: ARES_GETSOCK_MAXNUM */
#define BM_RESOLVER_ITEMS 16
/* Each server is asked so often, and given so long: twice as long the second
 * time.  Source: local bounds */
#define BM_RESOLVER_ROUNDS 2
#define BM_RESOLVER_WAIT_MS 2000
/* A question ends after this time, however many servers there are. */
#define BM_RESOLVER_MAX_MS 20000
/* Longest answer by UDP; longer ones are asked for again by TCP.  Bytes.
 * Source: DNS Flag Day 2020, what every path carries in one piece */
#define BM_RESOLVER_UDP_MAX 1232

struct bm_resolver;

/*
 * bm_resolver_ask_host(resolver, name, wanted):
 * Begin to look up the addresses of a host, in /etc/hosts and in the DNS.  They
 * are in the order of bm_addresses_sort; those of one family in the order of
 * the answer.
 *
 * "localhost" and the names below it are the loopback addresses, and names
 * below "invalid" do not exist, without any question.  Source: RFC 6761 6.3,
 * 6.4
 *
 *   resolver   new; owned by the caller: bm_resolver_free
 *   name       as bitmark_host_name_is_valid
 *
 * Returns BITMARK_OK or BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_resolver_ask_host(
    struct bm_resolver **resolver, const char *name, enum bm_family wanted);

/*
 * bm_resolver_ask_txt(resolver, domain, server):
 * Begin to look up the TXT records of a domain, which is absolute with or
 * without a dot at its end.
 *
 *   server   NULL: those of the system
 *
 * Otherwise as bm_resolver_ask_host.
 */
BITMARK_MUSTUSE bitmark_status bm_resolver_ask_txt(
    struct bm_resolver **resolver, const char *domain,
    const struct bitmark_connection *server);

void bm_resolver_free(struct bm_resolver *resolver);

/* Fill in what to wait for; gives the number of items.  They change whenever
 * step is called. */
size_t bm_resolver_items(const struct bm_resolver *resolver,
    zmq_pollitem_t items[BM_RESOLVER_ITEMS]);

/* When step has something to do although nothing happens, by
 * bitmark_clock_ms. */
uint64_t bm_resolver_deadline(const struct bm_resolver *resolver);

/*
 * bm_resolver_step(resolver):
 * Take in what has come.
 *
 * Returns BITMARK_E_PENDING (no answer yet) or what became of the question:
 * BITMARK_OK, BITMARK_E_NOT_FOUND (no such name, or no such record of it),
 * BITMARK_E_TIMEOUT, BITMARK_E_NO_CONNECTION (no server can be reached, or none
 * could find out), BITMARK_E_PEER_RESPONSE (nonsense) or BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_resolver_step(
    struct bm_resolver *resolver);

/* After BITMARK_OK: the addresses of the host, at least one, all with the port
 * that is given; or the message of the DNS server, inside. */
void bm_resolver_addresses(const struct bm_resolver *resolver, uint16_t port,
    struct bm_addresses *addresses);
struct bitmark_span bm_resolver_message(const struct bm_resolver *resolver);

/*
 * bm_resolve(text, connection):
 * As bitmark_endpoint_from_text; a name is looked up, and waited for.  Its IPv4
 * address is taken if it has one that this machine can send to.
 *
 * Returns BITMARK_OK, BITMARK_E_IP_ADDRESS (also for NULL), _E_NO_PORT,
 * BITMARK_E_PORT, BITMARK_E_HOST_NOT_FOUND, or as bm_resolver_step.
 *
 * Source: bitmarkd v8.2 util/canonical.go NewConnection
 */
BITMARK_MUSTUSE bitmark_status bm_resolve(const char *text,
    struct bitmark_connection *connection);

#endif
