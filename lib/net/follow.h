/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * follow - what a follower asks its node for, and what it tells: a machine
 * without sockets.
 *
 * It goes in rounds.  A round asks for the height, and for the digest of a block
 * of the node: the newest that will be fetched, or one that was told already.
 * A told block with another digest means that the node is on another branch;
 * where the two part is looked for then.  Else the next blocks are fetched, some
 * at a time, and then the digest is asked for again: if it is still the same,
 * the node has had the same chain all the time in between, so that all these
 * blocks belong to one branch.  Only then are they told.  The digest of a block
 * is what the block behind it names; asking for each would be slow, because old
 * nodes compute it anew.
 */
#ifndef BM_NET_FOLLOW_H
#define BM_NET_FOLLOW_H

#include <bitmarkpeer/follower.h>
#include <bitmarkpeer/rules.h>

/* Blocks that are fetched before they are told, and their bytes, which one more
 * block may exceed. */
#define BM_FOLLOW_BATCH 32
#define BM_FOLLOW_BATCH_BYTES ((size_t)16 << 20)
/* A node that changes, or contradicts itself, in so many rounds without one that
 * tells something has failed. */
#define BM_FOLLOW_RESTARTS 5
/* The wait after a failure doubles from the first to the second.  ms */
#define BM_FOLLOW_PAUSE_MS 500
#define BM_FOLLOW_PAUSE_MAX_MS 30000
/* A block was published and the node does not have it yet: ask so often, and
 * so long.  ms */
#define BM_FOLLOW_BEHIND_MS 250
#define BM_FOLLOW_BEHIND_MAX_MS 60000

/* The request whose reply the machine waits for. */
enum bm_follow_phase {
	BM_FOLLOW_IDLE,         /* none; until due_ms                        */
	BM_FOLLOW_HEIGHT,
	BM_FOLLOW_OPEN,         /* digest of ${check}                        */
	BM_FOLLOW_SEARCH,       /* digest of ${probe}                        */
	BM_FOLLOW_FETCH,        /* the block behind the batch                */
	BM_FOLLOW_LAST,         /* digest of the last block of the batch     */
	BM_FOLLOW_CLOSE,        /* digest of ${check} once more              */
	BM_FOLLOW_TELL,         /* none: events are waiting                  */
};

struct bm_follow_block {
	uint8_t *data;
	size_t size;
	uint8_t digest[BITMARK_DIGEST_SIZE];
};

struct bm_follow {
	const struct bitmark_chain_params *params;
	bitmark_follower_digest_fn digest;
	void *user;
	uint64_t from;                  /* 0: not known yet                  */
	uint64_t poll_ms;
	uint64_t tip;                   /* newest block told, or from - 1    */
	struct {
		uint64_t number;
		uint8_t digest[BITMARK_DIGEST_SIZE];
	} known[BITMARK_FOLLOWER_KNOWN];        /* at number % that          */

	enum bm_follow_phase phase;
	uint64_t height, check;
	uint8_t check_digest[BITMARK_DIGEST_SIZE];
	/* The branches part above ${good} and at or below ${bad}. */
	uint64_t good, bad, step, probe;
	struct bm_follow_block batch[BM_FOLLOW_BATCH];
	size_t count, told, bytes;

	uint64_t cut;                   /* blocks above it are removed       */
	bool genesis;                   /* is to be told                     */
	bool again;                     /* a round is due behind this one    */
	bool current;                   /* CURRENT was told                  */
	bool current_due;
	uint64_t published;             /* highest number that was           */
	uint64_t first_published;       /* before ${from} is known           */
	uint64_t published_end_ms;
	unsigned restarts;
	uint64_t due_ms, pause_ms;
	bitmark_status failure;         /* since the last round that was good */
	bool failure_due;
	bool broken;                    /* BITMARK_E_PREVIOUS for good       */
};

/* ${f} is all zero. */
void bm_follow_init(struct bm_follow *f,
    const struct bitmark_chain_params *params,
    const struct bitmark_follower_config *config, uint64_t now_ms);
void bm_follow_fini(struct bm_follow *f);

/* There may be something new: block ${number} was published, or 0. */
void bm_follow_hint(struct bm_follow *f, uint64_t number, uint64_t now_ms);

/* The phase in which a request is to be made, having waited long enough, or
 * BM_FOLLOW_IDLE or BM_FOLLOW_TELL; *number: of the digest or block. */
enum bm_follow_phase bm_follow_request(struct bm_follow *f, uint64_t now_ms,
    uint64_t *number);

/* The reply to it, of the kind that the phase says. */
void bm_follow_height(struct bm_follow *f, uint64_t height, uint64_t now_ms);
void bm_follow_digest(struct bm_follow *f,
    const uint8_t digest[BITMARK_DIGEST_SIZE], uint64_t now_ms);
void bm_follow_block(struct bm_follow *f, struct bitmark_span block,
    uint64_t now_ms);
void bm_follow_failed(struct bm_follow *f, bitmark_status status,
    uint64_t now_ms);

/* The next event; BITMARK_E_PENDING: there is none now; BITMARK_E_PREVIOUS. */
bitmark_status bm_follow_next(struct bm_follow *f,
    struct bitmark_follower_event *event);

/* When bm_follow_request gives another answer by itself. */
uint64_t bm_follow_deadline(const struct bm_follow *f);

#endif
