/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The members are the library's own JSON, which is put in as it is. */
#include "explorer/record.h"

size_t
record_id_size(const struct bitmark_record *record)
{
	return record->tag == BITMARK_RECORD_ASSET ? BITMARK_ASSET_ID_SIZE :
	    BITMARK_TX_ID_SIZE;
}

/* The library's object, without its brackets. */
bool
record_members(struct out *out, const struct record_place *place)
{
	const struct bitmark_record_context context = {
		.struct_size = sizeof context,
		.packed = place->packed,
		.network = &place->network,
		.number = place->number,
		.offset = place->offset,
	};
	size_t size;
	char *text;

	if (bitmark_record_describe(place->record, &context, &text, &size) !=
	    BITMARK_OK)
		return false;
	out_value(out, text + 1, size - 2);
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
