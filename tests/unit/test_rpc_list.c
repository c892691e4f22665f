/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The list of client services. */
#include "../support/vectors.h"

#include <bitmarkpeer/rpc_list.h>

#include <stdlib.h>
#include <string.h>

/* Age at which v8.2 drops an entry. */
#define EXPIRY_S (bitmark_rules_8_2()->announce_expiry_s)

#define NOW_S UINT64_C(1700000000)

static const uint8_t address[] = { 7, 0x08, 0x52, 127, 0, 0, 1 };
static const uint8_t other[] = { 7, 0x08, 0x53, 127, 0, 0, 2 };
static struct bitmark_rpc_list *list;
static uint8_t print[BITMARK_RPC_FINGERPRINT_SIZE];

static void
setup(void)
{
	ck_assert_int_eq(bitmark_rpc_list_new(&list, 4, NULL), BITMARK_OK);
}

static void
teardown(void)
{
	bitmark_rpc_list_free(list);
}

static struct bitmark_span
print_of(uint8_t number)
{
	memset(print, number, sizeof print);
	return (struct bitmark_span){ print, sizeof print };
}

static bitmark_status
add(uint8_t number, const uint8_t *at, uint64_t timestamp, bool *relay)
{
	return bitmark_rpc_list_add(list, 0,
	    (struct bitmark_announcement){ print_of(number), { at,
	    sizeof address }, timestamp }, NOW_S, relay, NULL);
}

static bitmark_status
add_from(uint64_t sender, uint8_t number, uint64_t timestamp, bool *relay)
{
	return bitmark_rpc_list_add(list, sender,
	    (struct bitmark_announcement){ print_of(number), { address,
	    sizeof address }, timestamp }, NOW_S, relay, NULL);
}

START_TEST(a_new_service_is_appended_and_relayed)
{
	bool relay = false;

	ck_assert_int_eq(add(5, address, NOW_S, &relay), BITMARK_OK);
	ck_assert(relay);
	ck_assert_int_eq(add(3, address, NOW_S, &relay), BITMARK_OK);
	ck_assert_uint_eq(bitmark_rpc_list_count(list), 2);
	ck_assert_uint_eq(bitmark_rpc_list_at(list, 0)->fingerprint[0], 5);
	ck_assert_ptr_null(bitmark_rpc_list_at(list, 2));
}
END_TEST

START_TEST(an_old_message_does_not_refresh_an_entry_D_38)
{
	bool relay = true;

	ck_assert_int_eq(add(5, address, NOW_S - 1200, NULL), BITMARK_OK);
	ck_assert_int_eq(add(5, other, NOW_S - 1200, &relay), BITMARK_OK);
	ck_assert(!relay);
	ck_assert_uint_eq(bitmark_rpc_list_at(list, 0)->timestamp,
	    NOW_S - 1200);
	ck_assert_mem_eq(bitmark_rpc_list_at(list, 0)->connections, address,
	    sizeof address);
	ck_assert_int_eq(add(5, other, NOW_S, &relay), BITMARK_OK);
	ck_assert(relay);
	ck_assert_mem_eq(bitmark_rpc_list_at(list, 0)->connections, other,
	    sizeof other);
}
END_TEST

/* Our clock was ahead when we heard of it, and was put right. */
START_TEST(a_time_in_the_future_counts_as_the_time_of_arrival)
{
	bool relay = false;

	ck_assert_int_eq(bitmark_rpc_list_add(list, 0,
	    (struct bitmark_announcement){ print_of(5), { address,
	    sizeof address }, 0 }, NOW_S + 86400, NULL, NULL), BITMARK_OK);
	ck_assert_uint_eq(bitmark_rpc_list_expire(list, NOW_S - 660), 0);
	ck_assert_int_eq(add(5, other, NOW_S, &relay), BITMARK_OK);
	ck_assert(relay);
}
END_TEST

START_TEST(our_own_entry_is_not_changed_from_outside_D_38)
{
	ck_assert_int_eq(bitmark_rpc_list_set_local(list,
	    (struct bitmark_announcement){ print_of(9), { address,
	    sizeof address }, NOW_S - 9999 }), BITMARK_OK);
	ck_assert_int_eq(add(9, other, NOW_S, NULL), BITMARK_E_FINGERPRINT);
	ck_assert_uint_eq(bitmark_rpc_list_expire(list, NOW_S), 0);
	ck_assert(bitmark_rpc_list_at(list, 0)->local);
	ck_assert_int_eq(bitmark_rpc_list_set_local(list,
	    (struct bitmark_announcement){ print_of(8), { address,
	    sizeof address }, NOW_S }), BITMARK_E_FINGERPRINT);
}
END_TEST

