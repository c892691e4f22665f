/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Complete verification of the records of an incoming block.  Nothing is
 * written; "confirmed" means: in a block before this one.
 *
 * Order of errors, as v8.2 gives them: the first record that is refused, the
 * merkle root, the base records; then what v8.2 would crash over.
 * Source: bitmarkd v8.2 block/store.go StoreIncoming
 */
#include "chain/verify.h"

#include <stdlib.h>
#include <string.h>

#include "chain/asset_set.h"
#include "chain/env.h"
#include "chain/read.h"
#include "chain/share_rows.h"

/* Header version whose blocks may repeat assets and issues.
 * Source: bitmarkd v8.2 block/store.go */
#define VERSION_WITH_DUPLICATES 1

struct verifier {
	const struct bm_txn *txn;
	struct bm_checked_block *block;
	const struct bitmark_rules *rules;
	/* Those of its records that have a confirmed link. */
	struct bm_checked_record **transfers;
	size_t transfer_count;
	/* Assets that the records up to now have, sorted by their ids. */
	struct bm_asset_set assets;
};

/* The row of something new must not be there; any other error is the store's.
 */
static bitmark_status
must_be_new(bitmark_status found)
{
	if (found == BITMARK_E_NOT_FOUND)
		return BITMARK_OK;
	return found == BITMARK_OK ? BITMARK_E_TX_EXISTS :
	    bm_store_error(found);
}

static bool
may_repeat(const struct verifier *v)
{
	return v->block->header.version == VERSION_WITH_DUPLICATES;
}

static bitmark_status
look_up_asset(struct verifier *v, struct bm_checked_record *r)
{
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	struct bm_place first;
	bitmark_status found = bm_find_asset(v->txn, &r->record.asset, id,
	    &first);

	if (!may_repeat(v))
		r->then = must_be_new(found);
	return v->rules->issue_needs_asset ?
	    bm_asset_set_add(&v->assets, id) : BITMARK_OK;
}

/* Most issues of a block are of one asset. */
static bitmark_status
look_up_asset_of(struct verifier *v, struct bm_checked_record *r)
{
	const uint8_t *id = r->record.issue.asset_id;
	struct bm_place place;
	bitmark_status found;

	if (bm_asset_set_has(&v->assets, id))
		return BITMARK_OK;
	found = bm_get_asset(v->txn, id, &place);
	if (found == BITMARK_OK)
		return bm_asset_set_add(&v->assets, id);
	if (found != BITMARK_E_NOT_FOUND)
		return found;
	r->then = BITMARK_E_ASSET_NOT_FOUND;
	return BITMARK_OK;
}

static bitmark_status
look_up_issue(struct verifier *v, struct bm_checked_record *r)
{
	size_t i = (size_t)(r - v->block->record);
	struct bm_tx first;

	if (!may_repeat(v))
		r->then = must_be_new(bm_get_tx(v->txn,
		    bm_check_id(v->block, i), &first));
	if (r->then == BITMARK_OK && v->rules->issue_needs_asset)
		return look_up_asset_of(v, r);
	return BITMARK_OK;
}

/* Grants, swaps and shares are the end of what can be linked to.  Neither are
 * the base records that came before foundations its beginning, where the rules
 * say so: a node of 0.16 stops when a block does either. */
static bitmark_status
check_linked(struct verifier *v, const struct bm_tx *from)
{
	struct bitmark_record record;
	bitmark_status status = BITMARK_OK;

	if (from->ends)
		return BITMARK_E_LINK_UNCONFIRMED;
	if (v->rules->base_records_move ||
	    from->place.offset != BITMARK_HEADER_SIZE)
		return BITMARK_OK;
	status = bm_record_at(v->txn, &from->place, &record, NULL);
	return status == BITMARK_OK &&
	    record.tag == BITMARK_RECORD_BASE_DATA ?
	    BITMARK_E_LINK_UNCONFIRMED : status;
}

/* The state has the last word on a link that is confirmed: it may be spent, or
 * of the wrong kind. */
static bitmark_status
judge_link(struct verifier *v, struct bm_checked_record *r,
    const struct bm_tx *from)
{
	struct bm_item item;
	bitmark_status status = BITMARK_OK;

	if (from->spent) {
		r->then = BITMARK_E_DOUBLE_TRANSFER;
	} else if (r->record.tag == BITMARK_RECORD_OWNER_TRANSFER) {
		if (from->owned_block == 0)
			r->then = BITMARK_E_LINK_UNCONFIRMED;
	} else if (r->record.tag == BITMARK_RECORD_SHARE) {
		status = bm_promised(bm_get_item(v->txn, from->owner,
		    from->n, &item));
		if (status == BITMARK_OK && item.kind != BITMARK_ITEM_ASSET)
			r->then = BITMARK_E_NOT_CONVERTIBLE;
	}
	return status;
}

