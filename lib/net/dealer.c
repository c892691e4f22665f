/*
 * The connection: opening, its monitor, its state.
 * Source: bitmarkd v8.2 zmqutil/client.go; bitmark-protocol(7), Security,
 * Socket options
 */
#include "net/dealer_impl.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "net/curve.h"
#include "net/monitor.h"
#include "net/wire.h"
#include "os/random.h"

/* Source: bitmarkd v8.2 zmqutil/client.go identifierSize */
#define IDENTITY_SIZE 32
/* libzmq makes the attempt, and no second one. */
#define NO_RECONNECT (-1)
/* Events that the monitor reports. */
#define EVENTS (ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CLOSED | \
    ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | \
    ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)

/* A status of libzmq or of a shared helper, as the header promises it. */
static bitmark_status
net_or_nomem(bitmark_status status)
{
	return status == BITMARK_OK || status == BITMARK_E_NOMEM ? status :
	    BITMARK_E_NET;
}

/* Close the connection, or give up looking for its address. */
static void
close_all(struct bm_dealer *d)
{
	bm_dealer_release(d);
	bm_monitor_close(d->socket, d->monitor);
	d->monitor = NULL;
	if (d->socket != NULL)
		(void)zmq_close(d->socket);
	d->socket = NULL;
	d->fd = -1;
	bm_resolver_free(d->resolver);
	d->resolver = NULL;
}

/* The identity is new for each connection.  A node keeps the replies for an
 * identity, and with the old one we would get those of requests that were given
 * up. */
static bitmark_status
set_options(struct bm_dealer *d, bool v6)
{
	uint8_t identity[IDENTITY_SIZE];
	bitmark_status status;

	bm_random(&d->env, identity, sizeof identity);
	/* libzmq keeps identities that begin with 0 for itself. */
	identity[0] |= 1;
	status = bm_curve_client(d->socket, d->server_key, d->public_key,
	    d->private_key);
	bm_net_option_bytes(d->socket, ZMQ_ROUTING_ID, identity,
	    sizeof identity, &status);
	bm_net_option(d->socket, ZMQ_LINGER, d->linger_ms, &status);
	bm_net_option(d->socket, ZMQ_IPV6, v6, &status);
	bm_net_option(d->socket, ZMQ_RECONNECT_IVL, NO_RECONNECT, &status);
	bm_net_option(d->socket, ZMQ_RCVHWM, BM_DEALER_QUEUE_MAX, &status);
	if (d->subscribes)
		bm_net_option_bytes(d->socket, ZMQ_SUBSCRIBE, d->prefix,
		    strlen(d->prefix), &status);
	return status;
}

/* The monitor is there before the connection is begun: what happens in between
 * would not be reported to anybody, and the dealer would wait for it. */
static bitmark_status
open_sockets(struct bm_dealer *d, const struct bitmark_connection *to)
{
	char address[BM_NET_ADDRESS_SIZE];
	bitmark_status status;

	bm_net_address(to, address);
	d->socket = zmq_socket(d->zmq, d->subscribes ? ZMQ_SUB : ZMQ_DEALER);
	if (d->socket == NULL)
		return bm_net_status(errno);
	status = set_options(d, !bitmark_connection_is_v4(to));
	if (status == BITMARK_OK)
		status = bm_monitor_open(d->zmq, d->socket, EVENTS,
		    &d->monitor);
	if (status == BITMARK_OK && zmq_connect(d->socket, address) != 0)
		status = bm_net_status(errno);
	return status;
}

/* The only function that changes the state. */
static void
enter(struct bm_dealer *d, enum bm_dealer_state state, uint64_t due_ms)
{
	d->state = state;
	d->due_ms = due_ms;
}

/* Reset the back-off only after a connection that lasted: a node that accepts
 * and hangs up at once must not be tried again quickly. */
static void
reward_lasting(struct bm_dealer *d, uint64_t now_ms)
{
	if (d->state == BM_DEALER_CONNECTED &&
	    now_ms - d->since_ms >= BM_DEALER_LASTING_MS)
		d->pause_ms = BM_DEALER_PAUSE_MS;
}

