/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A record as one object of JSON: what follows from its bytes and from the
 * place where it stands, and then its fields.  All programs print records by
 * this, so that a reader needs to know one shape.
 */
#include "record/record_impl.h"

#include "codec/sized.h"

/* Accounts know two networks only: every chain but the live one is a test. */
static const char *
network_name(enum bitmark_network network)
{
	return network == BITMARK_NETWORK_LIVE ? "live" : "test";
}

/* Any account of the record, from which its network is known: all accounts of a
 * record are of one network.  NULL for a share, which names no account. */
static const struct bitmark_account *
any_account(const struct bitmark_record *record)
{
	const struct bitmark_account *owner = bitmark_record_owner(record);

	if (record->tag == BITMARK_RECORD_GRANT)
		return &record->grant.owner;
	if (record->tag == BITMARK_RECORD_SWAP)
		return &record->swap.owner_one;
	return owner;
}

static void
put_network(struct bm_json *j, const struct bitmark_record *record,
    const enum bitmark_network *known)
{
	const struct bitmark_account *account = any_account(record);

	if (account != NULL)
		bm_json_text(j, "network", network_name(
		    (enum bitmark_network)account->network));
	else if (known != NULL)
		bm_json_text(j, "network", network_name(*known));
	else
		bm_json_null(j, "network");
}

/* Half a record has no id yet: the second signature is part of it. */
static bool
has_id(const struct bitmark_record *record,
    const struct bitmark_record_context *c)
{
	return c->packed.size != 0 && (record->countersignature.size != 0 ||
	    !bitmark_record_is_countersigned(record->tag));
}

static void
put_ids(struct bm_json *j, const struct bitmark_record *record,
    const struct bitmark_record_context *c)
{
	uint8_t id[BITMARK_TX_ID_SIZE], asset[BITMARK_ASSET_ID_SIZE];

	if (has_id(record, c)) {
		bitmark_tx_id(c->packed.data, c->packed.size, id);
		bm_json_hex(j, "txId", id, sizeof id);
		if (c->pay_id != NULL)
			bm_json_hex(j, "payId", c->pay_id,
			    BITMARK_PAY_ID_SIZE);
	}
	/* An issue has a field of this name. */
	if (record->tag == BITMARK_RECORD_ASSET) {
		bitmark_asset_id(record->asset.fingerprint, asset);
		bm_json_hex(j, "assetId", asset, sizeof asset);
	}
}

static void
put_place(struct bm_json *j, const struct bitmark_record_context *c)
{
	if (c->number == 0)
		return;
	bm_json_number_text(j, "inBlock", c->number);
	bm_json_number(j, "offset", c->offset);
	bm_json_number(j, "size", c->packed.size);
}

bitmark_status
bitmark_record_describe(const struct bitmark_record *record,
    const struct bitmark_record_context *context, char **text, size_t *size)
{
	struct bitmark_record_context own = { .struct_size = sizeof own };
	struct bm_json j = { 0 };
	bitmark_status status = context == NULL ? BITMARK_OK :
	    BM_IN(bitmark_record_context, &own, context);

	*text = NULL;
	if (status != BITMARK_OK)
		return status;
	if (!bm_record_tag_known(record->tag))
		return BITMARK_E_ARGUMENT;
	bm_json_object(&j, NULL);
	bm_json_text(&j, "record", bitmark_record_name(record->tag));
	bm_json_number(&j, "tag", (uint64_t)record->tag);
	put_ids(&j, record, &own);
	put_network(&j, record, own.network);
	put_place(&j, &own);
	bm_record_put_members(&j, record, BITMARK_JSON_SAFE);
	bm_json_object_end(&j);
	return bm_json_take(&j, text, size);
}
