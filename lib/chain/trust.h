/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * trust - an open chain that has a checkpoint before it: what is done with
 * blocks that nobody has proven.
 */
#ifndef BM_CHAIN_TRUST_H
#define BM_CHAIN_TRUST_H

#include <bitmarkpeer/chain.h>

/*
 * bm_chain_trust_opened(chain):
 * The store was opened for writing.  It goes on with blocks that are unproven
 * when its checkpoint is still ahead; otherwise they are taken back.
 *
 * Returns BITMARK_OK, BITMARK_E_CHECKPOINT (the checkpoint is of another chain
 * than the blocks of the store, which are proven), or an error of the store.
 */
bitmark_status bm_chain_trust_opened(struct bitmark_chain *chain);

/* Take back what is unproven, and say why.  BITMARK_OK or an error of the
 * store. */
bitmark_status bm_chain_trust_failed(struct bitmark_chain *chain, const char *why);

/* May the digest of block ${number} be taken from the next header? */
bool bm_chain_trust_covers(const struct bitmark_chain *chain, uint64_t number);

#endif
