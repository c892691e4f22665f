/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Payments in blocks of a currency: a block of Litecoin Core 0.21, and blocks
 * that are odd, broken or hostile.
 */
#include "../support/vectors.h"

#include <bitmarkpeer/codec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "payment.h"
#include "payment_json.h"

#define HASH_A "00000000000000000000000000000000000000000000000000000000000000aa"
#define ID_48 "abababababababababababababababababababababababababababababababab" \
	"abababababababababababababababab"
#define SCRIPT "6a30" ID_48
#define TEXT_MAX (1024 * 1024)

/* The last payment that was told, and how many. */
static struct bitmark_payment got[BITMARK_PAID_MAX];
static struct bitmark_paid paid;
static uint8_t pay_id[BITMARK_PAY_ID_SIZE];
static unsigned told;
static struct payment_oddities odd;
static bitmark_status answer;

static bitmark_status
take(void *user, const struct payment *p)
{
	(void)user;
	ck_assert_uint_le(p->paid.count, BITMARK_PAID_MAX);
	memcpy(got, p->paid.output, p->paid.count * sizeof got[0]);
	memcpy(pay_id, p->pay_id, sizeof pay_id);
	paid = p->paid;
	told++;
	return answer;
}

static bitmark_status
read_text(const char *text, size_t size)
{
	told = 0;
	answer = BITMARK_OK;
	memset(&odd, 0, sizeof odd);
	return payment_each(text, size, BITMARK_CURRENCY_LITECOIN, take, NULL,
	    &odd);
}

/* One transaction behind a coinbase, with these outputs. */
static void
read_outputs(const char *outputs)
{
	char *text = malloc(TEXT_MAX);
	struct payment_head head;
	int size = snprintf(text, TEXT_MAX, "{\"hash\":\"" HASH_A "\","
	    "\"confirmations\":7,\"height\":5,\"time\":1600000000,\"tx\":["
	    "{\"txid\":\"" HASH_A "\",\"vout\":[]},{\"txid\":\"" HASH_A "\","
	    "\"vout\":[%s]}]}", outputs);

	ck_assert_int_lt(size, TEXT_MAX);
	ck_assert(payment_head_read(text, (size_t)size, &head));
	ck_assert_int_eq(read_text(text, (size_t)size), BITMARK_OK);
	free(text);
}

#define TO(value, address) "{\"value\":" value ",\"scriptPubKey\":{\"hex\":" \
	"\"76\",\"address\":\"" address "\"}}"
#define RETURN(hex_) "{\"value\":0.00000000,\"scriptPubKey\":{\"hex\":\"" \
	hex_ "\",\"type\":\"nulldata\"}}"

START_TEST(a_block_of_litecoind_is_read)
{
	struct payment_head head;
	size_t size;
	char *text = (char *)data_file("payment/block.json", &size);

	ck_assert(payment_head_read(text, size, &head));
	ck_assert_uint_eq(head.height, 102);
	ck_assert_int_eq(head.confirmations, 1);
	ck_assert_uint_eq(head.time_s, 1796052429);
	ck_assert_str_eq(head.hash, "8bec0f1f68161e349eed2adc85a85172"
	    "ffd36303c2d180c9c035a84af3c96b3f");
	ck_assert_str_eq(head.previous, "dc23d8fd8fe1451e4de4957ac76980e5"
	    "0b970055f2f8644c14f6c20eb5224e59");
	ck_assert_str_eq(head.next, "");
	ck_assert_int_eq(read_text(text, size), BITMARK_OK);
	ck_assert_uint_eq(told, 1);
	assert_hex(pay_id, sizeof pay_id, ID_48, "pay id");
	/* The change goes to an address that is longer than those of Bitmark. */
	ck_assert_uint_eq(paid.count, 1);
	ck_assert_int_eq(paid.currency, BITMARK_CURRENCY_LITECOIN);
	ck_assert_str_eq(got[0].address, "mwgEoqndQQQMQnZMEXgw6kBeUxBNi2FAK8");
	ck_assert_uint_eq(got[0].amount, 200000);
	free(text);
}
END_TEST

