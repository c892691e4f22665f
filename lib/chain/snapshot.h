/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * snapshot - the state of a chain at one moment, as the files that answer
 * questions see it.
 */
#ifndef BM_CHAIN_SNAPSHOT_H
#define BM_CHAIN_SNAPSHOT_H

#include "chain/txn.h"

struct bitmark_snapshot {
	struct bm_store *store;
	struct bm_txn txn;              /* when live                */
	bool live;                      /* holds pages: may be read */
	struct bitmark_tip tip;
	uint64_t proven;                /* number of the newest block that is */
};

#endif
