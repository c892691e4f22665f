/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * account - who owns and who signs: accounts (public keys with a network),
 * private keys, seeds, Ed25519 signatures, and the key files of peers.
 *
 * Pure functions except for the key files; safe from any thread.  A private
 * key is a secret: hold it in struct bitmark_private_key, wipe it with
 * bitmark_private_key_wipe.
 */
#ifndef BITMARKPEER_ACCOUNT_H
#define BITMARKPEER_ACCOUNT_H

#include <bitmarkpeer/rules.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Key algorithms.  Source: bitmarkd v8.2 account/account.go */
enum bitmark_key_algorithm {
	BITMARK_KEY_NOTHING = 0,        /* 2 byte key, tests only; never signs */
	BITMARK_KEY_ED25519 = 1,
};

#define BITMARK_PUBLIC_KEY_SIZE 32
#define BITMARK_NOTHING_KEY_SIZE 2
#define BITMARK_SIGNATURE_SIZE 64
/* Variant byte and Ed25519 key. */
#define BITMARK_ACCOUNT_PACKED_MAX 33
/* Base58 text of an account with NUL.  Bytes. */
#define BITMARK_ACCOUNT_TEXT_MAX 64
/* Base58 text of a private key or seed with NUL.  Bytes. */
#define BITMARK_SECRET_TEXT_MAX 128

/* A public account.  A plain value; unused key bytes are zero. */
struct bitmark_account {
	uint8_t algorithm;              /* enum bitmark_key_algorithm */
	uint8_t network;                /* enum bitmark_network       */
	uint8_t key[BITMARK_PUBLIC_KEY_SIZE];
};

/* Size of the account's key.  Bytes. */
BITMARK_API size_t bitmark_account_key_size(
    const struct bitmark_account *account);

/* Size of the packed form.  Bytes. */
BITMARK_API size_t bitmark_account_packed_size(
    const struct bitmark_account *account);

/* All key bytes are zero. */
BITMARK_API bool bitmark_account_is_zero(
    const struct bitmark_account *account);

/* Same algorithm, network and key. */
BITMARK_API bool bitmark_account_equal(const struct bitmark_account *a,
    const struct bitmark_account *b);

/*
 * bitmark_account_parse(data, size, account):
 * Read a packed account; ${data} is the whole of it.  Spare variant bits are
 * ignored and lost.
 *
 * Returns BITMARK_OK, BITMARK_E_NOT_PUBLIC_KEY, BITMARK_E_KEY_TYPE or
 * BITMARK_E_KEY_LENGTH, checked in this order.
 *
 * Source: bitmarkd v8.2 account/account.go AccountFromBytes
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_account_parse(
    const uint8_t *data, size_t size, struct bitmark_account *account);

/* Write the packed form; returns its size, at most
 * BITMARK_ACCOUNT_PACKED_MAX. */
BITMARK_API size_t bitmark_account_pack(const struct bitmark_account *account,
    uint8_t out[BITMARK_ACCOUNT_PACKED_MAX]);

/*
 * bitmark_account_from_text(text, size, account):
 * Read the base58 form.
 *
 * Returns BITMARK_OK, BITMARK_E_DECODE_ACCOUNT, BITMARK_E_NOT_PUBLIC_KEY,
 * BITMARK_E_KEY_TYPE, BITMARK_E_KEY_LENGTH or BITMARK_E_CHECKSUM.
 *
 * Source: bitmarkd v8.2 account/account.go AccountFromBase58
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_account_from_text(
    const char *text, size_t size, struct bitmark_account *account);

/* Base58 form with NUL. */
BITMARK_API void bitmark_account_to_text(const struct bitmark_account *account,
    char text[BITMARK_ACCOUNT_TEXT_MAX]);

/* How strictly signatures and records are judged. */
enum bitmark_strictness {
	/*
	 * Exactly what v8.2 accepts in a block, and for nothing else.
	 * Signatures: S need not be below L, keys of small order and keys
	 * that are not canonical are allowed, R is compared as bytes, no
	 * cofactor.  Records: amounts of BITMARK_CURRENCY_NOTHING; a signer
	 * that is not the owner named in the record; accounts of another
	 * network or of an unknown key type (neither can be read again).
	 */
	BITMARK_CONSENSUS,
	/*
	 * For everything that is not yet in a block: as BITMARK_CONSENSUS,
	 * but S must be below L [D-29], and the records that are listed above
	 * as allowed are refused: see bitmark_record_check.
	 */
	BITMARK_STRICT,
};

