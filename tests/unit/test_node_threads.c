/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Threads of a node that has nothing to do.  Each test is a process of its own,
 * so all threads but the first are the node's. */
#include "../support/await.h"
#include "../support/members.h"

#include <dirent.h>

#include "net/curve.h"

/* The owner's and the listener's; libzmq's for its connections, and the one
 * that closes its sockets. */
#define NODE_THREADS (2 + BM_NET_IO_THREADS + 1)
_Static_assert(1 + NODE_THREADS <= 6, "with that of the program, six at most");

static int
count_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *entry;
	int count = 0;

	ck_assert_ptr_nonnull(tasks);
	while ((entry = readdir(tasks)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(tasks);
	return count;
}

static void
publish_at(struct member *m, const char **address)
{
	static char text[LOOPBACK_TEXT_SIZE];

	loopback_free_address(text);
	*address = text;
	m->config.publish = address;
	m->config.publish_count = 1;
}

START_TEST(an_idle_node_that_listens_and_publishes_has_five_threads)
{
	struct await wait = AWAIT;
	const char *address;
	int before = count_threads();

	members_setup();
	publish_at(&member[0], &address);
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, 1));
	ck_assert_int_eq(count_threads(), before + NODE_THREADS);
	/* Threads that work for it go when there is no more work. */
	ck_assert_int_eq(bitmark_node_submit(member[0].node,
	    BITMARK_SUBMIT_BLOCK, member_golden.blocks[0].data,
	    member_golden.blocks[0].size, NULL), BITMARK_OK);
	ck_assert(member_becomes(0, member_in_step, 2));
	while (count_threads() > before + NODE_THREADS)
		ck_assert(await_again(&wait));
	members_teardown();
	ck_assert_int_eq(count_threads(), before);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("node threads");
	TCase *tc = tcase_create("threads");

	tcase_set_timeout(tc, 240);
	tcase_add_test(tc,
	    an_idle_node_that_listens_and_publishes_has_five_threads);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
