/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * No memory: whichever allocation of a submission fails, the reservoir is as it
 * was, and the next attempt succeeds.
 *
 * malloc and its siblings are taken over for the whole program.  Where a
 * sanitizer has done so already, nothing fails and the calls are made once.
 */
#include "../support/shares.h"

#include <stdlib.h>
#include <string.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(BITMARK_OWN_MALLOC)
#define CAN_FAIL 1
#else
#define CAN_FAIL 0
#endif

#define ATTEMPTS_MAX 200

/* Allocations until one fails; below 0: none does. */
static long fails_in = -1;

static bool
fails(void)
{
	return fails_in >= 0 && fails_in-- == 0;
}

#if CAN_FAIL
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *memory, size_t size)
{
	return fails() ? NULL : __libc_realloc(memory, size);
}
#endif

/* The journal of the test has memory. */

static bitmark_status
put(void *user, struct bitmark_span key, struct bitmark_span value)
{
	const long saved = fails_in;
	bitmark_status status;

	fails_in = -1;
	status = rx.journal.functions.put(user, key, value);
	fails_in = saved;
	return status;
}

static bitmark_status
commit(void *user)
{
	const long saved = fails_in;
	bitmark_status status;

	fails_in = -1;
	status = rx.journal.functions.commit(user);
	fails_in = saved;
	return status;
}

/* Empty, on that journal. */
static void
restart(void)
{
	struct bitmark_journal journal;
	const struct bitmark_reservoir_config config = {
		.struct_size = sizeof config,
		.params = bitmark_chain_params_find("local"),
		.rules = rx.rules,
		.journal = &journal,
	};

	reservoir_restart();
	bitmark_reservoir_close(rx.r);
	journal = rx.journal.functions;
	journal.put = put;
	journal.commit = commit;
	ck_assert_int_eq(bitmark_reservoir_open(&rx.r, &config, rx.snap,
	    rx.now_s), BITMARK_OK);
}

static void
setup(void)
{
	fails_in = -1;
	shares_setup();
}

/* Records of a block that is never finished. */

static struct made_block *
swap(void)
{
	struct made_block *b = made_block(5);
	struct bitmark_record r = swap_record(10, ALICE, 20, BOB);

	made_record(b, &r, ALICE, BOB);
	return b;
}

static struct made_block *
paid_issues(void)
{
	const struct bitmark_span text = {
		(const uint8_t *)SHARES_FINGERPRINT, strlen(SHARES_FINGERPRINT)
	};
	struct made_block *b = made_block(5);

	for (uint64_t nonce = 1; nonce <= 3; nonce++) {
		struct bitmark_record r = {
			.tag = BITMARK_RECORD_ISSUE,
			.issue = {
				.owner = test_account(BOB, MADE_NETWORK),
				.nonce = nonce,
			},
		};

		bitmark_asset_id(text, r.issue.asset_id);
		made_record(b, &r, BOB, BOB);
	}
	return b;
}

static bitmark_status
submit(const struct made_block *b, bool issues)
{
	const uint8_t *data = b->data + BITMARK_HEADER_SIZE;
	const size_t size = b->size - BITMARK_HEADER_SIZE;

	return issues ? bitmark_reservoir_issues(rx.r, rx.snap, rx.now_s,
	    data, size, &shares_result) :
	    bitmark_reservoir_transfer(rx.r, rx.snap, rx.now_s, data, size,
	    &shares_result);
}

START_TEST(a_submission_without_memory_changes_nothing)
{
	struct made_block *b = _i > 0 ? paid_issues() : swap();
	bitmark_status status = BITMARK_E_NOMEM;
	long n;

	for (n = 0; n < ATTEMPTS_MAX && status != BITMARK_OK; n++) {
		restart();
		fails_in = CAN_FAIL ? n : -1;
		status = submit(b, _i > 0);
		fails_in = -1;
		ck_assert(status == BITMARK_OK || status == BITMARK_E_NOMEM);
		if (status == BITMARK_OK)
			break;
		ck_assert_uint_eq(counts_now().pending, 0);
		ck_assert_uint_eq(counts_now().bytes, 0);
		ck_assert_uint_eq(shares_spend(ALICE, 0), 0);
		ck_assert_uint_eq(shares_spend(BOB, 1), 0);
		ck_assert_int_eq(submit(b, _i > 0), BITMARK_OK);
		ck_assert(!shares_result.duplicate);
	}
	ck_assert_int_eq(status, BITMARK_OK);
	ck_assert(!CAN_FAIL || n > 3);
	if (_i == 0) {
		ck_assert_uint_eq(shares_spend(ALICE, 0), 10);
		ck_assert_uint_eq(shares_spend(BOB, 1), 20);
	}
	free(b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reservoir memory");
	TCase *t = tcase_create("memory");

	tcase_add_checked_fixture(t, setup, reservoir_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_submission_without_memory_changes_nothing, 0,
	    2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
