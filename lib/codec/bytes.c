/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The byte reader and writer with sticky errors.
 *
 * Callers read every field in turn and ask once, at the end, whether all of
 * them were there.  For that to be safe, a read that fails must leave the
 * reader where no later read can succeed: the failure stays, and nothing is
 * left over.
 */
#include "codec/codec.h"

struct bm_reader
bm_reader(const uint8_t *data, size_t size)
{
	return (struct bm_reader){ .next = data, .left = size };
}

bool
bm_reader_ok(const struct bm_reader *r)
{
	return !r->failed;
}

/* With nothing left, every later read of a byte or more fails as well; the
 * flag makes those of no bytes fail, too. */
static void
fail(struct bm_reader *r)
{
	r->failed = true;
	r->left = 0;
}

struct bitmark_span
bm_read_span(struct bm_reader *r, size_t size)
{
	struct bitmark_span span = { NULL, 0 };

	if (r->failed || size > r->left) {
		fail(r);
		return span;
	}
	span = (struct bitmark_span){ r->next, size };
	/* An empty input may be NULL, and C does not define NULL + 0. */
	if (size != 0)
		r->next += size;
	r->left -= size;
	return span;
}

void
bm_read_copy(struct bm_reader *r, uint8_t *out, size_t size)
{
	struct bitmark_span span = bm_read_span(r, size);

	/* Zeros, and not what ${out} held before: a caller that uses a field
	 * before it asks bm_reader_ok sees the same value each time. */
	if (r->failed)
		memset(out, 0, size);
	else if (size != 0)
		memcpy(out, span.data, size);
}

uint8_t
bm_read_u8(struct bm_reader *r)
{
	uint8_t b;

	bm_read_copy(r, &b, 1);
	return b;
}

uint16_t
bm_read_u16be(struct bm_reader *r)
{
	uint8_t b[2];

	bm_read_copy(r, b, sizeof b);
	return (uint16_t)(b[0] << 8 | b[1]);
}

uint16_t
bm_read_u16le(struct bm_reader *r)
{
	uint8_t b[2];

	bm_read_copy(r, b, sizeof b);
	return (uint16_t)(b[1] << 8 | b[0]);
}

uint64_t
bm_read_u64be(struct bm_reader *r)
{
	uint8_t b[8];

	bm_read_copy(r, b, sizeof b);
	return bm_get_u64be(b);
}

uint64_t
bm_read_u64le(struct bm_reader *r)
{
	uint8_t b[8];
	uint64_t v = 0;

	bm_read_copy(r, b, sizeof b);
	for (int i = 7; i >= 0; i--)
		v = v << 8 | b[i];
	return v;
}

/* Varint64 is not the varint of other programs: its ninth byte has eight bits of
 * the number and no mark.  bitmark_varint_decode gives 0 for one that is cut
 * off. */
uint64_t
bm_read_varint(struct bm_reader *r)
{
	uint64_t value;
	size_t used = bitmark_varint_decode(r->next, r->left, &value);

	/* A reader that failed has nothing left, so this fails, too. */
	if (used == 0) {
		fail(r);
		return 0;
	}
	r->next += used;
	r->left -= used;
	return value;
}

/* The value is 0 after a failure, even when 0 is below the minimum: callers use
 * it for sizes before they ask bm_reader_ok, and 0 is always safe. */
uint64_t
bm_read_varint_clipped(struct bm_reader *r, uint64_t minimum,
    uint64_t maximum)
{
	uint64_t value = bm_read_varint(r);

	if (value < minimum || value > maximum) {
		fail(r);
		return 0;
	}
	return value;
}

struct bitmark_span
bm_read_counted(struct bm_reader *r, uint64_t minimum, uint64_t maximum)
{
	uint64_t size = bm_read_varint_clipped(r, minimum, maximum);

	/* The length has 64 bits and a size_t may have 32: a plain cast could
	 * turn a length of 2^32 and 5 bytes into one of 5, which is there.
	 * SIZE_MAX never is. */
	return bm_read_span(r, size > r->left ? SIZE_MAX : (size_t)size);
}

