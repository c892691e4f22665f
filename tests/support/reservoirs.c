/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "reservoirs.h"

#include <bitmarkpeer/codec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Scenario with the blocks on top of chain A, and its second block. */
#define BLOCKS_SCENARIO 6
#define SECOND_BLOCK 53

struct reservoir_fixture rx;

/* The golden chain, in a store that every test copies; made once. */
static struct golden_chain golden;

static void
note_change(void *user, enum bitmark_tx_change change, const uint8_t *tx_id,
    const uint8_t *pay_id)
{
	struct reservoir_fixture *f = user;

	(void)tx_id;
	(void)pay_id;
	f->told[change]++;
}

static void
open_reservoir(void)
{
	const struct bitmark_reservoir_config config = {
		.struct_size = sizeof config,
		.params = bitmark_chain_params_find("local"),
		.rules = rx.rules,
		.journal = &rx.journal.functions,
		.limits = &rx.limits,
		.change = note_change,
		.user = &rx,
		.auto_verify = rx.auto_verify,
	};

	ck_assert_int_eq(bitmark_reservoir_open(&rx.r, &config, rx.snap,
	    rx.now_s), BITMARK_OK);
}

static void
open_chain(void)
{
	struct bitmark_chain_config config;

	rx.directory = store_directory();
	config = store_config(rx.directory, BITMARK_CHAIN_WRITE, NULL);
	config.rules = rx.rules;
	ck_assert_int_eq(bitmark_chain_open(&rx.chain, &config), BITMARK_OK);
}

void
reservoir_setup(void)
{
	reservoir_setup_on("chain-a", bitmark_rules_8_2());
}

void
reservoir_setup_on(const char *chain, const struct bitmark_rules *rules)
{
	memset(&rx, 0, sizeof rx);
	memset(&golden, 0, sizeof golden);
	rx.limits.struct_size = sizeof rx.limits;
	rx.rules = rules;
	open_chain();
	if (chain != NULL) {
		golden = golden_chain(chain);
		ck_assert_int_eq(bitmark_chain_batch_begin(rx.chain),
		    BITMARK_OK);
		store_add(rx.chain, &golden, golden.height);
		ck_assert_int_eq(bitmark_chain_batch_commit(rx.chain),
		    BITMARK_OK);
	}
	rx.snap = store_snapshot(rx.chain);
	rx.now_s = RESERVOIR_START;
	memory_journal_init(&rx.journal);
	open_reservoir();
}

void
reservoir_teardown(void)
{
	bitmark_reservoir_close(rx.r);
	memory_journal_fini(&rx.journal);
	bitmark_snapshot_close(rx.snap);
	bitmark_chain_close(rx.chain);
	store_remove(rx.directory);
	golden_chain_free(&golden);
}

void
reservoir_reopen(void)
{
	bitmark_reservoir_close(rx.r);
	memory_journal_crash(&rx.journal);
	open_reservoir();
}

void
reservoir_restart(void)
{
	bitmark_reservoir_close(rx.r);
	memory_journal_fini(&rx.journal);
	memory_journal_init(&rx.journal);
	memset(rx.told, 0, sizeof rx.told);
	open_reservoir();
}

/*
 * The file.
 */

const json_t *
reservoir_scenario(size_t i)
{
	static json_t *file;

	if (file == NULL)
		file = vectors_load("reservoir.json");
	return json_array_get(json_object_get(file, "scenarios"), i);
}

const json_t *
reservoir_operation(unsigned scenario, size_t i)
{
	const json_t *o = json_array_get(json_object_get(
	    reservoir_scenario(scenario - 1), "operations"), i);

	ck_assert_ptr_nonnull(o);
	return o;
}

static void
append_hex(uint8_t *data, size_t *size, size_t capacity, const char *hex)
{
	size_t got;

	ck_assert_int_eq(bitmark_hex_decode(hex, strlen(hex), data + *size,
	    capacity - *size, &got), BITMARK_OK);
	*size += got;
}

uint8_t *
operation_bytes(const json_t *operation, size_t *size)
{
	const json_t *packed = json_object_get(operation, "packed"), *item;
	size_t capacity = BITMARK_BLOCK_MAX / 4, i;
	uint8_t *data = malloc(capacity);

	ck_assert_ptr_nonnull(data);
	*size = 0;
	if (json_is_string(packed))
		append_hex(data, size, capacity, json_string_value(packed));
	json_array_foreach(packed, i, item)
		append_hex(data, size, capacity, json_string_value(item));
	return data;
}

static void
field_id(const json_t *object, const char *key, uint8_t *id, size_t size)
{
	size_t got;
	uint8_t *bytes = field_bytes(object, key, &got);

	ck_assert_uint_eq(got, size);
	memcpy(id, bytes, size);
	free(bytes);
}

/*
 * Submitting.
 */

bitmark_status
submit_transfer(const json_t *operation, struct bitmark_unit_result *result)
{
	size_t size;
	uint8_t *data = operation_bytes(operation, &size);
	bitmark_status status = bitmark_reservoir_transfer(rx.r, rx.snap,
	    rx.now_s, data, size, result);

	free(data);
	return status;
}

bitmark_status
submit_issues(const json_t *operation, struct bitmark_unit_result *result)
{
	size_t size;
	uint8_t *data = operation_bytes(operation, &size);
	bitmark_status status = bitmark_reservoir_issues(rx.r, rx.snap,
	    rx.now_s, data, size, result);

	free(data);
	return status;
}

bitmark_status
submit_asset(const json_t *operation, struct bitmark_asset_result *result)
{
	size_t size;
	uint8_t *data = operation_bytes(operation, &size);
	bitmark_status status = bitmark_reservoir_asset(rx.r, rx.snap,
	    rx.now_s, data, size, result);

	if (status == BITMARK_OK)
		ck_assert_uint_eq(result->used, size);
	free(data);
	return status;
}

