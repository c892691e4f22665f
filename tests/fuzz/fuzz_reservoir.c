/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Any bytes as what happens to a reservoir: submissions, payments, blocks,
 * time, backups, and rows of its journal.  The chain has no block but genesis.
 * Each input is tried under the rules of every release.  After each input the
 * counters must agree with what is listed, and a reservoir opened from the
 * journal must be the same.
 *
 * An event: kind (1 byte), length (2, big endian), data.
 */
#include <bitmarkpeer/reservoir.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD_SIZE 3
#define START_S 1600000000
#define HOUR_S 3600
#define PATH_SIZE 64
#define ROWS_MAX 256

static void
require(bool condition)
{
	if (!condition)
		abort();
}

/*
 * A journal of few rows.  Not atomic: nothing fails here.
 */

static struct row {
	uint8_t key[BITMARK_JOURNAL_KEY_MAX];
	size_t key_size;
	uint8_t *value;
	size_t value_size;
} rows[ROWS_MAX];
static size_t row_count;

static bitmark_status
del(void *user, struct bitmark_span key)
{
	(void)user;
	for (size_t i = 0; i < row_count; i++) {
		if (rows[i].key_size != key.size ||
		    memcmp(rows[i].key, key.data, key.size) != 0)
			continue;
		free(rows[i].value);
		rows[i] = rows[--row_count];
		return BITMARK_OK;
	}
	return BITMARK_OK;
}

static bitmark_status
put(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct row *row;

	require(del(user, key) == BITMARK_OK);
	if (row_count == ROWS_MAX || key.size > sizeof row->key)
		return BITMARK_E_STORE_FULL;
	row = &rows[row_count++];
	memcpy(row->key, key.data, key.size);
	row->key_size = key.size;
	row->value = malloc(value.size + 1);
	require(row->value != NULL);
	if (value.size > 0)
		memcpy(row->value, value.data, value.size);
	row->value_size = value.size;
	return BITMARK_OK;
}

static bitmark_status
clear(void *user)
{
	(void)user;
	while (row_count > 0)
		free(rows[--row_count].value);
	return BITMARK_OK;
}

static bitmark_status
commit(void *user)
{
	(void)user;
	return BITMARK_OK;
}

static bitmark_status
each(void *user, bitmark_journal_row_fn row, void *row_user)
{
	bitmark_status status = BITMARK_OK;

	(void)user;
	/* Sorted by kind is enough: assets come first. */
	for (int kind = 0; kind <= UINT8_MAX && status == BITMARK_OK; kind++)
		for (size_t i = 0; i < row_count && status == BITMARK_OK; i++)
			if (rows[i].key_size > 0 && rows[i].key[0] == kind)
				status = row(row_user, (struct bitmark_span){
				    rows[i].key, rows[i].key_size },
				    (struct bitmark_span){ rows[i].value,
				    rows[i].value_size });
	return status;
}

/*
 * The world.
 */

static struct bitmark_snapshot *snap;
static const struct bitmark_rules *rules;
static struct bitmark_reservoir *reservoir;
static uint64_t now_s;

/* A new chain in a directory that has gone when this returns. */
static struct bitmark_snapshot *
genesis_only(void)
{
	static const char *const files[] = {
		"data.mdb", "lock.mdb", "writer.lock",
	};
	char directory[] = "/tmp/fuzz-reservoir-XXXXXX", path[PATH_SIZE];
	const struct bitmark_chain_config config = {
		.struct_size = sizeof config,
		.path = directory,
		.params = bitmark_chain_params_find("local"),
		.access = BITMARK_CHAIN_WRITE,
	};
	struct bitmark_snapshot *s;
	struct bitmark_chain *chain;

	require(mkdtemp(directory) != NULL);
	require(bitmark_chain_open(&chain, &config) == BITMARK_OK);
	require(bitmark_snapshot_open(chain, &s) == BITMARK_OK);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, files[i]);
		unlink(path);
	}
	rmdir(directory);
	return s;
}

static void
open_reservoir(void)
{
	const struct bitmark_journal journal = {
		sizeof journal, NULL, put, del, commit, each
	};
	const struct bitmark_reservoir_limits limits = {
		.struct_size = sizeof limits, .assets = 4, .asset_bytes = 4096,
		.transactions = 8, .bytes = 4096, .orphans = 4,
	};
	const struct bitmark_reservoir_config config = {
		.struct_size = sizeof config,
		.params = bitmark_chain_params_find("local"),
		.rules = rules,
		.journal = &journal,
		.limits = &limits,      /* small, so that bounds are met */
	};

	require(bitmark_reservoir_open(&reservoir, &config, snap, now_s) ==
	    BITMARK_OK);
}

static int
count(void *user, const struct bitmark_waiting *w)
{
	size_t *counts = user;

	counts[w->verified]++;
	require(w->position < w->count && w->packed.size > 0);
	return 0;
}

