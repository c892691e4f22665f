/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The names of the kinds of records, the fields that several kinds have in
 * common, and the ids of packed bytes.
 */
#include "record/record_impl.h"

/* Source: bitmarkd v8.2 transactionrecord/transaction.go RecordName; v0.16.0
 * for tags 8 to 10, where a share really is listed as "ShareBalance" */
static const char *const names[] = {
	[BITMARK_RECORD_NULL] = "*unknown*",
	[BITMARK_RECORD_BASE_DATA] = "BaseData",
	[BITMARK_RECORD_ASSET] = "AssetData",
	[BITMARK_RECORD_ISSUE] = "BitmarkIssue",
	[BITMARK_RECORD_TRANSFER] = "BitmarkTransferUnratified",
	[BITMARK_RECORD_COUNTERSIGNED] = "BitmarkTransferCountersigned",
	[BITMARK_RECORD_FOUNDATION] = "BlockFoundation",
	[BITMARK_RECORD_OWNER_TRANSFER] = "BlockOwnerTransfer",
	[BITMARK_RECORD_SHARE] = "ShareBalance",
	[BITMARK_RECORD_GRANT] = "ShareGrant",
	[BITMARK_RECORD_SWAP] = "ShareSwap",
};

bool
bm_record_tag_known(enum bitmark_record_tag tag)
{
	return tag >= BITMARK_RECORD_BASE_DATA && tag <= BITMARK_RECORD_SWAP;
}

const char *
bitmark_record_name(enum bitmark_record_tag tag)
{
	return names[bm_record_tag_known(tag) ? tag : BITMARK_RECORD_NULL];
}

/* Grants and swaps move parts of a bitmark that has several owners. */
static bool
is_of_shares(enum bitmark_record_tag tag)
{
	return tag == BITMARK_RECORD_GRANT || tag == BITMARK_RECORD_SWAP;
}

/* In these kinds the second party takes something over, and must agree. */
bool
bitmark_record_is_countersigned(enum bitmark_record_tag tag)
{
	return tag == BITMARK_RECORD_COUNTERSIGNED ||
	    tag == BITMARK_RECORD_OWNER_TRANSFER || is_of_shares(tag);
}

/* The last field of ${kind}, or NULL. */
static const void *
last_of(const struct bitmark_record *record, enum bm_field_kind kind)
{
	const void *found = NULL;

	for (const struct bm_field *field = bm_record_fields(record->tag);
	    field->name != NULL; field++)
		if (field->kind == kind)
			found = (const uint8_t *)record + field->offset;
	return found;
}

/* Grants and swaps name shares, of which they move a part: that is no link, by
 * which a record uses up the one before it. */
const uint8_t *
bitmark_record_link(const struct bitmark_record *record)
{
	return is_of_shares(record->tag) ? NULL :
	    last_of(record, BM_FIELD_LINK);
}

/* A grant or swap has two parties, none of which owns the result alone. */
const struct bitmark_account *
bitmark_record_owner(const struct bitmark_record *record)
{
	return is_of_shares(record->tag) ? NULL :
	    last_of(record, BM_FIELD_ACCOUNT);
}

const struct bitmark_escrow *
bitmark_record_escrow(const struct bitmark_record *record)
{
	const struct bitmark_escrow *escrow = last_of(record, BM_FIELD_ESCROW);

	/* The struct is there in any transfer; its flag tells if it counts. */
	return escrow != NULL && escrow->present ? escrow : NULL;
}

/* The second party is the last account of each kind. */
const struct bitmark_account *
bm_record_countersigner(const struct bitmark_record *record)
{
	return bitmark_record_is_countersigned(record->tag) ?
	    last_of(record, BM_FIELD_ACCOUNT) : NULL;
}

void
bitmark_tx_id(const uint8_t *packed, size_t size,
    uint8_t id[BITMARK_TX_ID_SIZE])
{
	bitmark_sha3_256(packed, size, id);
}

void
bitmark_asset_id(struct bitmark_span fingerprint,
    uint8_t id[BITMARK_ASSET_ID_SIZE])
{
	bitmark_sha3_512(fingerprint.data, fingerprint.size, id);
}

void
bitmark_pay_id(const struct bitmark_span *packed, size_t count,
    uint8_t id[BITMARK_PAY_ID_SIZE])
{
	bm_sha3_384_span(packed, count, id);
}
