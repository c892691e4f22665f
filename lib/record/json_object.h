/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * json_object - the members of an object of JSON that is a record, or a part of
 * one: taken by name, so that one that nothing takes is found at the end.
 *
 * The first fault stays, see struct bm_record_input; after it members are taken
 * all the same, and are of no use.
 */
#ifndef BM_RECORD_JSON_OBJECT_H
#define BM_RECORD_JSON_OBJECT_H

#include "record/json_load.h"

/* The state of reading one text.  The first fault stays, and every field is
 * read all the same; the caller asks once, at the end. */
struct bm_record_input {
	struct bm_fault fault;
	const char *place;              /* in front of a field in a fault */
	uint8_t *next;                  /* free bytes, as many as the text
	                                   has, for the spans of records  */
};

/* Most members of an object that are known: the fields of a swap, two
 * signatures, its kind in two forms, and what programs add. */
#define MEMBERS_MAX 24

/* One object of the text.  The members that are taken are remembered, so that
 * one that nothing takes is found at the end. */
struct bm_json_object {
	struct bm_record_input *in;
	const json_t *json;
	const char *place;              /* in front of names: "", "escrow." */
	bool lenient;                   /* as bitmarkd reads arguments    */
	const char *taken[MEMBERS_MAX];
	size_t taken_count;
};

/* A member, and what a fault of it is called. */
struct bm_json_member {
	const struct bm_json_object *of;
	const char *name;
	json_t *value;                  /* NULL: missing, which was told */
};

/* A fault of the object, at ${name}; of a member.  One that is missing was told
 * when it was taken. */
void bm_object_fail(const struct bm_json_object *o, const char *name,
    bitmark_status status, const char *text);
void bm_member_fail(const struct bm_json_member *m, bitmark_status status,
    const char *text);

/* The member of this name; it is a fault when it is missing, or not. */
struct bm_json_member bm_object_take(struct bm_json_object *o,
    const char *name);
struct bm_json_member bm_object_take_optional(struct bm_json_object *o,
    const char *name);

/* Ends an object: a member that was not taken is a fault, "unknown field". */
void bm_object_end(const struct bm_json_object *o);

/* The characters of a string, inside the member; a number, bare or as text. */
struct bitmark_span bm_member_text(const struct bm_json_member *m);
uint64_t bm_member_number(const struct bm_json_member *m);

/* A string, or the bytes that hex digits stand for, where spans of the record
 * may point. */
struct bitmark_span bm_member_keep(const struct bm_json_member *m);
struct bitmark_span bm_member_keep_hex(const struct bm_json_member *m);

#endif
