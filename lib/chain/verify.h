/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * verify - all that must be true of a block's records at its turn.
 */
#ifndef BM_CHAIN_VERIFY_H
#define BM_CHAIN_VERIFY_H

#include "chain/check.h"
#include "chain/txn.h"

/*
 * bm_verify(t, block):
 * Everything about the records of a block that would follow the newest one
 * of ${t}, and its merkle root; the header was checked before.
 * Source: bitmarkd v8.2 block/store.go StoreIncoming
 */
bitmark_status bm_verify(const struct bm_txn *t,
    struct bm_checked_block *block);

#endif
