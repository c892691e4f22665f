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
	struct bitmark_block_walk walk;
	struct bm_check *checks;        /* [count] of records read           */
	uint8_t *ids;                   /* transaction ids, for the merkle
	                                   tree, which overwrites them       */
	struct bm_check **transfers;    /* those of them that have a link    */
	size_t count;
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
	struct bm_tx first;
	const uint8_t *id = v->ids + v->count * BITMARK_TX_ID_SIZE;

	check->then = must_be_new(bm_get_tx(v->txn, id, &first));
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
	struct bitmark_record linked;
	struct bm_tx from;
	bitmark_status status = bm_get_tx(v->txn,
	    bitmark_record_link(&check->record), &from);

	check->has_signer = false;
	if (status == BITMARK_E_NOT_FOUND) {
		check->then = BITMARK_E_LINK_UNCONFIRMED;
		if (!of_block)
			check->status = check->then;
		return BITMARK_OK;
	}
	if (status == BITMARK_OK)
		status = bm_record_at(v->txn, v->chain->rules,
		    v->chain->params->network, &from.place, &linked, NULL);
	if (status != BITMARK_OK)
		return status;

	check->has_signer = true;
	check->signer = *bitmark_record_owner(&linked);
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
	bool duplicates = v->walk.header.version == VERSION_WITH_DUPLICATES;
	const struct bitmark_account *owner =
	    bitmark_record_owner(&check->record);

	check->has_signer = owner != NULL;
	if (owner != NULL)
		check->signer = *owner;
	switch (check->record.tag) {
	case BITMARK_RECORD_BASE_DATA:
	case BITMARK_RECORD_FOUNDATION:
		return BITMARK_OK;
	case BITMARK_RECORD_ASSET:
		return duplicates ? BITMARK_OK : look_up_asset(v, check);
	case BITMARK_RECORD_ISSUE:
		return duplicates ? BITMARK_OK : look_up_issue(v, check);
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
	case BITMARK_RECORD_OWNER_TRANSFER:
		return look_up_link(v, check);
	case BITMARK_RECORD_NULL:
	case BITMARK_RECORD_SHARE:
	case BITMARK_RECORD_GRANT:
	case BITMARK_RECORD_SWAP:
		break;
	}
	check->status = BITMARK_E_NOT_RECORD;   /* no chain has such */
	return BITMARK_OK;
}

/*
 * Read the records up to the first that cannot be parsed; ${unparsed} is its
 * error.  Returns failures of the store only.
 */
static bitmark_status
read_records(struct verifier *v, bitmark_status *unparsed)
{
	*unparsed = BITMARK_OK;
	while (v->walk.index < v->walk.header.count) {
		struct bm_check *check = &v->checks[v->count];
		bitmark_status status;

		*unparsed = bitmark_block_walk_next(&v->walk);
		if (*unparsed != BITMARK_OK)
			return BITMARK_OK;
		check->record = v->walk.record;
		bitmark_tx_id(v->walk.packed.data, v->walk.packed.size,
		    v->ids + v->count * BITMARK_TX_ID_SIZE);
		status = look_up(v, check);
		if (status != BITMARK_OK)
			return status;
		v->count++;
	}
	return BITMARK_OK;
}

/* By link, then by position in the block: checks lie in that order. */
static int
compare_links(const void *a, const void *b)
{
	const struct bm_check *x = *(struct bm_check *const *)a;
	const struct bm_check *y = *(struct bm_check *const *)b;
	int order = memcmp(bitmark_record_link(&x->record),
	    bitmark_record_link(&y->record), BITMARK_TX_ID_SIZE);

	if (order != 0)
		return order;
	return x < y ? -1 : x > y;
}

/* The second transfer of one link in the block takes what is gone. */
static void
refuse_repeated_links(struct verifier *v)
{
	if (v->transfer_count < 2)
		return;
	qsort(v->transfers, v->transfer_count, sizeof(struct bm_check *),
	    compare_links);
	for (size_t i = 1; i < v->transfer_count; i++) {
		const struct bm_check *before = v->transfers[i - 1];
		struct bm_check *check = v->transfers[i];

		if (memcmp(bitmark_record_link(&before->record),
		    bitmark_record_link(&check->record),
		    BITMARK_TX_ID_SIZE) == 0)
			check->then = BITMARK_E_DOUBLE_TRANSFER;
	}
}

static bitmark_status
first_refusal(const struct verifier *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->checks[i].status != BITMARK_OK)
			return v->checks[i].status;
	return BITMARK_OK;
}

static bitmark_status
check_merkle(struct verifier *v)
{
	uint8_t root[BITMARK_DIGEST_SIZE];

	bitmark_merkle_root(v->ids, v->count, root);
	return memcmp(root, v->walk.header.merkle, sizeof root) == 0 ?
	    BITMARK_OK : BITMARK_E_MERKLE;
}

/* Base records stand at the start and nowhere else. */
static bitmark_status
check_base(const struct verifier *v)
{
	struct bm_base base;
	bitmark_status status = bm_base_read(v->chain->rules,
	    v->chain->params->network, v->walk.block, &base);

	if (status != BITMARK_OK)
		return status;
	for (size_t i = base.count; i < v->count; i++) {
		if (v->checks[i].record.tag == BITMARK_RECORD_BASE_DATA)
			return BITMARK_E_OUT_OF_PLACE_BASE;
		if (v->checks[i].record.tag == BITMARK_RECORD_FOUNDATION)
			return BITMARK_E_OUT_OF_PLACE_FOUNDATION;
	}
	return BITMARK_OK;
}

static bitmark_status
verify(struct verifier *v)
{
	bitmark_status unparsed;
	bitmark_status status = read_records(v, &unparsed);

	if (status != BITMARK_OK)
		return status;
	refuse_repeated_links(v);
	bm_check_all(v->chain->rules, v->checks, v->count);
	status = first_refusal(v);
	if (status == BITMARK_OK)
		status = unparsed;
	if (status == BITMARK_OK)
		status = check_merkle(v);
	if (status == BITMARK_OK)
		status = check_base(v);
	return status;
}

bitmark_status
bm_verify(const struct bitmark_chain *chain, const struct bm_txn *t,
    struct bitmark_span block)
{
	struct verifier v = { .chain = chain, .txn = t };
	bitmark_status status = bitmark_block_walk_start(&v.walk,
	    chain->rules, block.data, block.size, chain->params->network);
	size_t count;

	if (status != BITMARK_OK)
		return status;
	count = v.walk.header.count;
	v.checks = calloc(count, sizeof *v.checks);
	v.ids = calloc(count, BITMARK_TX_ID_SIZE);
	v.transfers = calloc(count, sizeof *v.transfers);
	if (v.checks == NULL || v.ids == NULL || v.transfers == NULL)
		status = BITMARK_E_NOMEM;
	else
		status = verify(&v);
	free(v.transfers);
	free(v.ids);
	free(v.checks);
	return status;
}
