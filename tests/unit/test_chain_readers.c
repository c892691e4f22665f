/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Reading a store while another thread writes it, and reading a damaged one. */
#include "../support/await.h"
#include "../support/stores.h"

#include "chain/chain.h"
#include "chain/rows.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READERS 4
/* A reader gives up when the chain has not grown for that many looks. */
#define LOOKS_MAX 2000000u

static struct golden_chain a;
static char *directory;
static struct bitmark_chain *chain;

static void
setup(void)
{
	a = golden_chain("chain-a");
	directory = store_directory();
	chain = store_open(directory);
}

static void
teardown(void)
{
	bitmark_chain_close(chain);
	store_remove(directory);
	golden_chain_free(&a);
}

START_TEST(a_snapshot_does_not_see_what_is_written_later)
{
	struct bitmark_snapshot *old;
	struct bitmark_tip tip;
	char *before, *after;

	store_add(chain, &a, 7);
	old = store_snapshot(chain);
	before = snapshot_dump(old);
	store_add(chain, &a, 11);
	after = snapshot_dump(old);
	ck_assert_msg(strcmp(before, after) == 0, "another dump");
	free(after);

	ck_assert_int_eq(bitmark_snapshot_renew(old), BITMARK_OK);
	bitmark_snapshot_tip(old, &tip);
	ck_assert_uint_eq(tip.number, 11);
	after = snapshot_dump(old);
	ck_assert_msg(strcmp(before, after) != 0, "the same dump");
	free(after);
	free(before);
	bitmark_snapshot_close(old);
}
END_TEST

START_TEST(a_snapshot_does_not_see_blocks_being_deleted)
{
	struct bitmark_snapshot *old;
	char *before, *after;

	store_add(chain, &a, 11);
	old = store_snapshot(chain);
	before = snapshot_dump(old);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 6), BITMARK_OK);
	after = snapshot_dump(old);
	ck_assert_msg(strcmp(before, after) == 0, "another dump");
	free(after);
	free(before);
	bitmark_snapshot_close(old);
	ck_assert_uint_eq(store_height(chain), 5);
}
END_TEST

START_TEST(a_batch_is_seen_when_it_is_committed)
{
	struct bitmark_snapshot *s = store_snapshot(chain);
	struct bitmark_tip tip;

	ck_assert_int_eq(bitmark_chain_batch_begin(chain), BITMARK_OK);
	store_add(chain, &a, 5);
	ck_assert_int_eq(bitmark_snapshot_renew(s), BITMARK_OK);
	bitmark_snapshot_tip(s, &tip);
	ck_assert_uint_eq(tip.number, BITMARK_GENESIS_NUMBER);
	ck_assert_int_eq(bitmark_chain_batch_commit(chain), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(s), BITMARK_OK);
	bitmark_snapshot_tip(s, &tip);
	ck_assert_uint_eq(tip.number, 5);
	bitmark_snapshot_close(s);
}
END_TEST

START_TEST(a_released_snapshot_reads_nothing_and_can_be_renewed)
{
	struct bitmark_snapshot *s;
	struct bitmark_span block;

	store_add(chain, &a, 3);
	s = store_snapshot(chain);
	bitmark_snapshot_release(s);
	ck_assert_int_ne(bitmark_snapshot_block(s, 2, &block), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(s), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_block(s, 2, &block), BITMARK_OK);
	bitmark_snapshot_close(s);
}
END_TEST

/* Is everything that a snapshot says of its newest block true? */
static bool
looks_right(struct bitmark_snapshot *s, uint64_t *number)
{
	const struct golden_block *b;
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	struct bitmark_counts counts = { .struct_size = sizeof counts };
	struct bitmark_span block;
	struct bitmark_tip tip;
	uint8_t id[BITMARK_TX_ID_SIZE];

	bitmark_snapshot_tip(s, &tip);
	*number = tip.number;
	if (tip.number == BITMARK_GENESIS_NUMBER)
		return true;
	b = &a.blocks[tip.number - GOLDEN_FIRST];
	bitmark_foundation_id(b->digest, tip.number, id);
	return memcmp(tip.digest, b->digest, sizeof tip.digest) == 0 &&
	    bitmark_snapshot_block(s, tip.number, &block) == BITMARK_OK &&
	    block.size == b->size &&
	    memcmp(block.data, b->data, b->size) == 0 &&
	    bitmark_snapshot_transaction(s, id, &c) == BITMARK_OK &&
	    c.number == tip.number &&
	    bitmark_snapshot_counts(s, &counts) == BITMARK_OK &&
	    counts.blocks == tip.number - BITMARK_GENESIS_NUMBER;
}

