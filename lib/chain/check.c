/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * One task reads the records, because where a record begins is known only when
 * the one before it was read; that is little beside signatures.  Then each part
 * of 64 records is a task: it hashes them, makes its node of the merkle tree,
 * finds out who must have signed, and checks limits and signatures.
 *
 * Tasks of one block write to parts of it that do not overlap, and the thread
 * that waits for them reads only after bm_workers_wait: that, and the lock that
 * it takes, is all that is needed between the threads.
 */
#include "chain/check.h"

#include <stdlib.h>
#include <string.h>

#include "chain/read.h"
#include "record/record.h"

/* Levels of the merkle tree inside a part: log2 of BM_CHECK_PART. */
#define PART_LEVELS 6

struct bm_check_part {
	struct bm_task task;            /* first: found from the task */
	struct bm_checked_block *of;
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
	return sizeof(struct bm_checked_block) + size + header->count *
	    (sizeof(struct bm_checked_record) + BITMARK_TX_ID_SIZE) +
	    parts_of(header->count) * sizeof(struct bm_check_part);
}

/* calloc with a count checks the multiplication; the count has 16 bits. */
static bitmark_status
allocate(struct bm_checked_block *b, enum bm_check_block keep)
{
	const size_t count = b->header.count;

	b->record = calloc(count, sizeof *b->record);
	b->ids = calloc(count, BITMARK_TX_ID_SIZE);
	b->part = calloc(parts_of(count), sizeof *b->part);
	if (b->record == NULL || b->ids == NULL || b->part == NULL)
		return BITMARK_E_NOMEM;
	if (keep == BM_CHECK_BORROW)
		return BITMARK_OK;
	b->copy = malloc(b->packed.size);
	if (b->copy == NULL)
		return BITMARK_E_NOMEM;
	memcpy(b->copy, b->packed.data, b->packed.size);
	b->packed.data = b->copy;
	return BITMARK_OK;
}

/* Nothing is parsed yet: that is work for another thread, or for the block's
 * turn. */
bitmark_status
bm_check_new(struct bm_checked_block **block, struct bm_store *store,
    const struct bitmark_header *header, struct bitmark_span packed,
    enum bm_check_block keep)
{
	struct bm_checked_block *b = calloc(1, sizeof *b);

	*block = NULL;
	if (b == NULL)
		return BITMARK_E_NOMEM;
	b->store = store;
	b->header = *header;
	b->packed = packed;
	atomic_init(&b->dropped, false);
	if (allocate(b, keep) != BITMARK_OK) {
		bm_check_free(b);
		return BITMARK_E_NOMEM;
	}
	*block = b;
	return BITMARK_OK;
}

void
bm_check_free(struct bm_checked_block *block)
{
	if (block == NULL)
		return;
	/* Parts that have not begun end at once; those that are under way use
	 * the memory, so they are waited for. */
	atomic_store(&block->dropped, true);
	if (block->begun)
		bm_workers_wait(block->store->workers, &block->pending);
	free(block->copy);
	free(block->part);
	free(block->ids);
	free(block->record);
	free(block);
}

const uint8_t *
bm_check_id(const struct bm_checked_block *block, size_t i)
{
	return block->ids + i * BITMARK_TX_ID_SIZE;
}

/*
 * The signers, as far as they can be known ahead.
 */

/* The result of a check stands as long as it was made for this signer. */
void
bm_check_demand(struct bm_checked_record *record,
    const struct bitmark_account *signer)
{
	if (record->checked && record->has_signer == (signer != NULL) &&
	    (signer == NULL ||
	    bitmark_account_equal(signer, &record->signer)))
		return;
	record->checked = false;
	record->has_signer = signer != NULL;
	if (signer != NULL)
		record->signer = *signer;
}

/* Its owner or registrant, or the account that gives shares away first. */
const struct bitmark_account *
bm_check_signer(const struct bitmark_record *record)
{
	if (record->tag == BITMARK_RECORD_GRANT)
		return &record->grant.owner;
	if (record->tag == BITMARK_RECORD_SWAP)
		return &record->swap.owner_one;
	return bitmark_record_owner(record);
}