START_TEST(S_24_a_block_that_left_the_chain_has_less_than_0_confirmations)
{
	struct payment_head head;
	size_t size;
	char *text = (char *)data_file("payment/stale.json", &size);

	ck_assert(payment_head_read(text, size, &head));
	ck_assert_int_eq(head.confirmations, -1);
	ck_assert_str_ne(head.previous, "");
	free(text);
}
END_TEST

START_TEST(a_block_that_was_cut_off_anywhere_is_none)
{
	struct payment_head head;
	size_t size;
	char *text = (char *)data_file("payment/block.json", &size);

	while (text[size - 1] != '}')
		size--;
	for (size_t cut = 0; cut < size; cut++) {
		char *part = malloc(cut + 1);

		memcpy(part, text, cut);
		ck_assert(!payment_head_read(part, cut, &head));
		ck_assert_int_eq(read_text(part, cut), BITMARK_E_JSON);
		free(part);
	}
	free(text);
}
END_TEST

START_TEST(S_21_outputs_to_one_address_are_summed)
{
	read_outputs(TO("0.00010000", "mA") "," RETURN(SCRIPT) ","
	    TO("1.5", "mB") "," TO("0.00010001", "mA"));
	ck_assert_uint_eq(told, 1);
	ck_assert_uint_eq(paid.count, 2);
	ck_assert_str_eq(got[0].address, "mA");
	ck_assert_uint_eq(got[0].amount, 20001);
	ck_assert_str_eq(got[1].address, "mB");
	ck_assert_uint_eq(got[1].amount, 150000000);
}
END_TEST

START_TEST(S_21_a_pay_id_is_48_bytes_and_nothing_else)
{
	static const char *const none[] = {
		"6a30", "6a30ab", "6a30" ID_48 "ab", "6a2f" ID_48,
		"6a4c30" ID_48, "6a30zb" "abababababababababababababababababab"
		"abababababababababababababababababababababababababababababab"
	};
	char text[4096];

	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		snprintf(text, sizeof text, "{\"value\":0,\"scriptPubKey\":{"
		    "\"hex\":\"%s\"}}," TO("1.0", "mA"), none[i]);
		read_outputs(text);
		ck_assert_msg(told == 0, "%s", none[i]);
	}
	read_outputs(RETURN("6A30" "ABABABABABABABABABABABABABABABABABABABABABAB"
	    "ABABABABABABABABABABABABABABABABABABABABABABABABABAB") ","
	    TO("1", "mA"));
	ck_assert_uint_eq(told, 1);
	assert_hex(pay_id, sizeof pay_id, ID_48, "pay id in capitals");
}
END_TEST

START_TEST(of_two_pay_ids_the_last_one_counts)
{
	static const char other[] = "6a30"
	    "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
	    "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd";
	char text[2048];

	snprintf(text, sizeof text, "{\"scriptPubKey\":{\"hex\":\"%s\"}},"
	    RETURN(SCRIPT) "," TO("1", "mA"), other);
	read_outputs(text);
	assert_hex(pay_id, sizeof pay_id, ID_48, "the last one");
}
END_TEST

START_TEST(S_24_address_and_addresses_are_both_read)
{
	read_outputs(RETURN(SCRIPT) ",{\"value\":0.1,\"scriptPubKey\":{"
	    "\"hex\":\"76\",\"addresses\":[\"mOld\"]}}," TO("0.2", "mNew")
	    ",{\"value\":0.3,\"scriptPubKey\":{\"addresses\":[\"mX\",\"mY\"],"
	    "\"hex\":\"76\"}},{\"value\":0.4,\"scriptPubKey\":{"
	    "\"addresses\":[]}},{\"value\":0.5,\"scriptPubKey\":{"
	    "\"addresses\":null}}");
	ck_assert_uint_eq(paid.count, 2);
	ck_assert_str_eq(got[0].address, "mOld");
	ck_assert_uint_eq(got[0].amount, 10000000);
	ck_assert_str_eq(got[1].address, "mNew");
}
END_TEST

