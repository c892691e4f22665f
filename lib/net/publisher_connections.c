/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The connections of subscribers: counting them, and cutting off those that are
 * too many or do not read.
 */
#include "net/publisher_impl.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "codec/log.h"
#include "net/bind.h"
#include "net/monitor.h"

#define MODULE "publisher"

/* A linear search is enough: a publisher has a few local subscribers. */
struct bm_subscriber *
bm_publisher_find_connection(struct bm_publisher *p, int fd)
{
	for (size_t i = 0; i < p->stats.connections; i++)
		if (p->connections[i].fd == fd)
			return &p->connections[i];
	return NULL;
}

/* Shuts the TCP connection down.  The descriptor stays libzmq's, which notices
 * the end, closes it and frees its memory for this connection.  ${why} NULL: log
 * nothing. */
void
bm_publisher_cut_off(struct bm_publisher *p, int fd, const char *why)
{
	if (bm_bind_accepted(p->bound, p->bound_count, fd) &&
	    shutdown(fd, SHUT_RDWR) == 0 && why != NULL)
		bm_log(&p->env, BITMARK_LOG_INFO, MODULE,
		    "a subscriber is cut off: %s", why);
}

/* One connection too many is cut off before its handshake; it counts until
 * libzmq reports its end.  Programs try again several times a second, so only
 * the first one is logged until there is room again. */
static void
keep_bound(struct bm_publisher *p, int fd)
{
	if (p->stats.connections > p->connections_max) {
		bm_publisher_cut_off(p, fd, p->full ? NULL :
		    "there are too many");
		p->full = true;
	} else if (p->stats.connections < p->connections_max)
		p->full = false;
}

static void
add_connection(struct bm_publisher *p, int fd)
{
	struct bm_subscriber *c = bm_publisher_find_connection(p, fd);

	if (c == NULL && p->stats.connections == p->connections_size) {
		const size_t size = 2 * p->connections_size + 8;

		c = realloc(p->connections, size * sizeof *c);
		if (c == NULL) {
			bm_publisher_cut_off(p, fd,
			    bitmark_strerror(BITMARK_E_NOMEM));
			return;
		}
		p->connections = c;
		p->connections_size = size;
		c = NULL;
	}
	if (c == NULL)
		c = &p->connections[p->stats.connections++];
	*c = (struct bm_subscriber){ .fd = fd };
	keep_bound(p, fd);
}

/* The last entry moves to the free place, since the order means nothing. */
static void
remove_connection(struct bm_publisher *p, int fd)
{
	struct bm_subscriber *c = bm_publisher_find_connection(p, fd);

	if (c != NULL)
		*c = p->connections[--p->stats.connections];
}

void
bm_publisher_count_connections(struct bm_publisher *p)
{
	unsigned event;
	uint32_t fd;

	while (bm_monitor_next(p->monitor, &event, &fd))
		if (event == ZMQ_EVENT_ACCEPTED)
			add_connection(p, (int)fd);
		else if (event == ZMQ_EVENT_DISCONNECTED)
			remove_connection(p, (int)fd);
}

/* Cut off the subscribers that do not read: their messages fill the budget, and
 * all others would lose what follows.  A socket that takes nothing at this
 * moment belongs to one of them: that of a subscriber that reads has room as a
 * rule. */
void
bm_publisher_cut_off_stuck(struct bm_publisher *p)
{
	bm_publisher_count_connections(p);
	for (size_t i = 0; i < p->stats.connections; i++) {
		struct pollfd socket = { p->connections[i].fd, POLLOUT, 0 };

		if (poll(&socket, 1, 0) == 0)
			bm_publisher_cut_off(p, socket.fd,
			    "too much waits for it");
	}
}
