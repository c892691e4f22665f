/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A block that is refused has changed nothing, because it is verified before
 * anything of it is written. So only an error of the store or of the machine
 * makes a batch fail; what the batch had written is then aborted with its
 * transaction.
 */
#include "chain/batch.h"

#include <stdlib.h>
#include <string.h>

#include "chain/apply.h"
#include "chain/proof.h"
#include "chain/verify.h"
#include "codec/log.h"

/* First capacity of a batch.  Blocks. */
#define CAPACITY_MIN 16

/* The block was verified when it was added, so it is only read again. */
static bitmark_status
apply_kept(struct bm_txn *t, const struct bm_batch_block *kept)
{
	struct bm_checked_block *block;
	bitmark_status status = bm_check_new(&block, t->store, &kept->header,
	    (struct bitmark_span){ kept->data, kept->size }, BM_CHECK_BORROW);

	if (status != BITMARK_OK)
		return status;
	bm_check_read(block);
	status = bm_apply(t, block, kept->digest);
	bm_check_free(block);
	return status;
}

/* bm_change_fn: the whole batch again, in a map that has become larger. */
static bitmark_status
apply_all(struct bm_txn *t, void *user)
{
	const struct bm_batch *batch = user;
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; status == BITMARK_OK && i < batch->count; i++)
		status = apply_kept(t, &batch->blocks[i]);
	return status;
}

/* The writer's transaction stays open until the end of the batch. */
bitmark_status
bm_batch_begin(struct bm_batch *batch, struct bm_store *store)
{
	bitmark_status status;

	batch->change = (struct bm_change){
		.store = store,
		.make = apply_all,
		.user = batch,
		.wait_ms = BM_GATE_WAIT_MS,
	};
	status = bm_change_begin(&batch->change);
	batch->open = status == BITMARK_OK;
	return status;
}

static void
clear(struct bm_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		free(batch->blocks[i].data);
	free(batch->blocks);
	*batch = (struct bm_batch){ 0 };
}

/* The batch is lost, but stays open so that its commit can say why. */
static bitmark_status
fail(struct bm_batch *batch, bitmark_status status)
{
	struct bm_store *store = batch->change.store;

	bm_log(&store->env, BITMARK_LOG_DEBUG, "chain", "the open batch is "
	    "lost: %s",
	    bitmark_strerror(status));
	bm_batch_abort(batch);
	batch->change.store = store;
	batch->open = true;
	batch->failed = status;
	return status;
}

/* The array doubles, so that adding a block seldom copies it. */
static bitmark_status
make_place(struct bm_batch *batch)
{
	size_t capacity = batch->capacity != 0 ?
	    2 * batch->capacity : CAPACITY_MIN;
	struct bm_batch_block *blocks;

	if (batch->count < batch->capacity)
		return BITMARK_OK;
	blocks = realloc(batch->blocks, capacity * sizeof *blocks);
	if (blocks == NULL)
		return BITMARK_E_NOMEM;
	batch->blocks = blocks;
	batch->capacity = capacity;
	return BITMARK_OK;
}

/* A block that was prepared has a copy of its own, which is taken over; the
 * caller's bytes are copied. */
static bitmark_status
keep(struct bm_batch *batch, struct bm_checked_block *block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bm_batch_block *kept;
	uint8_t *data = block->copy;
	bitmark_status status = make_place(batch);

	if (status != BITMARK_OK)
		return status;
	if (data == NULL) {
		data = malloc(block->packed.size);
		if (data == NULL)
			return BITMARK_E_NOMEM;
		memcpy(data, block->packed.data, block->packed.size);
	}
	block->copy = NULL;
	kept = &batch->blocks[batch->count++];
	*kept = (struct bm_batch_block){
		.header = block->header,
		.data = data,
		.size = block->packed.size,
	};
	memcpy(kept->digest, digest, sizeof kept->digest);
	return BITMARK_OK;
}

/* The block is kept before it is applied: if the map is full in the middle of
 * that, the whole batch is written again, with this block. */
bitmark_status
bm_batch_add(struct bm_batch *batch, struct bm_checked_block *block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bm_change *change = &batch->change;
	bitmark_status status = batch->failed;

	if (status == BITMARK_OK)
		status = bm_verify(&change->txn, block);
	if (status == BITMARK_OK)
		status = bm_proof_check(&change->txn, block, digest);
	if (status == BITMARK_OK)
		status = keep(batch, block, digest);
	if (status != BITMARK_OK)
		return status;
	status = bm_apply(&change->txn, block, digest);
	if (change->txn.map_full)
		status = bm_change_again(change);
	return status == BITMARK_OK ? BITMARK_OK : fail(batch, status);
}

/* A failed batch has no transaction any more; the caller learns why. */
bitmark_status
bm_batch_commit(struct bm_batch *batch)
{
	bitmark_status status = batch->failed;

	if (status == BITMARK_OK)
		status = bm_change_commit(&batch->change);
	clear(batch);
	return status;
}

void
bm_batch_abort(struct bm_batch *batch)
{
	bm_change_abort(&batch->change);
	clear(batch);
}
