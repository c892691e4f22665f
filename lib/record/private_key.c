/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Ed25519 private keys: made, read, written, used.
 *
 * Every buffer that has held a private key is wiped before its function
 * returns, so that the key does not stay on the stack.
 */
#include "codec/codec.h"
#include "os/random.h"
#include "record/keys.h"

#include <sodium.h>

/* Seed and public key together: what base58 text holds, and what libsodium
 * signs with. */
#define PAIR_SIZE crypto_sign_SECRETKEYBYTES

void
bitmark_private_key_wipe(struct bitmark_private_key *key)
{
	sodium_memzero(key, sizeof *key);
}

void
bitmark_private_key_generate(enum bitmark_network network,
    const struct bitmark_env *env, struct bitmark_private_key *key)
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	bm_random(env, seed, sizeof seed);
	bitmark_private_key_from_seed(network, seed, key);
	sodium_memzero(seed, sizeof seed);
}

void
bitmark_private_key_account(const struct bitmark_private_key *key,
    struct bitmark_account *account)
{
	account->algorithm = BITMARK_KEY_ED25519;
	account->network = key->network;
	memcpy(account->key, key->public_key, sizeof account->key);
}

/* libsodium and the base58 form have both halves, one after the other. */
static void
write_pair(const struct bitmark_private_key *key, uint8_t pair[PAIR_SIZE])
{
	memcpy(pair, key->seed, sizeof key->seed);
	memcpy(pair + sizeof key->seed, key->public_key,
	    sizeof key->public_key);
}

/*
 * v8.2 takes the public half as it stands.  A wrong one is refused here: no
 * node would accept its signatures, and two of them over one message, made
 * with two public halves, are enough to compute the private half.
 */
static bitmark_status
key_from_pair(enum bitmark_network network, struct bitmark_span pair,
    struct bitmark_private_key *key)
{
	struct bitmark_private_key k;
	bitmark_status status = BITMARK_E_PRIVATE_KEY;

	if (pair.size != PAIR_SIZE)
		return BITMARK_E_KEY_LENGTH;
	bitmark_private_key_from_seed(network, pair.data, &k);
	if (memcmp(k.public_key, pair.data + sizeof k.seed,
	    sizeof k.public_key) == 0) {
		*key = k;
		status = BITMARK_OK;
	}
	bitmark_private_key_wipe(&k);
	return status;
}

/*
 * Two forms are read: that of bitmarkd with both halves, and the older "KIF" of
 * Bitmark's wallets, which has the seed alone.  v8.2 refuses the second one.
 * Source: bitmarkd v8.2 account/private.go PrivateKeyFromBase58;
 * bitmark-lib test/auth-key.test.js for the other
 */
static bitmark_status
key_from_bytes(const uint8_t *data, size_t size,
    struct bitmark_private_key *key)
{
	struct bm_key parsed;
	bitmark_status status = bm_key_parse_checked(BM_KEY_PRIVATE, data,
	    size, &parsed);

	if (status != BITMARK_OK)
		return status;
	if (parsed.algorithm != BITMARK_KEY_ED25519)
		return BITMARK_E_KEY_TYPE;
	if (parsed.bytes.size != sizeof key->seed)
		return key_from_pair(parsed.network, parsed.bytes, key);
	bitmark_private_key_from_seed(parsed.network, parsed.bytes.data, key);
	return BITMARK_OK;
}

static bitmark_status
key_from_seed(struct bm_seed *seed, bitmark_status status,
    struct bitmark_private_key *key)
{
	if (status == BITMARK_OK)
		bm_seed_to_key(seed, key);
	sodium_memzero(seed, sizeof *seed);
	return status;
}

bitmark_status
bitmark_private_key_from_text(const char *text, size_t size,
    struct bitmark_private_key *key)
{
	uint8_t data[BITMARK_BASE58_TEXT_MAX];
	struct bm_seed seed = { .version = BITMARK_SEED_V1 };
	size_t data_size;
	bitmark_status status;
	bool prefix = bm_seed_skip_prefix(&text, &size);

	if (!prefix && bm_phrase_is_one(text, size))
		return key_from_seed(&seed, bm_phrase_parse(text, size, &seed,
		    NULL), key);
	status = bitmark_base58_decode(text, size, data, sizeof data,
	    &data_size);
	/* The lengths of seeds and private keys differ, so that a seed is known
	 * without its prefix.  With the prefix the text can be nothing else,
	 * and a wrong length is an error of a seed. */
	if (status == BITMARK_OK && (prefix || data_size == BM_SEED_V1_SIZE ||
	    data_size == BM_SEED_V2_SIZE))
		status = key_from_seed(&seed, bm_seed_parse(data, data_size,
		    &seed), key);
	else if (status == BITMARK_OK)
		status = key_from_bytes(data, data_size, key);
	sodium_memzero(data, sizeof data);
	return status;
}

void
bitmark_private_key_to_text(const struct bitmark_private_key *key,
    char text[BITMARK_SECRET_TEXT_MAX])
{
	uint8_t data[1 + PAIR_SIZE + BM_CHECKSUM_SIZE];

	data[0] = bm_key_variant(BM_KEY_PRIVATE, BITMARK_KEY_ED25519,
	    key->network);
	write_pair(key, data + 1);
	bm_checksum_text(data, 1 + PAIR_SIZE, text, BITMARK_SECRET_TEXT_MAX);
	sodium_memzero(data, sizeof data);
}

void
bitmark_private_key_sign(const struct bitmark_private_key *key,
    struct bitmark_span message, uint8_t signature[BITMARK_SIGNATURE_SIZE])
{
	uint8_t pair[PAIR_SIZE];

	bm_sodium_ready();
	write_pair(key, pair);
	crypto_sign_detached(signature, NULL, message.data, message.size,
	    pair);
	sodium_memzero(pair, sizeof pair);
}
