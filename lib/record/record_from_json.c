/*
 * Records from JSON, either style of writing.
 *
 * A field that is missing, unknown, double, of another type or out of range is
 * an error.  To ignore an unknown one would be dangerous: a transfer whose
 * "escrow" is misspelt would give the bitmark away for nothing.
 *
 * Source: as record_to_json.c
 */
#include <stdlib.h>

#include "record/json_load.h"
#include "record/record_impl.h"

struct bitmark_record_owned {
	struct bitmark_record record;
	uint8_t bytes[];                /* the spans of record point here */
};

/* The state of reading one text.  The first failure stays, and every field is
 * read all the same; the caller asks once, at the end. */
struct input {
	bitmark_status status;
	uint8_t *next;                  /* free part of owned->bytes */
};

/* One object of the text.  Its members are counted when they are taken, so that
 * one that nothing takes is found at the end. */
struct object {
	struct input *in;
	const json_t *json;
	size_t taken;
};

static void
fail(struct input *in, bitmark_status status)
{
	if (in->status == BITMARK_OK)
		in->status = status;
}

static json_t *
take_optional(struct object *o, const char *key)
{
	json_t *value = json_object_get(o->json, key);

	if (value != NULL)
		o->taken++;
	return value;
}

static json_t *
take(struct object *o, const char *key)
{
	json_t *value = take_optional(o, key);

	if (value == NULL)
		fail(o->in, BITMARK_E_JSON);
	return value;
}

static void
take_end(struct object *o)
{
	if (!json_is_object(o->json) ||
	    json_object_size(o->json) != o->taken)
		fail(o->in, BITMARK_E_JSON);
}

/* Give the characters of a string, inside ${value}; anything else fails. */
static struct bitmark_span
string_of(struct input *in, const json_t *value)
{
	if (!json_is_string(value)) {
		fail(in, BITMARK_E_JSON);
		return bm_span_of("");
	}
	return (struct bitmark_span){
		(const uint8_t *)json_string_value(value),
		json_string_length(value)
	};
}

static uint64_t
number_of(struct input *in, const json_t *value)
{
	uint64_t number = 0;

	if (!bm_json_u64(value, &number))
		fail(in, BITMARK_E_JSON);
	return number;
}

/*
 * Copy a string to where spans of the record may point: ${value} is freed with
 * the JSON.  There is room enough, because the text has as many bytes, and a
 * string is never longer than what stands for it there: an escape is longer
 * than its character, and hex than its bytes.
 */
static struct bitmark_span
keep(struct input *in, const json_t *value)
{
	struct bitmark_span text = string_of(in, value);
	uint8_t *kept = in->next;

	if (text.size != 0)
		memcpy(kept, text.data, text.size);
	in->next += text.size;
	return (struct bitmark_span){ kept, text.size };
}

/* As keep, for the bytes that hex digits stand for. */
static struct bitmark_span
keep_hex(struct input *in, const json_t *value)
{
	struct bitmark_span text = string_of(in, value);
	struct bitmark_span bytes = { in->next, 0 };

	if (bitmark_hex_decode((const char *)text.data, text.size, in->next,
	    text.size / 2, &bytes.size) != BITMARK_OK)
		fail(in, BITMARK_E_HEX);
	in->next += bytes.size;
	return bytes;
}

static void take_fields(struct object *o, const struct bm_field *field,
    void *record);

/* Read the hex of exactly ${size} bytes; another length gives ${error}. */
static void
read_fixed(struct input *in, const json_t *value, uint8_t *out, size_t size,
    bitmark_status error)
{
	struct bitmark_span bytes = keep_hex(in, value);

	if (bytes.size != size)
		fail(in, error);
	else
		memcpy(out, bytes.data, size);
}

static void
read_account(struct input *in, const json_t *value,
    struct bitmark_account *account)
{
	struct bitmark_span text = string_of(in, value);
	bitmark_status status = bitmark_account_from_text(
	    (const char *)text.data, text.size, account);

	if (status != BITMARK_OK)
		fail(in, status);
}

static void
read_currency(struct input *in, const json_t *value,
    enum bitmark_currency *currency)
{
	struct bitmark_span text = string_of(in, value);

	if (bitmark_currency_from_text((const char *)text.data, text.size,
	    currency) != BITMARK_OK)
		fail(in, BITMARK_E_CURRENCY);
}

/* A signature that is missing, null or empty means: not signed yet. */
static struct bitmark_span
take_signature(struct object *o, const char *key)
{
	const json_t *value = take_optional(o, key);
	struct bitmark_span none = { NULL, 0 };

	if (value == NULL || json_is_null(value))
		return none;
	return keep_hex(o->in, value);
}

/* An escrow that is missing or null means that there is none. */
static void
read_escrow(struct input *in, const json_t *value,
    struct bitmark_escrow *escrow)
{
	struct object inner = { in, value, 0 };

	if (value == NULL || json_is_null(value))
		return;
	escrow->present = true;
	take_fields(&inner, bm_escrow_fields(), escrow);
	take_end(&inner);
}

/* Two names of one currency, as "BTC" and "bitcoin", would give it two
 * addresses. */
static void
read_address(struct input *in, const char *name, const json_t *address,
    struct bitmark_payments *payments)
{
	enum bitmark_currency currency;

