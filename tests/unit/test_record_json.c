/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Records as JSON: written as v8.2 does, read strictly, and back again. */
#include "../support/records.h"

#include <bitmarkpeer/codec.h>

#include <stdlib.h>
#include <string.h>

#define RULES bitmark_rules_decode()

#define TEST BITMARK_NETWORK_TEST

static char *
to_json(const struct bitmark_record *record, enum bitmark_json_style style)
{
	char *text = NULL;
	size_t size = 0;

	ck_assert_int_eq(bitmark_record_to_json(record, style, &text, &size),
	    BITMARK_OK);
	ck_assert_uint_eq(strlen(text), size);
	return text;
}

static bitmark_status
from_json(const char *text, struct bitmark_record_owned **owned)
{
	return bitmark_record_from_json(text, strlen(text), owned);
}

/* The text is refused with ${status} and leaves nothing behind. */
static void
assert_refused(const char *text, bitmark_status status)
{
	struct bitmark_record_owned *owned;
	bitmark_status is = from_json(text, &owned);

	ck_assert_msg(is == status, "%s: %s, should be %s", text,
	    bitmark_strerror(is), bitmark_strerror(status));
	ck_assert_ptr_null(owned);
}

static void
assert_comes_back(const struct bitmark_record *record,
    enum bitmark_json_style style, const uint8_t *packed, size_t size)
{
	struct bitmark_record_owned *owned;
	char *text = to_json(record, style);

	ck_assert_msg(from_json(text, &owned) == BITMARK_OK, "%s", text);
	assert_encodes(bitmark_record_owned_get(owned), packed, size, text);
	bitmark_record_owned_free(owned);
	bitmark_free(text);
}

START_TEST(json_is_byte_for_byte_that_of_v8_2)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("records"), i, v) {
		struct packed_record p = record_packed(v, RULES,
		    record_network(v));
		char *text = to_json(&p.record, BITMARK_JSON_8_2);

		ck_assert_str_eq(text, field_text(v, "json"));
		bitmark_free(text);
		free(p.data);
	}
}
END_TEST

/* Bytes that are not UTF-8 are lost in JSON, as in v8.2. */
START_TEST(every_record_of_v8_2_comes_back_from_both_styles)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("records"), i, v) {
		struct packed_record p = record_packed(v, RULES,
		    record_network(v));

		if (strstr(field_text(v, "note"), "invalid utf-8") == NULL) {
			assert_comes_back(&p.record, BITMARK_JSON_8_2, p.data,
			    p.size);
			assert_comes_back(&p.record, BITMARK_JSON_SAFE, p.data,
			    p.size);
		}
		free(p.data);
	}
}
END_TEST

START_TEST(shares_of_v0_16_come_back_from_both_styles)
{
	json_t *list = vectors_load("records-0.16.json");
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		struct packed_record p = record_packed(v, RULES, TEST);

		assert_comes_back(&p.record, BITMARK_JSON_8_2, p.data, p.size);
		assert_comes_back(&p.record, BITMARK_JSON_SAFE, p.data,
		    p.size);
		free(p.data);
	}
	json_decref(list);
}
END_TEST

/* fill, sign, pack, parse, JSON, from JSON, pack: the same bytes. */
START_TEST(a_wallet_gets_its_record_back)
{
	enum bitmark_record_tag tag = (enum bitmark_record_tag)_i;
	struct bitmark_account signer = test_account(1, TEST);
	struct bitmark_record record = sample_record(tag, TEST), parsed;
	uint8_t signatures[2 * BITMARK_SIGNATURE_SIZE];
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	uint8_t again[BITMARK_RECORD_PACKED_MAX];
	struct bitmark_record_owned *owned;
	size_t size, used, again_size;
	char *text;

	sign_sample(&record, TEST, signatures);
	ck_assert_int_eq(bitmark_record_pack(RULES, &record, &signer, packed,
	    sizeof packed, &size), BITMARK_OK);
	ck_assert_int_eq(bitmark_record_parse(RULES, packed, size, TEST,
	    &parsed, &used), BITMARK_OK);
	text = to_json(&parsed, BITMARK_JSON_SAFE);
	ck_assert_int_eq(from_json(text, &owned), BITMARK_OK);
	ck_assert_int_eq(bitmark_record_pack(RULES,
	    bitmark_record_owned_get(owned), &signer, again, sizeof again,
	    &again_size), BITMARK_OK);
	ck_assert_uint_eq(again_size, size);
	ck_assert_mem_eq(again, packed, size);
	bitmark_record_owned_free(owned);
	bitmark_free(text);
}
END_TEST

