/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Transfers.
 *
 * The order of the checks is that of v8.2, because the error that is told
 * depends on it: the link is looked up before the signature is checked, which
 * needs the owner of the linked record, and only then it is seen whether the
 * transfer is known already.
 *
 * Source: bitmarkd v8.2 reservoir/transfer.go
 */
#include "reservoir/reservoir_impl.h"

bool
bm_transition_allowed(enum bitmark_record_tag from, enum bitmark_record_tag to)
{
	switch (from) {
	case BITMARK_RECORD_ISSUE:
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		return to == BITMARK_RECORD_TRANSFER ||
		    to == BITMARK_RECORD_COUNTERSIGNED ||
		    to == BITMARK_RECORD_SHARE;
	case BITMARK_RECORD_BASE_DATA:
	case BITMARK_RECORD_FOUNDATION:
	case BITMARK_RECORD_OWNER_TRANSFER:
		return to == BITMARK_RECORD_OWNER_TRANSFER;
	case BITMARK_RECORD_NULL:
	case BITMARK_RECORD_ASSET:
	case BITMARK_RECORD_SHARE:
	case BITMARK_RECORD_GRANT:
	case BITMARK_RECORD_SWAP:
		break;
	}
	return false;
}

/* A transfer that is looked at, and what it links to. */
struct attempt {
	struct bitmark_reservoir *r;
	struct bitmark_snapshot *s;
	struct bitmark_record record;
	const uint8_t *link;            /* of the record    */
	struct bitmark_confirmed linked;
	struct bitmark_owned owned;
	struct bitmark_span packed;     /* canonical        */
	uint8_t id[BITMARK_TX_ID_SIZE];
};

/* A link to a transaction that waits here, and is in no block, is refused like
 * one to nothing: transfers are taken one after the other. */
static bitmark_status
find_linked(struct attempt *a)
{
	bitmark_status status = bitmark_snapshot_transaction(a->s, a->link,
	    &a->linked);

	if (status == BITMARK_E_NOT_FOUND)
		return BITMARK_E_LINK_UNCONFIRMED;
	if (status == BITMARK_OK && !bm_transition_allowed(
	    a->linked.record.tag, a->record.tag))
		return BITMARK_E_LINK_UNCONFIRMED;
	return status;
}

/* Check the signatures and encode canonically, because only the canonical bytes
 * are kept, hashed and relayed.  An escrow must have a currency [D-09]. */
static bitmark_status
pack(struct attempt *a)
{
	const struct bitmark_escrow *escrow =
	    bitmark_record_escrow(&a->record);
	uint8_t *out = bm_scratch(a->r, BITMARK_RECORD_PACKED_MAX);
	bitmark_status status;

	if (out == NULL)
		return BITMARK_E_NOMEM;
	status = bitmark_record_pack(a->r->rules, &a->record,
	    bitmark_record_owner(&a->linked.record), out,
	    BITMARK_RECORD_PACKED_MAX, &a->packed.size);
	if (status != BITMARK_OK)
		return status;
	a->packed.data = out;
	bitmark_tx_id(out, a->packed.size, a->id);
	return escrow != NULL && escrow->currency ==
	    BITMARK_CURRENCY_NOTHING ? BITMARK_E_CURRENCY : BITMARK_OK;
}

/* Is the link free and still owned?  The transaction itself is not pending:
 * is_duplicate was asked before.  A claim by another transfer comes first, as
 * "double transfer attempt" tells a wallet more than "already exists"; v8.2
 * says that, too, of one that is repeated when it is verified. */
