/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A follower: the machine of follow.h, a client that asks the node for it, and
 * a subscriber that says when.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/sized.h"
#include "net/follow.h"
#include "net/link.h"
#include "os/wake.h"

/* Turns of one step, so that a node that answers at once does not keep the
 * caller. */
#define TURNS_MAX 64
/* A publisher that refuses us is tried again after so long.  ms */
#define REFUSED_MS 1000

struct bitmark_follower {
	struct bm_follow machine;
	struct bitmark_client *client;
	struct bitmark_subscriber *subscriber;  /* NULL: none                */
	struct bm_wake cancel;
	enum bm_follow_phase asked;     /* IDLE: no call is under way        */
	struct bitmark_notice notice;
	bitmark_status refused;         /* what was told of the publisher    */
	uint64_t try_ms;                /* not before; 0: at any time        */
};

static bitmark_status
open_parts(struct bitmark_follower *f,
    const struct bitmark_follower_config *own)
{
	struct bitmark_client_config client = { .struct_size = sizeof client,
		.chain = own->chain, .address = own->node,
		.private_key = own->private_key, .timeout_ms = own->timeout_ms,
		.env = own->env };
	struct bitmark_subscriber_config publisher = {
		.struct_size = sizeof publisher, .chain = own->chain,
		.address = own->publisher, .private_key = own->private_key,
		.silence_ms = own->silence_ms, .env = own->env };
	bitmark_status status = bm_wake_init(&f->cancel);

	memcpy(client.server_key, own->node_key, sizeof client.server_key);
	memcpy(publisher.server_key, own->publisher_key,
	    sizeof publisher.server_key);
	if (status == BITMARK_OK)
		status = bitmark_client_open(&f->client, &client);
	if (status == BITMARK_OK && own->publisher != NULL)
		status = bitmark_subscriber_open(&f->subscriber, &publisher);
	return status;
}

bitmark_status
bitmark_follower_open(struct bitmark_follower **follower,
    const struct bitmark_follower_config *config)
{
	struct bitmark_follower_config own = { .struct_size = sizeof own };
	bitmark_status status = BM_IN(bitmark_follower_config, &own, config);
	struct bitmark_follower *f;

	*follower = NULL;
	if (status != BITMARK_OK)
		return status;
	f = calloc(1, sizeof *f);
	if (f == NULL)
		return BITMARK_E_NOMEM;
	f->cancel.fd[0] = f->cancel.fd[1] = -1;
	f->notice.struct_size = sizeof f->notice;
	status = open_parts(f, &own);
	if (status != BITMARK_OK) {
		bitmark_follower_close(f);
		return status;
	}
	/* The client has checked that it is the name of a chain. */
	bm_follow_init(&f->machine, bitmark_chain_params_find(own.chain),
	    &own, bitmark_clock_ms());
	*follower = f;
	return BITMARK_OK;
}

void
bitmark_follower_close(struct bitmark_follower *f)
{
	if (f == NULL)
		return;
	bitmark_subscriber_close(f->subscriber);
	bitmark_client_close(f->client);
	bm_wake_fini(&f->cancel);
	bm_follow_fini(&f->machine);
	free(f);
}

/* --- the node ------------------------------------------------------------- */

/* Ask for what the machine wants; false: for nothing now. */
static bool
ask(struct bitmark_follower *f)
{
	bitmark_status status = BITMARK_OK;
	uint64_t number;
	const enum bm_follow_phase phase = bm_follow_request(&f->machine,
	    bitmark_clock_ms(), &number);

	switch (phase) {
	case BM_FOLLOW_IDLE:
	case BM_FOLLOW_TELL:
		return false;
	case BM_FOLLOW_HEIGHT:
		status = bitmark_client_start_height(f->client);
		break;
	case BM_FOLLOW_FETCH:
		status = bitmark_client_start_block(f->client, number);
		break;
	case BM_FOLLOW_OPEN:
	case BM_FOLLOW_SEARCH:
	case BM_FOLLOW_LAST:
	case BM_FOLLOW_CLOSE:
		status = bitmark_client_start_digest(f->client, number);
		break;
	}
	if (status != BITMARK_OK)
		bm_follow_failed(&f->machine, status, bitmark_clock_ms());
	f->asked = status == BITMARK_OK ? phase : BM_FOLLOW_IDLE;
	return true;
}

