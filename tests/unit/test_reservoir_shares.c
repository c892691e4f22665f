/* Shares, grants and swaps that wait, on blocks made for them. */
#include "../support/made_blocks.h"
#include "../support/reservoirs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parties, and those that hold shares in the random test. */
enum { MINER = 1, ALICE, BOB, CAROL };
#define HOLDERS 3

#define FINGERPRINT "what becomes shares"
#define ITEMS 2
#define TOTAL 1000
#define LATE 1000000            /* before block */
#define VERSION 5

static struct bitmark_unit_result result = { .struct_size = sizeof result };
static uint8_t share_id[ITEMS][BITMARK_TX_ID_SIZE];

/* Blocks. */

/* With an asset of its own, as a block has two records at least. */
static struct made_block *
new_block(void)
{
	static unsigned count;
	struct made_block *b = made_block(VERSION);
	char fingerprint[16];

	snprintf(fingerprint, sizeof fingerprint, "%u", count++);
	made_foundation(b, MINER);
	made_asset(b, MINER, fingerprint);
	return b;
}

static void
confirm(struct made_block *b)
{
	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(made_offer(b, rx.chain, NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	ck_assert_int_eq(bitmark_reservoir_block_added(rx.r, rx.now_s,
	    b->data, b->size), BITMARK_OK);
	ck_assert_int_eq(bitmark_reservoir_review(rx.r, rx.snap, rx.now_s),
	    BITMARK_OK);
	free(b);
}

/* The record is in the block as it was submitted. */
static void
append(struct made_block *b, struct bitmark_span packed, const uint8_t *id)
{
	memcpy(b->data + b->size, packed.data, packed.size);
	b->size += packed.size;
	memcpy(b->ids[b->count++], id, BITMARK_TX_ID_SIZE);
}

/* Records. */

static struct bitmark_record
share_of(const uint8_t *link, uint64_t quantity)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_SHARE, .share.quantity = quantity,
	};

	memcpy(r.share.link, link, sizeof r.share.link);
	return r;
}

static struct bitmark_record
grant_of(size_t item, uint64_t quantity, uint8_t from, uint8_t to)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_GRANT,
		.grant = {
			.quantity = quantity,
			.owner = test_account(from, MADE_NETWORK),
			.recipient = test_account(to, MADE_NETWORK),
			.before_block = LATE,
		},
	};

	memcpy(r.grant.share_id, share_id[item], sizeof r.grant.share_id);
	return r;
}

static struct bitmark_record
swap_of(uint64_t one, uint8_t from, uint64_t two, uint8_t to)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_SWAP,
		.swap = {
			.quantity_one = one,
			.owner_one = test_account(from, MADE_NETWORK),
			.quantity_two = two,
			.owner_two = test_account(to, MADE_NETWORK),
			.before_block = LATE,
		},
	};

	memcpy(r.swap.share_id_one, share_id[0], sizeof share_id[0]);
	memcpy(r.swap.share_id_two, share_id[1], sizeof share_id[1]);
	return r;
}

/* Sign and submit; the records of a block that is never finished. */
static bitmark_status
submit(struct bitmark_record r, uint8_t signer, uint8_t receiver)
{
	struct made_block *b = made_block(VERSION);
	bitmark_status status;

	made_record(b, &r, signer, receiver);
	status = bitmark_reservoir_transfer(rx.r, rx.snap, rx.now_s,
	    b->data + BITMARK_HEADER_SIZE, b->size - BITMARK_HEADER_SIZE,
	    &result);
	free(b);
	return status;
}

static bitmark_status
grant(uint64_t quantity)
{
	return submit(grant_of(0, quantity, ALICE, BOB), ALICE, BOB);
}

static bool
pay(const uint8_t *pay_id, const struct bitmark_alternatives *payments)
{
	const struct bitmark_alternative *a = &payments->alternative[0];
	const struct bitmark_paid paid = {
		.struct_size = sizeof paid,
		a->segment[0].currency, a->segment, a->count
	};
	bool verified;

	ck_assert_int_eq(bitmark_reservoir_payment(rx.r, rx.now_s, pay_id,
	    &paid, &verified), BITMARK_OK);
	return verified;
}

static void
grant_and_pay(uint64_t quantity)
{
	ck_assert_int_eq(grant(quantity), BITMARK_OK);
	ck_assert(pay(result.pay_id, &result.payments));
}

