/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * keys, as the rest of lib/ sees them: what accounts, private keys and seeds
 * have in common.
 */
#ifndef BM_KEYS_H
#define BM_KEYS_H

#include <bitmarkpeer/account.h>

/* Checksum at the end of every base58 key.  Bytes.
 * Source: bitmarkd v8.2 account/account.go checksumLength */
#define BM_CHECKSUM_SIZE 4

enum bm_key_half { BM_KEY_PRIVATE = 0, BM_KEY_PUBLIC = 1 };

/* A packed key taken apart; bytes points into what was parsed. */
struct bm_key {
	uint8_t algorithm;              /* enum bitmark_key_algorithm */
	uint8_t network;                /* enum bitmark_network       */
	struct bitmark_span bytes;      /* of any length              */
};

/*
 * bm_key_parse(half, data, size, key):
 * Take a packed key apart; its length is not checked.
 *
 * Returns BITMARK_OK, BITMARK_E_NOT_PUBLIC_KEY or BITMARK_E_NOT_PRIVATE_KEY
 * (the other half, or nothing), or BITMARK_E_KEY_TYPE.
 */
bitmark_status bm_key_parse(enum bm_key_half half, const uint8_t *data,
    size_t size, struct bm_key *key);

/*
 * bm_key_parse_checked(half, data, size, key):
 * The same for decoded base58 text, with its checksum at the end.
 *
 * Returns also BITMARK_E_DECODE_ACCOUNT or BITMARK_E_DECODE_PRIVATE_KEY (no
 * data), BITMARK_E_KEY_LENGTH (no key bytes) or BITMARK_E_CHECKSUM.
 */
bitmark_status bm_key_parse_checked(enum bm_key_half half,
    const uint8_t *data, size_t size, struct bm_key *key);

/* The byte in front of a packed key. */
uint8_t bm_key_variant(enum bm_key_half half, uint8_t algorithm,
    uint8_t network);

/* The last BM_CHECKSUM_SIZE of ${size} bytes are the checksum of the others.
 */
bool bm_checksum_ok(const uint8_t *data, size_t size);

/* Base58 with NUL of ${size} bytes, to which the checksum is appended:
 * ${data} has room for it, ${text} for the result. */
void bm_checksum_text(uint8_t *data, size_t size, char *text,
    size_t capacity);

/* Length of a decoded seed, checksum included.  Bytes.
 * Source: bitmarkd v0.16.0 account/seed.go seedV1Length, seedV2Length */
#define BM_SEED_V1_SIZE 40
#define BM_SEED_V2_SIZE 24

/* Length of the secret in it.  Bytes. */
#define BM_SEED_V1_SECRET_SIZE 32
#define BM_SEED_V2_SECRET_SIZE 17

/* A seed taken apart.  Secret: wipe it. */
struct bm_seed {
	enum bitmark_seed_version version;
	enum bitmark_network network;
	uint8_t secret[BM_SEED_V1_SECRET_SIZE]; /* as long as its version's */
};

/*
 * bm_seed_parse(data, size, seed):
 * Take a decoded seed apart.
 *
 * Returns BITMARK_OK, BITMARK_E_DECODE_SEED (no data),
 * BITMARK_E_SEED_LENGTH, BITMARK_E_SEED_HEADER or BITMARK_E_CHECKSUM.
 */
bitmark_status bm_seed_parse(const uint8_t *data, size_t size,
    struct bm_seed *seed);

/* The same of its base58 text, with or without "SEED:". */
bitmark_status bm_seed_from_text(const char *text, size_t size,
    struct bm_seed *seed);
void bm_seed_to_text(const struct bm_seed *seed,
    char text[BITMARK_SECRET_TEXT_MAX]);

/* Remove "SEED:" from the front of a text.  Returns false when it is not
 * there. */
bool bm_seed_skip_prefix(const char **text, size_t *size);

/* Has a secret of version 2 the pattern of one of the networks? */
bool bm_seed_v2_has_network(const uint8_t secret[BM_SEED_V2_SECRET_SIZE]);
void bm_seed_from_v2_secret(const uint8_t secret[BM_SEED_V2_SECRET_SIZE],
    struct bm_seed *seed);

/* Derive the private key. */
void bm_seed_to_key(const struct bm_seed *seed,
    struct bitmark_private_key *key);

/* Is the text a recovery phrase rather than base58: has it more than one word,
 * or other characters than ASCII? */
bool bm_phrase_is_one(const char *text, size_t size);

/* See bitmark_seed_from_phrase. */
bitmark_status bm_phrase_parse(const char *text, size_t size,
    struct bm_seed *seed, size_t *wrong_word);

#endif
