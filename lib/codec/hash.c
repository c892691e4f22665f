/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* SHA3 through nettle, and the CRC of blocks. */
#include <bitmarkpeer/codec.h>

#include <nettle/nettle-meta.h>
#include <nettle/sha3.h>

#include "codec/codec.h"

/* Room for the state of any of the hashes. */
union hash_state {
	struct sha3_256_ctx sha3_256;
	struct sha3_384_ctx sha3_384;
	struct sha3_512_ctx sha3_512;
};

/* The state is wiped, because it holds the last bytes that were hashed, and
 * those may be of a private key: its checksum is a hash. */
static void
hash_parts(const struct nettle_hash *hash, const struct bitmark_span *parts,
    size_t count, uint8_t *out)
{
	union hash_state state;

	hash->init(&state);
	for (size_t i = 0; i < count; i++)
		hash->update(&state, parts[i].size, parts[i].data);
	hash->digest(&state, hash->digest_size, out);
	explicit_bzero(&state, sizeof state);
}

void
bm_sha3_256_span(const struct bitmark_span *parts, size_t count,
    uint8_t out[BITMARK_SHA3_256_SIZE])
{
	hash_parts(&nettle_sha3_256, parts, count, out);
}

void
bm_sha3_384_span(const struct bitmark_span *parts, size_t count,
    uint8_t out[BITMARK_SHA3_384_SIZE])
{
	hash_parts(&nettle_sha3_384, parts, count, out);
}

/* Parts that are not all in memory at one time. */
void
bm_sha3_256_each(bm_next_part_fn next, void *user,
    uint8_t out[BITMARK_SHA3_256_SIZE])
{
	struct sha3_256_ctx state;
	struct bitmark_span part;

	sha3_256_init(&state);
	while (next(user, &part))
		sha3_256_update(&state, part.size, part.data);
	sha3_256_digest(&state, BITMARK_SHA3_256_SIZE, out);
}

/* SHAKE-256 is the same sponge as SHA3-256 with other padding bits and output
 * of any length, so nettle runs it in the same state. */
void
bm_shake256_span(const struct bitmark_span *parts, size_t count,
    uint8_t *out, size_t size)
{
	struct sha3_256_ctx state;

	sha3_256_init(&state);
	for (size_t i = 0; i < count; i++)
		sha3_256_update(&state, parts[i].size, parts[i].data);
	sha3_256_shake(&state, size, out);
	explicit_bzero(&state, sizeof state);
}

void
bitmark_sha3_256(const uint8_t *data, size_t size,
    uint8_t out[BITMARK_SHA3_256_SIZE])
{
	bm_sha3_256_span(&(struct bitmark_span){ data, size }, 1, out);
}

void
bitmark_sha3_384(const uint8_t *data, size_t size,
    uint8_t out[BITMARK_SHA3_384_SIZE])
{
	bm_sha3_384_span(&(struct bitmark_span){ data, size }, 1, out);
}

void
bitmark_sha3_512(const uint8_t *data, size_t size,
    uint8_t out[BITMARK_SHA3_512_SIZE])
{
	hash_parts(&nettle_sha3_512, &(struct bitmark_span){ data, size }, 1,
	    out);
}

/*
 * The CRC-64 of each byte value, for the ECMA polynomial with its bits in
 * reverse, which is the entry of 0x80.  The table makes one step of each byte;
 * without it each of the eight bits would be one.  It is constant, and not
 * computed at the start, because the library has no globals to keep it in.
 *
 * A CRC is linear: the entry of a byte is the exclusive or of the entries of
 * its bits.  So eight of them are enough for the compiler to make the table.
 */
#define CRC_OF(n) ( \
	((n) & 0x01 ? UINT64_C(0xb32e4cbe03a75f6f) : 0) ^ \
	((n) & 0x02 ? UINT64_C(0xf4843657a840a05b) : 0) ^ \
	((n) & 0x04 ? UINT64_C(0x7bd0c384ff8f5e33) : 0) ^ \
	((n) & 0x08 ? UINT64_C(0xf7a18709ff1ebc66) : 0) ^ \
	((n) & 0x10 ? UINT64_C(0x7d9ba13851336649) : 0) ^ \
	((n) & 0x20 ? UINT64_C(0xfb374270a266cc92) : 0) ^ \
	((n) & 0x40 ? UINT64_C(0x64b62bcaebc387a1) : 0) ^ \
	((n) & 0x80 ? UINT64_C(0xc96c5795d7870f42) : 0))
#define CRC_OF_4(n) \
	CRC_OF(n), CRC_OF((n) + 1), CRC_OF((n) + 2), CRC_OF((n) + 3)
#define CRC_OF_16(n) \
	CRC_OF_4(n), CRC_OF_4((n) + 4), CRC_OF_4((n) + 8), CRC_OF_4((n) + 12)
#define CRC_OF_64(n) \
	CRC_OF_16(n), CRC_OF_16((n) + 16), CRC_OF_16((n) + 32), \
	CRC_OF_16((n) + 48)

static const uint64_t crc_table[256] = {
	CRC_OF_64(0), CRC_OF_64(64), CRC_OF_64(128), CRC_OF_64(192),
};

/* The CRC starts from the number of the block, so that equal bytes at another
 * height have another CRC.  As usual for CRC-64, it is inverted before the
 * first and after the last byte. */
uint64_t
bitmark_crc(uint64_t number, const uint8_t *data, size_t size)
{
	uint64_t crc = ~number;

	for (size_t i = 0; i < size; i++)
		crc = crc_table[(crc ^ data[i]) & 0xff] ^ (crc >> 8);
	return ~crc;
}
