/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Payment addresses: base58 of a version byte, a hash of 20 bytes, and a
 * checksum of 4 bytes.
 *
 * The version byte tells the coin, the network, and whether a key or a script
 * can spend.  Both coins use some of the same bytes, so an address alone does
 * not always say which coin it belongs to.
 *
 * Source: bitmarkd v8.2 currency/bitcoin/address.go,
 * currency/litecoin/address.go
 */
#include <bitmarkpeer/currency.h>

#include <sodium.h>

#include "codec/codec.h"

/* Decoded address.  Bytes. */
#define ADDRESS_HASH_SIZE 20
#define ADDRESS_CHECKSUM_SIZE 4
#define ADDRESS_CHECKED_SIZE (1 + ADDRESS_HASH_SIZE)
#define ADDRESS_SIZE (ADDRESS_CHECKED_SIZE + ADDRESS_CHECKSUM_SIZE)

/* Version bytes; P2PKH pays to a key, P2SH to a script. */
enum address_version {
	BITCOIN_LIVE_KEY = 0,
	LITECOIN_LIVE_KEY = 48,
	LIVE_SCRIPT = 5,                /* of both coins, as those for tests */
	LITECOIN_LIVE_SCRIPT_2 = 50,
	LIVE_VERSION_MAX = LITECOIN_LIVE_SCRIPT_2,
	TEST_KEY = 111,
	TEST_SCRIPT = 196,
	LITECOIN_TEST_SCRIPT_2 = 58,    /* since v0.10.0: litecoin_test_58   */
};

