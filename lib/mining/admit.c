/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Judging of a record against the state before the block and against the
 * records that the block has already. The sets of links and of balances that
 * grow here are thrown away with the admission: nothing of it is written to the
 * store or to the reservoir.
 */
#include "mining/admit.h"

#include <stdlib.h>
#include <string.h>

#include "mining/spends.h"

/* The snapshot and the reservoir are borrowed until bm_admission_fini. All
 * lookups go to the same snapshot, so a block that the owner commits meanwhile
 * cannot make two records of one template disagree. */
void
bm_admission_init(struct bm_admission *a,
    const struct bitmark_template_config *config,
    struct bitmark_reservoir *reservoir, struct bitmark_snapshot *snapshot)
{
	struct bitmark_tip tip;

	bitmark_snapshot_tip(snapshot, &tip);
	*a = (struct bm_admission){ .config = config, .reservoir = reservoir,
		.snapshot = snapshot, .height = tip.number };
	bm_map_init(&a->assets, BITMARK_ASSET_ID_SIZE, NULL);
	bm_map_init(&a->links, BITMARK_TX_ID_SIZE, NULL);
	bm_map_init(&a->spends, BITMARK_DIGEST_SIZE, NULL);
}

/* The maps hold pointers alone; their objects came from new_object and are
 * freed here. */
static void
free_objects(struct bm_map *map)
{
	void *object;

	for (size_t at = 0; (object = bm_map_next(map, &at)) != NULL;)
		free(object);
	bm_map_fini(map);
}

void
bm_admission_fini(struct bm_admission *a)
{
	free_objects(&a->assets);
	free_objects(&a->links);
	free_objects(&a->spends);
}

/* A place in the map for an object with this key at its start, or NULL. */
static void *
new_object(struct bm_map *map, const uint8_t *key, size_t size)
{
	uint8_t *object = bm_map_reserve(map, 1) == BITMARK_OK ?
	    calloc(1, size) : NULL;

	if (object == NULL)
		return NULL;
	memcpy(object, key, map->key_size);
	bm_map_put(map, object, object);
	return object;
}

/*
 * Issues.
 */

/* An asset that is not stored is put into the block when the reservoir has its
 * record. When it has not, ${packed} is empty and the issue waits: bitmarkd
 * ends at this place [D-27]. */
static bitmark_status
look_up_asset(struct bm_admission *a, struct bm_needed_asset *asset)
{
	struct bitmark_confirmed stored = { .struct_size = sizeof stored };
	bitmark_status status = bitmark_snapshot_asset(a->snapshot, asset->id,
	    &stored);

	asset->known = status == BITMARK_OK;
	if (status != BITMARK_E_NOT_FOUND)
		return status;
	if (bitmark_reservoir_cached(a->reservoir, asset->id,
	    &asset->packed) != BITMARK_OK)
		asset->packed = (struct bitmark_span){ NULL, 0 };
	return BITMARK_OK;
}

/* Most issues of a block are of few assets, so each is looked up once. */
static bitmark_status
find_asset(struct bm_admission *a, const uint8_t *id,
    struct bm_needed_asset **asset)
{
	*asset = bm_map_find(&a->assets, id);
	if (*asset != NULL)
		return BITMARK_OK;
	*asset = new_object(&a->assets, id, sizeof **asset);
	return *asset == NULL ? BITMARK_E_NOMEM : look_up_asset(a, *asset);
}

/* From version 2 on the chain refuses an issue that it has already. */
static bitmark_status
is_stored(struct bm_admission *a, const uint8_t *id, bool *stored)
{
	struct bitmark_confirmed found = { .struct_size = sizeof found };
	bitmark_status status = bitmark_snapshot_transaction(a->snapshot, id,
	    &found);

	*stored = status == BITMARK_OK;
	return status == BITMARK_E_NOT_FOUND ? BITMARK_OK : status;
}

bitmark_status
bm_admit_issue(struct bm_admission *a, const uint8_t id[BITMARK_TX_ID_SIZE],
    const struct bitmark_record *record, enum bm_verdict *verdict,
    struct bm_needed_asset **asset)
{
	bool stored;
	bitmark_status status = is_stored(a, id, &stored);

