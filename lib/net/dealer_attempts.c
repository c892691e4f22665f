/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Connecting to one of several addresses of a node.
 *
 * Each address that is tried has a socket and a monitor of its own, because a
 * libzmq socket that is told to connect to two addresses keeps both connections
 * and sends requests to them in turn.  The pair whose handshake succeeds first
 * becomes that of the dealer.
 *
 * Source: RFC 8305 5; bitmarkd v8.2 zmqutil/client.go
 */
#include "net/dealer_impl.h"

#include <errno.h>
#include <string.h>

#include "net/curve.h"
#include "net/monitor.h"
#include "os/random.h"

/* Source: bitmarkd v8.2 zmqutil/client.go identifierSize */
#define IDENTITY_SIZE 32
/* libzmq makes the attempt, and no second one. */
#define NO_RECONNECT (-1)
/* Events that the monitor reports. */
#define EVENTS (ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CLOSED | \
    ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | \
    ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)
#define NEVER UINT64_MAX
/* An address that nobody answers for is reported by the system after three
 * seconds or more, a port where nobody listens at once. */
#define UNREACHABLE_MS 2500

_Static_assert(2 * BM_ADDRESSES_MAX <= BM_DEALER_ITEMS,
    "all attempts can be waited for");

/* A status of libzmq or of a shared helper, as the header promises it. */
static bitmark_status
net_or_nomem(bitmark_status status)
{
	return status == BITMARK_OK || status == BITMARK_E_NOMEM ? status :
	    BITMARK_E_NET;
}

/* The identity is new for each connection.  A node keeps the replies for an
 * identity, and with the old one we would get those of requests that were given
 * up. */
static bitmark_status
set_options(struct bm_dealer *d, void *socket, bool v6)
{
	uint8_t identity[IDENTITY_SIZE];
	bitmark_status status;

	bm_random(&d->env, identity, sizeof identity);
	/* libzmq keeps identities that begin with 0 for itself. */
	identity[0] |= 1;
	status = bm_curve_client(socket, d->server_key, d->public_key,
	    d->private_key);
	bm_net_option_bytes(socket, ZMQ_ROUTING_ID, identity,
	    sizeof identity, &status);
	bm_net_option(socket, ZMQ_LINGER, d->linger_ms, &status);
	bm_net_option(socket, ZMQ_IPV6, v6, &status);
	bm_net_option(socket, ZMQ_RECONNECT_IVL, NO_RECONNECT, &status);
	bm_net_option(socket, ZMQ_RCVHWM, BM_DEALER_QUEUE_MAX, &status);
	if (d->subscribes && !d->is_probe)
		bm_net_option_bytes(socket, ZMQ_SUBSCRIBE, d->prefix,
		    strlen(d->prefix), &status);
	return status;
}

static void
close_attempt(struct bm_attempt *a)
{
	bm_monitor_close(a->socket, a->monitor);
	if (a->socket != NULL)
		(void)zmq_close(a->socket);
	*a = (struct bm_attempt){ .fd = -1 };
}

/* The monitor is there before the connection is begun: what happens in between
 * would not be reported to anybody, and the dealer would wait for it. */
static bitmark_status
open_attempt(struct bm_dealer *d, struct bm_attempt *a,
    const struct bitmark_connection *to, uint64_t now_ms)
{
	char address[BM_NET_ADDRESS_SIZE];
	bitmark_status status;

	*a = (struct bm_attempt){ .fd = -1, .since_ms = now_ms };
	d->history.tries++;
	bm_net_address(to, address);
	a->socket = zmq_socket(d->zmq, d->subscribes != d->is_probe ?
	    ZMQ_SUB : ZMQ_DEALER);
	if (a->socket == NULL)
		return net_or_nomem(bm_net_status(errno));
	status = set_options(d, a->socket, !bitmark_connection_is_v4(to));
	if (status == BITMARK_OK)
		status = bm_monitor_open(d->zmq, a->socket, EVENTS,
		    &a->monitor);
	if (status == BITMARK_OK && zmq_connect(a->socket, address) != 0)
		status = bm_net_status(errno);
	if (status != BITMARK_OK)
		close_attempt(a);
	return net_or_nomem(status);
}

