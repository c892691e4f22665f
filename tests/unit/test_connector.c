/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The states of the connector. */
#include "../support/connector_host.h"

#include <string.h>

#define CYCLE_MS BITMARK_CONNECTOR_CYCLE_MS

static struct host_chain theirs;

static void
setup(void)
{
	host_configure(4, 100);
}

/* Four clients that have ${height} blocks, and a cycle later. */
static void
start_with(uint64_t height)
{
	host_chain_make(&theirs, height, height, 0);
	host_open();
	host_all_have(&theirs);
	host_reach_highest_block();
	host_tick(CYCLE_MS);
}

START_TEST(the_defaults_are_those_of_v8_2)
{
	ck_assert_uint_eq(BITMARK_CONNECTOR_CYCLE_MS, 15000);
	ck_assert_uint_eq(BITMARK_CONNECTOR_TIMEOUT_MS, 60000);
	ck_assert_uint_eq(bitmark_rules_8_2()->minimum_clients, 3);
	ck_assert_uint_eq(bitmark_rules_8_2()->dynamic_clients, 10);
	ck_assert_uint_eq(BITMARK_CONNECTOR_CYCLE_BLOCKS, 200);
	ck_assert_uint_eq(BITMARK_CONNECTOR_FORK_PROTECTION, 60);
	ck_assert_uint_eq(bitmark_rules_8_2()->samples, 10);
}
END_TEST

START_TEST(static_clients_are_connected_to_at_once_and_not_waited_for_D_11)
{
	host_open();
	ck_assert_uint_eq(host.connects, 4);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_CONNECTING);
	ck_assert(!host.update->normal);
	ck_assert_uint_eq(host.update->deadline_ms, CYCLE_MS);
}
END_TEST

START_TEST(many_static_clients_are_all_connected_to)
{
	uint8_t keys[100 * BITMARK_PEER_KEY_SIZE];

	for (size_t i = 0; i < sizeof keys; i++)
		keys[i] = (uint8_t)(i / BITMARK_PEER_KEY_SIZE + 1);
	host.config.static_keys = keys;
	host.config.static_count = 100;
	host_open();
	ck_assert_uint_eq(host.connects, 100);
}
END_TEST

START_TEST(ourselves_and_repeated_keys_are_not_connected_to)
{
	memset(host.config.own_key, 2, sizeof host.config.own_key);
	memset((uint8_t *)host.config.static_keys + BITMARK_PEER_KEY_SIZE * 3,
	    1, BITMARK_PEER_KEY_SIZE);
	host_open();
	ck_assert_uint_eq(host.connects, 2);
	ck_assert_ptr_null(bitmark_connector_client_key(host.connector, 1));
	ck_assert_ptr_null(bitmark_connector_client_key(host.connector, 3));
}
END_TEST

START_TEST(with_too_few_clients_it_stays_connecting_and_asks_for_neighbours)
{
	host.config.dynamic = true;
	host_open();
	host_registered(0);
	host_registered(1);
	for (size_t i = 1; i < 10; i++) {
		ck_assert_uint_eq(host.reconnects, i);
		host_tick(CYCLE_MS);
		ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_CONNECTING);
	}
	host_registered(2);
	host_tick(CYCLE_MS);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_HIGHEST_BLOCK);
}
END_TEST

START_TEST(no_more_clients_are_demanded_than_there_can_be)
{
	host_configure(1, 100);
	host_open();
	host_tick(CYCLE_MS);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_CONNECTING);
	host_registered(0);
	host_tick(CYCLE_MS);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_HIGHEST_BLOCK);
}
END_TEST

START_TEST(a_node_that_can_have_no_clients_is_normal)
{
	host_configure(0, 100);
	host_open();
	host_tick(CYCLE_MS);
	ck_assert(host.update->normal);
}
END_TEST

