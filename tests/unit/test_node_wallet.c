/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A node's answers to a wallet: the payments that are due, whether a
 * transaction is known already, and where it is. */
#include "../support/await.h"
#include "../support/members.h"
#include "../support/reservoirs.h"
#include "../support/vectors.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

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
/* Blocks that are stored before the start. */
#define STORED 24

static void
start_alone(uint64_t height)
{
	member[0].config.minimum_clients = 1;
	member_load(0, height);
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, height));
}

static bitmark_status
submit(enum bitmark_submission what, unsigned scenario, size_t operation,
    struct bitmark_unit_result *result)
{
	size_t size;
	uint8_t *bytes = operation_bytes(reservoir_operation(scenario,
	    operation), &size);
	bitmark_status status = bitmark_node_submit(member[0].node, what,
	    bytes, size, result);

	free(bytes);
	return status;
}

static void
assert_same_unit(const struct bitmark_unit_result *a,
    const struct bitmark_unit_result *b)
{
	ck_assert_mem_eq(a->pay_id, b->pay_id, sizeof a->pay_id);
	ck_assert_uint_eq(a->count, b->count);
	ck_assert_mem_eq(a->tx_id, b->tx_id, a->count * BITMARK_TX_ID_SIZE);
}

/* As a wallet that lost its answer, and asks again. */
START_TEST(assets_and_issues_that_are_known_are_answered_again)
{
	struct bitmark_unit_result first = { .struct_size = sizeof first },
	    again = { .struct_size = sizeof again };

	start_alone(STORED);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ASSETS, SCENARIO, ASSET,
	    &first), BITMARK_OK);
	ck_assert(!first.duplicate);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ASSETS, SCENARIO, ASSET,
	    &again), BITMARK_OK);
	ck_assert(again.duplicate);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ISSUES, SCENARIO, ISSUE,
	    &first), BITMARK_OK);
	ck_assert(!first.duplicate);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ISSUES, SCENARIO, ISSUE,
	    &again), BITMARK_OK);
	ck_assert(again.duplicate);
	assert_same_unit(&first, &again);
	ck_assert_uint_eq(first.pay_nonce, again.pay_nonce);
}
END_TEST

static void
pay_for(const struct bitmark_unit_result *unit)
{
	const struct bitmark_alternative *a = &unit->payments.alternative[0];
	const struct bitmark_paid paid = { sizeof paid,
		a->segment[0].currency, a->segment, a->count };
	bool verified = false;

	ck_assert_int_eq(bitmark_node_payment(member[0].node, unit->pay_id,
	    &paid, &verified), BITMARK_OK);
	ck_assert(verified);
}

static void
assert_payments(const struct bitmark_unit_result *unit)
{
	ck_assert_uint_gt(unit->payments.count, 0);
	for (size_t i = 0; i < unit->payments.count; i++) {
		const struct bitmark_alternative *a =
		    &unit->payments.alternative[i];

		ck_assert_uint_gt(a->count, 0);
		ck_assert_uint_gt(strlen(a->segment[0].address), 0);
		ck_assert_uint_gt(a->segment[0].amount, 0);
	}
}

/* The block that has the transfer is stored while no node runs. */
static void
confirm_transfer(void)
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

/* Pending, then paid for, then in a block: it is never an error to ask. */
START_TEST(a_transfer_that_is_known_is_answered_again_in_every_state)
{
	struct bitmark_unit_result first = { .struct_size = sizeof first },
	    again = { .struct_size = sizeof again };

	start_alone(member_golden.height);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_TRANSFER, BLOCKS_SCENARIO,
	    TRANSFER, &first), BITMARK_OK);
	ck_assert(!first.duplicate);
	assert_payments(&first);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_TRANSFER, BLOCKS_SCENARIO,
	    TRANSFER, &again), BITMARK_OK);
	ck_assert(again.duplicate && !again.verified);
	assert_same_unit(&first, &again);
	ck_assert_mem_eq(&first.payments, &again.payments,
	    sizeof first.payments);
	pay_for(&first);
	for (int confirmed = 0; confirmed < 2; confirmed++) {
		ck_assert_int_eq(submit(BITMARK_SUBMIT_TRANSFER,
		    BLOCKS_SCENARIO, TRANSFER, &again), BITMARK_OK);
		ck_assert(again.duplicate && again.verified);
		assert_same_unit(&first, &again);
		ck_assert_uint_eq(again.payments.count, 0);
		if (confirmed)
			break;
		member_stop(0);
		confirm_transfer();
		member_start(0);
		ck_assert(member_becomes(0, member_in_step,
		    member_golden.height + 1));
	}
}
END_TEST

