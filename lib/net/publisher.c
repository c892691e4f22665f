/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The socket of a publisher, its subscriptions and its messages.  It is an XPUB
 * and not a PUB socket, because an XPUB hands the subscriptions of the
 * subscribers to the program, so they can be counted and bounded.
 * Source: bitmarkd v8.2 publish/broadcaster.go, publish/setup.go
 */
#include "net/publisher_impl.h"

#include <bitmarkpeer/block.h>
#include <bitmarkpeer/rules.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codec/log.h"
#include "net/bind.h"
#include "net/budget.h"
#include "net/curve.h"
#include "net/monitor.h"

#define MODULE "publisher"

/* Longest frame that a subscriber may send: its handshake or a prefix.
 * Bytes.  Source: local bound; the prefixes that match are shorter than 8 */
#define SUBSCRIPTION_MAX 1024
/* Useless prefixes and other messages that one connection may send; more, and
 * it is cut off.  libzmq keeps a tree node for each byte of a prefix, even with
 * ZMQ_XPUB_MANUAL, so prefixes without a bound would fill the memory.
 * Source: local bound; programs of v8.2 send one prefix, their chain */
#define STRAYS_MAX 16
/* Messages of subscribers that are read in one call of drive. */
#define TURN_MAX 100000
/* How long a subscriber may take to prove itself.  Source: local bound. */
#define HANDSHAKE_MS 10000
/* A subscriber that does not read for so long is cut off.
 * Source: bitmarkd v8.2 zmqutil/socket.go, send timeout */
#define UNREAD_MS 120000

/* Source: bitmarkd v8.2 publish/broadcaster.go */
#define HEART_EVENT "heart"
#define HEART_PARAMETER "beat"

/* Frames in front of the parameters: chain and event. */
#define HEAD_FRAMES 2
#define FRAMES_MAX (HEAD_FRAMES + BM_PUBLISHER_PARAMETERS_MAX)

/* --- start and stop ------------------------------------------------------- */

static bitmark_status
open_pub(struct bm_publisher *p,
    const uint8_t private_key[BITMARK_PEER_KEY_SIZE])
{
	const int64_t frame_max = SUBSCRIPTION_MAX;
	bitmark_status status;

	p->pub = zmq_socket(p->zmq, ZMQ_XPUB);
	if (p->pub == NULL)
		return bm_net_status(errno);
	status = bm_curve_server(p->zmq, p->pub, private_key,
	    BM_ZAP_PUBLISHER);
	bm_net_option(p->pub, ZMQ_SNDHWM, BM_PUBLISHER_WAITING_MAX, &status);
	/* libzmq tells only of the first subscriber of a prefix, unless VERBOSE
	 * makes it tell of each: the others could not be counted. */
	bm_net_option(p->pub, ZMQ_XPUB_VERBOSE, 1, &status);
	bm_net_option(p->pub, ZMQ_TCP_MAXRT, UNREAD_MS, &status);
	bm_net_option(p->pub, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS, &status);
	bm_net_option_bytes(p->pub, ZMQ_MAXMSGSIZE, &frame_max,
	    sizeof frame_max, &status);
	return status;
}

static bitmark_status
bind_all(struct bm_publisher *p, const struct bm_publisher_config *config)
{
	char text[BITMARK_CONNECTION_TEXT_MAX];
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; i < config->bind_count && status == BITMARK_OK;
	    i++) {
		status = bm_bind_socket(p->pub, &config->bind[i],
		    &p->bound[i]);
		bitmark_connection_to_text(status == BITMARK_OK ?
		    &p->bound[i] : &config->bind[i], text);
		if (status == BITMARK_OK)
			bm_log(&p->env, BITMARK_LOG_INFO, MODULE,
			    "publishing at %s", text);
		else
			bm_log(&p->env, BITMARK_LOG_ERROR, MODULE,
			    "cannot publish at %s: %s", text,
			    strerror(errno));
	}
	return status;
}

static bitmark_status
open_sockets(struct bm_publisher *p, const struct bm_publisher_config *config)
{
	bitmark_status status = open_pub(p, config->private_key);

	if (status == BITMARK_OK)
		status = bm_monitor_open(p->zmq, p->pub,
		    ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED, &p->monitor);
	if (status == BITMARK_OK)
		status = bind_all(p, config);
	return status == BITMARK_OK || status == BITMARK_E_NOMEM ? status :
	    BITMARK_E_NET;
}

static void
close_sockets(struct bm_publisher *p)
{
	bm_monitor_close(p->pub, p->monitor);
	if (p->pub != NULL)
		(void)zmq_close(p->pub);
}

