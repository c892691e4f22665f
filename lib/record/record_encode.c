/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Writing records in their canonical encoding, unchecked: minimal varints,
 * currencies in ascending order, accounts without spare bits.
 *
 * The bytes of a record that are signed are those in front of its signature,
 * and the countersignature covers the signature as well.  Each message is
 * thus a prefix of the packed record.
 *
 * Source: bitmarkd v8.2 transactionrecord/pack.go; v0.16.0 for tags 8 to 10
 */
#include "record/record_impl.h"

static void write_fields(struct bm_writer *w, const struct bm_field *field,
    const void *object);

static void
write_span(struct bm_writer *w, const struct bitmark_span *text)
{
	bm_write_counted(w, text->data, text->size);
}

/* Spare bits of the variant, which were ignored when it was read, are gone. */
static void
write_account(struct bm_writer *w, const struct bitmark_account *account)
{
	uint8_t packed[BITMARK_ACCOUNT_PACKED_MAX];
	size_t size = bitmark_account_pack(account, packed);

	bm_write_counted(w, packed, size);
}

/* The flag in front is one byte and not a varint, as in v8.2. */
static void
write_escrow(struct bm_writer *w, const struct bitmark_escrow *escrow)
{
	bm_write_u8(w, escrow->present ? 1 : 0);
	if (escrow->present)
		write_fields(w, bm_escrow_fields(), escrow);
}

/* Currencies in ascending order are the canonical form. */
static void
write_map(struct bm_writer *w, const struct bitmark_payments *payments)
{
	for (uint64_t c = BITMARK_CURRENCY_BITCOIN;
	    c < BITMARK_CURRENCY_COUNT; c++) {
		if (payments->address[c].data == NULL)
			continue;
		bm_write_varint(w, c);
		write_span(w, &payments->address[c]);
	}
}

/* The map's size stands in front of it: the first run measures, the second
 * writes. */
static void
write_payments(struct bm_writer *w, const struct bitmark_payments *payments)
{
	struct bm_writer count = bm_writer(NULL, 0);

	write_map(&count, payments);
	bm_write_varint(w, count.size);
	write_map(w, payments);
}

static void
write_member(struct bm_writer *w, enum bm_field_kind kind, const void *member)
{
	switch (kind) {
	case BM_FIELD_TEXT:
	case BM_FIELD_NAME:
	case BM_FIELD_METADATA:
		write_span(w, member);
		break;
	case BM_FIELD_ACCOUNT:
		write_account(w, member);
		break;
	case BM_FIELD_ASSET_ID:
		bm_write_counted(w, member, BITMARK_ASSET_ID_SIZE);
		break;
	case BM_FIELD_LINK:
		bm_write_counted(w, member, BITMARK_TX_ID_SIZE);
		break;
	case BM_FIELD_NUMBER:
	case BM_FIELD_ISSUE_NONCE:
	case BM_FIELD_VERSION:
		bm_write_varint(w, *(const uint64_t *)member);
		break;
	case BM_FIELD_CURRENCY:
		bm_write_varint(w, *(const enum bitmark_currency *)member);
		break;
	case BM_FIELD_ESCROW:
		write_escrow(w, member);
		break;
	case BM_FIELD_PAYMENTS:
		write_payments(w, member);
		break;
	}
}

static void
write_fields(struct bm_writer *w, const struct bm_field *field,
    const void *object)
{
	for (; field->name != NULL; field++)
		write_member(w, field->kind,
		    (const uint8_t *)object + field->offset);
}

void
bm_record_write_fields(struct bm_writer *w,
    const struct bitmark_record *record)
{
	bm_write_varint(w, (uint64_t)record->tag);
	write_fields(w, bm_record_fields(record->tag), record);
}

/* Write the tag, the fields and ${signatures} (0 to 2) of the signatures. */
static void
write_part(struct bm_writer *w, const struct bitmark_record *record,
    unsigned signatures)
{
	bm_record_write_fields(w, record);
	if (signatures >= 1)
		write_span(w, &record->signature);
	if (signatures >= 2)
		write_span(w, &record->countersignature);
}

/* The first run measures, so that ${out} is unchanged when it is too small. */
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
