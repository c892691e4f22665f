/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * currency - currencies, their payment addresses, and the map of addresses
 * that a block's owner wants to be paid at.
 *
 * Pure functions; safe from any thread.
 */
#ifndef BITMARKPEER_CURRENCY_H
#define BITMARKPEER_CURRENCY_H

#include <bitmarkpeer/rules.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Source: bitmarkd v8.2 currency/enumerated.go */
enum bitmark_currency {
	BITMARK_CURRENCY_NOTHING = 0,
	BITMARK_CURRENCY_BITCOIN = 1,
	BITMARK_CURRENCY_LITECOIN = 2,
};
#define BITMARK_CURRENCY_COUNT 3

/* Longest address that is valid.  Unicode code points. */
#define BITMARK_ADDRESS_CHARACTERS_MAX 64

/* Longest text of a valid Bitcoin or Litecoin address: base58 of 25 bytes.
 * Bytes without NUL. */
#define BITMARK_ADDRESS_TEXT_MAX 35

/* Packed size of a map with both currencies, at most.  Bytes. */
#define BITMARK_PAYMENTS_PACKED_MAX (2 * (2 + BITMARK_ADDRESS_TEXT_MAX))

/* The one version of the set of currencies that v8.2 knows: {BTC, LTC}. */
#define BITMARK_PAYMENTS_VERSION 1

/*
 * bitmark_currency_from_text(text, size, currency):
 * "", "btc", "bitcoin", "ltc", "litecoin" in any case.
 * Returns BITMARK_OK or BITMARK_E_CURRENCY.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_currency_from_text(
    const char *text, size_t size, enum bitmark_currency *currency);

/* From a wire number.  Returns BITMARK_OK or BITMARK_E_CURRENCY. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_currency_from_number(
    uint64_t number, enum bitmark_currency *currency);

/* "", "BTC" or "LTC"; "" for what is no currency; static. */
BITMARK_API const char *bitmark_currency_name(enum bitmark_currency currency);

/* Fee for one segment of a payment, in the currency's smallest unit; 0 for
 * what is no currency. */
BITMARK_API uint64_t bitmark_currency_fee(enum bitmark_currency currency);

/*
 * bitmark_address_check(rules, currency, address, network):
 * Is ${address} a payment address of ${currency} on ${network}?
 *
 * Returns BITMARK_OK, BITMARK_E_ADDRESS_LONG, BITMARK_E_BITCOIN_ADDRESS,
 * BITMARK_E_LITECOIN_ADDRESS, BITMARK_E_BITCOIN_NETWORK,
 * BITMARK_E_LITECOIN_NETWORK, or BITMARK_E_CURRENCY (no such currency).
 * BITMARK_CURRENCY_NOTHING accepts any text of at most
 * BITMARK_ADDRESS_CHARACTERS_MAX characters.
 *
 * Source: bitmarkd v8.2 currency/validate.go ValidateAddress
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_address_check(
    const struct bitmark_rules *rules, enum bitmark_currency currency,
    struct bitmark_span address, enum bitmark_network network);

/*
 * bitmark_address_version(currency, address, version):
 * The version byte of a Bitcoin or Litecoin address, known or not; the
 * checksum must be right.
 * Returns BITMARK_OK, BITMARK_E_BITCOIN_ADDRESS, BITMARK_E_LITECOIN_ADDRESS,
 * or BITMARK_E_ARGUMENT (neither of these currencies).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_address_version(
    enum bitmark_currency currency, struct bitmark_span address,
    uint8_t *version);

/*
 * bitmark_address_litecoin_from_bitcoin(bitcoin, litecoin):
 * The Litecoin address with the same hash, with NUL.
 * Returns BITMARK_OK or BITMARK_E_BITCOIN_ADDRESS.
 *
 * Source: bitmarkd v8.2 currency/litecoin/address.go FromBitcoin
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status
bitmark_address_litecoin_from_bitcoin(struct bitmark_span bitcoin,
    char litecoin[BITMARK_ADDRESS_TEXT_MAX + 1]);

/*
 * bitmark_address_litecoin_twin(address, twin):
 * The other Litecoin address of the same script, with NUL.
 * Returns BITMARK_OK, BITMARK_E_LITECOIN_ADDRESS (none at all), or
 * BITMARK_E_NOT_FOUND (not that of a script); then ${twin} is as before.
 *
 * Source: bitmarkd v0.16.0 currency/litecoin/validate.go TransformAddress
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status
bitmark_address_litecoin_twin(struct bitmark_span address,
    char twin[BITMARK_ADDRESS_TEXT_MAX + 1]);

/*
 * A currency map.  Addresses are borrowed from the bytes or texts they were
 * set from; data NULL: the currency is not in the map.  Indexed by enum
 * bitmark_currency; [BITMARK_CURRENCY_NOTHING] stays empty.
 */
struct bitmark_payments {
	struct bitmark_span address[BITMARK_CURRENCY_COUNT];
};

/*
 * bitmark_payments_parse(rules, data, size, network, payments):
 * Read a packed map that fills ${data} exactly.  Any order, a repeated
 * currency replaces the earlier one.  ${payments} borrows from ${data}.
 *
 * Returns BITMARK_OK, BITMARK_E_BUFFER, BITMARK_E_CURRENCY, BITMARK_E_COUNT,
 * or the error of an address.
 *
 * Source: bitmarkd v8.2 currency/mapped.go UnpackMap
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_payments_parse(
    const struct bitmark_rules *rules, const uint8_t *data, size_t size,
    enum bitmark_network network, struct bitmark_payments *payments);

/*
 * bitmark_payments_pack(rules, payments, network, out, size):
 * Write the canonical packed map; every address is checked.
 *
 * Returns BITMARK_OK, BITMARK_E_CURRENCY (an entry that is there but empty,
 * or BITMARK_CURRENCY_NOTHING), or the error of an address.
 *
 * Source: bitmarkd v8.2 currency/mapped.go Pack
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_payments_pack(
    const struct bitmark_rules *rules, const struct bitmark_payments *payments,
    enum bitmark_network network, uint8_t out[BITMARK_PAYMENTS_PACKED_MAX],
    size_t *size);

/*
 * bitmark_payments_check(rules, version, payments, network):
 * The payments check of foundations and owner transfers.
 *
 * Returns BITMARK_OK, BITMARK_E_PAYMENT_VERSION, the error of an address, or
 * BITMARK_E_CURRENCY_ADDRESS (the set of currencies is not the version's).
 *
 * Source: bitmarkd v8.2 transactionrecord/pack.go CheckPayments
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_payments_check(
    const struct bitmark_rules *rules, uint64_t version,
    const struct bitmark_payments *payments, enum bitmark_network network);

#ifdef __cplusplus
}
#endif

#endif
