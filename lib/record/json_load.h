/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * JSON text with unsigned 64 bit numbers: Go prints them as bare numbers or as
 * strings, Jansson knows signed ones only.
 */
#ifndef BM_JSON_LOAD_H
#define BM_JSON_LOAD_H

#include <bitmarkpeer/record.h>

#include <jansson.h>

#include "codec/codec.h"

/* The first thing that is wrong with a text. */
struct bm_fault {
	bitmark_status status;          /* BITMARK_OK: nothing so far        */
	char *text;                     /* room for BITMARK_JSON_FAULT_MAX
	                                   bytes, or NULL                    */
};

/*
 * bm_fault_set(fault, status, format, ...):
 * Tell a fault; only the first one is kept.  Control characters of the text,
 * which may come from the input, are replaced.
 */
void bm_fault_set(struct bm_fault *fault, bitmark_status status,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Longest JSON text of one record.  Bytes.  Source: local choice: an asset with
 * three fields of BITMARK_FIELD_MAX bytes, all escaped, has 164 kB. */
#define BM_JSON_RECORD_MAX 262144

/*
 * bm_json_load(text, size, fault):
 * Read one value; NUL in strings is allowed, double keys are not.  Numbers of
 * the result are for bm_json_u64 only.
 *
 * Returns a new reference, or NULL and sets ${fault}: BITMARK_E_JSON or
 * BITMARK_E_NOMEM.
 */
json_t *bm_json_load(const char *text, size_t size, struct bm_fault *fault);

/* The same for one value or several, one behind the other; gives an array. */
json_t *bm_json_load_all(const char *text, size_t size,
    struct bm_fault *fault);

/* The number of an integer, or of a string of decimal digits without sign,
 * space or leading zero; false: ${value} (may be NULL) is neither. */
bool bm_json_u64(const json_t *value, uint64_t *number);

/* The text of a fault: the form that bm_json_u64 demands. */
#define BM_JSON_U64_WANTED "must be a whole number from 0 to 2^64 - 1"

#endif
