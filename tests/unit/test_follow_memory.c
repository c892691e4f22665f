/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * No memory: whichever allocation of a follower fails, the program gets an
 * error, and later events are as if nothing had failed.
 *
 * malloc and calloc are taken over for the whole program, and fail for callers
 * in this program alone: libzmq ends a program for which it has no memory.
 * Where a sanitizer has taken them over already, nothing fails and the calls
 * are made once.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/block.h>

#include "../support/vectors.h"
#include "net/follow.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(BITMARK_OWN_MALLOC)
#define CAN_FAIL 1
#else
#define CAN_FAIL 0
#endif

#define ATTEMPTS_MAX 200
#define HEIGHT 40

/* Allocations of ours until one fails; below 0: none does. */
static long fails_in = -1;

#if CAN_FAIL
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern char __executable_start, etext;

static bool
fails(const void *caller)
{
	return fails_in >= 0 && (const char *)caller >= &__executable_start &&
	    (const char *)caller < &etext && fails_in-- == 0;
}

void *
malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL :
	    __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL :
	    __libc_calloc(count, size);
}
#endif

/* --- the whole object ---------------------------------------------------- */

/* Nobody listens there. */
static bitmark_status
open_follower(struct bitmark_follower **follower)
{
	static const struct bitmark_follower_config config = {
		.struct_size = sizeof config, .chain = "local",
		.node = "127.0.0.1:9", .publisher = "127.0.0.1:9",
		.node_key = { 9 }, .publisher_key = { 9 } };

	return bitmark_follower_open(follower, &config);
}

START_TEST(one_that_cannot_be_opened_is_none)
{
	struct bitmark_follower *follower;
	bitmark_status status = BITMARK_E_NOMEM;
	long attempt;

	for (attempt = 0; status != BITMARK_OK; attempt++) {
		ck_assert_int_lt(attempt, ATTEMPTS_MAX);
		fails_in = attempt;
		status = open_follower(&follower);
		fails_in = -1;
		ck_assert(status == BITMARK_OK ? follower != NULL :
		    status == BITMARK_E_NOMEM && follower == NULL);
	}
	ck_assert(!CAN_FAIL || attempt > 3);
	bitmark_follower_close(follower);
}
END_TEST

/* --- the machine --------------------------------------------------------- */

static struct bm_follow *follow;
static uint64_t now_ms, tip;
static unsigned failures;

static void
make_digest(uint64_t number, uint8_t out[BITMARK_DIGEST_SIZE])
{
	memset(out, (int)number, BITMARK_DIGEST_SIZE);
	if (number == BITMARK_GENESIS_NUMBER)
		memcpy(out, bitmark_chain_params_find("local")->genesis_digest,
		    BITMARK_DIGEST_SIZE);
}

/* The request that is due has its answer, or time passes. */
static void
answer(void)
{
	uint8_t digest[BITMARK_DIGEST_SIZE], data[BITMARK_HEADER_SIZE];
	struct bitmark_header header = { .version = 2, .count = 1 };
	const enum bm_follow_phase phase = bm_follow_request(follow, now_ms,
	    &header.number);

	if (phase == BM_FOLLOW_IDLE) {
		now_ms = bm_follow_deadline(follow);
	} else if (phase == BM_FOLLOW_HEIGHT) {
		bm_follow_height(follow, HEIGHT, now_ms);
	} else if (phase == BM_FOLLOW_FETCH) {
		make_digest(header.number - 1, header.previous);
		bitmark_header_pack(&header, data);
		bm_follow_block(follow, (struct bitmark_span){ data,
		    sizeof data }, now_ms);
	} else {
		make_digest(header.number, digest);
		bm_follow_digest(follow, digest, now_ms);
	}
}

/* The tests' own allocations do not fail. */
static void
take(const struct bitmark_follower_event *event)
{
	const long saved = fails_in;

	fails_in = -1;
	if (event->type == BITMARK_FOLLOWER_ADDED) {
		ck_assert_uint_eq(event->number, tip + 1);
		tip++;
	} else if (event->type == BITMARK_FOLLOWER_NODE_FAILED) {
		ck_assert_int_eq(event->status, BITMARK_E_NOMEM);
		failures++;
	} else
		ck_assert_int_eq(event->type, BITMARK_FOLLOWER_CURRENT);
	fails_in = saved;
}

/* All blocks, with so many allocations before the one that fails. */
static void
follow_all(long attempt)
{
	const struct bitmark_follower_config config = {
		.struct_size = sizeof config, .from = 2, .publisher = "" };
	struct bitmark_follower_event event;
	bitmark_status status;

	now_ms = 1000;
	tip = 1;
	failures = 0;
	follow = calloc(1, sizeof *follow);
	bm_follow_init(follow, bitmark_chain_params_find("local"), &config,
	    now_ms);
	fails_in = attempt;
	while (tip < HEIGHT) {
		status = bm_follow_next(follow, &event);
		if (status == BITMARK_OK)
			take(&event);
		else
			answer();
	}
	fails_in = -1;
	bm_follow_fini(follow);
	free(follow);
}

START_TEST(a_block_without_memory_is_fetched_again)
{
	for (long attempt = 0; attempt < HEIGHT - 1; attempt++) {
		follow_all(attempt);
		ck_assert_uint_eq(failures, CAN_FAIL);
	}
	follow_all(-1);
	ck_assert_uint_eq(failures, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("follower without memory");
	TCase *tc = tcase_create("no memory");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, one_that_cannot_be_opened_is_none);
	tcase_add_test(tc, a_block_without_memory_is_fetched_again);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
