/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * undo - the effects of the newest blocks, taken back.
 */
#ifndef BM_CHAIN_UNDO_H
#define BM_CHAIN_UNDO_H

#include "chain/removed.h"

/*
 * bm_undo(t, blocks):
 * Take back all effects of these blocks, of which the first is the newest one
 * of the store: every row becomes what it was before them.
 *
 *   blocks   as bm_removed_copy made it: there is one at least
 *
 * Returns BITMARK_OK or an error of the store.
 */
bitmark_status bm_undo(struct bm_txn *t,
    const struct bm_removed_list *blocks);

#endif
