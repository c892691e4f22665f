/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The asset cache: canonical records by asset id.
 *
 * Issues that wait count as references to their assets.  While there are
 * references an asset stays; without them it waits in a heap for its end, or is
 * removed at once when it has no record or is confirmed.  A slot without a
 * record stands for an asset that only the chain has: it is there so that the
 * issues can point to it, and can get its record when the block that confirmed
 * the asset is rolled back.
 *
 * Source: bitmarkd v8.2 asset/asset.go
 */
#include "reservoir/reservoir_impl.h"

#include <stdlib.h>

/* A repeated announcement is written to the journal when the row is older
 * than this, so that repeating costs no disk.  Source: local choice */
#define TOUCH_S 3600

struct bm_asset *
bm_asset_slot(struct bitmark_reservoir *r,
    const uint8_t id[BITMARK_ASSET_ID_SIZE])
{
	struct bm_asset *a = bm_map_find(&r->assets, id);

	if (a != NULL)
		return a;
	if (bm_map_reserve(&r->assets, 1) != BITMARK_OK)
		return NULL;
	a = calloc(1, sizeof *a);
	if (a == NULL)
		return NULL;
	memcpy(a->id, id, sizeof a->id);
	a->idle.of = a;
	a->row.kind = BM_ROW_ASSET;
	a->row.id = a->id;
	bm_map_put(&r->assets, a->id, a);
	return a;
}

void
bm_asset_free(struct bm_asset *asset)
{
	bm_keep_no_more(&asset->row);
	free(asset->packed);
	free(asset);
}

void
bm_asset_drop(struct bitmark_reservoir *r, struct bm_asset *asset)
{
	bm_heap_remove(&r->idle, &asset->idle);
	bm_map_del(&r->assets, asset->id);
	if (asset->packed != NULL) {
		bm_forget(r, &asset->row);
		r->counts.assets--;
		r->counts.asset_bytes -= asset->size;
	}
	bm_asset_free(asset);
}

void
bm_asset_refer(struct bitmark_reservoir *r, struct bm_asset *asset)
{
	bm_heap_remove(&r->idle, &asset->idle);
	asset->refs++;
}

/* Called after a change of references, record or confirmation.  An asset
 * without references waits in the heap for its end; without a record, or
 * confirmed, it is freed at once. */
static void
settle(struct bitmark_reservoir *r, struct bm_asset *asset)
{
	bm_heap_remove(&r->idle, &asset->idle);
	if (asset->refs > 0)
		return;
	if (asset->packed == NULL || asset->confirmed)
		bm_asset_drop(r, asset);
	else
		bm_heap_add(&r->idle, &asset->idle,
		    asset->heard_s + r->rules->asset_life_s);
}

void
bm_asset_release(struct bitmark_reservoir *r, struct bm_asset *asset)
{
	asset->refs--;
	settle(r, asset);
}

void
bm_asset_set_confirmed(struct bitmark_reservoir *r, struct bm_asset *asset,
    bool confirmed)
{
	asset->confirmed = confirmed;
	settle(r, asset);
}

bitmark_status
bm_asset_fill(struct bitmark_reservoir *r, struct bm_asset *asset,
    uint8_t *packed, size_t size, uint64_t heard_s)
{
	/* Room in the heap for every cached asset, so that the last reference
	 * can always be released. */
	bitmark_status status = bm_heap_reserve(&r->idle,
	    r->counts.assets + 1);

	if (status != BITMARK_OK)
		return status;
	asset->packed = packed;
	asset->size = size;
	asset->heard_s = heard_s;
	asset->kept_s = heard_s;
	r->counts.assets++;
	r->counts.asset_bytes += size;
	settle(r, asset);
	return BITMARK_OK;
}

