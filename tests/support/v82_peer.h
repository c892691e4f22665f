/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A bitmarkd v8.2 peer made of raw ZeroMQ sockets, by its protocol alone: a
 * REP that serves others and a REQ for each of the nodes that it follows,
 * both with CURVE and the options of v8.2.  It holds the golden chain A up to
 * some block, and may be told to misbehave.
 */
#ifndef TESTS_V82_PEER_H
#define TESTS_V82_PEER_H

#include <pthread.h>
#include <stdbool.h>

#include "await.h"
#include "chains.h"
#include "raw_node.h"

/* Messages that are remembered; more fail the test. */
#define V82_PUSHED_MAX 64
/* How long a reply, or a push, is waited for. */
#define V82_PATIENCE_MS AWAIT_MS

/* How it serves. */
enum v82_manner {
	V82_HONEST,
	V82_SLOW,                       /* each block takes v82_peer.pause_ms */
	V82_LATE,                       /* everything takes that long        */
	V82_BAD_BLOCKS,                 /* one bit is wrong                  */
	V82_ERRORS,                     /* E to everything                   */
	V82_RUBBISH,                    /* frames of no meaning              */
	V82_VANISHES,                   /* gone at the block v82_peer.last   */
};

struct v82_peer {
	/* Set before the start. */
	const struct golden_chain *chain;       /* borrowed                  */
	uint64_t height;                /* of what it holds                  */
	const char *name;               /* of the chain; NULL: "local"       */
	unsigned pause_ms;

	struct raw_node server;
	uint8_t packed_address[7];      /* its entry in announcements        */

	pthread_mutex_t lock;           /* for what follows                  */
	enum v82_manner manner;
	uint64_t claimed;               /* height that it tells              */
	uint64_t last;                  /* V82_VANISHES: not served          */
	unsigned registered;            /* R that came                       */
	unsigned polled;                /* N that came                       */
	unsigned served;                /* blocks that were given            */
	bool vanished;
	size_t pushed_count;
	struct raw_message pushed[V82_PUSHED_MAX];      /* command and
	                                   parameters; copied                */
};

/* A peer with a new key, an address, and this much of the chain. */
void v82_init(struct v82_peer *peer, const struct golden_chain *chain,
    uint64_t height);
void v82_fini(struct v82_peer *peer);
/* Serve, or be gone; it can come back. */
void v82_start(struct v82_peer *peer);
void v82_stop(struct v82_peer *peer);
void v82_set(struct v82_peer *peer, enum v82_manner manner,
    uint64_t claimed);

/* Wait until so many requests of a kind have come; ${counter} is one of the
 * counters of the peer. */
bool v82_waits(struct v82_peer *peer, const unsigned *counter,
    unsigned count);
/* Wait until it has vanished. */
bool v82_waits_vanished(struct v82_peer *peer);
/* Wait until exactly these frames were pushed to it. */
bool v82_was_pushed(struct v82_peer *peer, const char *command,
    const struct bitmark_span *parameter, size_t count);
/* How often the command was pushed until now. */
unsigned v82_pushed(struct v82_peer *peer, const char *command);

/*
 * The other side: a connection to a node.
 */

struct v82_line {
	void *zmq;
	void *socket;
	struct raw_message reply;       /* of the last request; copied       */
};

/* Connect with the key of ${as}. */
void v82_dial(struct v82_line *line, const struct v82_peer *as,
    const char *address, const uint8_t key[BITMARK_PEER_KEY_SIZE]);
void v82_hang_up(struct v82_line *line);

/* Send application frames and wait for the reply; its frames are in
 * line->reply.  False: none came in time. */
bool v82_request(struct v82_line *line, const struct bitmark_span *frame,
    size_t count, int timeout_ms);
/* Command and parameters on the chain "local"; the reply must come. */
void v82_ask(struct v82_line *line, const char *command,
    const struct bitmark_span *parameter, size_t count);
/* The same, and the reply is the command and A. */
void v82_push(struct v82_line *line, const char *command,
    const struct bitmark_span *parameter, size_t count);
/* Register: the reply is R with a third peer, in line->reply, or fails the
 * test. */
void v82_register(struct v82_line *line, const struct v82_peer *as);
/* N. */
uint64_t v82_height(struct v82_line *line);
/* The frame of the reply is exactly this. */
void v82_expect(const struct v82_line *line, size_t frame, const void *data,
    size_t size);

#endif
