/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-chain info and block: facts about the store, and its blocks.
 */
#include <inttypes.h>

#include "block_print.h"
#include "chain_commands.h"
#include "chain_tool.h"

#define FACT_TEXT_MAX (2 * BITMARK_DIGEST_SIZE + 1)

/* Tell one fact: as member ${key} of ${object}, or as a line with ${title} when
 * ${object} is NULL. A fact without a title is for programs only. */
static void
tell_text(json_t *object, const char *key, const char *title,
    const char *text)
{
	if (object != NULL)
		(void)json_object_set_new(object, key,
		    json_string(text));
	else if (title != NULL)
		printf("%-16s %s\n", title, text);
}

/* Numbers that can pass 2^53 are strings in JSON; all are, so that a reader
 * need not know which ones can. */
static void
tell_number(json_t *object, const char *key, const char *title,
    uint64_t number)
{
	char text[FACT_TEXT_MAX];

	snprintf(text, sizeof text, "%" PRIu64, number);
	tell_text(object, key, title, text);
}

/* People see the digest reversed, as bitmarkd shows it. */
static void
tell_tip(json_t *object, const struct bitmark_tip *tip)
{
	char text[FACT_TEXT_MAX];

	tell_number(object, "height", "height", tip->number);
	bitmark_hex_encode(tip->digest, sizeof tip->digest, text);
	tell_text(object, "digest", NULL, text);
	bitmark_hex_encode_reversed(tip->digest, sizeof tip->digest, text);
	tell_text(object, "digestDisplay", "digest", text);
	tell_number(object, "blockVersion", "block version", tip->version);
	tell_number(object, "timestamp", "timestamp", tip->timestamp);
	snprintf(text, sizeof text, "%016" PRIx64, tip->crc);
	tell_text(object, "crc", "CRC", text);
}

/* The map is the address space that LMDB has reserved, which only bounds the
 * file; the used bytes are its pages in use. */
static void
tell_counts(json_t *object, const struct bitmark_counts *counts)
{
	tell_number(object, "blocks", "blocks", counts->blocks);
	tell_number(object, "transactions", "transactions",
	    counts->transactions);
	tell_number(object, "assets", "assets", counts->assets);
	tell_number(object, "owned", "owned items", counts->owned);
	tell_number(object, "accounts", "accounts", counts->accounts);
	tell_number(object, "blockOwnerTransactions", "block owner txs",
	    counts->block_owner_txs);
	tell_number(object, "mapBytes", "map bytes", counts->map_bytes);
	tell_number(object, "usedBytes", "used bytes", counts->used_bytes);
}

/* The process that may write is looked up before the rest is read, as it may
 * end meanwhile. */
static int
show_info(struct chain_tool *tool, const void *argument)
{
	json_t *object = tool->options->json ? json_object() : NULL;
	struct bitmark_counts counts = { .struct_size = sizeof counts };
	struct bitmark_tip tip;
	long pid = bitmark_chain_lock_holder(tool->path);
	bitmark_status status = bitmark_snapshot_counts(tool->snapshot,
	    &counts);

	(void)argument;
	if (status != BITMARK_OK) {
		json_decref(object);
		return chain_failed(tool, status);
	}
	bitmark_snapshot_tip(tool->snapshot, &tip);
	tell_text(object, "chain", "chain", tool->params->name);
	tell_text(object, "rules", "rules",
	    bitmark_chain_rules(tool->chain)->name);
	tell_tip(object, &tip);
	tell_counts(object, &counts);
	tell_number(object, "format", "format", BITMARK_STORE_FORMAT);
	if (bitmark_snapshot_proven(tool->snapshot) < tip.number)
		tell_number(object, "proven", "proven up to",
		    bitmark_snapshot_proven(tool->snapshot));
	if (pid > 0)
		tell_number(object, "writer", "written by", (uint64_t)pid);
	return object != NULL ? print_json(object) : EXIT_DONE;
}

/* The store is opened for reading, so that this works beside a running node. */
int
chain_info(void *options, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return chain_tool_run(options, NEED_READ, show_info, NULL);
}

/* --- block ---------------------------------------------------------------- */

/* The CRC of each block is compared before it is shown, so that a damaged one
 * is not taken for a right one. */
static bitmark_status
read_block(const struct chain_tool *tool, uint64_t number,
    struct bitmark_span *block)
{
	uint64_t crc;
	bitmark_status status = bitmark_snapshot_block(tool->snapshot, number,
	    block);

	if (status == BITMARK_OK)
		status = bitmark_snapshot_crc(tool->snapshot, number, &crc);
	if (status == BITMARK_OK &&
	    bitmark_crc(number, block->data, block->size) != crc)
		status = BITMARK_E_STORE_CORRUPT;
	return status;
}

/* Block 1 is in no store; it is a parameter of the chain. */
static bitmark_status
show_block(const struct chain_tool *tool, uint64_t number,
    enum block_form form)
{
	struct bitmark_span block = { tool->params->genesis,
	    tool->params->genesis_size };
	uint8_t digest[BITMARK_DIGEST_SIZE];
	bitmark_status status = bitmark_snapshot_digest(tool->snapshot,
	    number, digest);

	if (status == BITMARK_OK && number != BITMARK_GENESIS_NUMBER)
		status = read_block(tool, number, &block);
	return status != BITMARK_OK ? status : print_block(tool->params,
	    block.data, block.size, digest, form);
}

/* The blocks to show, and the form. */
struct request {
	struct block_range range;
	enum block_form form;
};

/* Each block is shown before the next one is read, so any range needs the
 * memory of one block. */
static int
show_range(struct chain_tool *tool, const void *argument)
{
	const struct request *request = argument;
	struct block_range range = request->range;
	struct bitmark_tip tip;
	bitmark_status status;

	bitmark_snapshot_tip(tool->snapshot, &tip);
	if (range.tip)
		range.first = range.last = tip.number;
	for (uint64_t number = range.first; ; number++) {
		if (request->form == BLOCK_TEXT && number > range.first)
			putchar('\n');
		status = show_block(tool, number, request->form);
		/* When the output cannot be written the block is not to blame;
		 * program_main tells of it. */
		if (ferror(stdout))
			return EXIT_DONE;
		if (status != BITMARK_OK) {
			complain("block %" PRIu64 ": %s", number,
			    bitmark_strerror(status));
			return exit_code_of(status);
		}
		if (number == range.last)
			return EXIT_DONE;
	}
}

/* The options are checked before the store is opened. */
int
chain_block(void *options, int argc, char **argv)
{
	const struct chain_options *o = options;
	struct request request;
	int code;

	(void)argc;
	if (!block_range_from_text(argv[1], &request.range))
		return usage_error("block takes N, N-M or tip; blocks count "
		    "from 1");
	code = block_form_choose(o->json || o->style != BITMARK_JSON_SAFE,
	    o->raw, o->hex, &request.form);
	if (request.form == BLOCK_JSON && o->style == BITMARK_JSON_8_2)
		request.form = BLOCK_JSON_8_2;
	else if (request.form == BLOCK_JSON && o->style == BITMARK_JSON_0_16)
		request.form = BLOCK_JSON_0_16;
	return code != EXIT_DONE ? code :
	    chain_tool_run(options, NEED_READ, show_range, &request);
}
