/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Files of blocks: a saved file loads again, and a damaged one is refused. */
#include "../support/stores.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chain/chain.h"

#define LENGTH_SIZE 8

/* Blocks for which real digests are computed: half a second each. */
#define REAL_BLOCKS 3

static struct golden_chain a, b;
static struct bitmark_digest_pool *pool;
static char *directory;
static struct bitmark_chain *chain;
static uint64_t refused;

static void
load_golden(void)
{
	a = golden_chain("chain-a");
	b = golden_chain("chain-a-fork");
}

static void
free_golden(void)
{
	golden_chain_free(&a);
	golden_chain_free(&b);
}

static void
setup(void)
{
	pool = golden_pool(&a, &b);
	directory = store_directory();
	chain = store_open_for(directory, BITMARK_CHAIN_WRITE, pool);
}

static void
teardown(void)
{
	bitmark_chain_close(chain);
	store_remove(directory);
	bitmark_digest_pool_free(pool);
}

/* A file with these bytes, at its start. */
static FILE *
file_of(const uint8_t *data, size_t size)
{
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, size, f), size);
	ck_assert_int_eq(fflush(f), 0);
	rewind(f);
	ck_assert_int_eq((int)lseek(fileno(f), 0, SEEK_SET), 0);
	return f;
}

static bitmark_status
load_with(const uint8_t *data, size_t size, bitmark_progress_fn progress,
    void *user)
{
	FILE *f = file_of(data, size);
	bitmark_status status = bitmark_chain_load(chain, fileno(f), CHAIN_NOW,
	    progress, user, &refused);

	fclose(f);
	return status;
}

static bitmark_status
load(const uint8_t *data, size_t size)
{
	return load_with(data, size, NULL, NULL);
}

/* Start of block [i] in a file, where its length stands. */
static size_t
start_of(const struct golden_chain *of, size_t i)
{
	return i == of->count ? of->size :
	    (size_t)(of->blocks[i].data - of->file) - LENGTH_SIZE;
}

/* A fresh store in place of the fixture's. */
static void
start_again(void)
{
	bitmark_chain_close(chain);
	store_remove(directory);
	directory = store_directory();
	chain = store_open_for(directory, BITMARK_CHAIN_WRITE, pool);
}

static void
assert_saves(const uint8_t *data, size_t size)
{
	struct bitmark_snapshot *snapshot = store_snapshot(chain);
	struct store_bytes saved = { 0 };

	ck_assert_int_eq(bitmark_snapshot_save(snapshot, store_write, &saved),
	    BITMARK_OK);
	ck_assert_uint_eq(saved.size, size);
	if (size != 0)
		ck_assert_mem_eq(saved.data, data, size);
	free(saved.data);
	bitmark_snapshot_close(snapshot);
}

START_TEST(a_range_of_blocks_is_a_part_of_the_file)
{
	struct bitmark_snapshot *snapshot;
	struct store_bytes saved = { 0 };
	const struct { uint64_t first, last; } none[] = { { 0, 2 }, { 1, 2 },
		{ 5, 4 }, { 2, a.height + 1 }, { 2, UINT64_MAX },
		{ a.height + 1, a.height + 1 } };

	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	snapshot = store_snapshot(chain);
	for (uint64_t n = 2; n <= a.height; n += 3)
		ck_assert_int_eq(bitmark_snapshot_save_range(snapshot, n,
		    n + 2 < a.height ? n + 2 : a.height, store_write, &saved),
		    BITMARK_OK);
	ck_assert_uint_eq(saved.size, a.size);
	ck_assert_mem_eq(saved.data, a.file, a.size);
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		ck_assert_int_eq(bitmark_snapshot_save_range(snapshot,
		    none[i].first, none[i].last, store_write, &saved),
		    BITMARK_E_BLOCK_NOT_FOUND);
	ck_assert_uint_eq(saved.size, a.size);
	free(saved.data);
	bitmark_snapshot_close(snapshot);
}
END_TEST

START_TEST(a_loaded_file_is_saved_byte_for_byte)
{
	const struct golden_chain *of = _i == 0 ? &a : &b;

	ck_assert_int_eq(load(of->file, of->size), BITMARK_OK);
	ck_assert_uint_eq(refused, 0);
	ck_assert_uint_eq(store_height(chain), of->height);
	assert_saves(of->file, of->size);
}
END_TEST

START_TEST(an_empty_file_loads_and_an_empty_store_saves_nothing)
{
	ck_assert_int_eq(load(a.file, 0), BITMARK_OK);
	ck_assert_uint_eq(store_height(chain), BITMARK_GENESIS_NUMBER);
	assert_saves(a.file, 0);
}
END_TEST