/* Look until the chain has its last block; heights never go back. */
static bool
look_until_end(struct bitmark_chain *of)
{
	struct bitmark_snapshot *s;
	uint64_t number = 0, last = 0;
	bool right;

	if (bitmark_snapshot_open(of, &s) != BITMARK_OK)
		return false;
	right = looks_right(s, &number);
	for (unsigned looks = 0; right && number != a.height; looks++) {
		last = number;
		right = looks < LOOKS_MAX &&
		    bitmark_snapshot_renew(s) == BITMARK_OK &&
		    looks_right(s, &number) && number >= last;
		bitmark_snapshot_release(s);
		/* The writer must get on, too. */
		sched_yield();
	}
	bitmark_snapshot_close(s);
	return right;
}

static void *
reader(void *user)
{
	bool *right = user;

	*right = look_until_end(chain);
	return NULL;
}

START_TEST(many_threads_read_while_one_writes)
{
	pthread_t thread[READERS];
	bool right[READERS] = { false };

	for (size_t i = 0; i < READERS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, reader,
		    &right[i]), 0);
	store_add(chain, &a, a.height);
	for (size_t i = 0; i < READERS; i++) {
		pthread_join(thread[i], NULL);
		ck_assert(right[i]);
	}
}
END_TEST

/* The child opens the store itself: nothing of LMDB survives a fork. */
START_TEST(another_process_reads_while_this_one_writes)
{
	pid_t child;
	int code;

	bitmark_chain_close(chain);
	child = fork();
	if (child == 0) {
		struct bitmark_chain_config config = store_config(directory,
		    BITMARK_CHAIN_READ, NULL);
		struct await wait = AWAIT;

		chain = NULL;
		while (bitmark_chain_open(&chain, &config) != BITMARK_OK)
			if (!await_again(&wait))
				_exit(1);
		_exit(look_until_end(chain) ? 0 : 1);
	}
	chain = store_open(directory);
	store_add(chain, &a, a.height);
	ck_assert_int_eq(waitpid(child, &code, 0), child);
	ck_assert_int_eq(code, 0);
}
END_TEST

/* Ways to damage the value of a row. */
enum damage {
	DAMAGE_EMPTY,
	DAMAGE_SHORT,                   /* without its last byte      */
	DAMAGE_LONG,                    /* with one more byte         */
	DAMAGE_HUGE_NUMBERS,            /* every byte 0xff            */
	DAMAGE_ZERO,
	DAMAGE_COUNT,
};

static size_t
damaged(enum damage damage, uint8_t *data, size_t size)
{
	switch (damage) {
	case DAMAGE_EMPTY:
		return 0;
	case DAMAGE_SHORT:
		return size - 1;
	case DAMAGE_LONG:
		data[size] = 0;
		return size + 1;
	case DAMAGE_HUGE_NUMBERS:
		memset(data, 0xff, size);
		return size;
	case DAMAGE_ZERO:
		memset(data, 0, size);
		return size;
	case DAMAGE_COUNT:
		break;
	}
	return size;
}

/* Damage the last row of a table; the writer's own environment is used. */
static void
damage_last(enum bm_table table, enum damage damage)
{
	MDB_cursor *cursor;
	MDB_txn *txn;
	MDB_val key, value;
	uint8_t *copy;

	ck_assert_int_eq(mdb_txn_begin(chain->store.mdb, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_cursor_open(txn, chain->store.table[table], &cursor),
	    0);
	ck_assert_int_eq(mdb_cursor_get(cursor, &key, &value, MDB_LAST), 0);
	copy = malloc(value.mv_size + 1);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, value.mv_data, value.mv_size);
	value.mv_size = damaged(damage, copy, value.mv_size);
	value.mv_data = copy;
	ck_assert_int_eq(mdb_cursor_put(cursor, &key, &value, MDB_CURRENT),
	    0);
	mdb_cursor_close(cursor);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	free(copy);
}

