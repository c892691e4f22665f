/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The actions of the connector: what it wants done is done here, and the
 * outcome is reported to it.
 */
#include "node/sync_impl.h"

#include <string.h>

#include "chain/add.h"
#include "codec/log.h"

#define MODULE "sync"

static uint64_t
height(const struct bm_sync *s)
{
	return bm_state_height(s->needs.state);
}

/* The newest block that is proven.  Below the checkpoint only the store knows
 * it, and only after the open batch is committed. */
uint64_t
bm_sync_proven(struct bm_sync *s)
{
	uint64_t number = 0;

	if (height(s) >= bm_sync_settings(s)->checkpoint.number)
		return height(s);
	bm_blocks_settle(&s->blocks);
	return bitmark_chain_proven(s->needs.state->chain, &number) ==
	    BITMARK_OK ? number : height(s);
}

static void
report_result(struct bm_sync *s, enum bitmark_connector_event_type type,
    const struct bitmark_connector_action *action, bitmark_status status)
{
	bm_reports_put(s->needs.reports, &(struct bitmark_connector_event){
	    .type = type, .client = action->client, .token = action->token,
	    .number = action->number, .status = status });
}

/* The address of a static peer may be a name, which the connector does not
 * know: its clients have the numbers of the static peers. */
static void
connect_client(struct bm_sync *s, const struct bitmark_connector_action *action)
{
	struct bm_addresses addresses = { .count = 0 };
	const char *name = NULL;

	if (action->client < bm_sync_settings(s)->peer_count)
		name = bm_sync_settings(s)->peers[action->client].address;
	for (size_t i = 0; i < action->address_count; i++)
		bm_addresses_add(&addresses, &action->addresses[i]);
	bm_upstreams_connect(s->needs.upstreams, action->client, action->key,
	    name, &addresses);
}

/* Below the checkpoint no digest is computed: that of a block is taken from the
 * header of the next block, which names it. */
static bitmark_status
take_digest(struct bm_sync *s, const struct bitmark_connector_action *action,
    const struct bitmark_header *header)
{
	struct bitmark_connector_event event = {
		.type = BITMARK_CONNECTOR_EV_CHECKED,
		.token = action->token,
	};
	bitmark_status status = bm_judge_work(&s->judge, header, action->digest);

	if (status != BITMARK_OK) {
		bm_judge_refused(&s->judge, action->block,
		    header->number, status);
		return status;
	}
	memcpy(event.digest, action->digest, sizeof event.digest);
	bm_reports_put(s->needs.reports, &event);
	return BITMARK_OK;
}

/* Has a fetched block checked.  Only the header is copied, because the digest
 * is of the header; the connector keeps the block.  Other threads check
 * signatures meanwhile. */
static void
check_block(struct bm_sync *s, const struct bitmark_connector_action *action)
{
	struct bitmark_header header;
	bitmark_status status = bm_judge_header(&s->judge, action->block,
	    &header);

	if (status == BITMARK_OK && action->has_digest)
		status = take_digest(s, action, &header);
	else if (status == BITMARK_OK)
		status = bm_hashing_submit(s->hashing, action->token,
		    action->block.data, BITMARK_HEADER_SIZE);
	if (status != BITMARK_OK)
		report_result(s, BITMARK_CONNECTOR_EV_CHECKED, action, status);
	else
		bm_chain_prepare(s->needs.state->chain, &header,
		    action->block);
}

/* Is the place of the block in the chain still free?  A peer may have pushed
 * the same block meanwhile: then it is stored already (*known).  When another
 * block took the place, the status is an error of the store, because the
 * connector would blame the client for any other. */
static bitmark_status
check_place(struct bm_sync *s, const struct bitmark_connector_action *action,
    bool *known)
{
	const uint64_t newest = height(s);
	uint8_t digest[BITMARK_DIGEST_SIZE];

	*known = false;
	if (action->number == newest + 1)
		return BITMARK_OK;
	*known = action->number <= newest &&
	    bm_blocks_digest(&s->blocks, action->number, digest) == BITMARK_OK &&
	    memcmp(digest, action->digest, sizeof digest) == 0;
	return *known ? BITMARK_OK : BITMARK_E_STORE;
}

/* The headers do not lead to the block of the checkpoint: remove all blocks
 * that were stored by them.  Returns the error that the client which sent them
 * is blamed for, or an error of the store. */
static bitmark_status
give_unproven_up(struct bm_sync *s)
{
	const uint64_t proven = bm_sync_proven(s);

	bitmark_status status;

	if (proven == height(s))
		return BITMARK_E_CHECKPOINT;
	bm_log(&bm_sync_settings(s)->env, BITMARK_LOG_ERROR, MODULE,
	    "this is not the chain of the checkpoint: blocks %llu to %llu, "
	    "which are not proven, are taken back",
	    (unsigned long long)proven + 1,
	    (unsigned long long)height(s));
	status = bm_blocks_roll_back(&s->blocks, proven);
	return status == BITMARK_OK ? BITMARK_E_CHECKPOINT : status;
}

static bitmark_status
apply_block(struct bm_sync *s, const struct bitmark_connector_action *action)
{
	bool known;
	bitmark_status status;

	/* The store cannot be written, and earlier blocks are held: this one is
	 * held after them. */
	if (s->blocks.failed != BITMARK_OK)
		return bm_blocks_hold(&s->blocks, action->block,
		    action->digest);
	status = check_place(s, action, &known);
	if (known)
		return BITMARK_OK;
	if (status == BITMARK_OK)
		status = bm_blocks_add(&s->blocks, action->block,
		    action->digest);
	if (status == BITMARK_E_CHECKPOINT)
		status = give_unproven_up(s);
	if (status != BITMARK_OK)
		bm_judge_refused(&s->judge, action->block, action->number,
		    status);
	else
		bm_log(&bm_sync_settings(s)->env, BITMARK_LOG_DEBUG, MODULE,
		    "block %llu verified",
		    (unsigned long long)action->number);
	return status;
}

void
bm_sync_execute(struct bm_sync *s,
    const struct bitmark_connector_action *action)
{
	switch (action->type) {
	case BITMARK_CONNECTOR_ACT_CONNECT:
		connect_client(s, action);
		break;
	case BITMARK_CONNECTOR_ACT_DISCONNECT:
		bm_upstreams_disconnect(s->needs.upstreams, action->client);
		break;
	case BITMARK_CONNECTOR_ACT_RECONNECT:
		bm_peers_want(s->needs.peers);
		break;
	case BITMARK_CONNECTOR_ACT_FETCH:
		bm_upstreams_fetch(s->needs.upstreams, action->client,
		    &action->fetch);
		break;
	case BITMARK_CONNECTOR_ACT_CHECK:
		check_block(s, action);
		break;
	case BITMARK_CONNECTOR_ACT_APPLY:
		report_result(s, BITMARK_CONNECTOR_EV_APPLIED, action,
		    apply_block(s, action));
		break;
	case BITMARK_CONNECTOR_ACT_ROLL_BACK:
		report_result(s, BITMARK_CONNECTOR_EV_ROLLED_BACK, action,
		    bm_blocks_roll_back(&s->blocks, action->number));
		break;
	}
}
