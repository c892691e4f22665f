/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Initial synchronisation: a node without blocks follows one that has them,
 * over loopback and CURVE, in one process.  Beside it what the digest pool
 * does when nothing else is to be done: the limit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "chain_maker.h"
#include "digest/digest.h"
#include "node_maker.h"

#define GOLDEN "tests/data/chain-a.blocks"
#define GOLDEN_0_16 "tests/data/0.16/chain-g.blocks"
/* The long chain has more blocks than a connector takes in one cycle. */
#define BLOCKS 240
#define BLOCKS_MIN 30
#define RECORDS 20
#define ROUNDS 3
#define BAR 0.9

#define LOOK_S 0.001
/* Digests that wait in the pool. */
#define AT_ONCE 240
/* A node that takes longer for one block never will. */
#define PATIENCE_S 60.0
/* When it is asked how long the rest will take: when a third is done, but not
 * later than this. */
#define ASKED_S 60.0

struct world {
	char *directory;
	const struct bitmark_rules *rules;
	const char *file;               /* of the golden chain */
	bitmark_digest_fn digest;       /* NULL: the node's own */
	uint64_t blocks;                /* of the long chain, but genesis */
	uint64_t height;
	struct maker_node from;
	/* Figures of the last run: the seconds left as the node told them, and
	 * those that it really took from then on. */
	double estimated, left;
};

/* --- the chains --------------------------------------------------------------- */

/*
 * The digest of the long chain costs what the real one costs, and is then
 * replaced by one that meets the difficulty.  A pool computes two digests in
 * turn only when they are its own, so this one is slower than the real one.
 */
static bitmark_status
dear_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	bitmark_status status = bm_digest_argon2d(input, arena, arena_size,
	    output);

	return status == BITMARK_OK ? maker_digest(input, NULL, 0, output) :
	    status;
}

static void
make_long_chain(struct world *w)
{
	struct bitmark_chain *chain = maker_open_under(w->directory, NULL,
	    w->rules);
	struct maker_block *block = maker_block_new();

	for (uint64_t n = 1; n <= w->blocks; n++) {
		maker_block_clear(block);
		if (n == 1)
			maker_asset(block);
		for (uint64_t i = 1; i < RECORDS; i++)
			maker_issue(block, i, n);
		maker_add(block, chain);
	}
	free(block);
	bitmark_chain_close(chain);
}

static void
load_golden_chain(struct world *w)
{
	struct bitmark_chain *chain = maker_open_under(w->directory, NULL,
	    w->rules);
	FILE *file = fopen(w->file, "rb");

	if (file == NULL)
		bench_fail("no golden chain: run it from the top of the tree");
	maker_must(bitmark_chain_load(chain, fileno(file), UINT64_MAX, NULL,
	    NULL, NULL), w->file);
	fclose(file);
	bitmark_chain_close(chain);
}

static void
init_world(struct world *w, bitmark_digest_fn digest,
    void (*make)(struct world *w))
{
	struct bitmark_node_status status = { .struct_size = sizeof status };

	w->directory = maker_directory();
	w->digest = digest;
	make(w);
	maker_node_init(&w->from, w->directory);
	w->from.config.digest = digest;
	maker_node_start(&w->from);
	bitmark_node_get_status(w->from.node, &status);
	w->height = status.tip.number;
}

static void
fini_world(struct world *w)
{
	maker_node_stop(&w->from);
	maker_remove(w->directory);
}

/* --- synchronising -------------------------------------------------------------- */

static uint64_t
tip_of(const struct bitmark_node_status *status)
{
	return status->tip.number;
}

/* The tip that it has heard of. */
static uint64_t
target_of(const struct bitmark_node_status *status)
{
	return status->target;
}

/* Until ${number} is at least ${least}, or the time ${until}, if it is not 0. */
static void
wait_for(struct bitmark_node *node,
    uint64_t (*number)(const struct bitmark_node_status *status),
    uint64_t least, double until)
{
	struct bitmark_node_status status = { .struct_size = sizeof status };
	double seen_s = bench_now_s();
	uint64_t seen = 0;

	for (;;) {
		const double now = bench_now_s();

		bitmark_node_get_status(node, &status);
		if (number(&status) >= least || (until > 0 && now >= until))
			return;
		if (number(&status) != seen) {
			seen = number(&status);
			seen_s = now;
		}
		if (now - seen_s > PATIENCE_S)
			bench_fail("a node does not synchronise");
		bench_nap(LOOK_S);
	}
}

/* Blocks per second once it knows what there is: registering is not part of
 * it. */
static double
sync_rate(void *user)
{
	struct world *w = user;
	char *directory = maker_directory();
	struct bitmark_node_status status = { .struct_size = sizeof status };
	struct maker_node n;
	double start, seconds;

	maker_node_init(&n, directory);
	n.config.digest = w->digest;
	n.config.rules = w->rules;
	maker_node_follow(&n, &w->from);
	maker_node_start(&n);
	wait_for(n.node, target_of, w->height, 0);
	start = bench_now_s();
	wait_for(n.node, tip_of, w->height / 3, start + ASKED_S);
	bitmark_node_get_status(n.node, &status);
	seconds = bench_now_s() - start;
	w->estimated = (double)status.seconds_left;
	wait_for(n.node, tip_of, w->height, 0);
	w->left = bench_now_s() - start - seconds;
	seconds = bench_now_s() - start;
	maker_node_stop(&n);
	maker_remove(directory);
	return (double)(w->height - BITMARK_GENESIS_NUMBER) / seconds;
}

