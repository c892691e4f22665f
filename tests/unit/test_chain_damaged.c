/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Stores whose file was damaged: each way to use one says so and never ends the
 * process; all blocks that are still there are saved.
 *
 * Each damaged store is used by a process of its own, so that a crash is
 * noticed, whatever it is.
 */
#include "../support/stores.h"

#include <bitmarkpeer/journal.h>

#include "chain/env.h"
#include "chain/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Enough of the chain to have every kind of record, without its large blocks. */
#define LAST 11
#define CASES 200
#define CASES_IN_A_TEST 20
#define PATH_SIZE 512

/* Of a process that used a store. */
enum { SAID_SOUND = 0, SAID_DAMAGED = 1, WENT_WRONG = 2 };

static struct golden_chain a;
static char *directory;
static char *dumps[LAST + 1];           /* by height                     */
static uint8_t *file;                   /* of the store that is whole    */
static size_t size, page_size;

static uint8_t *
read_file(size_t *read_size)
{
	char *path = bm_store_path(directory, BM_STORE_DATA_FILE);
	FILE *in = fopen(path, "rb");
	uint8_t *data;

	ck_assert_ptr_nonnull(in);
	ck_assert_int_eq(fseek(in, 0, SEEK_END), 0);
	*read_size = (size_t)ftell(in);
	rewind(in);
	data = malloc(*read_size);
	ck_assert_ptr_nonnull(data);
	ck_assert_uint_eq(fread(data, 1, *read_size, in), *read_size);
	fclose(in);
	free(path);
	return data;
}

/* The damaged file, in place of the store's; a process that crashed may have
 * left its locks. */
static void
write_file(const uint8_t *data, size_t length)
{
	static const char *const names[] = { "lock.mdb", "data.mdb.damaged" };
	char *path = bm_store_path(directory, BM_STORE_DATA_FILE);
	FILE *out = fopen(path, "wb");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(data, 1, length, out), length);
	ck_assert_int_eq(fclose(out), 0);
	free(path);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		path = bm_store_path(directory, names[i]);
		(void)unlink(path);
		free(path);
	}
}

/* A store that was cut and grew again, so that it has free pages, with a
 * journal. */
static void
setup(void)
{
	struct bitmark_chain *chain;
	struct bitmark_chain_journal *journal;
	struct bitmark_snapshot *snapshot;

	a = golden_chain("chain-a");
	directory = store_directory();
	chain = store_open(directory);
	page_size = (size_t)sysconf(_SC_PAGESIZE);
	for (uint64_t i = BITMARK_GENESIS_NUMBER; i <= LAST; i++) {
		store_add(chain, &a, i);
		snapshot = store_snapshot(chain);
		dumps[i] = snapshot_dump(snapshot);
		bitmark_snapshot_close(snapshot);
	}
	ck_assert_int_eq(bitmark_chain_delete_down(chain, LAST - 3),
	    BITMARK_OK);
	store_add(chain, &a, LAST);
	ck_assert_int_eq(bitmark_chain_journal_open(&journal, chain),
	    BITMARK_OK);
	bitmark_chain_journal_close(journal);
	bitmark_chain_close(chain);
	file = read_file(&size);
}

static void
teardown(void)
{
	for (uint64_t i = BITMARK_GENESIS_NUMBER; i <= LAST; i++)
		free(dumps[i]);
	free(file);
	store_remove(directory);
	golden_chain_free(&a);
}

/*
 * Uses of a store, each in a process of its own.
 */

static int
ignore(void *user, const void *data, size_t length)
{
	(void)user;
	(void)data;
	(void)length;
	return 0;
}

static int
verdict(bitmark_status status)
{
	return status == BITMARK_OK ? SAID_SOUND :
	    status == BITMARK_E_STORE_CORRUPT ||
	    status == BITMARK_E_STORE_FORMAT ||
	    status == BITMARK_E_STORE_CHAIN ||
	    status == BITMARK_E_NOT_FOUND ? SAID_DAMAGED : WENT_WRONG;
}

