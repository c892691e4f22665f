/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Chains that bitmarkd v0.16.0 made: the state after each block is the one that
 * it had, and rolling back gives the state of a store that never went on. */
#include "../support/shares.h"
#include "../support/state_0_16.h"

#include "chain/chain.h"
#include "chain/env.h"
#include "codec/codec.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct golden_chain g, quirks;
static char *directory;

static void
setup(void)
{
	g = golden_chain("0.16/chain-g");
	quirks = golden_chain("0.16/chain-g-quirks");
	directory = store_directory();
}

static void
teardown(void)
{
	store_remove(directory);
	golden_chain_free(&quirks);
	golden_chain_free(&g);
}

static struct bitmark_chain *
open_local(const char *path)
{
	return store_open_0_16(path, "local", bitmark_rules_0_16());
}

static void
assert_each_state(struct bitmark_chain *chain,
    const struct golden_chain *golden)
{
	const json_t *block;
	size_t i;

	json_array_foreach(json_object_get(golden->facts, "blocks"), i,
	    block) {
		store_add_0_16(chain, golden, field_number(block, "number"));
		assert_state(chain, json_object_get(block, "after"));
	}
}

static void
assert_block_owners(struct bitmark_snapshot *s, const json_t *list)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry) {
		size_t size;
		uint8_t *id = field_bytes(entry, "txId", &size);
		uint64_t number;

		ck_assert_int_eq(bitmark_snapshot_owned_block(s, id, &number),
		    BITMARK_OK);
		ck_assert_uint_eq(number, field_number(entry, "block"));
		free(id);
	}
}

static void
assert_payments(struct bitmark_snapshot *s, const json_t *list)
{
	uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX];
	const json_t *entry;
	size_t i, size;

	json_array_foreach(list, i, entry) {
		ck_assert_int_eq(bitmark_snapshot_payments(s,
		    field_number(entry, "block"), packed, &size), BITMARK_OK);
		assert_hex(packed, size, field_text(entry, "packed"),
		    "payments");
	}
}

/* SHA-256 over the sorted ids of all transactions as hex, which is how the dump
 * has them, having looked up each. */
static void
assert_ids(const char *dump, const char *wanted)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	for (const char *line = dump; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "tx ", 3) == 0)
			crypto_hash_sha256_update(&state,
			    (const uint8_t *)line + 3,
			    2 * BITMARK_TX_ID_SIZE);
	}
	crypto_hash_sha256_final(&state, hash);
	assert_hex(hash, sizeof hash, wanted, "transaction ids");
}

static void
assert_pay_nonce(struct bitmark_snapshot *s, const json_t *list)
{
	uint64_t nonces[BITMARK_PAY_NONCE_COUNT];
	size_t count;

	ck_assert_int_eq(bitmark_snapshot_pay_nonces(s, nonces,
	    BITMARK_PAY_NONCE_COUNT, &count), BITMARK_OK);
	ck_assert_uint_ge(count, json_array_size(list));
	for (size_t i = 0; i < json_array_size(list); i++)
		ck_assert_uint_eq(nonces[i], strtoull(field_text(
		    json_array_get(list, i), "new"), NULL, 16));
}

static void
assert_all(struct bitmark_chain *chain, const json_t *facts)
{
	struct bitmark_snapshot *s;
	char *dump;

	assert_state(chain, facts);
	s = store_snapshot(chain);
	assert_owners(s, json_object_get(facts, "owners"));
	assert_block_owners(s, json_object_get(facts, "blockOwnerTxIndex"));
	assert_payments(s, json_object_get(facts, "blockOwnerPayment"));
	assert_pay_nonce(s, json_object_get(facts, "payNonce"));
	dump = snapshot_dump(s);
	assert_ids(dump, field_text(facts, "transactionIdsSha256"));
	free(dump);
	bitmark_snapshot_close(s);
}

START_TEST(chain_g_and_its_quirks_have_the_state_of_0_16)
{
	struct bitmark_chain *chain = open_local(directory);

	assert_each_state(chain, &g);
	assert_all(chain, g.facts);
	assert_each_state(chain, &quirks);
	assert_all(chain, quirks.facts);
	bitmark_chain_close(chain);
}
END_TEST

/* All of it once more in one batch, whose map is too small: it is written a
 * second time, from what was read again. */
