/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Messages for peers, which wait in a queue, for subscribers, which are sent at
 * once, and events for the program, which are calls of its own function.
 *
 * The queue is what keeps this part below the connections: a block or a
 * transaction is put in it in the middle of whatever found it, and the owner
 * lets the upstreams empty it at fixed places of a turn.
 */
#include "node/events.h"

#include <bitmarkpeer/os.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "codec/log.h"
#include "node/recent.h"

#define MODULE "events"

/* Pause before a block that cannot be read is tried again. */
#define RETRY_MS 1000

/* A message that waits for the upstreams.  The message itself is counted: all
 * sessions that are to send it share one copy of its bytes. */
struct waiting {
	STAILQ_ENTRY(waiting) entry;
	struct bitmark_message *message;
};

/* An event that must wait for the blocks before it. */
struct early {
	STAILQ_ENTRY(early) entry;
	struct bitmark_node_event event;
};

struct bm_events {
	struct bm_events_needs needs;
	struct bm_publisher *publisher;         /* NULL: none              */
	struct bm_recent recent;                /* that it has told        */
	STAILQ_HEAD(, waiting) waiting;
	bool caught_up;                         /* the program knows all blocks
	                                           that were stored before the
	                                           start                   */
	enum bitmark_mode told_mode;            /* what it knows of the mode */
	uint64_t changes;                       /* see bm_events_changes   */
	STAILQ_HEAD(, early) early;
};

bitmark_status
bm_events_new(struct bm_events **events, const struct bm_events_needs *needs)
{
	struct bm_events *e = calloc(1, sizeof *e);

	*events = e;
	if (e == NULL)
		return BITMARK_E_NOMEM;
	e->needs = *needs;
	e->told_mode = BITMARK_MODE_RESYNCHRONISE;
	e->recent.size = needs->settings->rules->publish_memory <
	    BM_RECENT_MAX ? needs->settings->rules->publish_memory :
	    BM_RECENT_MAX;
	STAILQ_INIT(&e->waiting);
	STAILQ_INIT(&e->early);
	return BITMARK_OK;
}

static void
drop_early(struct bm_events *e)
{
	struct early *early;

	while ((early = STAILQ_FIRST(&e->early)) != NULL) {
		STAILQ_REMOVE_HEAD(&e->early, entry);
		free(early);
	}
}

void
bm_events_free(struct bm_events *e)
{
	struct bitmark_message *message;

	if (e == NULL)
		return;
	bm_events_close(e);
	while ((message = bm_events_take(e)) != NULL)
		bitmark_message_free(message);
	drop_early(e);
	free(e);
}

/*
 * Peers and subscribers.
 */

bitmark_status
bm_events_publish(struct bm_events *e, void *zmq,
    const struct bitmark_node_config *config)
{
	const struct bm_settings *settings = e->needs.settings;
	struct bm_publisher_config publisher = {
		.zmq = zmq,
		.chain = settings->params->name,
		.bind_count = config->publish_count,
		.connections_max = settings->connections_max,
		.env = settings->env,
	};
	struct bitmark_connection *bind;
	bitmark_status status;

	if (config->publish_count == 0)
		return BITMARK_OK;
	status = bm_settings_resolve(settings, "publisher", config->publish,
	    config->publish_count, &bind);
	publisher.bind = bind;
	memcpy(publisher.private_key, config->publish_private_key != NULL ?
	    config->publish_private_key : config->private_key,
	    sizeof publisher.private_key);
	if (status == BITMARK_OK)
		status = bm_publisher_start(&e->publisher, &publisher,
		    bitmark_clock_ms());
	explicit_bzero(publisher.private_key, sizeof publisher.private_key);
	free(bind);
	return status;
}

/* The publisher's sockets belong to the node's context, so they are closed with
 * the other sockets and not when the rest is freed. */
void
bm_events_close(struct bm_events *e)
{
	if (e == NULL)
		return;
	bm_publisher_stop(e->publisher);
	e->publisher = NULL;
}

