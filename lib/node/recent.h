/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * recent - the last messages that subscribers were told, so that none is told
 * twice.
 *
 * A peer that hears of a transaction again passes it on again; programs that
 * subscribe want to know it once.  The owner thread's.
 *
 * Source: bitmarkd v0.16.0 messagebus/queue.go
 */
#ifndef BM_NODE_RECENT_H
#define BM_NODE_RECENT_H

#include <bitmarkpeer/block.h>

/* Messages that can be remembered. */
#define BM_RECENT_MAX 100

struct bm_recent {
	size_t size;                    /* messages that are: at most
	                                   BM_RECENT_MAX                   */
	size_t next;                    /* place of the oldest             */
	uint8_t hash[BM_RECENT_MAX][BITMARK_DIGEST_SIZE];
};

/* Is the message one of those that are remembered?  If not, it is remembered
 * from now on. */
bool bm_recent_has(struct bm_recent *recent, const char *command,
    const struct bitmark_span *parameters, size_t count);

#endif
