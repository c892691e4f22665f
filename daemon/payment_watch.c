/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Watching for payments: a follower for each currency, fed by HTTP requests.
 * Everything here runs on the daemon's main thread, between two polls, so there
 * is no lock. The positions of the followers are kept in a file, so that a
 * restart goes on where it ended.
 */
#include "payment_watch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/os.h>

#define MODULE "payment"
#define FILE_MODE 0600
/* Longest file of positions, longest line of it, and longest URL. Bytes.
 * Source: local bounds. */
#define FILE_MAX 4096
#define LINE_MAX_SIZE 128
#define URL_MAX 2048
/* How often positions are written while many blocks are being read.
 * Milliseconds. */
#define SAVE_MS 10000
/* For how long payments are handed over without a pause. Each one is on the
 * disk before the next one is begun, and a block may have thousands, while the
 * main thread also serves the control socket. Milliseconds. */
#define TURN_MS 100

struct source {
	struct payment_watch *watch;
	enum bitmark_currency currency;
	struct payment_follow follow;
	bool is_on, is_asking;
	struct payment_answer answer;   /* follow.is_partly                */
	uint64_t turn_ms;               /* 0: nothing was handed over yet  */
	uint64_t payments, verified;
	char told[PAYMENT_REASON_MAX];  /* the last reason in the log      */
	uint64_t told_ms;
	bool was_reached;
	uint64_t told_left, told_passed, told_odd;
};

struct payment_watch {
	struct payment_watch_config config;
	struct payment_fetch *fetch;
	struct source source[PAYMENT_FETCH_SLOTS];
	struct payment_place saved[PAYMENT_FETCH_SLOTS];
	uint64_t save_ms;               /* not before                      */
	bool lacks_file;                /* it could not be written         */
};

const char *
payment_currency_name(enum bitmark_currency currency)
{
	return currency == BITMARK_CURRENCY_BITCOIN ? "bitcoin" : "litecoin";
}

/* --- the log -------------------------------------------------------------- */

