/*
 * The proof of work that pays for issues.
 *
 * The pay nonce is the CRC of a recent block, so that nobody can compute
 * proofs long before they are needed.
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
