/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Reading packed records.
 *
 * Every field is read in turn, and one question at the end tells whether all
 * of them were there.  The first thing that is wrong decides the error: most
 * faults are told as "not transaction pack", as in v8.2.
 *
 * Source: bitmarkd v8.2 transactionrecord/unpack.go; v0.16.0 for tags 8 to 10
 */
#include "record/record_impl.h"

/* A program lends the memory that a record is parsed into.  A kind of record
 * that needs more than the reserved room would be written beyond it. */
_Static_assert(sizeof(struct bitmark_record) ==
    offsetof(struct bitmark_record, reserved) + 32 * sizeof(uint64_t),
    "no kind of record is larger than the room that programs have for it");

struct parser {
	struct bm_reader r;
	const struct bitmark_rules *rules;
	enum bitmark_network network;
	bitmark_status status;          /* the error if the reader failed */
};

/* Refuse a field that is there but wrong: the reader fails, and ${status} says
 * why.  An earlier failure stays, also that of a field that was cut off. */
static void
refuse(struct parser *p, bitmark_status status)
{
	if (p->r.failed)
		return;
	p->status = status;
	p->r.failed = true;
	p->r.left = 0;
}

static void read_fields(struct parser *p, const struct bm_field *field,
    void *object);

static struct bitmark_span
read_span(struct parser *p, uint64_t minimum)
{
	return bm_read_counted(&p->r, minimum, BITMARK_FIELD_MAX);
}

/* A counted field that has one right size. */
static void
read_fixed(struct parser *p, uint8_t *out, size_t size, bitmark_status error)
{
	struct bitmark_span bytes = read_span(p, 1);

	if (bytes.size != size)
		refuse(p, error);
	else
		memcpy(out, bytes.data, size);
}

