/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Currencies, payment addresses, currency maps. */
#include "../support/vectors.h"

#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/currency.h>

#include <stdlib.h>
#include <string.h>

#define RULES bitmark_rules_8_2()

#define LIVE BITMARK_NETWORK_LIVE
#define TEST BITMARK_NETWORK_TEST

/* Valid on the test networks. */
#define TEST_BITCOIN "mmn7AEvsw1HCzCyjXhUMqXFzEAXCQdGbH1"
#define TEST_LITECOIN "mh5mL87DPC3sT1jTPTsCp4dpmLLsQrzkyX"

static struct bitmark_span
span(const char *text)
{
	return (struct bitmark_span){ (const uint8_t *)text, strlen(text) };
}

static struct bitmark_span
field_span(const json_t *v, const char *key)
{
	const json_t *text = json_object_get(v, key);

	return (struct bitmark_span){
		(const uint8_t *)json_string_value(text),
		json_string_length(text),
	};
}

static enum bitmark_network
field_network(const json_t *v)
{
	return json_is_true(json_object_get(v, "testnet")) ? TEST : LIVE;
}

START_TEST(currency_names_are_read_as_v8_2_reads_them)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("currencyFromText"), i, v) {
		const char *text = field_text(v, "text");
		enum bitmark_currency currency;

		bitmark_status status = bitmark_currency_from_text(text,
		    strlen(text), &currency);
		assert_error(status, field_text(v, "error"), text);
		if (status != BITMARK_OK)
			continue;
		ck_assert_uint_eq(currency, field_number(v, "value"));
		ck_assert_str_eq(bitmark_currency_name(currency),
		    field_text(v, "name"));
	}
}
END_TEST

START_TEST(currency_name_with_a_nul_inside_is_refused)
{
	enum bitmark_currency currency;

	ck_assert_int_eq(bitmark_currency_from_text("btc\0", 4, &currency),
	    BITMARK_E_CURRENCY);
	ck_assert_int_eq(bitmark_currency_from_text("\0", 1, &currency),
	    BITMARK_E_CURRENCY);
}
END_TEST

START_TEST(currency_numbers_are_read_as_v8_2_reads_them)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("currencyFromUint64"), i, v) {
		enum bitmark_currency currency;
		bitmark_status status = bitmark_currency_from_number(
		    field_number(v, "value"), &currency);

		assert_error(status, field_text(v, "error"),
		    field_text(v, "value"));
		if (status != BITMARK_OK)
			continue;
		ck_assert_uint_eq(currency, field_number(v, "value"));
		ck_assert_str_eq(bitmark_currency_name(currency),
		    field_text(v, "name"));
		ck_assert_uint_eq(bitmark_currency_fee(currency),
		    field_number(v, "fee"));
	}
}
END_TEST

START_TEST(an_unknown_currency_has_no_name_no_fee_and_no_address)
{
	static const int numbers[] = { BITMARK_CURRENCY_COUNT, 1000, -1 };

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		enum bitmark_currency none = (enum bitmark_currency)numbers[i];

		ck_assert_str_eq(bitmark_currency_name(none), "");
		ck_assert_uint_eq(bitmark_currency_fee(none), 0);
		ck_assert_int_eq(bitmark_address_check(RULES, none,
		    span(TEST_BITCOIN), TEST), BITMARK_E_CURRENCY);
	}
}
END_TEST

START_TEST(addresses_are_judged_as_v8_2_judges_them)
{
	static const struct {
		const char *key;
		enum bitmark_currency currency;
		enum bitmark_network network;
	} cases[] = {
		{ "nothingLive", BITMARK_CURRENCY_NOTHING, LIVE },
		{ "nothingTest", BITMARK_CURRENCY_NOTHING, TEST },
		{ "BTCLive", BITMARK_CURRENCY_BITCOIN, LIVE },
		{ "BTCTest", BITMARK_CURRENCY_BITCOIN, TEST },
		{ "LTCLive", BITMARK_CURRENCY_LITECOIN, LIVE },
		{ "LTCTest", BITMARK_CURRENCY_LITECOIN, TEST },
	};
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("addresses"), i, v) {
		const json_t *expected = json_object_get(v, "validate");

		for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
			ck_assert(json_object_get(expected, cases[c].key));
			assert_error(bitmark_address_check(RULES,
			    cases[c].currency, field_span(v, "address"),
			    cases[c].network),
			    field_text(expected, cases[c].key),
			    field_text(v, "address"));
		}
	}
}
END_TEST

