/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The inbox between a node's two threads: order, copies, bounds.
 */
#include "../support/vectors.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "node/inbox.h"

/* The longest frame, roughly: what few of are enough to fill the bytes. */
#define LONG ((size_t)5000000)

static struct bm_inbox *inbox;
static uint8_t *long_bytes;

static void
setup(void)
{
	ck_assert_int_eq(bm_inbox_new(&inbox), BITMARK_OK);
	long_bytes = calloc(1, LONG);
	ck_assert_ptr_nonnull(long_bytes);
}

static void
teardown(void)
{
	bm_inbox_free(inbox);
	free(long_bytes);
}

static bitmark_status
put_from(uint64_t sender, enum bitmark_request_kind kind, const void *data,
    size_t size)
{
	const struct bitmark_request request = {
		.kind = kind, .count = 1, .parameter = { { data, size } },
	};

	return bm_inbox_put(inbox, sender, &request);
}

static bitmark_status
put(enum bitmark_request_kind kind, const void *data, size_t size)
{
	return put_from(1, kind, data, size);
}

/* How many of this kind and size are taken until one is refused. */
static unsigned
fill(enum bitmark_request_kind kind, size_t size, unsigned limit)
{
	unsigned count = 0;

	while (count < limit && put(kind, long_bytes, size) == BITMARK_OK)
		count++;
	return count;
}

