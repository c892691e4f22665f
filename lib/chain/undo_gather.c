/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The rows of transactions are spread over the largest table, as ids are
 * hashes.  Block by block, and record by record, a page would be found and
 * copied once for each of its rows; in the order of the ids it is done once.
 *
 * The prefix of an id stands beside the pointer to its step, so that sorting
 * and searching seldom follow the pointer to memory that is not in the cache.
 */
#include "chain/undo_gather.h"

#include <stdlib.h>
#include <string.h>

#include "chain/env.h"
#include "chain/read.h"
#include "codec/codec.h"

/* Rows that are taken in one part of the transaction: bm_part_begin.
 * Source: measured; no difference was seen between 300 and 1000. */
#define PART_ROWS 500

static bitmark_status
read_headers(struct bm_undoing *u, const struct bm_removed_list *blocks)
{
	bitmark_status status = BITMARK_OK;

	u->block = calloc(blocks->count, sizeof *u->block);
	if (u->block == NULL)
		return BITMARK_E_NOMEM;
	u->block_count = blocks->count;
	for (size_t i = 0; status == BITMARK_OK && i < blocks->count; i++) {
		struct bm_undo_block *b = &u->block[i];

		b->of = u;
		b->copy = &blocks->block[i];
		status = bitmark_header_parse(b->copy->data, b->copy->size,
		    &b->header);
		if (status == BITMARK_OK && b->header.count == 0)
			status = BITMARK_E_STORE_CORRUPT;
		u->step_count += b->header.count;
	}
	return status;
}

/*
 * The steps.  A block has as many as it has records at most: its base record,
 * or the two of them, are one.
 */

/* The block as an item. */
static void
make_first_step(struct bm_undo_block *b)
{
	b->step[0].place = (struct bm_place){ b->copy->number,
		BITMARK_HEADER_SIZE };
	b->step[0].transaction = true;
	bitmark_foundation_id(b->copy->digest, b->copy->number,
	    b->step[0].id);
}

/* The first record makes the owner of the block; every other one that is no
 * second base record is a step. */
static bitmark_status
add_step(struct bm_undo_block *b, const struct bitmark_block_walk *walk)
{
	const bool base = bm_is_base(&walk->record);
	struct bm_undo_step *step = &b->step[b->header.count - walk->index + 1];

	if (walk->index == 1 ? !base : base && walk->index > 2)
		return BITMARK_E_STORE_CORRUPT;
	if (walk->index == 1)
		b->owner = *bitmark_record_owner(&walk->record);
	if (base)
		return BITMARK_OK;
	b->count++;
	step->place = (struct bm_place){ b->copy->number,
		(uint64_t)(walk->packed.data - b->copy->data) };
	step->transaction = walk->record.tag != BITMARK_RECORD_ASSET;
	if (step->transaction)
		bitmark_tx_id(walk->packed.data, walk->packed.size, step->id);
	return BITMARK_OK;
}

static bitmark_status
make_steps(struct bm_undo_block *b)
{
	const struct bm_store *store = b->of->t->store;
	struct bitmark_block_walk walk;
	bitmark_status status = bitmark_block_walk_start(&walk, store->rules,
	    b->copy->data, b->copy->size, store->params->network);

	make_first_step(b);
	b->count = 1;
	while (status == BITMARK_OK && walk.index < walk.header.count) {
		status = bitmark_block_walk_next(&walk);
		if (status == BITMARK_OK)
			status = add_step(b, &walk);
	}
	return status;
}

static void
run_make_steps(struct bm_task *task)
{
	struct bm_undo_block *b = (struct bm_undo_block *)task;

	b->status = make_steps(b);
}

/* One task for each block: reading and hashing its records takes far longer
 * than all that is done with rows. */
static bitmark_status
make_all_steps(struct bm_undoing *u)
{
	struct bm_workers *workers = u->t->store->workers;
	struct bm_undo_step *step;
	bitmark_status status = BITMARK_OK;

	u->step = step = calloc(u->step_count, sizeof *u->step);
	if (step == NULL)
		return BITMARK_E_NOMEM;
	for (size_t i = 0; i < u->block_count; i++) {
		struct bm_undo_block *b = &u->block[i];

		b->step = step;
		step += b->header.count;
		b->task.run = run_make_steps;
		bm_workers_submit(workers, &u->pending, &b->task,
		    BM_TURN_NOW);
	}
	bm_workers_wait(workers, &u->pending);
	for (size_t i = 0; status == BITMARK_OK && i < u->block_count; i++)
		status = u->block[i].status;
	return status;
}

