/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * current - the difficulty that the next block must have.
 */
#ifndef BM_CHAIN_CURRENT_H
#define BM_CHAIN_CURRENT_H

#include "chain/txn.h"

/*
 * bm_current_adjusted(t, number, value):
 * The difficulty from block ${number} on, which is one at which it is adjusted:
 * a multiple of the window.  The blocks before it are in the store.
 * Returns BITMARK_OK, BITMARK_E_BLOCK_END or an error of the store.
 */
bitmark_status bm_current_adjusted(const struct bm_txn *t, uint64_t number,
    double *value);

/*
 * bm_current_at(t, tip, value):
 * The difficulty that is valid when ${tip} is the newest block.  Returns
 * BITMARK_OK or an error of the store.
 */
bitmark_status bm_current_at(const struct bm_txn *t,
    const struct bitmark_tip *tip, double *value);

#endif
