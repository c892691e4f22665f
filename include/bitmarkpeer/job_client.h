/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * job_client - the sockets of a miner: it gets the jobs that a node publishes,
 * and submits nonces to it.  The node may be bitmarkd, of v8.2 or of 0.16, or
 * one of this library's.
 *
 * Jobs and submissions are texts here, which bitmarkpeer/mining.h reads and
 * writes.  A submission is sent again until its reply has come: a reply is lost
 * with its connection, or by a node that ends.
 *
 * A program waits for jobs and replies by bitmark_job_client_next, or in a loop
 * of its own, beside other things, by bitmark_job_client_step.
 *
 * A job client is used by one thread at a time, but for
 * bitmark_job_client_cancel; it owns threads of libzmq.
 *
 * Source: bitmarkd v8.2 and v0.16.0 command/recorderd, proof
 */
#ifndef BITMARKPEER_JOB_CLIENT_H
#define BITMARKPEER_JOB_CLIENT_H

#include <poll.h>

#include <bitmarkpeer/account.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A submission without a reply is sent again after so long.  Milliseconds.
 * Source: local choice: a node computes a digest for each that it has, and may
 * have many */
#define BITMARK_JOB_REPLY_MS 30000
/* Submissions that wait for a reply, the one that was sent with them.
 * Source: local bound */
#define BITMARK_JOB_SUBMISSIONS_MAX 8
/* Longest text that is submitted.  Bytes.  Source: local bound */
#define BITMARK_JOB_SUBMIT_MAX 4096

struct bitmark_job_client;

struct bitmark_job_client_config {
	size_t struct_size;             /* sizeof this struct */
	const char *jobs;               /* address of the publisher of jobs:
	                                   "host:port" or "[v6]:port"; a name is
	                                   looked up                         */
	const char *submit;             /* where nonces are submitted        */
	uint8_t server_key[BITMARK_PEER_KEY_SIZE];      /* of the node's
	                                   proofing, not of its peering      */
	const uint8_t *private_key;     /* own; NULL: a new one              */
	unsigned reply_ms;              /* 0: the default                    */
	const struct bitmark_env *env;  /* copied; may be NULL               */
};

/*
 * bitmark_job_client_open(client, config):
 * Begin to connect; nothing is waited for.
 *
 *   client   new; owned by the caller: bitmark_job_client_close
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size), BITMARK_E_IP_ADDRESS,
 * _E_NO_PORT or _E_PORT (an address), BITMARK_E_PUBLIC_KEY (all zero),
 * BITMARK_E_IO (no descriptors), BITMARK_E_NET, BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_job_client_open(
    struct bitmark_job_client **client,
    const struct bitmark_job_client_config *config);

/* Submissions without a reply are forgotten. */
BITMARK_API void bitmark_job_client_close(struct bitmark_job_client *client);

enum bitmark_job_notice_type {
	BITMARK_JOB_CONNECTED,          /* jobs come from now on             */
	BITMARK_JOB_LOST,               /* ... and not any more; it is tried
	                                   again                             */
	BITMARK_JOB_CAME,               /* data: the job                     */
	BITMARK_JOB_REPLY,              /* data: the reply to the oldest
	                                   submission                        */
};

struct bitmark_job_notice {
	size_t struct_size;             /* sizeof this struct */
	enum bitmark_job_notice_type type;
	struct bitmark_span data;       /* text without NUL; inside, until the
	                                   next call.  Nothing of it is
	                                   checked                           */
};

/*
 * bitmark_job_client_next(client, timeout_ms, notice):
 * Wait for the next thing that happens.  Messages of more than one frame are
 * passed over and counted, as no node has any.
 *
 *   timeout_ms   0: do not wait
 *   notice       overwritten, with BITMARK_OK only
 *
 * Returns BITMARK_OK, or
 *   BITMARK_E_TIMEOUT           nothing happened; also when a signal came
 *   BITMARK_E_HOST_NOT_FOUND    nothing happened, and the name of the publisher
 *                               has no address; it is looked up again
 *   BITMARK_E_WRONG_SERVER_KEY  something listens, but refuses to talk to us
 *                               with this key; the next call tries again
 *   BITMARK_E_WRONG_PORT        the node has this key, but another service
 *                               at one of the addresses; likewise
 *   BITMARK_E_CANCELLED         by bitmark_job_client_cancel
 *   BITMARK_E_ARGUMENT (struct_size), BITMARK_E_NET, BITMARK_E_NOMEM
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_job_client_next(
    struct bitmark_job_client *client, unsigned timeout_ms,
    struct bitmark_job_notice *notice);

/* The same without a wait; as bitmark_subscriber_step. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_job_client_step(
    struct bitmark_job_client *client, struct bitmark_job_notice *notice);

/*
 * bitmark_job_client_submit(client, text, size):
 * Queue a submission behind those that wait for their replies: a node takes one
 * submission after the other, so they are sent one at a time.  Does not wait.
 *
 * Returns BITMARK_OK, BITMARK_E_BUSY (BITMARK_JOB_SUBMISSIONS_MAX wait),
 * BITMARK_E_LENGTH or BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_job_client_submit(
    struct bitmark_job_client *client, const char *text, size_t size);

struct bitmark_job_client_stats {
	size_t struct_size;             /* sizeof this struct */
	size_t waiting;                 /* submissions without a reply       */
	uint64_t sent;                  /* submissions, again or not         */
	uint64_t again;                 /* ... of them sent again            */
	uint64_t passed_over;           /* messages that no node sends       */
};

/* Returns BITMARK_OK, or BITMARK_E_ARGUMENT (struct_size). */
BITMARK_API bitmark_status bitmark_job_client_get_stats(
    const struct bitmark_job_client *client,
    struct bitmark_job_client_stats *stats);

/* Items of one job client, at most. */
#define BITMARK_JOB_CLIENT_POLL_MAX 34

/* As bitmark_client_poll_items, _deadline_ms. */
BITMARK_API size_t bitmark_job_client_poll_items(
    const struct bitmark_job_client *client, struct pollfd *items,
    size_t capacity);
BITMARK_API uint64_t bitmark_job_client_deadline_ms(
    const struct bitmark_job_client *client);

/*
 * bitmark_job_client_cancel(client):
 * Have the call that waits, or else the next call or step, return
 * BITMARK_E_CANCELLED.  Nothing is lost: the call after that goes on.  A thread
 * that has found a nonce wakes the waiting thread in this way, to have the
 * nonce submitted.
 *
 * Any thread, and signal handlers; ${client} must stay open meanwhile.
 */
BITMARK_API void bitmark_job_client_cancel(struct bitmark_job_client *client);

#ifdef __cplusplus
}
#endif

#endif
