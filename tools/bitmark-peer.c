/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-peer: ask nodes of the Bitmark network, of either implementation;
 * submit to them, follow them, watch over them, mine for them.
 */
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "peer_commands.h"

/* Bounds and defaults of options. Old nodes compute a digest for each answer to
 * H, so the time-out is long. Source: local choice. */
#define TIMEOUT_DEFAULT_MS 10000
#define SECONDS_MAX 86400
#define SECONDS_MIN 0.001
#define THREADS_MAX 256
/* Nodes of a map.  Source: local choices; a network has some dozens. */
#define MAP_DEFAULT 100
#define MAP_MAX 1000

/* --- values of options ---------------------------------------------------- */

/* Each --node adds one node; the table is bounded, because each node gets a
 * client of its own. */
static bool
take_node(const struct option_spec *option, void *place, const char *text)
{
	struct peer_names *names = place;

	if (names->count == PEER_NODES_MAX) {
		complain("--%s: more than %d nodes", option->name,
		    PEER_NODES_MAX);
		return false;
	}
	names->list[names->count++] = text;
	return true;
}

/* Read seconds, which may have a fraction, as milliseconds. SECONDS_MAX keeps
 * the product within an unsigned. */
static bool
take_seconds(const struct option_spec *option, void *place, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	/* The comparisons are written so that "nan" fails. */
	if (end == text || *end != '\0' || !(seconds >= SECONDS_MIN) ||
	    !(seconds <= SECONDS_MAX)) {
		complain("--%s: not a number of seconds from %g to %d: %s",
		    option->name, SECONDS_MIN, SECONDS_MAX, text);
		return false;
	}
	*(unsigned *)place = (unsigned)(seconds * 1000 + 0.5);
	return true;
}

static bool
take_up_to(const struct option_spec *option, uint64_t *place,
    const char *text, int max)
{
	uint64_t number;

	if (!number_from_text(text, &number) || number > (uint64_t)max) {
		complain("--%s: not a number up to %d: %s", option->name,
		    max, text);
		return false;
	}
	*place = number;
	return true;
}

/* Each thread takes 128 or 256 MiB, which is what bounds their number in
 * practice. */
static bool
take_threads(const struct option_spec *option, void *place, const char *text)
{
	return take_up_to(option, place, text, THREADS_MAX);
}

static bool
take_limit(const struct option_spec *option, void *place, const char *text)
{
	return take_up_to(option, place, text, MAP_MAX);
}

/* Read "BLOCKS" or "BLOCKS,SECONDS". Without seconds a block may have any age.
 */
static bool
limits_from_text(const char *text, struct peer_limits *limits)
{
	const char *comma = strchr(text, ',');
	char lag[24];
	size_t size = comma == NULL ? strlen(text) : (size_t)(comma - text);

	if (size >= sizeof lag)
		return false;
	memcpy(lag, text, size);
	lag[size] = '\0';
	limits->age_s = 0;
	return number_from_text(lag, &limits->lag) && (comma == NULL ||
	    (number_from_text(comma + 1, &limits->age_s) &&
	    limits->age_s > 0));
}

/* --warn and --critical have the same form. */
static bool
take_limits(const struct option_spec *option, void *place, const char *text)
{
	if (limits_from_text(text, place))
		return true;
	complain("--%s: not BLOCKS or BLOCKS,SECONDS: %s", option->name,
	    text);
	return false;
}

/* --- tables --------------------------------------------------------------- */

#define ROW(letter, name, argument, help, take, member) \
	OPTION(letter, name, argument, help, take, struct peer_options, \
	member)

