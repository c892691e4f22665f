/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Miners of raw ZeroMQ sockets, as recorderd has them, and a node that they
 * mine for: member 0 of members.h.
 *
 * A nonce is good unless its lowest byte is MINERS_BAD: so a test chooses.
 */
#ifndef TESTS_MINERS_H
#define TESTS_MINERS_H

#include <bitmarkpeer/mining.h>

#include <stdatomic.h>
#include <zmq.h>

#include "members.h"
#include "mining.h"

#define MINERS_BAD 1

struct miner {
	void *jobs;                     /* SUB; NULL: none                  */
	void *submit;                   /* REQ or DEALER; NULL: none        */
};

/* Of the node; fill in before miners_start. */
extern struct bitmark_node_proofing miners_proofing;
/* Between these two calls no digest is finished. */
void miners_hold(void);
void miners_release(void);
/* Digests that were begun. */
extern atomic_uint miners_digests;

/* A fixture around members_setup: member 0 has sockets for miners. */
void miners_setup(void);
void miners_teardown(void);

/* Start member 0 and wait until it is Normal. */
void miners_start(void);
/* Have one more asset with one issue of it waiting, proved. */
void miners_verify(uint8_t number);

/* Connect a miner with this CURVE key; NULL: a new one. */
struct miner miner_connect(int submit_type, const uint8_t *private_key);
void miner_close(struct miner *miner);

/* The next job, in time; false: none came. */
bool miner_job(struct miner *miner, struct bitmark_job *job, int wait_ms);

/* Send, without waiting for the reply. */
void miner_send(struct miner *miner, const void *data, size_t size);
void miner_submit(struct miner *miner, const char *job, uint64_t nonce);
/* The reply is this one, and there is no other frame. */
void miner_expect(struct miner *miner, const char *reply);
/* Send a submission and check that the reply's "ok" is ${ok}. */
void miner_try(struct miner *miner, const char *job, uint64_t nonce, bool ok);

/* Wait until so many are connected to both. */
void miners_await(unsigned subscribers, unsigned submitters);

#endif
