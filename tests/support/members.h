/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Whole nodes on loopback, each with keys, an address and a store of its own.
 * Digests are looked up among those of the golden chains, so that no work is
 * needed; cycles are short.  Include "vectors.h", too.
 */
#ifndef TESTS_MEMBERS_H
#define TESTS_MEMBERS_H

#include <bitmarkpeer/node.h>

#include "await.h"
#include "loopback.h"
#include "stores.h"

#define MEMBERS_MAX 4
#define MEMBER_PEERS_MAX 4
/* Instead of 15 and 30 seconds. */
#define MEMBER_CYCLE_MS 200
#define MEMBER_POLL_MS 500

struct member {
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	char address[LOOPBACK_TEXT_SIZE];
	const char *listen;
	char *directory;
	struct bitmark_node_peer peer[MEMBER_PEERS_MAX];
	/* A test may change it before the start. */
	struct bitmark_node_config config;
	struct bitmark_node *node;      /* NULL: not running                */
};

extern struct member member[MEMBERS_MAX];
extern struct golden_chain member_golden, member_fork;

/* A fixture: no node runs, all stores are empty, no node knows another. */
void members_setup(void);
void members_teardown(void);

/* Fill the node's store with the golden blocks up to number ${last}. */
void member_load(int i, uint64_t last);
/* One more static peer; ${address} is borrowed until the start. */
void member_connect(int i, const uint8_t *key, const char *address);
void member_follow(int i, int other);

void member_start(int i);
void member_stop(int i);
struct bitmark_node_status member_status(int i);

typedef bool (*member_good_fn)(const struct bitmark_node_status *status,
    uint64_t argument);
/* Wait until ${good} is true of the node's status; false: in vain. */
bool member_becomes(int i, member_good_fn good, uint64_t argument);

/* Is the node in Normal mode at this height? */
bool member_in_step(const struct bitmark_node_status *status,
    uint64_t height);
/* Registered with so many peers. */
bool member_has_peers(const struct bitmark_node_status *status,
    uint64_t count);
/* Has so many transactions waiting, paid or not. */
bool member_waiting(const struct bitmark_node_status *status,
    uint64_t count);
/* Has refused at least so many requests. */
bool member_dropped(const struct bitmark_node_status *status,
    uint64_t count);
/* Knows so many peers. */
bool member_knows(const struct bitmark_node_status *status, uint64_t count);

#endif
