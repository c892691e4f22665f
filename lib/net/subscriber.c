/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Follow a publisher: a SUB socket on the connection of a dealer.
 * Source: bitmarkd v8.2 publish/broadcaster.go
 */
#include <bitmarkpeer/rules.h>
#include <bitmarkpeer/subscriber.h>

#include <stdlib.h>
#include <string.h>

#include "codec/sized.h"
#include "net/link.h"

/* Frames of an event: chain, name, parameters. */
#define CHAIN_FRAME 0
#define NAME_FRAME 1
#define HEAD_FRAMES 2
/* Messages that are no events and are passed over in one step, so that a flood
 * of them does not keep the caller. */
#define PASS_MAX 64

_Static_assert(HEAD_FRAMES + BITMARK_EVENT_PARAMETERS_MAX <=
    BM_DEALER_FRAMES_MAX, "a dealer keeps what a notice shows");
_Static_assert(BITMARK_SUBSCRIBER_POLL_MAX >= BM_LINK_ITEMS,
    "the header promises enough room");

struct bitmark_subscriber {
	struct bm_link link;
	char chain[BITMARK_CHAIN_NAME_MAX + 1];
	uint64_t silence_ms;
	bool connected;                 /* and the caller was told so        */
	uint64_t heard_ms;              /* the last message, or CONNECTED    */
	char event[BITMARK_EVENT_NAME_MAX + 1];
};

bitmark_status
bitmark_subscriber_open(struct bitmark_subscriber **subscriber,
    const struct bitmark_subscriber_config *config)
{
	struct bitmark_subscriber_config own = { .struct_size = sizeof own };
	bitmark_status status = BM_IN(bitmark_subscriber_config, &own, config);
	const struct bm_link_config link = {
		.chain = own.chain, .address = own.address,
		.server_key = own.server_key, .private_key = own.private_key,
		.subscribe = true, .env = own.env,
	};
	struct bitmark_subscriber *s;

	*subscriber = NULL;
	if (status != BITMARK_OK)
		return status;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return BITMARK_E_NOMEM;
	s->silence_ms = own.silence_ms != 0 ? own.silence_ms :
	    BITMARK_SUBSCRIBER_SILENCE_MS;
	status = bm_link_open(&s->link, &link);
	if (status != BITMARK_OK) {
		bitmark_subscriber_close(s);
		return status;
	}
	/* bm_link_open has checked that it is the name of a chain. */
	memcpy(s->chain, own.chain, strlen(own.chain) + 1);
	*subscriber = s;
	return BITMARK_OK;
}

void
bitmark_subscriber_close(struct bitmark_subscriber *s)
{
	if (s == NULL)
		return;
	bm_link_close(&s->link);
	free(s);
}

/* --- what happens --------------------------------------------------------- */

/* The name of an event is printed by programs, so it has no blanks and nothing
 * that a terminal obeys. */
static bool
is_name(struct bitmark_span frame)
{
	if (frame.size == 0 || frame.size > BITMARK_EVENT_NAME_MAX)
		return false;
	for (size_t i = 0; i < frame.size; i++)
		if (frame.data[i] <= ' ' || frame.data[i] > '~')
			return false;
	return true;
}

/* False: another chain (the socket asked for a prefix only), or no event. */
static bool
read_event(struct bitmark_subscriber *s, const struct bm_dealer_reply *message,
    struct bitmark_notice *notice)
{
	const struct bitmark_span *frame = message->frame;
	const size_t chain_size = strlen(s->chain);
	size_t count;

	if (message->count < HEAD_FRAMES ||
	    frame[CHAIN_FRAME].size != chain_size ||
	    memcmp(frame[CHAIN_FRAME].data, s->chain, chain_size) != 0 ||
	    !is_name(frame[NAME_FRAME]))
		return false;
	memcpy(s->event, frame[NAME_FRAME].data, frame[NAME_FRAME].size);
	s->event[frame[NAME_FRAME].size] = '\0';
	count = message->count - HEAD_FRAMES;
	if (count > BITMARK_EVENT_PARAMETERS_MAX)
		count = BITMARK_EVENT_PARAMETERS_MAX;
	*notice = (struct bitmark_notice){ .type = BITMARK_NOTICE_EVENT,
		.event = s->event, .count = count };
	memcpy(notice->parameter, frame + HEAD_FRAMES,
	    count * sizeof *frame);
	return true;
}

/* Any message, also one that is no event, shows that the publisher lives.
 * One message, if it is there: then ${*found} tells whether it is an event. */
static bitmark_status
receive(struct bitmark_subscriber *s, uint64_t now_ms,
    struct bitmark_notice *notice, bool *found)
{
	struct bm_dealer_reply message;
	bitmark_status status = bm_dealer_receive_event(s->link.dealer, &message);

	*found = false;
	if (status != BITMARK_OK)
		return status;
	s->heard_ms = now_ms;
	*found = read_event(s, &message, notice);
	return BITMARK_OK;
}

/* Watch the connection; false: there is nothing to tell of it. */
static bool
watch_connection(struct bitmark_subscriber *s, uint64_t now_ms,
    struct bitmark_notice *notice)
{
	bool is_connected;

