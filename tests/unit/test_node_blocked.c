/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A node whose peers follow a chain that it refuses: it says so, why, and whose
 * rules would accept it; and it does not think so because of one peer.
 */
#include "../support/members.h"
#include "../support/v82_peer.h"

#include <stdio.h>
#include <string.h>

#include "node/blocked.h"

/* Peers that serve the chain; the block that is refused. */
#define PEERS 3
#define REFUSED 4

static struct golden_chain served;
static struct v82_peer peer[PEERS];
static char said[65536];

/* --- judging ---------------------------------------------------------------- */

static struct bm_blocked_facts
facts_of(const char *chain, const struct bitmark_rules *rules)
{
	return (struct bm_blocked_facts){
		.params = bitmark_chain_params_find(chain),
		.rules = rules, .now_s = UINT64_C(4000000000) };
}

static struct bitmark_span
block_of(const struct golden_chain *chain, uint64_t number)
{
	const struct golden_block *block = golden_block(chain, number);

	return (struct bitmark_span){ block->data, block->size };
}

/* Blocks of chain testing that 8.2 refuses for one reason each. */
static const struct {
	const char *name;
	bitmark_status why;
} refusals[] = {
	{ "0.16/testing-tag8", BITMARK_E_NOT_RECORD },
	{ "0.16/testing-emptyname", BITMARK_E_NOT_RECORD },
	{ "0.16/testing-ltc58", BITMARK_E_LITECOIN_ADDRESS },
	{ "0.16/testing-early", BITMARK_E_HEADER_TIMESTAMP },
};
#define REFUSALS ((int)(sizeof refusals / sizeof refusals[0]))

/* The facts with the block below as our newest. */
static struct bm_blocked_facts
facts_below(const struct golden_chain *chain, uint64_t number)
{
	struct bm_blocked_facts facts = facts_of("testing",
	    bitmark_rules_8_2());
	struct bitmark_span block = block_of(chain, number - 1);
	struct bitmark_header header;

	ck_assert_int_eq(bitmark_header_parse(block.data, block.size,
	    &header), BITMARK_OK);
	facts.tip.number = header.number;
	facts.tip.timestamp = header.timestamp;
	return facts;
}

START_TEST(the_rules_that_accept_a_block_are_found)
{
	struct golden_chain chain = golden_chain(refusals[_i].name);
	struct bm_blocked_facts facts = facts_below(&chain, REFUSED);
	struct bitmark_span block = block_of(&chain, REFUSED);
	struct bm_blocked blocked = { .is = false };

	ck_assert_int_eq(bm_rules_accept(bitmark_rules_8_2(), &facts, block),
	    refusals[_i].why);
	ck_assert_int_eq(bm_rules_accept(bitmark_rules_0_16(), &facts, block),
	    BITMARK_OK);
	ck_assert(bm_blocked_note(&blocked, &facts, block, refusals[_i].why));
	ck_assert_ptr_eq(blocked.accepted, bitmark_rules_0_16());
	ck_assert_uint_eq(blocked.number, REFUSED);
	/* The same again is no news. */
	ck_assert(!bm_blocked_note(&blocked, &facts, block,
	    refusals[_i].why));
	golden_chain_free(&chain);
}
END_TEST

/* Grants and swaps name who has signed them, though they have no owner. */
START_TEST(every_block_of_0_16_is_accepted_by_its_rules)
{
	struct golden_chain chain = golden_chain("0.16/chain-g");
	size_t only = 0;

	for (uint64_t n = 3; n <= chain.height; n++) {
		struct bm_blocked_facts facts = facts_below(&chain, n);
		struct bitmark_span block = block_of(&chain, n);

		facts.params = bitmark_chain_params_find("local");
		ck_assert_int_eq(bm_rules_accept(bitmark_rules_0_16(), &facts,
		    block), BITMARK_OK);
		only += bm_rules_accept(bitmark_rules_8_2(), &facts, block) !=
		    BITMARK_OK;
	}
	ck_assert_uint_gt(only, 10);
	golden_chain_free(&chain);
}
END_TEST

