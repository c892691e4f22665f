/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Replay of tests/data/0.16/reservoir.json: what 0.16 did on chain g, step by
 * step.
 */
#include "../support/mining.h"

#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/shares.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCENARIOS 21
#define TEXT_MAX 80
#define BALANCES_MAX 64

static json_t *file;

/* One operation, what it gave, and how to call it when it is different. */
struct step {
	const json_t *operation;
	const json_t *result;
	char what[2 * TEXT_MAX];
};

static void
setup(void)
{
	reservoir_setup_on("0.16/chain-g", bitmark_rules_0_16());
	file = vectors_load("0.16/reservoir.json");
}

static void
teardown(void)
{
	json_decref(file);
	reservoir_teardown();
}

/* Is there a result to compare? */
static bool
outcome(const struct step *s, bitmark_status status)
{
	assert_error(status, field_text(s->operation, "error"), s->what);
	return status == BITMARK_OK;
}

static void
assert_number(const struct step *s, const char *key, uint64_t value)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof text, "%016llx", (unsigned long long)value);
	ck_assert_msg(strcmp(field_text(s->result, key), text) == 0,
	    "%s: %s is %s", s->what, key, text);
}

static void
assert_payment(const struct step *s, const json_t *expected,
    const struct bitmark_payment *p)
{
	ck_assert_msg(strcmp(field_text(expected, "currency"),
	    bitmark_currency_name(p->currency)) == 0 &&
	    strcmp(field_text(expected, "address"), p->address) == 0 &&
	    field_number(expected, "amount") == p->amount,
	    "%s: %s %s %llu", s->what, bitmark_currency_name(p->currency),
	    p->address, (unsigned long long)p->amount);
}

static void
assert_payments(const struct step *s,
    const struct bitmark_alternatives *payments)
{
	const json_t *list = json_object_get(s->result, "payments"), *item;
	size_t i, k;

	ck_assert_msg(json_array_size(list) == payments->count,
	    "%s: %zu alternatives", s->what, payments->count);
	json_array_foreach(list, i, item) {
		const struct bitmark_alternative *a =
		    &payments->alternative[i];
		const json_t *segment;

		ck_assert_msg(json_array_size(item) == a->count,
		    "%s: %zu segments", s->what, a->count);
		json_array_foreach(item, k, segment)
			assert_payment(s, segment, &a->segment[k]);
	}
}

static void
assert_unit(const struct step *s, const struct bitmark_unit_result *r)
{
	assert_hex(r->pay_id, sizeof r->pay_id, field_text(s->result,
	    "payId"), s->what);
	ck_assert_msg(json_is_true(json_object_get(s->result, "duplicate")) ==
	    r->duplicate, "%s: duplicate", s->what);
	assert_payments(s, &r->payments);
}

static void
assert_remaining(const struct step *s, const char *key, uint64_t value)
{
	if (json_object_get(s->result, key) != NULL)
		ck_assert_msg(field_number(s->result, key) == value,
		    "%s: %s is %llu", s->what, key,
		    (unsigned long long)value);
}

/* Transfers, grants, swaps. */
static void
step_transfer(const struct step *s)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	if (!outcome(s, submit_transfer(s->operation, &r)))
		return;
	assert_unit(s, &r);
	ck_assert_uint_eq(r.count, 1);
	assert_hex(r.tx_id[0], BITMARK_TX_ID_SIZE, field_text(s->result,
	    "txId"), s->what);
	assert_remaining(s, "remaining", r.remaining[0]);
	assert_remaining(s, "remainingOne", r.remaining[0]);
	assert_remaining(s, "remainingTwo", r.remaining[1]);
}

static void
step_asset(const struct step *s)
{
	struct bitmark_asset_result r = { .struct_size = sizeof r };

	if (!outcome(s, submit_asset(s->operation, &r)))
		return;
	assert_hex(r.asset_id, sizeof r.asset_id, field_text(s->result,
	    "assetId"), s->what);
	ck_assert_msg(json_is_true(json_object_get(s->result, "new")) ==
	    r.fresh, "%s: new", s->what);
}

static void
step_issues(const struct step *s)
{
	const json_t *ids = json_object_get(s->result, "txIds"), *id;
	struct bitmark_unit_result r = { .struct_size = sizeof r };
	size_t i;

	if (!outcome(s, submit_issues(s->operation, &r)))
		return;
	assert_unit(s, &r);
	assert_number(s, "payNonce", r.pay_nonce);
	if (field_text(s->result, "difficulty") != NULL) {
		assert_number(s, "difficulty", r.bits);
		assert_hex(r.target, sizeof r.target, field_text(s->result,
		    "difficultyTarget"), s->what);
	} else {
		ck_assert_uint_eq(r.bits, 0);
	}
	ck_assert_uint_eq(json_array_size(ids), r.count);
	json_array_foreach(ids, i, id)
		assert_hex(r.tx_id[i], BITMARK_TX_ID_SIZE,
		    json_string_value(id), s->what);
}

/* A nonce of a wrong length never gets so far with 0.16: there it is refused
 * when the message is read. */