START_TEST(real_digests_are_computed_in_the_pool)
{
	size_t size = start_of(&a, REAL_BLOCKS);

	bitmark_chain_close(chain);
	bitmark_digest_pool_free(pool);
	ck_assert_int_eq(bitmark_digest_pool_new(&pool, NULL), BITMARK_OK);
	chain = store_open_for(directory, BITMARK_CHAIN_WRITE, pool);
	ck_assert_int_eq(load(a.file, size), BITMARK_OK);
	assert_saves(a.file, size);
}
END_TEST

START_TEST(a_chain_without_a_pool_computes_its_digests_itself)
{
	size_t size = start_of(&a, 1);

	bitmark_chain_close(chain);
	chain = store_open_for(directory, BITMARK_CHAIN_WRITE, NULL);
	ck_assert_int_eq(load(a.file, size), BITMARK_OK);
	assert_saves(a.file, size);
}
END_TEST

static int held[2];                     /* pipe: readable when to go on */

static bitmark_status
digest_when_told(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	char c;

	(void)input;
	(void)arena;
	(void)arena_size;
	memset(output, 0xff, BITMARK_DIGEST_OUTPUT_SIZE);
	return read(held[0], &c, 1) >= 0 ? BITMARK_OK : BITMARK_E_IO;
}

static void
forget_job(struct bitmark_digest_job *job)
{
	(void)job;
}

/* The one worker has a job, and the queue is full with another. */
static void
fill_pool(struct bitmark_digest_job jobs[2])
{
	const struct bitmark_digest_config config = {
		.struct_size = sizeof config,
		.workers = 1,
		.queue_max = 1,
		.digest = digest_when_told,
	};
	struct bitmark_digest_stats stats = { .struct_size = sizeof stats };

	ck_assert_int_eq(pipe(held), 0);
	ck_assert_int_eq(bitmark_digest_pool_new(&pool, &config), BITMARK_OK);
	for (int i = 0; i < 2; i++) {
		jobs[i].struct_size = sizeof jobs[i];
		jobs[i].done = forget_job;
		ck_assert_int_eq(bitmark_digest_pool_submit(pool, &jobs[i]),
		    BITMARK_OK);
		do {
			sched_yield();
			bitmark_digest_pool_stats(pool, &stats);
		} while (i == 0 && stats.waiting != 0);
	}
}

START_TEST(a_chain_whose_pool_is_full_computes_its_digests_itself)
{
	static struct bitmark_digest_job jobs[2];       /* the pool lives on */
	size_t size = start_of(&a, 1);

	bitmark_chain_close(chain);
	bitmark_digest_pool_free(pool);
	fill_pool(jobs);
	chain = store_open_for(directory, BITMARK_CHAIN_WRITE, pool);
	ck_assert_int_eq(load(a.file, size), BITMARK_OK);
	assert_saves(a.file, size);
	close(held[1]);
}
END_TEST

START_TEST(a_second_file_goes_on_where_the_first_one_ended)
{
	size_t half = start_of(&a, 9);

	ck_assert_int_eq(load(a.file, half), BITMARK_OK);
	ck_assert_int_eq(load(a.file + half, a.size - half), BITMARK_OK);
	assert_saves(a.file, a.size);
}
END_TEST

/* The branches have the same blocks up to some number. */
static uint64_t
first_difference(void)
{
	size_t i = 0;

	while (a.blocks[i].size == b.blocks[i].size &&
	    memcmp(a.blocks[i].data, b.blocks[i].data, a.blocks[i].size) == 0)
		i++;
	return GOLDEN_FIRST + i;
}

START_TEST(blocks_of_another_branch_are_refused_by_number)
{
	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	ck_assert_int_eq(load(b.file, b.size), BITMARK_E_PREVIOUS);
	ck_assert_uint_eq(refused, first_difference());
	assert_saves(a.file, a.size);
}
END_TEST

START_TEST(a_file_that_was_stopped_goes_on_where_it_was)
{
	size_t part = start_of(&a, 9);

	ck_assert_int_eq(load(a.file, part), BITMARK_OK);
	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	ck_assert_uint_eq(store_height(chain), a.height);
	assert_saves(a.file, a.size);
	ck_assert_int_eq(load(a.file, a.size), BITMARK_OK);
	ck_assert_int_eq(load(a.file, part), BITMARK_OK);
	assert_saves(a.file, a.size);
}
END_TEST