START_TEST(a_block_that_is_bad_by_all_rules_is_accepted_by_none)
{
	struct golden_chain chain = golden_chain("0.16/testing-tag8");
	struct bm_blocked_facts facts = facts_below(&chain, REFUSED);
	struct bitmark_span block = block_of(&chain, REFUSED);
	struct bm_blocked blocked = { .is = false };
	uint8_t *bad = malloc(block.size);

	ck_assert_ptr_nonnull(bad);
	for (size_t i = 0; i < block.size; i++) {
		memcpy(bad, block.data, block.size);
		ck_assert_int_ne(bm_rules_accept(bitmark_rules_0_16(), &facts,
		    (struct bitmark_span){ bad, i }),
		    i == BITMARK_HEADER_SIZE ? 1 : BITMARK_OK);
		bad[i] ^= 0x80;
	}
	/* The last byte is one of a signature. */
	ck_assert(bm_blocked_note(&blocked, &facts,
	    (struct bitmark_span){ bad, block.size },
	    BITMARK_E_NOT_RECORD));
	ck_assert_ptr_null(blocked.accepted);
	free(bad);
	golden_chain_free(&chain);
}
END_TEST

/* What the bytes do not tell is no matter of rules. */
START_TEST(a_block_that_only_the_state_speaks_against_is_accepted_by_none)
{
	struct golden_chain chain = golden_chain("0.16/testing-tag8");
	struct bm_blocked_facts facts = facts_below(&chain, REFUSED - 1);
	struct bm_blocked blocked = { .is = false };

	ck_assert(bm_blocked_note(&blocked, &facts,
	    block_of(&chain, REFUSED - 1), BITMARK_E_PREVIOUS));
	ck_assert_ptr_null(blocked.accepted);
	golden_chain_free(&chain);
}
END_TEST

/* --- deciding --------------------------------------------------------------- */

static struct bm_blocked blocked;
static struct bitmark_tip tip;

static void
note_golden(void)
{
	struct golden_chain chain = golden_chain("0.16/testing-tag8");
	struct bm_blocked_facts facts = facts_below(&chain, REFUSED);

	tip = facts.tip;
	blocked = (struct bm_blocked){ .is = false };
	ck_assert(bm_blocked_note(&blocked, &facts,
	    block_of(&chain, REFUSED), BITMARK_E_NOT_RECORD));
	golden_chain_free(&chain);
}

static bool
look(size_t registered, size_t ahead, size_t aside, uint64_t target)
{
	bm_blocked_look(&blocked, &tip, &(struct bm_blocked_peers){
	    registered, ahead, aside, ahead != 0 ? 9 : tip.number, target,
	    false });
	return blocked.is;
}

START_TEST(the_majority_of_the_peers_decides)
{
	note_golden();
	ck_assert(!look(3, 1, 1, 3));
	ck_assert(!look(4, 2, 2, 3));
	/* All that are ahead have to be tried first. */
	ck_assert(!look(3, 2, 1, 9));
	ck_assert(look(3, 2, 2, 3));
	ck_assert_uint_eq(blocked.claimed, 9);
	ck_assert_uint_eq(blocked.aside, 2);
}
END_TEST

START_TEST(the_connector_may_decide_earlier)
{
	note_golden();
	bm_blocked_look(&blocked, &tip, &(struct bm_blocked_peers){
	    3, 2, 2, 9, 9, true });
	ck_assert(blocked.is);
}
END_TEST

START_TEST(a_peer_that_is_tried_again_changes_nothing)
{
	note_golden();
	ck_assert(look(3, 3, 3, 3));
	ck_assert(look(3, 3, 2, 9));
	ck_assert(look(0, 0, 0, 0));
	ck_assert_uint_eq(blocked.claimed, 9);
	/* They have given up their branch. */
	ck_assert(!look(3, 1, 1, 3));
}
END_TEST

START_TEST(a_block_that_was_stored_ends_it)
{
	note_golden();
	ck_assert(look(3, 3, 3, 3));
	tip.number = REFUSED - 2;
	ck_assert(look(3, 3, 3, 3));
	tip.number = REFUSED;
	ck_assert(!look(3, 3, 3, 3));
	ck_assert_int_eq(blocked.why, BITMARK_OK);
}
END_TEST

/* --- a whole node ----------------------------------------------------------- */

static void
on_log(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t size)
{
	const size_t used = strlen(said);

	(void)user;
	(void)level;
	(void)module;
	ck_assert_uint_lt(used + size + 2, sizeof said);
	(void)snprintf(said + used, sizeof said - used, "%.*s\n", (int)size,
	    line);
}

