/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The small parts under the sockets: errors, names, counted messages. */
#include "../support/vectors.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "net/budget.h"
#include "net/curve.h"
#include "net/resolver.h"

START_TEST(errors_of_libzmq_have_a_status)
{
	ck_assert_int_eq(bm_net_status(0), BITMARK_OK);
	ck_assert_int_eq(bm_net_status(EAGAIN), BITMARK_E_TIMEOUT);
	ck_assert_int_eq(bm_net_status(ENOMEM), BITMARK_E_NOMEM);
	ck_assert_int_eq(bm_net_status(ETERM), BITMARK_E_STOPPED);
	ck_assert_int_eq(bm_net_status(EHOSTUNREACH),
	    BITMARK_E_NO_CONNECTION);
	ck_assert_int_eq(bm_net_status(EFSM), BITMARK_E_NET);
	ck_assert_int_eq(bm_net_status(EADDRINUSE), BITMARK_E_NET);
	ck_assert_int_eq(bm_net_status(INT_MAX), BITMARK_E_NET);
}
END_TEST

START_TEST(an_option_is_not_set_after_an_error)
{
	bitmark_status status = BITMARK_OK;

	bm_net_option(NULL, ZMQ_LINGER, 0, &status);    /* no socket */
	ck_assert_int_eq(status, BITMARK_E_NET);
	status = BITMARK_E_TIMEOUT;
	bm_net_option(NULL, ZMQ_LINGER, 0, &status);
	ck_assert_int_eq(status, BITMARK_E_TIMEOUT);
}
END_TEST

static struct bitmark_connection
resolved(const char *text)
{
	struct bitmark_connection c;

	ck_assert_msg(bm_resolve(text, &c) == BITMARK_OK, "%s", text);
	return c;
}

START_TEST(literals_are_taken_as_they_are)
{
	char text[BITMARK_CONNECTION_TEXT_MAX];
	struct bitmark_connection c = resolved(" 127.0.0.1 : 2136 ");

	bitmark_connection_to_text(&c, text);
	ck_assert_str_eq(text, "127.0.0.1:2136");
	c = resolved("[::1]:2136");
	bitmark_connection_to_text(&c, text);
	ck_assert_str_eq(text, "[::1]:2136");
}
END_TEST

START_TEST(names_are_looked_up)
{
	ck_assert_uint_eq(resolved("localhost:2136").port, 2136);
	ck_assert_uint_eq(resolved(" localhost : 2136 ").port, 2136);
}
END_TEST

START_TEST(texts_that_are_no_address_are_refused)
{
	static const char *const texts[] = { "", ":", ":2136", "*:2136",
		"::1:2136", "a:b:2136", "[::1:2136", "[]:2136" };
	struct bitmark_connection c;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		ck_assert_msg(bm_resolve(texts[i], &c) ==
		    BITMARK_E_IP_ADDRESS, "'%s'", texts[i]);
}
END_TEST

START_TEST(a_port_that_is_missing_is_told)
{
	static const char *const texts[] = { "localhost", "127.0.0.1", "[::1]" };
	struct bitmark_connection c;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		ck_assert_msg(bm_resolve(texts[i], &c) == BITMARK_E_NO_PORT,
		    "'%s'", texts[i]);
}
END_TEST

START_TEST(texts_that_are_no_port_are_refused)
{
	static const char *const texts[] = { "localhost:", "localhost:0",
		"localhost:65536", "localhost:x", "127.0.0.1:",
		"localhost:1111111111111111111111111111111111111111111111111" };
	struct bitmark_connection c;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		ck_assert_msg(bm_resolve(texts[i], &c) == BITMARK_E_PORT,
		    "'%s'", texts[i]);
}
END_TEST

START_TEST(a_very_long_name_is_refused)
{
	char text[2000];
	struct bitmark_connection c;

	memset(text, 'a', sizeof text);
	memcpy(text + sizeof text - 6, ":2136", 6);
	ck_assert_int_eq(bm_resolve(text, &c), BITMARK_E_IP_ADDRESS);
}
END_TEST