	bm_dealer_drive(s->link.dealer, now_ms);
	is_connected = bm_dealer_state(s->link.dealer) == BM_DEALER_CONNECTED;
	*notice = (struct bitmark_notice){ .type = is_connected ?
	    BITMARK_NOTICE_CONNECTED : BITMARK_NOTICE_LOST };
	if (is_connected != s->connected) {
		s->connected = is_connected;
		s->heard_ms = now_ms;
		/* libzmq sends the subscription when the program's thread next
		 * asks for the socket's events.  Ask now: a program that was told
		 * of the connection may do something else for a while. */
		bm_link_settle(&s->link);
		return true;
	}
	if (!is_connected || now_ms - s->heard_ms < s->silence_ms)
		return false;
	/* A failure leaves the dealer lost: it tries again by itself. */
	(void)bm_dealer_reopen(s->link.dealer, now_ms);
	s->connected = false;
	notice->type = BITMARK_NOTICE_SILENT;
	return true;
}

/* Take messages until there is none, or one is an event. */
static bitmark_status
receive_event(struct bitmark_subscriber *s, struct bitmark_notice *notice,
    bool *found)
{
	bitmark_status status = BITMARK_OK;

	*found = false;
	for (int i = 0; i < PASS_MAX && status == BITMARK_OK && !*found; i++)
		status = receive(s, bitmark_clock_ms(), notice, found);
	return status;
}

/*
 * BITMARK_OK: there is something to tell.  Messages that are here come before
 * the end of their connection: this is not looked at before they are read.
 */
static bitmark_status
advance(struct bitmark_subscriber *s, struct bitmark_notice *notice)
{
	bitmark_status status;
	bool found;

	if (s->connected) {
		status = receive_event(s, notice, &found);
		if (status == BITMARK_OK && !found)
			return BITMARK_E_PENDING;
		if (status != BITMARK_E_NOT_FOUND)
			return status;
	}
	if (watch_connection(s, bitmark_clock_ms(), notice))
		return BITMARK_OK;
	status = bm_dealer_refusal(s->link.dealer);
	if (status == BITMARK_OK)
		return BITMARK_E_PENDING;
	bm_dealer_disconnect(s->link.dealer);
	return status;
}

/* After a refusal nothing is tried until the caller steps again. */
static bool
is_refused(const struct bitmark_subscriber *s)
{
	return bm_dealer_state(s->link.dealer) == BM_DEALER_LOST &&
	    bm_dealer_deadline(s->link.dealer) == UINT64_MAX;
}

/* Before a caller waits, the sockets are asked whether there is more
 * (bm_link_settle); after a notice that is saved, since it will step again. */
static bitmark_status
step(struct bitmark_subscriber *s, struct bitmark_notice *notice)
{
	bitmark_status status;

	if (bm_link_take_cancel(&s->link))
		return BITMARK_E_CANCELLED;
	if (is_refused(s))
		(void)bm_dealer_reopen(s->link.dealer, bitmark_clock_ms());
	status = advance(s, notice);
	if (status == BITMARK_E_PENDING)
		bm_link_settle(&s->link);
	else
		/* The sockets were left as they are: there may be more. */
		s->link.has_input = status == BITMARK_OK;
	return status;
}

bitmark_status
bitmark_subscriber_step(struct bitmark_subscriber *s,
    struct bitmark_notice *notice)
{
	struct bitmark_notice told = { .struct_size = sizeof told };
	bitmark_status status;

	if (!BM_FITS(bitmark_notice, notice))
		return BITMARK_E_ARGUMENT;
	status = step(s, &told);
	return status != BITMARK_OK ? status :
	    BM_OUT(bitmark_notice, notice, &told);
}

size_t
bitmark_subscriber_poll_items(const struct bitmark_subscriber *s,
    struct pollfd *items, size_t capacity)
{
	return bm_link_poll_items(&s->link, items, capacity);
}

/* Silence is no event of any descriptor: it has to be looked for in time. */
uint64_t
bitmark_subscriber_deadline_ms(const struct bitmark_subscriber *s)
{
	const uint64_t due_ms = bm_link_deadline(&s->link);
	const uint64_t silent_ms = s->connected ?
	    s->heard_ms + s->silence_ms : UINT64_MAX;

	return due_ms < silent_ms ? due_ms : silent_ms;
}

void
bitmark_subscriber_cancel(struct bitmark_subscriber *s)
{
	bm_wake_signal(&s->link.cancel);
}

/* Nothing happened: say so, and if it is known that nothing can happen. */
static bitmark_status
nothing_came(const struct bitmark_subscriber *s)
{
	return !s->connected && bm_dealer_history(s->link.dealer)->lacks_host ?
	    BITMARK_E_HOST_NOT_FOUND : BITMARK_E_TIMEOUT;
}

bitmark_status
bitmark_subscriber_next(struct bitmark_subscriber *s, unsigned timeout_ms,
    struct bitmark_notice *notice)
{
	const uint64_t end_ms = bitmark_clock_ms() + timeout_ms;
	bitmark_status status;

	while ((status = bitmark_subscriber_step(s, notice)) ==
	    BITMARK_E_PENDING) {
		const uint64_t due_ms = bitmark_subscriber_deadline_ms(s);

		if (bitmark_clock_ms() >= end_ms)
			return nothing_came(s);
		status = bm_link_wait(&s->link, due_ms < end_ms ? due_ms :
		    end_ms);
		if (status != BITMARK_OK)
			return status;
	}
	return status;
}
