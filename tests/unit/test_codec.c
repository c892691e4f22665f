/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Encodings, and the reader and writer that the rest of lib/ uses. */
#include "../support/vectors.h"

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"

START_TEST(varints_are_encoded_as_v8_2_encodes_them)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("varint64Encode"), i, v) {
		uint8_t out[BITMARK_VARINT_MAX];
		size_t size = bitmark_varint_encode(field_number(v, "value"),
		    out);

		assert_hex(out, size, field_text(v, "encoded"), "varint");
	}
}
END_TEST

START_TEST(varints_are_decoded_as_v8_2_decodes_them)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("varint64Decode"), i, v) {
		uint64_t value = 1;
		size_t size;
		uint8_t *data = field_bytes(v, "buffer", &size);

		ck_assert_uint_eq(bitmark_varint_decode(data, size, &value),
		    field_number(v, "count"));
		ck_assert_uint_eq(value, field_number(v, "value"));
		free(data);
	}
}
END_TEST

START_TEST(varints_are_clipped_as_v8_2_clips_them)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("varint64Clipped"), i, v) {
		uint64_t value = 1;
		size_t size;
		uint8_t *data = field_bytes(v, "buffer", &size);

		ck_assert_uint_eq(bitmark_varint_clipped(data, size,
		    (int64_t)field_number(v, "minimum"),
		    (int64_t)field_number(v, "maximum"), &value),
		    field_number(v, "count"));
		ck_assert_uint_eq(value, field_number(v, "value"));
		free(data);
	}
}
END_TEST

START_TEST(a_number_of_more_than_32_bits_is_not_cut_to_them_D_45)
{
	const uint64_t numbers[] = { (UINT64_C(1) << 32) + 5,
	    (UINT64_C(1) << 63) + 5, UINT64_MAX };
	uint8_t data[BITMARK_VARINT_MAX];
	uint64_t value = 1;

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		size_t size = bitmark_varint_encode(numbers[i], data);

		ck_assert_uint_eq(bitmark_varint_clipped(data, size, 1, 8192,
		    &value), 0);
		ck_assert_uint_eq(value, 0);
	}
}
END_TEST

START_TEST(every_bit_of_a_varint_comes_back)
{
	uint8_t out[BITMARK_VARINT_MAX];
	uint64_t value, wanted = UINT64_C(1) << _i;

	for (uint64_t less = 0; less < 2; less++) {
		size_t size = bitmark_varint_encode(wanted - less, out);

		ck_assert_uint_eq(bitmark_varint_decode(out, size, &value),
		    size);
		ck_assert_uint_eq(value, wanted - less);
		ck_assert_uint_eq(bitmark_varint_decode(out, size - 1, &value),
		    0);
		ck_assert_uint_eq(value, 0);
	}
}
END_TEST

START_TEST(base58_is_encoded_as_v8_2_encodes_it)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("base58Encode"), i, v) {
		char text[BITMARK_BASE58_TEXT_MAX + 1];
		size_t size;
		uint8_t *data = field_bytes(v, "bytes", &size);

		ck_assert_int_eq(bitmark_base58_encode(data, size, text,
		    sizeof text), BITMARK_OK);
		ck_assert_str_eq(text, field_text(v, "text"));
		free(data);
	}
}
END_TEST

START_TEST(base58_is_decoded_as_v8_2_decodes_it)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("base58Decode"), i, v) {
		uint8_t out[BITMARK_BASE58_TEXT_MAX];
		const json_t *text = json_object_get(v, "text");
		size_t size;

		ck_assert_int_eq(bitmark_base58_decode(json_string_value(text),
		    json_string_length(text), out, sizeof out, &size),
		    BITMARK_OK);
		assert_hex(out, size, field_text(v, "bytes"),
		    json_string_value(text));
	}
}
END_TEST

START_TEST(base58_text_of_more_than_the_bound_is_empty)
{
	char text[BITMARK_BASE58_TEXT_MAX + 1];
	uint8_t out[sizeof text];
	size_t size;

	memset(text, '1', sizeof text);
	ck_assert_int_eq(bitmark_base58_decode(text, sizeof text - 1, out,
	    sizeof out, &size), BITMARK_OK);
	ck_assert_uint_eq(size, BITMARK_BASE58_TEXT_MAX);
	ck_assert_int_eq(bitmark_base58_decode(text, sizeof text, out,
	    sizeof out, &size), BITMARK_OK);
	ck_assert_uint_eq(size, 0);
}
END_TEST

