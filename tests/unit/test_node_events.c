/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* What a node tells the program that runs it and local subscribers, and what
 * the program asks of it. */
#include "../support/members.h"
#include "../support/reservoirs.h"
#include "../support/vectors.h"

#include <bitmarkpeer/subscriber.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Blocks that are stored before the start; the next one is golden, too. */
#define STORED 24
/* Operations of the scenario "2-issues": an asset, one issue of it. */
#define SCENARIO 2
#define ASSET 1
#define ISSUE 3
/* Operations of the scenario "6-blocks": a transfer, the block that has it, and
 * the one after. */
#define BLOCKS_SCENARIO 6
#define TRANSFER 0
#define BLOCK 28
#define NEXT_BLOCK 53
#define TOLD_MAX 400
#define PROOF_SIZE (BITMARK_PAY_ID_SIZE + BITMARK_GRIND_NONCE_SIZE)
#define WRONG_PROOFS 20

/* The events, written by the node's thread: a test reads only their count before
 * the node has stopped. */
static struct told {
	struct bitmark_node_event event[TOLD_MAX];
	uint8_t previous[TOLD_MAX][BITMARK_DIGEST_SIZE];
	atomic_size_t count;
	struct bitmark_node *node;      /* asked from inside of an event */
	bitmark_status asked;
} told;

static void
note(void *user, const struct bitmark_node_event *event)
{
	size_t i = atomic_load(&told.count);
	enum bitmark_tx_status status;
	struct bitmark_header header;

	(void)user;
	ck_assert_uint_lt(i, TOLD_MAX);
	told.event[i] = *event;
	if (event->block.size != 0 && bitmark_header_parse(event->block.data,
	    event->block.size, &header) == BITMARK_OK)
		memcpy(told.previous[i], header.previous,
		    sizeof header.previous);
	if (event->type == BITMARK_NODE_TRANSACTION && told.node != NULL)
		told.asked = bitmark_node_tx_status(told.node, event->tx_id,
		    &status);
	atomic_store(&told.count, i + 1);
}

static void
setup(void)
{
	members_setup();
	memset(&told, 0, sizeof told);
	member[0].config.event = note;
	member[0].config.minimum_clients = 1;
}

/* Blocks among what was told make one chain from ${from} on; its end. */
static uint64_t
check_blocks(uint64_t from)
{
	uint64_t next = from;
	uint8_t top[200][BITMARK_DIGEST_SIZE];

	for (size_t i = 0; i < told.count; i++) {
		const struct bitmark_node_event *e = &told.event[i];

		if (e->type == BITMARK_NODE_BLOCK_ADDED) {
			ck_assert_uint_eq(e->number, next);
			if (next > from)
				ck_assert_mem_eq(told.previous[i],
				    top[next - 1], BITMARK_DIGEST_SIZE);
			memcpy(top[next++], e->digest, sizeof e->digest);
		} else if (e->type == BITMARK_NODE_BLOCK_REMOVED) {
			ck_assert_uint_eq(e->number, --next);
			ck_assert_mem_eq(e->digest, top[next],
			    BITMARK_DIGEST_SIZE);
		}
	}
	return next - 1;
}

static size_t
count_of(enum bitmark_node_event_type type)
{
	const size_t all = atomic_load(&told.count);
	size_t count = 0;

	for (size_t i = 0; i < all; i++)
		count += told.event[i].type == type;
	return count;
}

/* A node already answers requests while it tells of the blocks that it had in
 * its store, so these must be waited for. */
static void
wait_for_blocks(size_t count)
{
	struct await wait = AWAIT;

	while (count_of(BITMARK_NODE_BLOCK_ADDED) < count)
		ck_assert(await_again(&wait));
}

/* A node alone, in Normal mode. */
static void
start_alone(void)
{
	member_load(0, STORED);
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, STORED));
}

static uint8_t *
bytes_of(size_t operation, size_t *size)
{
	return operation_bytes(reservoir_operation(SCENARIO, operation),
	    size);
}

