/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * query - confirmed records, found by the places that rows have.
 */
#ifndef BM_CHAIN_QUERY_H
#define BM_CHAIN_QUERY_H

#include "chain/rows.h"
#include "chain/snapshot.h"

/* The record at ${place}; a foundation has all of its base records. */
bitmark_status bm_confirmed_at(struct bitmark_snapshot *s,
    const struct bm_place *place, struct bitmark_confirmed *confirmed);

/* The id of the record at ${place}; a base record has its block's foundation
 * id.  confirmed: as bm_confirmed_at gave it. */
bitmark_status bm_confirmed_id(struct bitmark_snapshot *s,
    const struct bitmark_confirmed *confirmed,
    uint8_t id[BITMARK_TX_ID_SIZE]);

#endif
