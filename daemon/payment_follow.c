/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Following the chain of a currency, one request after the other. This file
 * does no input or output: it names the next path to ask for, and is given the
 * answer.
 *
 * The newest blocks may be replaced by others, so a block is read for payments
 * only when enough others stand on it. When such a block leaves the chain all
 * the same, the follower goes back to the last block that both branches share,
 * and forward from there on the new branch, however long it is [S-24]. A
 * payment may be told twice by this, which does no harm, and one that was told
 * is never taken back: the number of confirmations must be chosen large enough.
 */
#include "payment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "payment_json.h"

#define NOT_FOUND 404
#define FOUND 200

static void
set_place(struct payment_place *place, const char *hash, uint64_t height)
{
	memmove(place->hash, hash, strlen(hash) + 1);
	place->height = height;
}

static void
set_cursor(struct payment_follow *f, const char *hash)
{
	memmove(f->cursor, hash, strlen(hash) + 1);
}

/* A place from the last run is checked before work goes on from it. */
void
payment_follow_init(struct payment_follow *f,
    const struct payment_follow_config *config)
{
	memset(f, 0, sizeof *f);
	f->config = *config;
	f->place = config->place;
	f->is_resumed = f->place.hash[0] != '\0';
}

/* --- the ways to IDLE ----------------------------------------------------- */

/* All blocks were read: wait for the next check. */
static void
finish(struct payment_follow *f, uint64_t now_ms)
{
	f->state = PAYMENT_IDLE;
	f->wake_ms = now_ms + f->config.interval_ms;
	f->failures = f->bad_answers = 0;
	f->reason[0] = '\0';
}

/* Place and cursor stay, so the same request is tried again, later each time.
 */
static void
fail(struct payment_follow *f, uint64_t now_ms, const char *reason)
{
	uint64_t wait_ms = f->config.interval_ms < PAYMENT_RETRY_FIRST_MS ?
	    f->config.interval_ms : PAYMENT_RETRY_FIRST_MS;

	for (unsigned i = 0; i < f->failures &&
	    wait_ms < PAYMENT_RETRY_MAX_MS; i++)
		wait_ms *= 2;
	if (wait_ms > PAYMENT_RETRY_MAX_MS)
		wait_ms = PAYMENT_RETRY_MAX_MS;
	f->state = PAYMENT_IDLE;
	f->told = 0;
	f->wake_ms = now_ms + wait_ms;
	f->failures++;
	f->failures_all++;
	snprintf(f->reason, sizeof f->reason, "%s", reason);
}

/* --- where to go on ------------------------------------------------------- */

/* Would a block of this height have enough blocks on it, if it is in the chain?
 */
static bool
is_deep(const struct payment_follow *f, uint64_t height)
{
	return height + f->config.confirmations <= f->tip.height + 1;
}

/* Go backwards from the newest block: the place is not known, or is not in the
 * daemon's chain. */
static void
start_over(struct payment_follow *f)
{
	f->place = (struct payment_place){ .height = 0 };
	f->first = f->place;
	f->is_resumed = false;
	set_cursor(f, f->tip.hash);
	f->state = PAYMENT_BACK;
}

/* A place that has too few blocks on it means that the chain became shorter. */
static void
find_work(struct payment_follow *f, uint64_t now_ms)
{
	if (f->place.hash[0] == '\0' && f->cursor[0] == '\0')
		start_over(f);
	else if (f->place.hash[0] == '\0')
		f->state = PAYMENT_BACK;
	else if (f->is_resumed || !is_deep(f, f->place.height))
		f->state = PAYMENT_CHECK;
	else if (is_deep(f, f->place.height + 1))
		f->state = PAYMENT_HASH;
	else
		finish(f, now_ms);
}

/* Go to the block above the place. Its hash came with the place, or from its
 * height. */
