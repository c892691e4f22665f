/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * publisher, inside: what its two files share.
 */
#ifndef BM_NET_PUBLISHER_IMPL_H
#define BM_NET_PUBLISHER_IMPL_H

#include <stdbool.h>

#include "net/budget.h"
#include "net/publisher.h"

struct bm_subscriber {
	int fd;                         /* libzmq's */
	unsigned strays;
	bool subscribed;                /* at least once, to what there is */
};

struct bm_publisher {
	struct bitmark_env env;
	char chain[BITMARK_CHAIN_NAME_MAX + 1];
	unsigned connections_max;
	bool full;                      /* somebody was cut off for that */
	struct bitmark_connection *bound;
	size_t bound_count;

	/* Connections that were accepted: stats.connections of them. */
	struct bm_subscriber *connections;
	size_t connections_size;        /* there is room for so many */

	void *zmq;
	void *monitor;
	void *pub;
	struct bm_budget *budget;

	uint64_t due_ms;                /* the next heartbeat */
	struct bm_publisher_stats stats;
};

/*
 * publisher_connections.c
 */

/* NULL: there is none with this descriptor. */
struct bm_subscriber *bm_publisher_find_connection(struct bm_publisher *p,
    int fd);
/* Note those that have come and gone. */
void bm_publisher_count_connections(struct bm_publisher *p);
/* ${why} goes to the log; NULL: log nothing. */
void bm_publisher_cut_off(struct bm_publisher *p, int fd, const char *why);
/* Cut off the subscribers that do not read. */
void bm_publisher_cut_off_stuck(struct bm_publisher *p);

#endif
