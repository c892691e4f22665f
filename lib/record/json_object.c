/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The members of an object of JSON.  An object has few: a search through those
 * that were taken is fast enough.
 */
#include "record/json_object.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

void
bm_object_fail(const struct bm_json_object *o, const char *name,
    bitmark_status status, const char *text)
{
	bm_fault_set(&o->in->fault, status, "%s%s%s: %s", o->in->place,
	    o->place, name, text);
}

/* A member in either case, the last of several; one that is null is as good as
 * missing. */
static json_t *
find_lenient(const json_t *object, const char *name)
{
	json_t *json = (json_t *)object;        /* iterating changes nothing */
	json_t *found = NULL;

	for (void *at = json_object_iter(json); at != NULL;
	    at = json_object_iter_next(json, at))
		if (strcasecmp(json_object_iter_key(at), name) == 0)
			found = json_object_iter_value(at);
	return json_is_null(found) ? NULL : found;
}

/* A member that is missing was told when it was taken. */
void
bm_member_fail(const struct bm_json_member *m, bitmark_status status,
    const char *text)
{
	if (m->value != NULL)
		bm_object_fail(m->of, m->name, status, text);
}

struct bm_json_member
bm_object_take_optional(struct bm_json_object *o, const char *name)
{
	struct bm_json_member m = { o, name, o->lenient ?
	    find_lenient(o->json, name) : json_object_get(o->json, name) };

	assert(o->taken_count < MEMBERS_MAX);
	if (m.value != NULL)
		o->taken[o->taken_count++] = name;
	return m;
}

struct bm_json_member
bm_object_take(struct bm_json_object *o, const char *name)
{
	struct bm_json_member m = bm_object_take_optional(o, name);

	if (m.value == NULL && !o->lenient)
		bm_object_fail(o, name, BITMARK_E_JSON, "missing");
	return m;
}

static bool
is_taken(const struct bm_json_object *o, const char *name)
{
	for (size_t i = 0; i < o->taken_count; i++)
		if (strcmp(o->taken[i], name) == 0)
			return true;
	return false;
}

/* No member may be left over: one that nothing has taken is not known, however
 * much it looks like a field. */
void
bm_object_end(const struct bm_json_object *o)
{
	json_t *json = (json_t *)o->json;       /* iterating changes nothing */

	for (void *at = json_object_iter(json); at != NULL && !o->lenient;
	    at = json_object_iter_next(json, at))
		if (!is_taken(o, json_object_iter_key(at)))
			bm_object_fail(o, json_object_iter_key(at), BITMARK_E_JSON,
			    "unknown field");
}

/* Give the characters of a string, inside the member; anything else fails. */
struct bitmark_span
bm_member_text(const struct bm_json_member *m)
{
	if (!json_is_string(m->value)) {
		bm_member_fail(m, BITMARK_E_JSON, "must be text");
		return bm_span_of("");
	}
	return (struct bitmark_span){
		(const uint8_t *)json_string_value(m->value),
		json_string_length(m->value)
	};
}

/* Numbers may be written bare or as text: bitmarkd does both. */
uint64_t
bm_member_number(const struct bm_json_member *m)
{
	uint64_t number = 0;

	if (!bm_json_u64(m->value, &number))
		bm_member_fail(m, BITMARK_E_JSON, BM_JSON_U64_WANTED);
	return number;
}

/*
 * Copy a string to where spans of the record may point: the member is freed
 * with the JSON.  There is room enough, because the text has as many bytes, and
 * a string is never longer than what stands for it there: an escape is longer
 * than its character, and hex than its bytes.
 */
struct bitmark_span
bm_member_keep(const struct bm_json_member *m)
{
	struct bitmark_span text = bm_member_text(m);
	uint8_t *kept = m->of->in->next;

	if (text.size != 0)
		memcpy(kept, text.data, text.size);
	m->of->in->next += text.size;
	return (struct bitmark_span){ kept, text.size };
}

/* As keep, for the bytes that hex digits stand for. */
struct bitmark_span
bm_member_keep_hex(const struct bm_json_member *m)
{
	struct bitmark_span text = bm_member_text(m);
	struct bitmark_span bytes = { m->of->in->next, 0 };

	if (bitmark_hex_decode((const char *)text.data, text.size,
	    m->of->in->next, text.size / 2, &bytes.size) != BITMARK_OK)
		bm_member_fail(m, BITMARK_E_HEX, "not hexadecimal");
	m->of->in->next += bytes.size;
	return bytes;
}
