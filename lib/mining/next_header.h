/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* next_header - the header of the block that follows the newest one. */
#ifndef BM_MINING_NEXT_HEADER_H
#define BM_MINING_NEXT_HEADER_H

#include <bitmarkpeer/mining.h>

/*
 * bm_next_header(config, snapshot, header):
 * All but count and merkle root.  Returns as bitmark_template_new.
 */
bitmark_status bm_next_header(const struct bitmark_template_config *config,
    struct bitmark_snapshot *snapshot, struct bitmark_header *header);

#endif
