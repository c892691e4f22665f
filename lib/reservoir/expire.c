/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Removing units, payments and assets whose time is over.
 * Source: bitmarkd v8.2 cache/setup.go, asset/expiry.go
 */
#include "reservoir/reservoir_impl.h"

bitmark_status
bitmark_reservoir_expire(struct bitmark_reservoir *r, uint64_t now_s)
{
	struct bm_unit *unit;
	struct bm_asset *asset;
	struct bm_orphan *orphan;

	r->now_s = now_s;
	bm_keep_begin(r);
	while ((unit = bm_heap_due(&r->pending, now_s)) != NULL) {
		r->counts.expired += unit->waiting;
		bm_unit_remove(r, unit, BITMARK_TX_EXPIRED);
	}
	while ((unit = bm_heap_due(&r->settled, now_s)) != NULL)
		bm_unit_remove(r, unit, BITMARK_TX_EXPIRED);
	while ((orphan = bm_heap_due(&r->orphan_ends, now_s)) != NULL) {
		bm_forget(r, &orphan->row);
		bm_orphan_drop(r, orphan);
	}
	/* Assets come last: units that were just removed may have held the last
	 * references. */
	while ((asset = bm_heap_due(&r->idle, now_s)) != NULL)
		bm_asset_drop(r, asset);
	return bm_keep_commit(r, BITMARK_OK);
}