static uint64_t
spend_of(uint8_t party, size_t item)
{
	const struct bitmark_account account = test_account(party,
	    MADE_NETWORK);

	return bitmark_reservoir_spend(rx.r, &account, share_id[item]);
}

static uint64_t
balance_of(uint8_t party, size_t item)
{
	const struct bitmark_account account = test_account(party,
	    MADE_NETWORK);
	uint64_t balance;

	ck_assert_int_eq(bitmark_snapshot_share_balance(rx.snap, &account,
	    share_id[item], &balance), BITMARK_OK);
	return balance;
}

/* ALICE has all shares of the first item, and BOB those of the second. */
static void
setup(void)
{
	static const uint8_t owner[ITEMS] = { ALICE, BOB };
	struct made_block *b;

	reservoir_setup_on(NULL, bitmark_rules_0_16());
	b = new_block();
	made_asset(b, ALICE, FINGERPRINT);
	for (size_t i = 0; i < ITEMS; i++) {
		const struct bitmark_span text = {
			(const uint8_t *)FINGERPRINT, strlen(FINGERPRINT)
		};
		struct bitmark_record r = {
			.tag = BITMARK_RECORD_ISSUE,
			.issue.owner = test_account(owner[i], MADE_NETWORK),
		};

		bitmark_asset_id(text, r.issue.asset_id);
		memcpy(share_id[i], made_record(b, &r, owner[i], owner[i]),
		    sizeof share_id[i]);
	}
	confirm(b);
	b = new_block();
	for (size_t i = 0; i < ITEMS; i++) {
		struct bitmark_record r = share_of(share_id[i], TOTAL);

		made_record(b, &r, owner[i], owner[i]);
	}
	confirm(b);
}

/* What is ready. */

struct ready {
	size_t count;
	struct made_block *block;       /* NULL: only counted */
};

static int
take(void *user, const struct bitmark_waiting *w)
{
	struct ready *ready = user;

	ready->count++;
	if (ready->block != NULL)
		append(ready->block, w->packed, w->tx_id);
	return 0;
}

static size_t
count_ready(void)
{
	struct ready ready = { 0, NULL };

	ck_assert_int_eq(bitmark_reservoir_each_ready(rx.r, rx.snap, take,
	    &ready), BITMARK_OK);
	return ready.count;
}

/* All that is ready is in the next block. */
static size_t
confirm_ready(void)
{
	struct ready ready = { 0, new_block() };

	ck_assert_int_eq(bitmark_reservoir_each_ready(rx.r, rx.snap, take,
	    &ready), BITMARK_OK);
	confirm(ready.block);
	return ready.count;
}

START_TEST(what_is_paid_for_is_subtracted_from_the_balance)
{
	grant_and_pay(600);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(grant(401), BITMARK_E_SHARES);
		ck_assert_uint_eq(spend_of(ALICE, 0), 600);
		reservoir_reopen();
	}
	grant_and_pay(400);
	ck_assert_uint_eq(result.remaining[0], 0);
	ck_assert_int_eq(grant(1), BITMARK_E_SHARES);
	ck_assert_uint_eq(count_ready(), 2);
	ck_assert_uint_eq(confirm_ready(), 2);
	ck_assert_uint_eq(balance_of(ALICE, 0), 0);
	ck_assert_uint_eq(balance_of(BOB, 0), TOTAL);
	ck_assert_uint_eq(spend_of(ALICE, 0), 0);
	ck_assert_uint_eq(counts_now().settled, 2);
}
END_TEST

/* Two that were both taken while nobody had paid; a block holds one of them. */
START_TEST(what_is_ready_never_takes_more_than_there_is_D_61)
{
	uint8_t first[BITMARK_TX_ID_SIZE], second[BITMARK_TX_ID_SIZE];
	struct bitmark_unit_result one;

	ck_assert_int_eq(grant(600), BITMARK_OK);
	one = result;
	memcpy(first, result.tx_id[0], sizeof first);
	ck_assert_int_eq(grant(601), BITMARK_OK);
	memcpy(second, result.tx_id[0], sizeof second);
	ck_assert_uint_eq(result.remaining[0], (uint64_t)TOTAL - 1201);
	ck_assert(pay(result.pay_id, &result.payments));
	ck_assert(pay(one.pay_id, &one.payments));
	ck_assert_uint_eq(counts_now().verified, 2);
	ck_assert_uint_eq(count_ready(), 1);
	ck_assert_uint_eq(confirm_ready(), 1);
	ck_assert_int_eq(status_of(first), BITMARK_TX_STATUS_CONFIRMED);
	ck_assert_int_eq(status_of(second), BITMARK_TX_STATUS_UNKNOWN);
	ck_assert_uint_eq(rx.told[BITMARK_TX_DROPPED], 1);
	ck_assert_uint_eq(spend_of(ALICE, 0), 0);
}
END_TEST

