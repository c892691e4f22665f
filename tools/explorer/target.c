/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A request's path and query are taken apart in one walk. Each part is decoded
 * into ${room}, with a NUL behind it, and the pointers of the target point
 * there.
 */
#include "explorer/target.h"

#include <string.h>

#include <bitmarkpeer/codec.h>

#include "shared/option.h"

/* The end of the part that begins at ${text}. */
static size_t
length_until(const char *text, const char *ends)
{
	return strcspn(text, ends);
}

/* Decode one character; false: it is malformed. A NUL is refused, because it
 * would cut the text short for every reader behind this one. */
static bool
decode_one(const char **at, const char *end, bool query, char *out)
{
	uint8_t byte;
	size_t size;

	*out = **at == '+' && query ? ' ' : **at;
	if (**at != '%') {
		(*at)++;
		return true;
	}
	if (end - *at < 3 || bitmark_hex_decode(*at + 1, 2, &byte, 1, &size) !=
	    BITMARK_OK || byte == 0)
		return false;
	*out = (char)byte;
	*at += 3;
	return true;
}

/* Decode a part into the room; NULL: it is malformed or too long. A decoded
 * part is never longer than it was, but the bound of the room is checked all
 * the same, as each part adds a NUL. */
static const char *
decode(struct target *target, const char *text, size_t size, bool query)
{
	const char *end = text + size;
	char *part = target->room + target->used;

	if (size + 1 > sizeof target->room - target->used)
		return NULL;
	while (text < end)
		if (!decode_one(&text, end, query,
		    &target->room[target->used++]))
			return NULL;
	target->room[target->used++] = '\0';
	return part;
}

/* Everything between "/" and the next one.  A slash at the end adds an empty
 * segment, which names nothing. */
static bool
take_segments(struct target *target, const char **text)
{
	const char *at = *text;
	size_t size;

	while (*at == '/') {
		size = length_until(++at, "/?");
		if (target->segments == TARGET_PARTS_MAX)
			return false;
		target->segment[target->segments] = decode(target, at, size,
		    false);
		if (target->segment[target->segments++] == NULL)
			return false;
		at += size;
	}
	*text = at;
	return true;
}

/* Take "name=value", or a name alone. Empty parts ("&&") are skipped. */
static bool
take_value(struct target *target, const char *text, size_t size)
{
	size_t name = length_until(text, "=&");
	struct target_value *v = &target->value[target->values];

	if (size == 0)
		return true;
	if (target->values == TARGET_PARTS_MAX)
		return false;
	if (name > size)
		name = size;
	v->name = decode(target, text, name, true);
	v->value = name < size ?
	    decode(target, text + name + 1, size - name - 1, true) :
	    decode(target, "", 0, true);
	target->values++;
	return v->name != NULL && v->value != NULL;
}

bool
target_parse(const char *text, struct target *target)
{
	size_t size;

	target->used = target->segments = target->values = 0;
	if (*text != '/' || strlen(text) > TARGET_MAX ||
	    !take_segments(target, &text))
		return false;
	while (*text != '\0') {         /* "?" first, then "&" */
		size = length_until(++text, "&");
		if (!take_value(target, text, size))
			return false;
		text += size;
	}
	return true;
}

/* A segment that is not there names nothing, as an empty one does. */
const char *
target_segment(const struct target *target, size_t index)
{
	return index < target->segments ? target->segment[index] : "";
}

/* The first of several with one name counts. */
const char *
target_value(const struct target *target, const char *name)
{
	for (size_t i = 0; i < target->values; i++)
		if (strcmp(target->value[i].name, name) == 0)
			return target->value[i].value;
	return NULL;
}

bool
target_number(const struct target *target, const char *name, uint64_t preset,
    uint64_t *value)
{
	const char *text = target_value(target, name);

	*value = preset;
	return text == NULL || number_from_text(text, value);
}
