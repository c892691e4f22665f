/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * https_places - the connections of HTTPS, each with the time when it has to be
 * done.
 *
 * libmicrohttpd has the connections; a socket whose time is over is shut down
 * under it, and it finds the end of the connection then.
 */
#ifndef SHARED_HTTPS_PLACES_H
#define SHARED_HTTPS_PLACES_H

#include <pthread.h>
#include <stdint.h>
#include <sys/queue.h>

/* An address without its port, in the form of IPv6. */
#define HTTPS_ADDRESS_SIZE 16

struct https_place {
	TAILQ_ENTRY(https_place) entry;
	int fd;
	uint8_t address[HTTPS_ADDRESS_SIZE];    /* zero: not known          */
	uint64_t until_ms;
};

/* For any thread. */
struct https_places {
	pthread_mutex_t lock;
	TAILQ_HEAD(https_place_list, https_place) list;
	unsigned count;
	uint64_t cut;                   /* whose time was over               */
};

void https_places_init(struct https_places *places);
void https_places_fini(struct https_places *places);

/* A connection, until it is removed, which must be before ${fd} is closed.
 * NULL: no memory; the calls below take it. */
struct https_place *https_places_add(struct https_places *places, int fd,
    uint64_t until_ms);
void https_places_remove(struct https_places *places,
    struct https_place *place);

/* The address of a socket's other side; all zero: it has none of either kind. */
struct sockaddr;
void https_address(const struct sockaddr *socket_address,
    uint8_t address[HTTPS_ADDRESS_SIZE]);

/* Places of this address. */
unsigned https_places_of(struct https_places *places,
    const uint8_t address[HTTPS_ADDRESS_SIZE]);

/* Another time; UINT64_MAX: it waits for us. */
void https_place_until(struct https_places *places,
    struct https_place *place, uint64_t until_ms);

/* Shut down those whose time is over. */
void https_places_expire(struct https_places *places, uint64_t now_ms);

void https_places_count(struct https_places *places, unsigned *count,
    uint64_t *cut);

#endif
