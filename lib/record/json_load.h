/*
 * JSON text with unsigned 64 bit numbers: Go prints them as bare numbers or as
 * strings, Jansson knows signed ones only.
 */
#ifndef BM_JSON_LOAD_H
#define BM_JSON_LOAD_H

#include <jansson.h>

#include "codec/codec.h"

/*
 * bm_json_load(text, size, root):
 * Read ${text}; NUL in strings is allowed, double keys and a minus sign
 * outside of strings are not.  Numbers of the result are for bm_json_u64 only.
 *
 *   root   new; owned by the caller: json_decref
 *
 * Returns BITMARK_OK, BITMARK_E_JSON (also for text longer than any record)
 * or BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_json_load(const char *text, size_t size,
    json_t **root);

/* The number of an integer, or of a string of decimal digits without sign,
 * space or leading zero; false: ${value} (may be NULL) is neither. */
bool bm_json_u64(const json_t *value, uint64_t *number);

#endif
