/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * select - the records of the next block: which of those that wait, and in
 * which order.
 */
#ifndef BM_MINING_SELECT_H
#define BM_MINING_SELECT_H

#include "mining/template.h"

/*
 * bm_select(t, config, reservoir, snapshot):
 * Append to the template what goes behind its base, and count what does not.
 * BITMARK_OK, BITMARK_E_STORE* or BITMARK_E_NOMEM.
 */
bitmark_status bm_select(struct bitmark_template *t,
    const struct bitmark_template_config *config,
    struct bitmark_reservoir *reservoir, struct bitmark_snapshot *snapshot);

#endif
