/*
 * progress - tells how far the node is behind its peers: a live line on a
 * terminal, a line of the log every few seconds elsewhere, nothing when it is
 * in step.
 */
#ifndef DAEMON_PROGRESS_H
#define DAEMON_PROGRESS_H

#include "log.h"

/* Between two lines of the log.  Milliseconds.  Source: local choice. */
#define PROGRESS_LOG_MS 5000

/* A node that has not caught up within this time is worth a line.
 * Milliseconds.  Source: local choice. */
#define PROGRESS_GRACE_MS 1000

/* A plain value; zeros at the start. */
struct progress {
	bool behind;
	uint64_t behind_ms;             /* since when                   */
	bool told;                      /* that it is behind            */
	uint64_t told_ms;               /* when a line was logged       */
};

/* To be called a few times a second; ${now_ms} is monotonic. */
void progress_tick(struct progress *progress, struct log *log,
    const struct bitmark_node_status *status, uint64_t now_ms);

#endif
