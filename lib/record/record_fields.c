/*
 * The layout of each kind of record.
 * Source: bitmarkd v8.2 transactionrecord/pack.go and transaction.go; v0.16.0
 * for tags 8 to 10; tests/data/vectors.json records
 */
#include "record/record_impl.h"

/* Most fields of one kind.  Each row of the table has one place more, so that
 * its last one is all zero and ends it. */
#define FIELDS_MAX 7

#define IN_RECORD(member) offsetof(struct bitmark_record, member)
#define IN_ESCROW(member) offsetof(struct bitmark_escrow, member)

/* Both kinds of transfer: they differ in the countersignature only. */
#define TRANSFER_FIELDS \
	{ "link", BM_FIELD_LINK, IN_RECORD(transfer.link) }, \
	{ "escrow", BM_FIELD_ESCROW, IN_RECORD(transfer.escrow) }, \
	{ "owner", BM_FIELD_ACCOUNT, IN_RECORD(transfer.owner) }

static const struct bm_field record_fields[][FIELDS_MAX + 1] = {
	[BITMARK_RECORD_BASE_DATA] = {
		{ "currency", BM_FIELD_CURRENCY,
		    IN_RECORD(base_data.currency) },
		{ "paymentAddress", BM_FIELD_TEXT,
		    IN_RECORD(base_data.address) },
		{ "owner", BM_FIELD_ACCOUNT, IN_RECORD(base_data.owner) },
		{ "nonce", BM_FIELD_NUMBER, IN_RECORD(base_data.nonce) },
	},
	[BITMARK_RECORD_ASSET] = {
		{ "name", BM_FIELD_NAME, IN_RECORD(asset.name) },
		{ "fingerprint", BM_FIELD_TEXT, IN_RECORD(asset.fingerprint) },
		{ "metadata", BM_FIELD_METADATA, IN_RECORD(asset.metadata) },
		{ "registrant", BM_FIELD_ACCOUNT,
		    IN_RECORD(asset.registrant) },
	},
	[BITMARK_RECORD_ISSUE] = {
		{ "assetId", BM_FIELD_ASSET_ID, IN_RECORD(issue.asset_id) },
		{ "owner", BM_FIELD_ACCOUNT, IN_RECORD(issue.owner) },
		{ "nonce", BM_FIELD_ISSUE_NONCE, IN_RECORD(issue.nonce) },
	},
	[BITMARK_RECORD_TRANSFER] = { TRANSFER_FIELDS },
	[BITMARK_RECORD_COUNTERSIGNED] = { TRANSFER_FIELDS },
	[BITMARK_RECORD_FOUNDATION] = {
		{ "version", BM_FIELD_VERSION, IN_RECORD(foundation.version) },
		{ "payments", BM_FIELD_PAYMENTS,
		    IN_RECORD(foundation.payments) },
		{ "owner", BM_FIELD_ACCOUNT, IN_RECORD(foundation.owner) },
		{ "nonce", BM_FIELD_NUMBER, IN_RECORD(foundation.nonce) },
	},
	[BITMARK_RECORD_OWNER_TRANSFER] = {
		{ "link", BM_FIELD_LINK, IN_RECORD(owner_transfer.link) },
		{ "escrow", BM_FIELD_ESCROW,
		    IN_RECORD(owner_transfer.escrow) },
		{ "version", BM_FIELD_VERSION,
		    IN_RECORD(owner_transfer.version) },
		{ "payments", BM_FIELD_PAYMENTS,
		    IN_RECORD(owner_transfer.payments) },
		{ "owner", BM_FIELD_ACCOUNT, IN_RECORD(owner_transfer.owner) },
	},
	[BITMARK_RECORD_SHARE] = {
		{ "link", BM_FIELD_LINK, IN_RECORD(share.link) },
		{ "quantity", BM_FIELD_NUMBER, IN_RECORD(share.quantity) },
	},
	[BITMARK_RECORD_GRANT] = {
		{ "shareId", BM_FIELD_LINK, IN_RECORD(grant.share_id) },
		{ "quantity", BM_FIELD_NUMBER, IN_RECORD(grant.quantity) },
		{ "owner", BM_FIELD_ACCOUNT, IN_RECORD(grant.owner) },
		{ "recipient", BM_FIELD_ACCOUNT, IN_RECORD(grant.recipient) },
		{ "beforeBlock", BM_FIELD_NUMBER,
		    IN_RECORD(grant.before_block) },
	},
	[BITMARK_RECORD_SWAP] = {
		{ "shareIdOne", BM_FIELD_LINK, IN_RECORD(swap.share_id_one) },
		{ "quantityOne", BM_FIELD_NUMBER,
		    IN_RECORD(swap.quantity_one) },
		{ "ownerOne", BM_FIELD_ACCOUNT, IN_RECORD(swap.owner_one) },
		{ "shareIdTwo", BM_FIELD_LINK, IN_RECORD(swap.share_id_two) },
		{ "quantityTwo", BM_FIELD_NUMBER,
		    IN_RECORD(swap.quantity_two) },
		{ "ownerTwo", BM_FIELD_ACCOUNT, IN_RECORD(swap.owner_two) },
		{ "beforeBlock", BM_FIELD_NUMBER,
		    IN_RECORD(swap.before_block) },
	},
};

static const struct bm_field escrow_fields[] = {
	{ "currency", BM_FIELD_CURRENCY, IN_ESCROW(currency) },
	{ "address", BM_FIELD_TEXT, IN_ESCROW(address) },
	{ "amount", BM_FIELD_NUMBER, IN_ESCROW(amount) },
	{ NULL, BM_FIELD_TEXT, 0 },
};

const struct bm_field *
bm_record_fields(enum bitmark_record_tag tag)
{
	return record_fields[bm_record_tag_known(tag) ? tag :
	    BITMARK_RECORD_NULL];
}

const struct bm_field *
bm_escrow_fields(void)
{
	return escrow_fields;
}