static bitmark_status
submit(enum bitmark_submission what, size_t operation,
    struct bitmark_unit_result *result)
{
	size_t size;
	uint8_t *bytes = bytes_of(operation, &size);
	bitmark_status status = bitmark_node_submit(member[0].node, what,
	    bytes, size, result);

	free(bytes);
	return status;
}

START_TEST(blocks_are_told_in_order_from_any_number_on)
{
	static const uint64_t from[] = { 1, 2, 13, STORED, STORED + 1 };

	const uint64_t first = from[_i] < 2 ? 2 : from[_i];

	member[0].config.events_from = from[_i];
	start_alone();
	wait_for_blocks((size_t)(STORED + 1 - first));
	member_stop(0);
	ck_assert_uint_eq(check_blocks(first), STORED);
}
END_TEST

START_TEST(only_new_blocks_are_told_when_nothing_is_asked)
{
	start_alone();
	member_stop(0);
	ck_assert_uint_eq(count_of(BITMARK_NODE_BLOCK_ADDED), 0);
}
END_TEST

START_TEST(a_change_of_branch_is_told_block_by_block)
{
	struct bitmark_chain *chain = store_open(member[1].directory);
	uint64_t common = 1;

	store_add(chain, &member_fork, member_fork.height);
	bitmark_chain_close(chain);
	member_load(0, member_golden.height);
	member_follow(0, 1);
	member[0].config.events_from = 10;
	member_start(1);
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, member_fork.height));
	member_stop(0);
	ck_assert_uint_eq(check_blocks(10), member_fork.height);
	while (memcmp(golden_block(&member_golden, common + 1)->data,
	    golden_block(&member_fork, common + 1)->data,
	    BITMARK_HEADER_SIZE) == 0)
		common++;
	ck_assert_uint_eq(count_of(BITMARK_NODE_BLOCK_REMOVED),
	    member_golden.height - common);
}
END_TEST

/* A transfer waits; then its block is stored while no node runs. */
static void
store_block_of_transfer(void)
{
	struct bitmark_chain *chain = store_open(member[0].directory);
	struct bitmark_header next;
	size_t size, next_size;
	uint8_t *block = operation_bytes(reservoir_operation(BLOCKS_SCENARIO,
	    BLOCK), &size);
	uint8_t *after = operation_bytes(reservoir_operation(BLOCKS_SCENARIO,
	    NEXT_BLOCK), &next_size);

	ck_assert_int_eq(bitmark_header_parse(after, next_size, &next),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_add(chain, block, size, next.previous,
	    CHAIN_NOW), BITMARK_OK);
	bitmark_chain_close(chain);
	free(block);
	free(after);
}

START_TEST(effects_of_a_block_before_the_start_are_told_after_it)
{
	const uint64_t number = member_golden.height + 1;
	size_t size, blocks = 0, confirmed = 0;
	uint8_t *transfer = operation_bytes(reservoir_operation(
	    BLOCKS_SCENARIO, TRANSFER), &size);

	member_load(0, member_golden.height);
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, member_golden.height));
	ck_assert_int_eq(bitmark_node_submit(member[0].node,
	    BITMARK_SUBMIT_TRANSFER, transfer, size, NULL), BITMARK_OK);
	free(transfer);
	member_stop(0);
	store_block_of_transfer();
	memset(&told, 0, sizeof told);
	member[0].config.events_from = number;
	member_start(0);
	wait_for_blocks(1);
	member_stop(0);
	for (size_t i = 0; i < told.count; i++) {
		const struct bitmark_node_event *e = &told.event[i];

		blocks += e->type == BITMARK_NODE_BLOCK_ADDED;
		if (e->type != BITMARK_NODE_TRANSACTION)
			continue;
		ck_assert_int_eq(e->change, BITMARK_TX_CONFIRMED);
		ck_assert_uint_eq(blocks, 1);
		confirmed++;
	}
	ck_assert_uint_eq(blocks, 1);
	ck_assert_uint_eq(confirmed, 1);
}
END_TEST

