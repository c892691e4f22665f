/*
 * Blocks on their way: the window of what is wanted, asked for, received and
 * hashed.  Digests are a copy of the first header bytes, so that no work is
 * needed.
 */
#include "../support/vectors.h"

#include "node/fetch.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 150
#define PEER 3
#define MANY ((size_t)1 << 40)
#define WAIT_MS 10000

static struct bitmark_digest_pool *pool;
static struct bm_fetches *f;
static uint32_t next_id;

static bitmark_status
copy_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	(void)arena;
	(void)arena_size;
	memcpy(output, input, BITMARK_DIGEST_OUTPUT_SIZE);
	return BITMARK_OK;
}

static bitmark_status
no_memory(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	(void)input;
	(void)arena;
	(void)arena_size;
	(void)output;
	return BITMARK_E_NOMEM;
}

static void
make(bitmark_digest_fn digest, size_t bytes_max)
{
	struct bitmark_digest_config config = {
		.workers = 2, .digest = digest,
	};

	ck_assert_int_eq(bitmark_digest_pool_new(&pool, &config), BITMARK_OK);
	ck_assert_int_eq(bm_fetches_new(&f, pool, bytes_max), BITMARK_OK);
}

static void
setup(void)
{
	make(copy_digest, MANY);
}

static void
teardown(void)
{
	bitmark_digest_pool_free(pool);
	bm_fetches_free(f);
}

/* A packed header with this number, and bytes behind it. */
static void
block(uint64_t number, uint8_t out[BLOCK_SIZE])
{
	struct bitmark_header header = { .version = 2, .number = number };

	memset(out, 0x5a, BLOCK_SIZE);
	bitmark_header_pack(&header, out);
}

static bitmark_status
receive(uint64_t number)
{
	uint8_t data[BLOCK_SIZE];

	block(number, data);
	return bm_fetch_received(f, number, data, sizeof data);
}

static void
ask(uint64_t number)
{
	bm_fetch_asked(f, number, PEER, ++next_id);
}

/* Until the digest of the first block is there. */
static bool
wait_first(struct bm_fetched *first)
{
	struct pollfd fd = { .fd = bm_fetches_fd(f), .events = POLLIN };

	while (!bm_fetch_first(f, first)) {
		if (poll(&fd, 1, WAIT_MS) != 1)
			return false;
		if (bm_fetch_collect(f) != BITMARK_OK)
			return false;
	}
	return true;
}

START_TEST(numbers_are_wanted_in_order_up_to_the_last)
{
	bm_fetch_restart(f, 10);
	for (uint64_t n = 11; n <= 13; n++) {
		ck_assert_uint_eq(bm_fetch_wanted(f, 13), n);
		ask(n);
	}
	ck_assert_uint_eq(bm_fetch_wanted(f, 13), 0);
}
END_TEST

START_TEST(no_more_are_wanted_than_the_window_holds)
{
	for (uint64_t n = 2; n < 2 + BM_FETCH_WINDOW; n++) {
		ck_assert_uint_eq(bm_fetch_wanted(f, 1000), n);
		ask(n);
	}
	ck_assert_uint_eq(bm_fetch_wanted(f, 1000), 0);
}
END_TEST

START_TEST(blocks_asked_for_count_as_the_largest_possible)
{
	teardown();
	make(copy_digest, (size_t)3 * BITMARK_BLOCK_MAX);
	for (uint64_t n = 2; n <= 4; n++) {
		ck_assert_uint_eq(bm_fetch_wanted(f, 1000), n);
		ask(n);
	}
	ck_assert_uint_eq(bm_fetch_wanted(f, 1000), 0);
	ck_assert_int_eq(receive(3), BITMARK_OK);
	ck_assert_int_eq(receive(4), BITMARK_OK);
	/* 2 is still on its way: one more has room beside it. */
	ck_assert_uint_eq(bm_fetch_wanted(f, 1000), 5);
}
END_TEST

START_TEST(the_first_block_is_wanted_whatever_memory_is_held)
{
	teardown();
	make(copy_digest, 1);
	ck_assert_uint_eq(bm_fetch_wanted(f, 1000), 2);
	ask(2);
	ck_assert_uint_eq(bm_fetch_wanted(f, 1000), 0);
}
END_TEST

START_TEST(blocks_come_out_in_order_with_their_digests)
{
	struct bm_fetched first;
	uint8_t data[BLOCK_SIZE];

	for (uint64_t n = 2; n <= 9; n++)
		ask(n);
	for (uint64_t n = 9; n >= 2; n--)
		ck_assert_int_eq(receive(n), BITMARK_OK);
	for (uint64_t n = 2; n <= 9; n++) {
		block(n, data);
		ck_assert(wait_first(&first));
		ck_assert_uint_eq(first.number, n);
		ck_assert_uint_eq(first.size, sizeof data);
		ck_assert_mem_eq(first.block, data, sizeof data);
		ck_assert_mem_eq(first.digest, data,
		    BITMARK_DIGEST_OUTPUT_SIZE);
		ck_assert_uint_eq(first.peer, PEER);
		bm_fetch_drop_first(f);
	}
	ck_assert(!bm_fetch_first(f, &first));
}
END_TEST

