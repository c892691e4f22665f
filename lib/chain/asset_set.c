/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A set of ids as a sorted array of indexes. A block has 10000 assets at most,
 * and adding one moves only indexes of 4 bytes; the ids themselves stay where
 * they are.
 */
#include "chain/asset_set.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 16

/* The index at which ${id} stands in the order, or would stand. */
static size_t
find(const struct bm_asset_set *set, const uint8_t *id, bool *there)
{
	size_t low = 0, high = set->count;

	*there = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(set->id[set->order[middle]], id,
		    BITMARK_ASSET_ID_SIZE);

		if (order == 0) {
			*there = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
bm_asset_set_has(const struct bm_asset_set *set,
    const uint8_t id[BITMARK_ASSET_ID_SIZE])
{
	bool there;

	(void)find(set, id, &there);
	return there;
}

static bitmark_status
make_place(struct bm_asset_set *set)
{
	size_t capacity = set->capacity != 0 ? 2 * set->capacity :
	    CAPACITY_MIN;
	void *id, *order;

	if (set->count < set->capacity)
		return BITMARK_OK;
	id = realloc(set->id, capacity * sizeof *set->id);
	if (id == NULL)
		return BITMARK_E_NOMEM;
	set->id = id;
	order = realloc(set->order, capacity * sizeof *set->order);
	if (order == NULL)
		return BITMARK_E_NOMEM;
	set->order = order;
	set->capacity = capacity;
	return BITMARK_OK;
}

bitmark_status
bm_asset_set_add(struct bm_asset_set *set,
    const uint8_t id[BITMARK_ASSET_ID_SIZE])
{
	bitmark_status status = make_place(set);
	bool there;
	size_t at;

	if (status != BITMARK_OK)
		return status;
	at = find(set, id, &there);
	if (there)
		return BITMARK_OK;
	memmove(set->order + at + 1, set->order + at,
	    (set->count - at) * sizeof *set->order);
	set->order[at] = (uint32_t)set->count;
	memcpy(set->id[set->count++], id, BITMARK_ASSET_ID_SIZE);
	return BITMARK_OK;
}

void
bm_asset_set_free(struct bm_asset_set *set)
{
	free(set->id);
	free(set->order);
}
