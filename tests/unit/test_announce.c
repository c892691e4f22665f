/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The table of peers. */
#include "../support/vectors.h"

#include <bitmarkpeer/announce.h>

#include <string.h>

/* Age at which v8.2 drops an entry. */
#define EXPIRY_S (bitmark_rules_8_2()->announce_expiry_s)

#define NOW_S 1700000000u
#define MINUTE_S 60u

/* 127.0.0.1:2136 */
static const uint8_t address[] = { 7, 0x08, 0x58, 127, 0, 0, 1 };
static const uint8_t other_address[] = { 7, 0x08, 0x59, 127, 0, 0, 2 };

static struct bitmark_announce *table;
static uint64_t seed;

/* Not random at all, but the same in every run. */
static void
fake_random(void *user, uint8_t *out, size_t size)
{
	(void)user;
	for (size_t i = 0; i < size; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		out[i] = (uint8_t)(seed >> 56);
	}
}

static struct bitmark_peer
peer_of(uint8_t number)
{
	struct bitmark_peer peer = { .timestamp = NOW_S };

	memset(peer.key, number, sizeof peer.key);
	memcpy(peer.connections, address, sizeof address);
	peer.connections_size = sizeof address;
	return peer;
}

static void
make(const struct bitmark_peer *own, size_t peers_max)
{
	const struct bitmark_env env = { .random = fake_random };

	seed = 1;
	bitmark_announce_free(table);
	ck_assert_int_eq(bitmark_announce_new(&table, own, peers_max, NULL, &env),
	    BITMARK_OK);
}

static void
setup(void)
{
	const struct bitmark_peer own = peer_of(100);

	table = NULL;
	make(&own, 0);
}

static void
teardown(void)
{
	bitmark_announce_free(table);
	table = NULL;
}

static bitmark_status
add_full(uint8_t number, const uint8_t *connections, size_t size,
    uint64_t timestamp, bool *relay, uint64_t *stored)
{
	const struct bitmark_peer peer = peer_of(number);

	return bitmark_announce_add(table, 0,
	    (struct bitmark_announcement){ { peer.key, sizeof peer.key },
	    { connections, size }, timestamp }, NOW_S, relay, stored);
}

static bool
add(uint8_t number, uint64_t timestamp)
{
	bool relay = false;

	ck_assert_int_eq(add_full(number, address, sizeof address, timestamp,
	    &relay, NULL), BITMARK_OK);
	return relay;
}

static const struct bitmark_peer *
find_number(uint8_t number)
{
	for (size_t i = 0; i < bitmark_announce_count(table); i++)
		if (bitmark_announce_at(table, i)->key[0] == number)
			return bitmark_announce_at(table, i);
	return NULL;
}

START_TEST(a_connection_that_is_cut_off_is_not_kept_D_02)
{
	const uint8_t list[] = {
		7, 0x08, 0x58, 127, 0, 0, 1, 19, 0x08, 0x58, 0, 0, 0, 0
	};
	bool relay;

	ck_assert_int_eq(add_full(5, list, sizeof list, NOW_S, &relay, NULL),
	    BITMARK_OK);
	ck_assert_uint_eq(find_number(5)->connections_size, 7);
}
END_TEST

START_TEST(entries_are_in_the_order_of_keys)
{
	static const uint8_t numbers[] = { 7, 200, 3, 99, 101, 255, 1 };

	for (size_t i = 0; i < sizeof numbers; i++)
		ck_assert(add(numbers[i], NOW_S));
	ck_assert_uint_eq(bitmark_announce_count(table), sizeof numbers + 1);
	for (size_t i = 1; i < bitmark_announce_count(table); i++)
		ck_assert_int_lt(memcmp(bitmark_announce_at(table, i - 1)->key,
		    bitmark_announce_at(table, i)->key,
		    BITMARK_PEER_KEY_SIZE), 0);
	ck_assert_ptr_null(bitmark_announce_at(table, sizeof numbers + 1));
}
END_TEST

