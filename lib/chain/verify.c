/*
 * Complete verification of the records of an incoming block.  Nothing is
 * written; "confirmed" means: in a block before this one.
 *
 * Order of errors, as v8.2 gives them: the first record that is refused, the
 * merkle root, the base records; then what v8.2 would crash over.
 * Source: bitmarkd v8.2 block/store.go StoreIncoming
 */
#include "chain/store.h"
#include "codec/codec.h"

#include <stdlib.h>

/* Header version whose blocks may repeat assets and issues.
 * Source: bitmarkd v8.2 block/store.go */
#define VERSION_WITH_DUPLICATES 1

struct verifier {
	const struct bitmark_chain *chain;
	const struct bm_txn *txn;
	struct bm_block_check *block;
	struct bm_check **transfers;    /* those of its records that have a
	                                   confirmed link                    */
	size_t transfer_count;
};

/* OK when the row is not there; the rest is the store's failure. */
static bitmark_status
must_be_new(bitmark_status found)
{
	if (found == BITMARK_E_NOT_FOUND)
		return BITMARK_OK;
	return found == BITMARK_OK ? BITMARK_E_TX_EXISTS :
	    bm_store_error(found);
}

static bitmark_status
look_up_asset(struct verifier *v, struct bm_check *check)
{
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	struct bm_place first;

	bitmark_asset_id(check->record.asset.fingerprint, id);
	check->then = must_be_new(bm_get_asset(v->txn, id, &first));
	return BITMARK_OK;
}

static bitmark_status
look_up_issue(struct verifier *v, struct bm_check *check)
{
	size_t i = (size_t)(check - v->block->check);
	struct bm_tx first;

	check->then = must_be_new(bm_get_tx(v->txn,
	    v->block->ids + i * BITMARK_TX_ID_SIZE, &first));
	return BITMARK_OK;
}

/*
 * Who must sign for the linked item: the owner that its last record names.
 * For a link that is not confirmed v8.2 crashes over a transfer, and finds the
 * signer of an owner transfer missing.
 */
static bitmark_status
look_up_link(struct verifier *v, struct bm_check *check)
{
	bool of_block = check->record.tag == BITMARK_RECORD_OWNER_TRANSFER;
	struct bitmark_account signer;
	struct bm_tx from;
	bitmark_status status = bm_linked(v->chain, v->txn, &check->record,
	    &from, &signer);

	if (status == BITMARK_E_NOT_FOUND) {
		check->then = BITMARK_E_LINK_UNCONFIRMED;
		if (!of_block)
			check->refused = check->then;
		bm_check_demand(check, NULL);
		return BITMARK_OK;
	}
	if (status != BITMARK_OK)
		return status;

	bm_check_demand(check, &signer);
	v->transfers[v->transfer_count++] = check;
	if (from.spent)
		check->then = BITMARK_E_DOUBLE_TRANSFER;
	else if (of_block && from.owned_block == 0)
		check->then = BITMARK_E_LINK_UNCONFIRMED;
	return BITMARK_OK;
}

/* What the store says of a record.  Returns failures of the store only. */
static bitmark_status
look_up(struct verifier *v, struct bm_check *check)
{
	bool duplicates =
	    v->block->header.version == VERSION_WITH_DUPLICATES;

	switch (check->record.tag) {
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
	case BITMARK_RECORD_OWNER_TRANSFER:
		return look_up_link(v, check);
	case BITMARK_RECORD_BASE_DATA:
	case BITMARK_RECORD_FOUNDATION:
	case BITMARK_RECORD_ASSET:
	case BITMARK_RECORD_ISSUE:
		break;
	case BITMARK_RECORD_NULL:
	case BITMARK_RECORD_SHARE:
	case BITMARK_RECORD_GRANT:
	case BITMARK_RECORD_SWAP:
		check->refused = BITMARK_E_NOT_RECORD;  /* no chain has such */
		return BITMARK_OK;
	}
	bm_check_demand(check, bitmark_record_owner(&check->record));
	if (check->record.tag == BITMARK_RECORD_ASSET && !duplicates)
		return look_up_asset(v, check);
	if (check->record.tag == BITMARK_RECORD_ISSUE && !duplicates)
		return look_up_issue(v, check);
	return BITMARK_OK;
}

/* Returns failures of the store only. */
static bitmark_status
look_up_all(struct verifier *v)
{
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; i < v->block->count && status == BITMARK_OK; i++)
		status = look_up(v, &v->block->check[i]);
	return status;
}

static int
compare_links(const void *a, const void *b)
{
	const struct bm_check *x = *(struct bm_check *const *)a;
	const struct bm_check *y = *(struct bm_check *const *)b;

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
	qsort(v->transfers, v->transfer_count, sizeof(struct bm_check *),
	    compare_links);
	for (size_t i = 1; i < v->transfer_count; i++)
		if (compare_links(&v->transfers[i - 1], &v->transfers[i]) == 0)
			return BITMARK_E_DOUBLE_TRANSFER;
	return BITMARK_OK;
}

static bool
all_checked(const struct bm_block_check *block)
{
	for (size_t i = 0; i < block->count; i++)
		if (!block->check[i].checked &&
		    block->check[i].refused == BITMARK_OK)
			return false;
	return true;
}

static bitmark_status
outcome(const struct bm_check *check)
{
	if (check->refused != BITMARK_OK)
		return check->refused;
	return check->found != BITMARK_OK ? check->found : check->then;
}

static bitmark_status
first_refusal(const struct bm_block_check *block)
{
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; i < block->count && status == BITMARK_OK; i++)
		status = outcome(&block->check[i]);
	return status;
}

static bitmark_status
check_merkle(const struct bm_block_check *block)
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
	const struct bm_block_check *block = v->block;
	struct bm_base base;
	bitmark_status status = bm_base_read(v->chain->rules,
	    v->chain->params->network, block->block, &base);

	if (status != BITMARK_OK)
		return status;
	for (size_t i = base.count; i < block->count; i++) {
		if (block->check[i].record.tag == BITMARK_RECORD_BASE_DATA)
			return BITMARK_E_OUT_OF_PLACE_BASE;
		if (block->check[i].record.tag == BITMARK_RECORD_FOUNDATION)
			return BITMARK_E_OUT_OF_PLACE_FOUNDATION;
	}
	return BITMARK_OK;
}

static bitmark_status
verify(struct verifier *v)
{
	struct bm_block_check *block = v->block;
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

bitmark_status
bm_verify(const struct bm_txn *t, struct bm_block_check *check)
{
	struct verifier v = { .chain = check->chain, .txn = t,
	    .block = check };
	bitmark_status status;

	v.transfers = calloc(check->header.count, sizeof *v.transfers);
	if (v.transfers == NULL)
		return BITMARK_E_NOMEM;
	status = verify(&v);
	free(v.transfers);
	return status;
}