void
bm_dealer_lose(struct bm_dealer *d, uint64_t now_ms)
{
	reward_lasting(d, now_ms);
	enter(d, BM_DEALER_LOST, now_ms + d->pause_ms);
	if (d->pause_ms < BM_DEALER_PAUSE_MAX_MS)
		d->pause_ms *= 2;
}

/* Connect to this address. */
static bitmark_status
attempt(struct bm_dealer *d, const struct bitmark_connection *to,
    uint64_t now_ms)
{
	bitmark_status status = net_or_nomem(open_sockets(d, to));

	if (status != BITMARK_OK) {
		close_all(d);
		bm_dealer_lose(d, now_ms);
		return status;
	}
	enter(d, BM_DEALER_CONNECTING, now_ms + BM_DEALER_ATTEMPT_MS);
	return BITMARK_OK;
}

static bitmark_status
look_up(struct bm_dealer *d, uint64_t now_ms)
{
	bitmark_status status = bm_resolver_ask_host(&d->resolver,
	    d->endpoint.name, d->family);

	if (status != BITMARK_OK) {
		bm_dealer_lose(d, now_ms);
		return status;
	}
	/* Until the answer the question's own deadline counts. */
	enter(d, BM_DEALER_CONNECTING, UINT64_MAX);
	return BITMARK_OK;
}

bitmark_status
bm_dealer_reopen(struct bm_dealer *d, uint64_t now_ms)
{
	reward_lasting(d, now_ms);
	close_all(d);
	d->first_id = d->next_id;
	d->silent = false;
	return d->endpoint.name[0] != '\0' ? look_up(d, now_ms) :
	    attempt(d, &d->endpoint.to, now_ms);
}

/* The outcome of an attempt: there is nobody. */
static void
on_nobody(struct bm_dealer *d, uint64_t now_ms)
{
	d->reached = false;
	d->refusals = 0;
	bm_dealer_lose(d, now_ms);
}

/* Take the address if it has been found. */
static void
take_answer(struct bm_dealer *d, uint64_t now_ms)
{
	struct bitmark_connection to = d->endpoint.to;
	bitmark_status status = bm_resolver_step(d->resolver);

	if (status == BITMARK_E_PENDING)
		return;
	bm_resolver_address(d->resolver, to.address);
	bm_resolver_free(d->resolver);
	d->resolver = NULL;
	if (status == BITMARK_OK)
		(void)attempt(d, &to, now_ms);
	else
		on_nobody(d, now_ms);
}

void
bm_dealer_disconnect(struct bm_dealer *d)
{
	close_all(d);
	d->refusals = 0;
	d->reached = false;
	d->pause_ms = BM_DEALER_PAUSE_MS;
	enter(d, BM_DEALER_LOST, UINT64_MAX);
}

static bitmark_status
configure(struct bm_dealer *d, const struct bm_dealer_config *config)
{
	const char *prefix = config->subscribe != NULL ? config->subscribe :
	    "";

	if (strlen(config->chain) >= sizeof d->chain ||
	    strlen(prefix) >= sizeof d->prefix)
		return BITMARK_E_INVALID_CHAIN;
	memcpy(d->chain, config->chain, strlen(config->chain) + 1);
	memcpy(d->prefix, prefix, strlen(prefix) + 1);
	d->subscribes = config->subscribe != NULL;
	d->zmq = config->zmq;
	d->linger_ms = config->linger_ms;
	if (config->env != NULL)
		d->env = *config->env;
	memcpy(d->server_key, config->server_key, sizeof d->server_key);
	memcpy(d->public_key, config->public_key, sizeof d->public_key);
	memcpy(d->private_key, config->private_key, sizeof d->private_key);
	d->family = config->prefer_ipv6 ? BM_FAMILY_V6 : BM_FAMILY_V4;
	return bitmark_endpoint_from_text(config->address,
	    strlen(config->address), &d->endpoint);
}

