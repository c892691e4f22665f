/* bitmark-chain: load, save, check, cut and query the store of a chain. */
#include <string.h>

#include "shared/process.h"
#include "chain_tool.h"

static const struct option_spec option_specs[] = {
	{ 'f', "config", "FILE",
	    "configuration of bitmarkd-c ($BITMARK_CONFIG)" },
	{ 'd', "database", "DIR", "the store, instead of the configured one" },
	{ 'C', "chain", "NAME", "bitmark, testing or local" },
	{ 'j', "json", NULL, "print JSON" },
	{ 0, "raw", NULL, "block: packed bytes" },
	{ 0, "hex", NULL, "block: a line of hex" },
	{ 's', "start", "N", "owner: first position of the list (0)" },
	{ 'c', "count", "N", "owner: so many items (all)" },
	{ 'D', "display", NULL,
	    "transaction ids are reversed, as bitmarkd shows them" },
	{ 'q', "quick", NULL, "verify: links, CRCs and merkle roots alone" },
	{ 'y', "yes", NULL, "delete-down: really do it" },
	{ 'w', "workers", "N", "threads for digests (one for each core)" },
	{ 0, NULL, NULL, NULL },
};

static const struct command_spec commands[] = {
	{ "info", "", "chain, height, newest block, counts, sizes",
	    chain_info },
	{ "block", "N|N-M|tip", "show blocks", chain_block },
	{ "transaction", "ID...", "records by transaction or asset id",
	    chain_transaction },
	{ "provenance", "ID", "a record and all that came before it",
	    chain_provenance },
	{ "owner", "ACCOUNT", "what an account owns", chain_owner },
	{ "load-blocks", "FILE|-", "add blocks from a file of save-blocks",
	    chain_load_blocks },
	{ "save-blocks", "FILE|-", "write all blocks to a file",
	    chain_save_blocks },
	{ "delete-down", "N", "delete the newest blocks down to N",
	    chain_delete_down },
	{ "verify", "", "check the whole store", chain_verify },
	{ "reindex", "", "rebuild the store from its blocks", chain_reindex },
	{ "dump", "", "the whole state as text", chain_dump },
	{ NULL, NULL, NULL, NULL },
};

static bool
take_number(uint64_t *value, const char *name, const char *argument)
{
	if (number_from_text(argument, value))
		return true;
	complain("--%s: not a number: %s", name, argument);
	return false;
}

/* 0 would be taken for no limit. */
static bool
take_count(struct chain_options *o, const char *argument)
{
	if (number_from_text(argument, &o->count) && o->count != 0)
		return true;
	complain("--count: not a number above 0: %s", argument);
	return false;
}

static bool
take_flag(struct chain_options *o, const char *name)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "json", &o->json },
		{ "raw", &o->raw },
		{ "hex", &o->hex },
		{ "display", &o->display },
		{ "quick", &o->quick },
		{ "yes", &o->yes },
	};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (strcmp(flags[i].name, name) == 0)
			*flags[i].flag = true;
	return true;
}

static bool
take(void *options, const char *name, const char *argument)
{
	struct chain_options *o = options;

	if (strcmp(name, "start") == 0)
		return take_number(&o->start, name, argument);
	if (strcmp(name, "count") == 0)
		return take_count(o, argument);
	if (strcmp(name, "workers") == 0)
		return take_number(&o->workers, name, argument);
	if (strcmp(name, "config") == 0)
		o->config = argument;
	else if (strcmp(name, "database") == 0)
		o->database = argument;
	else if (strcmp(name, "chain") == 0)
		o->chain = argument;
	else
		return take_flag(o, name);
	return true;
}

static const struct tool_spec tool = {
	.name = "bitmark-chain",
	.purpose = "The store of one chain: blocks in and out, checks and "
	    "questions.",
	.options = option_specs,
	.commands = commands,
	.take = take,
};

int
main(int argc, char **argv)
{
	struct chain_options options = { 0 };

	process_catch_cut_off("bitmark-chain: the store is damaged: "
	    "its file was cut off or cannot be read\n", EXIT_STORE);
	return tool_main(&tool, &options, argc, argv);
}
