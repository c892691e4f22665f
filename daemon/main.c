/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmarkd-c: the command line. The tables below drive parsing, --help and the
 * checks of arguments; lint compares them with the manual page.
 *
 * Without a command the node runs. Each command behind the heading sends one
 * request to a node that runs already, so one function serves them all: it
 * finds the name of the command in argv[0].
 */
#include <bitmarkpeer/reservoir.h>

#include "commands.h"
#include "shared/program.h"

#define ROW(letter, name, argument, help, take, member) \
	OPTION(letter, name, argument, help, take, struct daemon_options, \
	member)

static const struct word waits[] = {
	{ "verified", BITMARK_TX_STATUS_VERIFIED },
	{ "confirmed", BITMARK_TX_STATUS_CONFIRMED },
	{ NULL, 0 },
};

static const struct option_spec options[] = {
	ROW('c', "config", "FILE", "the configuration", option_text, config),
	{ .letter = 'n', .name = "check-config",
	    .help = "check the configuration and the keys, do not run",
	    .take = option_flag, .only = "",
	    .offset = offsetof(struct daemon_options, check_config) },
	{ .letter = 'C', .name = "chain", .argument = "NAME",
	    .help = "init: bitmark, testing or local (local)",
	    .take = option_chain, .only = "init",
	    .offset = offsetof(struct daemon_options, chain) },
	{ .name = "from", .argument = "FILE",
	    .help = "init: convert this configuration of bitmarkd",
	    .take = option_text, .only = "init",
	    .offset = offsetof(struct daemon_options, from) },
	ROW('j', "json", NULL, "print the answer of the running node as JSON",
	    option_flag, json),
	{ .name = "for", .argument = "verified|confirmed",
	    .help = "wait: the state to wait for (confirmed)",
	    .take = option_word, .words = waits, .only = "wait",
	    .offset = offsetof(struct daemon_options, wait_for) },
	{ .name = "timeout", .argument = "S",
	    .help = "wait: give up after S seconds",
	    .take = option_number, .only = "wait",
	    .offset = offsetof(struct daemon_options, timeout_s) },
	{ .name = "to", .argument = "ACCOUNT|KEY",
	    .help = "generate: the owner of the blocks (the signing key's account)",
	    .take = option_text, .only = "generate",
	    .offset = offsetof(struct daemon_options, to) },
	{ .name = NULL },
};

static const struct command_spec commands[] = {
	{ "init", "DIR", 1, 1,
	    "make a directory with a configuration and keys", command_init },
	{ "gen-peer-identity", "[DIR]", 0, 1,
	    "make peer.public and peer.private", command_gen_peer_identity },
	{ "gen-proof-identity", "[DIR]", 0, 1,
	    "make proof.sign, proof.public and proof.private",
	    command_gen_proof_identity },
	{ "gen-rpc-cert", "[DIR|PREFIX [HOST...]]", 0, -1,
	    "make certificate and key of the client RPC",
	    command_gen_rpc_cert },
	{ "dns-txt", "", 0, 0, "print this node's DNS TXT record",
	    command_dns_txt },
	{ "dev", "DIR", 1, 1,
	    "run a private chain for development, made at the first start",
	    command_dev },
	{ .name = "Commands for the node that runs with this configuration" },
	{ "status", "", 0, 0,
	    "mode, height, peers, transactions, connections",
	    command_control },
	{ "top", "", 0, 0, "a live view of the node on a terminal", command_top },
	{ "peers", "", 0, 0, "the nodes that this node has heard of",
	    command_control },
	{ "connections", "", 0, 0, "the nodes that this node is connected to",
	    command_control },
	{ "reservoir", "", 0, 0, "the transactions that wait for a block",
	    command_control },
	{ "metrics", "", 0, 0, "counters and gauges, as for Prometheus",
	    command_control },
	{ "submit", "FILE|HEX", 1, 1,
	    "take in and relay packed records, a proof, a block",
	    command_control },
	{ "import", "FILE", 1, 1,
	    "take in a backup of the reservoir of bitmarkd",
	    command_control },
	{ "payment", "PAY-ID CURRENCY ADDRESS AMOUNT...", 4, -1,
	    "report a payment of BTC or LTC for a transaction",
	    command_control },
	{ "transaction", "ID", 1, 1, "where a transaction is",
	    command_control },
	{ "wait", "ID", 1, 1, "wait for a transaction", command_control },
	{ "generate", "[N]", 0, 1,
	    "make N blocks (1) now, on the chains testing and local",
	    command_control },
	{ "add-peer", "KEY@ADDRESS", 1, 1, "tell the node of a peer to connect to",
	    command_control },
	{ "stop", "", 0, 0, "stop the node", command_control },
	{ .name = NULL },
};

/* Run the node, or only check what it would run with. */
static int
run(void *values)
{
	const struct daemon_options *o = values;

	return o->check_config ? command_check_config(o) : command_run(o);
}

static const struct program program = {
	.name = "bitmarkd-c",
	.purpose = "Without a command: run a Bitmark node in the foreground "
	    "until SIGTERM or SIGINT;\nSIGHUP opens the log file anew.",
	.options = options,
	.commands = commands,
	.run = run,
	.output_failed = EXIT_FAILED,
};

/* Options that were not given are 0 or NULL. */
int
main(int argc, char **argv)
{
	struct daemon_options values = {
		.wait_for = BITMARK_TX_STATUS_CONFIRMED,
		.timeout_s = UINT64_MAX };

	return program_main(&program, &values, argc, argv);
}
