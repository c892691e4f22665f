/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A dealer with a context of its own, for programs that know only poll(2).
 *
 * libzmq's descriptors are not those of connections.  Each stands for a mailbox
 * of its socket, becomes readable when a command arrives there, and stays quiet
 * about what has arrived before: it tells of changes, not of a state.  So the
 * socket itself is asked before each wait, and there is no wait when something
 * is there.  has_input keeps that answer from one step to the next.
 */
#include "net/link.h"

#include <bitmarkpeer/rules.h>

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <string.h>

#include "net/curve.h"

/* Errors of the caller are found before threads and descriptors are made. */
static bitmark_status
check(const struct bm_link_config *config)
{
	if (!config->is_for_jobs && (config->chain == NULL ||
	    bitmark_chain_params_find(config->chain) == NULL))
		return BITMARK_E_INVALID_CHAIN;
	if (config->address == NULL)
		return BITMARK_E_IP_ADDRESS;
	return sodium_is_zero(config->server_key, BITMARK_PEER_KEY_SIZE) ?
	    BITMARK_E_PUBLIC_KEY : BITMARK_OK;
}

/* A client without a key of its own gets a new one: nodes admit any key, and a
 * key that is used once tells them nothing about the program. */
static bitmark_status
open_dealer(struct bm_link *l, const struct bm_link_config *config)
{
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	const char *chain = config->is_for_jobs ? "" : config->chain;
	struct bm_dealer_config dealer = {
		.zmq = l->zmq, .chain = chain,
		.subscribe = config->subscribe ? chain : NULL,
		.address = config->address, .server_key = config->server_key,
		.public_key = public_key, .private_key = private_key,
		.linger_ms = 0, .env = &l->env,
	};
	bitmark_status status;

	if (config->private_key == NULL) {
		bitmark_peer_key_generate(&l->env, public_key, private_key);
	} else {
		memcpy(private_key, config->private_key, sizeof private_key);
		bitmark_peer_key_public(private_key, public_key);
	}
	status = bm_dealer_open(&l->dealer, &dealer, bitmark_clock_ms());
	sodium_memzero(private_key, sizeof private_key);
	return status;
}

/* The context is the link's own, so that closing it ends its thread, and two
 * clients of a program share nothing.  Closing takes back whatever was made
 * when this fails halfway. */
bitmark_status
bm_link_open(struct bm_link *l, const struct bm_link_config *config)
{
	bitmark_status status = check(config);

	l->cancel = (struct bm_wake){ { -1, -1 } };
	l->has_input = true;            /* the first step is due at once */
	if (status != BITMARK_OK)
		return status;
	if (config->env != NULL)
		l->env = *config->env;
	status = bm_wake_init(&l->cancel);
	if (status != BITMARK_OK)
		return status;
	l->zmq = zmq_ctx_new();
	return l->zmq == NULL ? BITMARK_E_NET : open_dealer(l, config);
}

/* The dealer's sockets do not linger, so ending the context does not wait for a
 * peer.  A signal interrupts the call, which then has to be made again: a
 * context that is not ended leaves its threads behind. */
void
bm_link_close(struct bm_link *l)
{
	bm_dealer_close(l->dealer);
	while (l->zmq != NULL && zmq_ctx_term(l->zmq) != 0 && errno == EINTR)
		continue;
	bm_wake_fini(&l->cancel);
}

/* A byte in the pipe stands for a cancel.  The pipe belongs to this link alone,
 * so that poll ends at once in whatever thread waits, and writing to it is one
 * of the few things that a signal handler may do. */
bool
bm_link_take_cancel(struct bm_link *l)
{
	return bm_wake_take(&l->cancel);
}

/* ZMQ_EVENTS takes in all commands, and is the only question that libzmq
 * answers without touching a message. */
void
bm_link_settle(struct bm_link *l)
{
	zmq_pollitem_t items[BM_DEALER_ITEMS];
	const size_t count = bm_dealer_poll_items(l->dealer, items);

	l->has_input = false;
	for (size_t i = 0; i < count; i++) {
		int events = 0;
		size_t size = sizeof events;

		if (items[i].socket != NULL &&
		    zmq_getsockopt(items[i].socket, ZMQ_EVENTS, &events,
		    &size) == 0 && (events & ZMQ_POLLIN) != 0)
			l->has_input = true;
	}
}

/* The descriptor stands for all that happens to a socket: also what it is to
 * write for is told by becoming readable. */
static struct pollfd
pollfd_of(const zmq_pollitem_t *item)
{
	struct pollfd fd = { .fd = item->fd };
	size_t size = sizeof fd.fd;

	if (item->socket != NULL) {
		fd.events = POLLIN;
		if (zmq_getsockopt(item->socket, ZMQ_FD, &fd.fd, &size) != 0)
			fd.fd = -1;
		return fd;
	}
	fd.events = (short)(((item->events & ZMQ_POLLIN) != 0 ? POLLIN : 0) |
	    ((item->events & ZMQ_POLLOUT) != 0 ? POLLOUT : 0));
	return fd;
}

/* The cancel comes first, so that it is waited for even in a table that is too
 * small; items that do not fit are counted, and the caller sees that. */
size_t
bm_link_poll_items(const struct bm_link *l, struct pollfd *items,
    size_t capacity)
{
	zmq_pollitem_t from[BM_DEALER_ITEMS];
	const size_t count = bm_dealer_poll_items(l->dealer, from);

	if (capacity > 0)
		items[0] = (struct pollfd){ .fd = l->cancel.fd[0],
			.events = POLLIN };
	for (size_t i = 0; i < count && i + 1 < capacity; i++)
		items[i + 1] = pollfd_of(&from[i]);
	return count + 1;
}

/* Input that is here already is no reason for a descriptor to become readable,
 * so there must be no wait. */
uint64_t
bm_link_deadline(const struct bm_link *l)
{
	return l->has_input ? 0 : bm_dealer_deadline(l->dealer);
}

/* A signal ends the wait early, and says so as a time-out does: the caller
 * steps again and finds out that nothing has happened. */
bitmark_status
bm_link_poll(struct pollfd *items, size_t count, uint64_t deadline_ms)
{
	const uint64_t now_ms = bitmark_clock_ms();
	const uint64_t wait_ms = deadline_ms <= now_ms ? 0 :
	    deadline_ms - now_ms;

	if (poll(items, (nfds_t)count, wait_ms > INT_MAX ? INT_MAX :
	    (int)wait_ms) >= 0)
		return BITMARK_OK;
	return errno == EINTR ? BITMARK_E_TIMEOUT :
	    errno == ENOMEM ? BITMARK_E_NOMEM : BITMARK_E_NET;
}

bitmark_status
bm_link_wait(const struct bm_link *l, uint64_t deadline_ms)
{
	struct pollfd items[BM_LINK_ITEMS];

	return bm_link_poll(items, bm_link_poll_items(l, items, BM_LINK_ITEMS),
	    deadline_ms);
}
