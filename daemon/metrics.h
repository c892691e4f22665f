/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * metrics - counters and gauges of a running node, in the text format 0.0.4 of
 * Prometheus.  Names are documented in bitmarkd-c-metrics(7) and do not change.
 *
 * A function of values, which knows no file, no socket and no clock.
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include <bitmarkpeer/node.h>

#include "metrics_http.h"
#include "payment_watch.h"
#include "services_counts.h"

struct metrics_values {
	const char *chain;
	uint64_t start_s;               /* Unix time of the daemon's start   */
	struct bitmark_node_status node;
	struct bitmark_reservoir_counts reservoir;
	struct services_counts services;
	struct metrics_http_counts http;
	struct payment_watch_status payment[BITMARK_CURRENCY_COUNT];
};

/* All of them, owned by the caller: free().  NULL: no memory. */
char *metrics_text(const struct metrics_values *values);

#endif