bitmark_status
bm_asset_check(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    const uint8_t id[BITMARK_ASSET_ID_SIZE])
{
	const struct bm_asset *a = bm_map_find(&r->assets, id);
	bitmark_status status;
	uint64_t number;

	/* A cached record is enough, even if it is marked as confirmed: its
	 * block may have been rolled back before the reservoir was told. */
	if (a != NULL && a->packed != NULL)
		return BITMARK_OK;
	status = bm_asset_confirmed(s, id, &number);
	if (status != BITMARK_OK)
		return status;
	return number != 0 ? BITMARK_OK : BITMARK_E_ASSET_NOT_FOUND;
}

/*
 * Cache.
 */

static bool
full(const struct bitmark_reservoir *r, size_t size)
{
	return r->counts.assets >= r->limits.assets ||
	    r->counts.asset_bytes + size > r->limits.asset_bytes;
}

/* Remove assets that nothing refers to, the one nearest to its end first.  None
 * is removed for a record that can never fit. */
static bitmark_status
make_room(struct bitmark_reservoir *r, size_t size)
{
	while (full(r, size)) {
		struct bm_asset *a = bm_heap_first(&r->idle);

		if (a == NULL || size > r->limits.asset_bytes) {
			r->counts.refused++;
			return BITMARK_E_BUSY;
		}
		bm_asset_drop(r, a);
		r->counts.evicted++;
	}
	return BITMARK_OK;
}

/* Is it the same asset?  The signature may differ: the registrant can sign the
 * same data as often as he likes. */
static bool
same_asset(struct bitmark_reservoir *r, const struct bm_asset *cached,
    const struct bitmark_asset *asset)
{
	struct bitmark_record record;
	size_t used;

	/* Cannot fail: the record was parsed when it came. */
	if (bm_parse(r, (struct bitmark_span){ cached->packed, cached->size },
	    &record, &used) != BITMARK_OK)
		return false;
	return bm_span_equal(record.asset.name, asset->name) &&
	    bm_span_equal(record.asset.fingerprint, asset->fingerprint) &&
	    bm_span_equal(record.asset.metadata, asset->metadata) &&
	    bitmark_account_equal(&record.asset.registrant,
	    &asset->registrant);
}

/* The asset was announced again, and lives on from now.  The row is written at
 * most once in an hour: it would otherwise cost a commit for each of the many
 * announcements that neighbours repeat. */
static bitmark_status
touch(struct bitmark_reservoir *r, struct bm_asset *asset, uint64_t now_s)
{
	if (now_s <= asset->heard_s)
		return BITMARK_OK;
	asset->heard_s = now_s;
	settle(r, asset);
	if (now_s - asset->kept_s < TOUCH_S)
		return BITMARK_OK;
	bm_keep_begin(r);
	bm_keep(r, &asset->row);
	asset->kept_s = now_s;
	return bm_keep_commit(r, BITMARK_OK);
}

/* Puts a new record into the cache.  It enters the map before its row is
 * written; when the commit fails it is taken out again. */
static bitmark_status
insert(struct bitmark_reservoir *r, const uint8_t *id, struct bitmark_span
    packed, uint64_t now_s)
{
	struct bm_asset *a;
	uint8_t *copy = malloc(packed.size);
	bitmark_status status = BITMARK_E_NOMEM;

	bm_keep_begin(r);
	a = bm_asset_slot(r, id);
	if (copy == NULL || a == NULL)
		goto done;
	memcpy(copy, packed.data, packed.size);
	a->confirmed = false;   /* its slot may be from a confirmed one */
	status = make_room(r, packed.size);
	if (status == BITMARK_OK)
		status = bm_asset_fill(r, a, copy, packed.size, now_s);
	if (status != BITMARK_OK)
		goto done;
	copy = NULL;
	bm_keep(r, &a->row);
	status = bm_keep_commit(r, BITMARK_OK);
	if (status != BITMARK_OK) {     /* it was never here */
		bm_keep_no_more(&a->row);
		free(a->packed);
		a->packed = NULL;
		r->counts.assets--;
		r->counts.asset_bytes -= packed.size;
		settle(r, a);
	}
	return status;
done:
	free(copy);
	if (a != NULL)
		settle(r, a);
	return bm_keep_commit(r, status);
}

