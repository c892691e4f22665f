/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * owned - what accounts own, as users see it.
 */
#ifndef BM_CHAIN_OWNED_H
#define BM_CHAIN_OWNED_H

#include "chain/rows.h"
#include "chain/snapshot.h"

/*
 * bm_owned_items(s, account, start, each, user):
 * The items of ${account} from position ${start} on, in their order.
 * Returns as bm_scan.
 */
typedef bitmark_status (*bm_owned_fn)(void *user,
    const struct bitmark_owned *owned);
bitmark_status bm_owned_items(struct bitmark_snapshot *s,
    const struct bitmark_account *account, uint64_t start, bm_owned_fn each,
    void *user);

/* To whom the item came by a transaction: the account that its record names,
 * which must be the row's owner. */
bitmark_status bm_tx_holder(struct bitmark_snapshot *s,
    const struct bm_tx *tx, struct bitmark_account *account);

#endif
