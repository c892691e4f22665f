/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Block headers against the golden vectors. */
#include <bitmarkpeer/block.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/vectors.h"

/* Between the headers that v8.2 accepted and those it found too early. */
#define NOW_S UINT64_C(1600000000)

/* v8.2 itself, which knows no highest version. */
static struct bitmark_rules
rules_of_any_version(void)
{
	struct bitmark_rules rules = *bitmark_rules_8_2();

	rules.header_version_max = UINT16_MAX;
	return rules;
}

static struct bitmark_header
parsed(const uint8_t *data, size_t size)
{
	struct bitmark_header header;

	ck_assert_int_eq(bitmark_header_parse(data, size, &header),
	    BITMARK_OK);
	return header;
}

/* A header that passes all checks with NOW_S. */
static struct bitmark_header
good_header(void)
{
	return (struct bitmark_header){
		.version = 2, .count = 2, .number = 2, .timestamp = NOW_S,
		.bits = BITMARK_BITS_ONE,
	};
}

static bitmark_status
checked(struct bitmark_header header)
{
	return bitmark_header_check(bitmark_rules_8_2(), &header, NOW_S);
}

START_TEST(headers_are_judged_as_the_reference_judges_them)
{
	const struct bitmark_rules rules = rules_of_any_version();
	json_t *list = vectors_section("header"), *v;
	size_t i, size;

	json_array_foreach(list, i, v) {
		uint8_t *packed = field_bytes(v, "packed", &size);
		struct bitmark_header header = parsed(packed, size);
		bitmark_status status = bitmark_header_check(&rules, &header,
		    NOW_S);

		if (field_text(v, "panic") != NULL)
			ck_assert_int_eq(status, BITMARK_E_HEADER_DIFFICULTY);
		else
			assert_error(status, field_text(v, "error"),
			    "header");
		free(packed);
	}
}
END_TEST

START_TEST(packing_a_parsed_header_gives_its_bytes)
{
	json_t *list = vectors_section("header"), *v;
	uint8_t out[BITMARK_HEADER_SIZE];
	size_t i, size;

	json_array_foreach(list, i, v) {
		uint8_t *packed = field_bytes(v, "packed", &size);
		struct bitmark_header header = parsed(packed, size);

		bitmark_header_pack(&header, out);
		ck_assert_uint_eq(size, sizeof out);
		ck_assert_mem_eq(out, packed, sizeof out);
		free(packed);
	}
}
END_TEST

static char *
header_json(const struct bitmark_header *header)
{
	char *text;
	size_t size;

	ck_assert_int_eq(bitmark_header_to_json(header, &text, &size),
	    BITMARK_OK);
	ck_assert_uint_eq(strlen(text), size);
	return text;
}

START_TEST(header_json_is_that_of_the_reference)
{
	json_t *list = vectors_section("header"), *v;
	size_t i, size;

	json_array_foreach(list, i, v) {
		json_t *expected = json_object_get(v, "header"), *is;
		struct bitmark_header header;
		uint8_t *packed;
		char *text;

		if (expected == NULL)
			continue;
		packed = field_bytes(v, "packed", &size);
		header = parsed(packed, size);
		ck_assert_uint_eq(header.nonce,
		    field_number(v, "nonceValue"));
		text = header_json(&header);
		is = json_loads(text, 0, NULL);
		ck_assert_msg(json_equal(is, expected), "%s", text);
		json_decref(is);
		bitmark_free(text);
		free(packed);
	}
}
END_TEST

START_TEST(header_json_of_the_genesis_block_is_exact)
{
	const struct bitmark_chain_params *chain =
	    bitmark_chain_params_find("testing");
	struct bitmark_header header = parsed(chain->genesis,
	    chain->genesis_size);
	char *text = header_json(&header);

	ck_assert_str_eq(text, "{\"version\":1,\"transactionCount\":1,"
	    "\"number\":\"1\",\"previousBlock\":\"0000000000000000000000000000"
	    "000000000000000000000000000000000000\",\"merkleRoot\":\""
	    "ee07bbc3d749e07d24b90cd1ec3514702e878522daf716c17324d666697b8a63"
	    "\",\"timestamp\":\"1417167435\",\"difficulty\":"
	    "\"ffffffffffffff00\",\"nonce\":\"d44c2bcaee403647\"}");
	bitmark_free(text);
}
END_TEST

static bool
same_header(const struct bitmark_header *a, const struct bitmark_header *b)
{
	uint8_t x[BITMARK_HEADER_SIZE], y[BITMARK_HEADER_SIZE];

	bitmark_header_pack(a, x);
	bitmark_header_pack(b, y);
	return memcmp(x, y, sizeof x) == 0;
}

