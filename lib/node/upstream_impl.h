/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * upstream, as the files that make it see it.
 */
#ifndef BM_NODE_UPSTREAM_IMPL_H
#define BM_NODE_UPSTREAM_IMPL_H

#include "node/upstream.h"

/* upstream_failures.c: the dealer has tried to connect, perhaps more than
 * once; and a reply may be an error that says why we are refused. */
void bm_upstream_note_tries(struct bm_upstream *upstream);
void bm_upstream_note_refusal(struct bm_upstream *upstream,
    const struct bm_dealer_reply *reply);

#endif
