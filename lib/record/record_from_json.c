/*
 * Records from JSON, either style of writing.  Strict: a field that is
 * missing, unknown, double, of another type or out of range is an error, so
 * that a misspelt "escrow" is never a gift.
 * Source: as record_to_json.c
 */
#include <stdlib.h>

#include "record/json_load.h"
#include "record/record.h"

struct bitmark_record_owned {
	struct bitmark_record record;
	uint8_t bytes[];                /* what its spans point to */
};

/* One reading.  The first failure stays; fields after it are not sensible. */
struct input {
	bitmark_status status;
	uint8_t *next;                  /* free part of owned->bytes */
};

/* One object of it; all of its members must be taken. */
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

/* The characters of a string; anything else fails. */
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

/* Copy a string to where spans of the record may point.  All strings of the
 * text together are shorter than the text. */
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

/* As keep, of hex digits. */
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

static struct bitmark_span
take_text(struct object *o, const char *key)
{
	return keep(o->in, take(o, key));
}

static uint64_t
take_number(struct object *o, const char *key)
{
	return number_of(o->in, take(o, key));
}

/* Hex digits of exactly ${size} bytes; another length gives ${error}. */
static void
take_fixed(struct object *o, const char *key, uint8_t *out, size_t size,
    bitmark_status error)
{
	struct bitmark_span bytes = keep_hex(o->in, take(o, key));

	if (bytes.size != size)
		fail(o->in, error);
	else
		memcpy(out, bytes.data, size);
}

static void
take_link(struct object *o, const char *key, uint8_t link[BITMARK_TX_ID_SIZE])
{
	take_fixed(o, key, link, BITMARK_TX_ID_SIZE, BITMARK_E_NOT_LINK);
}

static void
take_account(struct object *o, const char *key,
    struct bitmark_account *account)
{
	struct bitmark_span text = string_of(o->in, take(o, key));
	bitmark_status status = bitmark_account_from_text(
	    (const char *)text.data, text.size, account);

	if (status != BITMARK_OK)
		fail(o->in, status);
}

static void
take_currency(struct object *o, enum bitmark_currency *currency)
{
	struct bitmark_span text = string_of(o->in, take(o, "currency"));

	if (bitmark_currency_from_text((const char *)text.data, text.size,
	    currency) != BITMARK_OK)
		fail(o->in, BITMARK_E_CURRENCY);
}

/* Missing, null and empty all mean: not signed yet. */
static struct bitmark_span
take_signature(struct object *o, const char *key)
{
	const json_t *value = take_optional(o, key);
	struct bitmark_span none = { NULL, 0 };

	if (value == NULL || json_is_null(value))
		return none;
	return keep_hex(o->in, value);
}

static void
take_escrow(struct object *o, struct bitmark_escrow *escrow)
{
	struct object inner = { o->in, take_optional(o, "escrow"), 0 };

	if (inner.json == NULL || json_is_null(inner.json))
		return;
	escrow->present = true;
	take_currency(&inner, &escrow->currency);
	escrow->address = take_text(&inner, "address");
	escrow->amount = take_number(&inner, "amount");
	take_end(&inner);
}

/* A currency has several names, but one address. */
static void
take_address(struct input *in, const char *name, const json_t *address,
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
take_payments(struct object *o, uint64_t *version,
    struct bitmark_payments *payments)
{
	json_t *map;

	*version = take_number(o, "version");
	map = take(o, "payments");
	if (!json_is_object(map))
		fail(o->in, BITMARK_E_JSON);
	for (void *at = json_object_iter(map); at != NULL;
	    at = json_object_iter_next(map, at))
		take_address(o->in, json_object_iter_key(at),
		    json_object_iter_value(at), payments);
}

static void
take_base_data(struct object *o, struct bitmark_base_data *base)
{
	take_currency(o, &base->currency);
	base->address = take_text(o, "paymentAddress");
	take_account(o, "owner", &base->owner);
	base->nonce = take_number(o, "nonce");
}

static void
take_asset(struct object *o, struct bitmark_asset *asset)
{
	asset->name = take_text(o, "name");
	asset->fingerprint = take_text(o, "fingerprint");
	asset->metadata = take_text(o, "metadata");
	take_account(o, "registrant", &asset->registrant);
}

static void
take_issue(struct object *o, struct bitmark_issue *issue)
{
	take_fixed(o, "assetId", issue->asset_id, BITMARK_ASSET_ID_SIZE,
	    BITMARK_E_NOT_ASSET_ID);
	take_account(o, "owner", &issue->owner);
	issue->nonce = take_number(o, "nonce");
}

static void
take_transfer(struct object *o, struct bitmark_transfer *transfer)
{
	take_link(o, "link", transfer->link);
	take_escrow(o, &transfer->escrow);
	take_account(o, "owner", &transfer->owner);
}

static void
take_foundation(struct object *o, struct bitmark_foundation *foundation)
{
	take_payments(o, &foundation->version, &foundation->payments);
	take_account(o, "owner", &foundation->owner);
	foundation->nonce = take_number(o, "nonce");
}

static void
take_owner_transfer(struct object *o, struct bitmark_owner_transfer *transfer)
{
	take_link(o, "link", transfer->link);
	take_escrow(o, &transfer->escrow);
	take_payments(o, &transfer->version, &transfer->payments);
	take_account(o, "owner", &transfer->owner);
}

static void
take_share(struct object *o, struct bitmark_share *share)
{
	take_link(o, "link", share->link);
	share->quantity = take_number(o, "quantity");
}

static void
take_grant(struct object *o, struct bitmark_grant *grant)
{
	take_link(o, "shareId", grant->share_id);
	grant->quantity = take_number(o, "quantity");
	take_account(o, "owner", &grant->owner);
	take_account(o, "recipient", &grant->recipient);
	grant->before_block = take_number(o, "beforeBlock");
}

static void
take_swap(struct object *o, struct bitmark_swap *swap)
{
	take_link(o, "shareIdOne", swap->share_id_one);
	swap->quantity_one = take_number(o, "quantityOne");
	take_account(o, "ownerOne", &swap->owner_one);
	take_link(o, "shareIdTwo", swap->share_id_two);
	swap->quantity_two = take_number(o, "quantityTwo");
	take_account(o, "ownerTwo", &swap->owner_two);
	swap->before_block = take_number(o, "beforeBlock");
}

static void
take_fields(struct object *o, struct bitmark_record *record)
{
	switch (record->tag) {
	case BITMARK_RECORD_BASE_DATA:
		take_base_data(o, &record->base_data);
		break;
	case BITMARK_RECORD_ASSET:
		take_asset(o, &record->asset);
		break;
	case BITMARK_RECORD_ISSUE:
		take_issue(o, &record->issue);
		break;
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		take_transfer(o, &record->transfer);
		break;
	case BITMARK_RECORD_FOUNDATION:
		take_foundation(o, &record->foundation);
		break;
	case BITMARK_RECORD_OWNER_TRANSFER:
		take_owner_transfer(o, &record->owner_transfer);
		break;
	case BITMARK_RECORD_SHARE:
		take_share(o, &record->share);
		break;
	case BITMARK_RECORD_GRANT:
		take_grant(o, &record->grant);
		break;
	case BITMARK_RECORD_SWAP:
		take_swap(o, &record->swap);
		break;
	case BITMARK_RECORD_NULL:
		break;
	}
}

/* The kind of a record that does not say it: the first row whose two fields
 * are both there. */
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

/* A name and a number that differ are an error, as is an unknown kind. */
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
	take_fields(&o, record);
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