/* A call has ended: hand its result to the machine. */
static void
take_reply(struct bitmark_follower *f, bitmark_status status)
{
	const uint64_t now_ms = bitmark_clock_ms();
	const enum bm_follow_phase asked = f->asked;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_span block;
	uint64_t height;

	f->asked = BM_FOLLOW_IDLE;
	if (status == BITMARK_OK && asked == BM_FOLLOW_HEIGHT) {
		status = bitmark_client_get_height(f->client, &height);
		if (status == BITMARK_OK)
			bm_follow_height(&f->machine, height, now_ms);
	} else if (status == BITMARK_OK && asked == BM_FOLLOW_FETCH) {
		status = bitmark_client_get_block(f->client, &block);
		if (status == BITMARK_OK)
			bm_follow_block(&f->machine, block, now_ms);
	} else if (status == BITMARK_OK) {
		status = bitmark_client_get_digest(f->client, digest);
		if (status == BITMARK_OK)
			bm_follow_digest(&f->machine, digest, now_ms);
	}
	if (status != BITMARK_OK)
		bm_follow_failed(&f->machine, status, now_ms);
}

/* Go on with the node; false: nothing more can be done now. */
static bool
drive_node(struct bitmark_follower *f)
{
	bitmark_status status;

	if (f->asked == BM_FOLLOW_IDLE)
		return ask(f);
	status = bitmark_client_step(f->client);
	if (status == BITMARK_E_PENDING)
		return false;
	take_reply(f, status);
	return true;
}

/* --- the publisher -------------------------------------------------------- */

/* The number of a block that was published; 0: it has none.  Its bytes are not
 * used: the node is asked for it. */
static uint64_t
number_of(const struct bitmark_notice *notice)
{
	struct bitmark_header header;

	if (notice->count == 0 ||
	    bitmark_header_parse(notice->parameter[0].data,
	    notice->parameter[0].size, &header) != BITMARK_OK)
		return 0;
	return header.number;
}

/* Anything that is heard is a reason to look, be it only that messages may have
 * been lost; so is the heartbeat, which comes each minute.  Records that wait
 * are none. */
static bool
take_notice(struct bitmark_follower *f, struct bitmark_follower_event *event)
{
	const struct bitmark_notice *n = &f->notice;
	const bool is_event = n->type == BITMARK_NOTICE_EVENT;
	const bool is_block = is_event && strcmp(n->event, "block") == 0;

	f->refused = BITMARK_OK;
	if (is_block || !is_event || strcmp(n->event, "heart") == 0)
		bm_follow_hint(&f->machine, is_block ? number_of(n) : 0,
		    bitmark_clock_ms());
	if (is_block)
		return false;
	*event = (struct bitmark_follower_event){
		.struct_size = sizeof *event,
		.type = BITMARK_FOLLOWER_NOTICE, .notice = n };
	return true;
}

/* The same failure is told once. */
static bool
take_refusal(struct bitmark_follower *f, bitmark_status status,
    struct bitmark_follower_event *event)
{
	const bool is_new = status != f->refused;

	f->refused = status;
	f->try_ms = bitmark_clock_ms() + REFUSED_MS;
	*event = (struct bitmark_follower_event){
		.struct_size = sizeof *event,
		.type = BITMARK_FOLLOWER_PUBLISHER_FAILED, .status = status };
	return is_new;
}

/*
 * Hear the publisher.  BITMARK_OK: there is an event; BITMARK_E_PENDING: there
 * is none, but there may be more (*more).
 */
static bitmark_status
hear(struct bitmark_follower *f, struct bitmark_follower_event *event,
    bool *more)
{
	bitmark_status status;

	*more = false;
	if (f->subscriber == NULL || bitmark_clock_ms() < f->try_ms)
		return BITMARK_E_PENDING;
	f->try_ms = 0;
	status = bitmark_subscriber_step(f->subscriber, &f->notice);
	*more = status == BITMARK_OK;
	if (status == BITMARK_OK)
		return take_notice(f, event) ? BITMARK_OK : BITMARK_E_PENDING;
	if (status != BITMARK_E_WRONG_SERVER_KEY &&
	    status != BITMARK_E_WRONG_PORT)
		return status;
	return take_refusal(f, status, event) ? BITMARK_OK :
	    BITMARK_E_PENDING;
}