START_TEST(peers_and_modes_are_told)
{
	const enum bitmark_mode want[] = { BITMARK_MODE_NORMAL,
		BITMARK_MODE_STOPPED };
	size_t modes = 0;

	member_load(0, STORED);
	member_load(1, STORED);
	member_follow(0, 1);
	member_start(1);
	member_start(0);
	ck_assert(member_becomes(0, member_has_peers, 1));
	ck_assert(member_becomes(0, member_in_step, STORED));
	member_stop(0);
	ck_assert_uint_eq(count_of(BITMARK_NODE_PEER_UP), 1);
	for (size_t i = 0; i < told.count; i++) {
		const struct bitmark_node_event *e = &told.event[i];

		if (e->type == BITMARK_NODE_PEER_UP)
			ck_assert_mem_eq(e->key, member[1].public_key,
			    sizeof e->key);
		if (e->type == BITMARK_NODE_MODE_CHANGED) {
			ck_assert_uint_lt(modes, 2);
			ck_assert_int_eq(e->mode, want[modes++]);
		}
	}
	ck_assert_uint_eq(modes, 2);
}
END_TEST

/* Log lines that name the want of peers, and their levels. */
static atomic_uint want_lines;
static enum bitmark_log_level want_level[TOLD_MAX];

static void
note_want(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t size)
{
	unsigned i = atomic_load(&want_lines);

	(void)user;
	(void)module;
	(void)size;
	if (strstr(line, "too few peers") == NULL &&
	    strstr(line, "enough peers again") == NULL)
		return;
	ck_assert_uint_lt(i, TOLD_MAX);
	want_level[i] = level;
	atomic_store(&want_lines, i + 1);
}

static bool
is_short(const struct bitmark_node_status *s, uint64_t wanted)
{
	return s->few_clients == (wanted != 0);
}

/* Beginning with too few is no news. */
START_TEST(too_few_peers_while_normal_are_reported)
{
	member[0].config.env.log = note_want;
	member_load(0, STORED);
	member_load(1, STORED);
	member_follow(0, 1);
	member_start(0);
	ck_assert(member_status(0).few_clients);
	member_start(1);
	ck_assert(member_becomes(0, member_in_step, STORED));
	ck_assert(!member_status(0).few_clients);
	ck_assert_uint_eq(atomic_load(&want_lines), 0);
	member_stop(1);
	ck_assert(member_becomes(0, is_short, 1));
	ck_assert_int_eq(member_status(0).mode, BITMARK_MODE_NORMAL);
	member_start(1);
	ck_assert(member_becomes(0, is_short, 0));
	member_stop(0);
	ck_assert_uint_eq(atomic_load(&want_lines), 2);
	ck_assert_int_eq(want_level[0], BITMARK_LOG_WARN);
	ck_assert_int_eq(want_level[1], BITMARK_LOG_INFO);
}
END_TEST

START_TEST(a_submission_is_kept_and_told)
{
	struct bitmark_unit_result result = { .struct_size = sizeof result };
	enum bitmark_tx_status status;
	struct bitmark_reservoir_counts counts = { .struct_size =
	    sizeof counts };

	start_alone();
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ISSUES, ISSUE, &result),
	    BITMARK_E_ASSET_NOT_FOUND);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ASSETS, ASSET, NULL),
	    BITMARK_OK);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ISSUES, ISSUE, &result),
	    BITMARK_OK);
	ck_assert_uint_eq(result.count, 1);
	ck_assert_int_eq(bitmark_node_tx_status(member[0].node,
	    result.tx_id[0], &status), BITMARK_OK);
	ck_assert_int_eq(status, BITMARK_TX_STATUS_PENDING);
	ck_assert_int_eq(bitmark_node_counts(member[0].node, &counts),
	    BITMARK_OK);
	ck_assert_uint_eq(counts.pending, 1);
	member_stop(0);
	ck_assert_uint_eq(count_of(BITMARK_NODE_TRANSACTION), 1);
	for (size_t i = 0; i < told.count; i++)
		if (told.event[i].type == BITMARK_NODE_TRANSACTION) {
			ck_assert_int_eq(told.event[i].change,
			    BITMARK_TX_PENDING);
			ck_assert_mem_eq(told.event[i].tx_id, result.tx_id[0],
			    BITMARK_TX_ID_SIZE);
		}
}
END_TEST

