/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The cost of a long chain: starting, looking up, adding a block and rolling
 * back, at 1000 blocks beside 100 000 (or the number that is given as argument,
 * such as 1000000), with up to a million owners; and the bytes that it all
 * takes on disk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "growth_world.h"
#include "node_maker.h"

#define SHORT 1000
#define LONG 100000
#define START_BAR_MS 100.0
#define STORED_FACTOR 1.25
#define STORED_PER_RECORD 150.0
#define UNDO_BLOCKS 60
#define UNDO_RECORDS 3000
#define UNDO_BAR_S 2.0
#define MEMORY_BAR_MIB 16.0

/* --- starting --------------------------------------------------------------- */

/* The figure to reach, as a row that the others are compared with. */
static double
the_bar(void *user)
{
	return *(const double *)user;
}

static double
start_store(void *user)
{
	struct growth_world *w = user;
	double start, seconds;

	growth_close(w);
	start = bench_now_s();
	growth_open(w);
	seconds = bench_now_s() - start;
	return seconds * 1e3;
}

/* Until it listens. */
static double
start_node(void *user)
{
	struct growth_world *w = user;
	struct maker_node n;
	double start, seconds;

	growth_close(w);
	maker_node_init(&n, w->directory);
	start = bench_now_s();
	maker_node_start(&n);
	seconds = bench_now_s() - start;
	maker_node_stop(&n);
	growth_open(w);
	return seconds * 1e3;
}

/* --- looking up ------------------------------------------------------------- */

typedef bitmark_status (*look_fn)(struct bitmark_snapshot *snapshot,
    const struct growth_sample *sample);

/* Each as a request of its own, against the state of its moment. */
static double
look_ns(struct growth_world *w, look_fn look)
{
	const double start = bench_cpu_s();

	for (size_t i = 0; i < GROWTH_SAMPLES; i++) {
		maker_must(bitmark_snapshot_renew(w->snapshot), "renew");
		maker_must(look(w->snapshot, &w->sample[i]), "look-up");
		bitmark_snapshot_release(w->snapshot);
	}
	return (bench_cpu_s() - start) * 1e9 / GROWTH_SAMPLES;
}

static bitmark_status
look_digest(struct bitmark_snapshot *s, const struct growth_sample *sample)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];

	return bitmark_snapshot_digest(s, sample->number, digest);
}

static volatile uint8_t touched;

static bitmark_status
look_block(struct bitmark_snapshot *s, const struct growth_sample *sample)
{
	struct bitmark_span block;
	bitmark_status status = bitmark_snapshot_block(s, sample->number,
	    &block);

	if (status == BITMARK_OK)
		touched ^= block.data[block.size - 1];
	return status;
}

static bitmark_status
look_owner(struct bitmark_snapshot *s, const struct growth_sample *sample)
{
	struct bitmark_owned owned = { .struct_size = sizeof owned };
	size_t count;
	bitmark_status status = bitmark_snapshot_owned(s, &sample->owner, 0,
	    &owned, 1, &count);

	return status == BITMARK_OK && count != 1 ? BITMARK_E_NOT_FOUND :
	    status;
}

static bitmark_status
look_transaction(struct bitmark_snapshot *s, const struct growth_sample *sample)
{
	struct bitmark_confirmed confirmed = { .struct_size = sizeof confirmed };

	return bitmark_snapshot_transaction(s, sample->tx_id, &confirmed);
}

static double
digest_ns(void *w)
{
	return look_ns(w, look_digest);
}

static double
block_ns(void *w)
{
	return look_ns(w, look_block);
}

static double
owner_ns(void *w)
{
	return look_ns(w, look_owner);
}

static double
transaction_ns(void *w)
{
	return look_ns(w, look_transaction);
}

/*
 * The plain way of the same: all transaction ids in memory, in order, and a
 * binary search.  Its own growth is what the caches of the machine do.
 */
static int
compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, BITMARK_TX_ID_SIZE);
}

static void
make_ids(struct growth_world *w)
{
	w->ids = calloc((size_t)w->records, BITMARK_TX_ID_SIZE);
	if (w->ids == NULL)
		bench_fail("no memory");
	for (size_t i = 0; i < (size_t)w->records; i++) {
		const long number[2] = { random(), random() };

		memcpy(w->ids[i], number, sizeof number);
	}
	qsort(w->ids, (size_t)w->records, BITMARK_TX_ID_SIZE, compare_ids);
}