static int
write_nowhere(void *user, const void *data, size_t size)
{
	(void)user;
	(void)data;
	(void)size;
	return 0;
}

static int
no_step(void *user, const uint8_t *tx_id, const struct bitmark_confirmed *c)
{
	(void)user;
	(void)tx_id;
	(void)c;
	return 0;
}

/* Ask for everything there is to ask about each transaction. */
static bool
is_sound(bitmark_status status)
{
	return status == BITMARK_OK || status == BITMARK_E_NOT_FOUND ||
	    status == BITMARK_E_BLOCK_NOT_FOUND ||
	    status == BITMARK_E_STORE_CORRUPT;
}

static void
ask_about_tx(struct bitmark_snapshot *s, const uint8_t *id)
{
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	struct bitmark_account account;
	struct bitmark_owned owned = { .struct_size = sizeof owned };
	uint64_t number;
	size_t count;

	ck_assert(is_sound(bitmark_snapshot_transaction(s, id, &c)));
	ck_assert(is_sound(bitmark_snapshot_provenance(s, id, no_step,
	    NULL)));
	ck_assert(is_sound(bitmark_snapshot_owned_block(s, id, &number)));
	if (bitmark_snapshot_ownership(s, id, &account, &owned) != BITMARK_OK)
		return;
	ck_assert(is_sound(bitmark_snapshot_owned(s, &account, 0, &owned, 1,
	    &count)));
	ck_assert(is_sound(bitmark_snapshot_owned_next(s, &account,
	    &number)));
}

static void
ask_everything(struct bitmark_snapshot *s)
{
	uint64_t crc[BITMARK_PAY_NONCE_COUNT];
	struct bitmark_tip tip;
	size_t count;

	ck_assert(is_sound(bitmark_snapshot_pay_nonces(s, crc,
	    BITMARK_PAY_NONCE_COUNT, &count)));
	bitmark_snapshot_tip(s, &tip);
	for (size_t i = 0; i < tip.number + 1 - GOLDEN_FIRST; i++) {
		const json_t *tx, *list = json_object_get(block_facts(&a,
		    i).json, "transactions");
		uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX], *id;
		size_t k, size;

		ck_assert(is_sound(bitmark_snapshot_payments(s,
		    GOLDEN_FIRST + i, packed, &size)));
		json_array_foreach(list, k, tx) {
			id = field_bytes(tx, "txId", &size);
			ask_about_tx(s, id);
			free(id);
		}
	}
}

/* Block 11 and those below have every kind of row. */
#define DAMAGE_LAST 11

START_TEST(damaged_rows_are_reported_and_never_followed)
{
	static const enum bm_table tables[] = {
		BM_TABLE_HEIGHTS, BM_TABLE_TXS, BM_TABLE_ASSETS,
		BM_TABLE_ACCOUNTS, BM_TABLE_OWNED, BM_TABLE_PAYMENTS,
		BM_TABLE_RUNS,
	};
	enum bm_table table = tables[(size_t)_i / DAMAGE_COUNT];
	enum damage damage = (enum damage)(_i % DAMAGE_COUNT);
	struct bitmark_snapshot *s;
	bitmark_status status;

	store_add(chain, &a, DAMAGE_LAST);
	damage_last(table, damage);
	status = bitmark_snapshot_open(chain, &s);
	if (status != BITMARK_OK) {
		ck_assert_int_eq(status, BITMARK_E_STORE_CORRUPT);
		ck_assert_ptr_null(s);
		return;
	}
	ask_everything(s);
	status = bitmark_snapshot_dump(s, write_nowhere, NULL);
	/* A digest and a position of a list can be any number. */
	if (!(table == BM_TABLE_HEIGHTS || table == BM_TABLE_ACCOUNTS) ||
	    damage < DAMAGE_HUGE_NUMBERS)
		ck_assert_int_eq(status, BITMARK_E_STORE_CORRUPT);
	else
		ck_assert(is_sound(status));
	bitmark_snapshot_close(s);
}
END_TEST

