/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Following: how events are shown, and the chain as a publisher alone tells it.
 */
#ifndef TOOLS_PEER_FOLLOW_H
#define TOOLS_PEER_FOLLOW_H

#include "peer.h"
#include "peer_filter.h"

/* Newest blocks whose digests are kept, to tell which were replaced. */
#define FOLLOW_KNOWN 256

struct peer_follow {
	const struct bitmark_chain_params *chain;
	struct peer_filter *filter;
	bool json;
	uint64_t tip;                   /* newest block told; 0: none yet    */
	struct {
		uint64_t number;
		uint8_t digest[BITMARK_DIGEST_SIZE];
	} known[FOLLOW_KNOWN];          /* at number % FOLLOW_KNOWN          */
};

/* A packed block was published and there is no node to ask: show it, and before
 * it which ones are missing and which it has replaced.  false: it is no block,
 * was shown before, or is not of those that are to be shown. */
bool follow_block(struct peer_follow *follow, struct bitmark_span block);

/* --- how events are shown --------------------------------------------------- */

/* false: the filter leaves it out. */
bool show_block(const struct peer_follow *follow, struct bitmark_span block,
    const uint8_t digest[BITMARK_DIGEST_SIZE]);

/* Block ${number}, the newest, was replaced. */
void show_removed(const struct peer_follow *follow, uint64_t number,
    const uint8_t digest[BITMARK_DIGEST_SIZE]);

/* Blocks from first to last were missed. */
void show_gap(const struct peer_follow *follow, uint64_t first,
    uint64_t last);

/* Something about the connection. */
void show_notice(const struct peer_follow *follow, const char *event);

/* All blocks up to ${number} were shown. */
void show_current(const struct peer_follow *follow, uint64_t number);

/* Any published event but "block"; false as show_block. */
bool show_event(const struct peer_follow *follow,
    const struct bitmark_notice *notice);

#endif