static unsigned
count_said(const char *text)
{
	unsigned count = 0;

	for (const char *at = said; (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}

static void
setup(void)
{
	members_setup();
	said[0] = '\0';
	served = golden_chain("0.16/testing-tag8");
	for (int i = 0; i < PEERS; i++) {
		v82_init(&peer[i], &served, served.height);
		peer[i].name = "testing";
		v82_start(&peer[i]);
		member_connect(0, peer[i].server.public_key,
		    peer[i].server.address);
	}
	member[0].config.params = bitmark_chain_params_find("testing");
	member[0].config.digest = golden_digests(&served, &served);
	member[0].config.env.log = on_log;
}

static void
teardown(void)
{
	members_teardown();
	for (int i = 0; i < PEERS; i++) {
		v82_stop(&peer[i]);
		v82_fini(&peer[i]);
	}
	golden_chain_free(&served);
}

static bool
is_blocked(const struct bitmark_node_status *s, uint64_t aside)
{
	return s->blocked != BITMARK_OK && s->blocked_aside == aside;
}

START_TEST(a_node_that_cannot_follow_its_peers_says_so_once)
{
	static const char text[] = "cannot follow its peers: they are at "
	    "height 4, this node is at 3; it refuses block 4 (not transaction "
	    "pack), and 3 peers were set aside for that; the rules of 0.16 "
	    "accept it; it follows those of 8.2";
	char told[BITMARK_NODE_BLOCKED_MAX];
	struct bitmark_node_status s;

	member[0].config.rules = bitmark_rules_8_2();
	member_start(0);
	ck_assert(member_becomes(0, is_blocked, PEERS));
	s = member_status(0);
	ck_assert_int_eq(s.mode, BITMARK_MODE_RESYNCHRONISE);
	ck_assert(!s.few_clients);
	ck_assert_uint_eq(s.tip.number, REFUSED - 1);
	ck_assert_uint_eq(s.target, REFUSED);
	ck_assert_uint_eq(s.blocked_number, REFUSED);
	ck_assert_int_eq(s.blocked, BITMARK_E_NOT_RECORD);
	ck_assert_ptr_eq(s.blocked_accepted, bitmark_rules_0_16());
	ck_assert_ptr_eq(s.rules, bitmark_rules_8_2());
	ck_assert_str_eq(bitmark_node_blocked_text(&s, told), text);
	member_stop(0);
	ck_assert_uint_eq(count_said(text), 1);
	ck_assert_uint_eq(count_said("cannot follow"), 1);
	ck_assert_uint_eq(count_said("block 4 refused"), PEERS);
	ck_assert_uint_eq(count_said("mode: Normal"), 0);
	ck_assert_uint_eq(count_said("too few peers"), 0);
}
END_TEST

/* The same peers, and no other difference than the rules. */
START_TEST(the_same_node_by_other_rules_follows)
{
	member[0].config.rules = bitmark_rules_0_16();
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, REFUSED));
	ck_assert_int_eq(member_status(0).blocked, BITMARK_OK);
	member_stop(0);
	ck_assert_uint_eq(count_said("cannot follow"), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("a node that is blocked");
	TCase *judging = tcase_create("judging");
	TCase *deciding = tcase_create("deciding");
	TCase *node = tcase_create("a whole node");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	vectors_keep("0.16/chain-g.json");
	tcase_add_loop_test(judging, the_rules_that_accept_a_block_are_found,
	    0, REFUSALS);
	tcase_add_test(judging, every_block_of_0_16_is_accepted_by_its_rules);
	tcase_add_test(judging,
	    a_block_that_is_bad_by_all_rules_is_accepted_by_none);
	tcase_add_test(judging,
	    a_block_that_only_the_state_speaks_against_is_accepted_by_none);
	tcase_add_test(deciding, the_majority_of_the_peers_decides);
	tcase_add_test(deciding, the_connector_may_decide_earlier);
	tcase_add_test(deciding, a_peer_that_is_tried_again_changes_nothing);
	tcase_add_test(deciding, a_block_that_was_stored_ends_it);
	tcase_set_timeout(node, 180);
	tcase_add_checked_fixture(node, setup, teardown);
	tcase_add_test(node, a_node_that_cannot_follow_its_peers_says_so_once);
	tcase_add_test(node, the_same_node_by_other_rules_follows);
	suite_add_tcase(suite, judging);
	suite_add_tcase(suite, deciding);
	suite_add_tcase(suite, node);
	return run_suite(suite);
}