START_TEST(own_entry_is_listed_only_when_announced)
{
	struct bitmark_peer own = peer_of(100);

	ck_assert_uint_eq(bitmark_announce_count(table), 1);
	own.connections_size = 0;
	make(&own, 0);
	ck_assert_uint_eq(bitmark_announce_count(table), 0);
}
END_TEST

START_TEST(own_key_from_outside_is_refused_D_33)
{
	struct bitmark_peer own = peer_of(100);

	ck_assert_int_eq(add_full(100, other_address, sizeof other_address,
	    NOW_S, NULL, NULL), BITMARK_E_PUBLIC_KEY);
	ck_assert_mem_eq(bitmark_announce_at(table, 0)->connections, address,
	    sizeof address);
	own.connections_size = 0;
	make(&own, 0);
	ck_assert_int_eq(add_full(100, address, sizeof address, NOW_S, NULL,
	    NULL), BITMARK_E_PUBLIC_KEY);
}
END_TEST

START_TEST(keys_that_are_zero_or_of_another_length_are_refused)
{
	const struct bitmark_span list = { address, sizeof address };
	uint8_t key[64];

	ck_assert_int_eq(add_full(0, address, sizeof address, NOW_S, NULL,
	    NULL), BITMARK_E_PUBLIC_KEY);
	memset(key, 1, sizeof key);
	for (size_t size = 0; size <= sizeof key; size++) {
		if (size == BITMARK_PEER_KEY_SIZE)
			continue;
		ck_assert_int_eq(bitmark_announce_add(table, 0,
		    (struct bitmark_announcement){ { key, size }, list,
		    NOW_S }, NOW_S, NULL, NULL), BITMARK_E_PUBLIC_KEY);
	}
	ck_assert_uint_eq(bitmark_announce_count(table), 1);
}
END_TEST

START_TEST(connections_that_cannot_be_used_are_refused_D_02)
{
	uint8_t list[BITMARK_CONNECTIONS_MAX + 1];

	for (size_t i = 0; i < sizeof list; i++)
		list[i] = address[i % sizeof address];
	for (size_t size = 0; size < sizeof address; size++)
		ck_assert_int_eq(add_full(1, list, size, NOW_S, NULL, NULL),
		    BITMARK_E_IP_ADDRESS);
	ck_assert_int_eq(add_full(1, list, sizeof list, NOW_S, NULL, NULL),
	    BITMARK_E_IP_ADDRESS);
	ck_assert_uint_eq(bitmark_announce_count(table), 1);
	ck_assert_int_eq(add_full(1, list, sizeof list - 1, NOW_S, NULL,
	    NULL), BITMARK_OK);
	ck_assert_uint_eq(find_number(1)->connections_size, sizeof list - 1);
}
END_TEST

START_TEST(padded_lists_are_kept_as_they_came)
{
	const uint8_t list[] = { 7, 0x08, 0x58, 127, 0, 0, 1, 0, 0, 19 };

	ck_assert_int_eq(add_full(1, list, sizeof list, NOW_S, NULL, NULL),
	    BITMARK_OK);
	ck_assert_uint_eq(find_number(1)->connections_size, sizeof list);
	ck_assert_mem_eq(find_number(1)->connections, list, sizeof list);
}
END_TEST

START_TEST(time_0_or_slightly_ahead_counts_as_now_D_34)
{
	uint64_t stored = 0;

	ck_assert_int_eq(add_full(1, address, sizeof address, 0, NULL,
	    &stored), BITMARK_OK);
	ck_assert_uint_eq(stored, NOW_S);
	ck_assert_int_eq(add_full(2, address, sizeof address,
	    NOW_S + BITMARK_ANNOUNCE_AHEAD_S, NULL, &stored), BITMARK_OK);
	ck_assert_uint_eq(stored, NOW_S);
	ck_assert_uint_eq(find_number(2)->timestamp, NOW_S);
}
END_TEST

