/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Blocks that are added to the chain or removed from it.
 *
 * A block that was added cannot be refused, so nothing here fails for want of
 * memory: room was made when the units came.  Blocks that are removed are
 * walked several times: transfers can be judged only when all transactions of
 * the block are back.
 *
 * Source: bitmarkd v8.2 block/store.go, block/delete.go, reservoir/setup.go
 * DeleteByTxId, DeleteByLink
 */
#include "reservoir/reservoir_impl.h"

#include <stdlib.h>

/* One record of the block of a walk. */
struct block_record {
	struct bitmark_reservoir *r;
	struct bitmark_snapshot *s;     /* removed blocks only */
	uint64_t now_s;
	struct bitmark_block_walk walk; /* at the record       */
	uint8_t id[BITMARK_TX_ID_SIZE];
};

typedef void (*record_fn)(struct block_record *b);

static bool
is_issue(const struct block_record *b)
{
	return b->walk.record.tag == BITMARK_RECORD_ISSUE;
}

static bool
is_asset(const struct block_record *b)
{
	return b->walk.record.tag == BITMARK_RECORD_ASSET;
}

static bool
is_transaction(const struct block_record *b)
{
	const struct bitmark_record *record = &b->walk.record;

	return is_issue(b) || bitmark_record_link(record) != NULL ||
	    bm_is_spend(record->tag);
}

/* Call ${each} for all records of the block, in order, with the id of each.
 * The block was verified when it was added, so that an error here is a mistake
 * of the caller. */
static bitmark_status
walk(struct block_record *b, struct bitmark_span block, record_fn each)
{
	struct bitmark_block_walk *w = &b->walk;
	bitmark_status status = bitmark_block_walk_start(w, b->r->rules,
	    block.data, block.size, b->r->params->network);

	while (status == BITMARK_OK && w->index < w->header.count) {
		status = bitmark_block_walk_next(w);
		if (status != BITMARK_OK)
			break;
		bitmark_tx_id(w->packed.data, w->packed.size, b->id);
		each(b);
	}
	return status;
}

static struct bm_asset *
cached_asset(const struct block_record *b)
{
	uint8_t id[BITMARK_ASSET_ID_SIZE];

	bitmark_asset_id(b->walk.record.asset.fingerprint, id);
	return bm_map_find(&b->r->assets, id);
}

/*
 * Added.
 */

static void
confirm(struct block_record *b)
{
	struct bm_member *m = bm_map_find(&b->r->members, b->id);
	const uint8_t *link = bitmark_record_link(&b->walk.record);
	struct bm_asset *asset = is_asset(b) ? cached_asset(b) : NULL;
	struct bm_unit *other = NULL;

	if (asset != NULL)
		bm_asset_set_confirmed(b->r, asset, true);
	if (m != NULL)
		bm_unit_confirm(b->r, m, b->now_s);
	/* Another transfer of the same item can never be confirmed now. */
	if (link != NULL)
		other = bm_map_find(&b->r->claims, link);
	if (other != NULL)
		bm_unit_remove(b->r, other, BITMARK_TX_DROPPED);
}

bitmark_status
bitmark_reservoir_block_added(struct bitmark_reservoir *r, uint64_t now_s,
    const uint8_t *block, size_t size)
{
	const struct bitmark_span span = { block, size };
	struct block_record b = { .r = r, .now_s = now_s };

	r->now_s = now_s;
	bm_keep_begin(r);
	return bm_keep_commit(r, walk(&b, span, confirm));
}

/*
 * Removed.
 */

/* A transfer whose linked transaction did not come back has nothing to link
 * to. */
static void
drop_followers(struct block_record *b)
{
	struct bm_unit *u = is_transaction(b) ?
	    bm_map_find(&b->r->claims, b->id) : NULL;

	if (u != NULL && bm_unit_check(b->r, b->s, u) ==
	    BITMARK_E_DOUBLE_TRANSFER)
		bm_unit_remove(b->r, u, BITMARK_TX_DROPPED);
}

/* The same for transfers of the block itself: its foundation id is not among
 * its records' ids, but owner transfers are rare.  A transfer that
 * links to one of ours waits until that one, which may be in a later block, has
 * come back or not. */
static void
drop_owner_transfers(struct bitmark_reservoir *r, struct bitmark_snapshot *s)
{
	for (struct bm_unit *u = TAILQ_FIRST(&r->order); u != NULL;
	    u = r->walk) {
		r->walk = TAILQ_NEXT(u, order);
		if (u->tag == BITMARK_RECORD_OWNER_TRANSFER &&
		    u->state != BM_UNIT_SETTLED &&
		    bm_map_find(&r->members, u->link) == NULL &&
		    bm_unit_check(r, s, u) == BITMARK_E_DOUBLE_TRANSFER)
			bm_unit_remove(r, u, BITMARK_TX_DROPPED);
	}
}

static void
return_asset(struct block_record *b)
{
	struct bitmark_asset_result result = { .struct_size = sizeof result };
	struct bm_asset *asset;
	bitmark_status status;
	uint64_t number;

	if (!is_asset(b))
		return;
	asset = cached_asset(b);
	if (asset != NULL && asset->packed != NULL) {
		status = bm_asset_confirmed(b->s, asset->id, &number);
		if (status != BITMARK_OK || number == 0)
			bm_asset_set_confirmed(b->r, asset, false);
		return;
	}
	status = bitmark_reservoir_asset(b->r, b->s, b->now_s,
	    b->walk.packed.data, b->walk.packed.size, &result);
	bm_log(&b->r->env, BITMARK_LOG_DEBUG, "reservoir",
	    "asset of a removed block: %s", bm_log_outcome(status));
}

