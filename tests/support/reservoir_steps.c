/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* One operation of tests/data/reservoir.json against what v8.2 did. */
#define _GNU_SOURCE             /* memmem */
#include "reservoirs.h"

#include <bitmarkpeer/codec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 64

/* An operation, and what it must give. */
struct step {
	const json_t *operation;
	const json_t *result;
	const char *different;          /* NULL: as v8.2 */
	const char *what;
};

/* Is it to be compared in full?  If not, the outcome is compared here. */
static bool
outcome(const struct step *s, const char *ours)
{
	const char *error = field_text(s->result, "error");

	if (s->different != NULL) {
		ck_assert_msg(strcmp(ours, s->different) == 0,
		    "%s: %s, not %s", s->what, ours, s->different);
		return false;
	}
	if (error == NULL)
		error = field_text(s->result, "unpackError");
	if (error == NULL)
		error = "ok";
	ck_assert_msg(strcmp(ours, error) == 0, "%s: %s, not %s", s->what,
	    ours, error);
	return strcmp(ours, "ok") == 0;
}

static bool
call_outcome(const struct step *s, bitmark_status status)
{
	return outcome(s, status == BITMARK_OK ? "ok" :
	    bitmark_strerror(status));
}

static void
assert_bool(const struct step *s, const char *key, bool value)
{
	ck_assert_msg(json_is_true(json_object_get(s->result, key)) == value,
	    "%s: %s is %d", s->what, key, value);
}

static void
assert_bytes(const struct step *s, const char *key, const uint8_t *data,
    size_t size)
{
	const char *hex = field_text(s->result, key);

	ck_assert_msg(hex != NULL, "%s: %s", s->what, key);
	assert_hex(data, size, hex, s->what);
}

static void
assert_number_hex(const struct step *s, const char *key, uint64_t value)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof text, "%016llx", (unsigned long long)value);
	ck_assert_msg(strcmp(field_text(s->result, key), text) == 0,
	    "%s: %s is %s", s->what, key, text);
}

static void
step_asset(const struct step *s)
{
	struct bitmark_asset_result r = { .struct_size = sizeof r };

	if (!call_outcome(s, submit_asset(s->operation, &r)))
		return;
	assert_bytes(s, "assetId", r.asset_id, sizeof r.asset_id);
	assert_bool(s, "new", r.fresh);
	assert_bool(s, "cached", r.cached);
	assert_bool(s, "exists", true);
}

static void
assert_payment(const struct step *s, const json_t *expected,
    const struct bitmark_payment *p)
{
	ck_assert_msg(strcmp(field_text(expected, "currency"),
	    bitmark_currency_name(p->currency)) == 0, "%s: currency",
	    s->what);
	ck_assert_msg(strcmp(field_text(expected, "address"), p->address) ==
	    0, "%s: address %s", s->what, p->address);
	ck_assert_msg(field_number(expected, "amount") == p->amount,
	    "%s: amount %llu", s->what, (unsigned long long)p->amount);
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

/* Check that the message to be relayed has the submitted bytes. */
static void
assert_relay(const struct step *s, struct bitmark_span relay)
{
	size_t size;
	uint8_t *data = operation_bytes(s->operation, &size);

	ck_assert_uint_eq(relay.size, size);
	ck_assert_mem_eq(relay.data, data, size);
	free(data);
}

static void
assert_unit(const struct step *s, const struct bitmark_unit_result *r)
{
	assert_bytes(s, "payId", r->pay_id, sizeof r->pay_id);
	assert_bool(s, "duplicate", r->duplicate);
	assert_payments(s, &r->payments);
	assert_relay(s, r->relay);
}

static void
step_issues(const struct step *s)
{
	const json_t *ids = json_object_get(s->result, "txIds"), *id;
	struct bitmark_unit_result r = { .struct_size = sizeof r };
	char text[TEXT_MAX];
	uint8_t bits[8];
	size_t i;

	if (!call_outcome(s, submit_issues(s->operation, &r)))
		return;
	assert_unit(s, &r);
	assert_number_hex(s, "payNonce", r.pay_nonce);
	assert_bytes(s, "target", r.target, sizeof r.target);
	for (i = 0; i < sizeof bits; i++)
		bits[i] = (uint8_t)(r.bits >> 8 * i);
	bitmark_hex_encode(bits, sizeof bits, text);
	ck_assert_str_eq(field_text(s->result, "difficulty"), text);
	ck_assert_uint_eq(json_array_size(ids), r.count);
	json_array_foreach(ids, i, id)
		assert_hex(r.tx_id[i], BITMARK_TX_ID_SIZE,
		    json_string_value(id), s->what);
}

static void
step_transfer(const struct step *s)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	if (!call_outcome(s, submit_transfer(s->operation, &r)))
		return;
	assert_unit(s, &r);
	ck_assert_uint_eq(r.count, 1);
	assert_bytes(s, "txId", r.tx_id[0], BITMARK_TX_ID_SIZE);
}

