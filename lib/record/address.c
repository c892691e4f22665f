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
	BITCOIN_LIVE_SCRIPT = 5,
	LITECOIN_LIVE_KEY = 48,
	LITECOIN_LIVE_SCRIPT = 5,
	LITECOIN_LIVE_SCRIPT_2 = 50,
	TEST_KEY = 111,                 /* of both coins                    */
	TEST_SCRIPT = 196,
	LITECOIN_TEST_SCRIPT_2 = 58,    /* since v0.10.0: litecoin_test_58  */
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

static bitmark_status
bitcoin_check(uint8_t version, enum bitmark_network network)
{
	switch (version) {
	case BITCOIN_LIVE_KEY:
	case BITCOIN_LIVE_SCRIPT:
		return network == BITMARK_NETWORK_LIVE ? BITMARK_OK :
		    BITMARK_E_BITCOIN_NETWORK;
	case TEST_KEY:
	case TEST_SCRIPT:
		return network == BITMARK_NETWORK_TEST ? BITMARK_OK :
		    BITMARK_E_BITCOIN_NETWORK;
	default:
		return BITMARK_E_BITCOIN_ADDRESS;
	}
}

static bitmark_status
litecoin_check(const struct bitmark_rules *rules, uint8_t version,
    enum bitmark_network network)
{
	switch (version) {
	case LITECOIN_LIVE_KEY:
	case LITECOIN_LIVE_SCRIPT:
	case LITECOIN_LIVE_SCRIPT_2:
		return network == BITMARK_NETWORK_LIVE ? BITMARK_OK :
		    BITMARK_E_LITECOIN_NETWORK;
	case LITECOIN_TEST_SCRIPT_2:
		if (!rules->litecoin_test_58)
			return BITMARK_E_LITECOIN_ADDRESS;
		/* fall through */
	case TEST_KEY:
	case TEST_SCRIPT:
		return network == BITMARK_NETWORK_TEST ? BITMARK_OK :
		    BITMARK_E_LITECOIN_NETWORK;
	default:
		return BITMARK_E_LITECOIN_ADDRESS;
	}
}

bitmark_status
bitmark_address_check(const struct bitmark_rules *rules,
    enum bitmark_currency currency, struct bitmark_span address,
    enum bitmark_network network)
{
	uint8_t bytes[ADDRESS_SIZE];

	/* The limit holds for every currency, so it is judged first: the text
	 * for "Nothing" is not looked at otherwise. */
	if (bm_utf8_count(address) > BITMARK_ADDRESS_CHARACTERS_MAX)
		return BITMARK_E_ADDRESS_LONG;
	switch (currency) {
	case BITMARK_CURRENCY_NOTHING:
		return BITMARK_OK;
	case BITMARK_CURRENCY_BITCOIN:
		return decode(address, bytes) ?
		    bitcoin_check(bytes[0], network) :
		    BITMARK_E_BITCOIN_ADDRESS;
	case BITMARK_CURRENCY_LITECOIN:
		return decode(address, bytes) ?
		    litecoin_check(rules, bytes[0], network) :
		    BITMARK_E_LITECOIN_ADDRESS;
	}
	return BITMARK_E_CURRENCY;
}

bitmark_status
bitmark_address_version(enum bitmark_currency currency,
    struct bitmark_span address, uint8_t *version)
{
	uint8_t bytes[ADDRESS_SIZE];

	if (currency != BITMARK_CURRENCY_BITCOIN &&
	    currency != BITMARK_CURRENCY_LITECOIN)
		return BITMARK_E_ARGUMENT;
	if (!decode(address, bytes))
		return currency == BITMARK_CURRENCY_BITCOIN ?
		    BITMARK_E_BITCOIN_ADDRESS : BITMARK_E_LITECOIN_ADDRESS;
	*version = bytes[0];
	return BITMARK_OK;
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

	if (!decode(bitcoin, bytes))
		return BITMARK_E_BITCOIN_ADDRESS;
	switch (bytes[0]) {
	case BITCOIN_LIVE_KEY:
		bytes[0] = LITECOIN_LIVE_KEY;
		break;
	case BITCOIN_LIVE_SCRIPT:
	case TEST_KEY:
	case TEST_SCRIPT:
		break;                  /* the same byte for both coins */
	default:
		return BITMARK_E_BITCOIN_ADDRESS;
	}
	checksum(bytes, bytes + ADDRESS_CHECKED_SIZE);
	return bitmark_base58_encode(bytes, sizeof bytes, litecoin,
	    BITMARK_ADDRESS_TEXT_MAX + 1);
}