	*verdict = BM_VERDICT_REFUSED;
	*asset = NULL;
	if (status != BITMARK_OK || stored)
		return status;
	status = find_asset(a, record->issue.asset_id, asset);
	if (status == BITMARK_OK)
		*verdict = (*asset)->known || (*asset)->packed.size != 0 ?
		    BM_VERDICT_TAKE : BM_VERDICT_NO_ASSET;
	return status;
}

/*
 * Records that spend a link.
 */

/* Owner transfers move blocks, other records move bitmarks. */
static enum bitmark_item
moved_item(enum bitmark_record_tag tag)
{
	return tag == BITMARK_RECORD_OWNER_TRANSFER ? BITMARK_ITEM_BLOCK :
	    BITMARK_ITEM_ASSET;
}

/* Only the state before the block counts: what is made in the block is in no
 * block yet, so nothing can spend it there. */
static bitmark_status
is_unspent(struct bm_admission *a, const struct bitmark_record *record,
    bool *unspent)
{
	struct bitmark_owned owned = { .struct_size = sizeof owned };
	struct bitmark_account owner;
	bitmark_status status = bitmark_snapshot_ownership(a->snapshot,
	    bitmark_record_link(record), &owner, &owned);

	*unspent = status == BITMARK_OK &&
	    owned.item == moved_item(record->tag);
	return status == BITMARK_E_NOT_FOUND ? BITMARK_OK : status;
}

/* A link can be spent once for each block. The links that this block spends are
 * remembered in a map, because the store does not know of them before the block
 * is committed. */
static bitmark_status
admit_linked(struct bm_admission *a, const struct bitmark_record *record,
    enum bm_verdict *verdict)
{
	const uint8_t *link = bitmark_record_link(record);
	bool unspent;
	bitmark_status status;

	if (bm_map_find(&a->links, link) != NULL)
		return BITMARK_OK;
	status = is_unspent(a, record, &unspent);
	if (status != BITMARK_OK || !unspent)
		return status;
	if (new_object(&a->links, link, BITMARK_TX_ID_SIZE) == NULL)
		return BITMARK_E_NOMEM;
	*verdict = BM_VERDICT_TAKE;
	return BITMARK_OK;
}

/*
 * Shares.
 */

static uint64_t
before_block(const struct bitmark_record *record)
{
	return record->tag == BITMARK_RECORD_GRANT ?
	    record->grant.before_block : record->swap.before_block;
}

/* A record whose ${before_block} is not above this height is left out. The
 * chain itself would still take it, but a reservoir would not, and the owner
 * who signed it counts on that. */
static bitmark_status
admit_spend(struct bm_admission *a, const struct bitmark_record *record,
    enum bm_verdict *verdict)
{
	bool enough;
	bitmark_status status;

	if (before_block(record) <= a->height)
		return BITMARK_OK;
	status = bm_spends_take(&a->spends, a->snapshot, record, &enough);
	if (status == BITMARK_OK && enough)
		*verdict = BM_VERDICT_TAKE;
	return status;
}

bitmark_status
bm_admit_other(struct bm_admission *a, const struct bitmark_record *record,
    enum bm_verdict *verdict)
{
	*verdict = BM_VERDICT_REFUSED;
	if ((uint64_t)record->tag > a->config->rules->record_tag_max)
		return BITMARK_OK;
	switch (record->tag) {
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
	case BITMARK_RECORD_OWNER_TRANSFER:
	case BITMARK_RECORD_SHARE:
		return admit_linked(a, record, verdict);
	case BITMARK_RECORD_GRANT:
	case BITMARK_RECORD_SWAP:
		return admit_spend(a, record, verdict);
	case BITMARK_RECORD_NULL:
	case BITMARK_RECORD_BASE_DATA:
	case BITMARK_RECORD_ASSET:
	case BITMARK_RECORD_ISSUE:
	case BITMARK_RECORD_FOUNDATION:
		break;
	}
	return BITMARK_OK;
}
