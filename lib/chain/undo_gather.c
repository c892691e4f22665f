#include "chain/undo.h"
#include "codec/codec.h"

#include <stdlib.h>

/* Rows that are taken in one part of the transaction: bm_part_begin.
 * Source: measured; no difference was seen between 300 and 1000. */
#define PART_ROWS 500

/*
 * The blocks, and how many steps each of them is.
 */

static bitmark_status
copy_block(struct bm_undo *u, struct bm_undo_block *b)
{
	struct bitmark_span packed;
	bitmark_status status = bm_get_block(u->t, b->number, &packed);

	if (status != BITMARK_OK)
		return status;
	/* What is in the store moves while it is changed. */
	b->data = malloc(packed.size);
	if (b->data == NULL)
		return BITMARK_E_NOMEM;
	memcpy(b->data, packed.data, packed.size);
	b->size = packed.size;
	return BITMARK_OK;
}

static bitmark_status
start_walk(const struct bm_undo_block *b, struct bitmark_block_walk *walk)
{
	const struct bitmark_chain *chain = b->of->chain;

	return bitmark_block_walk_start(walk, chain->rules, b->data, b->size,
	    chain->params->network);
}

static bitmark_status
read_block(struct bm_undo *u, struct bm_undo_block *b)
{
	const struct bitmark_chain *chain = u->chain;
	struct bitmark_block_walk walk;
	bitmark_status status = copy_block(u, b);

	if (status == BITMARK_OK)
		status = bm_base_read(chain->rules, chain->params->network,
		    (struct bitmark_span){ b->data, b->size }, &b->base);
	if (status == BITMARK_OK)
		status = start_walk(b, &walk);
	if (status == BITMARK_OK)
		b->count = 1 + walk.header.count - b->base.count;
	return status;
}

static bitmark_status
read_blocks(struct bm_undo *u, uint64_t first, uint64_t last)
{
	bitmark_status status = BITMARK_OK;

	u->block = calloc((size_t)(last - first + 1), sizeof *u->block);
	if (u->block == NULL)
		return BITMARK_E_NOMEM;
	for (uint64_t n = last; status == BITMARK_OK && n >= first; n--) {
		struct bm_undo_block *b = &u->block[u->block_count++];

		b->of = u;
		b->number = n;
		status = read_block(u, b);
		u->step_count += b->count;
	}
	return status;
}

/*
 * The steps.
 */

/* Of the block as an item. */
static bitmark_status
make_first_step(struct bm_undo *u, struct bm_undo_block *b)
{
	struct bm_height height;
	bitmark_status status = bm_get_height(u->t, b->number, &height);

	if (status != BITMARK_OK)
		return status;
	b->step[0].place = (struct bm_place){ b->number,
		BITMARK_HEADER_SIZE };
	b->step[0].transaction = true;
	bitmark_foundation_id(height.digest, b->number, b->step[0].id);
	return BITMARK_OK;
}

static bitmark_status
make_steps(struct bm_undo_block *b)
{
	struct bm_undo_step *step = b->step + b->count;
	struct bitmark_block_walk walk;
	bitmark_status status = start_walk(b, &walk);

	while (status == BITMARK_OK && walk.index < walk.header.count) {
		const struct bm_place place = { b->number, walk.offset };

		status = bitmark_block_walk_next(&walk);
		if (status != BITMARK_OK || walk.index <= b->base.count)
			continue;
		step--;
		step->place = place;
		step->transaction = walk.record.tag != BITMARK_RECORD_ASSET;
		if (step->transaction)
			bitmark_tx_id(walk.packed.data, walk.packed.size,
			    step->id);
	}
	return status;
}

static void
run_make_steps(struct bm_task *task)
{
	struct bm_undo_block *b = (struct bm_undo_block *)task;

	b->status = make_steps(b);
}

static bitmark_status
make_all_steps(struct bm_undo *u)
{
	struct bm_undo_step *step;
	bitmark_status status = BITMARK_OK;

	u->step = step = calloc(u->step_count, sizeof *u->step);
	if (step == NULL)
		return BITMARK_E_NOMEM;
	for (size_t i = 0; status == BITMARK_OK && i < u->block_count; i++) {
		struct bm_undo_block *b = &u->block[i];

		b->step = step;
		step += b->count;
		status = make_first_step(u, b);
		b->task.run = run_make_steps;
		bm_workers_submit(u->chain->workers, &u->pending, &b->task,
		    BM_TURN_NOW);
	}
	bm_workers_wait(u->chain->workers, &u->pending);
	for (size_t i = 0; status == BITMARK_OK && i < u->block_count; i++)
		status = u->block[i].status;
	return status;
}

/*
 * Their rows.
 */

/* Of copies of an issue the newest comes first, as it is taken back first. */
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
make_order(struct bm_undo *u)
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

/* Of several copies of an issue only the first was stored. */
static bitmark_status
take_row(struct bm_txn *t, struct bm_undo_step *step)
{
	bitmark_status status = bm_get_tx(t, step->id, &step->tx);

	if (status != BITMARK_OK ||
	    !bm_same_place(&step->tx.place, &step->place))
		return status;
	step->taken = true;
	return bm_del(t, BM_TABLE_TXS, step->id, sizeof step->id);
}

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
take_rows(struct bm_undo *u)
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
bm_undo_gather(struct bm_undo *u, uint64_t first, uint64_t last)
{
	bitmark_status status = read_blocks(u, first, last);

	if (status == BITMARK_OK)
		status = make_all_steps(u);
	if (status == BITMARK_OK)
		status = make_order(u);
	return status == BITMARK_OK ? take_rows(u) : status;
}

void
bm_undo_release(struct bm_undo *u)
{
	for (size_t i = 0; i < u->block_count; i++)
		free(u->block[i].data);
	free(u->block);
	free(u->step);
	free(u->order);
}

struct bm_undo_step *
bm_undo_find(const struct bm_undo *u, const uint8_t id[BITMARK_TX_ID_SIZE])
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
