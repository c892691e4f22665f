/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
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

#define PREFIX "SEED:"
#define PREFIX_SIZE (sizeof PREFIX - 1)

#define HEADER_SIZE 3
/* Bytes of a version 2 secret that are drawn at random.  Four of their bits
 * give way to the network, and move to the end. */
#define V2_RANDOM_SIZE 16
/* The secret is written into SHAKE-256 this many times. */
#define V2_REPEAT 4

static const uint8_t header_v1[HEADER_SIZE] = { 0x5a, 0xfe, 0x01 };
static const uint8_t header_v2[HEADER_SIZE] = { 0x5a, 0xfe, 0x02 };

/* Each kind of seed ends here, in the 32 bytes that Ed25519 starts from. */
void
bitmark_private_key_from_seed(enum bitmark_network network,
    const uint8_t seed[32], struct bitmark_private_key *key)
{
	uint8_t pair[crypto_sign_SECRETKEYBYTES];

	bm_sodium_ready();
	/* memmove: ${seed} may be that of ${key} itself. */
	memmove(key->seed, seed, sizeof key->seed);
	crypto_sign_seed_keypair(key->public_key, pair, key->seed);
	key->network = (uint8_t)network;
	sodium_memzero(pair, sizeof pair);
}

/*
 * Version 1 encrypts the number 999 in a secret box whose key is the secret;
 * the result, with the 16 bytes of its authenticator, is the Ed25519 seed.
 * Another number would give another key from the same secret.
 */
static void
key_from_v1(const struct bm_seed *seed, struct bitmark_private_key *key)
{
	static const uint8_t nonce[crypto_secretbox_NONCEBYTES];
	static const uint8_t counter[16] = { [14] = 0x03, [15] = 0xe7 };
	uint8_t box[crypto_secretbox_MACBYTES + sizeof counter];

	bm_sodium_ready();
	crypto_secretbox_easy(box, counter, sizeof counter, nonce,
	    seed->secret);
	bitmark_private_key_from_seed(seed->network, box, key);
	sodium_memzero(box, sizeof box);
}

static void
key_from_v2(const struct bm_seed *seed, struct bitmark_private_key *key)
{
	struct bitmark_span parts[V2_REPEAT];
	uint8_t hash[crypto_sign_SEEDBYTES];

	for (size_t i = 0; i < V2_REPEAT; i++)
		parts[i] = (struct bitmark_span){ seed->secret,
		    BM_SEED_V2_SECRET_SIZE };
	bm_shake256_span(parts, V2_REPEAT, hash, sizeof hash);
	bitmark_private_key_from_seed(seed->network, hash, key);
	sodium_memzero(hash, sizeof hash);
}

void
bm_seed_to_key(const struct bm_seed *seed, struct bitmark_private_key *key)
{
	if (seed->version == BITMARK_SEED_V1)
		key_from_v1(seed, key);
	else
		key_from_v2(seed, key);
}

/*
 * The network of a version 2 secret stands in the upper half of byte 15, as
 * four bits that depend on four other bits of the secret: equal to them for the
 * live network, inverted for the test network.
 */
static uint8_t
v2_live_bits(const uint8_t secret[BM_SEED_V2_SECRET_SIZE])
{
	return (uint8_t)((secret[0] & 0x80) | (secret[1] & 0x40) |
	    (secret[2] & 0x20) | (secret[3] & 0x10));
}

static uint8_t
v2_network_bits(const uint8_t secret[BM_SEED_V2_SECRET_SIZE])
{
	return secret[15] & 0xf0;
}

bool
bm_seed_v2_has_network(const uint8_t secret[BM_SEED_V2_SECRET_SIZE])
{
	uint8_t difference = v2_network_bits(secret) ^ v2_live_bits(secret);

	return difference == 0 || difference == 0xf0;
}

/* v0.16.0 compares with the inverted bits only, so that any other pattern in a
 * base58 text is the live network. */
