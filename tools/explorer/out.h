/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * out - JSON that is written as text, from the front to the back.
 *
 * A page of 3000 records has no value for each of its parts: that would take
 * longer than reading them.  Memory that runs out, or a text that grows beyond
 * its bound, is remembered, and everything after it does nothing.
 */
#ifndef EXPLORER_OUT_H
#define EXPLORER_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bitmarkpeer/base.h>

struct out {
	char *data;                     /* owned by the caller: free      */
	size_t size, capacity;
	size_t max;                     /* bytes                          */
	bool comma;                     /* the next value needs one       */
	bool failed;
};

/* Bytes as they are: a text that was JSON before. */
void out_raw(struct out *out, const char *data, size_t size);

void out_object(struct out *out);
void out_object_end(struct out *out);
void out_array(struct out *out);
void out_array_end(struct out *out);

/* The name of the next value; a word of ours. */
void out_key(struct out *out, const char *key);

void out_null(struct out *out);
void out_bool(struct out *out, bool value);
void out_number(struct out *out, uint64_t value);
void out_real(struct out *out, double value);
/* A number that can pass 2^53, as text. */
void out_big(struct out *out, uint64_t value);
void out_text(struct out *out, const char *text);
/* Text of somebody else: bytes that are no UTF-8 become U+FFFD. */
void out_span(struct out *out, struct bitmark_span text);
void out_hex(struct out *out, const uint8_t *data, size_t size);
/* From the last byte to the first, as bitmarkd shows digests. */
void out_hex_reversed(struct out *out, const uint8_t *data, size_t size);
/* JSON of somebody else as one value. */
void out_value(struct out *out, const char *json, size_t size);

/* "key": value */
void out_key_number(struct out *out, const char *key, uint64_t value);
void out_key_text(struct out *out, const char *key, const char *text);
void out_key_hex(struct out *out, const char *key, const uint8_t *data,
    size_t size);
/* An id of 32 bytes as KEY, and reversed as KEYDisplay. */
void out_key_id(struct out *out, const char *key, const uint8_t *id);

#endif
