/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The table of peers: neighbours, what is kept, what one sender may do, and
 * candidates of the last run. */
#include "../support/vectors.h"

#include <bitmarkpeer/announce.h>

#include <stdio.h>
#include <string.h>

/* Age at which v8.2 drops an entry. */
#define EXPIRY_S (bitmark_rules_8_2()->announce_expiry_s)

#define NOW_S UINT64_C(1700000000)
#define DAY_S UINT64_C(86400)
#define SENDER 7

/* 127.0.0.1:2136 */
static const uint8_t address[] = { 7, 0x08, 0x58, 127, 0, 0, 1 };

static struct bitmark_announce *table;

static struct bitmark_peer
peer_of(unsigned number, uint64_t timestamp)
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
make(unsigned own_number, bool announced, size_t peers_max)
{
	struct bitmark_peer own = peer_of(own_number, NOW_S);

	if (!announced)
		own.connections_size = 0;
	ck_assert_int_eq(bitmark_announce_new(&table, &own, peers_max, NULL, NULL),
	    BITMARK_OK);
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

static bitmark_status
add_from(uint64_t sender, unsigned number, uint64_t timestamp)
{
	const struct bitmark_peer peer = peer_of(number, timestamp);

	return bitmark_announce_add(table, sender,
	    (struct bitmark_announcement){ { peer.key, sizeof peer.key },
	    { address, sizeof address }, timestamp }, NOW_S, NULL, NULL);
}

static bool
is_listed(unsigned number)
{
	const struct bitmark_peer peer = peer_of(number, 0);

	for (size_t i = 0; i < bitmark_announce_count(table); i++)
		if (memcmp(bitmark_announce_at(table, i)->key, peer.key,
		    sizeof peer.key) == 0)
			return true;
	return false;
}

/* Ring of ${count} with numbers 10, 11, ..; ours is number ${own}. */
static void
make_ring(unsigned count, unsigned own, bool announced)
{
	make(own, announced, 0);
	for (unsigned i = 10; i < 10 + count; i++)
		if (i != own)
			ck_assert_int_eq(add_from(0, i, NOW_S), BITMARK_OK);
}

/* Neighbours as text: "N1+1 N2+2", offsets on a ring of ${count}. */
static void
neighbours_text(unsigned count, unsigned own, char *text)
{
	struct bitmark_neighbour list[BITMARK_NEIGHBOURS_MAX];
	size_t found = bitmark_announce_neighbours(table, list,
	    BITMARK_NEIGHBOURS_MAX);

	*text = '\0';
	for (size_t i = 0; i < found; i++) {
		unsigned number = list[i].peer.key[0] * 256u +
		    list[i].peer.key[1];

		text += sprintf(text, "%s%s+%u", i == 0 ? "" : " ",
		    bitmark_neighbour_name(list[i].label),
		    (number + count - own) % count);
	}
}

static const struct {
	unsigned count;
	const char *neighbours;
} rings[] = {
	{ 1, "" },
	{ 2, "N1+1" },
	{ 3, "N1+1 N2+2" },
	{ 4, "N1+1 N2+2 N3+3" },
	{ 5, "N1+1 N2+2 N3+3" },
	{ 6, "N1+1 N2+2 N3+3 X75+4" },
	{ 8, "N1+1 N2+2 N3+3 X50+4 X75+6" },
	{ 10, "N1+1 N2+2 N3+3 X50+5 X75+7" },
	{ 12, "N1+1 N2+2 N3+3 X50+6 X75+9" },
	{ 16, "N1+1 N2+2 N3+3 X25+4 X50+8 X75+12" },
	{ 20, "N1+1 N2+2 N3+3 X25+5 X50+10 X75+15" },
	{ 100, "N1+1 N2+2 N3+3 X25+25 X50+50 X75+75" },
};
#define RINGS (int)(sizeof rings / sizeof rings[0])

START_TEST(neighbours_are_the_next_three_and_the_quarters_D_35)
{
	const unsigned count = rings[_i].count;
	char text[256];

	for (unsigned own = 10; own < 10 + count; own += 3) {
		make_ring(count, own, true);
		neighbours_text(count, own, text);
		ck_assert_str_eq(text, rings[_i].neighbours);
		bitmark_announce_free(table);
	}
	table = NULL;
}
END_TEST

START_TEST(a_node_that_is_not_announced_has_the_same_neighbours_D_54)
{
	const unsigned count = rings[_i].count;
	char text[256];

	for (unsigned own = 10; own < 10 + count; own += 3) {
		make_ring(count, own, false);
		ck_assert_uint_eq(bitmark_announce_count(table), count - 1);
		neighbours_text(count, own, text);
		ck_assert_str_eq(text, rings[_i].neighbours);
		bitmark_announce_free(table);
	}
	table = NULL;
}
END_TEST

START_TEST(in_a_network_of_four_all_others_are_neighbours_D_35)
{
	struct bitmark_neighbour list[BITMARK_NEIGHBOURS_MAX];

	make_ring(4, 12, true);
	ck_assert_uint_eq(bitmark_announce_neighbours(table, list,
	    BITMARK_NEIGHBOURS_MAX), 3);
	memset(list, 0, sizeof list);
	ck_assert_uint_eq(bitmark_announce_neighbours(table, list, 1), 1);
	ck_assert_uint_eq(list[1].peer.connections_size, 0);
}
END_TEST

START_TEST(a_change_of_neighbours_is_reported_once)
{
	make(10, true, 0);
	ck_assert(!bitmark_announce_take_changed(table));
	ck_assert_int_eq(add_from(0, 11, NOW_S - 600), BITMARK_OK);
	ck_assert(bitmark_announce_take_changed(table));
	ck_assert(!bitmark_announce_take_changed(table));
	ck_assert_int_eq(add_from(0, 11, NOW_S), BITMARK_OK);
	ck_assert(!bitmark_announce_take_changed(table));
	ck_assert_uint_eq(bitmark_announce_expire(table, NOW_S +
	    EXPIRY_S), 1);
	ck_assert(bitmark_announce_take_changed(table));
}
END_TEST

START_TEST(a_peer_that_moved_is_a_change)
{
	static const uint8_t moved[] = { 7, 9, 9, 10, 0, 0, 9 };
	const struct bitmark_peer peer = peer_of(11, 0);

	make(10, true, 0);
	ck_assert_int_eq(add_from(0, 11, NOW_S - 600), BITMARK_OK);
	ck_assert(bitmark_announce_take_changed(table));
	ck_assert_int_eq(bitmark_announce_add(table, 0,
	    (struct bitmark_announcement){ { peer.key, sizeof peer.key },
	    { moved, sizeof moved }, NOW_S }, NOW_S, NULL, NULL), BITMARK_OK);
	ck_assert(bitmark_announce_take_changed(table));
}
END_TEST

/* Our clock was ahead when we heard of it, and was put right. */
START_TEST(a_time_in_the_future_counts_as_the_time_of_arrival)
{
	const struct bitmark_peer peer = peer_of(11, 0);
	bool relay = false;

	make(10, true, 0);
	ck_assert_int_eq(bitmark_announce_add(table, 0,
	    (struct bitmark_announcement){ { peer.key, sizeof peer.key },
	    { address, sizeof address }, 0 }, NOW_S + DAY_S, NULL, NULL),
	    BITMARK_OK);
	ck_assert_uint_eq(bitmark_announce_expire(table, NOW_S), 0);
	ck_assert_int_eq(bitmark_announce_add(table, 0,
	    (struct bitmark_announcement){ { peer.key, sizeof peer.key },
	    { address, sizeof address }, NOW_S + 660 }, NOW_S + 660, &relay,
	    NULL), BITMARK_OK);
	ck_assert(relay);
	ck_assert_uint_eq(bitmark_announce_expire(table, NOW_S + 660 +
	    EXPIRY_S), 1);
}
END_TEST

START_TEST(kept_entries_are_not_given_up_for_others_D_37)
{
	const struct bitmark_peer old = peer_of(20, 0);

	make(10, true, 4);
	ck_assert_int_eq(bitmark_announce_keep(table, old.key), BITMARK_OK);
	ck_assert_int_eq(add_from(0, 20, NOW_S - 900), BITMARK_OK);
	for (unsigned i = 30; i < 60; i++)
		ck_assert_int_eq(add_from(SENDER + i, i, NOW_S - i),
		    BITMARK_OK);
	ck_assert(is_listed(20));
	ck_assert(is_listed(10));
	bitmark_announce_release(table, old.key);
	ck_assert_int_eq(add_from(SENDER, 70, NOW_S), BITMARK_OK);
	ck_assert(!is_listed(20));
}
END_TEST

START_TEST(a_key_that_was_kept_twice_must_be_released_twice)
{
	const struct bitmark_peer old = peer_of(20, 0);

	make(10, true, 2);
	ck_assert_int_eq(bitmark_announce_keep(table, old.key), BITMARK_OK);
	ck_assert_int_eq(bitmark_announce_keep(table, old.key), BITMARK_OK);
	ck_assert_int_eq(add_from(0, 20, NOW_S - 900), BITMARK_OK);
	bitmark_announce_release(table, old.key);
	ck_assert_int_eq(add_from(0, 30, NOW_S), BITMARK_OK);
	ck_assert(is_listed(20));
	bitmark_announce_release(table, old.key);
	bitmark_announce_release(table, old.key);
	ck_assert_int_eq(add_from(0, 30, NOW_S), BITMARK_OK);
	ck_assert(is_listed(30));
}
END_TEST

START_TEST(kept_keys_are_bounded)
{
	make(10, true, 0);
	for (unsigned i = 0; i < BITMARK_ANNOUNCE_KEPT_MAX; i++)
		ck_assert_int_eq(bitmark_announce_keep(table,
		    peer_of(100 + i, 0).key), BITMARK_OK);
	ck_assert_int_eq(bitmark_announce_keep(table, peer_of(9, 0).key),
	    BITMARK_E_BUSY);
	ck_assert_int_eq(bitmark_announce_keep(table, peer_of(100, 0).key),
	    BITMARK_OK);
}
END_TEST

START_TEST(a_sender_has_a_burst_and_then_a_rate_D_37)
{
	make(10, true, 0);
	for (int i = 0; i < BITMARK_ANNOUNCE_SENDER_BURST; i++)
		ck_assert_int_eq(bitmark_announce_admit(table, SENDER,
		    NOW_S), BITMARK_OK);
	ck_assert_int_eq(bitmark_announce_admit(table, SENDER, NOW_S),
	    BITMARK_E_BUSY);
	ck_assert_int_eq(bitmark_announce_admit(table, SENDER + 1, NOW_S),
	    BITMARK_OK);
	for (int i = 0; i < BITMARK_ANNOUNCE_SENDER_PER_S; i++)
		ck_assert_int_eq(bitmark_announce_admit(table, SENDER,
		    NOW_S + 1), BITMARK_OK);
	ck_assert_int_eq(bitmark_announce_admit(table, SENDER, NOW_S + 1),
	    BITMARK_E_BUSY);
	ck_assert_int_eq(bitmark_announce_admit(table, SENDER, UINT64_MAX),
	    BITMARK_OK);
}
END_TEST

START_TEST(the_node_itself_has_no_rate_limit)
{
	make(10, true, 0);
	for (int i = 0; i < 3 * BITMARK_ANNOUNCE_SENDER_BURST; i++)
		ck_assert_int_eq(bitmark_announce_admit(table, 0, NOW_S),
		    BITMARK_OK);
}
END_TEST

START_TEST(many_senders_do_not_need_more_memory)
{
	make(10, true, 0);
	for (uint64_t i = 1; i < 3 * BITMARK_ANNOUNCE_SENDERS_MAX; i++)
		ck_assert_int_eq(bitmark_announce_admit(table, i, NOW_S + i),
		    BITMARK_OK);
}
END_TEST

START_TEST(one_sender_cannot_fill_a_full_table_D_37)
{
	unsigned others = 0;

	make(10, true, 81);
	for (unsigned i = 0; i < 80; i++)
		ck_assert_int_eq(add_from(1000 + i, 100 + i, NOW_S - 500),
		    BITMARK_OK);
	for (unsigned i = 0; i < 500; i++)
		ck_assert_int_eq(add_from(SENDER, 1000 + i, NOW_S),
		    BITMARK_OK);
	for (unsigned i = 0; i < 80; i++)
		others += is_listed(100 + i);
	ck_assert_uint_eq(others, 80 -
	    (81 / BITMARK_ANNOUNCE_SENDER_SHARE + 1));
	ck_assert_uint_eq(bitmark_announce_count(table), 81);
}
END_TEST

START_TEST(peers_of_the_last_hour_are_listed_again)
{
	const struct bitmark_peer peer = peer_of(20,
	    NOW_S - EXPIRY_S + 1);

	make(10, true, 0);
	ck_assert_int_eq(bitmark_announce_restore(table, &peer, NOW_S),
	    BITMARK_OK);
	ck_assert(is_listed(20));
	ck_assert_uint_eq(bitmark_announce_candidate_count(table), 0);
}
END_TEST

START_TEST(older_peers_are_candidates_and_are_not_passed_on)
{
	const uint8_t nobody[BITMARK_PEER_KEY_SIZE] = { 0 };
	const struct bitmark_peer peer = peer_of(20, NOW_S - 7 * DAY_S);
	struct bitmark_peer found;

	make(10, true, 0);
	ck_assert_int_eq(bitmark_announce_restore(table, &peer, NOW_S),
	    BITMARK_OK);
	ck_assert(!is_listed(20));
	ck_assert_int_eq(bitmark_announce_random(table, nobody, &found),
	    BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(bitmark_announce_candidate(table, NOW_S, &found),
	    BITMARK_OK);
	ck_assert_mem_eq(found.key, peer.key, sizeof peer.key);
	ck_assert_int_eq(bitmark_announce_candidate(table, NOW_S + 1,
	    &found), BITMARK_E_NOT_FOUND);
}
END_TEST

START_TEST(entries_older_than_a_week_and_the_own_one_are_not_restored_D_57)
{
	struct bitmark_peer peer = peer_of(20, NOW_S - 7 * DAY_S - 1);

	make(10, true, 0);
	ck_assert_int_eq(bitmark_announce_restore(table, &peer, NOW_S),
	    BITMARK_E_TIMESTAMP);
	peer = peer_of(20, 0);
	ck_assert_int_eq(bitmark_announce_restore(table, &peer, NOW_S),
	    BITMARK_E_TIMESTAMP);
	peer = peer_of(10, NOW_S - 30);
	ck_assert_int_eq(bitmark_announce_restore(table, &peer, NOW_S),
	    BITMARK_E_PUBLIC_KEY);
	ck_assert_uint_eq(bitmark_announce_candidate_count(table), 0);
}
END_TEST

/* A machine may begin its run with a clock that is years behind. */
START_TEST(peers_with_a_time_in_the_future_are_candidates_too)
{
	const struct bitmark_peer peer = peer_of(20, NOW_S);
	struct bitmark_peer found;

	make(10, true, 0);
	ck_assert_int_eq(bitmark_announce_restore(table, &peer, DAY_S),
	    BITMARK_OK);
	ck_assert(!is_listed(20));
	ck_assert_int_eq(bitmark_announce_candidate(table, DAY_S, &found),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_announce_candidate(table, NOW_S + 7 * DAY_S,
	    &found), BITMARK_OK);
	ck_assert_int_eq(bitmark_announce_candidate(table, NOW_S + 7 * DAY_S +
	    1, &found), BITMARK_E_NOT_FOUND);
}
END_TEST

START_TEST(a_candidate_that_is_announced_becomes_a_peer)
{
	const struct bitmark_peer peer = peer_of(20, NOW_S - DAY_S);

	make(10, true, 0);
	ck_assert_int_eq(bitmark_announce_restore(table, &peer, NOW_S),
	    BITMARK_OK);
	ck_assert_int_eq(add_from(SENDER, 20, NOW_S), BITMARK_OK);
	ck_assert_uint_eq(bitmark_announce_candidate_count(table), 0);
	ck_assert_int_eq(bitmark_announce_restore(table, &peer, NOW_S),
	    BITMARK_OK);
	ck_assert_uint_eq(bitmark_announce_candidate_count(table), 0);
}
END_TEST

/* A long time without a network must not leave us with nobody to try. */
START_TEST(a_peer_that_expires_becomes_a_candidate_again)
{
	struct bitmark_peer found;

	make(10, true, 0);
	ck_assert_int_eq(add_from(SENDER, 20, NOW_S), BITMARK_OK);
	ck_assert_uint_eq(bitmark_announce_expire(table, NOW_S +
	    EXPIRY_S), 1);
	ck_assert(!is_listed(20));
	ck_assert_int_eq(bitmark_announce_candidate(table, NOW_S + DAY_S,
	    &found), BITMARK_OK);
	ck_assert_uint_eq(found.key[1], 20);
	ck_assert_uint_eq(found.timestamp, NOW_S);
	ck_assert_int_eq(add_from(SENDER, 20, NOW_S), BITMARK_OK);
	ck_assert_uint_eq(bitmark_announce_candidate_count(table), 0);
	ck_assert_uint_eq(bitmark_announce_expire(table, NOW_S + 8 * DAY_S),
	    1);
	ck_assert_uint_eq(bitmark_announce_candidate_count(table), 0);
}
END_TEST

START_TEST(candidates_take_turns_and_are_bounded)
{
	unsigned turns[3] = { 0 };
	struct bitmark_peer peer;

	make(10, true, 0);
	for (unsigned i = 0; i < 3; i++) {
		peer = peer_of(20 + i, NOW_S - DAY_S + i);
		ck_assert_int_eq(bitmark_announce_restore(table, &peer,
		    NOW_S), BITMARK_OK);
	}
	for (int i = 0; i < 9; i++) {
		ck_assert_int_eq(bitmark_announce_candidate(table, NOW_S,
		    &peer), BITMARK_OK);
		turns[peer.key[1] - 20]++;
	}
	ck_assert(turns[0] == 3 && turns[1] == 3 && turns[2] == 3);
	for (unsigned i = 0; i < 2 * BITMARK_ANNOUNCE_CANDIDATES_MAX; i++) {
		peer = peer_of(1000 + i, NOW_S - DAY_S);
		ck_assert_int_eq(bitmark_announce_restore(table, &peer,
		    NOW_S), BITMARK_OK);
	}
	ck_assert_uint_eq(bitmark_announce_candidate_count(table),
	    BITMARK_ANNOUNCE_CANDIDATES_MAX);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("announce_rules");
	TCase *t = tcase_create("rules");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t,
	    neighbours_are_the_next_three_and_the_quarters_D_35, 0, RINGS);
	tcase_add_loop_test(t,
	    a_node_that_is_not_announced_has_the_same_neighbours_D_54, 0,
	    RINGS);
	tcase_add_test(t, in_a_network_of_four_all_others_are_neighbours_D_35);
	tcase_add_test(t, a_change_of_neighbours_is_reported_once);
	tcase_add_test(t, a_peer_that_moved_is_a_change);
	tcase_add_test(t, a_time_in_the_future_counts_as_the_time_of_arrival);
	tcase_add_test(t, kept_entries_are_not_given_up_for_others_D_37);
	tcase_add_test(t, a_key_that_was_kept_twice_must_be_released_twice);
	tcase_add_test(t, kept_keys_are_bounded);
	tcase_add_test(t, a_sender_has_a_burst_and_then_a_rate_D_37);
	tcase_add_test(t, the_node_itself_has_no_rate_limit);
	tcase_add_test(t, many_senders_do_not_need_more_memory);
	tcase_add_test(t, one_sender_cannot_fill_a_full_table_D_37);
	tcase_add_test(t, peers_of_the_last_hour_are_listed_again);
	tcase_add_test(t,
	    older_peers_are_candidates_and_are_not_passed_on);
	tcase_add_test(t,
	    entries_older_than_a_week_and_the_own_one_are_not_restored_D_57);
	tcase_add_test(t, peers_with_a_time_in_the_future_are_candidates_too);
	tcase_add_test(t, a_candidate_that_is_announced_becomes_a_peer);
	tcase_add_test(t, a_peer_that_expires_becomes_a_candidate_again);
	tcase_add_test(t, candidates_take_turns_and_are_bounded);
	suite_add_tcase(s, t);
	return run_suite(s);
}
