/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Neighbours and dynamic clients. */
#include "../support/connector_host.h"

#include <string.h>

#define CYCLE_MS BITMARK_CONNECTOR_CYCLE_MS
/* Dynamic clients of v8.2. */
#define SLOTS 10
/* Statics in front of the slots. */
#define STATICS 2

static void
setup(void)
{
	host_configure(STATICS, 100);
	host.config.dynamic = true;
}

/* The client that has key ${number}, or SIZE_MAX. */
static size_t
client_of(uint8_t number)
{
	for (size_t i = 0; i < bitmark_connector_clients(host.connector);
	    i++) {
		const uint8_t *key = bitmark_connector_client_key(
		    host.connector, i);

		if (key != NULL && key[0] == number)
			return i;
	}
	return SIZE_MAX;
}

/* Neighbours from number ${first} on take all slots; they register. */
static void
fill(uint8_t first)
{
	for (uint8_t i = 0; i < SLOTS; i++) {
		host_neighbour((uint8_t)(first + i));
		host_registered(client_of((uint8_t)(first + i)));
	}
}

static struct bitmark_connection
address_for(const uint8_t *list, size_t size)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	memset(key, 77, sizeof key);
	host.work_count = 0;
	host_step(&(struct bitmark_connector_event){
	    .type = BITMARK_CONNECTOR_EV_NEIGHBOUR,
	    .key = { key, sizeof key }, .connections = { list, size } });
	return host_take(BITMARK_CONNECTOR_ACT_CONNECT).action.address;
}

#define V4 7, 8, 88, 10, 0, 0, 1
#define V6 19, 8, 89, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5

START_TEST(ipv4_is_used_unless_ipv6_is_preferred)
{
	const uint8_t list[] = { V6, V4 };
	struct bitmark_connection address;

	host.config.prefer_ipv6 = _i != 0;
	host_open();
	address = address_for(list, sizeof list);
	ck_assert_int_eq(bitmark_connection_is_v4(&address), _i == 0);
}
END_TEST