static bool
is_readable(void)
{
	struct pollfd fd = { .fd = bm_inbox_fd(inbox), .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

START_TEST(an_empty_inbox_has_nothing)
{
	ck_assert_ptr_null(bm_inbox_take(inbox, BM_INBOX_BLOCKS));
	ck_assert_ptr_null(bm_inbox_take(inbox, BM_INBOX_OTHERS));
	ck_assert(!is_readable());
}
END_TEST

/* The sender of the next item; 0: there is none. */
static uint64_t
take_sender(enum bm_inbox_queue queue)
{
	struct bm_inbox_item *item = bm_inbox_take(inbox, queue);
	uint64_t sender = item != NULL ? item->sender : 0;

	free(item);
	return sender;
}

START_TEST(a_sender_that_fills_a_queue_makes_way_for_others)
{
	static const enum bitmark_request_kind kinds[] = {
		BITMARK_REQUEST_BLOCK, BITMARK_REQUEST_TRANSFER };
	static const size_t sizes[] = { 1, LONG };
	const enum bitmark_request_kind kind = kinds[_i % 2];
	const size_t size = sizes[_i / 2];
	const unsigned full = fill(kind, size, 2000);
	unsigned others = 0, first = 0;
	uint64_t sender;

	while (put_from(2, kind, long_bytes, size) == BITMARK_OK)
		others++;
	ck_assert_uint_ge(others, full / 2);
	ck_assert_uint_le(others, full / 2 + 1);
	ck_assert_uint_eq(bm_inbox_lost(inbox), others);
	ck_assert_int_eq(put_from(3, kind, long_bytes, 1), BITMARK_OK);
	/* No sender is given more room than the one with the least. */
	while ((sender = take_sender(kind == BITMARK_REQUEST_BLOCK ?
	    BM_INBOX_BLOCKS : BM_INBOX_OTHERS)) != 0)
		first += sender == 1;
	ck_assert_uint_ge(first, full / 2 - 1);
}
END_TEST

/* Of the shares that senders are sorted into these two have the second and the
 * last. */
START_TEST(a_sender_of_any_share_that_is_the_fullest_makes_way)
{
	static const uint64_t senders[] = { 89, 144 };
	const uint64_t sender = senders[_i];

	while (put_from(sender, BITMARK_REQUEST_TRANSFER, "x", 1) ==
	    BITMARK_OK)
		;
	ck_assert_int_eq(put_from(sender + 1, BITMARK_REQUEST_TRANSFER, "x",
	    1), BITMARK_OK);
}
END_TEST

/* Senders 1 and 2 hold as much as sender 3 would hold with one more: it gains
 * nothing, and nobody loses anything. */
START_TEST(a_sender_with_as_much_as_the_others_takes_no_place_from_them)
{
	unsigned left[4] = { 0 };
	uint64_t sender;

	for (unsigned i = 0; i < BM_INBOX_BLOCKS_MAX; i++)
		ck_assert_int_eq(put_from(1 + i % 3, BITMARK_REQUEST_BLOCK,
		    long_bytes, 1), BITMARK_OK);
	for (uint64_t i = 1; i <= 3; i++)
		ck_assert_int_eq(put_from(i, BITMARK_REQUEST_BLOCK,
		    long_bytes, 1), BITMARK_E_BUSY);
	ck_assert_uint_eq(bm_inbox_lost(inbox), 0);
	while ((sender = take_sender(BM_INBOX_BLOCKS)) != 0)
		left[sender]++;
	ck_assert(left[1] == 17 && left[2] == 17 && left[3] == 16);
}
END_TEST

/* Senders 1 and 2 hold the same.  The share of sender 2 comes first. */
START_TEST(of_two_that_hold_most_only_one_loses_its_newest_item)
{
	struct bm_inbox_item *item;
	uint8_t number;

	for (number = 0; number < BM_INBOX_BLOCKS_MAX; number++)
		ck_assert_int_eq(put_from(1 + number % 2,
		    BITMARK_REQUEST_BLOCK, &number, 1), BITMARK_OK);
	ck_assert_int_eq(put_from(3, BITMARK_REQUEST_BLOCK, &number, 1),
	    BITMARK_OK);
	ck_assert_uint_eq(bm_inbox_lost(inbox), 1);
	while ((item = bm_inbox_take(inbox, BM_INBOX_BLOCKS)) != NULL) {
		ck_assert_uint_ne(item->parameter[0].data[0],
		    BM_INBOX_BLOCKS_MAX - 1);
		free(item);
	}
}
END_TEST

START_TEST(blocks_of_one_sender_come_in_their_order_between_those_of_others)
{
	uint8_t next[3] = { 0 };
	struct bm_inbox_item *item;

	for (uint8_t number = 0; number < 8; number++)
		for (uint64_t sender = 1; sender <= 2; sender++)
			ck_assert_int_eq(put_from(sender,
			    BITMARK_REQUEST_BLOCK, &number, 1), BITMARK_OK);
	while ((item = bm_inbox_take(inbox, BM_INBOX_BLOCKS)) != NULL) {
		ck_assert_uint_eq(item->parameter[0].data[0],
		    next[item->sender]++);
		free(item);
	}
	ck_assert(next[1] == 8 && next[2] == 8);
}
END_TEST

START_TEST(blocks_of_several_senders_take_turns)
{
	static const uint64_t put_by[] = { 1, 1, 1, 2, 2, 3 };
	static const uint64_t taken_by[] = { 1, 2, 3, 1, 2, 1 };

	for (size_t i = 0; i < 6; i++)
		ck_assert_int_eq(put_from(put_by[i], BITMARK_REQUEST_BLOCK,
		    long_bytes, 1), BITMARK_OK);
	for (size_t i = 0; i < 6; i++)
		ck_assert_uint_eq(take_sender(BM_INBOX_BLOCKS), taken_by[i]);
	ck_assert_uint_eq(take_sender(BM_INBOX_BLOCKS), 0);
}
END_TEST

START_TEST(items_come_out_in_the_order_of_arrival)
{
	for (uint8_t i = 0; i < 5; i++)
		ck_assert_int_eq(put(BITMARK_REQUEST_TRANSFER, &i, 1),
		    BITMARK_OK);
	ck_assert_uint_eq(bm_inbox_count(inbox, BM_INBOX_OTHERS), 5);
	ck_assert_uint_eq(bm_inbox_count(inbox, BM_INBOX_BLOCKS), 0);
	for (uint8_t i = 0; i < 5; i++) {
		struct bm_inbox_item *item = bm_inbox_take(inbox,
		    BM_INBOX_OTHERS);

		ck_assert_ptr_nonnull(item);
		ck_assert_uint_eq(item->parameter[0].data[0], i);
		free(item);
	}
	ck_assert_ptr_null(bm_inbox_take(inbox, BM_INBOX_OTHERS));
}
END_TEST

START_TEST(an_item_has_copies_of_all_parameters)
{
	char text[] = "abcdef";
	const struct bitmark_request request = {
		.kind = BITMARK_REQUEST_PEER, .count = 3,
		.parameter = { { (uint8_t *)text, 2 }, { NULL, 0 },
		    { (uint8_t *)text + 2, 4 } },
	};
	struct bm_inbox_item *item;

	ck_assert_int_eq(bm_inbox_put(inbox, 1, &request), BITMARK_OK);
	memset(text, 'x', sizeof text);
	item = bm_inbox_take(inbox, BM_INBOX_OTHERS);
	ck_assert_ptr_nonnull(item);
	ck_assert_int_eq(item->kind, BITMARK_REQUEST_PEER);
	ck_assert_uint_eq(item->count, 3);
	ck_assert_uint_eq(item->parameter[0].size, 2);
	ck_assert_mem_eq(item->parameter[0].data, "ab", 2);
	ck_assert_uint_eq(item->parameter[1].size, 0);
	ck_assert_uint_eq(item->parameter[2].size, 4);
	ck_assert_mem_eq(item->parameter[2].data, "cdef", 4);
	free(item);
}
END_TEST

START_TEST(fifty_blocks_fit_and_no_more_D_18)
{
	ck_assert_uint_eq(fill(BITMARK_REQUEST_BLOCK, 1, 2000), 50);
	ck_assert_int_eq(put(BITMARK_REQUEST_BLOCK, "x", 1), BITMARK_E_BUSY);
}
END_TEST

START_TEST(a_thousand_others_fit_and_no_more)
{
	ck_assert_uint_eq(fill(BITMARK_REQUEST_ISSUES, 1, 2000), 1000);
	ck_assert_int_eq(put(BITMARK_REQUEST_PEER, "x", 1), BITMARK_E_BUSY);
}
END_TEST

START_TEST(the_bytes_of_items_are_bounded)
{
	ck_assert_uint_eq(fill(BITMARK_REQUEST_BLOCK, LONG, 50),
	    BM_INBOX_BLOCK_BYTES_MAX / LONG);
	ck_assert_uint_eq(fill(BITMARK_REQUEST_ASSETS, LONG, 50),
	    BM_INBOX_OTHER_BYTES_MAX / LONG);
}
END_TEST

START_TEST(an_item_may_fill_a_queue_to_its_last_byte_and_not_beyond)
{
	uint8_t *bytes = calloc(1, BM_INBOX_OTHER_BYTES_MAX + 1);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_int_eq(put(BITMARK_REQUEST_ASSETS, bytes,
	    BM_INBOX_OTHER_BYTES_MAX + 1), BITMARK_E_BUSY);
	ck_assert_int_eq(put(BITMARK_REQUEST_ASSETS, bytes,
	    BM_INBOX_OTHER_BYTES_MAX), BITMARK_OK);
	ck_assert_int_eq(put(BITMARK_REQUEST_ASSETS, bytes, 1),
	    BITMARK_E_BUSY);
	free(bytes);
}
END_TEST

START_TEST(blocks_have_their_place_when_the_rest_is_full)
{
	struct bm_inbox_item *item;

	(void)fill(BITMARK_REQUEST_ASSETS, 1, 2000);
	ck_assert_int_eq(put(BITMARK_REQUEST_BLOCK, "b", 1), BITMARK_OK);
	item = bm_inbox_take(inbox, BM_INBOX_BLOCKS);
	ck_assert_ptr_nonnull(item);
	ck_assert_int_eq(item->kind, BITMARK_REQUEST_BLOCK);
	free(item);
}
END_TEST

START_TEST(taking_an_item_makes_room)
{
	(void)fill(BITMARK_REQUEST_BLOCK, LONG, 50);
	free(bm_inbox_take(inbox, BM_INBOX_BLOCKS));
	ck_assert_int_eq(put(BITMARK_REQUEST_BLOCK, long_bytes, LONG),
	    BITMARK_OK);
	ck_assert_int_eq(put(BITMARK_REQUEST_BLOCK, long_bytes, LONG),
	    BITMARK_E_BUSY);
}
END_TEST

START_TEST(a_put_wakes_and_a_refused_one_does_not)
{
	ck_assert_int_eq(put(BITMARK_REQUEST_PROOF, "x", 1), BITMARK_OK);
	ck_assert(is_readable());
	bm_inbox_wake(inbox);
	ck_assert(!is_readable());
	(void)fill(BITMARK_REQUEST_PROOF, 1, 2000);
	bm_inbox_wake(inbox);
	ck_assert_int_eq(put(BITMARK_REQUEST_PROOF, "x", 1), BITMARK_E_BUSY);
	ck_assert(!is_readable());
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("inbox");
	TCase *tc = tcase_create("inbox");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_empty_inbox_has_nothing);
	tcase_add_test(tc, items_come_out_in_the_order_of_arrival);
	tcase_add_loop_test(tc, a_sender_that_fills_a_queue_makes_way_for_others, 0,
	    4);
	tcase_add_loop_test(tc,
	    a_sender_of_any_share_that_is_the_fullest_makes_way, 0, 2);
	tcase_add_test(tc, blocks_of_several_senders_take_turns);
	tcase_add_test(tc,
	    a_sender_with_as_much_as_the_others_takes_no_place_from_them);
	tcase_add_test(tc,
	    of_two_that_hold_most_only_one_loses_its_newest_item);
	tcase_add_test(tc,
	    blocks_of_one_sender_come_in_their_order_between_those_of_others);
	tcase_add_test(tc, an_item_has_copies_of_all_parameters);
	tcase_add_test(tc, fifty_blocks_fit_and_no_more_D_18);
	tcase_add_test(tc, a_thousand_others_fit_and_no_more);
	tcase_add_test(tc, the_bytes_of_items_are_bounded);
	tcase_add_test(tc,
	    an_item_may_fill_a_queue_to_its_last_byte_and_not_beyond);
	tcase_add_test(tc, blocks_have_their_place_when_the_rest_is_full);
	tcase_add_test(tc, taking_an_item_makes_room);
	tcase_add_test(tc, a_put_wakes_and_a_refused_one_does_not);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
