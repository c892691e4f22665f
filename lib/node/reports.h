/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * reports - what the connector is to be told, in the order in which it
 * happened.
 *
 * Any part in which something happens puts a report here; sync takes the
 * reports and steps the connector with each.  So these parts need not call
 * sync, which was made after them, and a step of the connector never begins
 * inside another step.
 */
#ifndef BM_NODE_REPORTS_H
#define BM_NODE_REPORTS_H

#include <bitmarkpeer/connector.h>

#include <sys/queue.h>

struct bm_report {
	STAILQ_ENTRY(bm_report) entry;
	struct bitmark_connector_event event;
	uint8_t bytes[];                /* what the event points to, but
	                                   for a block            */
};

struct bm_reports {
	STAILQ_HEAD(, bm_report) list;
	struct bitmark_env env;         /* log only */
};

void bm_reports_init(struct bm_reports *reports,
    const struct bitmark_env *env);
void bm_reports_fini(struct bm_reports *reports);

/* Copy the event and the bytes that it points to.  Without memory for them the
 * report is lost, and that is logged.  It does no lasting harm: the connector
 * gives up waiting for an answer after a time and begins its cycle again. */
void bm_reports_put(struct bm_reports *reports,
    const struct bitmark_connector_event *event);
/* Report a peer that this node should be connected to (a neighbour), or one
 * that it may connect to when the connector has a free place (a filler). */
void bm_reports_put_neighbour(struct bm_reports *reports,
    const struct bitmark_peer *peer);
void bm_reports_put_filler(struct bm_reports *reports,
    const struct bitmark_peer *peer);

/* The oldest report, owned by the caller: free(), when the connector has taken
 * event.memory.  NULL: there is none. */
struct bm_report *bm_reports_take(struct bm_reports *reports);

#endif
