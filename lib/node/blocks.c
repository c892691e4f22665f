/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Storing blocks.  Rolling back is in roll_back.c.
 *
 * A block is applied to the open batch, one LMDB write transaction, as soon as
 * the connector has it.  The commit is what costs, because it waits for the
 * disk: while synchronising, a hundred blocks share one.  Readers see none of
 * them before it, and after a crash all of a batch are there or none.
 *
 * The reservoir hears of blocks after their commit only.  It keeps what it
 * knows in a table of the same store, and may not write there while the batch
 * has the store's one write transaction.
 */
#include "node/blocks.h"

#include <stdlib.h>
#include <string.h>

#include "codec/log.h"

#define MODULE "sync"
/* Blocks, and time, that are committed together at the most.  While a commit
 * waits for the disk, more blocks become ready: they make the next batch. */
#define BATCH_BLOCKS 100
#define BATCH_MS 1000

/* Waits for a store that cannot be written: the first, and the longest.  Each
 * is twice the one before.
 * Source: local choice */
#define RETRY_FIRST_MS 1000
#define RETRY_MAX_MS 60000

/* A block that is not on the disk yet. */
struct bm_held {
	TAILQ_ENTRY(bm_held) next;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	size_t size;
	uint8_t data[];
};

void
bm_blocks_init(struct bm_blocks *b, struct bm_state *state,
    struct bm_events *events)
{
	*b = (struct bm_blocks){ .state = state, .events = events,
		.told = bm_state_height(state) };
	TAILQ_INIT(&b->held);
}

static void
drop_held(struct bm_blocks *b)
{
	struct bm_held *held;

	while ((held = TAILQ_FIRST(&b->held)) != NULL) {
		TAILQ_REMOVE(&b->held, held, next);
		free(held);
	}
}

void
bm_blocks_fini(struct bm_blocks *b)
{
	drop_held(b);
}

static const struct bitmark_env *
env(const struct bm_blocks *b)
{
	return &b->state->settings->env;
}

/*
 * A store that cannot be written.
 */

/* The error is logged only the first time: the store is tried again many times,
 * and a line for each try would fill the log. */
void
bm_blocks_failed(struct bm_blocks *b, bitmark_status status)
{
	if (b->wait_ms == 0)
		bm_log(env(b), BITMARK_LOG_ERROR, MODULE,
		    "the store cannot be written: %s; it is tried again, less "
		    "and less often", bitmark_strerror(status));
	b->wait_ms = b->wait_ms == 0 ? RETRY_FIRST_MS :
	    2 * b->wait_ms < RETRY_MAX_MS ? 2 * b->wait_ms : RETRY_MAX_MS;
	b->retry_at_ms = b->state->now.ms + b->wait_ms;
	b->failed = status;
}

static void
works_again(struct bm_blocks *b)
{
	if (b->wait_ms != 0)
		bm_log(env(b), BITMARK_LOG_INFO, MODULE,
		    "the store can be written again");
	b->wait_ms = 0;
}

/* Is the cause of the error this machine, and not the block? The codes from
 * BITMARK_E_STORE downward are those of the store, of memory and of the system.
 */
static bool
is_machine(bitmark_status status)
{
	return status <= BITMARK_E_STORE;
}

bitmark_status
bm_blocks_hold(struct bm_blocks *b, struct bitmark_span block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bm_held *held = malloc(sizeof *held + block.size);

	if (held == NULL)
		return BITMARK_E_NOMEM;
	held->size = block.size;
	memcpy(held->data, block.data, block.size);
	memcpy(held->digest, digest, sizeof held->digest);
	TAILQ_INSERT_TAIL(&b->held, held, next);
	return BITMARK_OK;
}

/* Adds all held blocks to the chain, with one commit. When a block is refused
 * the blocks after it are not added either: the connector will see that they
 * are not in the chain, and fetch them again. */
static bitmark_status
store_held(struct bm_blocks *b)
{
	struct bitmark_chain *chain = b->state->chain;
	bitmark_status committed, status = bitmark_chain_batch_begin(chain);
	const struct bm_held *held;

	if (status != BITMARK_OK)
		return status;
	TAILQ_FOREACH(held, &b->held, next) {
		status = bitmark_chain_add(chain, held->data, held->size,
		    held->digest, b->state->now.s);
		if (status != BITMARK_OK)
			break;
	}
	committed = bitmark_chain_batch_commit(chain);
	return is_machine(status) ? status : committed;
}

