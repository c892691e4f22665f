/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * share_query - shares, as users see them.
 */
#ifndef BM_CHAIN_SHARE_QUERY_H
#define BM_CHAIN_SHARE_QUERY_H

#include <bitmarkpeer/shares.h>

#include "chain/share_rows.h"
#include "chain/snapshot.h"

/* The account with number ${owner}, which the record at ${place} names: it has
 * changed what they hold.  Another is BITMARK_E_STORE_CORRUPT. */
bitmark_status bm_share_holder(const struct bm_txn *t, uint64_t owner,
    const struct bm_place *place, struct bitmark_account *account);

#endif
