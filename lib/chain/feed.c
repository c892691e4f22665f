/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The feed: a ring of blocks that were read ahead.  The oldest is applied as
 * soon as its digest is known; the ring is then filled again, so that the
 * pool always has a few blocks for each of its workers.
 *
 * Below a checkpoint no digest is computed: the block behind the oldest is in
 * the ring, too, and its header has the digest.
 */
#include "chain/feed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "chain/chain.h"
#include "chain/runs.h"
#include "chain/trust.h"

/* Look-ahead: blocks for each worker, blocks and bytes in all.
 * Source: local choice. */
#define AHEAD_PER_WORKER 4
#define AHEAD_MAX 64
/* ... when no digests are computed: enough that the checks of the records keep
 * all workers busy. */
#define AHEAD_TRUSTED 32
#define AHEAD_BYTES_MAX (32u << 20)

/* Blocks, and bytes of them, that are committed together at most.  Each commit
 * waits for the disk, and a crash loses the work of one batch.
 * Source: local choice. */
#define BATCH_BLOCKS_MAX 64
#define BATCH_BYTES_MAX (8u << 20)

/* One block that was read ahead.  Its place does not move while the digest is
 * computed, as the job is inside. */
struct slot {
	struct bitmark_digest_job job;
	struct ahead *ahead;
	uint8_t *block;
	size_t size;
	bool submitted;
	bool trusted;                   /* its digest stands in the next one */
	bool finished;                  /* under the lock of ahead */
};

struct ahead {
	struct bm_feed *feed;
	struct bitmark_chain *chain;
	pthread_mutex_t lock;
	pthread_cond_t finished;
	size_t capacity;                /* slots that are used     */
	size_t first;
	size_t count;
	size_t bytes;
	bitmark_status ended;           /* why nothing more is read */
	bool at_end;                    /* ... or there is no more  */
	struct slot slot[AHEAD_MAX];
};

struct batch {
	size_t blocks;
	size_t bytes;
};

/* Called by a thread of the pool.  The flag is under the lock, as the feed may
 * be about to wait for it. */
static void
on_digest(struct bitmark_digest_job *job)
{
	struct slot *slot = job->user;
	struct ahead *a = slot->ahead;

	pthread_mutex_lock(&a->lock);
	slot->finished = true;
	pthread_cond_signal(&a->finished);
	pthread_mutex_unlock(&a->lock);
}

/* When the pool is full the block waits without a digest, and it is computed
 * when the block is added. */
static void
submit(struct ahead *a, struct slot *slot)
{
	memcpy(slot->job.input, slot->block, sizeof slot->job.input);
	slot->job.struct_size = sizeof slot->job;
	slot->job.done = on_digest;
	slot->job.user = slot;
	slot->submitted = bitmark_digest_pool_submit(a->chain->digests,
	    &slot->job) == BITMARK_OK;
}

/* Start on the block, unless its header alone condemns it or the chain already
 * has a block of this number: its digest and its checks are not needed then. */
static void
begin_work(struct ahead *a, struct slot *slot)
{
	struct bitmark_header header;

	if (bitmark_header_parse(slot->block, slot->size, &header) !=
	    BITMARK_OK || header.number <= a->chain->tip.number ||
	    bitmark_header_check(a->chain->store.rules, &header,
	    a->feed->now_s) != BITMARK_OK)
		return;
	slot->trusted = bm_chain_trust_covers(a->chain, header.number);
	if (slot->trusted || a->chain->digests != NULL)
		bitmark_chain_prepare(a->chain, slot->block, slot->size);
	if (!slot->trusted && a->chain->digests != NULL)
		submit(a, slot);
}

/* Read one more block into the slot behind the last one. The reason why no more
 * can be read is reported only after all blocks before were added. */
static void
read_ahead(struct ahead *a)
{
	struct slot *slot = &a->slot[(a->first + a->count) % a->capacity];

	memset(slot, 0, sizeof *slot);
	slot->ahead = a;
	a->ended = a->feed->next(a->feed->next_user, &slot->block,
	    &slot->size);
	if (a->ended != BITMARK_OK)
		return;
	if (slot->block == NULL) {
		a->at_end = true;
		return;
	}
	a->count++;
	a->bytes += slot->size;
	begin_work(a, slot);
}