START_TEST(amounts_are_exact)
{
	static const struct {
		const char *text;
		uint64_t amount;
	} good[] = {
		{ "0.00000001", 1 }, { "1", 100000000 },
		{ "20999999.97690000", 2099999997690000 },
		{ "83999999.99999999", 8399999999999999 },
		{ "90071992.54740993", 9007199254740993 },
		{ "184467440737.09551615", UINT64_MAX },
		{ "0.1", 10000000 }, { "0.29", 29000000 },
	};
	static const char *const bad[] = { "-0.1", "1e-4", "1E5",
		"0.000000001", "184467440737.09551616", "184467440738",
		"99999999999999999999999999", "\"0.1\"", "null", "[1]",
		"{\"a\":1}", "true" };
	char text[1024];

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		snprintf(text, sizeof text, RETURN(SCRIPT) ",{\"value\":%s,"
		    "\"scriptPubKey\":{\"address\":\"mA\"}}", good[i].text);
		read_outputs(text);
		ck_assert_msg(told == 1 && got[0].amount == good[i].amount,
		    "%s", good[i].text);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(text, sizeof text, RETURN(SCRIPT) ",{\"value\":%s,"
		    "\"scriptPubKey\":{\"address\":\"mA\"}}", bad[i]);
		read_outputs(text);
		ck_assert_msg(told == 0 && odd.without_amount == 1, "%s",
		    bad[i]);
	}
}
END_TEST

START_TEST(a_sum_that_overflows_is_no_payment)
{
	read_outputs(RETURN(SCRIPT) "," TO("184467440737.09551615", "mA") ","
	    TO("0.00000001", "mA"));
	ck_assert_uint_eq(told, 0);
	ck_assert_uint_eq(odd.overflow, 1);
}
END_TEST

/* ${count} addresses, each twice. */
static void
read_many(unsigned count)
{
	char *text = malloc(TEXT_MAX);
	int used = snprintf(text, TEXT_MAX, "%s", RETURN(SCRIPT));

	for (unsigned i = 0; i < 2 * count; i++)
		used += snprintf(text + used, TEXT_MAX - (size_t)used,
		    ",{\"value\":0.5,\"scriptPubKey\":{\"address\":\"m%u\"}}",
		    i % count);
	read_outputs(text);
	free(text);
}

START_TEST(sixty_four_addresses_are_the_most)
{
	read_many(BITMARK_PAID_MAX);
	ck_assert_uint_eq(told, 1);
	ck_assert_uint_eq(paid.count, BITMARK_PAID_MAX);
	ck_assert_uint_eq(got[BITMARK_PAID_MAX - 1].amount, 100000000);
	read_many(BITMARK_PAID_MAX + 1);
	ck_assert_uint_eq(told, 0);
	ck_assert_uint_eq(odd.many_addresses, 1);
}
END_TEST

START_TEST(new_coins_are_no_payment)
{
	static const char text[] = "{\"tx\":[{\"txid\":\"" HASH_A "\",\"vout\":["
	    RETURN(SCRIPT) "," TO("50.0", "mA") "]}]}";

	ck_assert_int_eq(read_text(text, strlen(text)), BITMARK_OK);
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(other_forms_of_a_transaction_are_passed_over)
{
	static const char text[] = "{\"tx\":[{},\"" HASH_A "\",5,null,[],"
	    "{\"vout\":{}},{\"vout\":[7,[],{\"scriptPubKey\":[]}]},"
	    "{\"txid\":\"xyz\",\"vout\":[" RETURN(SCRIPT) ","
	    TO("1.0", "mA") "]},{\"txid\":\"" HASH_A "\",\"vout\":["
	    RETURN(SCRIPT) "," TO("1.0", "m\\u0041") "]}]}";

	ck_assert_int_eq(read_text(text, strlen(text)), BITMARK_OK);
	ck_assert_uint_eq(told, 0);
	ck_assert_uint_eq(odd.without_amount, 1);
}
END_TEST

START_TEST(heads_that_lack_something_are_none)
{
	static const char *const bad[] = { "", "{}", "[]", "null", "{\"hash\":\""
	    HASH_A "\",\"confirmations\":7,\"height\":5,\"time\":1,\"tx\":{}}",
	    "{\"hash\":\"aa\",\"confirmations\":7,\"height\":5,\"time\":1,"
	    "\"tx\":[]}", "{\"hash\":\"" HASH_A "\",\"confirmations\":7.5,"
	    "\"height\":5,\"time\":1,\"tx\":[]}", "{\"hash\":\"" HASH_A "\","
	    "\"confirmations\":7,\"height\":-5,\"time\":1,\"tx\":[]}",
	    "{\"hash\":\"" HASH_A "\",\"confirmations\":7,\"height\":"
	    "99999999999999999999,\"time\":1,\"tx\":[]}" };
	struct payment_head head;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!payment_head_read(bad[i], strlen(bad[i]),
		    &head), "%s", bad[i]);
}
END_TEST

