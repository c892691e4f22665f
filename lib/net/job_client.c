/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A SUB socket for jobs, and a DEALER for submissions, each on a link of its
 * own.
 *
 * bitmarkd has a REP socket for submissions and recorderd a REQ socket, which a
 * reply that is lost would stop for ever.  The dealer writes the envelope of a
 * REQ with RELAXED and CORRELATE instead, so that a submission can be sent again,
 * on the same connection or on another one; the number in the envelope tells
 * which replies are still wanted.
 *
 * Source: bitmarkd v0.16.0 command/recorderd/submitter.go, proofer.go
 */
#include <bitmarkpeer/job_client.h>

#include <stdlib.h>
#include <string.h>

#include "codec/sized.h"
#include "net/link.h"

/* Messages of no use that are passed over in one step. */
#define PASS_MAX 64
/* A submission that the connection did not take is tried again so soon. */
#define UNSENT_MS 20

_Static_assert(BITMARK_JOB_CLIENT_POLL_MAX >= 2 * BM_LINK_ITEMS,
    "the header promises enough room");

struct submission {
	char text[BITMARK_JOB_SUBMIT_MAX];
	size_t size;
	bool sent;                      /* on the connection that there is   */
	bool again;                     /* it was sent before                */
	uint32_t id, last_id;           /* first and last envelope there     */
	uint64_t due_ms;                /* to be sent again                  */
};

struct bitmark_job_client {
	struct bm_link jobs, answers;
	bool connected;                 /* to the publisher: it was told so  */
	uint64_t reply_ms;
	struct submission queue[BITMARK_JOB_SUBMISSIONS_MAX];
	size_t first, waiting;          /* of the queue, a ring              */
	struct bitmark_job_client_stats stats;
};

/* --- opening -------------------------------------------------------------- */

static bitmark_status
open_link(struct bm_link *link, const char *address, bool subscribe,
    const struct bitmark_job_client_config *config)
{
	const struct bm_link_config from = {
		.is_for_jobs = true, .subscribe = subscribe,
		.address = address, .server_key = config->server_key,
		.private_key = config->private_key, .env = config->env,
	};

	return bm_link_open(link, &from);
}

/* A link that was not opened has no descriptors: 0 would be one. */
static void
begin_links(struct bitmark_job_client *c)
{
	c->jobs.cancel = c->answers.cancel = (struct bm_wake){ { -1, -1 } };
}

bitmark_status
bitmark_job_client_open(struct bitmark_job_client **client,
    const struct bitmark_job_client_config *config)
{
	struct bitmark_job_client_config own = { .struct_size = sizeof own };
	bitmark_status status = BM_IN(bitmark_job_client_config, &own, config);
	struct bitmark_job_client *c;

	*client = NULL;
	if (status != BITMARK_OK)
		return status;
	c = calloc(1, sizeof *c);
	if (c == NULL)
		return BITMARK_E_NOMEM;
	begin_links(c);
	c->stats.struct_size = sizeof c->stats;
	c->reply_ms = own.reply_ms != 0 ? own.reply_ms : BITMARK_JOB_REPLY_MS;
	status = open_link(&c->jobs, own.jobs, true, &own);
	if (status == BITMARK_OK)
		status = open_link(&c->answers, own.submit, false, &own);
	if (status != BITMARK_OK) {
		bitmark_job_client_close(c);
		return status;
	}
	*client = c;
	return BITMARK_OK;
}

void
bitmark_job_client_close(struct bitmark_job_client *c)
{
	if (c == NULL)
		return;
	bm_link_close(&c->answers);
	bm_link_close(&c->jobs);
	free(c);
}

/* --- jobs ----------------------------------------------------------------- */

/* One frame, or nothing that a node sends: an event of another publisher has
 * several. */
static bool
take_frame(struct bitmark_job_client *c, const struct bm_dealer_reply *message,
    enum bitmark_job_notice_type type, struct bitmark_job_notice *notice)
{
	if (message->count != 1) {
		c->stats.passed_over++;
		return false;
	}
	*notice = (struct bitmark_job_notice){ .type = type,
		.data = message->frame[0] };
	return true;
}

/* BITMARK_E_NOT_FOUND: no job is here. */
static bitmark_status
receive_job(struct bitmark_job_client *c, struct bitmark_job_notice *notice)
{
	struct bm_dealer_reply message;
	bitmark_status status;

	for (int i = 0; i < PASS_MAX; i++) {
		status = bm_dealer_receive_event(c->jobs.dealer, &message);
		if (status != BITMARK_OK)
			return status;
		if (take_frame(c, &message, BITMARK_JOB_CAME, notice))
			return BITMARK_OK;
	}
	return BITMARK_E_PENDING;
}

