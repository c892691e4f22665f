/*
 * Ed25519 signatures as v8.2 accepts them.
 *
 * v8.2 computes S * B - h * A, with h = SHA-512(R, A, M) mod L, and compares
 * its canonical encoding with the bytes of R.  A is any encoding of any point
 * of the curve; of S the three top bits must be zero.  libsodium does the
 * same, but refuses S >= L, and A or R with the y of a point of small order,
 * and A with y >= p.  S is therefore reduced first, which does not change
 * S * B, and for such A and R the equation is computed here, from libsodium's
 * group operations: several times slower, and so only where the bytes say
 * that it is needed.
 *
 * Source: bitmarkd v8.2 account/account.go CheckSignature;
 * tests/data/vectors.json ed25519Verify
 */
#include <bitmarkpeer/account.h>

#include "os/random.h"

#include <sodium.h>
#include <string.h>

#define POINT_SIZE crypto_core_ed25519_BYTES
#define SCALAR_SIZE crypto_core_ed25519_SCALARBYTES
#define WIDE_SCALAR_SIZE crypto_core_ed25519_NONREDUCEDSCALARBYTES

/* Bits of S that must be zero, in its last byte. */
#define S_TOP_BITS 0xe0
/* Bit of the last byte of a point that is the sign of x. */
#define SIGN_BIT 0x80

/* y = 1. */
static const uint8_t identity[POINT_SIZE] = { 1 };

/* y of the points whose order divides 8, little endian; that of order 2,
 * p - 1, is left to is_near_p. */
static const uint8_t small_order[][POINT_SIZE] = {
	{ 0 },                  /* order 4 */
	{ 1 },                  /* order 1 */
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0,       /* order 8 */
	  0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
	  0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39,
	  0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f,       /* order 8 */
	  0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
	  0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6,
	  0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
};

/* y >= p - 1 = 2^255 - 20: order 2, or not canonical. */
static bool
is_near_p(const uint8_t y[POINT_SIZE])
{
	for (size_t i = 1; i < POINT_SIZE - 1; i++)
		if (y[i] != 0xff)
			return false;
	return y[0] >= 0xec && y[POINT_SIZE - 1] == 0x7f;
}

/* libsodium refuses this A or R though v8.2 may accept it. */
static bool
is_special(const uint8_t point[POINT_SIZE])
{
	uint8_t y[POINT_SIZE];

	memcpy(y, point, sizeof y);
	y[POINT_SIZE - 1] &= (uint8_t)~SIGN_BIT;
	for (size_t i = 0; i < sizeof small_order / sizeof small_order[0]; i++)
		if (memcmp(y, small_order[i], sizeof y) == 0)
			return true;
	return is_near_p(y);
}

/* ${n} * ${p}, for p of order L or 1.  False: p is neither. */
static bool
multiply_prime(uint8_t out[POINT_SIZE], const uint8_t n[SCALAR_SIZE],
    const uint8_t p[POINT_SIZE])
{
	/* libsodium counts a result at infinity as an error */
	if (sodium_is_zero(n, SCALAR_SIZE) ||
	    memcmp(p, identity, POINT_SIZE) == 0) {
		memcpy(out, identity, POINT_SIZE);
		return true;
	}
	return crypto_scalarmult_ed25519_noclamp(out, n, p) == 0;
}

/*
 * Split ${p} into a point of order L or 1, and one whose order divides 8:
 * prime = (1/8 mod L) * (8 * p), torsion = p - prime.  False: not a point.
 */
static bool
split(const uint8_t p[POINT_SIZE], uint8_t prime[POINT_SIZE],
    uint8_t torsion[POINT_SIZE])
{
	static const uint8_t eight[SCALAR_SIZE] = { 8 };
	uint8_t inverse[SCALAR_SIZE], p8[POINT_SIZE];

	return crypto_core_ed25519_add(p8, p, p) == 0 &&
	    crypto_core_ed25519_add(p8, p8, p8) == 0 &&
	    crypto_core_ed25519_add(p8, p8, p8) == 0 &&
	    crypto_core_ed25519_scalar_invert(inverse, eight) == 0 &&
	    multiply_prime(prime, inverse, p8) &&
	    crypto_core_ed25519_sub(torsion, p, prime) == 0;
}

