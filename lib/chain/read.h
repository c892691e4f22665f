/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * read - from rows to records: the newest block, records at their places, and
 * what the base records of a block say.
 */
#ifndef BM_CHAIN_READ_H
#define BM_CHAIN_READ_H

#include "chain/rows.h"

/* The newest block; genesis when there is none. */
bitmark_status bm_tip(const struct bm_txn *t, struct bitmark_tip *tip);

/* The record at ${place}; a missing block or a record that cannot be parsed
 * is BITMARK_E_STORE_CORRUPT.  Both results are inside; either may be NULL. */
bitmark_status bm_record_at(const struct bm_txn *t,
    const struct bm_place *place, struct bitmark_record *record,
    struct bitmark_span *packed);

/* The account that came to own something by the record at ${place}. */
bitmark_status bm_owner_at(const struct bm_txn *t,
    const struct bm_place *place, struct bitmark_account *owner);

/* The transaction id of the record at ${place}, which is no base record. */
bitmark_status bm_tx_id_at(const struct bm_txn *t,
    const struct bm_place *place, uint8_t id[BITMARK_TX_ID_SIZE]);

/* The accounts whose shares are changed by the record at ${place}: with a share
 * record the owner of the linked one.  No record names more. */
#define BM_NAMED_MAX 2
bitmark_status bm_named_at(const struct bm_txn *t,
    const struct bm_place *place, struct bitmark_account named[BM_NAMED_MAX],
    size_t *count);

/* A record that may stand at the start of a block only. */
bool bm_is_base(const struct bitmark_record *record);

/* The contents of the base record, or of the two of them, of a block. */
struct bm_base {
	size_t count;                   /* base records: 1 or 2             */
	struct bitmark_account owner;
	struct bitmark_span packed;     /* the records' bytes; inside       */
	uint8_t payments[BITMARK_PAYMENTS_PACKED_MAX];  /* packed map       */
	size_t payments_size;
};

/*
 * bm_base_judge(store, first, second, base):
 * Judge the first records of a block.  All but ${base}->packed is filled in.
 *
 *   second   NULL: there is none
 *
 * Returns BITMARK_OK, BITMARK_E_NO_BLOCK_OWNER, or an error of the payments.
 * Source: bitmarkd v8.2 block/store.go
 */
bitmark_status bm_base_judge(const struct bm_store *store,
    const struct bitmark_record *first, const struct bitmark_record *second,
    struct bm_base *base);

/* The same for a packed block.  Also returns an error of parsing. */
bitmark_status bm_base_read(const struct bm_store *store,
    struct bitmark_span block, struct bm_base *base);

#endif
