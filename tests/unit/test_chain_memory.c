/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* When LMDB's map cannot be enlarged, only the block that does not fit is
 * refused; the store stays as it was. */
#include "../support/stores.h"

#include <bitmarkpeer/journal.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "chain/chain.h"
#include "chain/map.h"

/* A map of this size is more than the half of what the process may have. */
#define MAP_BYTES ((size_t)32 << 20)
#define SPARE_BYTES ((size_t)8 << 20)
#define ROW_SIZE ((size_t)1 << 20)
#define ROWS_MAX 200

static char *directory;
static struct bitmark_chain *chain;
static struct bitmark_chain_journal *journal;
static struct bitmark_journal j = { .struct_size = sizeof j };

static void
setup(void)
{
	struct bitmark_chain_config config;

	directory = store_directory();
	config = store_config(directory, BITMARK_CHAIN_WRITE, NULL);
	config.map_bytes = MAP_BYTES;
	ck_assert_int_eq(bitmark_chain_open(&chain, &config), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_journal_open(&journal, chain),
	    BITMARK_OK);
	bitmark_chain_journal_get(journal, &j);
}

static void
teardown(void)
{
	bitmark_chain_journal_close(journal);
	bitmark_chain_close(chain);
	store_remove(directory);
}

static size_t
map_bytes(void)
{
	size_t size, used;

	bitmark_chain_room(chain, &size, &used);
	return size;
}

/* 0: not known, or of no use as a limit, because sanitizers take addresses of
 * their own. */
static size_t
addresses_in_use(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	if (f != NULL)
		fclose(f);
	f = NULL;
#endif
	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void
limit_addresses(rlim_t size)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
	limit.rlim_cur = size;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

/* A row of ROW_SIZE bytes, committed. */
static bitmark_status
add_row(unsigned key)
{
	static uint8_t value[ROW_SIZE];
	bitmark_status status = j.put(j.user,
	    (struct bitmark_span){ (const uint8_t *)&key, sizeof key },
	    (struct bitmark_span){ value, sizeof value });

	return status == BITMARK_OK ? j.commit(j.user) : status;
}

/* Rows until one does not fit. */
static unsigned
fill(void)
{
	unsigned rows = 0;
	bitmark_status status;

	while ((status = add_row(rows)) == BITMARK_OK) {
		rows++;
		ck_assert_uint_lt(rows, ROWS_MAX);
	}
	ck_assert(status == BITMARK_E_NOMEM || status == BITMARK_E_STORE_FULL);
	return rows;
}

START_TEST(a_larger_map_that_is_refused_costs_only_what_does_not_fit)
{
	const size_t in_use = addresses_in_use();
	struct bitmark_snapshot *snapshot;
	size_t before = map_bytes();
	unsigned rows;

	if (in_use == 0)
		return;
	limit_addresses((rlim_t)(in_use + SPARE_BYTES));
	rows = fill();
	/* All of the map was used, and it can be read and written. */
	ck_assert_uint_gt(rows, 16);
	ck_assert_uint_eq(map_bytes(), before);
	ck_assert_int_eq(bitmark_snapshot_open(chain, &snapshot), BITMARK_OK);
	bitmark_snapshot_close(snapshot);
	ck_assert_int_eq(j.del(j.user, (struct bitmark_span){
	    (const uint8_t *)&rows, sizeof rows }), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);

	/* It is tried again, and grows when it can. */
	limit_addresses(RLIM_INFINITY);
	ck_assert_int_eq(add_row(rows), BITMARK_OK);
	ck_assert_uint_gt(map_bytes(), before);
}
END_TEST

/* As when LMDB has given up the map and the old one does not fit any more. */
static bitmark_status
lose_map(void *user)
{
	struct bm_store *store = user;
	const size_t size = map_bytes();

	limit_addresses((rlim_t)(addresses_in_use() - size / 2));
	return store->open_again(store, size);
}

START_TEST(a_map_that_was_lost_comes_back_with_memory)
{
	struct bm_store *store = &chain->store;
	struct bitmark_snapshot *snapshot;
	const size_t before = map_bytes();

	if (addresses_in_use() == 0)
		return;
	ck_assert_int_eq(add_row(0), BITMARK_OK);
	ck_assert_int_eq(bm_gate_alone(&store->gate, lose_map, store, 0),
	    BITMARK_E_NOMEM);
	ck_assert_int_eq(add_row(1), BITMARK_E_NOMEM);
	ck_assert_int_eq(bitmark_snapshot_open(chain, &snapshot),
	    BITMARK_E_NOMEM);
	limit_addresses(RLIM_INFINITY);
	ck_assert_int_eq(add_row(1), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_open(chain, &snapshot), BITMARK_OK);
	bitmark_snapshot_close(snapshot);
	ck_assert_uint_eq(map_bytes(), before);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain memory");
	TCase *tc = tcase_create("memory");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
	    a_larger_map_that_is_refused_costs_only_what_does_not_fit);
	tcase_add_test(tc, a_map_that_was_lost_comes_back_with_memory);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
