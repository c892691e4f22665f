/*
 * check - what can be said of a block's records without the state of its
 * turn: how they are read, their ids, the merkle root, limits and signatures.
 * Worked on in parts by all cores, before the turn of the block or at it.
 *
 * Who must sign for a transfer is in the record that it links to.  One that
 * is confirmed already gives the signer ahead; at the block's turn verify.c
 * asks for whom the record was found good, and has it checked again when that
 * is another one.
 */
#ifndef BM_CHAIN_CHECK_H
#define BM_CHAIN_CHECK_H

#include <bitmarkpeer/chain.h>

#include <stdatomic.h>

#include "os/workers.h"

struct bm_txn;

/* Records that are worth a task of their own; a power of two, so that parts
 * are whole subtrees of the merkle tree.  Source: local choice. */
#define BM_CHECK_PART 64

/* One record. */
struct bm_check {
	struct bitmark_record record;
	struct bitmark_span packed;     /* inside the block               */
	struct bitmark_account signer;
	bool has_signer;
	bool checked;                   /* found is about this signer     */
	bitmark_status found;           /* by the record itself           */
	/* by verify.c, of the state */
	bitmark_status refused;         /* whatever is found              */
	bitmark_status then;            /* when nothing else is found     */
};

struct bm_block_check {
	struct bm_task task;            /* first: found from the task; reads
	                                   the records                    */
	struct bitmark_chain *chain;
	struct bitmark_span block;      /* borrowed, or copy              */
	uint8_t *copy;                  /* NULL: borrowed                 */
	struct bitmark_header header;
	struct bm_check *check;         /* [header.count]                 */
	uint8_t *ids;                   /* [header.count] transaction ids */
	struct bm_check_part *part;
	size_t count;                   /* records that could be read     */
	bitmark_status unread;          /* why there are no more          */
	struct bm_pending pending;
	bool begun;
	atomic_bool dropped;            /* nobody waits for it            */
};

/* Does the number of records fit the rules?  Nothing else is safe to check. */
bool bm_check_possible(const struct bitmark_rules *rules,
    const struct bitmark_header *header);

/* Memory that the check of such a block takes.  Bytes. */
size_t bm_check_bytes(const struct bitmark_header *header, size_t size);

enum bm_check_block { BM_CHECK_BORROW, BM_CHECK_COPY };

/*
 * bm_check_new(check, chain, block, keep):
 * Nothing is begun.  ${block} is at least a header that bm_check_possible
 * allows.  BITMARK_OK or BITMARK_E_NOMEM.  Owned by the caller:
 * bm_check_free, which waits for what has been begun.
 */
bitmark_status bm_check_new(struct bm_block_check **check,
    struct bitmark_chain *chain, struct bitmark_span block,
    enum bm_check_block keep);
void bm_check_free(struct bm_block_check *check);

/* Let the workers begin; the results are there after bm_check_finish. */
void bm_check_begin(struct bm_block_check *check);

/* It is the block's turn: have it done by all cores, with this thread. */
void bm_check_finish(struct bm_block_check *check);

/* ${signer} must have signed; NULL: a missing owner. */
void bm_check_demand(struct bm_check *check,
    const struct bitmark_account *signer);

/* Check those that are not checked, by all cores, with this thread. */
void bm_check_again(struct bm_block_check *check);

/* The merkle root of the records that were read. */
void bm_check_root(const struct bm_block_check *check,
    uint8_t root[BITMARK_DIGEST_SIZE]);

#endif
