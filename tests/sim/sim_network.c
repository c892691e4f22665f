/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Networks of 2 to 200 nodes under all kinds of weather, and what they come
 * to.  A failing run prints its seed:
 *
 *	sim_network [SEED]      without one: a fixed set
 *
 * Seeds take turns: the rules of 8.2, those of 0.16, and a mixture.
 */
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS UINT64_C(60000)
#define SEEDS 3

static uint64_t seed;
static unsigned checks, failures;
static const char *story;

static void
print_node(size_t i)
{
	const struct sim_node *n = &world.node[i];
	struct bitmark_connector_status s = { .struct_size = sizeof s };

	if (n->up)
		bitmark_connector_get_status(n->connector, &s);
	printf("  node %zu: up %d height %" PRIu64 " block %zu "
	    "normal %d %s registered %zu aside %zu target %" PRIu64
	    " misled %" PRIu64 "\n", i, n->up, n->height,
	    n->chain[n->height], n->normal,
	    bitmark_connector_state_name(s.state), s.registered,
	    s.aside, s.target, s.misled);
}

/* When something is wrong: the first node, and some that have another tip or
 * are not normal. */
static void
print_nodes(void)
{
	const struct sim_node *first = &world.node[0];

	print_node(0);
	for (size_t i = 1, printed = 0; i < world.count && printed < 12; i++) {
		const struct sim_node *n = &world.node[i];

		if (world.count > 12 && n->normal && n->chain[n->height] ==
		    first->chain[first->height])
			continue;
		print_node(i);
		printed++;
	}
}

static void
expect(bool truth, const char *what)
{
	checks++;
	if (truth)
		return;
	failures++;
	printf("FAILED: %s: %s (seed %" PRIu64 ")\n", story, what, seed);
	print_nodes();
}

/* The rules of all nodes; with each third seed old and new ones are mixed. */
static const struct bitmark_rules *
rules_of(size_t node)
{
	const bool is_new = seed % 3 == 2 || (seed % 3 == 0 && node % 2 == 1);

	return is_new ? bitmark_rules_0_16() : bitmark_rules_8_2();
}

static void
begin(const char *name)
{
	story = name;
	world_begin(seed);
}

static void
start_all(void)
{
	for (size_t i = 0; i < world.count; i++)
		world_start(i);
}

/* ${count} nodes, each with all the others as static peers. */
static void
mesh(size_t count, size_t minimum)
{
	for (size_t i = 0; i < count; i++) {
		world.rules = rules_of(i);
		(void)world_add(false, minimum);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++)
			if (k != i)
				world_connect(i, k);
}

/* ${count} nodes that know ${known} of those before them. */
static void
dynamic_net(size_t count, size_t known)
{
	for (size_t i = 0; i < count; i++) {
		world.rules = rules_of(i);
		(void)world_add(true, count <= world.rules->minimum_clients ?
		    count - 1 : 0);
	}
	start_all();
	for (size_t i = 1; i < count; i++)
		for (size_t k = 0; k < known; k++)
			world_tell(i, (size_t)world_random(i));
}

static void
mine_alone(size_t node, size_t count)
{
	while (count-- > 0)
		world_mine_alone(node);
}

/* Ties are broken by further blocks; all must come to the same. */
static void
settle(uint64_t minutes)
{
	bool agreed = false;

	for (uint64_t i = 0; i < minutes / 10 && !agreed; i++) {
		for (size_t k = 0; k < world.count; k++)
			if (world.node[k].up &&
			    world.node[k].temper == HONEST) {
				world_mine(k);
				break;
			}
		agreed = world_run_until_agreed(10 * MINUTE_MS);
	}
	expect(agreed, "all agree in the end");
}

static void
few_nodes_alone(size_t count)
{
	begin(count == 2 ? "two nodes alone" : "three nodes alone");
	mesh(count, 0);
	start_all();
	expect(world_run_until_agreed(2 * MINUTE_MS), "all become normal");
	world_mine(0);
	expect(world_run_until_agreed(MINUTE_MS), "a block reaches all");
	expect(world.node[1].height == 2, "the block is there");
	world_end();
}

static void
static_mesh_starts_at_once(void)
{
	begin("static mesh, all start at once (D-11, D-12)");
	mesh(5, 0);
	mine_alone(3, 450);
	start_all();
	expect(world_run_until_agreed(5 * MINUTE_MS), "all follow");
	expect(world.node[0].height == 451, "to the highest block");
	world_end();
}

static void
four_dynamic_nodes(void)
{
	begin("four dynamic nodes (D-35)");
	dynamic_net(4, 1);
	world_run(20 * MINUTE_MS);
	mine_alone(2, 5);
	expect(world_run_until_agreed(60 * MINUTE_MS), "all are normal");
	world_end();
}

