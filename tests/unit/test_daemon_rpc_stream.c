/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A stream of bytes as the requests in it. */
#include "../support/vectors.h"

#include <stdlib.h>
#include <string.h>

#include "rpc.h"
#include "rpc_stream.h"

/* Feed the text in pieces of ${step} bytes; the requests, one behind the other
 * with a "|" after each, are in ${out}. */
static enum rpc_stream_result
split(const char *text, size_t step, char *out)
{
	struct rpc_stream s = { .text = NULL };
	enum rpc_stream_result result = RPC_STREAM_MORE;
	size_t size = strlen(text), used;

	*out = '\0';
	for (size_t at = 0; at < size; at += used) {
		size_t piece = size - at < step ? size - at : step;

		result = rpc_stream_feed(&s, text + at, piece, &used);
		if (result == RPC_STREAM_WHOLE) {
			strncat(out, s.text, s.size);
			strcat(out, "|");
		} else if (result != RPC_STREAM_MORE) {
			break;
		}
	}
	rpc_stream_free(&s);
	return result;
}

START_TEST(requests_come_out_however_they_arrive)
{
	static const struct {
		const char *text, *requests;
	} cases[] = {
		{ "{}", "{}|" },
		{ "{}{}", "{}|{}|" },
		{ "null null{}nullnull\n", "null|null|{}|null|null|" },
		{ " \t\r\n{ } \n {}\n", "{ }|{}|" },
		{ "{\"id\":1,\"a\":[]}\n{\"id\":2}", "{\"id\":1,\"a\":[]}|"
		    "{\"id\":2}|" },
		{ "{\"a\":\"}{\\\"\\\\\"}{}", "{\"a\":\"}{\\\"\\\\\"}|{}|" },
		{ "{\"a\":[1,-2.5e+10,true,null,[{}],{\"b\":[]}] }",
		    "{\"a\":[1,-2.5e+10,true,null,[{}],{\"b\":[]}] }|" },
		{ "{\"a\" : 1 , \"b\" : [ 1 , 2 ]}",
		    "{\"a\" : 1 , \"b\" : [ 1 , 2 ]}|" },
		{ "{\"\xc3\xa9\\u00e9\":\"\xff\"}",
		    "{\"\xc3\xa9\\u00e9\":\"\xff\"}|" },
	};
	char out[256];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t step = 1; step < 40; step += 3) {
			ck_assert_int_ne(split(cases[i].text, step, out),
			    RPC_STREAM_GARBAGE);
			ck_assert_str_eq(out, cases[i].requests);
		}
}
END_TEST

START_TEST(text_that_is_no_json_is_known_at_once)
{
	/* Each is wrong at its last byte. */
	static const char *const cases[] = { "h", "nx", "nulx", "nulln1", "[", "1", "\"", "@", "}",
		"\x16", "{h", "{1", "{,", "{]", "{\"a\",", "{\"a\"}",
		"{\"a\":}", "{\"a\":1}]", "{\"a\":1]", "{\"a\":[1}",
		"{\"a\":[,", "{\"a\":[1,]", "{\"a\":1,}", "{\"a\":1 2",
		"{\"a\"\"", "{\"a\n", "{\"a\\x", "{\"a\":+", "{\"a\":T",
		"{\"a\":'", "{} x" };
	char out[256];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[32];

		memset(text, 0, sizeof text);
		strcpy(text, cases[i]);
		ck_assert_msg(split(text, 1, out) == RPC_STREAM_GARBAGE &&
		    split(text, 99, out) == RPC_STREAM_GARBAGE, "%s", text);
		text[strlen(text) - 1] = '\0';
		ck_assert_msg(split(text, 1, out) != RPC_STREAM_GARBAGE, "%s",
		    text);
	}
}
END_TEST

START_TEST(nothing_is_whole_before_its_end)
{
	static const char text[] = "{\"a\":[{\"b\":\"c\"},2]}";
	struct rpc_stream s = { .text = NULL };
	size_t used;

	for (size_t size = 0; size < strlen(text); size++) {
		memset(&s, 0, sizeof s);
		ck_assert_int_eq(rpc_stream_feed(&s, text, size, &used),
		    RPC_STREAM_MORE);
		ck_assert_uint_eq(used, size);
		rpc_stream_free(&s);
	}
	/* A NUL is no white space, and none of the bytes of a word. */
	memset(&s, 0, sizeof s);
	ck_assert_int_eq(rpc_stream_feed(&s, "{\"a\":1\0", 7, &used),
	    RPC_STREAM_GARBAGE);
	rpc_stream_free(&s);
}
END_TEST

START_TEST(deep_requests_are_garbage)
{
	char text[3 * RPC_DEPTH_MAX + 16], out[3 * RPC_DEPTH_MAX + 16];

	strcpy(text, "{\"a\":");
	for (unsigned i = 1; i < RPC_DEPTH_MAX; i++)
		strcat(text, "[");
	ck_assert_int_eq(split(text, 7, out), RPC_STREAM_MORE);
	strcat(text, "[");
	ck_assert_int_eq(split(text, 7, out), RPC_STREAM_GARBAGE);
	text[strlen(text) - 1] = '\0';
	for (unsigned i = 1; i < RPC_DEPTH_MAX; i++)
		strcat(text, "]");
	strcat(text, "}{}");
	ck_assert_int_eq(split(text, 7, out), RPC_STREAM_WHOLE);
}
END_TEST

/* The longest request passes; one byte more is garbage, and is not kept. */
START_TEST(long_requests_are_garbage)
{
	static const char begin[] = "{\"a\":\"", end[] = "\"}";
	char *text = malloc(RPC_REQUEST_MAX + 1);
	struct rpc_stream s = { .text = NULL };
	size_t used, size;
	char *taken;

	memset(text, 'x', RPC_REQUEST_MAX + 1);
	memcpy(text, begin, strlen(begin));
	memcpy(text + RPC_REQUEST_MAX - strlen(end), end, strlen(end));
	ck_assert_int_eq(rpc_stream_feed(&s, text, RPC_REQUEST_MAX, &used),
	    RPC_STREAM_WHOLE);
	taken = rpc_stream_take(&s, &size);
	ck_assert_uint_eq(size, RPC_REQUEST_MAX);
	ck_assert_mem_eq(taken, text, size);
	free(taken);
	memset(text + strlen(begin), 'x', RPC_REQUEST_MAX - strlen(begin));
	ck_assert_int_eq(rpc_stream_feed(&s, text, RPC_REQUEST_MAX, &used),
	    RPC_STREAM_MORE);
	ck_assert_int_eq(rpc_stream_feed(&s, "x", 1, &used),
	    RPC_STREAM_GARBAGE);
	ck_assert_uint_le(s.capacity, RPC_REQUEST_MAX);
	rpc_stream_free(&s);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon_rpc_stream");
	TCase *tc = tcase_create("daemon_rpc_stream");

	tcase_add_test(tc, requests_come_out_however_they_arrive);
	tcase_add_test(tc, text_that_is_no_json_is_known_at_once);
	tcase_add_test(tc, nothing_is_whole_before_its_end);
	tcase_add_test(tc, deep_requests_are_garbage);
	tcase_add_test(tc, long_requests_are_garbage);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
