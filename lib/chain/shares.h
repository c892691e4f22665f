/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * shares - what blocks do to totals and balances, and how it is taken back.
 *
 * The arithmetic is that of 0.16, with all that is strange in it: who computes
 * otherwise has other balances than all other nodes.
 */
#ifndef BM_CHAIN_SHARES_H
#define BM_CHAIN_SHARES_H

#include "chain/share_rows.h"

/* The record at ${place} turns a bitmark of ${owner} into shares. */
bitmark_status bm_shares_make(struct bm_txn *t, const struct bm_pair *pair,
    uint64_t quantity, const struct bm_place *place);
bitmark_status bm_shares_unmake(struct bm_txn *t, const struct bm_pair *pair,
    const struct bm_place *place);

/* A grant or a swap, which was verified; and its opposite.  Those of one block
 * are taken back from the last to the first. */
bitmark_status bm_shares_move(struct bm_txn *t,
    const struct bitmark_record *record, const struct bm_place *place);
bitmark_status bm_shares_move_back(struct bm_txn *t,
    const struct bitmark_record *record, const struct bm_place *place);

/* Has the account ever held any, by what is in the tables? */
bitmark_status bm_shares_has_held(const struct bm_txn *t, uint64_t owner,
    bool *has_held);

#endif
