/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Records from JSON, any style of writing.
 *
 * A field that is missing, unknown, double, of another type or out of range is
 * an error.  To ignore an unknown one would be dangerous: a transfer whose
 * "escrow" is misspelt would give the bitmark away for nothing.
 *
 * Source: as record_to_json.c
 */
#include <stdlib.h>
#include <string.h>

#include "record/json_object.h"
#include "record/record_from_json.h"
#include "record/record_impl.h"

struct bitmark_record_owned {
	struct bitmark_record record;
	uint8_t bytes[];                /* the spans of record point here */
};

static void take_fields(struct bm_json_object *o, const struct bm_field *field,
    void *record);

/* Read the hex of exactly ${size} bytes; another length gives ${error}. */
static void
read_fixed(const struct bm_json_member *m, uint8_t *out, size_t size,
    bitmark_status error, const char *text)
{
	struct bitmark_span bytes = bm_member_keep_hex(m);

	if (bytes.size != size)
		bm_member_fail(m, error, text);
	else
		memcpy(out, bytes.data, size);
}

/* The account has errors of its own, which say more than "must be text". */
static void
read_account(const struct bm_json_member *m, struct bitmark_account *account)
{
	struct bitmark_span text = bm_member_text(m);
	bitmark_status status = bitmark_account_from_text(
	    (const char *)text.data, text.size, account);

	if (status != BITMARK_OK)
		bm_member_fail(m, status, bitmark_strerror(status));
}

static void
read_currency(const struct bm_json_member *m, enum bitmark_currency *currency)
{
	struct bitmark_span text = bm_member_text(m);

	if (bitmark_currency_from_text((const char *)text.data, text.size,
	    currency) != BITMARK_OK)
		bm_member_fail(m, BITMARK_E_CURRENCY, "no such currency");
}

/* A signature that is missing, null or empty means: not signed yet. */
static struct bitmark_span
take_signature(struct bm_json_object *o, const char *name)
{
	struct bm_json_member m = bm_object_take_optional(o, name);
	struct bitmark_span none = { NULL, 0 };

	if (m.value == NULL || json_is_null(m.value))
		return none;
	return bm_member_keep_hex(&m);
}

static void
take_signatures(struct bm_json_object *o, struct bitmark_record *record)
{
	record->signature = take_signature(o, "signature");
	if (bitmark_record_is_countersigned(record->tag))
		record->countersignature = take_signature(o,
		    "countersignature");
}

/* An escrow that is missing or null means that there is none. */
static void
read_escrow(const struct bm_json_member *m, struct bitmark_escrow *escrow)
{
	struct bm_json_object inner = {
		.in = m->of->in,
		.json = m->value,
		.place = "escrow.",
		.lenient = m->of->lenient,
	};

	if (m->value == NULL || json_is_null(m->value))
		return;
	if (!json_is_object(m->value))
		bm_member_fail(m, BITMARK_E_JSON, "must be an object, or null");
	escrow->present = true;
	take_fields(&inner, bm_escrow_fields(), escrow);
	bm_object_end(&inner);
}

/* Two names of one currency, as "BTC" and "bitcoin", would give it two
 * addresses. */
static void
read_address(struct bm_json_object *o, const char *name,
    struct bitmark_payments *payments)
{
	struct bm_json_member m = bm_object_take_optional(o, name);
	enum bitmark_currency currency;

	if (bitmark_currency_from_text(name, strlen(name), &currency) !=
	    BITMARK_OK || currency == BITMARK_CURRENCY_NOTHING)
		bm_member_fail(&m, o->lenient ? BITMARK_E_CURRENCY :
		    BITMARK_E_JSON, "no such currency");
	else if (payments->address[currency].data != NULL)
		bm_member_fail(&m, o->lenient ? BITMARK_E_CURRENCY :
		    BITMARK_E_JSON, "a second address of this currency");
	else
		payments->address[currency] = bm_member_keep(&m);
}

static void
read_payments(const struct bm_json_member *m,
    struct bitmark_payments *payments)
{
	if (!json_is_object(m->value))
		bm_member_fail(m, BITMARK_E_JSON, "must be an object");
	for (void *at = json_object_iter(m->value); at != NULL;
	    at = json_object_iter_next(m->value, at)) {
		struct bm_json_object inner = {
			.in = m->of->in,
			.json = m->value,
			.place = "payments.",
			.lenient = m->of->lenient,
		};

		read_address(&inner, json_object_iter_key(at), payments);
	}
}

