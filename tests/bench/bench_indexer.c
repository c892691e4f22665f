/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The indexer of the examples, into SQLite: records a second from a node to the
 * database, beside the same statements on rows that are made up.  Both are programs
 * that make builds where there is SQLite.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "chain_maker.h"
#include "node_maker.h"

#define BLOCKS 30
/* Records of a block, besides its foundation: as many as a full one has. */
#define ISSUES 2000
#define TRANSFERS 999
#define RECORDS (BLOCKS * (ISSUES + TRANSFERS))
#define OWNERS 1000
#define RATE_BAR 5000.0
/* Fetching and reading records cost less than twice what SQLite does. */
#define PART_BAR 0.33
#define ROUNDS 5
#define PATH_TEXT_MAX 4096
#define KEY_TEXT_MAX (2 * BITMARK_PEER_KEY_SIZE + 1)

static struct {
	char *directory;
	struct maker_node node;
	char node_text[KEY_TEXT_MAX + NODE_MAKER_ADDRESS_SIZE + 1];
	char database[PATH_TEXT_MAX], indexer[PATH_TEXT_MAX];
	char statements[PATH_TEXT_MAX];
} world;

/* --- the chain -------------------------------------------------------------- */

/* Issues, and transfers of those of the block before. */
static void
records_of(struct maker_block *block, uint64_t number, void *user)
{
	static uint8_t links[TRANSFERS][BITMARK_TX_ID_SIZE];
	size_t first;

	(void)user;
	if (number > BITMARK_GENESIS_NUMBER + 1)
		for (uint64_t i = 0; i < TRANSFERS; i++)
			maker_transfer(block, links[i], 1, 2 + i % OWNERS);
	else
		maker_asset(block);
	first = block->count;
	for (uint64_t i = 0; i < ISSUES; i++)
		maker_false_issue(block, i % OWNERS, number * ISSUES + i);
	memcpy(links, block->ids[first], sizeof links);
}

static void
set_path(char path[PATH_TEXT_MAX], const char *directory, const char *name)
{
	if (snprintf(path, PATH_TEXT_MAX, "%s/%s", directory, name) >=
	    PATH_TEXT_MAX)
		bench_fail("a path is too long");
}

static void
make_world(void)
{
	char key[KEY_TEXT_MAX];
	struct bitmark_chain *chain;

	world.directory = maker_directory();
	set_path(world.database, world.directory, "index.db");
	chain = maker_open(world.directory, NULL);
	maker_fill(chain, BLOCKS, records_of, NULL);
	bitmark_chain_close(chain);
	maker_node_init(&world.node, world.directory);
	world.node.config.standalone = true;
	maker_node_start(&world.node);
	bitmark_hex_encode(world.node.config.public_key,
	    BITMARK_PEER_KEY_SIZE, key);
	snprintf(world.node_text, sizeof world.node_text, "%s@%s", key,
	    world.node.address);
}

/* --- programs --------------------------------------------------------------- */

static void
remove_database(void)
{
	static const char *const parts[] = { "", "-wal", "-shm", "-journal" };
	char path[PATH_TEXT_MAX + 16];

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		snprintf(path, sizeof path, "%s%s", world.database, parts[i]);
		unlink(path);
	}
}

/* Records a second, of a program that makes a new database.  It has nothing to
 * say but errors. */
static double
run(char *const *arguments)
{
	double start_s;
	int code;
	pid_t pid;

	remove_database();
	fflush(stdout);                 /* the child has a copy of it       */
	start_s = bench_now_s();
	pid = fork();
	if (pid == 0) {
		if (freopen("/dev/null", "w", stdout) != NULL)
			execv(arguments[0], arguments);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &code, 0) != pid || code != 0)
		bench_fail(arguments[0]);
	return RECORDS / (bench_now_s() - start_s);
}

static double
run_statements(void *user)
{
	char count[16];

	(void)user;
	snprintf(count, sizeof count, "%d", RECORDS);
	return run((char *[]){ world.statements, world.database, count,
	    NULL });
}

static double
run_indexer(void *user)
{
	static char once[] = "once", chain[] = "local";

	(void)user;
	return run((char *[]){ world.indexer, world.database, once, chain,
	    world.node_text, NULL });
}

/* The figure to reach. */
static double
the_bar(void *user)
{
	(void)user;
	return RATE_BAR;
}

int
main(void)
{
	const char *build = getenv("BITMARK_BUILD");
	const struct bench_row rate[] = {
		{ "the bar", the_bar, NULL, BENCH_ALONE, 0 },
		{ "indexer", run_indexer, NULL, 0, 1.0 },
	};
	const struct bench_row part[] = {
		{ "statements alone, made-up rows", run_statements, NULL,
		    BENCH_ALONE, 0 },
		{ "indexer", run_indexer, NULL, 0, PART_BAR },
	};
	const struct bench_table tables[] = {
		{ "a chain into SQLite", "records/s", BENCH_MORE, ROUNDS, rate,
		    sizeof rate / sizeof *rate, NULL },
		{ "the same, and what the database can do", "records/s",
		    BENCH_MORE, ROUNDS, part, sizeof part / sizeof *part,
		    NULL },
	};
	int result;

	set_path(world.indexer, build != NULL ? build : "build/cc",
	    "tests/bench/indexer-sqlite");
	set_path(world.statements, build != NULL ? build : "build/cc",
	    "tests/bench/bare-statements");
	if (access(world.indexer, X_OK) != 0) {
		puts("indexer: not in this build, as SQLite (sqlite3) is not "
		    "installed");
		return 0;
	}
	make_world();
	result = bench_run("indexer", tables, sizeof tables / sizeof *tables);
	maker_node_stop(&world.node);
	remove_database();
	maker_remove(world.directory);
	return result;
}
