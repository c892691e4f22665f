/*
 * JSON of records, the fields in the order and with the names of bitmarkd.
 * Source: bitmarkd v8.2 transactionrecord/transaction.go; v0.16.0 for tags 8
 * to 10; tests/data/vectors.json records
 */
#include "record/record.h"

static void
put_account(struct bm_json *j, const char *key,
    const struct bitmark_account *account)
{
	char text[BITMARK_ACCOUNT_TEXT_MAX];

	bitmark_account_to_text(account, text);
	bm_json_text(j, key, text);
}

static void
put_id(struct bm_json *j, const char *key,
    const uint8_t id[BITMARK_TX_ID_SIZE])
{
	bm_json_hex(j, key, id, BITMARK_TX_ID_SIZE);
}

static void
put_escrow(struct bm_json *j, const struct bitmark_escrow *escrow)
{
	if (!escrow->present) {
		bm_json_null(j, "escrow");
		return;
	}
	bm_json_object(j, "escrow");
	bm_json_text(j, "currency", bitmark_currency_name(escrow->currency));
	bm_json_string(j, "address", escrow->address);
	bm_json_number_text(j, "amount", escrow->amount);
	bm_json_object_end(j);
}

static void
put_payments(struct bm_json *j, uint64_t version,
    const struct bitmark_payments *payments)
{
	bm_json_number(j, "version", version);
	bm_json_object(j, "payments");
	for (int c = BITMARK_CURRENCY_BITCOIN; c < BITMARK_CURRENCY_COUNT; c++)
		if (payments->address[c].data != NULL)
			bm_json_string(j, bitmark_currency_name(
			    (enum bitmark_currency)c), payments->address[c]);
	bm_json_object_end(j);
}

static void
put_base_data(struct bm_json *j, const struct bitmark_base_data *base)
{
	bm_json_text(j, "currency", bitmark_currency_name(base->currency));
	bm_json_string(j, "paymentAddress", base->address);
	put_account(j, "owner", &base->owner);
	bm_json_number_text(j, "nonce", base->nonce);
}

static void
put_asset(struct bm_json *j, const struct bitmark_asset *asset)
{
	bm_json_string(j, "name", asset->name);
	bm_json_string(j, "fingerprint", asset->fingerprint);
	bm_json_string(j, "metadata", asset->metadata);
	put_account(j, "registrant", &asset->registrant);
}

static void
put_issue(struct bm_json *j, const struct bitmark_issue *issue,
    enum bitmark_json_style style)
{
	bm_json_hex(j, "assetId", issue->asset_id, BITMARK_ASSET_ID_SIZE);
	put_account(j, "owner", &issue->owner);
	switch (style) {
	case BITMARK_JSON_SAFE:
		bm_json_number_text(j, "nonce", issue->nonce);
		break;
	case BITMARK_JSON_8_2:
		bm_json_number(j, "nonce", issue->nonce);
		break;
	}
}

static void
put_transfer(struct bm_json *j, const struct bitmark_transfer *transfer)
{
	put_id(j, "link", transfer->link);
	put_escrow(j, &transfer->escrow);
	put_account(j, "owner", &transfer->owner);
}

static void
put_foundation(struct bm_json *j, const struct bitmark_foundation *foundation)
{
	put_payments(j, foundation->version, &foundation->payments);
	put_account(j, "owner", &foundation->owner);
	bm_json_number_text(j, "nonce", foundation->nonce);
}

static void
put_owner_transfer(struct bm_json *j,
    const struct bitmark_owner_transfer *transfer)
{
	put_id(j, "link", transfer->link);
	put_escrow(j, &transfer->escrow);
	put_payments(j, transfer->version, &transfer->payments);
	put_account(j, "owner", &transfer->owner);
}

static void
put_share(struct bm_json *j, const struct bitmark_share *share)
{
	put_id(j, "link", share->link);
	bm_json_number_text(j, "quantity", share->quantity);
}

static void
put_grant(struct bm_json *j, const struct bitmark_grant *grant)
{
	put_id(j, "shareId", grant->share_id);
	bm_json_number_text(j, "quantity", grant->quantity);
	put_account(j, "owner", &grant->owner);
	put_account(j, "recipient", &grant->recipient);
	bm_json_number_text(j, "beforeBlock", grant->before_block);
}

static void
put_swap(struct bm_json *j, const struct bitmark_swap *swap)
{
	put_id(j, "shareIdOne", swap->share_id_one);
	bm_json_number_text(j, "quantityOne", swap->quantity_one);
	put_account(j, "ownerOne", &swap->owner_one);
	put_id(j, "shareIdTwo", swap->share_id_two);
	bm_json_number_text(j, "quantityTwo", swap->quantity_two);
	put_account(j, "ownerTwo", &swap->owner_two);
	bm_json_number_text(j, "beforeBlock", swap->before_block);
}

static void
put_fields(struct bm_json *j, const struct bitmark_record *record,
    enum bitmark_json_style style)
{
	switch (record->tag) {
	case BITMARK_RECORD_BASE_DATA:
		put_base_data(j, &record->base_data);
		break;
	case BITMARK_RECORD_ASSET:
		put_asset(j, &record->asset);
		break;
	case BITMARK_RECORD_ISSUE:
		put_issue(j, &record->issue, style);
		break;
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		put_transfer(j, &record->transfer);
		break;
	case BITMARK_RECORD_FOUNDATION:
		put_foundation(j, &record->foundation);
		break;
	case BITMARK_RECORD_OWNER_TRANSFER:
		put_owner_transfer(j, &record->owner_transfer);
		break;
	case BITMARK_RECORD_SHARE:
		put_share(j, &record->share);
		break;
	case BITMARK_RECORD_GRANT:
		put_grant(j, &record->grant);
		break;
	case BITMARK_RECORD_SWAP:
		put_swap(j, &record->swap);
		break;
	case BITMARK_RECORD_NULL:
		break;
	}
}

bitmark_status
bitmark_record_to_json(const struct bitmark_record *record,
    enum bitmark_json_style style, char **text, size_t *size)
{
	struct bm_json j = { 0 };

	*text = NULL;
	if (!bm_record_tag_known(record->tag))
		return BITMARK_E_ARGUMENT;
	bm_json_object(&j, NULL);
	put_fields(&j, record, style);
	bm_json_hex(&j, "signature", record->signature.data,
	    record->signature.size);
	if (bitmark_record_is_countersigned(record->tag))
		bm_json_hex(&j, "countersignature",
		    record->countersignature.data,
		    record->countersignature.size);
	bm_json_object_end(&j);
	return bm_json_take(&j, text, size);
}