START_TEST(base58_result_must_fit)
{
	const uint8_t bytes[4] = { 0, 1, 2, 3 };
	char text[16] = "as it was";
	uint8_t out[4];
	size_t size;

	ck_assert_int_eq(bitmark_base58_encode(bytes, 4, text, 4),
	    BITMARK_E_SPACE);
	ck_assert_str_eq(text, "as it was");
	ck_assert_int_eq(bitmark_base58_encode(bytes, 4, text, sizeof text),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_base58_encode(bytes, 4, text,
	    strlen(text) + 1), BITMARK_OK);
	ck_assert_int_eq(bitmark_base58_encode(bytes, 4, text, strlen(text)),
	    BITMARK_E_SPACE);
	ck_assert_int_eq(bitmark_base58_decode(text, strlen(text), out, 3,
	    &size), BITMARK_E_SPACE);
	ck_assert_int_eq(bitmark_base58_decode(text, strlen(text), out, 4,
	    &size), BITMARK_OK);
	ck_assert_mem_eq(out, bytes, 4);
}
END_TEST

START_TEST(longest_value_is_encoded_as_base58_and_one_more_byte_is_not)
{
	uint8_t bytes[BITMARK_BASE58_BYTES_MAX + 1];
	char text[2 * sizeof bytes];

	memset(bytes, 0xff, sizeof bytes);
	ck_assert_int_eq(bitmark_base58_encode(bytes, BITMARK_BASE58_BYTES_MAX,
	    text, sizeof text), BITMARK_OK);
	ck_assert_uint_eq(strlen(text), 350);
	ck_assert_int_eq(bitmark_base58_encode(bytes, sizeof bytes, text,
	    sizeof text), BITMARK_E_LENGTH);
}
END_TEST

START_TEST(hex_is_written_in_lower_case_and_read_in_either)
{
	const uint8_t bytes[] = { 0x00, 0x09, 0xaf, 0xff };
	char text[2 * sizeof bytes + 1];
	uint8_t out[sizeof bytes];
	size_t size;

	bitmark_hex_encode(bytes, sizeof bytes, text);
	ck_assert_str_eq(text, "0009afff");
	ck_assert_int_eq(bitmark_hex_decode("0009AFfF", 8, out, sizeof out,
	    &size), BITMARK_OK);
	ck_assert_uint_eq(size, sizeof bytes);
	ck_assert_mem_eq(out, bytes, sizeof bytes);
}
END_TEST

START_TEST(reversed_hex_starts_with_the_last_byte)
{
	const uint8_t bytes[] = { 0x12, 0x34, 0x56 };
	char text[2 * sizeof bytes + 1];

	bitmark_hex_encode_reversed(bytes, sizeof bytes, text);
	ck_assert_str_eq(text, "563412");
	bitmark_hex_encode_reversed(bytes, 0, text);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(hex_of_odd_length_or_with_another_character_is_refused)
{
	static const char *const texts[] = {
		"0", "000", "0g", "g0", " 0", "0x", "/0", ":0", "@0", "G0",
		"`0", "\3770",
	};
	uint8_t out[4];
	size_t size = 99;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		ck_assert_msg(bitmark_hex_decode(texts[i], strlen(texts[i]),
		    out, sizeof out, &size) == BITMARK_E_HEX, "%s", texts[i]);
	ck_assert_int_eq(bitmark_hex_decode("0\0", 2, out, sizeof out, &size),
	    BITMARK_E_HEX);
	ck_assert_uint_eq(size, 99);
}
END_TEST

START_TEST(hex_that_does_not_fit_is_refused)
{
	uint8_t out[2];
	size_t size;

	ck_assert_int_eq(bitmark_hex_decode("001122", 6, out, 2, &size),
	    BITMARK_E_SPACE);
	ck_assert_int_eq(bitmark_hex_decode("", 0, out, 0, &size), BITMARK_OK);
	ck_assert_uint_eq(size, 0);
}
END_TEST

/* Source: RFC 4648, section 10; the last row has all bits */
START_TEST(base64_gives_the_example_values_and_reads_them_back)
{
	static const struct {
		const char *bytes, *text;
	} row[] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
		{ "\xff\xff\xfe\xfb\xf0", "///++/A=" },
	};
	char text[16];
	uint8_t out[8];
	size_t size;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const size_t length = strlen(row[i].bytes);

		bitmark_base64_encode((const uint8_t *)row[i].bytes, length,
		    text);
		ck_assert_str_eq(text, row[i].text);
		ck_assert(bitmark_base64_decode(bm_span_of(row[i].text), out,
		    length, &size));
		ck_assert_uint_eq(size, length);
		ck_assert_mem_eq(out, row[i].bytes, length);
		if (length > 0)
			ck_assert(!bitmark_base64_decode(
			    bm_span_of(row[i].text), out, length - 1, &size));
	}
}
END_TEST

