/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * json - JSON as all programs print it.
 */
#ifndef SHARED_JSON_H
#define SHARED_JSON_H

#include <jansson.h>
#include <stdint.h>

/* One value and a newline to stdout; frees it.  Gives an exit code; that
 * stdout cannot be written to is left to program_main to tell. */
int print_json(json_t *value);

/* A JSON text of the library as a value; NULL: no memory. */
json_t *json_from_text(char *text);     /* taken: bitmark_free */

/* Numbers that can pass 2^53 are strings: many readers have only doubles. */
json_t *json_number(uint64_t number);

/* Hex, as stored, or from the last byte to the first as bitmarkd shows digests
 * of blocks.  NULL: no memory. */
json_t *json_hex(const uint8_t *data, size_t size);
json_t *json_hex_reversed(const uint8_t *data, size_t size);

#endif
