/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The table of peers by the rules of 0.16. */
#include "../support/vectors.h"

#include <bitmarkpeer/announce.h>
#include <bitmarkpeer/rpc_list.h>

#include <stdio.h>
#include <string.h>

#define NOW_S UINT64_C(1700000000)
#define EXPIRY_S (55u * 60)
#define REBROADCAST_S BITMARK_ANNOUNCE_REBROADCAST_S

static const uint8_t address[] = { 7, 8, 88, 127, 0, 0, 1 };
static struct bitmark_announce *table;

static struct bitmark_peer
peer_of(unsigned number, uint64_t timestamp)
{
	struct bitmark_peer peer = { .timestamp = timestamp };

	peer.key[0] = (uint8_t)number;
	peer.key[1] = 1;
	memcpy(peer.connections, address, sizeof address);
	peer.connections_size = sizeof address;
	return peer;
}

static void
make(unsigned own_number)
{
	const struct bitmark_peer own = peer_of(own_number, NOW_S);

	ck_assert_int_eq(bitmark_announce_new(&table, &own, 0,
	    bitmark_rules_0_16(), NULL), BITMARK_OK);
}

static bitmark_status
add_at(unsigned number, uint64_t timestamp, uint64_t now_s, bool *relay)
{
	const struct bitmark_peer peer = peer_of(number, timestamp);

	return bitmark_announce_add(table, 0,
	    bitmark_peer_announcement(&peer), now_s, relay, NULL);
}

static void
heard(unsigned number, uint64_t now_s)
{
	bitmark_announce_heard(table, peer_of(number, 0).key, now_s);
}

static void
setup(void)
{
	make(10);
}

static void
teardown(void)
{
	bitmark_announce_free(table);
}

/* Source: tests against networks of 0.16.0: 4 distinct neighbours of 6 or 7
 * nodes, 7 of 8 */
static const struct {
	unsigned count;
	const char *neighbours;
} rings[] = {
	{ 1, "" },
	{ 2, "N1+1" },
	{ 3, "N1+1 X2+2" },
	{ 4, "N1+1 N3+3 X4+2" },
	{ 5, "N1+1 N3+3 X4+2 P1+4" },
	{ 6, "N1+1 N3+3 X6+4 P1+5" },
	{ 7, "N1+1 N3+3 X6+4 P1+6" },
	{ 8, "N1+1 N3+3 X2+2 X4+4 X5+5 X6+6 X7+7" },
	{ 16, "N1+1 N3+3 X1+2 X2+4 X3+6 X4+8 X5+10 X6+12 X7+14 P1+15 P3+13" },
	{ 100, "N1+1 N3+3 X1+12 X2+25 X3+37 X4+50 X5+62 X6+75 X7+87 P1+99 "
	    "P3+97" },
};

START_TEST(neighbours_are_the_eighths)
{
	struct bitmark_neighbour list[BITMARK_NEIGHBOURS_MAX];
	const unsigned count = rings[_i].count, own = 10 + count / 2;
	char text[256] = "", *end = text;
	size_t found;

	bitmark_announce_free(table);
	make(own);
	for (unsigned i = 10; i < 10 + count; i++)
		if (i != own)
			ck_assert_int_eq(add_at(i, NOW_S, NOW_S, NULL),
			    BITMARK_OK);
	found = bitmark_announce_neighbours(table, list,
	    BITMARK_NEIGHBOURS_MAX);
	for (size_t i = 0; i < found; i++)
		end += sprintf(end, "%s%s+%u", i == 0 ? "" : " ",
		    bitmark_neighbour_name(list[i].label),
		    (list[i].peer.key[0] + count - own) % count);
	ck_assert_str_eq(text, rings[_i].neighbours);
}
END_TEST

START_TEST(a_time_of_zero_has_expired)
{
	struct bitmark_rpc_list *rpcs;

	ck_assert_int_eq(add_at(1, 0, NOW_S, NULL), BITMARK_E_TIMESTAMP);
	ck_assert_int_eq(bitmark_rpc_list_new(&rpcs, 0, bitmark_rules_0_16()),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_rpc_list_add(rpcs, 0,
	    (struct bitmark_announcement){ { peer_of(1, 0).key, 32 },
	    { address, sizeof address }, 0 }, NOW_S, NULL, NULL),
	    BITMARK_E_TIMESTAMP);
	bitmark_rpc_list_free(rpcs);
}
END_TEST