/* A transaction of a removed block that the reservoir has never seen is
 * submitted as if a peer had sent it.  If the block has it in another encoding
 * than the canonical one it has another id, and is lost: the reservoir only
 * keeps canonical records. */
static void
return_unknown(struct block_record *b)
{
	struct bitmark_unit_result result = { .struct_size = sizeof result };
	uint8_t canonical[BITMARK_RECORD_PACKED_MAX];
	size_t size = 0;
	bitmark_status status = bitmark_record_encode(&b->walk.record, canonical,
	    sizeof canonical, &size);

	if (status == BITMARK_OK && (size != b->walk.packed.size ||
	    memcmp(canonical, b->walk.packed.data, size) != 0))
		status = BITMARK_E_ITEM;
	if (status == BITMARK_OK && is_issue(b))
		status = bitmark_reservoir_issues(b->r, b->s, b->now_s,
		    b->walk.packed.data, b->walk.packed.size, &result);
	else if (status == BITMARK_OK)
		status = bitmark_reservoir_transfer(b->r, b->s, b->now_s,
		    b->walk.packed.data, b->walk.packed.size, &result);
	bm_log(&b->r->env, BITMARK_LOG_DEBUG, "reservoir",
	    "transaction of a removed block: %s", bm_log_outcome(status));
}

/* A transaction of a removed block that the reservoir knows waits again, if it
 * is still valid.  It does not if another block has it: one of the new branch,
 * or an earlier block of version 1, where one issue could be in two blocks. */
static void
return_known(struct block_record *b, struct bm_member *m)
{
	const uint8_t *link = bitmark_record_link(&b->walk.record);
	struct bm_unit *u = m->unit;
	bitmark_status status = BITMARK_OK;
	bool elsewhere = false;

	if (!m->confirmed || (bm_tx_confirmed(b->s, b->id, &elsewhere) ==
	    BITMARK_OK && elsewhere))
		return;
	if (link != NULL && bm_map_find(&b->r->claims, link) != NULL)
		status = BITMARK_E_DOUBLE_TRANSFER;
	if (status == BITMARK_OK) {
		bm_unit_return(b->r, m, b->now_s);
		status = bm_unit_check(b->r, b->s, u);
	}
	/* On an error of the store keep the unit: its state is reconciled
	 * when the reservoir is opened next. */
	(void)bm_unit_drop(b->r, u, status);
}

static void
return_transaction(struct block_record *b)
{
	struct bm_member *m;

	if (!is_transaction(b))
		return;
	m = bm_map_find(&b->r->members, b->id);
	if (m != NULL)
		return_known(b, m);
	else
		return_unknown(b);
}

bitmark_status
bitmark_reservoir_block_removed(struct bitmark_reservoir *r,
    struct bitmark_snapshot *snapshot, uint64_t now_s, const uint8_t *block,
    size_t size)
{
	static const record_fn passes[] = {
		return_asset, return_transaction, drop_followers,
	};
	const struct bitmark_span span = { block, size };
	struct block_record b = { .r = r, .s = snapshot, .now_s = now_s };
	bitmark_status status = BITMARK_OK;

	r->now_s = now_s;
	bm_keep_begin(r);
	for (size_t i = 0; i < sizeof passes / sizeof passes[0] &&
	    status == BITMARK_OK; i++)
		status = walk(&b, span, passes[i]);
	drop_owner_transfers(r, snapshot);
	if (status == BITMARK_OK)
		bm_forget_block(r, b.walk.header.number);
	return bm_keep_commit(r, status);
}

bitmark_status
bitmark_reservoir_block_going(struct bitmark_reservoir *r,
    const struct bitmark_span *blocks, size_t count)
{
	struct bitmark_header header;
	bitmark_status status = BITMARK_OK;

	bm_keep_begin(r);
	for (size_t i = 0; i < count && status == BITMARK_OK; i++) {
		status = bitmark_header_parse(blocks[i].data, blocks[i].size,
		    &header);
		if (status == BITMARK_OK)
			bm_keep_block(r, header.number, blocks[i]);
	}
	return bm_keep_commit(r, status);
}

/* The journal has a row for each block whose removal was under way when the
 * process ended.  If the chain still has the block, it was not removed. */
static bitmark_status
hear_removed(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    uint64_t now_s, const struct bm_removed *block)
{
	struct bitmark_span stored;
	bitmark_status status = bitmark_snapshot_block(s, block->number,
	    &stored);

	if (status == BITMARK_OK && stored.size == block->size &&
	    memcmp(stored.data, block->bytes, block->size) == 0) {
		bm_forget_block(r, block->number);
		return BITMARK_OK;
	}
	if (status != BITMARK_OK && status != BITMARK_E_BLOCK_NOT_FOUND)
		return status;
	status = bitmark_reservoir_block_removed(r, s, now_s, block->bytes,
	    block->size);
	if (status == BITMARK_OK || status <= BITMARK_E_STORE)
		return status;
	bm_log(&r->env, BITMARK_LOG_WARN, "reservoir",
	    "a block of the journal is skipped: %s",
	    bitmark_strerror(status));
	bm_forget_block(r, block->number);
	return BITMARK_OK;
}

bitmark_status
bm_hear_removed(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    uint64_t now_s)
{
	struct bm_removed *block;
	bitmark_status status = BITMARK_OK;

	if (STAILQ_EMPTY(&r->removed))
		return BITMARK_OK;
	bm_keep_begin(r);
	while (status == BITMARK_OK &&
	    (block = STAILQ_FIRST(&r->removed)) != NULL) {
		status = hear_removed(r, s, now_s, block);
		STAILQ_REMOVE_HEAD(&r->removed, next);
		free(block);
	}
	/* After a failure the rows are written with the next change. */
	(void)bm_keep_commit(r, status);
	return status;
}
