#include "chain/check.h"

#include <stdlib.h>
#include <string.h>

#include "chain/store.h"
#include "record/record.h"

/* Levels of the merkle tree inside a part: log2 of BM_CHECK_PART. */
#define PART_LEVELS 6

struct bm_check_part {
	struct bm_task task;            /* first: found from the task */
	struct bm_block_check *of;
	size_t first, end;              /* records                    */
	uint8_t node[BITMARK_DIGEST_SIZE];      /* of the merkle tree */
};

bool
bm_check_possible(const struct bitmark_rules *rules,
    const struct bitmark_header *header)
{
	return header->count != 0 && header->count <= rules->header_count_max;
}

static size_t
parts_of(size_t records)
{
	return (records + BM_CHECK_PART - 1) / BM_CHECK_PART;
}

size_t
bm_check_bytes(const struct bitmark_header *header, size_t size)
{
	return sizeof(struct bm_block_check) + size + header->count *
	    (sizeof(struct bm_check) + BITMARK_TX_ID_SIZE) +
	    parts_of(header->count) * sizeof(struct bm_check_part);
}

static bitmark_status
fill_new(struct bm_block_check *check, struct bitmark_span block,
    enum bm_check_block keep)
{
	size_t count;
	bitmark_status status = bitmark_header_parse(block.data, block.size,
	    &check->header);

	if (status != BITMARK_OK)
		return status;
	count = check->header.count;
	check->check = calloc(count, sizeof *check->check);
	check->ids = calloc(count, BITMARK_TX_ID_SIZE);
	check->part = calloc(parts_of(count), sizeof *check->part);
	if (check->check == NULL || check->ids == NULL || check->part == NULL)
		return BITMARK_E_NOMEM;
	check->block = block;
	if (keep == BM_CHECK_BORROW)
		return BITMARK_OK;
	check->copy = malloc(block.size);
	if (check->copy == NULL)
		return BITMARK_E_NOMEM;
	memcpy(check->copy, block.data, block.size);
	check->block.data = check->copy;
	return BITMARK_OK;
}

bitmark_status
bm_check_new(struct bm_block_check **check, struct bitmark_chain *chain,
    struct bitmark_span block, enum bm_check_block keep)
{
	struct bm_block_check *c = calloc(1, sizeof *c);
	bitmark_status status;

	*check = NULL;
	if (c == NULL)
		return BITMARK_E_NOMEM;
	c->chain = chain;
	atomic_init(&c->dropped, false);
	status = fill_new(c, block, keep);
	if (status != BITMARK_OK) {
		bm_check_free(c);
		return status;
	}
	*check = c;
	return BITMARK_OK;
}

void
bm_check_free(struct bm_block_check *check)
{
	if (check == NULL)
		return;
	atomic_store(&check->dropped, true);
	if (check->begun)
		bm_workers_wait(check->chain->workers, &check->pending);
	free(check->copy);
	free(check->part);
	free(check->ids);
	free(check->check);
	free(check);
}

/*
 * Who must have signed, as far as it can be known ahead.
 */

void
bm_check_demand(struct bm_check *check, const struct bitmark_account *signer)
{
	if (check->checked && check->has_signer == (signer != NULL) &&
	    (signer == NULL || bitmark_account_equal(signer, &check->signer)))
		return;
	check->checked = false;
	check->has_signer = signer != NULL;
	if (signer != NULL)
		check->signer = *signer;
}

/* Its owner or registrant; for what links to another record, nobody yet. */
static void
presume_owner(struct bm_check *check)
{
	if (bitmark_record_link(&check->record) == NULL)
		bm_check_demand(check, bitmark_record_owner(&check->record));
}

/* The owner of the linked record, when that is confirmed. */
static void
presume_linked(struct bm_block_check *c, struct bm_txn *t,
    struct bm_check *check)
{
	struct bitmark_account signer;
	struct bm_tx from;

	if (bitmark_record_link(&check->record) != NULL &&
	    bm_linked(c->chain, t, &check->record, &from, &signer) ==
	    BITMARK_OK)
		bm_check_demand(check, &signer);
}

static bool
has_links(const struct bm_block_check *c, const struct bm_check_part *part)
{
	for (size_t i = part->first; i < part->end; i++)
		if (bitmark_record_link(&c->check[i].record) != NULL)
			return true;
	return false;
}

/* A failure of the store is met again at the block's turn. */
static void
presume_signers(struct bm_block_check *c, const struct bm_check_part *part)
{
	struct bm_txn t;

	for (size_t i = part->first; i < part->end; i++)
		presume_owner(&c->check[i]);
	if (!has_links(c, part) || bm_read_begin(c->chain, &t) != BITMARK_OK)
		return;
	for (size_t i = part->first; i < part->end; i++)
		presume_linked(c, &t, &c->check[i]);
	bm_read_end(c->chain, &t);
}

/*
 * The work.
 */