static void
go_ahead(struct payment_follow *f, const char *next, uint64_t now_ms)
{
	if (next[0] == '\0' || !is_deep(f, f->place.height + 1)) {
		finish(f, now_ms);
		return;
	}
	set_place(&f->ahead, next, f->place.height + 1);
	f->state = PAYMENT_AHEAD;
}

/* The block above the place does not build on it. If the place was checked just
 * now, the daemon is changing its chain at this moment. */
static void
check_place(struct payment_follow *f, uint64_t now_ms)
{
	if (f->is_checked)
		fail(f, now_ms, "the chain changes while it is read");
	else
		f->state = PAYMENT_CHECK;
}

/* --- answers -------------------------------------------------------------- */

/* The value of the member ${wanted} of an object, a text or a number. */
static struct bitmark_span
member_of(const struct payment_answer *a, const char *wanted, char kind)
{
	struct bitmark_span name, value = { NULL, 0 };
	struct payment_json j;

	payment_json_begin(&j, a->text, a->size);
	if (!payment_json_enter(&j, '{'))
		return value;
	while (payment_json_member(&j, &name)) {
		if (!payment_json_is(name, wanted))
			payment_json_skip(&j);
		else if (kind == '"')
			payment_json_string(&j, &value);
		else
			payment_json_number(&j, &value);
	}
	if (!payment_json_ends(&j))
		value.size = 0;
	return value;
}

/* Take a hash, in lower case; false: the text is none. */
static bool
hash_of(struct bitmark_span span, char out[PAYMENT_HASH_TEXT + 1])
{
	uint8_t bytes[PAYMENT_HASH_TEXT / 2];
	size_t size;

	if (span.size != PAYMENT_HASH_TEXT || bitmark_hex_decode(
	    (const char *)span.data, span.size, bytes, sizeof bytes, &size) !=
	    BITMARK_OK)
		return false;
	bitmark_hex_encode(bytes, sizeof bytes, out);
	return true;
}

/* Digits only, and few enough that they cannot overflow. */
static bool
height_of(struct bitmark_span span, uint64_t *height)
{
	*height = 0;
	for (size_t i = 0; i < span.size; i++) {
		if (span.data[i] < '0' || span.data[i] > '9')
			return false;
		*height = 10 * *height + (uint64_t)(span.data[i] - '0');
	}
	return span.size > 0 && span.size <= 15;
}

/* A daemon of another chain would report payments that are worth nothing. */
static void
on_tip(struct payment_follow *f, const struct payment_answer *a)
{
	const struct bitmark_span chain = member_of(a, "chain", '"');
	char reason[PAYMENT_REASON_MAX];

	if (!hash_of(member_of(a, "bestblockhash", '"'), f->tip.hash) ||
	    !height_of(member_of(a, "blocks", '0'), &f->tip.height)) {
		fail(f, a->now_ms, "chaininfo is not understood");
		return;
	}
	if (!payment_json_is(chain, f->config.chain)) {
		snprintf(reason, sizeof reason, "it is on the chain '%.*s', "
		    "not on '%s'", (int)(chain.size < PAYMENT_CHAIN_MAX ?
		    chain.size : PAYMENT_CHAIN_MAX), chain.size > 0 ?
		    (const char *)chain.data : "", f->config.chain);
		fail(f, a->now_ms, reason);
		return;
	}
	f->is_checked = false;
	find_work(f, a->now_ms);
}

/* Daemons before 0.18 do not know this request; there the place itself is asked
 * for the block above it. */
static void
on_hash(struct payment_follow *f, const struct payment_answer *a)
{
	char hash[PAYMENT_HASH_TEXT + 1];

	if (a->status == NOT_FOUND)
		f->state = PAYMENT_CHECK;
	else if (hash_of(member_of(a, "blockhash", '"'), hash))
		go_ahead(f, hash, a->now_ms);
	else
		fail(f, a->now_ms, "blockhashbyheight is not understood");
}

