/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_pool - threads that answer requests of the client RPC for the servers,
 * whose own threads never wait: an answer may take as long as storing a block.
 *
 * A request that its client has not enough tokens for (rpc_rate.h) waits here.
 * What is quick is answered at once, by the thread of the server.
 */
#ifndef DAEMON_RPC_POOL_H
#define DAEMON_RPC_POOL_H

#include <sys/queue.h>

#include "rpc.h"

/* Answers that are made at a time. */
#define RPC_POOL_WORKERS 2

/* A request on its way.  Of the pool between rpc_pool_add and done. */
struct rpc_job {
	TAILQ_ENTRY(rpc_job) entry;
	uint8_t address[16];            /* of the client, as rpc_rate wants it */
	char *request;                  /* freed by rpc_job_free               */
	size_t size;
	struct rpc_request *read;       /* the pool's: of that text            */
	enum rpc_outcome outcome;
	bool at_once;                   /* the answer may not wait: else it is
	                                   RPC_WOULD_WAIT                      */
	char *reply;                    /* freed by rpc_job_free; NULL: none   */
	size_t reply_size;
	/* Makes another answer than that of the pool, and keeps it; NULL. */
	void (*make)(struct rpc_job *job);
	/* It is answered.  By a thread of the pool, or of the caller of
	 * rpc_pool_stop; returns at once. */
	void (*done)(struct rpc_job *job);
	void *user, *client;            /* the server's                        */
	/* The pool's own. */
	uint64_t due_ms;
	bool paid;
};

TAILQ_HEAD(rpc_jobs, rpc_job);

/* Sets outcome and reply of a job that is read.  Any thread. */
typedef void (*rpc_answer_fn)(void *user, struct rpc_job *job);

/* Since it was opened. */
struct rpc_pool_counts {
	uint64_t requests;              /* answered                          */
	uint64_t delayed;               /* ... after a wait for tokens       */
	uint64_t refused;               /* for want of tokens                */
};

struct rpc_pool;

/*
 * rpc_pool_open(pool, answer, user):
 *
 *   pool   new; owned by the caller: rpc_pool_stop, and when the servers are
 *          closed rpc_pool_free
 *
 * Returns NULL, or what is wrong; static.
 */
const char *rpc_pool_open(struct rpc_pool **pool, rpc_answer_fn answer,
    void *user);

/* True: ${job} is done already, and done is not called: its answer was quick, or
 * the pool is stopped.  False: it is done later.  How many there are is bounded by
 * the servers. */
bool rpc_pool_add(struct rpc_pool *pool, struct rpc_job *job);

void rpc_pool_get_counts(struct rpc_pool *pool,
    struct rpc_pool_counts *counts);

/* All jobs are done when this returns: those that an answer is made for with
 * it, and others without a reply. */
void rpc_pool_stop(struct rpc_pool *pool);

void rpc_pool_free(struct rpc_pool *pool);

/* With request and reply; NULL does nothing. */
void rpc_job_free(struct rpc_job *job);

#endif
