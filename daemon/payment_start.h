/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * payment_start - the section payment of the configuration put to work.
 */
#ifndef DAEMON_PAYMENT_START_H
#define DAEMON_PAYMENT_START_H

#include <bitmarkpeer/node.h>

#include "log.h"
#include "payment_watch.h"

/*
 * payment_start(watch, config, node, log):
 * Look for payments where ${config} says.  A node that sees none confirms what
 * others have verified: so a failure is a line of the log.
 *
 *   watch   NULL: the configuration does not ask for it, or it cannot be done;
 *           else owned by the caller: payment_watch_close, before the node is
 *           stopped
 */
void payment_start(struct payment_watch **watch, const struct config *config,
    struct bitmark_node *node, struct log *log);

#endif
