/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Accounts: the packed form and the base58 form.
 *
 * Public and private keys share one layout: a variant that says what follows,
 * the bytes of the key, and in text a checksum.  The routines that take it
 * apart therefore serve private_key.c as well.
 */
#include "codec/codec.h"
#include "record/keys.h"

#include <assert.h>

/*
 * Variant, a Varint64 in front of the key: bit 0 set for a public key, bit 1
 * for the test network, bits 2 and 3 spare, the algorithm above them.
 * Source: bitmarkd v8.2 account/account.go publicKeyCode, testKeyCode
 */
#define VARIANT_PUBLIC 0x01
#define VARIANT_TEST 0x02
#define VARIANT_ALGORITHM_SHIFT 4

/*
 * The spare bits are ignored, as in v8.2: a key with them set is the same
 * account, and is written without them.
 * The length of the key is left to the caller, since the error for a wrong one
 * comes after that of a wrong checksum.
 */
bitmark_status
bm_key_parse(enum bm_key_half half, const uint8_t *data, size_t size,
    struct bm_key *key)
{
	struct bm_reader r = bm_reader(data, size);
	uint64_t variant = bm_read_varint(&r);
	uint64_t algorithm = variant >> VARIANT_ALGORITHM_SHIFT;

	if (!bm_reader_ok(&r) || (variant & VARIANT_PUBLIC) != half)
		return half == BM_KEY_PUBLIC ? BITMARK_E_NOT_PUBLIC_KEY :
		    BITMARK_E_NOT_PRIVATE_KEY;
	if (algorithm > BITMARK_KEY_ED25519)
		return BITMARK_E_KEY_TYPE;
	key->algorithm = (uint8_t)algorithm;
	key->network = (variant & VARIANT_TEST) != 0 ? BITMARK_NETWORK_TEST :
	    BITMARK_NETWORK_LIVE;
	key->bytes = bm_read_span(&r, r.left);
	return BITMARK_OK;
}

/* The order of the checks decides which error a user sees, and is that of
 * v8.2: text of another kind of key is called that, even when its checksum is
 * wrong, too. */
bitmark_status
bm_key_parse_checked(enum bm_key_half half, const uint8_t *data, size_t size,
    struct bm_key *key)
{
	bitmark_status status;

	if (size == 0)
		return half == BM_KEY_PUBLIC ? BITMARK_E_DECODE_ACCOUNT :
		    BITMARK_E_DECODE_PRIVATE_KEY;
	status = bm_key_parse(half, data, size, key);
	if (status != BITMARK_OK)
		return status;
	/* Here the checksum still counts as part of the key. */
	if (key->bytes.size <= BM_CHECKSUM_SIZE)
		return BITMARK_E_KEY_LENGTH;
	if (!bm_checksum_ok(data, size))
		return BITMARK_E_CHECKSUM;
	key->bytes.size -= BM_CHECKSUM_SIZE;
	return BITMARK_OK;
}

uint8_t
bm_key_variant(enum bm_key_half half, uint8_t algorithm, uint8_t network)
{
	return (uint8_t)(algorithm << VARIANT_ALGORITHM_SHIFT |
	    (network == BITMARK_NETWORK_TEST ? VARIANT_TEST : 0) |
	    (half == BM_KEY_PUBLIC ? VARIANT_PUBLIC : 0));
}

/* The checksum is the first bytes of SHA3-256.  It finds typing errors, and
 * is no secret, so memcmp may take as long as it likes.
 * Source: bitmarkd v8.2 account/account.go AccountFromBase58 */
bool
bm_checksum_ok(const uint8_t *data, size_t size)
{
	uint8_t hash[BITMARK_SHA3_256_SIZE];

	if (size < BM_CHECKSUM_SIZE)
		return false;
	bitmark_sha3_256(data, size - BM_CHECKSUM_SIZE, hash);
	return memcmp(hash, data + size - BM_CHECKSUM_SIZE,
	    BM_CHECKSUM_SIZE) == 0;
}

