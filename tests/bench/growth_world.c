/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "growth_world.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

/* Owners, and records of a block, of each another owner's; fewer when there
 * would be more owners. */
#define OWNERS 1000000
#define ISSUES 10
/* Records of the block that fits on the chain. */
#define ADDED_RECORDS 500

static void
issues_to_new_owners(struct maker_block *block, uint64_t number, void *user)
{
	const struct growth_world *w = user;

	for (uint64_t i = 0; i < w->issues; i++)
		maker_false_issue(block, number * w->issues + i, number);
}

void
growth_open(struct growth_world *w)
{
	w->chain = maker_open(w->directory, w->digests);
	maker_must(bitmark_snapshot_open(w->chain, &w->snapshot), "snapshot");
	bitmark_snapshot_release(w->snapshot);
}

void
growth_close(struct growth_world *w)
{
	bitmark_snapshot_close(w->snapshot);
	bitmark_chain_close(w->chain);
	w->snapshot = NULL;
	w->chain = NULL;
}

static void
measure_store(struct growth_world *w)
{
	struct bitmark_counts counts = { .struct_size = sizeof counts };

	maker_must(bitmark_snapshot_renew(w->snapshot), "renew");
	maker_must(bitmark_snapshot_counts(w->snapshot, &counts), "counts");
	w->used = (double)counts.used_bytes;
	w->records = (double)counts.transactions;
	w->packed = 0;
	for (uint64_t n = 2; n <= w->blocks + 1; n++) {
		struct bitmark_span block;

		maker_must(bitmark_snapshot_block(w->snapshot, n, &block),
		    "block");
		w->packed += (double)block.size;
	}
	bitmark_snapshot_release(w->snapshot);
}

/* Some record that is not the base of its block. */
static void
take_sample(struct growth_world *w, struct growth_sample *s)
{
	struct bitmark_span block;
	struct bitmark_block_walk walk;
	uint64_t skip = 1 + (uint64_t)random() % w->issues;

	s->number = 2 + (uint64_t)random() % w->blocks;
	maker_must(bitmark_snapshot_block(w->snapshot, s->number, &block),
	    "block");
	maker_must(bitmark_block_walk_start(&walk, bitmark_rules_8_2(),
	    block.data, block.size, BITMARK_NETWORK_TEST), "walk");
	for (uint64_t i = 0; i <= skip; i++)
		maker_must(bitmark_block_walk_next(&walk), "walk");
	bitmark_tx_id(walk.packed.data, walk.packed.size, s->tx_id);
	s->owner = *bitmark_record_owner(&walk.record);
}

struct growth_world *
growth_new(uint64_t blocks)
{
	const struct bitmark_digest_config digests = {
		.struct_size = sizeof digests,
		.workers = 1,
		.digest = maker_digest,
	};
	struct growth_world *w = calloc(1, sizeof *w);
	struct bitmark_tip tip;
	const double start = bench_now_s();

	if (w == NULL)
		bench_fail("no memory");
	w->blocks = blocks;
	w->issues = blocks * ISSUES <= OWNERS ? ISSUES :
	    blocks <= OWNERS ? OWNERS / blocks : 1;
	w->directory = maker_directory();
	maker_must(bitmark_digest_pool_new(&w->digests, &digests), "pool");
	growth_open(w);
	maker_fill(w->chain, blocks, issues_to_new_owners, w);
	measure_store(w);
	maker_must(bitmark_snapshot_renew(w->snapshot), "renew");
	for (size_t i = 0; i < GROWTH_SAMPLES; i++)
		take_sample(w, &w->sample[i]);
	bitmark_snapshot_release(w->snapshot);
	w->next = maker_block_new();
	for (uint64_t i = 0; i < ADDED_RECORDS; i++)
		maker_issue(w->next, i, GROWTH_OTHER_NONCES + i);
	bitmark_chain_tip(w->chain, &tip);
	maker_finish(w->next, &tip);
	fprintf(stderr, "%llu blocks made in %.0f s\n",
	    (unsigned long long)blocks, bench_now_s() - start);
	return w;
}

void
growth_free(struct growth_world *w)
{
	growth_close(w);
	bitmark_digest_pool_free(w->digests);
	maker_remove(w->directory);
	free(w->next);
	free(w->ids);
	free(w);
}
