/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The fields are the library's own JSON, which is put in as it is. */
#include "explorer/record.h"

size_t
record_id_size(const struct bitmark_record *record)
{
	return record->tag == BITMARK_RECORD_ASSET ? BITMARK_ASSET_ID_SIZE :
	    BITMARK_TX_ID_SIZE;
}

bool
record_members(struct out *out, const struct record_place *place)
{
	const bool asset = place->record->tag == BITMARK_RECORD_ASSET;
	size_t size;
	char *text;

	if (bitmark_record_to_json(place->record, BITMARK_JSON_SAFE, &text,
	    &size) != BITMARK_OK)
		return false;
	out_key_text(out, "record", bitmark_record_name(place->record->tag));
	out_key_hex(out, asset ? "assetId" : "txId", place->id,
	    record_id_size(place->record));
	if (place->number != 0) {
		out_key(out, "inBlock");
		out_big(out, place->number);
		out_key_number(out, "offset", place->offset);
	}
	out_key_number(out, "size", place->packed.size);
	out_key(out, "data");
	out_value(out, text, size);
	bitmark_free(text);
	return !out->failed;
}

const struct bitmark_account *
record_owner(const struct bitmark_record *record)
{
	switch ((enum bitmark_record_tag)record->tag) {
	case BITMARK_RECORD_BASE_DATA:
		return &record->base_data.owner;
	case BITMARK_RECORD_ASSET:
		return &record->asset.registrant;
	case BITMARK_RECORD_ISSUE:
		return &record->issue.owner;
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		return &record->transfer.owner;
	case BITMARK_RECORD_FOUNDATION:
		return &record->foundation.owner;
	case BITMARK_RECORD_OWNER_TRANSFER:
		return &record->owner_transfer.owner;
	case BITMARK_RECORD_GRANT:
		return &record->grant.recipient;
	case BITMARK_RECORD_SWAP:
	case BITMARK_RECORD_SHARE:
	case BITMARK_RECORD_NULL:
		break;
	}
	return NULL;
}
