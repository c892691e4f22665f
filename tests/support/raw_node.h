/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A node of raw ZeroMQ sockets on loopback, with a thread of its own, that
 * answers as a test tells it to.
 */
#ifndef TESTS_RAW_NODE_H
#define TESTS_RAW_NODE_H

#include <bitmarkpeer/account.h>

#include <pthread.h>
#include <stdbool.h>

#define RAW_FRAMES_MAX 12
#define RAW_ADDRESS_SIZE 32

/* Frames of a message. */
struct raw_message {
	size_t count;
	struct bitmark_span frame[RAW_FRAMES_MAX];
};

enum raw_kind {
	RAW_ROUTER,
	RAW_REP,                        /* as v8.2 has it: libzmq keeps the
	                                   envelope                          */
	RAW_NO_CURVE,                   /* a ROUTER without security         */
};

/* Frames of a request to a ROUTER before the chain: identity of the sender,
 * id, empty frame. */
#define RAW_ENVELOPE 3

/* How long v8.2's server waits for a peer.  Milliseconds. */
#define RAW_V82_SERVER_MS 120000

/* The options that v8.2 gives to every socket for peers. */
void raw_set_v82(void *socket, int timeout_ms);
/* All frames of one message, copied; false: none came in time. */
bool raw_receive(void *socket, struct raw_message *message);
/* Free the frames that were copied. */
void raw_free_message(struct raw_message *message);

struct raw_node;

/* Called by the thread for each request. */
typedef void (*raw_answer_fn)(struct raw_node *node,
    const struct raw_message *request);

struct raw_node {
	/* Set by the test before it starts the node. */
	raw_answer_fn answer;
	enum raw_kind kind;
	struct raw_message reply;       /* for raw_answer; borrowed          */

	char address[RAW_ADDRESS_SIZE]; /* "127.0.0.1:port"; "[v6]:port" if the
	                                   test set that before the start    */
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];

	/* The thread's, until the node is stopped. */
	void *zmq;
	void *socket;
	struct raw_message last;        /* request; copied                   */
	uint8_t early_id[4];            /* kept by an answer function        */
	unsigned requests;
	int stop[2];
	pthread_t thread;
};

/* A node with a new key. */
void raw_init(struct raw_node *node, raw_answer_fn answer);
/* Free what the node remembers. */
void raw_fini(struct raw_node *node);
/* Bind (the same port again when there was one) and run.  What the thread
 * noted may be looked at after the stop. */
void raw_start(struct raw_node *node);
void raw_stop(struct raw_node *node);

/* A plain TCP socket that is bound to loopback and will be the address of the
 * node; the caller listens, or not, and closes it. */
int raw_tcp(struct raw_node *node);

/* For answer functions: close the socket at once, and bind it again. */
void raw_die(struct raw_node *node);
void raw_revive(struct raw_node *node);

/* Send frames as they are (the first is the identity). */
void raw_send(struct raw_node *node, const struct raw_message *message);
/* Send node->reply with the envelope of ${request}. */
void raw_answer(struct raw_node *node, const struct raw_message *request);
/* Send nothing. */
void raw_ignore(struct raw_node *node, const struct raw_message *request);

/* node->reply: text frames, up to the first NULL. */
void raw_reply_text(struct raw_node *node, const char *first, ...);
/* node->reply: a command and bytes. */
void raw_reply_bytes(struct raw_node *node, const char *command,
    const void *data, size_t size);

#endif
