/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A follower of a played node: a program that applies every event in order has
 * the node's chain in the end, whatever the node did meanwhile.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/block.h>

#include "../support/vectors.h"
#include "net/follow.h"

#define NUMBERS 6000
/* More steps than any story takes. */
#define STEPS_MAX 60000
#define LARGE (9u << 20)

/* The node: block n is of branch[n]; a block that is the same number and branch
 * but stands on another one differs, too. */
static struct {
	uint64_t height;
	uint8_t branch[NUMBERS + 1];
	unsigned requests;
	/* Lies, about the block or digest of number ${lie}. */
	uint64_t lie;
	enum lie { HONEST, OTHER_NUMBER, OTHER_PREVIOUS, NO_BLOCK, SHORT_BLOCK,
	    OTHER_DIGEST, LARGE_BLOCKS, SILENT } kind;
	/* Before the request with this count, ${change} is called. */
	unsigned change_at;
	void (*change)(void);
} node;

/* The program: what it was told. */
static struct {
	uint64_t from, tip;
	uint8_t digest[NUMBERS + 1][BITMARK_DIGEST_SIZE];
	unsigned added, removed, current, failed;
	bitmark_status status;
	uint64_t lowest;                /* that was removed                  */
} program;

static struct bm_follow *follow;
static uint64_t now_ms;
static const struct bitmark_chain_params *params;

/* Made from the branches of all blocks up to this one, as a hash would be. */
static void
digest_of(uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	uint64_t hash = 1469598103934665603u;

	memset(digest, 0, BITMARK_DIGEST_SIZE);
	if (number == BITMARK_GENESIS_NUMBER) {
		memcpy(digest, params->genesis_digest, BITMARK_DIGEST_SIZE);
		return;
	}
	for (uint64_t i = 2; i <= number; i++)
		hash = (hash ^ node.branch[i]) * 1099511628211u;
	memcpy(digest, &hash, sizeof hash);
	memcpy(digest + 8, &number, sizeof number);
}

/* The nonce of the header is the beginning of the digest, so that a test can
 * see that the block and the digest that are told belong together. */
static void
header_of(uint64_t number, struct bitmark_header *header)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];

	digest_of(number, digest);
	*header = (struct bitmark_header){ .version = 2, .count = 1,
		.number = number };
	memcpy(&header->nonce, digest, sizeof header->nonce);
	digest_of(number - 1, header->previous);
}

static void
send_block(uint64_t number)
{
	static uint8_t data[LARGE];
	const bool lies = number == node.lie;
	struct bitmark_span block = { data, BITMARK_HEADER_SIZE };
	struct bitmark_header header;

	if (number > node.height || (lies && node.kind == NO_BLOCK)) {
		bm_follow_failed(follow, BITMARK_E_BLOCK_NOT_FOUND, now_ms);
		return;
	}
	header_of(number, &header);
	if (lies && node.kind == OTHER_NUMBER)
		header.number++;
	if (lies && node.kind == OTHER_PREVIOUS)
		header.previous[31] ^= 1;
	if (lies && node.kind == SHORT_BLOCK)
		block.size--;
	if (node.kind == LARGE_BLOCKS)
		block.size = LARGE;
	bitmark_header_pack(&header, data);
	bm_follow_block(follow, block, now_ms);
}

static void
send_digest(uint64_t number)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];

	if (number > node.height) {
		bm_follow_failed(follow, BITMARK_E_BLOCK_NOT_FOUND, now_ms);
		return;
	}
	digest_of(number, digest);
	if (number == node.lie && node.kind == OTHER_DIGEST)
		memcpy(digest, &node.requests, sizeof node.requests);
	bm_follow_digest(follow, digest, now_ms);
}

/* Answer the request that is due; false: there is none. */
static bool
answer(void)
{
	uint64_t number;
	const enum bm_follow_phase phase = bm_follow_request(follow, now_ms,
	    &number);

	if (phase == BM_FOLLOW_IDLE || phase == BM_FOLLOW_TELL)
		return false;
	if (++node.requests == node.change_at && node.change != NULL)
		node.change();
	if (node.kind == SILENT)
		bm_follow_failed(follow, BITMARK_E_TIMEOUT, now_ms);
	else if (phase == BM_FOLLOW_HEIGHT)
		bm_follow_height(follow, node.height, now_ms);
	else if (phase == BM_FOLLOW_FETCH)
		send_block(number);
	else
		send_digest(number);
	return true;
}