START_TEST(without_any_known_height_it_stays_in_highest_block)
{
	host_open();
	for (size_t i = 0; i < 4; i++)
		host_registered(i);
	host_reach_highest_block();
	host_tick(CYCLE_MS);
	host_tick(CYCLE_MS);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_HIGHEST_BLOCK);
}
END_TEST

START_TEST(equal_chains_cost_nothing)
{
	start_with(100);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_SAMPLING);
	ck_assert(host.update->normal);
	ck_assert_uint_eq(host.digests + host.blocks, 0);
}
END_TEST

START_TEST(lower_chains_are_not_looked_at)
{
	start_with(7);
	ck_assert(host.update->normal);
	ck_assert_uint_eq(host.digests + host.blocks, 0);
}
END_TEST

START_TEST(longer_chains_are_fetched_to_the_end_before_normal)
{
	start_with(500);
	ck_assert(!host.update->normal);
	host_do_all();
	ck_assert_uint_eq(host.own.height, 500);
	ck_assert_mem_eq(host.own.digest[500], theirs.digest[500],
	    BITMARK_DIGEST_SIZE);
	ck_assert(host.update->normal);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_SAMPLING);
	ck_assert_uint_eq(host.blocks, 400);
}
END_TEST

START_TEST(sampling_follows_two_blocks_at_once)
{
	start_with(100);
	host_height(2, 102);
	host_tick(CYCLE_MS);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_FORK_DETECT);
	ck_assert(host.update->normal);
	ck_assert_uint_eq(host_status().source, 2);
}
END_TEST

START_TEST(sampling_follows_one_block_in_the_eleventh_cycle)
{
	start_with(100);
	host_height(2, 101);
	for (int i = 0; i < 10; i++) {
		host_tick(CYCLE_MS);
		ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_SAMPLING);
	}
	host_tick(CYCLE_MS);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_FORK_DETECT);
}
END_TEST

START_TEST(a_normal_node_stays_normal_without_clients_and_asks_for_some)
{
	size_t before;

	host.config.dynamic = true;
	start_with(100);
	ck_assert(!host_status().few_clients);
	for (size_t i = 0; i < 14; i++)
		host_lost(i);
	before = host.reconnects;
	for (int i = 0; i < 5; i++)
		host_tick(CYCLE_MS);
	ck_assert(host.update->normal);
	ck_assert(host_status().few_clients);
	ck_assert_uint_eq(host.reconnects, before + 5);
}
END_TEST

START_TEST(the_height_of_a_lost_client_is_forgotten_D_14)
{
	start_with(100);
	host_height(1, 300);
	ck_assert_uint_eq(host_status().target, 300);
	host_lost(1);
	ck_assert_uint_eq(host_status().target, 100);
	host_registered(1);
	ck_assert_uint_eq(host_status().target, 100);
}
END_TEST

START_TEST(a_claim_that_is_not_served_is_left_out_for_five_minutes_D_59)
{
	struct host_work work;

	start_with(100);
	host_height(3, UINT64_MAX);
	host_tick(CYCLE_MS);
	work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
	ck_assert_uint_eq(work.action.client, 3);
	host_fail(&work, BITMARK_E_BLOCK_NOT_FOUND);
	ck_assert_uint_eq(host_status().aside, 1);
	ck_assert_uint_eq(host_status().target, 100);
	host_tick(CYCLE_MS);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_SAMPLING);
	host_tick(BITMARK_CONNECTOR_ASIDE_MS - CYCLE_MS - 1);
	ck_assert_uint_eq(host_status().aside, 1);
	host_tick(1);
	ck_assert_uint_eq(host_status().target, UINT64_MAX);
}
END_TEST

START_TEST(every_failure_rests_one_cycle_D_13)
{
	struct host_work work;

	start_with(300);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_uint_eq(host.digests, i + 1);
		work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
		host_fail(&work, BITMARK_E_REMOTE);
		ck_assert_int_eq(host_state(),
		    BITMARK_CONNECTOR_HIGHEST_BLOCK);
		ck_assert_uint_eq(host.update->deadline_ms,
		    host.now_ms + CYCLE_MS);
		host_tick(CYCLE_MS - 1);
		ck_assert_uint_eq(host_waiting(BITMARK_CONNECTOR_ACT_FETCH),
		    0);
		host_tick(1);
	}
	ck_assert_uint_eq(host.digests, 4);
	ck_assert_uint_eq(host_status().misled, 4);
}
END_TEST

