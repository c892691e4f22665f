/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * metrics - counters and gauges of a running node, in the format of a
 * Prometheus textfile.  Names are documented in bitmarkd-c(8) and do not
 * change.
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include <bitmarkpeer/node.h>

#include "payment_watch.h"
#include "services_counts.h"

/* All of them, owned by the caller: free(); ${watch} may be NULL.  NULL: no
 * memory, or the node is stopping. */
char *metrics_text(struct bitmark_node *node, const char *chain,
    const struct payment_watch *watch,
    const struct services_counts *services);

/* Replace the file ${path} by them, for all to read.  NULL, or what is wrong;
 * static. */
const char *metrics_write(struct bitmark_node *node, const char *chain,
    const struct payment_watch *watch, const struct services_counts *services,
    const char *path);

#endif
