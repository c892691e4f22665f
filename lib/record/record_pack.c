/*
 * Signing records, and judging one record by itself: limits, addresses,
 * signatures.
 * Source: bitmarkd v8.2 transactionrecord/pack.go; v0.16.0 for tags 8 to 10
 */
#include "record/record.h"

bitmark_status
bitmark_record_sign(struct bitmark_record *record,
    const struct bitmark_private_key *key,
    uint8_t signature[BITMARK_SIGNATURE_SIZE])
{
	uint8_t message[BITMARK_RECORD_PACKED_MAX];
	size_t size;
	bitmark_status status = bitmark_record_message(record, false, message,
	    sizeof message, &size);

	if (status != BITMARK_OK)
		return status;
	bitmark_private_key_sign(key, (struct bitmark_span){ message, size },
	    signature);
	record->signature = (struct bitmark_span){
		signature, BITMARK_SIGNATURE_SIZE
	};
	return BITMARK_OK;
}

bitmark_status
bitmark_record_countersign(struct bitmark_record *record,
    const struct bitmark_private_key *key,
    uint8_t signature[BITMARK_SIGNATURE_SIZE])
{
	uint8_t message[BITMARK_RECORD_PACKED_MAX];
	size_t size;
	bitmark_status status = bitmark_record_message(record, true, message,
	    sizeof message, &size);

	if (status == BITMARK_E_ARGUMENT)
		return status;
	if (record->signature.size == 0)
		return BITMARK_E_STATE;
	if (status != BITMARK_OK)
		return status;
	bitmark_private_key_sign(key, (struct bitmark_span){ message, size },
	    signature);
	record->countersignature = (struct bitmark_span){
		signature, BITMARK_SIGNATURE_SIZE
	};
	return BITMARK_OK;
}

/* v8.2 does not limit the countersignature of an owner transfer; that it is
 * not 64 bytes is found when it is verified. */
static bitmark_status
check_signature_sizes(const struct bitmark_record *record)
{
	bool counter = bitmark_record_is_countersigned(record->tag) &&
	    record->tag != BITMARK_RECORD_OWNER_TRANSFER;

	if (record->signature.size > BITMARK_SIGNATURE_MAX)
		return BITMARK_E_SIGNATURE_LONG;
	if (counter && record->countersignature.size > BITMARK_SIGNATURE_MAX)
		return BITMARK_E_SIGNATURE_LONG;
	return BITMARK_OK;
}

/* Nobody may sign or own as the zero account; only an unratified transfer may
 * go there, and so destroys its bitmark. */
static bitmark_status
check_owners(const struct bitmark_record *record,
    const struct bitmark_account *signer)
{
	const struct bitmark_account *owner = bitmark_record_owner(record);

	if (signer == NULL || bitmark_account_is_zero(signer))
		return BITMARK_E_OWNER;
	if (owner != NULL && record->tag != BITMARK_RECORD_TRANSFER &&
	    bitmark_account_is_zero(owner))
		return BITMARK_E_OWNER;
	return BITMARK_OK;
}

/* key NUL value NUL key NUL value: an even number of parts, none empty. */
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
check_escrow(const struct bitmark_rules *rules,
    const struct bitmark_escrow *escrow, enum bitmark_network network)
{
	if (!escrow->present)
		return BITMARK_OK;
	return bitmark_address_check(rules, escrow->currency, escrow->address,
	    network);
}

/* The map of a checked set of currencies always packs: no further check. */
static bitmark_status
check_owner_transfer(const struct bitmark_rules *rules,
    const struct bitmark_owner_transfer *transfer,
    enum bitmark_network network)
{
	bitmark_status status = bitmark_payments_check(rules,
	    transfer->version, &transfer->payments, network);

	if (status != BITMARK_OK)
		return status;
	return check_escrow(rules, &transfer->escrow, network);
}

/* The two parties of a grant or swap; the first is the signer. */
static bitmark_status
check_parties(const struct bitmark_account *one,
    const struct bitmark_account *two, const struct bitmark_account *signer)
{
	if (!bitmark_account_equal(one, signer) ||
	    bitmark_account_is_zero(two))
		return BITMARK_E_OWNER;
	if (two->network != signer->network)
		return BITMARK_E_WRONG_NETWORK_PUBLIC;
	return BITMARK_OK;
}

static bitmark_status
check_grant(const struct bitmark_grant *grant,
    const struct bitmark_account *signer)
{
	bitmark_status status = check_parties(&grant->owner,
	    &grant->recipient, signer);

	if (status == BITMARK_OK && grant->quantity == 0)
		return BITMARK_E_SHARE_QUANTITY;
	return status;
}

