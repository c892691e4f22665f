/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * check - a block that is read once: its header, its records and their ids,
 * and what can be said of them without the state of the block's turn: the
 * merkle root, limits and signatures.
 *
 * All cores work on it in parts, before the turn of the block or at it.  Then
 * verify.c adds what the state says, and apply.c stores it; neither parses or
 * hashes anything again.
 *
 * The signer of a transfer is named by the record that it links to.  When that
 * is confirmed already the signer is known ahead; otherwise it is known at the
 * block's turn, and verify.c has the transfer checked then.
 */
#ifndef BM_CHAIN_CHECK_H
#define BM_CHAIN_CHECK_H

#include <stdatomic.h>

#include "chain/store.h"
#include "os/workers.h"

/* Records that are worth a task of their own; a power of two, so that parts
 * are whole subtrees of the merkle tree.  Source: local choice. */
#define BM_CHECK_PART 64

struct bm_checked_record {
	struct bitmark_record record;   /* borrows from the block          */
	struct bitmark_span packed;     /* inside the block                */
	struct bitmark_account signer;
	bool has_signer;
	bool checked;                   /* found is about this signer      */
	bitmark_status found;           /* by the record itself            */
	/* by verify.c, of the state */
	bitmark_status refused;         /* whatever is found               */
	bitmark_status then;            /* when nothing else is found      */
};

struct bm_checked_block {
	struct bm_task task;            /* first: found from the task; reads
	                                   the records                     */
	struct bm_store *store;
	struct bitmark_span packed;     /* borrowed, or copy               */
	uint8_t *copy;                  /* NULL: borrowed                  */
	struct bitmark_header header;
	struct bm_checked_record *record;       /* [header.count]          */
	uint8_t *ids;                   /* [header.count] transaction ids  */
	struct bm_check_part *part;
	size_t count;                   /* records that could be read      */
	bitmark_status unread;          /* why there are no more           */
	uint64_t crc;                   /* once they are read              */
	struct bm_pending pending;
	bool begun;
	atomic_bool dropped;            /* its result is not wanted        */
};

/* Does the number of records fit the rules?  Nothing else is safe to check. */
bool bm_check_possible(const struct bitmark_rules *rules,
    const struct bitmark_header *header);

/* Memory that the check of such a block takes.  Bytes. */
size_t bm_check_bytes(const struct bitmark_header *header, size_t size);

enum bm_check_block { BM_CHECK_BORROW, BM_CHECK_COPY };

/*
 * bm_check_new(block, store, header, packed, keep):
 * Nothing is begun.  ${header} is the one of ${packed}, and bm_check_possible.
 * BITMARK_OK or BITMARK_E_NOMEM.  Owned by the caller: bm_check_free, which
 * waits for what has been begun.
 */
bitmark_status bm_check_new(struct bm_checked_block **block,
    struct bm_store *store, const struct bitmark_header *header,
    struct bitmark_span packed, enum bm_check_block keep);
void bm_check_free(struct bm_checked_block *block);

/* Let the workers begin; the results are there after bm_check_finish. */
void bm_check_begin(struct bm_checked_block *block);

/* It is the block's turn: have it done by all cores, with this thread. */
void bm_check_finish(struct bm_checked_block *block);

/* Instead of both, for a block that was verified once: read the records and
 * their ids, and no more, on this thread. */
void bm_check_read(struct bm_checked_block *block);

/* The transaction id of record ${i}; inside. */
const uint8_t *bm_check_id(const struct bm_checked_block *block, size_t i);

/* The account that must have signed a record that links to no other. */
const struct bitmark_account *bm_check_signer(
    const struct bitmark_record *record);

/* ${signer} must have signed; NULL: a missing owner. */
void bm_check_demand(struct bm_checked_record *record,
    const struct bitmark_account *signer);

/* Check those that are not checked, by all cores, with this thread. */
void bm_check_again(struct bm_checked_block *block);

/* The merkle root of the records that were read. */
void bm_check_root(const struct bm_checked_block *block,
    uint8_t root[BITMARK_DIGEST_SIZE]);

#endif