static void
step_proof(const struct step *s)
{
	static const char *const words[] = {
		[BITMARK_PROOF_ACCEPTED] = "Accepted",
		[BITMARK_PROOF_INVALID] = "Invalid",
		[BITMARK_PROOF_NOT_FOUND] = "NotFound",
	};
	enum bitmark_proof_result r;
	bitmark_status status = submit_proof(s->operation, &r);

	ck_assert(status == BITMARK_OK || (status == BITMARK_E_NONCE &&
	    strlen(field_text(s->operation, "clientNonce")) < 16));
	ck_assert_msg(strcmp(field_text(s->result, "status"), words[r]) == 0,
	    "%s: %s", s->what, words[r]);
}

static void
step_payment(const struct step *s)
{
	ck_assert_int_eq(submit_payment(s->operation, NULL), BITMARK_OK);
}

static void
step_status(const struct step *s)
{
	const char *ours = status_text(field_text(s->operation, "txId"));

	ck_assert_msg(strcmp(ours, field_text(s->result, "state")) == 0,
	    "%s: %s", s->what, ours);
}

/* The file has these numbers rounded to a double; the largest ones are loaded as
 * texts. */
static void
assert_double(const struct step *s, const json_t *item, const char *key,
    uint64_t value)
{
	const json_t *number = json_object_get(item, key);
	double expected = json_is_string(number) ?
	    strtod(json_string_value(number), NULL) :
	    json_number_value(number);

	ck_assert_msg(expected == (double)value, "%s: %s is %llu", s->what,
	    key, (unsigned long long)value);
}

static void
step_balance(const struct step *s)
{
	const json_t *list = json_object_get(s->result, "balances"), *item;
	struct bitmark_share_balance b[BALANCES_MAX] = {
		{ .struct_size = sizeof b[0] },
	};
	struct bitmark_account account;
	size_t size, count, i;
	uint8_t *bytes = field_bytes(s->operation, "account", &size);

	ck_assert_int_eq(bitmark_account_parse(bytes, size, &account),
	    BITMARK_OK);
	free(bytes);
	ck_assert_int_eq(bitmark_snapshot_share_balances(rx.snap, &account,
	    NULL, b, BALANCES_MAX, &count), BITMARK_OK);
	ck_assert_uint_eq(count, json_array_size(list));
	json_array_foreach(list, i, item) {
		uint64_t spend = bitmark_reservoir_spend(rx.r, &account,
		    b[i].share_id);

		assert_hex(b[i].share_id, sizeof b[i].share_id,
		    field_text(item, "shareId"), s->what);
		assert_double(s, item, "confirmed", b[i].balance);
		assert_double(s, item, "spend", spend);
		assert_double(s, item, "available", b[i].balance - spend);
	}
}

struct order {
	const struct step *step;
	const json_t *expected;
	size_t i;
};

static void
compare_next(void *user, const struct bitmark_block_walk *w,
    const uint8_t *tx_id)
{
	struct order *o = user;
	const char *id = json_string_value(json_array_get(o->expected, o->i));

	(void)w;
	ck_assert_msg(id != NULL, "%s: one too many is ready", o->step->what);
	assert_hex(tx_id, BITMARK_TX_ID_SIZE, id, o->step->what);
	o->i++;
}

static void
step_counters(const struct step *s)
{
	struct bitmark_reservoir_counts c = counts_now();
	struct order o = { s, json_object_get(s->result, "fetchOrder"), 0 };

	ck_assert_msg(c.pending == field_number(s->result, "pending") &&
	    c.verified == field_number(s->result, "verified"), "%s: %zu %zu",
	    s->what, c.pending, c.verified);
	(void)template_each(compare_next, &o);
	ck_assert_msg(o.i == json_array_size(o.expected), "%s: %zu ready",
	    s->what, o.i);
}

static void
run_step(const struct step *s)
{
	static const struct {
		const char *op;
		void (*run)(const struct step *s);
	} kinds[] = {
		{ "transfer", step_transfer }, { "grant", step_transfer },
		{ "swap", step_transfer }, { "asset", step_asset },
		{ "issues", step_issues }, { "proof", step_proof },
		{ "payment", step_payment }, { "status", step_status },
		{ "balance", step_balance }, { "counters", step_counters },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(kinds[i].op, field_text(s->operation, "op")) ==
		    0) {
			kinds[i].run(s);
			return;
		}
	}
	ck_abort_msg("%s: unknown operation", s->what);
}

enum between { NOTHING, REOPEN };

/* Each scenario of the file begins with an empty reservoir. */
static void
replay(enum between between)
{
	const json_t *list = json_object_get(file, "scenarios"), *scenario, *o;
	size_t i, k;

	ck_assert_uint_eq(json_array_size(list), SCENARIOS);
	json_array_foreach(list, i, scenario) {
		struct step s;

		reservoir_restart();
		json_array_foreach(json_object_get(scenario, "operations"), k,
		    o) {
			s.operation = o;
			s.result = json_object_get(o, "result");
			snprintf(s.what, sizeof s.what, "%s, step %zu",
			    field_text(scenario, "name"), k);
			run_step(&s);
			if (between == REOPEN)
				reservoir_reopen();
		}
	}
}

START_TEST(each_scenario_goes_as_with_0_16)
{
	replay(NOTHING);
}
END_TEST

START_TEST(a_reservoir_reopened_after_each_step_goes_on_as_before)
{
	replay(REOPEN);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reservoir 0.16");
	TCase *t = tcase_create("replay");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, each_scenario_goes_as_with_0_16);
	tcase_add_test(t,
	    a_reservoir_reopened_after_each_step_goes_on_as_before);
	suite_add_tcase(s, t);
	return run_suite(s);
}