START_TEST(an_unsigned_record_can_be_read_signed_and_packed)
{
	enum bitmark_record_tag tag = (enum bitmark_record_tag)_i;
	struct bitmark_account signer = test_account(1, TEST);
	struct bitmark_record sample = sample_record(tag, TEST), *record;
	uint8_t signatures[2 * BITMARK_SIGNATURE_SIZE];
	struct bitmark_record_owned *owned;
	char *text = to_json(&sample, BITMARK_JSON_SAFE);

	ck_assert_int_eq(from_json(text, &owned), BITMARK_OK);
	record = bitmark_record_owned_get(owned);
	ck_assert_uint_eq(record->tag, tag);
	ck_assert_uint_eq(record->signature.size, 0);
	ck_assert_uint_eq(record->countersignature.size, 0);
	sign_sample(record, TEST, signatures);
	ck_assert_int_eq(bitmark_record_check(RULES, record, &signer,
	    BITMARK_STRICT), BITMARK_OK);
	bitmark_record_owned_free(owned);
	bitmark_free(text);
}
END_TEST

START_TEST(the_safe_style_writes_the_issue_nonce_as_text)
{
	struct bitmark_record issue = sample_record(BITMARK_RECORD_ISSUE,
	    TEST);
	char *safe = to_json(&issue, BITMARK_JSON_SAFE);
	char *go = to_json(&issue, BITMARK_JSON_8_2);

	ck_assert_ptr_nonnull(strstr(safe,
	    "\"nonce\":\"18446744073709551615\""));
	ck_assert_ptr_nonnull(strstr(go, "\"nonce\":18446744073709551615"));
	bitmark_free(safe);
	bitmark_free(go);
}
END_TEST

#define LINK "0102030405060708090a0b0c0d0e0f10" \
	"1112131415161718191a1b1c1d1e1f20"
#define OWNER "ezA34P9oa2EEL9tq7UF2vaT3EuJqgy5xp33Ppq7WHADGWb6JTb"
#define SHARE(quantity) \
	"{\"link\":\"" LINK "\",\"quantity\":" quantity "}"
#define TRANSFER(more) \
	"{\"link\":\"" LINK "\",\"owner\":\"" OWNER "\"" more "}"

START_TEST(numbers_may_be_numbers_or_text_up_to_the_largest)
{
	static const struct {
		const char *text;
		uint64_t value;
	} rows[] = {
		{ SHARE("0"), 0 },
		{ SHARE("\"0\""), 0 },
		{ SHARE("1"), 1 },
		{ SHARE(" 9223372036854775807 "), INT64_MAX },
		{ SHARE("9223372036854775808"), (uint64_t)INT64_MAX + 1 },
		{ SHARE("\"9223372036854775808\""), (uint64_t)INT64_MAX + 1 },
		{ SHARE("18446744073709551615"), UINT64_MAX },
		{ SHARE("\"18446744073709551615\""), UINT64_MAX },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bitmark_record_owned *owned;

		ck_assert_msg(from_json(rows[i].text, &owned) == BITMARK_OK,
		    "%s", rows[i].text);
		ck_assert_uint_eq(
		    bitmark_record_owned_get(owned)->share.quantity,
		    rows[i].value);
		bitmark_record_owned_free(owned);
	}
}
END_TEST

