/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A list of connections with their deadlines, under a lock. It is short and is
 * walked a few times a second.
 */
#include "shared/https_places.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void
https_places_init(struct https_places *places)
{
	pthread_mutex_init(&places->lock, NULL);
	TAILQ_INIT(&places->list);
}

void
https_places_fini(struct https_places *places)
{
	pthread_mutex_destroy(&places->lock);
}

/* IPv4 is mapped into IPv6: a socket that listens for both gives either form. */
void
https_address(const struct sockaddr *socket_address,
    uint8_t address[HTTPS_ADDRESS_SIZE])
{
	memset(address, 0, HTTPS_ADDRESS_SIZE);
	if (socket_address->sa_family == AF_INET6) {
		memcpy(address, &((const struct sockaddr_in6 *)(const void *)
		    socket_address)->sin6_addr, HTTPS_ADDRESS_SIZE);
	} else if (socket_address->sa_family == AF_INET) {
		address[10] = address[11] = 0xff;
		memcpy(address + 12, &((const struct sockaddr_in *)
		    (const void *)socket_address)->sin_addr, 4);
	}
}

static void
set_address(struct https_place *place)
{
	struct sockaddr_storage other = { .ss_family = AF_UNSPEC };
	socklen_t size = sizeof other;

	if (getpeername(place->fd, (struct sockaddr *)&other, &size) == 0)
		https_address((const struct sockaddr *)&other, place->address);
}

unsigned
https_places_of(struct https_places *places,
    const uint8_t address[HTTPS_ADDRESS_SIZE])
{
	const struct https_place *place;
	unsigned count = 0;

	pthread_mutex_lock(&places->lock);
	TAILQ_FOREACH(place, &places->list, entry)
		count += memcmp(place->address, address,
		    HTTPS_ADDRESS_SIZE) == 0;
	pthread_mutex_unlock(&places->lock);
	return count;
}

struct https_place *
https_places_add(struct https_places *places, int fd, uint64_t until_ms)
{
	struct https_place *place = calloc(1, sizeof *place);

	if (place == NULL)
		return NULL;
	place->fd = fd;
	place->until_ms = until_ms;
	set_address(place);
	pthread_mutex_lock(&places->lock);
	TAILQ_INSERT_TAIL(&places->list, place, entry);
	places->count++;
	pthread_mutex_unlock(&places->lock);
	return place;
}

void
https_places_remove(struct https_places *places, struct https_place *place)
{
	if (place == NULL)
		return;
	pthread_mutex_lock(&places->lock);
	TAILQ_REMOVE(&places->list, place, entry);
	places->count--;
	pthread_mutex_unlock(&places->lock);
	free(place);
}

void
https_place_until(struct https_places *places, struct https_place *place,
    uint64_t until_ms)
{
	if (place == NULL)
		return;
	pthread_mutex_lock(&places->lock);
	place->until_ms = until_ms;
	pthread_mutex_unlock(&places->lock);
}

/* shutdown, not close: the descriptor still belongs to the HTTP library, which
 * notices the end and then removes the place. Closing it here could hit another
 * connection that has got the same number meanwhile. The deadline is set to
 * never, so that each connection is cut and counted once. */
void
https_places_expire(struct https_places *places, uint64_t now_ms)
{
	struct https_place *place;

	pthread_mutex_lock(&places->lock);
	TAILQ_FOREACH(place, &places->list, entry) {
		if (place->until_ms > now_ms)
			continue;
		(void)shutdown(place->fd, SHUT_RDWR);
		place->until_ms = UINT64_MAX;
		places->cut++;
	}
	pthread_mutex_unlock(&places->lock);
}

void
https_places_count(struct https_places *places, unsigned *count,
    uint64_t *cut)
{
	pthread_mutex_lock(&places->lock);
	*count = places->count;
	*cut = places->cut;
	pthread_mutex_unlock(&places->lock);
}
