/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * feed - many blocks into a chain: their digests are computed ahead by the
 * chain's pool while earlier ones are applied, and they are committed in
 * batches.
 */
#ifndef BM_CHAIN_FEED_H
#define BM_CHAIN_FEED_H

#include <bitmarkpeer/chain.h>

/*
 * The next block, in *block: owned by the caller: free().  NULL: there are no
 * more.  Returns BITMARK_OK or why there is none.
 */
typedef bitmark_status (*bm_next_block_fn)(void *user, uint8_t **block,
    size_t *size);

/* A source of blocks, and who is told of progress. */
struct bm_feed {
	bm_next_block_fn next;
	void *next_user;
	uint64_t now_s;
	bitmark_progress_fn progress;   /* NULL: none                        */
	void *progress_user;
	uint64_t work_total;            /* for progress; 0: not known        */
	uint64_t work_done;             /* kept by bm_feed_run               */
};

/* The time of a digest, counted in bytes of records, of which about 170 take
 * the time of a signature.  Source: measured (bench_verify), with two cores. */
#define BM_WORK_OF_DIGEST 300000

/* Work for progress of a block of ${size} bytes. */
static inline uint64_t
bm_work_of_block(uint64_t size)
{
	return BM_WORK_OF_DIGEST + size;
}

/*
 * bm_feed_run(feed, chain, refused):
 * Add blocks until there are no more.  After an error everything before the
 * block that caused it is committed.
 *
 *   refused   number of the block that the chain refused, else 0
 *
 * Returns BITMARK_OK, BITMARK_E_STOPPED (by progress), BITMARK_E_UNPROVEN (the
 * blocks ended below the checkpoint), an error of next, or as
 * bitmark_chain_add.
 */
bitmark_status bm_feed_run(struct bm_feed *feed,
    struct bitmark_chain *chain, uint64_t *refused);

/* For next, when it was interrupted: BITMARK_OK or BITMARK_E_STOPPED, as
 * progress says. */
bitmark_status bm_feed_report(const struct bm_feed *feed,
    const struct bitmark_chain *chain);

#endif