/* The canonical encoding of a record that passes all checks. */
static bitmark_status
canonical(struct bitmark_reservoir *r, const struct bitmark_record *record,
    struct bitmark_span *packed)
{
	uint8_t *out = bm_scratch(r, BITMARK_RECORD_PACKED_MAX);

	if (out == NULL)
		return BITMARK_E_NOMEM;
	packed->data = out;
	return bitmark_record_pack(r->rules, record, &record->asset.registrant,
	    out, BITMARK_RECORD_PACKED_MAX, &packed->size);
}

/* Bytes equal to those in the cache need no second check of the signature,
 * which is nearly all of the work: neighbours repeat their announcements. */
static bool
is_cached(const struct bitmark_reservoir *r, const uint8_t *id,
    struct bitmark_span data, struct bitmark_span *packed)
{
	const struct bm_asset *a = bm_map_find(&r->assets, id);

	if (a == NULL || a->packed == NULL || !bm_span_equal(data,
	    (struct bitmark_span){ a->packed, a->size }))
		return false;
	*packed = (struct bitmark_span){ a->packed, a->size };
	return true;
}

/* Caches one record, after parsing, checking and hashing it. */
static bitmark_status
cache(struct bitmark_reservoir *r, struct bitmark_snapshot *s, uint64_t now_s,
    const struct bitmark_record *record, struct bitmark_asset_result *result)
{
	struct bm_asset *a = bm_map_find(&r->assets, result->asset_id);
	uint64_t number;
	bitmark_status status;

	result->fresh = result->cached = false;
	status = bm_asset_confirmed(s, result->asset_id, &number);
	if (status != BITMARK_OK || number != 0)
		return status;
	result->cached = true;
	if (a == NULL || a->packed == NULL) {
		result->fresh = true;
		return insert(r, result->asset_id, result->relay, now_s);
	}
	if (!same_asset(r, a, &record->asset))
		return BITMARK_E_ASSET_EXISTS;
	return touch(r, a, now_s);
}

bitmark_status
bitmark_reservoir_asset(struct bitmark_reservoir *r,
    struct bitmark_snapshot *snapshot, uint64_t now_s, const uint8_t *data,
    size_t size, struct bitmark_asset_result *result)
{
	struct bitmark_asset_result res = { .struct_size = sizeof res };
	struct bitmark_record record;
	size_t bytes;
	bitmark_status status;

	r->now_s = now_s;
	if (!BM_FITS(bitmark_asset_result, result))
		return BITMARK_E_ARGUMENT;
	status = bm_parse(r, (struct bitmark_span){ data, size }, &record,
	    &bytes);
	if (status != BITMARK_OK)
		return status;
	if (record.tag != BITMARK_RECORD_ASSET)
		return BITMARK_E_NOT_ASSET;
	bitmark_asset_id(record.asset.fingerprint, res.asset_id);
	if (!is_cached(r, res.asset_id, (struct bitmark_span){ data, bytes },
	    &res.relay))
		status = canonical(r, &record, &res.relay);
	if (status != BITMARK_OK)
		return status;
	status = cache(r, snapshot, now_s, &record, &res);
	if (status != BITMARK_OK)
		return status;
	res.used = bytes;
	return BM_OUT(bitmark_asset_result, result, &res);
}

bitmark_status
bitmark_reservoir_cached(const struct bitmark_reservoir *r,
    const uint8_t asset_id[BITMARK_ASSET_ID_SIZE],
    struct bitmark_span *packed)
{
	const struct bm_asset *a = bm_map_find(&r->assets, asset_id);

	if (a == NULL || a->packed == NULL)
		return BITMARK_E_NOT_FOUND;
	*packed = (struct bitmark_span){ a->packed, a->size };
	return BITMARK_OK;
}
