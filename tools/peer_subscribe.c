/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-peer subscribe: show what a node publishes to local programs, as it
 * comes.
 */
#include <string.h>

#include "peer_commands.h"
#include "peer_follow.h"
#include "shared/stop.h"

/* The wait between two looks for a signal while nothing comes, and between two
 * tries at a publisher that refuses us. */
#define TURN_MS 500

/* Blocks make the chain that is followed; all other events are only shown.
 * They are of transactions that wait: one that was missed is found in its
 * block. */
static bool
take_event(struct peer_follow *f, const struct bitmark_notice *notice)
{
	if (strcmp(notice->event, "block") == 0 && notice->count > 0)
		return follow_block(f, notice->parameter[0]);
	show_event(f, notice);
	return true;
}

/* Show something that the subscriber noticed; true: it was a published event,
 * which --count counts. */
static bool
take_notice(struct peer_follow *f, const struct bitmark_notice *notice)
{
	bool shown = false;

	switch (notice->type) {
	case BITMARK_NOTICE_CONNECTED:
		show_notice(f, "connected");
		follow_catch_up(f);
		break;
	case BITMARK_NOTICE_LOST:
		show_notice(f, "lost");
		break;
	case BITMARK_NOTICE_SILENT:
		show_notice(f, "silent");
		break;
	case BITMARK_NOTICE_EVENT:
		shown = take_event(f, notice);
		break;
	}
	fflush(stdout);
	return shown;
}

/* The first connection was not made.  A publisher that is full closes it in its
 * handshake, as one with another key does, so both causes are told. */
static int
not_let_in(const struct peer_target *target, bitmark_status status)
{
	complain("%s: %s, or it takes no more subscribers", target->name,
	    bitmark_strerror(status));
	return exit_code_of(status);
}

/*
 * Show events until there were enough, or a signal comes.  A publisher that
 * cannot be reached at first is an error, as it is probably a mistake in the
 * command.  One that goes away later, or is full when we come back, is waited
 * for.
 */
static int
follow(const struct peer_options *o, const struct peer_target *target,
    struct bitmark_subscriber *subscriber, struct peer_follow *f)
{
	const uint64_t patient_us = bitmark_clock_us() +
	    (uint64_t)o->timeout_ms * 1000;
	struct bitmark_notice notice = { .struct_size = sizeof notice };
	bool was_connected = false;
	uint64_t events = 0;
	bitmark_status status;

	while (stop_signal() == 0 && !ferror(stdout)) {
		status = bitmark_subscriber_next(subscriber, TURN_MS,
		    &notice);
		if (status == BITMARK_OK) {
			was_connected = true;
			if (take_notice(f, &notice) && ++events == o->count)
				break;
		} else if (status == BITMARK_E_WRONG_SERVER_KEY ||
		    (status == BITMARK_E_WRONG_PORT && was_connected)) {
			if (!was_connected)
				return not_let_in(target, status);
			peer_sleep_ms(TURN_MS);
		} else if (status != BITMARK_E_TIMEOUT &&
		    status != BITMARK_E_HOST_NOT_FOUND) {
			return peer_failed(target, status);
		} else if (!was_connected && bitmark_clock_us() > patient_us) {
			return status == BITMARK_E_HOST_NOT_FOUND ?
			    peer_failed(target, status) :
			    not_let_in(target, BITMARK_E_NO_CONNECTION);
		}
	}
	return EXIT_DONE;
}

/* The address is that of a publisher, which is another port than that of
 * requests. */
static int
open_subscriber(const struct peer_options *o,
    const struct peer_targets *targets,
    struct bitmark_subscriber **subscriber)
{
	const struct peer_target *target = &targets->list[0];
	struct bitmark_subscriber_config config = {
		.struct_size = sizeof config,
		.chain = targets->chain->name, .address = target->address,
	};
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	bitmark_status status = BITMARK_OK;

	memcpy(config.server_key, target->key, sizeof config.server_key);
	if (o->key != NULL) {
		status = bitmark_peer_key_read_private(o->key, key);
		config.private_key = key;
	}
	if (status == BITMARK_OK)
		status = bitmark_subscriber_open(subscriber, &config);
	explicit_bzero(key, sizeof key);
	return status == BITMARK_OK ? EXIT_DONE :
	    peer_failed(target, status);
}

/* A second node is the one that fills gaps. */
static int
subscribe(const struct peer_options *o, struct peer_targets *targets)
{
	struct bitmark_subscriber *subscriber = NULL;
	struct peer_follow f = { .chain = targets->chain, .json = o->json };
	int code;

	if (targets->count > 2)
		return usage_error("subscribe needs a publisher, and at most "
		    "one node to fill gaps");
	/* The first node is a publisher, which answers no requests. */
	bitmark_client_close(targets->list[0].client);
	targets->list[0].client = NULL;
	if (targets->count == 2)
		f.node = &targets->list[1];
	code = open_subscriber(o, targets, &subscriber);
	if (code == EXIT_DONE) {
		stop_catch(STOP_IS_CAUGHT);
		code = follow(o, &targets->list[0], subscriber, &f);
	}
	bitmark_subscriber_close(subscriber);
	return code;
}

int
peer_subscribe(void *options, int argc, char **argv)
{
	struct peer_targets targets;
	int code;

	(void)argc;
	(void)argv;
	code = peer_targets_open(options, &targets);
	if (code == EXIT_DONE)
		code = subscribe(options, &targets);
	peer_targets_close(&targets);
	return code;
}
