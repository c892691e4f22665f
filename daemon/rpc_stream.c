/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Cuts a stream of bytes into JSON objects, and nulls. It looks at each byte once,
 * whatever the pieces in which they arrive, so a request that comes byte by
 * byte costs no more.
 *
 * Only the structure is checked, and which bytes may stand where; the parser
 * that gets the request looks at numbers, escapes and words. Depth and length
 * are bounded, so that a client cannot fill the memory with a request that
 * never ends.
 */
#include "rpc_stream.h"

#include <stdlib.h>
#include <string.h>

#include "rpc.h"

#define CAPACITY_FIRST 1024
/* The first byte that may stand in a string unescaped. Source: RFC 8259 */
#define STRING_MIN 0x20

static const char null_word[] = "null";

/* strchr finds the NUL at the end of every text, so that one is excluded. */
static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool
is_space(char c)
{
	return is_one_of(c, " \t\r\n");
}

static bool
is_word(char c)
{
	return is_one_of(c, "+-.0123456789abcdefghijklmnopqrstuvwxyzE");
}

/* An array or an object begins. One bit for each level tells which of the two
 * it is; RPC_DEPTH_MAX is the number of bits. */
static bool
open_level(struct rpc_stream *s, bool is_object)
{
	if (s->depth == RPC_DEPTH_MAX)
		return false;
	if (is_object)
		s->objects |= UINT32_C(1) << s->depth;
	else
		s->objects &= ~(UINT32_C(1) << s->depth);
	s->depth++;
	s->state = is_object ? RPC_STREAM_FIRST_KEY : RPC_STREAM_FIRST;
	return true;
}

static bool
is_in_object(const struct rpc_stream *s)
{
	return (s->objects >> (s->depth - 1) & 1) != 0;
}

/* An array or an object ends; the bracket must match its beginning. */
static bool
close_level(struct rpc_stream *s, char c)
{
	if (c != (is_in_object(s) ? '}' : ']'))
		return false;
	s->depth--;
	s->state = s->depth > 0 ? RPC_STREAM_AFTER : RPC_STREAM_BETWEEN;
	return true;
}

static bool
begin_string(struct rpc_stream *s, bool is_key)
{
	s->is_key = is_key;
	s->state = RPC_STREAM_STRING;
	return true;
}

/* A value begins with a bracket, a quote, or a character of a number or of
 * true, false and null. */
static bool
begin_value(struct rpc_stream *s, char c)
{
	if (c == '{' || c == '[')
		return open_level(s, c == '{');
	if (c == '"')
		return begin_string(s, false);
	s->state = RPC_STREAM_WORD;
	return is_word(c) && c != '+' && c != '.' && c != 'E';
}

/* Behind a value comes a comma or a closing bracket. */
static bool
go_on(struct rpc_stream *s, char c)
{
	if (c != ',')
		return close_level(s, c);
	s->state = is_in_object(s) ? RPC_STREAM_KEY : RPC_STREAM_VALUE;
	return true;
}

static bool
step_string(struct rpc_stream *s, char c)
{
	if ((unsigned char)c < STRING_MIN)
		return false;
	if (c == '\\')
		s->state = RPC_STREAM_ESCAPE;
	else if (c == '"')
		s->state = s->is_key ? RPC_STREAM_COLON : RPC_STREAM_AFTER;
	return true;
}

/* A null in the place of an object is a request without members, and has a reply.
 * Go waits for the byte behind it, which changes nothing. */
static bool
step_null(struct rpc_stream *s, char c)
{
	if (c != null_word[s->size])
		return false;
	if (s->size + 1 == strlen(null_word))
		s->state = RPC_STREAM_BETWEEN;
	return true;
}

/* A step outside of strings and words, where white space means nothing. */
static bool
step_between(struct rpc_stream *s, char c)
{
	switch (s->state) {
	case RPC_STREAM_BETWEEN:
		if (c == '{')
			return open_level(s, true);
		s->state = RPC_STREAM_NULL;
		return c == null_word[0];
	case RPC_STREAM_FIRST:
		return c == ']' ? close_level(s, c) : begin_value(s, c);
	case RPC_STREAM_VALUE:
		return begin_value(s, c);
	case RPC_STREAM_FIRST_KEY:
		return c == '}' ? close_level(s, c) :
		    c == '"' && begin_string(s, true);
	case RPC_STREAM_KEY:
		return c == '"' && begin_string(s, true);
	case RPC_STREAM_COLON:
		s->state = RPC_STREAM_VALUE;
		return c == ':';
	case RPC_STREAM_AFTER:
	case RPC_STREAM_STRING:
	case RPC_STREAM_ESCAPE:
	case RPC_STREAM_WORD:
	case RPC_STREAM_NULL:
		break;
	}
	return go_on(s, c);
}

/* Take one byte. False: it cannot be JSON. */
static bool
step(struct rpc_stream *s, char c)
{
	if (s->state == RPC_STREAM_STRING)
		return step_string(s, c);
	if (s->state == RPC_STREAM_ESCAPE) {
		s->state = RPC_STREAM_STRING;
		return is_one_of(c, "\"\\/bfnrtu");
	}
	if (s->state == RPC_STREAM_NULL)
		return step_null(s, c);
	if (s->state == RPC_STREAM_WORD) {
		if (is_word(c))
			return true;
		s->state = RPC_STREAM_AFTER;
	}
	return is_space(c) || step_between(s, c);
}

/* Append the byte to the request; RPC_REQUEST_MAX, which the caller compares,
 * bounds it. */
static bool
append(struct rpc_stream *s, char c)
{
	size_t capacity = s->capacity > 0 ? 2 * s->capacity : CAPACITY_FIRST;
	char *text = s->text;

	if (s->size == s->capacity) {
		text = realloc(text, capacity);
		if (text == NULL)
			return false;
		s->text = text;
		s->capacity = capacity;
	}
	text[s->size++] = c;
	return true;
}

/* Take bytes until a request is whole. The bytes behind it stay with the
 * caller, ${used} says how many were taken. */
enum rpc_stream_result
rpc_stream_feed(struct rpc_stream *stream, const char *data, size_t size,
    size_t *used)
{
	if (stream->state == RPC_STREAM_BETWEEN)
		stream->size = 0;
	for (*used = 0; *used < size;) {
		const char c = data[(*used)++];

		if (!step(stream, c) || stream->size == RPC_REQUEST_MAX)
			return RPC_STREAM_GARBAGE;
		if (stream->state == RPC_STREAM_BETWEEN && stream->size == 0)
			continue;       /* white space in front */
		if (!append(stream, c))
			return RPC_STREAM_NO_MEMORY;
		if (stream->state == RPC_STREAM_BETWEEN)
			return RPC_STREAM_WHOLE;
	}
	return RPC_STREAM_MORE;
}

/* The text goes to the caller, and the stream begins with no buffer. */
char *
rpc_stream_take(struct rpc_stream *stream, size_t *size)
{
	char *text = stream->text;

	*size = stream->size;
	stream->text = NULL;
	stream->size = stream->capacity = 0;
	return text;
}

void
rpc_stream_free(struct rpc_stream *stream)
{
	free(stream->text);
	stream->text = NULL;
}