START_TEST(garbled_json_is_no_block)
{
	static const char *const bad[] = { "{\"a\":1,}", "{,}", "{\"a\" 1}",
		"{\"a\":1 \"b\":2}", "{\"a\":[1,]}", "{\"a\":[1 2]}",
		"{\"a\":tru}", "{\"a\":-}", "{\"a\":1.}", "{\"a\":1e}",
		"{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\n\"}",
		"{\"a\":1}}", "{\"a\":1}x", "{a:1}", "{\"a\":}" };
	static const char good[] = " { \"a\" : [ 1 , -2.5e+3, \"\\u00e4\\\"\" ]"
	    ", \"tx\": [ {} , { } ] , \"b\": { } } \r\n";
	const size_t depth = 100000;
	char *deep = malloc(depth + 8);

	ck_assert_int_eq(read_text(good, strlen(good)), BITMARK_OK);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(read_text(bad[i], strlen(bad[i])) ==
		    BITMARK_E_JSON, "%s", bad[i]);
	memcpy(deep, "{\"tx\":", 6);
	memset(deep + 6, '[', depth);
	ck_assert_int_eq(read_text(deep, depth + 6), BITMARK_E_JSON);
	free(deep);
}
END_TEST

START_TEST(the_first_refusal_of_a_payment_ends_the_block)
{
	static const char text[] = "{\"tx\":[{},{\"txid\":\"" HASH_A
	    "\",\"vout\":[" RETURN(SCRIPT) "," TO("1.0", "mA") "]},{\"txid\":\""
	    HASH_A "\",\"vout\":[" RETURN(SCRIPT) "," TO("1.0", "mA") "]}]}";

	ck_assert_int_eq(read_text(text, strlen(text)), BITMARK_OK);
	ck_assert_uint_eq(told, 2);
	told = 0;
	answer = BITMARK_E_STOPPED;
	ck_assert_int_eq(payment_each(text, strlen(text),
	    BITMARK_CURRENCY_BITCOIN, take, NULL, &odd), BITMARK_E_STOPPED);
	ck_assert_uint_eq(told, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("payments in blocks");
	TCase *tc = tcase_create("blocks");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_block_of_litecoind_is_read);
	tcase_add_test(tc,
	    S_24_a_block_that_left_the_chain_has_less_than_0_confirmations);
	tcase_add_test(tc, a_block_that_was_cut_off_anywhere_is_none);
	tcase_add_test(tc, S_21_outputs_to_one_address_are_summed);
	tcase_add_test(tc, S_21_a_pay_id_is_48_bytes_and_nothing_else);
	tcase_add_test(tc, of_two_pay_ids_the_last_one_counts);
	tcase_add_test(tc, S_24_address_and_addresses_are_both_read);
	tcase_add_test(tc, amounts_are_exact);
	tcase_add_test(tc, a_sum_that_overflows_is_no_payment);
	tcase_add_test(tc, sixty_four_addresses_are_the_most);
	tcase_add_test(tc, new_coins_are_no_payment);
	tcase_add_test(tc, other_forms_of_a_transaction_are_passed_over);
	tcase_add_test(tc, heads_that_lack_something_are_none);
	tcase_add_test(tc, garbled_json_is_no_block);
	tcase_add_test(tc, the_first_refusal_of_a_payment_ends_the_block);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
