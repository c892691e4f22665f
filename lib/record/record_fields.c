/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The layout of each kind of record.
 * Source: bitmarkd v8.2 transactionrecord/pack.go and transaction.go; v0.16.0
 * for tags 8 to 10; tests/data/vectors.json records
 */
#include "record/record_impl.h"

/* Most fields of one kind.  Each row of the table has one place more, so that
 * its last one is all zero and ends it. */
#define FIELDS_MAX 7

#define FIELD(name, kind, member) \
	{ name, BM_FIELD_ ## kind, offsetof(struct bitmark_record, member) }
#define ESCROW_FIELD(name, kind, member) \
	{ name, BM_FIELD_ ## kind, offsetof(struct bitmark_escrow, member) }

/* Both kinds of transfer: they differ in the countersignature only. */
#define TRANSFER_FIELDS \
	FIELD("link", LINK, transfer.link), \
	FIELD("escrow", ESCROW, transfer.escrow), \
	FIELD("owner", ACCOUNT, transfer.owner)

static const struct bm_field record_fields[][FIELDS_MAX + 1] = {
	[BITMARK_RECORD_BASE_DATA] = {
		FIELD("currency", CURRENCY, base_data.currency),
		FIELD("paymentAddress", TEXT, base_data.address),
		FIELD("owner", ACCOUNT, base_data.owner),
		FIELD("nonce", NUMBER, base_data.nonce),
	},
	[BITMARK_RECORD_ASSET] = {
		FIELD("name", NAME, asset.name),
		FIELD("fingerprint", TEXT, asset.fingerprint),
		FIELD("metadata", METADATA, asset.metadata),
		FIELD("registrant", ACCOUNT, asset.registrant),
	},
	[BITMARK_RECORD_ISSUE] = {
		FIELD("assetId", ASSET_ID, issue.asset_id),
		FIELD("owner", ACCOUNT, issue.owner),
		FIELD("nonce", ISSUE_NONCE, issue.nonce),
	},
	[BITMARK_RECORD_TRANSFER] = { TRANSFER_FIELDS },
	[BITMARK_RECORD_COUNTERSIGNED] = { TRANSFER_FIELDS },
	[BITMARK_RECORD_FOUNDATION] = {
		FIELD("version", VERSION, foundation.version),
		FIELD("payments", PAYMENTS, foundation.payments),
		FIELD("owner", ACCOUNT, foundation.owner),
		FIELD("nonce", NUMBER, foundation.nonce),
	},
	[BITMARK_RECORD_OWNER_TRANSFER] = {
		FIELD("link", LINK, owner_transfer.link),
		FIELD("escrow", ESCROW, owner_transfer.escrow),
		FIELD("version", VERSION, owner_transfer.version),
		FIELD("payments", PAYMENTS, owner_transfer.payments),
		FIELD("owner", ACCOUNT, owner_transfer.owner),
	},
	[BITMARK_RECORD_SHARE] = {
		FIELD("link", LINK, share.link),
		FIELD("quantity", NUMBER, share.quantity),
	},
	[BITMARK_RECORD_GRANT] = {
		FIELD("shareId", LINK, grant.share_id),
		FIELD("quantity", NUMBER, grant.quantity),
		FIELD("owner", ACCOUNT, grant.owner),
		FIELD("recipient", ACCOUNT, grant.recipient),
		FIELD("beforeBlock", NUMBER, grant.before_block),
	},
	[BITMARK_RECORD_SWAP] = {
		FIELD("shareIdOne", LINK, swap.share_id_one),
		FIELD("quantityOne", NUMBER, swap.quantity_one),
		FIELD("ownerOne", ACCOUNT, swap.owner_one),
		FIELD("shareIdTwo", LINK, swap.share_id_two),
		FIELD("quantityTwo", NUMBER, swap.quantity_two),
		FIELD("ownerTwo", ACCOUNT, swap.owner_two),
		FIELD("beforeBlock", NUMBER, swap.before_block),
	},
};

static const struct bm_field escrow_fields[] = {
	ESCROW_FIELD("currency", CURRENCY, currency),
	ESCROW_FIELD("address", TEXT, address),
	ESCROW_FIELD("amount", NUMBER, amount),
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
