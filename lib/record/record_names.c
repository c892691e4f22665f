/*
 * The name of a record, the fields that several kinds have in common, and the
 * ids of packed bytes.
 *
 * The switches name every kind, so that the compiler points at each of them
 * when a kind is added.
 */
#include "record/record.h"

bool
bm_record_tag_known(enum bitmark_record_tag tag)
{
	return tag >= BITMARK_RECORD_BASE_DATA && tag <= BITMARK_RECORD_SWAP;
}

/* Source: bitmarkd v8.2 transactionrecord/transaction.go RecordName; v0.16.0
 * for tags 8 to 10, where a share really is listed as "ShareBalance" */
const char *
bitmark_record_name(enum bitmark_record_tag tag)
{
	switch (tag) {
	case BITMARK_RECORD_BASE_DATA:
		return "BaseData";
	case BITMARK_RECORD_ASSET:
		return "AssetData";
	case BITMARK_RECORD_ISSUE:
		return "BitmarkIssue";
	case BITMARK_RECORD_TRANSFER:
		return "BitmarkTransferUnratified";
	case BITMARK_RECORD_COUNTERSIGNED:
		return "BitmarkTransferCountersigned";
	case BITMARK_RECORD_FOUNDATION:
		return "BlockFoundation";
	case BITMARK_RECORD_OWNER_TRANSFER:
		return "BlockOwnerTransfer";
	case BITMARK_RECORD_SHARE:
		return "ShareBalance";
	case BITMARK_RECORD_GRANT:
		return "ShareGrant";
	case BITMARK_RECORD_SWAP:
		return "ShareSwap";
	case BITMARK_RECORD_NULL:
		break;
	}
	return "*unknown*";
}

/* In these kinds the second party takes something over, and must agree. */
bool
bitmark_record_is_countersigned(enum bitmark_record_tag tag)
{
	return tag == BITMARK_RECORD_COUNTERSIGNED ||
	    tag == BITMARK_RECORD_OWNER_TRANSFER ||
	    tag == BITMARK_RECORD_GRANT || tag == BITMARK_RECORD_SWAP;
}

/* Grants and swaps name shares, of which they move a part: that is no link, by
 * which a record uses up the one before it. */
const uint8_t *
bitmark_record_link(const struct bitmark_record *record)
{
	switch (record->tag) {
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		return record->transfer.link;
	case BITMARK_RECORD_OWNER_TRANSFER:
		return record->owner_transfer.link;
	case BITMARK_RECORD_SHARE:
		return record->share.link;
	case BITMARK_RECORD_NULL:
	case BITMARK_RECORD_BASE_DATA:
	case BITMARK_RECORD_ASSET:
	case BITMARK_RECORD_ISSUE:
	case BITMARK_RECORD_FOUNDATION:
	case BITMARK_RECORD_GRANT:
	case BITMARK_RECORD_SWAP:
		break;
	}
	return NULL;
}

/* Kinds 8 to 10 move parts of a bitmark that has several owners, so there is no
 * account that owns the result. */
const struct bitmark_account *
bitmark_record_owner(const struct bitmark_record *record)
{
	switch (record->tag) {
	case BITMARK_RECORD_BASE_DATA:
		return &record->base_data.owner;
	case BITMARK_RECORD_ASSET:
		return &record->asset.registrant;
	case BITMARK_RECORD_ISSUE:
		return &record->issue.owner;
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		return &record->transfer.owner;
	case BITMARK_RECORD_FOUNDATION:
		return &record->foundation.owner;
	case BITMARK_RECORD_OWNER_TRANSFER:
		return &record->owner_transfer.owner;
	case BITMARK_RECORD_NULL:
	case BITMARK_RECORD_SHARE:
	case BITMARK_RECORD_GRANT:
	case BITMARK_RECORD_SWAP:
		break;
	}
	return NULL;
}

const struct bitmark_escrow *
bitmark_record_escrow(const struct bitmark_record *record)
{
	const struct bitmark_escrow *escrow = NULL;

	/* The struct is there in any transfer; its flag tells if it counts. */
	if (record->tag == BITMARK_RECORD_TRANSFER ||
	    record->tag == BITMARK_RECORD_COUNTERSIGNED)
		escrow = &record->transfer.escrow;
	else if (record->tag == BITMARK_RECORD_OWNER_TRANSFER)
		escrow = &record->owner_transfer.escrow;
	return escrow != NULL && escrow->present ? escrow : NULL;
}

const struct bitmark_account *
bm_record_countersigner(const struct bitmark_record *record)
{
	if (record->tag == BITMARK_RECORD_GRANT)
		return &record->grant.recipient;
	if (record->tag == BITMARK_RECORD_SWAP)
		return &record->swap.owner_two;
	if (bitmark_record_is_countersigned(record->tag))
		return bitmark_record_owner(record);
	return NULL;
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