static void
tempers_do_not_matter(void)
{
	static const enum temper tempers[] = { SAYS_E, RUBBISH, SILENT, SLOW,
	    BOASTS, BAD_WORK, BAD_CONTENT, WRONG_KEY };
	const size_t bad = sizeof tempers / sizeof tempers[0];

	begin("peers that mislead (D-59)");
	mesh(4 + bad, 0);
	mine_alone(0, 120);
	for (size_t i = 0; i < bad; i++) {
		world.node[4 + i].temper = tempers[i];
		world_copy_chain(4 + i, 0);
		if (tempers[i] == BAD_WORK || tempers[i] == BAD_CONTENT)
			mine_alone(4 + i, 1);
	}
	start_all();
	expect(world_run_until_agreed(30 * MINUTE_MS), "honest nodes agree");
	expect(world.node[3].height == 121, "on the honest chain");
	world_end();
}

static void
fork_of(size_t depth, bool allowed)
{
	uint64_t served = 0;

	begin(allowed ? "fork up to the protection" :
	    "fork beyond the protection (D-13)");
	mesh(6, 0);
	mine_alone(0, 100);
	for (size_t i = 1; i < 6; i++)
		world_copy_chain(i, 0);
	mine_alone(0, depth);
	mine_alone(3, depth + 1 + (size_t)world_random(30));
	for (size_t i = 1; i < 3; i++)
		world_copy_chain(i, 0);
	for (size_t i = 4; i < 6; i++)
		world_copy_chain(i, 3);
	start_all();
	expect(world_run_until_agreed(30 * MINUTE_MS) == allowed,
	    allowed ? "all agree" : "each keeps its branch");
	expect(world.node[0].deepest == (allowed ? depth : 0),
	    "blocks rolled back");
	expect(world.node[3].deepest == 0, "the longer branch stays");
	for (size_t i = 0; i < 6; i++)
		served += world.node[i].served;
	if (!allowed)
		expect(served < 6 * 5 * 30 * 5, "nobody is flooded");
	world_end();
}

static void
fork_at_genesis(void)
{
	begin("fork at genesis (D-15)");
	mesh(4, 0);
	mine_alone(0, 10);
	mine_alone(1, 12);
	start_all();
	expect(world_run_until_agreed(20 * MINUTE_MS), "all agree");
	expect(world.node[0].height == 13 && world.node[0].deepest == 10,
	    "on the longer branch");
	world_end();
}

static void
partition_heals(void)
{
	begin("partition");
	dynamic_net(12, 3);
	world_run(15 * MINUTE_MS);
	for (size_t i = 0; i < 12; i++)
		world.node[i].side = (int)(i % 2);
	for (size_t i = 0; i < 40; i++) {
		world_mine(world_random(3) == 0 ? 0 : 1);
		world_run(world_random(2 * MINUTE_MS));
	}
	for (size_t i = 0; i < 12; i++)
		world.node[i].side = 0;
	world_run(10 * MINUTE_MS);
	settle(120);
	world_end();
}

static void
storm(size_t count)
{
	begin("loss, delay, restarts");
	dynamic_net(count, 3);
	world.loss = 50;
	world.delay_ms = 3000;
	for (size_t i = 0; i < 60; i++) {
		size_t node = (size_t)world_random(count);

		if (!world.node[node].up)
			world_start(node);
		else if (world_random(3) == 0)
			world_stop(node);
		else
			world_mine(node);
		world_run(world_random(2 * MINUTE_MS));
	}
	world.loss = 0;
	world.delay_ms = 300;
	for (size_t i = 0; i < count; i++)
		if (!world.node[i].up)
			world_start(i);
	world_run(15 * MINUTE_MS);
	settle(180);
	world_end();
}

static void
large_network(void)
{
	begin("two hundred nodes");
	dynamic_net(200, 2);
	world.loss = 5;
	world_run(15 * MINUTE_MS);
	mine_alone(17, 30);
	expect(world_run_until_agreed(60 * MINUTE_MS), "all agree");
	world_end();
}

/*
 * Everything at once: sides that do not hear of each other, each with blocks of
 * its own, messages lost, late and out of order, nodes that stop and crash and
 * come back.  No side makes more blocks than may be rolled back, but for the
 * last one, whose branch all must come to.
 */

#define SIDES_MAX 3
/* Static peers of a node that does not name all others. */
#define CHORDS 8
/* Messages of 1000 that are lost, also while the network heals. */
#define LOSS_MAX 50
/* A branch that is fetched in vain is fetched again minutes later. */
#define HEAL_MS (6 * 60 * MINUTE_MS)
#define PROTECTED (BITMARK_CONNECTOR_FORK_PROTECTION - 1)

