/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * record_from_json - one record out of a JSON text that may hold more.
 */
#ifndef BM_RECORD_FROM_JSON_H
#define BM_RECORD_FROM_JSON_H

#include "record/json_object.h"

/* The form in which a record stands there. */
struct bm_record_form {
	const char *kind;               /* its name, from around the object;
	                                   NULL: the object tells         */
	bool context;                   /* what decode adds is allowed    */
};

/* Read the record that ${json} is; a fault is in ${in}. */
void bm_record_from_object(struct bm_record_input *in, const json_t *json,
    const struct bm_record_form *form, struct bitmark_record *record);

/* Guess the kind of a record from the names of its fields; BITMARK_RECORD_NULL
 * when they are those of none. */
enum bitmark_record_tag bm_record_tag_from_fields(const json_t *json);

#endif
