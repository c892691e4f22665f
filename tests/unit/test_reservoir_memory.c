/*
 * No memory: whichever allocation of a submission fails, the reservoir is as it
 * was, and the next attempt succeeds.
 *
 * malloc and its siblings are taken over for the whole program.  Where a
 * sanitizer has done so already, nothing fails and the calls are made once.
 */
#include "../support/made_blocks.h"
#include "../support/reservoirs.h"

#include <stdlib.h>
#include <string.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(BITMARK_OWN_MALLOC)
#define CAN_FAIL 1
#else
#define CAN_FAIL 0
#endif

/* Parties. */
enum { MINER = 1, ALICE, BOB };

#define FINGERPRINT "what becomes shares"
#define ATTEMPTS_MAX 200

static struct bitmark_unit_result result = { .struct_size = sizeof result };
static uint8_t share_id[2][BITMARK_TX_ID_SIZE];

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
confirm(struct made_block *b)
{
	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(made_offer(b, rx.chain, NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	free(b);
}

/* ALICE and BOB have 100 shares each of an item of their own. */
static void
setup(void)
{
	const struct bitmark_span text = {
		(const uint8_t *)FINGERPRINT, strlen(FINGERPRINT)
	};
	struct made_block *b;

	fails_in = -1;
	reservoir_setup_on(NULL, bitmark_rules_0_16());
	b = made_block(5);
	made_foundation(b, MINER);
	made_asset(b, ALICE, FINGERPRINT);
	for (uint8_t i = 0; i < 2; i++) {
		struct bitmark_record r = {
			.tag = BITMARK_RECORD_ISSUE,
			.issue.owner = test_account(ALICE + i, MADE_NETWORK),
		};

		bitmark_asset_id(text, r.issue.asset_id);
		memcpy(share_id[i], made_record(b, &r, ALICE + i, ALICE + i),
		    sizeof share_id[i]);
	}
	confirm(b);
	b = made_block(5);
	made_foundation(b, MINER);
	for (uint8_t i = 0; i < 2; i++) {
		struct bitmark_record r = {
			.tag = BITMARK_RECORD_SHARE, .share.quantity = 100,
		};

		memcpy(r.share.link, share_id[i], sizeof r.share.link);
		made_record(b, &r, ALICE + i, ALICE + i);
	}
	confirm(b);
}

/* A record of each kind, as the records of a block that is never finished. */
static struct made_block *
swap(void)
{
	struct made_block *b = made_block(5);
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_SWAP,
		.swap = {
			.quantity_one = 10,
			.owner_one = test_account(ALICE, MADE_NETWORK),
			.quantity_two = 20,
			.owner_two = test_account(BOB, MADE_NETWORK),
			.before_block = 1000,
		},
	};

	memcpy(r.swap.share_id_one, share_id[0], sizeof share_id[0]);
	memcpy(r.swap.share_id_two, share_id[1], sizeof share_id[1]);
	made_record(b, &r, ALICE, BOB);
	return b;
}

static struct made_block *
paid_issues(void)
{
	const struct bitmark_span text = {
		(const uint8_t *)FINGERPRINT, strlen(FINGERPRINT)
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
	    data, size, &result) : bitmark_reservoir_transfer(rx.r, rx.snap,
	    rx.now_s, data, size, &result);
}

static uint64_t
spend_of(uint8_t party, size_t item)
{
	const struct bitmark_account account = test_account(party,
	    MADE_NETWORK);

	return bitmark_reservoir_spend(rx.r, &account, share_id[item]);
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
		ck_assert_uint_eq(spend_of(ALICE, 0), 0);
		ck_assert_uint_eq(spend_of(BOB, 1), 0);
		ck_assert_int_eq(submit(b, _i > 0), BITMARK_OK);
		ck_assert(!result.duplicate);
	}
	ck_assert_int_eq(status, BITMARK_OK);
	ck_assert(!CAN_FAIL || n > 3);
	if (_i == 0) {
		ck_assert_uint_eq(spend_of(ALICE, 0), 10);
		ck_assert_uint_eq(spend_of(BOB, 1), 20);
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