START_TEST(a_header_survives_the_way_through_json)
{
	json_t *list = vectors_section("header"), *v;
	size_t i, size;

	json_array_foreach(list, i, v) {
		uint8_t *packed = field_bytes(v, "packed", &size);
		struct bitmark_header header = parsed(packed, size), back;
		char *text = header_json(&header);

		ck_assert_int_eq(bitmark_header_from_json(text, strlen(text),
		    &back), BITMARK_OK);
		ck_assert(same_header(&header, &back));
		bitmark_free(text);
		free(packed);
	}
}
END_TEST

/* The JSON of a good header with one part replaced. */
static bitmark_status
read_changed(const char *part, const char *replacement)
{
	struct bitmark_header header = good_header(), before = header;
	char *text = header_json(&header);
	char *at = strstr(text, part);
	char changed[1024];
	bitmark_status status;

	ck_assert_ptr_nonnull(at);
	snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text,
	    replacement, at + strlen(part));
	status = bitmark_header_from_json(changed, strlen(changed), &header);
	if (status != BITMARK_OK)
		ck_assert(same_header(&header, &before));
	bitmark_free(text);
	return status;
}

START_TEST(json_that_is_not_a_header_is_refused)
{
	ck_assert_int_eq(read_changed("{", "["), BITMARK_E_JSON);
	ck_assert_int_eq(read_changed("version", "nothing"), BITMARK_E_JSON);
	ck_assert_int_eq(read_changed("\"version\":2", "\"version\":65536"),
	    BITMARK_E_JSON);
	ck_assert_int_eq(read_changed("\"version\":2", "\"version\":-1"),
	    BITMARK_E_JSON);
	ck_assert_int_eq(read_changed("\"version\":2", "\"version\":2.0"),
	    BITMARK_E_JSON);
	ck_assert_int_eq(read_changed("\"number\":\"2\"", "\"number\":\"\""),
	    BITMARK_E_JSON);
	ck_assert_int_eq(read_changed("\"number\":\"2\"",
	    "\"number\":\"+2\""), BITMARK_E_JSON);
	ck_assert_int_eq(read_changed("\"number\":\"2\"",
	    "\"number\":\"18446744073709551616\""), BITMARK_E_JSON);
	ck_assert_int_eq(read_changed("ffffffffffffff00", "ffffffffffffff"),
	    BITMARK_E_HEX);
	ck_assert_int_eq(read_changed("ffffffffffffff00",
	    "ffffffffffffff0g"), BITMARK_E_HEX);
	ck_assert_int_eq(read_changed("\"ffffffffffffff00\"", "0"),
	    BITMARK_E_JSON);
}
END_TEST

START_TEST(json_numbers_of_a_header_may_be_numbers_or_text)
{
	ck_assert_int_eq(read_changed("\"version\":2", "\"version\":\"2\""),
	    BITMARK_OK);
	ck_assert_int_eq(read_changed("\"number\":\"2\"", "\"number\":2"),
	    BITMARK_OK);
	ck_assert_int_eq(read_changed("\"number\":\"2\"",
	    "\"number\":\"18446744073709551615\""), BITMARK_OK);
	ck_assert_int_eq(read_changed("\"number\":\"2\"",
	    "\"number\":18446744073709551615"), BITMARK_OK);
}
END_TEST

START_TEST(a_header_of_less_than_100_bytes_is_refused)
{
	uint8_t data[BITMARK_HEADER_SIZE] = { 1 };
	struct bitmark_header header;
	bitmark_status expected = (size_t)_i < sizeof data ?
	    BITMARK_E_HEADER_SIZE : BITMARK_OK;

	ck_assert_int_eq(bitmark_header_parse(data, (size_t)_i, &header),
	    expected);
}
END_TEST

START_TEST(only_versions_that_are_known_pass)
{
	struct bitmark_header h = good_header();

	for (unsigned version = 0; version <= UINT16_MAX; version++) {
		bool known = version >= 1 &&
		    version <= bitmark_rules_8_2()->header_version_max;

		h.version = (uint16_t)version;
		ck_assert_int_eq(checked(h), known ? BITMARK_OK :
		    BITMARK_E_HEADER_VERSION);
	}
}
END_TEST

START_TEST(only_counts_from_2_to_10000_pass)
{
	struct bitmark_header h = good_header();

	for (unsigned count = 0; count <= UINT16_MAX; count++) {
		bool allowed = count >= 2 && count <= 10000;

		h.count = (uint16_t)count;
		ck_assert_int_eq(checked(h), allowed ? BITMARK_OK :
		    BITMARK_E_TX_COUNT);
	}
}
END_TEST

START_TEST(the_genesis_shape_passes_and_nothing_near_it)
{
	struct bitmark_header h = good_header();

	h.version = 1, h.count = 1, h.number = 1;
	ck_assert_int_eq(checked(h), BITMARK_OK);
	h.version = 2;
	ck_assert_int_eq(checked(h), BITMARK_E_HEADER_VERSION);
	h.version = 1, h.count = 2;
	ck_assert_int_eq(checked(h), BITMARK_E_HEADER_VERSION);
	h.count = 1, h.number = 2;
	ck_assert_int_eq(checked(h), BITMARK_E_TX_COUNT);
	h.number = 0;
	ck_assert_int_eq(checked(h), BITMARK_E_HEADER_VERSION);
}
END_TEST

