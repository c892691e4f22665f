/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * asset_set - ids of assets, to be asked whether they have one.
 */
#ifndef BM_CHAIN_ASSET_SET_H
#define BM_CHAIN_ASSET_SET_H

#include <bitmarkpeer/block.h>

/* Zero is an empty one. */
struct bm_asset_set {
	uint8_t (*id)[BITMARK_ASSET_ID_SIZE];   /* in the order of addition */
	uint32_t *order;                /* places in id, sorted by the ids  */
	size_t count, capacity;
};

bool bm_asset_set_has(const struct bm_asset_set *set,
    const uint8_t id[BITMARK_ASSET_ID_SIZE]);

/* One that is there already is as good.  BITMARK_OK or BITMARK_E_NOMEM. */
bitmark_status bm_asset_set_add(struct bm_asset_set *set,
    const uint8_t id[BITMARK_ASSET_ID_SIZE]);

void bm_asset_set_free(struct bm_asset_set *set);

#endif