	if (bitmark_currency_from_text(name, strlen(name), &currency) !=
	    BITMARK_OK || currency == BITMARK_CURRENCY_NOTHING ||
	    payments->address[currency].data != NULL)
		fail(in, BITMARK_E_JSON);
	else
		payments->address[currency] = keep(in, address);
}

static void
read_payments(struct input *in, json_t *map,
    struct bitmark_payments *payments)
{
	if (!json_is_object(map))
		fail(in, BITMARK_E_JSON);
	for (void *at = json_object_iter(map); at != NULL;
	    at = json_object_iter_next(map, at))
		read_address(in, json_object_iter_key(at),
		    json_object_iter_value(at), payments);
}

static void
take_member(struct object *o, const struct bm_field *field, void *member)
{
	json_t *value = field->kind == BM_FIELD_ESCROW ?
	    take_optional(o, field->name) : take(o, field->name);

	switch (field->kind) {
	case BM_FIELD_TEXT:
	case BM_FIELD_NAME:
	case BM_FIELD_METADATA:
		*(struct bitmark_span *)member = keep(o->in, value);
		break;
	case BM_FIELD_ACCOUNT:
		read_account(o->in, value, member);
		break;
	case BM_FIELD_ASSET_ID:
		read_fixed(o->in, value, member, BITMARK_ASSET_ID_SIZE,
		    BITMARK_E_NOT_ASSET_ID);
		break;
	case BM_FIELD_LINK:
		read_fixed(o->in, value, member, BITMARK_TX_ID_SIZE,
		    BITMARK_E_NOT_LINK);
		break;
	case BM_FIELD_NUMBER:
	case BM_FIELD_ISSUE_NONCE:
	case BM_FIELD_VERSION:
		*(uint64_t *)member = number_of(o->in, value);
		break;
	case BM_FIELD_CURRENCY:
		read_currency(o->in, value, member);
		break;
	case BM_FIELD_ESCROW:
		read_escrow(o->in, value, member);
		break;
	case BM_FIELD_PAYMENTS:
		read_payments(o->in, value, member);
		break;
	}
}

static void
take_fields(struct object *o, const struct bm_field *field, void *record)
{
	for (; field->name != NULL; field++)
		take_member(o, field, (uint8_t *)record + field->offset);
}

/*
 * Guess the kind of a record that does not say it: the first row whose two
 * fields are both there.  The order matters where one kind has all the fields
 * of another: an owner transfer has the link and owner of a transfer.
 */
static enum bitmark_record_tag
tag_from_fields(const json_t *json)
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

static enum bitmark_record_tag
tag_from_name(struct bitmark_span name)
{
	for (int tag = BITMARK_RECORD_BASE_DATA; tag <= BITMARK_RECORD_SWAP;
	    tag++) {
		struct bitmark_span known = bm_span_of(
		    bitmark_record_name((enum bitmark_record_tag)tag));

		if (known.size == name.size &&
		    memcmp(known.data, name.data, name.size) == 0)
			return (enum bitmark_record_tag)tag;
	}
	return BITMARK_RECORD_NULL;
}

/* Both the name and the number of the kind may be given; then they must agree.
 * An unknown kind is an error. */
static enum bitmark_record_tag
take_tag(struct object *o)
{
	const json_t *name = take_optional(o, "record");
	const json_t *number = take_optional(o, "tag");
	uint64_t wanted = BITMARK_RECORD_NULL;

	if (name != NULL)
		wanted = tag_from_name(string_of(o->in, name));
	else if (number != NULL)
		wanted = number_of(o->in, number);
	else
		wanted = tag_from_fields(o->json);
	if (wanted < BITMARK_RECORD_BASE_DATA || wanted > BITMARK_RECORD_SWAP ||
	    (number != NULL && number_of(o->in, number) != wanted))
		fail(o->in, BITMARK_E_JSON);
	if (o->in->status != BITMARK_OK)
		return BITMARK_RECORD_NULL;
	return (enum bitmark_record_tag)wanted;
}

static bitmark_status
take_record(const json_t *root, uint8_t *bytes, struct bitmark_record *record)
{
	struct input in = { BITMARK_OK, bytes };
	struct object o = { &in, root, 0 };

	record->tag = take_tag(&o);
	if (in.status != BITMARK_OK)
		return in.status;
	take_fields(&o, bm_record_fields(record->tag), record);
	record->signature = take_signature(&o, "signature");
	if (bitmark_record_is_countersigned(record->tag))
		record->countersignature = take_signature(&o,
		    "countersignature");
	take_end(&o);
	return in.status;
}

bitmark_status
bitmark_record_from_json(const char *text, size_t size,
    struct bitmark_record_owned **owned)
{
	struct bitmark_record_owned *made;
	json_t *root;
	bitmark_status status = bm_json_load(text, size, &root);

	*owned = NULL;
	if (status != BITMARK_OK)
		return status;
	made = calloc(1, sizeof *made + size);
	status = made == NULL ? BITMARK_E_NOMEM :
	    take_record(root, made->bytes, &made->record);
	json_decref(root);
	if (status != BITMARK_OK) {
		bitmark_record_owned_free(made);
		return status;
	}
	*owned = made;
	return BITMARK_OK;
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