START_TEST(a_block_with_another_number_is_refused_and_wanted_again)
{
	uint8_t data[BLOCK_SIZE];

	ask(2);
	block(3, data);
	ck_assert_int_eq(bm_fetch_received(f, 2, data, sizeof data),
	    BITMARK_E_NUMBER);
	ck_assert_uint_eq(bm_fetch_wanted(f, 2), 2);
}
END_TEST

START_TEST(a_block_shorter_than_a_header_is_refused_and_wanted_again)
{
	uint8_t data[BLOCK_SIZE];

	block(2, data);
	for (size_t size = 0; size < BITMARK_HEADER_SIZE; size++) {
		ask(2);
		ck_assert_int_eq(bm_fetch_received(f, 2, data, size),
		    BITMARK_E_HEADER_SIZE);
		ck_assert_uint_eq(bm_fetch_wanted(f, 2), 2);
	}
}
END_TEST

START_TEST(a_request_is_known_by_its_peer_and_id)
{
	bm_fetch_asked(f, 2, 0, 77);
	bm_fetch_asked(f, 3, 1, 77);
	ck_assert_uint_eq(bm_fetch_number(f, 0, 77), 2);
	ck_assert_uint_eq(bm_fetch_number(f, 1, 77), 3);
	ck_assert_uint_eq(bm_fetch_number(f, 0, 78), 0);
	ck_assert_uint_eq(bm_fetch_number(f, 2, 77), 0);
}
END_TEST

START_TEST(what_a_lost_peer_was_asked_is_wanted_again)
{
	bm_fetch_asked(f, 2, 0, 1);
	bm_fetch_asked(f, 3, 1, 1);
	bm_fetch_asked(f, 4, 0, 2);
	bm_fetch_forget_peer(f, 0);
	ck_assert_uint_eq(bm_fetch_wanted(f, 9), 2);
	ask(2);
	ck_assert_uint_eq(bm_fetch_wanted(f, 9), 4);
	ck_assert_uint_eq(bm_fetch_number(f, 1, 1), 3);
}
END_TEST

START_TEST(a_restart_forgets_blocks_that_are_being_hashed)
{
	struct bm_fetched first;

	for (int round = 0; round < 50; round++) {
		ask(2);
		ask(3);
		ck_assert_int_eq(receive(2), BITMARK_OK);
		ck_assert_int_eq(receive(3), BITMARK_OK);
		bm_fetch_restart(f, 1);
		ck_assert(!bm_fetch_first(f, &first));
	}
	ask(2);
	ck_assert_int_eq(receive(2), BITMARK_OK);
	ck_assert(wait_first(&first));
	ck_assert_uint_eq(first.number, 2);
}
END_TEST

START_TEST(a_block_whose_digest_failed_is_wanted_again)
{
	struct pollfd fd;

	teardown();
	make(no_memory, MANY);
	ask(2);
	ck_assert_int_eq(receive(2), BITMARK_OK);
	fd = (struct pollfd){ .fd = bm_fetches_fd(f), .events = POLLIN };
	ck_assert_int_eq(poll(&fd, 1, WAIT_MS), 1);
	ck_assert_int_eq(bm_fetch_collect(f), BITMARK_E_NOMEM);
	ck_assert_uint_eq(bm_fetch_wanted(f, 9), 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fetch");
	TCase *tc = tcase_create("fetch");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, numbers_are_wanted_in_order_up_to_the_last);
	tcase_add_test(tc, no_more_are_wanted_than_the_window_holds);
	tcase_add_test(tc, blocks_asked_for_count_as_the_largest_possible);
	tcase_add_test(tc, the_first_block_is_wanted_whatever_memory_is_held);
	tcase_add_test(tc, blocks_come_out_in_order_with_their_digests);
	tcase_add_test(tc,
	    a_block_with_another_number_is_refused_and_wanted_again);
	tcase_add_test(tc,
	    a_block_shorter_than_a_header_is_refused_and_wanted_again);
	tcase_add_test(tc, a_request_is_known_by_its_peer_and_id);
	tcase_add_test(tc, what_a_lost_peer_was_asked_is_wanted_again);
	tcase_add_test(tc, a_restart_forgets_blocks_that_are_being_hashed);
	tcase_add_test(tc, a_block_whose_digest_failed_is_wanted_again);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