START_TEST(a_swap_takes_from_both)
{
	ck_assert_int_eq(submit(swap_of(10, ALICE, 20, BOB), ALICE, BOB),
	    BITMARK_OK);
	ck_assert_uint_eq(spend_of(ALICE, 0), 10);
	ck_assert_uint_eq(spend_of(BOB, 1), 20);
	ck_assert_uint_eq(result.remaining[0], TOTAL - 10);
	ck_assert_uint_eq(result.remaining[1], TOTAL - 20);
	ck_assert(pay(result.pay_id, &result.payments));
	ck_assert_int_eq(submit(swap_of(1, ALICE, TOTAL - 19, BOB), ALICE,
	    BOB), BITMARK_E_SHARES);
	ck_assert_int_eq(submit(swap_of(TOTAL - 9, ALICE, 1, BOB), ALICE,
	    BOB), BITMARK_E_SHARES);
	ck_assert_uint_eq(confirm_ready(), 1);
	ck_assert_uint_eq(balance_of(BOB, 0), 10);
	ck_assert_uint_eq(balance_of(ALICE, 1), 20);
}
END_TEST

START_TEST(what_expires_gives_its_shares_free)
{
	ck_assert_int_eq(grant(TOTAL), BITMARK_OK);
	ck_assert_uint_eq(spend_of(ALICE, 0), TOTAL);
	rx.now_s += rx.rules->pending_life_s;
	ck_assert_int_eq(bitmark_reservoir_expire(rx.r, rx.now_s),
	    BITMARK_OK);
	ck_assert_uint_eq(spend_of(ALICE, 0), 0);
	ck_assert_uint_eq(counts_now().pending, 0);
	grant_and_pay(TOTAL);
}
END_TEST

/* Paid for or not: a block at that number can hold it no more. */
START_TEST(a_before_block_that_has_come_is_the_end)
{
	struct bitmark_record r = grant_of(0, 1, ALICE, BOB);
	struct bitmark_tip tip;

	bitmark_snapshot_tip(rx.snap, &tip);
	r.grant.before_block = tip.number;
	ck_assert_int_eq(submit(r, ALICE, BOB), BITMARK_E_EXPIRED);
	r.grant.before_block = tip.number + 1;
	ck_assert_int_eq(submit(r, ALICE, BOB), BITMARK_OK);
	if (_i > 0)
		ck_assert(pay(result.pay_id, &result.payments));
	ck_assert_uint_eq(count_ready(), _i > 0);
	reservoir_reopen();
	ck_assert_int_eq(status_of(result.tx_id[0]), _i > 0 ?
	    BITMARK_TX_STATUS_VERIFIED : BITMARK_TX_STATUS_PENDING);
	confirm(new_block());
	ck_assert_int_eq(status_of(result.tx_id[0]),
	    BITMARK_TX_STATUS_UNKNOWN);
	ck_assert_uint_eq(rx.told[BITMARK_TX_EXPIRED], 1);
	ck_assert_uint_eq(spend_of(ALICE, 0), 0);
	reservoir_reopen();
	ck_assert_uint_eq(counts_now().pending + counts_now().verified, 0);
}
END_TEST

START_TEST(a_grant_of_a_removed_block_waits_again)
{
	grant_and_pay(700);
	ck_assert_uint_eq(confirm_ready(), 1);
	ck_assert_int_eq(grant(301), BITMARK_E_SHARES);
	remove_block();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(status_of(result.tx_id[0]),
		    BITMARK_TX_STATUS_VERIFIED);
		ck_assert_uint_eq(spend_of(ALICE, 0), 700);
		ck_assert_uint_eq(count_ready(), 1);
		reservoir_reopen();
	}
	ck_assert_uint_eq(confirm_ready(), 1);
	ck_assert_uint_eq(spend_of(ALICE, 0), 0);
}
END_TEST

