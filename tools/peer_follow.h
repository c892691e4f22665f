/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Following a publisher: the chain as it was told, and how events are shown.
 */
#ifndef TOOLS_PEER_FOLLOW_H
#define TOOLS_PEER_FOLLOW_H

#include "peer.h"

/* Newest blocks whose digests are kept, to find where branches part. */
#define FOLLOW_KNOWN 256

struct peer_follow {
	const struct bitmark_chain_params *chain;
	struct peer_target *node;       /* fills gaps; NULL: they stay       */
	bool json;
	uint64_t tip;                   /* newest block told; 0: none yet    */
	struct {
		uint64_t number;
		uint8_t digest[BITMARK_DIGEST_SIZE];
	} known[FOLLOW_KNOWN];          /* at number % FOLLOW_KNOWN          */
};

/* A packed block was published: show it, and before it what it tells of
 * earlier ones: that they were missed or replaced.  false: it is no block, or
 * one that was shown before. */
bool follow_block(struct peer_follow *follow, struct bitmark_span block);

/* A connection was made: what did the node get in the meantime? */
void follow_catch_up(struct peer_follow *follow);

/* How a block came. */
enum follow_origin { FOLLOW_PUBLISHED, FOLLOW_FETCHED };

void show_block(const struct peer_follow *follow, struct bitmark_span block,
    const struct bitmark_header *header,
    const uint8_t digest[BITMARK_DIGEST_SIZE], enum follow_origin origin);

/* "gap" or "reorganisation": it concerns blocks from first to last. */
void show_range_event(const struct peer_follow *follow, const char *event,
    uint64_t first, uint64_t last, const char *text);

/* Something about the connection. */
void show_notice(const struct peer_follow *follow, const char *event);

/* Any event but "block". */
void show_event(const struct peer_follow *follow,
    const struct bitmark_notice *notice);

#endif
