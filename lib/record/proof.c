/* The proof of work that pays for issues. */
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

	/* unlike a block's digest this one is a big-endian number */
	return memcmp(digest, target, sizeof digest) <= 0;
}