static int
count_each(void *user, const struct bitmark_waiting *waiting)
{
	size_t *count = user;

	ck_assert_uint_gt(waiting->packed.size, 0);
	++*count;
	return 0;
}

static void
make_proof(const struct bitmark_unit_result *result, uint8_t proof[PROOF_SIZE])
{
	struct bitmark_grind_config grind = { .struct_size = sizeof grind,
	    .threads = 1 };

	memcpy(proof, result->pay_id, sizeof result->pay_id);
	memcpy(grind.pay_id, result->pay_id, sizeof grind.pay_id);
	memcpy(grind.target, result->target, sizeof grind.target);
	grind.pay_nonce = result->pay_nonce;
	ck_assert_int_eq(bitmark_grind(&grind, proof + BITMARK_PAY_ID_SIZE),
	    BITMARK_OK);
}

START_TEST(a_proof_verifies_the_waiting_issues)
{
	struct bitmark_unit_result result = { .struct_size = sizeof result };
	struct bitmark_unit_result known = { .struct_size = sizeof known };
	uint8_t proof[PROOF_SIZE];
	enum bitmark_tx_status status;
	size_t count = 0;

	start_alone();
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ASSETS, ASSET, NULL),
	    BITMARK_OK);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ISSUES, ISSUE, &result),
	    BITMARK_OK);
	make_proof(&result, proof);
	ck_assert_int_eq(bitmark_node_submit(member[0].node,
	    BITMARK_SUBMIT_PROOF, proof, 10, NULL), BITMARK_E_NONCE);
	for (int again = 0; again < 2; again++) {
		ck_assert_int_eq(bitmark_node_submit(member[0].node,
		    BITMARK_SUBMIT_PROOF, proof, sizeof proof, &known),
		    BITMARK_OK);
		ck_assert_int_eq(known.duplicate, again);
	}
	ck_assert_int_eq(bitmark_node_tx_status(member[0].node,
	    result.tx_id[0], &status), BITMARK_OK);
	ck_assert_int_eq(status, BITMARK_TX_STATUS_VERIFIED);
	ck_assert_int_eq(bitmark_node_each_waiting(member[0].node, count_each,
	    &count), BITMARK_OK);
	ck_assert_uint_eq(count, 1);
}
END_TEST

START_TEST(submissions_are_refused_before_the_mode_is_normal)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE] = { 9 };

	member_load(0, STORED);
	/* No node listens there. */
	member_connect(0, key, "127.0.0.1:1");
	member_start(0);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ASSETS, ASSET, NULL),
	    BITMARK_E_STATE);
}
END_TEST

START_TEST(a_call_from_inside_of_an_event_is_refused)
{
	start_alone();
	told.node = member[0].node;
	told.asked = BITMARK_OK;
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ASSETS, ASSET, NULL),
	    BITMARK_OK);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ISSUES, ISSUE, NULL),
	    BITMARK_OK);
	ck_assert_int_eq(told.asked, BITMARK_E_STATE);
}
END_TEST

static int
note_connection(void *user, const struct bitmark_node_connection *connection)
{
	*(uint64_t *)user = connection->registered && !connection->is_static ?
	    connection->height : 0;
	return 0;
}

START_TEST(a_peer_that_is_added_is_connected_to)
{
	uint64_t height = 0;
	struct bitmark_peer *peers;
	size_t count;

	member_load(0, STORED);
	member_load(1, STORED);
	member[0].config.dynamic_connections = true;
	member_start(1);
	member_start(0);
	ck_assert_int_eq(bitmark_node_add_peer(member[0].node,
	    member[1].public_key, "nowhere"), BITMARK_E_NO_PORT);
	ck_assert_int_eq(bitmark_node_add_peer(member[0].node,
	    member[1].public_key, member[1].address), BITMARK_OK);
	ck_assert(member_becomes(0, member_in_step, STORED));
	ck_assert_int_eq(bitmark_node_each_connection(member[0].node,
	    note_connection, &height), BITMARK_OK);
	ck_assert_uint_eq(height, STORED);
	ck_assert_int_eq(bitmark_node_peers(member[0].node, &peers, &count),
	    BITMARK_OK);
	ck_assert_uint_eq(count, 2);
	bitmark_free(peers);
}
END_TEST