/* Has the connection come or gone? */
static bool
watch_jobs(struct bitmark_job_client *c, uint64_t now_ms,
    struct bitmark_job_notice *notice)
{
	bool is_connected;

	bm_dealer_drive(c->jobs.dealer, now_ms);
	is_connected = bm_dealer_state(c->jobs.dealer) == BM_DEALER_CONNECTED;
	if (is_connected == c->connected)
		return false;
	c->connected = is_connected;
	*notice = (struct bitmark_job_notice){ .type = is_connected ?
	    BITMARK_JOB_CONNECTED : BITMARK_JOB_LOST };
	/* The subscription goes out when the socket is asked for its events. */
	bm_link_settle(&c->jobs);
	return true;
}

/* BITMARK_OK: there is something to tell.  Jobs that are here come before the
 * end of their connection. */
static bitmark_status
advance_jobs(struct bitmark_job_client *c, uint64_t now_ms,
    struct bitmark_job_notice *notice)
{
	bitmark_status status = BITMARK_E_NOT_FOUND;

	if (c->connected)
		status = receive_job(c, notice);
	if (status != BITMARK_E_NOT_FOUND)
		return status;
	return watch_jobs(c, now_ms, notice) ? BITMARK_OK : BITMARK_E_PENDING;
}

/* --- submissions ---------------------------------------------------------- */

static struct submission *
oldest(struct bitmark_job_client *c)
{
	return c->waiting > 0 ? &c->queue[c->first] : NULL;
}

static void
remove_oldest(struct bitmark_job_client *c)
{
	c->first = (c->first + 1) % BITMARK_JOB_SUBMISSIONS_MAX;
	c->waiting--;
}

/* Numbers of envelopes wrap around. */
static bool
is_reply_to(const struct submission *s, uint32_t id)
{
	return s != NULL && s->sent && id - s->id <= s->last_id - s->id;
}

/* A reply to any sending of the oldest submission ends it; others are late ones
 * for a submission that has had its reply. */
static bitmark_status
receive_reply(struct bitmark_job_client *c, struct bitmark_job_notice *notice)
{
	struct bm_dealer_reply reply;
	bitmark_status status;

	for (int i = 0; i < PASS_MAX; i++) {
		status = bm_dealer_receive(c->answers.dealer, &reply);
		if (status != BITMARK_OK)
			return status;
		if (!is_reply_to(oldest(c), reply.id) ||
		    !take_frame(c, &reply, BITMARK_JOB_REPLY, notice))
			continue;
		remove_oldest(c);
		return BITMARK_OK;
	}
	return BITMARK_E_PENDING;
}

/* A failure leaves it as it is: it is due again with the next connection, or the
 * next step. */
static void
send_oldest(struct bitmark_job_client *c, uint64_t now_ms)
{
	struct submission *s = oldest(c);
	uint32_t id;

	if (s == NULL || (s->sent && now_ms < s->due_ms) ||
	    bm_dealer_send_alone(c->answers.dealer, (struct bitmark_span){
	    (const uint8_t *)s->text, s->size }, &id) != BITMARK_OK)
		return;
	if (!s->sent)
		s->id = id;
	s->last_id = id;
	s->due_ms = now_ms + c->reply_ms;
	c->stats.sent++;
	c->stats.again += s->again;
	s->sent = s->again = true;
}

/* With the connection the requests that were made on it are gone. */
static bitmark_status
advance_answers(struct bitmark_job_client *c, uint64_t now_ms,
    struct bitmark_job_notice *notice)
{
	bitmark_status status = receive_reply(c, notice);

	if (status != BITMARK_E_NOT_FOUND)
		return status;
	bm_dealer_drive(c->answers.dealer, now_ms);
	if (bm_dealer_state(c->answers.dealer) == BM_DEALER_CONNECTED)
		send_oldest(c, now_ms);
	else if (c->waiting > 0)
		oldest(c)->sent = false;
	return BITMARK_E_PENDING;
}

bitmark_status
bitmark_job_client_submit(struct bitmark_job_client *c, const char *text,
    size_t size)
{
	struct submission *s;

	if (size > BITMARK_JOB_SUBMIT_MAX)
		return BITMARK_E_LENGTH;
	if (c->waiting == BITMARK_JOB_SUBMISSIONS_MAX)
		return BITMARK_E_BUSY;
	s = &c->queue[(c->first + c->waiting++) %
	    BITMARK_JOB_SUBMISSIONS_MAX];
	s->sent = s->again = false;
	s->size = size;
	memcpy(s->text, text, size);
	/* The next step sends it, and is due now. */
	c->answers.has_input = true;
	return BITMARK_OK;
}

bitmark_status
bitmark_job_client_get_stats(const struct bitmark_job_client *c,
    struct bitmark_job_client_stats *stats)
{
	struct bitmark_job_client_stats told = c->stats;