static void
say(const struct payment_watch *w, enum bitmark_log_level level,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

static void
say(const struct payment_watch *w, enum bitmark_log_level level,
    const char *format, ...)
{
	char line[512];
	va_list list;
	int size;

	if (w->config.env.log == NULL)
		return;
	va_start(list, format);
	size = vsnprintf(line, sizeof line, format, list);
	va_end(list);
	if (size > 0)
		w->config.env.log(w->config.env.user, level, MODULE, line,
		    strlen(line));
}

/* A failure is logged when it begins, when its reason changes, and again after
 * PAYMENT_WATCH_QUIET_MS, so that a daemon which is down for long does not fill
 * the log. */
static void
say_reason(struct source *s, uint64_t now_ms)
{
	const struct payment_watch *w = s->watch;
	const char *name = payment_currency_name(s->currency);
	const struct payment_follow *f = &s->follow;

	if (f->reason[0] == '\0') {
		if (s->told[0] != '\0')
			say(w, BITMARK_LOG_INFO, "%s: works again", name);
		else if (!s->was_reached)
			say(w, BITMARK_LOG_INFO, "%s: follows the chain %s at "
			    "block %" PRIu64, name, f->config.chain,
			    f->tip.height);
		s->was_reached = true;
		s->told[0] = '\0';
	} else if (strcmp(f->reason, s->told) != 0 ||
	    now_ms - s->told_ms >= PAYMENT_WATCH_QUIET_MS) {
		say(w, BITMARK_LOG_WARN, "%s: payments cannot be seen: %s; "
		    "trying again", name, f->reason);
		memcpy(s->told, f->reason, sizeof s->told);
		s->told_ms = now_ms;
	}
}

/* Log the events on the way that were not logged yet. */
static void
say_events(struct source *s)
{
	const struct payment_watch *w = s->watch;
	const struct payment_follow *f = &s->follow;
	const char *name = payment_currency_name(s->currency);
	const uint64_t odd = f->odd.without_amount + f->odd.many_addresses +
	    f->odd.overflow;

	if (f->left > s->told_left)
		say(w, BITMARK_LOG_INFO, "%s: %" PRIu64 " blocks left the "
		    "chain: back to block %" PRIu64, name,
		    f->left - s->told_left, f->place.height);
	if (f->passed > s->told_passed)
		say(w, BITMARK_LOG_ERROR, "%s: block %" PRIu64 " was skipped: "
		    "it could not be read", name, f->place.height);
	if (odd > s->told_odd)
		say(w, BITMARK_LOG_WARN, "%s: %" PRIu64 " transactions with a "
		    "pay id are no payments: they pay no address, or too many",
		    name, odd - s->told_odd);
	s->told_left = f->left;
	s->told_passed = f->passed;
	s->told_odd = odd;
}

/* --- payments ------------------------------------------------------------- */

/* A payment_fn. BITMARK_E_BUSY after TURN_MS makes the follower stop;
 * take_answer calls it again with the same answer in the next turn. */
static bitmark_status
deliver(void *user, const struct payment *p)
{
	struct source *s = user;
	const struct payment_watch *w = s->watch;
	char pay_id[2 * BITMARK_PAY_ID_SIZE + 1];
	bool verified = false;
	bitmark_status status;

	if (s->turn_ms != 0 && bitmark_clock_ms() - s->turn_ms >= TURN_MS)
		return BITMARK_E_BUSY;
	if (s->turn_ms == 0)
		s->turn_ms = bitmark_clock_ms();
	status = w->config.deliver(w->config.user, p->pay_id, &p->paid,
	    &verified);
	if (status != BITMARK_OK)
		return status;
	s->payments++;
	s->verified += verified;
	bitmark_hex_encode(p->pay_id, BITMARK_PAY_ID_SIZE, pay_id);
	/* Most payments of a currency belong to transactions of other nodes, so
	 * one that verifies nothing is logged for debugging only. */
	say(w, verified ? BITMARK_LOG_INFO : BITMARK_LOG_DEBUG,
	    "%s: payment of %s in %s: %s",
	    payment_currency_name(s->currency), pay_id, p->tx_id,
	    verified ? "verified" : "no waiting transaction is paid by it");
	return BITMARK_OK;
}

/* --- positions ------------------------------------------------------------ */

/* A line is "bitcoin HEIGHT HASH". A line of another form is skipped, and its
 * currency is then followed from its newest block. */
static void
take_line(struct payment_place place[PAYMENT_FETCH_SLOTS], const char *line)
{
	char name[16], height[16], hash[PAYMENT_HASH_TEXT + 1];

	if (sscanf(line, "%15s %15[0-9] %64[0-9a-f]", name, height, hash) !=
	    3 || strlen(hash) != PAYMENT_HASH_TEXT)
		return;
	for (size_t i = 0; i < PAYMENT_FETCH_SLOTS; i++)
		if (strcmp(name, payment_currency_name(
		    (enum bitmark_currency)(i + 1))) == 0) {
			memcpy(place[i].hash, hash, sizeof hash);
			place[i].height = strtoull(height, NULL, 10);
		}
}

/* A file that cannot be read is reported, and the currencies are followed from
 * their newest blocks. */
static void
load_places(const struct payment_watch *w,
    struct payment_place place[PAYMENT_FETCH_SLOTS])
{
	const char *path = w->config.position_file;
	uint8_t *data = NULL;
	size_t size;
	bitmark_status status;
	char *next;

	memset(place, 0, PAYMENT_FETCH_SLOTS * sizeof place[0]);
	if (path == NULL || bitmark_file_is_special(path))
		return;
	status = bitmark_file_read(path, FILE_MAX, &data, &size);
	if (status != BITMARK_OK && status != BITMARK_E_NOT_FOUND)
		say(w, BITMARK_LOG_WARN, "%s: %s", path,
		    bitmark_strerror(status));
	for (char *line = (char *)data; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		take_line(place, line);
	}
	bitmark_free(data);
}

/* A position that is a little old only costs reading some blocks twice, so an
 * error is logged once and nothing else is done. */
static void
save_places(struct payment_watch *w, uint64_t now_ms)
{
	char text[PAYMENT_FETCH_SLOTS * LINE_MAX_SIZE];
	size_t size = 0;
	bitmark_status status;

	for (size_t i = 0; i < PAYMENT_FETCH_SLOTS; i++) {
		const struct source *s = &w->source[i];
		const struct payment_place *place = s->is_on ?
		    &s->follow.place : &w->saved[i];

		if (place->hash[0] != '\0')
			size += (size_t)snprintf(text + size,
			    sizeof text - size, "%s %" PRIu64 " %s\n",
			    payment_currency_name(s->currency),
			    place->height, place->hash);
		w->saved[i] = *place;
	}
	status = bitmark_file_replace(w->config.position_file, FILE_MODE, text,
	    size);
	if (status != BITMARK_OK && !w->lacks_file)
		say(w, BITMARK_LOG_ERROR, "%s: cannot be written: %s",
		    w->config.position_file, bitmark_strerror(status));
	w->lacks_file = status != BITMARK_OK;
	w->save_ms = now_ms + SAVE_MS;
}

/* Write at once when a follower has nothing more to do, else every SAVE_MS. */
static void
save_if_moved(struct payment_watch *w, uint64_t now_ms, bool is_last)
{
	bool moved = false;

	if (w->config.position_file == NULL)
		return;
	for (size_t i = 0; i < PAYMENT_FETCH_SLOTS; i++) {
		const struct source *s = &w->source[i];

		moved |= s->is_on && (is_last || now_ms >= w->save_ms ||
		    s->follow.state == PAYMENT_IDLE) && strcmp(
		    s->follow.place.hash, w->saved[i].hash) != 0;
	}
	if (moved)
		save_places(w, now_ms);
}

/* --- requests ------------------------------------------------------------- */

/* One request for each currency is under way at a time. */
static void
ask(struct source *s, size_t slot, uint64_t now_ms)
{
	char path[PAYMENT_PATH_MAX], url[URL_MAX];
	const struct payment_watch *w = s->watch;

	if (!s->is_on || s->is_asking ||
	    !payment_follow_next(&s->follow, now_ms, path))
		return;
	snprintf(url, sizeof url, "%s/%s", w->config.source[s->currency].url,
	    path);
	payment_fetch_start(w->fetch, slot, url);
	s->is_asking = true;
}

/* Take an answer that has come, or go on with one that was handed over in part.
 */
static void
take_answer(struct source *s, size_t slot, uint64_t now_ms)
{
	if (!s->is_asking || (!s->follow.is_partly &&
	    !payment_fetch_take(s->watch->fetch, slot, &s->answer)))
		return;
	s->turn_ms = 0;
	s->answer.now_ms = now_ms;
	s->answer.now_s = bitmark_clock_wall_s();
	payment_follow_answer(&s->follow, &s->answer);
	s->is_asking = s->follow.is_partly;
	if (s->follow.state == PAYMENT_IDLE) {
		say_events(s);
		say_reason(s, now_ms);
	}
}

/* An answer that was handed over in part makes the poll return at once. */
size_t
payment_watch_items(const struct payment_watch *w,
    struct pollfd items[PAYMENT_FETCH_ITEMS], uint64_t *until_ms)
{
	if (w == NULL)
		return 0;
	for (size_t i = 0; i < PAYMENT_FETCH_SLOTS; i++) {
		const struct source *s = &w->source[i];

		if (s->is_on && !s->is_asking && s->follow.wake_ms < *until_ms)
			*until_ms = s->follow.wake_ms;
		if (s->follow.is_partly)
			*until_ms = 0;
	}
	return payment_fetch_items(w->fetch, items, until_ms);
}

void
payment_watch_serve(struct payment_watch *w, const struct pollfd *items,
    size_t count)
{
	uint64_t now_ms;

	if (w == NULL)
		return;
	payment_fetch_serve(w->fetch, items, count);
	now_ms = bitmark_clock_ms();
	for (size_t i = 0; i < PAYMENT_FETCH_SLOTS; i++) {
		take_answer(&w->source[i], i, now_ms);
		ask(&w->source[i], i, now_ms);
	}
	save_if_moved(w, now_ms, false);
}

/* --- the face ------------------------------------------------------------- */

/* Slots and currencies differ by one, as currency 0 is "nothing". */
static void
start_source(struct payment_watch *w, size_t slot,
    const struct payment_place *place)
{
	struct source *s = &w->source[slot];
	struct payment_follow_config follow = {
		.confirmations = w->config.confirmations,
		.look_back_s = w->config.look_back_s,
		.interval_ms = w->config.interval_ms,
		.place = *place, .each = deliver, .user = s };

	s->watch = w;
	s->currency = (enum bitmark_currency)(slot + 1);
	s->is_on = w->config.source[s->currency].url != NULL;
	follow.currency = s->currency;
	if (s->is_on)
		snprintf(follow.chain, sizeof follow.chain, "%s",
		    w->config.source[s->currency].chain);
	payment_follow_init(&s->follow, &follow);
}

/* NULL, or why it failed. libcurl is started first, because without it there is
 * nothing to watch. */
const char *
payment_watch_open(struct payment_watch **watch,
    const struct payment_watch_config *config)
{
	struct payment_watch *w = calloc(1, sizeof *w);
	const char *why;

	*watch = NULL;
	if (w == NULL)
		return bitmark_strerror(BITMARK_E_NOMEM);
	w->config = *config;
	why = payment_fetch_open(&w->fetch, config->silence_s,
	    config->size_max);
	if (why != NULL) {
		free(w);
		return why;
	}
	load_places(w, w->saved);
	for (size_t i = 0; i < PAYMENT_FETCH_SLOTS; i++)
		start_source(w, i, &w->saved[i]);
	*watch = w;
	return NULL;
}

/* The last positions are written before the requests are cancelled. */
void
payment_watch_close(struct payment_watch *w)
{
	if (w == NULL)
		return;
	save_if_moved(w, bitmark_clock_ms(), true);
	payment_fetch_close(w->fetch);
	free(w);
}

void
payment_watch_tell(const struct payment_watch *w,
    enum bitmark_currency currency, struct payment_watch_status *status)
{
	const struct source *s;

	*status = (struct payment_watch_status){ .reason = "" };
	if (w == NULL)
		return;
	s = &w->source[currency - 1];
	*status = (struct payment_watch_status){
		.is_on = s->is_on, .height = s->follow.place.height,
		.tip = s->follow.tip.height, .reason = s->follow.reason,
		.blocks = s->follow.blocks, .payments = s->payments,
		.verified = s->verified, .failures = s->follow.failures_all };
}
