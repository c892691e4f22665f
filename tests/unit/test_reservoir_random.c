/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Shares that wait, and anything that may happen to them, in any order. */
#include "../support/mining.h"
#include "../support/shares.h"

#include <string.h>

/* Those that hold shares. */
#define HOLDERS 3
#define ITEMS SHARES_ITEMS
#define TOTAL SHARES_TOTAL

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
			    memcmp(shares_id[i], id, BITMARK_TX_ID_SIZE) == 0)
				sums->of[h][i] += quantity;
	}
}

static void
add_record(struct sums *sums, const struct bitmark_record *r)
{
	if (r->tag == BITMARK_RECORD_GRANT) {
		add_to(sums, &r->grant.owner, r->grant.share_id,
		    r->grant.quantity);
	} else if (r->tag == BITMARK_RECORD_SWAP) {
		add_to(sums, &r->swap.owner_one, r->swap.share_id_one,
		    r->swap.quantity_one);
		add_to(sums, &r->swap.owner_two, r->swap.share_id_two,
		    r->swap.quantity_two);
	}
}

static int
add_waiting(void *user, const struct bitmark_waiting *w)
{
	struct bitmark_record r;
	size_t used;

	ck_assert_int_eq(bitmark_record_parse(bitmark_rules_0_16(),
	    w->packed.data, w->packed.size, MADE_NETWORK, &r, &used),
	    BITMARK_OK);
	add_record(user, &r);
	return 0;
}

static void
add_ready(void *user, const struct bitmark_block_walk *w, const uint8_t *id)
{
	(void)id;
	add_record(user, &w->record);
}

static void
look(void)
{
	struct sums waiting = { 0 }, ready = { 0 };

	bitmark_reservoir_each(rx.r, add_waiting, &waiting);
	(void)template_each(add_ready, &ready);
	for (size_t h = 0; h < HOLDERS; h++)
		for (size_t i = 0; i < ITEMS; i++) {
			uint8_t party = (uint8_t)(ALICE + h);

			ck_assert_uint_eq(shares_spend(party, i),
			    waiting.of[h][i]);
			ck_assert_uint_le(ready.of[h][i], shares_balance(party,
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
		ck_assert(shares_pay(chosen.pay_id, &chosen.payments));
}

static void
submit_any(void)
{
	uint8_t from = (uint8_t)(ALICE + below(HOLDERS));
	uint32_t next = (uint32_t)(from - ALICE) + 1 + below(HOLDERS - 1);
	uint8_t to = (uint8_t)(ALICE + next % HOLDERS);
	struct bitmark_record r = below(3) > 0 ?
	    grant_record(below(ITEMS), 1 + below(TOTAL), from, to) :
	    swap_record(1 + below(TOTAL / 2), from, 1 + below(TOTAL / 2), to);
	struct bitmark_tip tip;

	bitmark_snapshot_tip(rx.snap, &tip);
	if (r.tag == BITMARK_RECORD_GRANT && below(3) == 0)
		r.grant.before_block = tip.number + below(4);
	(void)shares_submit(r, from, to);
}

/* Not the blocks that made the shares. */
static void
step(size_t *blocks)
{
	switch (below(12)) {
	case 0:
		(void)shares_confirm_ready();
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
			sum[i] += shares_balance(p, i);
	ck_assert_uint_eq(sum[0], TOTAL);
	ck_assert_uint_eq(sum[1], TOTAL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reservoir random");
	TCase *t = tcase_create("random");

	tcase_add_checked_fixture(t, shares_setup, reservoir_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t,
	    nothing_that_happens_spends_more_than_there_is, 1, 9);
	suite_add_tcase(s, t);
	return run_suite(s);
}
