/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* UTF-8 as Go reads it, JSON as Go writes it. */
#include "../support/vectors.h"

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"

/* Source: Go unicode/utf8 RuneCount */
START_TEST(code_points_are_counted_as_go_counts_them)
{
	static const struct {
		const char *text;
		size_t count;
	} cases[] = {
		{ "", 0 },
		{ "abc", 3 },
		{ "\xc3\xa9", 1 },              /* U+00E9 */
		{ "\xe2\x82\xac", 1 },          /* U+20AC */
		{ "\xf0\x9f\x98\x80", 1 },      /* U+1F600 */
		{ "\xf4\x8f\xbf\xbf", 1 },      /* U+10FFFF */
		{ "\xf4\x90\x80\x80", 4 },      /* above it */
		{ "\xed\x9f\xbf", 1 },          /* U+D7FF */
		{ "\xed\xa0\x80", 3 },          /* a surrogate */
		{ "\xc0\x80", 2 },              /* over-long */
		{ "\xe0\x9f\xbf", 3 },
		{ "\xf0\x8f\xbf\xbf", 4 },
		{ "\x80\xbf", 2 },              /* no first byte */
		{ "\xe2\x82", 2 },              /* cut off */
		{ "\xe2\x82" "a", 3 },
		{ "\xff\xfe\xfd", 3 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(bm_utf8_count(bm_span_of(cases[i].text)) ==
		    cases[i].count, "case %zu", i);
}
END_TEST

START_TEST(code_points_have_their_value)
{
	struct bitmark_span text =
	    bm_span_of("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xff");
	size_t at = 0;

	ck_assert_uint_eq(bitmark_utf8_next(text, &at), 'a');
	ck_assert_uint_eq(bitmark_utf8_next(text, &at), 0xe9);
	ck_assert_uint_eq(bitmark_utf8_next(text, &at), 0x20ac);
	ck_assert_uint_eq(bitmark_utf8_next(text, &at), 0x1f600);
	ck_assert_uint_eq(bitmark_utf8_next(text, &at), BITMARK_UTF8_INVALID);
	ck_assert_uint_eq(at, text.size);
}
END_TEST

static void
assert_json(struct bm_json *j, const char *expected)
{
	char *text;
	size_t size;

	ck_assert_int_eq(bm_json_take(j, &text, &size), BITMARK_OK);
	ck_assert_str_eq(text, expected);
	ck_assert_uint_eq(size, strlen(expected));
	free(text);
}

START_TEST(json_has_its_commas_between_members_and_items)
{
	const uint8_t bytes[] = { 0xab, 0x01 };
	struct bm_json j = { 0 };

	bm_json_object(&j, NULL);
	bm_json_text(&j, "text", "x");
	bm_json_array(&j, "list");
	bm_json_number(&j, NULL, 1);
	bm_json_number_text(&j, NULL, UINT64_MAX);
	bm_json_object(&j, NULL);
	bm_json_object_end(&j);
	bm_json_array_end(&j);
	bm_json_hex(&j, "hex", bytes, sizeof bytes);
	bm_json_bool(&j, "yes", true);
	bm_json_bool(&j, "no", false);
	bm_json_null(&j, "null");
	bm_json_raw(&j, "raw", "{}");
	bm_json_object_end(&j);
	assert_json(&j, "{\"text\":\"x\",\"list\":[1,"
	    "\"18446744073709551615\",{}],\"hex\":\"ab01\",\"yes\":true,"
	    "\"no\":false,\"null\":null,\"raw\":{}}");
}
END_TEST

START_TEST(json_strings_are_escaped_as_go_escapes_them)
{
	struct bm_json j = { 0 };

	bm_json_text(&j, NULL, "\"\\/\n\r\t\x01\x1f\x7f<>&'"
	    "\xe2\x80\xa8\xe2\x80\xa9\xc3\xa9\xff");
	assert_json(&j, "\"\\\"\\\\/\\n\\r\\t\\u0001\\u001f\x7f\\u003c\\u003e"
	    "\\u0026'\\u2028\\u2029\xc3\xa9\\ufffd\"");
}
END_TEST

START_TEST(json_string_may_hold_a_nul)
{
	struct bm_json j = { 0 };

	bm_json_string(&j, NULL, (struct bitmark_span){
	    (const uint8_t *)"a\0b", 3 });
	assert_json(&j, "\"a\\u0000b\"");
}
END_TEST

START_TEST(json_of_a_long_string_is_whole)
{
	static char text[5000], expected[sizeof text + 2];
	struct bm_json j = { 0 };

	memset(text, 'x', sizeof text - 1);
	snprintf(expected, sizeof expected, "\"%s\"", text);
	bm_json_text(&j, NULL, text);
	assert_json(&j, expected);
}
END_TEST

START_TEST(json_that_failed_is_not_handed_over)
{
	struct bm_json j = { 0 };
	char *text = NULL;

	bm_json_text(&j, NULL, "x");
	j.failed = true;
	bm_json_text(&j, NULL, "y");
	ck_assert_int_eq(bm_json_take(&j, &text, NULL), BITMARK_E_NOMEM);
	ck_assert_ptr_null(text);
	ck_assert_ptr_null(j.text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("json");
	TCase *tc = tcase_create("json");

	tcase_add_test(tc, code_points_are_counted_as_go_counts_them);
	tcase_add_test(tc, code_points_have_their_value);
	tcase_add_test(tc, json_has_its_commas_between_members_and_items);
	tcase_add_test(tc, json_strings_are_escaped_as_go_escapes_them);
	tcase_add_test(tc, json_string_may_hold_a_nul);
	tcase_add_test(tc, json_of_a_long_string_is_whole);
	tcase_add_test(tc, json_that_failed_is_not_handed_over);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