static void
take_member(struct bm_json_object *o, const struct bm_field *field,
    void *member)
{
	struct bm_json_member m = field->kind == BM_FIELD_ESCROW ?
	    bm_object_take_optional(o, field->name) :
	    bm_object_take(o, field->name);

	/* The record was filled with zeros. */
	if (m.value == NULL && o->lenient)
		return;
	switch (field->kind) {
	case BM_FIELD_TEXT:
	case BM_FIELD_NAME:
	case BM_FIELD_METADATA:
		*(struct bitmark_span *)member = bm_member_keep(&m);
		break;
	case BM_FIELD_ACCOUNT:
		read_account(&m, member);
		break;
	case BM_FIELD_ASSET_ID:
		read_fixed(&m, member, BITMARK_ASSET_ID_SIZE,
		    BITMARK_E_NOT_ASSET_ID, "must have 128 hex digits");
		break;
	case BM_FIELD_LINK:
		read_fixed(&m, member, BITMARK_TX_ID_SIZE, BITMARK_E_NOT_LINK,
		    "must have 64 hex digits");
		break;
	case BM_FIELD_NUMBER:
	case BM_FIELD_ISSUE_NONCE:
	case BM_FIELD_VERSION:
		*(uint64_t *)member = bm_member_number(&m);
		break;
	case BM_FIELD_CURRENCY:
		read_currency(&m, member);
		break;
	case BM_FIELD_ESCROW:
		read_escrow(&m, member);
		break;
	case BM_FIELD_PAYMENTS:
		read_payments(&m, member);
		break;
	}
}

/* After a fault the remaining fields are still read, which does no harm: the
 * first fault is kept and the record is not used. */
static void
take_fields(struct bm_json_object *o, const struct bm_field *field,
    void *record)
{
	for (; field->name != NULL; field++)
		take_member(o, field, (uint8_t *)record + field->offset);
}

/*
 * Guess the kind of a record that does not say it: the first row whose two
 * fields are both there.  The order matters where one kind has all the fields
 * of another: an owner transfer has the link and owner of a transfer.
 */