struct bm_writer
bm_writer(uint8_t *data, size_t capacity)
{
	return (struct bm_writer){ .data = data, .capacity = capacity };
}

bool
bm_writer_ok(const struct bm_writer *w)
{
	return w->size <= w->capacity;
}

void
bm_write_bytes(struct bm_writer *w, const void *data, size_t size)
{
	/* The size goes on counting beyond the capacity, so the first test
	 * also keeps the subtraction from wrapping. */
	if (size != 0 && w->size <= w->capacity &&
	    size <= w->capacity - w->size)
		memcpy(w->data + w->size, data, size);
	w->size += size;
}

void
bm_write_u8(struct bm_writer *w, uint8_t value)
{
	bm_write_bytes(w, &value, 1);
}

void
bm_write_u16be(struct bm_writer *w, uint16_t value)
{
	uint8_t b[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	bm_write_bytes(w, b, sizeof b);
}

void
bm_write_u16le(struct bm_writer *w, uint16_t value)
{
	uint8_t b[2] = { (uint8_t)value, (uint8_t)(value >> 8) };

	bm_write_bytes(w, b, sizeof b);
}

void
bm_write_u64be(struct bm_writer *w, uint64_t value)
{
	uint8_t b[8];

	bm_put_u64be(b, value);
	bm_write_bytes(w, b, sizeof b);
}

/* Byte by byte, and not by a copy of the number: the same on machines of either
 * byte order. */
void
bm_write_u64le(struct bm_writer *w, uint64_t value)
{
	uint8_t b[8];

	for (int i = 0; i < 8; i++)
		b[i] = (uint8_t)(value >> (8 * i));
	bm_write_bytes(w, b, sizeof b);
}

void
bm_write_varint(struct bm_writer *w, uint64_t value)
{
	uint8_t b[BITMARK_VARINT_MAX];

	bm_write_bytes(w, b, bitmark_varint_encode(value, b));
}

void
bm_write_counted(struct bm_writer *w, const void *data, size_t size)
{
	bm_write_varint(w, size);
	bm_write_bytes(w, data, size);
}

void
bm_put_u64be(uint8_t out[8], uint64_t value)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(value >> (56 - 8 * i));
}

uint64_t
bm_get_u64be(const uint8_t in[8])
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | in[i];
	return v;
}

struct bitmark_span
bm_span_of(const char *text)
{
	return (struct bitmark_span){ (const uint8_t *)text, strlen(text) };
}

bool
bm_span_equal(struct bitmark_span a, struct bitmark_span b)
{
	/* The data of an empty span may be NULL, which memcmp must not get. */
	return a.size == b.size &&
	    (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool
bm_span_is(struct bitmark_span span, const char *text)
{
	return bm_span_equal(span, bm_span_of(text));
}

bool
bm_span_skip(struct bitmark_span *span, const char *prefix)
{
	const size_t size = strlen(prefix);

	if (span->size < size || memcmp(span->data, prefix, size) != 0)
		return false;
	span->data += size;
	span->size -= size;
	return true;
}

/* The length is compared first, so that the capacity always suffices. */
bool
bm_span_hex(struct bitmark_span text, uint8_t *out, size_t size)
{
	size_t used;

	return text.size == 2 * size && bitmark_hex_decode(
	    (const char *)text.data, text.size, out, size, &used) ==
	    BITMARK_OK;
}

/* isspace() asks the locale of the host program. */
static bool
is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct bitmark_span
bm_span_trim(struct bitmark_span text)
{
	while (text.size > 0 && is_space(text.data[text.size - 1]))
		text.size--;
	while (text.size > 0 && is_space(text.data[0])) {
		text.data++;
		text.size--;
	}
	return text;
}