static double
time_left(void *user)
{
	return ((const struct world *)user)->left;
}

static double
time_estimated(void *user)
{
	return ((const struct world *)user)->estimated;
}

/* --- the pool by itself ----------------------------------------------------------- */

static void
done(struct bitmark_digest_job *job)
{
	if (job->status != BITMARK_OK)
		bench_fail("a digest of the pool");
}

static void
wait_until_finished(struct bitmark_digest_pool *pool, uint64_t least)
{
	struct bitmark_digest_stats stats = { .struct_size = sizeof stats };

	for (;;) {
		bitmark_digest_pool_stats(pool, &stats);
		if (stats.finished >= least)
			return;
		bench_nap(LOOK_S);
	}
}

/* As many digests as the chain has blocks, from the first to the last. */
static double
pool_rate(void *user)
{
	const struct world *w = user;
	const uint64_t count = w->height - BITMARK_GENESIS_NUMBER;
	const struct bitmark_digest_config config = { .struct_size =
	    sizeof config, .digest = w->digest };
	struct bitmark_digest_job *jobs = calloc((size_t)count, sizeof *jobs);
	struct bitmark_digest_pool *pool;
	double start, seconds;

	if (jobs == NULL)
		bench_fail("no memory");
	maker_must(bitmark_digest_pool_new(&pool, &config), "pool");
	start = bench_now_s();
	for (uint64_t i = 0; i < count; i++) {
		memcpy(jobs[i].input, &i, sizeof i);
		jobs[i].struct_size = sizeof jobs[i];
		jobs[i].done = done;
		if (i >= AT_ONCE)
			wait_until_finished(pool, i - AT_ONCE + 1);
		maker_must(bitmark_digest_pool_submit(pool, &jobs[i]),
		    "submit");
	}
	wait_until_finished(pool, count);
	seconds = bench_now_s() - start;
	bitmark_digest_pool_free(pool);
	free(jobs);
	return (double)count / seconds;
}

/* The worlds of one choice of rules. */
struct worlds {
	struct world golden, made;
};

static void
init_worlds(struct worlds *w, const struct bitmark_rules *rules,
    const char *file, uint64_t blocks)
{
	w->golden.rules = w->made.rules = rules;
	w->golden.file = file;
	w->made.blocks = blocks;
	init_world(&w->golden, NULL, load_golden_chain);
	init_world(&w->made, dear_digest, make_long_chain);
}

int
main(int argc, char **argv)
{
	static struct worlds old, present;
	const uint64_t blocks = argc > 1 ? strtoull(argv[1], NULL, 10) :
	    BLOCKS;
	char name[64], name_0_16[64];
	int result;

	if (blocks < BLOCKS_MIN)
		bench_fail("usage: bench_sync [BLOCKS], 30 at least");
	snprintf(name, sizeof name, "8.2: %llu blocks of 20 records",
	    (unsigned long long)blocks);
	snprintf(name_0_16, sizeof name_0_16, "0.16: %llu blocks of 20 records",
	    (unsigned long long)blocks);
	init_worlds(&old, bitmark_rules_8_2(), GOLDEN, blocks);
	init_worlds(&present, bitmark_rules_0_16(), GOLDEN_0_16, blocks);

	const struct bench_row rows[] = {
		{ "pool alone", pool_rate, &old.golden, BENCH_ALONE, 0 },
		{ "8.2: 24 blocks of bitmarkd", sync_rate, &old.golden, 0,
		    BAR },
		{ "0.16: 24 blocks of bitmarkd", sync_rate, &present.golden, 0,
		    BAR },
		{ "pool alone, one digest per core", pool_rate, &old.made,
		    BENCH_ALONE, 0 },
		{ name, sync_rate, &old.made, 3, BAR },
		{ name_0_16, sync_rate, &present.made, 3, BAR },
	};
	const struct bench_row times[] = {
		{ "time left, as it was", time_left, &old.made, BENCH_ALONE,
		    0 },
		{ "time left, as the node told", time_estimated, &old.made, 0,
		    0 },
	};
	const struct bench_table tables[] = { {
		.title = "initial synchronisation over loopback",
		.unit = "blocks/s",
		.better = BENCH_MORE,
		.rounds = ROUNDS,
		.rows = rows,
		.row_count = sizeof rows / sizeof *rows,
		.note = "From when it knows the height to the last block.",
	}, {
		.title = "after a third of them, or the first minute",
		.unit = "s",
		.better = BENCH_LESS,
		.rounds = 1,
		.rows = times,
		.row_count = sizeof times / sizeof *times,
		.note = "Of the last round.",
	} };
	result = bench_run("sync", tables, sizeof tables / sizeof *tables);
	fini_world(&old.golden);
	fini_world(&old.made);
	fini_world(&present.golden);
	fini_world(&present.made);
	return result;
}
