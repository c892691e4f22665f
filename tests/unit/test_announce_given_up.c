/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The table of peers: which candidate is removed from a full list, and that a
 * key stays kept when others are released. */
#include "../support/vectors.h"

#include <bitmarkpeer/announce.h>

#include <string.h>

#define NOW_S UINT64_C(1700000000)
#define DAY_S UINT64_C(86400)
#define OWN 1
#define FIRST 100
#define FULL BITMARK_ANNOUNCE_CANDIDATES_MAX

/* 127.0.0.1:2136 */
static const uint8_t address[] = { 7, 0x08, 0x58, 127, 0, 0, 1 };

static struct bitmark_announce *table;
/* Times that a number was met among the candidates. */
static unsigned met[FIRST + 2 * FULL];

static struct bitmark_peer
peer_of(size_t number, uint64_t timestamp)
{
	struct bitmark_peer peer = { .timestamp = timestamp };

	peer.key[0] = (uint8_t)(number >> 8);
	peer.key[1] = (uint8_t)number;
	peer.key[2] = 1;
	memcpy(peer.connections, address, sizeof address);
	peer.connections_size = sizeof address;
	return peer;
}

static void
make(size_t peers_max)
{
	const struct bitmark_peer own = peer_of(OWN, NOW_S);

	ck_assert_int_eq(bitmark_announce_new(&table, &own, peers_max,
	    bitmark_rules_8_2(), NULL), BITMARK_OK);
}

static void
setup(void)
{
	table = NULL;
}

static void
teardown(void)
{
	bitmark_announce_free(table);
}

/* A candidate that was heard of so many seconds ago. */
static void
candidate(size_t number, uint64_t age_s)
{
	const struct bitmark_peer peer = peer_of(number, NOW_S - age_s);

	ck_assert_int_eq(bitmark_announce_restore(table, &peer, NOW_S),
	    BITMARK_OK);
}

/* Meet as many candidates as there are, each once. */
static void
meet_all(uint64_t now_s)
{
	struct bitmark_peer peer;
	size_t count = bitmark_announce_candidate_count(table);

	memset(met, 0, sizeof met);
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(bitmark_announce_candidate(table, now_s,
		    &peer), BITMARK_OK);
		met[peer.key[0] * 256u + peer.key[1]]++;
	}
}

/* The oldest is one of the first, one in the middle, or the last that came. */
START_TEST(a_full_list_gives_up_its_oldest_candidate)
{
	const size_t places[] = { 0, 1, FULL / 3, FULL - 1 };
	const size_t oldest = FIRST + places[_i];

	make(0);
	for (size_t i = FIRST; i < FIRST + FULL; i++)
		candidate(i, i == oldest ? 6 * DAY_S : DAY_S + i * 7 % FULL);
	candidate(FIRST + FULL, 2 * DAY_S);
	ck_assert_uint_eq(bitmark_announce_candidate_count(table), FULL);
	meet_all(NOW_S);
	for (size_t i = FIRST; i <= FIRST + FULL; i++)
		ck_assert_uint_eq(met[i], i != oldest);
	/* The one that came is the oldest now. */
	candidate(FIRST + FULL + 1, DAY_S);
	meet_all(NOW_S);
	ck_assert_uint_eq(met[FIRST + FULL], 0);
	ck_assert_uint_eq(met[FIRST + FULL + 1], 1);
}
END_TEST

START_TEST(of_equally_old_candidates_the_first_one_is_given_up)
{
	make(0);
	for (size_t i = FIRST; i <= FIRST + FULL; i++)
		candidate(i, DAY_S);
	meet_all(NOW_S);
	for (size_t i = FIRST; i <= FIRST + FULL; i++)
		ck_assert_uint_eq(met[i], i != FIRST);
}
END_TEST

START_TEST(a_candidate_that_is_announced_leaves_all_others)
{
	const struct bitmark_peer peer = peer_of(FIRST + (size_t)_i, NOW_S);

	make(0);
	for (size_t i = 0; i < 3; i++)
		candidate(FIRST + i, DAY_S + i);
	ck_assert_int_eq(bitmark_announce_add(table, 0,
	    bitmark_peer_announcement(&peer), NOW_S, NULL, NULL), BITMARK_OK);
	ck_assert_uint_eq(bitmark_announce_candidate_count(table), 2);
	meet_all(NOW_S);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(met[FIRST + i], i != (size_t)_i);
}
END_TEST

/* One candidate of three is young enough, the others are forgotten. */
START_TEST(only_candidates_that_are_too_old_are_forgotten)
{
	struct bitmark_peer peer;

	make(0);
	for (size_t i = 0; i < 3; i++)
		candidate(FIRST + i, i == (size_t)_i ? 2 * DAY_S : 6 * DAY_S);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(bitmark_announce_candidate(table, NOW_S +
		    2 * DAY_S, &peer), BITMARK_OK);
		ck_assert_int_eq(peer.key[1], FIRST + _i);
	}
	ck_assert_uint_eq(bitmark_announce_candidate_count(table), 1);
}
END_TEST

