/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The proof of work that pays for issues.
 *
 * The pay nonce follows from a recent block, so that nobody can compute proofs
 * long before they are needed.
 */
#include <bitmarkpeer/block.h>

#include "codec/codec.h"

bool
bitmark_proof_check(const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    uint64_t pay_nonce, const uint8_t *nonce, size_t nonce_size,
    const uint8_t target[BITMARK_TARGET_SIZE])
{
	uint8_t number[8], digest[BITMARK_SHA3_256_SIZE];
	const struct bitmark_span parts[] = {
		{ pay_id, BITMARK_PAY_ID_SIZE },
		{ number, sizeof number },
		{ nonce, nonce_size },
	};

	bm_put_u64be(number, pay_nonce);
	bm_sha3_256_span(parts, sizeof parts / sizeof parts[0], digest);

	/* Unlike the digest of a block, this one is a big-endian number, so it
	 * is compared as it is. */
	return memcmp(digest, target, sizeof digest) <= 0;
}

/*
 * 0.16 rounds the number, so that a proof stays good while blocks are added, and
 * takes one window less, so that the block is seldom rolled back.  While there
 * are less than two windows it is the genesis block.
 */
uint64_t
bitmark_pay_nonce_block(const struct bitmark_rules *rules, uint64_t height)
{
	const uint64_t every = BITMARK_PAY_NONCE_EVERY;

	switch (rules->pay_nonce) {
	case BITMARK_PAY_NONCE_CRC:
		return height;
	case BITMARK_PAY_NONCE_DIGEST:
		return height < 2 * every ? BITMARK_GENESIS_NUMBER :
		    height - height % every - every;
	}
	return height;
}

bool
bitmark_block_has_pay_nonce(const struct bitmark_rules *rules, uint64_t number)
{
	return rules->pay_nonce == BITMARK_PAY_NONCE_CRC ||
	    number == BITMARK_GENESIS_NUMBER ||
	    (number > 0 && number % BITMARK_PAY_NONCE_EVERY == 0);
}

uint64_t
bitmark_pay_nonce_of_digest(const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	return bm_get_u64be(digest);
}