bitmark_status
bm_dealer_open(struct bm_dealer **dealer,
    const struct bm_dealer_config *config, uint64_t now_ms)
{
	struct bm_dealer *d = calloc(1, sizeof *d);
	bitmark_status status;

	*dealer = NULL;
	if (d == NULL)
		return BITMARK_E_NOMEM;
	status = configure(d, config);
	if (status == BITMARK_OK) {
		bm_random(&d->env, (uint8_t *)&d->next_id, sizeof d->next_id);
		d->pause_ms = BM_DEALER_PAUSE_MS;
		/* A failure leaves the state LOST: drive tries again. */
		(void)bm_dealer_reopen(d, now_ms);
		*dealer = d;
	} else
		bm_dealer_close(d);
	return status;
}

void
bm_dealer_close(struct bm_dealer *d)
{
	if (d == NULL)
		return;
	close_all(d);
	sodium_memzero(d->private_key, sizeof d->private_key);
	free(d);
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
 */
static void
on_event(struct bm_dealer *d, unsigned event, uint32_t value, uint64_t now_ms)
{
	switch (event) {
	case ZMQ_EVENT_CONNECTED:
		d->reached = true;
		d->fd = (int)value;
		d->delivered = 0;
		d->look_ms = now_ms;
		break;
	case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
		d->silent = value == EAGAIN;
		break;
	case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
		d->refusals = 0;
		d->since_ms = now_ms;
		enter(d, BM_DEALER_CONNECTED, UINT64_MAX);
		break;
	case ZMQ_EVENT_DISCONNECTED:
		if (d->state == BM_DEALER_CONNECTING)
			d->refusals = d->silent ? 0 : d->refusals + 1;
		d->fd = -1;
		bm_dealer_lose(d, now_ms);
		break;
	case ZMQ_EVENT_CLOSED:
		on_nobody(d, now_ms);
		break;
	}
}

/* Give up a node that sends frames of a message that never ends: libzmq keeps
 * them all, without a bound. */
static void
look(struct bm_dealer *d, uint64_t now_ms)
{
	d->look_ms = now_ms + BM_DEALER_LOOK_MS;
	if (bm_wire_held(d->fd, &d->delivered) <= BM_DEALER_HELD_MAX)
		return;
	close_all(d);
	bm_dealer_lose(d, now_ms);
}

/* A report of the end of the connection only changes the state: the sockets stay
 * until the next attempt, so that replies which are here can be received. */
void
bm_dealer_drive(struct bm_dealer *d, uint64_t now_ms)
{
	unsigned event;
	uint32_t value;

	if (d->resolver != NULL)
		take_answer(d, now_ms);
	while (d->monitor != NULL && bm_monitor_next(d->monitor, &event, &value))
		on_event(d, event, value, now_ms);
	if (d->fd >= 0 && now_ms >= d->look_ms)
		look(d, now_ms);
	if (now_ms < d->due_ms)
		return;
	/* An attempt that takes too long is given up without a pause. */
	(void)bm_dealer_reopen(d, now_ms);
}

uint64_t
bm_dealer_deadline(const struct bm_dealer *d)
{
	if (d->resolver != NULL)
		return bm_resolver_deadline(d->resolver);
	return d->fd >= 0 && d->look_ms < d->due_ms ? d->look_ms : d->due_ms;
}

size_t
bm_dealer_poll_items(const struct bm_dealer *d,
    zmq_pollitem_t items[BM_DEALER_ITEMS])
{
	if (d->resolver != NULL)
		return bm_resolver_items(d->resolver, items);
	if (d->socket == NULL)
		return 0;
	items[0] = (zmq_pollitem_t){ d->socket, 0, ZMQ_POLLIN, 0 };
	items[1] = (zmq_pollitem_t){ d->monitor, 0, ZMQ_POLLIN, 0 };
	return 2;
}

enum bm_dealer_state
bm_dealer_state(const struct bm_dealer *d)
{
	return d->state;
}

bool
bm_dealer_is_refused(const struct bm_dealer *d)
{
	return d->refusals >= BM_DEALER_REFUSALS;
}

bool
bm_dealer_is_reached(const struct bm_dealer *d)
{
	return d->reached;
}
