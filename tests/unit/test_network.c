/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Six nodes on loopback of which five know the address of one: they find each
 * other, and hand on what one of them is told.
 */
#include "../support/await.h"
#include "../support/loopback.h"
#include "../support/reservoirs.h"

#include <bitmarkpeer/client.h>
#include <bitmarkpeer/node.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NODES 6
/* Blocks that all of them have at the start. */
#define COMMON 24
/* Instead of 15 and 30 seconds. */
#define CYCLE_MS 200
#define POLL_MS 1000

/* Operations of the scenario "2-issues": an asset, one issue of it. */
#define SCENARIO 2
#define ASSET 1
#define ISSUE 3
#define TWO_ISSUES 7

struct member {
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	char address[LOOPBACK_TEXT_SIZE];
	const char *listen;
	char *directory;
	struct bitmark_node_peer known;
	struct bitmark_node_config config;
	struct bitmark_node *node;
};

static struct golden_chain golden, fork_chain;
static struct member member[NODES];

static void
prepare(struct member *m)
{
	struct bitmark_node_config *config = &m->config;

	config->struct_size = sizeof *config;
	bitmark_peer_key_generate(NULL, config->public_key,
	    config->private_key);
	memcpy(m->public_key, config->public_key, sizeof m->public_key);
	loopback_free_address(m->address);
	m->listen = m->address;
	m->directory = store_directory();
	config->database = m->directory;
	config->params = bitmark_chain_params_find("local");
	config->listen = config->announce = &m->listen;
	config->listen_count = config->announce_count = 1;
	config->dynamic_connections = true;
	config->digest_workers = 1;
	config->digest_nice = -1;
	config->digest = golden_digests(&golden, &fork_chain);
	config->cycle_ms = CYCLE_MS;
	config->poll_ms = POLL_MS;
}

static void
setup(void)
{
	golden = golden_chain("chain-a");
	fork_chain = golden_chain("chain-a-fork");
	memset(member, 0, sizeof member);
	for (int i = 0; i < NODES; i++) {
		struct member *m = &member[i];

		prepare(m);
		if (i == 0)
			continue;
		memcpy(m->known.key, member[0].public_key,
		    sizeof m->known.key);
		m->known.struct_size = sizeof m->known;
		m->known.address = member[0].address;
		m->config.connect = &m->known;
		m->config.connect_count = 1;
	}
}

static void
stop(int i)
{
	bitmark_node_stop(member[i].node);
	member[i].node = NULL;
}

static void
teardown(void)
{
	for (int i = 0; i < NODES; i++) {
		stop(i);
		store_remove(member[i].directory);
	}
	golden_chain_free(&golden);
	golden_chain_free(&fork_chain);
}

static void
load(int i, const struct golden_chain *chain, uint64_t last)
{
	struct bitmark_chain *store = store_open(member[i].directory);

	store_add(store, chain, last);
	bitmark_chain_close(store);
}

static void
start(int i)
{
	ck_assert_int_eq(bitmark_node_start(&member[i].node,
	    &member[i].config), BITMARK_OK);
}

static struct bitmark_node_status
state_of(int i)
{
	struct bitmark_node_status status = { .struct_size = sizeof status };

	bitmark_node_get_status(member[i].node, &status);
	return status;
}

typedef bool (*good_fn)(const struct bitmark_node_status *, uint64_t);

/* Look at all nodes that run until each is ${good} or patience ends. */
static bool
all_become(good_fn good, uint64_t argument)
{
	struct await wait = AWAIT;
	bool all;

	do {
		all = true;
		for (int i = 0; i < NODES && all; i++) {
			struct bitmark_node_status status = { .struct_size =
			    sizeof status };

			if (member[i].node == NULL)
				continue;
			status = state_of(i);
			all = good(&status, argument);
		}
	} while (!all && await_again(&wait));
	return all;
}

static bool
is_connected(const struct bitmark_node_status *s, uint64_t peers)
{
	return s->mode == BITMARK_MODE_NORMAL && s->peers >= peers;
}

static bool
is_found(const struct bitmark_node_status *s, uint64_t known)
{
	return s->known == known;
}

static bool
is_waiting(const struct bitmark_node_status *s, uint64_t pending)
{
	return s->pending == pending;
}

static bool
is_high(const struct bitmark_node_status *s, uint64_t height)
{
	return s->mode == BITMARK_MODE_NORMAL && s->tip.number == height;
}

/* All nodes, with the same blocks, connected to three others each. */
static void
start_network(void)
{
	for (int i = 0; i < NODES; i++) {
		load(i, &golden, COMMON);
		start(i);
	}
	ck_assert(all_become(is_found, NODES));
	ck_assert(all_become(is_connected, 3));
}