/*
 * Where a transaction is.
 */

static struct bitmark_tx_place
place_of(const uint8_t tx_id[BITMARK_TX_ID_SIZE])
{
	struct bitmark_tx_place place = { .struct_size = sizeof place };

	ck_assert_int_eq(bitmark_node_transaction(member[0].node, tx_id,
	    &place), BITMARK_OK);
	return place;
}

static bitmark_status
wait_for(const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    enum bitmark_tx_status wanted, uint64_t timeout_ms,
    struct bitmark_tx_place *place)
{
	*place = (struct bitmark_tx_place){ .struct_size = sizeof *place };
	return bitmark_node_wait(member[0].node, tx_id, wanted, timeout_ms,
	    place);
}

/* The last record of a golden block, by its id. */
static void
last_of_block(uint64_t number, uint8_t tx_id[BITMARK_TX_ID_SIZE])
{
	const struct golden_block *block = golden_block(&member_golden,
	    number);
	struct bitmark_block_walk walk;
	bitmark_status status = bitmark_block_walk_start(&walk,
	    bitmark_rules_8_2(), block->data, block->size,
	    BITMARK_NETWORK_TEST);

	while (status == BITMARK_OK && walk.index < walk.header.count)
		status = bitmark_block_walk_next(&walk);
	ck_assert_int_eq(status, BITMARK_OK);
	bitmark_tx_id(walk.packed.data, walk.packed.size, tx_id);
}

START_TEST(a_transaction_is_followed_from_unknown_to_confirmed)
{
	struct bitmark_unit_result unit = { .struct_size = sizeof unit };
	struct bitmark_tx_place place;
	uint8_t tx_id[BITMARK_TX_ID_SIZE] = { 1 };

	start_alone(member_golden.height);
	place = place_of(tx_id);
	ck_assert_int_eq(place.status, BITMARK_TX_STATUS_UNKNOWN);
	ck_assert_uint_eq(place.number, 0);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_TRANSFER, BLOCKS_SCENARIO,
	    TRANSFER, &unit), BITMARK_OK);
	memcpy(tx_id, unit.tx_id[0], sizeof tx_id);
	ck_assert_int_eq(place_of(tx_id).status, BITMARK_TX_STATUS_PENDING);
	pay_for(&unit);
	ck_assert_int_eq(place_of(tx_id).status, BITMARK_TX_STATUS_VERIFIED);
	member_stop(0);
	confirm_transfer();
	member_start(0);
	ck_assert(member_becomes(0, member_in_step,
	    member_golden.height + 1));
	place = place_of(tx_id);
	ck_assert_int_eq(place.status, BITMARK_TX_STATUS_CONFIRMED);
	ck_assert_uint_eq(place.number, member_golden.height + 1);
	ck_assert_mem_eq(place.digest, member_status(0).tip.digest,
	    sizeof place.digest);
}
END_TEST

START_TEST(a_wait_that_is_over_says_how_far_the_transaction_is)
{
	struct bitmark_unit_result unit = { .struct_size = sizeof unit };
	struct bitmark_tx_place place;

	start_alone(member_golden.height);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_TRANSFER, BLOCKS_SCENARIO,
	    TRANSFER, &unit), BITMARK_OK);
	ck_assert_int_eq(wait_for(unit.tx_id[0], BITMARK_TX_STATUS_VERIFIED,
	    0, &place), BITMARK_E_TIMEOUT);
	ck_assert_int_eq(place.status, BITMARK_TX_STATUS_PENDING);
	ck_assert_int_eq(wait_for(unit.tx_id[0], BITMARK_TX_STATUS_PENDING,
	    UINT64_MAX, &place), BITMARK_OK);
	pay_for(&unit);
	ck_assert_int_eq(wait_for(unit.tx_id[0], BITMARK_TX_STATUS_VERIFIED,
	    0, &place), BITMARK_OK);
	ck_assert_int_eq(wait_for(unit.tx_id[0], BITMARK_TX_STATUS_CONFIRMED,
	    1, &place), BITMARK_E_TIMEOUT);
	ck_assert_int_eq(place.status, BITMARK_TX_STATUS_VERIFIED);
}
END_TEST

/* A thread that waits, and what it was told. */
struct waiter {
	pthread_t thread;
	uint8_t tx_id[BITMARK_TX_ID_SIZE];
	enum bitmark_tx_status wanted;
	struct bitmark_tx_place place;
	bitmark_status status;
};

static void *
wait_in_thread(void *waiter)
{
	struct waiter *w = waiter;

	w->status = wait_for(w->tx_id, w->wanted, UINT64_MAX, &w->place);
	return NULL;
}

