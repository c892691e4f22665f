/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * roll_back - the newest blocks taken away, with one commit for all of it: the
 * tables, and what the journal of a reservoir is to say of it.
 *
 *	status = bm_roll_back_begin(&r, chain, final);
 *	... tell the reservoir of bm_roll_back_blocks, with the snapshot of r ...
 *	status = bm_roll_back_commit(r);
 *	bm_roll_back_free(r);
 *
 * Before the commit no other thread or process sees anything of it, and when
 * that fails the chain is as it was.  Writing thread only; in between nothing
 * else may be written to the chain.
 */
#ifndef BM_CHAIN_ROLL_BACK_H
#define BM_CHAIN_ROLL_BACK_H

#include <bitmarkpeer/chain.h>

#include "chain/removed.h"

struct bm_roll_back;

/*
 * bm_roll_back_begin(roll_back, chain, final):
 * Take away as many of the newest blocks as one commit may take, down to and
 * including number ${final} at most; there is one at least.
 *
 *   roll_back  new; owned by the caller: bm_roll_back_free, which undoes it
 *              unless it was committed
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (there is no such block, or it is
 * genesis), BITMARK_E_READONLY, BITMARK_E_STATE (a batch is open, or the
 * journal has rows that are not committed), BITMARK_E_STORE* or
 * BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_roll_back_begin(
    struct bm_roll_back **roll_back, struct bitmark_chain *chain,
    uint64_t final);

/* The blocks, the newest first; inside. */
const struct bm_removed *bm_roll_back_blocks(
    const struct bm_roll_back *roll_back, size_t *count);

/* The state without them, until the commit; inside.  It can neither be renewed
 * nor released. */
struct bitmark_snapshot *bm_roll_back_snapshot(
    struct bm_roll_back *roll_back);

/* Commits of the journal that were made in between take effect with this one.
 * BITMARK_OK or BITMARK_E_STORE*: then the next commit of the journal returns
 * that error, too, as it has missed rows. */
BITMARK_MUSTUSE bitmark_status bm_roll_back_commit(
    struct bm_roll_back *roll_back);

void bm_roll_back_free(struct bm_roll_back *roll_back);

#endif