enum bitmark_record_tag
bm_record_tag_from_fields(const json_t *json)
{
	static const struct {
		const char *one, *two;
		enum bitmark_record_tag tag;
	} rows[] = {
		{ "paymentAddress", "owner", BITMARK_RECORD_BASE_DATA },
		{ "fingerprint", "registrant", BITMARK_RECORD_ASSET },
		{ "assetId", "owner", BITMARK_RECORD_ISSUE },
		{ "shareId", "owner", BITMARK_RECORD_GRANT },
		{ "shareIdOne", "ownerOne", BITMARK_RECORD_SWAP },
		{ "link", "payments", BITMARK_RECORD_OWNER_TRANSFER },
		{ "link", "quantity", BITMARK_RECORD_SHARE },
		{ "link", "countersignature", BITMARK_RECORD_COUNTERSIGNED },
		{ "link", "owner", BITMARK_RECORD_TRANSFER },
		{ "payments", "owner", BITMARK_RECORD_FOUNDATION },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (json_object_get(json, rows[i].one) != NULL &&
		    json_object_get(json, rows[i].two) != NULL)
			return rows[i].tag;
	return BITMARK_RECORD_NULL;
}

/* Listings of bitmarkd call a share record "ShareBalance"; its source and its
 * documents say BitmarkShare. */
static enum bitmark_record_tag
tag_from_name(struct bitmark_span name)
{
	if (bm_span_is(name, "BitmarkShare"))
		return BITMARK_RECORD_SHARE;
	for (int tag = BITMARK_RECORD_BASE_DATA; tag <= BITMARK_RECORD_SWAP;
	    tag++)
		if (bm_span_is(name, bitmark_record_name(
		    (enum bitmark_record_tag)tag)))
			return (enum bitmark_record_tag)tag;
	return BITMARK_RECORD_NULL;
}

/* The kinds that a wallet makes are listed, because their names are not what
 * people guess. */
static void
fail_kind(const struct bm_json_object *o)
{
	bm_object_fail(o, "record", BITMARK_E_JSON, "no such kind: AssetData, "
	    "BitmarkIssue, BitmarkTransferUnratified, "
	    "BitmarkTransferCountersigned, ...");
}

/* The kind may be given by name, by number and by the object around; then all
 * must agree.  An unknown kind is an error.  ${around}: NULL when nothing
 * does. */
static enum bitmark_record_tag
take_tag(struct bm_json_object *o, const char *around)
{
	struct bm_json_member name = bm_object_take_optional(o, "record");
	struct bm_json_member number = bm_object_take_optional(o, "tag");
	uint64_t wanted, given;

	if (name.value != NULL)
		wanted = tag_from_name(bm_member_text(&name));
	else if (around != NULL)
		wanted = tag_from_name(bm_span_of(around));
	else if (number.value != NULL)
		wanted = bm_member_number(&number);
	else
		wanted = bm_record_tag_from_fields(o->json);
	given = number.value != NULL ? bm_member_number(&number) : wanted;
	if (wanted < BITMARK_RECORD_BASE_DATA || wanted > BITMARK_RECORD_SWAP)
		fail_kind(o);
	else if (around != NULL && tag_from_name(bm_span_of(around)) != wanted)
		bm_object_fail(o, "record", BITMARK_E_JSON,
		    "is not the kind that the object around it names");
	else if (given != wanted)
		bm_object_fail(o, "tag", BITMARK_E_JSON,
		    "is not that of \"record\"");
	return (enum bitmark_record_tag)wanted;
}

/* Skips the members that our programs and bitmarkd write beside the fields,
 * such as the id: they follow from the fields. */
static void
take_context(struct bm_json_object *o, enum bitmark_record_tag tag)
{
	(void)bm_object_take_optional(o, "txId");
	(void)bm_object_take_optional(o, "payId");
	(void)bm_object_take_optional(o, "network");
	(void)bm_object_take_optional(o, "inBlock");
	(void)bm_object_take_optional(o, "offset");
	(void)bm_object_take_optional(o, "size");
	(void)bm_object_take_optional(o, "heldBy");
	(void)bm_object_take_optional(o, "txIdDisplay");
	/* An issue has a field of this name. */
	if (tag == BITMARK_RECORD_ASSET)
		(void)bm_object_take_optional(o, "assetId");
}

void
bm_record_from_object(struct bm_record_input *in, const json_t *json,
    const struct bm_record_form *form, struct bitmark_record *record)
{
	struct bm_json_object o = { .in = in, .json = json, .place = "" };

	memset(record, 0, sizeof *record);
	if (!json_is_object(json)) {
		bm_fault_set(&in->fault, BITMARK_E_JSON, "%snot an object",
		    in->place);
		return;
	}
	record->tag = take_tag(&o, form->kind);
	/* Without a kind no field can be called missing or unknown. */
	if (in->fault.status != BITMARK_OK)
		return;
	take_fields(&o, bm_record_fields(record->tag), record);
	take_signatures(&o, record);
	if (form->context)
		take_context(&o, record->tag);
	bm_object_end(&o);
}

/* Fields of a record of a known kind, as bitmarkd reads them. */
static void
read_fields(struct bm_record_input *in, const json_t *json,
    enum bitmark_record_tag tag, struct bitmark_record *record)
{
	struct bm_json_object o = {
		.in = in,
		.json = json,
		.place = "",
		.lenient = true,
	};

	record->tag = tag;
	if (!json_is_object(json)) {
		bm_fault_set(&in->fault, BITMARK_E_JSON, "not an object");
		return;
	}
	take_fields(&o, bm_record_fields(tag), record);
	take_signatures(&o, record);
}

/* Reads the record of kind ${tag}; BITMARK_RECORD_NULL: the text says the
 * kind. */
static bitmark_status
read_record(const char *text, size_t size, enum bitmark_record_tag tag,
    struct bm_record_input *in, struct bitmark_record_owned **owned)
{
	static const struct bm_record_form plain = { NULL, false };
	json_t *root = bm_json_load(text, size, &in->fault);
	struct bitmark_record_owned *made = NULL;

	*owned = NULL;
	if (root != NULL)
		made = calloc(1, sizeof *made + size);
	if (root != NULL && made == NULL)
		in->fault.status = BITMARK_E_NOMEM;
	if (made != NULL) {
		in->next = made->bytes;
		if (tag == BITMARK_RECORD_NULL)
			bm_record_from_object(in, root, &plain,
			    &made->record);
		else
			read_fields(in, root, tag, &made->record);
	}
	json_decref(root);
	if (in->fault.status == BITMARK_OK)
		*owned = made;
	else
		bitmark_record_owned_free(made);
	return in->fault.status;
}

bitmark_status
bitmark_record_from_json(const char *text, size_t size,
    struct bitmark_record_owned **owned)
{
	struct bm_record_input in = { .place = "" };

	return read_record(text, size, BITMARK_RECORD_NULL, &in, owned);
}

bitmark_status
bitmark_record_from_fields(enum bitmark_record_tag tag, const char *text,
    size_t size, struct bitmark_record_owned **owned,
    char fault[BITMARK_JSON_FAULT_MAX])
{
	struct bm_record_input in = { .place = "", .fault.text = fault };

	*owned = NULL;
	if (fault != NULL)
		fault[0] = '\0';
	if (tag < BITMARK_RECORD_BASE_DATA || tag > BITMARK_RECORD_SWAP)
		return BITMARK_E_ARGUMENT;
	return read_record(text, size, tag, &in, owned);
}

struct bitmark_record *
bitmark_record_owned_get(struct bitmark_record_owned *owned)
{
	return &owned->record;
}

void
bitmark_record_owned_free(struct bitmark_record_owned *owned)
{
	free(owned);
}
