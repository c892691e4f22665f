/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * growth_world - a chain of any length for bench_growth, with samples of what
 * is in it to look up, and a block that fits on it.
 */
#ifndef BENCH_GROWTH_WORLD_H
#define BENCH_GROWTH_WORLD_H

#include "chain_maker.h"

/* Items that are looked up in a round. */
#define GROWTH_SAMPLES 16384
/* Nonces from here on are in no chain but for a while. */
#define GROWTH_OTHER_NONCES (UINT64_C(1) << 40)

struct growth_sample {
	uint64_t number;
	uint8_t tx_id[BITMARK_TX_ID_SIZE];
	struct bitmark_account owner;
};

/* One chain. */
struct growth_world {
	uint64_t blocks;
	uint64_t issues;                /* of a block */
	char *directory;
	struct bitmark_digest_pool *digests;
	struct bitmark_chain *chain;    /* NULL: not open */
	struct bitmark_snapshot *snapshot;
	struct maker_block *next;       /* fits on the chain; real signatures */
	double packed;                  /* bytes of all blocks       */
	double records;
	double used;                    /* bytes of the store        */
	double undo_cpu_s;
	uint8_t (*ids)[BITMARK_TX_ID_SIZE];     /* see bench_growth.c */
	struct growth_sample sample[GROWTH_SAMPLES];
};

/* A store with ${blocks} blocks, open; owned by the caller: growth_free,
 * which deletes it. */
struct growth_world *growth_new(uint64_t blocks);
void growth_free(struct growth_world *w);

void growth_open(struct growth_world *w);
void growth_close(struct growth_world *w);

#endif