/* It came with the block, so that nobody has paid here. */
START_TEST(a_grant_that_was_never_here_comes_back_pending)
{
	struct made_block *b = new_block();
	struct bitmark_record r = grant_of(0, 700, ALICE, BOB);
	uint8_t id[BITMARK_TX_ID_SIZE];

	memcpy(id, made_record(b, &r, ALICE, BOB), sizeof id);
	confirm(b);
	ck_assert_int_eq(status_of(id), BITMARK_TX_STATUS_CONFIRMED);
	remove_block();
	ck_assert_int_eq(status_of(id), BITMARK_TX_STATUS_PENDING);
	ck_assert_uint_eq(spend_of(ALICE, 0), 700);
}
END_TEST

/* What BOB gave away he had from ALICE, in the block that went. */
START_TEST(a_grant_goes_with_the_shares_that_it_takes)
{
	grant_and_pay(700);
	ck_assert_uint_eq(confirm_ready(), 1);
	ck_assert_int_eq(submit(grant_of(0, 600, BOB, CAROL), BOB, CAROL),
	    BITMARK_OK);
	remove_block();
	ck_assert_int_eq(bitmark_reservoir_review(rx.r, rx.snap, rx.now_s),
	    BITMARK_OK);
	ck_assert_int_eq(status_of(result.tx_id[0]),
	    BITMARK_TX_STATUS_UNKNOWN);
	ck_assert_uint_eq(spend_of(BOB, 0), 0);
	ck_assert_uint_eq(spend_of(ALICE, 0), 700);
}
END_TEST

START_TEST(the_same_grant_is_confirmed_only_once)
{
	ck_assert_int_eq(grant(100), BITMARK_OK);
	ck_assert_int_eq(grant(100), BITMARK_OK);
	ck_assert(result.duplicate);
	ck_assert_uint_eq(result.remaining[0], TOTAL - 100);
	ck_assert(pay(result.pay_id, &result.payments));
	ck_assert_int_eq(grant(100), BITMARK_E_TX_EXISTS);
	ck_assert_uint_eq(confirm_ready(), 1);
	ck_assert_int_eq(grant(100), BITMARK_E_TX_EXISTS);
}
END_TEST

/* An issue that waits with an asset, and a share of the same bitmark as a
 * transfer of it. */
START_TEST(a_share_claims_its_link_and_becomes_a_balance)
{
	struct made_block *b = new_block();
	const struct bitmark_span text = {
		(const uint8_t *)FINGERPRINT, strlen(FINGERPRINT)
	};
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ISSUE,
		.issue = {
			.owner = test_account(ALICE, MADE_NETWORK),
			.nonce = 1,
		},
	};
	struct bitmark_record give = {
		.tag = BITMARK_RECORD_TRANSFER,
		.transfer.owner = test_account(BOB, MADE_NETWORK),
	};

	bitmark_asset_id(text, r.issue.asset_id);
	memcpy(share_id[0], made_record(b, &r, ALICE, ALICE),
	    sizeof share_id[0]);
	confirm(b);
	ck_assert_int_eq(submit(share_of(share_id[0], 5), ALICE, ALICE),
	    BITMARK_OK);
	memcpy(give.transfer.link, share_id[0], sizeof share_id[0]);
	ck_assert_int_eq(submit(give, ALICE, ALICE),
	    BITMARK_E_DOUBLE_TRANSFER);
	ck_assert_int_eq(submit(share_of(share_id[0], 6), ALICE, ALICE),
	    BITMARK_E_DOUBLE_TRANSFER);
	ck_assert_int_eq(grant(1), BITMARK_E_SHARES);
	ck_assert_int_eq(submit(share_of(share_id[0], 5), ALICE, ALICE),
	    BITMARK_OK);
	ck_assert(result.duplicate);
	ck_assert(pay(result.pay_id, &result.payments));
	ck_assert_uint_eq(confirm_ready(), 1);
	ck_assert_uint_eq(balance_of(ALICE, 0), 5);
	ck_assert_int_eq(grant(5), BITMARK_OK);
	remove_block();
	ck_assert_int_eq(status_of(result.tx_id[0]), BITMARK_TX_STATUS_PENDING);
}
END_TEST