static void
check_version(const json_t *v, const char *coin,
    enum bitmark_currency currency)
{
	const json_t *expected = json_object_get(v, coin);
	struct bitmark_span address = field_span(v, "address");
	uint8_t version;

	if (field_text(expected, "error") != NULL)
		return;
	ck_assert_int_eq(bitmark_address_version(currency, address, &version),
	    BITMARK_OK);
	ck_assert_uint_eq(version, field_number(expected, "version"));
}

START_TEST(version_byte_of_a_valid_address_is_found)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("addresses"), i, v) {
		check_version(v, "bitcoin", BITMARK_CURRENCY_BITCOIN);
		check_version(v, "litecoin", BITMARK_CURRENCY_LITECOIN);
	}
}
END_TEST

START_TEST(version_byte_is_found_though_the_coin_does_not_know_it)
{
	uint8_t version = 0;

	ck_assert_int_eq(bitmark_address_version(BITMARK_CURRENCY_BITCOIN,
	    span("LLTijCnk7vuS2QWoDTJU9YnvyTiWh17ZmY"), &version),
	    BITMARK_OK);
	ck_assert_uint_eq(version, 48);
}
END_TEST

START_TEST(version_byte_needs_a_right_checksum)
{
	const char *wrong = "LLTijCnk7vuS2QWoDTJU9YnvyTiWh17ZmZ";
	uint8_t version = 99;

	ck_assert_int_eq(bitmark_address_version(BITMARK_CURRENCY_BITCOIN,
	    span(wrong), &version), BITMARK_E_BITCOIN_ADDRESS);
	ck_assert_int_eq(bitmark_address_version(BITMARK_CURRENCY_LITECOIN,
	    span(wrong), &version), BITMARK_E_LITECOIN_ADDRESS);
	ck_assert_uint_eq(version, 99);
}
END_TEST

START_TEST(version_byte_of_no_currency_is_an_argument_error)
{
	uint8_t version;

	ck_assert_int_eq(bitmark_address_version(BITMARK_CURRENCY_NOTHING,
	    span(TEST_BITCOIN), &version), BITMARK_E_ARGUMENT);
	ck_assert_int_eq(bitmark_address_version(
	    (enum bitmark_currency)BITMARK_CURRENCY_COUNT,
	    span(TEST_BITCOIN), &version), BITMARK_E_ARGUMENT);
}
END_TEST

/*
 * The hash of TEST_BITCOIN under version byte 58; double SHA-256 checksum
 * taken from an independent computation.
 */
#define LITECOIN_58 "QSs8yV8cJSimeEb9ETpU8sqHsRsCgvN3f3"

START_TEST(litecoin_version_58_is_refused_by_8_2_and_read_by_decoders)
{
	struct bitmark_span address = span(LITECOIN_58);

	ck_assert_int_eq(bitmark_address_check(bitmark_rules_8_2(),
	    BITMARK_CURRENCY_LITECOIN, address, TEST),
	    BITMARK_E_LITECOIN_ADDRESS);
	ck_assert_int_eq(bitmark_address_check(bitmark_rules_decode(),
	    BITMARK_CURRENCY_LITECOIN, address, TEST), BITMARK_OK);
}
END_TEST

START_TEST(litecoin_version_58_belongs_to_test_networks_and_to_litecoin)
{
	struct bitmark_span address = span(LITECOIN_58);

	ck_assert_int_eq(bitmark_address_check(bitmark_rules_decode(),
	    BITMARK_CURRENCY_LITECOIN, address, LIVE),
	    BITMARK_E_LITECOIN_NETWORK);
	ck_assert_int_eq(bitmark_address_check(bitmark_rules_decode(),
	    BITMARK_CURRENCY_BITCOIN, address, TEST),
	    BITMARK_E_BITCOIN_ADDRESS);
}
END_TEST