static void
step_proof(const struct step *s)
{
	static const char *const words[] = {
		[BITMARK_PROOF_ACCEPTED] = "Accepted",
		[BITMARK_PROOF_INVALID] = "Invalid",
		[BITMARK_PROOF_NOT_FOUND] = "NotFound",
	};
	enum bitmark_proof_result r;

	ck_assert_int_eq(submit_proof(s->operation, &r), BITMARK_OK);
	ck_assert_msg(strcmp(field_text(s->result, "status"), words[r]) == 0,
	    "%s: %s", s->what, words[r]);
}

static void
step_status(const struct step *s)
{
	const char *expected = s->different != NULL ? s->different :
	    field_text(s->result, "status");
	uint8_t *id;
	const char *ours;
	size_t size;

	id = field_bytes(s->operation, "txId", &size);
	ck_assert_uint_eq(size, BITMARK_TX_ID_SIZE);
	ours = bitmark_tx_status_name(status_of(id));
	ck_assert_msg(strcmp(ours, expected) == 0, "%s: %s, not %s", s->what,
	    ours, expected);
	free(id);
}

struct seen {
	const struct step *step;
	size_t verified;
};

/* Every verified transaction is one that v8.2 has. */
static int
find_verified(void *user, const struct bitmark_waiting *w)
{
	struct seen *seen = user;
	const json_t *ids = json_object_get(seen->step->result,
	    "verifiedTxIds"), *id;
	char text[2 * BITMARK_TX_ID_SIZE + 1];
	bool found = false;
	size_t i;

	if (!w->verified)
		return 0;
	seen->verified++;
	bitmark_hex_encode(w->tx_id, BITMARK_TX_ID_SIZE, text);
	json_array_foreach(ids, i, id)
		found = found || strcmp(json_string_value(id), text) == 0;
	ck_assert_msg(found, "%s: %s is verified", seen->step->what, text);
	return 0;
}

static void
step_counters(const struct step *s)
{
	struct bitmark_reservoir_counts c = counts_now();
	struct seen seen = { s, 0 };
	char text[TEXT_MAX];

	snprintf(text, sizeof text, "%zu %zu", c.pending, c.verified);
	if (s->different != NULL) {
		ck_assert_str_eq(text, s->different);
		return;
	}
	ck_assert_msg(c.pending == field_number(s->result, "pending") &&
	    c.verified == field_number(s->result, "verified"), "%s: %s",
	    s->what, text);
	bitmark_reservoir_each(rx.r, find_verified, &seen);
	ck_assert_uint_eq(seen.verified, c.verified);
}

static void
step_payment(const struct step *s)
{
	bool verified;

	ck_assert_int_eq(submit_payment(s->operation, &verified), BITMARK_OK);
}

static void
step_block(const struct step *s)
{
	struct bitmark_tip tip;

	submit_block(s->operation);
	bitmark_snapshot_tip(rx.snap, &tip);
	ck_assert_uint_eq(tip.number, field_number(s->result, "height"));
	assert_number_hex(s, "latestCRC", tip.crc);
}

/* Each of our records is in the file of v8.2, and there are no others. */
static void
step_backup(const struct step *s)
{
	struct store_bytes ours = { 0 };
	size_t size, at, length;
	uint8_t *theirs = field_bytes(s->result, "file", &size);

	ck_assert_int_eq(bitmark_reservoir_export(rx.r, store_write, &ours),
	    BITMARK_OK);
	ck_assert_uint_eq(ours.size, size);
	for (at = 0; at < size; at += length) {
		ck_assert_uint_le(at + 3, size);
		length = 3 + ((size_t)ours.data[at + 1] << 8 |
		    ours.data[at + 2]);
		ck_assert_msg(memmem(theirs, size, ours.data + at, length) !=
		    NULL, "%s: record %c", s->what, ours.data[at]);
	}
	free(ours.data);
	free(theirs);
}

static void
step_restore(const struct step *s)
{
	size_t size;
	uint8_t *file = field_bytes(s->operation, "file", &size);
	struct bitmark_import counts = { .struct_size = sizeof counts };

	ck_assert_int_eq(bitmark_reservoir_import(rx.r, rx.snap, rx.now_s,
	    file, size, &counts), BITMARK_OK);
	ck_assert_uint_eq(counts.refused, 0);
	free(file);
}

void
reservoir_step(const json_t *operation, const char *different,
    const char *what)
{
	static const struct {
		const char *op;
		void (*run)(const struct step *s);
	} kinds[] = {
		{ "asset", step_asset }, { "issues", step_issues },
		{ "transfer", step_transfer }, { "proof", step_proof },
		{ "status", step_status }, { "counters", step_counters },
		{ "payment", step_payment }, { "block", step_block },
		{ "backup", step_backup }, { "restore", step_restore },
	};
	const struct step s = {
		operation, json_object_get(operation, "result"), different,
		what,
	};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(kinds[i].op, field_text(operation, "op")) == 0) {
			kinds[i].run(&s);
			return;
		}
	}
	ck_abort_msg("%s: unknown operation", what);
}