START_TEST(a_share_that_is_no_bitmark_is_refused)
{
	uint8_t foundation[BITMARK_TX_ID_SIZE], id[BITMARK_TX_ID_SIZE];
	struct made_block *b = new_block();

	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(made_offer(b, rx.chain, foundation), BITMARK_OK);
	free(b);
	/* A block may hold a transfer of a block as if it were a bitmark. */
	b = new_block();
	memcpy(id, made_transfer(b, foundation, MINER, ALICE), sizeof id);
	ck_assert_int_eq(made_offer(b, rx.chain, NULL), BITMARK_OK);
	free(b);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	ck_assert_int_eq(submit(share_of(foundation, 5), MINER, MINER),
	    BITMARK_E_LINK_UNCONFIRMED);
	ck_assert_int_eq(submit(share_of(id, 5), ALICE, ALICE),
	    BITMARK_E_NOT_CONVERTIBLE);
}
END_TEST

START_TEST(records_of_shares_are_none_under_8_2)
{
	struct bitmark_record r = grant_of(0, 1, ALICE, BOB);

	grant_and_pay(1);
	rx.rules = bitmark_rules_8_2();
	reservoir_reopen();
	/* Its row is left out. */
	ck_assert_uint_eq(counts_now().verified, 0);
	ck_assert_int_eq(submit(r, ALICE, BOB), BITMARK_E_NOT_RECORD);
	ck_assert_int_eq(submit(share_of(share_id[0], 1), ALICE, ALICE),
	    BITMARK_E_NOT_RECORD);
	ck_assert_int_eq(submit(swap_of(1, ALICE, 1, BOB), ALICE, BOB),
	    BITMARK_E_NOT_RECORD);
}
END_TEST

/* The backup has them with the transfers. */
START_TEST(a_backup_holds_grants)
{
	struct store_bytes bytes = { 0 };
	struct bitmark_import counts = { .struct_size = sizeof counts };

	ck_assert_int_eq(grant(5), BITMARK_OK);
	ck_assert_int_eq(bitmark_reservoir_export(rx.r, store_write, &bytes),
	    BITMARK_OK);
	reservoir_restart();
	ck_assert_uint_eq(spend_of(ALICE, 0), 0);
	ck_assert_int_eq(bitmark_reservoir_import(rx.r, rx.snap, rx.now_s,
	    bytes.data, bytes.size, &counts), BITMARK_OK);
	ck_assert_uint_eq(counts.accepted, 1);
	ck_assert_uint_eq(spend_of(ALICE, 0), 5);
	free(bytes.data);
}
END_TEST

/*
 * Anything in any order: what is spent is the sum of what waits, and what is
 * ready is never more than there is.
 */

static uint32_t seed;