START_TEST(a_message_is_a_copy)
{
	static const size_t sizes[] = { 0, 1, BM_BUDGET_SMALL,
		BM_BUDGET_SMALL + 1, 5000 };
	struct bm_budget *budget;
	uint8_t bytes[5000];
	zmq_msg_t message;

	ck_assert_int_eq(bm_budget_new(&budget, 10000), BITMARK_OK);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		memset(bytes, 7, sizeof bytes);
		ck_assert_int_eq(bm_budget_message(budget,
		    (struct bitmark_span){ bytes, sizes[i] }, &message),
		    BITMARK_OK);
		memset(bytes, 8, sizeof bytes);
		ck_assert_uint_eq(zmq_msg_size(&message), sizes[i]);
		for (size_t k = 0; k < sizes[i]; k++)
			ck_assert_uint_eq(((uint8_t *)zmq_msg_data(
			    &message))[k], 7);
		zmq_msg_close(&message);
	}
	bm_budget_free(budget);
}
END_TEST

START_TEST(a_budget_that_is_used_up_is_free_again_after_closing)
{
	const struct bitmark_span bytes = { calloc(1, 6000), 6000 };
	const struct bitmark_span small = { bytes.data, BM_BUDGET_SMALL };
	struct bm_budget *budget;
	zmq_msg_t first, second;

	ck_assert_int_eq(bm_budget_new(&budget, 10000), BITMARK_OK);
	ck_assert_int_eq(bm_budget_message(budget, bytes, &first),
	    BITMARK_OK);
	ck_assert_int_eq(bm_budget_message(budget, bytes, &second),
	    BITMARK_E_BUSY);
	ck_assert_int_eq(bm_budget_message(budget, small, &second),
	    BITMARK_OK);
	zmq_msg_close(&second);
	zmq_msg_close(&first);
	ck_assert_int_eq(bm_budget_message(budget, bytes, &second),
	    BITMARK_OK);
	zmq_msg_close(&second);
	bm_budget_free(budget);
	free((void *)(uintptr_t)bytes.data);
}
END_TEST

START_TEST(one_part_of_a_budget_leaves_as_much_to_the_others)
{
	const struct bitmark_span bytes = { calloc(1, 1000), 1000 };
	struct bm_budget *budget;
	zmq_msg_t held[10], more;
	size_t count = 0;

	ck_assert_int_eq(bm_budget_new(&budget, 10000), BITMARK_OK);
	while (count < 10 && bm_budget_share(budget, 3, bytes,
	    &held[count]) == BITMARK_OK)
		count++;
	ck_assert_uint_eq(count, 5);
	for (size_t part = 4; part < 6; part++)
		while (count < 10 && bm_budget_share(budget, part, bytes,
		    &held[count]) == BITMARK_OK)
			count++;
	ck_assert_uint_eq(count, 8);            /* 5, 2 and 1 of them */
	while (count > 0)
		zmq_msg_close(&held[--count]);
	ck_assert_int_eq(bm_budget_share(budget, 3, bytes, &more),
	    BITMARK_OK);
	zmq_msg_close(&more);
	bm_budget_free(budget);
	free((void *)(uintptr_t)bytes.data);
}
END_TEST

START_TEST(a_message_may_outlive_its_budget)
{
	static const uint8_t bytes[2000];
	struct bm_budget *budget;
	zmq_msg_t message;

	ck_assert_int_eq(bm_budget_new(&budget, 10000), BITMARK_OK);
	ck_assert_int_eq(bm_budget_message(budget,
	    (struct bitmark_span){ bytes, sizeof bytes }, &message),
	    BITMARK_OK);
	bm_budget_free(budget);
	zmq_msg_close(&message);
	bm_budget_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net");
	TCase *tc = tcase_create("parts");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, errors_of_libzmq_have_a_status);
	tcase_add_test(tc, an_option_is_not_set_after_an_error);
	tcase_add_test(tc, literals_are_taken_as_they_are);
	tcase_add_test(tc, names_are_looked_up);
	tcase_add_test(tc, texts_that_are_no_address_are_refused);
	tcase_add_test(tc, a_port_that_is_missing_is_told);
	tcase_add_test(tc, texts_that_are_no_port_are_refused);
	tcase_add_test(tc, a_very_long_name_is_refused);
	tcase_add_test(tc, a_message_is_a_copy);
	tcase_add_test(tc,
	    a_budget_that_is_used_up_is_free_again_after_closing);
	tcase_add_test(tc,
	    one_part_of_a_budget_leaves_as_much_to_the_others);
	tcase_add_test(tc, a_message_may_outlive_its_budget);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