/* Change one place of a tx row to point elsewhere, in and out of blocks. */
START_TEST(a_place_that_points_elsewhere_is_damage)
{
	static const struct bm_place places[] = {
		{ 0, 100 }, { 1, 100 }, { 11, 0 }, { 11, 99 }, { 11, 101 },
		{ 11, 100000 }, { 11, UINT64_MAX }, { UINT64_MAX, 100 },
		{ 12, 100 }, { 3, 240 },
	};
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	struct bitmark_account account;
	struct bitmark_owned owned = { .struct_size = sizeof owned };
	struct bitmark_snapshot *s;
	const json_t *tx;
	struct bm_txn t;
	struct bm_tx row;
	uint8_t *id;
	size_t size;

	store_add(chain, &a, DAMAGE_LAST);
	tx = json_array_get(json_object_get(block_facts(&a, 5).json,
	    "transactions"), 3);
	id = field_bytes(tx, "txId", &size);
	ck_assert_int_eq(bm_txn_begin(&chain->store, &t), BITMARK_OK);
	ck_assert_int_eq(bm_get_tx(&t, id, &row), BITMARK_OK);
	row.place = places[_i];
	row.spent = false;
	ck_assert_int_eq(bm_put_tx(&t, id, &row), BITMARK_OK);
	ck_assert_int_eq(bm_txn_commit(&t), BITMARK_OK);

	s = store_snapshot(chain);
	ck_assert_int_eq(bitmark_snapshot_transaction(s, id, &c),
	    BITMARK_E_STORE_CORRUPT);
	ck_assert_int_eq(bitmark_snapshot_ownership(s, id, &account, &owned),
	    BITMARK_E_STORE_CORRUPT);
	bitmark_snapshot_close(s);
	free(id);
}
END_TEST

/* Move the last item of all lists into the list of another owner, one who
 * exists or not. */
START_TEST(an_item_in_the_wrong_list_is_damage)
{
	static const uint8_t owners[][4] = { { 0 }, { 0, 1, 0, 0 } };
	uint8_t name[BM_OWNED_KEY_SIZE], row[64];
	MDB_val key, value, to = { sizeof name, name };
	struct bitmark_snapshot *s;
	MDB_cursor *cursor;
	MDB_txn *txn;

	store_add(chain, &a, DAMAGE_LAST);
	ck_assert_int_eq(mdb_txn_begin(chain->store.mdb, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_cursor_open(txn, chain->store.table[BM_TABLE_OWNED],
	    &cursor), 0);
	ck_assert_int_eq(mdb_cursor_get(cursor, &key, &value, MDB_LAST), 0);
	ck_assert_uint_le(value.mv_size, sizeof row);
	memcpy(row, value.mv_data, value.mv_size);
	value.mv_data = row;
	ck_assert_int_eq(mdb_cursor_del(cursor, 0), 0);
	mdb_cursor_close(cursor);
	memset(name, 0xff, sizeof name);
	memcpy(name, owners[_i], sizeof owners[_i]);
	ck_assert_int_eq(mdb_put(txn, chain->store.table[BM_TABLE_OWNED], &to,
	    &value, 0), 0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);

	s = store_snapshot(chain);
	ck_assert_int_eq(bitmark_snapshot_dump(s, write_nowhere, NULL),
	    BITMARK_E_STORE_CORRUPT);
	bitmark_snapshot_close(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain readers");
	TCase *tc = tcase_create("readers");

	vectors_keep("chain-a.json");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_snapshot_does_not_see_what_is_written_later);
	tcase_add_test(tc, a_snapshot_does_not_see_blocks_being_deleted);
	tcase_add_test(tc, a_batch_is_seen_when_it_is_committed);
	tcase_add_test(tc,
	    a_released_snapshot_reads_nothing_and_can_be_renewed);
	tcase_add_test(tc, many_threads_read_while_one_writes);
	tcase_add_test(tc, another_process_reads_while_this_one_writes);
	tcase_add_loop_test(tc, damaged_rows_are_reported_and_never_followed,
	    0, 7 * DAMAGE_COUNT);
	tcase_add_loop_test(tc, a_place_that_points_elsewhere_is_damage, 0,
	    10);
	tcase_add_loop_test(tc, an_item_in_the_wrong_list_is_damage, 0, 2);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
