/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * upstream - one outgoing session: register, ask the height every 30 s and,
 * where peers vote, the digest of our newest block; pass on what is relayed,
 * fetch digests and blocks.
 *
 * Pure: no socket, no clock, no thread.  The host owns the connection; it
 * tells what happened to it and what came, and sends what the updates say.
 * Time is monotonic milliseconds, except where Unix seconds are named.
 */
#ifndef BITMARKPEER_UPSTREAM_H
#define BITMARKPEER_UPSTREAM_H

#include <bitmarkpeer/announce.h>
#include <bitmarkpeer/block.h>
#include <bitmarkpeer/rules.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Source: bitmarkd v8.2 peer/upstream/setup.go */
#define BITMARK_UPSTREAM_POLL_MS 30000
#define BITMARK_UPSTREAM_TIMEOUT_MS 60000
/* Messages that wait to be sent.  Source: bitmarkd v8.2
 * messagebus/queue.go */
#define BITMARK_UPSTREAM_QUEUE_MAX 50
/* Their bytes, together.  Source: local bound. */
#define BITMARK_UPSTREAM_QUEUE_BYTES (16u * 1024 * 1024)
/* Pause before registering again after a failure; it doubles with each.
 * Source: local choice */
#define BITMARK_UPSTREAM_PAUSE_MS 1000
#define BITMARK_UPSTREAM_PAUSE_MAX_MS 60000
/* Fetches that may be outstanding. */
#define BITMARK_UPSTREAM_FETCHES_MAX 8
/* Requests of one update, and their parameters, at most. */
#define BITMARK_UPSTREAM_REQUESTS_MAX 3
#define BITMARK_UPSTREAM_PARAMETERS_MAX 4
/* Chain, or longest command of a relayed message, with NUL.  Bytes. */
#define BITMARK_UPSTREAM_NAME_MAX 16

/*
 * A message to be relayed: one copy for all sessions, counted.  Messages and
 * the sessions that share them belong to one thread.
 */
struct bitmark_message;

/* The order in which messages are given up when a queue is full: the last
 * kind first. */
enum bitmark_message_priority {
	BITMARK_MESSAGE_BLOCK,
	BITMARK_MESSAGE_TRANSACTION,    /* assets, issues, transfer, proof */
	BITMARK_MESSAGE_REPEATED,       /* the same, sent before           */
	BITMARK_MESSAGE_ANNOUNCEMENT,   /* peer, rpc                       */
};
#define BITMARK_MESSAGE_PRIORITIES 4

/*
 * bitmark_message_new(message, priority, command, parameters, count):
 * Copy a message.
 *
 *   message   new; owned by the caller: bitmark_message_free
 *   command   shorter than BITMARK_UPSTREAM_NAME_MAX
 *   count     1 to BITMARK_UPSTREAM_PARAMETERS_MAX
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT or BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_message_new(
    struct bitmark_message **message, enum bitmark_message_priority priority,
    const char *command, const struct bitmark_span *parameters, size_t count);

/* Give up the caller's share of a message; it is freed when no session shares
 * it any more. */
BITMARK_API void bitmark_message_free(struct bitmark_message *message);

struct bitmark_upstream;

struct bitmark_upstream_config {
	size_t struct_size;             /* sizeof this struct */
	const char *chain;              /* copied                            */
	uint8_t own_key[BITMARK_PEER_KEY_SIZE];
	struct bitmark_span own_connections;    /* packed; empty: this node
	                                   is not announced; copied, at most
	                                   BITMARK_CONNECTIONS_MAX           */
	uint64_t poll_ms;               /* 0: BITMARK_UPSTREAM_POLL_MS       */
	uint64_t timeout_ms;            /* 0: BITMARK_UPSTREAM_TIMEOUT_MS    */
	uint64_t pause_ms;              /* 0: BITMARK_UPSTREAM_PAUSE_MS      */
	const struct bitmark_rules *rules;      /* borrowed during the call;
	                                   BITMARK_ELECTION_VOTES: each poll
	                                   asks for a digest, too; NULL:
	                                   bitmark_rules_8_2()               */
};

/*
 *             OPEN          CONNECTED     LOST          good reply
 *   CLOSED    -> CONNECTING ignored       ignored       ignored
 *   CONNECTING restart      -> WAITING    stay          ignored
 *   WAITING   restart       ignored       -> CONNECTING ignored
 *   REGISTERING restart     ignored       -> CONNECTING -> READY
 *   READY     restart       ignored       -> CONNECTING stay
 *
 *             bad reply, or none in time  TICK
 *   CONNECTING -                          no connection in time: reopen
 *   WAITING   -                           pause is over: R, -> REGISTERING
 *   REGISTERING reopen, -> CONNECTING     -
 *   READY     reopen, -> CONNECTING       N every poll_ms, then H of our
 *                                         own height where peers vote
 *
 * LOST counts as a failure, with its pause, in REGISTERING, and in READY when
 * the node has not told its height since it registered us.
 *
 * CLOSE leads from each state to CLOSED.  A fetch that fails only gives its
 * result.  An H that is not answered changes nothing at all, because an old
 * node may take long for it.  Every way back to CONNECTING forgets the height
 * and the fetches; the message under way is sent once more when READY comes
 * again.
 */
enum bitmark_upstream_state {
	BITMARK_UPSTREAM_CLOSED,
	BITMARK_UPSTREAM_CONNECTING,
	BITMARK_UPSTREAM_WAITING,
	BITMARK_UPSTREAM_REGISTERING,
	BITMARK_UPSTREAM_READY,
};

