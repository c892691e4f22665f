/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The explorer: how long a page of 3000 records and one of an owner with 100 000
 * items take, how many requests one core answers, both beside a file of the same
 * size that the same library serves; and what a node's reads cost while an
 * explorer has work on the same store.
 *
 * The chain has 20 000 blocks, or the number that is given as argument, such as
 * 1000000.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#ifdef WITH_libmicrohttpd

#include "chain_maker.h"
#include "explorer_world.h"
#include "node_maker.h"
#include "readers.h"

#define BLOCKS 20000
#define OWNER 7
#define OWNER_ITEMS 100000
/* Issues of the block that is shown, besides its foundation. */
#define PAGE_RECORDS 3000
#define PAGE_BAR_MS 20.0
#define RATE_BAR 500.0
/* 50 of these pages: 20 ms each, also on a machine that has other work. */
#define BLOCK_BAR 0.1
#define READ_BAR 0.9
#define ROUNDS 7
#define CLIENTS 4
#define READ_S 0.3

static struct {
	char *directory;
	uint64_t blocks, issues;        /* of a block                       */
	uint64_t page;                  /* number of the block that is shown */
	struct maker_node node;
	struct readers *readers;
	char owner[BITMARK_ACCOUNT_TEXT_MAX];
	char (*ids)[2 * BITMARK_TX_ID_SIZE + 1];        /* one of each of some
	                                   blocks                           */
} world;

/* --- the chain -------------------------------------------------------------- */

/* An asset in each block, and issues of it: the first 100 000 of one owner. */
static void
records_of(struct maker_block *block, uint64_t number, void *user)
{
	const uint64_t issues = number == world.page ? PAGE_RECORDS :
	    world.issues;
	const uint64_t first = (number - 2) * world.issues;

	(void)user;
	maker_false_asset(block, number);
	for (uint64_t i = 0; i < issues; i++)
		maker_false_issue_of(block, number,
		    first + i < OWNER_ITEMS && number != world.page ? OWNER :
		    number * 100 + i, number * 10000 + i);
}

static void
take_ids(struct bitmark_chain *chain)
{
	struct bitmark_snapshot *snapshot;
	struct bitmark_block_walk w;
	struct bitmark_span block;
	uint8_t id[BITMARK_TX_ID_SIZE];

	maker_must(bitmark_snapshot_open(chain, &snapshot), "snapshot");
	world.ids = calloc(EXPLORER_TARGETS_MAX, sizeof *world.ids);
	for (size_t i = 0; i < EXPLORER_TARGETS_MAX; i++) {
		maker_must(bitmark_snapshot_block(snapshot, 2 + (uint64_t)
		    random() % world.blocks, &block), "block");
		maker_must(bitmark_block_walk_start(&w, bitmark_rules_8_2(),
		    block.data, block.size, BITMARK_NETWORK_TEST), "walk");
		for (int k = 0; k < 3; k++)
			maker_must(bitmark_block_walk_next(&w), "record");
		bitmark_tx_id(w.packed.data, w.packed.size, id);
		bitmark_hex_encode(id, sizeof id, world.ids[i]);
	}
	bitmark_snapshot_close(snapshot);
}

static void
make_world(uint64_t blocks)
{
	struct bitmark_account owner;
	struct bitmark_chain *chain;

	explorer_start();
	world.blocks = blocks;
	world.issues = blocks >= OWNER_ITEMS ? 2 : OWNER_ITEMS / blocks + 5;
	world.page = blocks / 2;
	world.directory = maker_directory();
	chain = maker_open(world.directory, NULL);
	maker_fill(chain, blocks, records_of, NULL);
	take_ids(chain);
	bitmark_chain_close(chain);
	maker_false_account(OWNER, &owner);
	bitmark_account_to_text(&owner, world.owner);
	maker_node_init(&world.node, world.directory);
	world.node.config.standalone = true;
	maker_node_start(&world.node);
	explorer_serve(world.directory);
}

static void
end_world(void)
{
	explorer_stop();
	readers_free(world.readers);
	maker_node_stop(&world.node);
	maker_remove(world.directory);
	free(world.ids);
}

/* --- one page --------------------------------------------------------------- */

/* A page, and a file of its size. */
static struct explorer_load block_page = { .clients = 1, .requests = 21,
	.targets = 1 }, owner_page, file;

static void
make_pages(void)
{
	owner_page = file = block_page;
	snprintf(block_page.target[0], EXPLORER_TARGET_MAX,
	    "/api/v1/block/%llu?count=%d", (unsigned long long)world.page,
	    PAGE_RECORDS);
	snprintf(owner_page.target[0], EXPLORER_TARGET_MAX,
	    "/api/v1/account/%s?start=%d", world.owner, OWNER_ITEMS / 2);
	file.file = true;
	strcpy(file.target[0], "/");
}

/* The figure to reach, as a row that the others are compared with. */
static double
the_bar(void *user)
{
	return *(const double *)user;
}

static double
page_ms(void *user)
{
	return explorer_ask(user).median_ms;
}

/* A file that is as large as the page. */
static double
file_ms(void *user)
{
	struct explorer_load once = *(struct explorer_load *)user;

	once.requests = 1;
	explorer_set_file(explorer_ask(&once).bytes);
	return explorer_ask(&file).median_ms;
}

/* --- requests for each second of one core ------------------------------------ */

