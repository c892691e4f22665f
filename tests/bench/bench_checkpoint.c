/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A chain that is taken over up to a checkpoint: blocks of 20 records are loaded
 * into a new store with everything verified but their digests.  Beside it what
 * the digests alone would take on all cores, which is measured on some of them.
 */
#include <bitmarkpeer/backup.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "chain_maker.h"

#define BLOCKS 4000
#define RECORDS 20
#define ROUNDS 3
/* The whole is to take less than a twentieth of the digests. */
#define BAR 20
#define DIGESTS_PER_WORKER 8

struct world {
	uint64_t blocks;
	FILE *file;
	struct bitmark_checkpoint checkpoint;
	double digest_s;                /* of all blocks, as the last round has
	                                   it                              */
	double kib;                     /* memory that a load took         */
};

/* --- the chain ------------------------------------------------------------------ */

static void
add_records(struct maker_block *block, uint64_t number, void *user)
{
	(void)user;
	if (number == BITMARK_GENESIS_NUMBER + 1)
		maker_asset(block);
	for (uint64_t i = block->count; i < RECORDS; i++)
		maker_issue(block, i, number);
}

static int
write_file(void *user, const void *data, size_t size)
{
	return fwrite(data, 1, size, user) != size;
}

static void
make_file(struct world *w)
{
	char *directory = maker_directory();
	struct bitmark_chain *chain = maker_open(directory, NULL);
	struct bitmark_snapshot *snapshot;

	maker_fill(chain, w->blocks, add_records, NULL);
	maker_must(bitmark_snapshot_open(chain, &snapshot), "snapshot");
	maker_must(bitmark_snapshot_checkpoint(snapshot, w->blocks + 1,
	    &w->checkpoint), "checkpoint");
	w->file = tmpfile();
	if (w->file == NULL)
		bench_fail("no temporary file");
	maker_must(bitmark_snapshot_save(snapshot, write_file, w->file),
	    "save");
	if (fflush(w->file) != 0)
		bench_fail("no room for the blocks");
	bitmark_snapshot_close(snapshot);
	bitmark_chain_close(chain);
	maker_remove(directory);
}

/* --- the rows ------------------------------------------------------------------- */

static void
done(struct bitmark_digest_job *job)
{
	if (job->status != BITMARK_OK)
		bench_fail("a digest of the pool");
}

/* Some digests on all cores, for as many as there are blocks. */
static double
digests_alone(void *user)
{
	struct world *w = user;
	struct bitmark_digest_stats stats = { .struct_size = sizeof stats };
	struct bitmark_digest_pool *pool;
	struct bitmark_digest_job *jobs;
	uint64_t count;
	double start;

	maker_must(bitmark_digest_pool_new(&pool, NULL), "pool");
	bitmark_digest_pool_stats(pool, &stats);
	count = (uint64_t)stats.workers * DIGESTS_PER_WORKER;
	jobs = calloc((size_t)count, sizeof *jobs);
	if (jobs == NULL)
		bench_fail("no memory");
	start = bench_now_s();
	for (uint64_t i = 0; i < count; i++) {
		memcpy(jobs[i].input, &i, sizeof i);
		jobs[i].struct_size = sizeof jobs[i];
		jobs[i].done = done;
		maker_must(bitmark_digest_pool_submit(pool, &jobs[i]),
		    "submit");
	}
	do {
		bench_nap(0.001);
		bitmark_digest_pool_stats(pool, &stats);
	} while (stats.finished < count);
	w->digest_s = (bench_now_s() - start) / (double)count *
	    (double)w->blocks;
	bitmark_digest_pool_free(pool);
	free(jobs);
	return w->digest_s;
}

static double
load_with_checkpoint(void *user)
{
	struct world *w = user;
	char *directory = maker_directory();
	struct bitmark_digest_stats stats = { .struct_size = sizeof stats };
	struct bitmark_digest_pool *pool;
	struct bitmark_chain *chain;
	struct bitmark_chain_config config = {
		.struct_size = sizeof config,
		.path = directory,
		.params = bitmark_chain_params_find("local"),
		.rules = bitmark_rules_8_2(),
		.access = BITMARK_CHAIN_WRITE,
		.checkpoint = &w->checkpoint,
	};
	const double kib = bench_anonymous_kib();
	double start;

	maker_must(bitmark_digest_pool_new(&pool, NULL), "pool");
	config.digests = pool;
	maker_must(bitmark_chain_open(&chain, &config), "open");
	if (lseek(fileno(w->file), 0, SEEK_SET) != 0)
		bench_fail("the file of blocks");
	start = bench_now_s();
	maker_must(bitmark_chain_load(chain, fileno(w->file), MAKER_NOW, NULL,
	    NULL, NULL), "load");
	start = bench_now_s() - start;
	w->kib = bench_anonymous_kib() - kib;
	bitmark_digest_pool_stats(pool, &stats);
	if (stats.finished != 0)
		bench_fail("digests were computed");
	bitmark_chain_close(chain);
	bitmark_digest_pool_free(pool);
	maker_remove(directory);
	return start;
}

static double
memory(void *user)
{
	return ((const struct world *)user)->kib;
}

int
main(int argc, char **argv)
{
	static struct world w;
	char name[64];

	w.blocks = argc > 1 ? strtoull(argv[1], NULL, 10) : BLOCKS;
	if (w.blocks == 0)
		bench_fail("usage: bench_checkpoint [BLOCKS]");
	snprintf(name, sizeof name, "%llu blocks of 20 records",
	    (unsigned long long)w.blocks);
	make_file(&w);

	const struct bench_row rows[] = {
		{ "their digests alone", digests_alone, &w, BENCH_ALONE, 0 },
		{ name, load_with_checkpoint, &w, 0, BAR },
	};
	const struct bench_row sizes[] = {
		{ "at its end", memory, &w, BENCH_ALONE, 0 },
	};
	const struct bench_table tables[] = { {
		.title = "load-blocks with a checkpoint",
		.unit = "s",
		.better = BENCH_LESS,
		.rounds = ROUNDS,
		.rows = rows,
		.row_count = sizeof rows / sizeof *rows,
		.note = "All is verified but the digests, of which some are "
		    "measured on all cores.",
	}, {
		.title = "memory of the load",
		.unit = "KiB",
		.better = BENCH_LESS,
		.rounds = 1,
		.rows = sizes,
		.row_count = sizeof sizes / sizeof *sizes,
		.note = "More than before, in the last round.",
	} };
	const int result = bench_run("checkpoint", tables,
	    sizeof tables / sizeof *tables);

	fclose(w.file);
	return result;
}