void
bm_seed_from_v2_secret(const uint8_t secret[BM_SEED_V2_SECRET_SIZE],
    struct bm_seed *seed)
{
	*seed = (struct bm_seed){
		.version = BITMARK_SEED_V2,
		.network = (v2_network_bits(secret) ^ 0xf0) ==
		    v2_live_bits(secret) ? BITMARK_NETWORK_TEST :
		    BITMARK_NETWORK_LIVE,
	};
	memcpy(seed->secret, secret, BM_SEED_V2_SECRET_SIZE);
}

/*
 * Draw a secret.  The four random bits that the network takes the place of are
 * written behind the others, as bits 128 to 131, so that none is lost.
 */
static void
draw_v2_secret(enum bitmark_network network, const struct bitmark_env *env,
    uint8_t secret[BM_SEED_V2_SECRET_SIZE])
{
	uint8_t bits;

	bm_random(env, secret, V2_RANDOM_SIZE);
	secret[16] = v2_network_bits(secret);
	bits = v2_live_bits(secret);
	if (network == BITMARK_NETWORK_TEST)
		bits ^= 0xf0;
	secret[15] = (uint8_t)(bits | (secret[15] & 0x0f));
}

/* The order of the checks is that of v8.2, which knew version 1 only. */
bitmark_status
bm_seed_parse(const uint8_t *data, size_t size, struct bm_seed *seed)
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
	if (v2) {
		bm_seed_from_v2_secret(body, seed);
		return BITMARK_OK;
	}
	*seed = (struct bm_seed){
		.version = BITMARK_SEED_V1,
		.network = body[0] == 0x01 ? BITMARK_NETWORK_TEST :
		    BITMARK_NETWORK_LIVE,
	};
	memcpy(seed->secret, body + 1, BM_SEED_V1_SECRET_SIZE);
	return BITMARK_OK;
}

bool
bm_seed_skip_prefix(const char **text, size_t *size)
{
	if (*size < PREFIX_SIZE || memcmp(*text, PREFIX, PREFIX_SIZE) != 0)
		return false;
	*text += PREFIX_SIZE;
	*size -= PREFIX_SIZE;
	return true;
}

bitmark_status
bm_seed_from_text(const char *text, size_t size, struct bm_seed *seed)
{
	uint8_t data[BITMARK_BASE58_TEXT_MAX];
	size_t data_size;
	bitmark_status status;

	(void)bm_seed_skip_prefix(&text, &size);
	status = bitmark_base58_decode(text, size, data, sizeof data,
	    &data_size);
	if (status == BITMARK_OK)
		status = bm_seed_parse(data, data_size, seed);
	sodium_memzero(data, sizeof data);
	return status;
}

void
bm_seed_to_text(const struct bm_seed *seed,
    char text[BITMARK_SECRET_TEXT_MAX])
{
	uint8_t data[BM_SEED_V1_SIZE];
	struct bm_writer w = bm_writer(data, sizeof data);

	if (seed->version == BITMARK_SEED_V1) {
		bm_write_bytes(&w, header_v1, HEADER_SIZE);
		bm_write_u8(&w, seed->network == BITMARK_NETWORK_TEST);
		bm_write_bytes(&w, seed->secret, BM_SEED_V1_SECRET_SIZE);
	} else {
		bm_write_bytes(&w, header_v2, HEADER_SIZE);
		bm_write_bytes(&w, seed->secret, BM_SEED_V2_SECRET_SIZE);
	}
	bm_checksum_text(data, w.size, text, BITMARK_SECRET_TEXT_MAX);
	sodium_memzero(data, sizeof data);
}

bitmark_status
bitmark_seed_generate(enum bitmark_seed_version version,
    enum bitmark_network network, const struct bitmark_env *env,
    char text[BITMARK_SECRET_TEXT_MAX], struct bitmark_private_key *key)
{
	struct bm_seed seed = { .version = version, .network = network };

	switch (version) {
	case BITMARK_SEED_V1:
		bm_random(env, seed.secret, BM_SEED_V1_SECRET_SIZE);
		break;
	case BITMARK_SEED_V2:
		draw_v2_secret(network, env, seed.secret);
		break;
	default:
		return BITMARK_E_ARGUMENT;
	}
	bm_seed_to_text(&seed, text);
	bm_seed_to_key(&seed, key);
	sodium_memzero(&seed, sizeof seed);
	return BITMARK_OK;
}
