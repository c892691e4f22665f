/*
 * bitmark-peer - ask nodes of the Bitmark network, Go or ours; submit to them,
 * follow them, watch over them.
 */
#include <stdlib.h>
#include <string.h>

#include "peer.h"

/* Source: local choice; old nodes compute a digest for each answer to H. */
#define TIMEOUT_DEFAULT_MS 10000
#define SECONDS_MAX 86400
#define SECONDS_MIN 0.001

static const struct option_spec options[] = {
	{ 'n', "node", "NODE",
	    "KEY@HOST:PORT or a name in the configuration; repeatable" },
	{ 'a', "all", NULL, "a row for each node given or configured" },
	{ 'f', "config", "FILE", "configuration with nodes and chain" },
	{ 'C', "chain", "NAME", "bitmark, testing or local" },
	{ 'k', "key", "FILE", "our private peer key; else a new one" },
	{ 't', "timeout", "SECONDS", "for each request (10)" },
	{ 'w', "watch", "SECONDS", "repeat after this time; ping: interval" },
	{ 'c', "count", "N", "repeat N times" },
	{ 'j', "json", NULL, "one JSON object on each line" },
	{ 0, "raw", NULL,
	    "block: packed bytes; submit: files are never hex text" },
	{ 0, "hex", NULL, "block: packed bytes as a line of hex" },
	{ 0, "wide", NULL, "shorten nothing" },
	{ 0, "proof", NULL, "submit: the arguments are pay id and nonce" },
	{ 0, "warn", "BLOCKS[,SECONDS]",
	    "check: lag and age of the newest block (3,3600)" },
	{ 0, "critical", "BLOCKS[,SECONDS]", "check: the same (10,21600)" },
	{ 0, NULL, NULL, NULL },
};

static const struct command_spec commands[] = {
	{ "info", "", "version, chain, mode, height, top digest, round trip",
	    peer_info },
	{ "height", "", "number of the newest block", peer_height },
	{ "hash", "N", "digest of block N", peer_hash },
	{ "block", "N|N-M|tip", "the block, or each block from N to M",
	    peer_block },
	{ "ping", "", "round-trip times of a small request", peer_ping },
	{ "submit", "[DATA]", "hand over a block, assets, issues, a transfer "
	    "or a proof", peer_submit },
	{ "subscribe", "", "follow a publisher; a second node fills gaps",
	    peer_subscribe },
	{ "check", "", "a line and an exit code for monitoring", peer_check },
	{ NULL, NULL, NULL, NULL },
};

static bool
take_node(struct peer_options *o, const char *node)
{
	if (o->node_count == PEER_NODES_MAX) {
		complain("more than %d nodes", PEER_NODES_MAX);
		return false;
	}
	o->nodes[o->node_count++] = node;
	return true;
}

static bool
take_seconds(unsigned *ms, const char *name, const char *argument)
{
	char *end;
	double seconds = strtod(argument, &end);

	/* Written so that what is no number fails. */
	if (end == argument || *end != '\0' || !(seconds >= SECONDS_MIN) ||
	    !(seconds <= SECONDS_MAX)) {
		complain("--%s: not a number of seconds from %g to %d: %s",
		    name, SECONDS_MIN, SECONDS_MAX, argument);
		return false;
	}
	*ms = (unsigned)(seconds * 1000 + 0.5);
	return true;
}

static bool
take_count(struct peer_options *o, const char *argument)
{
	if (!number_from_text(argument, &o->count) || o->count == 0) {
		complain("--count: not a number above 0: %s", argument);
		return false;
	}
	return true;
}

static bool
take_limits(struct peer_limits *limits, const char *name,
    const char *argument)
{
	if (peer_limits_from_text(argument, limits))
		return true;
	complain("--%s: not BLOCKS or BLOCKS,SECONDS: %s", name, argument);
	return false;
}

static bool
take_flag(struct peer_options *o, const char *name)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "all", &o->all }, { "json", &o->json }, { "raw", &o->raw },
		{ "hex", &o->hex }, { "wide", &o->wide },
		{ "proof", &o->proof },
	};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (strcmp(name, flags[i].name) == 0)
			*flags[i].flag = true;
	return true;
}

static bool
take(void *user, const char *name, const char *argument)
{
	struct peer_options *o = user;

	if (strcmp(name, "node") == 0)
		return take_node(o, argument);
	if (strcmp(name, "timeout") == 0)
		return take_seconds(&o->timeout_ms, name, argument);
	if (strcmp(name, "watch") == 0)
		return take_seconds(&o->watch_ms, name, argument);
	if (strcmp(name, "count") == 0)
		return take_count(o, argument);
	if (strcmp(name, "warn") == 0)
		return take_limits(&o->warn, name, argument);
	if (strcmp(name, "critical") == 0)
		return take_limits(&o->critical, name, argument);
	if (strcmp(name, "config") == 0)
		o->config = argument;
	else if (strcmp(name, "chain") == 0)
		o->chain = argument;
	else if (strcmp(name, "key") == 0)
		o->key = argument;
	else
		return take_flag(o, name);
	return true;
}

int
main(int argc, char **argv)
{
	static const struct tool_spec tool = {
		.name = "bitmark-peer",
		.purpose = "Ask, feed and follow nodes of the Bitmark network.",
		.options = options,
		.commands = commands,
		.take = take,
	};
	struct peer_options o = { .timeout_ms = TIMEOUT_DEFAULT_MS,
		.warn = { .lag = 3, .age_s = 3600 },
		.critical = { .lag = 10, .age_s = 21600 } };

	return tool_main(&tool, &o, argc, argv);
}
