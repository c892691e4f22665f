/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-chain: load, save, check, cut and query the store of a chain. The
 * tables below drive parsing, --help and the checks of arguments.
 *
 * The help of an option that only one command uses begins with that command;
 * with another command the option has no effect.
 */
#include "chain_commands.h"
#include "chain_tool.h"

#define ROW(letter, name, argument, help, take, member) \
	OPTION(letter, name, argument, help, take, struct chain_options, \
	member)

static const struct word styles[] = {
	{ "safe", BITMARK_JSON_SAFE },
	{ "8.2", BITMARK_JSON_8_2 },
	{ "0.16", BITMARK_JSON_0_16 },
	{ NULL, 0 },
};

static const struct option_spec options[] = {
	ROW('f', "config", "FILE", "configuration of bitmarkd-c "
	    "($BITMARK_CONFIG)", option_text, config),
	ROW('d', "database", "DIR", "the store, instead of the configured "
	    "one", option_text, database),
	ROW('C', "chain", "NAME", "bitmark, testing or local", option_chain,
	    chain),
	ROW('r', "rules", "8.2|0.16", "whose rules the store follows (those "
	    "that it was made by)", option_rules, rules),
	ROW('j', "json", NULL, "print JSON", option_flag, json),
	ROW(0, "raw", NULL, "block: packed bytes", option_flag, raw),
	ROW(0, "hex", NULL, "block: a line of hex", option_flag, hex),
	{ .name = "style", .argument = "safe|8.2|0.16", .help = "block: JSON with "
	    "large numbers as text, or as bitmarkd prints", .take =
	    option_word, .words = styles,
	    .offset = offsetof(struct chain_options, style) },
	ROW('s', "start", "N", "owner: first position of the list (0)",
	    option_number, start),
	ROW('c', "count", "N", "owner: at most N items (all)", option_count,
	    count),
	ROW(0, "history", NULL, "shares: every grant and swap of a share, too",
	    option_flag, history),
	ROW(0, "dot", NULL, "provenance: a drawing for graphviz", option_flag,
	    dot),
	ROW(0, "svg", NULL, "provenance: a drawing as SVG", option_flag, svg),
	ROW('D', "display", NULL, "transaction ids are reversed, as bitmarkd "
	    "shows them", option_flag, display),
	ROW('q', "quick", NULL, "verify: links, CRCs and merkle roots alone",
	    option_flag, quick),
	ROW('y', "yes", NULL, "delete-down, restore: really do it", option_flag, yes),
	ROW('w', "workers", "N", "threads for digests (one for each core)",
	    option_number, workers),
	ROW('k', "checkpoint", "TEXT", "load-blocks, reindex: up to it no "
	    "digest is computed", option_checkpoint, checkpoint),
	{ .name = NULL },
};

static const struct command_spec commands[] = {
	{ "info", "", 0, 0, "chain, height, newest block, counts, sizes",
	    chain_info },
	{ "block", "N|N-M|tip", 1, 1, "show blocks", chain_block },
	{ "transaction", "ID...", 1, -1, "records by transaction or asset id",
	    chain_transaction },
	{ "provenance", "ID", 1, 1, "a record and all that came before it",
	    chain_provenance },
	{ "owner", "ACCOUNT", 1, 1, "what an account owns", chain_owner },
	{ "shares", "ID|ACCOUNT", 1, 1,
	    "the holders of a share, or what an account holds of any",
	    chain_shares },
	{ "chart", "blocks|records|difficulty|growth|shares", 1, 1,
	    "a chart of the chain over its time, as SVG", chain_chart },
	{ "load-blocks", "FILE|-", 1, 1,
	    "add blocks from a file of save-blocks", chain_load_blocks },
	{ "save-blocks", "[N-M] FILE|-", 1, 2,
	    "write all blocks, or those from N to M, to a file",
	    chain_save_blocks },
	{ "backup", "FILE|-", 1, 1, "copy the store beside the running daemon",
	    chain_backup },
	{ "restore", "FILE|-", 1, 1, "make the store from a file of backup",
	    chain_restore },
	{ "delete-down", "N", 1, 1, "delete the newest blocks down to N",
	    chain_delete_down },
	{ "verify", "", 0, 0, "check the whole store", chain_verify },
	{ "reindex", "", 0, 0, "rebuild the store from its blocks",
	    chain_reindex },
	{ "checkpoint", "[N]", 0, 1,
	    "the checkpoint at block N (the newest), for other nodes",
	    chain_checkpoint },
	{ "dump", "", 0, 0, "the whole state as text", chain_dump },
	{ .name = NULL },
};

static const struct program program = {
	.name = "bitmark-chain",
	.purpose = "The store of one chain: blocks in and out, checks and "
	    "questions.",
	.options = options,
	.commands = commands,
	.output_failed = EXIT_STORE,
};

/* A SIGBUS while the store is read means that another program cut its file off;
 * the exit code is then that of a damaged store. */
int
main(int argc, char **argv)
{
	struct chain_options values = { 0 };

	process_catch_cut_off("bitmark-chain: the store is damaged: "
	    "its file was cut off or cannot be read\n", EXIT_STORE);
	return program_main(&program, &values, argc, argv);
}
