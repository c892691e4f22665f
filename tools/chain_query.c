/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-chain transaction, provenance and owner.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "chain_commands.h"
#include "chain_draw.h"
#include "chain_tool.h"
#include "chain_walk.h"

/* Items of a list that are read at once; the list may have millions. */
#define OWNED_STEP 100

/* --- one confirmed record ------------------------------------------------- */

/* A confirmed record with its id. ${owner} is the account that has the item by
 * this record, or "" when the item went on to another account. */
struct found {
	const uint8_t *id;
	size_t id_size;
	const struct bitmark_confirmed *confirmed;
	char owner[BITMARK_ACCOUNT_TEXT_MAX];
};

/* An asset has no owner; its issues have. */
static void
find_owner(const struct chain_tool *tool, struct found *found)
{
	struct bitmark_account account;
	struct bitmark_owned owned = { .struct_size = sizeof owned };

	found->owner[0] = '\0';
	if (found->id_size == BITMARK_TX_ID_SIZE &&
	    bitmark_snapshot_ownership(tool->snapshot, found->id, &account,
	    &owned) == BITMARK_OK)
		bitmark_account_to_text(&account, found->owner);
}

/* Ids of assets and of transactions differ in length, so no option has to tell
 * which one is meant. */
static bool
is_asset(const struct found *found)
{
	return found->id_size == BITMARK_ASSET_ID_SIZE;
}

/* The fields as the library tells them; NULL: no memory. */
static json_t *
fields_of(const struct found *found)
{
	char *text;

	if (bitmark_record_to_json(&found->confirmed->record,
	    BITMARK_JSON_SAFE, &text, NULL) != BITMARK_OK)
		return NULL;
	return json_from_text(text);
}

/* The record with its place; NULL: no memory. */
static json_t *
describe(const struct chain_tool *tool, const struct found *found)
{
	const struct bitmark_confirmed *c = found->confirmed;
	const struct bitmark_record_context context = {
		.struct_size = sizeof context,
		.packed = c->packed, .network = &tool->params->network,
		.number = c->number, .offset = c->offset,
	};
	char *text;

	return bitmark_record_describe(&c->record, &context, &text, NULL) ==
	    BITMARK_OK ? json_from_text(text) : NULL;
}

/* One line for each record; members that only the chain knows come last. */
static int
tell_json(const struct chain_tool *tool, const struct found *found)
{
	json_t *object = describe(tool, found);

	if (tool->options->display && !is_asset(found))
		(void)json_object_set_new(object, "txIdDisplay",
		    json_hex_reversed(found->id, found->id_size));
	(void)json_object_set_new(object, "heldBy", found->owner[0] != '\0' ?
	    json_string(found->owner) : json_null());
	return print_json(object);
}

/* Texts of strangers are escaped. All other values are printed as JSON. */
static void
print_field(const char *name, const json_t *value)
{
	char *text;

	printf("  %-17s ", name);
	if (json_is_string(value)) {
		print_text(stdout, json_string_value(value),
		    json_string_length(value));
	} else {
		text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT |
		    JSON_ENSURE_ASCII);
		fputs(text != NULL ? text : "?", stdout);
		free(text);
	}
	putchar('\n');
}

/* The same facts as tell_json, one on each line. */
static int
tell_text(const struct chain_options *o, const struct found *found)
{
	const struct bitmark_confirmed *c = found->confirmed;
	char id[2 * BITMARK_ASSET_ID_SIZE + 1];
	json_t *fields = fields_of(found);

	chain_id_to_text(o, found->id, found->id_size, id);
	printf("%s %s\n  %-17s %" PRIu64 ", byte %zu, %zu bytes\n",
	    bitmark_record_name(c->record.tag), id, "block", c->number,
	    c->offset, c->packed.size);
	if (!is_asset(found) && c->record.tag != BITMARK_RECORD_GRANT &&
	    c->record.tag != BITMARK_RECORD_SWAP)
		printf("  %-17s %s\n", "held by", found->owner[0] != '\0' ?
		    found->owner : "nobody: transferred on");
	for (void *i = json_object_iter(fields); i != NULL;
	    i = json_object_iter_next(fields, i))
		print_field(json_object_iter_key(i), json_object_iter_value(i));
	json_decref(fields);
	return EXIT_DONE;
}

/* The owner is looked up now, because a record does not know who owns it
 * today. */
static int
tell_found(const struct chain_tool *tool, struct found *found)
{
	find_owner(tool, found);
	return tool->options->json ? tell_json(tool, found) :
	    tell_text(tool->options, found);
}

/* --- transaction ---------------------------------------------------------- */

/* A search for all places of one record: the same bytes of a grant or swap can
 * be in several blocks. */
