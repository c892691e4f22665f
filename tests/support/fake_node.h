/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * fake_node - a node of three blocks to dispatch requests to, and helpers
 * that build a request and check its reply.  Include "vectors.h", too.
 */
#ifndef TESTS_FAKE_NODE_H
#define TESTS_FAKE_NODE_H

#include <bitmarkpeer/dispatch.h>

/* The time at which all requests come. */
#define FAKE_NOW_S 1700000000u
#define FAKE_HEIGHT 3u
/* Frames of a request, at most. */
#define FAKE_FRAMES_MAX 128

/* 127.0.0.1:2136 in the two forms that travel. */
extern const uint8_t fake_v4_entry[BITMARK_CONNECTION_V4_SIZE];
extern const uint8_t fake_mapped_entry[BITMARK_CONNECTION_V6_SIZE];
/* The blocks 2 and 3, by number. */
extern const char fake_blocks[FAKE_HEIGHT + 1][8];

/* The node to which requests are dispatched; a test may change it. */
extern struct bitmark_dispatch_node fake_node;
extern struct bitmark_view fake_view;
/* The answer of its random_peer, if fake_third_known, and what was excluded
 * then. */
extern struct bitmark_peer fake_third;
extern bool fake_third_known;
extern uint8_t fake_excluded[BITMARK_PEER_KEY_SIZE];

/* The results of the last request. */
extern struct bitmark_reply node_reply;
extern struct bitmark_request node_request;

/* A fixture: all of the above as in the beginning. */
void fake_node_reset(void);

/* One more frame; borrowed until the request was sent. */
void frame_bytes(const void *data, size_t size);
void frame_text(const char *word);
/* The frames of the chain and a command. */
void ask_for(const char *command);
/* Dispatch the frames given since the last time. */
void ask_node(void);

/* Frame ${index} of the reply is this. */
void assert_frame(size_t index, const void *data, size_t size);
void assert_text(size_t index, const char *word);

/* Dispatch, and expect E with this text and no request to the node. */
void assert_fails(const char *message);
/* Dispatch, and expect the command and A, and this kind of request. */
void assert_acknowledged(const char *command, enum bitmark_request_kind kind);

#endif