/*
 * Local subscribers.
 */

static struct bitmark_subscriber *subscriber;
static char publish_address[LOOPBACK_TEXT_SIZE];
static const char *publish[] = { publish_address };

static bool
has_subscriber(const struct bitmark_node_status *status, uint64_t count)
{
	return status->subscribers == count;
}

static bool
has_published(const struct bitmark_node_status *status, uint64_t count)
{
	return status->published == count && status->subscribers == 1 &&
	    status->unpublished == 0;
}

static void
expect_event(const char *name, const uint8_t *data, size_t size)
{
	struct bitmark_notice notice = { .struct_size = sizeof notice };

	ck_assert_int_eq(bitmark_subscriber_next(subscriber,
	    AWAIT_MS, &notice), BITMARK_OK);
	ck_assert_int_eq(notice.type, BITMARK_NOTICE_EVENT);
	ck_assert_str_eq(notice.event, name);
	if (data == NULL)
		return;
	ck_assert_uint_eq(notice.parameter[0].size, size);
	ck_assert_mem_eq(notice.parameter[0].data, data, size);
}

/* A node alone, and somebody who hears what it publishes. */
static void
start_with_subscriber(void)
{
	struct bitmark_subscriber_config config = { .struct_size =
	    sizeof config, .chain = "local",
		.address = publish_address };
	struct bitmark_notice notice = { .struct_size = sizeof notice };

	loopback_free_address(publish_address);
	member[0].config.publish = publish;
	member[0].config.publish_count = 1;
	start_alone();
	memcpy(config.server_key, member[0].public_key,
	    sizeof config.server_key);
	ck_assert_int_eq(bitmark_subscriber_open(&subscriber, &config),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_subscriber_next(subscriber,
	    AWAIT_MS, &notice), BITMARK_OK);
	ck_assert_int_eq(notice.type, BITMARK_NOTICE_CONNECTED);
	/* A subscription is on its way for a moment after that. */
	ck_assert(member_becomes(0, has_subscriber, 1));
}

START_TEST(a_subscriber_hears_what_is_relayed)
{
	const struct golden_block *block = golden_block(&member_golden,
	    STORED + 1);
	size_t size;
	uint8_t *asset = bytes_of(ASSET, &size);

	start_with_subscriber();
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ASSETS, ASSET, NULL),
	    BITMARK_OK);
	expect_event("assets", asset, size);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ISSUES, ISSUE, NULL),
	    BITMARK_OK);
	expect_event("issues", NULL, 0);
	ck_assert_int_eq(bitmark_node_submit(member[0].node,
	    BITMARK_SUBMIT_BLOCK, block->data, block->size, NULL),
	    BITMARK_OK);
	expect_event("block", block->data, block->size);
	ck_assert(member_becomes(0, has_published, 3));
	bitmark_subscriber_close(subscriber);
	free(asset);
}
END_TEST

/* Also when there is no other node to be told. */
START_TEST(a_subscriber_hears_what_is_repeated)
{
	member[0].config.rebroadcast_ms = 1000;
	start_with_subscriber();
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ASSETS, ASSET, NULL),
	    BITMARK_OK);
	expect_event("assets", NULL, 0);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ISSUES, ISSUE, NULL),
	    BITMARK_OK);
	expect_event("issues", NULL, 0);
	for (int i = 0; i < 3; i++) {
		expect_event("assets", NULL, 0);
		expect_event("issues", NULL, 0);
	}
	bitmark_subscriber_close(subscriber);
}
END_TEST