/* A payment_fn that skips the payments which were handed over before. */
static bitmark_status
tell_next(void *follow, const struct payment *p)
{
	struct payment_follow *f = follow;
	bitmark_status status;

	if (f->to_skip > 0) {
		f->to_skip--;
		return BITMARK_OK;
	}
	status = f->config.each(f->config.user, p);
	f->told += status == BITMARK_OK;
	return status;
}

/* False: a payment could not be handed over, so the block is to be tried again,
 * or this answer given again. */
static bool
look_through(struct payment_follow *f, const struct payment_answer *a)
{
	struct payment_oddities odd = f->odd;
	bitmark_status status;

	f->to_skip = f->told;
	status = payment_each(a->text, a->size, f->config.currency, tell_next,
	    f, &odd);
	f->is_partly = status == BITMARK_E_BUSY;
	if (f->is_partly)
		return false;
	if (status != BITMARK_OK) {
		fail(f, a->now_ms, bitmark_strerror(status));
		return false;
	}
	f->odd = odd;
	f->told = 0;
	f->blocks++;
	f->failures = f->bad_answers = 0;
	f->reason[0] = '\0';
	return true;
}

/* Is the block too old for anybody to wait for a payment in it? */
static bool
is_old(const struct payment_follow *f, const struct payment_head *head,
    uint64_t now_s)
{
	return head->time_s < now_s &&
	    now_s - head->time_s > f->config.look_back_s;
}

/* The place has left the chain, or work goes on from it. When this daemon was
 * down for long, the blocks in between are skipped. */
static void
on_check(struct payment_follow *f, const struct payment_answer *a,
    const struct payment_head *head)
{
	if (head->confirmations < 0) {
		f->left++;
		f->is_checked = false;
		if (head->previous[0] == '\0' || f->place.height == 0)
			start_over(f);
		else
			set_place(&f->place, head->previous,
			    f->place.height - 1);
		return;
	}
	if (f->is_resumed && is_old(f, head, a->now_s)) {
		start_over(f);
		return;
	}
	f->is_resumed = false;
	f->is_checked = true;
	go_ahead(f, head->next, a->now_ms);
}

/* The number of confirmations is that of this moment; the chain may have
 * changed since chaininfo. */
static void
on_ahead(struct payment_follow *f, const struct payment_answer *a,
    const struct payment_head *head)
{
	if (head->confirmations < 0 || strcmp(head->previous, f->place.hash) !=
	    0) {
		check_place(f, a->now_ms);
		return;
	}
	if (head->confirmations < (int64_t)f->config.confirmations) {
		finish(f, a->now_ms);
		return;
	}
	if (!look_through(f, a))
		return;
	set_place(&f->place, f->ahead.hash, f->ahead.height);
	f->is_checked = false;
	go_ahead(f, head->next, a->now_ms);
}

/* The way back has ended: with the next check go forward from the newest block
 * that was read. */
static void
turn(struct payment_follow *f, uint64_t now_ms)
{
	f->place = f->first;
	set_cursor(f, "");
	finish(f, now_ms);
}

static void
on_back(struct payment_follow *f, const struct payment_answer *a,
    const struct payment_head *head)
{
	const bool is_deep_now = head->confirmations >=
	    (int64_t)f->config.confirmations;

	if (is_deep_now && !look_through(f, a))
		return;
	if (is_deep_now && f->first.hash[0] == '\0')
		set_place(&f->first, head->hash, head->height);
	if ((is_deep_now && is_old(f, head, a->now_s)) ||
	    head->previous[0] == '\0')
		turn(f, a->now_ms);
	else
		set_cursor(f, head->previous);
}

/* --- blocks that are not there, or none ----------------------------------- */

/* The daemon does not know the block, or has pruned it. */
static void
on_missing(struct payment_follow *f, uint64_t now_ms)
{
	if (f->state != PAYMENT_BACK)
		start_over(f);
	else if (f->first.hash[0] != '\0')
		turn(f, now_ms);
	else {
		set_cursor(f, "");
		fail(f, now_ms, "the block is not there");
	}
}

