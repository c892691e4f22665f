/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Searching payments over HTTP, at a server that plays the daemons of both
 * currencies and misbehaves in several ways.
 */
#include "../support/loopback.h"
#include "../support/rest.h"
#include "../support/vectors.h"

#include <bitmarkpeer/os.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "payment_watch.h"

#ifndef WITH_libcurl

/* There is nothing to test but that it says so. */
START_TEST(a_build_without_libcurl_says_so)
{
	struct payment_watch_config config = { .confirmations = 1 };
	struct payment_watch *watch;

	ck_assert_ptr_nonnull(payment_watch_open(&watch, &config));
	ck_assert_ptr_null(watch);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("payments over HTTP");
	TCase *tc = tcase_create("none");

	tcase_add_test(tc, a_build_without_libcurl_says_so);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

#else

/* Of a test: a server that is silent is given up. */
#define SILENCE_S 1
#define ADDRESS "mwgEoqndQQQMQnZMEXgw6kBeUxBNi2FAK8"
#define ANSWER_MAX ((size_t)256 * 1024)
/* A bound for waits that a test fails at. */
#define WAIT_MS 60000

enum { BTC, LTC };

static struct rest *rest;
static struct payment_watch *watch;
static struct payment_watch_config config;
static char url[3][64], position_file[64];
static unsigned told[BITMARK_CURRENCY_COUNT];
static char log_text[8192];

/* A payment_deliver_fn. */
static bitmark_status
deliver(void *user, const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, bool *verified)
{
	(void)user;
	ck_assert_uint_eq(pay_id[0], 0xab);
	ck_assert_uint_eq(paid->count, 1);
	ck_assert_str_eq(paid->output[0].address, ADDRESS);
	ck_assert_uint_eq(paid->output[0].amount, 20000);
	told[paid->currency]++;
	*verified = true;
	return BITMARK_OK;
}

/* A bitmark_log_fn. */
static void
take_line(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t size)
{
	size_t used = strlen(log_text);

	(void)user;
	(void)level;
	ck_assert_str_eq(module, "payment");
	if (used + size + 2 < sizeof log_text)
		snprintf(log_text + used, sizeof log_text - used, "%s\n", line);
}

static unsigned
lines_with(const char *text)
{
	unsigned count = 0;

	for (const char *at = log_text; (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}

static void
setup(void)
{
	rest = rest_start(bitmark_clock_wall_s());
	snprintf(url[BTC], sizeof url[BTC], "http://127.0.0.1:%u/bitcoin",
	    rest_port(rest));
	snprintf(url[LTC], sizeof url[LTC], "http://127.0.0.1:%u/litecoin",
	    rest_port(rest));
	snprintf(position_file, sizeof position_file, "/tmp/payments.%ld",
	    (long)getpid());
	unlink(position_file);
	memset(told, 0, sizeof told);
	log_text[0] = '\0';
	config = (struct payment_watch_config){
		.source = { { NULL, NULL }, { url[BTC], "regtest" },
		    { url[LTC], "regtest" } },
		.confirmations = 3, .interval_ms = 100,
		.look_back_s = 72 * 3600, .position_file = position_file,
		.deliver = deliver, .env.log = take_line,
		.silence_s = SILENCE_S, .size_max = ANSWER_MAX };
	ck_assert_ptr_null(payment_watch_open(&watch, &config));
}

static void
teardown(void)
{
	payment_watch_close(watch);
	rest_stop(rest);
	unlink(position_file);
}

static void
mine_payment(unsigned chain, unsigned more)
{
	static const char script[] = "6a30"
	    "abababababababababababababababababababababababab"
	    "abababababababababababababababababababababababab";
	struct played *p = rest_take(rest, chain);

	(void)played_mine(p, played_payment(script, ADDRESS, "0.00020000"));
	played_mine_many(p, more);
	rest_give(rest);
}

/* One wait and what it brings. */
static void
go_on(void)
{
	struct pollfd items[PAYMENT_FETCH_ITEMS];
	const uint64_t now_ms = bitmark_clock_ms();
	uint64_t until_ms = now_ms + 250;
	size_t count = payment_watch_items(watch, items, &until_ms);

	ck_assert_int_ge(poll(items, (nfds_t)count, until_ms > now_ms ?
	    (int)(until_ms - now_ms) : 0), 0);
	payment_watch_serve(watch, items, count);
}

static struct payment_watch_status
status_of(unsigned chain)
{
	struct payment_watch_status s;

	payment_watch_tell(watch, (enum bitmark_currency)(chain + 1), &s);
	return s;
}

/* Until the currency has told as many payments. */
static void
await_payments(unsigned chain, unsigned count)
{
	const uint64_t end_ms = bitmark_clock_ms() + WAIT_MS;

	while (told[chain + 1] < count) {
		ck_assert_uint_lt(bitmark_clock_ms(), end_ms);
		go_on();
	}
	ck_assert_uint_eq(told[chain + 1], count);
}

static void
await_failures(unsigned chain, uint64_t count)
{
	const uint64_t end_ms = bitmark_clock_ms() + WAIT_MS;

	while (status_of(chain).failures < count) {
		ck_assert_uint_lt(bitmark_clock_ms(), end_ms);
		go_on();
	}
}

/* Until a block has been looked through. */
static void
await_height(unsigned chain, uint64_t height)
{
	const uint64_t end_ms = bitmark_clock_ms() + WAIT_MS;

	while (status_of(chain).height != height) {
		ck_assert_uint_lt(bitmark_clock_ms(), end_ms);
		go_on();
	}
}

static void
await_line(const char *text)
{
	const uint64_t end_ms = bitmark_clock_ms() + WAIT_MS;

	while (lines_with(text) == 0) {
		ck_assert_uint_lt(bitmark_clock_ms(), end_ms);
		go_on();
	}
	ck_assert_uint_eq(lines_with(text), 1);
}

START_TEST(payments_of_both_currencies_are_told)
{
	mine_payment(BTC, 2);
	mine_payment(LTC, 1);
	await_payments(BTC, 1);
	ck_assert_uint_eq(told[BITMARK_CURRENCY_LITECOIN], 0);
	mine_payment(LTC, 1);
	await_payments(LTC, 1);
	ck_assert_uint_eq(status_of(BTC).verified, 1);
	await_height(BTC, 1);
	ck_assert_uint_eq(status_of(BTC).tip, 3);
	ck_assert_uint_eq(lines_with("bitcoin: payment of abab"), 1);
	await_line("litecoin: follows the chain regtest");
}
END_TEST

START_TEST(a_connection_serves_many_requests)
{
	for (unsigned i = 0; i < 20; i++)
		mine_payment(BTC, 0);
	mine_payment(BTC, 2);
	await_payments(BTC, 21);
	ck_assert_uint_ge(rest_requests(rest), 22);
	ck_assert_uint_le(rest_connections(rest), 2);
}
END_TEST

START_TEST(answers_have_any_form_that_http_knows)
{
	static const enum rest_kind kinds[] = { REST_CHUNKED, REST_CLOSES,
		REST_PLAIN };

	for (unsigned i = 0; i < 3; i++) {
		rest_behave(rest, BTC, kinds[i]);
		mine_payment(BTC, 2);
		await_payments(BTC, i + 1);
	}
	ck_assert_uint_eq(status_of(BTC).failures, 0);
}
END_TEST

START_TEST(S_23_a_daemon_that_misbehaves_holds_up_nothing)
{
	static const enum rest_kind kinds[] = { REST_SILENT, REST_CUT,
		REST_STOPS, REST_BUSY, REST_GARBAGE, REST_ENDLESS,
		REST_REDIRECTS };

	mine_payment(BTC, 2);
	rest_behave(rest, BTC, kinds[_i]);
	mine_payment(LTC, 2);
	/* The other currency goes on in the meantime. */
	await_payments(LTC, 1);
	await_failures(BTC, 2);
	ck_assert_str_ne(status_of(BTC).reason, "");
	ck_assert_uint_eq(told[BITMARK_CURRENCY_BITCOIN], 0);
	mine_payment(LTC, 2);
	await_payments(LTC, 2);
	rest_behave(rest, BTC, REST_PLAIN);
	await_payments(BTC, 1);
	await_line("bitcoin: works again");
	ck_assert_uint_eq(lines_with("bitcoin: payments cannot be seen"), 1);
	ck_assert_uint_eq(lines_with("litecoin: no payments"), 0);
}
END_TEST

START_TEST(S_23_the_end_waits_for_nobody)
{
	uint64_t start_ms;

	payment_watch_close(watch);
	config.silence_s = 0;
	ck_assert_ptr_null(payment_watch_open(&watch, &config));
	rest_behave(rest, BTC, REST_SILENT);
	rest_behave(rest, LTC, REST_STOPS);
	while (rest_requests(rest) < 2)
		go_on();
	start_ms = bitmark_clock_ms();
	payment_watch_close(watch);
	ck_assert_uint_lt(bitmark_clock_ms() - start_ms, 2000);
	watch = NULL;
}
END_TEST

START_TEST(a_daemon_that_is_not_there_is_told_once)
{
	char address[LOOPBACK_TEXT_SIZE], nobody[64];

	payment_watch_close(watch);
	loopback_free_address(address);
	snprintf(nobody, sizeof nobody, "http://%s/rest", address);
	config.source[1].url = nobody;
	config.source[2].url = NULL;
	ck_assert_ptr_null(payment_watch_open(&watch, &config));
	await_failures(BTC, 4);
	/* libcurl's words; some releases say "Could not". */
	ck_assert_uint_eq(lines_with("bitcoin: payments cannot be seen: "
	    "Could"), 1);
	ck_assert_uint_eq(lines_with("connect to server"), 1);
	ck_assert(!status_of(LTC).is_on);
	ck_assert(status_of(BTC).is_on);
}
END_TEST

START_TEST(positions_outlive_the_program)
{
	unsigned requests;

	for (unsigned i = 0; i < 50; i++)
		mine_payment(BTC, 0);
	mine_payment(BTC, 2);
	mine_payment(LTC, 2);
	await_payments(BTC, 51);
	await_payments(LTC, 1);
	await_height(BTC, 51);
	await_height(LTC, 1);
	payment_watch_close(watch);
	/* The other one keeps its place while it is left out. */
	config.source[2].url = NULL;
	ck_assert_ptr_null(payment_watch_open(&watch, &config));
	requests = rest_requests(rest);
	mine_payment(BTC, 2);
	await_payments(BTC, 52);
	payment_watch_close(watch);
	ck_assert_uint_le(rest_requests(rest) - requests, 12);
	config.source[2].url = url[LTC];
	ck_assert_ptr_null(payment_watch_open(&watch, &config));
	ck_assert_uint_eq(status_of(LTC).height, 1);
	ck_assert_uint_eq(status_of(BTC).height, 54);
}
END_TEST

START_TEST(a_file_of_positions_that_is_garbled_is_none)
{
	static const char *const bad[] = { "", "\n\n", "bitcoin\n",
		"bitcoin x y\n", "bitcoin 5 abc\n", "dogecoin 1 00\n",
		("bitcoin -1 00000000000000000000000000000000"
		"000000000000000000000000000000001\n") };

	payment_watch_close(watch);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ck_assert_int_eq(bitmark_file_replace(position_file, 0600,
		    bad[i], strlen(bad[i])), BITMARK_OK);
		ck_assert_ptr_null(payment_watch_open(&watch, &config));
		ck_assert_uint_eq(status_of(BTC).height, 0);
		mine_payment(BTC, 2);
		await_payments(BTC, (unsigned)(i + 1) * (unsigned)(i + 2) / 2);
		payment_watch_close(watch);
	}
	watch = NULL;
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("payments over HTTP");
	TCase *tc = tcase_create("watch");

	tcase_set_timeout(tc, 240);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, payments_of_both_currencies_are_told);
	tcase_add_test(tc, a_connection_serves_many_requests);
	tcase_add_test(tc, answers_have_any_form_that_http_knows);
	tcase_add_loop_test(tc, S_23_a_daemon_that_misbehaves_holds_up_nothing,
	    0, 7);
	tcase_add_test(tc, S_23_the_end_waits_for_nobody);
	tcase_add_test(tc, a_daemon_that_is_not_there_is_told_once);
	tcase_add_test(tc, positions_outlive_the_program);
	tcase_add_test(tc, a_file_of_positions_that_is_garbled_is_none);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

#endif