/* Also those that are in the batch that is open. */
START_TEST(blocks_that_a_file_repeats_are_passed_over)
{
	size_t part = start_of(&a, 5);
	uint8_t *twice = malloc(part + a.size);

	ck_assert_ptr_nonnull(twice);
	memcpy(twice, a.file, part);
	memcpy(twice + part, a.file, a.size);
	ck_assert_int_eq(load(twice, part + a.size), BITMARK_OK);
	assert_saves(a.file, a.size);
	free(twice);
}
END_TEST

/* One bit of a block that is there. */
START_TEST(a_block_that_is_there_but_differs_is_refused)
{
	size_t part = start_of(&a, 5);
	uint8_t *data = malloc(part);

	ck_assert_ptr_nonnull(data);
	ck_assert_int_eq(load(a.file, part), BITMARK_OK);
	memcpy(data, a.file, part);
	data[part - 1] ^= 1;
	ck_assert_int_lt(load(data, part), BITMARK_OK);
	ck_assert_uint_eq(refused, GOLDEN_FIRST + 4);
	assert_saves(a.file, part);
	free(data);
}
END_TEST

static bool
exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

START_TEST(a_store_that_was_made_for_nothing_is_discarded)
{
	char outer[512], path[600];
	struct bitmark_chain *other;

	bitmark_chain_discard(NULL);
	snprintf(outer, sizeof outer, "%s/outer", directory);
	snprintf(path, sizeof path, "%s/inner/", outer);
	for (int i = 0; i < 2; i++) {
		other = store_open(path);
		ck_assert(exists(path));
		bitmark_chain_discard(other);
		ck_assert(!exists(outer));
		ck_assert(exists(directory));
	}
	/* One that was there before stays ... */
	bitmark_chain_close(store_open(path));
	bitmark_chain_discard(store_open(path));
	bitmark_chain_close(store_open_for(path, BITMARK_CHAIN_READ, NULL));
	bitmark_chain_discard(store_open(path));
	ck_assert(exists(path));
	snprintf(path, sizeof path, "rm -r %s", outer);
	ck_assert_int_eq(system(path), 0);
	/* ... and so does one with a block. */
	start_again();
	store_add(chain, &a, GOLDEN_FIRST);
	bitmark_chain_discard(chain);
	chain = store_open_for(directory, BITMARK_CHAIN_WRITE, pool);
	ck_assert_uint_eq(store_height(chain), GOLDEN_FIRST);
}
END_TEST

/* Whole blocks in the first ${size} bytes. */
static size_t
whole_blocks(size_t size)
{
	size_t count = 0;

	while (count < a.count && start_of(&a, count + 1) <= size)
		count++;
	return count;
}

static void
assert_cut(size_t size)
{
	size_t whole = whole_blocks(size);
	bitmark_status status;

	start_again();
	status = load(a.file, size);
	ck_assert_msg(status == (start_of(&a, whole) == size ?
	    BITMARK_OK : BITMARK_E_LENGTH), "%lu bytes: %s",
	    (unsigned long)size, bitmark_strerror(status));
	ck_assert_uint_eq(refused, 0);
	assert_saves(a.file, start_of(&a, whole));
}

START_TEST(a_file_that_was_cut_off_gives_its_whole_blocks_and_an_error)
{
	const size_t end = start_of(&a, 3);

	for (size_t size = 0; size < LENGTH_SIZE + 2; size++)
		assert_cut(size);
	for (size_t size = 97; size < end; size += 397)
		assert_cut(size);
	for (size_t i = 1; i < 4; i++) {
		assert_cut(start_of(&a, i) - 1);
		assert_cut(start_of(&a, i));
		assert_cut(start_of(&a, i) + 1);
		assert_cut(start_of(&a, i) + LENGTH_SIZE);
	}
}
END_TEST

START_TEST(blocks_before_an_impossible_length_are_kept)
{
	static const uint64_t lengths[] = {
		0, 1, BITMARK_HEADER_SIZE - 1, BITMARK_BLOCK_MAX + 1,
		UINT64_C(1) << 32, UINT64_MAX,
	};
	size_t before = start_of(&a, 2);
	uint8_t *data = malloc(a.size);

	ck_assert_ptr_nonnull(data);
	memcpy(data, a.file, a.size);
	for (size_t i = 0; i < LENGTH_SIZE; i++)
		data[before + i] = (uint8_t)(lengths[_i] >> (56 - 8 * i));
	ck_assert_int_eq(load(data, a.size), BITMARK_E_LENGTH);
	ck_assert_uint_eq(store_height(chain), GOLDEN_FIRST + 1);
	assert_saves(a.file, before);
	free(data);
}
END_TEST