START_TEST(fingerprints_of_another_length_are_refused)
{
	uint8_t bytes[40] = { 0 };

	for (size_t size = 0; size <= sizeof bytes; size++)
		ck_assert_int_eq(bitmark_rpc_list_add(list, 0,
		    (struct bitmark_announcement){ { bytes, size }, { address,
		    sizeof address }, NOW_S }, NOW_S, NULL, NULL), size ==
		    sizeof print ? BITMARK_OK : BITMARK_E_FINGERPRINT);
}
END_TEST

START_TEST(connections_longer_than_100_bytes_are_refused)
{
	uint8_t bytes[BITMARK_RPC_CONNECTIONS_MAX + 1];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = address[i % sizeof address];
	ck_assert_int_eq(bitmark_rpc_list_add(list, 0,
	    (struct bitmark_announcement){ print_of(1), { bytes,
	    sizeof bytes }, NOW_S }, NOW_S, NULL, NULL), BITMARK_E_IP_ADDRESS);
	ck_assert_int_eq(bitmark_rpc_list_add(list, 0,
	    (struct bitmark_announcement){ print_of(1), { bytes, sizeof bytes -
	    1 }, NOW_S }, NOW_S, NULL, NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_rpc_list_add(list, 0,
	    (struct bitmark_announcement){ print_of(2), { NULL, 0 }, NOW_S },
	    NOW_S, NULL, NULL), BITMARK_E_IP_ADDRESS);
}
END_TEST

START_TEST(times_are_judged_as_those_of_peers_D_34)
{
	ck_assert_int_eq(add(1, address, NOW_S + 301, NULL),
	    BITMARK_E_TIMESTAMP);
	ck_assert_int_eq(add(1, address, NOW_S - EXPIRY_S,
	    NULL), BITMARK_E_TIMESTAMP);
	ck_assert_int_eq(add(1, address, 0, NULL), BITMARK_OK);
	ck_assert_uint_eq(bitmark_rpc_list_at(list, 0)->timestamp, NOW_S);
}
END_TEST

START_TEST(a_full_list_gives_up_the_oldest_but_never_its_own_D_37)
{
	ck_assert_int_eq(bitmark_rpc_list_set_local(list,
	    (struct bitmark_announcement){ print_of(9), { address,
	    sizeof address }, 1 }), BITMARK_OK);
	for (uint8_t i = 1; i < 8; i++)
		ck_assert_int_eq(add(i, address, NOW_S - 10 + i, NULL),
		    BITMARK_OK);
	ck_assert_uint_eq(bitmark_rpc_list_count(list), 4);
	ck_assert_uint_eq(bitmark_rpc_list_at(list, 0)->fingerprint[0], 9);
	for (size_t i = 1; i < 4; i++)
		ck_assert_uint_ge(bitmark_rpc_list_at(list,
		    i)->fingerprint[0], 5);
}
END_TEST

#define PLACES 16
#define SHARE (PLACES / BITMARK_ANNOUNCE_SENDER_SHARE + 1)
#define FLOODER 77
#define FLOOD 100

START_TEST(one_sender_cannot_take_a_whole_list_D_37)
{
	size_t flooded = 0;
	bool relay;

	bitmark_rpc_list_free(list);
	ck_assert_int_eq(bitmark_rpc_list_new(&list, PLACES, NULL), BITMARK_OK);
	for (uint8_t i = 0; i < PLACES; i++)
		ck_assert_int_eq(add_from(i + 1u, i, NOW_S - 1000, &relay),
		    BITMARK_OK);
	for (uint8_t i = 0; i < FLOOD; i++) {
		ck_assert_int_eq(add_from(FLOODER, 100 + i, NOW_S, &relay),
		    BITMARK_OK);
		ck_assert(relay);
	}
	for (size_t i = 0; i < PLACES; i++)
		flooded += bitmark_rpc_list_at(list, i)->fingerprint[0] >= 100;
	ck_assert_uint_eq(bitmark_rpc_list_count(list), PLACES);
	ck_assert_uint_eq(flooded, SHARE);
	/* The others still replace what is oldest. */
	ck_assert_int_eq(add_from(1, 50, NOW_S, &relay), BITMARK_OK);
	ck_assert_uint_eq(bitmark_rpc_list_at(list,
	    PLACES - 1)->fingerprint[0], 50);
}
END_TEST

START_TEST(a_list_with_room_for_itself_alone_stores_nothing_else)
{
	bool relay = true;

	bitmark_rpc_list_free(list);
	ck_assert_int_eq(bitmark_rpc_list_new(&list, 1, NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_rpc_list_set_local(list,
	    (struct bitmark_announcement){ print_of(9), { address,
	    sizeof address }, 1 }), BITMARK_OK);
	ck_assert_int_eq(add(1, address, NOW_S, &relay), BITMARK_OK);
	ck_assert(!relay);
	ck_assert_uint_eq(bitmark_rpc_list_count(list), 1);
}
END_TEST

START_TEST(the_last_entry_fills_the_hole_of_one_that_expired)
{
	ck_assert_int_eq(add(1, address, NOW_S - 3000, NULL), BITMARK_OK);
	ck_assert_int_eq(add(2, address, NOW_S, NULL), BITMARK_OK);
	ck_assert_int_eq(add(3, address, NOW_S, NULL), BITMARK_OK);
	ck_assert_uint_eq(bitmark_rpc_list_expire(list, NOW_S + 300), 1);
	ck_assert_uint_eq(bitmark_rpc_list_at(list, 0)->fingerprint[0], 3);
	ck_assert_uint_eq(bitmark_rpc_list_at(list, 1)->fingerprint[0], 2);
}
END_TEST

START_TEST(fetching_gives_json_and_where_to_go_on)
{
	char *text;
	size_t size;
	uint64_t next = 99;

	ck_assert_int_eq(add(0xab, address, NOW_S, NULL), BITMARK_OK);
	ck_assert_int_eq(add(0xcd, other, NOW_S, NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_rpc_list_fetch(list, 0, 1, &text, &size,
	    &next), BITMARK_OK);
	ck_assert_uint_eq(next, 1);
	ck_assert_str_eq(text, "[{\"fingerprint\":\"abababababababababababab"
	    "abababababababababababababababababababab\",\"connections\":"
	    "[\"127.0.0.1:2130\"]}]");
	ck_assert_uint_eq(size, strlen(text));
	bitmark_free(text);
	ck_assert_int_eq(bitmark_rpc_list_fetch(list, 1, 10, &text, &size,
	    &next), BITMARK_OK);
	ck_assert_uint_eq(next, 2);
	bitmark_free(text);
	ck_assert_int_eq(bitmark_rpc_list_fetch(list, UINT64_MAX, SIZE_MAX,
	    &text, &size, &next), BITMARK_OK);
	ck_assert_uint_eq(next, 0);
	ck_assert_str_eq(text, "[]");
	bitmark_free(text);
	ck_assert_int_eq(bitmark_rpc_list_fetch(list, 0, 0, &text, &size,
	    &next), BITMARK_E_COUNT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rpc_list");
	TCase *t = tcase_create("list");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_new_service_is_appended_and_relayed);
	tcase_add_test(t, an_old_message_does_not_refresh_an_entry_D_38);
	tcase_add_test(t, a_time_in_the_future_counts_as_the_time_of_arrival);
	tcase_add_test(t, our_own_entry_is_not_changed_from_outside_D_38);
	tcase_add_test(t, fingerprints_of_another_length_are_refused);
	tcase_add_test(t, connections_longer_than_100_bytes_are_refused);
	tcase_add_test(t, times_are_judged_as_those_of_peers_D_34);
	tcase_add_test(t,
	    a_full_list_gives_up_the_oldest_but_never_its_own_D_37);
	tcase_add_test(t, one_sender_cannot_take_a_whole_list_D_37);
	tcase_add_test(t,
	    a_list_with_room_for_itself_alone_stores_nothing_else);
	tcase_add_test(t, the_last_entry_fills_the_hole_of_one_that_expired);
	tcase_add_test(t, fetching_gives_json_and_where_to_go_on);
	suite_add_tcase(s, t);
	return run_suite(s);
}
