/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * services - what the daemon serves to its owner's and other people's programs:
 * the client RPC over TLS and HTTPS.  Only what the configuration has addresses
 * for.
 */
#ifndef DAEMON_SERVICES_H
#define DAEMON_SERVICES_H

#include "log.h"
#include "shared/rpc_listen.h"
#include "services_counts.h"
#include "setup.h"

struct services;

/* Borrowed until services_close. */
struct services_config {
	const struct config *config;
	const struct daemon_rpc *rpc;
	const uint8_t *public_key;      /* of the node; NULL: not shown */
	struct bitmark_node *node;
	struct log *log;
};

/*
 * services_open(services, config, why):
 *
 *   services   new, NULL when nothing is served; owned by the caller:
 *              services_close, before the node is stopped
 *   why        on failure, which ends the start: what is wrong
 */
bool services_open(struct services **services,
    const struct services_config *config, char why[RPC_WHY_MAX]);

/* Hang up on those that are too slow; several times a second. */
void services_tick(struct services *services, uint64_t now_ms);

/* Any thread; all zero for NULL. */
void services_get_counts(struct services *services,
    struct services_counts *counts);

/* Answers that are being made are waited for.  NULL does nothing. */
void services_close(struct services *services);

#endif
