/*
 * Writing records in their canonical encoding, unchecked: minimal varints,
 * currencies in ascending order, accounts without spare bits.
 * Source: bitmarkd v8.2 transactionrecord/pack.go; v0.16.0 for tags 8 to 10
 */
#include "record/record.h"

static void
write_field(struct bm_writer *w, struct bitmark_span field)
{
	bm_write_counted(w, field.data, field.size);
}

static void
write_account(struct bm_writer *w, const struct bitmark_account *account)
{
	uint8_t packed[BITMARK_ACCOUNT_PACKED_MAX];
	size_t size = bitmark_account_pack(account, packed);

	bm_write_counted(w, packed, size);
}

static void
write_link(struct bm_writer *w, const uint8_t link[BITMARK_TX_ID_SIZE])
{
	bm_write_counted(w, link, BITMARK_TX_ID_SIZE);
}

static void
write_escrow(struct bm_writer *w, const struct bitmark_escrow *escrow)
{
	bm_write_u8(w, escrow->present ? 1 : 0);
	if (!escrow->present)
		return;
	bm_write_varint(w, (uint64_t)escrow->currency);
	write_field(w, escrow->address);
	bm_write_varint(w, escrow->amount);
}

static void
write_map(struct bm_writer *w, const struct bitmark_payments *payments)
{
	for (uint64_t c = BITMARK_CURRENCY_BITCOIN;
	    c < BITMARK_CURRENCY_COUNT; c++) {
		if (payments->address[c].data == NULL)
			continue;
		bm_write_varint(w, c);
		write_field(w, payments->address[c]);
	}
}

static void
write_payments(struct bm_writer *w, uint64_t version,
    const struct bitmark_payments *payments)
{
	struct bm_writer count = bm_writer(NULL, 0);

	write_map(&count, payments);
	bm_write_varint(w, version);
	bm_write_varint(w, count.size);
	write_map(w, payments);
}

static void
write_base_data(struct bm_writer *w, const struct bitmark_base_data *base)
{
	bm_write_varint(w, (uint64_t)base->currency);
	write_field(w, base->address);
	write_account(w, &base->owner);
	bm_write_varint(w, base->nonce);
}

static void
write_asset(struct bm_writer *w, const struct bitmark_asset *asset)
{
	write_field(w, asset->name);
	write_field(w, asset->fingerprint);
	write_field(w, asset->metadata);
	write_account(w, &asset->registrant);
}

static void
write_issue(struct bm_writer *w, const struct bitmark_issue *issue)
{
	bm_write_counted(w, issue->asset_id, BITMARK_ASSET_ID_SIZE);
	write_account(w, &issue->owner);
	bm_write_varint(w, issue->nonce);
}

static void
write_transfer(struct bm_writer *w, const struct bitmark_transfer *transfer)
{
	write_link(w, transfer->link);
	write_escrow(w, &transfer->escrow);
	write_account(w, &transfer->owner);
}

static void
write_foundation(struct bm_writer *w,
    const struct bitmark_foundation *foundation)
{
	write_payments(w, foundation->version, &foundation->payments);
	write_account(w, &foundation->owner);
	bm_write_varint(w, foundation->nonce);
}

static void
write_owner_transfer(struct bm_writer *w,
    const struct bitmark_owner_transfer *transfer)
{
	write_link(w, transfer->link);
	write_escrow(w, &transfer->escrow);
	write_payments(w, transfer->version, &transfer->payments);
	write_account(w, &transfer->owner);
}

static void
write_share(struct bm_writer *w, const struct bitmark_share *share)
{
	write_link(w, share->link);
	bm_write_varint(w, share->quantity);
}

static void
write_grant(struct bm_writer *w, const struct bitmark_grant *grant)
{
	write_link(w, grant->share_id);
	bm_write_varint(w, grant->quantity);
	write_account(w, &grant->owner);
	write_account(w, &grant->recipient);
	bm_write_varint(w, grant->before_block);
}

static void
write_swap(struct bm_writer *w, const struct bitmark_swap *swap)
{
	write_link(w, swap->share_id_one);
	bm_write_varint(w, swap->quantity_one);
	write_account(w, &swap->owner_one);
	write_link(w, swap->share_id_two);
	bm_write_varint(w, swap->quantity_two);
	write_account(w, &swap->owner_two);
	bm_write_varint(w, swap->before_block);
}

void
bm_record_write_fields(struct bm_writer *w,
    const struct bitmark_record *record)
{
	bm_write_varint(w, (uint64_t)record->tag);
	switch (record->tag) {
	case BITMARK_RECORD_BASE_DATA:
		write_base_data(w, &record->base_data);
		break;
	case BITMARK_RECORD_ASSET:
		write_asset(w, &record->asset);
		break;
	case BITMARK_RECORD_ISSUE:
		write_issue(w, &record->issue);
		break;
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		write_transfer(w, &record->transfer);
		break;
	case BITMARK_RECORD_FOUNDATION:
		write_foundation(w, &record->foundation);
		break;
	case BITMARK_RECORD_OWNER_TRANSFER:
		write_owner_transfer(w, &record->owner_transfer);
		break;
	case BITMARK_RECORD_SHARE:
		write_share(w, &record->share);
		break;
	case BITMARK_RECORD_GRANT:
		write_grant(w, &record->grant);
		break;
	case BITMARK_RECORD_SWAP:
		write_swap(w, &record->swap);
		break;
	case BITMARK_RECORD_NULL:
		break;
	}
}

/* The tag and fields and ${signatures} (0 to 2) of the signatures. */
static void
write_part(struct bm_writer *w, const struct bitmark_record *record,
    unsigned signatures)
{
	bm_record_write_fields(w, record);
	if (signatures >= 1)
		write_field(w, record->signature);
	if (signatures >= 2)
		write_field(w, record->countersignature);
}

/* Counts first, so that nothing is written when it does not fit. */
static bitmark_status
encode_part(const struct bitmark_record *record, unsigned signatures,
    uint8_t *out, size_t capacity, size_t *size)
{
	struct bm_writer count = bm_writer(NULL, 0);
	struct bm_writer w = bm_writer(out, capacity);

	write_part(&count, record, signatures);
	if (count.size > capacity)
		return BITMARK_E_SPACE;
	write_part(&w, record, signatures);
	*size = w.size;
	return BITMARK_OK;
}

bitmark_status
bitmark_record_message(const struct bitmark_record *record, bool counter,
    uint8_t *out, size_t capacity, size_t *size)
{
	if (!bm_record_tag_known(record->tag) ||
	    (counter && !bitmark_record_is_countersigned(record->tag)))
		return BITMARK_E_ARGUMENT;
	return encode_part(record, counter ? 1 : 0, out, capacity, size);
}

bitmark_status
bitmark_record_encode(const struct bitmark_record *record, uint8_t *out,
    size_t capacity, size_t *size)
{
	if (!bm_record_tag_known(record->tag))
		return BITMARK_E_ARGUMENT;
	return encode_part(record,
	    bitmark_record_is_countersigned(record->tag) ? 2 : 1, out,
	    capacity, size);
}
