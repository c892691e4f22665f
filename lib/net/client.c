/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The connection to one node, and one call at a time on it.
 * Source: bitmark-protocol(7), TRANSPORT, COMMANDS
 */
#include "net/client_impl.h"

#include <stdlib.h>

#include "codec/codec.h"
#include "codec/log.h"
#include "codec/sized.h"

/* Parameters of R. */
#define REGISTER_PARAMETERS 4

_Static_assert(BITMARK_CLIENT_POLL_MAX >= BM_LINK_ITEMS,
    "the header promises enough room");

bitmark_status
bitmark_client_open(struct bitmark_client **client,
    const struct bitmark_client_config *config)
{
	struct bitmark_client_config own = { .struct_size = sizeof own };
	bitmark_status status = BM_IN(bitmark_client_config, &own, config);
	const struct bm_link_config link = {
		.chain = own.chain, .address = own.address,
		.server_key = own.server_key, .private_key = own.private_key,
		.env = own.env,
	};
	struct bitmark_client *c;

	*client = NULL;
	if (status != BITMARK_OK)
		return status;
	c = calloc(1, sizeof *c);
	if (c == NULL)
		return BITMARK_E_NOMEM;
	c->timeout_ms = own.timeout_ms != 0 ? own.timeout_ms :
	    BITMARK_CLIENT_TIMEOUT_MS;
	status = bm_link_open(&c->link, &link);
	if (status == BITMARK_OK)
		*client = c;
	else
		bitmark_client_close(c);
	return status;
}

void
bitmark_client_close(struct bitmark_client *c)
{
	if (c == NULL)
		return;
	bm_link_close(&c->link);
	free(c->copy);
	free(c);
}

/* Between two calls nobody drives the connection, so that an idle client costs
 * nothing; what happened meanwhile is taken in here. */
bitmark_status
bm_client_begin(struct bitmark_client *c, enum bm_client_kind kind,
    const char *command, struct bitmark_span parameter)
{
	struct bm_dealer *dealer = c->link.dealer;
	const uint64_t now_ms = bitmark_clock_ms();

	if (c->busy)
		return BITMARK_E_STATE;
	c->busy = true;
	c->kind = kind;
	c->command = command;
	c->parameter = parameter;
	c->deadline_ms = now_ms + c->timeout_ms;
	c->sent = false;
	c->remote_error[0] = '\0';
	bm_dealer_drive(dealer, now_ms);
	if (bm_dealer_state(dealer) == BM_DEALER_LOST)
		(void)bm_dealer_reopen(dealer, now_ms);
	/* The first step is due at once. */
	c->link.has_input = true;
	return BITMARK_OK;
}

/* The reply to the call if it is there.  Other replies are late: they belong
 * to requests that were given up or sent again. */
static bitmark_status
receive(struct bitmark_client *c, struct bm_dealer_reply *reply)
{
	bitmark_status status;

	do {
		status = bm_dealer_receive(c->link.dealer, reply);
	} while (status == BITMARK_OK && (!c->sent || reply->id != c->id));
	return status;
}

/* R announces its sender: chain, key, connections, and when that was.  Ours has
 * no connections, and is of 1970: every node takes it for one that has expired,
 * answers it all the same, and keeps nothing.  0 would stand for now.
 * Source: bitmarkd v8.2 peer/listener.go, announce/peer.go AddPeer */
static void
put_register(const struct bitmark_client *c,
    struct bitmark_span p[REGISTER_PARAMETERS])
{
	static const uint8_t long_past[8] = { 0, 0, 0, 0, 0, 0, 0, 1 };
	const struct bm_dealer_self self = bm_dealer_self(c->link.dealer);

	p[0] = (struct bitmark_span){ (const uint8_t *)self.chain,
		strlen(self.chain) };
	p[1] = (struct bitmark_span){ self.public_key, BITMARK_PEER_KEY_SIZE };
	p[2] = (struct bitmark_span){ long_past, 0 };
	p[3] = (struct bitmark_span){ long_past, sizeof long_past };
}

/* Send the request unless it is on its way. It is sent again on each new
 * connection, because the node may never have got it. */
static bitmark_status
send_request(struct bitmark_client *c)
{
	struct bitmark_span parameters[REGISTER_PARAMETERS] = { c->parameter };
	size_t count = c->parameter.data == NULL ? 0 : 1;
	bitmark_status status;

	if (bm_dealer_state(c->link.dealer) != BM_DEALER_CONNECTED)
		c->sent = false;
	if (c->sent)
		return BITMARK_E_PENDING;
	if (c->kind == BM_CLIENT_PEER) {
		put_register(c, parameters);
		count = REGISTER_PARAMETERS;
	}
	status = bm_dealer_send(c->link.dealer, c->command, parameters, count,
	    &c->id);
	c->sent = status == BITMARK_OK;
	return c->sent || status == BITMARK_E_NO_CONNECTION ?
	    BITMARK_E_PENDING : status;
}

/* Does the call have time left? A node that was reached and says nothing is
 * told apart from one that is not there. */
static bitmark_status
check_time(const struct bitmark_client *c)
{
	if (bitmark_clock_ms() < c->deadline_ms)
		return BITMARK_E_PENDING;
	if (c->sent || bm_dealer_is_reached(c->link.dealer))
		return BITMARK_E_TIMEOUT;
	return bm_dealer_history(c->link.dealer)->lacks_host ?
	    BITMARK_E_HOST_NOT_FOUND : BITMARK_E_NO_CONNECTION;
}

