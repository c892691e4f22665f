/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Making payment units of packed records.
 */
#include "reservoir/reservoir_impl.h"

#include <stdlib.h>

bool
bm_is_transfer(enum bitmark_record_tag tag)
{
	return tag == BITMARK_RECORD_TRANSFER ||
	    tag == BITMARK_RECORD_COUNTERSIGNED ||
	    tag == BITMARK_RECORD_OWNER_TRANSFER ||
	    tag == BITMARK_RECORD_SHARE;
}

enum bm_unit_kind
bm_issues_kind(const struct bitmark_rules *rules, bool all_zero)
{
	if (rules->issues == BITMARK_ISSUES_BY_EITHER)
		return BM_KIND_ISSUES;
	return all_zero ? BM_KIND_FREE : BM_KIND_PAID;
}

/* The facts about a unit that are needed before it is allocated. */
struct outline {
	size_t records;
	enum bitmark_record_tag tag;
	bool all_zero;                  /* nonces of issues */
};

/* Count the records of a unit, so that it can be allocated as a whole.  It is
 * one transfer, grant or swap, or up to BITMARK_BUNDLE_MAX issues. */
static bitmark_status
look_at_records(struct bitmark_reservoir *r, const uint8_t *packed,
    size_t size, struct outline *o)
{
	*o = (struct outline){ .all_zero = true };
	for (size_t at = 0, used; at < size; at += used) {
		struct bitmark_record record;
		bitmark_status status = bm_parse(r, (struct bitmark_span){
		    packed + at, size - at }, &record, &used);

		if (status != BITMARK_OK)
			return status;
		o->tag = record.tag;
		o->records++;
		if (bm_is_transfer(o->tag) || bm_is_spend(o->tag) ?
		    o->records > 1 || used != size :
		    o->tag != BITMARK_RECORD_ISSUE)
			return BITMARK_E_ITEM;
		if (o->tag == BITMARK_RECORD_ISSUE && record.issue.nonce != 0)
			o->all_zero = false;
	}
	if (o->records == 0)
		return BITMARK_E_MISSING_PARAMETERS;
	return o->records <= BITMARK_BUNDLE_MAX ? BITMARK_OK :
	    BITMARK_E_TOO_MANY;
}

/* Is the issue that would be the next member there already? */
static bool
is_repeated(const struct bm_unit *u, const uint8_t *tx_id)
{
	for (size_t i = 0; i < u->count; i++)
		if (memcmp(u->member[i].tx_id, tx_id, BITMARK_TX_ID_SIZE) ==
		    0)
			return true;
	return false;
}

/* The assets that the record needs, or the shares that it takes. */
static bitmark_status
refer(struct bitmark_reservoir *r, struct bm_unit *u, struct bm_member *m,
    const struct bitmark_record *record)
{
	if (bm_is_spend(u->tag))
		return bm_spends_read(r, u, record);
	if (bm_is_transfer(u->tag)) {
		memcpy(u->link, bitmark_record_link(record), sizeof u->link);
		return BITMARK_OK;
	}
	m->asset = bm_asset_slot(r, record->issue.asset_id);
	if (m->asset == NULL)
		return BITMARK_E_NOMEM;
	bm_asset_refer(r, m->asset);
	return BITMARK_OK;
}

/* The record at ${at} becomes the next member, unless it is one already. */
static bitmark_status
add_member(struct bitmark_reservoir *r, struct bm_unit *u, size_t record_index,
    size_t at, size_t *used)
{
	struct bm_member *m = &u->member[u->count];
	struct bitmark_record record;
	bitmark_status status = bm_parse(r, (struct bitmark_span){
	    u->packed + at, u->size - at }, &record, used);

	if (status != BITMARK_OK)
		return status;
	bitmark_tx_id(u->packed + at, *used, m->tx_id);
	if (is_repeated(u, m->tx_id))
		return BITMARK_OK;
	m->unit = u;
	m->record = record_index;
	m->offset = at;
	m->size = *used;
	status = refer(r, u, m, &record);
	u->count += status == BITMARK_OK;
	u->waiting += status == BITMARK_OK;
	return status;
}

static bitmark_status
fill(struct bitmark_reservoir *r, struct bm_unit *u, const uint8_t *packed,
    size_t size)
{
	const struct bitmark_span all = { packed, size };
	bitmark_status status = BITMARK_OK;

	u->packed = malloc(size);
	if (u->packed == NULL)
		return BITMARK_E_NOMEM;
	memcpy(u->packed, packed, size);
	u->size = size;
	for (size_t i = 0, at = 0, used = 0; i < u->records &&
	    status == BITMARK_OK; i++, at += used)
		status = add_member(r, u, i, at, &used);
	bitmark_pay_id(&all, 1, u->pay_id);
	return status;
}

bitmark_status
bm_unit_new(struct bitmark_reservoir *r, const uint8_t *packed, size_t size,
    struct bm_unit **unit)
{
	struct outline o;
	struct bm_unit *u;
	bitmark_status status = look_at_records(r, packed, size, &o);

	*unit = NULL;
	if (status != BITMARK_OK)
		return status;
	u = calloc(1, sizeof *u + o.records * sizeof u->member[0]);
	if (u == NULL)
		return BITMARK_E_NOMEM;
	u->tag = o.tag;
	u->kind = o.tag == BITMARK_RECORD_ISSUE ?
	    bm_issues_kind(r->rules, o.all_zero) : BM_KIND_OTHER;
	u->records = o.records;
	u->timer.of = u;
	u->row.kind = BM_ROW_UNIT;
	u->row.id = u->pay_id;
	status = fill(r, u, packed, size);
	if (status != BITMARK_OK) {
		bm_unit_free(r, u);
		return status;
	}
	*unit = u;
	return BITMARK_OK;
}

void
bm_unit_free(struct bitmark_reservoir *r, struct bm_unit *unit)
{
	for (size_t i = 0; i < unit->count; i++)
		if (unit->member[i].asset != NULL)
			bm_asset_release(r, unit->member[i].asset);
	bm_spends_free(r, unit);
	bm_keep_no_more(&unit->row);
	free(unit->packed);
	free(unit);
}
