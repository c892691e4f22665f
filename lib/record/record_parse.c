/*
 * Reading packed records.  Straight-line: every field is read, the first thing
 * that is wrong decides the error, and one question at the end tells.
 * Source: bitmarkd v8.2 transactionrecord/unpack.go; v0.16.0 for tags 8 to 10
 */
#include "record/record.h"

struct parser {
	struct bm_reader r;
	const struct bitmark_rules *rules;
	enum bitmark_network network;
	bitmark_status status;          /* what a failed reader means */
};

/* A field is there but wrong.  The first failure stays. */
static void
refuse(struct parser *p, bitmark_status status)
{
	if (p->r.failed)
		return;
	p->status = status;
	p->r.failed = true;
	p->r.left = 0;
}

static struct bitmark_span
read_field(struct parser *p, uint64_t minimum)
{
	return bm_read_counted(&p->r, minimum, BITMARK_FIELD_MAX);
}

/* A counted field that has one right size. */
static void
read_fixed(struct parser *p, uint8_t *out, size_t size, bitmark_status error)
{
	struct bitmark_span field = read_field(p, 1);

	if (field.size != size)
		refuse(p, error);
	else
		memcpy(out, field.data, size);
}

static void
read_link(struct parser *p, uint8_t link[BITMARK_TX_ID_SIZE])
{
	read_fixed(p, link, BITMARK_TX_ID_SIZE, BITMARK_E_NOT_LINK);
}

static void
read_account(struct parser *p, struct bitmark_account *account)
{
	struct bitmark_span field = read_field(p, 1);
	bitmark_status status;

	if (!bm_reader_ok(&p->r))
		return;
	status = bitmark_account_parse(field.data, field.size, account);
	if (status != BITMARK_OK)
		refuse(p, status);
	else if (account->network != p->network)
		refuse(p, BITMARK_E_WRONG_NETWORK_PUBLIC);
}

static void
read_currency(struct parser *p, enum bitmark_currency *currency)
{
	uint64_t number = bm_read_varint(&p->r);

	if (bitmark_currency_from_number(number, currency) != BITMARK_OK)
		refuse(p, BITMARK_E_CURRENCY);
}

/* One byte, not a varint; the address is not judged here. */
static void
read_escrow(struct parser *p, struct bitmark_escrow *escrow)
{
	uint8_t flag = bm_read_u8(&p->r);

	if (flag > 1)
		refuse(p, BITMARK_E_NOT_RECORD);
	if (flag != 1)
		return;
	escrow->present = true;
	read_currency(p, &escrow->currency);
	escrow->address = read_field(p, 1);
	escrow->amount = bm_read_varint(&p->r);
}

/* The version is judged before the map is read. */
static void
read_payments(struct parser *p, uint64_t *version,
    struct bitmark_payments *payments)
{
	struct bitmark_span map;
	bitmark_status status;

	*version = bm_read_varint(&p->r);
	if (*version != BITMARK_PAYMENTS_VERSION)
		refuse(p, BITMARK_E_CURRENCY_ADDRESS);
	map = read_field(p, 1);
	if (!bm_reader_ok(&p->r))
		return;
	status = bitmark_payments_parse(p->rules, map.data, map.size,
	    p->network, payments);
	if (status == BITMARK_OK)
		status = bitmark_payments_check(p->rules, *version, payments,
		    p->network);
	if (status != BITMARK_OK)
		refuse(p, status);
}

static void
read_base_data(struct parser *p, struct bitmark_base_data *base)
{
	read_currency(p, &base->currency);
	base->address = read_field(p, 1);
	read_account(p, &base->owner);
	base->nonce = bm_read_varint(&p->r);
}

static void
read_asset(struct parser *p, struct bitmark_asset *asset)
{
	asset->name = read_field(p, p->rules->asset_name_optional ? 0 : 1);
	asset->fingerprint = read_field(p, 1);
	asset->metadata = read_field(p, 0);
	read_account(p, &asset->registrant);
}