void
bm_attempts_note(struct bm_dealer *d, enum bm_dealer_reason reason,
    const struct bitmark_connection *to)
{
	static const char *const text[] = {
		[BM_REASON_SOCKET] = "no socket could be opened",
		[BM_REASON_NAME_SERVER] = "no name server answers",
		[BM_REASON_NAME] = "the name cannot be found",
		[BM_REASON_UNREACHABLE] = "the host cannot be reached",
		[BM_REASON_NO_ANSWER] = "no answer",
		[BM_REASON_REFUSED] = "connection refused: nothing listens "
		    "at this port",
		[BM_REASON_KEY] = "it does not have this key, or is no node",
		[BM_REASON_PORT] = "it has this key, but another service at "
		    "this port",
	};

	d->history.failures++;
	/* A node that hangs up once may be restarting: the second time tells. */
	if (reason < d->telling || reason == BM_REASON_HUNG_UP)
		return;
	d->telling = reason;
	d->history.reason = text[reason];
	d->history.lacks_host = reason == BM_REASON_NAME;
	d->history.address = to != NULL ? *to :
	    (struct bitmark_connection){ .port = 0 };
}

static bool
is_any_open(const struct bm_dealer *d)
{
	for (size_t i = 0; i < d->begun; i++)
		if (d->attempt[i].socket != NULL)
			return true;
	return false;
}

/* Try the next address, or the first after it that can be tried.  An attempt
 * that has just begun has its whole time, whatever the others took. */
static bitmark_status
begin_next(struct bm_dealer *d, uint64_t now_ms)
{
	bitmark_status status = BITMARK_E_NET;

	while (d->begun < d->to.count && status != BITMARK_OK) {
		const size_t i = d->begun++;

		status = open_attempt(d, &d->attempt[i], &d->to.at[i], now_ms);
		if (status != BITMARK_OK)
			bm_attempts_note(d, BM_REASON_SOCKET, &d->to.at[i]);
	}
	d->next_ms = d->begun < d->to.count ? now_ms + BM_DEALER_DELAY_MS :
	    NEVER;
	if (status == BITMARK_OK)
		bm_dealer_enter(d, BM_DEALER_CONNECTING,
		    now_ms + BM_DEALER_ATTEMPT_MS);
	return status;
}

bitmark_status
bm_attempts_begin(struct bm_dealer *d, uint64_t now_ms)
{
	bitmark_status status;

	d->met = d->rejected = false;
	d->telling = BM_REASON_NONE;
	status = begin_next(d, now_ms);
	if (status != BITMARK_OK)
		d->begun = 0;
	return status;
}

void
bm_attempts_close(struct bm_dealer *d)
{
	for (size_t i = 0; i < d->begun; i++)
		close_attempt(&d->attempt[i]);
	d->begun = 0;
}

void
bm_attempts_give_up(struct bm_dealer *d)
{
	for (size_t i = 0; i < d->begun; i++)
		if (d->attempt[i].socket != NULL)
			bm_attempts_note(d, BM_REASON_NO_ANSWER,
			    &d->to.at[i]);
	bm_attempts_close(d);
}

/* No address led to a connection.  One that refused the handshake counts, even
 * when there was nobody at the others.  CURVE does not tell a client whether its
 * key or the type of its socket was refused, so when the key seems to be wrong
 * a socket of the other type is tried once: a publisher, or one that answers. */
static void
end_all(struct bm_dealer *d, uint64_t now_ms)
{
	d->reached = d->met;
	d->refusals = d->rejected ? d->refusals + 1 : 0;
	d->is_probe = d->refusals == BM_DEALER_REFUSALS;
	d->has_other = d->has_other && d->rejected;
	bm_attempts_close(d);
	bm_dealer_lose(d, now_ms);
}

/* The next address is tried at once. */
static void
fail(struct bm_dealer *d, struct bm_attempt *a, enum bm_dealer_reason reason,
    uint64_t now_ms)
{
	bm_attempts_note(d, reason, &d->to.at[a - d->attempt]);
	close_attempt(a);
	if (begin_next(d, now_ms) != BITMARK_OK && !is_any_open(d))
		end_all(d, now_ms);
}

/* libzmq does not hand on the error of the system. */
static enum bm_dealer_reason
reason_of_closed(const struct bm_dealer *d, const struct bm_attempt *a,
    uint64_t now_ms)
{
	return now_ms - a->since_ms >= UNREACHABLE_MS ||
	    !bm_address_has_route(&d->to.at[a - d->attempt]) ?
	    BM_REASON_UNREACHABLE : BM_REASON_REFUSED;
}

