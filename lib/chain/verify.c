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

#include "chain/env.h"
#include "chain/read.h"

/* Header version whose blocks may repeat assets and issues.
 * Source: bitmarkd v8.2 block/store.go */
#define VERSION_WITH_DUPLICATES 1

struct verifier {
	const struct bm_txn *txn;
	struct bm_checked_block *block;
	/* Those of its records that have a confirmed link. */
	struct bm_checked_record **transfers;
	size_t transfer_count;
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

static bitmark_status
look_up_asset(struct verifier *v, struct bm_checked_record *r)
{
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	struct bm_place first;

	r->then = must_be_new(bm_find_asset(v->txn, &r->record.asset, id,
	    &first));
	return BITMARK_OK;
}

static bitmark_status
look_up_issue(struct verifier *v, struct bm_checked_record *r)
{
	size_t i = (size_t)(r - v->block->record);
	struct bm_tx first;

	r->then = must_be_new(bm_get_tx(v->txn,
	    bm_check_id(v->block, i), &first));
	return BITMARK_OK;
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
	if (status == BITMARK_OK && !r->has_signer) {
		status = bm_owner_at(v->txn, &from.place, &signer);
		if (status == BITMARK_OK)
			bm_check_demand(r, &signer);
	}
	if (status != BITMARK_OK)
		return status;

	v->transfers[v->transfer_count++] = r;
	if (from.spent)
		r->then = BITMARK_E_DOUBLE_TRANSFER;
	else if (of_block && from.owned_block == 0)
		r->then = BITMARK_E_LINK_UNCONFIRMED;
	return BITMARK_OK;
}

/* Look a record up in the store, and note what follows from that.  Returns
 * failures of the store only. */
static bitmark_status
look_up(struct verifier *v, struct bm_checked_record *r)
{
	bool duplicates =
	    v->block->header.version == VERSION_WITH_DUPLICATES;

	switch (r->record.tag) {
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
	case BITMARK_RECORD_OWNER_TRANSFER:
		return look_up_link(v, r);
	case BITMARK_RECORD_BASE_DATA:
	case BITMARK_RECORD_FOUNDATION:
	case BITMARK_RECORD_ASSET:
	case BITMARK_RECORD_ISSUE:
		break;
	case BITMARK_RECORD_NULL:
	case BITMARK_RECORD_SHARE:
	case BITMARK_RECORD_GRANT:
	case BITMARK_RECORD_SWAP:
		r->refused = BITMARK_E_NOT_RECORD;  /* no chain has such */
		return BITMARK_OK;
	}
	bm_check_demand(r, bitmark_record_owner(&r->record));
	if (r->record.tag == BITMARK_RECORD_ASSET && !duplicates)
		return look_up_asset(v, r);
	if (r->record.tag == BITMARK_RECORD_ISSUE && !duplicates)
		return look_up_issue(v, r);
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
	if (v->transfer_count < 2)
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
	struct verifier v = { .txn = t, .block = block };
	bitmark_status status;

	v.transfers = calloc(block->header.count, sizeof *v.transfers);
	if (v.transfers == NULL)
		return BITMARK_E_NOMEM;
	status = verify(&v);
	free(v.transfers);
	return status;
}
