/*
 * query - what the files of lib/chain that read a store share: scans of a
 * table, confirmed records, and owned items as users see them.
 */
#ifndef BM_CHAIN_QUERY_H
#define BM_CHAIN_QUERY_H

#include "chain/store.h"

/* One row of a scan; both spans are inside.  Other than BITMARK_OK ends it. */
typedef bitmark_status (*bm_row_fn)(void *user, struct bitmark_span key,
    struct bitmark_span value);

/*
 * bm_scan(t, table, from, prefix, row, user):
 * Rows in the order of their keys, from ${from} on (size 0: the first one),
 * as long as their keys begin with the first ${prefix} bytes of ${from}.
 * Returns BITMARK_OK, what ${row} returned, or an error of the store.
 */
bitmark_status bm_scan(const struct bm_txn *t, enum bm_table table,
    struct bitmark_span from, size_t prefix, bm_row_fn row, void *user);

/* A row that another row promises: not found becomes damage. */
bitmark_status bm_promised(bitmark_status status);

/* The record at ${place}; a foundation has all of its base records. */
bitmark_status bm_confirmed_at(struct bitmark_snapshot *s,
    const struct bm_place *place, struct bitmark_confirmed *confirmed);

/* The id of the record at ${place}; a base record has its block's foundation
 * id.  confirmed: as bm_confirmed_at gave it. */
bitmark_status bm_confirmed_id(struct bitmark_snapshot *s,
    const struct bitmark_confirmed *confirmed,
    uint8_t id[BITMARK_TX_ID_SIZE]);

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
