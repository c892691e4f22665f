/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bootstrap - first peers from the DNS.
 *
 * Peers that a look-up finds enter the table, as if they had been announced
 * now; and while the connector has too few clients, those of the last answer
 * are tried in turn.
 *
 * A peer that the answer before named, too, does not enter the table anew:
 * otherwise one that is named for years but does not announce itself would
 * never expire, and be passed on to others for ever.
 *
 * The owner thread's.  Source: bitmarkd v8.2 announce/setup.go
 */
#ifndef BM_NODE_BOOTSTRAP_H
#define BM_NODE_BOOTSTRAP_H

#include "node/lookup.h"
#include "node/state.h"
#include "node/table.h"

struct bm_bootstrap;

/* All of them must outlive it. */
struct bm_bootstrap_needs {
	const struct bm_settings *settings;
	const struct bm_now *now;
	struct bm_table *table;
};

/*
 * bm_bootstrap_new(bootstrap, needs, config):
 * Begin to look up the domain of ${config}, if it has one.
 *
 * Returns BITMARK_OK or an error of bm_lookup_new.
 */
BITMARK_MUSTUSE bitmark_status bm_bootstrap_new(
    struct bm_bootstrap **bootstrap, const struct bm_bootstrap_needs *needs,
    const struct bitmark_node_config *config);
void bm_bootstrap_free(struct bm_bootstrap *bootstrap);

/* Take in what was found; true: there is a peer that was not in the answer
 * before. */
bool bm_bootstrap_run(struct bm_bootstrap *bootstrap);

/* The next peer of the last answer, in turn, inside; NULL: it had none. */
const struct bitmark_peer *bm_bootstrap_next(struct bm_bootstrap *bootstrap);

struct bm_bootstrap_counts {
	uint64_t answers;               /* since the start                 */
	size_t good;                    /* peers in the last one           */
	size_t bad;                     /* its records that were skipped   */
};

void bm_bootstrap_counts(const struct bm_bootstrap *bootstrap,
    struct bm_bootstrap_counts *counts);

/* Fill in what to wait for, BM_BOOTSTRAP_ITEMS at most; gives the number. */
#define BM_BOOTSTRAP_ITEMS BM_LOOKUP_ITEMS
size_t bm_bootstrap_items(const struct bm_bootstrap *bootstrap,
    zmq_pollitem_t *items);

/* When bm_bootstrap_run has something to do although nothing happens. */
uint64_t bm_bootstrap_deadline(const struct bm_bootstrap *bootstrap);

#endif
