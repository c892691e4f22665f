/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * catch_up - tells how far the node is behind its peers: in the line of
 * progress on a terminal, by a line of the log every few seconds elsewhere,
 * and not at all when it is in step.
 */
#ifndef DAEMON_CATCH_UP_H
#define DAEMON_CATCH_UP_H

#include "log.h"

/* Between two lines of the log.  Milliseconds.  Source: local choice. */
#define CATCH_UP_LOG_MS 5000

/* A node that has not caught up within this time is worth a line.
 * Milliseconds.  Source: local choice. */
#define CATCH_UP_GRACE_MS 1000

/* A plain value; zeros at the start. */
struct catch_up {
	bool behind;
	uint64_t behind_ms;             /* since when                   */
	bool told;                      /* that it is behind            */
	uint64_t told_ms;               /* when a line was logged       */
};

/* To be called a few times a second; ${now_ms} is bitmark_clock_ms. */
void catch_up_tick(struct catch_up *c, struct log *log,
    const struct bitmark_node_status *status, uint64_t now_ms);

#endif