/*
 * The signer for the linked item is the owner that its last record names.  A
 * record with a given id names one owner for ever, so a signer that was found
 * ahead stands.  For a link that is not confirmed v8.2 crashes over a transfer,
 * and finds the signer of an owner transfer missing.
 */
static bitmark_status
look_up_link(struct verifier *v, struct bm_checked_record *r)
{
	bool of_block = r->record.tag == BITMARK_RECORD_OWNER_TRANSFER;
	struct bitmark_account signer;
	struct bm_tx from;
	bitmark_status status = bm_get_tx(v->txn,
	    bitmark_record_link(&r->record), &from);

	if (status == BITMARK_E_NOT_FOUND) {
		r->then = BITMARK_E_LINK_UNCONFIRMED;
		if (!of_block)
			r->refused = r->then;
		bm_check_demand(r, NULL);
		return BITMARK_OK;
	}
	if (status == BITMARK_OK)
		status = check_linked(v, &from);
	if (status == BITMARK_E_LINK_UNCONFIRMED) {
		r->refused = status;
		return BITMARK_OK;
	}
	if (status == BITMARK_OK && !r->has_signer) {
		status = bm_owner_at(v->txn, &from.place, &signer);
		if (status == BITMARK_OK)
			bm_check_demand(r, &signer);
	}
	if (status != BITMARK_OK)
		return status;

	v->transfers[v->transfer_count++] = r;
	return judge_link(v, r, &from);
}

/* ${account} must have so many before the block: what other records of the block
 * move does not count, as in 0.16. */
static bitmark_status
look_up_balance(struct verifier *v, struct bm_checked_record *r,
    const struct bitmark_account *account, const uint8_t *share_id,
    uint64_t quantity)
{
	struct bm_balance balance = { .balance = 0 };
	struct bm_holder owner;
	bitmark_status status = bm_get_owner(v->txn, account, &owner);

	if (status == BITMARK_OK)
		status = bm_get_balance(v->txn, &(struct bm_pair){
		    owner.owner, share_id }, UINT64_MAX, &balance);
	if (status != BITMARK_OK && status != BITMARK_E_NOT_FOUND)
		return status;
	if (balance.balance < quantity)
		r->then = BITMARK_E_SHARES;
	return BITMARK_OK;
}

static bitmark_status
look_up_grant(struct verifier *v, struct bm_checked_record *r)
{
	const struct bitmark_grant *grant = &r->record.grant;

	return look_up_balance(v, r, &grant->owner, grant->share_id,
	    grant->quantity);
}

static bitmark_status
look_up_swap(struct verifier *v, struct bm_checked_record *r)
{
	const struct bitmark_swap *swap = &r->record.swap;
	bitmark_status status = look_up_balance(v, r, &swap->owner_one,
	    swap->share_id_one, swap->quantity_one);

	return status == BITMARK_OK ? look_up_balance(v, r, &swap->owner_two,
	    swap->share_id_two, swap->quantity_two) : status;
}

/* Look a record up in the store, and note what follows from that.  Returns
 * failures of the store only. */
static bitmark_status
look_up(struct verifier *v, struct bm_checked_record *r)
{
	if (bitmark_record_link(&r->record) != NULL)
		return look_up_link(v, r);
	bm_check_demand(r, bm_check_signer(&r->record));
	switch (r->record.tag) {
	case BITMARK_RECORD_ASSET:
		return look_up_asset(v, r);
	case BITMARK_RECORD_ISSUE:
		return look_up_issue(v, r);
	case BITMARK_RECORD_GRANT:
		return look_up_grant(v, r);
	case BITMARK_RECORD_SWAP:
		return look_up_swap(v, r);
	case BITMARK_RECORD_BASE_DATA:
	case BITMARK_RECORD_FOUNDATION:
		return BITMARK_OK;
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
	case BITMARK_RECORD_OWNER_TRANSFER:
	case BITMARK_RECORD_SHARE:
	case BITMARK_RECORD_NULL:
		break;
	}
	r->refused = BITMARK_E_NOT_RECORD;      /* it could not be parsed */
	return BITMARK_OK;
}