/*
 * bitmark_account_verify(account, message, signature, strictness):
 * Check an Ed25519 signature.  Only the part of ${strictness} that is about
 * signatures matters here.
 *
 * Returns BITMARK_OK or BITMARK_E_SIGNATURE (also for a signature that is
 * not 64 bytes and for an account that cannot sign).
 *
 * Source: bitmarkd v8.2 account/account.go CheckSignature;
 * tests/data/vectors.json ed25519Verify
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_account_verify(
    const struct bitmark_account *account, struct bitmark_span message,
    struct bitmark_span signature, enum bitmark_strictness strictness);

/* An Ed25519 private key.  Secret. */
struct bitmark_private_key {
	uint8_t network;                /* enum bitmark_network     */
	uint8_t seed[32];               /* RFC 8032 private key     */
	uint8_t public_key[32];
};

/* Overwrite ${key} with zeros; the compiler does not remove it. */
BITMARK_API void bitmark_private_key_wipe(struct bitmark_private_key *key);

/* A new random key.  random NULL: libsodium. */
BITMARK_API void bitmark_private_key_generate(enum bitmark_network network,
    const struct bitmark_env *env, struct bitmark_private_key *key);

/* The key that belongs to a 32 byte Ed25519 seed. */
BITMARK_API void bitmark_private_key_from_seed(enum bitmark_network network,
    const uint8_t seed[32], struct bitmark_private_key *key);

/* The public account of ${key}. */
BITMARK_API void bitmark_private_key_account(
    const struct bitmark_private_key *key, struct bitmark_account *account);

/*
 * bitmark_private_key_from_text(text, size, key):
 * Read a private key in any of the forms that users have: base58 private key
 * of bitmarkd (both halves) or of Bitmark's older wallets ("KIF", the seed
 * alone); base58 seed version 1 (40 bytes) or version 2 (24 bytes), with or
 * without the prefix "SEED:"; recovery phrase.
 *
 * Returns BITMARK_OK, BITMARK_E_DECODE_PRIVATE_KEY,
 * BITMARK_E_NOT_PRIVATE_KEY, BITMARK_E_KEY_TYPE, BITMARK_E_KEY_LENGTH,
 * BITMARK_E_CHECKSUM, BITMARK_E_DECODE_SEED, BITMARK_E_SEED_HEADER,
 * BITMARK_E_SEED_LENGTH, BITMARK_E_PRIVATE_KEY (the public half does not
 * belong to the seed), or an error of bitmark_seed_from_phrase.
 *
 * Source: bitmarkd v8.2 account/private.go PrivateKeyFromBase58,
 * PrivateKeyFromBase58Seed; v0.16.0 for version 2
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_private_key_from_text(
    const char *text, size_t size, struct bitmark_private_key *key);

/* Base58 private key (variant, seed, public key, checksum) with NUL. */
BITMARK_API void bitmark_private_key_to_text(
    const struct bitmark_private_key *key,
    char text[BITMARK_SECRET_TEXT_MAX]);

/* The kind of secret that a seed text holds.  The key is derived from the
 * secret; the secret cannot be computed from the key. */
enum bitmark_seed_version {
	BITMARK_SEED_V1 = 1,            /* 32 byte secret  */
	BITMARK_SEED_V2 = 2,            /* 17 byte secret  */
};

/*
 * bitmark_seed_generate(version, network, env, text, key):
 * Make a new seed: its base58 text for safe keeping, and the key derived from
 * it.
 *
 *   env      only random is used; NULL: libsodium
 *
 * Returns BITMARK_OK or BITMARK_E_ARGUMENT (no such version).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_seed_generate(
    enum bitmark_seed_version version, enum bitmark_network network,
    const struct bitmark_env *env, char text[BITMARK_SECRET_TEXT_MAX],
    struct bitmark_private_key *key);

/* The languages of recovery phrases.  Source: the word lists of BIP 39 */
enum bitmark_language {
	BITMARK_LANGUAGE_ENGLISH = 0,
	BITMARK_LANGUAGE_CHINESE_TRADITIONAL = 1,
	BITMARK_LANGUAGE_CHINESE_SIMPLIFIED = 2,
};

