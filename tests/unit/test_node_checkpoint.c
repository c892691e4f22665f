/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Nodes with a checkpoint: they synchronise without digests, and are not Normal
 * before it is reached. */
#include "../support/members.h"

#include <bitmarkpeer/client.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIP 25

static bitmark_digest_fn real_digest;
static atomic_uint computed;
static atomic_bool said_taken_back, said_reached;

static bitmark_status
counted_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	atomic_fetch_add(&computed, 1);
	return real_digest(input, arena, arena_size, output);
}

static void
on_log(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t line_size)
{
	char text[512];

	(void)user;
	(void)level;
	(void)module;
	snprintf(text, sizeof text, "%.*s", (int)line_size, line);
	if (strstr(text, "taken back") != NULL)
		atomic_store(&said_taken_back, true);
	if (strstr(text, "is reached") != NULL)
		atomic_store(&said_reached, true);
}

static struct bitmark_checkpoint checkpoint;

/* That of golden block ${number}, as a store gives it that has verified it. */
static void
take_checkpoint(uint64_t number)
{
	struct bitmark_chain *chain = store_open_for(member[0].directory,
	    BITMARK_CHAIN_READ, NULL);
	struct bitmark_snapshot *snapshot = store_snapshot(chain);

	ck_assert_int_eq(bitmark_snapshot_checkpoint(snapshot, number,
	    &checkpoint), BITMARK_OK);
	bitmark_snapshot_close(snapshot);
	bitmark_chain_close(chain);
}

/* Member 0 has the golden chain; member 1 follows it with a checkpoint. */
static void
setup(void)
{
	members_setup();
	real_digest = member[0].config.digest;
	member_load(0, TIP);
	take_checkpoint(TIP);
	member_follow(1, 0);
	member[1].config.checkpoint = &checkpoint;
	member[1].config.digest = counted_digest;
	member[1].config.env.log = on_log;
}

static bool
is_at(const struct bitmark_node_status *s, uint64_t height)
{
	return s->tip.number == height;
}

/* The height that a peer is told. */
static uint64_t
told_height(int i)
{
	struct bitmark_client_config config = {
		.struct_size = sizeof config,
		.address = member[i].address,
		.chain = "local",
		.timeout_ms = 10000,
	};
	struct bitmark_client *client;
	uint64_t height = 0;

	memcpy(config.server_key, member[i].public_key,
	    sizeof config.server_key);
	ck_assert_int_eq(bitmark_client_open(&client, &config), BITMARK_OK);
	ck_assert_int_eq(bitmark_client_height(client, &height), BITMARK_OK);
	bitmark_client_close(client);
	return height;
}

static void
assert_same_store(int i)
{
	char *expected, *found;

	member_stop(0);
	member_stop(i);
	expected = store_dump(member[0].directory);
	found = store_dump(member[i].directory);
	ck_assert_str_eq(found, expected);
	free(expected);
	free(found);
}

START_TEST(a_node_synchronises_without_digests)
{
	member_start(0);
	member_start(1);
	ck_assert(member_becomes(1, member_in_step, TIP));
	ck_assert_uint_eq(atomic_load(&computed), 0);
	ck_assert(atomic_load(&said_reached));
	ck_assert_uint_eq(told_height(1), TIP);
	assert_same_store(1);
}
END_TEST

/* Only the newest block of the peer has none behind it. */
START_TEST(below_the_checkpoint_a_node_is_not_normal_and_tells_nobody)
{
	struct bitmark_chain *chain = store_open(member[0].directory);

	ck_assert_int_eq(bitmark_chain_delete_down(chain, 21), BITMARK_OK);
	bitmark_chain_close(chain);
	member_start(0);
	member_start(1);
	ck_assert(member_becomes(1, is_at, 20));
	ck_assert_uint_le(atomic_load(&computed), 1);
	ck_assert_int_eq(member_status(1).mode, BITMARK_MODE_RESYNCHRONISE);
	ck_assert_uint_eq(told_height(1), BITMARK_GENESIS_NUMBER);

	/* It goes on where it was, also after a new start. */
	member_stop(0);
	if (_i == 1)
		member_stop(1);
	member_load(0, TIP);
	member_start(0);
	if (_i == 1) {
		member_start(1);
		ck_assert_uint_ge(member_status(1).tip.number, 20);
	}
	ck_assert(member_becomes(1, member_in_step, TIP));
	ck_assert_uint_le(atomic_load(&computed), 1);
	ck_assert(!atomic_load(&said_taken_back));
	assert_same_store(1);
}
END_TEST

START_TEST(a_chain_that_is_not_that_of_the_checkpoint_is_taken_back)
{
	struct await wait = AWAIT;

	checkpoint.headers[7] ^= 1;
	member_start(0);
	member_start(1);
	while (!atomic_load(&said_taken_back) && await_again(&wait))
		continue;
	ck_assert(atomic_load(&said_taken_back));
	ck_assert(member_becomes(1, is_at, BITMARK_GENESIS_NUMBER));
	ck_assert_int_eq(member_status(1).mode, BITMARK_MODE_RESYNCHRONISE);
}
END_TEST

/* Member 2 has the longer branch, so it is asked first. */
START_TEST(a_longer_branch_that_is_another_costs_its_sender_its_place)
{
	struct bitmark_chain *chain = store_open(member[0].directory);

	take_checkpoint(23);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, TIP), BITMARK_OK);
	bitmark_chain_close(chain);
	chain = store_open(member[2].directory);
	store_add(chain, &member_fork, member_fork.height);
	bitmark_chain_close(chain);
	ck_assert_uint_gt(member_fork.height, TIP - 1);
	member_follow(1, 2);
	member[1].config.minimum_clients = 2;
	member_start(0);
	member_start(2);
	member_start(1);
	ck_assert(member_becomes(1, member_in_step, TIP - 1));
	ck_assert(atomic_load(&said_taken_back));
	assert_same_store(1);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("checkpoint");
	Suite *s = suite_create("node_checkpoint");
	SRunner *r;
	int failed;

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_add_checked_fixture(t, setup, members_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_node_synchronises_without_digests);
	tcase_add_loop_test(t,
	    below_the_checkpoint_a_node_is_not_normal_and_tells_nobody, 0, 2);
	tcase_add_test(t,
	    a_chain_that_is_not_that_of_the_checkpoint_is_taken_back);
	tcase_add_test(t,
	    a_longer_branch_that_is_another_costs_its_sender_its_place);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