struct places {
	const struct chain_tool *tool;
	struct found *found;
	const struct bitmark_confirmed *first;
	int code;
};

/* A chain_record_fn. */
static int
show_place(void *user, uint64_t number, const struct bitmark_block_walk *walk)
{
	struct places *p = user;
	struct bitmark_confirmed c = *p->first;

	if (walk->packed.size != c.packed.size || memcmp(walk->packed.data,
	    c.packed.data, c.packed.size) != 0)
		return 0;
	c.number = number;
	c.offset = walk->offset - walk->packed.size;
	p->found->confirmed = &c;
	p->code = tell_found(p->tool, p->found);
	return p->code != EXIT_DONE || ferror(stdout);
}

/* The store keeps the place of one of them only, so all blocks are read. */
static int
show_places(const struct chain_tool *tool, struct found *found)
{
	struct places places = { tool, found, found->confirmed, EXIT_DONE };
	bitmark_status status = chain_walk(tool, BITMARK_GENESIS_NUMBER + 1,
	    show_place, &places);

	return status == BITMARK_OK || status == BITMARK_E_STOPPED ?
	    places.code : chain_failed(tool, status);
}

/* The length of an id tells transactions and assets apart. */
static int
show_record(const struct chain_tool *tool, const char *text)
{
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	struct found found = { .id = id, .confirmed = &c };
	bitmark_status status;

	chain_id_from_text(tool->options, text, id, &found.id_size);
	if (found.id_size == 0)
		return usage_error("not a transaction or asset id: %s", text);
	status = is_asset(&found) ?
	    bitmark_snapshot_asset(tool->snapshot, id, &c) :
	    bitmark_snapshot_transaction(tool->snapshot, id, &c);
	if (status != BITMARK_OK)
		return complain_status(text, status);
	return c.record.tag == BITMARK_RECORD_GRANT ||
	    c.record.tag == BITMARK_RECORD_SWAP ?
	    show_places(tool, &found) : tell_found(tool, &found);
}

/* All ids are looked up, even when one before was not found; the exit code is
 * that of the last failure. */
static int
show_records(struct chain_tool *tool, const void *argument)
{
	int code = EXIT_DONE, one;

	for (char *const *id = argument; *id != NULL; id++) {
		one = show_record(tool, *id);
		if (one != EXIT_DONE)
			code = one;
	}
	return code;
}

int
chain_transaction(void *options, int argc, char **argv)
{
	(void)argc;
	return chain_tool_run(options, NEED_READ, show_records, argv + 1);
}

/* --- provenance ----------------------------------------------------------- */

struct steps {
	const struct chain_tool *tool;
	int code;
};

/* Called for each step back; the asset at the end has an id of its own. */
static int
on_step(void *user, const uint8_t *tx_id,
    const struct bitmark_confirmed *confirmed)
{
	struct steps *steps = user;
	struct found found = {
		.id = tx_id,
		.id_size = confirmed->record.tag == BITMARK_RECORD_ASSET ?
		    BITMARK_ASSET_ID_SIZE : BITMARK_TX_ID_SIZE,
		.confirmed = confirmed,
	};

	steps->code = tell_found(steps->tool, &found);
	return steps->code != EXIT_DONE;
}

/* The first record is the one that is asked about, the last one its asset or
 * its block. */
static int
show_provenance(struct chain_tool *tool, const void *argument)
{
	const char *text = argument;
	struct steps steps = { .tool = tool, .code = EXIT_DONE };
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	bitmark_status status;
	size_t size;

	chain_id_from_text(tool->options, text, id, &size);
	if (size != BITMARK_TX_ID_SIZE)
		return usage_error("not a transaction id: %s", text);
	if (tool->options->dot || tool->options->svg)
		return chain_draw_provenance(tool, id);
	status = bitmark_snapshot_provenance(tool->snapshot, id, on_step,
	    &steps);
	if (status == BITMARK_OK)
		return steps.code;
	return complain_status(text, status);
}

int
chain_provenance(void *options, int argc, char **argv)
{
	(void)argc;
	return chain_tool_run(options, NEED_READ, show_provenance, argv[1]);
}

/* --- owner ---------------------------------------------------------------- */

/* The names that bitmarkd uses. */
static const char *
item_name(enum bitmark_item item)
{
	switch (item) {
	case BITMARK_ITEM_BLOCK:
		return "Block";
	case BITMARK_ITEM_SHARE:
		return "Share";
	case BITMARK_ITEM_ASSET:
		break;
	}
	return "Asset";
}

