/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Checkpoints as text, and those of a store.
 *
 * The hash over all headers is not kept in the store: reading them all again
 * takes about a microsecond for each block, and is done only when a checkpoint
 * is asked for or reached.
 */
#include "chain/proof.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chain/rows.h"
#include "chain/snapshot.h"
#include "codec/codec.h"

/* Digits of the longest number, 2^64 - 1. */
#define NUMBER_DIGITS 20

/* Cut off the text up to the next colon or the end. */
static struct bitmark_span
cut_field(struct bitmark_span *text)
{
	struct bitmark_span field = { text->data, 0 };

	while (field.size < text->size && field.data[field.size] != ':')
		field.size++;
	text->data += field.size + (field.size < text->size);
	text->size -= field.size + (field.size < text->size);
	return field;
}

/* Decimal digits and nothing else. */
static bool
read_number(struct bitmark_span text, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < text.size; i++) {
		const unsigned digit = (unsigned)text.data[i] - '0';

		if (digit > 9 || *number > (UINT64_MAX - digit) / 10)
			return false;
		*number = 10 * *number + digit;
	}
	return text.size != 0 && text.size <= NUMBER_DIGITS;
}

bitmark_status
bitmark_checkpoint_parse(const char *text, size_t size,
    struct bitmark_checkpoint *checkpoint)
{
	struct bitmark_span rest = bm_span_trim((struct bitmark_span){
	    (const uint8_t *)text, size });
	struct bitmark_span number = cut_field(&rest);
	struct bitmark_span digest = cut_field(&rest);
	struct bitmark_checkpoint c = { .number = 0 };

	if (!read_number(number, &c.number) ||
	    c.number <= BITMARK_GENESIS_NUMBER ||
	    !bm_span_hex(digest, c.digest, sizeof c.digest) ||
	    !bm_span_hex(rest, c.headers, sizeof c.headers))
		return BITMARK_E_CHECKPOINT_TEXT;
	*checkpoint = c;
	return BITMARK_OK;
}

void
bitmark_checkpoint_format(const struct bitmark_checkpoint *checkpoint,
    char text[BITMARK_CHECKPOINT_TEXT_MAX])
{
	char digest[2 * BITMARK_DIGEST_SIZE + 1];
	char headers[2 * BITMARK_SHA3_256_SIZE + 1];

	bitmark_hex_encode(checkpoint->digest, sizeof checkpoint->digest,
	    digest);
	bitmark_hex_encode(checkpoint->headers, sizeof checkpoint->headers,
	    headers);
	snprintf(text, BITMARK_CHECKPOINT_TEXT_MAX, "%" PRIu64 ":%s:%s",
	    checkpoint->number, digest, headers);
}

bitmark_status
bitmark_snapshot_checkpoint(struct bitmark_snapshot *snapshot,
    uint64_t number, struct bitmark_checkpoint *checkpoint)
{
	struct bitmark_checkpoint c = { .number = number };
	bitmark_status status;

	if (number <= BITMARK_GENESIS_NUMBER || number > snapshot->tip.number)
		return BITMARK_E_BLOCK_NOT_FOUND;
	if (number > snapshot->proven)
		return BITMARK_E_UNPROVEN;
	status = bitmark_snapshot_digest(snapshot, number, c.digest);
	if (status == BITMARK_OK)
		status = bm_headers_hash(&snapshot->txn, number,
		    (struct bitmark_span){ NULL, 0 }, c.headers);
	if (status == BITMARK_OK)
		*checkpoint = c;
	return status;
}

uint64_t
bitmark_snapshot_proven(const struct bitmark_snapshot *snapshot)
{
	return snapshot->proven;
}
