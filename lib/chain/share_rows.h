/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * share_rows - the rows of shares: totals, and what each account holds.
 *
 * Lookups return BITMARK_OK, BITMARK_E_NOT_FOUND, or an error of the store.
 */
#ifndef BM_CHAIN_SHARE_ROWS_H
#define BM_CHAIN_SHARE_ROWS_H

#include "chain/rows.h"

/* Keys, and what they begin with. */
#define BM_SHARE_KEY_SIZE (BITMARK_TX_ID_SIZE + 8)
#define BM_BALANCE_PAIR_SIZE (BM_OWNER_KEY_SIZE + BITMARK_TX_ID_SIZE)
#define BM_BALANCE_KEY_SIZE (BM_BALANCE_PAIR_SIZE + 8)
#define BM_HOLDER_KEY_SIZE (BITMARK_TX_ID_SIZE + BM_OWNER_KEY_SIZE)

struct bm_share {
	uint64_t total;
	struct bm_place place;          /* of the record that made them      */
};

/* Shares that an account holds. */
struct bm_pair {
	uint64_t owner;
	const uint8_t *share_id;        /* borrowed                           */
};

struct bm_balance {
	uint64_t balance;
	bool emptied;                   /* the row of 0.16 was removed; the
	                                   balance is 0                       */
	struct bm_place first;          /* first record of the newest block
	                                   that changed it                    */
};

void bm_balance_key(const struct bm_pair *pair, uint64_t block,
    uint8_t key[BM_BALANCE_KEY_SIZE]);
void bm_holder_key(const uint8_t share_id[BITMARK_TX_ID_SIZE], uint64_t owner,
    uint8_t key[BM_HOLDER_KEY_SIZE]);

/* The present ones; of a block up to ${newest}. */
bitmark_status bm_get_share(const struct bm_txn *t,
    const uint8_t share_id[BITMARK_TX_ID_SIZE], uint64_t newest,
    struct bm_share *share);
bitmark_status bm_get_balance(const struct bm_txn *t,
    const struct bm_pair *pair, uint64_t newest, struct bm_balance *balance);

/* A row as a scan gives it.  BITMARK_OK or BITMARK_E_STORE_CORRUPT. */
bitmark_status bm_decode_share(struct bitmark_span key,
    struct bitmark_span value, struct bm_share *share);
bitmark_status bm_decode_balance(struct bitmark_span key,
    struct bitmark_span value, struct bm_balance *balance);

/* For the block of the place. */
bitmark_status bm_put_share(struct bm_txn *t,
    const uint8_t share_id[BITMARK_TX_ID_SIZE], const struct bm_share *share);
bitmark_status bm_del_share(struct bm_txn *t,
    const uint8_t share_id[BITMARK_TX_ID_SIZE], uint64_t block);
bitmark_status bm_put_balance(struct bm_txn *t, const struct bm_pair *pair,
    const struct bm_balance *balance);

#endif