static int
tell_owned_json(const struct bitmark_owned *owned)
{
	bool block = owned->item == BITMARK_ITEM_BLOCK;

	/* Names and order as in bitmarkd, which has no block numbers here. */
	return print_json(json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:o}",
	    "n", json_number(owned->n),
	    "txId", json_hex(owned->tx_id, sizeof owned->tx_id),
	    "issue", json_hex(owned->issue_id, sizeof owned->issue_id),
	    "item", item_name(owned->item),
	    block ? "blockNumber" : "assetId",
	    block ? json_number(owned->owned_block) :
	    json_hex(owned->asset_id, sizeof owned->asset_id),
	    "transferBlock", json_number(owned->transfer_block),
	    "issueBlock", json_number(owned->issue_block)));
}

/* One line for each item; items that were never transferred have no transfer in
 * it. */
static int
tell_owned_text(const struct chain_options *o,
    const struct bitmark_owned *owned)
{
	char id[2 * BITMARK_TX_ID_SIZE + 1];
	char item[2 * BITMARK_ASSET_ID_SIZE + 1];

	chain_id_to_text(o, owned->tx_id, sizeof owned->tx_id, id);
	printf("%8" PRIu64 "  %s  issued %" PRIu64, owned->n, id,
	    owned->issue_block);
	if (owned->transfer_block != 0)
		printf("  transferred %" PRIu64, owned->transfer_block);
	if (owned->item == BITMARK_ITEM_BLOCK) {
		printf("  block %" PRIu64 "\n", owned->owned_block);
		return EXIT_DONE;
	}
	chain_id_to_text(o, owned->asset_id, sizeof owned->asset_id, item);
	printf("  %s %s\n", owned->item == BITMARK_ITEM_SHARE ?
	    "shares of asset" : "asset", item);
	return EXIT_DONE;
}

/* An account, and how it was written on the command line. */
struct owner {
	const char *text;
	struct bitmark_account account;
};

/* Show up to ${wanted} items from position *${start} on, and move *${start}
 * behind them. A full page (*${count} is OWNED_STEP) means that the list may go
 * on. */
static int
show_some(const struct chain_tool *tool, const struct bitmark_account *account,
    uint64_t wanted, uint64_t *start, size_t *count)
{
	struct bitmark_owned items[OWNED_STEP] = {
		{ .struct_size = sizeof items[0] },
	};
	size_t capacity = wanted < OWNED_STEP ? (size_t)wanted : OWNED_STEP;
	bitmark_status status = bitmark_snapshot_owned(tool->snapshot,
	    account, *start, items, capacity, count);
	int code = EXIT_DONE;

	if (status != BITMARK_OK)
		return chain_failed(tool, status);
	for (size_t i = 0; code == EXIT_DONE && i < *count; i++) {
		code = tool->options->json ?
		    tell_owned_json(&items[i]) :
		    tell_owned_text(tool->options, &items[i]);
		*start = items[i].n + 1;
	}
	return code;
}

/* Can the account own anything on this chain? Without this check a list would
 * be empty, and the user would not see that the account belongs to the other
 * network or is the key without bytes that tests use. A careless transfer may
 * have gone to the latter, so that it is refused only when its list is empty.
 */
bitmark_status
chain_check_account(const struct chain_tool *tool,
    const struct bitmark_account *account)
{
	uint64_t next = 0;
	bitmark_status status;

	if (account->network != tool->params->network)
		return BITMARK_E_WRONG_NETWORK_PUBLIC;
	if (account->algorithm != BITMARK_KEY_NOTHING)
		return BITMARK_OK;
	status = bitmark_snapshot_owned_next(tool->snapshot, account, &next);
	return status == BITMARK_OK && next == 0 ? BITMARK_E_KEY_TYPE : status;
}

/* The list is read page by page, so it needs the memory of one page. */
static int
show_owned(struct chain_tool *tool, const void *argument)
{
	const struct owner *owner = argument;
	uint64_t left = tool->options->count != 0 ? tool->options->count :
	    UINT64_MAX;
	uint64_t start = tool->options->start;
	bitmark_status status = chain_check_account(tool, &owner->account);
	size_t count = OWNED_STEP;
	int code = EXIT_DONE;

	if (status != BITMARK_OK)
		return complain_status(owner->text, status);
	while (code == EXIT_DONE && left > 0 && count == OWNED_STEP) {
		code = show_some(tool, &owner->account, left, &start, &count);
		left -= count;
	}
	return code;
}

int
chain_owner(void *options, int argc, char **argv)
{
	struct owner owner = { .text = argv[1] };
	bitmark_status status = bitmark_account_from_text(argv[1],
	    strlen(argv[1]), &owner.account);

	(void)argc;
	if (status != BITMARK_OK)
		return complain_status(argv[1], status);
	return chain_tool_run(options, NEED_READ, show_owned, &owner);
}
