/*
 * Blocks as text, JSON, bytes and hex.  Decoding is the widest that the
 * library has: a tool shows blocks of any release.
 */
#include "block_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Hex goes out in pieces of this many bytes. */
#define HEX_STEP 4096
#define TIME_TEXT_MAX 32
/* Columns of the longest name of a record, BitmarkTransferCountersigned. */
#define RECORD_NAME_WIDTH 28

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

/* --- for people ------------------------------------------------------------- */

static void
print_field(const char *name, const char *value)
{
	printf("  %-12s %s\n", name, value);
}

static void
print_display_digest(const char *name, const uint8_t *digest)
{
	char text[2 * BITMARK_DIGEST_SIZE + 1];

	bitmark_hex_encode_reversed(digest, BITMARK_DIGEST_SIZE, text);
	print_field(name, text);
}

static void
print_timestamp(uint64_t seconds)
{
	const char *shown = "out of range";
	char text[TIME_TEXT_MAX];
	time_t when = (time_t)seconds;
	struct tm utc;

	if (seconds <= INT64_MAX && (uint64_t)when == seconds &&
	    gmtime_r(&when, &utc) != NULL &&
	    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &utc) > 0)
		shown = text;
	printf("  %-12s %" PRIu64 "  (%s)\n", "timestamp", seconds, shown);
}

static void
print_header(const struct bitmark_header *h, const uint8_t *digest,
    size_t size)
{
	char merkle[2 * BITMARK_DIGEST_SIZE + 1];

	bitmark_hex_encode(h->merkle, sizeof h->merkle, merkle);
	printf("block %" PRIu64 "\n", h->number);
	if (digest != NULL)
		print_display_digest("digest", digest);
	print_display_digest("previous", h->previous);
	print_field("merkle root", merkle);
	printf("  %-12s %u\n", "version", h->version);
	print_timestamp(h->timestamp);
	printf("  %-12s %.6g  (bits %016" PRIx64 ")\n", "difficulty",
	    bitmark_bits_reciprocal(h->bits), h->bits);
	printf("  %-12s %016" PRIx64 "\n", "nonce", h->nonce);
	printf("  %-12s %zu bytes\n", "size", size);
	printf("  %-12s %u\n", "transactions", h->count);
}

/* The line of the record that ${w} stands at. */
static void
print_record(const struct bitmark_block_walk *w)
{
	const struct bitmark_record *record = &w->record;
	const struct bitmark_account *owner = bitmark_record_owner(record);
	char account[BITMARK_ACCOUNT_TEXT_MAX] = "-";
	char text[2 * BITMARK_TX_ID_SIZE + 1];
	uint8_t id[BITMARK_TX_ID_SIZE];

	bitmark_tx_id(w->packed.data, w->packed.size, id);
	bitmark_hex_encode(id, sizeof id, text);
	if (owner != NULL)
		bitmark_account_to_text(owner, account);
	printf("  %5zu  %-*s %s  %s", w->index, RECORD_NAME_WIDTH,
	    bitmark_record_name(record->tag), text, account);
	if (record->tag == BITMARK_RECORD_ASSET) {
		fputs("  \"", stdout);
		print_text(stdout, record->asset.name.data,
		    record->asset.name.size);
		putchar('"');
	}
	putchar('\n');
}

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
			print_record(&w);
	}
	return status;
}

/* --- for programs ----------------------------------------------------------- */

static bitmark_status
print_as_json(const struct bitmark_chain_params *chain, const uint8_t *block,
    size_t size, const uint8_t *digest)
{
	char *text;
	bitmark_status status = bitmark_block_to_json(bitmark_rules_decode(),
	    block, size, chain->network, digest, BITMARK_JSON_SAFE, &text,
	    NULL);

	if (status != BITMARK_OK)
		return status;
	if (print_json(json_from_text(text)) == EXIT_DONE)
		return BITMARK_OK;
	return ferror(stdout) ? BITMARK_E_IO : BITMARK_E_NOMEM;
}

static void
print_as_hex(const uint8_t *block, size_t size)
{
	char text[2 * HEX_STEP + 1];
	size_t n;

	for (size_t i = 0; i < size; i += n) {
		n = size - i < HEX_STEP ? size - i : HEX_STEP;
		bitmark_hex_encode(block + i, n, text);
		fputs(text, stdout);
	}
	putchar('\n');
}

bitmark_status
print_block(const struct bitmark_chain_params *chain, const uint8_t *block,
    size_t size, const uint8_t *digest, enum block_form form)
{
	switch (form) {
	case BLOCK_TEXT:
		return print_as_text(chain, block, size, digest);
	case BLOCK_JSON:
		return print_as_json(chain, block, size, digest);
	case BLOCK_RAW:
		return fwrite(block, 1, size, stdout) == size ? BITMARK_OK :
		    BITMARK_E_IO;
	case BLOCK_HEX:
		print_as_hex(block, size);
		return BITMARK_OK;
	}
	return BITMARK_E_ARGUMENT;
}