enum bitmark_upstream_event_type {
	BITMARK_UPSTREAM_EV_TICK = 1,   /* the deadline has passed          */
	BITMARK_UPSTREAM_EV_OPEN,       /* a node was chosen: the host
	                                   connects, again if it must       */
	BITMARK_UPSTREAM_EV_CONNECTED,  /* the handshake is done            */
	BITMARK_UPSTREAM_EV_LOST,       /* the connection is gone           */
	BITMARK_UPSTREAM_EV_REPLY,      /* token, frames                    */
	BITMARK_UPSTREAM_EV_PUSH,       /* message                          */
	BITMARK_UPSTREAM_EV_FETCH,      /* fetch                            */
	BITMARK_UPSTREAM_EV_CLOSE,
};

enum bitmark_fetch_kind {
	BITMARK_FETCH_DIGEST,
	BITMARK_FETCH_BLOCK,
};

/* A wish for one block or digest. */
struct bitmark_fetch {
	enum bitmark_fetch_kind kind;
	uint64_t number;
	uint64_t token;                 /* the result carries it again      */
};

struct bitmark_upstream_event {
	size_t struct_size;             /* sizeof this struct */
	enum bitmark_upstream_event_type type;
	uint64_t now_ms;                /* monotonic, never goes back       */
	uint64_t wall_s;                /* Unix time                        */
	uint64_t token;                 /* EV_REPLY: of the request         */
	const struct bitmark_span *frames;      /* EV_REPLY: after the
	                                   envelope; borrowed               */
	size_t frame_count;
	struct bitmark_message *message;        /* EV_PUSH: shared          */
	struct bitmark_fetch fetch;     /* EV_FETCH                         */
	uint64_t own_height;            /* of our chain, in each event; 0: no
	                                   digest is asked for              */
};

/* Send this, with the chain in front.  Lent: inside the session, until the
 * next step. */
struct bitmark_upstream_request {
	uint64_t token;                 /* the reply belongs to it: never
	                                   used twice                       */
	const char *command;
	size_t count;
	struct bitmark_span parameter[BITMARK_UPSTREAM_PARAMETERS_MAX];
};

/*
 * Work for the host after a step, in this order.  Lent: it, its spans and
 * texts are inside the session, or in the event: use them before the next
 * step.
 */
struct bitmark_upstream_update {
	bool reopen;                    /* close the socket, open a new one */
	size_t request_count;
	const struct bitmark_upstream_request
	    *request[BITMARK_UPSTREAM_REQUESTS_MAX];
	bool has_peer;                  /* an R reply named a third peer: for
	                                   bitmark_announce_add             */
	struct bitmark_peer peer;
	bool polled;                    /* an N reply came: the peer lives, for
	                                   bitmark_announce_heard           */
	bool has_result;                /* of the fetch result_token        */
	uint64_t result_token;
	bitmark_status result;          /* BITMARK_OK, _E_BLOCK_NOT_FOUND,
	                                   _E_REMOTE (other E replies),
	                                   _E_PEER_RESPONSE, _E_TIMEOUT,
	                                   _E_NO_CONNECTION, _E_BUSY (too
	                                   many)                            */
	struct bitmark_span data;       /* digest or block, BITMARK_OK only */
	/* As it is now, whether it changed or not: */
	bool registered;                /* when it becomes false, what was
	                                   fetched will not come            */
	uint64_t height;                /* 0: not known                     */
	size_t room;                    /* messages that can be queued      */
	uint64_t deadline_ms;           /* send EV_TICK then; UINT64_MAX:
	                                   never.  It may be now            */
	/* The vote of the peer: it came just now when vote_number is not 0.
	 * Tell it the connector, with the height. */
	uint64_t vote_number;           /* of the block                     */
	uint8_t vote[BITMARK_DIGEST_SIZE];
};

/* Since the session was made. */
struct bitmark_upstream_counters {
	size_t struct_size;             /* sizeof this struct */
	uint64_t pushed;                /* acknowledged messages            */
	uint64_t retried;               /* sent a second time               */
	uint64_t dropped_full;          /* the queue had no place           */
	uint64_t dropped_failed;        /* not acknowledged twice           */
	uint64_t discarded;             /* not registered                   */
	uint64_t polls;                 /* heights received                 */
	uint64_t failures;              /* bad replies, or none in time     */
	uint64_t late;                  /* replies that nobody waits for    */
};

/*
 * bitmark_upstream_new(upstream, config):
 * A session with nobody.
 *
 *   upstream  new; owned by the caller: bitmark_upstream_free
 *   config    copied
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size),
 * BITMARK_E_INVALID_CHAIN, BITMARK_E_LENGTH (connections) or BITMARK_E_NOMEM.
 * All memory is taken here.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_upstream_new(
    struct bitmark_upstream **upstream,
    const struct bitmark_upstream_config *config);

BITMARK_API void bitmark_upstream_free(struct bitmark_upstream *upstream);

/*
 * bitmark_upstream_step(upstream, event):
 * Tell what happened; learn what to do.  Bad replies are the peer's fault, and
 * are dealt with.
 *
 *   event    borrowed; a message is shared, not taken
 *
 * Returns the update; NULL only when the event's struct_size is wrong, and
 * then nothing was done.
 *
 * Source: bitmarkd v8.2 peer/upstream/setup.go, with [D-12, D-14, D-14b,
 * D-19] mended
 */
BITMARK_API const struct bitmark_upstream_update *bitmark_upstream_step(
    struct bitmark_upstream *upstream,
    const struct bitmark_upstream_event *event);

BITMARK_API enum bitmark_upstream_state bitmark_upstream_get_state(
    const struct bitmark_upstream *upstream);

/* Returns BITMARK_OK, or BITMARK_E_ARGUMENT (struct_size). */
BITMARK_API bitmark_status bitmark_upstream_get_counters(
    const struct bitmark_upstream *upstream,
    struct bitmark_upstream_counters *counters);

#ifdef __cplusplus
}
#endif

#endif
