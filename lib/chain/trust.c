/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * An unproven block is never the last word: either the checkpoint is reached,
 * or the block is taken back.  That holds across crashes, because the number of
 * the first one is in the store.
 */
#include "chain/trust.h"

#include <inttypes.h>
#include <string.h>

#include "chain/chain.h"
#include "chain/env.h"
#include "chain/proof.h"
#include "chain/read.h"
#include "codec/log.h"

bool
bm_chain_trust_covers(const struct bitmark_chain *chain, uint64_t number)
{
	return number <= chain->store.checkpoint.number;
}

bitmark_status
bitmark_chain_proven(struct bitmark_chain *chain, uint64_t *number)
{
	struct bitmark_tip tip;
	struct bm_txn t;
	bitmark_status status = bm_read_begin(&chain->store, &t);

	if (status != BITMARK_OK)
		return status;
	status = bm_tip(&t, &tip);
	if (status == BITMARK_OK)
		status = bm_store_error(bm_proven(&t, tip.number, number));
	bm_read_end(&t);
	return status;
}

bitmark_status
bm_chain_trust_failed(struct bitmark_chain *chain, const char *why)
{
	uint64_t proven;
	bitmark_status status = bitmark_chain_proven(chain, &proven);

	if (status != BITMARK_OK || proven == chain->tip.number)
		return status;
	bm_log(&chain->store.env, BITMARK_LOG_WARN, "chain",
	    "%s: blocks %" PRIu64 " to %" PRIu64 ", which are not proven, are "
	    "taken back", why, proven + 1, chain->tip.number);
	return bitmark_chain_delete_down(chain, proven + 1);
}

/* The digest of a proven block stands for all blocks before it. */
static bitmark_status
check_passed(struct bitmark_chain *chain)
{
	const struct bitmark_checkpoint *c = &chain->store.checkpoint;
	struct bm_height height;
	struct bm_txn t;
	bitmark_status status = bm_read_begin(&chain->store, &t);

	if (status != BITMARK_OK)
		return status;
	status = bm_store_error(bm_get_height(&t, c->number, &height));
	bm_read_end(&t);
	if (status != BITMARK_OK || memcmp(height.digest, c->digest,
	    sizeof c->digest) == 0)
		return status;
	bm_log(&chain->store.env, BITMARK_LOG_ERROR, "chain",
	    "block %" PRIu64 " of the store is not that of the checkpoint",
	    c->number);
	return BITMARK_E_CHECKPOINT;
}

bitmark_status
bm_chain_trust_opened(struct bitmark_chain *chain)
{
	const uint64_t number = chain->store.checkpoint.number;
	bitmark_status status;

	if (number > chain->tip.number)
		return BITMARK_OK;
	status = bm_chain_trust_failed(chain,
	    "the store was left before its checkpoint was reached");
	if (status != BITMARK_OK || number == 0 || number > chain->tip.number)
		return status;
	return check_passed(chain);
}