static bitmark_status
check(const struct bm_publisher_config *config)
{
	if (config->bind_count == 0 || config->connections_max == 0)
		return BITMARK_E_ARGUMENT;
	return strlen(config->chain) > BITMARK_CHAIN_NAME_MAX ?
	    BITMARK_E_INVALID_CHAIN : BITMARK_OK;
}

bitmark_status
bm_publisher_start(struct bm_publisher **publisher,
    const struct bm_publisher_config *config, uint64_t now_ms)
{
	struct bm_publisher *p;
	bitmark_status status = check(config);

	*publisher = NULL;
	if (status != BITMARK_OK)
		return status;
	p = calloc(1, sizeof *p);
	if (p == NULL)
		return BITMARK_E_NOMEM;
	p->zmq = config->zmq;
	p->env = config->env;
	memcpy(p->chain, config->chain, strlen(config->chain) + 1);
	p->connections_max = config->connections_max;
	p->due_ms = config->chain[0] == '\0' ? UINT64_MAX :
	    now_ms + BM_PUBLISHER_HEARTBEAT_MS;
	p->bound = calloc(config->bind_count, sizeof *p->bound);
	p->bound_count = config->bind_count;
	status = p->bound == NULL ? BITMARK_E_NOMEM :
	    bm_budget_new(&p->budget, BM_PUBLISHER_WAITING_BYTES);
	if (status == BITMARK_OK)
		status = open_sockets(p, config);
	if (status != BITMARK_OK) {
		bm_publisher_stop(p);
		return status;
	}
	*publisher = p;
	return BITMARK_OK;
}

void
bm_publisher_stop(struct bm_publisher *p)
{
	if (p == NULL)
		return;
	close_sockets(p);
	bm_budget_free(p->budget);
	free(p->connections);
	free(p->bound);
	free(p);
}

void
bm_publisher_bound(const struct bm_publisher *p, size_t index,
    struct bitmark_connection *bound)
{
	*bound = p->bound[index];
}

/* --- publishing ----------------------------------------------------------- */

/* The event as messages; none is left over after an error. */
static bitmark_status
make_messages(struct bm_publisher *p, const struct bitmark_span *frames,
    size_t count, zmq_msg_t messages[FRAMES_MAX])
{
	bitmark_status status = BITMARK_OK;
	size_t made;

	for (made = 0; made < count && status == BITMARK_OK; made++)
		status = bm_budget_message(p->budget, frames[made],
		    &messages[made]);
	if (status == BITMARK_OK)
		return BITMARK_OK;
	/* The last one was not made. */
	for (made--; made > 0; made--)
		(void)zmq_msg_close(&messages[made - 1]);
	return status;
}

static int
send_one(void *pub, zmq_msg_t *message, int flags)
{
	int sent;

	do
		sent = zmq_msg_send(message, pub, ZMQ_DONTWAIT | flags);
	while (sent < 0 && errno == EINTR);
	return sent;
}

/* Sending to an XPUB socket never waits.  If it fails in the middle of a
 * multipart message, an empty last frame ends that message, because libzmq
 * would take the frames of the next event for its continuation. */
static bitmark_status
send_messages(struct bm_publisher *p, zmq_msg_t *messages, size_t count)
{
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; i < count; i++) {
		if (status == BITMARK_OK && send_one(p->pub, &messages[i],
		    i + 1 < count ? ZMQ_SNDMORE : 0) >= 0)
			continue;
		if (status == BITMARK_OK) {
			status = errno == ENOMEM ? BITMARK_E_NOMEM :
			    BITMARK_E_NET;
			if (i > 0)
				(void)zmq_send(p->pub, "", 0, ZMQ_DONTWAIT);
		}
		(void)zmq_msg_close(&messages[i]);
	}
	return status;
}

static bitmark_status
send_frames(struct bm_publisher *p, const struct bitmark_span *frames,
    size_t count)
{
	zmq_msg_t messages[FRAMES_MAX];
	const bitmark_status status = make_messages(p, frames, count,
	    messages);

	if (status == BITMARK_E_BUSY)
		bm_publisher_cut_off_stuck(p);
	return status != BITMARK_OK ? status :
	    send_messages(p, messages, count);
}

static bitmark_status
publish(struct bm_publisher *p, const char *event,
    const struct bitmark_span *parameters, size_t count)
{
	struct bitmark_span frames[FRAMES_MAX] = {
		{ (const uint8_t *)p->chain, strlen(p->chain) },
		{ (const uint8_t *)event, strlen(event) },
	};

	if (count > BM_PUBLISHER_PARAMETERS_MAX ||
	    frames[1].size > BITMARK_BLOCK_MAX)
		return BITMARK_E_ARGUMENT;
	for (size_t i = 0; i < count; i++) {
		if (parameters[i].size > BITMARK_BLOCK_MAX)
			return BITMARK_E_ARGUMENT;
		frames[HEAD_FRAMES + i] = parameters[i];
	}
	return send_frames(p, frames, HEAD_FRAMES + count);
}