static void
read_issue(struct parser *p, struct bitmark_issue *issue)
{
	read_fixed(p, issue->asset_id, BITMARK_ASSET_ID_SIZE,
	    BITMARK_E_NOT_ASSET_ID);
	read_account(p, &issue->owner);
	issue->nonce = bm_read_varint(&p->r);
}

static void
read_transfer(struct parser *p, struct bitmark_transfer *transfer)
{
	read_link(p, transfer->link);
	read_escrow(p, &transfer->escrow);
	read_account(p, &transfer->owner);
}

static void
read_foundation(struct parser *p, struct bitmark_foundation *foundation)
{
	read_payments(p, &foundation->version, &foundation->payments);
	read_account(p, &foundation->owner);
	foundation->nonce = bm_read_varint(&p->r);
}

static void
read_owner_transfer(struct parser *p, struct bitmark_owner_transfer *transfer)
{
	read_link(p, transfer->link);
	read_escrow(p, &transfer->escrow);
	read_payments(p, &transfer->version, &transfer->payments);
	read_account(p, &transfer->owner);
}

static void
read_share(struct parser *p, struct bitmark_share *share)
{
	read_link(p, share->link);
	share->quantity = bm_read_varint(&p->r);
}

static void
read_grant(struct parser *p, struct bitmark_grant *grant)
{
	read_link(p, grant->share_id);
	grant->quantity = bm_read_varint(&p->r);
	read_account(p, &grant->owner);
	read_account(p, &grant->recipient);
	grant->before_block = bm_read_varint(&p->r);
}

static void
read_swap(struct parser *p, struct bitmark_swap *swap)
{
	read_link(p, swap->share_id_one);
	swap->quantity_one = bm_read_varint(&p->r);
	read_account(p, &swap->owner_one);
	read_link(p, swap->share_id_two);
	swap->quantity_two = bm_read_varint(&p->r);
	read_account(p, &swap->owner_two);
	swap->before_block = bm_read_varint(&p->r);
}

static void
read_fields(struct parser *p, struct bitmark_record *record)
{
	switch (record->tag) {
	case BITMARK_RECORD_BASE_DATA:
		read_base_data(p, &record->base_data);
		break;
	case BITMARK_RECORD_ASSET:
		read_asset(p, &record->asset);
		break;
	case BITMARK_RECORD_ISSUE:
		read_issue(p, &record->issue);
		break;
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		read_transfer(p, &record->transfer);
		break;
	case BITMARK_RECORD_FOUNDATION:
		read_foundation(p, &record->foundation);
		break;
	case BITMARK_RECORD_OWNER_TRANSFER:
		read_owner_transfer(p, &record->owner_transfer);
		break;
	case BITMARK_RECORD_SHARE:
		read_share(p, &record->share);
		break;
	case BITMARK_RECORD_GRANT:
		read_grant(p, &record->grant);
		break;
	case BITMARK_RECORD_SWAP:
		read_swap(p, &record->swap);
		break;
	case BITMARK_RECORD_NULL:
		break;
	}
}

bitmark_status
bitmark_record_parse(const struct bitmark_rules *rules, const uint8_t *data,
    size_t size, enum bitmark_network network, struct bitmark_record *record,
    size_t *used)
{
	struct parser p = {
		.r = bm_reader(data, size),
		.rules = rules,
		.network = network,
		.status = BITMARK_E_NOT_RECORD,
	};

	memset(record, 0, sizeof *record);
	record->tag = (enum bitmark_record_tag)bm_read_varint_clipped(&p.r, 1,
	    rules->record_tag_max);
	if (!bm_record_tag_known(record->tag))
		return BITMARK_E_NOT_RECORD;
	read_fields(&p, record);
	record->signature = read_field(&p, 1);
	if (bitmark_record_is_countersigned(record->tag))
		record->countersignature = read_field(&p, 1);
	if (!bm_reader_ok(&p.r))
		return p.status;
	*used = size - p.r.left;
	return BITMARK_OK;
}