/* Load with one byte of block [i] changed. */
static bitmark_status
load_garbled(size_t i, size_t offset)
{
	uint8_t *data = malloc(a.size);
	bitmark_status status;

	ck_assert_ptr_nonnull(data);
	memcpy(data, a.file, a.size);
	data[start_of(&a, i) + LENGTH_SIZE + offset] ^= 0x01;
	status = load(data, a.size);
	free(data);
	return status;
}

/* To look at each of its lengths would take longer than the test may. */
START_TEST(a_large_file_of_zeros_is_refused_at_once)
{
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(ftruncate(fileno(f), (off_t)1 << 34), 0);
	ck_assert_int_eq(bitmark_chain_load(chain, fileno(f), CHAIN_NOW, NULL,
	    NULL, &refused), BITMARK_E_LENGTH);
	ck_assert_uint_eq(refused, 0);
	fclose(f);
}
END_TEST

START_TEST(blocks_before_a_garbled_one_are_kept_D_44)
{
	size_t i = (size_t)_i;

	/* Its last byte is in a signature. */
	ck_assert_int_ne(load_garbled(i, a.blocks[i].size - 1), BITMARK_OK);
	ck_assert_uint_eq(refused, GOLDEN_FIRST + i);
	assert_saves(a.file, start_of(&a, i));
}
END_TEST

START_TEST(a_garbled_header_has_no_proof_of_work)
{
	const size_t nonce = BITMARK_HEADER_SIZE - 1;

	ck_assert_int_eq(load_garbled(2, nonce), BITMARK_E_HEADER_DIFFICULTY);
	ck_assert_uint_eq(refused, GOLDEN_FIRST + 2);
	assert_saves(a.file, start_of(&a, 2));
}
END_TEST

START_TEST(a_descriptor_that_cannot_be_read_is_an_error)
{
	ck_assert_int_eq(bitmark_chain_load(chain, -1, CHAIN_NOW, NULL, NULL,
	    NULL), BITMARK_E_IO);
	ck_assert_uint_eq(store_height(chain), BITMARK_GENESIS_NUMBER);
}
END_TEST

START_TEST(blocks_come_through_a_pipe)
{
	size_t size = start_of(&a, 4);
	int ends[2];

	/* So little fits in the pipe's own buffer. */
	ck_assert_uint_lt(size, 16384);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq((int)write(ends[1], a.file, size), (int)size);
	close(ends[1]);
	ck_assert_int_eq(bitmark_chain_load(chain, ends[0], CHAIN_NOW, NULL,
	    NULL, &refused), BITMARK_OK);
	close(ends[0]);
	assert_saves(a.file, size);
}
END_TEST

START_TEST(loading_needs_a_store_that_can_be_written)
{
	bitmark_chain_close(chain);
	chain = store_open_for(directory, BITMARK_CHAIN_READ, pool);
	ck_assert_int_eq(load(a.file, a.size), BITMARK_E_READONLY);
}
END_TEST

START_TEST(loading_inside_a_batch_is_not_allowed)
{
	ck_assert_int_eq(bitmark_chain_batch_begin(chain), BITMARK_OK);
	ck_assert_int_eq(load(a.file, a.size), BITMARK_E_STATE);
	bitmark_chain_batch_abort(chain);
	ck_assert_int_eq(load(a.file, start_of(&a, 2)), BITMARK_OK);
}
END_TEST

struct report {
	uint64_t calls;
	uint64_t number;
	uint64_t first;                 /* work of the first block */
	uint64_t done;
	uint64_t total;
	uint64_t stop_at;               /* block number; 0: never */
};

static int
on_progress(void *user, uint64_t number, uint64_t done, uint64_t total)
{
	struct report *r = user;

	ck_assert_uint_eq(number, r->number == 0 ?
	    GOLDEN_FIRST : r->number + 1);
	ck_assert_uint_gt(done, r->done);
	/* No block takes much longer than another: each has a digest. */
	if (r->first == 0)
		r->first = done;
	ck_assert_uint_lt(done - r->done, 4 * r->first);
	ck_assert_uint_lt(r->first, 4 * (done - r->done));
	r->calls++;
	r->number = number;
	r->done = done;
	r->total = total;
	return number == r->stop_at;
}

START_TEST(progress_is_told_of_every_block_up_to_the_end)
{
	struct report r = { 0 };

	ck_assert_int_eq(load_with(a.file, a.size, on_progress, &r),
	    BITMARK_OK);
	ck_assert_uint_eq(r.calls, a.count);
	ck_assert_uint_eq(r.number, a.height);
	ck_assert_uint_gt(r.total, a.size);
	ck_assert_uint_eq(r.done, r.total);
}
END_TEST