static struct explorer_load mixed = { .clients = CLIENTS, .requests = 150,
	.targets = EXPLORER_TARGETS_MAX }, names;

/* As people look: the newest blocks, then something of them. */
static void
make_mixed(void)
{
	for (size_t i = 0; i < EXPLORER_TARGETS_MAX; i++) {
		char *t = mixed.target[i];
		const unsigned long long n = 2 + (unsigned long long)random() %
		    world.blocks;

		switch (i % 6) {
		case 0:
			strcpy(t, "/api/v1/status");
			break;
		case 1:
			snprintf(t, EXPLORER_TARGET_MAX,
			    "/api/v1/blocks?before=%llu", n);
			break;
		case 2:
			snprintf(t, EXPLORER_TARGET_MAX, "/api/v1/block/%llu",
			    n == world.page ? 2 : n);
			break;
		case 3:
			snprintf(t, EXPLORER_TARGET_MAX,
			    "/api/v1/account/%s?count=20&start=%llu",
			    world.owner, n % OWNER_ITEMS);
			break;
		case 4:
			snprintf(t, EXPLORER_TARGET_MAX,
			    "/api/v1/provenance/%s", world.ids[i]);
			break;
		default:
			snprintf(t, EXPLORER_TARGET_MAX,
			    "/api/v1/transaction/%s", world.ids[i]);
		}
	}
	names = mixed;
	names.requests = 20;
	for (size_t i = 0; i < EXPLORER_TARGETS_MAX; i++)
		snprintf(names.target[i], EXPLORER_TARGET_MAX,
		    "/api/v1/search?q=painting+%llu",
		    (unsigned long long)random() % world.blocks);
}

static double
rate(void *user)
{
	const struct explorer_load *load = user;
	const double before_s = explorer_cpu_s();

	(void)explorer_ask(load);
	return load->clients * load->requests / (explorer_cpu_s() - before_s);
}

/* As many bytes as a page of a block of the mixture has. */
static double
file_rate(void *user)
{
	struct explorer_load load = *(struct explorer_load *)user;

	explorer_set_file(16384);
	load.file = true;
	return rate(&load);
}

/* --- a node beside it --------------------------------------------------------- */

static struct question block_of_node = { .command = "B", .number = 3 };

/* Processor time of node and readers for one reply. */
static double
read_us(void)
{
	const double start_s = bench_cpu_s();
	double replies;

	if (world.readers == NULL) {
		struct bitmark_connection address;

		if (bitmark_connection_from_text(world.node.address,
		    strlen(world.node.address), &address) != BITMARK_OK)
			bench_fail("the node's address");
		world.readers = readers_new(world.node.config.public_key,
		    &address, CLIENTS);
		readers_try(world.readers, &block_of_node);
		return read_us();
	}
	replies = readers_rate(world.readers, &block_of_node, CLIENTS,
	    READ_S) * READ_S;
	return (bench_cpu_s() - start_s) * 1e6 / replies;
}

static double
read_alone(void *user)
{
	(void)user;
	return read_us();
}

static double
read_beside(void *user)
{
	double us;

	explorer_press(user);
	us = read_us();
	explorer_relieve();
	return us;
}

/* --- all ----------------------------------------------------------------------- */

int
main(int argc, char **argv)
{
	static double page_bar = PAGE_BAR_MS, rate_bar = RATE_BAR;
	const struct bench_row pages[] = {
		{ "the bar", the_bar, &page_bar, BENCH_ALONE, 0 },
		{ "file as large as the block", file_ms, &block_page, 0, 0 },
		{ "block of 3000 records", page_ms, &block_page, 0, 1.0 },
		{ "file as large as the owner", file_ms, &owner_page, 0, 0 },
		{ "owner, 100 of 100 000 items", page_ms, &owner_page, 0, 1.0 },
	};
	const struct bench_row rates[] = {
		{ "the bar", the_bar, &rate_bar, BENCH_ALONE, 0 },
		{ "file of 16 KiB", file_rate, &mixed, 0, 0 },
		{ "pages of all kinds", rate, &mixed, 0, 1.0 },
		{ "search for a name", rate, &names, 0, 0 },
		{ "block of 3000 records", rate, &block_page, 0, BLOCK_BAR },
		{ "owner, 100 of 100 000 items", rate, &owner_page, 0, 1.0 },
	};
	const struct bench_row reads[] = {
		{ "alone", read_alone, NULL, BENCH_ALONE, 0 },
		{ "beside an explorer at work", read_beside, &mixed, 0,
		    READ_BAR },
	};
	const struct bench_table tables[] = {
		{ "one page, one client, median", "ms", BENCH_LESS, ROUNDS,
		    pages, sizeof pages / sizeof *pages, NULL },
		{ "requests of 4 clients, for each second of the explorer's "
		    "processor time", "requests/s", BENCH_MORE, ROUNDS, rates,
		    sizeof rates / sizeof *rates, NULL },
		{ "processor time of a node's block, and of its readers", "us",
		    BENCH_LESS, ROUNDS, reads, sizeof reads / sizeof *reads,
		    NULL },
	};
	int result;

	make_world(argc > 1 ? strtoull(argv[1], NULL, 10) : BLOCKS);
	make_pages();
	make_mixed();
	result = bench_run("explorer", tables, sizeof tables / sizeof *tables);
	end_world();
	return result;
}

#else

int
main(void)
{
	puts("explorer: not in this build, which has no libmicrohttpd");
	return 0;
}

#endif
