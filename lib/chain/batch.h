/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * batch - blocks that are committed together.
 *
 * A batch that outgrows the map must be written again from its start, so the
 * bytes of its blocks are kept until it is committed; what was parsed of them
 * is not, as it takes about twice as much memory.
 */
#ifndef BM_CHAIN_BATCH_H
#define BM_CHAIN_BATCH_H

#include "chain/check.h"
#include "chain/txn.h"

struct bm_batch_block {
	struct bitmark_header header;
	uint8_t *data;
	size_t size;
	uint8_t digest[BITMARK_DIGEST_SIZE];
};

struct bm_batch {
	bool open;
	bitmark_status failed;          /* why it is gone               */
	struct bm_change change;        /* open unless failed           */
	struct bm_batch_block *blocks;
	size_t count;
	size_t capacity;
};

/* Nothing else may be open for writing. */
bitmark_status bm_batch_begin(struct bm_batch *batch, struct bm_store *store);

/*
 * bm_batch_add(batch, block, digest):
 * Verify a block and add it.  An error of the block leaves the batch as it
 * was; an error of the store or the machine fails it, and nothing of it is
 * left but the reason.
 *
 *   block    a copy that it has is taken, once it is verified; what is parsed
 *            of it stays valid until the batch ends
 */
bitmark_status bm_batch_add(struct bm_batch *batch,
    struct bm_checked_block *block, const uint8_t digest[BITMARK_DIGEST_SIZE]);

/* Both end the batch, in any case. */
bitmark_status bm_batch_commit(struct bm_batch *batch);
void bm_batch_abort(struct bm_batch *batch);

#endif