START_TEST(time_far_ahead_is_refused_D_34)
{
	ck_assert_int_eq(add_full(1, address, sizeof address,
	    NOW_S + BITMARK_ANNOUNCE_AHEAD_S + 1, NULL, NULL),
	    BITMARK_E_TIMESTAMP);
	ck_assert_int_eq(add_full(1, address, sizeof address, UINT64_MAX,
	    NULL, NULL), BITMARK_E_TIMESTAMP);
	ck_assert_uint_eq(bitmark_announce_count(table), 1);
}
END_TEST

START_TEST(expired_announcements_are_refused)
{
	ck_assert_int_eq(add_full(1, address, sizeof address,
	    NOW_S - EXPIRY_S, NULL, NULL),
	    BITMARK_E_TIMESTAMP);
	ck_assert_int_eq(add_full(1, address, sizeof address, 1, NULL, NULL),
	    BITMARK_E_TIMESTAMP);
	ck_assert(add(1, NOW_S - EXPIRY_S + 1));
}
END_TEST

START_TEST(a_refused_announcement_leaves_the_outputs_alone)
{
	bool relay = true;
	uint64_t stored = 42;

	ck_assert_int_eq(add_full(1, NULL, 0, NOW_S, &relay, &stored),
	    BITMARK_E_IP_ADDRESS);
	ck_assert(relay);
	ck_assert_uint_eq(stored, 42);
}
END_TEST

START_TEST(a_known_key_changes_only_after_seven_minutes)
{
	const uint64_t first = NOW_S - 20 * MINUTE_S;
	const uint64_t next = first + BITMARK_ANNOUNCE_REBROADCAST_S;
	uint64_t stored;
	bool relay = true;

	ck_assert(add(1, first));
	ck_assert_int_eq(add_full(1, other_address, sizeof other_address,
	    next - 1, &relay, &stored), BITMARK_OK);
	ck_assert(!relay);
	ck_assert_uint_eq(stored, first);
	ck_assert_mem_eq(find_number(1)->connections, address,
	    sizeof address);
	ck_assert_int_eq(add_full(1, other_address, sizeof other_address,
	    next, &relay, &stored), BITMARK_OK);
	ck_assert(relay);
	ck_assert_uint_eq(stored, next);
	ck_assert_mem_eq(find_number(1)->connections, other_address,
	    sizeof other_address);
}
END_TEST

START_TEST(an_older_time_changes_nothing)
{
	ck_assert(add(1, NOW_S));
	ck_assert(!add(1, NOW_S - 30 * MINUTE_S));
	ck_assert_uint_eq(find_number(1)->timestamp, NOW_S);
}
END_TEST

START_TEST(a_full_table_gives_up_the_oldest_entry_but_never_its_own_D_37)
{
	struct bitmark_peer own = peer_of(100);

	own.timestamp = 1;              /* older than all others */
	make(&own, 3);
	ck_assert(add(1, NOW_S - 2));
	ck_assert(add(200, NOW_S - 9));
	ck_assert(add(150, NOW_S - 1));
	ck_assert_uint_eq(bitmark_announce_count(table), 3);
	ck_assert_ptr_null(find_number(200));
	ck_assert_ptr_nonnull(find_number(100));
	ck_assert(add(50, NOW_S));
	ck_assert_ptr_null(find_number(1));
	ck_assert_ptr_nonnull(find_number(150));
	ck_assert_ptr_nonnull(find_number(50));
}
END_TEST

START_TEST(a_table_with_room_for_itself_alone_stores_nothing)
{
	const struct bitmark_peer own = peer_of(100);

	make(&own, 1);
	ck_assert(!add(1, NOW_S));
	ck_assert_uint_eq(bitmark_announce_count(table), 1);
	ck_assert_ptr_nonnull(find_number(100));
}
END_TEST

