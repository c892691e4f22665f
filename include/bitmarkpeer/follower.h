/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * follower - the blocks of a node from any number on, and then each new one as
 * it comes: which were added and which were removed, without a gap or a repeat.
 *
 * The node is asked for its blocks by the peer protocol (bitmarkpeer/client.h);
 * its publisher tells when there is something new (bitmarkpeer/subscriber.h).
 * So nothing is missed when a message of the publisher is lost, when either
 * connection breaks, or while the program was away.  Nodes of bitmarkd v8.2 and
 * of 0.16 can be followed like ours.  Each block that is reported as added
 * follows the block reported before it.  When the node has changed to another
 * branch, the blocks that it has left are reported as removed first, the newest
 * first.  Nothing else is verified: the node is believed.
 *
 * Events can be waited for here (bitmark_follower_next), or in the loop of a
 * program (bitmark_follower_step).
 *
 * A follower is used by one thread at a time, but for bitmark_follower_cancel;
 * it owns threads of libzmq.
 */
#ifndef BITMARKPEER_FOLLOWER_H
#define BITMARKPEER_FOLLOWER_H

#include <bitmarkpeer/client.h>
#include <bitmarkpeer/subscriber.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Newest blocks whose digests are remembered.  Source: local choice; nodes go
 * back 60 blocks at most by themselves */
#define BITMARK_FOLLOWER_KNOWN 4096
/* Time between two looks at the height when nothing is published: with a
 * publisher, and without one.  Milliseconds.  Source: local choice */
#define BITMARK_FOLLOWER_POLL_MS 60000
#define BITMARK_FOLLOWER_ALONE_MS 5000

struct bitmark_follower;

/*
 * The digest of block ${number} as the program has it.  Returns BITMARK_OK, or
 * anything else: it has none.  Called inside bitmark_follower_next and _step,
 * on their thread.
 */
typedef bitmark_status (*bitmark_follower_digest_fn)(void *user,
    uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE]);

struct bitmark_follower_config {
	size_t struct_size;             /* sizeof this struct */
	const char *chain;              /* "bitmark", "testing", "local"     */
	const char *node;               /* its port for peers, as for a client */
	uint8_t node_key[BITMARK_PEER_KEY_SIZE];
	const char *publisher;          /* as for a subscriber; NULL: none, and
	                                   the height is asked for again and
	                                   again                             */
	uint8_t publisher_key[BITMARK_PEER_KEY_SIZE];
	const uint8_t *private_key;     /* own peer key; NULL: a new one     */
	uint64_t from;                  /* first block that is told; 0: the
	                                   next that comes                   */
	/*
	 * The program's own blocks, below ${from} and those that were told
	 * long ago.  When it is given, a program that was away goes on from
	 * the block behind its newest one, and is told which of its own were
	 * removed meanwhile.  NULL: changes below ${from} are not told.
	 */
	bitmark_follower_digest_fn digest;
	void *user;                     /* its first argument                */
	unsigned timeout_ms;            /* of a request; 0: as for a client  */
	unsigned silence_ms;            /* 0: as for a subscriber            */
	unsigned poll_ms;               /* 0: the default                    */
	const struct bitmark_env *env;  /* copied; may be NULL               */
};

/*
 * bitmark_follower_open(follower, config):
 * Begin to connect; nothing is waited for.
 *
 *   follower   new; owned by the caller: bitmark_follower_close
 *
 * Returns BITMARK_OK, or an error of bitmark_client_open or
 * bitmark_subscriber_open.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_follower_open(
    struct bitmark_follower **follower,
    const struct bitmark_follower_config *config);

/* Does not wait, whatever is under way. */
BITMARK_API void bitmark_follower_close(struct bitmark_follower *follower);

enum bitmark_follower_event_type {
	BITMARK_FOLLOWER_ADDED = 1,     /* number, block, digest: number is one
	                                   more than that of the newest block
	                                   before                            */
	BITMARK_FOLLOWER_REMOVED,       /* number, digest: it was the newest
	                                   one                               */
	BITMARK_FOLLOWER_CURRENT,       /* number: the newest block of the node
	                                   was told, or is below from.  Once at
	                                   first, and after each failure     */
	BITMARK_FOLLOWER_NODE_FAILED,   /* status: why the node cannot be asked.
	                                   It is asked again                 */
	BITMARK_FOLLOWER_PUBLISHER_FAILED,      /* status, likewise          */
	BITMARK_FOLLOWER_NOTICE,        /* notice: anything of the subscriber
	                                   but an event "block"              */
};

struct bitmark_follower_event {
	size_t struct_size;             /* sizeof this struct */
	enum bitmark_follower_event_type type;
	bitmark_status status;
	uint64_t number;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_span block;      /* packed; inside, until the next call */
	const struct bitmark_notice *notice;    /* likewise                  */
};

/*
 * bitmark_follower_next(follower, timeout_ms, event):
 * Wait for the next event.
 *
 *   timeout_ms   0: do not wait
 *   event        overwritten, with BITMARK_OK only
 *
 * Returns BITMARK_OK, or
 *   BITMARK_E_TIMEOUT    nothing happened; also when a signal came
 *   BITMARK_E_PREVIOUS   the node has another branch from a block on that is
 *                        no longer remembered (BITMARK_FOLLOWER_KNOWN), and
 *                        config.digest does not know it either.  For good:
 *                        open another follower, from an earlier block
 *   BITMARK_E_CANCELLED  by bitmark_follower_cancel
 *   BITMARK_E_NET, BITMARK_E_NOMEM
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_follower_next(
    struct bitmark_follower *follower, unsigned timeout_ms,
    struct bitmark_follower_event *event);

/* The same without a wait, as bitmark_subscriber_step: BITMARK_E_PENDING in the
 * place of BITMARK_E_TIMEOUT. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_follower_step(
    struct bitmark_follower *follower, struct bitmark_follower_event *event);

/* Items of one follower, at most. */
#define BITMARK_FOLLOWER_POLL_MAX \
	(BITMARK_CLIENT_POLL_MAX + BITMARK_SUBSCRIBER_POLL_MAX + 1)

/* As bitmark_client_poll_items. */
BITMARK_API size_t bitmark_follower_poll_items(
    const struct bitmark_follower *follower, struct pollfd *items,
    size_t capacity);

/* When to step although no item is ready, by bitmark_clock_ms; a time that has
 * passed: at once. */
BITMARK_API uint64_t bitmark_follower_deadline_ms(
    const struct bitmark_follower *follower);

/* As bitmark_subscriber_cancel: any thread, and signal handlers. */
BITMARK_API void bitmark_follower_cancel(struct bitmark_follower *follower);

#ifdef __cplusplus
}
#endif

#endif