static double
plain_ns(void *user)
{
	const struct growth_world *w = user;
	const uint64_t records = (uint64_t)w->records;
	const double start = bench_cpu_s();

	for (size_t i = 0; i < GROWTH_SAMPLES; i++) {
		const uint64_t at = (w->sample[i].number * UINT64_C(2654435761)
		    + i) % records;

		if (bsearch(w->ids[at], w->ids, (size_t)records,
		    BITMARK_TX_ID_SIZE, compare_ids) == NULL)
			bench_fail("an id is not found");
	}
	return (bench_cpu_s() - start) * 1e9 / GROWTH_SAMPLES;
}

/*
 * How many times as long one takes on the long chain as on the short one.  The
 * binary search takes the steps of log n, and misses the caches as it must.
 */
struct growth {
	double (*ns)(void *user);
	struct growth_world *from, *to;
};

static double
times_as_long(void *user)
{
	const struct growth *g = user;
	const double before = g->ns(g->from);

	return g->ns(g->to) / before;
}

/* --- adding and taking back -------------------------------------------------- */

static double
add_ms(void *user)
{
	struct growth_world *w = user;
	const double start = bench_cpu_s();
	double seconds;

	maker_must(bitmark_chain_add(w->chain, w->next->data, w->next->size,
	    w->next->digest, MAKER_NOW), "add");
	seconds = bench_cpu_s() - start;
	maker_must(bitmark_chain_delete_down(w->chain, w->blocks + 2),
	    "delete");
	return seconds * 1e3;
}

static void
full_block(struct maker_block *block, uint64_t number, void *user)
{
	(void)user;
	for (uint64_t i = 1; i < UNDO_RECORDS; i++)
		maker_false_issue(block, i, GROWTH_OTHER_NONCES + number);
}

static double
undo_s(void *user)
{
	struct growth_world *w = user;
	double start, start_cpu;

	maker_fill(w->chain, UNDO_BLOCKS, full_block, NULL);
	start = bench_now_s();
	start_cpu = bench_cpu_s();
	maker_must(bitmark_chain_delete_down(w->chain, w->blocks + 2),
	    "delete");
	w->undo_cpu_s = bench_cpu_s() - start_cpu;
	return bench_now_s() - start;
}

/* Processor time of the last roll back. */
static double
undo_cpu_s(void *user)
{
	const struct growth_world *w = user;

	return w->undo_cpu_s;
}

/* --- memory ------------------------------------------------------------------- */

static double quiet_kib;

static double
more_mib(void)
{
	return (bench_anonymous_kib() - quiet_kib) / 1024;
}

static void
give_back(struct growth_world *w)
{
	maker_must(bitmark_chain_trim(w->chain), "trim");
}

static double
left_mib(void *user)
{
	give_back(user);
	quiet_kib = bench_anonymous_kib();
	(void)undo_s(user);
	return more_mib();
}

/* Memory that the last roll back has taken and that is not given back. */
static double
kept_mib(void *user)
{
	give_back(user);
	return more_mib();
}

/* --- bytes -------------------------------------------------------------------- */

static double
packed_bytes(void *user)
{
	const struct growth_world *w = user;

	return w->packed / (double)w->blocks;
}

static double
allowed_bytes(void *user)
{
	const struct growth_world *w = user;

	return (STORED_FACTOR * w->packed + STORED_PER_RECORD * w->records) /
	    (double)w->blocks;
}

static double
stored_bytes(void *user)
{
	const struct growth_world *w = user;

	return w->used / (double)w->blocks;
}

/* --- the tables ----------------------------------------------------------------- */

