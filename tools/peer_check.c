/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-peer check: is a node well?  It prints one line and exits with a code
 * as plug-ins of Nagios and other monitoring systems do.  The first node is
 * checked; the others say how high the chain is.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "peer_commands.h"

/* Exit codes.  Source: Monitoring Plugins Development Guidelines */
enum verdict {
	VERDICT_OK = 0,
	VERDICT_WARNING = 1,
	VERDICT_CRITICAL = 2,
	VERDICT_UNKNOWN = 3,
};

/* Findings about the first node. */
struct findings {
	uint64_t height;
	uint64_t age_s;                 /* of its newest block */
	uint64_t round_trip_us;
	bool has_lag;                   /* another node answered */
	bool wants_lag;                 /* another node was asked */
	uint64_t lag;
};

/* The words that monitoring systems expect in front of the text. */
static const char *
verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_OK:
		return "OK";
	case VERDICT_WARNING:
		return "WARNING";
	case VERDICT_CRITICAL:
		return "CRITICAL";
	case VERDICT_UNKNOWN:
		return "UNKNOWN";
	}
	return "UNKNOWN";
}

/* The header of the newest block: its time says whether the chain still grows,
 * which a node that has lost all its peers does not notice itself.  A node does
 * not send block 1, which is in every program. */
static bitmark_status
newest_header(const struct peer_targets *targets, uint64_t height,
    struct bitmark_header *header)
{
	const struct bitmark_chain_params *chain = targets->chain;
	uint8_t *block;
	size_t size;
	bitmark_status status;

	if (height == BITMARK_GENESIS_NUMBER)
		return bitmark_header_parse(chain->genesis,
		    chain->genesis_size, header);
	status = bitmark_client_block(targets->list[0].client, height, &block,
	    &size);
	if (status != BITMARK_OK)
		return status;
	status = bitmark_header_parse(block, size, header);
	if (status == BITMARK_OK && header->number != height)
		status = BITMARK_E_NUMBER;
	bitmark_free(block);
	return status;
}

/* The second request is measured: the first one had to connect. */
static bitmark_status
examine(const struct peer_targets *targets, struct findings *f)
{
	struct bitmark_client *client = targets->list[0].client;
	const uint64_t now_s = bitmark_clock_wall_s();
	struct bitmark_info info = { .struct_size = sizeof info };
	struct bitmark_header header;
	uint64_t start_us;
	/* The reply to I names the chain of the node, that to N does not. */
	bitmark_status status = bitmark_client_info(client, &info);

	if (status != BITMARK_OK)
		return status;
	if (strcmp(info.chain, targets->chain->name) != 0)
		return BITMARK_E_INCORRECT_CHAIN;
	start_us = bitmark_clock_us();
	status = bitmark_client_height(client, &f->height);
	f->round_trip_us = bitmark_clock_us() - start_us;
	if (status == BITMARK_OK)
		status = newest_header(targets, f->height, &header);
	/* Clocks differ a little: a block from the future is new. */
	if (status == BITMARK_OK)
		f->age_s = header.timestamp < now_s ?
		    now_s - header.timestamp : 0;
	return status;
}

/* The highest of the other nodes counts; one that does not answer is passed
 * over. */
static void
compare(const struct peer_targets *targets, struct findings *f)
{
	uint64_t height;

	for (size_t i = 1; i < targets->count; i++) {
		f->wants_lag = true;
		if (bitmark_client_height(targets->list[i].client, &height) !=
		    BITMARK_OK)
			continue;
		f->has_lag = true;
		if (height > f->height && height - f->height > f->lag)
			f->lag = height - f->height;
	}
}

/* A limit of 0 seconds stands for none. */
static bool
is_above(const struct findings *f, const struct peer_limits *limits)
{
	return (f->has_lag && f->lag > limits->lag) ||
	    (limits->age_s > 0 && f->age_s > limits->age_s);
}

/* Behind the bar stands what a monitoring system draws as a graph. */
static void
print_findings(const struct peer_options *o, const struct findings *f,
    enum verdict verdict)
{
	printf("BITMARK %s - height %" PRIu64 ", ", verdict_name(verdict),
	    f->height);
	if (f->has_lag)
		printf("%" PRIu64 " behind, ", f->lag);
	else if (f->wants_lag)
		printf("no other node answers, ");
	printf("newest block %" PRIu64 " s old | height=%" PRIu64, f->age_s,
	    f->height);
	if (f->has_lag)
		printf(" lag=%" PRIu64 ";%" PRIu64 ";%" PRIu64, f->lag,
		    o->warn.lag, o->critical.lag);
	printf(" age=%" PRIu64 "s", f->age_s);
	if (o->warn.age_s > 0 && o->critical.age_s > 0)
		printf(";%" PRIu64 ";%" PRIu64, o->warn.age_s,
		    o->critical.age_s);
	printf(" time=%.6fs\n", (double)f->round_trip_us / 1000000);
}

/* A node that does not answer is critical whatever the limits say. */
static enum verdict
check(const struct peer_options *o, const struct peer_targets *targets)
{
	char text[PEER_FAILURE_MAX];
	struct findings f = { 0 };
	bitmark_status status = examine(targets, &f);
	enum verdict verdict = VERDICT_OK;

	if (status != BITMARK_OK) {
		peer_failure_text(&targets->list[0], status, text);
		printf("BITMARK CRITICAL - %s\n", text);
		return VERDICT_CRITICAL;
	}
	compare(targets, &f);
	if (is_above(&f, &o->critical))
		verdict = VERDICT_CRITICAL;
	else if (is_above(&f, &o->warn) || f.wants_lag != f.has_lag)
		verdict = VERDICT_WARNING;
	print_findings(o, &f, verdict);
	return verdict;
}

/* A monitoring system shows the line, so that the command must print it also
 * when it is used wrongly. false: has complained. */
static bool
is_right_use(const struct peer_options *o, int argc)
{
	if (argc != 1)
		(void)usage_error("check takes no argument");
	else if (o->json)
		(void)usage_error("check prints a line for monitoring, no "
		    "JSON");
	return argc == 1 && !o->json;
}

/* Its exit codes are those of the plugins of monitoring systems, and not
 * those of the other commands. */
int
peer_check(void *options, int argc, char **argv)
{
	const struct peer_options *o = options;
	enum verdict verdict = VERDICT_UNKNOWN;
	struct peer_targets targets = { .count = 0 };

	(void)argv;
	if (is_right_use(o, argc) &&
	    peer_targets_open(o, &targets) == EXIT_DONE)
		verdict = check(o, &targets);
	else
		puts("BITMARK UNKNOWN - wrong use or configuration");
	peer_targets_close(&targets);
	/* Without its line the verdict says nothing: UNKNOWN. */
	return fflush(stdout) == 0 && !ferror(stdout) ? (int)verdict :
	    VERDICT_UNKNOWN;
}
