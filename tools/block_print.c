/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Blocks as text, JSON, bytes and hex.  Decoding takes everything that any
 * release has put into a block, because a tool is asked about nodes and files
 * of all releases; nothing is verified.
 */
#include "block_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record_print.h"
#include "shared/json.h"
#include "shared/output.h"

/* Both numbers of a range count from 1, which is the genesis block. */
bool
block_range_from_text(const char *text, struct block_range *range)
{
	/* Both numbers fit here, or the text is no range. */
	char first[24];
	const char *dash = strchr(text, '-');
	size_t length = dash != NULL ? (size_t)(dash - text) : strlen(text);

	*range = (struct block_range){ .tip = strcmp(text, "tip") == 0 };
	if (range->tip)
		return true;
	if (length >= sizeof first)
		return false;
	memcpy(first, text, length);
	first[length] = '\0';
	return number_from_text(first, &range->first) &&
	    number_from_text(dash != NULL ? dash + 1 : first, &range->last) &&
	    range->first >= BITMARK_GENESIS_NUMBER &&
	    range->last >= range->first;
}

/* Bytes on a terminal would be taken for its commands. */
int
block_form_choose(bool json, bool raw, bool hex, enum block_form *form)
{
	*form = json ? BLOCK_JSON : raw ? BLOCK_RAW : hex ? BLOCK_HEX :
	    BLOCK_TEXT;
	if (json + raw + hex > 1)
		return usage_error("choose one of --json, --raw and --hex");
	if (raw && isatty(STDOUT_FILENO))
		return usage_error("--raw is not for terminals: redirect it");
	return EXIT_DONE;
}

/* --- for people ----------------------------------------------------------- */

/* One line of a header, with the values in one column. */
static void
print_field(const char *name, const char *value)
{
	printf("  %-12s %s\n", name, value);
}

/* A digest as bitmarkd shows it: the zeros of its difficulty come first. */
static void
print_display_digest(const char *name, const uint8_t *digest)
{
	char text[2 * BITMARK_DIGEST_SIZE + 1];

	bitmark_hex_encode_reversed(digest, BITMARK_DIGEST_SIZE, text);
	print_field(name, text);
}

/* The difficulty is told as a number and as the bits that the header has. */
static void
print_header(const struct bitmark_header *h, const uint8_t *digest,
    size_t size)
{
	char merkle[2 * BITMARK_DIGEST_SIZE + 1], time[TIME_TEXT_MAX];

	time_text(h->timestamp, time);
	bitmark_hex_encode(h->merkle, sizeof h->merkle, merkle);
	printf("block %" PRIu64 "\n", h->number);
	if (digest != NULL)
		print_display_digest("digest", digest);
	print_display_digest("previous", h->previous);
	print_field("merkle root", merkle);
	printf("  %-12s %u\n", "version", h->version);
	printf("  %-12s %" PRIu64 "  (%s)\n", "timestamp", h->timestamp, time);
	printf("  %-12s %.6g  (bits %016" PRIx64 ")\n", "difficulty",
	    bitmark_bits_reciprocal(h->bits), h->bits);
	printf("  %-12s %016" PRIx64 "\n", "nonce", h->nonce);
	printf("  %-12s %zu bytes\n", "size", size);
	printf("  %-12s %u\n", "transactions", h->count);
}

/* The line of the record at which the walk stands: its place, kind, id, owner.
 */
static void
print_place(const struct bitmark_block_walk *w)
{
	struct record_item item = { .record = w->record, .packed = w->packed };

	bitmark_tx_id(w->packed.data, w->packed.size, item.id);
	printf("  %5zu  ", w->index);
	print_record(&item, RECORD_NAME_WIDTH);
}

/* Lines go out as the records are parsed: a block that is wrong in the middle
 * shows what stands before. */
static bitmark_status
print_as_text(const struct bitmark_chain_params *chain, const uint8_t *block,
    size_t size, const uint8_t *digest)
{
	struct bitmark_block_walk w;
	bitmark_status status = bitmark_block_walk_start(&w,
	    bitmark_rules_decode(), block, size, chain->network);

	if (status != BITMARK_OK)
		return status;
	print_header(&w.header, digest, size);
	while (status == BITMARK_OK && w.index < w.header.count) {
		status = bitmark_block_walk_next(&w);
		if (status == BITMARK_OK)
			print_place(&w);
	}
	return status;
}

/* --- for programs --------------------------------------------------------- */

/* A text of the library, as it is. */
static bitmark_status
print_exactly(char *text)                       /* taken: bitmark_free */
{
	puts(text);
	bitmark_free(text);
	return ferror(stdout) ? BITMARK_E_IO : BITMARK_OK;
}

/* The library makes the text; in the safe style it becomes one line of ASCII
 * here. */
static bitmark_status
print_as_json(const struct bitmark_chain_params *chain, const uint8_t *block,
    size_t size, const uint8_t *digest, enum bitmark_json_style style)
{
	char *text;
	struct bitmark_block_walk walk;
	bitmark_status status = bitmark_block_walk_start(&walk,
	    bitmark_rules_decode(), block, size, chain->network);

	if (status == BITMARK_OK)
		status = bitmark_block_to_json(&walk, digest, style, &text,
		    NULL);
	if (status != BITMARK_OK)
		return status;
	if (style != BITMARK_JSON_SAFE)
		return print_exactly(text);
	if (print_json(json_from_text(text)) == EXIT_DONE)
		return BITMARK_OK;
	return ferror(stdout) ? BITMARK_E_IO : BITMARK_E_NOMEM;
}

/* Bytes and hex are what came, whether it can be decoded or not. */
bitmark_status
print_block(const struct bitmark_chain_params *chain, const uint8_t *block,
    size_t size, const uint8_t *digest, enum block_form form)
{
	switch (form) {
	case BLOCK_TEXT:
		return print_as_text(chain, block, size, digest);
	case BLOCK_JSON:
		return print_as_json(chain, block, size, digest,
		    BITMARK_JSON_SAFE);
	case BLOCK_JSON_8_2:
		return print_as_json(chain, block, size, digest,
		    BITMARK_JSON_8_2);
	case BLOCK_JSON_0_16:
		return print_as_json(chain, block, size, digest,
		    BITMARK_JSON_0_16);
	case BLOCK_RAW:
		return fwrite(block, 1, size, stdout) == size ? BITMARK_OK :
		    BITMARK_E_IO;
	case BLOCK_HEX:
		print_hex(block, size);
		return BITMARK_OK;
	}
	return BITMARK_E_ARGUMENT;
}