bitmark_status
submit_payment(const json_t *operation, bool *verified)
{
	struct bitmark_payment output[BITMARK_PAID_MAX] = { 0 };
	struct bitmark_paid paid = { .struct_size = sizeof paid, .output =
	    output };
	const char *currency = field_text(operation, "currency"), *address;
	uint8_t pay_id[BITMARK_PAY_ID_SIZE];
	json_t *amounts = json_object_get(operation, "amounts"), *amount;

	field_id(operation, "payId", pay_id, sizeof pay_id);
	ck_assert_int_eq(bitmark_currency_from_text(currency,
	    strlen(currency), &paid.currency), BITMARK_OK);
	json_object_foreach(amounts, address, amount) {
		struct bitmark_payment *p = &output[paid.count++];

		snprintf(p->address, sizeof p->address, "%s", address);
		p->amount = (uint64_t)json_integer_value(amount);
	}
	return bitmark_reservoir_payment(rx.r, rx.now_s, pay_id, &paid,
	    verified);
}

bitmark_status
submit_proof(const json_t *operation, enum bitmark_proof_result *result)
{
	uint8_t pay_id[BITMARK_PAY_ID_SIZE], *nonce;
	size_t size;
	bitmark_status status;

	field_id(operation, "payId", pay_id, sizeof pay_id);
	nonce = field_bytes(operation, "clientNonce", &size);
	status = bitmark_reservoir_proof(rx.r, rx.snap, pay_id, nonce, size,
	    result);
	free(nonce);
	return status;
}

/* The digest of the first block is in the second; that of the second does not
 * matter. */
static void
block_digest(uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bitmark_header next;
	size_t size;
	uint8_t *data = operation_bytes(reservoir_operation(BLOCKS_SCENARIO,
	    SECOND_BLOCK), &size);

	ck_assert_int_eq(bitmark_header_parse(data, size, &next), BITMARK_OK);
	memset(digest, 0, BITMARK_DIGEST_SIZE);
	if (next.number == number + 1)
		memcpy(digest, next.previous, BITMARK_DIGEST_SIZE);
	free(data);
}

void
add_block_unheard(const json_t *operation)
{
	size_t size;
	uint8_t *data = operation_bytes(operation, &size);
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_tip tip;

	bitmark_chain_tip(rx.chain, &tip);
	block_digest(tip.number + 1, digest);
	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(bitmark_chain_add(rx.chain, data, size, digest,
	    rx.now_s), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	free(data);
}

void
submit_block(const json_t *operation)
{
	size_t size;
	uint8_t *data = operation_bytes(operation, &size);

	add_block_unheard(operation);
	ck_assert_int_eq(bitmark_reservoir_block_added(rx.r, rx.now_s, data,
	    size), BITMARK_OK);
	free(data);
}

void
remove_block_unheard(void)
{
	struct bitmark_tip tip;

	bitmark_chain_tip(rx.chain, &tip);
	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(bitmark_chain_delete_down(rx.chain, tip.number),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
}

struct bitmark_span
copy_newest_block(void)
{
	struct bitmark_tip tip;
	struct bitmark_span block;
	uint8_t *copy;

	bitmark_chain_tip(rx.chain, &tip);
	ck_assert_int_eq(bitmark_snapshot_block(rx.snap, tip.number, &block),
	    BITMARK_OK);
	copy = malloc(block.size);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, block.data, block.size);
	return (struct bitmark_span){ copy, block.size };
}

void
remove_block(void)
{
	const struct bitmark_span block = copy_newest_block();

	remove_block_unheard();
	ck_assert_int_eq(bitmark_reservoir_block_removed(rx.r, rx.snap,
	    rx.now_s, block.data, block.size), BITMARK_OK);
	free((void *)(uintptr_t)block.data);
}

static bitmark_status
submit(const json_t *o)
{
	const char *op = field_text(o, "op");
	struct bitmark_asset_result asset = { .struct_size = sizeof asset };
	struct bitmark_unit_result unit = { .struct_size = sizeof unit };
	enum bitmark_proof_result proof;

	if (strcmp(op, "asset") == 0)
		return submit_asset(o, &asset);
	if (strcmp(op, "issues") == 0)
		return submit_issues(o, &unit);
	if (strcmp(op, "transfer") == 0)
		return submit_transfer(o, &unit);
	if (strcmp(op, "payment") == 0)
		return submit_payment(o, NULL);
	if (strcmp(op, "proof") == 0)
		return submit_proof(o, &proof);
	if (strcmp(op, "block") == 0)
		submit_block(o);
	return BITMARK_OK;
}

void
submit_operations(unsigned scenario, size_t first, size_t last)
{
	for (size_t i = first; i <= last; i++)
		ck_assert_int_eq(submit(reservoir_operation(scenario, i)),
		    BITMARK_OK);
}

const char *
status_text(const char *tx_id)
{
	uint8_t id[BITMARK_TX_ID_SIZE];
	size_t size = 0;

	append_hex(id, &size, sizeof id, tx_id);
	ck_assert_uint_eq(size, sizeof id);
	return bitmark_tx_status_name(status_of(id));
}

enum bitmark_tx_status
status_of(const uint8_t *tx_id)
{
	enum bitmark_tx_status status;

	ck_assert_int_eq(bitmark_reservoir_status(rx.r, rx.snap, tx_id,
	    &status), BITMARK_OK);
	return status;
}

struct bitmark_reservoir_counts
counts_now(void)
{
	struct bitmark_reservoir_counts counts = { .struct_size =
	    sizeof counts };

	bitmark_reservoir_get_counts(rx.r, &counts);
	return counts;
}