static void
start_waiter(struct waiter *w)
{
	ck_assert_int_eq(pthread_create(&w->thread, NULL, wait_in_thread, w),
	    0);
}

static void
join_waiter(struct waiter *w)
{
	ck_assert_int_eq(pthread_join(w->thread, NULL), 0);
}

/* Nothing but the change itself ends these waits. */
START_TEST(a_wait_ends_with_the_change_that_it_waits_for)
{
	const struct golden_block *block = golden_block(&member_golden,
	    STORED + 1);
	struct waiter verified = { .wanted = BITMARK_TX_STATUS_PENDING },
	    confirmed = { .wanted = BITMARK_TX_STATUS_CONFIRMED };
	struct bitmark_unit_result unit = { .struct_size = sizeof unit };
	struct pollfd changed;

	start_alone(STORED);
	last_of_block(STORED + 1, confirmed.tx_id);
	start_waiter(&confirmed);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ASSETS, SCENARIO, ASSET,
	    NULL), BITMARK_OK);
	bitmark_node_clear(member[0].node);
	ck_assert_int_eq(submit(BITMARK_SUBMIT_ISSUES, SCENARIO, ISSUE,
	    &unit), BITMARK_OK);
	memcpy(verified.tx_id, unit.tx_id[0], sizeof verified.tx_id);
	start_waiter(&verified);
	join_waiter(&verified);
	ck_assert_int_eq(verified.status, BITMARK_OK);
	changed = (struct pollfd){ bitmark_node_fd(member[0].node), POLLIN,
		0 };
	ck_assert_int_eq(poll(&changed, 1, AWAIT_MS), 1);
	ck_assert_int_eq(bitmark_node_submit(member[0].node,
	    BITMARK_SUBMIT_BLOCK, block->data, block->size, NULL),
	    BITMARK_OK);
	join_waiter(&confirmed);
	ck_assert_int_eq(confirmed.status, BITMARK_OK);
	ck_assert_uint_eq(confirmed.place.number, STORED + 1);
}
END_TEST

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool at_gate;

/* The owner thread waits here, as if it stored a large block. */
static void
wait_at_gate(void *unused, const struct bitmark_node_event *event)
{
	(void)unused;
	(void)event;
	atomic_store(&at_gate, true);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
}

START_TEST(a_confirmed_transaction_is_told_while_the_owner_is_busy)
{
	struct await wait = AWAIT;
	uint8_t tx_id[BITMARK_TX_ID_SIZE];

	last_of_block(STORED, tx_id);
	member_load(0, STORED);
	member[0].config.event = wait_at_gate;
	pthread_mutex_lock(&gate);
	member_start(0);
	while (!atomic_load(&at_gate))
		ck_assert(await_again(&wait));
	ck_assert_uint_eq(place_of(tx_id).number, STORED);
	pthread_mutex_unlock(&gate);
}
END_TEST

/* A program reads the chain while the node runs, on any thread. */
START_TEST(the_store_of_a_node_can_be_read)
{
	const struct bitmark_account account = { .network =
	    BITMARK_NETWORK_TEST };
	const uint8_t share_ids[2 * BITMARK_TX_ID_SIZE] = { 1 };
	uint64_t spend[2] = { 1, 1 };
	struct bitmark_snapshot *snapshot;
	struct bitmark_tip tip;

	start_alone(5);
	ck_assert_int_eq(bitmark_snapshot_open(bitmark_node_chain(
	    member[0].node), &snapshot), BITMARK_OK);
	bitmark_snapshot_tip(snapshot, &tip);
	ck_assert_uint_eq(tip.number, 5);
	bitmark_snapshot_close(snapshot);
	ck_assert_int_eq(bitmark_node_spend(member[0].node, &account,
	    share_ids, 2, spend), BITMARK_OK);
	ck_assert(spend[0] == 0 && spend[1] == 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("node wallet");
	TCase *tc = tcase_create("node wallet");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, members_setup, members_teardown);
	tcase_add_test(tc,
	    assets_and_issues_that_are_known_are_answered_again);
	tcase_add_test(tc,
	    a_transfer_that_is_known_is_answered_again_in_every_state);
	tcase_add_test(tc,
	    a_transaction_is_followed_from_unknown_to_confirmed);
	tcase_add_test(tc,
	    a_wait_that_is_over_says_how_far_the_transaction_is);
	tcase_add_test(tc, a_wait_ends_with_the_change_that_it_waits_for);
	tcase_add_test(tc,
	    a_confirmed_transaction_is_told_while_the_owner_is_busy);
	tcase_add_test(tc, the_store_of_a_node_can_be_read);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