START_TEST(numbers_out_of_range_or_of_another_form_are_refused)
{
	static const char *const rows[] = {
		SHARE("-1"), SHARE("\"-1\""), SHARE("-0"),
		SHARE("-9223372036854775808"),
		SHARE("18446744073709551616"),
		SHARE("\"18446744073709551616\""),
		SHARE("100000000000000000000"), SHARE("\"\""),
		SHARE("\" 1\""), SHARE("\"1 \""), SHARE("\"+1\""),
		SHARE("\"01\""), SHARE("01"), SHARE("\"0x1\""),
		SHARE("1.0"), SHARE("1e3"), SHARE("\"1.0\""),
		SHARE("18446744073709551615.5"),
		SHARE("1.9223372036854775808"), SHARE("1e9223372036854775808"),
		SHARE("null"), SHARE("true"), SHARE("[1]"), SHARE("{}"),
		SHARE("\"1\\u0000\""),
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_refused(rows[i], BITMARK_E_JSON);
}
END_TEST

/*
 * Fields as bitmarkd reads them in arguments.
 */

static bitmark_status
from_fields(enum bitmark_record_tag tag, const char *text,
    struct bitmark_record_owned **owned)
{
	char fault[BITMARK_JSON_FAULT_MAX];
	bitmark_status status = bitmark_record_from_fields(tag, text,
	    strlen(text), owned, fault);

	ck_assert((status == BITMARK_OK) == (fault[0] == '\0'));
	ck_assert((status == BITMARK_OK) == (*owned != NULL));
	return status;
}

START_TEST(fields_have_any_case_and_may_be_missing)
{
	struct bitmark_record_owned *owned;
	struct bitmark_record *r;

	ck_assert_int_eq(from_fields(BITMARK_RECORD_TRANSFER,
	    "{\"LINK\":null,\"Link\":\"" LINK "\",\"oWNER\":null,"
	    "\"more\":[1],\"countersignature\":5,\"escrow\":"
	    "{\"Currency\":\"BTC\"}}", &owned), BITMARK_OK);
	r = bitmark_record_owned_get(owned);
	ck_assert_int_eq(r->tag, BITMARK_RECORD_TRANSFER);
	ck_assert_uint_eq(r->transfer.link[31], 0x20);
	ck_assert(bitmark_account_is_zero(&r->transfer.owner));
	ck_assert(r->transfer.escrow.present);
	ck_assert_int_eq(r->transfer.escrow.currency,
	    BITMARK_CURRENCY_BITCOIN);
	ck_assert_uint_eq(r->transfer.escrow.amount, 0);
	ck_assert_uint_eq(r->signature.size, 0);
	bitmark_record_owned_free(owned);
	ck_assert_int_eq(from_fields(BITMARK_RECORD_SHARE,
	    "{\"quantity\":5,\"QUANTITY\":\"7\",\"Quantity\":6}", &owned),
	    BITMARK_OK);
	ck_assert_uint_eq(bitmark_record_owned_get(owned)->share.quantity, 6);
	bitmark_record_owned_free(owned);
}
END_TEST

START_TEST(fields_that_cannot_be_read_are_refused)
{
	static const struct {
		enum bitmark_record_tag tag;
		const char *text;
		bitmark_status status;
	} rows[] = {
		{ BITMARK_RECORD_NULL, "{}", BITMARK_E_ARGUMENT },
		{ BITMARK_RECORD_SHARE, "[]", BITMARK_E_JSON },
		{ BITMARK_RECORD_SHARE, "{\"quantity\":-1}",
		    BITMARK_E_JSON },
		{ BITMARK_RECORD_SHARE, "{\"link\":\"00\"}",
		    BITMARK_E_NOT_LINK },
		{ BITMARK_RECORD_SHARE, "{\"signature\":\"0x\"}",
		    BITMARK_E_HEX },
		{ BITMARK_RECORD_TRANSFER, "{\"owner\":\"\"}",
		    BITMARK_E_DECODE_ACCOUNT },
		{ BITMARK_RECORD_TRANSFER, "{\"escrow\":5}",
		    BITMARK_E_JSON },
		{ BITMARK_RECORD_OWNER_TRANSFER,
		    "{\"payments\":{\"XYZ\":\"a\"}}",
		    BITMARK_E_CURRENCY },
		/* Each would be kept twice, in the room for one. */
		{ BITMARK_RECORD_OWNER_TRANSFER, "{\"payments\":{"
		    "\"BTC\":\"\",\"btc\":\"\",\"Btc\":"
		    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}",
		    BITMARK_E_CURRENCY },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bitmark_record_owned *owned = NULL;
		bitmark_status status = bitmark_record_from_fields(
		    rows[i].tag, rows[i].text, strlen(rows[i].text), &owned,
		    NULL);

		ck_assert_msg(status == rows[i].status, "%s: %d",
		    rows[i].text, status);
		ck_assert_ptr_null(owned);
	}
}
END_TEST