/* A record that links to another one does not itself say who must sign it. */
static void
presume_owner(struct bm_checked_record *r)
{
	if (bitmark_record_link(&r->record) == NULL)
		bm_check_demand(r, bm_check_signer(&r->record));
}

/* The owner of the linked record, when that is confirmed. */
static void
presume_linked(const struct bm_txn *t, struct bm_checked_record *r)
{
	const uint8_t *link = bitmark_record_link(&r->record);
	struct bitmark_account signer;
	struct bm_tx from;

	if (link != NULL && bm_get_tx(t, link, &from) == BITMARK_OK &&
	    bm_owner_at(t, &from.place, &signer) == BITMARK_OK)
		bm_check_demand(r, &signer);
}

/* Most parts contain only issues, which have no links and need no transaction.
 */
static bool
has_links(const struct bm_check_part *part)
{
	for (size_t i = part->first; i < part->end; i++)
		if (bitmark_record_link(&part->of->record[i].record) != NULL)
			return true;
	return false;
}

/* A failure of the store is ignored here: it will occur again when the block's
 * turn comes. */
static void
presume_signers(const struct bm_check_part *part)
{
	struct bm_checked_record *record = part->of->record;
	struct bm_txn t;

	for (size_t i = part->first; i < part->end; i++)
		presume_owner(&record[i]);
	if (!has_links(part) ||
	    bm_read_begin(part->of->store, &t) != BITMARK_OK)
		return;
	for (size_t i = part->first; i < part->end; i++)
		presume_linked(&t, &record[i]);
	bm_read_end(&t);
}

/*
 * The work.
 */

/* Check all records that have a signer and are not checked yet. */
static void
check_part(const struct bm_check_part *part)
{
	for (size_t i = part->first; i < part->end; i++) {
		struct bm_checked_record *r = &part->of->record[i];

		if (r->checked || r->refused != BITMARK_OK)
			continue;
		r->found = bitmark_record_check(part->of->store->rules,
		    &r->record, r->has_signer ? &r->signer : NULL,
		    BITMARK_CONSENSUS);
		r->checked = true;
	}
}

/* Parts write to parts of the array that do not overlap. */
static void
hash_records(const struct bm_check_part *part)
{
	struct bm_checked_block *b = part->of;

	for (size_t i = part->first; i < part->end; i++)
		bitmark_tx_id(b->record[i].packed.data,
		    b->record[i].packed.size, b->ids + i * BITMARK_TX_ID_SIZE);
}

/* The node of the merkle tree that stands over all of a part.  When there is
 * one part the tree is not as high as that. */
static void
make_node(struct bm_check_part *part)
{
	uint8_t nodes[BM_CHECK_PART * BITMARK_TX_ID_SIZE];
	size_t count = part->end - part->first;

	if (parts_of(part->of->count) == 1)
		return;
	memcpy(nodes, bm_check_id(part->of, part->first),
	    count * BITMARK_TX_ID_SIZE);
	for (int level = 0; level < PART_LEVELS; level++)
		count = bm_merkle_level(nodes, count);
	memcpy(part->node, nodes, sizeof part->node);
}

/* Ids come first, because they need nothing but the bytes. */
static void
work_on(struct bm_check_part *part)
{
	hash_records(part);
	make_node(part);
	presume_signers(part);
	check_part(part);
}

static void
run_part(struct bm_task *task)
{
	struct bm_check_part *part = (struct bm_check_part *)task;
	struct bm_checked_block *b = part->of;

	if (!atomic_load(&b->dropped))
		work_on(part);
}

/* Check only the records that were not checked before, with the signers that
 * are known now. */
static void
run_part_again(struct bm_task *task)
{
	struct bm_check_part *part = (struct bm_check_part *)task;

	check_part(part);
}

/* Each part is its own task, in the memory of the block: nothing is allocated.
 */
