/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The rate at which each client of the client RPC may ask. */
#include "../support/vectors.h"

#include <string.h>

#include "rpc_rate.h"

#define START_MS 1000000

static struct rpc_rate rate;

static void
set_v4(uint8_t address[16], unsigned last)
{
	static const uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff,
		192, 0, 2 };

	memcpy(address, mapped, 16);
	address[14] = (uint8_t)(last >> 8);
	address[15] = (uint8_t)last;
}

START_TEST(a_burst_then_a_wait_then_refusal)
{
	uint8_t a[16];

	memset(&rate, 0, sizeof rate);
	set_v4(a, 1);
	ck_assert_uint_eq(rpc_rate_take(&rate, a, 200, START_MS), 0);
	ck_assert_uint_eq(rpc_rate_take(&rate, a, 1, START_MS), 10);
	ck_assert_uint_eq(rpc_rate_take(&rate, a, 199, START_MS), 2000);
	ck_assert_uint_eq(rpc_rate_take(&rate, a, 1, START_MS),
	    RPC_RATE_REFUSED);
	/* A refusal takes nothing. */
	ck_assert_uint_eq(rpc_rate_take(&rate, a, 1, START_MS + 10), 2000);
	ck_assert_uint_eq(rpc_rate_take(&rate, a, 1, START_MS + 3000), 0);
	/* Long ago: full, and no more than that. */
	ck_assert_uint_eq(rpc_rate_take(&rate, a, 200, START_MS + 900000), 0);
	ck_assert_uint_eq(rpc_rate_take(&rate, a, 1, START_MS + 900000), 10);
}
END_TEST

START_TEST(each_address_has_its_own_and_a_network_of_ipv6_one)
{
	uint8_t a[16], b[16] = { 0x20, 0x01, 0x0d, 0xb8 };

	memset(&rate, 0, sizeof rate);
	for (unsigned i = 0; i < 100; i++) {
		set_v4(a, i);
		ck_assert_uint_eq(rpc_rate_take(&rate, a, 200, START_MS), 0);
	}
	set_v4(a, 0);
	ck_assert_uint_eq(rpc_rate_take(&rate, a, 100, START_MS), 1000);
	ck_assert_uint_eq(rpc_rate_take(&rate, b, 200, START_MS), 0);
	b[15] = 1;
	ck_assert_uint_eq(rpc_rate_take(&rate, b, 1, START_MS), 10);
	b[8] = 1;
	ck_assert_uint_eq(rpc_rate_take(&rate, b, 1, START_MS), 20);
	b[7] = 1;
	ck_assert_uint_eq(rpc_rate_take(&rate, b, 1, START_MS), 0);
}
END_TEST

/* More addresses than there is room for: nobody is refused for another, and the
 * one that waits is not forgotten for those that come once. */
START_TEST(many_addresses_take_only_the_places_of_the_idle)
{
	uint8_t a[16], busy[16];

	memset(&rate, 0, sizeof rate);
	set_v4(busy, 0);
	ck_assert_uint_eq(rpc_rate_take(&rate, busy, 200, START_MS), 0);
	for (unsigned i = 1; i < 20000; i++) {
		set_v4(a, i);
		ck_assert_uint_eq(rpc_rate_take(&rate, a, 1, START_MS), 0);
	}
	ck_assert_uint_eq(rpc_rate_take(&rate, busy, 1, START_MS), 10);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon_rpc_rate");
	TCase *tc = tcase_create("daemon_rpc_rate");

	tcase_add_test(tc, a_burst_then_a_wait_then_refusal);
	tcase_add_test(tc,
	    each_address_has_its_own_and_a_network_of_ipv6_one);
	tcase_add_test(tc, many_addresses_take_only_the_places_of_the_idle);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