/* At least one block is read, however large it is. */
static void
fill(struct ahead *a)
{
	while (a->ended == BITMARK_OK && !a->at_end &&
	    a->count < a->capacity &&
	    (a->count == 0 || a->bytes < AHEAD_BYTES_MAX))
		read_ahead(a);
}

/* Wait for this one digest only: blocks are applied in order, and the other
 * digests are computed meanwhile. */
static void
wait_for(struct ahead *a, struct slot *slot)
{
	if (!slot->submitted)
		return;
	pthread_mutex_lock(&a->lock);
	while (!slot->finished)
		pthread_cond_wait(&a->finished, &a->lock);
	pthread_mutex_unlock(&a->lock);
}

/* Forget the oldest block, whether it was completed or not. */
static void
drop_first(struct ahead *a)
{
	struct slot *slot = &a->slot[a->first];

	wait_for(a, slot);
	a->bytes -= slot->size;
	free(slot->block);
	a->first = (a->first + 1) % a->capacity;
	a->count--;
}

/* Without a pool the digest is computed when the block is added, and reading
 * ahead would only take memory. */
static size_t
slots_for(const struct bitmark_chain *chain)
{
	struct bitmark_digest_stats stats = { .struct_size = sizeof stats };
	size_t slots;

	if (bm_chain_trust_covers(chain, chain->tip.number + 1))
		return AHEAD_TRUSTED;
	if (chain->digests == NULL)
		return 1;
	bitmark_digest_pool_stats(chain->digests, &stats);
	slots = (size_t)stats.workers * AHEAD_PER_WORKER;
	return slots < AHEAD_MAX ? slots : AHEAD_MAX;
}

/* The ring uses as many of its slots as keep the pool busy: more would only
 * hold blocks in memory for longer. */
static bitmark_status
ahead_new(struct ahead **ahead, struct bm_feed *feed,
    struct bitmark_chain *chain)
{
	struct ahead *a = calloc(1, sizeof *a);

	if (a == NULL)
		return BITMARK_E_NOMEM;
	if (pthread_mutex_init(&a->lock, NULL) != 0)
		goto free_ahead;
	if (pthread_cond_init(&a->finished, NULL) != 0)
		goto destroy_lock;
	a->feed = feed;
	a->chain = chain;
	a->capacity = slots_for(chain);
	*ahead = a;
	return BITMARK_OK;

destroy_lock:
	pthread_mutex_destroy(&a->lock);
free_ahead:
	free(a);
	return BITMARK_E_NOMEM;
}

/* Digests that are being computed write to the slots, so they are waited for.
 */