/* Counts an event that was published or lost, and logs a lost one. */
static bitmark_status
count_event(struct bm_publisher *p, const char *what, bitmark_status status)
{
	if (status == BITMARK_OK) {
		p->stats.published++;
		return status;
	}
	p->stats.lost++;
	bm_log(&p->env, BITMARK_LOG_WARN, MODULE, "lost %s: %s", what,
	    bitmark_strerror(status));
	return status;
}

bitmark_status
bm_publisher_publish(struct bm_publisher *p, const char *event,
    const struct bitmark_span *parameters, size_t count, uint64_t now_ms)
{
	const bitmark_status status = count_event(p, event,
	    publish(p, event, parameters, count));

	if (status == BITMARK_OK)
		p->due_ms = now_ms + BM_PUBLISHER_HEARTBEAT_MS;
	return status;
}

bitmark_status
bm_publisher_send(struct bm_publisher *p, struct bitmark_span frame)
{
	return count_event(p, "a message", send_frames(p, &frame, 1));
}

/* --- messages of subscribers ---------------------------------------------- */

/* Is the message a subscription that can match?  Its first byte is 1 to
 * subscribe and 0 to unsubscribe; the rest is a prefix of the wanted messages.
 * All messages begin with the chain's name, so a prefix that the name does not
 * begin with never matches. */
static bool
is_useful(const struct bm_publisher *p, struct bitmark_span message)
{
	return message.size > 0 && message.data[0] <= 1 &&
	    message.size - 1 <= strlen(p->chain) &&
	    memcmp(message.data + 1, p->chain, message.size - 1) == 0;
}

/* Take one message; false: there is none.  When a connection ends, libzmq makes
 * the messages that end its subscriptions itself: they have no descriptor, and
 * belong to no connection here. */
static bool
take_message(struct bm_publisher *p)
{
	struct bm_subscriber *from = NULL;
	struct bitmark_span text;
	zmq_msg_t message;
	bool taken;

	(void)zmq_msg_init(&message);
	taken = zmq_msg_recv(&message, p->pub, ZMQ_DONTWAIT) >= 0 ||
	    errno == EINTR;
	text = (struct bitmark_span){ zmq_msg_data(&message),
		zmq_msg_size(&message) };
	if (taken)
		from = bm_publisher_find_connection(p, zmq_msg_get(&message, ZMQ_SRCFD));
	if (from != NULL && is_useful(p, text))
		from->subscribed |= text.data[0] == 1;
	else if (from != NULL && from->strays++ == STRAYS_MAX)
		bm_publisher_cut_off(p, from->fd, "it subscribes to what there is not");
	(void)zmq_msg_close(&message);
	return taken;
}

/* The monitor's reports of new connections are read before the messages: libzmq
 * reports a connection before its first message, so the connection of each
 * message is known. */
static void
take_messages(struct bm_publisher *p)
{
	bm_publisher_count_connections(p);
	for (unsigned i = 0; i < TURN_MAX && take_message(p); i++)
		continue;
}

/* --- driving -------------------------------------------------------------- */

void
bm_publisher_drive(struct bm_publisher *p, uint64_t now_ms)
{
	static const struct bitmark_span beat = {
		(const uint8_t *)HEART_PARAMETER, sizeof HEART_PARAMETER - 1
	};

	take_messages(p);
	if (now_ms < p->due_ms)
		return;
	/* The time is set before sending, so that after a failure, too, the
	 * next heartbeat comes a minute later. */
	p->due_ms = now_ms + BM_PUBLISHER_HEARTBEAT_MS;
	(void)bm_publisher_publish(p, HEART_EVENT, &beat, 1, now_ms);
}

uint64_t
bm_publisher_deadline(const struct bm_publisher *p)
{
	return p->due_ms;
}

void
bm_publisher_poll_items(const struct bm_publisher *p,
    zmq_pollitem_t items[BM_PUBLISHER_ITEMS])
{
	items[0] = (zmq_pollitem_t){ p->monitor, 0, ZMQ_POLLIN, 0 };
	items[1] = (zmq_pollitem_t){ p->pub, 0, ZMQ_POLLIN, 0 };
}

void
bm_publisher_stats(const struct bm_publisher *p,
    struct bm_publisher_stats *stats)
{
	*stats = p->stats;
	for (size_t i = 0; i < p->stats.connections; i++)
		stats->subscribed += p->connections[i].subscribed;
}