START_TEST(all_usable_addresses_are_told_the_preferred_family_first)
{
	const uint8_t list[] = { V6, V4, 7, 0, 1, 0, 0, 0, 0, 7, 8, 90, 10, 0,
	    0, 2 };
	static const uint16_t ports[2][3] = { { 0x858, 0x85a, 0x859 },
	    { 0x859, 0x858, 0x85a } };
	struct bitmark_connector_action action;
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	host.config.prefer_ipv6 = _i != 0;
	host_open();
	memset(key, 77, sizeof key);
	host.work_count = 0;
	host_step(&(struct bitmark_connector_event){
	    .type = BITMARK_CONNECTOR_EV_NEIGHBOUR,
	    .key = { key, sizeof key }, .connections = { list, sizeof list }
	    });
	action = host_take(BITMARK_CONNECTOR_ACT_CONNECT).action;
	ck_assert_uint_eq(action.address_count, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(action.addresses[i].port, ports[_i][i]);
	ck_assert_uint_eq(action.address.port, ports[_i][0]);
}
END_TEST

START_TEST(the_only_address_family_of_a_peer_is_used_D_02b)
{
	const uint8_t v4[] = { V4 }, v6[] = { V6 };
	struct bitmark_connection address;

	host.config.prefer_ipv6 = _i != 0;
	host_open();
	address = _i == 0 ? address_for(v6, sizeof v6) :
	    address_for(v4, sizeof v4);
	ck_assert_uint_eq(address.port, _i == 0 ? 0x859 : 0x858);
}
END_TEST

START_TEST(unusable_addresses_are_passed_over)
{
	const uint8_t list[] = { 7, 0, 1, 0, 0, 0, 0, V4 };
	struct bitmark_connection address;

	host_open();
	address = address_for(list, sizeof list);
	ck_assert_uint_eq(address.port, 0x858);
}
END_TEST

START_TEST(neighbours_without_a_usable_address_are_ignored_D_02)
{
	const uint8_t list[] = { V6 };
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	memset(key, 77, sizeof key);
	host_open();
	for (size_t size = 0; size < sizeof list; size++)
		host_step(&(struct bitmark_connector_event){
		    .type = BITMARK_CONNECTOR_EV_NEIGHBOUR,
		    .key = { key, sizeof key },
		    .connections = { list, size } });
	ck_assert_uint_eq(client_of(77), SIZE_MAX);
}
END_TEST

START_TEST(keys_of_another_length_and_our_own_are_ignored)
{
	const uint8_t list[] = { V4 }, key[BITMARK_PEER_KEY_SIZE + 1] = { 5 };

	host_open();
	for (size_t size = 0; size <= sizeof key; size++)
		if (size != BITMARK_PEER_KEY_SIZE)
			host_step(&(struct bitmark_connector_event){
			    .type = BITMARK_CONNECTOR_EV_NEIGHBOUR,
			    .key = { key, size },
			    .connections = { list, sizeof list } });
	host_neighbour(200);
	ck_assert_uint_eq(host.connects, STATICS);
}
END_TEST

START_TEST(dynamic_clients_are_not_used_when_switched_off_D_39)
{
	host.config.dynamic = false;
	host_open();
	host_neighbour(50);
	host_tick(CYCLE_MS);
	ck_assert_uint_eq(host.connects, STATICS);
	ck_assert_uint_eq(host.reconnects, 0);
	ck_assert_uint_eq(bitmark_connector_clients(host.connector), STATICS);
}
END_TEST

START_TEST(no_peer_is_connected_to_twice)
{
	host_open();
	host_neighbour(50);
	host_neighbour(50);
	host_neighbour(1);
	ck_assert_uint_eq(host.connects, STATICS + 1);
}
END_TEST

START_TEST(free_slots_are_taken_first)
{
	host_open();
	fill(50);
	for (uint8_t i = 0; i < SLOTS; i++)
		ck_assert_uint_ne(client_of((uint8_t)(50 + i)), SIZE_MAX);
}
END_TEST

START_TEST(a_client_that_failed_makes_room_before_one_that_works)
{
	host_open();
	fill(50);
	host_lost(client_of(55));
	host_tick(BITMARK_CONNECTOR_TIMEOUT_MS);
	host_neighbour(80);
	ck_assert_uint_eq(client_of(55), SIZE_MAX);
	ck_assert_uint_ne(client_of(50), SIZE_MAX);
	ck_assert_uint_ne(client_of(80), SIZE_MAX);
}
END_TEST

START_TEST(the_least_recently_chosen_is_replaced)
{
	host_open();
	fill(50);
	host_neighbour(50);             /* chosen again */
	host_neighbour(80);
	ck_assert_uint_ne(client_of(50), SIZE_MAX);
	ck_assert_uint_eq(client_of(51), SIZE_MAX);
}
END_TEST

START_TEST(working_clients_are_replaced_one_in_eleven_minutes_D_37)
{
	host_open();
	fill(50);
	for (uint8_t i = 0; i < 100; i++)
		host_neighbour((uint8_t)(80 + i));
	ck_assert_uint_eq(host.connects, STATICS + SLOTS + 1);
	host_registered(client_of(80));
	host_tick(BITMARK_CONNECTOR_REPLACE_MS - 1);
	host_neighbour(190);
	ck_assert_uint_eq(client_of(190), SIZE_MAX);
	host_tick(1);
	host_neighbour(190);
	ck_assert_uint_ne(client_of(190), SIZE_MAX);
}
END_TEST

/* A known peer that is no neighbour by the rule. */
static void
filler(uint8_t number)
{
	const uint8_t list[] = { 7, 8, 88, 127, 0, 0, number };
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	memset(key, number, sizeof key);
	host_step(&(struct bitmark_connector_event){
	    .type = BITMARK_CONNECTOR_EV_NEIGHBOUR,
	    .key = { key, sizeof key }, .connections = { list, sizeof list },
	    .is_filler = true });
}

START_TEST(a_filler_takes_no_place_of_a_client_that_works)
{
	host_open();
	for (uint8_t i = 0; i < SLOTS; i++) {
		filler((uint8_t)(50 + i));
		ck_assert_uint_ne(client_of((uint8_t)(50 + i)), SIZE_MAX);
	}
	for (uint8_t i = 1; i < SLOTS; i++)
		host_registered(client_of((uint8_t)(50 + i)));
	filler(80);
	ck_assert_uint_eq(client_of(80), SIZE_MAX);
	host_tick(BITMARK_CONNECTOR_TIMEOUT_MS);
	filler(80);
	ck_assert_uint_ne(client_of(80), SIZE_MAX);
	ck_assert_uint_eq(client_of(50), SIZE_MAX);
	host_registered(client_of(80));
	/* All work: only a neighbour by the rule replaces one. */
	filler(81);
	ck_assert_uint_eq(client_of(81), SIZE_MAX);
	host_neighbour(82);
	ck_assert_uint_ne(client_of(82), SIZE_MAX);
}
END_TEST

START_TEST(a_replaced_client_starts_unregistered_with_height_0_D_14)
{
	size_t slot;

	host_open();
	fill(50);
	slot = client_of(50);
	host_height(slot, 900);
	ck_assert_uint_eq(host_status().target, 900);
	host_neighbour(80);
	ck_assert_uint_eq(client_of(80), slot);
	ck_assert_uint_eq(host_status().target, 0);
	ck_assert_uint_eq(host_status().registered, SLOTS - 1);
}
END_TEST

START_TEST(a_neighbour_that_moved_is_followed_once_it_is_lost)
{
	const uint8_t list[] = { 7, 9, 9, 10, 0, 0, 9 };
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	const struct bitmark_connector_event moved = {
		.type = BITMARK_CONNECTOR_EV_NEIGHBOUR,
		.key = { key, sizeof key }, .connections = { list, 7 } };

	memset(key, 50, sizeof key);
	host_open();
	host_neighbour(50);
	host_registered(client_of(50));
	host_step(&moved);
	ck_assert_uint_eq(host.connects, STATICS + 1);
	host_lost(client_of(50));
	host_step(&moved);
	ck_assert_uint_eq(host.connects, STATICS + 2);
}
END_TEST

/* Key 50 at port ${port}; the port that it is connected to then. */
static uint16_t
tell_at(uint16_t port)
{
	static uint16_t connected;
	const uint8_t list[] = { 7, (uint8_t)(port >> 8), (uint8_t)port, 10,
	    0, 0, 9 };
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	memset(key, 50, sizeof key);
	host_step(&(struct bitmark_connector_event){
	    .type = BITMARK_CONNECTOR_EV_NEIGHBOUR,
	    .key = { key, sizeof key }, .connections = { list, sizeof list },
	});
	while (host_waiting(BITMARK_CONNECTOR_ACT_CONNECT) > 0)
		connected = host_take(
		    BITMARK_CONNECTOR_ACT_CONNECT).action.address.port;
	return connected;
}

/* The DNS names one, the table of peers another; only one of them is right.
 */
START_TEST(each_of_two_addresses_of_a_key_has_time_to_be_reached)
{
	unsigned first = 0, second = 0;

	host_open();
	for (int i = 0; i < 40; i++) {
		(void)tell_at(1001);
		if (tell_at(1002) == 1001)
			first++;
		else
			second++;
		host_tick(CYCLE_MS);
	}
	ck_assert_uint_ge(first, 10);
	ck_assert_uint_ge(second, 10);
	ck_assert_uint_le(host.connects, STATICS + 1 + 10);
}
END_TEST

START_TEST(a_client_set_aside_is_not_taken_again_for_five_minutes)
{
	struct host_work work;

	host_open();
	fill(50);
	host_tick(CYCLE_MS);
	host_height(client_of(53), 500);
	host_tick(CYCLE_MS);
	work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
	host_fail(&work, BITMARK_E_PEER_RESPONSE);
	host_neighbour(80);             /* takes its slot */
	ck_assert_uint_eq(client_of(53), SIZE_MAX);
	host_lost(client_of(54));
	host_tick(BITMARK_CONNECTOR_TIMEOUT_MS);
	host_neighbour(53);
	ck_assert_uint_eq(client_of(53), SIZE_MAX);
	host_tick(BITMARK_CONNECTOR_ASIDE_MS);
	host_neighbour(53);
	ck_assert_uint_ne(client_of(53), SIZE_MAX);
}
END_TEST

START_TEST(the_client_that_is_followed_is_never_replaced)
{
	host_open();
	fill(50);
	host_tick(CYCLE_MS);
	host_height(client_of(50), 500);
	host_tick(CYCLE_MS);
	ck_assert_uint_eq(host_status().source, client_of(50));
	host_neighbour(80);
	ck_assert_uint_ne(client_of(50), SIZE_MAX);
	ck_assert_uint_eq(client_of(51), SIZE_MAX);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("connector_clients");
	TCase *t = tcase_create("clients");

	tcase_add_checked_fixture(t, setup, host_close);
	tcase_add_loop_test(t, ipv4_is_used_unless_ipv6_is_preferred, 0, 2);
	tcase_add_loop_test(t,
	    all_usable_addresses_are_told_the_preferred_family_first, 0, 2);
	tcase_add_loop_test(t, the_only_address_family_of_a_peer_is_used_D_02b, 0, 2);
	tcase_add_test(t, unusable_addresses_are_passed_over);
	tcase_add_test(t,
	    neighbours_without_a_usable_address_are_ignored_D_02);
	tcase_add_test(t, keys_of_another_length_and_our_own_are_ignored);
	tcase_add_test(t, dynamic_clients_are_not_used_when_switched_off_D_39);
	tcase_add_test(t, no_peer_is_connected_to_twice);
	tcase_add_test(t, free_slots_are_taken_first);
	tcase_add_test(t,
	    a_client_that_failed_makes_room_before_one_that_works);
	tcase_add_test(t, the_least_recently_chosen_is_replaced);
	tcase_add_test(t,
	    working_clients_are_replaced_one_in_eleven_minutes_D_37);
	tcase_add_test(t, a_filler_takes_no_place_of_a_client_that_works);
	tcase_add_test(t,
	    a_replaced_client_starts_unregistered_with_height_0_D_14);
	tcase_add_test(t, a_neighbour_that_moved_is_followed_once_it_is_lost);
	tcase_add_test(t,
	    each_of_two_addresses_of_a_key_has_time_to_be_reached);
	tcase_add_test(t,
	    a_client_set_aside_is_not_taken_again_for_five_minutes);
	tcase_add_test(t, the_client_that_is_followed_is_never_replaced);
	suite_add_tcase(s, t);
	return run_suite(s);
}
