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

/* The longest wait for an event before the program looks for a signal again,
 * and the pause before it tries a publisher again that refuses it.
 * Milliseconds. */
#define TURN_MS 500

/* News of the connection to the publisher. */
static void
take_connection(const struct peer_follow *f, enum bitmark_notice_type type)
{
	switch (type) {
	case BITMARK_NOTICE_CONNECTED:
		show_notice(f, "connected");
		break;
	case BITMARK_NOTICE_LOST:
		show_notice(f, "lost");
		break;
	case BITMARK_NOTICE_SILENT:
		show_notice(f, "silent");
		break;
	case BITMARK_NOTICE_EVENT:
		break;
	}
}

/* Show a notice of the subscriber. True: it was an event that was shown, which
 * --count counts. */
static bool
take_notice(struct peer_follow *f, const struct bitmark_notice *notice)
{
	bool shown = false;

	if (notice->type != BITMARK_NOTICE_EVENT)
		take_connection(f, notice->type);
	else if (strcmp(notice->event, "block") == 0 && notice->count > 0)
		shown = follow_block(f, notice->parameter[0]);
	else
		shown = show_event(f, notice);
	fflush(stdout);
	return shown;
}

/* The first connection failed. A publisher that is full closes the connection
 * during the handshake, exactly as one with another key does, so both causes
 * are named. */
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

/* The address is that of a publisher; requests are answered at another port. */
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

/* With a publisher alone, blocks that it publishes while the connection is down
 * are missed. */
static int
subscribe(const struct peer_options *o, struct peer_targets *targets,
    struct peer_follow *f)
{
	struct bitmark_subscriber *subscriber = NULL;
	int code = open_subscriber(o, targets, &subscriber);

	if (code == EXIT_DONE)
		code = follow(o, &targets->list[0], subscriber, f);
	bitmark_subscriber_close(subscriber);
	return code;
}

/* --- with a node ------------------------------------------------------------ */

/* The state of following a node, as far as it is shown. */
struct progress {
	const struct peer_targets *targets;
	struct peer_follow *f;
	bool was_connected;             /* to the publisher                  */
	bool was_answered;              /* by the node                       */
	uint64_t shown;                 /* for --count                       */
};

/* A node that is away is waited for. One with another key or chain than the
 * command line says is probably a mistake there, so it ends the program, unless
 * it has answered before. */
static int
node_failed(const struct progress *p, bitmark_status status)
{
	const int code = peer_failed(&p->targets->list[1], status);

	return !p->was_answered && (status == BITMARK_E_WRONG_SERVER_KEY ||
	    status == BITMARK_E_WRONG_PORT ||
	    status == BITMARK_E_INVALID_CHAIN ||
	    status == BITMARK_E_INCORRECT_CHAIN) ? code : EXIT_DONE;
}

/* A block that was added shows that the node answers; after that its failures
 * are waited out. */
static int
take_follower_event(struct progress *p,
    const struct bitmark_follower_event *e)
{
	switch (e->type) {
	case BITMARK_FOLLOWER_ADDED:
		p->shown += show_block(p->f, e->block, e->digest);
		p->was_answered = true;
		break;
	case BITMARK_FOLLOWER_REMOVED:
		show_removed(p->f, e->number, e->digest);
		break;
	case BITMARK_FOLLOWER_CURRENT:
		show_current(p->f, e->number);
		p->was_answered = true;
		break;
	case BITMARK_FOLLOWER_NODE_FAILED:
		return node_failed(p, e->status);
	case BITMARK_FOLLOWER_PUBLISHER_FAILED:
		return p->was_connected ? EXIT_DONE :
		    not_let_in(&p->targets->list[0], e->status);
	case BITMARK_FOLLOWER_NOTICE:
		p->was_connected = true;
		p->shown += take_notice(p->f, e->notice);
		break;
	}
	fflush(stdout);
	return EXIT_DONE;
}

