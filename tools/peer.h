/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The parts of bitmark-peer: which nodes are asked, and the commands.
 */
#ifndef TOOLS_PEER_H
#define TOOLS_PEER_H

#include <bitmarkpeer.h>

#include "shared/program.h"

/* Nodes in one run. */
#define PEER_NODES_MAX 256
/* Why a node did not answer, with NUL: what it said itself, which is less than
 * 512 bytes and never cut inside a character, and words of ours. */
#define PEER_FAILURE_MAX 1024

/* Limits of check. */
struct peer_limits {
	uint64_t lag;                   /* blocks                            */
	uint64_t age_s;                 /* of the newest block; 0: any       */
};

/* Nodes as the command line names them. */
struct peer_names {
	size_t count;
	const char *list[PEER_NODES_MAX];
};

struct peer_options {
	struct peer_names nodes;
	const char *config;             /* NULL: none                        */
	const struct bitmark_chain_params *chain;       /* NULL: that of the
	                                   configuration                     */
	const struct bitmark_rules *rules;      /* of what is submitted      */
	const char *key;                /* file of our private peer key      */
	bool all, json, raw, hex, wide, proof;
	unsigned timeout_ms;
	unsigned watch_ms;              /* time between rounds; 0: one round */
	uint64_t count;                 /* rounds; 0: no limit               */
	struct peer_limits warn, critical;
	const char *submit_at;          /* of mine; NULL: the next port      */
	uint64_t threads;               /* likewise; 0: one for each core    */
	uint64_t blocks;                /* likewise; 0: no limit             */
	bool any_nonce;                 /* likewise                          */
	uint64_t from;                  /* of subscribe; 0: the next block   */
	const char *events, *account, *asset;   /* likewise; NULL: all       */
	uint64_t limit;                 /* nodes of map                      */
	bool dot;                       /* likewise                          */
};

/* One node that is asked. */
struct peer_target {
	char *name;                     /* as configured but printable, else
	                                   the address                       */
	char *address;
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	struct bitmark_client *client;
};

struct peer_targets {
	const struct bitmark_chain_params *chain;
	size_t count;
	struct peer_target *list;
};

/*
 * Find the nodes that the options name and prepare a client for each.  Gives
 * an exit code, has complained; ${targets} is overwritten, close it in every
 * case.
 */
int peer_targets_open(const struct peer_options *options,
    struct peer_targets *targets);
void peer_targets_close(struct peer_targets *targets);

/* The same in two steps: the nodes without clients, and then the clients of all
 * or of a part. */
int peer_targets_find(const struct peer_options *options,
    struct peer_targets *targets);
int peer_targets_connect(const struct peer_options *options,
    struct peer_targets *targets);
void peer_targets_disconnect(struct peer_targets *targets);

/* Why ${target} failed, as a person should read it; ${client} may help. */
void peer_failure_text(const struct peer_target *target,
    bitmark_status status, char text[PEER_FAILURE_MAX]);

/* Complains about ${target}; gives the exit code. */
int peer_failed(const struct peer_target *target, bitmark_status status);

/* Wait; a signal that is caught ends it early. */
void peer_sleep_ms(unsigned ms);

#endif
