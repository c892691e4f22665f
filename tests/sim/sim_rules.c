/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Two hundred nodes under each of the rules, and under both: they find each
 * other, settle between branches, and do not believe those that lie.
 *
 *	sim_rules [SEED]
 */
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS UINT64_C(60000)
#define NODES 200
/* Of so many nodes one lies. */
#define LIAR 10

enum mixture { OLD, NEW, BOTH };

static uint64_t seed;
static unsigned checks, failures;
static const char *story;
static enum mixture mixture;

static void
print_node(size_t i)
{
	static const char *const names[] = { "8.2", "0.16", "both" };
	const struct sim_node *n = &world.node[i];
	struct bitmark_connector_status s = { .struct_size = sizeof s };

	bitmark_connector_get_status(n->connector, &s);
	printf("  %s, node %zu: height %" PRIu64 " block %zu normal %d %s "
	    "registered %zu aside %zu votes %zu of %zu returns %zu\n",
	    names[mixture], i, n->height, n->chain[n->height], n->normal,
	    bitmark_connector_state_name(s.state), s.registered, s.aside,
	    s.votes, s.voters, n->returns);
}

static void
expect(bool truth, const char *what)
{
	checks++;
	if (truth)
		return;
	failures++;
	printf("FAILED: %s: %s (seed %" PRIu64 ")\n", story, what, seed);
	print_node(0);
	for (size_t i = 1, printed = 0; i < NODES && printed < 10; i++)
		if (world.node[i].temper == HONEST &&
		    (!world.node[i].normal || world.node[i].returns != 0 ||
		    world.node[i].chain[world.node[i].height] !=
		    world.node[0].chain[world.node[0].height])) {
			print_node(i);
			printed++;
		}
}

static const struct bitmark_rules *
rules_of(size_t node)
{
	return mixture == NEW || (mixture == BOTH && node % 2 == 1) ?
	    bitmark_rules_0_16() : bitmark_rules_8_2();
}

/* Each knows two of those before it, as from DNS. */
static void
begin(void)
{
	story = "beginning";
	world_begin(seed);
	for (size_t i = 0; i < NODES; i++) {
		world.rules = rules_of(i);
		(void)world_add(true, 0);
	}
	for (size_t i = 0; i < NODES; i++)
		world_start(i);
	for (size_t i = 1; i < NODES; i++)
		for (size_t k = 0; k < 2; k++)
			world_tell(i, (size_t)world_random(i));
	world.loss = 5;
}

/* The stories follow each other in one world. */
static void
next(const char *name)
{
	story = name;
	for (size_t i = 0; i < NODES; i++) {
		world.node[i].returns = 0;
		world.node[i].deepest = 0;
		memset(world.node[i].left, 0, sizeof world.node[i].left);
	}
}

static void
divide(size_t first)
{
	for (size_t i = 0; i < NODES; i++)
		world.node[i].side = i >= first;
}

static size_t
count_normal(void)
{
	size_t count = 0;

	for (size_t i = 0; i < NODES; i++)
		count += world.node[i].temper == HONEST &&
		    world.node[i].normal;
	return count;
}

static size_t
count_returns(void)
{
	size_t count = 0;

	for (size_t i = 0; i < NODES; i++)
		count += world.node[i].returns;
	return count;
}

static void
mine_alone(size_t node, size_t count)
{
	while (count-- > 0)
		world_mine_alone(node);
}

static void
all_agree(void)
{
	begin();
	world_run(3 * MINUTE_MS);
	mine_alone(17, 30);
	expect(world_run_until_agreed(30 * MINUTE_MS),
	    "all are normal and agree");
}

/*
 * The network falls into halves, and each makes one block.  After that no more
 * are made: where digests decide, one branch must win without one.  Elsewhere
 * the next block decides.
 */
static void
branches_of_equal_height(void)
{
	const uint64_t height = world.node[0].height;
	bool agreed;

	next("branches of equal height");
	divide(NODES / 2);
	world_mine(0);
	world_mine(NODES - 1);
	world_run(MINUTE_MS);
	divide(NODES);
	agreed = world_run_until_agreed((mixture == NEW ? 20 : 2) * MINUTE_MS);
	expect(agreed || mixture != NEW, "one branch wins by its digest");
	expect(count_returns() == 0, "nobody returns to what it left");
	if (!agreed)
		world_mine(0);
	expect(world_run_until_agreed(20 * MINUTE_MS), "one block settles it");
	expect(world.node[0].height <= height + 2, "by one more block at most");
}

static void
partition_heals(void)
{
	next("partition");
	divide(NODES / 2);
	for (size_t i = 0; i < 20; i++) {
		world_mine(i % 3 == 0 ? 0 : NODES - 1);
		world_run(world_random(MINUTE_MS / 10));
	}
	divide(NODES);
	expect(world_run_until_agreed(20 * MINUTE_MS), "all agree again");
	expect(world.node[0].deepest == 7 && world.node[NODES - 1].deepest == 0,
	    "on the longer branch");
}

/* They tell smaller digests and greater heights, and serve neither. */
static void
liars_move_nobody(void)
{
	const size_t honest = NODES - NODES / LIAR;
	size_t normal = honest;
	uint64_t deepest = 0;

	next("liars");
	for (size_t i = LIAR - 1; i < NODES; i += LIAR)
		world.node[i].temper = LIES;
	for (int i = 0; i < 3; i++) {
		world_run(MINUTE_MS);
		if (i == 1)
			world_mine(0);
		if (count_normal() < normal)
			normal = count_normal();
	}
	for (size_t i = 0; i < NODES; i++)
		if (world.node[i].temper == HONEST &&
		    world.node[i].deepest > deepest)
			deepest = world.node[i].deepest;
	expect(normal >= honest - honest / 50, "nearly all stay normal");
	expect(deepest == 0, "nobody gives up a block");
	expect(world_run_until_agreed(10 * MINUTE_MS), "the honest agree");
	for (size_t i = LIAR - 1; i < NODES; i += LIAR)
		world.node[i].temper = HONEST;
}

int
main(int argc, char **argv)
{
	seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	for (int m = OLD; m <= BOTH; m++) {
		mixture = (enum mixture)m;
		all_agree();
		branches_of_equal_height();
		if (mixture == NEW)
			liars_move_nobody();
		partition_heals();
		world_end();
	}
	printf("%u%%: Checks: %u, Failures: %u, Errors: 0\n",
	    (checks - failures) * 100 / checks, checks, failures);
	return failures == 0 ? 0 : 1;
}