int
main(int argc, char **argv)
{
	static double start_bar = START_BAR_MS, undo_bar = UNDO_BAR_S,
	    memory_bar = MEMORY_BAR_MIB;
	uint64_t blocks = argc > 1 ? strtoull(argv[1], NULL, 10) : LONG;
	struct growth_world *a, *b;
	char title[128];
	int result;

	if (blocks < SHORT)
		bench_fail("usage: bench_growth [BLOCKS], 1000 at least");
	a = growth_new(SHORT);
	b = growth_new(blocks);
	make_ids(a);
	make_ids(b);

	const struct bench_row starts[] = {
		{ "the bar", the_bar, &start_bar, BENCH_ALONE, 0 },
		{ "store, short chain", start_store, a, 0, 0 },
		{ "store, long chain", start_store, b, 0, 1 },
		{ "node, short chain", start_node, a, 0, 0 },
		{ "node, long chain", start_node, b, 0, 1 },
	};
	const struct bench_row looks[] = {
		{ "H, short chain", digest_ns, a, BENCH_ALONE, 0 },
		{ "H, long chain", digest_ns, b, 0, 0 },
		{ "B, short chain", block_ns, a, BENCH_ALONE, 0 },
		{ "B, long chain", block_ns, b, 2, 0 },
		{ "owner, short chain", owner_ns, a, BENCH_ALONE, 0 },
		{ "owner, long chain", owner_ns, b, 4, 0 },
		{ "transaction, short chain", transaction_ns, a,
		    BENCH_ALONE, 0 },
		{ "transaction, long chain", transaction_ns, b, 6, 0 },
	};
	struct growth growth[] = {
		{ plain_ns, a, b }, { digest_ns, a, b }, { block_ns, a, b },
		{ owner_ns, a, b }, { transaction_ns, a, b },
	};
	const struct bench_row grows[] = {
		{ "plain: binary search in memory", times_as_long, &growth[0],
		    BENCH_ALONE, 0 },
		{ "H", times_as_long, &growth[1], 0, 1 },
		{ "B", times_as_long, &growth[2], 0, 1 },
		{ "owner", times_as_long, &growth[3], 0, 1 },
		{ "transaction", times_as_long, &growth[4], 0, 1 },
	};
	const struct bench_row adds[] = {
		{ "on the short chain", add_ms, a, BENCH_ALONE, 0 },
		{ "on the long chain", add_ms, b, 0, 0.8 },
	};
	const struct bench_row undos[] = {
		{ "the bar", the_bar, &undo_bar, BENCH_ALONE, 0 },
		{ "60 blocks of 3000, short chain", undo_s, a, 0, 0 },
		{ "60 blocks of 3000, long chain", undo_s, b, 0, 1 },
		{ "short chain, processor time", undo_cpu_s, a, 0, 0 },
		{ "long chain, processor time", undo_cpu_s, b, 0, 0 },
	};
	const struct bench_row buffers[] = {
		{ "the bar", the_bar, &memory_bar, BENCH_ALONE, 0 },
		{ "left by it, long chain", left_mib, b, 0, 0 },
		{ "left when at rest, long chain", kept_mib, b, 0, 1 },
	};
	const struct bench_row bytes[] = {
		{ "the bar, long chain", allowed_bytes, b, BENCH_ALONE, 0 },
		{ "stored, long chain", stored_bytes, b, 0, 1 },
		{ "packed, long chain", packed_bytes, b, 0, 0 },
		{ "stored, short chain", stored_bytes, a, BENCH_ALONE, 0 },
	};
	snprintf(title, sizeof title, "start-up, 1000 and %llu blocks",
	    (unsigned long long)blocks);
	const struct bench_table tables[] = { {
		.title = title,
		.unit = "ms",
		.better = BENCH_LESS,
		.rounds = 7,
		.rows = starts,
		.row_count = sizeof starts / sizeof *starts,
		.note = "Files in the page cache.  A node has started when "
		    "it listens.",
	}, {
		.title = "one look-up",
		.unit = "ns of processor time",
		.better = BENCH_LESS,
		.rounds = 15,
		.rows = looks,
		.row_count = sizeof looks / sizeof *looks,
		.note = "Of random ones, each in a transaction of its own.",
	}, {
		.title = "one look-up on the long chain",
		.unit = "times as long as on the short one",
		.better = BENCH_LESS,
		.rounds = 15,
		.rows = grows,
		.row_count = sizeof grows / sizeof *grows,
		.note = "The bar is log n, as this machine's caches let it be "
		    "seen: a binary search among all transaction ids.",
	}, {
		.title = "adding a block of 500 issues",
		.unit = "ms of processor time",
		.better = BENCH_LESS,
		.rounds = 15,
		.rows = adds,
		.row_count = sizeof adds / sizeof *adds,
		.note = "Its digest known, up to the commit.  What grows, up to "
		    "some length, is how many pages of the\nindexes the "
		    "records share.",
	}, {
		.title = "rolling back",
		.unit = "s",
		.better = BENCH_LESS,
		.rounds = 3,
		.rows = undos,
		.row_count = sizeof undos / sizeof *undos,
	}, {
		.title = "memory that adding and rolling back 60 blocks of 3000 "
		    "leaves",
		.unit = "MiB",
		.better = BENCH_LESS,
		.rounds = 3,
		.rows = buffers,
		.row_count = sizeof buffers / sizeof *buffers,
		.note = "Beyond the page cache.  A node is at rest when its "
		    "chain has not changed for a minute.",
	}, {
		.title = "bytes on disk",
		.unit = "bytes/block",
		.better = BENCH_LESS,
		.rounds = 1,
		.rows = bytes,
		.row_count = sizeof bytes / sizeof *bytes,
		.note = "The bar is 1.25 times the packed block and 150 for "
		    "each transaction.  Nearly every transaction\nhas an owner "
		    "of its own here.  Pages that one batch of 16 blocks "
		    "replaces are free, and counted:\nof a short chain they "
		    "are a large part.",
	} };
	result = bench_run("growth", tables, sizeof tables / sizeof *tables);
	growth_free(a);
	growth_free(b);
	return result;
}