START_TEST(bitcoin_addresses_become_the_litecoin_addresses_of_v8_2)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("litecoinFromBitcoin"), i, v) {
		char litecoin[BITMARK_ADDRESS_TEXT_MAX + 1] = "untouched";
		bitmark_status status = bitmark_address_litecoin_from_bitcoin(
		    field_span(v, "bitcoin"), litecoin);

		assert_error(status, field_text(v, "error"),
		    field_text(v, "bitcoin"));
		ck_assert_str_eq(litecoin, status == BITMARK_OK ?
		    field_text(v, "litecoin") : "untouched");
	}
}
END_TEST

/* "payments" of a vector; keys are currency numbers. */
static struct bitmark_payments
field_payments(const json_t *v)
{
	static const char *const keys[BITMARK_CURRENCY_COUNT] = {
		"0", "1", "2"
	};
	const json_t *map = json_object_get(v, "payments");
	struct bitmark_payments payments = { 0 };
	size_t found = 0;

	for (size_t i = 0; i < BITMARK_CURRENCY_COUNT; i++) {
		if (json_object_get(map, keys[i]) == NULL)
			continue;
		payments.address[i] = field_span(map, keys[i]);
		found++;
	}
	ck_assert_uint_eq(found, json_object_size(map));
	return payments;
}

START_TEST(maps_are_packed_as_v8_2_packs_them)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("currencyMapPack"), i, v) {
		struct bitmark_payments payments = field_payments(v);
		uint8_t out[BITMARK_PAYMENTS_PACKED_MAX];
		char what[32];
		size_t size = SIZE_MAX;
		bitmark_status status = bitmark_payments_pack(RULES, &payments,
		    field_network(v), out, &size);

		snprintf(what, sizeof what, "map %zu", i);
		assert_error(status, field_text(v, "error"), what);
		if (status == BITMARK_OK)
			assert_hex(out, size, field_text(v, "packed"), what);
		else
			ck_assert_uint_eq(size, SIZE_MAX);
	}
}
END_TEST

static void
assert_payments(const struct bitmark_payments *payments, const json_t *v)
{
	const json_t *map = json_object_get(v, "payments");
	size_t found = 0;

	for (unsigned i = 0; i < BITMARK_CURRENCY_COUNT; i++) {
		const struct bitmark_span *address = &payments->address[i];
		struct bitmark_span expected = field_span(map,
		    bitmark_currency_name((enum bitmark_currency)i));

		ck_assert_int_eq(address->data == NULL, expected.data == NULL);
		if (address->data == NULL)
			continue;
		ck_assert_uint_eq(address->size, expected.size);
		ck_assert_mem_eq(address->data, expected.data, expected.size);
		found++;
	}
	ck_assert_uint_eq(found, field_number(v, "count"));
}

START_TEST(packed_maps_are_read_as_v8_2_reads_them)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("currencyMapUnpack"), i, v) {
		struct bitmark_payments payments;
		size_t size;
		uint8_t *packed = field_bytes(v, "packed", &size);
		bitmark_status status = bitmark_payments_parse(RULES, packed,
		    size, field_network(v), &payments);

		if (field_text(v, "panic") != NULL)
			ck_assert_int_eq(status, BITMARK_E_COUNT);
		else
			assert_error(status, field_text(v, "error"),
			    field_text(v, "packed"));
		if (status == BITMARK_OK)
			assert_payments(&payments, v);
		free(packed);
	}
}
END_TEST

START_TEST(refused_map_leaves_the_payments_as_they_were)
{
	uint8_t packed[] = { 1, 34, [36] = 1 };
	struct bitmark_payments payments = {
		.address[BITMARK_CURRENCY_LITECOIN] = span("as it was"),
	};

	memcpy(packed + 2, TEST_BITCOIN, 34);
	ck_assert_int_eq(bitmark_payments_parse(RULES, packed, sizeof packed,
	    TEST, &payments), BITMARK_E_COUNT);
	ck_assert_ptr_null(payments.address[BITMARK_CURRENCY_BITCOIN].data);
	ck_assert_uint_eq(payments.address[BITMARK_CURRENCY_LITECOIN].size, 9);
}
END_TEST

/* A set for the test networks; NULL leaves a currency out. */
static struct bitmark_payments
payments_of(const char *nothing, const char *bitcoin, const char *litecoin)
{
	struct bitmark_payments p = { 0 };

	if (nothing != NULL)
		p.address[BITMARK_CURRENCY_NOTHING] = span(nothing);
	if (bitcoin != NULL)
		p.address[BITMARK_CURRENCY_BITCOIN] = span(bitcoin);
	if (litecoin != NULL)
		p.address[BITMARK_CURRENCY_LITECOIN] = span(litecoin);
	return p;
}

