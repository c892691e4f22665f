/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * journal - the rows of a reservoir, in a table beside those of the format: a
 * store without it is complete, and it does not follow from the blocks.
 */
#ifndef BM_CHAIN_JOURNAL_H
#define BM_CHAIN_JOURNAL_H

#include <bitmarkpeer/journal.h>

#include "chain/txn.h"

/* Copy the journal of another store, when it has one, into ${to}. */
bitmark_status bm_journal_carry(const struct bm_txn *from,
    struct bitmark_chain *to);

/*
 * Sharing the transaction of a rollback.  From join until part the journal may
 * be changed although something is being written, and its commits only collect
 * rows, which bm_journal_write writes to the transaction that is then
 * committed, as often as that has to be made again.  ${journal} is NULL for a
 * chain without a reservoir.
 */

/* BITMARK_OK, or BITMARK_E_STATE: there are rows that are not committed. */
bitmark_status bm_journal_join(struct bitmark_chain_journal *journal);

/* Writes nothing unless joined. */
bitmark_status bm_journal_write(struct bitmark_chain_journal *journal,
    struct bm_txn *t);

/* ${status}: what became of the rows.  When some are lost the next commit of
 * the journal returns it, so that its user knows that they are missing. */
void bm_journal_part(struct bitmark_chain_journal *journal,
    bitmark_status status);

#endif
