/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * templates - makes the next block from the transactions that wait now, for the
 * node's own miner and for the jobs of other miners.
 *
 * The owner thread's.
 */
#ifndef BM_NODE_TEMPLATES_H
#define BM_NODE_TEMPLATES_H

#include <bitmarkpeer/mining.h>

#include "node/state.h"

/*
 * bm_template_make(state, base, empty, t):
 * As bitmark_template_new, over the newest block, with a random nonce to start
 * from.  The reservoir must have been told of that block.
 */
BITMARK_MUSTUSE bitmark_status bm_template_make(struct bm_state *state,
    const struct bitmark_base *base, const struct bitmark_base *empty,
    struct bitmark_template **t);

/* Is the template's block the successor of the newest block? */
bool bm_template_is_current(const struct bm_state *state,
    const struct bitmark_template *t);

#endif