START_TEST(a_header_may_be_300_seconds_ahead)
{
	struct bitmark_header h = good_header();

	h.timestamp = NOW_S + 300;
	ck_assert_int_eq(checked(h), BITMARK_OK);
	h.timestamp = NOW_S + 301;
	ck_assert_int_eq(checked(h), BITMARK_E_HEADER_TIMESTAMP);
	h.timestamp = UINT64_MAX;
	ck_assert_int_eq(checked(h), BITMARK_E_HEADER_TIMESTAMP);
	h.timestamp = 0;
	ck_assert_int_eq(checked(h), BITMARK_OK);
}
END_TEST

START_TEST(the_first_of_several_faults_is_reported)
{
	struct bitmark_header h = {
		.number = 2, .timestamp = UINT64_MAX, .bits = UINT64_MAX,
	};

	ck_assert_int_eq(checked(h), BITMARK_E_HEADER_VERSION);
	h.version = 1;
	ck_assert_int_eq(checked(h), BITMARK_E_TX_COUNT);
	h.count = 2;
	ck_assert_int_eq(checked(h), BITMARK_E_HEADER_TIMESTAMP);
	h.timestamp = 0;
	ck_assert_int_eq(checked(h), BITMARK_E_HEADER_DIFFICULTY);
}
END_TEST

static bitmark_status
work_of(uint64_t bits, const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bitmark_header h = good_header();

	h.bits = bits;
	return bitmark_header_check_work(bitmark_rules_8_2(), &h, digest);
}

START_TEST(bits_may_differ_from_one_by_a_tenth)
{
	static const uint8_t zero[BITMARK_DIGEST_SIZE];

	ck_assert_int_eq(work_of(UINT64_C(0x00cccccccccccccb), zero),
	    BITMARK_E_HEADER_DIFFICULTY);
	ck_assert_int_eq(work_of(UINT64_C(0x00cccccccccccccc), zero),
	    BITMARK_OK);
	ck_assert_int_eq(work_of(BITMARK_BITS_ONE, zero), BITMARK_OK);
	ck_assert_int_eq(work_of(BITMARK_BITS_ONE + 1, zero),
	    BITMARK_E_HEADER_DIFFICULTY);
	ck_assert_int_eq(work_of(UINT64_MAX, zero),
	    BITMARK_E_HEADER_DIFFICULTY);
}
END_TEST

START_TEST(a_digest_may_be_equal_to_the_target_as_a_little_endian_number)
{
	uint8_t digest[BITMARK_DIGEST_SIZE] = { 0 };

	/* 00ffffff ffffff80 00... in display order */
	memset(digest + 24, 0xff, 7);
	digest[23] = 0x80;
	ck_assert_int_eq(work_of(BITMARK_BITS_ONE, digest), BITMARK_OK);
	digest[0] = 1;
	ck_assert_int_eq(work_of(BITMARK_BITS_ONE, digest),
	    BITMARK_E_HEADER_DIFFICULTY);
	digest[0] = 0, digest[31] = 1;
	ck_assert_int_eq(work_of(BITMARK_BITS_ONE, digest),
	    BITMARK_E_HEADER_DIFFICULTY);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("header");
	TCase *tc = tcase_create("headers");

	vectors_keep("vectors.json");
	tcase_add_test(tc, headers_are_judged_as_the_reference_judges_them);
	tcase_add_test(tc, packing_a_parsed_header_gives_its_bytes);
	tcase_add_test(tc, header_json_is_that_of_the_reference);
	tcase_add_test(tc, header_json_of_the_genesis_block_is_exact);
	tcase_add_test(tc, a_header_survives_the_way_through_json);
	tcase_add_test(tc, json_that_is_not_a_header_is_refused);
	tcase_add_test(tc, json_numbers_of_a_header_may_be_numbers_or_text);
	tcase_add_loop_test(tc, a_header_of_less_than_100_bytes_is_refused, 0,
	    BITMARK_HEADER_SIZE + 1);
	tcase_add_test(tc, only_versions_that_are_known_pass);
	tcase_add_test(tc, only_counts_from_2_to_10000_pass);
	tcase_add_test(tc, the_genesis_shape_passes_and_nothing_near_it);
	tcase_add_test(tc, a_header_may_be_300_seconds_ahead);
	tcase_add_test(tc, the_first_of_several_faults_is_reported);
	tcase_add_test(tc, bits_may_differ_from_one_by_a_tenth);
	tcase_add_test(tc,
	    a_digest_may_be_equal_to_the_target_as_a_little_endian_number);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
