/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * codec, as the rest of lib/ sees it: the byte reader and writer with sticky
 * errors, JSON text writing, and hashing of several parts.
 */
#ifndef BM_CODEC_H
#define BM_CODEC_H

#include <bitmarkpeer/codec.h>

#include <string.h>

/*
 * Reads from bytes that somebody else wrote.  Never moves past the end; after
 * the first failure every read gives zeros and the failure stays.
 */
struct bm_reader {
	const uint8_t *next;
	size_t left;
	bool failed;
};

struct bm_reader bm_reader(const uint8_t *data, size_t size);
bool bm_reader_ok(const struct bm_reader *r);           /* nothing failed  */
uint8_t bm_read_u8(struct bm_reader *r);
uint16_t bm_read_u16be(struct bm_reader *r);
uint16_t bm_read_u16le(struct bm_reader *r);
uint64_t bm_read_u64be(struct bm_reader *r);
uint64_t bm_read_u64le(struct bm_reader *r);
uint64_t bm_read_varint(struct bm_reader *r);
/* A Varint64 between the limits, both included. */
uint64_t bm_read_varint_clipped(struct bm_reader *r, uint64_t minimum,
    uint64_t maximum);
/* ${size} bytes, inside the buffer that is read. */
struct bitmark_span bm_read_span(struct bm_reader *r, size_t size);
/* varint(length), bytes; the length between the limits. */
struct bitmark_span bm_read_counted(struct bm_reader *r, uint64_t minimum,
    uint64_t maximum);
void bm_read_copy(struct bm_reader *r, uint8_t *out, size_t size);

/*
 * Writes into a buffer of fixed capacity.  After the first write that does
 * not fit nothing more is written, but size goes on counting: it is the
 * capacity that would have sufficed.  data NULL with capacity 0 only counts.
 */
struct bm_writer {
	uint8_t *data;
	size_t capacity;
	size_t size;
};

struct bm_writer bm_writer(uint8_t *data, size_t capacity);
bool bm_writer_ok(const struct bm_writer *w);           /* all of it fit   */
void bm_write_u8(struct bm_writer *w, uint8_t value);
void bm_write_u16be(struct bm_writer *w, uint16_t value);
void bm_write_u16le(struct bm_writer *w, uint16_t value);
void bm_write_u64be(struct bm_writer *w, uint64_t value);
void bm_write_u64le(struct bm_writer *w, uint64_t value);
void bm_write_varint(struct bm_writer *w, uint64_t value);
void bm_write_bytes(struct bm_writer *w, const void *data, size_t size);
void bm_write_counted(struct bm_writer *w, const void *data, size_t size);

/* Big-endian numbers in place. */
void bm_put_u64be(uint8_t out[8], uint64_t value);
uint64_t bm_get_u64be(const uint8_t in[8]);

/* Hash of several parts, one after the other. */
void bm_sha3_256_span(const struct bitmark_span *parts, size_t count,
    uint8_t out[BITMARK_SHA3_256_SIZE]);
/* The same; next gives a part that stays until it is called again, or false:
 * there are no more. */
typedef bool (*bm_next_part_fn)(void *user, struct bitmark_span *part);
void bm_sha3_256_each(bm_next_part_fn next, void *user,
    uint8_t out[BITMARK_SHA3_256_SIZE]);
void bm_sha3_384_span(const struct bitmark_span *parts, size_t count,
    uint8_t out[BITMARK_SHA3_384_SIZE]);

/* The first ${size} bytes of SHAKE-256 of several parts. */
void bm_shake256_span(const struct bitmark_span *parts, size_t count,
    uint8_t *out, size_t size);

/* A span of a C string, without NUL. */
struct bitmark_span bm_span_of(const char *text);

/* The same bytes?  Empty spans are equal, whatever their data. */
bool bm_span_equal(struct bitmark_span a, struct bitmark_span b);

/* Are the bytes those of ${text}? */
bool bm_span_is(struct bitmark_span span, const char *text);

/* Remove ${prefix} from the front.  Returns false when it is not there. */
bool bm_span_skip(struct bitmark_span *span, const char *prefix);

/* Read the hex of exactly ${size} bytes.  Returns false, with ${out} as it was,
 * when the span is anything else. */
bool bm_span_hex(struct bitmark_span text, uint8_t *out, size_t size);

/* The span without the ASCII white space at both of its ends. */
struct bitmark_span bm_span_trim(struct bitmark_span text);

/*
 * Number of Unicode code points as Go counts them: each byte that is not part
 * of valid UTF-8 counts as one.
 * Source: Go unicode/utf8 RuneCount
 */
size_t bm_utf8_count(struct bitmark_span text);

/*
 * JSON text that grows.  After a failed allocation nothing more is added and
 * bm_json_take says so.  Commas between members and items are written by
 * themselves.  A key is a word without anything to escape; NULL: an item of an
 * array, or the outermost value.
 */
struct bm_json {
	char *text;
	size_t size;
	size_t capacity;
	bool failed;
	bool comma;             /* the next member needs one in front */
};

void bm_json_object(struct bm_json *j, const char *key);
void bm_json_object_end(struct bm_json *j);
void bm_json_array(struct bm_json *j, const char *key);
void bm_json_array_end(struct bm_json *j);
/* A string escaped as Go's json.Marshal does. */
void bm_json_string(struct bm_json *j, const char *key,
    struct bitmark_span value);
void bm_json_text(struct bm_json *j, const char *key, const char *value);
void bm_json_hex(struct bm_json *j, const char *key, const uint8_t *data,
    size_t size);
void bm_json_number(struct bm_json *j, const char *key, uint64_t value);
/* The number as a string. */
void bm_json_number_text(struct bm_json *j, const char *key, uint64_t value);
void bm_json_bool(struct bm_json *j, const char *key, bool value);
void bm_json_null(struct bm_json *j, const char *key);
/* Text that already is JSON. */
void bm_json_raw(struct bm_json *j, const char *key, const char *value);
/*
 * Hand the text over (owned by the caller: free()), or free it after a
 * failure.  Returns BITMARK_OK or BITMARK_E_NOMEM.
 */
bitmark_status bm_json_take(struct bm_json *j, char **text, size_t *size);

#endif
