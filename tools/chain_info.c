/* bitmark-chain info and block: the store, and the blocks in it. */
#include <inttypes.h>
#include <unistd.h>

#include "block_print.h"
#include "chain_tool.h"

#define NUMBER_TEXT_SIZE 24
#define FACTS_MAX 20

/* The facts of info, in the order in which they are told. */
struct facts {
	size_t count;
	struct fact {
		const char *name;       /* key in JSON */
		const char *title;      /* NULL: not for people */
		char text[2 * BITMARK_DIGEST_SIZE + 1];
	} list[FACTS_MAX];
};

static void
add_text(struct facts *facts, const char *name, const char *title,
    const char *text)
{
	struct fact *fact = &facts->list[facts->count];

	if (facts->count == FACTS_MAX)
		return;
	fact->name = name;
	fact->title = title;
	snprintf(fact->text, sizeof fact->text, "%s", text);
	facts->count++;
}

static void
add_number(struct facts *facts, const char *name, const char *title,
    uint64_t number)
{
	char text[NUMBER_TEXT_SIZE];

	snprintf(text, sizeof text, "%" PRIu64, number);
	add_text(facts, name, title, text);
}

static void
add_tip(struct facts *facts, const struct bitmark_tip *tip)
{
	char digest[2 * BITMARK_DIGEST_SIZE + 1];
	char display[2 * BITMARK_DIGEST_SIZE + 1], crc[NUMBER_TEXT_SIZE];

	bitmark_hex_encode(tip->digest, sizeof tip->digest, digest);
	bitmark_hex_encode_reversed(tip->digest, sizeof tip->digest, display);
	snprintf(crc, sizeof crc, "%016" PRIx64, tip->crc);
	add_number(facts, "height", "height", tip->number);
	add_text(facts, "digest", NULL, digest);
	add_text(facts, "digestDisplay", "digest", display);
	add_number(facts, "blockVersion", "block version", tip->version);
	add_number(facts, "timestamp", "timestamp", tip->timestamp);
	add_text(facts, "crc", "CRC", crc);
}

static void
add_counts(struct facts *facts, const struct bitmark_counts *counts)
{
	add_number(facts, "blocks", "blocks", counts->blocks);
	add_number(facts, "transactions", "transactions",
	    counts->transactions);
	add_number(facts, "assets", "assets", counts->assets);
	add_number(facts, "owned", "owned items", counts->owned);
	add_number(facts, "accounts", "accounts", counts->accounts);
	add_number(facts, "blockOwnerTransactions", "block owner txs",
	    counts->block_owner_txs);
	add_number(facts, "mapBytes", "map bytes", counts->map_bytes);
	add_number(facts, "usedBytes", "used bytes", counts->used_bytes);
}

static int
print_facts(const struct facts *facts, bool json)
{
	json_t *object;

	if (!json) {
		for (size_t i = 0; i < facts->count; i++)
			if (facts->list[i].title != NULL)
				printf("%-16s %s\n", facts->list[i].title,
				    facts->list[i].text);
		return EXIT_DONE;
	}
	object = json_object();
	for (size_t i = 0; i < facts->count; i++)
		(void)json_object_set_new(object, facts->list[i].name,
		    json_string(facts->list[i].text));
	return print_json(object);
}

static int
show_info(const struct chain_tool *tool)
{
	struct facts facts = { .count = 0 };
	struct bitmark_counts counts;
	struct bitmark_tip tip;
	long pid = bitmark_chain_lock_holder(tool->path);
	bitmark_status status = bitmark_snapshot_counts(tool->snapshot,
	    &counts);

	if (status != BITMARK_OK)
		return chain_failed(tool, status);
	bitmark_snapshot_tip(tool->snapshot, &tip);
	add_text(&facts, "chain", "chain", tool->params->name);
	add_tip(&facts, &tip);
	add_counts(&facts, &counts);
	add_number(&facts, "format", "format", BITMARK_STORE_FORMAT);
	if (pid > 0)
		add_number(&facts, "writer", "written by", (uint64_t)pid);
	return print_facts(&facts, tool->options->json);
}

int
chain_info(void *options, int argc, char **argv)
{
	struct chain_tool tool;
	int code;

	(void)argv;
	if (argc != 1)
		return usage_error("info takes no arguments");
	code = chain_tool_open(options, NEED_READ, &tool);
	if (code == EXIT_DONE)
		code = show_info(&tool);
	chain_tool_close(&tool);
	return code;
}

/* --- block -------------------------------------------------------------------- */

/* Block 1 is in no store: it is built in. */
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
		status = bitmark_snapshot_block(tool->snapshot, number,
		    &block);
	return status != BITMARK_OK ? status : print_block(tool->params,
	    block.data, block.size, digest, form);
}

static int
show_range(const struct chain_tool *tool, struct block_range range,
    enum block_form form)
{
	struct bitmark_tip tip;
	bitmark_status status = BITMARK_OK;

	bitmark_snapshot_tip(tool->snapshot, &tip);
	if (range.tip)
		range.first = range.last = tip.number;
	for (uint64_t number = range.first; ; number++) {
		if (form == BLOCK_TEXT && number > range.first)
			putchar('\n');
		status = show_block(tool, number, form);
		/* Not the block's fault: tool_main tells of it. */
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

static bool
choose_form(const struct chain_options *o, enum block_form *form)
{
	*form = o->json ? BLOCK_JSON : o->raw ? BLOCK_RAW :
	    o->hex ? BLOCK_HEX : BLOCK_TEXT;
	return o->json + o->raw + o->hex <= 1;
}

int
chain_block(void *options, int argc, char **argv)
{
	struct block_range range;
	struct chain_tool tool;
	enum block_form form;
	int code;

	if (argc != 2 || !block_range_from_text(argv[1], &range))
		return usage_error("block needs N, N-M or tip");
	if (!choose_form(options, &form))
		return usage_error("choose one of --json, --raw and --hex");
	if (form == BLOCK_RAW && isatty(STDOUT_FILENO))
		return usage_error("--raw is not for terminals: redirect it");
	code = chain_tool_open(options, NEED_READ, &tool);
	if (code == EXIT_DONE)
		code = show_range(&tool, range, form);
	chain_tool_close(&tool);
	return code;
}