/* Each block stands on the one that was told before. */
static void
take_added(const struct bitmark_follower_event *e)
{
	struct bitmark_header header;
	uint64_t nonce;

	ck_assert_uint_eq(e->number, program.tip + 1);
	if (e->number == BITMARK_GENESIS_NUMBER) {
		ck_assert_ptr_eq(e->block.data, params->genesis);
	} else {
		ck_assert_int_eq(bitmark_header_parse(e->block.data,
		    e->block.size, &header), BITMARK_OK);
		memcpy(&nonce, e->digest, sizeof nonce);
		ck_assert_uint_eq(header.nonce, nonce);
		ck_assert_uint_eq(header.number, e->number);
		if (program.tip >= program.from)
			ck_assert_mem_eq(header.previous,
			    program.digest[program.tip], BITMARK_DIGEST_SIZE);
	}
	program.tip = e->number;
	memcpy(program.digest[e->number], e->digest, BITMARK_DIGEST_SIZE);
	program.added++;
}

static void
take_removed(const struct bitmark_follower_event *e)
{
	ck_assert_uint_eq(e->number, program.tip);
	ck_assert_mem_eq(e->digest, program.digest[program.tip],
	    BITMARK_DIGEST_SIZE);
	program.lowest = e->number;
	program.tip--;
	program.removed++;
}

static void
take(const struct bitmark_follower_event *e)
{
	if (e->type == BITMARK_FOLLOWER_ADDED)
		take_added(e);
	else if (e->type == BITMARK_FOLLOWER_REMOVED)
		take_removed(e);
	else if (e->type == BITMARK_FOLLOWER_CURRENT)
		program.current++;
	else if (e->type == BITMARK_FOLLOWER_NODE_FAILED)
		program.failed++, program.status = e->status;
	else
		ck_abort_msg("event %d", (int)e->type);
}

/* Until nothing is to be asked or told now. */
static bitmark_status
run(void)
{
	struct bitmark_follower_event event;

	for (int i = 0; i < STEPS_MAX; i++) {
		const bitmark_status status = bm_follow_next(follow, &event);

		if (status == BITMARK_OK)
			take(&event);
		else if (status != BITMARK_E_PENDING)
			return status;
		else if (!answer())
			return BITMARK_OK;
	}
	ck_abort_msg("it does not end");
	return BITMARK_E_TIMEOUT;
}

/* Until the machine has nothing to do for ${ms}. */
static void
pass(uint64_t ms)
{
	const uint64_t end_ms = now_ms + ms;

	ck_assert_int_eq(run(), BITMARK_OK);
	while (bm_follow_deadline(follow) <= end_ms) {
		if (bm_follow_deadline(follow) > now_ms)
			now_ms = bm_follow_deadline(follow);
		ck_assert_int_eq(run(), BITMARK_OK);
	}
	now_ms = end_ms;
}

static bitmark_status
digest_of_program(void *user, uint64_t number,
    uint8_t digest[BITMARK_DIGEST_SIZE])
{
	ck_assert_ptr_eq(user, &program);
	if (number < 2 || number > program.tip)
		return BITMARK_E_NOT_FOUND;
	memcpy(digest, program.digest[number], BITMARK_DIGEST_SIZE);
	return BITMARK_OK;
}

static void
start_with(uint64_t from, uint64_t height, bitmark_follower_digest_fn digest)
{
	const struct bitmark_follower_config config = {
		.struct_size = sizeof config, .from = from, .publisher = "",
		.digest = digest, .user = &program };

	follow = calloc(1, sizeof *follow);
	node.height = height;
	program.from = from;
	program.tip = from - 1;
	bm_follow_init(follow, params, &config, now_ms);
}

static void
start(uint64_t from, uint64_t height)
{
	start_with(from, height, NULL);
}

static void
reset(void)
{
	memset(&node, 0, sizeof node);
	memset(&program, 0, sizeof program);
	params = bitmark_chain_params_find("local");
	now_ms = 1000;
}

static void
stop(void)
{
	bm_follow_fini(follow);
	free(follow);
	follow = NULL;
}

/* The program has the node's blocks from ${from} on. */
static void
assert_same(void)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];

	ck_assert_uint_eq(program.tip, node.height);
	for (uint64_t n = program.from; n <= node.height; n++) {
		digest_of(n, digest);
		ck_assert_mem_eq(digest, program.digest[n], sizeof digest);
	}
}

/* The node leaves the blocks above ${fork} for others, up to ${height}. */
static void
reorganise(uint64_t fork, uint64_t height)
{
	node.branch[fork + 1]++;
	node.height = height;
}

/* --- the way it should go ------------------------------------------------ */