/* Every caller has room for the longest text of its kind of key, so that a text
 * which does not fit is a fault in this library. */
void
bm_checksum_text(uint8_t *data, size_t size, char *text, size_t capacity)
{
	uint8_t hash[BITMARK_SHA3_256_SIZE];
	bitmark_status status;

	bitmark_sha3_256(data, size, hash);
	memcpy(data + size, hash, BM_CHECKSUM_SIZE);
	status = bitmark_base58_encode(data, size + BM_CHECKSUM_SIZE, text,
	    capacity);
	assert(status == BITMARK_OK);
	(void)status;
}

size_t
bitmark_account_key_size(const struct bitmark_account *account)
{
	return account->algorithm == BITMARK_KEY_ED25519 ?
	    BITMARK_PUBLIC_KEY_SIZE : BITMARK_NOTHING_KEY_SIZE;
}

size_t
bitmark_account_packed_size(const struct bitmark_account *account)
{
	return 1 + bitmark_account_key_size(account);
}

bool
bitmark_account_is_zero(const struct bitmark_account *account)
{
	static const uint8_t zero[BITMARK_PUBLIC_KEY_SIZE];

	return memcmp(account->key, zero,
	    bitmark_account_key_size(account)) == 0;
}

/* Accounts are compared by their parts and not as structs, whose padding and
 * unused key bytes need not be equal. */
bool
bitmark_account_equal(const struct bitmark_account *a,
    const struct bitmark_account *b)
{
	return a->algorithm == b->algorithm && a->network == b->network &&
	    memcmp(a->key, b->key, bitmark_account_key_size(a)) == 0;
}

static bitmark_status
account_from_key(const struct bm_key *key, struct bitmark_account *account)
{
	struct bitmark_account a = {
		.algorithm = key->algorithm,
		.network = key->network,
	};

	if (key->bytes.size != bitmark_account_key_size(&a))
		return BITMARK_E_KEY_LENGTH;
	/* A key of "Nothing" has two bytes; the rest of ${a.key} stays zero. */
	memcpy(a.key, key->bytes.data, key->bytes.size);
	*account = a;
	return BITMARK_OK;
}

bitmark_status
bitmark_account_parse(const uint8_t *data, size_t size,
    struct bitmark_account *account)
{
	struct bm_key key;
	bitmark_status status = bm_key_parse(BM_KEY_PUBLIC, data, size, &key);

	if (status != BITMARK_OK)
		return status;
	return account_from_key(&key, account);
}

size_t
bitmark_account_pack(const struct bitmark_account *account,
    uint8_t out[BITMARK_ACCOUNT_PACKED_MAX])
{
	out[0] = bm_key_variant(BM_KEY_PUBLIC, account->algorithm,
	    account->network);
	memcpy(out + 1, account->key, bitmark_account_key_size(account));
	return bitmark_account_packed_size(account);
}

bitmark_status
bitmark_account_from_text(const char *text, size_t size,
    struct bitmark_account *account)
{
	uint8_t data[BITMARK_BASE58_TEXT_MAX];
	size_t data_size;
	struct bm_key key;
	bitmark_status status;

	status = bitmark_base58_decode(text, size, data, sizeof data,
	    &data_size);
	if (status == BITMARK_OK)
		status = bm_key_parse_checked(BM_KEY_PUBLIC, data, data_size,
		    &key);
	if (status != BITMARK_OK)
		return status;
	return account_from_key(&key, account);
}

void
bitmark_account_to_text(const struct bitmark_account *account,
    char text[BITMARK_ACCOUNT_TEXT_MAX])
{
	uint8_t data[BITMARK_ACCOUNT_PACKED_MAX + BM_CHECKSUM_SIZE];
	size_t size = bitmark_account_pack(account, data);

	bm_checksum_text(data, size, text, BITMARK_ACCOUNT_TEXT_MAX);
}
