/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * commit - the store's commits have numbers, which grow.
 *
 * An answer of a snapshot stands as long as the newest commit is the one that
 * the snapshot shows.
 */
#ifndef BM_CHAIN_COMMIT_H
#define BM_CHAIN_COMMIT_H

#include <bitmarkpeer/chain.h>

/* The commit that a snapshot shows, which is open. */
uint64_t bm_snapshot_commit(const struct bitmark_snapshot *snapshot);

/* The newest commit; 0: it cannot be told.  Any thread. */
uint64_t bm_chain_commit(struct bitmark_chain *chain);

#endif