START_TEST(text_of_another_shape_is_refused)
{
	static const char *const rows[] = {
		"", " ", "x", "{", "{}", "[]", "null", "1", "\"", "\"\\",
		"{\"a\":\"\\", "[{}]", "{\"link\":1}",
		SHARE("1") "x",
		"{\"link\":\"" LINK "\"}",
		"{\"link\":5,\"quantity\":1}",
		"{\"link\":\"" LINK "\",\"quantity\":1,\"other\":1}",
		"{\"link\":\"" LINK "\",\"quantity\":1,\"quantity\":1}",
		"{\"link\":\"" LINK "\",\"quantity\":1,\"signature\":1}",
		"{\"link\":\"" LINK "\",\"quantity\":1,\"signature\":[]}",
		"{\"link\":\"\xff\",\"quantity\":1}",
		TRANSFER(",\"escrow\":\"BTC\""), TRANSFER(",\"escrow\":{}"),
		TRANSFER(",\"escrow\":[]"), TRANSFER(",\"Escrow\":null"),
		TRANSFER(",\"escrow\":{\"currency\":\"BTC\","
		    "\"address\":\"a\"}"),
		TRANSFER(",\"escrow\":{\"currency\":\"BTC\","
		    "\"address\":\"a\",\"amount\":1,\"more\":1}"),
		TRANSFER(",\"escrow\":{\"currency\":1,"
		    "\"address\":\"a\",\"amount\":1}"),
		TRANSFER(",\"payments\":[],\"version\":1"),
		TRANSFER(",\"payments\":null,\"version\":1"),
		TRANSFER(",\"payments\":{\"XRP\":\"a\"},\"version\":1"),
		TRANSFER(",\"payments\":{\"BTC\":1},\"version\":1"),
		TRANSFER(",\"payments\":{\"\":\"a\"},\"version\":1"),
		TRANSFER(",\"payments\":{\"BTC\":\"a\",\"bitcoin\":\"a\"},"
		    "\"version\":1"),
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_refused(rows[i], BITMARK_E_JSON);
}
END_TEST

START_TEST(a_currency_may_be_named_in_any_way_as_a_key_too)
{
	struct bitmark_record_owned *owned;
	const struct bitmark_payments *payments;

	ck_assert_int_eq(from_json(TRANSFER(",\"payments\":{"
	    "\"Litecoin\":\"l\",\"btc\":\"b\"},\"version\":1"), &owned),
	    BITMARK_OK);
	payments = &bitmark_record_owned_get(owned)->owner_transfer.payments;
	ck_assert_mem_eq(payments->address[BITMARK_CURRENCY_BITCOIN].data,
	    "b", 1);
	ck_assert_mem_eq(payments->address[BITMARK_CURRENCY_LITECOIN].data,
	    "l", 1);
	bitmark_record_owned_free(owned);
}
END_TEST

START_TEST(broken_hex_ids_accounts_and_currencies_have_their_own_errors)
{
	assert_refused("{\"link\":\"0\",\"quantity\":1}", BITMARK_E_HEX);
	assert_refused("{\"link\":\"zz\",\"quantity\":1}", BITMARK_E_HEX);
	assert_refused("{\"link\":\"00\",\"quantity\":1}",
	    BITMARK_E_NOT_LINK);
	assert_refused("{\"link\":\"" LINK "00\",\"quantity\":1}",
	    BITMARK_E_NOT_LINK);
	assert_refused("{\"assetId\":\"" LINK "\",\"owner\":\"" OWNER "\","
	    "\"nonce\":1}", BITMARK_E_NOT_ASSET_ID);
	assert_refused("{\"link\":\"" LINK "\",\"quantity\":1,"
	    "\"signature\":\"0\"}", BITMARK_E_HEX);
	assert_refused("{\"link\":\"" LINK "\",\"owner\":\"\"}",
	    BITMARK_E_DECODE_ACCOUNT);
	assert_refused(TRANSFER(",\"escrow\":{\"currency\":\"DOGE\","
	    "\"address\":\"a\",\"amount\":1}"), BITMARK_E_CURRENCY);
}
END_TEST

START_TEST(the_kind_can_be_given_by_name_or_number)
{
	static const char *const rows[] = {
		TRANSFER(",\"record\":\"BitmarkTransferCountersigned\""),
		TRANSFER(",\"tag\":5"), TRANSFER(",\"tag\":\"5\""),
		TRANSFER(",\"record\":\"BitmarkTransferCountersigned\","
		    "\"tag\":5"),
		TRANSFER(",\"countersignature\":null"),
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bitmark_record_owned *owned;

		ck_assert_msg(from_json(rows[i], &owned) == BITMARK_OK, "%s",
		    rows[i]);
		ck_assert_uint_eq(bitmark_record_owned_get(owned)->tag,
		    BITMARK_RECORD_COUNTERSIGNED);
		bitmark_record_owned_free(owned);
	}
}
END_TEST

START_TEST(a_countersignature_tells_the_two_transfers_apart_even_when_null)
{
	static const struct {
		const char *text;
		enum bitmark_record_tag tag;
	} rows[] = {
		{ TRANSFER(""), BITMARK_RECORD_TRANSFER },
		{ TRANSFER(",\"signature\":null"), BITMARK_RECORD_TRANSFER },
		{ TRANSFER(",\"countersignature\":null"),
		    BITMARK_RECORD_COUNTERSIGNED },
		{ TRANSFER(",\"countersignature\":\"\""),
		    BITMARK_RECORD_COUNTERSIGNED },
		{ TRANSFER(",\"countersignature\":\"00\""),
		    BITMARK_RECORD_COUNTERSIGNED },
		{ TRANSFER(",\"tag\":5"), BITMARK_RECORD_COUNTERSIGNED },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bitmark_record_owned *owned;

		ck_assert_msg(from_json(rows[i].text, &owned) == BITMARK_OK,
		    "%s", rows[i].text);
		ck_assert_int_eq(bitmark_record_owned_get(owned)->tag,
		    rows[i].tag);
		bitmark_record_owned_free(owned);
	}
}
END_TEST

START_TEST(an_unknown_or_contradicted_kind_is_refused)
{
	static const char *const rows[] = {
		TRANSFER(",\"record\":\"*unknown*\""),
		TRANSFER(",\"record\":\"\""), TRANSFER(",\"record\":4"),
		TRANSFER(",\"tag\":0"), TRANSFER(",\"tag\":11"),
		TRANSFER(",\"tag\":4294967300"), TRANSFER(",\"tag\":null"),
		TRANSFER(",\"tag\":5,\"record\":\"BitmarkTransferUnratified\""),
		TRANSFER(",\"tag\":3"),
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_refused(rows[i], BITMARK_E_JSON);
}
END_TEST

/* Every text cut short is refused, whatever the kind. */
START_TEST(truncated_json_is_refused)
{
	struct bitmark_record record = sample_record(
	    (enum bitmark_record_tag)_i, TEST);
	char *text = to_json(&record, BITMARK_JSON_8_2);
	size_t size = strlen(text);

	for (size_t k = 0; k < size; k++) {
		struct bitmark_record_owned *owned;
		char *cut = malloc(k + 1);

		memcpy(cut, text, k);
		ck_assert_int_eq(bitmark_record_from_json(cut, k, &owned),
		    BITMARK_E_JSON);
		free(cut);
	}
	bitmark_free(text);
}
END_TEST

START_TEST(the_longest_valid_asset_fits_and_endless_text_does_not)
{
	size_t size = (size_t)1 << 20;
	char *text = malloc(size);
	struct bitmark_record_owned *owned;
	struct bitmark_record asset = sample_record(BITMARK_RECORD_ASSET,
	    TEST);
	uint8_t *control = malloc(4 * BITMARK_METADATA_MAX);
	char *written;

	memset(control, 1, 4 * BITMARK_METADATA_MAX);
	asset.asset.metadata = (struct bitmark_span){
		control, 4 * BITMARK_METADATA_MAX
	};
	asset.asset.fingerprint = (struct bitmark_span){
		control, 4 * BITMARK_FINGERPRINT_MAX
	};
	written = to_json(&asset, BITMARK_JSON_8_2);
	ck_assert_int_eq(from_json(written, &owned), BITMARK_OK);
	bitmark_record_owned_free(owned);
	memset(text, ' ', size);
	memcpy(text, "{}", 2);
	ck_assert_int_eq(bitmark_record_from_json(text, size, &owned),
	    BITMARK_E_JSON);
	memset(text, '[', size);
	ck_assert_int_eq(bitmark_record_from_json(text, 100000, &owned),
	    BITMARK_E_JSON);
	bitmark_free(written);
	free(control);
	free(text);
}
END_TEST

START_TEST(records_without_a_kind_have_no_json)
{
	struct bitmark_record record = { .tag = BITMARK_RECORD_NULL };
	char *text;

	ck_assert_int_eq(bitmark_record_to_json(&record, BITMARK_JSON_8_2,
	    &text, NULL), BITMARK_E_ARGUMENT);
	ck_assert_ptr_null(text);
	bitmark_record_owned_free(NULL);
}
END_TEST

/* --- as programs print it ------------------------------------------------- */

static void
assert_described(const struct bitmark_record *record,
    const struct bitmark_record_context *context, const char *beginning)
{
	char *text = NULL, *fields = to_json(record, BITMARK_JSON_SAFE);
	const size_t length = strlen(beginning);
	size_t size = 0;

	ck_assert_int_eq(bitmark_record_describe(record, context, &text,
	    &size), BITMARK_OK);
	ck_assert_uint_eq(strlen(text), size);
	ck_assert_msg(strncmp(text, beginning, length) == 0, "%s", text);
	ck_assert_str_eq(text + length, fields + 1);
	bitmark_free(text);
	bitmark_free(fields);
}

static const enum bitmark_network test_network = TEST;

START_TEST(a_described_record_begins_with_its_ids_and_its_place)
{
	const struct bitmark_record record = { .tag = BITMARK_RECORD_SHARE };
	const uint8_t pay_id[BITMARK_PAY_ID_SIZE] = { 0xab };
	struct bitmark_record_context context = {
		.struct_size = sizeof context,
		.packed = { (const uint8_t *)"", 1 }, .pay_id = pay_id,
		.number = UINT64_MAX, .offset = 7,
	};

	/* SHA3-256 of a byte 0; the network of a share is not known. */
	assert_described(&record, &context,
	    "{\"record\":\"ShareBalance\",\"tag\":8,\"txId\":\"5d53469f20fef4f8"
	    "eab52b88044ede69c77a6a68a60728609fc4a65ff531e7d0\",\"payId\":"
	    "\"ab00000000000000000000000000000000000000000000000000000000000000"
	    "00000000000000000000000000000000\",\"network\":null,"
	    "\"inBlock\":\"18446744073709551615\",\"offset\":7,\"size\":1,");
	context = (struct bitmark_record_context){
		.struct_size = sizeof context, .network = &test_network };
	assert_described(&record, &context,
	    "{\"record\":\"ShareBalance\",\"tag\":8,\"network\":\"test\",");
}
END_TEST

START_TEST(a_described_record_without_its_second_signature_has_no_id)
{
	struct bitmark_record record = {
		.tag = BITMARK_RECORD_COUNTERSIGNED,
		.transfer.owner.network = BITMARK_NETWORK_LIVE,
		.signature = { (const uint8_t *)"s", 1 },
	};
	struct bitmark_record_context context = {
		.struct_size = sizeof context,
		.packed = { (const uint8_t *)"", 1 }, .network = &test_network,
	};

	/* Its own account tells the network. */
	assert_described(&record, &context, "{\"record\":"
	    "\"BitmarkTransferCountersigned\",\"tag\":5,\"network\":\"live\",");
	assert_described(&record, NULL, "{\"record\":"
	    "\"BitmarkTransferCountersigned\",\"tag\":5,\"network\":\"live\",");
	record.countersignature = record.signature;
	assert_described(&record, &context, "{\"record\":"
	    "\"BitmarkTransferCountersigned\",\"tag\":5,\"txId\":\"5d53469f20fef4f8"
	    "eab52b88044ede69c77a6a68a60728609fc4a65ff531e7d0\","
	    "\"network\":\"live\",");
}
END_TEST

START_TEST(no_kind_and_a_context_of_no_size_are_refused)
{
	struct bitmark_record record = { .tag = BITMARK_RECORD_NULL };
	struct bitmark_record_context context = { 0 };
	char *text;

	ck_assert_int_eq(bitmark_record_describe(&record, NULL, &text, NULL),
	    BITMARK_E_ARGUMENT);
	ck_assert_ptr_null(text);
	record.tag = BITMARK_RECORD_SHARE;
	ck_assert_int_eq(bitmark_record_describe(&record, &context, &text,
	    NULL), BITMARK_E_ARGUMENT);
	ck_assert_ptr_null(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("record_json");
	TCase *tc = tcase_create("json");
	const int first = BITMARK_RECORD_BASE_DATA;
	const int end = BITMARK_RECORD_SWAP + 1;

	vectors_keep("vectors.json");
	tcase_add_test(tc, json_is_byte_for_byte_that_of_v8_2);
	tcase_add_test(tc, every_record_of_v8_2_comes_back_from_both_styles);
	tcase_add_test(tc, shares_of_v0_16_come_back_from_both_styles);
	tcase_add_loop_test(tc, a_wallet_gets_its_record_back, first, end);
	tcase_add_loop_test(tc,
	    an_unsigned_record_can_be_read_signed_and_packed, first, end);
	tcase_add_test(tc, the_safe_style_writes_the_issue_nonce_as_text);
	tcase_add_test(tc, numbers_may_be_numbers_or_text_up_to_the_largest);
	tcase_add_test(tc,
	    numbers_out_of_range_or_of_another_form_are_refused);
	tcase_add_test(tc, fields_have_any_case_and_may_be_missing);
	tcase_add_test(tc, fields_that_cannot_be_read_are_refused);
	tcase_add_test(tc, text_of_another_shape_is_refused);
	tcase_add_test(tc, a_currency_may_be_named_in_any_way_as_a_key_too);
	tcase_add_test(tc,
	    broken_hex_ids_accounts_and_currencies_have_their_own_errors);
	tcase_add_test(tc, the_kind_can_be_given_by_name_or_number);
	tcase_add_test(tc,
	    a_countersignature_tells_the_two_transfers_apart_even_when_null);
	tcase_add_test(tc, an_unknown_or_contradicted_kind_is_refused);
	tcase_add_loop_test(tc, truncated_json_is_refused, first, end);
	tcase_add_test(tc,
	    the_longest_valid_asset_fits_and_endless_text_does_not);
	tcase_add_test(tc, records_without_a_kind_have_no_json);
	tcase_add_test(tc,
	    a_described_record_begins_with_its_ids_and_its_place);
	tcase_add_test(tc,
	    a_described_record_without_its_second_signature_has_no_id);
	tcase_add_test(tc, no_kind_and_a_context_of_no_size_are_refused);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