START_TEST(version_1_is_the_only_version_of_payments)
{
	struct bitmark_payments p = payments_of(NULL, TEST_BITCOIN,
	    TEST_LITECOIN);

	ck_assert_int_eq(bitmark_payments_check(RULES, 0, &p, TEST),
	    BITMARK_E_PAYMENT_VERSION);
	ck_assert_int_eq(bitmark_payments_check(RULES, 1, &p, TEST),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_payments_check(RULES, 2, &p, TEST),
	    BITMARK_E_PAYMENT_VERSION);
	ck_assert_int_eq(bitmark_payments_check(RULES, UINT64_MAX, &p, TEST),
	    BITMARK_E_PAYMENT_VERSION);
}
END_TEST

START_TEST(version_1_demands_exactly_bitcoin_and_litecoin)
{
	const struct bitmark_payments sets[] = {
		payments_of(NULL, NULL, NULL),
		payments_of(NULL, TEST_BITCOIN, NULL),
		payments_of(NULL, NULL, TEST_LITECOIN),
		payments_of("any", TEST_BITCOIN, TEST_LITECOIN),
	};

	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
		ck_assert_int_eq(bitmark_payments_check(RULES, 1, &sets[i],
		    TEST), BITMARK_E_CURRENCY_ADDRESS);
}
END_TEST

START_TEST(payments_check_gives_the_error_of_an_address)
{
	struct bitmark_payments p = payments_of(NULL, TEST_BITCOIN, "junk");

	ck_assert_int_eq(bitmark_payments_check(RULES, 1, &p, TEST),
	    BITMARK_E_LITECOIN_ADDRESS);
	p = payments_of(NULL, "", TEST_LITECOIN);
	ck_assert_int_eq(bitmark_payments_check(RULES, 1, &p, TEST),
	    BITMARK_E_BITCOIN_ADDRESS);
	p = payments_of(NULL, TEST_BITCOIN, TEST_LITECOIN);
	ck_assert_int_eq(bitmark_payments_check(RULES, 1, &p, LIVE),
	    BITMARK_E_BITCOIN_NETWORK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("currency");
	TCase *tc = tcase_create("currency");

	vectors_keep("vectors.json");
	tcase_add_test(tc, currency_names_are_read_as_v8_2_reads_them);
	tcase_add_test(tc, currency_name_with_a_nul_inside_is_refused);
	tcase_add_test(tc, currency_numbers_are_read_as_v8_2_reads_them);
	tcase_add_test(tc,
	    an_unknown_currency_has_no_name_no_fee_and_no_address);
	suite_add_tcase(suite, tc);

	tc = tcase_create("address");
	tcase_add_test(tc, addresses_are_judged_as_v8_2_judges_them);
	tcase_add_test(tc, version_byte_of_a_valid_address_is_found);
	tcase_add_test(tc,
	    version_byte_is_found_though_the_coin_does_not_know_it);
	tcase_add_test(tc, version_byte_needs_a_right_checksum);
	tcase_add_test(tc, version_byte_of_no_currency_is_an_argument_error);
	tcase_add_test(tc,
	    litecoin_version_58_is_refused_by_8_2_and_read_by_decoders);
	tcase_add_test(tc,
	    litecoin_version_58_belongs_to_test_networks_and_to_litecoin);
	tcase_add_test(tc,
	    bitcoin_addresses_become_the_litecoin_addresses_of_v8_2);
	suite_add_tcase(suite, tc);

	tc = tcase_create("payments");
	tcase_add_test(tc, maps_are_packed_as_v8_2_packs_them);
	tcase_add_test(tc, packed_maps_are_read_as_v8_2_reads_them);
	tcase_add_test(tc, refused_map_leaves_the_payments_as_they_were);
	tcase_add_test(tc, version_1_is_the_only_version_of_payments);
	tcase_add_test(tc, version_1_demands_exactly_bitcoin_and_litecoin);
	tcase_add_test(tc, payments_check_gives_the_error_of_an_address);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
