/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * upstream, inside: the session, its queue of messages (upstream_queue.c), its
 * requests (upstream_request.c) and their replies (upstream_reply.c).
 */
#ifndef BM_PROTOCOL_UPSTREAM_IMPL_H
#define BM_PROTOCOL_UPSTREAM_IMPL_H

#include "codec/codec.h"
#include "protocol/upstream.h"

struct bitmark_message {
	size_t holders;
	enum bitmark_message_priority priority;
	char command[BITMARK_UPSTREAM_NAME_MAX];
	size_t count;
	struct bitmark_span parameter[BITMARK_UPSTREAM_PARAMETERS_MAX];
	size_t size;                    /* of all parameters, bytes */
	uint8_t bytes[];
};

/* Messages in the order in which they go out. */
struct bm_queue {
	struct bitmark_message *message[BITMARK_UPSTREAM_QUEUE_MAX];
	size_t count;
	size_t bytes;
};

/* Add at the end of its priority, sharing the message.  Gives how many
 * messages were dropped to that end: this one, or less important ones. */
size_t bm_queue_put(struct bm_queue *queue, struct bitmark_message *message);
/* The first one, or NULL; the caller's share now. */
struct bitmark_message *bm_queue_take(struct bm_queue *queue);
/* Gives how many messages were dropped. */
size_t bm_queue_clear(struct bm_queue *queue);

/* A request under way. */
struct bm_asked {
	uint64_t token;                 /* 0: none is         */
	uint64_t deadline_ms;
};

struct bm_asked_fetch {
	struct bm_asked asked;
	struct bitmark_fetch fetch;
	uint8_t number[8];              /* the parameter      */
};

struct bitmark_upstream {
	char chain[BITMARK_UPSTREAM_NAME_MAX];
	uint8_t own_key[BITMARK_PEER_KEY_SIZE];
	uint8_t own_connections[BITMARK_CONNECTIONS_MAX];
	size_t own_connections_size;
	uint64_t poll_ms, timeout_ms, first_pause_ms;
	bool votes;                     /* a poll asks for a digest, too */

	enum bitmark_upstream_state state;
	uint64_t now_ms;                /* of the step under way        */
	struct bitmark_upstream_update update;  /* of the last step     */
	struct bitmark_upstream_request request[BITMARK_UPSTREAM_REQUESTS_MAX];
	uint64_t token;                 /* the last one used            */
	uint64_t height;
	bool served;                    /* READY: a height came         */
	uint64_t pause_ms;              /* after the next failure       */
	uint64_t register_at_ms;        /* not before                   */
	uint64_t connect_by_ms;         /* CONNECTING: then reopen      */
	uint64_t poll_at_ms;            /* READY: then N                */
	uint8_t time[8];                /* parameter of R               */

	struct bm_asked session;        /* R or N                       */
	struct bm_asked vote;           /* H of a poll                  */
	uint64_t vote_number;           /* ... of this block            */
	uint8_t vote_parameter[8];
	struct bm_asked push;
	struct bitmark_message *pushing;        /* NULL: none           */
	bool pushed_before;             /* pushing failed once          */
	struct bm_queue queue;
	struct bm_asked_fetch fetch[BITMARK_UPSTREAM_FETCHES_MAX];
	struct bitmark_upstream_counters counters;
};

void bm_upstream_set_result(struct bitmark_upstream_update *update,
    const struct bitmark_fetch *fetch, bitmark_status status);

/* Add a request to the update. */
void bm_upstream_send_register(struct bitmark_upstream *u, uint64_t wall_s,
    struct bitmark_upstream_update *update);
void bm_upstream_send_poll(struct bitmark_upstream *u,
    struct bitmark_upstream_update *update);
void bm_upstream_send_vote(struct bitmark_upstream *u, uint64_t own_height,
    struct bitmark_upstream_update *update);
void bm_upstream_send_push(struct bitmark_upstream *u,
    struct bitmark_upstream_update *update);
void bm_upstream_send_fetch(struct bitmark_upstream *u,
    const struct bitmark_fetch *fetch,
    struct bitmark_upstream_update *update);

/* Read the replies to N, to a relayed message, and to H or B.  BITMARK_OK,
 * BITMARK_E_BLOCK_NOT_FOUND, BITMARK_E_REMOTE or BITMARK_E_PEER_RESPONSE. */
bitmark_status bm_upstream_check_height(
    const struct bitmark_upstream_event *reply, uint64_t *height);
bitmark_status bm_upstream_check_reply(
    const struct bitmark_upstream_event *reply, const char *command);
bitmark_status bm_upstream_check_fetch(
    const struct bitmark_upstream_event *reply, enum bitmark_fetch_kind kind,
    struct bitmark_span *data);

/* "H" or "B". */
const char *bm_upstream_fetch_command(enum bitmark_fetch_kind kind);

#endif
