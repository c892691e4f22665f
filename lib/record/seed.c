/*
 * Seeds: short secrets from which a private key is derived.  Users write them
 * down, so that an account outlives its computer.
 *
 *   version 1   5a fe 01, network, secret (32), checksum (4)
 *   version 2   5a fe 02, secret (17) that holds the network, checksum (4)
 *
 * The secret of version 2 has 132 bits, which are twelve words of eleven bits:
 * 128 random ones and the network, which takes no byte of its own.
 *
 * Source: bitmarkd v8.2 account/private.go PrivateKeyFromBase58Seed;
 * bitmarkd v0.16.0 account/seed.go parseBase58Seed, NewBase58EncodedSeedV2
 */
#include "codec/codec.h"
#include "os/random.h"
#include "record/keys.h"

#include <sodium.h>

#define HEADER_SIZE 3
#define V1_SECRET_SIZE crypto_secretbox_KEYBYTES
#define V2_SECRET_SIZE 17
/* Bytes of a version 2 secret that are drawn at random.  Four of their bits
 * give way to the network, and move to the end. */
#define V2_RANDOM_SIZE 16
/* The secret is written into SHAKE-256 this many times. */
#define V2_REPEAT 4

static const uint8_t header_v1[HEADER_SIZE] = { 0x5a, 0xfe, 0x01 };
static const uint8_t header_v2[HEADER_SIZE] = { 0x5a, 0xfe, 0x02 };

/*
 * Version 1 encrypts the number 999 in a secret box whose key is the secret;
 * the result, with the 16 bytes of its authenticator, is the Ed25519 seed.
 * Another number would give another key from the same secret.
 */
static void
key_from_v1(enum bitmark_network network, const uint8_t secret[V1_SECRET_SIZE],
    struct bitmark_private_key *key)
{
	static const uint8_t nonce[crypto_secretbox_NONCEBYTES];
	static const uint8_t counter[16] = { [14] = 0x03, [15] = 0xe7 };
	uint8_t seed[crypto_secretbox_MACBYTES + sizeof counter];

	bm_sodium_ready();
	crypto_secretbox_easy(seed, counter, sizeof counter, nonce, secret);
	bitmark_private_key_from_seed(network, seed, key);
	sodium_memzero(seed, sizeof seed);
}

/*
 * The network of a version 2 secret stands in the upper half of byte 15, as
 * four bits that depend on four other bits of the secret: equal to them for the
 * live network, inverted for the test network.
 */
static uint8_t
v2_live_bits(const uint8_t secret[V2_SECRET_SIZE])
{
	return (uint8_t)((secret[0] & 0x80) | (secret[1] & 0x40) |
	    (secret[2] & 0x20) | (secret[3] & 0x10));
}

/* Other patterns than the two are possible in a text that somebody made up.
 * v0.16.0 compares with the inverted bits only, so they are of the live one. */
static enum bitmark_network
v2_network(const uint8_t secret[V2_SECRET_SIZE])
{
	return ((secret[15] & 0xf0) ^ 0xf0) == v2_live_bits(secret) ?
	    BITMARK_NETWORK_TEST : BITMARK_NETWORK_LIVE;
}

/*
 * Draw a secret.  The four random bits that the network takes the place of are
 * written behind the others, as bits 128 to 131, so that none is lost.
 */
static void
v2_secret(enum bitmark_network network, const struct bitmark_env *env,
    uint8_t secret[V2_SECRET_SIZE])
{
	uint8_t bits;

	bm_random(env, secret, V2_RANDOM_SIZE);
	secret[16] = secret[15] & 0xf0;
	bits = v2_live_bits(secret);
	if (network == BITMARK_NETWORK_TEST)
		bits ^= 0xf0;
	secret[15] = (uint8_t)(bits | (secret[15] & 0x0f));
}

static void
key_from_v2(const uint8_t secret[V2_SECRET_SIZE],
    struct bitmark_private_key *key)
{
	struct bitmark_span parts[V2_REPEAT];
	uint8_t seed[crypto_sign_SEEDBYTES];

	for (size_t i = 0; i < V2_REPEAT; i++)
		parts[i] = (struct bitmark_span){ secret, V2_SECRET_SIZE };
	bm_shake256_span(parts, V2_REPEAT, seed, sizeof seed);
	bitmark_private_key_from_seed(v2_network(secret), seed, key);
	sodium_memzero(seed, sizeof seed);
}

/* The order of the checks is that of v8.2, which knew version 1 only. */
bitmark_status
bm_seed_parse(const uint8_t *data, size_t size,
    struct bitmark_private_key *key)
{
	const uint8_t *body = data + HEADER_SIZE;
	bool v1, v2;

	if (size == 0)
		return BITMARK_E_DECODE_SEED;
	if (size != BM_SEED_V1_SIZE && size != BM_SEED_V2_SIZE)
		return BITMARK_E_SEED_LENGTH;
	v1 = memcmp(data, header_v1, HEADER_SIZE) == 0;
	v2 = memcmp(data, header_v2, HEADER_SIZE) == 0;
	if (!v1 && !v2)
		return BITMARK_E_SEED_HEADER;
	if (size != (v1 ? BM_SEED_V1_SIZE : BM_SEED_V2_SIZE))
		return BITMARK_E_SEED_LENGTH;
	if (!bm_checksum_ok(data, size))
		return BITMARK_E_CHECKSUM;
	/* 132 bits leave half of the last byte empty. */
	if (v2 && (body[16] & 0x0f) != 0)
		return BITMARK_E_SEED_LENGTH;
	if (v1)
		key_from_v1(body[0] == 0x01 ? BITMARK_NETWORK_TEST :
		    BITMARK_NETWORK_LIVE, body + 1, key);
	else
		key_from_v2(body, key);
	return BITMARK_OK;
}

bitmark_status
bitmark_seed_generate(enum bitmark_seed_version version,
    enum bitmark_network network, const struct bitmark_env *env,
    char text[BITMARK_SECRET_TEXT_MAX], struct bitmark_private_key *key)
{
	uint8_t data[BM_SEED_V1_SIZE];
	struct bm_writer w = bm_writer(data, sizeof data);
	uint8_t secret[V1_SECRET_SIZE];

	switch (version) {
	case BITMARK_SEED_V1:
		bm_random(env, secret, V1_SECRET_SIZE);
		bm_write_bytes(&w, header_v1, HEADER_SIZE);
		bm_write_u8(&w, network == BITMARK_NETWORK_TEST);
		bm_write_bytes(&w, secret, V1_SECRET_SIZE);
		break;
	case BITMARK_SEED_V2:
		v2_secret(network, env, secret);
		bm_write_bytes(&w, header_v2, HEADER_SIZE);
		bm_write_bytes(&w, secret, V2_SECRET_SIZE);
		break;
	}
	if (w.size == 0)
		return BITMARK_E_ARGUMENT;
	bm_checksum_text(data, w.size, text, BITMARK_SECRET_TEXT_MAX);
	if (version == BITMARK_SEED_V1)
		key_from_v1(network, secret, key);
	else
		key_from_v2(secret, key);
	sodium_memzero(data, sizeof data);
	sodium_memzero(secret, sizeof secret);
	return BITMARK_OK;
}