START_TEST(a_batch_gives_the_same)
{
	struct bitmark_chain *chain = open_local(directory), *single;
	char *other = store_directory();

	ck_assert_int_eq(bitmark_chain_batch_begin(chain), BITMARK_OK);
	store_add_0_16(chain, &g, UINT64_MAX);
	store_add_0_16(chain, &quirks, UINT64_MAX);
	ck_assert_int_eq(bitmark_chain_batch_commit(chain), BITMARK_OK);
	single = open_local(other);
	store_add_0_16(single, &g, UINT64_MAX);
	store_add_0_16(single, &quirks, UINT64_MAX);
	assert_same_state(chain, single);
	bitmark_chain_close(single);
	bitmark_chain_close(chain);
	store_remove(other);
}
END_TEST

/* State of a store that never saw more, for each height. */
static void
hash_heights(uint8_t (*hashes)[BITMARK_DIGEST_SIZE])
{
	char *other = store_directory();
	struct bitmark_chain *chain = open_local(other);

	store_hash(chain, hashes[BITMARK_GENESIS_NUMBER]);
	for (uint64_t n = 2; n <= g.height + quirks.count; n++) {
		store_add_0_16(chain, n <= g.height ? &g : &quirks, n);
		store_hash(chain, hashes[n]);
	}
	bitmark_chain_close(chain);
	store_remove(other);
}

/* 0.16 takes the asset and the issue that version 1 repeats with the copy. */
#define REPEATED 3

START_TEST(rolling_back_gives_each_state_again)
{
	struct bitmark_chain *chain = open_local(directory);
	json_t *golden = vectors_load("0.16/rollback.json");
	uint8_t hashes[64][BITMARK_DIGEST_SIZE], hash[BITMARK_DIGEST_SIZE];
	const json_t *step;
	size_t i;

	hash_heights(hashes);
	store_add_0_16(chain, &g, UINT64_MAX);
	store_add_0_16(chain, &quirks, UINT64_MAX);
	for (uint64_t n = g.height + quirks.count; n > g.height; n--) {
		ck_assert_int_eq(bitmark_chain_delete_down(chain, n),
		    BITMARK_OK);
		store_hash(chain, hash);
		ck_assert_mem_eq(hash, hashes[n - 1], sizeof hash);
	}
	json_array_foreach(json_object_get(golden, "steps"), i, step) {
		const uint64_t n = field_number(step, "deleted");
		struct bitmark_snapshot *s;

		ck_assert_int_eq(bitmark_chain_delete_down(chain, n),
		    BITMARK_OK);
		store_hash(chain, hash);
		ck_assert_mem_eq(hash, hashes[n - 1], sizeof hash);
		if (n <= REPEATED)
			continue;
		assert_state(chain, json_object_get(step, "state"));
		s = store_snapshot(chain);
		assert_owned_items(s, json_object_get(step, "owners"));
		bitmark_snapshot_close(s);
	}
	json_decref(golden);
	bitmark_chain_close(chain);
}
END_TEST

/* From the end to each height at once: steps of several blocks need rows of one
 * another. */
START_TEST(rolling_back_many_blocks_at_once_gives_the_same)
{
	struct bitmark_chain *chain = open_local(directory);
	uint8_t hashes[64][BITMARK_DIGEST_SIZE], hash[BITMARK_DIGEST_SIZE];

	hash_heights(hashes);
	for (uint64_t n = g.height + quirks.count; n > 1; n--) {
		store_add_0_16(chain, &g, UINT64_MAX);
		store_add_0_16(chain, &quirks, UINT64_MAX);
		ck_assert_int_eq(bitmark_chain_delete_down(chain, n),
		    BITMARK_OK);
		store_hash(chain, hash);
		ck_assert_mem_eq(hash, hashes[n - 1], sizeof hash);
	}
	bitmark_chain_close(chain);
}
END_TEST

/*
 * The difficulty.
 */

static void
assert_difficulty(struct bitmark_chain *chain, const json_t *json)
{
	ck_assert_msg(chain->difficulty == strtod(field_text(json, "value"),
	    NULL), "%.17g, not %s", chain->difficulty,
	    field_text(json, "value"));
}

