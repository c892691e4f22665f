/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The screen of bitmarkd-c top, as text.
 *
 * Each line is made as plain text and cut at the width of the terminal before
 * it gets its colour, so the escape sequences, which take no columns, need not
 * be counted.
 */
#include "top.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/output.h"
#include "shared/progress.h"

#define LINE_MAX_BYTES 1024
#define LABEL_WIDTH 12
/* Columns of the table of peers without its addresses, and the least and most
 * that an address gets. */
#define BESIDE_ADDRESS 36
#define ADDRESS_LEAST 9
#define ADDRESS_MOST 28

/* Parameters of the escape sequence Select Graphic Rendition. Source: ECMA-48
 */
#define PLAIN ""
#define BOLD "1"
#define RED "1;31"
#define GREEN "32"
#define CYAN "36"
#define FAINT "2"

/* The text while it is made. */
struct view {
	const struct top_style *style;
	FILE *out;
	size_t rows;                    /* used so far                     */
};

/* --- samples -------------------------------------------------------------- */

/* The oldest of TOP_SAMPLES samples makes room for the new one. */
static void
add_sample(struct top_series *s, double value)
{
	if (s->count == TOP_SAMPLES)
		memmove(s->value, s->value + 1,
		    --s->count * sizeof s->value[0]);
	s->value[s->count++] = value;
}

static uint64_t
count_of(const json_t *object, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(object, name));
}

