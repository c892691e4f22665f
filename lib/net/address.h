/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * address - addresses as the system's sockets have them.
 */
#ifndef BM_NET_ADDRESS_H
#define BM_NET_ADDRESS_H

#include <bitmarkpeer/connection.h>

#include <sys/socket.h>

/* Gives the size of what was filled in. */
socklen_t bm_address_to_socket(const struct bitmark_connection *connection,
    struct sockaddr_storage *address);

/* False: it is neither IPv4 nor IPv6.  The port may be 0. */
bool bm_address_from_socket(const struct sockaddr_storage *address,
    struct bitmark_connection *connection);

/* Addresses of one host that are kept, and tried.  Source: local bound */
#define BM_ADDRESSES_MAX 8

/* The family of the address that is wanted, if there are several. */
enum bm_family {
	BM_FAMILY_V4,
	BM_FAMILY_V6,
};

/* The same address and port? */
bool bm_address_is_same(const struct bitmark_connection *a,
    const struct bitmark_connection *b);

/* Addresses of one host, each once. */
struct bm_addresses {
	size_t count;
	struct bitmark_connection at[BM_ADDRESSES_MAX];
};

/* Add one, unless it is there already or there is no room for its family, which
 * has at least half of it. */
void bm_addresses_add(struct bm_addresses *addresses,
    const struct bitmark_connection *connection);

/*
 * bm_addresses_sort(addresses, wanted):
 * Put them in the order in which they are tried: those that this machine has a
 * route to before the others, and in each of both groups one of the family
 * ${wanted}, one of the other, and so on.  So when a whole family does not
 * work, the second attempt finds out.  Addresses of one family keep their
 * order.  Source: RFC 8305 4
 */
void bm_addresses_sort(struct bm_addresses *addresses,
    enum bm_family wanted);

/* Has this machine a route to the address?  Nothing is sent. */
bool bm_address_has_route(const struct bitmark_connection *to);

#endif