/* All proofs that are wrong come first: the first that is heard is right. */
START_TEST(a_proof_is_checked_before_it_is_relayed_D_42b)
{
	struct bitmark_unit_result result = { .struct_size = sizeof result };
	uint8_t proof[PROOF_SIZE], wrong[PROOF_SIZE];

	start_with_subscriber();
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ASSETS, ASSET, NULL),
	    BITMARK_OK);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ISSUES, ISSUE, &result),
	    BITMARK_OK);
	expect_event("assets", NULL, 0);
	expect_event("issues", NULL, 0);
	make_proof(&result, proof);
	for (int i = 0; i < WRONG_PROOFS; i++) {
		memcpy(wrong, proof, sizeof wrong);
		wrong[PROOF_SIZE - 1] ^= (uint8_t)(i + 1);
		ck_assert_int_eq(bitmark_node_submit(member[0].node,
		    BITMARK_SUBMIT_PROOF, wrong, sizeof wrong, NULL),
		    BITMARK_E_NONCE);
	}
	wrong[0] ^= 1;                  /* a proof of nothing that waits */
	ck_assert_int_eq(bitmark_node_submit(member[0].node,
	    BITMARK_SUBMIT_PROOF, wrong, sizeof wrong, NULL),
	    BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(bitmark_node_submit(member[0].node,
	    BITMARK_SUBMIT_PROOF, proof, sizeof proof, NULL), BITMARK_OK);
	expect_event("proof", proof, sizeof proof);
	ck_assert(member_becomes(0, has_published, 3));
	bitmark_subscriber_close(subscriber);
}
END_TEST

START_TEST(a_client_rpc_is_announced_with_the_node)
{
	static const char *const rpc[] = { "127.0.0.1:2130" };
	static const uint8_t fingerprint[32] = { 1, 2, 3 };
	struct bitmark_subscriber_config config = { .struct_size =
	    sizeof config, .chain = "local",
		.address = publish_address };
	struct bitmark_notice notice = { .struct_size = sizeof notice };

	loopback_free_address(publish_address);
	member[0].config.publish = publish;
	member[0].config.publish_count = 1;
	member[0].config.rpc_announce = rpc;
	member[0].config.rpc_announce_count = 1;
	member[0].config.rpc_fingerprint = fingerprint;
	member[0].config.announce_first_ms = 500;
	member[0].config.announce_interval_ms = 500;
	start_alone();
	memcpy(config.server_key, member[0].public_key,
	    sizeof config.server_key);
	ck_assert_int_eq(bitmark_subscriber_open(&subscriber, &config),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_subscriber_next(subscriber,
	    AWAIT_MS, &notice), BITMARK_OK);
	do {
		ck_assert_int_eq(bitmark_subscriber_next(subscriber,
		    AWAIT_MS, &notice), BITMARK_OK);
	} while (strcmp(notice.event, "rpc") != 0);
	ck_assert_uint_eq(notice.count, 3);
	ck_assert_mem_eq(notice.parameter[0].data, fingerprint, 32);
	expect_event("peer", member[0].public_key, BITMARK_PEER_KEY_SIZE);
	bitmark_subscriber_close(subscriber);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("node events");
	TCase *tc = tcase_create("node events");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, members_teardown);
	tcase_add_loop_test(tc, blocks_are_told_in_order_from_any_number_on, 0,
	    5);
	tcase_add_test(tc, only_new_blocks_are_told_when_nothing_is_asked);
	tcase_add_test(tc, a_change_of_branch_is_told_block_by_block);
	tcase_add_test(tc,
	    effects_of_a_block_before_the_start_are_told_after_it);
	tcase_add_test(tc, peers_and_modes_are_told);
	tcase_add_test(tc, too_few_peers_while_normal_are_reported);
	tcase_add_test(tc, a_submission_is_kept_and_told);
	tcase_add_test(tc, a_proof_verifies_the_waiting_issues);
	tcase_add_test(tc, submissions_are_refused_before_the_mode_is_normal);
	tcase_add_test(tc, a_call_from_inside_of_an_event_is_refused);
	tcase_add_test(tc, a_peer_that_is_added_is_connected_to);
	tcase_add_test(tc, a_subscriber_hears_what_is_relayed);
	tcase_add_test(tc, a_subscriber_hears_what_is_repeated);
	tcase_add_test(tc, a_proof_is_checked_before_it_is_relayed_D_42b);
	tcase_add_test(tc, a_client_rpc_is_announced_with_the_node);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
