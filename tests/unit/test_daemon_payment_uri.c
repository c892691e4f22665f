/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* URIs of payments, as BIP 21 has them. */
#include "../support/vectors.h"

#include <stdio.h>
#include <string.h>

#include "shared/payment_uri.h"

#define ID "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" \
	"202122232425262728292a2b2c2d2e2f"

static struct bitmark_payment payment = {
	.address = "mwgEoqndQQQMQnZMEXgw6kBeUxBNi2FAK8"
};
static uint8_t pay_id[BITMARK_PAY_ID_SIZE];

static void
setup(void)
{
	for (size_t i = 0; i < sizeof pay_id; i++)
		pay_id[i] = (uint8_t)i;
}

START_TEST(amounts_are_coins_without_zeros_at_the_end)
{
	static const struct {
		uint64_t amount;
		const char *coins;
	} cases[] = { { 0, "0" }, { 1, "0.00000001" }, { 20000, "0.0002" },
		{ 100000000, "1" }, { 2050000000, "20.5" },
		{ UINT64_MAX, "184467440737.09551615" } };
	char uri[PAYMENT_URI_MAX], wanted[PAYMENT_URI_MAX];

	payment.currency = BITMARK_CURRENCY_BITCOIN;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		payment.amount = cases[i].amount;
		snprintf(wanted, sizeof wanted,
		    "bitcoin:mwgEoqndQQQMQnZMEXgw6kBeUxBNi2FAK8?amount=%s"
		    "&label=Bitmark&message=" ID, cases[i].coins);
		ck_assert_str_eq(payment_uri(&payment, pay_id, uri), wanted);
	}
}
END_TEST

START_TEST(a_currency_has_its_scheme)
{
	char uri[PAYMENT_URI_MAX];

	payment.currency = BITMARK_CURRENCY_LITECOIN;
	(void)payment_uri(&payment, pay_id, uri);
	ck_assert_ptr_eq(strstr(uri, "litecoin:mwgE"), uri);
}
END_TEST

START_TEST(the_longest_uri_is_whole)
{
	char uri[PAYMENT_URI_MAX];
	struct bitmark_payment longest = {
		.currency = BITMARK_CURRENCY_LITECOIN, .amount = UINT64_MAX };

	memset(longest.address, 'm', BITMARK_ADDRESS_TEXT_MAX);
	(void)payment_uri(&longest, pay_id, uri);
	ck_assert_ptr_nonnull(strstr(uri, "&message=" ID));
}
END_TEST

START_TEST(the_script_is_op_return_and_the_pay_id)
{
	char script[PAYMENT_SCRIPT_TEXT];

	ck_assert_str_eq(payment_script(pay_id, script), "6a30" ID);
	ck_assert_uint_eq(strlen(script), 100);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("URIs of payments");
	TCase *tc = tcase_create("uri");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, amounts_are_coins_without_zeros_at_the_end);
	tcase_add_test(tc, a_currency_has_its_scheme);
	tcase_add_test(tc, the_longest_uri_is_whole);
	tcase_add_test(tc, the_script_is_op_return_and_the_pay_id);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
