/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * follow - fetches the blocks of a node in their order, and says when its chain
 * has become another one.
 */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <bitmarkpeer.h>

/* What is fetched at once: bounds on time and memory, so many blocks or bytes,
 * whichever is reached first. */
#define FOLLOW_BLOCKS_MAX 200
#define FOLLOW_BYTES_MAX ((size_t)16 << 20)

struct follow_block {
	uint64_t number;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	uint8_t *data;
	size_t size;
};

struct follow_batch {
	size_t count;
	struct follow_block block[FOLLOW_BLOCKS_MAX];
};

/* The newest block that the follower has. */
struct follow_place {
	uint64_t number;
	uint8_t digest[BITMARK_DIGEST_SIZE];
};

/* The digest of a block that the follower has; 0, or -1. */
typedef int (*follow_digest_fn)(void *user, uint64_t number,
    uint8_t digest[BITMARK_DIGEST_SIZE]);

enum follow_next {
	FOLLOW_FAILED = -1,             /* stderr says why; may pass          */
	FOLLOW_CURRENT,                 /* the node has no more               */
	FOLLOW_BLOCKS,                  /* ${batch} comes after ${place}      */
	FOLLOW_BACK,                    /* take back all after block ${back}  */
};

/*
 * What comes after ${place}.
 *
 *   digest_of  asked for blocks before ${place}, when the chain is another one
 *   batch      with FOLLOW_BLOCKS; to be emptied by follow_free
 *   back       with FOLLOW_BACK
 */
enum follow_next follow_next(struct bitmark_client *node,
    const struct follow_place *place, follow_digest_fn digest_of, void *user,
    struct follow_batch *batch, uint64_t *back);

void follow_free(struct follow_batch *batch);

#endif