START_TEST(expiry_removes_what_is_55_minutes_old_but_not_its_own)
{
	ck_assert(add(1, NOW_S));
	ck_assert(add(2, NOW_S - 1));
	ck_assert(add(200, NOW_S - 2));
	ck_assert_uint_eq(bitmark_announce_expire(table,
	    NOW_S + EXPIRY_S - 1), 2);
	ck_assert_uint_eq(bitmark_announce_count(table), 2);
	ck_assert_ptr_nonnull(find_number(1));
	ck_assert_uint_eq(bitmark_announce_expire(table, UINT64_MAX), 1);
	ck_assert_uint_eq(bitmark_announce_at(table, 0)->key[0], 100);
	ck_assert_uint_eq(bitmark_announce_expire(table, 0), 0);
}
END_TEST

START_TEST(random_finds_nobody_when_all_are_excluded_D_12)
{
	const struct bitmark_peer caller = peer_of(1);
	struct bitmark_peer found;

	ck_assert_int_eq(bitmark_announce_random(table, caller.key, &found),
	    BITMARK_E_NOT_FOUND);
	ck_assert(add(1, NOW_S));
	ck_assert_int_eq(bitmark_announce_random(table, caller.key, &found),
	    BITMARK_E_NOT_FOUND);
}
END_TEST

START_TEST(random_always_finds_the_only_third_peer_D_12)
{
	const struct bitmark_peer caller = peer_of(1);
	struct bitmark_peer found;

	ck_assert(add(1, NOW_S));
	ck_assert(add(2, NOW_S));
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(bitmark_announce_random(table, caller.key,
		    &found), BITMARK_OK);
		ck_assert_uint_eq(found.key[0], 2);
	}
}
END_TEST

/* Chi squared with 7 degrees of freedom: below 24.3 in 999 of 1000 cases. */
START_TEST(random_chooses_each_eligible_peer_equally_often)
{
	static const uint8_t numbers[] = { 1, 20, 99, 101, 130, 131, 200, 255 };
	const struct bitmark_peer caller = peer_of(120);
	const double expected = 1000;
	size_t hits[256] = { 0 };
	double chi = 0;

	ck_assert(add(120, NOW_S));
	for (size_t i = 0; i < sizeof numbers; i++)
		ck_assert(add(numbers[i], NOW_S));
	for (size_t i = 0; i < (size_t)expected * sizeof numbers; i++) {
		struct bitmark_peer found;

		ck_assert_int_eq(bitmark_announce_random(table, caller.key,
		    &found), BITMARK_OK);
		hits[found.key[0]]++;
	}
	ck_assert_uint_eq(hits[100] + hits[120], 0);
	for (size_t i = 0; i < sizeof numbers; i++) {
		double miss = (double)hits[numbers[i]] - expected;

		chi += miss * miss / expected;
	}
	ck_assert_double_lt(chi, 24.3);
}
END_TEST

/* The highest number first, then 0. */
static void
highest_then_zero(void *user, uint8_t *out, size_t size)
{
	unsigned *calls = user;

	memset(out, *calls == 0 ? 0xff : 0, size);
	++*calls;
}

/* 2^64 numbers cannot be shared out among 3: one is left over. */
START_TEST(a_draw_that_would_favour_a_peer_is_made_again)
{
	const struct bitmark_peer own = peer_of(100);
	unsigned calls = 0;
	const struct bitmark_env env = { .user = &calls,
		.random = highest_then_zero };
	struct bitmark_peer found;

	bitmark_announce_free(table);
	ck_assert_int_eq(bitmark_announce_new(&table, &own, 0, NULL, &env),
	    BITMARK_OK);
	for (uint8_t i = 1; i <= 3; i++)
		ck_assert(add(i, NOW_S));
	ck_assert_int_eq(bitmark_announce_random(table, own.key, &found),
	    BITMARK_OK);
	ck_assert_uint_eq(calls, 2);
	ck_assert_uint_eq(found.key[0], 1);
}
END_TEST