/* An answer that is no block may be better the next time; one that is wrong
 * again and again must not block everything behind it. */
static void
on_bad_block(struct payment_follow *f, uint64_t now_ms, const char *why)
{
	if (++f->bad_answers < PAYMENT_TRIES_MAX) {
		fail(f, now_ms, why);
		return;
	}
	f->passed++;
	f->bad_answers = 0;
	if (f->state == PAYMENT_AHEAD) {
		set_place(&f->place, f->ahead.hash, f->ahead.height);
		f->state = PAYMENT_IDLE;
		f->wake_ms = now_ms;
	} else
		on_missing(f, now_ms);
}

/* The answer must be about the block that was asked for. */
static bool
read_head(const struct payment_follow *f, const struct payment_answer *a,
    struct payment_head *head)
{
	if (!payment_head_read(a->text, a->size, head))
		return false;
	if (f->state == PAYMENT_AHEAD)
		return strcmp(head->hash, f->ahead.hash) == 0 &&
		    head->height == f->ahead.height;
	return f->state == PAYMENT_BACK ?
	    strcmp(head->hash, f->cursor) == 0 :
	    strcmp(head->hash, f->place.hash) == 0 &&
	    head->height == f->place.height;
}

static void
on_block(struct payment_follow *f, const struct payment_answer *a)
{
	struct payment_head head;

	if (a->status == NOT_FOUND)
		on_missing(f, a->now_ms);
	else if (!read_head(f, a, &head))
		on_bad_block(f, a->now_ms, "a block is not understood");
	else if (f->state == PAYMENT_CHECK)
		on_check(f, a, &head);
	else if (f->state == PAYMENT_AHEAD)
		on_ahead(f, a, &head);
	else
		on_back(f, a, &head);
}

/* --- the face ------------------------------------------------------------- */

void
payment_follow_answer(struct payment_follow *f,
    const struct payment_answer *a)
{
	const bool wants_block = f->state == PAYMENT_CHECK ||
	    f->state == PAYMENT_AHEAD || f->state == PAYMENT_BACK;
	char reason[PAYMENT_REASON_MAX];

	if (f->state == PAYMENT_IDLE)
		return;
	f->is_partly = false;
	if (a->failure != NULL && a->is_too_long && wants_block) {
		on_bad_block(f, a->now_ms, a->failure);
		return;
	}
	snprintf(reason, sizeof reason, "HTTP status %ld", a->status);
	if (a->failure != NULL)
		fail(f, a->now_ms, a->failure);
	else if (a->status != FOUND && (a->status != NOT_FOUND ||
	    f->state == PAYMENT_TIP))
		fail(f, a->now_ms, reason);
	else if (wants_block)
		on_block(f, a);
	else if (f->state == PAYMENT_TIP)
		on_tip(f, a);
	else
		on_hash(f, a);
}

static void
block_path(char path[PAYMENT_PATH_MAX], const char *hash)
{
	snprintf(path, PAYMENT_PATH_MAX, "block/%s.json", hash);
}

bool
payment_follow_next(struct payment_follow *f, uint64_t now_ms,
    char path[PAYMENT_PATH_MAX])
{
	if (f->state == PAYMENT_IDLE && now_ms >= f->wake_ms)
		f->state = PAYMENT_TIP;
	switch (f->state) {
	case PAYMENT_IDLE:
		return false;
	case PAYMENT_TIP:
		snprintf(path, PAYMENT_PATH_MAX, "chaininfo.json");
		break;
	case PAYMENT_HASH:
		snprintf(path, PAYMENT_PATH_MAX, "blockhashbyheight/%" PRIu64
		    ".json", f->place.height + 1);
		break;
	case PAYMENT_CHECK:
		block_path(path, f->place.hash);
		break;
	case PAYMENT_AHEAD:
		block_path(path, f->ahead.hash);
		break;
	case PAYMENT_BACK:
		block_path(path, f->cursor);
		break;
	}
	return true;
}
