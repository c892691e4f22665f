/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * table - rows of any table: looked up, changed, and read in order.
 *
 * Every lookup returns BITMARK_OK, BITMARK_E_NOT_FOUND, or an error of the
 * store.  A span that is found is inside.
 */
#ifndef BM_CHAIN_TABLE_H
#define BM_CHAIN_TABLE_H

#include "chain/txn.h"

/*
 * bm_table_open(t, table, flags):
 * Take hold of a table for the store of ${t}; kept only by the commit of its
 * transaction.
 *
 *   flags    0, or MDB_CREATE
 *
 * BITMARK_E_NOT_FOUND: there is no such table.
 */
bitmark_status bm_table_open(struct bm_txn *t, enum bm_table table,
    unsigned flags);

/* Its name in the environment. */
const char *bm_table_name(enum bm_table table);

bitmark_status bm_get(const struct bm_txn *t, enum bm_table table,
    const void *key, size_t key_size, struct bitmark_span *value);
bitmark_status bm_put(struct bm_txn *t, enum bm_table table, const void *key,
    size_t key_size, const void *value, size_t value_size);

/* Only if there is none with this key: otherwise BITMARK_E_TX_EXISTS, and *old is
 * its value. */
bitmark_status bm_put_new(struct bm_txn *t, enum bm_table table,
    struct bitmark_span key, struct bitmark_span value,
    struct bitmark_span *old);

/* A row whose value the caller writes to *room before the next change: a large
 * value is then copied once, straight into the page. */
bitmark_status bm_reserve(struct bm_txn *t, enum bm_table table,
    const void *key, size_t key_size, size_t value_size, uint8_t **room);

/* A row behind all others: pages that are full are left full.  A key that is
 * not behind them is BITMARK_E_STORE_CORRUPT. */
bitmark_status bm_append(struct bm_txn *t, enum bm_table table,
    const void *key, size_t key_size, const void *value, size_t value_size);

/* A row that is missing is BITMARK_E_STORE_CORRUPT. */
bitmark_status bm_del(struct bm_txn *t, enum bm_table table, const void *key,
    size_t key_size);

/*
 * bm_get_last(t, table, most, prefix, key, value):
 * The last row whose key is not behind ${most} and begins with the first
 * ${prefix} bytes of it; ${key} may be NULL.
 */
bitmark_status bm_get_last(const struct bm_txn *t, enum bm_table table,
    struct bitmark_span most, size_t prefix, struct bitmark_span *key,
    struct bitmark_span *value);

/* Remove all rows. */
bitmark_status bm_clear(struct bm_txn *t, enum bm_table table);

/* Number of rows. */
bitmark_status bm_rows(const struct bm_txn *t, enum bm_table table,
    uint64_t *rows);

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

#endif
