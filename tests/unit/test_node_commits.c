/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * How often a node waits for the disk.  LMDB ends each commit with fdatasync,
 * of which this program has its own: it counts the calls.
 */
#include "../support/await.h"
#include "../support/members.h"
#include "../support/records.h"

#include <bitmarkpeer/os.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "node/blocks.h"
#include "node/node.h"

#define ASSETS 20
#define HEIGHT 12
#define ROLLED_BACK 8

static atomic_uint commits;

/* Visible, so that the library finds this one before the system's. */
__attribute__((visibility("default"))) int fdatasync(int fd);

int
fdatasync(int fd)
{
	atomic_fetch_add(&commits, 1);
	return (int)syscall(SYS_fdatasync, fd);
}

/* A turn ends after 50 ms, too, which is soon on a machine that is busy: the time
 * of the library stands still while this is set. */
static atomic_bool time_stands;

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
    struct timespec *time);

int
clock_gettime(clockid_t clock, struct timespec *time)
{
	static _Thread_local struct timespec last;

	if (clock != CLOCK_MONOTONIC)
		return (int)syscall(SYS_clock_gettime, clock, time);
	if (!atomic_load(&time_stands) || last.tv_sec == 0)
		(void)syscall(SYS_clock_gettime, clock, &last);
	*time = last;
	return 0;
}

/* One packed asset; each ${number} has another. */
static size_t
make_asset(int number, uint8_t packed[BITMARK_RECORD_PACKED_MAX])
{
	struct bitmark_record record = sample_record(BITMARK_RECORD_ASSET,
	    BITMARK_NETWORK_TEST);
	uint8_t signatures[2 * BITMARK_SIGNATURE_SIZE];
	char fingerprint[32];
	size_t size;

	snprintf(fingerprint, sizeof fingerprint, "fingerprint %d", number);
	record.asset.fingerprint = (struct bitmark_span){
	    (const uint8_t *)fingerprint, strlen(fingerprint) };
	sign_sample(&record, BITMARK_NETWORK_TEST, signatures);
	ck_assert_int_eq(bitmark_record_encode(&record, packed,
	    BITMARK_RECORD_PACKED_MAX, &size), BITMARK_OK);
	return size;
}

/*
 * The owner is kept inside of an event until the inbox is full.
 */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool at_gate;

static void
wait_at_gate(void *unused, const struct bitmark_node_event *event)
{
	(void)unused;
	if (event->type != BITMARK_NODE_MODE_CHANGED ||
	    event->mode != BITMARK_MODE_NORMAL)
		return;
	atomic_store(&at_gate, true);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
}

START_TEST(all_submissions_of_a_turn_are_one_commit)
{
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	struct bitmark_reservoir_counts counts = { .struct_size =
	    sizeof counts };
	struct bitmark_request request = {
		.kind = BITMARK_REQUEST_ASSETS, .count = 1 };
	struct await wait = AWAIT;

	members_setup();
	member[0].config.event = wait_at_gate;
	pthread_mutex_lock(&gate);
	member_start(0);
	while (!atomic_load(&at_gate))
		ck_assert(await_again(&wait));
	for (int i = 0; i < ASSETS; i++) {
		request.parameter[0] = (struct bitmark_span){ packed,
			make_asset(i, packed) };
		ck_assert_int_eq(bm_inbox_put(member[0].node->inbox, 1,
		    &request), BITMARK_OK);
	}
	atomic_store(&commits, 0);
	atomic_store(&time_stands, true);
	pthread_mutex_unlock(&gate);
	/* A call is answered after the turn that it is part of. */
	do
		ck_assert_int_eq(bitmark_node_counts(member[0].node, &counts),
		    BITMARK_OK);
	while (counts.assets < ASSETS);
	atomic_store(&time_stands, false);
	ck_assert_uint_eq(counts.assets, ASSETS);
	ck_assert_uint_eq(atomic_load(&commits), 1);
	members_teardown();
}
END_TEST

START_TEST(a_turn_without_a_submission_is_no_commit)
{
	struct bitmark_reservoir_counts counts = { .struct_size =
	    sizeof counts };

	members_setup();
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, 1));
	atomic_store(&commits, 0);
	for (int i = 0; i < ASSETS; i++)
		ck_assert_int_eq(bitmark_node_counts(member[0].node, &counts),
		    BITMARK_OK);
	ck_assert_uint_eq(atomic_load(&commits), 0);
	members_teardown();
}
END_TEST

