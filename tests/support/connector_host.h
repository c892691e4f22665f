/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A host for the tests of connectors: chains that are arrays, and the work
 * that was asked for, done by hand or all at once.
 */
#ifndef TESTS_CONNECTOR_HOST_H
#define TESTS_CONNECTOR_HOST_H

#include <bitmarkpeer/connector.h>

#include "vectors.h"

#define HOST_HEIGHT_MAX 600
#define HOST_WORK_MAX 4096
#define HOST_CLIENTS_MAX 16

struct host_chain {
	uint64_t height;
	uint8_t header[HOST_HEIGHT_MAX + 1][BITMARK_HEADER_SIZE];
	uint8_t digest[HOST_HEIGHT_MAX + 1][BITMARK_DIGEST_SIZE];
};

/* An action that the connector asked for and the host has not done yet. */
struct host_work {
	struct bitmark_connector_action action;
	uint8_t block[BITMARK_HEADER_SIZE];
};

struct host {
	struct bitmark_connector *connector;
	struct bitmark_connector_config config;
	struct bitmark_view view;
	const struct bitmark_connector_update *update;  /* of the last step */
	uint64_t now_ms;
	struct host_chain own;
	struct host_chain *of[HOST_CLIENTS_MAX];        /* each client's */
	struct host_work work[HOST_WORK_MAX];
	size_t work_count;
	size_t digests, blocks, checks, applies, rollbacks, reconnects,
	    connects;                   /* asked for since the start    */
	uint64_t rolled_back_to;
};

extern struct host host;

/* Blocks 1 to HEIGHT: common ones up to COMMON, then those of BRANCH. */
void host_chain_make(struct host_chain *chain, uint64_t common,
    uint64_t height, uint8_t branch);

/* A connector with COUNT static clients with keys 1, 2, ..., and own height
 * HEIGHT; change host.config in between. */
void host_configure(size_t count, uint64_t height);
void host_open(void);
void host_close(void);

void host_step(const struct bitmark_connector_event *event);
/* Let MS milliseconds pass, and step. */
void host_tick(uint64_t ms);
void host_registered(size_t client);
void host_height(size_t client, uint64_t height);
/* A client tells its height and its vote: the digest that CHAIN has for our
 * newest block. */
void host_vote(size_t client, uint64_t height,
    const struct host_chain *chain);
void host_lost(size_t client);
/* Report a neighbour with key NUMBER, at 127.0.0.NUMBER. */
void host_neighbour(uint8_t number);
/* All clients are registered, each with the height of CHAIN. */
void host_all_have(struct host_chain *chain);
/* Step until the state is HighestBlock, which has not run yet. */
void host_reach_highest_block(void);

/* Take the first waiting work of this type; fails the test without one. */
struct host_work host_take(enum bitmark_connector_action_type type);
size_t host_waiting(enum bitmark_connector_action_type type);
/* Do one work as it should be done, by the chain of its client. */
void host_do(const struct host_work *work);
/* Answer a fetch or other work with an error. */
void host_fail(const struct host_work *work, bitmark_status status);
/* Do all work, in the order in which it was asked for, until none is left. */
void host_do_all(void);

enum bitmark_connector_state host_state(void);
struct bitmark_connector_status host_status(void);

#endif