static bitmark_status
open_chain(struct bitmark_chain **chain, enum bitmark_chain_access access)
{
	const struct bitmark_chain_config config = store_config(directory,
	    access, NULL);

	return bitmark_chain_open(chain, &config);
}

static int
use_by_reading(void)
{
	struct bitmark_counts counts = { .struct_size = sizeof counts };
	struct bitmark_snapshot *snapshot;
	struct bitmark_chain *chain;
	bitmark_status status = open_chain(&chain, BITMARK_CHAIN_READ);

	if (status == BITMARK_OK)
		status = bitmark_snapshot_open(chain, &snapshot);
	if (status != BITMARK_OK)
		return verdict(status);
	status = bitmark_snapshot_counts(snapshot, &counts);
	if (status == BITMARK_OK)
		status = bitmark_snapshot_save(snapshot, ignore, NULL);
	if (status == BITMARK_OK)
		status = bitmark_snapshot_dump(snapshot, ignore, NULL);
	bitmark_snapshot_close(snapshot);
	bitmark_chain_close(chain);
	return verdict(status);
}

static int
use_by_writing(void)
{
	struct bitmark_chain_journal *journal;
	struct bitmark_chain *chain;
	bitmark_status status = open_chain(&chain, BITMARK_CHAIN_WRITE);

	if (status != BITMARK_OK)
		return verdict(status);
	status = bitmark_chain_journal_open(&journal, chain);
	if (status == BITMARK_OK)
		bitmark_chain_journal_close(journal);
	if (status == BITMARK_OK)
		status = bitmark_chain_delete_down(chain, LAST / 2);
	for (uint64_t i = LAST / 2; status == BITMARK_OK && i <= LAST; i++) {
		const struct golden_block *b = golden_block(&a, i);

		status = bitmark_chain_add(chain, b->data, b->size, b->digest,
		    CHAIN_NOW);
	}
	bitmark_chain_close(chain);
	/* Rows that do not fit together may also refuse a block. */
	return status > BITMARK_E_STORE && status != BITMARK_OK ?
	    SAID_DAMAGED : verdict(status);
}

static int
use_by_reindex(void)
{
	struct bitmark_digest_pool *pool = golden_pool(&a, &a);
	const struct bitmark_chain_config config = store_config(directory,
	    BITMARK_CHAIN_WRITE, pool);
	int said = verdict(bitmark_chain_reindex(&config, CHAIN_NOW, NULL,
	    NULL));

	bitmark_digest_pool_free(pool);
	return said;
}

static int
use(int (*by)(void))
{
	pid_t child = fork();
	int code;

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(by());
	ck_assert_int_eq(waitpid(child, &code, 0), child);
	ck_assert_msg(WIFEXITED(code), "ended by signal %d", WTERMSIG(code));
	ck_assert_int_ne(WEXITSTATUS(code), WENT_WRONG);
	return WEXITSTATUS(code);
}

/*
 * Damage.
 */

static size_t
below(size_t bound)
{
	return (size_t)rand() % bound;
}

static void
garble(uint8_t *data, size_t first, size_t count)
{
	for (size_t i = 0; i < count && first + i < size; i++)
		data[first + i] = (uint8_t)rand();
}

/* One kind of damage, at a place that the random numbers choose. */
static void
damage(uint8_t *data, int kind)
{
	uint8_t *page = data + below(size / page_size) * page_size;
	uint8_t *other = data + below(size / page_size) * page_size;

	switch (kind % 8) {
	case 0:
		memset(page, 0, page_size);
		break;
	case 1:
		memset(page, 0xff, page_size);
		break;
	case 2:
		memcpy(page, other, page_size);
		break;
	case 3:                         /* heads of pages */
		page[below(64)] = (uint8_t)rand();
		other[below(64)] ^= (uint8_t)(1 << below(8));
		break;
	case 4:                         /* the roots */
		data[below(2) * page_size + below(160)] = (uint8_t)rand();
		break;
	case 5:
		for (int i = 0; i < 20; i++)
			data[below(size)] ^= (uint8_t)(1 << below(8));
		break;
	case 6:
		garble(data, below(size), 1 + below(64));
		break;
	case 7:
		garble(data, (size_t)(page - data), page_size);
		break;
	}
}