START_TEST(an_entry_of_exactly_55_minutes_stays)
{
	ck_assert_int_eq(add_at(1, NOW_S - EXPIRY_S - 1, NOW_S, NULL),
	    BITMARK_E_TIMESTAMP);
	ck_assert_int_eq(add_at(1, NOW_S - EXPIRY_S, NOW_S, NULL),
	    BITMARK_OK);
	ck_assert_uint_eq(bitmark_announce_expire(table, NOW_S), 0);
	ck_assert_uint_eq(bitmark_announce_expire(table, NOW_S + 1), 1);
}
END_TEST

START_TEST(a_poll_renews_an_entry)
{
	ck_assert_int_eq(add_at(1, NOW_S, NOW_S, NULL), BITMARK_OK);
	heard(1, NOW_S + 3000);
	heard(2, NOW_S + 3000);         /* not known: stays so */
	ck_assert_uint_eq(bitmark_announce_count(table), 2);
	ck_assert_uint_eq(bitmark_announce_expire(table,
	    NOW_S + 3000 + EXPIRY_S), 0);
	ck_assert_uint_eq(bitmark_announce_expire(table,
	    NOW_S + 3001 + EXPIRY_S), 1);
}
END_TEST

/* Otherwise those that are connected to a peer would never pass on what it
 * announces, nor learn that it has moved. */
START_TEST(an_announcement_is_news_beside_polls)
{
	bool relay;

	ck_assert_int_eq(add_at(1, NOW_S, NOW_S, &relay), BITMARK_OK);
	ck_assert(relay);
	heard(1, NOW_S + REBROADCAST_S - 1);
	ck_assert_int_eq(add_at(1, NOW_S + REBROADCAST_S,
	    NOW_S + REBROADCAST_S, &relay), BITMARK_OK);
	ck_assert(relay);
	/* An old announcement does not make the entry old. */
	heard(1, NOW_S + 3000);
	ck_assert_int_eq(add_at(1, NOW_S + 2 * REBROADCAST_S, NOW_S + 3000,
	    &relay), BITMARK_OK);
	ck_assert(relay);
	ck_assert_uint_eq(bitmark_announce_at(table, 0)->timestamp,
	    NOW_S + 3000);
}
END_TEST

START_TEST(connected_peers_that_expire_are_told_once)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	ck_assert_int_eq(bitmark_announce_keep(table, peer_of(1, 0).key),
	    BITMARK_OK);
	ck_assert_int_eq(add_at(1, NOW_S, NOW_S, NULL), BITMARK_OK);
	ck_assert_int_eq(add_at(2, NOW_S, NOW_S, NULL), BITMARK_OK);
	ck_assert(!bitmark_announce_take_expired(table, key));
	ck_assert_uint_eq(bitmark_announce_expire(table,
	    NOW_S + EXPIRY_S + 1), 2);
	ck_assert(bitmark_announce_take_expired(table, key));
	ck_assert_mem_eq(key, peer_of(1, 0).key, sizeof key);
	ck_assert(!bitmark_announce_take_expired(table, key));
}
END_TEST

/* By the rules of 8.2 nobody polls for the table, and connections stay. */
START_TEST(v8_2_knows_none_of_it)
{
	const struct bitmark_peer own = peer_of(10, NOW_S);
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	bitmark_announce_free(table);
	ck_assert_int_eq(bitmark_announce_new(&table, &own, 0,
	    bitmark_rules_8_2(), NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_announce_keep(table, peer_of(1, 0).key),
	    BITMARK_OK);
	ck_assert_int_eq(add_at(1, 0, NOW_S, NULL), BITMARK_OK);
	heard(1, NOW_S + 3000);
	ck_assert_uint_eq(bitmark_announce_expire(table, NOW_S + EXPIRY_S),
	    1);
	ck_assert(!bitmark_announce_take_expired(table, key));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("announce_0_16");
	TCase *t = tcase_create("table");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, neighbours_are_the_eighths, 0,
	    (int)(sizeof rings / sizeof rings[0]));
	tcase_add_test(t, a_time_of_zero_has_expired);
	tcase_add_test(t, an_entry_of_exactly_55_minutes_stays);
	tcase_add_test(t, a_poll_renews_an_entry);
	tcase_add_test(t, an_announcement_is_news_beside_polls);
	tcase_add_test(t, connected_peers_that_expire_are_told_once);
	tcase_add_test(t, v8_2_knows_none_of_it);
	suite_add_tcase(s, t);
	return run_suite(s);
}