START_TEST(excluding_ourselves_excludes_one_entry)
{
	const struct bitmark_peer own = peer_of(100);
	struct bitmark_peer found;

	ck_assert(add(1, NOW_S));
	ck_assert_int_eq(bitmark_announce_random(table, own.key, &found),
	    BITMARK_OK);
	ck_assert_uint_eq(found.key[0], 1);
}
END_TEST

START_TEST(many_random_changes_keep_order_and_bound)
{
	const struct bitmark_peer own = peer_of(100);
	const size_t bound = 40;

	make(&own, bound);
	for (int i = 0; i < 20000; i++) {
		uint8_t draw[2];

		fake_random(NULL, draw, sizeof draw);
		if (draw[0] != 0 && draw[0] != 100)
			(void)add(draw[0], NOW_S - draw[1] * 10u);
		if (i % 500 == 0)
			(void)bitmark_announce_expire(table, NOW_S +
			    30 * MINUTE_S);
		ck_assert_uint_le(bitmark_announce_count(table), bound);
		for (size_t r = 1; r < bitmark_announce_count(table); r++)
			ck_assert_uint_lt(
			    bitmark_announce_at(table, r - 1)->key[0],
			    bitmark_announce_at(table, r)->key[0]);
	}
	ck_assert_ptr_nonnull(find_number(100));
}
END_TEST

START_TEST(an_impossible_own_list_is_refused)
{
	struct bitmark_peer own = peer_of(100);
	struct bitmark_announce *none = table;

	own.connections_size = BITMARK_CONNECTIONS_MAX + 1;
	ck_assert_int_eq(bitmark_announce_new(&none, &own, 0, NULL, NULL),
	    BITMARK_E_ARGUMENT);
	ck_assert_ptr_null(none);
	bitmark_announce_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("announce");
	TCase *tc = tcase_create("table");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_connection_that_is_cut_off_is_not_kept_D_02);
	tcase_add_test(tc, entries_are_in_the_order_of_keys);
	tcase_add_test(tc, own_entry_is_listed_only_when_announced);
	tcase_add_test(tc, own_key_from_outside_is_refused_D_33);
	tcase_add_test(tc, keys_that_are_zero_or_of_another_length_are_refused);
	tcase_add_test(tc, connections_that_cannot_be_used_are_refused_D_02);
	tcase_add_test(tc, padded_lists_are_kept_as_they_came);
	tcase_add_test(tc, time_0_or_slightly_ahead_counts_as_now_D_34);
	tcase_add_test(tc, time_far_ahead_is_refused_D_34);
	tcase_add_test(tc, expired_announcements_are_refused);
	tcase_add_test(tc, a_refused_announcement_leaves_the_outputs_alone);
	tcase_add_test(tc, a_known_key_changes_only_after_seven_minutes);
	tcase_add_test(tc, an_older_time_changes_nothing);
	tcase_add_test(tc,
	    a_full_table_gives_up_the_oldest_entry_but_never_its_own_D_37);
	tcase_add_test(tc, a_table_with_room_for_itself_alone_stores_nothing);
	tcase_add_test(tc,
	    expiry_removes_what_is_55_minutes_old_but_not_its_own);
	tcase_add_test(tc, random_finds_nobody_when_all_are_excluded_D_12);
	tcase_add_test(tc, random_always_finds_the_only_third_peer_D_12);
	tcase_add_test(tc, random_chooses_each_eligible_peer_equally_often);
	tcase_add_test(tc, a_draw_that_would_favour_a_peer_is_made_again);
	tcase_add_test(tc, excluding_ourselves_excludes_one_entry);
	tcase_add_test(tc, many_random_changes_keep_order_and_bound);
	/* A sanitizer on a busy machine is slow. */
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_impossible_own_list_is_refused);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