/* --- both ----------------------------------------------------------------- */

/* Blocks are told first, as they are in memory until then; and the node is
 * served before the publisher, which may have a flood of other things to say.
 */
static bitmark_status
step(struct bitmark_follower *f, struct bitmark_follower_event *event)
{
	bool asks = true, more = true;
	bitmark_status status;

	if (bm_wake_take(&f->cancel))
		return BITMARK_E_CANCELLED;
	for (int i = 0; i < TURNS_MAX && (asks || more); i++) {
		status = bm_follow_next(&f->machine, event);
		if (status != BITMARK_E_PENDING)
			return status;
		asks = drive_node(f);
		status = hear(f, event, &more);
		if (status != BITMARK_E_PENDING)
			return status;
	}
	return BITMARK_E_PENDING;
}

bitmark_status
bitmark_follower_step(struct bitmark_follower *f,
    struct bitmark_follower_event *event)
{
	struct bitmark_follower_event told;
	bitmark_status status;

	if (!BM_FITS(bitmark_follower_event, event))
		return BITMARK_E_ARGUMENT;
	status = step(f, &told);
	return status != BITMARK_OK ? status :
	    BM_OUT(bitmark_follower_event, event, &told);
}

size_t
bitmark_follower_poll_items(const struct bitmark_follower *f,
    struct pollfd *items, size_t capacity)
{
	struct pollfd all[BITMARK_FOLLOWER_POLL_MAX] = {
		{ .fd = f->cancel.fd[0], .events = POLLIN },
	};
	size_t count = 1;

	count += bitmark_client_poll_items(f->client, all + count,
	    BITMARK_CLIENT_POLL_MAX);
	/* While a publisher is let alone its descriptors may stay ready. */
	if (f->subscriber != NULL && f->try_ms == 0)
		count += bitmark_subscriber_poll_items(f->subscriber,
		    all + count, BITMARK_SUBSCRIBER_POLL_MAX);
	memcpy(items, all, (count < capacity ? count : capacity) *
	    sizeof *items);
	return count;
}

static uint64_t
earlier(uint64_t one, uint64_t two)
{
	return one < two ? one : two;
}

/* No call is under way and the machine is not idle: it has a question, or an
 * event, that the next step takes. */
uint64_t
bitmark_follower_deadline_ms(const struct bitmark_follower *f)
{
	uint64_t due_ms = f->asked != BM_FOLLOW_IDLE ?
	    bitmark_client_deadline_ms(f->client) :
	    f->machine.phase == BM_FOLLOW_IDLE && !f->machine.failure_due &&
	    !f->machine.current_due ? bm_follow_deadline(&f->machine) : 0;

	if (f->subscriber != NULL)
		due_ms = earlier(due_ms, f->try_ms != 0 ? f->try_ms :
		    bitmark_subscriber_deadline_ms(f->subscriber));
	return due_ms;
}

void
bitmark_follower_cancel(struct bitmark_follower *f)
{
	bm_wake_signal(&f->cancel);
}

bitmark_status
bitmark_follower_next(struct bitmark_follower *f, unsigned timeout_ms,
    struct bitmark_follower_event *event)
{
	const uint64_t end_ms = bitmark_clock_ms() + timeout_ms;
	struct pollfd items[BITMARK_FOLLOWER_POLL_MAX];
	bitmark_status status;

	while ((status = bitmark_follower_step(f, event)) ==
	    BITMARK_E_PENDING) {
		const size_t count = bitmark_follower_poll_items(f, items,
		    BITMARK_FOLLOWER_POLL_MAX);

		if (bitmark_clock_ms() >= end_ms)
			return BITMARK_E_TIMEOUT;
		status = bm_link_poll(items, count, earlier(end_ms,
		    bitmark_follower_deadline_ms(f)));
		if (status != BITMARK_OK)
			return status;
	}
	return status;
}
