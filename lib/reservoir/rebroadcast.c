/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Messages that tell a neighbour everything that waits here, one at a time.
 *
 * The caller asks for the next message when it has sent the last one, and
 * transactions may come and go in between.  The place is kept as the unit whose
 * messages are next; a unit that is removed hands it to the one behind it
 * (unit.c).
 *
 * Source: bitmarkd v8.2 reservoir/background.go
 */
#include "reservoir/reservoir_impl.h"

void
bitmark_reservoir_rebroadcast_start(struct bitmark_reservoir *r)
{
	r->cast = TAILQ_FIRST(&r->order);
	r->cast_kind = BITMARK_REBROADCAST_ASSETS;
}

/* Must the asset of member [i] be sent?  Not when it is in a block, which the
 * neighbour has, nor a second time for another issue of the same bundle. */
static bool
is_wanted(const struct bm_unit *u, size_t i)
{
	const struct bm_asset *a = u->member[i].asset;

	if (a == NULL || a->packed == NULL || a->confirmed)
		return false;
	for (size_t k = 0; k < i; k++)
		if (u->member[k].asset == a)
			return false;
	return true;
}

bitmark_status
bm_unit_assets(struct bitmark_reservoir *r, const struct bm_unit *unit,
    struct bitmark_span *data)
{
	struct bm_writer w;
	size_t size = 0;
	uint8_t *out;

	for (size_t i = 0; i < unit->count; i++)
		if (is_wanted(unit, i))
			size += unit->member[i].asset->size;
	*data = (struct bitmark_span){ NULL, 0 };
	if (size == 0)
		return BITMARK_OK;
	out = bm_scratch(r, size);
	if (out == NULL)
		return BITMARK_E_NOMEM;
	w = bm_writer(out, size);
	for (size_t i = 0; i < unit->count; i++)
		if (is_wanted(unit, i))
			bm_write_bytes(&w, unit->member[i].asset->packed,
			    unit->member[i].asset->size);
	*data = (struct bitmark_span){ out, size };
	return BITMARK_OK;
}

bitmark_status
bm_unit_proof(struct bitmark_reservoir *r, const struct bm_unit *unit,
    struct bitmark_span *data)
{
	size_t size = BITMARK_PAY_ID_SIZE + unit->nonce_size;
	uint8_t *out;

	*data = (struct bitmark_span){ NULL, 0 };
	/* A unit that was paid has no proof.  v8.2 sends one without a nonce,
	 * which every node refuses [D-24]. */
	if (unit->verified_by != BM_BY_PROOF)
		return BITMARK_OK;
	out = bm_scratch(r, size);
	if (out == NULL)
		return BITMARK_E_NOMEM;
	memcpy(out, unit->pay_id, BITMARK_PAY_ID_SIZE);
	memcpy(out + BITMARK_PAY_ID_SIZE, unit->nonce, unit->nonce_size);
	*data = (struct bitmark_span){ out, size };
	return BITMARK_OK;
}

/* The message of this kind about ${u}; empty: there is none. */
static bitmark_status
message(struct bitmark_reservoir *r, const struct bm_unit *u,
    enum bitmark_rebroadcast kind, struct bitmark_span *data)
{
	bool issues = u->tag == BITMARK_RECORD_ISSUE;

	*data = (struct bitmark_span){ NULL, 0 };
	if (u->state == BM_UNIT_SETTLED || (u->state == BM_UNIT_PENDING &&
	    !r->rules->rebroadcast_pending))
		return BITMARK_OK;
	switch (kind) {
	case BITMARK_REBROADCAST_ASSETS:
		return bm_unit_assets(r, u, data);
	case BITMARK_REBROADCAST_ISSUES:
		if (issues)
			*data = (struct bitmark_span){ u->packed, u->size };
		break;
	case BITMARK_REBROADCAST_TRANSFER:
		if (!issues)
			*data = (struct bitmark_span){ u->packed, u->size };
		break;
	case BITMARK_REBROADCAST_PROOF:
		return bm_unit_proof(r, u, data);
	}
	return BITMARK_OK;
}

/* Moves on to the next kind of message, and from the last kind to the first
 * kind of the next unit. */
static void
advance(struct bitmark_reservoir *r)
{
	if (r->cast_kind != BITMARK_REBROADCAST_PROOF) {
		r->cast_kind = (enum bitmark_rebroadcast)(r->cast_kind + 1);
		return;
	}
	r->cast = TAILQ_NEXT(r->cast, order);
	r->cast_kind = BITMARK_REBROADCAST_ASSETS;
}

bitmark_status
bitmark_reservoir_rebroadcast_next(struct bitmark_reservoir *r,
    enum bitmark_rebroadcast *kind, struct bitmark_span *data)
{
	while (r->cast != NULL) {
		struct bitmark_span found;
		bitmark_status status = message(r, r->cast, r->cast_kind,
		    &found);

		if (status != BITMARK_OK)
			return status;
		*kind = r->cast_kind;
		advance(r);
		if (found.size > 0) {
			*data = found;
			return BITMARK_OK;
		}
	}
	return BITMARK_E_NOT_FOUND;
}