/* Returns failures of the store only. */
static bitmark_status
look_up_all(struct verifier *v)
{
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; i < v->block->count && status == BITMARK_OK; i++)
		status = look_up(v, &v->block->record[i]);
	return status;
}

static int
compare_links(const void *a, const void *b)
{
	const struct bm_checked_record *x =
	    *(struct bm_checked_record *const *)a;
	const struct bm_checked_record *y =
	    *(struct bm_checked_record *const *)b;

	return memcmp(bitmark_record_link(&x->record),
	    bitmark_record_link(&y->record), BITMARK_TX_ID_SIZE);
}

/* The second transfer of one link in the block would take what is gone: v8.2
 * crashes over it. */
static bitmark_status
check_repeated_links(struct verifier *v)
{
	if (v->transfer_count < 2 || v->rules->link_twice_in_block)
		return BITMARK_OK;
	qsort(v->transfers, v->transfer_count, sizeof *v->transfers,
	    compare_links);
	for (size_t i = 1; i < v->transfer_count; i++)
		if (compare_links(&v->transfers[i - 1], &v->transfers[i]) == 0)
			return BITMARK_E_DOUBLE_TRANSFER;
	return BITMARK_OK;
}

/* After the lookups some records may have another signer than was presumed. */
static bool
all_checked(const struct bm_checked_block *block)
{
	for (size_t i = 0; i < block->count; i++)
		if (!block->record[i].checked &&
		    block->record[i].refused == BITMARK_OK)
			return false;
	return true;
}

/* By the record itself comes before what the state says of it, as in v8.2. */
static bitmark_status
outcome(const struct bm_checked_record *r)
{
	if (r->refused != BITMARK_OK)
		return r->refused;
	return r->found != BITMARK_OK ? r->found : r->then;
}

/* Records after the first that is refused do not matter. */
static bitmark_status
first_refusal(const struct bm_checked_block *block)
{
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; i < block->count && status == BITMARK_OK; i++)
		status = outcome(&block->record[i]);
	return status;
}

/* The root binds the records to the header, and so to the work in it. */
static bitmark_status
check_merkle(const struct bm_checked_block *block)
{
	uint8_t root[BITMARK_DIGEST_SIZE];

	bm_check_root(block, root);
	return memcmp(root, block->header.merkle, sizeof root) == 0 ?
	    BITMARK_OK : BITMARK_E_MERKLE;
}

/* Base records stand at the start and nowhere else. */
static bitmark_status
check_base(const struct verifier *v)
{
	const struct bm_checked_block *block = v->block;
	struct bm_base base;
	bitmark_status status = bm_base_judge(block->store,
	    &block->record[0].record,
	    block->count > 1 ? &block->record[1].record : NULL, &base);

	if (status != BITMARK_OK)
		return status;
	for (size_t i = base.count; i < block->count; i++) {
		if (block->record[i].record.tag == BITMARK_RECORD_BASE_DATA)
			return BITMARK_E_OUT_OF_PLACE_BASE;
		if (block->record[i].record.tag == BITMARK_RECORD_FOUNDATION)
			return BITMARK_E_OUT_OF_PLACE_FOUNDATION;
	}
	return BITMARK_OK;
}

/* All lookups come before the second check, so that what could not be known
 * ahead is checked by all cores at once; the results are then judged in the
 * order of the records, as v8.2 finds the first that is wrong. */
static bitmark_status
verify(struct verifier *v)
{
	struct bm_checked_block *block = v->block;
	bitmark_status status;

	bm_check_finish(block);
	status = look_up_all(v);
	if (status != BITMARK_OK)
		return status;
	if (!all_checked(block))
		bm_check_again(block);
	status = first_refusal(block);
	if (status == BITMARK_OK)
		status = block->unread;
	if (status == BITMARK_OK)
		status = check_merkle(block);
	if (status == BITMARK_OK)
		status = check_base(v);
	if (status == BITMARK_OK)
		status = check_repeated_links(v);
	return status;
}

/* The array has a place for each record: none links to more than one. */
bitmark_status
bm_verify(const struct bm_txn *t, struct bm_checked_block *block)
{
	struct verifier v = { .txn = t, .block = block,
		.rules = t->store->rules };
	bitmark_status status;

	v.transfers = calloc(block->header.count, sizeof *v.transfers);
	if (v.transfers == NULL)
		return BITMARK_E_NOMEM;
	status = verify(&v);
	free(v.transfers);
	bm_asset_set_free(&v.assets);
	return status;
}