/* ${n} * ${p}, for any point; n is not reduced by the order of p. */
static bool
multiply(uint8_t out[POINT_SIZE], const uint8_t n[SCALAR_SIZE],
    const uint8_t p[POINT_SIZE])
{
	uint8_t prime[POINT_SIZE], torsion[POINT_SIZE];

	if (!split(p, prime, torsion) || !multiply_prime(out, n, prime))
		return false;
	for (unsigned i = n[0] % 8; i > 0; i--)
		if (crypto_core_ed25519_add(out, out, torsion) != 0)
			return false;
	return true;
}

/* ${n} * B. */
static bool
multiply_base(uint8_t out[POINT_SIZE], const uint8_t n[SCALAR_SIZE])
{
	if (sodium_is_zero(n, SCALAR_SIZE)) {
		memcpy(out, identity, POINT_SIZE);
		return true;
	}
	return crypto_scalarmult_ed25519_base_noclamp(out, n) == 0;
}

/* SHA-512(R, A, M) mod L. */
static void
challenge(const uint8_t r[POINT_SIZE], const uint8_t a[POINT_SIZE],
    struct bitmark_span message, uint8_t h[SCALAR_SIZE])
{
	crypto_hash_sha512_state state;
	uint8_t wide[WIDE_SCALAR_SIZE];

	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, r, POINT_SIZE);
	crypto_hash_sha512_update(&state, a, POINT_SIZE);
	crypto_hash_sha512_update(&state, message.data, message.size);
	crypto_hash_sha512_final(&state, wide);
	crypto_core_ed25519_scalar_reduce(h, wide);
}

/* S * B - h * A is R, for any A and R. */
static bool
verify_special(const uint8_t signature[BITMARK_SIGNATURE_SIZE],
    const uint8_t a[POINT_SIZE], struct bitmark_span message)
{
	uint8_t h[SCALAR_SIZE], ha[POINT_SIZE], sb[POINT_SIZE], r[POINT_SIZE];

	challenge(signature, a, message, h);
	return multiply(ha, h, a) &&
	    multiply_base(sb, signature + POINT_SIZE) &&
	    crypto_core_ed25519_sub(r, sb, ha) == 0 &&
	    memcmp(r, signature, POINT_SIZE) == 0;
}

/* Make S of ${signature} smaller than L.  Returns whether it already was. */
static bool
reduce_s(uint8_t signature[BITMARK_SIGNATURE_SIZE])
{
	uint8_t *s = signature + POINT_SIZE;
	uint8_t wide[WIDE_SCALAR_SIZE] = { 0 };

	memcpy(wide, s, SCALAR_SIZE);
	crypto_core_ed25519_scalar_reduce(s, wide);
	return memcmp(s, wide, SCALAR_SIZE) == 0;
}

bitmark_status
bitmark_account_verify(const struct bitmark_account *account,
    struct bitmark_span message, struct bitmark_span signature,
    enum bitmark_strictness strictness)
{
	uint8_t sig[BITMARK_SIGNATURE_SIZE];
	bool ok;

	bm_sodium_ready();
	if (account->algorithm != BITMARK_KEY_ED25519 ||
	    signature.size != sizeof sig)
		return BITMARK_E_SIGNATURE;
	memcpy(sig, signature.data, sizeof sig);
	if ((sig[sizeof sig - 1] & S_TOP_BITS) != 0)
		return BITMARK_E_SIGNATURE;
	if (!reduce_s(sig) && strictness == BITMARK_STRICT)
		return BITMARK_E_SIGNATURE;
	if (is_special(account->key) || is_special(sig))
		ok = verify_special(sig, account->key, message);
	else
		ok = crypto_sign_verify_detached(sig, message.data,
		    message.size, account->key) == 0;
	return ok ? BITMARK_OK : BITMARK_E_SIGNATURE;
}