START_TEST(the_difficulty_is_adjusted_as_0_16_does_it)
{
	struct golden_chain d = golden_chain("0.16/difficulty");
	struct bitmark_chain *chain = open_local(directory);
	const json_t *block, *step;
	size_t i;

	ck_assert_int_eq(bitmark_chain_batch_begin(chain), BITMARK_OK);
	json_array_foreach(json_object_get(d.facts, "blocks"), i, block) {
		assert_difficulty(chain, json_object_get(block,
		    "currentBefore"));
		store_add_0_16(chain, &d, field_number(block, "number"));
		if (i % 50 != 0)
			continue;
		ck_assert_int_eq(bitmark_chain_batch_commit(chain),
		    BITMARK_OK);
		ck_assert_int_eq(bitmark_chain_batch_begin(chain),
		    BITMARK_OK);
	}
	ck_assert_int_eq(bitmark_chain_batch_commit(chain), BITMARK_OK);
	assert_state(chain, json_object_get(d.facts, "state"));
	json_array_foreach(json_object_get(d.facts, "afterDelete"), i, step) {
		uint64_t nonce;
		size_t count;
		struct bitmark_snapshot *s;

		ck_assert_int_eq(bitmark_chain_delete_down(chain,
		    field_number(step, "height") + 1), BITMARK_OK);
		assert_difficulty(chain, json_object_get(step, "current"));
		/* The same when it is opened there. */
		bitmark_chain_close(chain);
		chain = open_local(directory);
		assert_difficulty(chain, json_object_get(step, "current"));
		s = store_snapshot(chain);
		ck_assert_int_eq(bitmark_snapshot_pay_nonces(s, &nonce, 1,
		    &count), BITMARK_OK);
		ck_assert_uint_eq(nonce, strtoull(field_text(step,
		    "payNonce"), NULL, 16));
		bitmark_snapshot_close(s);
	}
	bitmark_chain_close(chain);
	golden_chain_free(&d);
}
END_TEST

/*
 * Chain testing.
 */

static const struct testing {
	const char *name;
	bitmark_status error;           /* of block 4, by v8.2 */
} testing[] = {
	{ "0.16/testing-tag8", BITMARK_E_NOT_RECORD },
	{ "0.16/testing-emptyname", BITMARK_E_NOT_RECORD },
	{ "0.16/testing-early", BITMARK_E_HEADER_TIMESTAMP },
	{ "0.16/testing-ltc58", BITMARK_E_LITECOIN_ADDRESS },
};

START_TEST(blocks_that_0_16_takes_and_v8_2_refuses)
{
	const struct testing *t = &testing[_i];
	struct golden_chain golden = golden_chain(t->name);
	const struct golden_block *last = &golden.blocks[2];
	struct bitmark_chain *chain = store_open_0_16(directory, "testing",
	    NULL);
	char *dump, *before;

	store_add_0_16(chain, &golden, UINT64_MAX);
	assert_all(chain, golden.facts);
	bitmark_chain_close(chain);

	store_remove(directory);
	directory = store_directory();
	chain = store_open_0_16(directory, "testing", bitmark_rules_8_2());
	store_add_0_16(chain, &golden, 3);
	before = chain_dump(chain);
	ck_assert_int_eq(bitmark_chain_add(chain, last->data, last->size,
	    last->digest, NOW_0_16), t->error);
	dump = chain_dump(chain);
	ck_assert_str_eq(dump, before);
	free(dump);
	free(before);
	bitmark_chain_close(chain);
	golden_chain_free(&golden);
}
END_TEST

/* Lines of the log, one after the other. */
static void
collect_log(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t line_size)
{
	(void)module;
	if (level <= BITMARK_LOG_ERROR)
		store_write(user, line, line_size);
}

