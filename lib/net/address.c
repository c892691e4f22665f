/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Addresses as the system has them, and the order in which those of one host
 * are tried. */
#include "net/address.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

/* Place of an IPv4 address in the v4-mapped form that a connection has. */
#define MAPPED_SIZE 12

/* Structs are copied, not cast: a compiler may assume that an object which was
 * written as one type is not read as another. */
socklen_t
bm_address_to_socket(const struct bitmark_connection *connection,
    struct sockaddr_storage *address)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	memset(address, 0, sizeof *address);
	if (bitmark_connection_is_v4(connection)) {
		v4.sin_port = htons(connection->port);
		memcpy(&v4.sin_addr, connection->address + MAPPED_SIZE,
		    sizeof v4.sin_addr);
		memcpy(address, &v4, sizeof v4);
		return sizeof v4;
	}
	v6.sin6_port = htons(connection->port);
	memcpy(&v6.sin6_addr, connection->address, sizeof v6.sin6_addr);
	memcpy(address, &v6, sizeof v6);
	return sizeof v6;
}

bool
bm_address_from_socket(const struct sockaddr_storage *address,
    struct bitmark_connection *connection)
{
	struct bitmark_connection c = { .address = { [10] = 0xff,
	    [11] = 0xff } };
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->ss_family == AF_INET) {
		memcpy(&v4, address, sizeof v4);
		memcpy(c.address + MAPPED_SIZE, &v4.sin_addr,
		    sizeof v4.sin_addr);
		c.port = ntohs(v4.sin_port);
	} else if (address->ss_family == AF_INET6) {
		memcpy(&v6, address, sizeof v6);
		memcpy(c.address, &v6.sin6_addr, sizeof v6.sin6_addr);
		c.port = ntohs(v6.sin6_port);
	} else
		return false;
	*connection = c;
	return true;
}

bool
bm_address_is_same(const struct bitmark_connection *a,
    const struct bitmark_connection *b)
{
	return a->port == b->port &&
	    memcmp(a->address, b->address, sizeof a->address) == 0;
}

static size_t
count_family(const struct bm_addresses *a, bool is_v4)
{
	size_t count = 0;

	for (size_t i = 0; i < a->count; i++)
		count += bitmark_connection_is_v4(&a->at[i]) == is_v4;
	return count;
}

/* A host may have many addresses of one family and come to the other one last:
 * each family can have half of the room. */
void
bm_addresses_add(struct bm_addresses *a, const struct bitmark_connection *c)
{
	const bool is_v4 = bitmark_connection_is_v4(c);
	size_t i;

	for (i = 0; i < a->count; i++)
		if (bm_address_is_same(&a->at[i], c))
			return;
	if (a->count < BM_ADDRESSES_MAX) {
		a->at[a->count++] = *c;
		return;
	}
	if (count_family(a, is_v4) >= BM_ADDRESSES_MAX / 2)
		return;
	/* The other family has more than half of the room, so its last address
	 * is dropped. */
	for (i = a->count; bitmark_connection_is_v4(&a->at[i - 1]) == is_v4;)
		i--;
	a->at[i - 1] = *c;
}

/* Connecting a UDP socket sends nothing; the system only chooses the interface,
 * or finds none. */
bool
bm_address_has_route(const struct bitmark_connection *to)
{
	struct sockaddr_storage address;
	socklen_t size = bm_address_to_socket(to, &address);
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&address, size) == 0;

	if (fd >= 0)
		(void)close(fd);
	return has;
}

/* The place of an address in the order: the n-th of its family comes after n of
 * each family, and addresses without a route come after all that have one. */
static unsigned
rank_of(const struct bm_addresses *a, const bool *has_route, size_t i,
    enum bm_family wanted)
{
	const bool is_v4 = bitmark_connection_is_v4(&a->at[i]);
	unsigned before = 0;

	for (size_t k = 0; k < i; k++)
		before += has_route[k] == has_route[i] &&
		    bitmark_connection_is_v4(&a->at[k]) == is_v4;
	return (has_route[i] ? 0 : 2 * BM_ADDRESSES_MAX) + 2 * before +
	    (is_v4 == (wanted == BM_FAMILY_V4) ? 0 : 1);
}

/* No two addresses have the same rank, so all that are smaller than one of
 * them stand before it. */
void
bm_addresses_sort(struct bm_addresses *a, enum bm_family wanted)
{
	struct bm_addresses sorted = { .count = a->count };
	bool has_route[BM_ADDRESSES_MAX];
	unsigned rank[BM_ADDRESSES_MAX];

	for (size_t i = 0; i < a->count; i++)
		has_route[i] = bm_address_has_route(&a->at[i]);
	for (size_t i = 0; i < a->count; i++)
		rank[i] = rank_of(a, has_route, i, wanted);
	for (size_t i = 0; i < a->count; i++) {
		size_t place = 0;

		for (size_t k = 0; k < a->count; k++)
			place += rank[k] < rank[i];
		sorted.at[place] = a->at[i];
	}
	*a = sorted;
}
