/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Fuzz target: one input to every parser of codec, connection, currency and
 * account.  Besides memory errors it looks for values that are not the same
 * after writing and reading them again.
 */
#include <bitmarkpeer/account.h>
#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/connection.h>
#include <bitmarkpeer/currency.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
demand_ok(bitmark_status status)
{
	demand(status == BITMARK_OK);
}

static void
fuzz_varint(const uint8_t *data, size_t size)
{
	uint8_t packed[BITMARK_VARINT_MAX];
	uint64_t value, again;
	size_t used = bitmark_varint_decode(data, size, &value);
	size_t packed_size = bitmark_varint_encode(value, packed);

	demand(used <= size && used <= BITMARK_VARINT_MAX);
	if (used == 0)
		return;
	demand(packed_size <= used);
	demand(bitmark_varint_decode(packed, packed_size, &again) ==
	    packed_size && again == value);
	demand((bitmark_varint_clipped(data, size, 1, 8192, &again) != 0) ==
	    (value >= 1 && value <= 8192));
}

static void
fuzz_base58(const char *text, size_t size)
{
	uint8_t bytes[BITMARK_BASE58_BYTES_MAX];
	char again[BITMARK_BASE58_TEXT_MAX + 1];
	size_t bytes_size;

	demand_ok(bitmark_base58_decode(text, size, bytes, sizeof bytes,
	    &bytes_size));
	if (bytes_size == 0)
		return;
	demand_ok(bitmark_base58_encode(bytes, bytes_size, again,
	    sizeof again));
	demand(strlen(again) == size && memcmp(again, text, size) == 0);
}

static void
fuzz_hex(const char *text, size_t size)
{
	uint8_t bytes[64], again[64];
	char hex[2 * sizeof bytes + 1];
	size_t bytes_size, again_size;

	if (bitmark_hex_decode(text, size, bytes, sizeof bytes,
	    &bytes_size) != BITMARK_OK)
		return;
	bitmark_hex_encode(bytes, bytes_size, hex);
	demand_ok(bitmark_hex_decode(hex, size, again, sizeof again,
	    &again_size));
	demand(memcmp(bytes, again, bytes_size) == 0);
}

static void
demand_same_connection(const struct bitmark_connection *a,
    const struct bitmark_connection *b)
{
	demand(a->port == b->port &&
	    memcmp(a->address, b->address, sizeof a->address) == 0);
}

static void
fuzz_connection_text(const char *text, size_t size)
{
	char again[BITMARK_CONNECTION_TEXT_MAX];
	struct bitmark_connection c, d;

	if (bitmark_connection_from_text(text, size, &c) != BITMARK_OK)
		return;
	bitmark_connection_to_text(&c, again);
	demand_ok(bitmark_connection_from_text(again, strlen(again), &d));
	demand_same_connection(&c, &d);
}

static void
fuzz_connections(const uint8_t *data, size_t size)
{
	uint8_t packed[BITMARK_CONNECTION_V6_SIZE];
	struct bitmark_connection c, v4, v6;
	bool has_v4, has_v6;
	size_t used = bitmark_connection_parse(data, size, &c);

	bitmark_connections_first(data, size, &v4, &has_v4, &v6, &has_v6);
	demand((used != 0) == (has_v4 || has_v6));
	if (bitmark_connections_usable(data, size))
		demand(used != 0 && size <= BITMARK_CONNECTIONS_MAX);
	if (used == 0)
		return;
	bitmark_connection_pack(&c, packed);
	demand(bitmark_connection_parse(packed, sizeof packed, &v4) ==
	    sizeof packed);
	demand_same_connection(&c, &v4);
}

static void
fuzz_dns_txt(const char *text, size_t size)
{
	struct bitmark_dns_txt record, again;
	char line[512];

	if (bitmark_dns_txt_parse(text, size, &record) != BITMARK_OK)
		return;
	demand_ok(bitmark_dns_txt_format(&record, line, sizeof line));
	demand_ok(bitmark_dns_txt_parse(line, strlen(line), &again));
	demand(record.has_v4 == again.has_v4 && record.has_v6 == again.has_v6);
	demand_same_connection(&record.v4, &again.v4);
	demand_same_connection(&record.v6, &again.v6);
	demand(record.rpc_port == again.rpc_port);
	demand(memcmp(record.fingerprint, again.fingerprint, 32) == 0);
	demand(memcmp(record.public_key, again.public_key, 32) == 0);
}

static void
fuzz_address(const struct bitmark_rules *rules, const uint8_t *data,
    size_t size, enum bitmark_network network)
{
	struct bitmark_span address = { data, size };
	char litecoin[BITMARK_ADDRESS_TEXT_MAX + 1];
	uint8_t version;

	for (unsigned i = 0; i < BITMARK_CURRENCY_COUNT; i++) {
		enum bitmark_currency currency = (enum bitmark_currency)i;

		if (bitmark_address_check(rules, currency, address,
		    network) == BITMARK_OK && i != BITMARK_CURRENCY_NOTHING)
			demand_ok(bitmark_address_version(currency, address,
			    &version));
	}
	if (bitmark_address_litecoin_from_bitcoin(address, litecoin) ==
	    BITMARK_OK) {
		address.data = (const uint8_t *)litecoin;
		address.size = strlen(litecoin);
		demand_ok(bitmark_address_version(BITMARK_CURRENCY_LITECOIN,
		    address, &version));
	}
}