/* All that are to be checked, and are not. */
static void
check_part(const struct bm_block_check *c, const struct bm_check_part *part)
{
	for (size_t i = part->first; i < part->end; i++) {
		struct bm_check *check = &c->check[i];

		if (check->checked || check->refused != BITMARK_OK)
			continue;
		check->found = bitmark_record_check(c->chain->rules,
		    &check->record, check->has_signer ? &check->signer : NULL,
		    BITMARK_CONSENSUS);
		check->checked = true;
	}
}

/* Ids, and the node of the merkle tree over them. */
static void
hash_part(struct bm_block_check *c, struct bm_check_part *part)
{
	uint8_t nodes[BM_CHECK_PART * BITMARK_TX_ID_SIZE];
	size_t count = part->end - part->first;
	uint8_t *ids = c->ids + part->first * BITMARK_TX_ID_SIZE;

	for (size_t i = 0; i < count; i++) {
		struct bitmark_span packed = c->check[part->first + i].packed;

		bitmark_tx_id(packed.data, packed.size,
		    ids + i * BITMARK_TX_ID_SIZE);
	}
	if (parts_of(c->count) == 1)
		return;                 /* the tree is not as high */
	memcpy(nodes, ids, count * BITMARK_TX_ID_SIZE);
	for (int level = 0; level < PART_LEVELS; level++)
		count = bm_merkle_level(nodes, count);
	memcpy(part->node, nodes, sizeof part->node);
}

static void
work_on(struct bm_check_part *part)
{
	hash_part(part->of, part);
	presume_signers(part->of, part);
	check_part(part->of, part);
}

static void
run_part(struct bm_task *task)
{
	struct bm_check_part *part = (struct bm_check_part *)task;
	struct bm_block_check *c = part->of;

	if (!atomic_load(&c->dropped))
		work_on(part);
}

static void
run_part_again(struct bm_task *task)
{
	struct bm_check_part *part = (struct bm_check_part *)task;

	check_part(part->of, part);
}

static void
hand_out(struct bm_block_check *c, void (*run)(struct bm_task *),
    enum bm_turn turn)
{
	for (size_t i = 0; i < parts_of(c->count); i++) {
		struct bm_check_part *part = &c->part[i];

		part->task.run = run;
		bm_workers_submit(c->chain->workers, &c->pending, &part->task,
		    turn);
	}
}

/* The records up to the first that cannot be read.  The last one is judged even
 * when something follows it. */
static void
read_records(struct bm_block_check *c)
{
	struct bitmark_block_walk walk;

	c->unread = bitmark_block_walk_start(&walk, c->chain->rules,
	    c->block.data, c->block.size, c->chain->params->network);
	while (c->unread == BITMARK_OK && c->count < c->header.count) {
		c->unread = bitmark_block_walk_next(&walk);
		if (c->unread != BITMARK_OK && c->unread != BITMARK_E_TX_COUNT)
			break;
		c->check[c->count].record = walk.record;
		c->check[c->count].packed = walk.packed;
		c->count++;
	}
	for (size_t i = 0; i < parts_of(c->count); i++) {
		size_t end = (i + 1) * BM_CHECK_PART;

		c->part[i].of = c;
		c->part[i].first = i * BM_CHECK_PART;
		c->part[i].end = end < c->count ? end : c->count;
	}
}

static void
run_read(struct bm_task *task)
{
	struct bm_block_check *c = (struct bm_block_check *)task;

	if (!atomic_load(&c->dropped)) {
		read_records(c);
		hand_out(c, run_part, BM_TURN_LATER);
	}
}

void
bm_check_begin(struct bm_block_check *check)
{
	check->begun = true;
	check->task.run = run_read;
	bm_workers_submit(check->chain->workers, &check->pending,
	    &check->task, BM_TURN_LATER);
}

void
bm_check_finish(struct bm_block_check *check)
{
	if (!check->begun) {
		check->begun = true;
		read_records(check);
		if (parts_of(check->count) == 1)
			work_on(&check->part[0]);
		else
			hand_out(check, run_part, BM_TURN_NOW);
	}
	bm_workers_wait(check->chain->workers, &check->pending);
}

void
bm_check_again(struct bm_block_check *check)
{
	if (parts_of(check->count) == 1)
		check_part(check, &check->part[0]);
	else
		hand_out(check, run_part_again, BM_TURN_NOW);
	bm_workers_wait(check->chain->workers, &check->pending);
}

void
bm_check_root(const struct bm_block_check *check,
    uint8_t root[BITMARK_DIGEST_SIZE])
{
	size_t count = parts_of(check->count);
	uint8_t nodes[(UINT16_MAX / BM_CHECK_PART + 1) * BITMARK_TX_ID_SIZE];

	if (count == 1) {
		memcpy(nodes, check->ids, check->count * BITMARK_TX_ID_SIZE);
		count = check->count;
	} else {
		for (size_t i = 0; i < count; i++)
			memcpy(nodes + i * BITMARK_DIGEST_SIZE,
			    check->part[i].node, BITMARK_DIGEST_SIZE);
	}
	bitmark_merkle_root(nodes, count, root);
}