/* Longest recovery phrase, 24 words of 8 letters, with blanks and NUL.
 * Bytes. */
#define BITMARK_PHRASE_TEXT_MAX (24 * 9)

/*
 * bitmark_seed_to_phrase(seed, size, language, words, phrase):
 * Write a seed as words, with a blank between them and NUL.
 *
 *   seed     base58 text of the seed, with or without "SEED:"
 *   words    24 for a seed of version 1; 12 for one of version 2, or 13, whose
 *            last word checks the others; 0: 24 or 12
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (not so many words for this seed), or
 * an error of a seed: see bitmark_private_key_from_text.
 *
 * Source: bitmarkd v0.16.0 account/phrase.go Base58EncodedSeedToPhrase
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_seed_to_phrase(
    const char *seed, size_t size, enum bitmark_language language,
    unsigned words, char phrase[BITMARK_PHRASE_TEXT_MAX]);

/*
 * bitmark_seed_from_phrase(phrase, size, seed, wrong_word):
 * Read a recovery phrase in any of the languages: English words in either case
 * with white space between them, Chinese ones with or without.
 *
 *   seed        its base58 text with NUL
 *   wrong_word  the number of the word that is not known, from 1; 0 when all
 *               are.  May be NULL
 *
 * Returns BITMARK_OK, BITMARK_E_PHRASE_LENGTH, BITMARK_E_PHRASE_WORD, or
 * BITMARK_E_PHRASE_CHECK (the check word is wrong, or the words name no
 * network).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_seed_from_phrase(
    const char *phrase, size_t size, char seed[BITMARK_SECRET_TEXT_MAX],
    size_t *wrong_word);

/* Sign; Ed25519 is deterministic. */
BITMARK_API void bitmark_private_key_sign(
    const struct bitmark_private_key *key, struct bitmark_span message,
    uint8_t signature[BITMARK_SIGNATURE_SIZE]);

/*
 * Peer keys: Curve25519 pairs that CURVE uses; the public one is a node's
 * identity.  Not related to accounts.
 */
#define BITMARK_PEER_KEY_SIZE 32

/* A new random pair. */
BITMARK_API void bitmark_peer_key_generate(const struct bitmark_env *env,
    uint8_t public_key[BITMARK_PEER_KEY_SIZE],
    uint8_t private_key[BITMARK_PEER_KEY_SIZE]);

/* The public key that belongs to ${private_key}. */
BITMARK_API void bitmark_peer_key_public(
    const uint8_t private_key[BITMARK_PEER_KEY_SIZE],
    uint8_t public_key[BITMARK_PEER_KEY_SIZE]);

/*
 * bitmark_peer_key_parse_public(text, size, key):
 * Read "PUBLIC:" and 64 hex digits, or the bare digits; white space around
 * is ignored.
 *
 * Returns BITMARK_OK or BITMARK_E_PUBLIC_KEY.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_peer_key_parse_public(
    const char *text, size_t size, uint8_t key[BITMARK_PEER_KEY_SIZE]);

/*
 * bitmark_peer_key_read_public(path, key), _read_private(path, key):
 * Read a key file of v8.2: "PUBLIC:" or "PRIVATE:" and 64 hex digits.
 *
 * Returns BITMARK_OK, BITMARK_E_KEY_FILE_NOT_FOUND,
 * BITMARK_E_PUBLIC_KEY_FILE, BITMARK_E_PRIVATE_KEY_FILE or BITMARK_E_IO.
 *
 * Source: bitmarkd v8.2 zmqutil/keypair.go ReadPublicKeyFile,
 * ReadPrivateKeyFile
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_peer_key_read_public(
    const char *path, uint8_t key[BITMARK_PEER_KEY_SIZE]);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_peer_key_read_private(
    const char *path, uint8_t key[BITMARK_PEER_KEY_SIZE]);

/*
 * bitmark_peer_key_write(public_path, private_path, public_key, private_key):
 * Write both files as v8.2 does (private: mode 0600).  Neither is written
 * when one of them exists.
 *
 * Returns BITMARK_OK, BITMARK_E_KEY_FILE_EXISTS or BITMARK_E_IO.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_peer_key_write(
    const char *public_path, const char *private_path,
    const uint8_t public_key[BITMARK_PEER_KEY_SIZE],
    const uint8_t private_key[BITMARK_PEER_KEY_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
