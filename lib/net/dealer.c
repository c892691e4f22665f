/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The connection: its state, looking up its name, its end.
 *
 * libzmq would connect again by itself, for ever and with the old identity, and
 * would not tell why a connection failed.  So each attempt has sockets of its
 * own that connect once, and the pause in between is counted here.
 *
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

/* Close the connection, or give up looking for its address.  Frames that were
 * handed out go first, for they lie in messages of the socket; the monitor goes
 * before its socket, which would otherwise write to it while it is closed. */
static void
close_all(struct bm_dealer *d)
{
	bm_dealer_release(d);
	bm_attempts_close(d);
	bm_monitor_close(d->socket, d->monitor);
	d->monitor = NULL;
	if (d->socket != NULL)
		(void)zmq_close(d->socket);
	d->socket = NULL;
	d->fd = -1;
	bm_resolver_free(d->resolver);
	d->resolver = NULL;
}

/* The only function that changes the state. */
void
bm_dealer_enter(struct bm_dealer *d, enum bm_dealer_state state,
    uint64_t due_ms)
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

/* The pause doubles with each loss: a node that is down is asked ever less
 * often, and one that was restarted is found within a minute. */
void
bm_dealer_lose(struct bm_dealer *d, uint64_t now_ms)
{
	reward_lasting(d, now_ms);
	bm_dealer_enter(d, BM_DEALER_LOST, now_ms + d->pause_ms);
	if (d->pause_ms < BM_DEALER_PAUSE_MAX_MS)
		d->pause_ms *= 2;
}

/* Connect to one of these addresses. */
static bitmark_status
attempt(struct bm_dealer *d, const struct bm_addresses *to, uint64_t now_ms)
{
	bitmark_status status;

	d->to = *to;
	status = bm_attempts_begin(d, now_ms);
	if (status != BITMARK_OK)
		bm_dealer_lose(d, now_ms);
	return status;
}

/* A name is looked up for each attempt: its host may have moved since. */
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
	bm_dealer_enter(d, BM_DEALER_CONNECTING, UINT64_MAX);
	return BITMARK_OK;
}

/* Ids go on from where they were, and those before first_id belong to sockets
 * that are closed: a late reply can never be taken for one of the new socket.
 */
bitmark_status
bm_dealer_reopen(struct bm_dealer *d, uint64_t now_ms)
{
	reward_lasting(d, now_ms);
	close_all(d);
	d->first_id = d->next_id;
	if (d->given.count == 0 && d->endpoint.name[0] != '\0')
		return look_up(d, now_ms);
	return attempt(d, d->given.count != 0 ? &d->given :
	    &(struct bm_addresses){ 1, { d->endpoint.to } }, now_ms);
}

/* Take the addresses if they have been found.  A look-up that fails counts as
 * an attempt, so that the pause grows and the history tells of it. */
static void
take_answer(struct bm_dealer *d, uint64_t now_ms)
{
	struct bm_addresses to;
	bitmark_status status = bm_resolver_step(d->resolver);

	if (status == BITMARK_E_PENDING)
		return;
	bm_resolver_addresses(d->resolver, d->endpoint.to.port, &to);
	bm_resolver_free(d->resolver);
	d->resolver = NULL;
	if (status == BITMARK_OK) {
		(void)attempt(d, &to, now_ms);
		return;
	}
	d->telling = BM_REASON_NONE;
	d->history.tries++;
	bm_attempts_note(d, status == BITMARK_E_NOT_FOUND ? BM_REASON_NAME :
	    BM_REASON_NAME_SERVER, NULL);
	d->reached = false;
	d->refusals = 0;
	d->is_probe = d->has_other = false;
	bm_dealer_lose(d, now_ms);
}

/* No time is set at which the dealer would try again: a program that was
 * refused decides itself whether to continue. */
void
bm_dealer_disconnect(struct bm_dealer *d)
{
	close_all(d);
	d->refusals = 0;
	d->is_probe = d->has_other = false;
	d->reached = false;
	d->pause_ms = BM_DEALER_PAUSE_MS;
	bm_dealer_enter(d, BM_DEALER_LOST, UINT64_MAX);
}

/* Everything is copied, because sockets are made anew as long as the dealer
 * lives, and the caller's configuration may be gone by then. */
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
	if (config->addresses != NULL) {
		d->given = *config->addresses;
		bm_addresses_sort(&d->given, d->family);
		return BITMARK_OK;
	}
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

/* A report of the end of the connection only changes the state: the sockets
 * stay until the next attempt, so that replies which are here can be received.
 */
static void
watch(struct bm_dealer *d, uint64_t now_ms)
{
	unsigned event;
	uint32_t value;

	while (bm_monitor_next(d->monitor, &event, &value))
		if (event == ZMQ_EVENT_DISCONNECTED) {
			d->fd = -1;
			bm_dealer_lose(d, now_ms);
		}
	if (d->fd >= 0 && now_ms >= d->look_ms)
		look(d, now_ms);
}

void
bm_dealer_drive(struct bm_dealer *d, uint64_t now_ms)
{
	if (d->resolver != NULL)
		take_answer(d, now_ms);
	if (d->monitor != NULL)
		watch(d, now_ms);
	else if (d->begun > 0)
		bm_attempts_drive(d, now_ms);
	if (now_ms < d->due_ms)
		return;
	if (d->begun > 0)
		bm_attempts_give_up(d);
	/* An attempt that takes too long is given up without a pause. */
	(void)bm_dealer_reopen(d, now_ms);
}

/* Each state has one clock that matters; a connection that stands is looked at
 * now and then, because no descriptor tells what libzmq holds of it. */
uint64_t
bm_dealer_deadline(const struct bm_dealer *d)
{
	if (d->resolver != NULL)
		return bm_resolver_deadline(d->resolver);
	if (d->begun > 0)
		return d->next_ms < d->due_ms ? d->next_ms : d->due_ms;
	return d->fd >= 0 && d->look_ms < d->due_ms ? d->look_ms : d->due_ms;
}

size_t
bm_dealer_poll_items(const struct bm_dealer *d,
    zmq_pollitem_t items[BM_DEALER_ITEMS])
{
	if (d->resolver != NULL)
		return bm_resolver_items(d->resolver, items);
	if (d->socket == NULL)
		return bm_attempts_items(d, items);
	items[0] = (zmq_pollitem_t){ d->socket, 0, ZMQ_POLLIN, 0 };
	items[1] = (zmq_pollitem_t){ d->monitor, 0, ZMQ_POLLIN, 0 };
	return 2;
}

enum bm_dealer_state
bm_dealer_state(const struct bm_dealer *d)
{
	return d->state;
}

struct bm_dealer_self
bm_dealer_self(const struct bm_dealer *d)
{
	return (struct bm_dealer_self){ d->chain, d->public_key };
}

/* One refusal may be chance, as when a node restarts: only several in a row say
 * that trying again is of no use. */
bitmark_status
bm_dealer_refusal(const struct bm_dealer *d)
{
	if (d->refusals <= BM_DEALER_REFUSALS)
		return BITMARK_OK;
	return d->has_other ? BITMARK_E_WRONG_PORT :
	    BITMARK_E_WRONG_SERVER_KEY;
}

const struct bm_dealer_history *
bm_dealer_history(const struct bm_dealer *d)
{
	return &d->history;
}

bool
bm_dealer_is_reached(const struct bm_dealer *d)
{
	return d->reached;
}