START_TEST(progress_can_stop_and_keeps_what_it_saw)
{
	struct report r = { .stop_at = 7 };

	ck_assert_int_eq(load_with(a.file, a.size, on_progress, &r),
	    BITMARK_E_STOPPED);
	ck_assert_uint_eq(refused, 0);
	ck_assert_uint_eq(store_height(chain), 7);
	assert_saves(a.file, start_of(&a, 7 + 1 - GOLDEN_FIRST));
}
END_TEST

/* From now on the map cannot be made larger. */
static int
break_gate(void *user, uint64_t number, uint64_t done, uint64_t total)
{
	(void)user;
	(void)number;
	(void)done;
	(void)total;
	pthread_mutex_lock(&chain->store.gate.mutex);
	chain->store.gate.broken = BITMARK_E_NOMEM;
	pthread_mutex_unlock(&chain->store.gate.mutex);
	return 0;
}

START_TEST(a_block_for_which_there_is_no_room_is_not_refused)
{
	ck_assert_int_eq(load_with(a.file, a.size, break_gate, NULL),
	    BITMARK_E_STORE);
	ck_assert_uint_eq(refused, 0);
}
END_TEST

/* A writer that fails at its call number *user. */
static int
failing_write(void *user, const void *data, size_t size)
{
	size_t *left = user;

	(void)data;
	(void)size;
	return (*left)-- == 0;
}

START_TEST(a_writer_that_fails_stops_saving_and_dumping)
{
	struct bitmark_snapshot *snapshot;
	size_t left;

	ck_assert_int_eq(load(a.file, start_of(&a, 3)), BITMARK_OK);
	snapshot = store_snapshot(chain);
	for (size_t calls = 0; calls < 6; calls++) {
		left = calls;
		ck_assert_int_eq(bitmark_snapshot_save(snapshot,
		    failing_write, &left), BITMARK_E_IO);
		left = calls;
		ck_assert_int_eq(bitmark_snapshot_dump(snapshot,
		    failing_write, &left), BITMARK_E_IO);
	}
	bitmark_snapshot_close(snapshot);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain file");
	TCase *tc = tcase_create("file");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_set_timeout(tc, 240);
	tcase_add_unchecked_fixture(tc, load_golden, free_golden);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_range_of_blocks_is_a_part_of_the_file);
	tcase_add_loop_test(tc, a_loaded_file_is_saved_byte_for_byte, 0, 2);
	tcase_add_test(tc,
	    an_empty_file_loads_and_an_empty_store_saves_nothing);
	tcase_add_test(tc, real_digests_are_computed_in_the_pool);
	tcase_add_test(tc,
	    a_chain_without_a_pool_computes_its_digests_itself);
	tcase_add_test(tc,
	    a_chain_whose_pool_is_full_computes_its_digests_itself);
	tcase_add_test(tc, a_second_file_goes_on_where_the_first_one_ended);
	tcase_add_test(tc, blocks_of_another_branch_are_refused_by_number);
	tcase_add_test(tc, a_file_that_was_stopped_goes_on_where_it_was);
	tcase_add_test(tc, blocks_that_a_file_repeats_are_passed_over);
	tcase_add_test(tc, a_block_that_is_there_but_differs_is_refused);
	tcase_add_test(tc, a_store_that_was_made_for_nothing_is_discarded);
	tcase_add_test(tc,
	    a_file_that_was_cut_off_gives_its_whole_blocks_and_an_error);
	tcase_add_loop_test(tc,
	    blocks_before_an_impossible_length_are_kept, 0, 6);
	tcase_add_loop_test(tc,
	    blocks_before_a_garbled_one_are_kept_D_44, 0, 6);
	tcase_add_test(tc, a_garbled_header_has_no_proof_of_work);
	tcase_add_test(tc, a_descriptor_that_cannot_be_read_is_an_error);
	tcase_add_test(tc, blocks_come_through_a_pipe);
	tcase_add_test(tc, loading_needs_a_store_that_can_be_written);
	tcase_add_test(tc, loading_inside_a_batch_is_not_allowed);
	tcase_add_test(tc, progress_is_told_of_every_block_up_to_the_end);
	tcase_add_test(tc, progress_can_stop_and_keeps_what_it_saw);
	tcase_add_test(tc,
	    a_block_for_which_there_is_no_room_is_not_refused);
	tcase_add_test(tc, a_writer_that_fails_stops_saving_and_dumping);
	suite_add_tcase(suite, tc);

	tc = tcase_create("at once");
	tcase_set_timeout(tc, 20);
	tcase_add_unchecked_fixture(tc, load_golden, free_golden);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_large_file_of_zeros_is_refused_at_once);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