/* The node hung up during the handshake: has it done so several times? */
static enum bm_dealer_reason
reason_of_refusal(const struct bm_dealer *d)
{
	if (d->refusals + 1 < BM_DEALER_REFUSALS)
		return BM_REASON_HUNG_UP;
	return d->has_other ? BM_REASON_PORT : BM_REASON_KEY;
}

/* The sockets of the successful attempt become those of the dealer. */
static void
win(struct bm_dealer *d, struct bm_attempt *a, uint64_t now_ms)
{
	d->socket = a->socket;
	d->monitor = a->monitor;
	d->fd = a->fd;
	d->delivered = 0;
	d->look_ms = d->since_ms = now_ms;
	d->refusals = 0;
	d->has_other = false;
	d->history.address = d->to.at[a - d->attempt];
	a->socket = a->monitor = NULL;
	bm_attempts_close(d);
	bm_dealer_enter(d, BM_DEALER_CONNECTED, NEVER);
}

/*
 * Reports of libzmq 4.3 about one attempt, from which the reason has to be
 * guessed, because CURVE tells a client nothing of why it is refused:
 *
 *   nobody there           CLOSED
 *   all is well            CONNECTED, HANDSHAKE_SUCCEEDED, at last DISCONNECTED
 *   wrong server key       CONNECTED, FAILED (EPIPE or ECONNRESET: the node
 *                          hangs up when it cannot open our first message),
 *                          DISCONNECTED
 *   another mechanism, an  CONNECTED, FAILED of another kind or nothing,
 *   older or no protocol   DISCONNECTED
 *   silence                CONNECTED, after 30 s FAILED (EAGAIN), DISCONNECTED
 *
 * False: the attempt has ended, well or not.
 */
static bool
on_event(struct bm_dealer *d, struct bm_attempt *a, unsigned event,
    uint32_t value, uint64_t now_ms)
{
	switch (event) {
	case ZMQ_EVENT_CONNECTED:
		d->reached = d->met = true;
		a->fd = (int)value;
		if (d->next_ms != NEVER)
			d->next_ms = now_ms + BM_DEALER_HANDSHAKE_DELAY_MS;
		return true;
	case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
		a->silent = value == EAGAIN;
		return true;
	case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
		if (!d->is_probe) {
			win(d, a, now_ms);
			return false;
		}
		d->has_other = d->rejected = true;
		fail(d, a, BM_REASON_PORT, now_ms);
		return false;
	case ZMQ_EVENT_DISCONNECTED:
		d->rejected = d->rejected || !a->silent;
		fail(d, a, a->silent ? BM_REASON_NO_ANSWER :
		    reason_of_refusal(d), now_ms);
		return false;
	case ZMQ_EVENT_CLOSED:
		fail(d, a, reason_of_closed(d, a, now_ms), now_ms);
		return false;
	}
	return true;
}

static void
drive_one(struct bm_dealer *d, struct bm_attempt *a, uint64_t now_ms)
{
	unsigned event;
	uint32_t value;

	while (a->monitor != NULL &&
	    bm_monitor_next(a->monitor, &event, &value))
		if (!on_event(d, a, event, value, now_ms))
			return;
}

/* The number of attempts changes while they are walked through: it grows when
 * one fails, and is 0 when all is over. */
void
bm_attempts_drive(struct bm_dealer *d, uint64_t now_ms)
{
	for (size_t i = 0; i < d->begun; i++)
		drive_one(d, &d->attempt[i], now_ms);
	/* A failure here is none of the addresses that are being tried. */
	if (d->begun > 0 && now_ms >= d->next_ms)
		(void)begin_next(d, now_ms);
}

size_t
bm_attempts_items(const struct bm_dealer *d,
    zmq_pollitem_t items[BM_DEALER_ITEMS])
{
	size_t count = 0;

	for (size_t i = 0; i < d->begun; i++) {
		const struct bm_attempt *a = &d->attempt[i];

		if (a->socket == NULL)
			continue;
		items[count++] = (zmq_pollitem_t){ a->socket, 0, ZMQ_POLLIN,
			0 };
		items[count++] = (zmq_pollitem_t){ a->monitor, 0, ZMQ_POLLIN,
			0 };
	}
	return count;
}