static void
read_account(struct parser *p, struct bitmark_account *account)
{
	struct bitmark_span packed = read_span(p, 1);
	bitmark_status status;

	/* Without this, the error of an empty account would hide that the
	 * record is cut off. */
	if (!bm_reader_ok(&p->r))
		return;
	status = bitmark_account_parse(packed.data, packed.size, account);
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

/* The flag in front is one byte and not a varint.  The address is judged when
 * the record is checked: v8.2 reads any. */
static void
read_escrow(struct parser *p, struct bitmark_escrow *escrow)
{
	uint8_t flag = bm_read_u8(&p->r);

	if (flag > 1)
		refuse(p, BITMARK_E_NOT_RECORD);
	if (flag != 1)
		return;
	escrow->present = true;
	read_fields(p, bm_escrow_fields(), escrow);
}

/* A map of another version has a form that is not known, so the version is
 * judged before the map is read. */
static void
read_version(struct parser *p, uint64_t *version)
{
	*version = bm_read_varint(&p->r);
	if (*version != BITMARK_PAYMENTS_VERSION)
		refuse(p, BITMARK_E_CURRENCY_ADDRESS);
}

static void
read_payments(struct parser *p, struct bitmark_payments *payments)
{
	struct bitmark_span map = read_span(p, 1);
	bitmark_status status;

	if (!bm_reader_ok(&p->r))
		return;
	status = bitmark_payments_parse(p->rules, map.data, map.size,
	    p->network, payments);
	if (status == BITMARK_OK)
		status = bitmark_payments_check(p->rules,
		    BITMARK_PAYMENTS_VERSION, payments, p->network);
	if (status != BITMARK_OK)
		refuse(p, status);
}

static void
read_member(struct parser *p, enum bm_field_kind kind, void *member)
{
	switch (kind) {
	case BM_FIELD_TEXT:
		*(struct bitmark_span *)member = read_span(p, 1);
		break;
	case BM_FIELD_NAME:
		*(struct bitmark_span *)member = read_span(p,
		    p->rules->asset_name_optional ? 0 : 1);
		break;
	case BM_FIELD_METADATA:
		*(struct bitmark_span *)member = read_span(p, 0);
		break;
	case BM_FIELD_ACCOUNT:
		read_account(p, member);
		break;
	case BM_FIELD_ASSET_ID:
		read_fixed(p, member, BITMARK_ASSET_ID_SIZE,
		    BITMARK_E_NOT_ASSET_ID);
		break;
	case BM_FIELD_LINK:
		read_fixed(p, member, BITMARK_TX_ID_SIZE, BITMARK_E_NOT_LINK);
		break;
	case BM_FIELD_NUMBER:
	case BM_FIELD_ISSUE_NONCE:
		*(uint64_t *)member = bm_read_varint(&p->r);
		break;
	case BM_FIELD_CURRENCY:
		read_currency(p, member);
		break;
	case BM_FIELD_ESCROW:
		read_escrow(p, member);
		break;
	case BM_FIELD_VERSION:
		read_version(p, member);
		break;
	case BM_FIELD_PAYMENTS:
		read_payments(p, member);
		break;
	}
}

/* After a failure the other fields read as zeros: see struct bm_reader. */
static void
read_fields(struct parser *p, const struct bm_field *field, void *object)
{
	for (; field->name != NULL; field++)
		read_member(p, field->kind, (uint8_t *)object + field->offset);
}

/* The countersignature may be missing, but only where the bytes end: the next
 * record of a bundle would be taken for it. */
static bitmark_status
read_record(struct parser *p, struct bitmark_record *record)
{
	memset(record, 0, sizeof *record);
	record->tag = (enum bitmark_record_tag)bm_read_varint_clipped(&p->r, 1,
	    p->rules->record_tag_max);
	if (!bm_record_tag_known(record->tag))
		return BITMARK_E_NOT_RECORD;
	read_fields(p, bm_record_fields(record->tag), record);
	record->signature = read_span(p, 1);
	if (bitmark_record_is_countersigned(record->tag) && p->r.left != 0)
		record->countersignature = read_span(p, 1);
	return bm_reader_ok(&p->r) ? BITMARK_OK : p->status;
}

static struct parser
parser(const struct bitmark_rules *rules, const uint8_t *data, size_t size,
    enum bitmark_network network)
{
	return (struct parser){
		.r = bm_reader(data, size),
		.rules = rules,
		.network = network,
		.status = BITMARK_E_NOT_RECORD,
	};
}

/* The record has no length of its own: it ends where the reader stands, and the
 * next one of a block or a bundle begins. */
static bitmark_status
finish(const struct parser *p, size_t size, const struct bitmark_record *record,
    size_t *used)
{
	bitmark_status status = p->rules->limits_when_parsing ?
	    bm_record_check_limits(p->rules, record, p->network) : BITMARK_OK;

	if (status == BITMARK_OK)
		*used = size - p->r.left;
	return status;
}

bitmark_status
bitmark_record_parse_half(const struct bitmark_rules *rules,
    const uint8_t *data, size_t size, enum bitmark_network network,
    struct bitmark_record *record, size_t *used)
{
	struct parser p = parser(rules, data, size, network);
	bitmark_status status = read_record(&p, record);

	return status == BITMARK_OK ? finish(&p, size, record, used) : status;
}

bitmark_status
bitmark_record_parse(const struct bitmark_rules *rules, const uint8_t *data,
    size_t size, enum bitmark_network network, struct bitmark_record *record,
    size_t *used)
{
	struct parser p = parser(rules, data, size, network);
	bitmark_status status = read_record(&p, record);

	/* A record that ends behind its first signature is cut off, and that is
	 * told before any limit. */
	if (status == BITMARK_OK &&
	    bitmark_record_is_countersigned(record->tag) &&
	    record->countersignature.size == 0)
		status = BITMARK_E_NOT_RECORD;
	return status == BITMARK_OK ? finish(&p, size, record, used) : status;
}