/*
 * The rows of the transactions.
 */

/* The newest of several copies of an issue comes first: it is taken back first.
 */
static int
compare_order(const void *a, const void *b)
{
	const struct bm_undo_order *left = a, *right = b;
	int order;

	if (left->prefix != right->prefix)
		return left->prefix < right->prefix ? -1 : 1;
	order = memcmp(left->step->id, right->step->id,
	    sizeof left->step->id);
	return order != 0 ? order : left->step < right->step ? -1 : 1;
}

static bitmark_status
make_order(struct bm_undoing *u)
{
	u->order = calloc(u->step_count, sizeof *u->order);
	if (u->order == NULL)
		return BITMARK_E_NOMEM;
	for (size_t i = 0; i < u->step_count; i++)
		if (u->step[i].transaction)
			u->order[u->order_count++] = (struct bm_undo_order){
				.prefix = bm_get_u64be(u->step[i].id),
				.step = &u->step[i],
			};
	qsort(u->order, u->order_count, sizeof *u->order, compare_order);
	return BITMARK_OK;
}

/* The first of several with the same id has its place in txs; the newest of them
 * comes first here.  When there are no others left, its row says so. */
static bitmark_status
take_copy(struct bm_txn *t, struct bm_undo_step *step)
{
	struct bm_copy left;
	bitmark_status status = bm_promised(bm_get_copy(t, step->id,
	    &step->place, &step->copy));

	if (status == BITMARK_OK)
		status = bm_del_copy(t, step->id, &step->place);
	if (status == BITMARK_OK)
		status = bm_get_last_copy(t, step->id, &left);
	if (status != BITMARK_E_NOT_FOUND)
		return status;
	step->tx.copied = false;
	return bm_put_tx(t, step->id, &step->tx);
}

static bitmark_status
take_row(struct bm_txn *t, struct bm_undo_step *step)
{
	bitmark_status status = bm_get_tx(t, step->id, &step->tx);

	if (status != BITMARK_OK)
		return status;
	if (!bm_same_place(&step->tx.place, &step->place))
		return take_copy(t, step);
	step->taken = true;
	return bm_del(t, BM_TABLE_TXS, step->id, sizeof step->id);
}

/* A part of the transaction for some hundred rows: see struct bm_part. */
static bitmark_status
take_some_rows(struct bm_txn *t, const struct bm_undo_order *order,
    size_t count)
{
	struct bm_part part;
	bitmark_status status = bm_part_begin(t, &part);

	if (status != BITMARK_OK)
		return status;
	for (size_t i = 0; status == BITMARK_OK && i < count; i++)
		status = take_row(&part.txn, order[i].step);
	return bm_part_end(t, &part, status);
}

static bitmark_status
take_rows(struct bm_undoing *u)
{
	bitmark_status status = BITMARK_OK;
	size_t count;

	for (size_t i = 0; status == BITMARK_OK && i < u->order_count;
	    i += count) {
		count = u->order_count - i;
		if (count > PART_ROWS)
			count = PART_ROWS;
		status = take_some_rows(u->t, &u->order[i], count);
	}
	return status;
}

bitmark_status
bm_undo_gather(struct bm_undoing *u, const struct bm_removed_list *blocks)
{
	bitmark_status status = read_headers(u, blocks);

	if (status == BITMARK_OK)
		status = make_all_steps(u);
	if (status == BITMARK_OK)
		status = make_order(u);
	return status == BITMARK_OK ? take_rows(u) : status;
}

void
bm_undo_release(struct bm_undoing *u)
{
	free(u->block);
	free(u->step);
	free(u->order);
}

/* Several steps may share a prefix, and copies of an issue share the id: the
 * one whose row was taken is the one that was stored. */
struct bm_undo_step *
bm_undo_find(const struct bm_undoing *u, const uint8_t id[BITMARK_TX_ID_SIZE])
{
	const uint64_t prefix = bm_get_u64be(id);
	size_t low = 0, high = u->order_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (u->order[middle].prefix < prefix)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < u->order_count && u->order[low].prefix == prefix; low++) {
		struct bm_undo_step *step = u->order[low].step;

		if (step->taken && memcmp(step->id, id, sizeof step->id) == 0)
			return step;
	}
	return NULL;
}
