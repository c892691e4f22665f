/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * apply - the effects of a block on the tables.
 */
#ifndef BM_CHAIN_APPLY_H
#define BM_CHAIN_APPLY_H

#include "chain/check.h"
#include "chain/txn.h"

/*
 * bm_apply(t, block, digest):
 * Write all effects of a verified block, and the block; undo.h takes them
 * back.  BITMARK_OK or an error of the store.
 * Source: bitmarkd v8.2 block/store.go StoreIncoming
 */
bitmark_status bm_apply(struct bm_txn *t,
    const struct bm_checked_block *block,
    const uint8_t digest[BITMARK_DIGEST_SIZE]);

#endif
