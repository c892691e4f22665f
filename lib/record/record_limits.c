/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The limits of one record: sizes, characters, quantities, and owners that are
 * no owners.  0.16 asks them when it reads a record and again when it packs
 * one, v8.2 only when it packs.
 *
 * Source: bitmarkd v0.16.0 transactionrecord/pack.go check; v8.2 Pack
 */
#include "record/record.h"

/* Is an owner of the record the zero account?  A grant or swap has two
 * owners. */
static bool
has_zero_owner(const struct bitmark_record *record)
{
	const struct bitmark_account *owner = bitmark_record_owner(record);

	if (record->tag == BITMARK_RECORD_GRANT)
		return bitmark_account_is_zero(&record->grant.owner) ||
		    bitmark_account_is_zero(&record->grant.recipient);
	if (record->tag == BITMARK_RECORD_SWAP)
		return bitmark_account_is_zero(&record->swap.owner_one) ||
		    bitmark_account_is_zero(&record->swap.owner_two);
	return owner != NULL && record->tag != BITMARK_RECORD_TRANSFER &&
	    bitmark_account_is_zero(owner);
}

bitmark_status
bm_record_check_owners(const struct bitmark_record *record)
{
	return has_zero_owner(record) ? BITMARK_E_OWNER : BITMARK_OK;
}

/* v8.2 does not limit the countersignature of an owner transfer.  One that is
 * too long is then refused as a signature that does not verify. */
bitmark_status
bm_record_check_sizes(const struct bitmark_rules *rules,
    const struct bitmark_record *record)
{
	size_t counter_max = record->tag == BITMARK_RECORD_OWNER_TRANSFER ?
	    rules->block_countersignature_max : BITMARK_SIGNATURE_MAX;

	if (record->signature.size > BITMARK_SIGNATURE_MAX)
		return BITMARK_E_SIGNATURE_LONG;
	if (bitmark_record_is_countersigned(record->tag) &&
	    record->countersignature.size > counter_max)
		return BITMARK_E_SIGNATURE_LONG;
	return BITMARK_OK;
}

/* Metadata is "key NUL value NUL key NUL value": an even number of parts, and
 * none of them empty.  No metadata at all is allowed. */
static bool
is_map(struct bitmark_span metadata)
{
	size_t parts = 1, start = 0;

	if (metadata.size == 0)
		return true;
	for (size_t i = 0; i < metadata.size; i++) {
		if (metadata.data[i] != 0)
			continue;
		if (i == start)
			return false;
		parts++;
		start = i + 1;
	}
	return start != metadata.size && parts % 2 == 0;
}

static bitmark_status
check_asset(const struct bitmark_rules *rules,
    const struct bitmark_asset *asset)
{
	size_t name = bm_utf8_count(asset->name);
	size_t fingerprint = bm_utf8_count(asset->fingerprint);

	if (name == 0 && !rules->asset_name_optional)
		return BITMARK_E_NAME_SHORT;
	if (name > BITMARK_NAME_MAX)
		return BITMARK_E_NAME_LONG;
	if (fingerprint == 0)
		return BITMARK_E_FINGERPRINT_SHORT;
	if (fingerprint > BITMARK_FINGERPRINT_MAX)
		return BITMARK_E_FINGERPRINT_LONG;
	if (bm_utf8_count(asset->metadata) > BITMARK_METADATA_MAX)
		return BITMARK_E_METADATA_LONG;
	if (!is_map(asset->metadata))
		return BITMARK_E_METADATA_MAP;
	return BITMARK_OK;
}

static bitmark_status
check_quantities(uint64_t one, uint64_t two)
{
	return one == 0 || two == 0 ? BITMARK_E_SHARE_QUANTITY : BITMARK_OK;
}

static bitmark_status
check_swap(const struct bitmark_swap *swap)
{
	if (memcmp(swap->share_id_one, swap->share_id_two,
	    BITMARK_TX_ID_SIZE) == 0)
		return BITMARK_E_SHARE_IDS;
	return check_quantities(swap->quantity_one, swap->quantity_two);
}

bitmark_status
bm_record_check_fields(const struct bitmark_rules *rules,
    const struct bitmark_record *record, enum bitmark_network network)
{
	switch (record->tag) {
	case BITMARK_RECORD_ASSET:
		return check_asset(rules, &record->asset);
	case BITMARK_RECORD_FOUNDATION:
		return bitmark_payments_check(rules, record->foundation.version,
		    &record->foundation.payments, network);
	case BITMARK_RECORD_OWNER_TRANSFER:
		return bitmark_payments_check(rules,
		    record->owner_transfer.version,
		    &record->owner_transfer.payments, network);
	case BITMARK_RECORD_SHARE:
		return check_quantities(record->share.quantity, 1);
	case BITMARK_RECORD_GRANT:
		return check_quantities(record->grant.quantity, 1);
	case BITMARK_RECORD_SWAP:
		return check_swap(&record->swap);
	case BITMARK_RECORD_BASE_DATA:
	case BITMARK_RECORD_ISSUE:
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		return BITMARK_OK;
	case BITMARK_RECORD_NULL:
		break;
	}
	return BITMARK_E_NOT_RECORD;
}

bitmark_status
bm_record_check_limits(const struct bitmark_rules *rules,
    const struct bitmark_record *record, enum bitmark_network network)
{
	bitmark_status status = bm_record_check_sizes(rules, record);

	if (status == BITMARK_OK)
		status = bm_record_check_owners(record);
	if (status == BITMARK_OK)
		status = bm_record_check_fields(rules, record, network);
	return status;
}