static void
submit(int i, enum bitmark_submission what, const uint8_t *data, size_t size)
{
	struct bitmark_client_config config = {
		.struct_size = sizeof config,
		.chain = "local", .address = member[i].address,
		.timeout_ms = 10000,
	};
	struct bitmark_client *c;

	memcpy(config.server_key, member[i].public_key,
	    sizeof config.server_key);
	ck_assert_int_eq(bitmark_client_open(&c, &config), BITMARK_OK);
	ck_assert_int_eq(bitmark_client_submit(c, what, data, size),
	    BITMARK_OK);
	bitmark_client_close(c);
}

static void
submit_operation(int i, enum bitmark_submission what, size_t operation)
{
	size_t size;
	uint8_t *data = operation_bytes(reservoir_operation(SCENARIO,
	    operation), &size);

	submit(i, what, data, size);
	free(data);
}

START_TEST(nodes_that_know_one_address_find_all_others)
{
	start_network();
	for (int i = 0; i < NODES; i++)
		ck_assert_uint_eq(state_of(i).known, NODES);
}
END_TEST

START_TEST(a_transaction_given_to_one_waits_at_all)
{
	start_network();
	submit_operation(3, BITMARK_SUBMIT_ASSETS, ASSET);
	submit_operation(3, BITMARK_SUBMIT_ISSUES, ISSUE);
	ck_assert(all_become(is_waiting, 1));
	for (int i = 0; i < NODES; i++)
		ck_assert_uint_eq(state_of(i).dropped, 0);
}
END_TEST

START_TEST(the_network_goes_on_without_the_known_address)
{
	start_network();
	submit_operation(1, BITMARK_SUBMIT_ASSETS, ASSET);
	submit_operation(1, BITMARK_SUBMIT_ISSUES, ISSUE);
	ck_assert(all_become(is_waiting, 1));
	stop(0);
	submit_operation(5, BITMARK_SUBMIT_ISSUES, TWO_ISSUES);
	ck_assert(all_become(is_waiting, 3));
}
END_TEST

START_TEST(waiting_transactions_survive_a_restart)
{
	start_network();
	submit_operation(2, BITMARK_SUBMIT_ASSETS, ASSET);
	submit_operation(2, BITMARK_SUBMIT_ISSUES, ISSUE);
	ck_assert(all_become(is_waiting, 1));
	for (int i = 0; i < NODES; i++)
		stop(i);
	start(4);
	ck_assert_uint_eq(state_of(4).pending, 1);
}
END_TEST

START_TEST(a_block_given_to_one_is_stored_by_all)
{
	const struct golden_block *block = golden_block(&golden, COMMON + 1);

	start_network();
	submit(2, BITMARK_SUBMIT_BLOCK, block->data, block->size);
	ck_assert(all_become(is_high, COMMON + 1));
}
END_TEST

START_TEST(a_block_that_does_not_fit_is_dropped)
{
	const struct golden_block *block = golden_block(&fork_chain,
	    COMMON + 1);

	start_network();
	submit(2, BITMARK_SUBMIT_BLOCK, block->data, block->size);
	submit_operation(2, BITMARK_SUBMIT_ASSETS, ASSET);
	submit_operation(2, BITMARK_SUBMIT_ISSUES, ISSUE);
	ck_assert(all_become(is_waiting, 1));
	ck_assert_uint_eq(state_of(2).dropped, 1);
	ck_assert_uint_eq(state_of(2).tip.number, COMMON);
}
END_TEST

START_TEST(a_node_leaves_its_branch_for_a_longer_one)
{
	char *want, *got;

	load(0, &fork_chain, fork_chain.height);
	load(1, &golden, golden.height);
	member[0].config.dynamic_connections = false;
	member[1].config.dynamic_connections = false;
	start(0);
	start(1);
	ck_assert(all_become(is_high, fork_chain.height));
	stop(0);
	stop(1);
	want = store_dump(member[0].directory);
	got = store_dump(member[1].directory);
	ck_assert_str_eq(got, want);
	free(want);
	free(got);
}
END_TEST

START_TEST(known_peers_are_kept_in_a_file)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof path, "%s/peers.json", member[1].directory);
	member[1].config.peer_file = path;
	start_network();
	stop(1);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	fclose(file);
	for (int i = 0; i < NODES; i++)
		stop(i);
	start(1);
	ck_assert_uint_ge(state_of(1).known, 4);
	stop(1);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("network");
	TCase *tc = tcase_create("network");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nodes_that_know_one_address_find_all_others);
	tcase_add_test(tc, a_transaction_given_to_one_waits_at_all);
	tcase_add_test(tc, the_network_goes_on_without_the_known_address);
	tcase_add_test(tc, waiting_transactions_survive_a_restart);
	tcase_add_test(tc, a_block_given_to_one_is_stored_by_all);
	tcase_add_test(tc, a_block_that_does_not_fit_is_dropped);
	tcase_add_test(tc, a_node_leaves_its_branch_for_a_longer_one);
	tcase_add_test(tc, known_peers_are_kept_in_a_file);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
