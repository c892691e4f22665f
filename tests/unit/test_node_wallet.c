/* What a node tells a wallet: what is to be paid, whether a transaction is
 * known already, and where it is. */
#include "../support/members.h"
#include "../support/reservoirs.h"
#include "../support/vectors.h"

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

int
main(void)
{
	Suite *suite = suite_create("node wallet");
	TCase *tc = tcase_create("node wallet");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, members_setup, members_teardown);
	tcase_add_test(tc,
	    assets_and_issues_that_are_known_are_answered_again);
	tcase_add_test(tc,
	    a_transfer_that_is_known_is_answered_again_in_every_state);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
