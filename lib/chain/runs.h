/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * runs - packed blocks, many to a row.
 *
 * LMDB gives a value of more than half a page pages of its own, of which small
 * blocks would waste the most: so the newest row grows until it is as long as a
 * run may be.  A long block has a row of its own.
 *
 *   run   packed blocks, one behind the other
 *         offset of the end of each (32 bit, big endian)
 *         their number (16 bit, big endian)
 */
#ifndef BM_CHAIN_RUNS_H
#define BM_CHAIN_RUNS_H

#include "chain/table.h"

/* A row of runs; inside. */
struct bm_run {
	struct bitmark_span blocks;
	const uint8_t *ends;
	size_t count;                   /* 1 at least */
};

bitmark_status bm_run_read(struct bitmark_span value, struct bm_run *run);
/* Block ${i} of the run, from 0 and below its count. */
bitmark_status bm_run_block(const struct bm_run *run, uint64_t i,
    struct bitmark_span *block);

bitmark_status bm_get_block(const struct bm_txn *t, uint64_t number,
    struct bitmark_span *block);
/* The block must be the one behind the newest ... */
bitmark_status bm_put_block(struct bm_txn *t, uint64_t number,
    struct bitmark_span block);
/* ... and the newest one. */
bitmark_status bm_del_block(struct bm_txn *t, uint64_t number);

#endif