static bitmark_status
add_held(struct bm_blocks *b)
{
	bitmark_status status;

	bm_state_lend(b->state);
	status = store_held(b);
	bm_state_take_back(b->state);
	return status;
}

bool
bm_blocks_retry(struct bm_blocks *b)
{
	bitmark_status status;

	if (b->failed == BITMARK_OK)
		return true;
	if (b->state->now.ms < b->retry_at_ms)
		return false;
	if (!TAILQ_EMPTY(&b->held)) {
		status = add_held(b);
		bm_log(env(b), BITMARK_LOG_DEBUG, MODULE,
		    "the store is tried again: %s", bitmark_strerror(status));
		if (status != BITMARK_OK) {
			bm_blocks_failed(b, status);
			return false;
		}
		works_again(b);
	}
	drop_held(b);
	b->failed = BITMARK_OK;
	bm_blocks_settle(b);
	return true;
}

static bitmark_status
begin_batch(struct bm_blocks *b)
{
	bitmark_status status;

	if (b->batch_open)
		return BITMARK_OK;
	status = bitmark_chain_batch_begin(b->state->chain);
	b->batch_open = status == BITMARK_OK;
	b->batch_since_ms = b->state->now.ms;
	return status;
}

static void
commit_batch(struct bm_blocks *b)
{
	bitmark_status status;

	if (!b->batch_open)
		return;
	/* Also after an error the batch is gone: the tip of the chain is then
	 * that of the last commit, and the blocks are held. */
	b->batch_open = false;
	bm_state_lend(b->state);
	status = bitmark_chain_batch_commit(b->state->chain);
	bm_state_take_back(b->state);
	bm_log(env(b), BITMARK_LOG_DEBUG, MODULE, "commit of %u blocks: %s",
	    b->batched, bitmark_strerror(status));
	b->batched = 0;
	if (status != BITMARK_OK) {
		bm_blocks_failed(b, status);
		return;
	}
	drop_held(b);
	works_again(b);
}

/*
 * Telling the reservoir and the program.
 */

static void
log_untold(const struct bm_blocks *b, uint64_t number, bitmark_status status)
{
	bm_log(env(b), BITMARK_LOG_ERROR, MODULE,
	    "reservoir: block %llu: %s", (unsigned long long)number,
	    bitmark_strerror(status));
}

/* Logs a new block; only in step with the network, since a line for each block
 * would be too much while thousands are fetched. */
static void
log_news(const struct bm_blocks *b, uint64_t number, struct bitmark_span block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	char text[2 * BITMARK_DIGEST_SIZE + 1];
	struct bitmark_header header;

	if (!b->news || bitmark_header_parse(block.data, block.size,
	    &header) != BITMARK_OK)
		return;
	bitmark_hex_encode_reversed(digest, BITMARK_DIGEST_SIZE, text);
	bm_log(env(b), BITMARK_LOG_INFO, MODULE,
	    "block %llu: %s, %u transactions", (unsigned long long)number,
	    text, (unsigned)header.count);
}

/* Returns false when the block cannot be read: then it is tried again when the
 * next block is stored. */
static bool
tell_one(struct bm_blocks *b, struct bitmark_snapshot *snapshot)
{
	const uint64_t number = b->told + 1;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_span block;
	bitmark_status status = bitmark_snapshot_block(snapshot, number,
	    &block);

	if (status == BITMARK_OK)
		status = bitmark_snapshot_digest(snapshot, number, digest);
	if (status != BITMARK_OK) {
		log_untold(b, number, status);
		return false;
	}
	b->told = number;
	log_news(b, number, block, digest);
	bm_events_block(b->events, BITMARK_NODE_BLOCK_ADDED, number, block,
	    digest);
	/* After an error, which is one of its journal, the reservoir knows of
	 * the block all the same. */
	status = bitmark_reservoir_block_added(b->state->reservoir,
	    b->state->now.s, block.data, block.size);
	if (status != BITMARK_OK)
		log_untold(b, number, status);
	return true;
}

