/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * refusals - log lines about requests that were refused.
 *
 * Strangers decide how many requests there are, so only BM_REFUSALS_LINES lines
 * are written in each period.  The first line of a later period says how many
 * were left out.
 */
#ifndef BM_NODE_REFUSALS_H
#define BM_NODE_REFUSALS_H

#include <bitmarkpeer/base.h>

/* Lines in a period.  Source: local choice. */
#define BM_REFUSALS_LINES 20
#define BM_REFUSALS_PERIOD_MS 60000

struct bm_refusals {
	const struct bitmark_env *env;
	uint64_t since_ms;              /* begin of the period             */
	unsigned lines;                 /* written in it                   */
	uint64_t left_out;
};

void bm_refusals_init(struct bm_refusals *refusals,
    const struct bitmark_env *env);

/* Write that ${what} was refused, and why. */
void bm_refusals_note(struct bm_refusals *refusals, uint64_t now_ms,
    const char *what, bitmark_status why);

#endif