START_TEST(blanks_and_prefixes_are_taken_off_a_text)
{
	struct bitmark_span text = bm_span_trim(bm_span_of(" \t\r\n\v\fa b "));

	ck_assert(bm_span_is(text, "a b"));
	ck_assert_uint_eq(bm_span_trim(bm_span_of(" ")).size, 0);
	ck_assert(!bm_span_skip(&text, "b"));
	ck_assert(!bm_span_skip(&text, "a b c"));
	ck_assert(bm_span_is(text, "a b"));
	ck_assert(bm_span_skip(&text, "a "));
	ck_assert(bm_span_is(text, "b"));
}
END_TEST

START_TEST(block_crc_is_the_crc_of_v8_2)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("crc"), i, v) {
		size_t size;
		uint8_t *data = field_bytes(v, "data", &size);
		uint8_t crc[8];

		bm_put_u64be(crc, bitmark_crc(field_number(v, "height"), data,
		    size));
		assert_hex(crc, sizeof crc, field_text(v, "crc"), "crc");
		free(data);
	}
}
END_TEST

/* Source: FIPS 202; known digests of the empty message and of "abc". */
START_TEST(sha3_gives_the_example_values)
{
	const uint8_t *abc = (const uint8_t *)"abc";
	uint8_t d[BITMARK_SHA3_512_SIZE];

	bitmark_sha3_256(NULL, 0, d);
	assert_hex(d, 32, "a7ffc6f8bf1ed76651c14756a061d662"
	    "f580ff4de43b49fa82d80a4b80f8434a", "sha3-256 of nothing");
	bitmark_sha3_256(abc, 3, d);
	assert_hex(d, 32, "3a985da74fe225b2045c172d6bd390bd"
	    "855f086e3e9d525b46bfe24511431532", "sha3-256");
	bitmark_sha3_384(abc, 3, d);
	assert_hex(d, 48, "ec01498288516fc926459f58e2c6ad8d"
	    "f9b473cb0fc08c2596da7cf0e49be4b2"
	    "98d88cea927ac7f539f1edf228376d25", "sha3-384");
	bitmark_sha3_512(abc, 3, d);
	assert_hex(d, 64, "b751850b1a57168a5693cd924b6b096e"
	    "08f621827444f70d884f5d0240d2712e"
	    "10e116e9192af3c91a7ec57647e39340"
	    "57340b4cf408d5a56592f8274eec53f0", "sha3-512");
}
END_TEST

START_TEST(hash_of_parts_is_the_hash_of_them_all)
{
	const struct bitmark_span parts[] = {
		bm_span_of("a"), { NULL, 0 }, bm_span_of("bc"),
	};
	uint8_t whole[BITMARK_SHA3_384_SIZE], split[BITMARK_SHA3_384_SIZE];

	bitmark_sha3_256((const uint8_t *)"abc", 3, whole);
	bm_sha3_256_span(parts, 3, split);
	ck_assert_mem_eq(whole, split, BITMARK_SHA3_256_SIZE);
	bitmark_sha3_384((const uint8_t *)"abc", 3, whole);
	bm_sha3_384_span(parts, 3, split);
	ck_assert_mem_eq(whole, split, BITMARK_SHA3_384_SIZE);
}
END_TEST