/* The store follows 0.16; those of v8.2 refuse block 4, and nothing is lost. */
START_TEST(a_reindex_under_other_rules_names_the_block_that_they_refuse)
{
	struct golden_chain golden = golden_chain("0.16/testing-tag8");
	struct bitmark_chain *chain = store_open_0_16(directory, "testing",
	    NULL);
	struct bitmark_digest_pool *pool = golden_pool(&golden, &g);
	struct store_bytes log = { 0 };
	struct bitmark_env env = { .user = &log, .log = collect_log };
	struct bitmark_chain_config config = {
		.struct_size = sizeof config,
		.path = directory,
		.params = bitmark_chain_params_find("testing"),
		.rules = bitmark_rules_8_2(),
		.digests = pool,
		.env = &env,
	};
	char *before, *dump;

	store_add_0_16(chain, &golden, UINT64_MAX);
	before = chain_dump(chain);
	bitmark_chain_close(chain);
	ck_assert_int_eq(bitmark_chain_reindex(&config, NOW_0_16, NULL, NULL),
	    BITMARK_E_NOT_RECORD);
	store_write(&log, "", 1);
	ck_assert_msg(strstr((char *)log.data, "the rules of 8.2 refuse block "
	    "4, which those of 0.16") != NULL, "%s", (char *)log.data);
	free(log.data);
	chain = store_open_0_16(directory, "testing", NULL);
	dump = chain_dump(chain);
	ck_assert_str_eq(dump, before);
	bitmark_chain_close(chain);

	/* Under its own it is rebuilt. */
	config.rules = NULL;
	config.env = NULL;
	ck_assert_int_eq(bitmark_chain_reindex(&config, NOW_0_16, NULL, NULL),
	    BITMARK_OK);
	chain = store_open_0_16(directory, "testing", NULL);
	free(dump);
	dump = chain_dump(chain);
	ck_assert_str_eq(dump, before);
	bitmark_chain_close(chain);
	free(dump);
	free(before);
	bitmark_digest_pool_free(pool);
	golden_chain_free(&golden);
}
END_TEST

/* A share of ALICE's, then grants of it: accounts that nobody knew get numbers,
 * which must be free again in the reverse order. */
START_TEST(accounts_that_a_grant_made_known_are_forgotten_in_order)
{
	enum { DAVE = 5, EVE };
	static const uint8_t to[] = { CAROL, DAVE, CAROL, ALICE, EVE, DAVE };
	struct bitmark_chain *chain = open_local(directory);
	uint8_t before[3][BITMARK_DIGEST_SIZE], hash[BITMARK_DIGEST_SIZE];
	struct made_block *b[4];
	struct bitmark_record r;

	for (size_t i = 0; i < 4; i++) {
		b[i] = made_block(5);
		made_foundation(b[i], MINER);
	}
	made_asset(b[0], ALICE, SHARES_FINGERPRINT);
	r = (struct bitmark_record){ .tag = BITMARK_RECORD_ISSUE,
		.issue.owner = test_account(ALICE, MADE_NETWORK) };
	bitmark_asset_id(bm_span_of(SHARES_FINGERPRINT), r.issue.asset_id);
	memcpy(shares_id[0], made_record(b[0], &r, ALICE, ALICE),
	    sizeof shares_id[0]);
	r = share_record(shares_id[0], SHARES_TOTAL);
	made_record(b[1], &r, ALICE, ALICE);
	for (size_t i = 0; i < sizeof to; i++) {
		r = grant_record(0, 10 + i, ALICE, to[i]);
		made_record(b[2], &r, ALICE, to[i]);
	}
	/* One of them comes to own something, and gives all shares away. */
	r = (struct bitmark_record){ .tag = BITMARK_RECORD_ISSUE,
		.issue.owner = test_account(CAROL, MADE_NETWORK) };
	bitmark_asset_id(bm_span_of(SHARES_FINGERPRINT), r.issue.asset_id);
	made_record(b[3], &r, CAROL, CAROL);
	r = grant_record(0, 22, CAROL, BOB);
	made_record(b[3], &r, CAROL, BOB);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(made_offer(b[i], chain, NULL), BITMARK_OK);
		if (i < 3)
			store_hash(chain, before[i]);
		free(b[i]);
	}
	free(chain_dump(chain));
	for (uint64_t n = 5; n > 2; n--) {
		ck_assert_int_eq(bitmark_chain_delete_down(chain, n),
		    BITMARK_OK);
		store_hash(chain, hash);
		ck_assert_mem_eq(hash, before[n - 3], sizeof hash);
	}
	bitmark_chain_close(chain);
}
END_TEST

#define LMDB_PAGE 4096
#define LMDB_FLAGS 10
#define LMDB_UPPER 14
#define LMDB_LEAF 2

/* In a key of shares or balances, which goes on with the number of a block; in a
 * block something else follows. */
static bool
has_id(const uint8_t *page, const uint8_t *id)
{
	static const uint8_t number[7];
	uint16_t first;

	/* Before its rows a page has room, with what stood there once. */
	memcpy(&first, page + LMDB_UPPER, sizeof first);
	for (size_t i = first; i + BITMARK_TX_ID_SIZE + sizeof number <=
	    LMDB_PAGE; i++)
		if (memcmp(page + i, id, BITMARK_TX_ID_SIZE) == 0 &&
		    memcmp(page + i + BITMARK_TX_ID_SIZE, number,
		    sizeof number) == 0)
			return true;
	return false;
}

