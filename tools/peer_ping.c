/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-peer ping: round-trip times of the request N, the smallest one that a
 * node answers from memory, shown as ping(8) does. The time covers libzmq,
 * CURVE and the node's loop together, which is what a peer of the node sees.
 */
#include <inttypes.h>
#include <stdio.h>

#include "peer.h"
#include "peer_commands.h"
#include "shared/json.h"
#include "shared/stop.h"

#define INTERVAL_DEFAULT_MS 1000

struct statistics {
	uint64_t sent, received;
	uint64_t least_us, most_us, sum_us;
};

/* The mean is computed at the end from the sum. */
static void
count_reply(struct statistics *s, uint64_t us)
{
	if (s->received == 0 || us < s->least_us)
		s->least_us = us;
	if (us > s->most_us)
		s->most_us = us;
	s->sum_us += us;
	s->received++;
}

/* A line for each reply, as soon as it comes. */
static int
print_reply(const struct peer_options *o, const struct statistics *s,
    uint64_t height, uint64_t us)
{
	if (!o->json) {
		printf("height %" PRIu64 "  seq %" PRIu64 "  time %.3f ms\n",
		    height, s->sent, (double)us / 1000);
		return EXIT_DONE;
	}
	return print_json(json_pack("{s:I, s:o, s:I}", "sequence",
	    (json_int_t)s->sent, "height", json_number(height),
	    "roundTripUs", (json_int_t)us));
}

/* Send one request, show its reply, and count both; gives its exit code. */
static int
ping_once(const struct peer_options *o, const struct peer_target *target,
    struct statistics *s)
{
	uint64_t start = bitmark_clock_us(), height, us;
	bitmark_status status = bitmark_client_height(target->client,
	    &height);

	us = bitmark_clock_us() - start;
	s->sent++;
	if (status != BITMARK_OK)
		return peer_failed(target, status);
	count_reply(s, us);
	(void)print_reply(o, s, height, us);
	fflush(stdout);
	return EXIT_DONE;
}

/* The end of ping(8)'s output, or one JSON object. */
static int
print_statistics(const struct peer_options *o,
    const struct peer_target *target, const struct statistics *s)
{
	uint64_t mean_us = s->received > 0 ? s->sum_us / s->received : 0;

	if (o->json)
		return print_json(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}",
		    "node", target->name, "sent", (json_int_t)s->sent,
		    "received", (json_int_t)s->received, "leastUs",
		    (json_int_t)s->least_us, "meanUs", (json_int_t)mean_us,
		    "mostUs", (json_int_t)s->most_us));
	printf("\n--- %s ping statistics ---\n%" PRIu64 " requests, %" PRIu64
	    " replies, %" PRIu64 "%% lost\n", target->name, s->sent,
	    s->received, s->sent == 0 ? 0 :
	    100 * (s->sent - s->received) / s->sent);
	if (s->received > 0)
		printf("round trip min/mean/max = %.3f/%.3f/%.3f ms\n",
		    (double)s->least_us / 1000, (double)mean_us / 1000,
		    (double)s->most_us / 1000);
	return EXIT_DONE;
}

/* Send requests until there were enough or a signal comes. The signal ends only
 * the pause, so that the statistics are still printed. Returns EXIT_DONE when
 * there was any reply, else the code of the last failure. */
static int
ping(const struct peer_options *o, const struct peer_target *target)
{
	unsigned wait = o->watch_ms > 0 ? o->watch_ms : INTERVAL_DEFAULT_MS;
	struct statistics s = { 0 };
	uint64_t height;
	int code, failed;
	/* The first request also makes the connection: it is not counted. */
	bitmark_status status = bitmark_client_height(target->client,
	    &height);

	if (status != BITMARK_OK)
		return peer_failed(target, status);
	stop_catch(STOP_IS_CAUGHT);
	if (!o->json)
		printf("PING %s\n", target->name);
	for (code = EXIT_DONE; stop_signal() == 0 && !ferror(stdout);) {
		failed = ping_once(o, target, &s);
		if (failed != EXIT_DONE)
			code = failed;
		if (s.sent == o->count || stop_signal() != 0)
			break;
		peer_sleep_ms(wait);
	}
	(void)print_statistics(o, target, &s);
	return s.received > 0 ? EXIT_DONE : code;
}

/* Without --count it runs until it is stopped. */
int
peer_ping(void *options, int argc, char **argv)
{
	struct peer_targets targets;
	int code;

	(void)argc;
	(void)argv;
	code = peer_targets_open(options, &targets);
	if (code == EXIT_DONE)
		code = targets.count == 1 ?
		    ping(options, &targets.list[0]) :
		    usage_error("ping asks one node");
	peer_targets_close(&targets);
	return code;
}