static void
fuzz_payments(const struct bitmark_rules *rules, const uint8_t *data,
    size_t size, enum bitmark_network network)
{
	uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX];
	struct bitmark_payments payments, again;
	size_t packed_size;

	if (bitmark_payments_parse(rules, data, size, network, &payments) !=
	    BITMARK_OK)
		return;
	demand_ok(bitmark_payments_pack(rules, &payments, network, packed,
	    &packed_size));
	demand(packed_size <= size);
	demand_ok(bitmark_payments_parse(rules, packed, packed_size, network,
	    &again));
	demand(bitmark_payments_check(rules, 1, &payments, network) ==
	    bitmark_payments_check(rules, 1, &again, network));
}

static void
fuzz_currencies(const struct bitmark_rules *rules, const uint8_t *data,
    size_t size)
{
	fuzz_address(rules, data, size, BITMARK_NETWORK_LIVE);
	fuzz_address(rules, data, size, BITMARK_NETWORK_TEST);
	fuzz_payments(rules, data, size, BITMARK_NETWORK_LIVE);
	fuzz_payments(rules, data, size, BITMARK_NETWORK_TEST);
}

static void
fuzz_currency(const char *text, size_t size)
{
	enum bitmark_currency currency, again;
	const char *name;

	if (bitmark_currency_from_text(text, size, &currency) != BITMARK_OK)
		return;
	name = bitmark_currency_name(currency);
	demand_ok(bitmark_currency_from_text(name, strlen(name), &again));
	demand(currency == again);
}

static void
fuzz_account(const uint8_t *data, size_t size)
{
	uint8_t packed[BITMARK_ACCOUNT_PACKED_MAX];
	struct bitmark_account account, again;
	char text[BITMARK_ACCOUNT_TEXT_MAX];
	size_t packed_size;

	if (bitmark_account_parse(data, size, &account) != BITMARK_OK &&
	    bitmark_account_from_text((const char *)data, size, &account) !=
	    BITMARK_OK)
		return;
	packed_size = bitmark_account_pack(&account, packed);
	demand_ok(bitmark_account_parse(packed, packed_size, &again));
	demand(bitmark_account_equal(&account, &again));
	bitmark_account_to_text(&account, text);
	demand_ok(bitmark_account_from_text(text, strlen(text), &again));
	demand(bitmark_account_equal(&account, &again));
}

static void
fuzz_keys(const char *text, size_t size)
{
	struct bitmark_private_key key, again;
	uint8_t peer_key[BITMARK_PEER_KEY_SIZE];
	char copy[BITMARK_SECRET_TEXT_MAX];

	if (bitmark_peer_key_parse_public(text, size, peer_key) == BITMARK_OK)
		demand(size >= 2 * sizeof peer_key);
	if (bitmark_private_key_from_text(text, size, &key) != BITMARK_OK)
		return;
	bitmark_private_key_to_text(&key, copy);
	demand_ok(bitmark_private_key_from_text(copy, strlen(copy), &again));
	demand(key.network == again.network &&
	    memcmp(key.seed, again.seed, sizeof key.seed) == 0);
}

/* A phrase that is read gives a seed whose phrases give the same seed. */
static void
fuzz_phrase(const char *text, size_t size)
{
	char seed[BITMARK_SECRET_TEXT_MAX], again[BITMARK_SECRET_TEXT_MAX];
	char phrase[BITMARK_PHRASE_TEXT_MAX];
	size_t wrong = 0;
	bitmark_status status = bitmark_seed_from_phrase(text, size, seed,
	    &wrong);

	demand((status == BITMARK_E_PHRASE_WORD) == (wrong != 0));
	if (status != BITMARK_OK)
		return;
	for (int i = 0; i < 3; i++) {
		demand_ok(bitmark_seed_to_phrase(seed, strlen(seed),
		    (enum bitmark_language)i, 0, phrase));
		demand_ok(bitmark_seed_from_phrase(phrase, strlen(phrase),
		    again, NULL));
		demand(strcmp(seed, again) == 0);
	}
}

/* A signature and a message after the key of an account. */
static void
fuzz_verify(const uint8_t *data, size_t size)
{
	struct bitmark_account account = {
		.algorithm = BITMARK_KEY_ED25519,
		.network = BITMARK_NETWORK_TEST,
	};
	struct bitmark_span signature, message;

	if (size < BITMARK_PUBLIC_KEY_SIZE + BITMARK_SIGNATURE_SIZE)
		return;
	memcpy(account.key, data, BITMARK_PUBLIC_KEY_SIZE);
	signature.data = data + BITMARK_PUBLIC_KEY_SIZE;
	signature.size = BITMARK_SIGNATURE_SIZE;
	message.data = signature.data + BITMARK_SIGNATURE_SIZE;
	message.size = size - BITMARK_PUBLIC_KEY_SIZE - BITMARK_SIGNATURE_SIZE;
	if (bitmark_account_verify(&account, message, signature,
	    BITMARK_STRICT) == BITMARK_OK)
		demand_ok(bitmark_account_verify(&account, message, signature,
		    BITMARK_CONSENSUS));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	fuzz_varint(data, size);
	fuzz_base58(text, size);
	fuzz_hex(text, size);
	fuzz_connection_text(text, size);
	fuzz_connections(data, size);
	fuzz_dns_txt(text, size);
	fuzz_currencies(bitmark_rules_decode(), data, size);
	for (size_t i = 0; bitmark_rules_at(i) != NULL; i++)
		fuzz_currencies(bitmark_rules_at(i), data, size);
	fuzz_currency(text, size);
	fuzz_account(data, size);
	fuzz_keys(text, size);
	fuzz_phrase(text, size);
	fuzz_verify(data, size);
	return 0;
}