/* Whatever the damage, the store is used, or said to be damaged; afterwards it
 * has the right blocks, up to some number, or is as it was. */
START_TEST(damage_is_told_and_blocks_are_saved)
{
	uint8_t *data = malloc(size);

	ck_assert_ptr_nonnull(data);
	for (int i = 0; i < CASES_IN_A_TEST; i++) {
		const int number = _i * CASES_IN_A_TEST + i;
		struct bitmark_chain *chain;
		char *dump;
		int said;

		srand((unsigned)number + 1);
		memcpy(data, file, size);
		damage(data, number);
		write_file(data, size);
		(void)use(use_by_reading);
		(void)use(use_by_writing);
		write_file(data, size);
		said = use(use_by_reindex);
		if (open_chain(&chain, BITMARK_CHAIN_READ) != BITMARK_OK) {
			ck_assert_int_eq(said, SAID_DAMAGED);
			continue;
		}
		ck_assert_uint_le(store_height(chain), LAST);
		if (said == SAID_SOUND) {
			ck_assert_uint_eq(store_height(chain), LAST);
			dump = store_dump(directory);
			ck_assert_str_eq(dump, dumps[LAST]);
			free(dump);
		}
		bitmark_chain_close(chain);
	}
	free(data);
}
END_TEST

/* Pages that blocks stand in, and those of the tree that leads to them. */
static size_t
pages_of_blocks(void)
{
	struct bm_store store = { 0 };
	struct bm_txn t = { .store = &store };
	MDB_stat stat;

	ck_assert_int_eq(bm_env_open(directory, BITMARK_CHAIN_READ, 0,
	    &store.mdb), BITMARK_OK);
	ck_assert_int_eq(mdb_txn_begin(store.mdb, NULL, MDB_RDONLY, &t.mdb),
	    0);
	ck_assert_int_eq(bm_table_open(&t, BM_TABLE_RUNS, 0), BITMARK_OK);
	ck_assert_int_eq(mdb_stat(t.mdb, store.table[BM_TABLE_RUNS], &stat),
	    0);
	mdb_txn_abort(t.mdb);
	mdb_env_close(store.mdb);
	return stat.ms_leaf_pages + stat.ms_overflow_pages;
}

/* The roots, branches and indexes are of no account, only the rows of blocks
 * themselves. */
START_TEST(all_blocks_are_saved_whatever_else_is_lost)
{
	uint8_t *data = malloc(size);
	const size_t pages = size / page_size;
	size_t lost = 0;

	ck_assert_ptr_nonnull(data);
	for (size_t i = 0; i < pages; i++) {
		char *dump;

		memcpy(data, file, size);
		memset(data + i * page_size, 0xa5, page_size);
		write_file(data, size);
		if (use(use_by_reindex) != SAID_SOUND) {
			lost++;
			continue;
		}
		dump = store_dump(directory);
		ck_assert_str_eq(dump, dumps[LAST]);
		free(dump);
	}
	write_file(file, size);
	/* Without both roots, or the list of tables, it cannot be told whether
	 * there were more blocks. */
	ck_assert_uint_le(lost, pages_of_blocks() + 3);
	free(data);
}
END_TEST

/* An older commit that can still be read does not tell what there was. */
START_TEST(a_store_that_has_lost_its_newest_commit_is_not_emptied)
{
	struct bitmark_chain *chain = store_open_for(directory,
	    BITMARK_CHAIN_WRITE, NULL);
	uint8_t *there;
	size_t length;

	/* The commit before has the tables, and no block. */
	bitmark_chain_close(chain);
	write_file(file, 3 * page_size);
	ck_assert_int_eq(use(use_by_reindex), SAID_DAMAGED);
	there = read_file(&length);
	ck_assert_uint_eq(length, 3 * page_size);
	ck_assert_mem_eq(there, file, length);
	free(there);
}
END_TEST

