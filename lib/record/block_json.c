/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A whole block as JSON.  The records are written one by one while the block
 * is walked, so that a block of 10000 records is never held in memory a second
 * time, parsed.
 */
#include <bitmarkpeer/block.h>

#include <stdlib.h>

#include "codec/codec.h"
#include "record/header_json.h"

/* As the other programs print it: bitmark_record_describe. */
static bitmark_status
write_described(struct bm_json *j, const struct bitmark_block_walk *walk)
{
	const struct bitmark_record_context context = {
		.struct_size = sizeof context,
		.packed = walk->packed, .network = &walk->network,
	};
	char *text;
	bitmark_status status = bitmark_record_describe(&walk->record,
	    &context, &text, NULL);

	if (status == BITMARK_OK)
		bm_json_raw(j, NULL, text);
	free(text);
	return status;
}

/* In the style of a release the object "record" has the fields only, as
 * bitmarkd prints them; the id and the kind stand beside that object. */
static bitmark_status
write_in_style(struct bm_json *j, const struct bitmark_block_walk *walk,
    enum bitmark_json_style style)
{
	const struct bitmark_record *record = &walk->record;
	uint8_t id[BITMARK_TX_ID_SIZE], asset[BITMARK_ASSET_ID_SIZE];
	char *text;
	bitmark_status status = bitmark_record_to_json(record, style, &text,
	    NULL);

	if (status != BITMARK_OK)
		return status;
	bitmark_tx_id(walk->packed.data, walk->packed.size, id);

	bm_json_object(j, NULL);
	bm_json_text(j, "name", bitmark_record_name(record->tag));
	bm_json_hex(j, "txId", id, sizeof id);
	if (record->tag == BITMARK_RECORD_ASSET) {
		bitmark_asset_id(record->asset.fingerprint, asset);
		bm_json_hex(j, "assetId", asset, sizeof asset);
	}
	/* Its text is complete JSON already, with escapes where needed. */
	bm_json_raw(j, "record", text);
	bm_json_object_end(j);
	free(text);
	return BITMARK_OK;
}

/* Write the record that ${walk} has just read. */
static bitmark_status
write_record(struct bm_json *j, const struct bitmark_block_walk *walk,
    enum bitmark_json_style style)
{
	return style == BITMARK_JSON_SAFE ? write_described(j, walk) :
	    write_in_style(j, walk, style);
}

static bitmark_status
write_records(struct bm_json *j, struct bitmark_block_walk *walk,
    enum bitmark_json_style style)
{
	bitmark_status status = BITMARK_OK;

	bm_json_array(j, "transactions");
	while (status == BITMARK_OK && walk->index < walk->header.count) {
		status = bitmark_block_walk_next(walk);
		if (status == BITMARK_OK)
			status = write_record(j, walk, style);
	}
	bm_json_array_end(j);
	return status;
}

/* The digest in the byte order of bitmarkd's logs: most significant byte first,
 * so that the zeros of its work come first. */
static void
write_display(struct bm_json *j, const uint8_t *digest)
{
	char text[2 * BITMARK_DIGEST_SIZE + 1];

	bitmark_hex_encode_reversed(digest, BITMARK_DIGEST_SIZE, text);
	bm_json_text(j, "digestDisplay", text);
}

bitmark_status
bitmark_block_to_json(struct bitmark_block_walk *walk, const uint8_t *digest,
    enum bitmark_json_style style, char **text, size_t *size)
{
	struct bm_json j = { 0 };
	bitmark_status status;

	bm_json_object(&j, NULL);
	bm_header_json(&j, "header", &walk->header);
	if (digest != NULL) {
		bm_json_hex(&j, "digest", digest, BITMARK_DIGEST_SIZE);
		if (style == BITMARK_JSON_SAFE)
			write_display(&j, digest);
		bm_json_number_text(&j, "number", walk->header.number);
	}
	status = write_records(&j, walk, style);
	bm_json_object_end(&j);

	/* A block that does not parse to its end gives no text at all: half of
	 * one would look like a shorter block. */
	if (status != BITMARK_OK) {
		free(j.text);
		return status;
	}
	return bm_json_take(&j, text, size);
}