START_TEST(every_status_has_a_name_and_a_text)
{
#define CHECK_STATUS(name, number, text) \
	ck_assert_int_eq(name, number); \
	ck_assert_str_eq(bitmark_status_name(number), #name); \
	ck_assert_str_eq(bitmark_strerror(number), text);
	BITMARK_STATUS_TABLE(CHECK_STATUS)
#undef CHECK_STATUS
	ck_assert_ptr_null(bitmark_status_name(1));
	ck_assert_str_eq(bitmark_strerror(1), "unknown status");
}
END_TEST

START_TEST(reader_reads_what_the_writer_wrote)
{
	uint8_t data[64];
	struct bm_writer w = bm_writer(data, sizeof data);
	struct bm_reader r;
	uint8_t copy[2];

	bm_write_u8(&w, 0x12);
	bm_write_u16be(&w, 0x3456);
	bm_write_u16le(&w, 0x789a);
	bm_write_u64be(&w, UINT64_C(0x0102030405060708));
	bm_write_u64le(&w, UINT64_C(0x1112131415161718));
	bm_write_varint(&w, 300);
	bm_write_counted(&w, "abc", 3);
	bm_write_bytes(&w, "de", 2);
	ck_assert(bm_writer_ok(&w));
	assert_hex(data, w.size, "1234569a7801020304050607081817161514131211"
	    "ac0203616263" "6465", "written");

	r = bm_reader(data, w.size);
	ck_assert_uint_eq(bm_read_u8(&r), 0x12);
	ck_assert_uint_eq(bm_read_u16be(&r), 0x3456);
	ck_assert_uint_eq(bm_read_u16le(&r), 0x789a);
	ck_assert_uint_eq(bm_read_u64be(&r), 0x0102030405060708u);
	ck_assert_uint_eq(bm_read_u64le(&r), 0x1112131415161718u);
	ck_assert_uint_eq(bm_read_varint(&r), 300);
	ck_assert_uint_eq(bm_read_counted(&r, 1, 3).size, 3);
	bm_read_copy(&r, copy, 2);
	ck_assert_mem_eq(copy, "de", 2);
	ck_assert(bm_reader_ok(&r));
	ck_assert_uint_eq(r.left, 0);
}
END_TEST

START_TEST(reader_that_failed_gives_zeros_from_then_on)
{
	const uint8_t data[] = { 0xff, 0xff, 0xff };
	struct bm_reader r = bm_reader(data, sizeof data);
	uint8_t copy[2] = { 1, 1 };

	ck_assert_uint_eq(bm_read_u64be(&r), 0);
	ck_assert(!bm_reader_ok(&r));
	ck_assert_uint_eq(r.left, 0);
	ck_assert_uint_eq(bm_read_u8(&r), 0);
	ck_assert_uint_eq(bm_read_u16be(&r), 0);
	ck_assert_uint_eq(bm_read_u16le(&r), 0);
	ck_assert_uint_eq(bm_read_u64le(&r), 0);
	ck_assert_uint_eq(bm_read_varint(&r), 0);
	ck_assert_uint_eq(bm_read_varint_clipped(&r, 0, 9), 0);
	ck_assert_uint_eq(bm_read_counted(&r, 0, 9).size, 0);
	ck_assert_ptr_null(bm_read_span(&r, 0).data);
	bm_read_copy(&r, copy, sizeof copy);
	ck_assert_mem_eq(copy, "\0\0", 2);
	ck_assert(!bm_reader_ok(&r));
}
END_TEST

START_TEST(reader_takes_nothing_from_nothing)
{
	struct bm_reader r = bm_reader(NULL, 0);

	ck_assert_uint_eq(bm_read_span(&r, 0).size, 0);
	ck_assert(bm_reader_ok(&r));
	ck_assert_uint_eq(bm_read_u8(&r), 0);
	ck_assert(!bm_reader_ok(&r));
}
END_TEST

START_TEST(reader_never_follows_a_length_past_the_end)
{
	/* counts of 4, 2^32 + 1 and 2^64 - 1, two bytes behind each */
	static const uint8_t inputs[][11] = {
		{ 0x04, 'a', 'b' },
		{ 0x81, 0x80, 0x80, 0x80, 0x10, 'a', 'b' },
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  'a', 'b' },
	};
	static const size_t sizes[] = { 3, 7, 11 };

	for (size_t i = 0; i < 3; i++) {
		struct bm_reader r = bm_reader(inputs[i], sizes[i]);

		ck_assert_ptr_null(bm_read_counted(&r, 0, UINT64_MAX).data);
		ck_assert(!bm_reader_ok(&r));
	}
}
END_TEST

START_TEST(both_limits_of_a_clipped_read_are_allowed)
{
	const uint8_t data[] = { 2, 5, 1, 6 };
	struct bm_reader r = bm_reader(data, sizeof data);

	ck_assert_uint_eq(bm_read_varint_clipped(&r, 2, 5), 2);
	ck_assert_uint_eq(bm_read_varint_clipped(&r, 2, 5), 5);
	ck_assert(bm_reader_ok(&r));
	ck_assert_uint_eq(bm_read_varint_clipped(&r, 2, 5), 0);
	ck_assert(!bm_reader_ok(&r));
	r = bm_reader(data + 3, 1);
	ck_assert_uint_eq(bm_read_varint_clipped(&r, 2, 5), 0);
	ck_assert(!bm_reader_ok(&r));
}
END_TEST