static struct bitmark_reservoir_counts
check(void)
{
	struct bitmark_reservoir_counts c = { .struct_size = sizeof c };
	size_t listed[2] = { 0, 0 };

	bitmark_reservoir_get_counts(reservoir, &c);
	bitmark_reservoir_each(reservoir, count, listed);
	require(listed[0] == c.pending && listed[1] == c.verified);
	require(c.free_issues + c.paid_issues + c.transfers <= c.pending);
	require(c.assets <= 4 && c.orphans <= 4);
	require(c.pending + c.verified + c.settled <= 8 && c.bytes <= 4096);
	return c;
}

/*
 * Events.
 */

static void
pay(const uint8_t *data, size_t size)
{
	struct bitmark_payment output = { 0 };
	struct bitmark_paid paid = { .struct_size = sizeof paid,
	    BITMARK_CURRENCY_BITCOIN, &output, 1 };

	if (size < BITMARK_PAY_ID_SIZE + 1)
		return;
	paid.currency = (enum bitmark_currency)(data[BITMARK_PAY_ID_SIZE] &
	    3);
	output.amount = UINT64_MAX;
	(void)!bitmark_reservoir_payment(reservoir, now_s, data, &paid, NULL);
}

static void
prove(const uint8_t *data, size_t size)
{
	enum bitmark_proof_result result;

	if (size >= BITMARK_PAY_ID_SIZE)
		(void)!bitmark_reservoir_proof(reservoir, snap, data,
		    data + BITMARK_PAY_ID_SIZE, size - BITMARK_PAY_ID_SIZE,
		    &result);
}

/* The journal is opened with a row from outside. */
static void
damage(const uint8_t *data, size_t size)
{
	size_t key = size > 65 ? 65 : size;

	if (size > 0 && data[0] != 'A' && size > 49)
		key = 49;
	require(put(NULL, (struct bitmark_span){ data, key },
	    (struct bitmark_span){ data + key, size - key }) == BITMARK_OK ||
	    row_count == ROWS_MAX);
	bitmark_reservoir_close(reservoir);
	open_reservoir();
}

static void
rebroadcast(void)
{
	enum bitmark_rebroadcast kind;
	struct bitmark_span message;

	bitmark_reservoir_rebroadcast_start(reservoir);
	while (bitmark_reservoir_rebroadcast_next(reservoir, &kind,
	    &message) == BITMARK_OK)
		require(message.size > 0);
}

static void
event(uint8_t kind, const uint8_t *data, size_t size)
{
	struct bitmark_asset_result asset = { .struct_size = sizeof asset };
	struct bitmark_unit_result unit = { .struct_size = sizeof unit };

	switch (kind % 10) {
	case 0:
		(void)!bitmark_reservoir_asset(reservoir, snap, now_s, data,
		    size, &asset);
		break;
	case 1:
		(void)!bitmark_reservoir_issues(reservoir, snap, now_s, data,
		    size, &unit);
		break;
	case 2:
		(void)!bitmark_reservoir_transfer(reservoir, snap, now_s,
		    data, size, &unit);
		break;
	case 3:
		prove(data, size);
		break;
	case 4:
		pay(data, size);
		break;
	case 5:
		bitmark_reservoir_block_added(reservoir, now_s, data, size);
		require(bitmark_reservoir_review(reservoir, snap, now_s) ==
		    BITMARK_OK);
		break;
	case 6:
		bitmark_reservoir_block_removed(reservoir, snap, now_s, data,
		    size);
		break;
	case 7:
		now_s += (size > 0 ? data[0] : 1) * (uint64_t)HOUR_S;
		bitmark_reservoir_expire(reservoir, now_s);
		break;
	case 8:
		(void)!bitmark_reservoir_import(reservoir, snap, now_s, data,
		    size, NULL);
		break;
	case 9:
		damage(data, size);
		break;
	default:
		break;
	}
}

static void
run(const uint8_t *data, size_t size)
{
	struct bitmark_reservoir_counts before = { .struct_size =
	    sizeof before }, after = { .struct_size = sizeof after };

	now_s = START_S;
	open_reservoir();
	while (size >= HEAD_SIZE) {
		size_t length = (size_t)data[1] << 8 | data[2];

		if (length > size - HEAD_SIZE)
			length = size - HEAD_SIZE;
		event(data[0], data + HEAD_SIZE, length);
		check();
		data += HEAD_SIZE + length;
		size -= HEAD_SIZE + length;
	}
	rebroadcast();
	before = check();
	bitmark_reservoir_close(reservoir);
	open_reservoir();
	after = check();
	/* Blocks that the chain does not have are not believed again. */
	require(before.settled > 0 || (before.pending == after.pending &&
	    before.verified == after.verified));
	bitmark_reservoir_close(reservoir);
	clear(NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (snap == NULL)
		snap = genesis_only();
	rules = bitmark_rules_8_2();
	run(data, size);
	rules = bitmark_rules_0_16();
	run(data, size);
	return 0;
}
