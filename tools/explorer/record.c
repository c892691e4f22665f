/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The members of a record are the library's own JSON, put in as it is.
 */
#include "explorer/record.h"

#include <string.h>

/* Put the record's id once more, under a name that is the same for all kinds.
 * The library's text is searched for ${key}: the member comes before all texts
 * that strangers can choose, so the first match is the right one. The value is
 * copied with its quotes. */
static void
put_id(struct out *out, const char *text, const char *key, size_t size)
{
	const char *id = strstr(text, key);

	if (id == NULL)
		return;
	out_key(out, "id");
	out_value(out, id + strlen(key) - 1, 2 * size + 2);
}

/* Put the library's object without its brackets, as members of the object that
 * is open. */
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
	if (place->with_id && place->record->tag == BITMARK_RECORD_ASSET)
		put_id(out, text, "\"assetId\":\"", BITMARK_ASSET_ID_SIZE);
	else if (place->with_id)
		put_id(out, text, "\"txId\":\"", BITMARK_TX_ID_SIZE);
	out_value(out, text + 1, size - 2);
	bitmark_free(text);
	return !out->failed;
}

void
record_id(const struct record_place *place, const uint8_t *digest,
    uint8_t id[BITMARK_TX_ID_SIZE])
{
	if (place->record->tag == BITMARK_RECORD_BASE_DATA ||
	    place->record->tag == BITMARK_RECORD_FOUNDATION)
		bitmark_foundation_id(digest, place->number, id);
	else
		bitmark_tx_id(place->packed.data, place->packed.size, id);
}

bool
record_at(struct bitmark_snapshot *snapshot, enum bitmark_network network,
    const struct finder_place *place, struct bitmark_record *record,
    struct bitmark_span *packed)
{
	struct bitmark_span block;

	if (bitmark_snapshot_block(snapshot, place->number, &block) !=
	    BITMARK_OK || place->offset >= block.size)
		return false;
	packed->data = block.data + place->offset;
	return bitmark_record_parse(bitmark_rules_decode(), packed->data,
	    block.size - place->offset, network, record, &packed->size) ==
	    BITMARK_OK;
}
