/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Ed25519 signatures as v8.2 accepts them.
 *
 * A signature (R, S) of the message M under the key A is valid in v8.2 when
 * the point S * B - h * A, with h = SHA-512(R, A, M) mod L, is encoded by the
 * bytes of R.  Whether a block is valid depends on that, so exactly the same
 * signatures must pass here.  libsodium computes the same equation but is
 * stricter in three ways, and each needs something:
 *
 *   S >= L                     v8.2 wants only the three top bits of S to be
 *                              zero.  Reducing S mod L first changes nothing,
 *                              since L * B is the neutral point.
 *   A or R of small order      Points whose order divides 8.  libsodium takes
 *                              them for an attack.
 *   A with y >= p              The coordinate y is a number mod p, and v8.2
 *                              reduces it; libsodium wants the one encoding
 *                              that is canonical.
 *
 * For the last two the equation is computed below from libsodium's operations
 * on points.  That is several times slower, so it is done only where the bytes
 * of A or R say that it is needed: no honest signature looks like that.
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

/* The neutral point: x = 0, y = 1. */
static const uint8_t identity[POINT_SIZE] = { 1 };

/* The y of the points whose order divides 8, little endian.  Each y belongs to
 * two points, x and -x, which differ in the sign bit alone.  The point of order
 * 2 has y = p - 1, and is left to is_near_p. */
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

/* Is y >= p - 1 = 2^255 - 20?  Then it is the point of order 2 (p - 1), or not
 * canonical (p and above). */
static bool
is_near_p(const uint8_t y[POINT_SIZE])
{
	for (size_t i = 1; i < POINT_SIZE - 1; i++)
		if (y[i] != 0xff)
			return false;
	return y[0] >= 0xec && y[POINT_SIZE - 1] == 0x7f;
}

/* Is this an A or R that libsodium refuses though v8.2 may accept it? */
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

/* Compute ${n} * ${p}, for p of order L or 1.  Returns false when it has
 * another order. */
static bool
multiply_prime(uint8_t out[POINT_SIZE], const uint8_t n[SCALAR_SIZE],
    const uint8_t p[POINT_SIZE])
{
	/* libsodium calls it an error when the result is the neutral point,
	 * which only these two cases can give. */
	if (sodium_is_zero(n, SCALAR_SIZE) ||
	    memcmp(p, identity, POINT_SIZE) == 0) {
		memcpy(out, identity, POINT_SIZE);
		return true;
	}
	return crypto_scalarmult_ed25519_noclamp(out, n, p) == 0;
}

/*
 * Split ${p} into a point of order L or 1, and one whose order divides 8.
 *
 * The order of the curve is 8 * L, so 8 * p has order L or 1, and multiplying
 * it by 1/8 mod L gives the part of p that does: prime.  The rest, torsion, is
 * p - prime.  The split is needed because libsodium multiplies only points of
 * order L.  Returns false when ${p} is no point of the curve.
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

/*
 * Compute ${n} * ${p} for any point: n * prime + n * torsion.  The order of
 * torsion divides 8, so n mod 8 of it are added.  n itself is not reduced mod
 * L, which would be wrong for points whose order is not L.
 */
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

/* Compute ${n} * B.  As in multiply_prime, the neutral point is an error for
 * libsodium. */
static bool
multiply_base(uint8_t out[POINT_SIZE], const uint8_t n[SCALAR_SIZE])
{
	if (sodium_is_zero(n, SCALAR_SIZE)) {
		memcpy(out, identity, POINT_SIZE);
		return true;
	}
	return crypto_scalarmult_ed25519_base_noclamp(out, n) == 0;
}

/* Compute h = SHA-512(R, A, M) mod L, from the bytes as they were given: those
 * that are not canonical are hashed as they are. */
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

/* Is S * B - h * A encoded by the bytes of R?  For any A and R, and S < L. */
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

/*
 * Make S of ${signature} smaller than L.  Returns whether it already was.
 * libsodium reduces numbers of 64 bytes only, hence the zeros behind it.
 */
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
	/* Anybody can add L to the S of another's signature, and so make
	 * another encoding of the same record, with another transaction id.
	 * Blocks may hold such records, but nothing else [D-29]. */
	if (!reduce_s(sig) && strictness == BITMARK_STRICT)
		return BITMARK_E_SIGNATURE;
	if (is_special(account->key) || is_special(sig))
		ok = verify_special(sig, account->key, message);
	else
		ok = crypto_sign_verify_detached(sig, message.data,
		    message.size, account->key) == 0;
	return ok ? BITMARK_OK : BITMARK_E_SIGNATURE;
}