START_TEST(writer_that_is_full_writes_nothing_more_and_goes_on_counting)
{
	uint8_t data[4] = { 0xee, 0xee, 0xee, 0xee };
	struct bm_writer w = bm_writer(data, 3);

	bm_write_u16be(&w, 0x0102);
	bm_write_u16be(&w, 0x0304);
	ck_assert(!bm_writer_ok(&w));
	bm_write_u8(&w, 5);
	assert_hex(data, sizeof data, "0102eeee", "full");
	ck_assert_uint_eq(w.size, 5);
}
END_TEST

START_TEST(writer_fills_its_buffer_to_the_last_byte)
{
	uint8_t data[3];
	struct bm_writer w = bm_writer(data, sizeof data);

	bm_write_counted(&w, "ab", 2);
	ck_assert(bm_writer_ok(&w));
	bm_write_bytes(&w, NULL, 0);
	ck_assert(bm_writer_ok(&w));
	assert_hex(data, w.size, "026162", "written");
}
END_TEST

START_TEST(writer_without_a_buffer_counts)
{
	struct bm_writer w = bm_writer(NULL, 0);

	ck_assert(bm_writer_ok(&w));
	bm_write_counted(&w, "abc", 3);
	bm_write_u64le(&w, 1);
	ck_assert(!bm_writer_ok(&w));
	ck_assert_uint_eq(w.size, 12);
}
END_TEST

static void
add_text_tests(Suite *suite)
{
	TCase *tc = tcase_create("encodings");

	tcase_add_test(tc, varints_are_encoded_as_v8_2_encodes_them);
	tcase_add_test(tc, varints_are_decoded_as_v8_2_decodes_them);
	tcase_add_test(tc, varints_are_clipped_as_v8_2_clips_them);
	tcase_add_test(tc,
	    a_number_of_more_than_32_bits_is_not_cut_to_them_D_45);
	tcase_add_loop_test(tc, every_bit_of_a_varint_comes_back, 0, 64);
	tcase_add_test(tc, base58_is_encoded_as_v8_2_encodes_it);
	tcase_add_test(tc, base58_is_decoded_as_v8_2_decodes_it);
	tcase_add_test(tc, base58_text_of_more_than_the_bound_is_empty);
	tcase_add_test(tc, base58_result_must_fit);
	tcase_add_test(tc,
	    longest_value_is_encoded_as_base58_and_one_more_byte_is_not);
	tcase_add_test(tc, hex_is_written_in_lower_case_and_read_in_either);
	tcase_add_test(tc, reversed_hex_starts_with_the_last_byte);
	tcase_add_test(tc,
	    hex_of_odd_length_or_with_another_character_is_refused);
	tcase_add_test(tc, hex_that_does_not_fit_is_refused);
	tcase_add_test(tc,
	    base64_gives_the_example_values_and_reads_them_back);
	tcase_add_test(tc, blanks_and_prefixes_are_taken_off_a_text);
	tcase_add_test(tc, block_crc_is_the_crc_of_v8_2);
	tcase_add_test(tc, sha3_gives_the_example_values);
	tcase_add_test(tc, hash_of_parts_is_the_hash_of_them_all);
	tcase_add_test(tc, every_status_has_a_name_and_a_text);
	suite_add_tcase(suite, tc);
}

static void
add_byte_tests(Suite *suite)
{
	TCase *tc = tcase_create("bytes");

	tcase_add_test(tc, reader_reads_what_the_writer_wrote);
	tcase_add_test(tc, reader_that_failed_gives_zeros_from_then_on);
	tcase_add_test(tc, reader_takes_nothing_from_nothing);
	tcase_add_test(tc, reader_never_follows_a_length_past_the_end);
	tcase_add_test(tc, both_limits_of_a_clipped_read_are_allowed);
	tcase_add_test(tc,
	    writer_that_is_full_writes_nothing_more_and_goes_on_counting);
	tcase_add_test(tc, writer_fills_its_buffer_to_the_last_byte);
	tcase_add_test(tc, writer_without_a_buffer_counts);
	suite_add_tcase(suite, tc);
}

int
main(void)
{
	Suite *suite = suite_create("codec");

	vectors_keep("vectors.json");
	add_text_tests(suite);
	add_byte_tests(suite);
	return run_suite(suite);
}
