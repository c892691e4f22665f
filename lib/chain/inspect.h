/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * inspect - is the file of a store what LMDB takes it for?
 *
 * LMDB follows page numbers and offsets as they are, and what is wrong with
 * them ends the process.  So a store is inspected when it is opened, unless its
 * last writer left a note that it is sound (lock.h): all pages of its trees and
 * its list of free ones, but not the long values, which are most of it.  What is
 * wrong is logged as an error.
 */
#ifndef BM_CHAIN_INSPECT_H
#define BM_CHAIN_INSPECT_H

#include "chain/store.h"

/*
 * bm_inspect_start(store):
 * The start of the file, before LMDB opens it.  A writer empties one whose first
 * write was torn, so that LMDB begins anew.
 *
 * Returns BITMARK_OK (also for a writer when there is no file),
 * BITMARK_E_NOT_FOUND (a reader: nothing was ever stored), or another error of
 * the store.
 */
bitmark_status bm_inspect_start(const struct bm_store *store);

/*
 * bm_inspect(store, txn, moved):
 * All pages that ${txn}, for reading, can come to.
 *
 *   moved    another process has changed the store meanwhile: begin ${txn}
 *            again
 *
 * Returns BITMARK_OK, BITMARK_E_STORE_CORRUPT, BITMARK_E_IO or
 * BITMARK_E_NOMEM.
 */
bitmark_status bm_inspect(const struct bm_store *store, MDB_txn *txn,
    bool *moved);

#endif