/* Pages of these indexes lose their numbers. */
static void
spoil_pages_with(const uint8_t *id)
{
	char *path = bm_store_path(directory, BM_STORE_DATA_FILE);
	int fd = open(path, O_RDWR);
	uint8_t page[LMDB_PAGE];
	size_t spoiled = 0;

	free(path);
	ck_assert_int_ge(fd, 0);
	for (off_t at = 2 * LMDB_PAGE; pread(fd, page, sizeof page, at) ==
	    (ssize_t)sizeof page; at += LMDB_PAGE) {
		uint64_t number;
		uint16_t flags;

		/* LMDB's, in the order of the machine: the number of a page,
		 * and that it is a leaf. */
		memcpy(&number, page, sizeof number);
		memcpy(&flags, page + LMDB_FLAGS, sizeof flags);
		if (number != (uint64_t)at / LMDB_PAGE || flags != LMDB_LEAF ||
		    !has_id(page, id))
			continue;
		memset(page, 0xff, sizeof number);
		ck_assert_int_eq(pwrite(fd, page, sizeof page, at),
		    sizeof page);
		spoiled++;
	}
	ck_assert_uint_gt(spoiled, 0);
	close(fd);
}

/* The rules are saved with the blocks: those that are usual for this chain would
 * refuse them. */
START_TEST(a_damaged_store_is_saved_under_its_own_rules)
{
	struct golden_chain two[] = { g, quirks };
	struct bitmark_chain *chain = open_local(directory);
	struct bitmark_digest_pool *pool = golden_pool(&two[0], &two[1]);
	struct bitmark_chain_config config = store_config(directory,
	    BITMARK_CHAIN_WRITE, pool);
	char *before, *dump;
	size_t size;
	uint8_t *id = field_bytes(json_array_get(json_object_get(
	    json_object_get(g.facts, "shares"), "totals"), 0), "shareId",
	    &size);

	store_add_0_16(chain, &g, UINT64_MAX);
	before = chain_dump(chain);
	bitmark_chain_close(chain);
	spoil_pages_with(id);
	ck_assert_int_eq(bitmark_chain_open(&chain, &config),
	    BITMARK_E_STORE_CORRUPT);
	ck_assert_int_eq(bitmark_chain_reindex(&config, NOW_0_16, NULL, NULL),
	    BITMARK_OK);
	chain = open_local(directory);
	dump = chain_dump(chain);
	ck_assert_str_eq(dump, before);
	bitmark_chain_close(chain);
	free(id);
	free(dump);
	free(before);
	bitmark_digest_pool_free(pool);
}
END_TEST

/* A node of 0.16 does not start when it is above height 10 and a bitmark of the
 * last 10 blocks has become shares. */
START_TEST(a_store_opens_at_every_height)
{
	struct bitmark_chain *chain = open_local(directory);

	for (uint64_t n = 2; n <= g.height; n++) {
		store_add_0_16(chain, &g, n);
		bitmark_chain_close(chain);
		chain = open_local(directory);
		ck_assert_uint_eq(store_height(chain), n);
	}
	bitmark_chain_close(chain);
}
END_TEST

/* Shares in the branch that was left and in the one that came; whatever the
 * other one was, nothing of it is left. */
START_TEST(another_branch_leaves_no_trace)
{
	json_t *root = vectors_load("0.16/cases.json");
	struct bitmark_chain *chain = open_local(directory), *never;
	char *other = store_directory();
	const json_t *json;
	size_t i, branches = 0;

	never = open_local(other);
	store_add_0_16(never, &g, UINT64_MAX);
	store_add_0_16(chain, &g, UINT64_MAX);
	json_array_foreach(json_object_get(root, "blocks"), i, json) {
		const json_t *after = json_object_get(json, "after");
		struct bitmark_chain *both[] = { chain, never };
		uint8_t *block, *digest;
		size_t size;

		if (after == NULL || field_number(json, "afterHeight") !=
		    g.height)
			continue;
		store_add_0_16(chain, &quirks, UINT64_MAX);
		ck_assert_int_eq(bitmark_chain_delete_down(chain,
		    g.height + 1), BITMARK_OK);
		block = field_bytes(json, "packed", &size);
		digest = field_bytes(after, "tipDigest", &(size_t){ 0 });
		for (int k = 0; k < 2; k++)
			ck_assert_int_eq(bitmark_chain_add(both[k], block,
			    size, digest, NOW_0_16), BITMARK_OK);
		assert_same_state(chain, never);
		for (int k = 0; k < 2; k++)
			ck_assert_int_eq(bitmark_chain_delete_down(both[k],
			    g.height + 1), BITMARK_OK);
		branches++;
		free(digest);
		free(block);
	}
	ck_assert_uint_gt(branches, 40);
	bitmark_chain_close(never);
	bitmark_chain_close(chain);
	store_remove(other);
	json_decref(root);
}
END_TEST