/* The queue needs no bound of its own: a turn takes in a bounded number of
 * requests, and at its end the queue is empty.  The sessions behind it have
 * bounds. */
static bitmark_status
queue_message(struct bm_events *e, enum bitmark_message_priority priority,
    const char *command, const struct bitmark_span *parameters, size_t count)
{
	struct waiting *waiting = malloc(sizeof *waiting);
	bitmark_status status = waiting == NULL ? BITMARK_E_NOMEM :
	    bitmark_message_new(&waiting->message, priority, command,
	    parameters, count);

	if (status == BITMARK_OK)
		STAILQ_INSERT_TAIL(&e->waiting, waiting, entry);
	else
		free(waiting);
	return status;
}

void
bm_events_tell(struct bm_events *e, enum bitmark_message_priority priority,
    const char *command, const struct bitmark_span *parameters, size_t count)
{
	bitmark_status status = queue_message(e, priority, command,
	    parameters, count);

	if (status != BITMARK_OK)
		bm_log(&e->needs.settings->env, BITMARK_LOG_ERROR, MODULE,
		    "%s is not relayed: %s", command,
		    bitmark_strerror(status));
	/* The publisher itself counts and logs what it loses. */
	if (e->publisher != NULL && !bm_recent_has(&e->recent, command,
	    parameters, count))
		(void)bm_publisher_publish(e->publisher, command, parameters,
		    count, e->needs.state->now.ms);
}

struct bitmark_message *
bm_events_take(struct bm_events *e)
{
	struct waiting *waiting = STAILQ_FIRST(&e->waiting);
	struct bitmark_message *message;

	if (waiting == NULL)
		return NULL;
	STAILQ_REMOVE_HEAD(&e->waiting, entry);
	message = waiting->message;
	free(waiting);
	return message;
}

void
bm_events_drive(struct bm_events *e)
{
	if (e->publisher != NULL)
		bm_publisher_drive(e->publisher, e->needs.state->now.ms);
}

uint64_t
bm_events_deadline(const struct bm_events *e)
{
	return e->publisher == NULL ? UINT64_MAX :
	    bm_publisher_deadline(e->publisher);
}

size_t
bm_events_items(const struct bm_events *e, zmq_pollitem_t *items)
{
	if (e->publisher == NULL)
		return 0;
	bm_publisher_poll_items(e->publisher, items);
	return BM_PUBLISHER_ITEMS;
}

void
bm_events_stats(const struct bm_events *e, struct bm_publisher_stats *stats)
{
	*stats = (struct bm_publisher_stats){ 0 };
	if (e->publisher != NULL)
		bm_publisher_stats(e->publisher, stats);
}

/*
 * The program.
 */

static void
emit(const struct bm_events *e, const struct bitmark_node_event *event)
{
	const struct bm_settings *settings = e->needs.settings;

	if (settings->event != NULL)
		settings->event(settings->env.user, event);
}

void
bm_events_block(struct bm_events *e, enum bitmark_node_event_type type,
    uint64_t number, struct bitmark_span block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bitmark_node_event event = {
		.type = type, .number = number, .block = block,
	};

	memcpy(event.digest, digest, sizeof event.digest);
	e->changes++;
	emit(e, &event);
}

uint64_t
bm_events_changes(const struct bm_events *e)
{
	return e->changes;
}

void
bm_events_note_change(struct bm_events *e)
{
	e->changes++;
}

void
bm_events_peer(struct bm_events *e, const uint8_t key[BITMARK_PEER_KEY_SIZE],
    const char *address, bool registered)
{
	struct bitmark_node_event event = {
		.type = registered ? BITMARK_NODE_PEER_UP :
		    BITMARK_NODE_PEER_DOWN,
		.address = address,
	};

	memcpy(event.key, key, sizeof event.key);
	emit(e, &event);
}