/* Both meta pages, and with them all that leads to the blocks. */
START_TEST(blocks_are_found_without_roots)
{
	uint8_t *data = malloc(size);
	char *dump;

	ck_assert_ptr_nonnull(data);
	memcpy(data, file, size);
	memset(data, 0, 2 * page_size);
	write_file(data, size);
	ck_assert_int_eq(use(use_by_reading), SAID_DAMAGED);
	/* It cannot be told whether there were more. */
	ck_assert_int_eq(use(use_by_reindex), SAID_DAMAGED);
	dump = store_dump(directory);
	ck_assert_str_eq(dump, dumps[LAST]);
	free(dump);
	ck_assert_int_eq(use(use_by_reindex), SAID_SOUND);
	free(data);
}
END_TEST

/*
 * Stores that were never made: LMDB's first write, of two pages, was torn.
 */

static void
empty_setup(void)
{
	MDB_env *env;

	directory = store_directory();
	page_size = (size_t)sysconf(_SC_PAGESIZE);
	ck_assert_int_eq(bm_env_open(directory, BITMARK_CHAIN_WRITE, 0, &env),
	    BITMARK_OK);
	mdb_env_close(env);
	file = read_file(&size);
	ck_assert_uint_eq(size, 2 * page_size);
}

static void
empty_teardown(void)
{
	free(file);
	store_remove(directory);
}

static void
assert_no_store(const uint8_t *data, size_t length)
{
	const struct bitmark_chain_config config = store_config(directory,
	    BITMARK_CHAIN_WRITE, NULL);
	struct bitmark_chain *chain;

	write_file(data, length);
	ck_assert_int_eq(open_chain(&chain, BITMARK_CHAIN_READ),
	    BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(bitmark_chain_reindex(&config, CHAIN_NOW, NULL,
	    NULL), BITMARK_E_NOT_FOUND);
	chain = store_open(directory);
	ck_assert_uint_eq(store_height(chain), BITMARK_GENESIS_NUMBER);
	bitmark_chain_close(chain);
	chain = store_open_for(directory, BITMARK_CHAIN_READ, NULL);
	bitmark_chain_close(chain);
}

/* The file ends where the write was torn, or has zeros from there on. */
START_TEST(a_torn_first_write_is_no_store)
{
	const size_t lengths[] = { 0, 1, 10, 16, 23, 24, 100, 151, 152, 512,
	    page_size - 1, page_size, page_size + 1, page_size + 24,
	    page_size + 151, 2 * page_size - 1, 2 * page_size };
	uint8_t *data = calloc(1, size);

	ck_assert_ptr_nonnull(data);
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		assert_no_store(file, lengths[i]);
		memset(data, 0, size);
		memcpy(data, file, lengths[i]);
		assert_no_store(data, size);
		assert_no_store(data, lengths[i]);
	}
	free(data);
}
END_TEST

/* Short files of something else are left alone. */
START_TEST(a_short_file_that_is_no_store_stays)
{
	static const uint8_t text[] = "This is no store.";
	struct bitmark_chain *chain;

	write_file(text, sizeof text);
	ck_assert_int_eq(open_chain(&chain, BITMARK_CHAIN_WRITE),
	    BITMARK_E_STORE_CORRUPT);
	free(file);
	file = read_file(&size);
	ck_assert_uint_eq(size, sizeof text);
	ck_assert_mem_eq(file, text, sizeof text);
	file[0] = 0;
	write_file(file, size);
	ck_assert_int_eq(open_chain(&chain, BITMARK_CHAIN_READ),
	    BITMARK_E_STORE_CORRUPT);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain damaged");
	TCase *tc = tcase_create("damaged");

	vectors_keep("chain-a.json");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, damage_is_told_and_blocks_are_saved, 0,
	    CASES / CASES_IN_A_TEST);
	tcase_add_test(tc, all_blocks_are_saved_whatever_else_is_lost);
	tcase_add_test(tc, blocks_are_found_without_roots);
	tcase_add_test(tc,
	    a_store_that_has_lost_its_newest_commit_is_not_emptied);
	suite_add_tcase(suite, tc);
	tc = tcase_create("torn");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, empty_setup, empty_teardown);
	tcase_add_test(tc, a_torn_first_write_is_no_store);
	tcase_add_test(tc, a_short_file_that_is_no_store_stays);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