/* What the reservoir writes of the blocks is in it. */
START_TEST(a_rollback_is_one_commit_of_chain_and_journal)
{
	struct bm_settings settings = {
		.params = bitmark_chain_params_find("local"),
		.rules = bitmark_rules_8_2() };
	struct bm_wake stop = { { -1, -1 } };
	struct bm_state state = { .settings = &settings };
	const struct bm_events_needs needs = { &settings, &state, &stop };
	struct bitmark_reservoir_counts counts = { .struct_size =
	    sizeof counts }, kept = counts;
	struct bm_events *events;
	struct bm_blocks blocks;

	members_setup();
	member_load(0, HEIGHT);
	state.chain = store_open(member[0].directory);
	bm_now_read(&state.now);
	ck_assert_int_eq(bm_events_new(&events, &needs), BITMARK_OK);
	ck_assert_int_eq(bm_state_open(&state, NULL, NULL), BITMARK_OK);
	bm_blocks_init(&blocks, &state, events);
	atomic_store(&commits, 0);
	ck_assert_int_eq(bm_blocks_roll_back(&blocks, HEIGHT - ROLLED_BACK),
	    BITMARK_OK);
	ck_assert_uint_eq(atomic_load(&commits), 1);
	ck_assert_uint_eq(bm_state_height(&state), HEIGHT - ROLLED_BACK);
	bitmark_reservoir_get_counts(state.reservoir, &counts);
	ck_assert_uint_gt(counts.pending, 0);
	bm_state_close(&state);
	ck_assert_int_eq(bm_state_open(&state, NULL, NULL), BITMARK_OK);
	bitmark_reservoir_get_counts(state.reservoir, &kept);
	ck_assert_uint_eq(kept.pending, counts.pending);
	bm_state_close(&state);
	bm_events_free(events);
	bitmark_chain_close(state.chain);
	members_teardown();
}
END_TEST

START_TEST(the_blocks_of_a_batch_are_one_commit_of_the_chain)
{
	struct bm_settings settings = {
		.params = bitmark_chain_params_find("local"),
		.rules = bitmark_rules_8_2() };
	struct bm_wake stop = { { -1, -1 } };
	struct bm_state state = { .settings = &settings };
	const struct bm_events_needs needs = { &settings, &state, &stop };
	struct bm_events *events;
	struct bm_blocks blocks;
	uint64_t begin_ms, seconds;

	members_setup();
	state.chain = store_open(member[0].directory);
	bm_now_read(&state.now);
	ck_assert_int_eq(bm_events_new(&events, &needs), BITMARK_OK);
	ck_assert_int_eq(bm_state_open(&state, NULL, NULL), BITMARK_OK);
	bm_blocks_init(&blocks, &state, events);
	atomic_store(&commits, 0);
	begin_ms = bitmark_clock_ms();
	for (uint64_t number = 2; number <= HEIGHT; number++) {
		const struct golden_block *block = golden_block(
		    &member_golden, number);

		ck_assert_int_eq(bm_blocks_add(&blocks, (struct bitmark_span){
		    block->data, block->size }, block->digest), BITMARK_OK);
	}
	/* A batch lasts a second at most: a busy machine may begin another one
	 * in each second that it needs for these blocks, but no more. */
	seconds = (bitmark_clock_ms() - begin_ms) / 1000;
	ck_assert_uint_le(atomic_load(&commits), seconds);
	bm_blocks_settle(&blocks);
	/* The reservoir was empty, and has nothing to keep. */
	ck_assert_uint_ge(atomic_load(&commits), 1);
	ck_assert_uint_le(atomic_load(&commits), seconds + 1);
	ck_assert_uint_eq(blocks.told, HEIGHT);
	bm_state_close(&state);
	bm_events_free(events);
	bitmark_chain_close(state.chain);
	members_teardown();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("node commits");
	TCase *tc = tcase_create("commits");

	tcase_set_timeout(tc, 240);
	tcase_add_test(tc, all_submissions_of_a_turn_are_one_commit);
	tcase_add_test(tc, a_turn_without_a_submission_is_no_commit);
	tcase_add_test(tc,
	    a_rollback_is_one_commit_of_chain_and_journal);
	tcase_add_test(tc, the_blocks_of_a_batch_are_one_commit_of_the_chain);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