/* The loop is that of follow, with the follower in place of the subscriber. */
static int
follow_node(const struct peer_options *o, struct bitmark_follower *follower,
    struct progress *p)
{
	const uint64_t patient_us = bitmark_clock_us() +
	    (uint64_t)o->timeout_ms * 1000;
	struct bitmark_follower_event event = { .struct_size = sizeof event };
	int code = EXIT_DONE;

	while (code == EXIT_DONE && stop_signal() == 0 && !ferror(stdout) &&
	    (o->count == 0 || p->shown < o->count)) {
		const bitmark_status status = bitmark_follower_next(follower,
		    TURN_MS, &event);

		if (status == BITMARK_OK)
			code = take_follower_event(p, &event);
		else if (status == BITMARK_E_PREVIOUS)
			return complain("the node has been on another branch "
			    "for more than %d blocks: start again with a "
			    "smaller --from",
			    BITMARK_FOLLOWER_KNOWN), exit_code_of(status);
		else if (status != BITMARK_E_TIMEOUT)
			return peer_failed(&p->targets->list[1], status);
		else if (!p->was_connected && bitmark_clock_us() > patient_us)
			return not_let_in(&p->targets->list[0],
			    BITMARK_E_NO_CONNECTION);
	}
	return code;
}

/* The first node, the publisher, tells when there is something new; the second
 * one has the blocks. */
static int
subscribe_with_node(const struct peer_options *o,
    const struct peer_targets *targets, struct peer_follow *f)
{
	const struct peer_target *publisher = &targets->list[0];
	const struct peer_target *node = &targets->list[1];
	struct bitmark_follower_config config = {
		.struct_size = sizeof config, .chain = targets->chain->name,
		.node = node->address, .publisher = publisher->address,
		.from = o->from, .timeout_ms = o->timeout_ms };
	struct progress progress = { .targets = targets, .f = f };
	struct bitmark_follower *follower = NULL;
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	bitmark_status status = BITMARK_OK;
	int code;

	memcpy(config.node_key, node->key, sizeof config.node_key);
	memcpy(config.publisher_key, publisher->key,
	    sizeof config.publisher_key);
	if (o->key != NULL) {
		status = bitmark_peer_key_read_private(o->key, key);
		config.private_key = key;
	}
	if (status == BITMARK_OK)
		status = bitmark_follower_open(&follower, &config);
	explicit_bzero(key, sizeof key);
	code = status != BITMARK_OK ? peer_failed(publisher, status) :
	    follow_node(o, follower, &progress);
	bitmark_follower_close(follower);
	return code;
}

static int
subscribe_to(const struct peer_options *o, struct peer_targets *targets,
    struct peer_filter *filter)
{
	struct peer_follow f = { .chain = targets->chain, .json = o->json,
		.filter = filter };

	if (targets->count > 2)
		return usage_error("subscribe needs a publisher, and at most "
		    "one node that has the blocks");
	if (o->from != 0 && targets->count < 2)
		return usage_error("--from needs a second node, which has the "
		    "blocks: the first is a publisher");
	/* A publisher answers no requests. */
	bitmark_client_close(targets->list[0].client);
	targets->list[0].client = NULL;
	stop_catch(STOP_IS_CAUGHT);
	return targets->count == 2 ? subscribe_with_node(o, targets, &f) :
	    subscribe(o, targets, &f);
}

/* The filter is made first, so that a mistake in it is found before any
 * connection. */
int
peer_subscribe(void *options, int argc, char **argv)
{
	struct peer_filter *filter = peer_filter_new(options);
	struct peer_targets targets;
	int code;

	(void)argc;
	(void)argv;
	if (filter == NULL)
		return EXIT_USAGE;
	code = peer_targets_open(options, &targets);
	if (code == EXIT_DONE)
		code = subscribe_to(options, &targets, filter);
	peer_targets_close(&targets);
	peer_filter_free(filter);
	return code;
}