START_TEST(work_that_is_never_answered_is_given_up)
{
	struct host_work work;

	start_with(300);
	work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
	ck_assert_uint_ne(host.update->deadline_ms, UINT64_MAX);
	host_tick(host.update->deadline_ms - host.now_ms);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_HIGHEST_BLOCK);
	host_do(&work);
	ck_assert_uint_eq(host_status().late, 1);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_HIGHEST_BLOCK);
}
END_TEST

START_TEST(a_stopped_connector_asks_for_nothing)
{
	start_with(100);
	ck_assert(host.update->normal);
	host_step(&(struct bitmark_connector_event){
	    .type = BITMARK_CONNECTOR_EV_STOP });
	ck_assert(!host.update->normal);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_STOPPED);
	ck_assert_uint_eq(host.update->deadline_ms, UINT64_MAX);
	host.work_count = 0;
	host_height(0, 400);
	host_tick(CYCLE_MS);
	ck_assert_uint_eq(host.work_count, 0);
}
END_TEST

START_TEST(events_of_clients_that_do_not_exist_are_ignored)
{
	start_with(100);
	host_registered(4);
	host_height(SIZE_MAX, 1000);
	host_lost(99);
	ck_assert_uint_eq(host_status().target, 100);
}
END_TEST

START_TEST(a_protection_that_does_not_fit_is_refused)
{
	struct bitmark_connector *none;

	host.config.fork_protection = BITMARK_CONNECTOR_WINDOW + 1;
	ck_assert_int_eq(bitmark_connector_new(&none, &host.config),
	    BITMARK_E_ARGUMENT);
	ck_assert_ptr_null(none);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("connector");
	TCase *t = tcase_create("states");

	tcase_add_checked_fixture(t, setup, host_close);
	tcase_add_test(t, the_defaults_are_those_of_v8_2);
	tcase_add_test(t,
	    static_clients_are_connected_to_at_once_and_not_waited_for_D_11);
	tcase_add_test(t, many_static_clients_are_all_connected_to);
	tcase_add_test(t, ourselves_and_repeated_keys_are_not_connected_to);
	tcase_add_test(t,
	    with_too_few_clients_it_stays_connecting_and_asks_for_neighbours);
	tcase_add_test(t, no_more_clients_are_demanded_than_there_can_be);
	tcase_add_test(t, a_node_that_can_have_no_clients_is_normal);
	tcase_add_test(t, without_any_known_height_it_stays_in_highest_block);
	tcase_add_test(t, equal_chains_cost_nothing);
	tcase_add_test(t, lower_chains_are_not_looked_at);
	tcase_add_test(t, longer_chains_are_fetched_to_the_end_before_normal);
	tcase_add_test(t, sampling_follows_two_blocks_at_once);
	tcase_add_test(t, sampling_follows_one_block_in_the_eleventh_cycle);
	tcase_add_test(t,
	    a_normal_node_stays_normal_without_clients_and_asks_for_some);
	tcase_add_test(t, the_height_of_a_lost_client_is_forgotten_D_14);
	tcase_add_test(t,
	    a_claim_that_is_not_served_is_left_out_for_five_minutes_D_59);
	tcase_add_test(t, every_failure_rests_one_cycle_D_13);
	tcase_add_test(t, work_that_is_never_answered_is_given_up);
	tcase_add_test(t, a_stopped_connector_asks_for_nothing);
	tcase_add_test(t, events_of_clients_that_do_not_exist_are_ignored);
	tcase_add_test(t, a_protection_that_does_not_fit_is_refused);
	suite_add_tcase(s, t);
	return run_suite(s);
}