static void
ahead_free(struct ahead *a)
{
	while (a->count != 0)
		drop_first(a);
	pthread_cond_destroy(&a->finished);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* Is the block to blame? Errors from BITMARK_E_STORE down come from the store
 * or the machine, and the same block may be added another time. */
static bool
is_refusal(bitmark_status status)
{
	return status < BITMARK_OK && status > BITMARK_E_STORE;
}

/* Does the chain, with the open batch, have this very block already? Then
 * loading a file continues where it was stopped. */
static bool
is_there(const struct ahead *a, const struct slot *slot)
{
	const struct bitmark_chain *chain = a->chain;
	struct bitmark_header header;
	struct bitmark_span block;

	return chain->batch.failed == BITMARK_OK &&
	    bitmark_header_parse(slot->block, slot->size, &header) ==
	    BITMARK_OK && header.number <= chain->tip.number &&
	    bm_get_block(&chain->batch.change.txn, header.number, &block) ==
	    BITMARK_OK && block.size == slot->size &&
	    memcmp(block.data, slot->block, block.size) == 0;
}

/* The digest of the oldest block, as far as it is known without being computed:
 * by the pool, or by the block behind it.  That of the checkpoint itself is used
 * only when there is none: so a digest that does not belong to the hash beside
 * it is found out. */
static const uint8_t *
known_digest(const struct ahead *a, const struct slot *slot,
    struct bitmark_header *next)
{
	const struct bitmark_checkpoint *c = &a->chain->store.checkpoint;
	const struct slot *behind = &a->slot[(a->first + 1) % a->capacity];

	if (slot->submitted)
		return slot->job.output;
	if (!slot->trusted)
		return NULL;
	if (a->count > 1 && bitmark_header_parse(behind->block,
	    behind->size, next) == BITMARK_OK)
		return next->previous;
	return a->chain->tip.number + 1 == c->number ? c->digest : NULL;
}

/* Add the oldest block to the open batch. */
static bitmark_status
add_first(struct ahead *a, uint64_t *refused)
{
	struct slot *slot = &a->slot[a->first];
	struct bitmark_header header, next;
	bitmark_status status;

	wait_for(a, slot);
	if (is_there(a, slot))
		return BITMARK_OK;
	if (slot->submitted && slot->job.status != BITMARK_OK)
		return slot->job.status;
	status = bitmark_chain_add(a->chain, slot->block, slot->size,
	    known_digest(a, slot, &next), a->feed->now_s);
	if (is_refusal(status) && bitmark_header_parse(slot->block,
	    slot->size, &header) == BITMARK_OK)
		*refused = header.number;
	return status;
}

bitmark_status
bm_feed_report(const struct bm_feed *feed, const struct bitmark_chain *chain)
{
	struct bitmark_tip tip;

	if (feed->progress == NULL)
		return BITMARK_OK;
	bitmark_chain_tip(chain, &tip);
	return feed->progress(feed->progress_user, tip.number,
	    feed->work_done, feed->work_total) == 0 ?
	    BITMARK_OK : BITMARK_E_STOPPED;
}

/* Commit when the batch is large enough, and open the next one.  The digests of
 * the blocks that follow are computed while the disk is waited for. */
static bitmark_status
next_batch(struct ahead *a, struct batch *batch)
{
	bitmark_status status;

	if (batch->blocks < BATCH_BLOCKS_MAX && batch->bytes < BATCH_BYTES_MAX)
		return BITMARK_OK;
	batch->blocks = 0;
	batch->bytes = 0;
	status = bitmark_chain_batch_commit(a->chain);
	return status == BITMARK_OK ?
	    bitmark_chain_batch_begin(a->chain) : status;
}

/* Move one block from the ring into the chain. After each block the program is
 * asked whether to continue; when it stops, the blocks that were added are
 * still committed. */
static bitmark_status
step(struct ahead *a, struct batch *batch, uint64_t *refused)
{
	size_t size = a->slot[a->first].size;
	bitmark_status status = add_first(a, refused);

	if (status != BITMARK_OK)
		return status;
	drop_first(a);
	batch->blocks++;
	batch->bytes += size;
	a->feed->work_done += bm_work_of_block(size);
	status = bm_feed_report(a->feed, a->chain);
	return status == BITMARK_OK ? next_batch(a, batch) : status;
}

/* There are no more blocks: have they reached the checkpoint? */
static bitmark_status
must_be_proven(struct bitmark_chain *chain)
{
	uint64_t proven;
	bitmark_status status = bitmark_chain_proven(chain, &proven);

	return status == BITMARK_OK && proven < chain->tip.number ?
	    BITMARK_E_UNPROVEN : status;
}

bitmark_status
bm_feed_run(struct bm_feed *feed, struct bitmark_chain *chain,
    uint64_t *refused)
{
	struct batch batch = { 0 };
	struct ahead *a;
	bitmark_status status, committed;

	*refused = 0;
	status = ahead_new(&a, feed, chain);
	if (status != BITMARK_OK)
		return status;
	status = bitmark_chain_batch_begin(chain);
	if (status != BITMARK_OK)
		goto free_ahead;
	for (fill(a); status == BITMARK_OK && a->count != 0; fill(a))
		status = step(a, &batch, refused);
	if (status == BITMARK_OK)
		status = a->ended;
	committed = bitmark_chain_batch_commit(chain);
	/* next_batch may have failed between two batches; then there is none
	 * to commit, and its error is in status. */
	if (committed != BITMARK_OK && committed != BITMARK_E_STATE)
		status = committed;
	if (status == BITMARK_OK)
		status = must_be_proven(chain);

free_ahead:
	ahead_free(a);
	return status;
}
