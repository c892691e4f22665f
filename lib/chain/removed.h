/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * removed - copies of the blocks that are taken back.
 */
#ifndef BM_CHAIN_REMOVED_H
#define BM_CHAIN_REMOVED_H

#include "chain/txn.h"

struct bm_removed {
	uint64_t number;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	uint8_t *data;                  /* the packed block */
	size_t size;
};

/* The newest first.  All zero: none. */
struct bm_removed_list {
	size_t count;
	struct bm_removed *block;
};

/* Copy blocks ${first} to ${last}.  ${list} is owned by the caller, also after
 * an error: bm_removed_free. */
bitmark_status bm_removed_copy(struct bm_removed_list *list,
    const struct bm_txn *t, uint64_t first, uint64_t last);

void bm_removed_free(struct bm_removed_list *list);

#endif