static const struct option_spec options[] = {
	ROW('n', "node", "NODE", "KEY@HOST:PORT or a name in the "
	    "configuration; repeatable", take_node, nodes),
	ROW('a', "all", NULL, "a row for each node given or configured",
	    option_flag, all),
	ROW('f', "config", "FILE", "configuration with nodes and chain",
	    option_text, config),
	ROW('C', "chain", "NAME", "bitmark, testing or local", option_chain,
	    chain),
	ROW('r', "rules", "8.2|0.16|any", "submit: send nothing that these "
	    "rules do not know (any)", option_rules_any, rules),
	ROW('k', "key", "FILE", "our private peer key; else a new one",
	    option_text, key),
	ROW('t', "timeout", "SECONDS", "for each request (10)",
	    take_seconds, timeout_ms),
	ROW('w', "watch", "SECONDS", "repeat after this time; ping: interval",
	    take_seconds, watch_ms),
	ROW('c', "count", "N", "repeat N times", option_count, count),
	ROW('j', "json", NULL, "one JSON object on each line", option_flag,
	    json),
	ROW(0, "raw", NULL, "block: packed bytes; submit: files are never "
	    "hex text", option_flag, raw),
	ROW(0, "hex", NULL, "block: packed bytes as a line of hex",
	    option_flag, hex),
	ROW(0, "wide", NULL, "shorten nothing", option_flag, wide),
	ROW(0, "proof", NULL, "submit: the arguments are pay id and nonce",
	    option_flag, proof),
	ROW(0, "warn", "BLOCKS[,SECONDS]", "check: lag and age of the newest "
	    "block (3,3600)", take_limits, warn),
	ROW(0, "critical", "BLOCKS[,SECONDS]",
	    "check: the same for a critical state (10,21600)",
	    take_limits, critical),
	{ .name = "submit-at", .argument = "HOST:PORT",
	    .help = "mine: where nonces are submitted (the next port)",
	    .take = option_text, .only = "mine",
	    .offset = offsetof(struct peer_options, submit_at) },
	{ .name = "threads", .argument = "N",
	    .help = "mine: threads that hash (one for each core)",
	    .take = take_threads, .only = "mine",
	    .offset = offsetof(struct peer_options, threads) },
	{ .name = "blocks", .argument = "N",
	    .help = "mine: end when N nonces were accepted",
	    .take = option_count, .only = "mine",
	    .offset = offsetof(struct peer_options, blocks) },
	{ .name = "any-nonce",
	    .help = "mine: the node asks for no work, as 0.16 on local",
	    .take = option_flag, .only = "mine",
	    .offset = offsetof(struct peer_options, any_nonce) },
	{ .name = "limit", .argument = "N",
	    .help = "map: nodes, at most (100)",
	    .take = take_limit, .only = "map",
	    .offset = offsetof(struct peer_options, limit) },
	{ .name = "dot",
	    .help = "map: print a graph for graphviz",
	    .take = option_flag, .only = "map",
	    .offset = offsetof(struct peer_options, dot) },
	{ .name = "from", .argument = "N",
	    .help = "subscribe: fill in from block N, then go on live",
	    .take = option_count, .only = "subscribe",
	    .offset = offsetof(struct peer_options, from) },
	{ .name = "event", .argument = "NAMES",
	    .help = "subscribe: only these events, as block,transfer",
	    .take = option_text, .only = "subscribe",
	    .offset = offsetof(struct peer_options, events) },
	{ .name = "account", .argument = "ACCOUNT",
	    .help = "subscribe: only records that concern it",
	    .take = option_text, .only = "subscribe",
	    .offset = offsetof(struct peer_options, account) },
	{ .name = "asset", .argument = "ID",
	    .help = "subscribe: only records of this asset",
	    .take = option_text, .only = "subscribe",
	    .offset = offsetof(struct peer_options, asset) },
	{ .name = NULL },
};

/* check takes any number of arguments and checks them itself: a monitoring
 * system shows its one line of output, so it prints that line whatever is
 * wrong. */
static const struct command_spec commands[] = {
	{ "info", "", 0, 0,
	    "version, chain, mode, height, top digest, round trip",
	    peer_info },
	{ "height", "", 0, 0, "number of the newest block", peer_height },
	{ "hash", "N", 1, 1, "digest of block N", peer_hash },
	{ "block", "N|N-M|tip", 1, 1, "the block, or each block from N to M",
	    peer_block },
	{ "ping", "", 0, 0, "round-trip times of a small request",
	    peer_ping },
	{ "submit", "[DATA]", 0, 2, "hand over a block, assets, issues, a "
	    "transfer or a proof", peer_submit },
	{ "subscribe", "", 0, 0, "follow a publisher; a second node has the "
	    "blocks", peer_subscribe },
	{ "mine", "", 0, 0, "find blocks for the jobs of a node",
	    peer_mine },
	{ "map", "", 0, 0,
	    "find the nodes of a network, and which of them know each other",
	    peer_map },
	{ "check", "", 0, -1, "a line and an exit code for monitoring",
	    peer_check },
	{ .name = NULL },
};

static const struct program program = {
	.name = "bitmark-peer",
	.purpose = "Ask, feed and follow nodes of the Bitmark network.",
	.options = options,
	.commands = commands,
	.output_failed = EXIT_STORE,
};

int
main(int argc, char **argv)
{
	struct peer_options values = {
		.rules = bitmark_rules_decode(),
		.timeout_ms = TIMEOUT_DEFAULT_MS,
		.limit = MAP_DEFAULT,
		.warn = { .lag = 3, .age_s = 3600 },
		.critical = { .lag = 10, .age_s = 21600 },
	};

	return program_main(&program, &values, argc, argv);
}