/* The owner calls this after every turn: only a change is an event.  Events are
 * told in the order in which they happened, and the blocks that were stored
 * before the start come first. */
void
bm_events_mode(struct bm_events *e, enum bitmark_mode mode)
{
	if (mode == e->told_mode ||
	    (!e->caught_up && mode != BITMARK_MODE_STOPPED))
		return;
	e->told_mode = mode;
	emit(e, &(struct bitmark_node_event){
	    .type = BITMARK_NODE_MODE_CHANGED, .mode = mode });
}

static void
keep_early(struct bm_events *e, const struct bitmark_node_event *event)
{
	struct early *early = malloc(sizeof *early);

	if (early == NULL) {
		bm_log(&e->needs.settings->env, BITMARK_LOG_ERROR, MODULE,
		    "an event is lost: %s",
		    bitmark_strerror(BITMARK_E_NOMEM));
		return;
	}
	early->event = *event;
	STAILQ_INSERT_TAIL(&e->early, early, entry);
}

/* Opening the reservoir may find that a block has confirmed a transaction
 * which the program has not been told of yet; blocks are told first. */
void
bm_events_transaction(void *events, enum bitmark_tx_change change,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE])
{
	struct bm_events *e = events;
	struct bitmark_node_event event = {
		.type = BITMARK_NODE_TRANSACTION, .change = change,
	};

	memcpy(event.tx_id, tx_id, sizeof event.tx_id);
	memcpy(event.pay_id, pay_id, sizeof event.pay_id);
	e->changes++;
	if (e->caught_up)
		emit(e, &event);
	else if (e->needs.settings->event != NULL)
		keep_early(e, &event);
}

/* The snapshot is taken anew for each block, and released after it: the
 * program may take its time, and a snapshot that is held keeps LMDB from
 * reusing pages that others free. */
/* Tell a block that is stored; false: it cannot be read now. */
static bool
tell_stored(struct bm_events *e, uint64_t number)
{
	struct bitmark_snapshot *snapshot = bm_state_snapshot(e->needs.state);
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_span block;
	bool found = snapshot != NULL &&
	    bitmark_snapshot_block(snapshot, number, &block) == BITMARK_OK &&
	    bitmark_snapshot_digest(snapshot, number, digest) == BITMARK_OK;

	if (found)
		bm_events_block(e, BITMARK_NODE_BLOCK_ADDED, number, block,
		    digest);
	bm_state_release(e->needs.state);
	return found;
}

/* Telling many thousand blocks takes long, and the owner does not poll its
 * wake-up meanwhile: so it is looked at here, and left readable for the
 * owner. */
static bool
is_stopping(const struct bm_events *e, int wait_ms)
{
	struct pollfd stop = { e->needs.stop->fd[0], POLLIN, 0 };

	return poll(&stop, 1, wait_ms) > 0;
}

/* No block may be left out, so one that cannot be read is tried again until it
 * can or the node stops (false). */
static bool
tell_all_stored(struct bm_events *e, uint64_t number, uint64_t last)
{
	bool good = true;

	while (number <= last) {
		if (is_stopping(e, good ? 0 : RETRY_MS))
			return false;
		if (tell_stored(e, number)) {
			number++;
			good = true;
			continue;
		}
		if (good)
			bm_log(&e->needs.settings->env, BITMARK_LOG_ERROR,
			    MODULE, "block %llu cannot be read",
			    (unsigned long long)number);
		good = false;
	}
	return true;
}

void
bm_events_catch_up(struct bm_events *e, uint64_t last)
{
	const struct bm_settings *settings = e->needs.settings;
	const struct early *early;
	uint64_t number = settings->events_from;

	/* The genesis block, number 1, is never stored. */
	if (settings->event != NULL && number != 0 &&
	    !tell_all_stored(e, number < 2 ? 2 : number, last))
		return;
	e->caught_up = true;
	STAILQ_FOREACH(early, &e->early, entry)
		emit(e, &early->event);
	drop_early(e);
}
