/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rows - what the rows of the tables say, and how that is packed: the table
 * above struct bm_store is the format.
 *
 * Lookups return BITMARK_OK, BITMARK_E_NOT_FOUND, or an error of the store.
 */
#ifndef BM_CHAIN_ROWS_H
#define BM_CHAIN_ROWS_H

#include "chain/table.h"

/* The place of a record: block number (0: nowhere) and offset in the block. */
struct bm_place {
	uint64_t block;
	uint64_t offset;
};

struct bm_height {
	uint8_t digest[BITMARK_DIGEST_SIZE];
	uint64_t crc;
};

struct bm_tx {
	struct bm_place place;
	uint64_t owner;                 /* to whom the item came ...          */
	uint64_t n;                     /* ... and its position in their list */
	bool spent;                     /* the item has moved on ...          */
	struct bm_place next;           /* ... by the record there            */
	bool copied;                    /* copies has more places of this id  */
	bool shared;                    /* a record before it in its block has
	                                   spent the same link: nothing moved */
	bool ends;                      /* nothing may link to it: a share, a
	                                   grant, a swap                      */
	bool moves_shares;              /* a grant or a swap: it has no item,
	                                   and owner and n are 0              */
	uint64_t owned_block;           /* that the transaction carries now;
	                                   else 0                             */
};

/* One more place of a transaction id. */
struct bm_copy {
	struct bm_place place;
	bool has_item;
	uint64_t n_before;              /* of the transaction, when it has    */
};

/* An account that holds items, or has held some. */
struct bm_holder {
	uint64_t owner;                 /* its number                  */
	uint64_t next;                  /* position of what comes next */
};

struct bm_item {
	enum bitmark_item kind;
	struct bm_place issue;          /* issue, or base record   */
	struct bm_place last;           /* transfer; block 0: none */
};

/* Keys of tables with more than one column. */
#define BM_OWNED_KEY_SIZE 8
#define BM_OWNER_KEY_SIZE 4             /* what it begins with */
#define BM_NUMBER_KEY_SIZE 8
#define BM_COPY_KEY_SIZE (BITMARK_TX_ID_SIZE + 16)

/* Owners are numbered with 32 bits, and so are the items of each. */
void bm_owned_key(uint64_t owner, uint64_t n, uint8_t key[BM_OWNED_KEY_SIZE]);
uint64_t bm_owned_n(const uint8_t key[BM_OWNED_KEY_SIZE]);
/* The owner that a key begins with. */
uint64_t bm_owner_of_key(const uint8_t key[BM_OWNER_KEY_SIZE]);

bool bm_same_place(const struct bm_place *a, const struct bm_place *b);

bitmark_status bm_get_height(const struct bm_txn *t, uint64_t number,
    struct bm_height *height);
bitmark_status bm_get_tx(const struct bm_txn *t,
    const uint8_t id[BITMARK_TX_ID_SIZE], struct bm_tx *tx);
bitmark_status bm_get_asset(const struct bm_txn *t,
    const uint8_t id[BITMARK_ASSET_ID_SIZE], struct bm_place *place);
/* The same by its fingerprint, which gives the id. */
bitmark_status bm_find_asset(const struct bm_txn *t,
    const struct bitmark_asset *asset, uint8_t id[BITMARK_ASSET_ID_SIZE],
    struct bm_place *place);
bitmark_status bm_get_owner(const struct bm_txn *t,
    const struct bitmark_account *account, struct bm_holder *owner);
bitmark_status bm_get_item(const struct bm_txn *t, uint64_t owner, uint64_t n,
    struct bm_item *item);
/* The newest that replaced the map of block ${number}. */
bitmark_status bm_get_payments(const struct bm_txn *t, uint64_t number,
    struct bm_place *place);
bitmark_status bm_get_copy(const struct bm_txn *t,
    const uint8_t id[BITMARK_TX_ID_SIZE], const struct bm_place *place,
    struct bm_copy *copy);
/* The newest place of the id that is in copies. */
bitmark_status bm_get_last_copy(const struct bm_txn *t,
    const uint8_t id[BITMARK_TX_ID_SIZE], struct bm_copy *copy);
/* A number in meta. */
bitmark_status bm_get_counter(const struct bm_txn *t, const char *name,
    uint64_t *value);

/* A row as a scan gives it.  BITMARK_OK or BITMARK_E_STORE_CORRUPT. */
bitmark_status bm_decode_item(struct bitmark_span value, struct bm_item *item);
bitmark_status bm_decode_tx(struct bitmark_span value, struct bm_tx *tx);
bitmark_status bm_decode_place(struct bitmark_span value,
    struct bm_place *place);
bitmark_status bm_decode_owner(struct bitmark_span value,
    struct bm_holder *owner);
bitmark_status bm_decode_copy(struct bitmark_span key,
    struct bitmark_span value, struct bm_copy *copy);
bitmark_status bm_decode_height(struct bitmark_span value,
    struct bm_height *height);

bitmark_status bm_put_height(struct bm_txn *t, uint64_t number,
    const struct bm_height *height);
bitmark_status bm_put_tx(struct bm_txn *t,
    const uint8_t id[BITMARK_TX_ID_SIZE], const struct bm_tx *tx);
/* BITMARK_E_TX_EXISTS: there is one, which is given in *tx and was not changed.
 */
bitmark_status bm_put_new_tx(struct bm_txn *t,
    const uint8_t id[BITMARK_TX_ID_SIZE], struct bm_tx *tx);
bitmark_status bm_put_copy(struct bm_txn *t,
    const uint8_t id[BITMARK_TX_ID_SIZE], const struct bm_copy *copy);
bitmark_status bm_del_copy(struct bm_txn *t,
    const uint8_t id[BITMARK_TX_ID_SIZE], const struct bm_place *place);
bitmark_status bm_put_asset(struct bm_txn *t,
    const uint8_t id[BITMARK_ASSET_ID_SIZE], const struct bm_place *place);
bitmark_status bm_put_owner(struct bm_txn *t,
    const struct bitmark_account *account, const struct bm_holder *owner);
bitmark_status bm_put_item(struct bm_txn *t, uint64_t owner, uint64_t n,
    const struct bm_item *item);
bitmark_status bm_put_payments(struct bm_txn *t, uint64_t number,
    const struct bm_place *place);
bitmark_status bm_del_payments(struct bm_txn *t, uint64_t number,
    uint64_t block);
bitmark_status bm_put_counter(struct bm_txn *t, const char *name,
    uint64_t value);

/* Tables whose key is a block number: runs, heights. */
bitmark_status bm_del_number(struct bm_txn *t, enum bm_table table,
    uint64_t number);
/* The item, whose row is removed. */
bitmark_status bm_take_item(struct bm_txn *t, uint64_t owner, uint64_t n,
    struct bm_item *item);
bitmark_status bm_del_owner(struct bm_txn *t,
    const struct bitmark_account *account);

#endif
