/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * add - bitmark_chain_precheck and bitmark_chain_prepare for a caller that has
 * read the header of the block already.
 */
#ifndef BM_CHAIN_ADD_H
#define BM_CHAIN_ADD_H

#include <bitmarkpeer/chain.h>

/* ${header} is that of a block of ${size} bytes. */
bitmark_status bm_chain_precheck(struct bitmark_chain *chain,
    const struct bitmark_header *header, size_t size, uint64_t now_s);

/* ${header} is that of ${block}. */
void bm_chain_prepare(struct bitmark_chain *chain,
    const struct bitmark_header *header, struct bitmark_span block);

#endif
