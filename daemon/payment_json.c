/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A cursor over JSON, for answers of several megabytes of which little is
 * needed. Nothing is copied: values point into the text. Skipped parts are
 * checked as well, so a text that was cut off or garbled is never taken for a
 * whole one.
 */
#include "payment_json.h"

#include <string.h>

/* The cursor moves to the end, so that all further reads find nothing. */
static void
fail(struct payment_json *j)
{
	j->is_bad = true;
	j->at = j->end;
}

static struct bitmark_span
span_between(const char *from, const char *to)
{
	return (struct bitmark_span){ (const uint8_t *)from,
		(size_t)(to - from) };
}

/* Nothing is copied: what is taken later points into the text. */
void
payment_json_begin(struct payment_json *j, const char *text, size_t size)
{
	*j = (struct payment_json){ .at = text, .end = text + size };
}

/* White space is skipped here and nowhere else. Gives 0 at the end. */
char
payment_json_peek(struct payment_json *j)
{
	while (j->at < j->end && (*j->at == ' ' || *j->at == '\n' ||
	    *j->at == '\r' || *j->at == '\t'))
		j->at++;
	return j->at < j->end ? *j->at : '\0';
}

/* Bytes behind the value are an error: a part of another answer may have been
 * lost in front of this one. */
bool
payment_json_ends(struct payment_json *j)
{
	return payment_json_peek(j) == '\0' && j->at == j->end && !j->is_bad;
}

/* Take one character that must be there. */
static bool
take(struct payment_json *j, char wanted)
{
	if (payment_json_peek(j) != wanted || j->at == j->end) {
		fail(j);
		return false;
	}
	j->at++;
	return true;
}

static bool
is_digit(const struct payment_json *j)
{
	return j->at < j->end && *j->at >= '0' && *j->at <= '9';
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	    (c >= 'A' && c <= 'F');
}

/* --- objects and arrays --------------------------------------------------- */

/* A value of another kind is skipped, so that a member of an unexpected type
 * does not end the reading of the rest. */
bool
payment_json_enter(struct payment_json *j, char bracket)
{
	if (payment_json_peek(j) != bracket) {
		payment_json_skip(j);
		return false;
	}
	j->at++;
	j->is_first = true;
	return true;
}

/* Move to the next value of the innermost object or array, behind a comma
 * unless it is the first one; or out of it. One flag serves all levels: an
 * object or array that was left counts as a value of the one around it. */
static bool
go_on(struct payment_json *j, char bracket)
{
	const bool is_first = j->is_first;

	j->is_first = false;
	if (j->is_bad)
		return false;
	if (payment_json_peek(j) == bracket) {
		j->at++;
		return false;
	}
	return is_first || take(j, ',');
}

bool
payment_json_item(struct payment_json *j)
{
	return go_on(j, ']');
}

/* --- values --------------------------------------------------------------- */

/* Check the escape behind a backslash. */
static bool
take_escape(struct payment_json *j)
{
	if (j->at == j->end || strchr("\"\\/bfnrtu", *j->at) == NULL ||
	    *j->at == '\0')
		return false;
	if (*j->at++ != 'u')
		return true;
	for (int i = 0; i < 4; i++, j->at++)
		if (j->at == j->end || !is_hex(*j->at))
			return false;
	return true;
}

/* Escapes are checked but not decoded, because no text that is searched for
 * contains one. */
static void
take_string(struct payment_json *j, struct bitmark_span *out)
{
	const char *from;

	*out = (struct bitmark_span){ NULL, 0 };
	if (!take(j, '"'))
		return;
	from = j->at;
	while (j->at < j->end && *j->at != '"') {
		const char c = *j->at++;

		if ((unsigned char)c < ' ' ||
		    (c == '\\' && !take_escape(j))) {
			fail(j);
			return;
		}
	}
	if (j->at == j->end) {
		fail(j);
		return;
	}
	*out = span_between(from, j->at++);
}

/* The value behind the colon must be taken or skipped before the next member.
 */
bool
payment_json_member(struct payment_json *j, struct bitmark_span *name)
{
	if (!go_on(j, '}'))
		return false;
	take_string(j, name);
	return take(j, ':');
}

void
payment_json_string(struct payment_json *j, struct bitmark_span *out)
{
	*out = (struct bitmark_span){ NULL, 0 };
	if (payment_json_peek(j) == '"')
		take_string(j, out);
	else
		payment_json_skip(j);
}

static bool
take_digits(struct payment_json *j)
{
	const char *from = j->at;

	while (is_digit(j))
		j->at++;
	return j->at > from;
}

/* A number as JSON writes it, except that zeros may stand in front. */
static void
take_number(struct payment_json *j, struct bitmark_span *out)
{
	const char *from = j->at;
	bool good;

	if (j->at < j->end && *j->at == '-')
		j->at++;
	good = take_digits(j);
	if (good && j->at < j->end && *j->at == '.') {
		j->at++;
		good = take_digits(j);
	}
	if (good && j->at < j->end && (*j->at == 'e' || *j->at == 'E')) {
		j->at++;
		if (j->at < j->end && (*j->at == '+' || *j->at == '-'))
			j->at++;
		good = take_digits(j);
	}
	*out = span_between(from, j->at);
	if (!good)
		fail(j);
}

/* Numbers are given as text, because a double cannot hold every amount of a
 * currency. */
void
payment_json_number(struct payment_json *j, struct bitmark_span *out)
{
	const char c = payment_json_peek(j);

	*out = (struct bitmark_span){ NULL, 0 };
	if (c == '-' || (c >= '0' && c <= '9'))
		take_number(j, out);
	else
		payment_json_skip(j);
}

/* Check true, false or null. A longer word that begins with one is found by the
 * character that follows. */
static void
take_word(struct payment_json *j, const char *word)
{
	const size_t size = strlen(word);

	if ((size_t)(j->end - j->at) < size || memcmp(j->at, word, size) != 0)
		fail(j);
	else
		j->at += size;
}

/* Skip any value. ${left} bounds the recursion, so that a hostile text cannot
 * use up the stack. */
static void
skip(struct payment_json *j, unsigned left)
{
	struct bitmark_span unused;
	const char c = payment_json_peek(j);

	if ((c == '{' || c == '[') && left == 0)
		fail(j);
	else if (c == '{' && payment_json_enter(j, c))
		while (payment_json_member(j, &unused))
			skip(j, left - 1);
	else if (c == '[' && payment_json_enter(j, c))
		while (payment_json_item(j))
			skip(j, left - 1);
	else if (c == '"')
		take_string(j, &unused);
	else if (c == 't')
		take_word(j, "true");
	else if (c == 'f')
		take_word(j, "false");
	else if (c == 'n')
		take_word(j, "null");
	else
		take_number(j, &unused);
}

void
payment_json_skip(struct payment_json *j)
{
	skip(j, PAYMENT_JSON_DEPTH_MAX);
}

bool
payment_json_is(struct bitmark_span span, const char *text)
{
	return span.size == strlen(text) && span.data != NULL &&
	    memcmp(span.data, text, span.size) == 0;
}
