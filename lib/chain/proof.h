/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * proof - blocks whose digests were taken from the next header, until the hash
 * of a checkpoint proves that their headers are the right ones.
 *
 * The number of the first such block stands in the table "meta", and is written
 * and removed by the transactions that write and remove the blocks: so a store
 * that was left in the middle by a crash knows what in it is not verified.
 */
#ifndef BM_CHAIN_PROOF_H
#define BM_CHAIN_PROOF_H

#include "chain/check.h"
#include "chain/txn.h"

/* The newest block that is proven, when the newest is ${tip}.  BITMARK_OK or an
 * error of the store. */
bitmark_status bm_proven(const struct bm_txn *t, uint64_t tip,
    uint64_t *number);

/*
 * bm_headers_hash(t, last, next, hash):
 * SHA3-256 over the headers of the stored blocks from 2 to ${last}, and ${next}
 * behind them (size 0: nothing).  BITMARK_OK or an error of the store.
 */
bitmark_status bm_headers_hash(const struct bm_txn *t, uint64_t last,
    struct bitmark_span next, uint8_t hash[BITMARK_SHA3_256_SIZE]);

/* If the block has the number of the store's checkpoint: is it that one, and
 * are the headers before it those?  BITMARK_OK, BITMARK_E_CHECKPOINT or an
 * error of the store. */
bitmark_status bm_proof_check(const struct bm_txn *t,
    const struct bm_checked_block *block,
    const uint8_t digest[BITMARK_DIGEST_SIZE]);

/* Block ${number} is being written, by bm_apply: from here on it waits for the
 * checkpoint, or it is the one that proves those before it. */
bitmark_status bm_proof_added(struct bm_txn *t, uint64_t number);

/* Blocks above ${tip} were taken away. */
bitmark_status bm_proof_removed(struct bm_txn *t, uint64_t tip);

#endif