static double
rate_of(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

/* How much a counter has grown in a second. 0 when there is no earlier value,
 * or when it went down because the node was restarted. */
static double
growth(const struct top *t, const json_t *status, const char *name,
    uint64_t now_ms)
{
	const uint64_t now = count_of(status, name);
	const uint64_t before = count_of(t->status, name);

	if (t->status == NULL || now < before || now_ms <= t->at_ms)
		return 0;
	return (double)(now - before) * 1000 / (double)(now_ms - t->at_ms);
}

/* Both replies are taken over; the ones before are freed, after the growth was
 * computed from them. */
void
top_add(struct top *t, json_t *status, json_t *connections, uint64_t now_ms)
{
	add_sample(&t->blocks, growth(t, status, "height", now_ms));
	add_sample(&t->requests, growth(t, status, "requests", now_ms));
	add_sample(&t->digests, rate_of(status, "digests_per_s"));
	add_sample(&t->waiting, (double)(count_of(status, "pending") +
	    count_of(status, "verified")));
	top_fini(t);
	t->status = status;
	t->connections = connections;
	t->at_ms = now_ms;
}

void
top_fini(struct top *t)
{
	json_decref(t->status);
	json_decref(t->connections);
	t->status = t->connections = NULL;
}

/* --- lines ---------------------------------------------------------------- */

/* Cut ${text} after ${columns} characters. In UTF-8 every byte that is not
 * 10xxxxxx begins a character. */
static void
cut(char *text, size_t columns)
{
	size_t characters = 0;

	for (; *text != '\0'; text++)
		if (((unsigned char)*text & 0xc0) != 0x80 &&
		    ++characters > columns) {
			*text = '\0';
			return;
		}
}

static void put(struct view *v, const char *color, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Print one line, unless the screen is full. */
static void
put(struct view *v, const char *color, const char *format, ...)
{
	const bool colored = v->style->color && color[0] != '\0';
	char text[LINE_MAX_BYTES];
	va_list list;

	if (v->rows == v->style->rows)
		return;
	va_start(list, format);
	(void)vsnprintf(text, sizeof text, format, list);
	va_end(list);
	cut(text, v->style->columns);
	if (colored)
		fprintf(v->out, "\033[%sm%s\033[0m\n", color, text);
	else
		fprintf(v->out, "%s\n", text);
	v->rows++;
}

/* One character of up to eight heights for each sample; the largest sample has
 * the full height. ${text} has room for four bytes of each. */
static void
bars(const struct top_style *style, const struct top_series *s,
    char text[4 * TOP_SAMPLES + 1])
{
	static const char *const blocks[] = { " ", "\u2581", "\u2582",
		"\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588" };
	static const char *const letters[] = { " ", ".", ".", ":", "-", "=",
		"+", "*", "#" };
	double most = 0;
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < s->count; i++)
		most = s->value[i] > most ? s->value[i] : most;
	for (size_t i = 0; i < s->count; i++) {
		/* A value above 0 has at least the lowest bar, so that it can
		 * be seen. */
		size_t height = s->value[i] <= 0 ? 0 :
		    1 + (size_t)(s->value[i] / most * 7);

		used += (size_t)snprintf(text + used,
		    4 * TOP_SAMPLES + 1 - used, "%s",
		    style->utf8 ? blocks[height] : letters[height]);
	}
}

/* A number with ${decimals}, and the bars, which alone have a colour. */
static void
put_series(struct view *v, const char *label, const struct top_series *s,
    int decimals)
{
	char text[4 * TOP_SAMPLES + 1], left[64];
	const struct top_series *shown = s;
	struct top_series part = { .count = 0 };
	const size_t beside = LABEL_WIDTH + 12;
	const size_t room = v->style->columns > beside ?
	    v->style->columns - beside : 0;

	/* When the line is too short, the oldest samples are left out. */
	if (room < s->count) {
		part.count = room;
		memcpy(part.value, s->value + (s->count - room),
		    room * sizeof part.value[0]);
		shown = &part;
	}
	bars(v->style, shown, text);
	snprintf(left, sizeof left, "%-*s %10.*f ", LABEL_WIDTH, label,
	    decimals, s->count > 0 ? s->value[s->count - 1] : 0);
	if (v->style->color && room > 0 && v->rows < v->style->rows) {
		fprintf(v->out, "%s\033[" CYAN "m%s\033[0m\n", left, text);
		v->rows++;
	} else
		put(v, PLAIN, "%s%s", left, text);
}

/* --- the view ------------------------------------------------------------- */

static bool
is_normal(const struct top *t)
{
	return strcmp(text_of(t->status, "mode"), "Normal") == 0;
}

static void
put_head(struct view *v, const struct top *t)
{
	put(v, BOLD, "bitmarkd-c %s   chain %s, rules %s   digest %.16s",
	    text_of(t->status, "version"), text_of(t->status, "chain"),
	    text_of(t->status, "rules"), text_of(t->status, "digestDisplay"));
}

/* The height, and while the node catches up also the target with a bar. */
static void
put_height(struct view *v, const struct top *t)
{
	const uint64_t height = count_of(t->status, "height");
	const uint64_t target = count_of(t->status, "target");
	const json_t *left = json_object_get(t->status, "seconds_left");
	char pace[PROGRESS_TEXT_MAX], bar[] = "....................";
	const size_t size = sizeof bar - 1;

	if (is_normal(t) || target <= height) {
		put(v, is_normal(t) ? GREEN : PLAIN, "height %" PRIu64 "   %s",
		    height, text_of(t->status, "mode"));
		return;
	}
	memset(bar, '#', (size_t)((double)size * (double)height /
	    (double)target));
	progress_pace_text(rate_of(t->status, "blocks_per_s"),
	    json_is_integer(left) ? count_of(t->status, "seconds_left") :
	    PROGRESS_LEFT_UNKNOWN, pace);
	put(v, PLAIN, "height %" PRIu64 " of %" PRIu64 "   [%s] %.1f %%%s",
	    height, target, bar, 100 * (double)height / (double)target, pace);
}

static void
put_trouble(struct view *v, const struct top *t)
{
	const char *blocked = text_of(t->status, "blocked");
	const char *store = text_of(t->status, "store_error");

	if (blocked[0] != '\0')
		put(v, RED, "the node %s", blocked);
	if (store[0] != '\0')
		put(v, RED, "the store cannot be written: %s", store);
}

static int
address_width(const struct view *v)
{
	const size_t columns = v->style->columns;

	return columns <= BESIDE_ADDRESS + ADDRESS_LEAST ? ADDRESS_LEAST :
	    columns >= BESIDE_ADDRESS + ADDRESS_MOST ? ADDRESS_MOST :
	    (int)(columns - BESIDE_ADDRESS);
}

/* The reason comes from the peer, so characters that a terminal would obey are
 * escaped. */
static void
put_peer(struct view *v, const json_t *c)
{
	const bool registered = json_is_true(json_object_get(c, "registered"));
	char *reason = printable_text(text_of(c, "reason"));
	char height[24] = "-", trip[24] = "-";

	if (count_of(c, "height") != 0)
		snprintf(height, sizeof height, "%" PRIu64,
		    count_of(c, "height"));
	if (registered && count_of(c, "round_trip_us") != 0)
		snprintf(trip, sizeof trip, "%.2f ms",
		    (double)count_of(c, "round_trip_us") / 1000);
	put(v, registered ? PLAIN : FAINT, "%.8s  %-*s %10s %12s  %s",
	    text_of(c, "key"), address_width(v), text_of(c, "address"), height,
	    trip,
	    registered ? "" : reason != NULL && reason[0] != '\0' ? reason :
	    json_is_true(json_object_get(c, "connected")) ? "registers" :
	    "connects");
	free(reason);
}

/* Print as many peers as there are rows left; the rest is counted in the last
 * row. */
static void
put_peers(struct view *v, const struct top *t)
{
	const size_t count = json_array_size(t->connections);
	size_t shown = count, room;

	put(v, BOLD, "%-8s  %-*s %10s %12s", "PEER", address_width(v),
	    "ADDRESS", "HEIGHT", "ROUND TRIP");
	room = v->style->rows - v->rows;
	if (count > room)
		shown = room > 0 ? room - 1 : 0;
	for (size_t i = 0; i < shown; i++)
		put_peer(v, json_array_get(t->connections, i));
	if (shown < count)
		put(v, FAINT, "and %zu more", count - shown);
}

/* The lines that matter most come first, as a small screen cuts the last ones.
 */
static void
put_all(struct view *v, const struct top *t)
{
	put_head(v, t);
	put_height(v, t);
	put_trouble(v, t);
	put(v, PLAIN, "peers %" PRIu64 " of %" PRIu64 " known   clients %"
	    PRIu64 "   subscribers %" PRIu64, count_of(t->status, "peers"),
	    count_of(t->status, "known"), count_of(t->status, "connections"),
	    count_of(t->status, "subscribers"));
	put(v, PLAIN, "pending %" PRIu64 "   verified %" PRIu64
	    "   store %.1f of %.1f MB", count_of(t->status, "pending"),
	    count_of(t->status, "verified"),
	    rate_of(t->status, "used_bytes") / 1e6,
	    rate_of(t->status, "map_bytes") / 1e6);
	put(v, PLAIN, "%s", "");
	put_series(v, "blocks/s", &t->blocks, 1);
	put_series(v, "digests/s", &t->digests, 1);
	put_series(v, "requests/s", &t->requests, 1);
	put_series(v, "waiting", &t->waiting, 0);
	put(v, PLAIN, "%s", "");
	put_peers(v, t);
}

/* The screen as one text, so that it can be written at once and does not
 * flicker. NULL: no memory. */
char *
top_draw(const struct top *t, const struct top_style *style)
{
	char *text = NULL;
	size_t size;
	struct view v = { .style = style };

	v.out = open_memstream(&text, &size);
	if (v.out == NULL)
		return NULL;
	if (t->status == NULL)
		put(&v, PLAIN, "nothing is known of the node yet");
	else
		put_all(&v, t);
	if (fclose(v.out) == 0)
		return text;
	free(text);
	return NULL;
}

static double
newest(const struct top_series *s)
{
	return s->count > 0 ? s->value[s->count - 1] : 0;
}

char *
top_line(const struct top *t)
{
	char text[LINE_MAX_BYTES];

	(void)snprintf(text, sizeof text, "height %" PRIu64 " of %" PRIu64
	    ", %s, peers %" PRIu64 ", waiting %.0f, blocks/s %.1f, "
	    "digests/s %.1f, requests/s %.1f", count_of(t->status, "height"),
	    count_of(t->status, "target"), text_of(t->status, "mode"),
	    count_of(t->status, "peers"), newest(&t->waiting),
	    newest(&t->blocks), newest(&t->digests), newest(&t->requests));
	return strdup(text);
}
