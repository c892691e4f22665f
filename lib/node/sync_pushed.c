/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Blocks that peers or the program push, and blocks of our own miner: they
 * arrive without being fetched, so the connector does not know of them.
 */
#include "node/sync_impl.h"

#include "chain/add.h"
#include "codec/log.h"

#define MODULE "sync"

/* A pushed block, or one of our own, is committed by itself: peers wait for it,
 * and in a batch it would be passed on later. */
bitmark_status
bm_sync_add(struct bm_sync *s, struct bitmark_span block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	bitmark_status status;

	bm_state_lend(s->needs.state);
	status = bitmark_chain_add(s->needs.state->chain, block.data,
	    block.size, digest, bm_sync_now(s)->s);
	bm_state_take_back(s->needs.state);
	if (status == BITMARK_OK) {
		bm_log(&bm_sync_settings(s)->env, BITMARK_LOG_DEBUG, MODULE,
		    "block accepted");
		bm_blocks_settle(&s->blocks);
		bm_blocks_relay_newest(&s->blocks);
		return BITMARK_OK;
	}
	if (status <= BITMARK_E_STORE && bm_blocks_hold(&s->blocks, block,
	    digest) == BITMARK_OK)
		bm_blocks_failed(&s->blocks, status);
	return status;
}

/* Hashing takes half a second, in which the chain may have changed.  So the
 * block is judged again here, against the chain as it is now. */
void
bm_sync_pushed(struct bm_sync *s, const struct bm_hashed *hashed)
{
	bitmark_status status = hashed->job.status;

	s->pushing = false;
	if (status == BITMARK_OK)
		status = bm_sync_add(s, (struct bitmark_span){ hashed->block,
		    hashed->size }, hashed->job.output);
	/* The connector may have fetched and stored the same block meanwhile,
	 * which is no failure.  A failing store is logged by blocks.c. */
	if (status == BITMARK_OK || status == BITMARK_E_TX_EXISTS ||
	    s->blocks.failed != BITMARK_OK)
		return;
	/* One digest is computed at a time, so strangers cannot cause more than
	 * a few of these lines in a second. */
	s->refused++;
	bm_log(&bm_sync_settings(s)->env, BITMARK_LOG_INFO, MODULE,
	    "block refused: %s", bitmark_strerror(status));
}

bool
bm_sync_is_pushing(const struct bm_sync *s)
{
	return s->pushing;
}

bitmark_status
bm_sync_push(struct bm_sync *s, struct bitmark_span block)
{
	struct bitmark_chain *chain = s->needs.state->chain;
	struct bitmark_header header;
	bitmark_status status;

	if (!s->normal || s->unproven)
		return BITMARK_E_STATE;
	if (s->blocks.failed != BITMARK_OK)
		return s->blocks.failed;
	status = bitmark_header_parse(block.data, block.size, &header);
	if (status != BITMARK_OK)
		return status;
	if (header.number <= bm_state_height(s->needs.state))
		return BITMARK_E_TX_EXISTS;
	status = bm_chain_precheck(chain, &header, block.size, bm_sync_now(s)->s);
	if (status == BITMARK_OK)
		status = bm_hashing_submit(s->hashing, BM_TOKEN_PUSHED,
		    block.data, block.size);
	s->pushing = status == BITMARK_OK;
	/* Other threads check the records while this header is hashed. */
	if (s->pushing)
		bm_chain_prepare(chain, &header, block);
	return status;
}
