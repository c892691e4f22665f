/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Merkle roots and foundation ids. */
#include <bitmarkpeer/block.h>

#include "record/record.h"

/* ${out} may be ${left} or ${right}: the hash reads both before it writes. */
static void
hash_pair(const uint8_t *left, const uint8_t *right, uint8_t *out)
{
	const struct bitmark_span pair[] = {
		{ left, BITMARK_TX_ID_SIZE },
		{ right, BITMARK_TX_ID_SIZE },
	};

	bm_sha3_256_span(pair, 2, out);
}

/*
 * Each level replaces the front of the one below it: a pair is read before the
 * place at half its index is written, so the tree needs no room of its own.
 * A last node without a partner is paired with itself, as in v8.2.
 */
size_t
bm_merkle_level(uint8_t *ids, size_t count)
{
	for (size_t i = 0; i < count; i += 2) {
		uint8_t *left = ids + i * BITMARK_TX_ID_SIZE;
		uint8_t *right = i + 1 < count ? left + BITMARK_TX_ID_SIZE :
		    left;

		hash_pair(left, right, ids + i / 2 * BITMARK_TX_ID_SIZE);
	}
	return count / 2 + count % 2;
}

void
bitmark_merkle_root(uint8_t *ids, size_t count,
    uint8_t root[BITMARK_DIGEST_SIZE])
{
	if (count == 0) {
		memset(root, 0, BITMARK_DIGEST_SIZE);
		return;
	}
	while (count > 1)
		count = bm_merkle_level(ids, count);
	memcpy(root, ids, BITMARK_DIGEST_SIZE);
}

void
bitmark_foundation_id(const uint8_t digest[BITMARK_DIGEST_SIZE],
    uint64_t number, uint8_t id[BITMARK_TX_ID_SIZE])
{
	uint8_t message[BITMARK_DIGEST_SIZE + 8];
	struct bm_writer w = bm_writer(message, sizeof message);

	bm_write_bytes(&w, digest, BITMARK_DIGEST_SIZE);
	bm_write_u64le(&w, number);
	bitmark_sha3_256(message, sizeof message, id);
}
