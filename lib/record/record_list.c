/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Records out of any JSON that the programs of this project or bitmarkd print.
 *
 * A record is recognised by its fields, by its kind, or by an object around it
 * that names the kind.  Every other object and array is only looked through for
 * records inside.  Fields of a record are as strict as in one that stands
 * alone, so that a misspelt one is still an error.
 */
#include <stdlib.h>

#include "record/header_json.h"
#include "record/record_from_json.h"
#include "record/record_impl.h"

/* Longest name of a place, as "record 4294967296: ". */
#define PLACE_MAX 40

struct bitmark_record_list {
	struct bitmark_record *records;
	size_t count, capacity;
	bool has_header;
	struct bitmark_header header;
	uint8_t bytes[];                /* the spans of the records point here */
};

/* The state of reading one text. */
struct walk {
	struct bm_record_input in;
	struct bitmark_record_list *list;
	char place[PLACE_MAX];
};

static void look_through(struct walk *w, json_t *value);

/* Room for one more record, at list->records[list->count]. */
static struct bitmark_record *
grow(struct walk *w)
{
	struct bitmark_record_list *list = w->list;
	size_t capacity = list->capacity == 0 ? 4 : 2 * list->capacity;
	struct bitmark_record *records;

	if (list->count < list->capacity)
		return &list->records[list->count];
	records = realloc(list->records, capacity * sizeof *records);
	if (records == NULL) {
		bm_fault_set(&w->in.fault, BITMARK_E_NOMEM, "out of memory");
		return NULL;
	}
	list->records = records;
	list->capacity = capacity;
	return &list->records[list->count];
}

/* Reads a record of the kind ${kind} (see struct bm_record_form) and appends it
 * to the list.  Messages about the second and later records begin with their
 * number. */
static void
add_record(struct walk *w, const json_t *json, const char *kind)
{
	const struct bm_record_form form = { kind, true };
	struct bitmark_record *record = grow(w);

	if (record == NULL)
		return;
	if (w->list->count > 0)
		snprintf(w->place, sizeof w->place, "record %zu: ",
		    w->list->count + 1);
	bm_record_from_object(&w->in, json, &form, record);
	w->list->count++;
}

/* Takes the header of a block.  A second header is refused, because one list
 * cannot tell which block a record is of. */
static void
add_header(struct walk *w, const json_t *json)
{
	if (w->list->has_header)
		bm_fault_set(&w->in.fault, BITMARK_E_JSON,
		    "a second header: give one block at a time");
	w->list->has_header = true;
	bm_header_from_object(json, &w->list->header, &w->in.fault);
}

/* --- packed records ------------------------------------------------------ */

/* A packed record does not say its network, so it is parsed for both: it is
 * valid for the one that its accounts are of. */
static bitmark_status
parse_either(struct bitmark_span bytes, struct bitmark_record *record,
    size_t *used)
{
	const struct bitmark_rules *rules = bitmark_rules_decode();
	bitmark_status status = bitmark_record_parse_half(rules, bytes.data,
	    bytes.size, BITMARK_NETWORK_LIVE, record, used);

	return status == BITMARK_OK ? status : bitmark_record_parse_half(rules,
	    bytes.data, bytes.size, BITMARK_NETWORK_TEST, record, used);
}

static void
add_packed(struct walk *w, const char *name, const json_t *hex)
{
	const char *text = json_string_value(hex);
	struct bitmark_span bytes = { w->in.next, 0 };

	if (text == NULL || bitmark_hex_decode(text, json_string_length(hex),
	    w->in.next, json_string_length(hex) / 2, &bytes.size) !=
	    BITMARK_OK || bytes.size == 0) {
		bm_fault_set(&w->in.fault, BITMARK_E_HEX,
		    "%s: must be an object or hexadecimal", name);
		return;
	}
	/* The records point to these bytes, so they stay. */
	w->in.next += bytes.size;
	while (w->in.fault.status == BITMARK_OK && bytes.size > 0) {
		struct bitmark_record *record = grow(w);
		size_t used = 0;
		bitmark_status status;

		if (record == NULL)
			return;
		status = parse_either(bytes, record, &used);
		if (status != BITMARK_OK)
			bm_fault_set(&w->in.fault, status, "%s: %s", name,
			    bitmark_strerror(status));
		w->list->count += status == BITMARK_OK;
		bytes.data += used;
		bytes.size -= used;
	}
}