static void
static_net(size_t count)
{
	if (count <= 12) {
		mesh(count, 0);
		start_all();
		return;
	}
	for (size_t i = 0; i < count; i++) {
		world.rules = rules_of(i);
		(void)world_add(false, 0);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < CHORDS && (size_t)1 << k < count; k++)
			world_connect(i, (i + ((size_t)1 << k)) % count);
	start_all();
}

/* One that has no file of peers hears of others as from DNS. */
static void
come_back(size_t node)
{
	world_start(node);
	for (size_t k = 0; k < 2 && world.node[node].dynamic; k++)
		world_tell(node, (node + 1 + (size_t)world_random(
		    world.count - 1)) % world.count);
}

static void
come_back_all(void)
{
	for (size_t i = 0; i < world.count; i++)
		if (!world.node[i].up)
			come_back(i);
}

/* ${sides} sides, none of them empty. */
static void
divide(size_t sides)
{
	for (size_t i = 0; i < world.count; i++)
		world.node[i].side = (int)(i < sides ? i :
		    (size_t)world_random(sides));
}

static size_t
highest_of(int side)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < world.count; i++)
		if (world.node[i].side == side && (best == SIZE_MAX ||
		    world.node[i].height > world.node[best].height))
			best = i;
	return best;
}

/* Something happens to somebody; ${made} counts the blocks of each side. */
static void
disturb(size_t node, size_t made[SIDES_MAX])
{
	struct sim_node *n = &world.node[node];

	if (!n->up)
		come_back(node);
	else if (world_random(5) == 0)
		world_stop(node);
	else if (world_random(5) == 0)
		world_crash(node);
	else if (made[n->side] < PROTECTED / 2) {
		made[n->side]++;
		world_mine(node);
	}
}

/* Make the blocks that are still missing of the longest branch that each side may
 * have. */
static void
grow_branches(size_t sides, const size_t made[SIDES_MAX])
{
	uint64_t height = 0;
	size_t last = highest_of((int)sides - 1);

	for (size_t side = 0; side + 1 < sides; side++)
		mine_alone(highest_of((int)side), PROTECTED - made[side]);
	for (size_t i = 0; i < world.count; i++)
		if (world.node[i].height > height)
			height = world.node[i].height;
	mine_alone(last, (size_t)(height + 1 - world.node[last].height));
}

/* The depth of the deepest branch that any node has given up. */
static uint64_t
deepest(void)
{
	uint64_t depth = 0;

	for (size_t i = 0; i < world.count; i++)
		if (world.node[i].deepest > depth)
			depth = world.node[i].deepest;
	return depth;
}

static void
everything_at_once(size_t count, bool dynamic)
{
	size_t sides = 2 + (count > 2 ? (size_t)world_random(2) : 0);
	size_t made[SIDES_MAX] = { 0 };
	char name[64];

	snprintf(name, sizeof name, "everything at once, %zu %s nodes", count,
	    dynamic ? "dynamic" : "static");
	begin(name);
	if (dynamic)
		dynamic_net(count, 2);
	else
		static_net(count);
	mine_alone(0, 70);
	expect(world_run_until_agreed(60 * MINUTE_MS), "all agree at first");
	divide(sides);
	world.loss = (unsigned)world_random(LOSS_MAX + 1);
	world.delay_ms = 200 + world_random(5000);
	for (size_t i = 0; i < 30 + count; i++) {
		disturb((size_t)world_random(count), made);
		world_run(world_random(MINUTE_MS));
	}
	come_back_all();
	world_run(10 * MINUTE_MS);
	grow_branches(sides, made);
	world_run(10 * MINUTE_MS);
	for (size_t i = 0; i < count; i++)
		world.node[i].side = 0;
	expect(world_run_until_agreed(HEAL_MS), "all agree again");
	expect(deepest() > 0 && deepest() <= PROTECTED,
	    "whole branches are left, none too long");
	world_end();
}

static void
all_stories(void)
{
	few_nodes_alone(2);
	few_nodes_alone(3);
	static_mesh_starts_at_once();
	four_dynamic_nodes();
	tempers_do_not_matter();
	fork_of(1 + (size_t)world_random(58), true);
	fork_of(59, true);
	fork_of(60, false);
	fork_at_genesis();
	partition_heals();
	storm(8);
	storm(25);
	everything_at_once(2, seed % 2 == 0);
	everything_at_once(3 + (size_t)world_random(10), seed % 2 != 0);
	everything_at_once(13 + (size_t)world_random(48), seed % 2 == 0);
}

int
main(int argc, char **argv)
{
	uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	uint64_t last = argc > 1 ? first : SEEDS;

	for (seed = first; seed <= last; seed++)
		all_stories();
	seed = first;
	large_network();
	everything_at_once(200, seed % 2 != 0);
	printf("%u%%: Checks: %u, Failures: %u, Errors: 0\n",
	    (checks - failures) * 100 / checks, checks, failures);
	return failures == 0 ? 0 : 1;
}
