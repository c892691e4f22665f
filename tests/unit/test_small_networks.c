/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Networks of two, three and four nodes on loopback that start at the same
 * moment: each becomes Normal and gets the chain that one of them has.
 */
#include "../support/members.h"

#include <pthread.h>
#include <string.h>

#define HEIGHT 12

static void *
start_one(void *arg)
{
	struct member *m = arg;

	return (void *)(intptr_t)bitmark_node_start(&m->node, &m->config);
}

/* The first ${count} nodes, each by a thread of its own. */
static void
start_together(int count)
{
	pthread_t thread[MEMBERS_MAX];

	for (int i = 0; i < count; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, start_one,
		    &member[i]), 0);
	for (int i = 0; i < count; i++) {
		void *status;

		ck_assert_int_eq(pthread_join(thread[i], &status), 0);
		ck_assert_int_eq((int)(intptr_t)status, BITMARK_OK);
	}
}

/* Everybody has everybody else in the configuration. */
static void
make_mesh(int count)
{
	for (int i = 0; i < count; i++)
		for (int k = 0; k < count; k++)
			if (i != k)
				member_follow(i, k);
}

/* Everybody is told of the first only. */
static void
make_dynamic(int count)
{
	for (int i = 0; i < count; i++) {
		member[i].config.dynamic_connections = true;
		if (i != 0)
			member_follow(i, 0);
	}
}

static void
expect_in_step(int count, unsigned peers)
{
	for (int i = 0; i < count; i++) {
		ck_assert_msg(member_becomes(i, member_in_step, HEIGHT),
		    "node %d of %d is not in step", i, count);
		ck_assert_msg(member_becomes(i, member_has_peers, peers),
		    "node %d of %d has not %u peers", i, count, peers);
	}
}

START_TEST(a_static_mesh_that_starts_at_once_becomes_normal_D_11)
{
	member_load(0, HEIGHT);
	make_mesh(_i);
	start_together(_i);
	expect_in_step(_i, (unsigned)_i - 1);
}
END_TEST

/* Two nodes that only know each other, and three, where v8.2 never registers,
 * or only by chance. */
START_TEST(two_and_three_nodes_find_each_other_D_12)
{
	member_load(_i - 1, HEIGHT);
	make_dynamic(_i);
	member[0].config.minimum_clients = 1;
	start_together(_i);
	expect_in_step(_i, (unsigned)_i - 1);
	for (int i = 0; i < _i; i++)
		ck_assert_uint_eq(member_status(i).known, (unsigned)_i);
}
END_TEST

/* Four nodes are enough for the three clients that v8.2 asks for. */
START_TEST(four_dynamic_nodes_become_normal_D_35)
{
	member_load(2, HEIGHT);
	make_dynamic(4);
	for (int i = 0; i < 4; i++)
		member[i].config.minimum_clients = 3;
	start_together(4);
	expect_in_step(4, 3);
}
END_TEST

START_TEST(a_mesh_with_a_peer_that_never_comes_goes_on_D_11)
{
	member_load(0, HEIGHT);
	make_mesh(3);
	start_together(2);
	expect_in_step(2, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("small networks");
	TCase *tc = tcase_create("small networks");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_set_timeout(tc, 180);
	tcase_add_checked_fixture(tc, members_setup, members_teardown);
	tcase_add_loop_test(tc,
	    a_static_mesh_that_starts_at_once_becomes_normal_D_11, 2, 5);
	tcase_add_loop_test(tc, two_and_three_nodes_find_each_other_D_12, 2,
	    4);
	tcase_add_test(tc, four_dynamic_nodes_become_normal_D_35);
	tcase_add_test(tc, a_mesh_with_a_peer_that_never_comes_goes_on_D_11);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
