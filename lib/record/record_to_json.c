/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * JSON of records, the fields in the order and with the names of bitmarkd.
 * Source: bitmarkd v8.2 transactionrecord/transaction.go; v0.16.0 for tags 8
 * to 10; tests/data/vectors.json records, tests/data/0.16/vectors.json
 */
#include "record/record_impl.h"

static void put_fields(struct bm_json *j, const struct bm_field *field,
    const void *object, enum bitmark_json_style style);

static void
put_account(struct bm_json *j, const char *key,
    const struct bitmark_account *account)
{
	char text[BITMARK_ACCOUNT_TEXT_MAX];

	bitmark_account_to_text(account, text);
	bm_json_text(j, key, text);
}

/*
 * Numbers above 2^53 lose digits in readers that hold every number as a double,
 * so they are written as text.  v8.2 forgot the nonce of an issue; versions are
 * small, and 0.16 writes them as text all the same.
 */
static bool
is_bare(enum bm_field_kind kind, enum bitmark_json_style style)
{
	switch (style) {
	case BITMARK_JSON_SAFE:
		return kind == BM_FIELD_VERSION;
	case BITMARK_JSON_8_2:
		return kind == BM_FIELD_VERSION || kind == BM_FIELD_ISSUE_NONCE;
	case BITMARK_JSON_0_16:
		return false;
	}
	return false;
}

static void
put_number(struct bm_json *j, const struct bm_field *field, uint64_t number,
    enum bitmark_json_style style)
{
	if (is_bare(field->kind, style))
		bm_json_number(j, field->name, number);
	else
		bm_json_number_text(j, field->name, number);
}

/* Go writes a pointer that is nil as null. */
static void
put_escrow(struct bm_json *j, const char *key,
    const struct bitmark_escrow *escrow, enum bitmark_json_style style)
{
	if (!escrow->present) {
		bm_json_null(j, key);
		return;
	}
	bm_json_object(j, key);
	put_fields(j, bm_escrow_fields(), escrow, style);
	bm_json_object_end(j);
}

/* Currencies that are not in the map are left out, as by v8.2. */
static void
put_payments(struct bm_json *j, const char *key,
    const struct bitmark_payments *payments)
{
	bm_json_object(j, key);
	for (int c = BITMARK_CURRENCY_BITCOIN; c < BITMARK_CURRENCY_COUNT; c++)
		if (payments->address[c].data != NULL)
			bm_json_string(j, bitmark_currency_name(
			    (enum bitmark_currency)c), payments->address[c]);
	bm_json_object_end(j);
}

/* Ids are written in stored order, which logs of bitmarkd reverse. */
static void
put_member(struct bm_json *j, const struct bm_field *field,
    const void *member, enum bitmark_json_style style)
{
	switch (field->kind) {
	case BM_FIELD_TEXT:
	case BM_FIELD_NAME:
	case BM_FIELD_METADATA:
		bm_json_string(j, field->name,
		    *(const struct bitmark_span *)member);
		break;
	case BM_FIELD_ACCOUNT:
		put_account(j, field->name, member);
		break;
	case BM_FIELD_ASSET_ID:
		bm_json_hex(j, field->name, member, BITMARK_ASSET_ID_SIZE);
		break;
	case BM_FIELD_LINK:
		bm_json_hex(j, field->name, member, BITMARK_TX_ID_SIZE);
		break;
	case BM_FIELD_NUMBER:
	case BM_FIELD_ISSUE_NONCE:
	case BM_FIELD_VERSION:
		put_number(j, field, *(const uint64_t *)member, style);
		break;
	case BM_FIELD_CURRENCY:
		bm_json_text(j, field->name, bitmark_currency_name(
		    *(const enum bitmark_currency *)member));
		break;
	case BM_FIELD_ESCROW:
		put_escrow(j, field->name, member, style);
		break;
	case BM_FIELD_PAYMENTS:
		put_payments(j, field->name, member);
		break;
	}
}

static void
put_fields(struct bm_json *j, const struct bm_field *field,
    const void *object, enum bitmark_json_style style)
{
	for (; field->name != NULL; field++)
		put_member(j, field, (const uint8_t *)object + field->offset,
		    style);
}

/* A countersignature that is missing is written as an empty text: the fields of
 * a kind are always the same, as in bitmarkd. */
void
bm_record_put_members(struct bm_json *j, const struct bitmark_record *record,
    enum bitmark_json_style style)
{
	put_fields(j, bm_record_fields(record->tag), record, style);
	bm_json_hex(j, "signature", record->signature.data,
	    record->signature.size);
	if (bitmark_record_is_countersigned(record->tag))
		bm_json_hex(j, "countersignature",
		    record->countersignature.data,
		    record->countersignature.size);
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
	bm_record_put_members(&j, record, style);
	bm_json_object_end(&j);
	return bm_json_take(&j, text, size);
}
