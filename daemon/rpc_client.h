/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_client - one connection of the client RPC: requests come in, replies go
 * out, in the order in which they become ready.
 *
 * It belongs to the server's thread, and no call waits.
 */
#ifndef DAEMON_RPC_CLIENT_H
#define DAEMON_RPC_CLIENT_H

#include "rpc_pool.h"
#include "rpc_stream.h"
#include "rpc_tls.h"

/* Requests of a client that are not answered, with those that are answered in one
 * step; more is not read.  Source: local bound. */
#define RPC_CLIENT_RUNNING_MAX 16
/* Replies that a client has not taken, in bytes: with more nothing is read from
 * it, so that what it makes the server keep is bounded. */
#define RPC_CLIENT_UNSENT_MAX (4 * 1024 * 1024)
/* Bytes of requests and replies that all clients together make the server keep:
 * with more, only clients that have less than their share of it are read.
 * Source: local bound. */
#define RPC_CLIENTS_HELD_MAX (64 * 1024 * 1024)
#define RPC_CLIENT_HELD_SHARE 65536
/* A client that has sent garbage may read the replies to what it sent before.
 * Milliseconds. */
#define RPC_CLIENT_LEAVE_MS 2000

#define RPC_CLIENT_READ 16384

enum rpc_client_state {
	RPC_CLIENT_SHAKES,              /* hands, of TLS                     */
	RPC_CLIENT_SERVED,
	RPC_CLIENT_ANSWERED,            /* nothing more is read; there are
	                                   replies to come                   */
	RPC_CLIENT_LEAVES,              /* all is said; what it sends is read
	                                   away                              */
	RPC_CLIENT_GONE,                /* jobs of it are on their way       */
};

/* Why a connection ended. */
enum rpc_client_end {
	RPC_END_CLIENT,                 /* it was the client                 */
	RPC_END_GARBAGE,
	RPC_END_HANDSHAKE,              /* failed, or too slow               */
	RPC_END_IDLE,
	RPC_END_SLOW,                   /* does not take its replies         */
	RPC_END_COUNT,
};

struct rpc_client {
	TAILQ_ENTRY(rpc_client) entry;
	enum rpc_client_state state;
	enum rpc_client_end end;        /* as far as is known                */
	int fd;
	struct rpc_link *link;
	uint8_t address[16];
	uint64_t since_ms;              /* the last sign of progress         */
	struct rpc_stream stream;
	char in[RPC_CLIENT_READ];       /* bytes read, not looked at         */
	size_t in_at, in_size;
	unsigned running;               /* requests not answered             */
	unsigned at_once;               /* ... and answered in this step     */
	size_t running_size;            /* bytes of them                     */
	size_t held;                    /* bytes that are kept for it, as of the
	                                   last step or reply                */
	size_t *all_held;               /* of all clients                    */
	char *out;
	size_t out_at, out_size, out_capacity;
	short shaking;                  /* event that the handshake waits for */
	bool again;                     /* there may be something to read, also
	                                   when poll does not know of it     */
	bool replied;                   /* there is something to send        */
	bool paused;                    /* bytes that are there already were
	                                   not read: TLS may hold them       */
};

/* Takes ${fd}, also after a failure.  ${all_held} is borrowed: the sum over all
 * clients of the server.  NULL: no memory. */
struct rpc_client *rpc_client_new(struct rpc_tls *tls, int fd,
    const uint8_t address[16], size_t *all_held, uint64_t now_ms);

/* Takes a job with address and client set.  True: it is done, and the client's
 * again; false: rpc_client_reply brings it back. */
typedef bool (*rpc_submit_fn)(void *user, struct rpc_job *job);

/* Do what can be done at once.  Requests go to ${submit}. */
void rpc_client_step(struct rpc_client *client, uint64_t now_ms,
    rpc_submit_fn submit, void *user);

/* The events that it waits for now, for poll.  It may have to go on at once,
 * because others have given room back: again. */
short rpc_client_wants(struct rpc_client *client);

/* A job of the client is done; it is freed. */
void rpc_client_reply(struct rpc_client *client, struct rpc_job *job,
    uint64_t now_ms);

/* When its time is over; UINT64_MAX: it waits for an answer. */
uint64_t rpc_client_deadline(const struct rpc_client *client,
    uint64_t handshake_ms, uint64_t idle_ms);

/* Its time is over. */
void rpc_client_expire(struct rpc_client *client);

/* Hang up; it is RPC_CLIENT_GONE then. */
void rpc_client_close(struct rpc_client *client);

void rpc_client_free(struct rpc_client *client);

#endif