	told.waiting = c->waiting;
	return BM_OUT(bitmark_job_client_stats, stats, &told);
}

/* --- steps ---------------------------------------------------------------- */

/* After a refusal nothing is tried until the caller steps again. */
static void
take_up(struct bm_link *link)
{
	if (bm_dealer_state(link->dealer) == BM_DEALER_LOST &&
	    bm_dealer_deadline(link->dealer) == UINT64_MAX)
		(void)bm_dealer_reopen(link->dealer, bitmark_clock_ms());
}

static bitmark_status
look_for_refusal(struct bm_link *link)
{
	bitmark_status status = bm_dealer_refusal(link->dealer);

	if (status == BITMARK_OK)
		return BITMARK_E_PENDING;
	bm_dealer_disconnect(link->dealer);
	return status;
}

/* Replies come first: they tell whether a job is still worth its work. */
static bitmark_status
step(struct bitmark_job_client *c, struct bitmark_job_notice *notice)
{
	const uint64_t now_ms = bitmark_clock_ms();
	bitmark_status status;

	if (bm_link_take_cancel(&c->jobs))
		return BITMARK_E_CANCELLED;
	take_up(&c->jobs);
	take_up(&c->answers);
	status = advance_answers(c, now_ms, notice);
	if (status == BITMARK_E_PENDING)
		status = advance_jobs(c, now_ms, notice);
	if (status == BITMARK_E_PENDING)
		status = look_for_refusal(&c->answers);
	if (status == BITMARK_E_PENDING)
		status = look_for_refusal(&c->jobs);
	if (status == BITMARK_E_PENDING) {
		bm_link_settle(&c->jobs);
		bm_link_settle(&c->answers);
	} else
		/* The sockets were left as they are: there may be more. */
		c->jobs.has_input = true;
	return status;
}

bitmark_status
bitmark_job_client_step(struct bitmark_job_client *c,
    struct bitmark_job_notice *notice)
{
	struct bitmark_job_notice told = { .struct_size = sizeof told };
	bitmark_status status;

	if (!BM_FITS(bitmark_job_notice, notice))
		return BITMARK_E_ARGUMENT;
	status = step(c, &told);
	return status != BITMARK_OK ? status :
	    BM_OUT(bitmark_job_notice, notice, &told);
}

/* The cancel of the first link is the one that counts. */
size_t
bitmark_job_client_poll_items(const struct bitmark_job_client *c,
    struct pollfd *items, size_t capacity)
{
	const size_t count = bm_link_poll_items(&c->jobs, items, capacity);
	const size_t used = count < capacity ? count : capacity;

	return count + bm_link_poll_items(&c->answers, items + used,
	    capacity - used);
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* A reply that does not come is no event of any descriptor.  Neither is a socket
 * that can be written to: it tells of that once, perhaps before this could send.
 */
uint64_t
bitmark_job_client_deadline_ms(const struct bitmark_job_client *c)
{
	const struct submission *s = &c->queue[c->first];
	const uint64_t due_ms = earlier(bm_link_deadline(&c->jobs),
	    bm_link_deadline(&c->answers));

	if (c->waiting == 0)
		return due_ms;
	if (s->sent)
		return earlier(due_ms, s->due_ms);
	return bm_dealer_state(c->answers.dealer) != BM_DEALER_CONNECTED ?
	    due_ms : earlier(due_ms, bitmark_clock_ms() + UNSENT_MS);
}

void
bitmark_job_client_cancel(struct bitmark_job_client *c)
{
	bm_wake_signal(&c->jobs.cancel);
}

static bitmark_status
nothing_came(const struct bitmark_job_client *c)
{
	return !c->connected && bm_dealer_history(c->jobs.dealer)->lacks_host ?
	    BITMARK_E_HOST_NOT_FOUND : BITMARK_E_TIMEOUT;
}

bitmark_status
bitmark_job_client_next(struct bitmark_job_client *c, unsigned timeout_ms,
    struct bitmark_job_notice *notice)
{
	const uint64_t end_ms = bitmark_clock_ms() + timeout_ms;
	struct pollfd items[BITMARK_JOB_CLIENT_POLL_MAX];
	bitmark_status status;

	while ((status = bitmark_job_client_step(c, notice)) ==
	    BITMARK_E_PENDING) {
		if (bitmark_clock_ms() >= end_ms)
			return nothing_came(c);
		status = bm_link_poll(items, bitmark_job_client_poll_items(c,
		    items, BITMARK_JOB_CLIENT_POLL_MAX), earlier(end_ms,
		    bitmark_job_client_deadline_ms(c)));
		if (status != BITMARK_OK)
			return status;
	}
	return status;
}