/* The checksum of these coins, SHA-256 twice, is not that of Bitmark's keys. */
static void
checksum(const uint8_t *data, uint8_t out[ADDRESS_CHECKSUM_SIZE])
{
	uint8_t once[crypto_hash_sha256_BYTES];
	uint8_t twice[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(once, data, ADDRESS_CHECKED_SIZE);
	crypto_hash_sha256(twice, once, sizeof once);
	memcpy(out, twice, ADDRESS_CHECKSUM_SIZE);
}

/* Read the bytes of an address.  Returns false when the length or the checksum
 * is wrong; any version byte is taken. */
static bool
decode(struct bitmark_span address, uint8_t out[ADDRESS_SIZE])
{
	uint8_t sum[ADDRESS_CHECKSUM_SIZE];
	size_t size;

	if (bitmark_base58_decode((const char *)address.data, address.size,
	    out, ADDRESS_SIZE, &size) != BITMARK_OK || size != ADDRESS_SIZE)
		return false;
	checksum(out, sum);
	return memcmp(out + ADDRESS_CHECKED_SIZE, sum, sizeof sum) == 0;
}

/* The network that a version byte is for.  Returns false when the coin does not
 * use the byte. */
static bool
network_of(const struct bitmark_rules *rules, enum bitmark_currency currency,
    uint8_t version, enum bitmark_network *network)
{
	const bool litecoin = currency == BITMARK_CURRENCY_LITECOIN;

	/* All versions for tests are above those for the live network. */
	*network = version > LIVE_VERSION_MAX ? BITMARK_NETWORK_TEST :
	    BITMARK_NETWORK_LIVE;
	switch (version) {
	case LIVE_SCRIPT:
	case TEST_KEY:
	case TEST_SCRIPT:
		return true;
	case BITCOIN_LIVE_KEY:
		return !litecoin;
	case LITECOIN_LIVE_KEY:
	case LITECOIN_LIVE_SCRIPT_2:
		return litecoin;
	case LITECOIN_TEST_SCRIPT_2:
		return litecoin && rules->litecoin_test_58;
	}
	return false;
}

static bool
is_coin(enum bitmark_currency currency)
{
	return currency == BITMARK_CURRENCY_BITCOIN ||
	    currency == BITMARK_CURRENCY_LITECOIN;
}

static bitmark_status
not_an_address(enum bitmark_currency currency)
{
	return currency == BITMARK_CURRENCY_BITCOIN ?
	    BITMARK_E_BITCOIN_ADDRESS : BITMARK_E_LITECOIN_ADDRESS;
}

bitmark_status
bitmark_address_check(const struct bitmark_rules *rules,
    enum bitmark_currency currency, struct bitmark_span address,
    enum bitmark_network network)
{
	uint8_t bytes[ADDRESS_SIZE];
	enum bitmark_network found;

	/* The limit holds for every currency, so it is judged first: the text
	 * for "Nothing" is not looked at otherwise. */
	if (bm_utf8_count(address) > BITMARK_ADDRESS_CHARACTERS_MAX)
		return BITMARK_E_ADDRESS_LONG;
	if (currency == BITMARK_CURRENCY_NOTHING)
		return BITMARK_OK;
	if (!is_coin(currency))
		return BITMARK_E_CURRENCY;
	if (!decode(address, bytes) ||
	    !network_of(rules, currency, bytes[0], &found))
		return not_an_address(currency);
	if (found == network)
		return BITMARK_OK;
	return currency == BITMARK_CURRENCY_BITCOIN ?
	    BITMARK_E_BITCOIN_NETWORK : BITMARK_E_LITECOIN_NETWORK;
}

bitmark_status
bitmark_address_version(enum bitmark_currency currency,
    struct bitmark_span address, uint8_t *version)
{
	uint8_t bytes[ADDRESS_SIZE];

	if (!is_coin(currency))
		return BITMARK_E_ARGUMENT;
	if (!decode(address, bytes))
		return not_an_address(currency);
	*version = bytes[0];
	return BITMARK_OK;
}

/* Litecoin gave its script addresses a version byte of their own, as those of
 * Bitcoin look the same; both are in use. */
bitmark_status
bitmark_address_litecoin_twin(struct bitmark_span address,
    char twin[BITMARK_ADDRESS_TEXT_MAX + 1])
{
	static const uint8_t other[UINT8_MAX + 1] = {
		[LIVE_SCRIPT] = LITECOIN_LIVE_SCRIPT_2,
		[LITECOIN_LIVE_SCRIPT_2] = LIVE_SCRIPT,
		[TEST_SCRIPT] = LITECOIN_TEST_SCRIPT_2,
		[LITECOIN_TEST_SCRIPT_2] = TEST_SCRIPT,
	};
	uint8_t bytes[ADDRESS_SIZE];

	if (!decode(address, bytes))
		return BITMARK_E_LITECOIN_ADDRESS;
	if (other[bytes[0]] == 0)
		return BITMARK_E_NOT_FOUND;
	bytes[0] = other[bytes[0]];
	checksum(bytes, bytes + ADDRESS_CHECKED_SIZE);
	return bitmark_base58_encode(bytes, sizeof bytes, twin,
	    BITMARK_ADDRESS_TEXT_MAX + 1);
}

/*
 * Block owners of old blocks gave one Bitcoin address, and are paid in Litecoin
 * at the address with the same hash: the same key can spend from both.  Only
 * the version byte of a live key differs between the coins.
 */
bitmark_status
bitmark_address_litecoin_from_bitcoin(struct bitmark_span bitcoin,
    char litecoin[BITMARK_ADDRESS_TEXT_MAX + 1])
{
	uint8_t bytes[ADDRESS_SIZE];
	enum bitmark_network network;

	if (!decode(bitcoin, bytes) || !network_of(bitmark_rules_decode(),
	    BITMARK_CURRENCY_BITCOIN, bytes[0], &network))
		return BITMARK_E_BITCOIN_ADDRESS;
	if (bytes[0] == BITCOIN_LIVE_KEY)
		bytes[0] = LITECOIN_LIVE_KEY;
	checksum(bytes, bytes + ADDRESS_CHECKED_SIZE);
	return bitmark_base58_encode(bytes, sizeof bytes, litecoin,
	    BITMARK_ADDRESS_TEXT_MAX + 1);
}
