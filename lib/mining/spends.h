/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * spends - shares that the records of a block take from their owners.
 *
 * The chain compares each grant and swap with the balance before the block
 * alone, so that several could take more than there is.  Here all that a block
 * takes from one balance is added up; what it gives does not count, as it is in
 * no block yet.
 */
#ifndef BM_MINING_SPENDS_H
#define BM_MINING_SPENDS_H

#include <bitmarkpeer/mining.h>

#include "reservoir/map.h"

/* An account's shares of one bitmark. */
struct bm_spend {
	uint8_t key[BITMARK_DIGEST_SIZE];       /* hash of both              */
	uint64_t before;                /* balance before the block          */
	uint64_t taken;                 /* by records of the block           */
	uint64_t given;                 /* likewise                          */
};

/* ${map} has keys of BITMARK_DIGEST_SIZE bytes; its objects are freed by the
 * caller. */

/*
 * bm_spends_take(map, snapshot, record, enough):
 * A grant or swap: is there enough for it?  Then it counts as taken.
 * BITMARK_OK, BITMARK_E_STORE* or BITMARK_E_NOMEM.
 */
bitmark_status bm_spends_take(struct bm_map *map,
    struct bitmark_snapshot *snapshot, const struct bitmark_record *record,
    bool *enough);

#endif
