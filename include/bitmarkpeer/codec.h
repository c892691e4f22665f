/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * codec - the text and number encodings of Bitmark: Varint64, hex, base58,
 * the block CRC and SHA3.
 *
 * Pure functions: no state, no allocation, safe from any thread.
 */
#ifndef BITMARKPEER_CODEC_H
#define BITMARKPEER_CODEC_H

#include <bitmarkpeer/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Longest Varint64.  Bytes.
 * Source: bitmarkd v8.2 util/varint.go Varint64MaximumBytes */
#define BITMARK_VARINT_MAX 9

/* Longest base58 text that is decoded.  Characters.
 * Source: local bound; v8.2 has none and quadratic cost. */
#define BITMARK_BASE58_TEXT_MAX 256

/* Longest value that is encoded as base58.  Bytes.  Source: local bound. */
#define BITMARK_BASE58_BYTES_MAX 256

#define BITMARK_SHA3_256_SIZE 32
#define BITMARK_SHA3_384_SIZE 48
#define BITMARK_SHA3_512_SIZE 64

/*
 * bitmark_varint_encode(value, out):
 * Write ${value} as a minimal Varint64 into ${out} (BITMARK_VARINT_MAX bytes
 * of room).  Returns the number of bytes written, 1..9.
 *
 * Source: bitmarkd v8.2 util/varint.go ToVarint64
 */
BITMARK_API size_t bitmark_varint_encode(uint64_t value,
    uint8_t out[BITMARK_VARINT_MAX]);

/*
 * bitmark_varint_decode(data, size, value):
 * Read a Varint64, minimal or not.  Returns the number of bytes used, or 0
 * (and ${value} 0) when ${data} ends too early.
 *
 * Source: bitmarkd v8.2 util/varint.go FromVarint64
 */
BITMARK_API size_t bitmark_varint_decode(const uint8_t *data, size_t size,
    uint64_t *value);

/*
 * bitmark_varint_clipped(data, size, minimum, maximum, value):
 * As bitmark_varint_decode, and also 0 unless ${minimum} <= value <=
 * ${maximum}.  minimum >= maximum, or a negative limit, always gives 0.
 *
 * Source: bitmarkd v8.2 util/varint.go ClippedVarint64
 */
BITMARK_API size_t bitmark_varint_clipped(const uint8_t *data, size_t size,
    int64_t minimum, int64_t maximum, uint64_t *value);

/*
 * bitmark_hex_encode(data, size, text):
 * Lower-case hex of ${data} into ${text}: 2 * size + 1 bytes, with NUL.
 * bitmark_hex_encode_reversed writes the last byte first: the display form of
 * block digests and transaction ids.
 */
BITMARK_API void bitmark_hex_encode(const uint8_t *data, size_t size,
    char *text);
BITMARK_API void bitmark_hex_encode_reversed(const uint8_t *data, size_t size,
    char *text);

/*
 * bitmark_hex_decode(text, text_size, out, capacity, size):
 * Bytes of ${text_size} hex digits of either case.
 *
 * Returns BITMARK_OK, BITMARK_E_HEX (odd length or another character), or
 * BITMARK_E_SPACE (more than ${capacity} bytes).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_hex_decode(
    const char *text, size_t text_size, uint8_t *out, size_t capacity,
    size_t *size);

/*
 * bitmark_base58_encode(data, size, text, capacity):
 * Bitcoin-alphabet base58 of ${data} with NUL.
 *
 * Returns BITMARK_OK, BITMARK_E_LENGTH (more than BITMARK_BASE58_BYTES_MAX)
 * or BITMARK_E_SPACE (text does not fit in ${capacity}).
 *
 * Source: bitmarkd v8.2 util/base58.go ToBase58
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_base58_encode(
    const uint8_t *data, size_t size, char *text, size_t capacity);

/*
 * bitmark_base58_decode(text, text_size, out, capacity, size):
 * Bytes of base58 text.  Text with a character outside the alphabet, of more
 * than BITMARK_BASE58_TEXT_MAX characters, or empty, gives ${size} 0 (v8.2
 * has no error here).
 *
 * Returns BITMARK_OK or BITMARK_E_SPACE.
 *
 * Source: bitmarkd v8.2 util/base58.go FromBase58
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_base58_decode(
    const char *text, size_t text_size, uint8_t *out, size_t capacity,
    size_t *size);

/* Given instead of a code point for a byte that is not valid UTF-8. */
#define BITMARK_UTF8_INVALID UINT32_MAX

/*
 * bitmark_utf8_next(text, at):
 * The next code point of ${text}, which has a byte at ${*at}; moves ${*at} past
 * it.  A byte that starts no valid sequence gives BITMARK_UTF8_INVALID and moves
 * by one.
 *
 * Source: Go unicode/utf8 DecodeRune
 */
BITMARK_API uint32_t bitmark_utf8_next(struct bitmark_span text, size_t *at);

/* Text of so many bytes in base64, with NUL.  Bytes. */
#define BITMARK_BASE64_TEXT_SIZE(size) (((size) + 2) / 3 * 4 + 1)

/*
 * bitmark_base64_encode(data, size, text),
 * bitmark_base64_decode(text, out, capacity, size):
 * The standard alphabet, with padding, as Go's encoding/json has it.
 *
 * decode returns false when ${text}, which may have line ends, is anything else,
 * or has more than ${capacity} bytes.
 */
BITMARK_API void bitmark_base64_encode(const uint8_t *data, size_t size,
    char *text);
BITMARK_API bool bitmark_base64_decode(struct bitmark_span text, uint8_t *out,
    size_t capacity, size_t *size);

/*
 * bitmark_crc(number, data, size):
 * CRC-64 (ECMA polynomial, reflected) of a packed block, started from the
 * block's number.  Written big endian it is the block's pay nonce.
 *
 * Source: bitmarkd v8.2 blockring/crc.go CRC
 */
BITMARK_API uint64_t bitmark_crc(uint64_t number, const uint8_t *data,
    size_t size);

/* SHA3 of FIPS 202. */
BITMARK_API void bitmark_sha3_256(const uint8_t *data, size_t size,
    uint8_t out[BITMARK_SHA3_256_SIZE]);
BITMARK_API void bitmark_sha3_384(const uint8_t *data, size_t size,
    uint8_t out[BITMARK_SHA3_384_SIZE]);
BITMARK_API void bitmark_sha3_512(const uint8_t *data, size_t size,
    uint8_t out[BITMARK_SHA3_512_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