static uint32_t
below(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

/* Quantities by holder and item. */
struct sums {
	uint64_t of[HOLDERS][ITEMS];
};

static void
add_to(struct sums *sums, const struct bitmark_account *owner,
    const uint8_t *id, uint64_t quantity)
{
	for (size_t h = 0; h < HOLDERS; h++) {
		const struct bitmark_account a = test_account(
		    (uint8_t)(ALICE + h), MADE_NETWORK);

		for (size_t i = 0; i < ITEMS; i++)
			if (bitmark_account_equal(&a, owner) &&
			    memcmp(share_id[i], id, BITMARK_TX_ID_SIZE) == 0)
				sums->of[h][i] += quantity;
	}
}

static int
sum_up(void *user, const struct bitmark_waiting *w)
{
	struct bitmark_record r;
	size_t used;

	ck_assert_int_eq(bitmark_record_parse(bitmark_rules_0_16(),
	    w->packed.data, w->packed.size, MADE_NETWORK, &r, &used),
	    BITMARK_OK);
	if (r.tag == BITMARK_RECORD_GRANT) {
		add_to(user, &r.grant.owner, r.grant.share_id,
		    r.grant.quantity);
	} else if (r.tag == BITMARK_RECORD_SWAP) {
		add_to(user, &r.swap.owner_one, r.swap.share_id_one,
		    r.swap.quantity_one);
		add_to(user, &r.swap.owner_two, r.swap.share_id_two,
		    r.swap.quantity_two);
	}
	return 0;
}

static void
look(void)
{
	struct sums waiting = { 0 }, ready = { 0 };

	bitmark_reservoir_each(rx.r, sum_up, &waiting);
	ck_assert_int_eq(bitmark_reservoir_each_ready(rx.r, rx.snap, sum_up,
	    &ready), BITMARK_OK);
	for (size_t h = 0; h < HOLDERS; h++)
		for (size_t i = 0; i < ITEMS; i++) {
			uint8_t party = (uint8_t)(ALICE + h);

			ck_assert_uint_eq(spend_of(party, i),
			    waiting.of[h][i]);
			ck_assert_uint_le(ready.of[h][i], balance_of(party,
			    i));
		}
}

/* Pay for one of those that wait. */
static int
pay_some(void *user, const struct bitmark_waiting *w)
{
	struct bitmark_unit_result *chosen = user;

	if (w->verified || below(3) != 0)
		return 0;
	memcpy(chosen->pay_id, w->pay_id, sizeof chosen->pay_id);
	chosen->payments = *w->payments;
	return 1;
}

static void
pay_for_one(void)
{
	struct bitmark_unit_result chosen = { 0 };

	bitmark_reservoir_each(rx.r, pay_some, &chosen);
	if (chosen.payments.count > 0)
		ck_assert(pay(chosen.pay_id, &chosen.payments));
}

static void
submit_any(void)
{
	uint8_t from = (uint8_t)(ALICE + below(HOLDERS));
	uint8_t to = (uint8_t)(ALICE + (from - ALICE + 1 + below(HOLDERS -
	    1)) % HOLDERS);
	struct bitmark_record r = below(3) > 0 ?
	    grant_of(below(ITEMS), 1 + below(TOTAL), from, to) :
	    swap_of(1 + below(TOTAL / 2), from, 1 + below(TOTAL / 2), to);
	struct bitmark_tip tip;

	bitmark_snapshot_tip(rx.snap, &tip);
	if (r.tag == BITMARK_RECORD_GRANT && below(3) == 0)
		r.grant.before_block = tip.number + below(4);
	(void)submit(r, from, to);
}

/* Not the blocks that made the shares. */
static void
step(size_t *blocks)
{
	switch (below(12)) {
	case 0:
		(void)confirm_ready();
		++*blocks;
		break;
	case 1:
		if (*blocks == 0)
			break;
		remove_block();
		--*blocks;
		break;
	case 2:
		reservoir_reopen();
		break;
	case 3:
		rx.now_s += rx.rules->pending_life_s / 4;
		ck_assert_int_eq(bitmark_reservoir_expire(rx.r, rx.now_s),
		    BITMARK_OK);
		break;
	case 4:
	case 5:
	case 6:
		pay_for_one();
		break;
	default:
		submit_any();
		break;
	}
}

START_TEST(nothing_that_happens_spends_more_than_there_is)
{
	size_t blocks = 0;
	uint64_t sum[ITEMS] = { 0 };

	seed = (uint32_t)_i;
	for (int i = 0; i < 200; i++) {
		step(&blocks);
		look();
	}
	for (uint8_t p = ALICE; p < ALICE + HOLDERS; p++)
		for (size_t i = 0; i < ITEMS; i++)
			sum[i] += balance_of(p, i);
	ck_assert_uint_eq(sum[0], TOTAL);
	ck_assert_uint_eq(sum[1], TOTAL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reservoir shares");
	TCase *t = tcase_create("shares");

	tcase_add_checked_fixture(t, setup, reservoir_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, what_is_paid_for_is_subtracted_from_the_balance);
	tcase_add_test(t, what_is_ready_never_takes_more_than_there_is_D_61);
	tcase_add_test(t, a_swap_takes_from_both);
	tcase_add_test(t, what_expires_gives_its_shares_free);
	tcase_add_loop_test(t, a_before_block_that_has_come_is_the_end, 0, 2);
	tcase_add_test(t, a_grant_of_a_removed_block_waits_again);
	tcase_add_test(t, a_grant_that_was_never_here_comes_back_pending);
	tcase_add_test(t, a_grant_goes_with_the_shares_that_it_takes);
	tcase_add_test(t, the_same_grant_is_confirmed_only_once);
	tcase_add_test(t, a_share_claims_its_link_and_becomes_a_balance);
	tcase_add_test(t, a_share_that_is_no_bitmark_is_refused);
	tcase_add_test(t, records_of_shares_are_none_under_8_2);
	tcase_add_test(t, a_backup_holds_grants);
	tcase_add_loop_test(t,
	    nothing_that_happens_spends_more_than_there_is, 1, 9);
	suite_add_tcase(s, t);
	return run_suite(s);
}