static void
hand_out(struct bm_checked_block *b, void (*run)(struct bm_task *),
    enum bm_turn turn)
{
	for (size_t i = 0; i < parts_of(b->count); i++) {
		b->part[i].task.run = run;
		bm_workers_submit(b->store->workers, &b->pending,
		    &b->part[i].task, turn);
	}
}

static void
make_parts(struct bm_checked_block *b)
{
	for (size_t i = 0; i < parts_of(b->count); i++) {
		const size_t end = (i + 1) * BM_CHECK_PART;

		b->part[i].of = b;
		b->part[i].first = i * BM_CHECK_PART;
		b->part[i].end = end < b->count ? end : b->count;
	}
}

/* The records up to the first that cannot be read.  The last one is judged even
 * when something follows it: v8.2 reports the records first. */
static void
read_records(struct bm_checked_block *b)
{
	const uint8_t *at = b->packed.data + BITMARK_HEADER_SIZE;
	size_t left = b->packed.size - BITMARK_HEADER_SIZE, used;

	b->crc = bitmark_crc(b->header.number, b->packed.data, b->packed.size);
	while (b->count < b->header.count) {
		struct bm_checked_record *r = &b->record[b->count];

		b->unread = bitmark_record_parse(b->store->rules, at, left,
		    b->store->params->network, &r->record, &used);
		if (b->unread != BITMARK_OK)
			break;
		r->packed = (struct bitmark_span){ at, used };
		at += used;
		left -= used;
		b->count++;
	}
	if (b->unread == BITMARK_OK && left != 0)
		b->unread = BITMARK_E_TX_COUNT;
	make_parts(b);
}

/* The parts are submitted by the task that counts as one itself, so the count
 * of pending tasks never falls to 0 in between. */
static void
run_read(struct bm_task *task)
{
	struct bm_checked_block *b = (struct bm_checked_block *)task;

	if (!atomic_load(&b->dropped)) {
		read_records(b);
		hand_out(b, run_part, BM_TURN_LATER);
	}
}

void
bm_check_begin(struct bm_checked_block *block)
{
	block->begun = true;
	block->task.run = run_read;
	bm_workers_submit(block->store->workers, &block->pending,
	    &block->task, BM_TURN_LATER);
}

/* A block of one part is checked by this thread, because waking another one
 * would take longer. */
void
bm_check_finish(struct bm_checked_block *block)
{
	if (!block->begun) {
		block->begun = true;
		read_records(block);
		if (parts_of(block->count) == 1)
			work_on(&block->part[0]);
		else
			hand_out(block, run_part, BM_TURN_NOW);
	}
	bm_workers_wait(block->store->workers, &block->pending);
}

void
bm_check_read(struct bm_checked_block *block)
{
	read_records(block);
	for (size_t i = 0; i < parts_of(block->count); i++)
		hash_records(&block->part[i]);
}

/* Most of these are transfers of items that came with a block just before this
 * one. */
void
bm_check_again(struct bm_checked_block *block)
{
	if (parts_of(block->count) == 1)
		check_part(&block->part[0]);
	else
		hand_out(block, run_part_again, BM_TURN_NOW);
	bm_workers_wait(block->store->workers, &block->pending);
}

/* The parts are whole subtrees, so their nodes are a level of the tree, and the
 * root over them is the root over all.  A part that is not full is the last
 * one, and its node was made as bitmark_merkle_root does it: the odd one is
 * paired with itself. */
void
bm_check_root(const struct bm_checked_block *block,
    uint8_t root[BITMARK_DIGEST_SIZE])
{
	size_t count = parts_of(block->count);
	uint8_t nodes[(UINT16_MAX / BM_CHECK_PART + 1) * BITMARK_TX_ID_SIZE];

	if (count == 1) {
		memcpy(nodes, block->ids, block->count * BITMARK_TX_ID_SIZE);
		count = block->count;
	} else {
		for (size_t i = 0; i < count; i++)
			memcpy(nodes + i * BITMARK_DIGEST_SIZE,
			    block->part[i].node, BITMARK_DIGEST_SIZE);
	}
	bitmark_merkle_root(nodes, count, root);
}