/* A grant that was confirmed again shows both places; its history leads to the
 * bitmark. */
static int
note_tag(void *user, const uint8_t *tx_id,
    const struct bitmark_confirmed *confirmed)
{
	unsigned *tags = user;

	(void)tx_id;
	*tags |= 1u << confirmed->record.tag;
	return 0;
}

START_TEST(a_replayed_grant_has_all_its_places_and_a_history)
{
	struct bitmark_chain *chain = open_local(directory);
	const unsigned whole = 1u << BITMARK_RECORD_GRANT |
	    1u << BITMARK_RECORD_SHARE | 1u << BITMARK_RECORD_ISSUE |
	    1u << BITMARK_RECORD_ASSET;
	struct bitmark_copy copies[4] = { { .struct_size = sizeof *copies } };
	struct bitmark_snapshot *s;
	const json_t *block, *tx;
	size_t i, k, count, replayed = 0;

	store_add_0_16(chain, &g, UINT64_MAX);
	store_add_0_16(chain, &quirks, UINT64_MAX);
	s = store_snapshot(chain);
	json_array_foreach(json_object_get(quirks.facts, "blocks"), i, block)
	json_array_foreach(json_object_get(block, "transactions"), k, tx) {
		struct bitmark_confirmed c = { .struct_size = sizeof c };
		unsigned tags = 0;
		size_t size;
		uint8_t *id;

		if (field_number(tx, "tag") != BITMARK_RECORD_GRANT)
			continue;
		id = field_bytes(tx, "txId", &size);
		ck_assert_int_eq(bitmark_snapshot_transaction(s, id, &c),
		    BITMARK_OK);
		ck_assert_int_eq(bitmark_snapshot_provenance(s, id, note_tag,
		    &tags), BITMARK_OK);
		ck_assert_uint_eq(tags & whole, whole);
		ck_assert_int_eq(bitmark_snapshot_copies(s, id, 0, copies, 4,
		    &count), BITMARK_OK);
		for (size_t n = 0; n < count; n++)
			ck_assert(copies[n].number > c.number ||
			    copies[n].offset > c.offset);
		if (c.number != field_number(block, "number") ||
		    c.offset != field_number(tx, "offset")) {
			bool found = false;

			for (size_t n = 0; n < count; n++)
				found |= copies[n].number ==
				    field_number(block, "number") &&
				    copies[n].offset ==
				    field_number(tx, "offset");
			ck_assert(found);
			replayed++;
		}
		free(id);
	}
	ck_assert_uint_ge(replayed, 2);
	bitmark_snapshot_close(s);
	bitmark_chain_close(chain);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain 0.16");
	TCase *tc = tcase_create("chain 0.16");

	vectors_keep("0.16/chain-g.json");
	vectors_keep("0.16/cases.json");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, chain_g_and_its_quirks_have_the_state_of_0_16);
	tcase_add_test(tc, a_batch_gives_the_same);
	tcase_add_test(tc, rolling_back_gives_each_state_again);
	tcase_add_test(tc, rolling_back_many_blocks_at_once_gives_the_same);
	tcase_add_test(tc, the_difficulty_is_adjusted_as_0_16_does_it);
	tcase_add_loop_test(tc, blocks_that_0_16_takes_and_v8_2_refuses, 0,
	    sizeof testing / sizeof testing[0]);
	tcase_add_test(tc,
	    a_reindex_under_other_rules_names_the_block_that_they_refuse);
	tcase_add_test(tc, a_damaged_store_is_saved_under_its_own_rules);
	tcase_add_test(tc,
	    accounts_that_a_grant_made_known_are_forgotten_in_order);
	tcase_add_test(tc, a_store_opens_at_every_height);
	tcase_add_test(tc, another_branch_leaves_no_trace);
	tcase_add_test(tc, a_replayed_grant_has_all_its_places_and_a_history);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