/* All changes of the journal by these blocks are one commit. */
static void
tell_added(struct bm_blocks *b, struct bitmark_snapshot *snapshot)
{
	struct bitmark_reservoir *reservoir = b->state->reservoir;
	struct bitmark_tip tip;
	bitmark_status status;

	bitmark_snapshot_tip(snapshot, &tip);
	bitmark_reservoir_begin(reservoir);
	while (b->told < tip.number && tell_one(b, snapshot))
		continue;
	status = bitmark_reservoir_review(reservoir, snapshot,
	    b->state->now.s);
	if (status != BITMARK_OK)
		log_untold(b, b->told, status);
	status = bitmark_reservoir_commit(reservoir);
	if (status != BITMARK_OK)
		log_untold(b, b->told, status);
}

/* This costs little when there is nothing to do, so sync calls it after every
 * run. The number b->told lags behind the chain after a commit; and also after
 * an error in reading a block, which is repaired here when the next block is
 * stored. */
void
bm_blocks_settle(struct bm_blocks *b)
{
	struct bitmark_snapshot *snapshot;

	commit_batch(b);
	if (b->told >= bm_state_height(b->state))
		return;
	snapshot = bm_state_snapshot(b->state);
	if (snapshot != NULL)
		tell_added(b, snapshot);
	bm_state_release(b->state);
}

/*
 * Adding a block, reading a digest, and passing the newest block on.
 */

/* Drops the block that was held last: it was refused, so it must not be stored
 * later. */
static void
unhold_last(struct bm_blocks *b)
{
	struct bm_held *last = TAILQ_LAST(&b->held, bm_held_list);

	TAILQ_REMOVE(&b->held, last, next);
	free(last);
}

/* Ends the batch after an error of the store. Its blocks stay held, and are
 * stored when the store works again. */
static void
give_batch_up(struct bm_blocks *b, bitmark_status status)
{
	if (b->batch_open)
		bitmark_chain_batch_abort(b->state->chain);
	b->batch_open = false;
	b->batched = 0;
	bm_blocks_failed(b, status);
}

bitmark_status
bm_blocks_add(struct bm_blocks *b, struct bitmark_span block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	bitmark_status status = bm_blocks_hold(b, block, digest);

	if (status != BITMARK_OK || b->failed != BITMARK_OK)
		return status;
	bm_state_lend(b->state);
	status = begin_batch(b);
	if (status == BITMARK_OK)
		status = bitmark_chain_add(b->state->chain, block.data,
		    block.size, digest, b->state->now.s);
	bm_state_take_back(b->state);
	if (is_machine(status)) {
		give_batch_up(b, status);
		return BITMARK_OK;
	}
	if (status != BITMARK_OK) {
		unhold_last(b);
		return status;
	}
	b->applied++;
	b->batched++;
	/* Verifying takes time, and a batch may take a whole second: the
	 * connector must see that time pass. */
	bm_now_read(&b->state->now);
	if (b->batched >= BATCH_BLOCKS ||
	    b->state->now.ms - b->batch_since_ms > BATCH_MS)
		bm_blocks_settle(b);
	return BITMARK_OK;
}

bitmark_status
bm_blocks_digest(struct bm_blocks *b, uint64_t number,
    uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bitmark_snapshot *snapshot;
	struct bitmark_tip tip;
	bitmark_status status = BITMARK_E_STORE;

	/* The connector asks for this one before each block that it has
	 * stored.  It is known without reading, so that the batch goes on. */
	bitmark_chain_tip(b->state->chain, &tip);
	if (number == tip.number) {
		memcpy(digest, tip.digest, sizeof tip.digest);
		return BITMARK_OK;
	}
	bm_blocks_settle(b);
	snapshot = bm_state_snapshot(b->state);
	if (snapshot != NULL)
		status = bitmark_snapshot_digest(snapshot, number, digest);
	bm_state_release(b->state);
	return status;
}

/* Read back rather than passed on as it came: peers get the bytes that are
 * stored, whatever followed the block in the message that brought it. */
void
bm_blocks_relay_newest(struct bm_blocks *b)
{
	struct bitmark_snapshot *snapshot = bm_state_snapshot(b->state);
	struct bitmark_span block;
	struct bitmark_tip tip;

	if (snapshot != NULL) {
		bitmark_snapshot_tip(snapshot, &tip);
		if (bitmark_snapshot_block(snapshot, tip.number, &block) ==
		    BITMARK_OK)
			bm_events_tell(b->events, BITMARK_MESSAGE_BLOCK,
			    "block", &block, 1);
	}
	bm_state_release(b->state);
}