static bool
is_listed(size_t number)
{
	const struct bitmark_peer peer = peer_of(number, 0);

	for (size_t i = 0; i < bitmark_announce_count(table); i++)
		if (memcmp(bitmark_announce_at(table, i)->key, peer.key,
		    sizeof peer.key) == 0)
			return true;
	return false;
}

static bitmark_status
announce(size_t number, uint64_t age_s)
{
	const struct bitmark_peer peer = peer_of(number, NOW_S - age_s);

	return bitmark_announce_add(table, 0,
	    bitmark_peer_announcement(&peer), NOW_S, NULL, NULL);
}

/* Three keys are kept, with entries before or after; ${_i} % 3 is released. */
START_TEST(a_release_concerns_its_own_key_alone)
{
	const size_t released = (size_t)_i % 3;
	const bool entries_first = _i >= 3;

	make(4);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < 3; i++)
			if ((pass == 0) == entries_first)
				ck_assert_int_eq(announce(FIRST + i, 900),
				    BITMARK_OK);
			else
				ck_assert_int_eq(bitmark_announce_keep(table,
				    peer_of(FIRST + i, 0).key), BITMARK_OK);
	bitmark_announce_release(table, peer_of(FIRST + released, 0).key);
	/* A key that is not kept is released without harm. */
	bitmark_announce_release(table, peer_of(FIRST + released, 0).key);
	for (size_t i = 50; i < 60; i++)
		ck_assert_int_eq(announce(FIRST + i, 0), BITMARK_OK);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(is_listed(FIRST + i), i != released);
}
END_TEST

START_TEST(a_key_that_is_kept_twice_stays_after_one_release)
{
	const struct bitmark_peer twice = peer_of(FIRST + (size_t)_i, 0);

	make(4);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(bitmark_announce_keep(table,
		    peer_of(FIRST + i, 0).key), BITMARK_OK);
	ck_assert_int_eq(bitmark_announce_keep(table, twice.key), BITMARK_OK);
	bitmark_announce_release(table, twice.key);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(announce(FIRST + i, 900), BITMARK_OK);
	for (size_t i = 50; i < 60; i++)
		ck_assert_int_eq(announce(FIRST + i, 0), BITMARK_OK);
	for (size_t i = 0; i < 3; i++)
		ck_assert(is_listed(FIRST + i));
}
END_TEST

/* The place that a released key leaves has no holds for the next one. */
START_TEST(a_key_in_the_place_of_a_released_one_is_held_once)
{
	const struct bitmark_peer later = peer_of(FIRST + 2, 0);

	make(4);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(bitmark_announce_keep(table,
		    peer_of(FIRST + i, 0).key), BITMARK_OK);
	bitmark_announce_release(table, peer_of(FIRST, 0).key);
	ck_assert_int_eq(bitmark_announce_keep(table, later.key), BITMARK_OK);
	bitmark_announce_release(table, later.key);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(announce(FIRST + i, 900), BITMARK_OK);
	for (size_t i = 50; i < 60; i++)
		ck_assert_int_eq(announce(FIRST + i, 0), BITMARK_OK);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(is_listed(FIRST + i), i == 1);
}
END_TEST

START_TEST(a_key_is_kept_before_it_has_an_entry_when_another_is_released)
{
	make(3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(bitmark_announce_keep(table,
		    peer_of(FIRST + i, 0).key), BITMARK_OK);
	bitmark_announce_release(table, peer_of(FIRST + (size_t)_i, 0).key);
	for (size_t i = 0; i < 3; i++)
		if (i != (size_t)_i)
			ck_assert_int_eq(announce(FIRST + i, 900),
			    BITMARK_OK);
	/* It replaces a key that is not kept, or is not listed itself. */
	(void)announce(FIRST + 50, 0);
	(void)announce(FIRST + 51, 0);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(is_listed(FIRST + i), i != (size_t)_i);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("announce_given_up");
	TCase *t = tcase_create("given up");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_full_list_gives_up_its_oldest_candidate, 0,
	    4);
	tcase_add_test(t, of_equally_old_candidates_the_first_one_is_given_up);
	tcase_add_loop_test(t, a_candidate_that_is_announced_leaves_all_others,
	    0, 3);
	tcase_add_loop_test(t, only_candidates_that_are_too_old_are_forgotten,
	    0, 3);
	tcase_add_loop_test(t, a_release_concerns_its_own_key_alone, 0, 6);
	tcase_add_loop_test(t,
	    a_key_that_is_kept_twice_stays_after_one_release, 0, 3);
	tcase_add_test(t, a_key_in_the_place_of_a_released_one_is_held_once);
	tcase_add_loop_test(t,
	    a_key_is_kept_before_it_has_an_entry_when_another_is_released, 0,
	    3);
	suite_add_tcase(s, t);
	return run_suite(s);
}