/* Do everything that can be done now; BITMARK_E_PENDING: there is no reply yet.
 */
static bitmark_status
advance(struct bitmark_client *c, struct bm_dealer_reply *reply)
{
	bitmark_status status;

	if (bm_link_take_cancel(&c->link))
		return BITMARK_E_CANCELLED;
	bm_dealer_drive(c->link.dealer, bitmark_clock_ms());
	status = receive(c, reply);
	if (status != BITMARK_E_NOT_FOUND)
		return status;
	status = bm_dealer_refusal(c->link.dealer);
	if (status == BITMARK_OK)
		status = send_request(c);
	return status == BITMARK_E_PENDING ? check_time(c) : status;
}

/* An error has two frames, a peer has more.  Old nodes say that our key is
 * invalid when they know no other, and new ones may give it back. */
static bitmark_status
read_peer(struct bitmark_client *c, const struct bm_dealer_reply *reply)
{
	const struct bm_dealer_self self = bm_dealer_self(c->link.dealer);
	struct bitmark_span payload;
	bitmark_status status = bm_reply_peer(reply->frame, reply->count,
	    self.chain, &c->result.peer);

	if (status == BITMARK_OK)
		return memcmp(c->result.peer.key, self.public_key,
		    sizeof c->result.peer.key) == 0 ? BITMARK_E_NOT_FOUND :
		    BITMARK_OK;
	status = bm_reply_check(reply->frame, reply->count, c->command,
	    &payload, c->remote_error);
	if (status == BITMARK_OK)       /* two frames, but no error */
		return BITMARK_E_PEER_RESPONSE;
	return status == BITMARK_E_REMOTE && strcmp(c->remote_error,
	    bitmark_strerror(BITMARK_E_PUBLIC_KEY)) == 0 ?
	    BITMARK_E_NOT_FOUND : status;
}

/* Read the result at once: a reply that makes no sense ends the call with an
 * error, not the question for its result.  A block is left where it is, in a
 * message of libzmq that stays until the dealer is used again. */
static bitmark_status
read_reply(struct bitmark_client *c, const struct bm_dealer_reply *reply)
{
	struct bitmark_span payload;
	bitmark_status status;

	if (c->kind == BM_CLIENT_PEER)
		return read_peer(c, reply);
	status = bm_reply_check(reply->frame, reply->count,
	    c->command, &payload, c->remote_error);
	if (status != BITMARK_OK)
		return status;
	switch (c->kind) {
	case BM_CLIENT_INFO:
		return bm_reply_info(payload, &c->result.info);
	case BM_CLIENT_HEIGHT:
		return bm_reply_height(payload, &c->result.height);
	case BM_CLIENT_DIGEST:
		return bm_reply_digest(payload, c->result.digest);
	case BM_CLIENT_BLOCK:
		c->result.block = payload;
		break;
	case BM_CLIENT_PEER:
	case BM_CLIENT_SUBMIT:
	case BM_CLIENT_NONE:
		break;
	}
	return BITMARK_OK;
}

/* The call has ended. ${reply} is valid with BITMARK_OK only. */
static bitmark_status
conclude(struct bitmark_client *c, bitmark_status status,
    const struct bm_dealer_reply *reply)
{
	c->busy = false;
	free(c->copy);
	c->copy = NULL;
	if (status == BITMARK_OK) {
		status = read_reply(c, reply);
	} else if (status != BITMARK_E_CANCELLED) {
		/* The next call begins anew.
		 * Source: bitmarkd v8.2 zmqutil/client.go Reconnect */
		bm_dealer_disconnect(c->link.dealer);
		bm_log(&c->link.env, BITMARK_LOG_DEBUG, "client", "%s: %s",
		    c->command, bitmark_strerror(status));
	}
	if (status != BITMARK_OK)
		c->kind = BM_CLIENT_NONE;
	return status;
}

bitmark_status
bitmark_client_step(struct bitmark_client *c)
{
	struct bm_dealer_reply reply;
	bitmark_status status;

	if (!c->busy)
		return BITMARK_E_STATE;
	status = advance(c, &reply);
	if (status != BITMARK_E_PENDING)
		return conclude(c, status, &reply);
	bm_link_settle(&c->link);
	return status;
}

size_t
bitmark_client_poll_items(const struct bitmark_client *c,
    struct pollfd *items, size_t capacity)
{
	return c->busy ? bm_link_poll_items(&c->link, items, capacity) : 0;
}

uint64_t
bitmark_client_deadline_ms(const struct bitmark_client *c)
{
	const uint64_t due_ms = bm_link_deadline(&c->link);

	if (!c->busy)
		return UINT64_MAX;
	return due_ms < c->deadline_ms ? due_ms : c->deadline_ms;
}

/* The only call that other threads may make: it touches nothing but the pipe,
 * which stays open as long as the client. */
void
bitmark_client_cancel(struct bitmark_client *c)
{
	bm_wake_signal(&c->link.cancel);
}

bitmark_status
bm_client_finish(struct bitmark_client *c)
{
	bitmark_status status;

	while ((status = bitmark_client_step(c)) == BITMARK_E_PENDING) {
		status = bm_link_wait(&c->link, bitmark_client_deadline_ms(c));
		/* A signal (BITMARK_E_TIMEOUT) is no reason to give up. */
		if (status != BITMARK_OK && status != BITMARK_E_TIMEOUT)
			return conclude(c, status, NULL);
	}
	return status;
}

const char *
bitmark_client_remote_error(const struct bitmark_client *c)
{
	return c->remote_error;
}
