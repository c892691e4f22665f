/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * payment_json - JSON read where it stands, from the left to the right.
 *
 * A block of a currency with its details is up to 20 MiB of JSON: as a tree of
 * values it would take ten times that.  And a tree has numbers as doubles, where
 * amounts must be exact: here a number is its digits.
 *
 * The error is sticky: read everything, then ask payment_json_ends.  Pure.
 */
#ifndef DAEMON_PAYMENT_JSON_H
#define DAEMON_PAYMENT_JSON_H

#include <bitmarkpeer/base.h>

/* Arrays and objects within each other, at most.  Source: local bound. */
#define PAYMENT_JSON_DEPTH_MAX 32

struct payment_json {
	const char *at, *end;
	bool is_first;          /* nothing was read of the innermost one */
	bool is_bad;
};

void payment_json_begin(struct payment_json *j, const char *text,
    size_t size);

/* Is everything read, and was it JSON? */
bool payment_json_ends(struct payment_json *j);

/* The first character of the next value; NUL: there is none. */
char payment_json_peek(struct payment_json *j);

/*
 * payment_json_enter(j, bracket):
 * Go into an object '{' or an array '['.  A value of another kind is passed
 * over: false.
 */
bool payment_json_enter(struct payment_json *j, char bracket);

/* To the next member of the object, or item of the array, whose value must then
 * be read or passed over.  False: there is none, and the object is left.
 * ${name} points into the text, without its quotes, escapes as they stand. */
bool payment_json_member(struct payment_json *j, struct bitmark_span *name);
bool payment_json_item(struct payment_json *j);

/* The value, which points into the text as a name does.  A value of another kind
 * is passed over, and ${out} is empty. */
void payment_json_string(struct payment_json *j, struct bitmark_span *out);
void payment_json_number(struct payment_json *j, struct bitmark_span *out);

/* Pass over a value. */
void payment_json_skip(struct payment_json *j);

/* Is ${span} this text? */
bool payment_json_is(struct bitmark_span span, const char *text);

#endif
