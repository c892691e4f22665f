/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * answer_from - what the answers of the control socket are made from.
 */
#ifndef DAEMON_ANSWER_FROM_H
#define DAEMON_ANSWER_FROM_H

#include <bitmarkpeer/node.h>

#include "exporter.h"
#include "payment_watch.h"
#include "services.h"
#include "setup.h"

/* A request whose answer may have to wait.  All zero at first; what is learnt
 * in one call serves the next one. */
struct answer_wait {
	bool waits;                     /* there is no answer yet: ask again
	                                   after a change of the node, and at
	                                   end_ms at the latest               */
	uint64_t end_ms;                /* by bitmark_clock_ms; 0: not known  */
	bool known;                     /* the transaction was found once     */
};

/* Everything that answers are made from; borrowed. */
struct answer_from {
	struct bitmark_node *node;
	const struct bitmark_chain_params *params;
	const struct daemon_mining *mining;
	const struct payment_watch *watch;      /* NULL: none */
	struct services *services;      /* NULL: none */
	struct exporter *exporter;
};

#endif
