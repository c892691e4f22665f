/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * exporter - gives the metrics of the node to those that collect them: as files
 * that are replaced whole, and by HTTP.
 *
 * All calls are the main thread's.  The servers have threads of their own, which
 * ask the node and the services themselves.
 */
#ifndef DAEMON_EXPORTER_H
#define DAEMON_EXPORTER_H

#include "log.h"
#include "payment_watch.h"
#include "shared/rpc_listen.h"
#include "services.h"

struct exporter;

/* Borrowed until exporter_stop; files and log until exporter_free. */
struct exporter_config {
	const struct config *config;
	struct bitmark_node *node;
	const struct payment_watch *watch;      /* NULL: none */
	struct services *services;              /* NULL: none */
	struct log *log;
};

/*
 * exporter_open(exporter, config, why):
 *
 *   exporter   new, also on failure; owned by the caller: exporter_free
 *   why        on failure, which ends the start: what is wrong
 */
bool exporter_open(struct exporter **exporter,
    const struct exporter_config *config, char why[RPC_WHY_MAX]);

/* Write the files when they are due, and hang up on clients that are too slow;
 * several times a second. */
void exporter_tick(struct exporter *exporter, uint64_t now_ms);

/* The text as it is now, owned by the caller: free().  NULL: no memory, or the
 * node is stopping. */
char *exporter_text(struct exporter *exporter);

/* Before the node stops: no thread asks it any more.  NULL does nothing, here
 * and below. */
void exporter_stop(struct exporter *exporter);

/* Remove the files, which tell of a node that runs. */
void exporter_free(struct exporter *exporter);

#endif