START_TEST(all_blocks_from_n_on_are_told_once)
{
	start(40, 100);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
	ck_assert_uint_eq(program.added, 61);
	ck_assert_uint_eq(program.current, 1);
	/* Two batches: a height, and a digest at both ends, and once more. */
	ck_assert_uint_eq(node.requests, 61 + 3 + 3 + 2);
	bm_follow_hint(follow, 100, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	node.height = 101;
	bm_follow_hint(follow, 101, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
	ck_assert_uint_eq(program.added, 62);
	ck_assert_uint_eq(program.current, 1);
	ck_assert_uint_eq(program.removed + program.failed, 0);
}
END_TEST

START_TEST(block_1_is_told_although_no_node_sends_it)
{
	start(1, 3);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
	ck_assert_uint_eq(program.added, 3);
	reorganise(1, 4);
	bm_follow_hint(follow, 4, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
	ck_assert_uint_eq(program.removed, 2);
}
END_TEST

START_TEST(a_chain_of_block_1_alone_is_current)
{
	start(1, 1);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
	ck_assert_uint_eq(program.added, 1);
	ck_assert_uint_eq(program.current, 1);
}
END_TEST

START_TEST(without_a_number_only_new_blocks_are_told)
{
	start(0, 50);
	program.from = 51;
	program.tip = 50;
	ck_assert_int_eq(run(), BITMARK_OK);
	ck_assert_uint_eq(program.added, 0);
	ck_assert_uint_eq(program.current, 1);
	node.height = 52;
	bm_follow_hint(follow, 52, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
	ck_assert_uint_eq(program.added, 2);
}
END_TEST

START_TEST(blocks_published_before_the_node_answers_are_new)
{
	start(0, 50);
	node.kind = SILENT;
	ck_assert_int_eq(run(), BITMARK_OK);
	program.from = 48;
	program.tip = 47;
	bm_follow_hint(follow, 48, now_ms);
	bm_follow_hint(follow, 49, now_ms);
	node.kind = HONEST;
	pass(BM_FOLLOW_PAUSE_MAX_MS);
	assert_same();
	ck_assert_uint_eq(program.added, 3);
}
END_TEST

START_TEST(a_number_above_the_newest_block_is_waited_for)
{
	start(60, 50);
	ck_assert_int_eq(run(), BITMARK_OK);
	ck_assert_uint_eq(program.current, 1);
	reorganise(45, 59);
	bm_follow_hint(follow, 59, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	ck_assert_uint_eq(program.added, 0);
	node.height = 61;
	bm_follow_hint(follow, 61, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
	ck_assert_uint_eq(program.added, 2);
}
END_TEST

START_TEST(a_lost_message_of_the_publisher_is_made_up_for)
{
	start(2, 10);
	ck_assert_int_eq(run(), BITMARK_OK);
	node.height = 13;
	pass(BITMARK_FOLLOWER_POLL_MS);
	assert_same();
	/* Of three messages the last one came. */
	node.height = 16;
	bm_follow_hint(follow, 16, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
}
END_TEST

START_TEST(a_node_behind_its_publisher_is_asked_again_soon)
{
	start(2, 10);
	ck_assert_int_eq(run(), BITMARK_OK);
	bm_follow_hint(follow, 11, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	node.height = 11;
	pass(2 * BM_FOLLOW_BEHIND_MS);
	assert_same();
	/* A publisher that lies is believed for a while only. */
	bm_follow_hint(follow, UINT64_MAX, now_ms);
	pass(2 * BM_FOLLOW_BEHIND_MAX_MS);
	node.requests = 0;
	pass(BITMARK_FOLLOWER_POLL_MS);
	ck_assert_uint_le(node.requests, 4);
}
END_TEST

START_TEST(large_blocks_are_told_before_many_lie_in_memory)
{
	start(2, 20);
	node.kind = LARGE_BLOCKS;
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
	/* Two blocks for each round: height, digest, two blocks, the digest
	 * of the last one, the digest at the end. */
	ck_assert_uint_ge(node.requests, 9 * 6);
}
END_TEST

/* --- other branches ------------------------------------------------------ */

START_TEST(blocks_that_were_replaced_are_removed_first)
{
	start(2, 10);
	ck_assert_int_eq(run(), BITMARK_OK);
	reorganise(9, 11);
	bm_follow_hint(follow, 11, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
	ck_assert_uint_eq(program.removed, 1);
	/* To a lower block than before, and to one as high. */
	reorganise(5, 9);
	bm_follow_hint(follow, 9, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
	ck_assert_uint_eq(program.removed, 1 + 6);
	reorganise(7, 9);
	bm_follow_hint(follow, 9, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
	ck_assert_uint_eq(program.removed, 1 + 6 + 2);
	ck_assert_uint_eq(program.failed, 0);
}
END_TEST

START_TEST(a_deep_reorganisation_takes_few_questions)
{
	start(2, 3000);
	ck_assert_int_eq(run(), BITMARK_OK);
	reorganise(100, 2990);
	node.requests = 0;
	bm_follow_hint(follow, 2990, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
	ck_assert_uint_eq(program.removed, 2900);
	/* Without those that fetch. */
	ck_assert_uint_le(node.requests, 2890 + 3 * (2890 / 32 + 2) + 30);
}
END_TEST

START_TEST(below_n_nothing_is_removed)
{
	start(50, 60);
	ck_assert_int_eq(run(), BITMARK_OK);
	reorganise(30, 70);
	bm_follow_hint(follow, 70, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
	ck_assert_uint_eq(program.removed, 11);
	ck_assert_uint_eq(program.lowest, 50);
}
END_TEST

START_TEST(a_program_with_its_own_blocks_learns_which_were_removed)
{
	start(2, 60);
	ck_assert_int_eq(run(), BITMARK_OK);
	stop();
	/* It was away when the node went to another branch. */
	reorganise(30, 70);
	start_with(61, 70, digest_of_program);
	program.from = 2;
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
	ck_assert_uint_eq(program.removed, 30);
	ck_assert_uint_eq(program.lowest, 31);
	reorganise(20, 71);
	bm_follow_hint(follow, 71, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
}
END_TEST

START_TEST(a_node_with_fewer_of_the_same_blocks_is_waited_for)
{
	start(2, 60);
	ck_assert_int_eq(run(), BITMARK_OK);
	node.height = 1;
	pass(BITMARK_FOLLOWER_POLL_MS);
	node.height = 40;
	pass(BITMARK_FOLLOWER_POLL_MS);
	ck_assert_uint_eq(program.removed, 0);
	/* Cut, and grown again otherwise. */
	reorganise(39, 41);
	pass(BITMARK_FOLLOWER_POLL_MS);
	assert_same();
	ck_assert_uint_eq(program.removed, 21);
}
END_TEST

START_TEST(a_branch_below_what_is_remembered_is_an_error_for_good)
{
	const uint64_t height = BITMARK_FOLLOWER_KNOWN + 1000;

	start(2, height);
	ck_assert_int_eq(run(), BITMARK_OK);
	reorganise(500, height);
	bm_follow_hint(follow, height, now_ms);
	ck_assert_int_eq(run(), BITMARK_E_PREVIOUS);
	ck_assert_int_eq(run(), BITMARK_E_PREVIOUS);
	ck_assert_uint_eq(program.removed, 0);
}
END_TEST

START_TEST(a_program_that_has_all_blocks_needs_no_memory_of_ours)
{
	const uint64_t height = BITMARK_FOLLOWER_KNOWN + 1000;

	start_with(2, height, digest_of_program);
	ck_assert_int_eq(run(), BITMARK_OK);
	reorganise(500, height);
	bm_follow_hint(follow, height, now_ms);
	ck_assert_int_eq(run(), BITMARK_OK);
	assert_same();
}
END_TEST

/* --- nodes that change while they are asked ------------------------------ */

static void
change_two(void)
{
	reorganise(48, 52);
}

static void
change_many(void)
{
	reorganise(10, 45);
}

static void
shrink(void)
{
	node.height = 30;
}

static void (*const changes[])(void) = { change_two, change_many, shrink };

/* The change comes before each request of the first rounds in turn. */
START_TEST(a_change_between_any_two_answers_does_no_harm)
{
	node.change = changes[_i % 3];
	node.change_at = (unsigned)_i / 3;
	start(4, 50);
	pass(BM_FOLLOW_PAUSE_MAX_MS);
	if (node.change == shrink)
		node.height = 51;
	node.change = NULL;
	bm_follow_hint(follow, 0, now_ms);
	pass(BM_FOLLOW_PAUSE_MAX_MS);
	assert_same();
	ck_assert_uint_eq(program.failed, 0);
}
END_TEST

/* --- nodes that lie ------------------------------------------------------ */

static const struct {
	enum lie kind;
	uint64_t number;
	bitmark_status status;
} lies[] = {
	{ OTHER_NUMBER, 20, BITMARK_E_NUMBER },
	{ SHORT_BLOCK, 20, BITMARK_E_HEADER_SIZE },
	{ NO_BLOCK, 20, BITMARK_E_PEER_RESPONSE },
	/* At the first of a batch, where a told block stands before it. */
	{ OTHER_PREVIOUS, 42, BITMARK_E_PEER_RESPONSE },
	/* A digest that is another one each time, at the end of a batch. */
	{ OTHER_DIGEST, 41, BITMARK_E_PEER_RESPONSE },
	{ SILENT, 0, BITMARK_E_TIMEOUT },
};

START_TEST(a_lie_is_told_once_and_the_node_asked_again)
{
	start(10, 50);
	node.kind = lies[_i].kind;
	node.lie = lies[_i].number;
	pass(10 * BM_FOLLOW_PAUSE_MAX_MS);
	ck_assert_uint_eq(program.failed, 1);
	ck_assert_int_eq(program.status, lies[_i].status);
	ck_assert_uint_lt(program.tip, 50);
	/* The pauses grow: six, and then one for each of the longest. */
	ck_assert_uint_le(node.requests, (6 + 10) *
	    (BM_FOLLOW_RESTARTS + 1) * (BM_FOLLOW_BATCH + 4));
	node.kind = HONEST;
	pass(BM_FOLLOW_PAUSE_MAX_MS);
	assert_same();
	ck_assert_uint_eq(program.current, 1);
	ck_assert_uint_eq(program.removed, 0);
}
END_TEST

START_TEST(a_node_that_is_away_is_not_asked_for_each_message)
{
	start(10, 50);
	node.kind = SILENT;
	ck_assert_int_eq(run(), BITMARK_OK);
	node.requests = 0;
	for (int i = 0; i < 100; i++) {
		bm_follow_hint(follow, 50, now_ms);
		ck_assert_int_eq(run(), BITMARK_OK);
	}
	ck_assert_uint_eq(node.requests, 0);
}
END_TEST

START_TEST(a_height_that_cannot_be_is_a_lie)
{
	start(10, UINT64_MAX);
	ck_assert_int_eq(run(), BITMARK_OK);
	ck_assert_int_eq(program.status, BITMARK_E_PEER_RESPONSE);
	node.height = 0;
	pass(BM_FOLLOW_PAUSE_MAX_MS);
	ck_assert_uint_eq(program.failed, 1);
	node.height = 12;
	pass(BM_FOLLOW_PAUSE_MAX_MS);
	assert_same();
}
END_TEST

START_TEST(a_node_of_another_chain_is_told)
{
	start(2, 5);
	follow->params = bitmark_chain_params_find("bitmark");
	ck_assert_int_eq(run(), BITMARK_OK);
	ck_assert_uint_eq(program.added, 0);
	ck_assert_uint_eq(program.failed, 1);
	ck_assert_int_eq(program.status, BITMARK_E_INCORRECT_CHAIN);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("follow");
	TCase *tc = tcase_create("follow");

	tcase_add_checked_fixture(tc, reset, stop);
	tcase_add_test(tc, all_blocks_from_n_on_are_told_once);
	tcase_add_test(tc, block_1_is_told_although_no_node_sends_it);
	tcase_add_test(tc, a_chain_of_block_1_alone_is_current);
	tcase_add_test(tc, without_a_number_only_new_blocks_are_told);
	tcase_add_test(tc, blocks_published_before_the_node_answers_are_new);
	tcase_add_test(tc, a_number_above_the_newest_block_is_waited_for);
	tcase_add_test(tc, a_lost_message_of_the_publisher_is_made_up_for);
	tcase_add_test(tc, a_node_behind_its_publisher_is_asked_again_soon);
	tcase_add_test(tc, large_blocks_are_told_before_many_lie_in_memory);
	tcase_add_test(tc, blocks_that_were_replaced_are_removed_first);
	tcase_add_test(tc, a_deep_reorganisation_takes_few_questions);
	tcase_add_test(tc, below_n_nothing_is_removed);
	tcase_add_test(tc,
	    a_program_with_its_own_blocks_learns_which_were_removed);
	tcase_add_test(tc, a_node_with_fewer_of_the_same_blocks_is_waited_for);
	tcase_add_test(tc,
	    a_branch_below_what_is_remembered_is_an_error_for_good);
	tcase_add_test(tc,
	    a_program_that_has_all_blocks_needs_no_memory_of_ours);
	tcase_add_loop_test(tc,
	    a_change_between_any_two_answers_does_no_harm, 3, 3 * 70);
	tcase_add_loop_test(tc, a_lie_is_told_once_and_the_node_asked_again,
	    0, (int)(sizeof lies / sizeof lies[0]));
	tcase_add_test(tc,
	    a_node_that_is_away_is_not_asked_for_each_message);
	tcase_add_test(tc, a_height_that_cannot_be_is_a_lie);
	tcase_add_test(tc, a_node_of_another_chain_is_told);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