static bitmark_status
check_swap(const struct bitmark_swap *swap,
    const struct bitmark_account *signer)
{
	bitmark_status status = check_parties(&swap->owner_one,
	    &swap->owner_two, signer);

	if (status != BITMARK_OK)
		return status;
	if (memcmp(swap->share_id_one, swap->share_id_two,
	    BITMARK_TX_ID_SIZE) == 0)
		return BITMARK_E_SHARE_IDS;
	if (swap->quantity_one == 0 || swap->quantity_two == 0)
		return BITMARK_E_SHARE_QUANTITY;
	return BITMARK_OK;
}

/* What each kind demands of its own fields. */
static bitmark_status
check_fields(const struct bitmark_rules *rules,
    const struct bitmark_record *record, const struct bitmark_account *signer)
{
	enum bitmark_network network = (enum bitmark_network)signer->network;

	switch (record->tag) {
	case BITMARK_RECORD_BASE_DATA:
		return bitmark_address_check(rules, record->base_data.currency,
		    record->base_data.address, network);
	case BITMARK_RECORD_ASSET:
		return check_asset(rules, &record->asset);
	case BITMARK_RECORD_ISSUE:
		return BITMARK_OK;
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		return check_escrow(rules, &record->transfer.escrow, network);
	case BITMARK_RECORD_FOUNDATION:
		return bitmark_payments_check(rules,
		    record->foundation.version, &record->foundation.payments,
		    network);
	case BITMARK_RECORD_OWNER_TRANSFER:
		return check_owner_transfer(rules, &record->owner_transfer,
		    network);
	case BITMARK_RECORD_SHARE:
		return record->share.quantity == 0 ?
		    BITMARK_E_SHARE_QUANTITY : BITMARK_OK;
	case BITMARK_RECORD_GRANT:
		return check_grant(&record->grant, signer);
	case BITMARK_RECORD_SWAP:
		return check_swap(&record->swap, signer);
	case BITMARK_RECORD_NULL:
		break;
	}
	return BITMARK_E_NOT_RECORD;
}

static bitmark_status
check_limits(const struct bitmark_rules *rules,
    const struct bitmark_record *record, const struct bitmark_account *signer)
{
	bitmark_status status;

	if (!bm_record_tag_known(record->tag) ||
	    (uint64_t)record->tag > rules->record_tag_max)
		return BITMARK_E_NOT_RECORD;
	status = check_signature_sizes(record);
	if (status == BITMARK_OK)
		status = check_owners(record, signer);
	if (status == BITMARK_OK)
		status = check_fields(rules, record, signer);
	return status;
}

/* Append ${signature} to ${w} when it is ${account}'s over all that ${w} holds
 * so far. */
static bitmark_status
append_signature(struct bm_writer *w, struct bitmark_span signature,
    const struct bitmark_account *account, enum bitmark_strictness strictness)
{
	bitmark_status status;

	if (!bm_writer_ok(w))
		return BITMARK_E_SPACE;
	status = bitmark_account_verify(account,
	    (struct bitmark_span){ w->data, w->size }, signature, strictness);
	if (status == BITMARK_OK)
		bm_write_counted(w, signature.data, signature.size);
	return status;
}

/* Judge the record; ${w} then holds its canonical encoding.  Both signed
 * messages are prefixes of it, so that it is written once. */
static bitmark_status
judge(const struct bitmark_rules *rules, const struct bitmark_record *record,
    const struct bitmark_account *signer, enum bitmark_strictness strictness,
    struct bm_writer *w)
{
	const struct bitmark_account *counter = bm_record_countersigner(record);
	bitmark_status status = check_limits(rules, record, signer);

	if (status != BITMARK_OK)
		return status;
	bm_record_write_fields(w, record);
	status = append_signature(w, record->signature, signer, strictness);
	if (status == BITMARK_OK && counter != NULL)
		status = append_signature(w, record->countersignature, counter,
		    strictness);
	if (status == BITMARK_OK && !bm_writer_ok(w))
		return BITMARK_E_SPACE;
	return status;
}

bitmark_status
bitmark_record_check(const struct bitmark_rules *rules,
    const struct bitmark_record *record, const struct bitmark_account *signer,
    enum bitmark_strictness strictness)
{
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	struct bm_writer w = bm_writer(packed, sizeof packed);

	return judge(rules, record, signer, strictness, &w);
}

bitmark_status
bitmark_record_pack(const struct bitmark_rules *rules,
    const struct bitmark_record *record, const struct bitmark_account *signer,
    enum bitmark_strictness strictness, uint8_t *out, size_t capacity,
    size_t *size)
{
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	struct bm_writer w = bm_writer(packed, sizeof packed);
	bitmark_status status = judge(rules, record, signer, strictness, &w);

	if (status != BITMARK_OK)
		return status;
	if (w.size > capacity)
		return BITMARK_E_SPACE;
	memcpy(out, packed, w.size);
	*size = w.size;
	return BITMARK_OK;
}