/* bitmark-cli prints a record for its second party as the hex of a member. */
static bool
is_packed(const char *name, const json_t *value)
{
	static const char *const names[] = {
		"transfer", "blockTransfer", "grant", "swap",
	};

	for (size_t i = 0; json_is_string(value) &&
	    i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* --- objects ------------------------------------------------------------- */

/*
 * Add the record of an object that names the kind around the fields.  Returns
 * false when ${json} is no such object.  bitmarkd answers a question for an
 * asset that it does not know with no kind and no fields: that is no record.
 */
static bool
add_wrapped(struct walk *w, const json_t *json)
{
	static const struct {
		const char *kind, *fields;
	} rows[] = {
		{ "record", "data" },           /* provenance, assets        */
		{ "type", "data" },             /* a block of bitmarkd       */
		{ "name", "record" },           /* a block of bitmark-record */
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *kind = json_string_value(json_object_get(json,
		    rows[i].kind));
		const json_t *fields = json_object_get(json, rows[i].fields);

		if (kind != NULL && json_is_object(fields)) {
			add_record(w, fields, kind);
			return true;
		}
		if (kind != NULL && kind[0] == '\0' && json_is_null(fields))
			return true;
	}
	return false;
}

/* No record has these two fields. */
static bool
is_header(const json_t *json)
{
	return json_object_get(json, "previousBlock") != NULL &&
	    json_object_get(json, "merkleRoot") != NULL;
}

/* An object with one of these marks is meant as a record, so that anything that
 * is wrong with it is told, and it is not passed over. */
static bool
is_record(const json_t *json)
{
	return json_is_string(json_object_get(json, "record")) ||
	    json_object_get(json, "tag") != NULL ||
	    bm_record_tag_from_fields(json) != BITMARK_RECORD_NULL;
}

static void
look_into_object(struct walk *w, json_t *json)
{
	if (add_wrapped(w, json))
		return;
	if (is_header(json)) {
		add_header(w, json);
		return;
	}
	if (is_record(json)) {
		add_record(w, json, NULL);
		return;
	}
	/* Jansson gives the members in the order of the text. */
	for (void *at = json_object_iter(json); at != NULL;
	    at = json_object_iter_next(json, at)) {
		const char *name = json_object_iter_key(at);
		json_t *value = json_object_iter_value(at);

		if (is_packed(name, value))
			add_packed(w, name, value);
		else
			look_through(w, value);
	}
}

/* Jansson bounds the depth of a text, and so that of the recursion. */
static void
look_through(struct walk *w, json_t *value)
{
	/* The size of what is no array is 0. */
	if (json_is_object(value))
		look_into_object(w, value);
	for (size_t i = 0; i < json_array_size(value); i++)
		look_through(w, json_array_get(value, i));
}

/* --- lists --------------------------------------------------------------- */

bitmark_status
bitmark_record_list_from_json(const char *text, size_t size,
    struct bitmark_record_list **list, char fault[BITMARK_JSON_FAULT_MAX])
{
	struct walk w = { .in = { .fault.text = fault, .place = w.place } };
	json_t *values;

	*list = NULL;
	if (fault != NULL)
		fault[0] = '\0';
	values = bm_json_load_all(text, size, &w.in.fault);
	if (values == NULL)
		return w.in.fault.status;
	/* The bytes that records point to are never more than those of the
	 * text: see keep() in record_from_json.c. */
	w.list = calloc(1, sizeof *w.list + size);
	if (w.list == NULL) {
		json_decref(values);
		return BITMARK_E_NOMEM;
	}
	w.in.next = w.list->bytes;
	look_through(&w, values);
	json_decref(values);
	if (w.list->count == 0 && !w.list->has_header)
		bm_fault_set(&w.in.fault, BITMARK_E_JSON, "no record: neither "
		    "a kind (\"record\") nor the fields of one");
	if (w.in.fault.status == BITMARK_OK) {
		*list = w.list;
		return BITMARK_OK;
	}
	bitmark_record_list_free(w.list);
	return w.in.fault.status;
}

size_t
bitmark_record_list_count(const struct bitmark_record_list *list)
{
	return list->count;
}

struct bitmark_record *
bitmark_record_list_get(struct bitmark_record_list *list, size_t i)
{
	return i < list->count ? &list->records[i] : NULL;
}

const struct bitmark_header *
bitmark_record_list_header(const struct bitmark_record_list *list)
{
	return list->has_header ? &list->header : NULL;
}

void
bitmark_record_list_free(struct bitmark_record_list *list)
{
	if (list != NULL)
		free(list->records);
	free(list);
}