static bitmark_status
check_claim(struct attempt *a)
{
	struct bitmark_account owner;
	bool confirmed;
	bitmark_status status;

	if (a->r->rules->transfer_again_exists &&
	    bm_map_find(&a->r->members, a->id) != NULL)
		return BITMARK_E_TX_EXISTS;
	if (bm_map_find(&a->r->claims, a->link) != NULL)
		return BITMARK_E_DOUBLE_TRANSFER;
	status = bm_tx_confirmed(a->s, a->id, &confirmed);
	if (status != BITMARK_OK)
		return status;
	if (confirmed || bm_map_find(&a->r->members, a->id) != NULL)
		return BITMARK_E_TX_EXISTS;
	status = bitmark_snapshot_ownership(a->s, a->link, &owner, &a->owned);
	if (status == BITMARK_E_NOT_FOUND)
		return BITMARK_E_DOUBLE_TRANSFER;
	return status == BITMARK_OK && a->record.tag == BITMARK_RECORD_SHARE &&
	    a->owned.item != BITMARK_ITEM_ASSET ?
	    BITMARK_E_NOT_CONVERTIBLE : status;
}

/* Makes the unit of a transfer after all checks, so that nothing is left of one
 * that is refused.  The unit has the canonical bytes, and the payments that are
 * due at this moment. */
static bitmark_status
store_new(struct attempt *a, uint64_t now_s,
    struct bitmark_unit_result *result)
{
	struct bitmark_alternatives payments;
	struct bm_unit *u;
	bitmark_status status = check_claim(a);

	if (status == BITMARK_OK && memcmp(a->id, a->link, sizeof a->id) == 0)
		status = BITMARK_E_LINK_SELF;
	if (status == BITMARK_OK)
		status = bm_payments_of_transfer(a->r, a->s, &a->owned,
		    &a->linked.record, &payments);
	if (status == BITMARK_OK && payments.count == 0)
		status = BITMARK_E_CURRENCY;    /* [D-09] */
	if (status == BITMARK_OK)
		status = bm_unit_new(a->r, a->packed.data, a->packed.size,
		    &u);
	if (status != BITMARK_OK)
		return status;
	u->payments = payments;
	return bm_unit_accept(a->r, u, now_s, result);
}

/* A transfer that is pending is answered as the first time, with what is to be
 * paid: the first answer may have been lost.  One that is verified or confirmed
 * is refused, as there is nothing left to do. */
static bool
is_duplicate(const struct attempt *a, struct bitmark_unit_result *result)
{
	const struct bm_member *m = bm_map_find(&a->r->members, a->id);

	if (m == NULL || m->unit->state != BM_UNIT_PENDING)
		return false;
	bm_unit_result(m->unit, result);
	result->duplicate = true;
	return true;
}

static bitmark_status
store(struct attempt *a, uint64_t now_s, struct bitmark_unit_result *result)
{
	bitmark_status status;

	if (bm_is_spend(a->record.tag))
		return bm_store_spend(a->r, a->s, now_s, &a->record, result);
	if (!bm_is_transfer(a->record.tag))
		return BITMARK_E_NOT_TRANSFER;
	a->link = bitmark_record_link(&a->record);
	status = find_linked(a);
	if (status == BITMARK_OK)
		status = pack(a);
	if (status != BITMARK_OK || is_duplicate(a, result))
		return status;
	return store_new(a, now_s, result);
}

bitmark_status
bitmark_reservoir_transfer(struct bitmark_reservoir *r,
    struct bitmark_snapshot *snapshot, uint64_t now_s, const uint8_t *data,
    size_t size, struct bitmark_unit_result *result)
{
	struct attempt a = {
		.r = r,
		.s = snapshot,
		.linked = { .struct_size = sizeof a.linked },
		.owned = { .struct_size = sizeof a.owned },
	};
	struct bitmark_unit_result res = { .struct_size = sizeof res };
	size_t used;
	bitmark_status status;

	r->now_s = now_s;
	if (!BM_FITS(bitmark_unit_result, result))
		return BITMARK_E_ARGUMENT;
	if (size == 0)
		return BITMARK_E_MISSING_PARAMETERS;
	status = bm_parse(r, (struct bitmark_span){ data, size }, &a.record,
	    &used);
	if (status == BITMARK_OK)
		status = store(&a, now_s, &res);
	return status != BITMARK_OK ? status :
	    BM_OUT(bitmark_unit_result, result, &res);
}
